"""Rate per $100 of monthly covered pay: long-term disability.

Formula: covered pay = min(annual pay / 12, maximum monthly benefit / benefit percent, the plan's cap of
covered pay); premium = covered pay / 100 x unit rate x factors. Nothing is rounded before the premium.
Unit: USD per $100 of monthly covered pay and rate period. Not per $100 of benefit (`monthly_benefit`).
Source: rating methods, section 7 (CBIA worksheet for long-term disability).
Example: 63,450 / 12 = 5,287.50, below 6,000 / 0.60 = 10,000; rate 0.42: 22.2075, so 22.21.

>>> from rating.example import monthly
>>> monthly("covered_pay", "0.42", pay="63450", percent="60", maximum_benefit="6000")
'22.21'
>>> monthly("covered_pay", "0.42", pay="150000", percent="60", maximum_benefit="6000")
'42.00'
"""

from rating.benefits.disability import covered_pay
from rating.pricing import Price, Selection

DOLLARS = 100


def price(selection: Selection) -> Price:
    """Each hundred dollars of covered pay pays the filed rate."""
    return selection.price_of(covered_pay(selection), DOLLARS)
