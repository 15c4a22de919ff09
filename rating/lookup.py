"""Rates and factors of a chunk, found by what was resolved once for all offers.

What lives here: `Recipe`, one column of tables (the rates, or the n-th factors) resolved for every
offer of a run, and the reading of its cells. What does not: the tables and the look-up of
arbitrary rows (`rating.tables`), the facts themselves (`rating.facts`).

The address of a cell is a sum with one part per axis (`rating.tables`). What depends on the offer
alone (the version in force when its term starts, its plan, industry, group size) is added up once
per run. Where all tables of the column place an axis alike, the part is found once per member and
handed to the coverages; where they do not, it is read from each table's own stretch of the map.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Flags, Floats, Ints, Longs, Rows
from rating.batch import Offers
from rating.codes import BANDED, NONE, Axis, OutsideTable
from rating.dates import day_numbers
from rating.facts import Facts
from rating.kinds import ByKind, Kinds
from rating.layout import DOMAIN, NO_CELL, SEARCHED, SPANNED
from rating.tables import RateTables

OF_OFFER = (Axis.PLAN, Axis.INDUSTRY, Axis.GROUP_SIZE, Axis.PARTICIPATION)
"""Axes whose fact depends on no member."""

MOST_ALIKE = 64
"""Tables compared to see whether they place an axis alike; more are taken to differ."""


BEFORE_ALL = -(2**40)
"""Address of offers without a table: it stays before the first cell, which is none, whatever is added to it."""


@dataclass(frozen=True, slots=True)
class AxisUse:
    """How the tables of a column place one axis."""

    axis: Axis
    alike: Longs | None
    """Part of the address by slot, where all tables place the axis alike; else their own stretches are read."""
    first: int
    """The least code of the shared stretch, for axes with many codes."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One column of tables, (n_offers,)."""

    name: str
    tables: RateTables
    table: ByKind[Rows]
    base: Longs | ByKind[Longs]  # address but for the axes of members and coverages
    dates: ByKind[Longs]  # part of the version in force when the term starts
    axes: tuple[AxisUse, ...]
    one_table: int  # the only table of the column, if all its offers begin at one address of it; else NONE
    unfiled: Flags | None  # offers without a table, if any
    uses: ByKind[Ints]  # bit a = the table varies by Axis(a)
    has_limits: bool

    def cells(self, facts: Facts, rows: Rows | None = None) -> Floats:
        """The cell in force for each coverage, or for some, as a whole number: rate x 1e6 or factor x 1e4; NO_CELL."""
        if rows is not None:
            return self._of_rows(facts, rows)
        if self.one_table != NONE and facts.off_start is None and all(self._by_member(facts, use) for use in self.axes):
            return self._of_members(facts)
        address = self.base.take(facts.offer)
        if facts.off_start is not None:
            rows = facts.off_start
            offer = facts.offer.take(rows)
            moved = self.tables.dates.offsets(self.table.take(offer), facts.rate_day.take(rows))
            address[rows] += moved - self.dates.take(offer)
        for use in self.axes:
            address += self._part(facts, use)
        if facts.notes is not None:
            facts.note(f"{self.name}_cell_row", self.tables.source.take(address, mode="clip"))
        return self.tables.cell.take(address, mode="clip")

    def _by_member(self, facts: Facts, use: AxisUse) -> bool:
        return use.alike is not None and not self.has_limits and facts.by_member(use.axis)

    def _of_members(self, facts: Facts) -> Floats:
        """One table for everybody, whose axes are facts of members: found once per member."""
        address = np.full(facts.n_members, self._its_base(), np.int64)
        for use in self.axes:
            address += self._member_part(facts, use)
        if facts.notes is not None:
            facts.note(f"{self.name}_cell_row", self.tables.source.take(address, mode="clip").take(facts.member))
        cells = self.tables.cell.take(address, mode="clip").take(facts.member)
        if self.unfiled is not None:
            cells[np.flatnonzero(facts.method == NONE)] = NO_CELL
        return cells

    def _of_rows(self, facts: Facts, rows: Rows) -> Floats:
        offer, tables = facts.offer.take(rows), self.tables
        table, address = self.table.take(offer), self.base.take(offer)
        if facts.off_start is not None:
            address += tables.dates.offsets(table, facts.rate_day.take(rows)) - self.dates.take(offer)
        for use in self.axes:
            slots = facts.slots_at(use.axis, rows)
            address += tables.part_of(use.axis, table, self._held(use.axis, table, slots) if self.has_limits else slots)
        return tables.cell.take(address, mode="clip")

    def _its_base(self) -> int:
        """Where all offers begin that have the only table."""
        is_its = self.table.values == self.one_table
        if isinstance(self.base, ByKind):
            return int(self.base.values[np.argmax(is_its)])
        return int(self.base[np.argmax(is_its.take(self.table.of))])

    def _member_part(self, facts: Facts, use: AxisUse) -> Longs:
        assert use.alike is not None
        slots = facts.member_slots(use.axis)
        if use.axis in SPANNED:
            slots = np.clip(slots - use.first, 0, use.alike.size - 1)
        return use.alike.take(slots, mode="clip")

    def _part(self, facts: Facts, use: AxisUse) -> Longs:
        """Position x stride of each coverage on one axis."""
        if self._by_member(facts, use):
            return self._member_part(facts, use).take(facts.member)
        slots, tables = facts.slots(use.axis), self.tables
        if self.has_limits:
            slots = self._held(use.axis, self.table.take(facts.offer), slots)
        if use.alike is not None:
            if use.axis in SPANNED:
                slots = np.clip(slots - use.first, 0, use.alike.size - 1)
            return use.alike.take(slots, mode="clip")
        return tables.part_of(use.axis, self.table.take(facts.offer), slots)

    def _held(self, axis: Axis, table: Rows, slots: Rows) -> Rows:
        """Known values held within the limits of their table, and of its map: a limit may lie beyond all ages."""
        low, high = self.tables.low[axis].take(table), self.tables.high[axis].take(table)
        if not ((low >= 0) | (high >= 0)).any():
            return slots
        shift = 0 if axis in SEARCHED else 1  # a mapped slot is the value + 1, 0 unknown
        known = slots >= shift
        held = np.where((low >= 0) & known, np.maximum(slots, low + shift), slots)
        held = np.where((high >= 0) & known, np.minimum(held, high + shift), held)
        return np.minimum(held, DOMAIN[axis] - 1) if axis in DOMAIN else held

    def outside(self, facts: Facts) -> Rows | None:
        """Coverages whose value lies beyond the limits of a table that does not clamp; None if there is none.

        Limits are looked at whether or not the table varies by their axis: they say whom it is for.
        """
        if not self.has_limits:
            return None
        table = self.table.take(facts.offer)
        strict = self.tables.outside.take(table) == OutsideTable.ISSUE
        found = np.zeros(facts.n, np.bool_)
        for axis in BANDED:
            low, high = self.tables.low[axis].take(table), self.tables.high[axis].take(table)
            is_limited = strict & ((low >= 0) | (high >= 0))
            if is_limited.any():
                value = facts.slots(axis) - (0 if axis in SEARCHED else 1)
                is_beyond = ((low >= 0) & (value < low)) | ((high >= 0) & (value > high))
                found |= is_limited & (value >= 0) & is_beyond
        rows = np.flatnonzero(found)
        return rows if rows.size else None


def recipe(tables: RateTables, table_of_kind: Rows, kinds: Kinds, offers: Offers, name: str) -> Recipe:
    """Resolve a column of tables, one per kind of offer, against the offers."""
    dates = tables.dates.offsets(table_of_kind, day_numbers(offers.term_from).take(kinds.first))
    base = tables.offset.take(table_of_kind) + dates
    base[table_of_kind == tables.nothing] = BEFORE_ALL
    present = np.flatnonzero(np.bincount(table_of_kind, minlength=tables.offset.size))
    filed = present[present != tables.nothing]
    used = int(np.bitwise_or.reduce(tables.uses.take(filed), initial=0))
    spread: Longs | None = None  # the address of each offer, where one depends on more than its kind
    axes: list[AxisUse] = []
    limited = (tables.low >= 0) | (tables.high >= 0)
    for axis in Axis:
        if not used >> axis & 1:
            continue
        if axis in OF_OFFER:
            value, table = _fact_of(offers, axis), table_of_kind.take(kinds.of)
            if limited[axis].any():
                value = _within(tables, axis, table, value)
            spread = base.take(kinds.of) if spread is None else spread
            spread += tables.part_of(axis, table, value.astype(np.intp))
        else:
            axes.append(_use(tables, axis, filed))
    is_unfiled = table_of_kind == tables.nothing
    unfiled = is_unfiled.take(kinds.of) if present.size > filed.size else None
    one_table = NONE
    if filed.size == 1:
        begun = base[~is_unfiled] if spread is None else spread[~is_unfiled.take(kinds.of)]
        one_table = int(filed[0]) if begun.min() == begun.max() else NONE
    return Recipe(
        name=name,
        tables=tables,
        table=ByKind(table_of_kind, kinds.of),
        base=ByKind(base, kinds.of) if spread is None else spread,
        dates=ByKind(dates, kinds.of),
        axes=tuple(axes),
        one_table=one_table,
        unfiled=unfiled,
        uses=ByKind(tables.uses.take(table_of_kind), kinds.of),
        has_limits=bool(limited[:, filed].any()),
    )


def _fact_of(offers: Offers, axis: Axis) -> Longs:
    """What a table asks about an offer: code + 1, or the value of a searched axis; 0 or NONE unknown."""
    if axis == Axis.PLAN:
        return offers.plan_label.astype(np.int64) + 1
    if axis == Axis.INDUSTRY:
        return offers.industry.astype(np.int64) + 1
    return (offers.group_size if axis == Axis.GROUP_SIZE else offers.participation_e4).astype(np.int64)


def _within(tables: RateTables, axis: Axis, table: Rows, value: Longs) -> Longs:
    """Values of offers held within the limits of their tables."""
    low, high = tables.low[axis].take(table), tables.high[axis].take(table)
    held = np.where((low >= 0) & (value >= 0), np.maximum(value, low), value)
    return np.where((high >= 0) & (value >= 0), np.minimum(held, high), held)


def _use(tables: RateTables, axis: Axis, filed: Rows) -> AxisUse:
    """Whether the tables place an axis alike."""
    if axis in SEARCHED or filed.size > MOST_ALIKE:
        return AxisUse(axis, None, 0)
    stretches = [tables.stretch(axis, table) for table in filed.tolist()]
    first = tables.first_code[axis].take(filed)
    alike = (first == first[0]).all() and all(np.array_equal(stretches[0], other) for other in stretches[1:])
    return AxisUse(axis, stretches[0] if alike else None, int(first[0]))
