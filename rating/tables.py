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
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np

from rating import packing
from rating.arrays import Bytes, Days, Floats, Ints, Longs, Rows, Shorts, Whole
from rating.codes import NONE, AgeBasis, AgeDate, Axis, MoneyRounding, OutsideTable, Period, SpouseAge
from rating.dates import day_numbers
from rating.layout import (
    DEFAULT_CHILD_AGE,
    DEFAULT_CHILD_COUNT,
    DOMAIN,
    EXACT,
    FACTOR,
    NO_CELL,
    RATE_PLACES,
    SEARCHED,
    SPANNED,
    UNIT_FACTOR,
    Bounds,
    refuse_beyond,
)

Slots = Callable[[Axis], Rows]
"""What the look-up asks about its rows: code + 1 of the fact of an axis (0 unknown); for SALARY cents."""


ALL_LINES = -1
"""The cap on children applies to every product type."""


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Settings of tables, each (n_tables,) or as said; a setting left out has its default in every table."""

    age_date: Bytes | None = None
    spouse_age: Bytes | None = None
    money_rounding: Bytes | None = None
    outside: Bytes | None = None
    low: Longs | None = None  # (len(Axis), n_tables)
    high: Longs | None = None  # (len(Axis), n_tables)
    child_lines: Longs | None = None
    base_table: Ints | None = None
    round_places: Bytes | None = None  # (n_tables, 1 + factor columns)


@dataclass(frozen=True, slots=True)
class RateTables:
    """All rate and factor tables of a run. The two last rows are inner: no table, and factor 1."""

    method: Bytes  # row in rating.methods.CODES, FACTOR for a factor table
    period: Bytes  # Period that one rate is stated for
    age_basis: Bytes  # AgeBasis
    child_age: Shorts  # children below this age are capped, by the methods that count children
    child_count: Shorts  # how many of them are charged
    age_date: Bytes  # AgeDate: the day ages are taken on
    spouse_age: Bytes  # SpouseAge
    money_rounding: Bytes  # MoneyRounding
    outside: Bytes  # OutsideTable: what becomes of values beyond the limits
    low: Longs  # (len(Axis), n_tables) least value of a banded axis; NONE without a limit
    high: Longs  # (len(Axis), n_tables) greatest value
    child_lines: Longs  # bit c set = the cap on children applies to product type c; -1 all
    base_table: Ints  # table that prices the members a rate is solved from; NONE
    round_places: Bytes  # (n_tables, 1 + n_factors) places kept after the rate and after each factor; NONE all
    factor_tables: Ints  # (n_tables, n_factors), pointing at `unit` where there is none
    uses: Ints  # bit a set = the table varies by Axis(a)
    offset: Longs  # address of the table's first cell
    cell: Floats  # dollars x 1e6, or factors x 1e4, as whole numbers; NO_CELL, as is the first of all
    source: Ints  # row of the tidy cell that each cell was written from; NONE
    dates: Bounds
    searched: dict[Axis, Bounds]  # banded axes with many values
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
        settings: TableSettings | None = None,
    ) -> "RateTables":
        """Pack all tables. Columns up to `factor_tables` are per table, those up to `value` per cell.

        `version_table` and `version_from` name versions besides those of the cells: a version
        without cells closes its table from that date.
        """
        n_tables = method.size + 2
        more = settings or TableSettings()
        per_table = {"period": period, "age_basis": age_basis, "child_age": child_age, "child_count": child_count}
        _refuse_bad_settings({"method": method, "factor_tables": factor_tables, **per_table}, more, method.size)
        packing.refuse_bad_cells(cell_from, value)
        table, day = cell_table.astype(np.int64), day_numbers(cell_from)
        packing.refuse_bad_keys(table, keys, method.size)

        if version_table is not None and version_from is not None:
            refuse_beyond("The table of a version", version_table, 0, method.size - 1)
            packing.refuse_unknown_days(version_from)
        versions = packing.places_of(
            n_tables,
            np.concatenate([table, version_table.astype(np.int64)]) if version_table is not None else table,
            np.concatenate([day, day_numbers(version_from)]) if version_from is not None else day,
        )
        places = [packing.places_of(n_tables, table, keys[:, axis], keys[:, axis] != NONE) for axis in Axis]
        blocks = packing.blocks_of(n_tables, versions, places)
        address = blocks.offset[table] + blocks.strides[0][table] * versions.of_cell[: table.size]
        cells, source = packing.place_cells(blocks, places, address, table, keys, value)
        cells[blocks.offset[-1]] = UNIT_FACTOR

        # Strides of axes a table does not use are harmless: their position is always 0.
        lookup, starts, first, n_codes = packing.maps_of(places, blocks.strides[1:])
        return cls(
            method=np.append(method, [NONE, FACTOR]).astype(np.int8),
            period=np.append(period, [0, 0]).astype(np.int8),
            age_basis=np.append(age_basis, [0, 0]).astype(np.int8),
            child_age=np.append(np.where(child_age < 0, DEFAULT_CHILD_AGE, child_age), [0, 0]).astype(np.int16),
            child_count=np.append(np.where(child_count < 0, DEFAULT_CHILD_COUNT, child_count), [0, 0]).astype(np.int16),
            age_date=_per_table(more.age_date, method.size, AgeDate.PLAN_ANNIVERSARY, np.int8),
            spouse_age=_per_table(more.spouse_age, method.size, SpouseAge.OWN, np.int8),
            money_rounding=_per_table(more.money_rounding, method.size, MoneyRounding.HALF_UP, np.int8),
            outside=_per_table(more.outside, method.size, OutsideTable.CLAMP, np.int8),
            low=_limits(more.low, method.size),
            high=_limits(more.high, method.size),
            child_lines=_per_table(more.child_lines, method.size, ALL_LINES, np.int64),
            base_table=_per_table(more.base_table, method.size, NONE, np.int32),
            round_places=_places(more.round_places, method.size, factor_tables.shape[1]),
            factor_tables=packing.factor_tables_of(factor_tables, method),
            uses=packing.uses_of(n_tables, places),
            offset=blocks.offset + 1,
            cell=np.concatenate([[NO_CELL], cells]).astype(np.float64),
            source=np.append(np.int32(NONE), source),
            dates=packing.bounds_of(versions, blocks.strides[0]),
            searched={axis: packing.bounds_of(places[axis], blocks.strides[axis + 1]) for axis in SEARCHED},
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
        """The cell in force for arbitrary rows: [USD x 1e6 per unit and rate period] or [factor x 1e4].

        Coverages are looked up by what was resolved for their offers (`rating.lookup`).
        """
        address = self.offset.take(table)
        address += self.dates.offsets(table, rate_day)
        used = int(np.bitwise_or.reduce(self.uses.take(table), initial=0))
        for axis in Axis:
            if used >> axis & 1:
                address += self.part_of(axis, table, slots(axis))
        return self.cell.take(address).astype(np.int64)

    def part_of(self, axis: Axis, table: Rows, slots: Rows) -> Longs:
        """Position x stride of each row on one axis."""
        if axis in SEARCHED:
            return self.searched[axis].offsets(table, slots)
        start: Longs = self.map_start[axis]
        place = start.take(table)
        if axis in SPANNED:
            slots = slots - self.first_code[axis].take(table)
            np.clip(slots, 0, self.n_codes[axis].take(table) + 1, out=slots)
        place += slots
        return self.map.take(place)

    def stretch(self, axis: Axis, table: int) -> Longs:
        """One table's own part of the map: position x stride by slot."""
        start = int(self.map_start[axis, table])
        if not self.uses[table] >> axis & 1:
            return self.map[:1]
        width = int(self.n_codes[axis, table]) + 2 if axis in SPANNED else DOMAIN[axis]
        return self.map[start : start + width]


_CODES: dict[str, type[IntEnum]] = {
    "period": Period,
    "age_basis": AgeBasis,
    "age_date": AgeDate,
    "spouse_age": SpouseAge,
    "money_rounding": MoneyRounding,
    "outside": OutsideTable,
}
"""Settings that are codes of closed lists."""


def _refuse_bad_settings(columns: dict[str, Whole], more: TableSettings, n: int) -> None:
    """Codes of no list, and tables or decimals that there are not."""
    most = {"factor_tables": n - 1, "base_table": n - 1, "round_places": RATE_PLACES, "low": EXACT, "high": EXACT}
    for name, column in (*columns.items(), *((each.name, getattr(more, each.name)) for each in fields(more))):
        if column is None or name == "child_lines":  # all bits of which say something
            continue
        kind = _CODES.get(name)
        last = most.get(name, np.iinfo(column.dtype).max) if kind is None else max(kind)
        refuse_beyond(f"The rate tables' {name}", column, NONE if kind is None else 0, last)


def _per_table(column: Whole | None, n: int, otherwise: int, dtype: type[np.signedinteger[Any]]) -> Any:
    """A setting with rows for the two inner tables."""
    given = np.full(n, otherwise, dtype) if column is None else column
    return np.append(given, [otherwise, otherwise]).astype(dtype)


def _limits(column: Longs | None, n: int) -> Longs:
    """Limits per axis with columns for the two inner tables."""
    given = np.full((len(Axis), n), NONE, np.int64) if column is None else column
    return np.concatenate([given, np.full((len(Axis), 2), NONE, np.int64)], axis=1)


def _places(column: Bytes | None, n: int, n_factors: int) -> Bytes:
    """Places kept at each step with rows for the two inner tables."""
    given = np.full((n, 1 + n_factors), NONE, np.int8) if column is None else column
    return np.concatenate([given, np.full((2, 1 + n_factors), NONE, np.int8)])
