"""Rates solved from the census, before anything is priced by them.

What lives here: the passes over all chunks, run only where a method solves its rates: when each pool opens and who
carries its premium; what its members add up to; then each method solves once for all its pools. What does not: the
sums and formulas (`rating.methods`), pricing by the solved rates (each method's `price`).

A method that solves defines, besides `price`:

    def sums(counted: Counted) -> tuple[Longs, ...]      whole numbers per row, not negative
    def solve(totals: Totals) -> dict[str, Longs]        columns of `Solved`, one row per pool

Sums are added exactly, in halves of 32 bits, and chunks only ever add up or take a least: neither the order of the
rows nor the size of a chunk nor the number of threads can change a rate.

A pool opens on the first day that anybody in it is covered within the term: the start of the term, or the day rated
from. Who is covered on that day is counted, once and for the year; who joins later pays the rate and does not move it.
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
from rating.premiums import price_coverages
from rating.pricing import Selection
from rating.recipes import Recipes, recipes_of
from rating.reference import age_dates_in
from rating.solved import Counted, Pools, Solved, Totals, is_filed
from rating.table_rules import RATIO_AXES, check_tables
from rating.terms import Terms, terms_of

LATE = np.iinfo(np.int64).max
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
    pools = _pools(batch, terms, recipes, solving)
    solved = Solved.unsolved(pools.offer, pools.class_slot, pools)
    if given is not None:
        _keep_final(solved, given, batch)
    _solve(solved, _Passes(batch, replace(terms, solved=solved), recipes, solving), spans, each)
    return solved


def _solve(solved: Solved, passes: "_Passes", spans: Sequence[Span], each: Callable[..., Iterable[Any]]) -> None:
    """Both passes, then every method once for its estimates."""
    batch, terms, recipes, pools = passes.batch, passes.terms, passes.recipes, passes.pools
    opening, carrier = np.full(len(pools), LATE), np.full(len(pools), LATE)
    for opens, carries in each(passes.opening, spans):
        np.minimum(opening, opens, out=opening)
        np.minimum(carrier, carries, out=carrier)
    solved.carrier[:], solved.carrier_end[:] = passes.rows_of_carriers(carrier)
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
    by_class = np.isin(terms.method, methods.having("BY_CLASS")) & (recipes.rate.uses >> Axis.CLASS & 1 == 1)
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
        self.by_key: Rows = np.argsort(batch.members.rank, kind="stable")  # members in the order of keys, then of rows
        self.place = np.empty_like(self.by_key)
        self.place[self.by_key] = np.arange(self.by_key.size)

    def nothing(self) -> Longs:
        """Sums of nobody."""
        return np.zeros((MOST_SUMS, len(self.pools)), np.int64)

    def opening(self, span: Span) -> tuple[Longs, Longs]:
        """The first covered day of each pool, and who carries its premium: longest covered, then first by key.

        Somebody with several spans of cover is covered for all of them together. Days lost and place among the
        members are one number, so that a least one can be taken over all chunks.
        """
        opens, carries = np.full(len(self.pools), LATE), np.full(len(self.pools), LATE)
        facts = Facts(self.batch, self.terms, span)
        rows = np.flatnonzero((facts.pool >= 0) & facts.is_covered)
        if rows.size:
            pool = facts.pool.take(rows)
            np.minimum.at(opens, pool, facts.first_day.take(rows))
            own = ~facts.is_dependent.take(facts.member.take(rows))
            rows, pool = rows[own], pool[own]
            held = facts.member.take(rows) * len(self.batch.offers) + facts.offer.take(rows)
            _, first, of = np.unique(held, return_index=True, return_inverse=True)
            lost = facts.term_days.take(rows[first])
            np.subtract.at(lost, of, facts.covered_days.take(rows))
            place = self.place[span.members].take(facts.member.take(rows[first]))
            np.minimum.at(carries, pool[first], np.maximum(lost, 0) * self.place.size + place)
        return opens, carries

    def rows_of_carriers(self, carries: Longs) -> tuple[Longs, Longs]:
        """The rows of who carries each pool's premium: the first, and the first after them; NONE for nobody."""
        begin, end = np.full(carries.size, NONE, np.int64), np.full(carries.size, NONE, np.int64)
        known = np.flatnonzero(carries != LATE)
        if known.size:
            member = self.by_key.take(carries[known] % self.place.size)
            plans, coverages = self.batch.plans.member, self.batch.coverages.plan
            begin[known] = np.searchsorted(coverages, np.searchsorted(plans, member))
            end[known] = np.searchsorted(coverages, np.searchsorted(plans, member, side="right"))
        return begin, end

    def adding(self, opening: Longs) -> Callable[[Span], tuple[Longs, Longs]]:
        """The second pass, once it is known when the pools open."""
        is_open = self.solved.state == RateState.ESTIMATE

        def add(span: Span) -> tuple[Longs, Longs]:
            high, low = self.nothing(), self.nothing()
            facts = Facts(self.batch, self.terms, span)
            wanted = (facts.pool >= 0) & facts.is_covered
            at = np.flatnonzero(wanted)
            wanted[at] = is_open.take(facts.pool.take(at))
            wanted[at] &= facts.first_day.take(at) == opening.take(facts.pool.take(at))
            method = self.terms.method.take(facts.offer)
            for code in self.solving:
                which = wanted & (method == code)
                if which.any():
                    self._add(facts, which, code, high, low)
            return high, low

        return add

    def _add(self, facts: Facts, which: Flags, code: int, high: Longs, low: Longs) -> None:
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
            np.add.at(high[place], pool, column >> HALF)
            np.add.at(low[place], pool, column & _LOW)

    def _listed(self, held: Facts, rows: Rows) -> Longs | None:
        """The price of each row by the base table of its composite, which reads ages by its own rule; NONE without."""
        if self.listing is None:
            return None
        batch, terms, recipes = self.listing
        facts = Facts(batch, terms, held.span)
        dates = age_dates_in(held, held.offer, facts.table, recipes.tables)
        facts.age_date = facts.age_date if dates is None else dates
        price = price_coverages(facts, recipes)
        cents = np.where(price.issue < UNRATED, price.period_cents, NONE).astype(np.int64)
        return cents.take(rows)


def _listing(batch: Batch, terms: Terms, recipes: Recipes) -> tuple[Batch, Terms, Recipes] | None:
    """The same people priced by the base tables: what their list bill is before it becomes a composite.

    Nobody is priced as continued: the load of COBRA is no part of what the group must collect.
    """
    tables = recipes.tables
    base = tables.base_table.take(terms.table)
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
