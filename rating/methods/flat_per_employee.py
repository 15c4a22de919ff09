"""One price per employee, whoever of the family is covered beside.

Formula: premium of the primary = unit rate x factors; dependents 0.00 with the reason FAMILY_CARRIED.
Where the primary does not hold the coverage nobody carries its price, so a dependent who holds it has
no rate: NO_RATE.
Unit: USD per employee and rate period.
Source: rating methods, section 8 (worksite products sold at one price).
Example: rate 12.34, factor 1.1: 13.574, so 13.57 for the employee, 0.00 for the spouse.

>>> from rating.example import monthly
>>> monthly("flat_per_employee", "13.574")
'13.57'
"""

import numpy as np

from rating.carriers import without_primary
from rating.codes import Issue, ZeroReason
from rating.pricing import Price, Selection, zeros_where


def price(selection: Selection) -> Price:
    """The primary pays the filed rate for everybody."""
    is_dependent = selection.facts.is_dependent.take(selection.member)
    if not is_dependent.any():
        return Price()
    issue = np.where(without_primary(selection), np.int8(Issue.NO_RATE), np.int8(Issue.NONE))
    return Price(issue=issue, zero_reason=zeros_where(is_dependent, ZeroReason.FAMILY_CARRIED))
