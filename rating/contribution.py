"""Contribution rules: what an employer pays for a class, as columns.

What lives here: the bundle of rules that a caller files beside the rate tables. What does not: which rule serves a
coverage (`rating.ladder`) and what it pays (`rating.shares`).
"""

from dataclasses import dataclass, field

import numpy as np

from rating.arrays import Bytes, Days, Ints, Longs
from rating.codes import NONE, AmountScope
from rating.columns import fill_in, otherwise


@dataclass(frozen=True, slots=True)
class RuleSteps:
    """Values of graded rules: steps of rule i are rows start[i] to start[i + 1], ascending by lower bound."""

    start: Ints  # (n_rules + 1,); empty where no rule is graded
    lower: Longs  # a Tier, annual pay in cents, or completed years of service
    value: Longs  # percent x 10,000, or cents, as the kind of the rule says

    @classmethod
    def none(cls) -> "RuleSteps":
        """No rule is graded."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class ContributionRules:
    """Contribution rules, (n_rules,)."""

    account: Ints
    class_slot: Ints  # class that gets the benefit, within its account
    target_kind: Bytes  # TargetKind
    target: Ints  # row in Offers, code of a product or code of a category; not read for EVERY_PLAN
    member_type: Bytes  # MemberType; NONE is blank and means Subscriber
    kind: Bytes  # ShareKind; NONE is blank: the rule is ignored (CB-4)
    percent_e4: Longs  # 80 % = 800,000; NONE
    amount_cents: Longs  # NONE
    amount_period: Bytes  # Period the amount is stated for
    cap_cents: Longs  # most the employer pays per coverage and term; NONE
    valid_from: Days  # NaT open
    valid_to: Days  # first day no longer valid, NaT open
    rank: Longs  # greater is more recently modified
    scope: Bytes = otherwise(AmountScope.PER_COVERAGE)
    grade: Bytes = otherwise(NONE)  # Grade: the value is read from the rule's steps
    floor_cents: Longs = otherwise(NONE)  # least the employer pays per coverage and term, limited by the premium
    family_cap_cents: Longs = otherwise(NONE)  # most the employer pays per family, root plan and term
    reference_offer: Ints = otherwise(NONE)  # row in Offers whose premium is the measure (REFERENCE_PLAN)
    dependent_percent_e4: Longs = otherwise(NONE)  # percent of what dependents add (EMPLOYEE_AND_INCREMENT)
    product_category: Ints = otherwise(
        NONE
    )  # of CATEGORY: named beside the target or, where that is NONE, in its place
    steps: RuleSteps = field(default_factory=RuleSteps.none)

    def __post_init__(self) -> None:
        fill_in(self)

    def __len__(self) -> int:
        return self.account.size
