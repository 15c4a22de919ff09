"""Rate per $100 of monthly covered pay: long-term disability.

Formula: covered pay = min(annual pay / 12, maximum monthly benefit / benefit percent);
premium = covered pay / 100 x unit rate x factors. Nothing is rounded before the premium.
Unit: USD per $100 of monthly covered pay and rate period.
Source: rating methods, section 7 (CBIA worksheet for long-term disability).
Example: 63,450 / 12 = 5,287.50, below 6,000 / 0.60 = 10,000; rate 0.42: 22.2075, so 22.21.
"""

from rating.benefit import covered_pay
from rating.pricing import Price, Selection

DOLLARS = 100


def price(selection: Selection) -> Price:
    """Each hundred dollars of covered pay pays the filed rate."""
    return selection.price_of(covered_pay(selection.offers, selection.offer, selection.pay_cents), DOLLARS)
