"""The only place where an amount is rounded.

What lives here: exact half-up rounding of a product of integers over a product of integers to a
whole number of cents, and rounding of insured amounts up or to the nearest unit. What does not:
any knowledge of premiums; a caller states a `Ratio` and receives integers.

No binary float ever decides a cent. The quotient is first formed in float64, whose relative
error over fewer than 32 operations stays under 2**-48. Rows whose float lies further than that
from a tie (an exact half cent) are settled by it beyond doubt. The others, which may be many (a
filed rate of 10.005 puts every row on a tie), are settled in integers: with N over D the exact
ratio and k the upper of the two cents in question, the sign of d = 2N - (2k - 1)D is the answer.
N and D overflow 64 bits, d does not: it is known to be small because the float is close to the
tie. So d is computed modulo 2**64 in wrapping unsigned arithmetic and read as a signed number,
which is exact. A row whose d could be too large (many factors over a long divisor) is settled
with Python's unbounded integers instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rating.arrays import Floats, Longs, Rows, Whole

SATURATED = 2.0**44
"""Quotients are held at this many cents (176 billion dollars), far above any lawful premium."""

TOLERANCE = 2.0**-48
"""Bound of the relative error of the float quotient."""

SAFE_DIFFERENCE = 2.0**62
"""Largest |d| that wrapping arithmetic may be trusted with (half of what an int64 holds)."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact amount in cents, row by row: the product of numerators over that of divisors.

    Numerators are columns of integers, not negative; divisors are columns or plain numbers,
    positive. At most fifteen of both together, so that the error bound above holds.
    """

    numerators: tuple[Whole, ...]
    divisors: tuple[Whole | int, ...]


def to_cents(ratio: Ratio) -> Longs:
    """Round each row half up to a whole cent, exactly. [cents], shape of the first numerator.

    >>> to_cents(Ratio((np.array([89753, 10]), np.array([50, 15])), (100,))).tolist()
    [44877, 2]
    """
    quotient = _quotient(ratio)
    quotient += 0.5
    cents = np.floor(quotient).astype(np.int64)
    nearest = np.rint(quotient)
    distance = np.abs(nearest - quotient)
    quotient *= TOLERANCE
    near = np.flatnonzero(distance <= quotient)
    if near.size:
        cents[near] = _settle(ratio, near, nearest.take(near).astype(np.int64))
    return cents


def whole_up(numerator: Longs, divisor: int | Longs, unit: int) -> Longs:
    """The smallest multiple of `unit` not below numerator / divisor.

    >>> whole_up(np.array([12_690_000, 12_700_000]), 1, 100_000).tolist()
    [12700000, 12700000]
    """
    step = divisor * unit
    return -(-numerator // step) * unit


def whole_nearest(numerator: Longs, divisor: int | Longs, unit: int) -> Longs:
    """The multiple of `unit` nearest to numerator / divisor, a tie going up.

    >>> whole_nearest(np.array([12_649_999, 12_650_000]), 1, 100_000).tolist()
    [12600000, 12700000]
    """
    step = divisor * unit
    return (2 * numerator + step) // (2 * step) * unit


def _quotient(ratio: Ratio) -> Floats:
    """The ratio in float64, held at SATURATED; relative error under TOLERANCE."""
    first, *others = ratio.numerators
    quotient = first.astype(np.float64)
    for numerator in others:
        quotient *= numerator
    constant = 1.0
    for divisor in ratio.divisors:
        if isinstance(divisor, int):
            constant *= divisor
        else:
            quotient /= divisor
    if constant != 1.0:
        quotient /= constant
    if quotient.size and float(quotient.max()) > SATURATED:
        np.minimum(quotient, SATURATED, out=quotient)
    return quotient


def _settle(ratio: Ratio, near: Rows, upper: Longs) -> Longs:
    """The exact cent of rows whose float is too close to the tie between upper - 1 and upper."""
    numerator = _wrapped(ratio.numerators, near)
    divisor = _wrapped(ratio.divisors, near)
    odd = (2 * upper - 1).astype(np.uint64)
    difference = (numerator * np.uint64(2) - odd * divisor).view(np.int64)
    cents = upper - (difference < 0)

    size = np.ones(near.size)
    for each in ratio.divisors:
        size *= float(each) if isinstance(each, int) else each.take(near)
    unsure = np.flatnonzero(size * (upper + 1) * (4.0 * TOLERANCE) >= SAFE_DIFFERENCE)
    if unsure.size:
        cents[unsure] = _settle_unbounded(ratio, near.take(unsure), upper.take(unsure))
    return cents


def _wrapped(terms: Sequence[Whole | int], rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The product of the terms modulo 2**64."""
    product = np.ones(rows.size, np.uint64)
    for term in terms:
        if isinstance(term, int):
            product *= np.uint64(term % 2**64)
        else:
            product *= term.take(rows).astype(np.uint64)
    return product


def _settle_unbounded(ratio: Ratio, rows: Rows, upper: Longs) -> Longs:
    """The same in unbounded integers (object arrays): for the few rows of very long divisors."""
    numerator = np.ones(rows.size, object)
    for term in ratio.numerators:
        numerator *= term.take(rows).astype(object)
    divisor = np.ones(rows.size, object)
    for each in ratio.divisors:
        divisor *= each if isinstance(each, int) else each.take(rows).astype(object)
    below = 2 * numerator < (2 * upper.astype(object) - 1) * divisor
    return upper - below.astype(np.int64)
