"""Prices made once for each distinct case, and gathered by every coverage that is one.

What lives here: `Grid`, the filed rate and the premium of every pair of a kind of offer and a kind of person, and the
place of each coverage in it. What does not: the look-up of arbitrary coverages (`rating.lookup`), amounts of insurance,
issues (`rating.missing`).

Two coverages whose tables read the same cells have the same rate, the same product of rate and factors and, where the
rate is a price of its own, the same rounded premium. A large book has few such cases: tables and versions, ages, areas.
Each axis is first narrowed to the values that any table tells apart. A grid is made only where it has far fewer cases
than there are coverages to price, so a small book never pays for one.
"""

from dataclasses import dataclass
from functools import reduce
from math import gcd

import numpy as np

from rating import methods
from rating.arrays import Bytes, Flags, Floats, Rows, Whole
from rating.codes import NONE, Axis
from rating.facts import Facts
from rating.kinds import ByKind, numbered
from rating.layout import DOMAIN, EXACT, NO_CELL, SEARCHED, SPANNED
from rating.lookup import OF_OFFER, Recipe
from rating.money import Ratio, whole_cents
from rating.pricing import CENTS, FACTOR_E4, RATE_E6, THOUSANDTHS
from rating.recipes import Recipes
from rating.tables import RateTables
from rating.terms import Terms

WORTH = 8
"""A case is priced for its own sake where so many coverages share one on average."""

LEAST = 32_768
"""Coverages below which making a grid takes longer than it saves."""

MOST_PLACES = 2**20
"""Positions looked at to narrow an axis: tables times values."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One axis, narrowed to the values that any table of the run tells apart."""

    axis: Axis
    first: int  # the least slot; those below and beyond the last are read as it and as the last
    part: Rows  # (n_slots,) number of the value x its stride in the grid
    slot: Rows  # (n_values,) a slot of each value


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns over all cases, (n_kinds x n_people,)."""

    base: Rows  # (n_offers,) first case of the offer
    odd: Flags | None  # (n_offers,) the offer's prices hang on more than a case says; None if there is none
    axes: tuple[Narrowed, ...]
    filed: Whole  # (n, 2) unit rate, NO_CELL; and rounded premium of one unit, NO_CELL where anything is missing
    product: Floats  # rate x factors, a whole number in parts of `scale`; 0 where one is not filed
    scale: int  # what the product of rate and factors in dollars was multiplied by

    def odd_rows(self, facts: Facts) -> Rows:
        """Coverages of a chunk that are looked up one by one: of odd offers, or by rates of another day."""
        if self.odd is None:
            return np.empty(0, np.intp) if facts.off_start is None else facts.off_start
        is_odd = self.odd.take(facts.offer)
        if facts.off_start is not None:
            is_odd[facts.off_start] = True
        return np.flatnonzero(is_odd)

    def places(self, facts: Facts) -> Rows:
        """The case of each coverage of a chunk; any case for those that are odd."""
        place = self.base.take(facts.offer)
        of_members: Rows | None = None
        for each in self.axes:
            by_member = facts.by_member(each.axis)
            slots = facts.member_slots(each.axis) if by_member else facts.slots(each.axis)
            part = each.part.take(slots - each.first if each.first else slots, mode="clip")
            if not by_member:
                place += part
            else:
                of_members = part if of_members is None else of_members + part
        if of_members is not None:
            place += of_members.take(facts.member)
        return place

    def unit_rate_and_cents(self, place: Rows) -> tuple[Whole, Whole]:
        """Both of each coverage. They lie beside each other and are gathered as one, which halves the waiting."""
        pair = self.filed.view(np.int64 if self.filed.dtype == np.int32 else np.complex128)
        found: Whole = pair.ravel().take(place).view(self.filed.dtype).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def is_free(self, place: Rows) -> Flags:
        """All is filed, and the rate or a factor as zero."""
        return (self.product.take(place) == 0) & (self.filed[place, 1] >= 0)

    def times(self, place: Rows, units: Floats | None, load_e4: Floats | None) -> Ratio:
        """Rate x factors x units x load of coverages, exactly, in cents; units are thousandths, none is one."""
        product, scale = self.product.take(place), self.scale * (1 if load_e4 is None else FACTOR_E4)
        more = tuple(column for column in (units, load_e4) if column is not None)
        if units is None:
            return Ratio((product * CENTS, *more), (scale,))
        return Ratio((product, *more), (scale * THOUSANDTHS,))


def grid_of(recipes: Recipes, terms: Terms, n_coverages: int) -> Grid | None:
    """Price all cases; None where they are too many."""
    columns, most = (recipes.rate, *recipes.factors), n_coverages // WORTH
    if n_coverages < LEAST:
        return None
    is_odd = _odd_kinds(recipes, terms)
    if is_odd.all():
        return None
    odd = is_odd.take(terms.kinds.of) if is_odd.any() else None
    number, offers = _distinct(columns, terms, recipes, odd)
    used = reduce(int.__or__, (int(np.bitwise_or.reduce(each.uses.take(offers), initial=0)) for each in columns))
    present = np.unique([each.table.take(offers) for each in columns])
    narrowed: list[Narrowed] = []
    stride = 1
    for axis in Axis:
        if not used >> axis & 1 or axis in OF_OFFER:
            continue
        found = _narrowed(recipes.tables, present, axis, stride)
        if found is None or offers.size * stride * found.slot.size > most:
            return None
        narrowed.append(found)
        stride *= found.slot.size
    if offers.size * stride > most:
        return None
    return _priced(recipes, tuple(narrowed), number * stride, odd, offers)


def _odd_kinds(recipes: Recipes, terms: Terms) -> Flags:
    """Kinds of offers whose rate or a factor hangs on values too many for an axis, on limits or on steps of rounding,
    or is solved from the census."""
    tables, first = recipes.tables, terms.kinds.first
    odd = np.isin(terms.method.take(first), methods.having("sums"))
    odd |= (tables.round_places.take(terms.table.values, axis=0) >= 0).any(axis=1)
    searched = sum(1 << axis for axis in SEARCHED if axis not in OF_OFFER)
    limited = ((tables.low >= 0) | (tables.high >= 0)).any(axis=0)
    for each in (recipes.rate, *recipes.factors):
        table = each.table.values
        odd |= ((tables.uses.take(table) & searched) != 0) | limited.take(table)
    return odd


def _distinct(columns: tuple[Recipe, ...], terms: Terms, recipes: Recipes, odd: Flags | None) -> tuple[Rows, Rows]:
    """(n_offers,) the number of each among those that read the same cells and round alike; and an offer of each.

    Odd offers have the first number, whatever it stands for.
    """
    of_kinds = all(isinstance(each.base, ByKind) for each in columns)
    rows = terms.kinds.first if of_kinds else np.arange(terms.kinds.of.size)
    at = np.arange(rows.size) if odd is None else np.flatnonzero(~odd.take(rows))
    asked = rows.take(at)
    key, one = np.zeros(asked.size, np.intp), np.zeros(1, np.intp)
    for column in (*(each.base for each in columns), *([] if recipes.rounding is None else [recipes.rounding])):
        value = np.maximum(column.take(asked).astype(np.int64), NONE) - NONE  # an address before all others is none
        width = int(value.max()) + 1
        key, one = numbered(key * width + value, one.size * width)
    number = np.zeros(rows.size, np.intp)
    number[at] = key
    return number.take(terms.kinds.of) if of_kinds else number, asked.take(one)


def _narrowed(tables: RateTables, present: Rows, axis: Axis, stride: int) -> Narrowed | None:
    """The values of an axis that some table in use tells from the others; None where there are too many to look at."""
    reading = present[(tables.uses.take(present) >> axis & 1) == 1]
    if axis in SPANNED:
        first = int(tables.first_code[axis].take(reading).min())
        last = int((tables.first_code[axis].take(reading) + tables.n_codes[axis].take(reading)).max()) + 1
    else:
        first, last = 1 if axis == Axis.TOBACCO else 0, DOMAIN[axis] - 1  # whoever states none is no smoker
    slots = np.arange(first, last + 1)
    if slots.size * reading.size > MOST_PLACES:
        return None
    places = tables.part_of(axis, np.repeat(reading, slots.size), np.tile(slots, reading.size))
    _, one, value = np.unique(places.reshape(reading.size, slots.size), axis=1, return_index=True, return_inverse=True)
    return Narrowed(axis, first, (value.reshape(-1) * stride).astype(np.intp), slots.take(one))


def _priced(recipes: Recipes, axes: tuple[Narrowed, ...], base: Rows, odd: Flags | None, offers: Rows) -> Grid | None:
    """Every case: the cells, their product, and its cents; None where the product is too long to be exact."""
    rate, *factors = (_cells(each, axes, offers) for each in (recipes.rate, *recipes.factors))
    shape = (offers.size, *(each.slot.size for each in reversed(axes)))
    missing = np.zeros(shape, np.bool_)
    product, scale = np.ones(shape), 1
    for cells, one in ((rate, RATE_E6), *((each, FACTOR_E4) for each in factors)):
        missing |= cells < 0
        filed = np.maximum(cells, 0)
        common = gcd(one, int(np.gcd.reduce(np.unique(filed).astype(np.int64))))
        product = product * (filed / common)
        scale *= one // common
    if float(product.max()) * CENTS >= EXACT:
        return None
    product[missing] = 0
    flat = product.ravel()
    modes: Bytes | None = None
    if recipes.rounding is not None:
        modes = np.repeat(recipes.rounding.take(offers), flat.size // offers.size)
    shared = gcd(scale, CENTS)
    cents = whole_cents(Ratio((flat * (CENTS // shared),), (scale // shared,)), modes).astype(np.int64)
    cents[missing.ravel()] = NO_CELL
    both = np.stack([np.broadcast_to(rate, shape).ravel().astype(np.int64), cents], axis=1)
    narrow = int(both.max()) <= np.iinfo(np.int32).max  # so that more of it stays in the cache
    return Grid(base, odd, axes, both.astype(np.int32) if narrow else both, flat, scale)


def _cells(recipe: Recipe, axes: tuple[Narrowed, ...], offers: Rows) -> Floats:
    """The cells of a column of tables: offers, then the axes from the last to the first, of one value if unused."""
    n_axes, table = len(axes), recipe.table.take(offers)
    address = recipe.base.take(offers).reshape(-1, *[1] * n_axes)
    uses = int(np.bitwise_or.reduce(recipe.uses.take(offers), initial=0))
    for at, each in enumerate(axes):
        if uses >> each.axis & 1:
            n = each.slot.size
            part = recipe.tables.part_of(each.axis, np.repeat(table, n), np.tile(each.slot, table.size))
            address = address + part.reshape(-1, *[n if place == n_axes - 1 - at else 1 for place in range(n_axes)])
    return recipe.tables.cell.take(address, mode="clip")
