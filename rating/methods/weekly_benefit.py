"""Rate per $10 of weekly benefit: short-term disability.

Formula: benefit = min(maximum, percent x annual pay / 52), rounded as the plan says;
premium = benefit / 10 x unit rate x factors.
Unit: USD per $10 of weekly benefit and rate period.
Source: rating methods, section 6 (CBIA instructions for the monthly short-term disability premium).
Example: 63,450 / 52 x 60 % = 732.12, nearest dollar 732; rate 0.31: 22.692, so 22.69.
"""

from rating.benefit import weekly_benefit
from rating.pricing import Price, Selection

DOLLARS = 10


def price(selection: Selection) -> Price:
    """Each ten dollars of weekly benefit pay the filed rate."""
    benefit = weekly_benefit(selection.offers, selection.offer, selection.pay_cents, selection.elected_cents)
    return selection.price_of(benefit, DOLLARS)
