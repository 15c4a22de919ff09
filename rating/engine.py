"""The road: a batch of coverages becomes premiums, shares and totals.

What lives here: the order of the steps, which is law. What does not: any formula; every step has its
own module.

rate -> round once per coverage -> periods in term -> prorate -> split by subtraction -> add integers.
"""

import os
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import numpy as np

from rating import pieces, rollup
from rating.arrays import Bytes, Longs, Rows
from rating.batch import Batch
from rating.changes import Cuts, find_cuts
from rating.chunks import CHUNK, cut, even, pool_for
from rating.codes import Tier
from rating.facts import Facts, Span
from rating.measured import Parts
from rating.notes import Notes
from rating.over_term import note_road, over_term, prorate
from rating.premiums import price_coverages, zero_reasons
from rating.prepared import Prepared, prepare
from rating.proration import charged_fraction
from rating.rates import Rates
from rating.reference import age_dates_in
from rating.result import Pieces, Result
from rating.shares import choose, split
from rating.solve import solved_rates
from rating.solved import Solved
from rating.stretches import Stretches, stretch


def rate(
    batch: Batch,
    rates: Rates,
    *,
    chunk: int = CHUNK,
    threads: int | None = None,
    out: Result | None = None,
    notes: Notes | None = None,
) -> Result:
    """Price every coverage of the batch, split it between employer and employee, add up.

    Rates made from the census are made anew, but for those that `rates.final` holds as FINAL.
    No row raises: a coverage that cannot be priced has zero cents and an issue. A batch whose
    columns do not fit together raises `BatchError`. The smallest batch there is stands in `rating.example`.

    `out` is an earlier result that may be written over: where it has the same lengths, its memory is
    used again, which is faster than asking for new. In `notes` the steps write down what they found.
    """
    n, threads = len(batch.coverages), threads or os.cpu_count() or 1
    with pool_for(n, chunk, threads) as pool:
        ready = prepare(batch, rates, pool)
        result = Result.room(batch, out, any_evidence=ready.recipes.any_evidence)
        return _rate_all(batch, ready, result, cut(batch, even(n, chunk, threads)), pool, rates.final, notes)


def _rate_all(
    batch: Batch,
    ready: Prepared,
    result: Result,
    spans: list[Span],
    pool: Executor,
    given: Solved | None,
    notes: Notes | None,
) -> Result:
    """Chunk by chunk; then the families whose price changes within the term, once per stretch of it."""
    solved = solved_rates(batch, ready.terms, ready.recipes, spans, pool.map, given)
    if solved is not None:
        ready, result = replace(ready, terms=replace(ready.terms, solved=solved)), replace(result, solved=solved)

    def in_one(span: Span) -> Cuts | None:
        batch.check_coverages(span.coverages)
        facts = Facts(batch, ready.terms, span)
        facts.notes = notes
        rate_families(facts, ready, result)
        cuts = find_cuts(facts, ready.triggers, result.rule[span.coverages])
        if cuts is None:
            rollup.roll_up(facts, result)
        return cuts

    def in_stretches(cuts: Cuts) -> Pieces:
        made = stretch(batch, ready.terms, ready.triggers.tables, cuts)
        found = Result.empty(made.batch, any_evidence=ready.recipes.any_evidence)
        made.facts.notes = None if notes is None else Notes(made.facts.n)
        rate_families(made.facts, ready, found, made)
        folded = pieces.Fold(made, found, result)
        folded.write_premiums(notes)
        whole = stretch(batch, ready.terms, ready.triggers.tables, cuts.uncut())
        split_anew(whole, made, found, ready, result, notes)
        return folded.pieces(ready.ladder.forms.is_special)

    cuts = list(pool.map(in_one, spans))
    if not any(cuts):
        return result
    folded = list(pool.map(in_stretches, pieces.blocks([part for part in cuts if part], batch, CHUNK)))
    for span, part in zip(spans, cuts, strict=True):
        if part is not None:
            rollup.roll_up(Facts(batch, ready.terms, span), result, in_pieces=True)
    return replace(result, pieces=Pieces.together(folded))


def rate_families(facts: Facts, ready: Prepared, result: Result, stretches: Stretches | None = None) -> None:
    """The road of one chunk, on one screen; the same for stretches of families whose term is cut."""
    rows = facts.span.coverages
    # Pricing writes two columns of the result by itself: the rate as filed, and what it was applied to.
    kept = result.unit_rate_e6[rows], result.volume_cents[rows]
    # Per rate period, whole cents, rounded once.
    price = price_coverages(facts, ready.recipes, ready.grid, kept)
    result.period_cents[rows] = price.period_cents
    standard = over_term(price.period_cents, facts)
    result.standard_cents[rows] = standard
    fraction = charged_fraction(facts) if stretches is None else stretches.charged()
    prorated = prorate(standard, fraction, facts) if stretches is None else stretches.prorate(standard, fraction)
    result.prorated_cents[rows] = prorated

    rule = choose(facts, ready.ladder)
    result.rule[rows] = rule
    shares = split(
        facts, ready.ladder, rule, prorated, fraction, partial(reprice, facts, ready, result.standard_cents[rows])
    )
    if shares.issue is not None:  # warnings are the least issues: none hides why a coverage has no premium
        np.maximum(price.issue, shares.issue, out=price.issue)

    if facts.notes is not None:
        note_road(facts, price, fraction)
    if price.pending_cents is not None:
        result.pending_cents[rows] = price.pending_cents
    facts.write_ages(result.age[rows])
    result.tier[rows] = price.tier
    result.covered_days[rows] = facts.covered_days
    result.term_days[rows] = facts.term_days
    result.employer_cents[rows] = shares.employer_cents
    np.subtract(result.prorated_cents[rows], result.employer_cents[rows], out=result.employee_cents[rows])
    result.issue[rows] = price.issue
    result.zero_reason[rows] = zero_reasons(price, result.standard_cents[rows], prorated, fraction[0])


def split_anew(
    families: Stretches, made: Stretches, found: Result, ready: Prepared, result: Result, notes: Notes | None
) -> None:
    """The shares of families of which premiums were put together from pieces, for the whole of their term.

    What a share is measured by is that of each piece (`rating.measured`); limits are applied once.
    """
    facts, rows = families.facts, families.coverage
    facts.notes = None if notes is None else Notes(facts.n)
    piece = np.flatnonzero(made.facts.covered_days > 0)
    of = np.searchsorted(rows, made.coverage.take(piece))
    parts = Parts(made.facts, piece, of, found.prorated_cents, made.charged())
    prorated, rule = result.prorated_cents[rows].astype(np.float64), choose(facts, ready.ladder)
    again = partial(reprice, made.facts, ready, found.standard_cents, stretches=made)
    shares = split(facts, ready.ladder, rule, prorated, families.charged(), again, parts)
    if shares.issue is not None:
        result.issue[rows] = np.maximum(result.issue[rows], shares.issue)
    result.employer_cents[rows] = shares.employer_cents
    result.employee_cents[rows] = result.prorated_cents[rows] - result.employer_cents[rows]
    if notes is not None and facts.notes is not None:
        for name, column in facts.notes.columns.items():
            notes.write(name, rows, column)


def reprice(
    facts: Facts,
    ready: Prepared,
    own: Longs,
    rows: Rows,
    offer: Rows | None = None,
    tier: Tier | None = None,
    stretches: Stretches | None = None,
) -> tuple[Longs, Bytes]:
    """The same road for other offers or in another tier, which a share may be measured by: prorated cents, issue.

    In another tier the term costs no more than in its `own`, and is cut in the same pieces, so that a tier that
    changes no price leaves every cent where it is.
    """
    offers, tiers, dates = facts.offer, None, None
    if offer is not None:
        offers = offers.copy()
        offers[rows] = offer
        dates = age_dates_in(facts, offers, facts.terms.table.take(offers), ready.triggers.tables)
    if tier is not None:
        tiers = facts.tier.copy()
        tiers[rows] = tier
    other = Facts(facts.batch, facts.terms, facts.span, offer=offers, tier=tiers)
    other.changes, other.row = facts.changes, facts.row
    other.age_date = other.age_date if dates is None else dates
    price = price_coverages(other, ready.recipes, ready.grid)
    standard = over_term(price.period_cents, other)
    if tier is not None:
        standard = np.minimum(standard, own)
    if stretches is None:
        prorated = prorate(standard, charged_fraction(other), other)
    else:
        there = replace(stretches, facts=other)
        tiers = facts.tier if tier is not None else other.tier
        prorated = there.prorate(standard, there.charged(), tiers)
    return prorated.take(rows).astype(np.int64), price.issue.take(rows)
