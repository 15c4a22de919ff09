"""One price per covered person.

Formula: premium = unit rate x factors.
Unit: USD per person and rate period.
Source: rating methods, section 8 (worksite products); OpenL Tablets and insurance manuals call
it a per-member rate.
Example: rate 12.34, factor 1.1: 13.574, so 13.57 for each covered person.

>>> from rating.example import monthly
>>> monthly("flat", "13.574")
'13.57'
"""

from rating.pricing import Price, Selection


def price(selection: Selection) -> Price:
    """Each person pays the filed rate."""
    del selection
    return Price()
