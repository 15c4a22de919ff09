"""Rows of parents: how many each has, where they begin and end, and their sums, regular or not."""

from itertools import pairwise

import numpy as np
import pytest

from rating.edges import MOST_ALIKE, Children


def _of(counts: list[int], first: int = 3) -> Children:
    parent = np.repeat(np.arange(first, first + len(counts), dtype=np.int32), counts)
    return Children(parent, first, len(counts))


@pytest.mark.parametrize(
    ("counts", "each"),
    [
        ([1, 1, 1], 1),
        ([2, 2, 2, 2], 2),
        ([MOST_ALIKE, MOST_ALIKE], MOST_ALIKE),
        ([MOST_ALIKE + 1, MOST_ALIKE + 1], 0),
        ([5], 5),
        ([2, 1, 3], 0),  # as many rows as 2 each would be
        ([1, 3, 2], 0),  # the first rows of twos are those of 3, 4, 4; the last ones 4, 4, 5
        ([2, 0, 4], 0),  # the second has none
        ([0, 2], 0),  # the first has none
        ([0, 0], 0),
        ([3, 4], 0),
        ([], 0),
    ],
)
def test_rows_of_parents_are_told_and_added_up(counts: list[int], each: int) -> None:
    children, n = _of(counts), sum(counts)
    assert children.each == each
    ends = np.cumsum([0, *counts]).tolist()
    assert children.edges.tolist() == ends
    column = 7 ** np.arange(n, dtype=np.int64) if n < 20 else np.arange(n, dtype=np.int64)
    sums, told = np.full(len(counts), -9, np.int64), np.full(len(counts), -9, np.int32)
    children.add_up(column, sums)
    children.count(told)
    assert sums.tolist() == [sum(column.tolist()[begin:end]) for begin, end in pairwise(ends)]
    assert told.tolist() == counts


def test_counts_of_a_narrow_column_are_added_up_in_it() -> None:
    for counts in ([2, 2], [1, 3]):
        sums = np.zeros(2, np.int32)
        _of(counts).add_up(np.array([10, 20, 30, 40], np.int32), sums)
        assert sums.tolist() == ([30, 70] if counts == [2, 2] else [10, 90])
