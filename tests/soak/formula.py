"""The oracle's own formula for one coverage, in Python's whole numbers, which never overflow and never round.

What lives here: rate, period, term, covered part and split, each half up once, in the order that is law. What does not:
an import of ours; the parts of terms come from the oracle as fractions.

A premium of a period is `rate x factors x units`. Every rounding is floor(x + 1/2), written for x = n / d as
(2n + d) // 2d; its remainder tells how near x lay to a half cent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

NEAR = 100
"""Beside a half cent: no farther from it than a hundredth of a cent."""

Shares = tuple[int, int, int, int, int]


@dataclass
class Nearness:
    """How many coverages lay exactly on a half cent at one of the roundings, and how many beside one."""

    on: int = 0
    beside: int = 0
    compared: int = field(default=0)


def shares(columns: Iterable[tuple[int, ...]], nearness: Nearness) -> list[Shares]:
    """Period, standard, prorated, employer and employee cents of each coverage.

    A row is: numerator and divisor of the premium in cents; of periods in the term; of the part of the term charged;
    percent x 10,000 or -1; an amount for the term or -1 and how its months count (numerator, divisor); a cap or -1.
    """
    priced: list[Shares] = []
    on = beside = 0
    for n, d, periods, per, part, whole, percent, amount, months, month, cap in columns:
        period, left = divmod(2 * n + d, 2 * d)
        is_on, is_beside = not left, left * NEAR <= d or (2 * d - left) * NEAR <= d
        standard = (2 * period * periods + per) // (2 * per)
        prorated, left = divmod(2 * standard * part + whole, 2 * whole)
        is_on |= not left
        is_beside |= left * NEAR <= whole or (2 * whole - left) * NEAR <= whole
        if percent >= 0:
            employer, left = divmod(2 * prorated * percent + 1_000_000, 2_000_000)
            is_on |= not left
            is_beside |= left * NEAR <= 1_000_000 or (2_000_000 - left) * NEAR <= 1_000_000
        elif amount >= 0:
            employer = (2 * amount * months * part + month * whole) // (2 * month * whole)
        else:
            employer = 0
        if 0 <= cap < employer:
            employer = cap
        if employer > prorated:
            employer = prorated
        on += is_on
        beside += is_beside
        priced.append((period, standard, prorated, employer, prorated - employer))
    nearness.on += on
    nearness.beside += beside - on
    nearness.compared += len(priced)
    return priced
