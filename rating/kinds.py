"""Offers that are alike: the same rate table and the same contract term.

What lives here: `Kinds`, found once per run, so that what hangs on table and term alone is worked out once for each
kind and handed to its offers; the numbering of distinct keys. What does not: what is worked out (`rating.terms`,
`rating.recipes`, `rating.changes`).

A book has an offer for every plan of every contract, but few tables and few terms.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Longs, Rows
from rating.batch import Offers
from rating.dates import day_numbers

DENSE = 4
"""Pairs are counted, not sorted, where there could be at most so many times as many of them as there are offers."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kind of every offer, and an offer of every kind."""

    of: Rows  # (n_offers,)
    first: Rows  # (n_kinds,) an offer of each

    def __len__(self) -> int:
        return self.first.size


def kinds_of(offers: Offers, table: Rows, n_tables: int) -> Kinds:
    """Number the pairs of a rate table and a term that any offer has."""
    term, n_terms = _terms(offers)
    key = np.multiply(term, n_tables, dtype=np.int64)
    key += table
    return Kinds(*numbered(key, n_terms * n_tables))


def _terms(offers: Offers) -> tuple[Rows, int]:
    """The number of each offer's term. Offers of one contract stand together, so few neighbours have different ones."""
    start, end = day_numbers(offers.term_from), day_numbers(offers.term_to)
    is_new = np.empty(start.size, np.bool_)
    is_new[:1] = False
    np.not_equal(start[1:], start[:-1], out=is_new[1:])
    is_new[1:] |= end[1:] != end[:-1]
    run = np.cumsum(is_new, dtype=np.intp)
    heads = np.append(0, np.flatnonzero(is_new)) if start.size else np.empty(0, np.intp)
    starts, ends = start.take(heads), end.take(heads)
    first = int(starts.min(initial=np.iinfo(np.int64).max)) if starts.size else 0
    length = ends - starts
    width = int(length.max(initial=0)) + 1
    number, found = numbered((starts - first) * width + length, (int(starts.max(initial=first)) - first + 1) * width)
    return number.take(run), found.size


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
