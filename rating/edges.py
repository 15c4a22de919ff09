"""Where the rows of each parent begin and end.

What lives here: `edges`, for children that stand together, sorted by parent. What does not: what is done with them
(`rating.facts`, `rating.rollup`).
"""

import numpy as np

from rating.arrays import Ints, Rows


def edges(parent: Ints, first: int, n_parents: int) -> Rows:
    """Where the rows of each parent begin and end, (n_parents + 1,), for rows sorted by parent, `first` the least."""
    ends = np.flatnonzero(parent[1:] != parent[:-1])
    if ends.size != n_parents - 1:  # somebody is without rows
        return np.concatenate([[0], np.cumsum(np.bincount(parent - first, minlength=n_parents))])
    found = np.empty(n_parents + 1, np.intp)
    found[0], found[-1] = 0, parent.size
    np.add(ends, 1, out=found[1:-1])
    return found
