"""A percent of monthly pay.

Formula: premium = unit rate % x min(annual pay / 12, the plan's cap of covered pay) x factors. Nothing is
rounded before the premium.
Unit: percent of monthly covered pay and rate period: a rate of 1.25 is 1.25 %.
Source: rating methods, section 7 (covered payroll), without a benefit that would cap it.
Example: 63,450 / 12 = 5,287.50; x 1.25 % = 66.09375, so 66.09.

>>> from rating.example import monthly
>>> monthly("percent_of_pay", "1.25", pay="63450")
'66.09'
"""

from rating.benefits.disability import monthly_pay
from rating.pricing import Price, Selection

HUNDRED = 100


def price(selection: Selection) -> Price:
    """Each person pays a part of the own pay."""
    return selection.price_of(monthly_pay(selection), HUNDRED)
