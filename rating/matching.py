"""Pairs of an offer and a rule that names it, found by key.

What lives here: the join of keys. What does not: what the keys are made of (`rating.ladder`).

Where each key is met once and the numbers between the first and the last are not many more than the keys, offers are
read from a table of all these numbers, which is faster than searching.
"""

import numpy as np

from rating.arrays import Longs, Rows
from rating.codes import NONE

DENSE = 4
"""Keys are read from a table of all numbers in their range where it is at most so many times as long as they are."""


def matches(key: Longs, rows: Rows, wanted: Longs, chosen: Rows) -> tuple[Rows, Rows]:
    """All pairs of an offer and a rule that names it, in the order of the rules; keys ascend."""
    is_first = np.empty(key.size, np.bool_)
    is_first[0] = True
    np.not_equal(key[1:], key[:-1], out=is_first[1:])
    if bool(is_first.all()):  # a key is met once: every rule has at most one offer
        offer = _with_key(key, rows, wanted)
        found = offer != NONE
        return (offer, chosen) if bool(found.all()) else (offer[found], chosen[found])
    heads = np.flatnonzero(is_first)
    at = np.searchsorted(key.take(heads), wanted)
    np.minimum(at, heads.size - 1, out=at)
    begin = heads.take(at)
    times = np.append(heads, key.size).take(at + 1) - begin
    times[key.take(begin) != wanted] = 0
    rule = np.repeat(chosen, times)
    place = np.repeat(begin - (np.cumsum(times) - times), times)
    place += np.arange(rule.size)
    return rows.take(place), rule


def _with_key(key: Longs, rows: Rows, wanted: Longs) -> Rows:
    """The offer that has each key, NONE where none has; keys ascend and each is met once."""
    first, n_keys = int(key[0]), int(key[-1] - key[0]) + 1
    if n_keys > DENSE * (key.size + wanted.size):
        at = np.searchsorted(key, wanted)
        np.minimum(at, key.size - 1, out=at)
        return np.where(key.take(at) == wanted, rows.take(at), NONE)
    place = np.full(n_keys + 2, NONE, np.intp)  # read by the key itself; the ends are for keys beyond
    place[key - (first - 1)] = rows
    return place.take(wanted - (first - 1), mode="clip")
