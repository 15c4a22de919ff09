"""What must hold of the columns of a batch: lengths, ranges, days, order.

What lives here: one look at a column each, and `BatchError`. What does not: which column must hold what
(`rating.batch`). Of a column that was left out one row is looked at.
"""

from dataclasses import fields
from typing import Any

import numpy as np

from rating.arrays import COLUMN_DTYPES, Days, Ints
from rating.columns import is_constant
from rating.dates import END_DAY, FIRST_DAY, FIRST_NUMBER

BLOCK = 1 << 19
"""Bytes that are checked together, so that a second look at a value finds it in the cache."""

_END = int(END_DAY.astype(np.int64))

FARTHEST = 2**31
"""Days that only bound a span may lie beyond the calendar of ages, but not so far that a count of days would wrap."""


class BatchError(ValueError):
    """The columns of a batch do not fit together: a defect of the caller, never of the data rated."""


def check_columns(bundle: Any) -> None:
    """Every column of a bundle has its dtype and as many rows as the bundle."""
    name, length = type(bundle).__name__.lower(), len(bundle)
    for field in fields(bundle):
        column = getattr(bundle, field.name)
        wanted = COLUMN_DTYPES[field.type]
        if column.dtype != wanted:
            raise broken(f"{name}.{field.name} must be {wanted}, is {column.dtype}")
        if column.shape != (length,):
            raise broken(f"{name}.{field.name} must have {length:,} rows, has shape {column.shape}")


def check_range(name: str, column: np.ndarray[tuple[int], np.dtype[np.integer]], low: int, end: int | None) -> None:
    """From `low` on and below `end`, where there is one."""
    if column.size and is_constant(column):
        column = column[:1]
    if end is not None and low <= 0 and column.size and int(column.view(f"u{column.itemsize}").max()) < end:
        return  # read without a sign a negative number is beyond all others: one look is enough
    block = max(column.size, 1) if end is None else BLOCK // column.itemsize
    for at in range(0, column.size, block):
        part = column[at : at + block]
        if int(part.min()) < low:
            raise broken(f"{name} has a value below {low}")
        if end is not None and int(part.max()) >= end:
            raise broken(f"{name} has a value of {end} or more")


def check_sorted_range(name: str, column: Ints, end: int) -> None:
    """Rows of a parent, in order: the first and the last say where all lie."""
    check_range(name, column[:: max(column.size - 1, 1)], 0, end)


def check_days(name: str, days: Days, *, may_be_unknown: bool = False) -> None:
    """Days the calendar holds; an unknown day is the smallest number."""
    numbers = days.view(np.int64)
    if numbers.size and is_constant(numbers):
        numbers = numbers[:1]
    if numbers.size and int(numbers.view(np.uint64).max()) < _END:
        return  # as above: none before 1970, none beyond the end
    says = f"{name} must be known and lie in {FIRST_DAY} to {END_DAY}"
    block = BLOCK // numbers.itemsize
    for at in range(0, numbers.size, block):
        part = numbers[at : at + block]
        if may_be_unknown and int(part.min()) < FIRST_NUMBER:
            n_unknown = np.count_nonzero(part == np.iinfo(np.int64).min)
            hold(says, np.count_nonzero(part < FIRST_NUMBER) == n_unknown and int(part.max()) < _END)
        else:
            hold(says, int(part.min()) >= FIRST_NUMBER and int(part.max()) < _END)


def check_bounds(name: str, days: Days, *, may_be_unknown: bool = False) -> None:
    """Days that only bound a span. Where one may be unknown, which is the smallest number, any that is small may be."""
    numbers = days.view(np.int64)
    if numbers.size and is_constant(numbers):
        numbers = numbers[:1]
    if not numbers.size or (not may_be_unknown and int(numbers.view(np.uint64).max()) < FARTHEST):
        return  # as above: none before 1970, none too far
    is_near = int(numbers.max()) < FARTHEST and (may_be_unknown or int(numbers.min()) >= -FARTHEST)
    says = "lie" if may_be_unknown else "be known and lie"
    hold(f"{name} must {says} within {FARTHEST:,} days of 1970", is_near)


def are_families(primary: Ints) -> bool:
    """Each run of one value begins at the row it names: all that is asked of primaries, told at once."""
    heads = np.flatnonzero(primary[1:] != primary[:-1]) + 1
    return not primary.size or (primary[0] == 0 and bool((primary.take(heads) == heads).all()))


def is_sorted(column: Ints) -> bool:
    """No row is less than the one before it."""
    return bool((column[1:] >= column[:-1]).all())


def hold(says: str, holds: bool) -> None:
    """Refuse the batch unless it holds."""
    if not holds:
        raise broken(says)


def broken(says: str) -> BatchError:
    """What is wrong with a batch."""
    return BatchError(f"The batch does not hold together: {says}.")
