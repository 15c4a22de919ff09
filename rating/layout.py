"""The layout of packed rates: what packing writes and the look-up reads.

What lives here: constants of the layout, what is refused of it, and `Bounds`, the binary search over many tables at
once. What does not: packing (`rating.packing`) and the tables themselves (`rating.tables`).
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Longs, Rows, Whole
from rating.codes import BANDED, NONE, Axis
from rating.columns import is_constant

DOMAIN = {Axis.AGE: 128, Axis.GENDER: 5, Axis.TOBACCO: 3, Axis.TIER: 6, Axis.RELATIONSHIP: 8}
"""Axes with few values: slots of the map per table (code + 1; slot 0 is unknown)."""

SPANNED = (Axis.AREA, Axis.CLASS, Axis.INDUSTRY, Axis.PLAN)
"""Axes with many codes: the map of a table holds the codes from its least to its greatest."""

SEARCHED = tuple(axis for axis in Axis if axis in BANDED and axis not in DOMAIN)
"""Banded axes whose values are too many for a map."""

MOST_FACTORS = 8
"""A rate table may name at most so many factor tables: the product then stays an exact ratio."""

UNIT_FACTOR = 10_000
"""A factor of 1."""

FACTOR = NONE
"""`method` of a table whose cells are factors."""

RATE_PLACES = 6
"""A rate has at most six decimals, and so has a product rounded on its way."""

NO_CELL = -1
"""What a look-up returns where no rate is in force."""

DEFAULT_CHILD_AGE = 21
DEFAULT_CHILD_COUNT = 3
"""45 CFR 147.102: the three oldest covered children under 21."""

EXACT = 2**53
"""Whole numbers below this are exact in float64, which cells are kept in."""

MOST_CELLS = 2**28
"""2 GB of cells: more than any book files, and as much as a run may take."""


class RatesError(ValueError):
    """The rates or rules contradict each other or leave their domain: refused before anything is rated."""


def refuse_beyond(name: str, column: Whole, least: int, most: int) -> None:
    """Refuse a column of rates or rules with a value that its list, or its domain, does not hold."""
    seen = column[:1] if is_constant(column) else column
    if not seen.size:
        return
    is_open = most >= np.iinfo(seen.dtype).max  # no value lies above: one look less
    if int(seen.min()) < least or not (is_open or int(seen.max()) <= most):
        raise RatesError(f"{name} must lie in {least} to {most:,}.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ascending lower bounds of one axis, table after table."""

    value: Longs
    start: Longs  # (n_tables,)
    count: Longs  # (n_tables,)
    stride: Longs  # (n_tables,)

    def offsets(self, table: Rows, value: Longs) -> Longs:
        """Stride x the number of bounds at or below each row's value."""
        start, count = self.start.take(table), self.count.take(table)
        start -= 1
        position = np.zeros(table.size, np.int64)
        most = int(count.max(initial=0))
        bit = 1 << most.bit_length() >> 1  # the largest power of two not above the greatest count
        while bit:
            probe = position + bit
            at_or_below = self.value.take(start + probe, mode="clip") <= value
            at_or_below &= probe <= count
            position += np.multiply(at_or_below, bit, out=probe)
            bit >>= 1
        position *= self.stride.take(table)
        return position
