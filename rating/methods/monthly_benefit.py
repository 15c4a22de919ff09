"""Rate per $100 of monthly benefit: long-term disability rated on what it pays, not on pay.

Formula: benefit = min(maximum, percent x covered pay), covered pay being annual pay / 12, at most the
plan's cap; premium = benefit / 100 x unit rate x factors. Nothing is rounded before the premium.
Unit: USD per $100 of monthly benefit and rate period. Not per $100 of pay (`covered_pay`): the two look
alike, and a rate of the one is wrong for the other by the percent.
Source: rating methods, section 7 (worksheet of a carrier that rates on the benefit).
Example: 63,450 / 12 = 5,287.50; x 60 % = 3,172.50; rate 0.70: 22.2075, so 22.21.

>>> from rating.example import monthly
>>> monthly("monthly_benefit", "0.70", pay="63450", percent="60", maximum_benefit="6000")
'22.21'
"""

from rating.benefits.disability import monthly_benefit
from rating.pricing import Price, Selection

DOLLARS = 100


def price(selection: Selection) -> Price:
    """Each hundred dollars of monthly benefit pay the filed rate."""
    return selection.price_of(monthly_benefit(selection), DOLLARS)
