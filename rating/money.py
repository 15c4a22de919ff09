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

from rating.arrays import Bytes, Floats, Longs, Rows, Whole
from rating.codes import MoneyRounding

SATURATED = 2.0**44
"""Quotients are held at this many cents (176 billion dollars), far above any lawful premium."""

TOLERANCE = 2.0**-48
"""Bound of the relative error of the float quotient."""

SAFE_DIFFERENCE = 2.0**62
"""Largest |d| that wrapping arithmetic may be trusted with (half of what an int64 holds)."""


Column = Whole | Floats
"""Whole numbers, in an integer column or in float64 below 2**53."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact amount in cents, row by row: the product of numerators over that of divisors.

    Numerators are columns of whole numbers, not negative; divisors are columns or plain numbers,
    positive. At most fifteen of both together, so that the error bound above holds.
    """

    numerators: tuple[Column, ...]
    divisors: tuple[Column | int, ...]

    def take(self, rows: Rows) -> "Ratio":
        """The amounts of some rows."""
        return Ratio(
            tuple(column.take(rows) for column in self.numerators),
            tuple(each if isinstance(each, int) else each.take(rows) for each in self.divisors),
        )


def to_cents(ratio: Ratio, rounding: Bytes | None = None) -> Longs:
    """Round each row to a whole cent, exactly: half up, or as `rounding` says. [cents]

    >>> to_cents(Ratio((np.array([89753, 10]), np.array([50, 15])), (100,))).tolist()
    [44877, 2]
    >>> modes = np.array([MoneyRounding.HALF_UP, MoneyRounding.HALF_EVEN, MoneyRounding.TRUNCATE], "i1")
    >>> to_cents(Ratio((np.array([5, 5, 9]),), (10,)), modes).tolist()
    [1, 0, 0]
    """
    return whole_cents(ratio, rounding).astype(np.int64)


def whole_cents(ratio: Ratio, rounding: Bytes | None = None) -> Floats:
    """The same as whole numbers in float64, for a column that goes on being multiplied."""
    if rounding is None or int(rounding.max(initial=0)) == MoneyRounding.HALF_UP:
        return _rounded(ratio, MoneyRounding.HALF_UP)
    cents = np.empty(rounding.size)
    for mode in MoneyRounding:
        rows = np.flatnonzero(rounding == mode)
        if rows.size:
            cents[rows] = _rounded(ratio.take(rows), mode)
    return cents


def _rounded(ratio: Ratio, mode: MoneyRounding) -> Floats:
    """Whole cents of rows that are all rounded alike."""
    twice = 0 if mode == MoneyRounding.TRUNCATE else 1  # what is added before cutting off, in halves of a cent
    quotient = _quotient(ratio)
    if not quotient.size:
        return quotient
    slack = _slack(ratio, float(quotient.max()))
    if slack and mode != MoneyRounding.HALF_EVEN:
        quotient += slack + 0.5 * twice
        return np.floor(quotient, out=quotient)
    if twice:
        quotient += 0.5
    cents = np.floor(quotient)
    largest = float(cents.max())
    if largest > SATURATED:
        np.minimum(quotient, SATURATED, out=quotient)
        np.minimum(cents, SATURATED, out=cents)
        largest = SATURATED
    quotient -= cents  # exact: the part cut off
    margin = TOLERANCE * (largest + 1)
    if float(quotient.min()) <= margin or float(quotient.max()) >= 1 - margin:
        near = np.flatnonzero((quotient <= margin) | (quotient >= 1 - margin))
        part = quotient.take(near)
        upper = cents.take(near) + (part > 0.5)
        is_close = np.minimum(part, 1 - part) <= TOLERANCE * (upper + 1)
        near, upper = near[is_close], upper[is_close].astype(np.int64)
        side = _sides(ratio, near, upper, twice)
        upper -= side < 0
        if mode == MoneyRounding.HALF_EVEN:
            upper -= (side == 0) & (upper % 2 == 1)
        cents[near] = upper
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


def _slack(ratio: Ratio, largest: float) -> float:
    """What may be added to every quotient so that cutting off is exact; 0 where nothing may.

    With a plain divisor D an exact quotient is a boundary or lies at least 1 / 2D below one. Raised by
    1 / 4D it falls on the right side, as long as float64 misses it by less than that.
    """
    divisor = 1
    for each in ratio.divisors:
        if not isinstance(each, int):
            return 0.0
        divisor *= each
    slack = 1.0 / (4 * divisor)
    return slack if TOLERANCE * (largest + 1) < slack else 0.0


def _quotient(ratio: Ratio) -> Floats:
    """The ratio in float64, a column of its own; relative error under TOLERANCE."""
    first, *others = ratio.numerators
    quotient = np.multiply(first, others[0], dtype=np.float64) if others else first.astype(np.float64)
    for numerator in others[1:]:
        quotient *= numerator
    constant = 1.0
    for divisor in ratio.divisors:
        if isinstance(divisor, int):
            constant *= divisor
        else:
            quotient /= divisor
    if constant != 1.0:
        quotient *= 1.0 / constant  # a third of the time of a division
    return quotient


def _sides(ratio: Ratio, near: Rows, upper: Longs, twice: int) -> Longs:
    """On which side of the boundary below cent `upper` each exact row lies: the sign of 2N - (2 upper - twice) D."""
    numerator = _wrapped(ratio.numerators, near)
    divisor = _wrapped(ratio.divisors, near)
    bound = (2 * upper - twice).astype(np.uint64)
    side = np.sign((numerator * np.uint64(2) - bound * divisor).view(np.int64))

    size = np.ones(near.size)
    for each in ratio.divisors:
        size *= float(each) if isinstance(each, int) else each.take(near)
    unsure = np.flatnonzero(size * (upper + 1) * (4.0 * TOLERANCE) >= SAFE_DIFFERENCE)
    if unsure.size:
        side[unsure] = _sides_unbounded(ratio, near.take(unsure), upper.take(unsure), twice)
    return side


def _wrapped(terms: Sequence[Column | int], rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The product of the terms modulo 2**64."""
    product = np.ones(rows.size, np.uint64)
    for term in terms:
        if isinstance(term, int):
            product *= np.uint64(term % 2**64)
        else:
            product *= term.take(rows).astype(np.uint64)
    return product


def _sides_unbounded(ratio: Ratio, rows: Rows, upper: Longs, twice: int) -> Longs:
    """The same in unbounded integers (object arrays): for the few rows of very long divisors."""
    numerator = np.ones(rows.size, object)
    for term in ratio.numerators:
        numerator *= term.take(rows).astype(np.int64).astype(object)
    divisor = np.ones(rows.size, object)
    for each in ratio.divisors:
        divisor *= each if isinstance(each, int) else each.take(rows).astype(np.int64).astype(object)
    bound = (2 * upper.astype(object) - twice) * divisor
    return (2 * numerator > bound).astype(np.int64) - (2 * numerator < bound).astype(np.int64)
