"""Rounding between the factors, where a table states it: after the rate, after the n-th factor.

What lives here: the running product of rate and factors, rounded half up to the places that the
table states after a step. What does not: the one rounding to the cent that follows (`rating.money`).
"""

import numpy as np

from rating.arrays import Floats, Rows
from rating.layout import RATE_PLACES
from rating.money import Ratio, whole_cents
from rating.pricing import FACTOR_E4, RATE_E6
from rating.recipes import Recipes


def rounded_in_steps(table: Rows, recipes: Recipes, rate: Floats, factors: list[Floats]) -> tuple[Floats, list[Floats]]:
    """Rate and factors with the same product, but rounded at the steps that the rate table of each row states.

    After each such step the product so far takes the place of the rate, and the factors in it become 1.
    Example: 412.36 x 1.397 = 576.06692, to two places 576.07; x 1.2 = 691.284.
    """
    places = recipes.tables.round_places.take(table, axis=0)
    product, pending = rate.copy(), [column.copy() for column in factors]
    for step, column in enumerate((0, *(1 + slot for slot in recipes.slots))):
        stated = places[:, column]
        for kept in np.unique(stated[stated >= 0]).tolist():
            rows = np.flatnonzero(stated == kept)
            before = [pending[i].take(rows) for i in range(step)]
            divisor = RATE_E6 * FACTOR_E4 ** len(before) // 10**kept
            product[rows] = whole_cents(Ratio((product.take(rows), *before), (divisor,))) * 10 ** (RATE_PLACES - kept)
            for i in range(step):
                pending[i][rows] = FACTOR_E4
    return product, pending
