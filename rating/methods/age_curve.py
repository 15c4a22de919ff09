"""Price of each person from one base rate and an age curve.

Formula: premium = base rate(plan, area, ...) x curve factor(age) x other factors, rounded once; of the children
under 21 only the three oldest pay, as in `child_capped`, with its settings. The curve is the factor table by age that
the rate table names: the federal default or a state's own. Used only where no rates by age are filed (filed tables
differ from base x curve by cents at some ages), so a rate table that varies by age itself is refused, and so is one
that names no curve.
Unit: USD per person and rate period, at the age whose factor is 1.
Source: 45 CFR 147.102(a)(1)(iii), (c) and (e); rating methods section 1.
Example: base 412.36; age 44 (1.397) and tobacco 1.2: 691.28; age 40 (1.278): 527.00.

>>> round(412_36 * 1_397 * 12 / 10_000)  # cents
69128
"""

from rating.methods import child_capped
from rating.pricing import Price, Selection


def price(selection: Selection) -> Price:
    """Base rate x factors, children beyond the counted oldest free."""
    return child_capped.price(selection)
