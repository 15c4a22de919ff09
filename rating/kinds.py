"""Offers that are alike: the same rate table and the same contract term.

What lives here: `Kinds`, found once per run, so that what hangs on table and term alone is worked out once for each
kind, and `ByKind`, a column of the offers that is kept so; the numbering of distinct keys. What does not: what is
worked out (`rating.terms`, `rating.recipes`, `rating.changes`).

A book has an offer for every plan of every contract, but few tables and few terms.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from rating.arrays import Longs, Rows, Whole
from rating.batch import Offers
from rating.codes import NONE
from rating.dates import day_numbers

Column = TypeVar("Column", bound=NDArray[Any])

DENSE = 4
"""Pairs are counted, not sorted, where there could be at most so many times as many of them as there are offers."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kind of every offer, and an offer of every kind."""

    of: Rows  # (n_offers,)
    first: Rows  # (n_kinds,) an offer of each

    def __len__(self) -> int:
        return self.first.size


@dataclass(frozen=True, slots=True)
class ByKind(Generic[Column]):
    """A column of the offers, kept once for each kind: a book has an offer for every plan of every contract."""

    values: Column  # (n_kinds,)
    of: Rows  # (n_offers,)

    def take(self, offers: Whole) -> Column:
        """The values of some offers."""
        return cast("Column", self.values.take(self.of.take(offers)))

    def spread(self) -> Column:
        """The values of all offers, (n_offers,)."""
        return cast("Column", self.values.take(self.of))


def kinds_of(offers: Offers, n_tables: int) -> Kinds:
    """Number the pairs of a rate table, or none, and a term that any offer has."""
    term, n_terms = _terms(offers)
    width = n_tables - NONE
    key = np.multiply(term, width, dtype=np.int64)
    key += offers.rate_table
    key -= NONE
    return Kinds(*numbered(key, n_terms * width))


def _terms(offers: Offers) -> tuple[Rows, int]:
    """The number of each offer's term. Offers of one contract stand together, so few neighbours have different ones."""
    start, end = day_numbers(offers.term_from), day_numbers(offers.term_to)
    is_new = np.empty(start.size, np.bool_)
    is_new[:1] = False
    np.not_equal(start[1:], start[:-1], out=is_new[1:])
    is_new[1:] |= end[1:] != end[:-1]
    heads = np.append(0, np.flatnonzero(is_new)) if start.size else np.empty(0, np.intp)
    starts, ends = start.take(heads), end.take(heads)
    first = int(starts.min(initial=np.iinfo(np.int64).max)) if starts.size else 0
    length = ends - starts
    width = int(length.max(initial=0)) + 1
    number, found = numbered((starts - first) * width + length, (int(starts.max(initial=first)) - first + 1) * width)
    return np.repeat(number, np.diff(heads, append=start.size)), found.size


def numbered(key: Longs, most: int) -> tuple[Rows, Rows]:
    """Each key's number among those that occur, and a row of each; keys lie below `most`, from 0."""
    if most > DENSE * key.size:
        _, first, number = np.unique(key, return_index=True, return_inverse=True)
        return number, first
    row = np.full(most, -1, np.intp)
    row[key] = np.arange(key.size)
    present = np.flatnonzero(row >= 0)
    number = np.empty(most, np.intp)
    number[present] = np.arange(present.size)
    return number.take(key), row.take(present)
