"""The road: a batch of coverages becomes premiums, shares and totals.

What lives here: the order of the steps, which is law, and the cutting of a batch into chunks.
What does not: any formula; every step has its own module.

rate -> round once per coverage -> periods in term -> prorate -> split by subtraction -> add integers.

A chunk is a run of whole families of about 65,536 coverages, so that its columns stay in the
cache and nothing it needs lies in another. Chunks share no state and run on a pool of threads
(NumPy releases the interpreter lock); the size of a chunk never changes a result.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rating import contribution, rollup
from rating.batch import Batch
from rating.contribution import Ladder
from rating.facts import Facts, Span
from rating.money import Ratio, to_cents
from rating.premiums import price_coverages, zero_reasons
from rating.proration import charged_fraction
from rating.rates import Rates
from rating.result import Result
from rating.tables import RateTables
from rating.terms import Terms, terms_of

CHUNK = 65_536


def rate(batch: Batch, rates: Rates, *, chunk: int = CHUNK, threads: int | None = None) -> Result:
    """Price every coverage of the batch, split it between employer and employee, add up.

    No row raises: a coverage that cannot be priced has zero cents and an issue. A batch whose
    columns do not fit together raises `BatchError`.
    """
    threads = threads or os.cpu_count() or 1
    if threads == 1 or len(batch.coverages) <= chunk:
        batch.check()
        terms, ladder = _prepare(batch, rates)
        result = Result.empty(batch)
        for span in cut(batch, chunk):
            rate_families(Facts(batch, terms, span), rates.tables, ladder, result)
        return result
    with ThreadPoolExecutor(threads) as pool:
        checked = pool.submit(batch.check)
        try:
            terms, ladder = _prepare(batch, rates)
        finally:
            checked.result()  # a batch that does not hold together is said before anything it broke
        result = Result.empty(batch)

        def run(span: Span) -> None:
            rate_families(Facts(batch, terms, span), rates.tables, ladder, result)

        for _ in pool.map(run, cut(batch, chunk)):
            pass
    return result


def _prepare(batch: Batch, rates: Rates) -> tuple[Terms, Ladder]:
    """What depends on the offers alone, once for all chunks."""
    return terms_of(batch.offers, batch.reductions, rates.tables), contribution.ladder(batch.offers, rates.rules)


def rate_families(facts: Facts, tables: RateTables, ladder: Ladder, result: Result) -> None:
    """The road of one chunk, on one screen."""
    rows, terms, offer = facts.span.coverages, facts.terms, facts.offer
    price = price_coverages(facts, tables)  # per rate period, cents, rounded once
    standard = over_term(price.period_cents, terms, facts)
    fraction = charged_fraction(facts.batch.offers.proration.take(offer), facts.covered_days, facts.term_days)
    prorated = to_cents(Ratio((standard, fraction[0]), (fraction[1],)))

    class_slot = facts.batch.members.class_slot[facts.span.members]
    rule = ladder.choose(offer, facts.member, class_slot, facts.is_dependent)
    employer = contribution.employer_share(ladder, terms, offer, rule, prorated, fraction)
    if ladder.any_hollow:
        np.maximum(price.issue, contribution.warnings(ladder, rule), out=price.issue)

    result.unit_rate_e6[rows] = price.unit_rate_e6
    result.volume_cents[rows] = price.volume_cents
    result.age[rows] = facts.age
    result.tier[rows] = price.tier
    result.covered_days[rows] = facts.covered_days
    result.term_days[rows] = facts.term_days
    result.period_cents[rows] = price.period_cents
    result.standard_cents[rows] = standard
    result.prorated_cents[rows] = prorated
    result.employer_cents[rows] = employer
    np.subtract(prorated, employer, out=result.employee_cents[rows])
    result.rule[rows] = rule
    result.issue[rows] = price.issue
    result.zero_reason[rows] = zero_reasons(price, prorated)
    rollup.roll_up(facts, result)


def over_term(period_cents: np.ndarray, terms: Terms, facts: Facts) -> np.ndarray:
    """Premium of the whole term: rate periods in the term x premium of one, half up (PR-5). [cents]"""
    periods = terms.periods.take(facts.offer)
    if terms.all_whole_periods:
        return period_cents * periods
    return to_cents(Ratio((period_cents, periods), (terms.period_parts.take(facts.offer),)))


def cut(batch: Batch, chunk: int) -> list[Span]:
    """Ranges of whole families with about `chunk` coverages each, covering every row once."""
    if chunk < 1:
        raise ValueError("A chunk holds at least one coverage.")
    members, plans, coverages = batch.members, batch.plans, batch.coverages
    n = len(coverages)
    wanted = np.arange(chunk, n, chunk)
    starts = np.unique(members.primary.take(plans.member.take(coverages.plan.take(wanted))))
    member_edges = np.concatenate([[0], starts[starts > 0], [len(members)]])
    plan_edges = np.searchsorted(plans.member, member_edges)
    coverage_edges = np.searchsorted(coverages.plan, plan_edges)
    return [
        Span(slice(c0, c1), slice(p0, p1), slice(m0, m1))
        for c0, c1, p0, p1, m0, m1 in zip(
            *(
                pair
                for edge in (coverage_edges, plan_edges, member_edges)
                for pair in (edge[:-1].tolist(), edge[1:].tolist())
            ),
            strict=True,
        )
    ]
