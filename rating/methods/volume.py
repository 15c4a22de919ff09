"""Rate per $1,000 of insured amount: life, AD&D, supplemental life.

Formula: premium = volume / 1,000 x unit rate x factors; the volume is `benefit.insured_amount`.
Unit: USD per $1,000 of volume and rate period.
Source: rating methods, section 5.
Example: pay 63,450, twice pay = 126,900, up to 127,000; rate 0.24: 30.48 a month.
"""

from rating.benefit import insured_amount
from rating.pricing import Price, Selection

DOLLARS = 1_000


def price(selection: Selection) -> Price:
    """Each thousand dollars in force pays the filed rate."""
    amount = insured_amount(
        selection.offers,
        selection.facts.terms,
        selection.offer,
        selection.pay_cents,
        selection.elected_cents,
        selection.age,
    )
    return selection.price_of(amount, DOLLARS)
