"""Families by stretches: a batch in which nothing changes, made from families whose term is cut.

What lives here: laying families out once per stretch of days, and the proration of stretches so that
they add up to the whole. What does not: the days of the cuts (`rating.changes`), any price, and what
becomes of the stretches (`rating.pieces`).

Between two changes nothing changes, so a family is one family per stretch, its coverages clipped to
it. Of the pieces of one coverage, and of adjoining spans of one coverage, the last is the whole less
what was charged before (PR-28). So they add up to the whole rounded once, and a coverage whose price
does not change costs what it would cost uncut.
"""

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from rating.age_rules import age_dates
from rating.arrays import Bytes, Days, Flags, Floats, Longs, Rows
from rating.batch import Batch, Coverages, Members, Plans
from rating.changes import Cuts, joined_to_previous, ragged
from rating.codes import AgeDate
from rating.columns import is_constant
from rating.dates import day_numbers
from rating.drift import settled
from rating.facts import Facts, Span
from rating.money import Ratio, whole_cents
from rating.proration import Fraction, charged_fraction, in_chains
from rating.tables import RateTables
from rating.terms import Terms

BEFORE, AFTER = -(2**31), 2**31
"""Day numbers before and after every term."""

SAFE = 2.0**60
"""Sums up to this may be doubled and added to in 64 bits."""

Bundle = TypeVar("Bundle", Members, Plans, Coverages)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Families by stretches, as a batch of their own, and where each of its coverages comes from."""

    batch: Batch
    facts: Facts
    coverage: Rows  # row of the coverage in the batch that was cut
    is_joined: Flags  # of a coverage with an adjoining span, so that its cents depend on that
    order: Rows  # pieces with a covered day, by chain and day
    heads: Rows  # where each chain begins in that order
    links: Rows  # pieces of each chain

    def charged(self) -> Fraction:
        """The part of the term charged for each piece: together never more nor less than for the uncut span."""
        numerator, unit = charged_fraction(self.facts, is_signed=True)
        charged = np.zeros_like(numerator)
        charged[self.order] = in_chains(numerator.take(self.order), self.heads, self.links)
        return charged, unit

    def prorate(self, standard: Floats, fraction: Fraction, tier: Bytes | None = None) -> Floats:
        """Premiums of the stretches: each piece rounded by itself, the last the rest of the whole (PR-28). Whole cents.

        A piece is a run of stretches with one premium in one tier (`tier`, or that of the facts), so that a cut where
        neither changes moves no cent.
        Example: 100.00 over three equal pieces is 33.33, 33.33 and 33.34.
        """
        if not self.order.size:
            return np.zeros_like(standard)
        order, unit = self.order, fraction[1].take(self.order.take(self.heads))
        cents = standard.take(order).astype(np.int64)
        charged = fraction[0].take(order)
        if float(np.add.reduceat(cents.astype(np.float64) * charged, self.heads).max() + unit.max()) > SAFE:
            cents = cents.astype(object)  # very long divisors of very large premiums: unbounded integers
        exact = np.add.reduceat(cents * charged, self.heads)
        totals = ((2 * exact + unit) // (2 * unit)).astype(np.int64)
        piece = self._pieces(standard.take(order), self.facts.tier if tier is None else tier)
        upto = within(np.cumsum(charged, dtype=np.int64), piece)
        upto_cents = whole_cents(Ratio((standard.take(order), upto), (fraction[1].take(order),))).astype(np.int64)
        each = np.diff(upto_cents, prepend=0)
        each[piece] = upto_cents[piece]
        prorated = np.zeros_like(standard)
        prorated[order] = settled(each, totals, self.heads)
        return prorated

    def _pieces(self, standard: Floats, tier: Bytes) -> Rows:
        """Where the pieces begin, among the stretches in their order."""
        is_new = np.zeros(self.order.size, np.bool_)
        is_new[self.heads] = True
        for column in (standard, self.coverage.take(self.order), tier.take(self.order)):
            is_new[1:] |= column[1:] != column[:-1]
        return np.flatnonzero(is_new)


def within(upto: Longs, heads: Rows) -> Longs:
    """Running sums that begin anew at each head.

    >>> within(np.cumsum([1, 2, 3, 4]), np.array([0, 2])).tolist()
    [1, 3, 3, 7]
    """
    before = np.where(heads > 0, upto.take(heads - 1), 0)
    return upto - np.repeat(before, np.diff(heads, append=upto.size))


def stretch(batch: Batch, terms: Terms, tables: RateTables, cuts: Cuts) -> Stretches:
    """Lay the families out once per stretch."""
    n_copies = cuts.n_days + 1
    family = np.repeat(np.arange(cuts.primary.size), n_copies)
    is_first = np.append(True, family[1:] != family[:-1])[: family.size]
    begin, end = np.full(family.size, BEFORE), np.full(family.size, AFTER)
    begin[~is_first] = cuts.days
    end[~np.append(is_first[1:], True)[: family.size]] = cuts.days

    first, size = (part.take(family) for part in families_of(batch, cuts.primary))
    members = ragged(first, size)
    home = np.cumsum(size) - size  # row of each copy's primary
    plan_edges: Rows = np.searchsorted(batch.plans.member, np.stack([first, first + size]).astype(np.int32))
    plans, plan_copy = _parts(plan_edges)
    shift = (home - first).take(plan_copy)
    coverage_edges: Rows = np.searchsorted(batch.coverages.plan, plan_edges.astype(np.int32))
    coverages, copy = _parts(coverage_edges)
    n_plans = plan_edges[1] - plan_edges[0]
    plan_home = np.cumsum(n_plans) - n_plans - plan_edges[0]

    all_of = batch.coverages
    was_from, was_to = (day_numbers(each).take(coverages) for each in (all_of.covered_from, all_of.covered_to))
    now_from, now_to = np.maximum(was_from, begin.take(copy)), np.minimum(was_to, end.take(copy))
    cut = Batch(
        _copied(batch.members, members, primary=np.repeat(home, size).astype(np.int32)),
        _copied(batch.plans, plans, member=(batch.plans.member.take(plans) + shift).astype(np.int32)),
        _copied(
            batch.coverages,
            coverages,
            plan=(all_of.plan.take(coverages) + plan_home.take(copy)).astype(np.int32),
            covered_from=now_from.view("M8[D]"),
            covered_to=now_to.view("M8[D]"),
            issue_date=_issue_dates(batch, terms, coverages),
            age_date=_age_dates(batch, terms, tables, coverages, now_from, is_later=now_from > was_from),
        ),
        batch.offers,
        batch.reductions,
    )
    span = Span(slice(0, coverages.size), slice(0, plans.size), slice(0, members.size))
    return _chained(batch, cut, Facts(cut, terms, span), coverages, now_from > was_from, now_to < was_to)


def _chained(batch: Batch, cut: Batch, facts: Facts, coverages: Rows, later: Flags, earlier: Flags) -> Stretches:
    """Tie the pieces of one coverage together, and those of adjoining spans of it."""
    rows, place = np.unique(coverages, return_inverse=True)
    joined = joined_to_previous(batch.coverages, rows)
    chain = (np.cumsum(~joined) - 1).take(place)
    joins_next = np.zeros_like(joined)
    joins_next[:-1] = joined[1:]
    covered = np.flatnonzero(facts.covered_days > 0)
    order = covered[np.lexsort((day_numbers(cut.coverages.covered_from).take(covered), chain.take(covered)))]
    heads = np.flatnonzero(np.diff(chain.take(order), prepend=-1))
    facts.row = coverages
    facts.changes = later | joined.take(place), earlier | joins_next.take(place)
    return Stretches(
        batch=cut,
        facts=facts,
        coverage=coverages,
        is_joined=(joined | joins_next).take(place),
        order=order,
        heads=heads,
        links=np.diff(heads, append=order.size),
    )


def _parts(edges: Rows) -> tuple[Rows, Rows]:
    """Rows between pairs of edges, and which pair each comes from."""
    counts: Rows = edges[1] - edges[0]
    return ragged(edges[0], counts), np.repeat(np.arange(counts.size), counts)


def _copied(bundle: Bundle, rows: Rows, **instead: Any) -> Bundle:
    """Rows of a bundle, some columns replaced; a column that was left out stays so."""
    columns: dict[str, Any] = {}
    for each in fields(bundle):
        column = getattr(bundle, each.name)
        if each.name in instead:
            columns[each.name] = instead[each.name]
        elif is_constant(column) and column.size:
            columns[each.name] = np.broadcast_to(column[0], (rows.size,))
        else:
            columns[each.name] = column.take(rows)
    return type(bundle)(**columns)


def _age_dates(batch: Batch, terms: Terms, tables: RateTables, rows: Rows, now_from: Longs, *, is_later: Flags) -> Days:
    """The age date of each piece: taken anew where the table reads ages that rise within the term."""
    coverages = batch.coverages
    dates, offer = coverages.age_date.take(rows), coverages.offer.take(rows)
    rule = tables.age_date.take(terms.table.take(offer))
    is_long = terms.is_long.take(offer)
    moves = (rule == AgeDate.ATTAINED) | (
        is_long & ((rule == AgeDate.PLAN_ANNIVERSARY) | (rule == AgeDate.ANNIVERSARY_OR_ADDED))
    )
    at = np.flatnonzero(moves & is_later)
    if at.size:
        dates[at] = age_dates(
            rule[at],
            terms.term_from.take(offer[at]).view("M8[D]"),
            now_from[at].view("M8[D]"),
            coverages.issue_date.take(rows[at]),
            coverages.added_date.take(rows[at]),
        )
    return dates


def _issue_dates(batch: Batch, terms: Terms, rows: Rows) -> Days:
    """The issue date of each piece: where none is stated the first day of the whole span in the term."""
    coverages = batch.coverages
    issued = coverages.issue_date.take(rows)
    begins = np.maximum(
        day_numbers(coverages.covered_from).take(rows), terms.term_from.take(coverages.offer.take(rows))
    )
    return np.where(np.isnat(issued), begins.view("M8[D]"), issued)


def families_of(batch: Batch, primary: Rows) -> tuple[Rows, Rows]:
    """Row of the primary and number of members of each family."""
    ends = np.searchsorted(batch.members.primary, primary.astype(np.int32), side="right")
    return primary, ends - primary
