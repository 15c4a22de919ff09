"""What each contribution rule pays, in the form that applying it needs, prepared once per run.

What lives here: `Forms`, the plain columns of the rules and the flags that tell which rarer forms occur at all. What
does not: the choice of a rule (`rating.ladder`) and the arithmetic of any form (`rating.shares`).

Columns carry one row more than there are rules: row -1, no rule, pays nothing. A percent above 100 is held at 100,
which is the same as limiting the share to the premium (CB-18), so the plain form needs no such pass.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Flags, Floats, Longs, Whole
from rating.codes import NONE, ShareKind
from rating.contribution import ContributionRules
from rating.terms import WHOLE_E4

LARGEST_WHOLE = 2**53
"""Limits are held at this, the last whole number float64 counts to."""


@dataclass(frozen=True, slots=True)
class Forms:
    """Per rule, (n_rules + 1,), the last row for no rule; and what occurs in the run."""

    rules: ContributionRules
    percent_e4: Floats  # whole numbers; 0 where the share is no plain percentage
    cap_cents: Floats  # whole numbers; infinite where there is none
    is_special: Flags  # anything but one percentage of the own premium
    is_hollow: Flags  # no value for its type (GB-CTB-001)
    any_special: bool
    any_hollow: bool
    any_cap: bool
    any_floor: bool
    any_family_cap: bool


def forms_of(rules: ContributionRules, n_offers: int) -> Forms:
    """Sort the rules into plain, special and hollow ones.

    Hollow is a rule without the value its type needs: a percentage, an amount, for REFERENCE_PLAN also an offer to
    measure by, for EMPLOYEE_AND_INCREMENT both percents. A graded rule is judged per member (`rating.grading`).
    """
    is_plain = rules.kind == ShareKind.PERCENTAGE
    if is_plain.all() and not _stated(rules.grade):
        is_special = ~is_plain
        is_hollow = rules.percent_e4 < 0
        percent = rules.percent_e4
    else:
        is_whole = rules.kind == ShareKind.EMPLOYER_PAID
        is_plain = (is_plain & (rules.grade == NONE)) | is_whole
        value = np.where(pays_an_amount(rules.kind), rules.amount_cents, rules.percent_e4)
        is_hollow = (value < 0) & (rules.grade == NONE) & ~is_whole
        measured = rules.kind == ShareKind.REFERENCE_PLAN
        is_hollow |= measured & ((rules.reference_offer < 0) | (rules.reference_offer >= n_offers))
        is_hollow |= (rules.kind == ShareKind.EMPLOYEE_AND_INCREMENT) & (rules.dependent_percent_e4 < 0)
        is_hollow &= rules.kind != NONE
        is_special = ~(is_plain | is_hollow)
        percent = np.where(is_whole, WHOLE_E4, np.where(is_plain, rules.percent_e4, 0))
    return Forms(
        rules=rules,
        percent_e4=_with_no_rule(np.clip(percent, 0, WHOLE_E4), 0.0),
        cap_cents=_limits(rules.cap_cents),
        is_special=np.append(is_special, False),
        is_hollow=np.append(is_hollow, False),
        any_special=bool(is_special.any()),
        any_hollow=bool(is_hollow.any()),
        any_cap=_stated(rules.cap_cents),
        any_floor=_stated(rules.floor_cents),
        any_family_cap=_stated(rules.family_cap_cents),
    )


def pays_an_amount(kind: Bytes) -> Flags:
    """The value of the rule is a sum of money, not a percent."""
    return (kind == ShareKind.AMOUNT) | (kind == ShareKind.DEFINED_CONTRIBUTION)


def _stated(column: Whole) -> bool:
    """At least one rule has a value; a column left out is looked at once."""
    return int(column[:1].max(initial=NONE) if column.strides == (0,) else column.max(initial=NONE)) > NONE


def _limits(cap_cents: Longs) -> Floats:
    """Limits of the rules and of no rule; none is infinite."""
    limits = _with_no_rule(cap_cents, np.inf)
    np.minimum(limits, LARGEST_WHOLE, out=limits)
    limits[np.flatnonzero(limits < 0)] = np.inf
    limits[-1] = np.inf
    return limits


def _with_no_rule(column: Whole | Floats, value: float) -> Floats:
    """The column in float64, with a last row for no rule."""
    longer = np.empty(column.size + 1)
    longer[:-1] = column
    longer[-1] = value
    return longer
