"""Rate per $1,000 of the amount that employee, spouse or child chose: supplemental (voluntary) life.

Formula: premium = volume / 1,000 x unit rate(age, ...) x factors. The volume is the elected amount in
whole increments, at most the lesser of the plan maximum and a multiple of the employee's pay, and of a
dependent at most a percent of the employee's amount in the same plan (`volume.insured_amount`). One
premium covers all children: the oldest covered child pays for the own amount, the others are insured at
0.00 with the reason FAMILY_CARRIED.
Unit: USD per $1,000 of volume and rate period.
Source: rating methods, section 5.
Example: 150,000 in increments of 10,000 at 0.116 (age 38): 17.40; from the age date at 40 on at 0.183: 27.45.

>>> from rating.example import monthly
>>> monthly("supplemental_life", "0.116", elected="150000", increment="10000")
'17.40'
>>> monthly("supplemental_life", "0.183", elected="159999.99", increment="10000")
'27.45'
"""

from dataclasses import replace

import numpy as np

from rating.benefits.volume import insured_amount
from rating.carriers import beside_the_oldest_child
from rating.codes import Relationship, ZeroReason
from rating.pricing import Price, Selection

DOLLARS = 1_000


def price(selection: Selection) -> Price:
    """Each thousand dollars in force pays the filed rate, those of children once per family."""
    benefit = insured_amount(selection)
    is_child = selection.facts.relationship.take(selection.member) == Relationship.CHILD
    if is_child.any():
        if benefit.issue is not None:
            is_child &= benefit.issue == 0
        zero = np.zeros(is_child.size, np.int8) if benefit.zero_reason is None else benefit.zero_reason.copy()
        insured = is_child & (zero == ZeroReason.NONE)
        zero[beside_the_oldest_child(selection, insured) & insured] = ZeroReason.FAMILY_CARRIED
        benefit = replace(benefit, zero_reason=zero)
    return selection.price_of(benefit, DOLLARS)
