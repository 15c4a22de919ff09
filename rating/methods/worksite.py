"""Rate per $1,000 of the amount a member chose: critical illness and its like, bought at work.

Formula: premium = volume / 1,000 x unit rate(age, tobacco, ...) x factors; the volume is the amount
chosen, in whole increments (`volume.insured_amount`). The rates are issue-age and tobacco-distinct by
the settings of their table: an age date of ISSUE keeps the age at which the cover was first held, and
tobacco is an axis.
Unit: USD per $1,000 of volume and rate period.
Source: rating methods, section 8.
Example: 20,000 at 0.71 for a non-smoker of 38 at issue: 14.20, also ten years later.

>>> from rating.example import monthly
>>> monthly("worksite", "0.71", elected="20000", rounding="NONE")
'14.20'
"""

from rating.benefits.volume import insured_amount
from rating.pricing import Price, Selection

DOLLARS = 1_000


def price(selection: Selection) -> Price:
    """Each thousand dollars in force pays the filed rate."""
    return selection.price_of(insured_amount(selection), DOLLARS)
