"""Tidy rate cells packed into the flat arrays of `rating.tables.RateTables`.

What lives here: the steps of `RateTables.build`, run once per rating run. What does not: the look-up.

The work is done for all tables at once; nothing loops over tables or cells. The keys of a cell
are lower bounds (AGE in years, SALARY in cents of annual pay) or exact codes; -1 is any.

How overlapping statements are settled, within one version of one table:
- a version holds all prices from its date until the next version begins: nothing is inherited;
- cells that share their exact keys and their wildcards form a grid of bands: a band reaches to the
  next bound *of that grid*, the last one is open. A grid by age and by pay is meant to be whole;
  where it is not, nothing is filed, and no other band of age or of pay stands in;
- a key beats a wildcard: the grid with more keys goes first, of two with equally many the one whose
  keys come earlier in the order of `Axis`; wildcards serve what it leaves open. Two cells with the
  very same keys are refused;
- a negative value is a closed cell: it has no rate, and no wildcard fills it.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Days, Flags, Ints, Longs, Rows
from rating.codes import BANDED, NONE, Axis
from rating.layout import DOMAIN, EXACT, FACTOR, MOST_CELLS, NO_CELL, SEARCHED, SPANNED, Bounds, RatesError


@dataclass(frozen=True, slots=True)
class Places:
    """The distinct keys of one axis: each with its table and its position there (from 1)."""

    table: Longs
    key: Longs
    position: Longs
    count: Longs  # (n_tables,) distinct keys
    of_cell: Longs  # (n_cells,) position of each cell; 0 for a wildcard


@dataclass(frozen=True, slots=True)
class Blocks:
    """Where every table's cells lie. Rows of sizes and strides: the effective date, then the axes."""

    sizes: Longs  # (1 + len(Axis), n_tables)
    strides: Longs
    offset: Longs  # (n_tables,) ascending
    total: int


def refuse_bad_keys(table: Longs, keys: Longs, n_tables: int) -> None:
    """Keys outside the domain of their axis would be read from another table's cells."""
    if not table.size:
        return
    if int(table.min()) < 0 or int(table.max()) >= n_tables:
        raise RatesError("A rate cell names a table that does not exist.")
    for axis in Axis:
        highest = DOMAIN[axis] - 2 if axis in DOMAIN else np.iinfo(np.int64).max
        wrong = np.flatnonzero((keys[:, axis] < NONE) | (keys[:, axis] > highest))
        if wrong.size:
            where, key = int(table[wrong[0]]), int(keys[wrong[0], axis])
            raise RatesError(
                f"Rate table {where} has a cell whose {axis.name.lower()} is {key}; "
                f"it must be {NONE} (any) or 0 to {highest}."
            )


def refuse_bad_cells(since: Days, value: Longs) -> None:
    """Cells of no version, and rates that float64 does not hold exactly."""
    refuse_unknown_days(since)
    if value.size and int(value.max()) >= EXACT:
        raise RatesError(f"A rate cell holds {int(value.max()):,}; it must be below {EXACT:,}.")


def refuse_unknown_days(since: Days) -> None:
    """A version of no day would be in force from ever."""
    if np.isnat(since).any():
        raise RatesError("A version of a rate table has no first day.")


def places_of(n_tables: int, table: Longs, key: Longs, given: Flags | None = None) -> Places:
    """The distinct keys of each table, ascending, and where each given key stands among them."""
    order = np.lexsort((key, table))
    order = order if given is None else order[given[order]]
    sorted_table, sorted_key = table[order], key[order]
    is_new = np.ones(order.size, np.bool_)
    is_new[1:] = (sorted_table[1:] != sorted_table[:-1]) | (sorted_key[1:] != sorted_key[:-1])
    rank = np.cumsum(is_new)  # 1.. over all tables
    first = np.flatnonzero(is_new)
    distinct_table = sorted_table[first]
    count = np.bincount(distinct_table, minlength=n_tables).astype(np.int64)
    before = np.cumsum(count) - count
    of_cell = np.zeros(table.size, np.int64)
    of_cell[order] = rank - before[sorted_table]
    position = np.arange(1, first.size + 1, dtype=np.int64) - before[distinct_table]
    return Places(distinct_table, sorted_key[first], position, count, of_cell)


def bounds_of(places: Places, stride: Longs) -> Bounds:
    """The distinct keys of an axis as bounds to be searched."""
    # One spare bound, so that a table without any has something to be clipped to.
    return Bounds(
        value=np.append(places.key, np.iinfo(np.int64).max),
        start=np.cumsum(places.count) - places.count,
        count=places.count,
        stride=stride,
    )


def uses_of(n_tables: int, places: list[Places]) -> Ints:
    """Bit `a` is set where a table varies by Axis(a)."""
    uses = np.zeros(n_tables, np.int32)
    for axis in Axis:
        uses |= (places[axis].count > 0).astype(np.int32) << axis
    return uses


def blocks_of(n_tables: int, versions: Places, places: list[Places]) -> Blocks:
    """The shape of every table and its place in the array; position 0 of a used axis is "none of those filed"."""
    sizes = np.ones((len(Axis) + 1, n_tables), np.int64)
    sizes[0] = versions.count + 1
    for axis in Axis:
        sizes[axis + 1] = np.where(places[axis].count > 0, places[axis].count + 1, 1)
    total = int(np.prod(sizes, axis=0, dtype=np.float64).sum())
    if total >= MOST_CELLS:
        raise RatesError(
            f"The rate tables would need {total:,} cells; at most {MOST_CELLS:,} are possible. Use fewer axes."
        )
    strides = np.ones_like(sizes)
    strides[:-1] = np.cumprod(sizes[:0:-1], axis=0)[::-1]
    block = strides[0] * sizes[0]
    return Blocks(sizes, strides, np.cumsum(block) - block, total)


def place_cells(
    blocks: Blocks, places: list[Places], address: Longs, table: Longs, keys: Longs, value: Longs
) -> tuple[Longs, Ints]:
    """All blocks with the cells written, the weakest statement first, so that the strongest is written last.

    Beside them the row of the tidy cell that each was written from, NONE where none was.
    """
    cells = np.full(blocks.total, NO_CELL, np.int64)
    source = np.full(blocks.total, NONE, np.int32)
    sizes = blocks.sizes[1:, table]
    is_any = np.stack([(keys[:, axis] == NONE) & (sizes[axis] > 1) for axis in Axis], axis=1)
    grid = address  # of the cell with the first bands of the same other keys: one grid of bands per such address
    for axis in Axis:
        step = blocks.strides[axis + 1][table] * places[axis].of_cell
        address = address + step
        grid = grid if axis in BANDED else grid + step
    pattern = (is_any.astype(np.int64) << np.arange(len(Axis))).sum(axis=1)
    _refuse_twins(address, pattern, table)
    reach = [np.where(is_any[:, axis], sizes[axis], 1) for axis in Axis]
    for axis in BANDED:
        reach[axis] = _reach(places[axis].of_cell, sizes[axis], grid, pattern)
    order = _weakest_first(is_any)
    at, row = _spread(blocks, address[order], table[order], [times[order] for times in reach])
    cells[at] = value[order][row]
    source[at] = order[row]
    return np.maximum(cells, NO_CELL, out=cells), source


def _reach(position: Longs, size: Longs, grid: Longs, pattern: Longs) -> Longs:
    """Positions from each band's own to the next bound of its grid, the last band to the end of the axis."""
    order = np.lexsort((position, grid, pattern))
    sorted_grid, sorted_pattern, sorted_position = grid[order], pattern[order], position[order]
    is_new_grid = np.ones(order.size, np.bool_)
    is_new_grid[1:] = (sorted_grid[1:] != sorted_grid[:-1]) | (sorted_pattern[1:] != sorted_pattern[:-1])
    is_new_band = is_new_grid.copy()
    is_new_band[1:] |= sorted_position[1:] != sorted_position[:-1]
    first = np.flatnonzero(is_new_band)
    end = size[order][first]
    goes_on = np.flatnonzero(~is_new_grid[first[1:]])
    end[goes_on] = sorted_position[first[1:]][goes_on]
    reach = np.empty_like(position)
    reach[order] = end[np.cumsum(is_new_band) - 1] - sorted_position
    return reach


def _weakest_first(is_any: Flags) -> Rows:
    """Order of cells by number of wildcards, most first; among equals the earliest axis decides."""
    if not is_any.any():
        return np.arange(is_any.shape[0], dtype=np.intp)
    n_exact: Longs = len(Axis) - is_any.sum(axis=1, dtype=np.int64)
    exact_by_axis: list[Flags] = [~is_any[:, axis] for axis in reversed(Axis)]
    order: Rows = np.lexsort((*exact_by_axis, n_exact))
    return order


def _refuse_twins(address: Longs, pattern: Longs, table: Longs) -> None:
    """Two cells with the same keys on the same date: no order among them could be justified."""
    order = np.lexsort((pattern, address))
    same = (address[order][1:] == address[order][:-1]) & (pattern[order][1:] == pattern[order][:-1])
    if same.any():
        where = int(table[order[np.flatnonzero(same)[0]]])
        raise RatesError(f"Rate table {where} states two rates for the same keys on the same date. Keep one of them.")


def _spread(blocks: Blocks, address: Longs, table: Longs, reach: list[Longs]) -> tuple[Longs, Longs]:
    """Every address a cell fills, in the order of the cells, and the cell's row."""
    row = np.arange(address.size)
    for axis in Axis:
        if bool((reach[axis] == 1).all()):
            continue
        times = reach[axis][row]
        first = np.cumsum(times) - times
        row = np.repeat(row, times)
        step = np.arange(row.size) - np.repeat(first, times)
        address = np.repeat(address, times) + step * blocks.strides[axis + 1][table[row]]
    return address, row


def maps_of(places: list[Places], strides: Longs) -> tuple[Longs, Longs, Longs, Longs]:
    """The flat map from slots to position x stride, and where each table's stretch lies."""
    n_tables = strides.shape[1]
    starts = np.zeros((len(Axis), n_tables), np.int64)
    first = np.zeros_like(starts)
    n_codes = np.full_like(starts, -1)
    pieces = [np.zeros(max(DOMAIN.values()), np.int64)]  # shared by every table that does not use an axis
    length = pieces[0].size
    for axis in Axis:
        if axis in SEARCHED:
            continue
        place, used = places[axis], np.flatnonzero(places[axis].count)
        if axis in SPANNED:
            ends = np.cumsum(place.count[used])
            low, high = place.key[ends - place.count[used]], place.key[ends - 1]
            first[axis, used], n_codes[axis, used] = low, high - low + 1
            widths = high - low + 3
            if float((high.astype(np.float64) - low + 3).sum()) >= MOST_CELLS:  # of 64 bits the widths may have wrapped
                raise RatesError(
                    f"The rate tables have codes of {axis.name.lower()} up to {int(high.max()):,}, more than can be "
                    "mapped. Number the codes from 0."
                )
        else:
            widths = np.full(used.size, DOMAIN[axis])
        starts[axis, used] = length + np.cumsum(widths) - widths
        piece = np.zeros(int(widths.sum()), np.int64)
        at = starts[axis, place.table] - length + place.key - first[axis, place.table] + 1
        if axis in BANDED:
            piece[at] = 1
            piece = np.cumsum(piece.reshape(used.size, DOMAIN[axis]), axis=1).ravel()
        else:
            piece[at] = place.position
        piece *= np.repeat(strides[axis, used], widths)
        pieces.append(piece)
        length += piece.size
    return np.concatenate(pieces), starts, first, n_codes


def factor_tables_of(factor_tables: Ints, method: Bytes) -> Ints:
    """Factor columns moved to the left, with the inner factor 1 where there is none."""
    wide = factor_tables.astype(np.int64)
    if wide.size:
        named = wide[wide >= 0]
        if named.size and (int(named.max()) >= method.size or bool((method[named] != FACTOR).any())):
            raise RatesError("A rate table names a factor table that does not exist or that holds rates.")
        wide = np.take_along_axis(wide, np.argsort(wide < 0, axis=1, kind="stable"), axis=1)
    wide[wide < 0] = method.size + 1
    return np.concatenate([wide, np.full((2, wide.shape[1]), method.size + 1)]).astype(np.int32)
