"""Manual rate blended with the group's own experience by credibility.

Formula: rate = Z x experience rate + (1 - Z) x manual rate, Z = min(1, sqrt(life-years / life-years of full
credibility)) to four places half up, by exact integer root; premium = rate x factors for each covered person. The
manual rate is the table's. An offer without experience pays the manual rate; one that states experience but not both
life-years lacks a fact: FACT_REQUIRED. The blend itself is not rounded, nor are its products with factors: a table that
states such steps is refused.
Unit: USD per person and rate period.
Source: rating methods, section 10.4.
Example: 160 life-years of 1,000, so Z 0.4; experience 541.20, manual 498.75: 216.48 + 299.25 = 515.73.

>>> credibility_e4(np.array([1_600_000, 20_000_000]), np.array([10_000_000, 10_000_000])).tolist()
[4000, 10000]
"""

from math import isqrt

import numpy as np

from rating.arrays import Longs
from rating.codes import NONE, Issue
from rating.columns import is_constant
from rating.money import Ratio
from rating.pricing import CENTS, FACTOR_E4, RATE_E6, Price, Selection

WHOLE_E4 = 10_000


def price(selection: Selection) -> Price:
    """The blended rate, then factors, rounded once."""
    offers = selection.offers
    if is_constant(offers.experience_e6) and (offers.experience_e6[:1] == NONE).all():
        return Price()
    seen = offers.experience_e6 >= 0
    known = (offers.life_years_e4 >= 0) & (offers.full_credibility_e4 > 0)
    z = np.zeros(len(offers), np.int64)
    rows = np.flatnonzero(seen & known)
    z[rows] = credibility_e4(offers.life_years_e4.take(rows), offers.full_credibility_e4.take(rows))
    offer = selection.offer
    weight, manual = z.take(offer), selection.unit_rate_e6.astype(np.int64)
    rate = weight * offers.experience_e6.take(offer) + (WHOLE_E4 - weight) * manual
    blended = np.flatnonzero(seen.take(offer))
    selection.note("credibility_e4", weight.take(blended), blended)
    factors = selection.factors_e4
    lacks = (seen & ~known).take(offer)
    return Price(
        Ratio((rate, *factors), (RATE_E6 // CENTS * WHOLE_E4 * FACTOR_E4 ** len(factors),)),
        issue=np.where(lacks, np.int8(Issue.FACT_REQUIRED), np.int8(Issue.NONE)) if lacks.any() else None,
    )


def credibility_e4(life_years: Longs, full: Longs) -> Longs:
    """Z x 10,000, half up: the largest k with (2k - 1)**2 <= 4 x 10**8 x life-years / full.

    Exact: (2k - 1) is at most the whole part of the root of the whole part of the right side.
    """
    square = 4 * WHOLE_E4**2 * life_years.astype(object) // full.astype(object)
    root = np.frompyfunc(isqrt, 1, 1)(square)
    return np.minimum((root + 1) // 2, WHOLE_E4).astype(np.int64)
