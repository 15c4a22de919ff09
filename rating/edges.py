"""Parents of rows: counted from the first of a chunk, and which rows are whose.

What lives here: `counted_from`, and `Children`, for rows that stand together, sorted by parent, and their sums. What
does not: which columns are added up (`rating.rollup`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rating.arrays import Ints, Rows, Whole

MOST_ALIKE = 8
"""Rows a parent up to which the n-th rows of all are added at once; beyond, a running total takes less."""


def counted_from(first: int, parent: Ints) -> Rows:
    """The parents, numbered from one of them on; as they index other columns."""
    counted = parent.astype(np.intp)
    counted -= first
    return counted


@dataclass(frozen=True)
class Children:
    """The rows of each of `n_parents`, the first of which is `first`; `parent` is sorted."""

    parent: Ints  # (n,) of each row
    first: int
    n_parents: int

    @cached_property
    def each(self) -> int:
        """How many rows every parent has, where all have as many, as plans of one coverage each; else 0."""
        each = self.parent.size // self.n_parents if self.n_parents else 0
        if not 0 < each <= MOST_ALIKE or each * self.n_parents != self.parent.size:
            return 0
        heads = self.parent[::each]
        wanted = np.arange(self.first, self.first + self.n_parents, dtype=self.parent.dtype)
        is_so = bool((heads == wanted).all()) and (each == 1 or bool((self.parent[each - 1 :: each] == heads).all()))
        return each if is_so else 0

    @cached_property
    def edges(self) -> Rows:
        """(n_parents + 1,) where the rows of each begin and end."""
        if self.each:
            return np.arange(0, self.parent.size + 1, self.each)
        ends = np.flatnonzero(self.parent[1:] != self.parent[:-1])
        if ends.size != self.n_parents - 1:  # somebody is without rows
            counts = np.bincount(self.parent - self.first, minlength=self.n_parents)
            return np.concatenate([[0], np.cumsum(counts)])
        found = np.empty(self.n_parents + 1, np.intp)
        found[0], found[-1] = 0, self.parent.size
        np.add(ends, 1, out=found[1:-1])
        return found

    def count(self, out: Ints) -> None:
        """How many rows each has."""
        if self.each:
            out[:] = self.each
        else:
            np.subtract(self.edges[1:], self.edges[:-1], out=out, casting="same_kind")

    def add_up(self, column: Whole, out: Whole) -> None:
        """The sum of the column over the rows of each."""
        add_up(column, out, self.each or self.edges)


def add_up(column: Whole, out: Whole, rows: int | Rows) -> None:
    """The sums over the rows of each parent: `rows` is how many all of them have, or where those of each begin and end.

    >>> out = np.empty(2, np.int64)
    >>> add_up(np.array([1, 2, 4, 8]), out, 2)
    >>> out.tolist()
    [3, 12]
    >>> add_up(np.array([1, 2, 4, 8]), out, np.array([0, 1, 4]))
    >>> out.tolist()
    [1, 14]
    """
    if not isinstance(rows, int):
        running = np.empty(column.size + 1, np.int64)
        running[0] = 0
        np.cumsum(column, out=running[1:])
        at = running.take(rows)
        np.subtract(at[1:], at[:-1], out=out)
    elif rows == 1:
        out[:] = column
    else:
        np.add(column[::rows], column[1::rows], out=out)
        for n_th in range(2, rows):
            out += column[n_th::rows]
