"""Parents of rows: counted from the first of a chunk, and where the rows of each begin and end.

What lives here: `counted_from` and `edges`, for children that stand together, sorted by parent. What does not: what is
done with them (`rating.facts`, `rating.rollup`).
"""

import numpy as np

from rating.arrays import Ints, Rows


def counted_from(first: int, parent: Ints) -> Rows:
    """The parents, numbered from one of them on; as they index other columns."""
    counted = parent.astype(np.intp)
    counted -= first
    return counted


def edges(parent: Ints, first: int, n_parents: int) -> Rows:
    """Where the rows of each parent begin and end, (n_parents + 1,), for rows sorted by parent, `first` the least."""
    ends = np.flatnonzero(parent[1:] != parent[:-1])
    if ends.size != n_parents - 1:  # somebody is without rows
        return np.concatenate([[0], np.cumsum(np.bincount(parent - first, minlength=n_parents))])
    found = np.empty(n_parents + 1, np.intp)
    found[0], found[-1] = 0, parent.size
    np.add(ends, 1, out=found[1:-1])
    return found
