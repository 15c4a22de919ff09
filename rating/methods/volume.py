"""Rate per $1,000 of insured amount: life, and accidental death and dismemberment.

Formula: premium = volume / 1,000 x unit rate x factors; the volume is `volume.insured_amount`, the
part of it that is in force.
Unit: USD per $1,000 of volume and rate period.
Source: rating methods, section 5.
Example: pay 63,450, twice pay = 126,900, up to 127,000; rate 0.24: 30.48 a month.

>>> from rating.example import monthly
>>> monthly("volume", "0.24", pay="63450", multiple="2")
'30.48'
"""

from rating.benefits.volume import insured_amount
from rating.pricing import Price, Selection

DOLLARS = 1_000


def price(selection: Selection) -> Price:
    """Each thousand dollars in force pays the filed rate."""
    return selection.price_of(insured_amount(selection), DOLLARS)
