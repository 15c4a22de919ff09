"""One price for all children of a family, whatever their number.

Formula: premium of the oldest covered child = unit rate x factors; everybody else who holds the
coverage 0.00 with the reason FAMILY_CARRIED. Oldest is by birth date, then by key. Where a file names no
child, the first of the family who holds the coverage carries its price, so that a family always pays once.
Unit: USD per family and rate period.
Source: rating methods, section 0 ("child rate") and section 5 (supplemental life).
Example: rate 2.00 for 10,000 on each child: one child or four, 2.00 a month.

>>> from rating.example import monthly
>>> monthly("children_flat", "2.00")
'2.00'
"""

from rating.carriers import beside_the_oldest_child
from rating.codes import ZeroReason
from rating.pricing import Price, Selection, zeros_where


def price(selection: Selection) -> Price:
    """The oldest covered child pays the filed rate for all."""
    return Price(zero_reason=zeros_where(beside_the_oldest_child(selection), ZeroReason.FAMILY_CARRIED))
