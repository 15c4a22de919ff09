"""What a part of the contract term is worth: one function per method.

What lives here: the registry PRORATIONS and the fraction of the term to be charged. What does
not: rounding (`rating.money`), how a span is found (`covered_from`, `covered_to` of a coverage).

A fraction is two integers, so that cents can be settled exactly. A further method is one member
of `rating.codes.Proration` and one function here.
"""

from collections.abc import Callable

import numpy as np

from rating.arrays import Bytes, Longs
from rating.codes import Proration

Fraction = tuple[Longs, Longs]


def daily_term(covered_days: Longs, term_days: Longs) -> Fraction:
    """Covered days over real days of the term (PR-1, PR-5).

    Example PR-3: 16.00 x 316 / 365 = 13.85.
    """
    return covered_days, term_days


def no_proration(covered_days: Longs, term_days: Longs) -> Fraction:
    """Any covered day is charged as the whole term (PR-26, NONE)."""
    del term_days
    return np.ones_like(covered_days), np.ones_like(covered_days)


PRORATIONS: dict[Proration, Callable[[Longs, Longs], Fraction]] = {
    Proration.DAILY_TERM: daily_term,
    Proration.NONE: no_proration,
}


def charged_fraction(method: Bytes, covered_days: Longs, term_days: Longs) -> Fraction:
    """The part of the term charged, by each row's own method: numerators and denominators."""
    present = np.flatnonzero(np.bincount(method, minlength=len(Proration)))
    if present.size == 1:
        return PRORATIONS[Proration(int(present[0]))](covered_days, term_days)
    numerator, denominator = np.ones_like(covered_days), np.ones_like(term_days)
    for code in present.tolist():
        rows = np.flatnonzero(method == code)
        part = PRORATIONS[Proration(code)](covered_days.take(rows), term_days.take(rows))
        numerator[rows], denominator[rows] = part
    return numerator, denominator
