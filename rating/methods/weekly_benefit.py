"""Rate per $10 of weekly benefit: short-term disability.

Formula: benefit = min(maximum, percent x annual pay / 52), rounded as the plan says;
premium = benefit / 10 x unit rate x factors.
Unit: USD per $10 of weekly benefit and rate period.
Source: rating methods, section 6 (CBIA instructions for the monthly short-term disability premium).
Example: 63,450 / 52 x 60 % = 732.12, nearest dollar 732; rate 0.31: 22.692, so 22.69.

>>> from rating.example import monthly
>>> monthly("weekly_benefit", "0.31", pay="63450", percent="60")
'22.69'
>>> monthly("weekly_benefit", "0.25", pay="100000", percent="60", maximum_benefit="500")
'12.50'
"""

from rating.benefits.disability import weekly_benefit
from rating.pricing import Price, Selection

DOLLARS = 10


def price(selection: Selection) -> Price:
    """Each ten dollars of weekly benefit pay the filed rate."""
    return selection.price_of(weekly_benefit(selection), DOLLARS)
