"""One price per family by tier, carried by the primary.

Formula: premium of the primary = unit rate(tier, ...) x factors; dependents 0.00 with the reason
COMPOSITE_DEPENDENT. The tier is told by the dependents who hold the same root plan
(`rating.tiers`). Where the primary does not hold the coverage nobody carries its price, so a
dependent who holds it has no rate: NO_RATE.
Unit: USD per family and rate period.
Source: rating methods, section 3; GR-26 and GR-27 of group rating.
Example: EE 573.56, ES 1,175.80, EC 1,061.09, FAM 1,692.00: an employee with a spouse and a child
in the plan pays 1,692.00, spouse and child 0.00 each.

>>> from rating.example import monthly
>>> monthly("composite_tier", "573.56")  # an employee alone
'573.56'
"""

import numpy as np

from rating.arrays import Flags
from rating.codes import Issue, ZeroReason
from rating.pricing import Price, Selection, zeros_where

PER_FAMILY = True


def price(selection: Selection) -> Price:
    """The primary pays for the family."""
    facts = selection.facts
    is_dependent = facts.is_dependent.take(selection.member)
    if not is_dependent.any():
        return Price()
    issue = np.where(_nobody_carries(selection, is_dependent), np.int8(Issue.NO_RATE), np.int8(Issue.NONE))
    return Price(issue=issue, zero_reason=zeros_where(is_dependent, ZeroReason.COMPOSITE_DEPENDENT))


def _nobody_carries(selection: Selection, is_dependent: Flags) -> Flags:
    """The coverage is a dependent's, and the primary of the family is not covered by it."""
    offers = np.int64(len(selection.offers))
    key = selection.facts.primary.take(selection.member) * offers + selection.offer
    carried = key[selection.is_covered & ~is_dependent]
    is_alone = is_dependent.copy()
    is_alone[is_dependent] = ~np.isin(key[is_dependent], carried)
    return is_alone
