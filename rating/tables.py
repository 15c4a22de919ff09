"""Rates as one flat array of cells for all tables at once.

What lives here: the built tables and the look-up of one cell per row. What does not: how the
tidy cells are packed (`rating.packing`), what a rate means (`rating.methods`).

A table is a block of cells with the axes effective date, then those of `rating.codes.Axis`.
A cell's address is the table's offset plus, for every axis, position x stride. Position 0 of an
axis is "none of those filed": a date before the first version, an unknown fact, a code that no
cell names, an age below the first bound. It holds the price of the wildcard cells, or none.

Positions are read from one flat map, already multiplied by the stride, so that a look-up is two
gathers per axis for rows of thousands of tables together. Dates and pay, whose values are too
many for a map, are placed by a binary search over the bounds of each row's table. A table that
does not use an axis has stride 0 there and points into a shared stretch of zeros: no masks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rating import packing
from rating.arrays import Bytes, Days, Ints, Longs, Rows, Shorts
from rating.codes import NONE, Axis
from rating.dates import day_numbers
from rating.layout import (
    DEFAULT_CHILD_AGE,
    DEFAULT_CHILD_COUNT,
    FACTOR,
    SPANNED,
    UNIT_FACTOR,
    Bounds,
)

Slots = Callable[[Axis], Rows]
"""What the look-up asks about its rows: code + 1 of the fact of an axis (0 unknown); for SALARY cents."""


@dataclass(frozen=True, slots=True)
class RateTables:
    """All rate and factor tables of a run. The two last rows are inner: no table, and factor 1."""

    method: Bytes  # row in rating.methods.CODES, FACTOR for a factor table
    period: Bytes  # Period that one rate is stated for
    age_basis: Bytes  # AgeBasis
    child_age: Shorts  # child_capped: children below this age are capped
    child_count: Shorts  # child_capped: how many of them are charged
    factor_tables: Ints  # (n_tables, N_FACTORS), pointing at `unit` where there is none
    uses: Shorts  # bit a set = the table varies by Axis(a)
    offset: Longs  # address of the table's first cell
    cells: Longs  # dollars x 1e6, or factors x 1e4; NO_CELL
    dates: Bounds
    pay: Bounds
    map: Longs  # position x stride
    map_start: Longs  # (len(Axis), n_tables): where the stretch of a table begins
    first_code: Longs  # (len(Axis), n_tables): the least code of a spanned axis
    n_codes: Longs  # (len(Axis), n_tables): codes in the span of a spanned axis
    n_factors: int  # factor columns used by any table

    def __len__(self) -> int:
        return self.method.size - 2

    @classmethod
    def build(
        cls,
        *,
        method: Bytes,
        period: Bytes,
        age_basis: Bytes,
        child_age: Shorts,
        child_count: Shorts,
        factor_tables: Ints,
        cell_table: Ints,
        cell_from: Days,
        keys: Longs,
        value: Longs,
        version_table: Ints | None = None,
        version_from: Days | None = None,
    ) -> "RateTables":
        """Pack all tables. Columns up to `factor_tables` are per table, those up to `value` per cell.

        `version_table` and `version_from` name versions besides those of the cells: a version
        without cells closes its table from that date.
        """
        n_tables = method.size + 2
        table, day = cell_table.astype(np.int64), day_numbers(cell_from)
        packing.refuse_bad_keys(table, keys, method.size)

        versions = packing.places_of(
            n_tables,
            np.concatenate([table, version_table.astype(np.int64)]) if version_table is not None else table,
            np.concatenate([day, day_numbers(version_from)]) if version_from is not None else day,
        )
        places = [packing.places_of(n_tables, table, keys[:, axis], keys[:, axis] != NONE) for axis in Axis]
        blocks = packing.blocks_of(n_tables, versions, places)
        address = blocks.offset[table] + blocks.strides[0][table] * versions.of_cell[: table.size]
        cells = packing.place_cells(blocks, places, address, table, keys, value)
        cells[blocks.offset[-1]] = UNIT_FACTOR

        # Strides of axes a table does not use are harmless: their position is always 0.
        lookup, starts, first, n_codes = packing.maps_of(places, blocks.strides[1:])
        return cls(
            method=np.append(method, [NONE, FACTOR]).astype(np.int8),
            period=np.append(period, [0, 0]).astype(np.int8),
            age_basis=np.append(age_basis, [0, 0]).astype(np.int8),
            child_age=np.append(np.where(child_age < 0, DEFAULT_CHILD_AGE, child_age), [0, 0]).astype(np.int16),
            child_count=np.append(np.where(child_count < 0, DEFAULT_CHILD_COUNT, child_count), [0, 0]).astype(np.int16),
            factor_tables=packing.factor_tables_of(factor_tables, method),
            uses=packing.uses_of(n_tables, places),
            offset=blocks.offset,
            cells=cells,
            dates=packing.bounds_of(versions, blocks.strides[0]),
            pay=packing.bounds_of(places[Axis.SALARY], blocks.strides[Axis.SALARY + 1]),
            map=lookup,
            map_start=starts,
            first_code=first,
            n_codes=n_codes,
            n_factors=int((factor_tables >= 0).sum(axis=1).max(initial=0)),
        )

    @property
    def nothing(self) -> int:
        """The inner table that holds no cell: for offers without a table."""
        return self.method.size - 2

    @property
    def unit(self) -> int:
        """The inner factor table whose only cell is 1."""
        return self.method.size - 1

    def look_up(self, table: Rows, rate_day: Longs, slots: Slots) -> Longs:
        """The cell in force for each row: [USD x 1e6 per unit and rate period] or [factor x 1e4]."""
        address = self.offset.take(table)
        address += self.dates.offsets(table, rate_day)
        used = int(np.bitwise_or.reduce(self.uses.take(table), initial=0))
        for axis in Axis:
            if used >> axis & 1:
                address += self._axis_offsets(axis, table, slots(axis))
        return self.cells.take(address)

    def _axis_offsets(self, axis: Axis, table: Rows, slots: Rows) -> Longs:
        """Position x stride of each row on one axis."""
        if axis == Axis.SALARY:
            return self.pay.offsets(table, slots)
        start: Longs = self.map_start[axis]
        place = start.take(table)
        if axis in SPANNED:
            slots = slots - self.first_code[axis].take(table)
            np.clip(slots, 0, self.n_codes[axis].take(table) + 1, out=slots)
        place += slots
        return self.map.take(place)
