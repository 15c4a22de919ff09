"""Contribution rules: what an employer pays for a class, as columns.

What lives here: the bundle of rules that a caller files beside the rate tables. What does not: which rule serves a
coverage (`rating.ladder`) and what it pays (`rating.shares`).
"""

from dataclasses import dataclass, field, fields

import numpy as np

from rating.arrays import COLUMN_DTYPES, Bytes, Days, Ints, Longs
from rating.codes import NONE, AmountScope, Grade, MemberType, Period, ShareKind, TargetKind
from rating.columns import fill_in, otherwise
from rating.layout import RatesError, refuse_beyond


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

    def check(self) -> None:
        """Refuse columns of wrong length or dtype, codes that no list holds and steps of other rules: `RatesError`."""
        for each in fields(self):
            if each.type not in COLUMN_DTYPES:
                continue
            column, wanted = getattr(self, each.name), COLUMN_DTYPES[each.type]
            if column.dtype != wanted or column.shape != (len(self),):
                raise RatesError(f"The rules' {each.name} must be {len(self):,} rows of {wanted}.")
            if wanted.kind == "M" or each.name == "rank":
                continue
            most = _CODES.get(each.name, np.iinfo(wanted).max)
            refuse_beyond(f"The rules' {each.name}", column, _LEAST.get(each.name, NONE), most)
        self._check_steps()

    def _check_steps(self) -> None:
        start, n = self.steps.start, self.steps.lower.size
        fits = not n and not start.size
        fits |= start.size == len(self) + 1 and start[0] == 0 and start[-1] == n and bool((np.diff(start) >= 0).all())
        if not fits or self.steps.value.size != n:
            raise RatesError("The steps of graded rules do not fit the rules: each rule has those from its start on.")
        begins = np.zeros(n + 1, np.bool_)
        begins[start] = True
        if not (begins[1:-1] | (self.steps.lower[1:] > self.steps.lower[:-1])).all():
            raise RatesError("The steps of a graded rule must ascend by their lower bounds.")


_CODES: dict[str, int] = {
    "target_kind": max(TargetKind),
    "member_type": max(MemberType),
    "kind": max(ShareKind),
    "amount_period": max(Period),
    "scope": max(AmountScope),
    "grade": max(Grade),
}
"""The greatest code of each closed list."""

_LEAST = {"target_kind": 0, "amount_period": 0, "scope": 0}
"""What a rule always has; everything else may be NONE."""
