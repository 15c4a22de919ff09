"""Pairs of an offer and a rule that names it, found by key.

What lives here: the join of keys. What does not: what the keys are made of (`rating.ladder`).

A rule that names the offer itself needs no key. Where each key is met once and the numbers between the first and the
last are not many more than the keys, offers are read from a table of all these numbers, which is faster than searching.
"""

import numpy as np

from rating.arrays import Longs, Rows
from rating.codes import NONE

DENSE = 4
"""Keys are read from a table of all numbers in their range where it is at most so many times as long as they are."""


class Itself:
    """Offers by their own rows, `n` of all; as `Keyed`, where a rule names the offer itself."""

    def __init__(self, rows: Rows, n: int) -> None:
        self.is_there = np.zeros(n + 2, np.bool_)  # numbers below zero, which name nothing, are read from the end
        self.is_there[rows] = True

    def matches(self, wanted: Longs, chosen: Rows) -> tuple[Rows, Rows]:
        """All pairs of an offer and a rule that names it, in the order of the rules."""
        found = self.is_there.take(wanted)
        return (wanted, chosen) if bool(found.all()) else (wanted[found], chosen[found])


class Keyed:
    """Offers by a key; keys ascend. `n_asked` is about how many keys will be asked for."""

    def __init__(self, key: Longs, rows: Rows, n_asked: int) -> None:
        self.key, self.rows = key, rows
        is_first = np.empty(key.size, np.bool_)
        is_first[0] = True
        np.not_equal(key[1:], key[:-1], out=is_first[1:])
        self.heads = None if bool(is_first.all()) else np.flatnonzero(is_first)
        self.before = int(key[0]) - 1
        n_keys = int(key[-1]) - self.before
        self.place: Rows | None = None
        if self.heads is None and n_keys <= DENSE * (key.size + n_asked):
            self.place = np.full(n_keys + 2, NONE, np.intp)  # read by the key itself; the ends are for keys beyond
            self.place[key - self.before] = rows

    def matches(self, wanted: Longs, chosen: Rows) -> tuple[Rows, Rows]:
        """All pairs of an offer and a rule that names it, in the order of the rules."""
        if self.heads is None:  # a key is met once: every rule has at most one offer
            offer = self._with_key(wanted)
            found = offer != NONE
            return (offer, chosen) if bool(found.all()) else (offer[found], chosen[found])
        at = np.searchsorted(self.key.take(self.heads), wanted)
        np.minimum(at, self.heads.size - 1, out=at)
        begin = self.heads.take(at)
        times = np.append(self.heads, self.key.size).take(at + 1) - begin
        times[self.key.take(begin) != wanted] = 0
        rule = np.repeat(chosen, times)
        place = np.repeat(begin - (np.cumsum(times) - times), times)
        place += np.arange(rule.size)
        return self.rows.take(place), rule

    def _with_key(self, wanted: Longs) -> Rows:
        """The offer that has each key, NONE where none has."""
        if self.place is not None:
            return self.place.take(wanted - self.before, mode="clip")
        at = np.searchsorted(self.key, wanted)
        np.minimum(at, self.key.size - 1, out=at)
        return np.where(self.key.take(at) == wanted, self.rows.take(at), NONE)
