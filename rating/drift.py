"""Pieces of a known sum: each rounded by itself, the last one the rest.

What lives here: rounding drift (PR-28), for many sums at once. What does not: what the pieces are of.
"""

import numpy as np

from rating.arrays import Longs, Rows


def settled(pieces: Longs, totals: Longs, heads: Rows, most: Longs | None = None) -> Longs:
    """The pieces with the drift taken out, (n,): those of each sum add up to its total. [cents]

    `pieces` are rounded amounts, not negative, sum after sum; `heads` says where each sum begins and
    `totals` what it comes to. What is left over falls to the last piece; where the pieces come to more
    than the total, later ones get less, never less than nothing. Where `most` says how much each piece can
    take, none of `pieces` being above it, what the last cannot take falls to the one before it, and so on.

    >>> settled(np.array([3333, 3333, 3333, 1, 1, 1]), np.array([10000, 2]), np.array([0, 3])).tolist()
    [3333, 3333, 3334, 1, 1, 0]
    >>> settled(np.array([20, 40, 0]), np.array([61]), np.array([0]), np.array([300, 600, 0])).tolist()
    [20, 41, 0]
    """
    if not pieces.size:
        return pieces
    counts = np.diff(heads, append=pieces.size)
    upto = np.cumsum(pieces)
    upto -= np.repeat(upto.take(heads) - pieces.take(heads), counts)
    np.minimum(upto, np.repeat(totals, counts), out=upto)
    if most is not None:  # what those after a piece cannot take is taken by then
        room = np.cumsum(most)
        np.maximum(upto, np.repeat(totals - room.take(heads + counts - 1), counts) + room, out=upto)
    upto[heads + counts - 1] = totals
    steps = np.diff(upto, prepend=0)
    steps[heads] = upto.take(heads)
    return steps
