"""Rates solved from the census, before anything is priced by them.

What lives here: the pass over all chunks that adds up the members of each pool, run only where a method solves its
rates; then each method solves once for all its pools. What does not: when a pool opens and who is there on that day
(`rating.opening`), the sums and formulas (`rating.methods`), pricing by the solved rates (each method's `price`).

A method that solves defines, besides `price`:

    def sums(counted: Counted) -> tuple[Longs, ...]      whole numbers per row, not negative
    def solve(totals: Totals) -> dict[str, Longs]        columns of `Solved`, one row per pool

Sums are added exactly, in halves of 32 bits, and chunks only ever add up or take a least: neither the order of the
rows nor the size of a chunk nor the number of threads can change a rate.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from rating import methods
from rating.arrays import Flags, Longs, Rows
from rating.batch import Batch
from rating.codes import NONE, UNRATED, Axis, RateState, Tier
from rating.facts import Facts, Span
from rating.opening import LATE, Opening, days_by_root, on_opening_day
from rating.premiums import price_coverages
from rating.pricing import Selection
from rating.recipes import Recipes, recipes_of
from rating.reference import age_dates_in
from rating.solved import Counted, Pools, Solved, Totals, is_filed
from rating.table_rules import RATIO_AXES, check_tables
from rating.terms import Terms, terms_of

HALF = 32
MOST_SUMS = 8
_LOW = (1 << HALF) - 1


def solved_rates(
    batch: Batch,
    terms: Terms,
    recipes: Recipes,
    spans: Sequence[Span],
    each: Callable[..., Iterable[Any]] = map,
    given: Solved | None = None,
) -> Solved | None:
    """The rates of all pools: those given as FINAL as they are, the others solved now; None where none is solved.

    `each` is `map`, or that of a pool of threads, over the spans that cut the batch between families.
    Raises `RatesError` for tables that cannot be solved (`rating.table_rules`).
    """
    check_tables(recipes.tables)
    solving = [code for code in recipes.present if code in methods.having("sums")]
    if not solving:
        return None
    batch.check_coverages(slice(0, len(batch.coverages)))
    pools = _pools(batch, terms, recipes, solving)
    solved = Solved.unsolved(pools.offer, pools.class_slot, pools)
    if given is not None:
        _keep_final(solved, given, batch)
    _solve(solved, _Passes(batch, replace(terms, solved=solved), recipes, solving), spans, each)
    return solved


def _solve(solved: Solved, passes: "_Passes", spans: Sequence[Span], each: Callable[..., Iterable[Any]]) -> None:
    """Both passes, then every method once for its estimates."""
    batch, terms, recipes, pools = passes.batch, passes.terms, passes.recipes, passes.pools
    first = Opening(batch, passes.terms, pools)
    opening, carrier = np.full(len(pools), LATE), np.full(len(pools), LATE)
    for opens, carries in each(first.of, spans):
        np.minimum(opening, opens, out=opening)
        np.minimum(carrier, carries, out=carrier)
    solved.carrier[:], solved.carrier_end[:] = first.rows_of_carriers(carrier)
    if (solved.state == RateState.FINAL).all():
        return

    high, low = passes.nothing(), passes.nothing()
    for upper, lower in each(passes.adding(opening), spans):
        high += upper
        low += lower
    sums = high.astype(object) * (1 << HALF) + low.astype(object)
    method = terms.method.take(pools.offer)
    for code in passes.solving:
        rows = np.flatnonzero((method == code) & (solved.state == RateState.ESTIMATE))
        offer = pools.offer.take(rows).astype(np.intp)
        totals = Totals(
            tuple(column.take(rows) for column in sums),
            offer,
            batch.offers,
            recipes.tables,
            terms.table.take(offer),
            passes.ratio[rows],
        )
        solved.put(rows, _module(code).solve(totals))


def _module(code: int) -> ModuleType:
    return methods.module(methods.CODES[code])


def _pools(batch: Batch, terms: Terms, recipes: Recipes, solving: list[int]) -> Pools:
    """A pool for every offer whose rate is solved; for every class, where its method and its table speak of classes."""
    offers = batch.offers
    is_solved = np.isin(terms.method, solving)
    by_class = np.isin(terms.method, methods.having("BY_CLASS")) & (recipes.rate.uses.spread() >> Axis.CLASS & 1 == 1)
    n = np.where(is_solved, np.where(by_class, offers.n_class_slots + 1, 1), 0)
    end = np.cumsum(n)
    offer = np.repeat(np.arange(len(offers)), n)
    slot = np.where(by_class.take(offer), np.arange(offer.size) - np.repeat(end - n, n) - 1, NONE)
    first = np.where(is_solved, end - n, NONE).astype(np.intp)
    return Pools(first, by_class, offer.astype(np.int32), slot.astype(np.int32))


def _keep_final(solved: Solved, given: Solved, batch: Batch) -> None:
    """Copy the pools that are fixed for the plan year; one that no offer solves any more is left out."""
    pools = solved.pools
    assert pools is not None
    rows = np.flatnonzero((given.state == RateState.FINAL) & (given.offer >= 0) & (given.offer < len(batch.offers)))
    at = pools.of(given.offer.take(rows).astype(np.intp), given.class_slot.take(rows))
    fits = (at >= 0) & (at < len(pools))
    fits[fits] &= pools.offer.take(at[fits]) == given.offer.take(rows[fits])
    fits[fits] &= pools.class_slot.take(at[fits]) == given.class_slot.take(rows[fits])
    at, rows = at[fits], rows[fits]
    for name in Solved.__dataclass_fields__:
        if name not in ("offer", "class_slot", "pools", "carrier", "carrier_end"):
            getattr(solved, name)[at] = getattr(given, name)[rows]


def _ratios(batch: Batch, terms: Terms, recipes: Recipes, pools: Pools) -> Longs:
    """The table's cell of each tier on the day the term starts, (n_pools, 5)."""
    offer = np.repeat(pools.offer.astype(np.intp), len(Tier))
    tier = np.tile(np.arange(len(Tier)), len(pools))
    spans = Facts(batch, terms, Span(slice(0, 0), slice(0, 0), slice(0, 0)), offer=offer)

    def slots(axis: Axis) -> Rows:
        if axis == Axis.TIER:
            return tier + 1
        if 1 << axis & RATIO_AXES:
            return spans.slots(axis)
        return np.full(offer.size, 0, np.intp)

    found = recipes.tables.look_up(terms.table.take(offer), terms.term_from.take(offer), slots)
    return found.reshape(-1, len(Tier))


class _Passes:
    """What both passes over the chunks need."""

    def __init__(self, batch: Batch, terms: Terms, recipes: Recipes, solving: list[int]) -> None:
        self.batch, self.terms, self.recipes, self.solving = batch, terms, recipes, solving
        assert terms.solved is not None
        assert terms.solved.pools is not None
        self.solved, self.pools = terms.solved, terms.solved.pools
        self.ratio = _ratios(batch, terms, recipes, self.pools)
        self.listing = _listing(batch, terms, recipes)

    def nothing(self) -> Longs:
        """Sums of nobody."""
        return np.zeros((MOST_SUMS, len(self.pools)), np.int64)

    def adding(self, opening: Longs) -> Callable[[Span], tuple[Longs, Longs]]:
        """The second pass, once it is known when the pools open."""
        root = self.batch.offers.root.take(self.pools.offer)
        days = days_by_root(
            np.where(self.solved.state == RateState.ESTIMATE, opening, LATE), root, len(self.batch.offers)
        )

        def add(span: Span) -> tuple[Longs, Longs]:
            high, low = self.nothing(), self.nothing()
            for opens in days:
                self._add_there(on_opening_day(self.batch, self.terms, span, opens), opens, opening, high, low)
            return high, low

        return add

    def _add_there(self, facts: Facts, opens: Longs, opening: Longs, high: Longs, low: Longs) -> None:
        """The pools that open on these days: summed are all who are there, added those of these pools."""
        there = (facts.pool >= 0) & facts.is_covered
        at = np.flatnonzero(there)
        pool = facts.pool.take(at)
        counts = np.zeros_like(there)
        counts[at] = self.solved.state.take(pool) == RateState.ESTIMATE
        counts[at] &= opening.take(pool) == opens.take(self.batch.offers.root.take(facts.offer.take(at)))
        method = self.terms.method.take(facts.offer)
        for code in self.solving:
            which = there & (method == code)
            if (which & counts).any():
                self._add(facts, which, counts[which], code, high, low)

    def _add(self, facts: Facts, which: Flags, counts: Flags, code: int, high: Longs, low: Longs) -> None:
        rows = np.flatnonzero(which)
        rate = self.recipes.rate.cells(facts)
        factors = tuple(factor.cells(facts) for factor in self.recipes.factors)
        selection = Selection(
            facts, self.recipes, which, np.maximum(rate, 0), tuple(np.maximum(column, 0) for column in factors)
        )
        pool = facts.pool.take(rows)
        counted = Counted(selection, is_filed(selection), self._listed(facts, rows), self.ratio.take(pool, axis=0))
        sums: tuple[Longs, ...] = _module(code).sums(counted)
        for place, column in enumerate(sums):
            np.add.at(high[place], pool[counts], column[counts] >> HALF)
            np.add.at(low[place], pool[counts], column[counts] & _LOW)

    def _listed(self, held: Facts, rows: Rows) -> Longs | None:
        """The price of each row by the base table of its composite, which reads ages by its own rule; NONE without."""
        if self.listing is None:
            return None
        batch, terms, recipes = self.listing
        facts = Facts(batch, terms, held.span)
        dates = age_dates_in(held, held.offer, facts.table, recipes.tables)
        facts.age_date = facts.age_date if dates is None else dates
        facts.is_covered = held.is_covered
        price = price_coverages(facts, recipes, None)
        cents = np.where(price.issue < UNRATED, price.period_cents, NONE).astype(np.int64)
        return cents.take(rows)


def _listing(batch: Batch, terms: Terms, recipes: Recipes) -> tuple[Batch, Terms, Recipes] | None:
    """The same people priced by the base tables: what their list bill is before it becomes a composite.

    Nobody is priced as continued: the load of COBRA is no part of what the group must collect.
    """
    tables = recipes.tables
    base = tables.base_table.take(terms.table.spread())
    wanted = (base >= 0) & (batch.offers.required_cents < 0) & (terms.method == methods.CODES.index("composite_solved"))
    if not wanted.any():
        return None
    listed = replace(
        batch,
        offers=replace(batch.offers, rate_table=np.where(wanted, base, NONE).astype(np.int32)),
        coverages=replace(batch.coverages, continuation=None),  # left out again: nobody
    )
    of_base = terms_of(listed.offers, batch.reductions, tables)
    return listed, of_base, recipes_of(listed, of_base, tables)
