"""The premium of one rate period for every coverage of a chunk.

What lives here: finding rate and factors, handing each method its coverages, rounding once, and
saying why a coverage has no premium. What does not: the formula of any method.

Of several reasons why a coverage has none the first of these is told: what was given with it; no
table is filed; no covered day; what its method misses; a fact the table (any version of it, or of
its factor tables) varies by and that is unknown: age, pay, area in this order; no cell. A price that
is lawfully zero whatever the rate (a child beyond the cap, nothing insured) needs no cell.
"""

from dataclasses import dataclass

import numpy as np

from rating import methods
from rating.arrays import Bytes, Longs, Rows
from rating.codes import NONE, UNRATED, Axis, Issue, ZeroReason
from rating.facts import Facts
from rating.layout import NO_CELL
from rating.money import to_cents
from rating.pricing import Selection
from rating.tables import RateTables
from rating.terms import LARGEST_CENTS_A_MONTH

FAMILY_METHODS = ("composite_tier",)

_LACKING = ((Axis.AGE, Issue.BIRTH_DATE_REQUIRED), (Axis.SALARY, Issue.PAY_REQUIRED), (Axis.AREA, Issue.AREA_REQUIRED))


@dataclass(frozen=True, slots=True)
class Premiums:
    """Per coverage of the chunk."""

    unit_rate_e6: Longs
    volume_cents: Longs
    tier: Bytes
    period_cents: Longs
    issue: Bytes
    zero_reason: Bytes
    factors_e4: list[Longs]


def price_coverages(facts: Facts, tables: RateTables) -> Premiums:
    """Rate, factors, method, cents."""
    unit_rate = tables.look_up(facts.table, facts.rate_day, facts.slots)
    factors = _factors(facts, tables)
    issue = _standing_issues(facts, tables)
    lacking = _lacking(facts, tables, unit_rate, factors)
    found = Premiums(
        unit_rate_e6=unit_rate,
        volume_cents=np.full(facts.n, NONE, np.int64),
        tier=_tiers(facts, tables),
        period_cents=np.zeros(facts.n, np.int64),
        issue=issue,
        zero_reason=np.zeros(facts.n, np.int8),
        factors_e4=factors,
    )
    method = facts.terms.method.take(facts.offer)
    present = np.flatnonzero(np.bincount(method + 1, minlength=len(methods.CODES) + 1)[1:])
    for code in present.tolist():
        rows = None if present.size == 1 and method.min() >= 0 else np.flatnonzero(method == code)
        _price_method(methods.CODES[code], facts, tables, rows, lacking, found)
    _refuse_too_large(facts, found)
    return found


def _price_method(
    code: str,
    facts: Facts,
    tables: RateTables,
    rows: Rows | None,
    lacking: Bytes | None,
    found: Premiums,
) -> None:
    """Price the rows of one method and write them in place."""
    here: Rows | slice = slice(None) if rows is None else rows
    unit_rate = found.unit_rate_e6[here]
    factors_here = tuple(column[here] for column in found.factors_e4)
    if lacking is not None:
        unit_rate = np.maximum(unit_rate, 0)
        factors_here = tuple(np.maximum(column, 0) for column in factors_here)
    selection = Selection(facts, tables, rows, unit_rate, factors_here)
    price = methods.get(code)(selection)
    cents = to_cents(price.premium)

    issue = found.issue[here]
    if price.issue is not None:
        issue = np.where(issue == Issue.NONE, price.issue, issue)
    if lacking is not None:
        no_rate = lacking[here]
        if price.zero_reason is not None:
            no_rate = np.where(price.zero_reason == ZeroReason.NONE, no_rate, np.int8(Issue.NONE))
        issue = np.where(issue == Issue.NONE, no_rate, issue)
    is_zero = issue >= UNRATED
    if price.zero_reason is not None:
        found.zero_reason[here] = np.where(is_zero, np.int8(ZeroReason.NONE), price.zero_reason)
        is_zero |= price.zero_reason != ZeroReason.NONE
    cents[is_zero] = 0
    found.period_cents[here] = cents
    found.issue[here] = issue
    if price.volume_cents is not None:
        found.volume_cents[here] = price.volume_cents


def _factors(facts: Facts, tables: RateTables) -> list[Longs]:
    """The factors of each coverage, 10,000 where its table names fewer; NO_CELL where none is in force."""
    columns: list[Longs] = []
    for slot in range(tables.n_factors):
        table = tables.factor_tables[:, slot].take(facts.table).astype(np.intp)
        if not (table == tables.unit).all():
            columns.append(tables.look_up(table, facts.rate_day, facts.slots))
    return columns


def _standing_issues(facts: Facts, tables: RateTables) -> Bytes:
    """What stops a coverage before any rate is read."""
    issue = np.zeros(facts.n, np.int8)
    if not facts.covered_days.all():
        issue[facts.covered_days == 0] = Issue.OUTSIDE_TERM
    is_unfiled = facts.table == tables.nothing
    if is_unfiled.any():
        issue[is_unfiled] = Issue.NO_RATE_TABLE
    given = facts.given_issue
    if given.any():
        issue[given != Issue.NONE] = given[given != Issue.NONE]
    return issue


def _lacking(facts: Facts, tables: RateTables, unit_rate: Longs, factors: list[Longs]) -> Bytes | None:
    """Why a rate or factor was not found: the fact that is unknown, else NO_RATE. None if all were."""
    rows = np.flatnonzero(unit_rate == NO_CELL)
    columns = [tables.factor_tables[:, slot].take(facts.table) for slot in range(tables.n_factors)] if factors else []
    for column in factors:
        rows = np.union1d(rows, np.flatnonzero(column == NO_CELL))
    if not rows.size:
        return None
    reason = np.zeros(facts.n, np.int8)
    reason[rows] = Issue.NO_RATE
    uses = tables.uses.take(facts.table.take(rows))
    for column in columns:
        uses |= tables.uses.take(column.take(rows))
    for axis, issue in reversed(_LACKING):
        unknown = 0 if axis != Axis.SALARY else NONE
        is_unknown = ((uses >> axis & 1) == 1) & (facts.slots(axis).take(rows) == unknown)
        reason[rows[is_unknown]] = issue
    return reason


def _tiers(facts: Facts, tables: RateTables) -> Bytes:
    """The tier, where a table or the method depends on it."""
    is_tiered = (tables.uses.take(facts.table) >> Axis.TIER & 1) == 1
    method = facts.terms.method
    for code in FAMILY_METHODS:
        is_tiered |= (method == methods.CODES.index(code)).take(facts.offer)
    if not is_tiered.any():
        return np.full(facts.n, NONE, np.int8)
    return np.where(is_tiered, facts.plan_tier.take(facts.plan), np.int8(NONE))


def _refuse_too_large(facts: Facts, found: Premiums) -> None:
    """AMOUNT_OUT_OF_RANGE above one million dollars a month."""
    if not facts.n or int(found.period_cents.max()) <= LARGEST_CENTS_A_MONTH:
        return
    rows = np.flatnonzero(found.period_cents > facts.terms.largest_cents.take(facts.offer))
    found.issue[rows] = Issue.AMOUNT_OUT_OF_RANGE
    found.period_cents[rows] = 0


def zero_reasons(price: Premiums, prorated_cents: Longs) -> Bytes:
    """Why a premium of 0.00 without an issue is lawful."""
    rows = np.flatnonzero(prorated_cents == 0)
    if rows.size:
        is_open = (price.issue.take(rows) < UNRATED) & (price.zero_reason.take(rows) == ZeroReason.NONE)
        rows = rows[is_open]
        filed = price.unit_rate_e6.take(rows) == 0
        for column in price.factors_e4:
            filed |= column.take(rows) == 0
        price.zero_reason[rows] = np.where(filed, np.int8(ZeroReason.FILED_ZERO), np.int8(ZeroReason.BELOW_HALF_CENT))
    return price.zero_reason
