"""The premium of one rate period for every coverage of a chunk.

What lives here: finding rate and factors, handing each method its coverages, rounding once, and
saying why a coverage has no premium. What does not: the formula of any method.

Of several reasons why a coverage has none the first of these is told: what was given with it; no
table is filed; no covered day; what its method misses; a value beyond the limits of its table; a
fact the table (any version of it, or of its factor tables) varies by and that is unknown; no cell.
A price that is lawfully zero whatever the rate (a child beyond the cap, nothing insured) needs no cell.
"""

from dataclasses import dataclass

import numpy as np

from rating import methods
from rating.arrays import Bytes, Floats, Longs, Rows
from rating.clamps import note_clamps
from rating.codes import NONE, UNRATED, Axis, Issue, ZeroReason
from rating.columns import is_constant
from rating.facts import Facts
from rating.layout import SEARCHED
from rating.lookup import Recipe
from rating.money import Ratio, whole_cents
from rating.pricing import CENTS, FACTOR_E4, RATE_E6, THOUSANDTHS, Price, Selection
from rating.recipes import Recipes
from rating.steps import rounded_in_steps
from rating.terms import LARGEST_CENTS_A_MONTH

LOAD_E4 = np.array([10_200, 15_000, 10_000], np.float64)
"""COBRA: 102 %, 150 % in the disability extension (29 USC 1162(3)); the last entry is active cover."""

_LACKING = {
    Axis.AGE: Issue.BIRTH_DATE_REQUIRED,
    Axis.SALARY: Issue.PAY_REQUIRED,
    Axis.AREA: Issue.AREA_REQUIRED,
    Axis.INDUSTRY: Issue.FACT_REQUIRED,
    Axis.GROUP_SIZE: Issue.FACT_REQUIRED,
    Axis.PARTICIPATION: Issue.FACT_REQUIRED,
    Axis.DURATION: Issue.FACT_REQUIRED,
    Axis.SERVICE: Issue.FACT_REQUIRED,
}
"""What is told where a fact is unknown, the first of them first."""


@dataclass(frozen=True, slots=True)
class Premiums:
    """Per coverage of the chunk."""

    unit_rate_e6: Floats  # as filed; NO_CELL
    factors_e4: list[Floats]  # in the order of the table, then the load of continued cover
    volume_cents: Longs
    units: Floats | None  # what the rate was multiplied by, in thousandths of a unit; None for one person or family
    pending_cents: Longs | None  # amount of insurance that waits for evidence
    tier: Bytes
    period_cents: Floats  # whole cents
    issue: Bytes
    zero_reason: Bytes


def price_coverages(facts: Facts, recipes: Recipes) -> Premiums:
    """Rate, factors, method, cents."""
    unit_rate = recipes.rate.cells(facts)
    factors = [factor.cells(facts) for factor in recipes.factors]
    if facts.notes is not None:
        note_clamps(facts, recipes)
    lacking = _lacking(facts, recipes, unit_rate, factors)
    issue = _standing_issues(facts, recipes, not_all_found=lacking is not None)
    found = Premiums(
        unit_rate_e6=unit_rate,
        factors_e4=factors + _loads(facts),
        volume_cents=np.full(facts.n, NONE, np.int64),
        units=None,
        pending_cents=np.full(facts.n, NONE, np.int64) if recipes.any_evidence else None,
        tier=_tiers(facts, recipes),
        period_cents=np.empty(0),
        issue=issue,
        zero_reason=np.zeros(facts.n, np.int8),
    )
    priced = _Pricing(facts, recipes, found)
    if lacking is not None:
        priced.rate, *priced.factors = (
            np.maximum(each, 0) if float(each.min()) < 0 else each for each in (unit_rate, *priced.factors)
        )
    if recipes.any_steps:
        priced.rate, priced.factors = rounded_in_steps(facts, recipes, priced.rate, priced.factors)
    method, present = recipes.methods_of(facts)
    for code in present:
        which = None if method is None else method == code
        priced.price(methods.CODES[code], Selection(facts, recipes, which, priced.rate, priced.factors))
    return priced.rounded(lacking)


class _Pricing:
    """The prices of one chunk, method by method, brought to one column that is rounded once."""

    def __init__(self, facts: Facts, recipes: Recipes, found: Premiums) -> None:
        self.facts, self.recipes, self.found = facts, recipes, found
        self.rate, self.factors = found.unit_rate_e6, found.factors_e4
        self.units: Floats | None = None
        self.own: list[tuple[Rows | slice, Ratio]] = []

    def price(self, code: str, selection: Selection) -> None:
        """Ask a method for its coverages and keep what it says."""
        found = self.found
        price = methods.get(code)(selection)
        if price.premium is not None:
            self.own.append((selection.here, price.premium))
        elif price.volume is not None:
            self._keep_units(price, selection)
        if price.issue is not None:
            issue = found.issue[selection.here]
            found.issue[selection.here] = np.where(issue == Issue.NONE, price.issue, issue)
        if price.zero_reason is not None:
            found.zero_reason[selection.here] = price.zero_reason
        if price.volume_cents is not None:
            found.volume_cents[selection.here] = price.volume_cents
        if price.pending_cents is not None and found.pending_cents is not None:
            found.pending_cents[selection.here] = price.pending_cents

    def _keep_units(self, price: Price, selection: Selection) -> None:
        """What the rate is multiplied by: a whole number of thousandths where the price has one, else its own ratio."""
        units = price.units()
        if units is None:
            self.own.append((selection.here, selection.premium(price.per_unit, price.volume)))
        elif selection.is_all:
            self.units = units
        else:
            if self.units is None:
                self.units = np.full(self.facts.n, float(CENTS * THOUSANDTHS))
            self.units[selection.here] = units

    def rounded(self, lacking: Bytes | None) -> Premiums:
        """The premiums in whole cents, rounded once; none where there is an issue or a lawful zero."""
        found, facts = self.found, self.facts
        issue, zero_reason = found.issue, found.zero_reason
        if lacking is not None:
            open_ = (issue == Issue.NONE) & (zero_reason == ZeroReason.NONE)
            np.copyto(issue, lacking, where=open_)
        scale = RATE_E6 * FACTOR_E4 ** len(self.factors)
        modes = self.recipes.rounding.take(facts.offer) if self.recipes.rounding is not None else None
        if self.units is None:  # 1e6 and the cents cancel: a shorter divisor settles ties faster
            exact = Ratio((self.rate, *self.factors), (scale // CENTS,))
        else:
            exact = Ratio((self.rate, *self.factors, self.units), (scale * THOUSANDTHS,))
        cents = whole_cents(exact, modes)
        facts.note_ratio("premium", exact, slice(None))
        for here, ratio in self.own:
            cents[here] = whole_cents(ratio, None if modes is None else modes[here])
            facts.note_ratio("premium", ratio, here)
        if issue.any():
            is_unrated = issue >= UNRATED
            zero_reason[is_unrated] = ZeroReason.NONE
            cents[is_unrated] = 0
        if zero_reason.any():
            cents[zero_reason != ZeroReason.NONE] = 0
        if cents.size and float(cents.max()) > LARGEST_CENTS_A_MONTH:
            large = np.flatnonzero(cents > facts.terms.largest_cents.take(facts.offer))
            found.issue[large] = Issue.AMOUNT_OUT_OF_RANGE
            cents[large] = 0
        return Premiums(
            unit_rate_e6=found.unit_rate_e6,
            factors_e4=found.factors_e4,
            volume_cents=found.volume_cents,
            units=self.units,
            pending_cents=found.pending_cents,
            tier=found.tier,
            period_cents=cents,
            issue=found.issue,
            zero_reason=found.zero_reason,
        )


def _loads(facts: Facts) -> list[Floats]:
    """The load of continued cover, the last factor before rounding; no column where nobody is continued."""
    kind = facts.batch.coverages.continuation[facts.span.coverages]
    if is_constant(kind) and kind.size and kind[0] == NONE:
        return []
    return [LOAD_E4.take(kind)] if (kind != NONE).any() else []


def _standing_issues(facts: Facts, recipes: Recipes, *, not_all_found: bool) -> Bytes:
    """What stops a coverage before any rate is read."""
    issue = np.zeros(facts.n, np.int8)
    rows = facts.in_part
    if rows.size:
        issue[rows[facts.covered_days.take(rows) == 0]] = Issue.OUTSIDE_TERM
    if recipes.rate.unfiled is not None and not_all_found:
        issue[facts.unfiled] = Issue.NO_RATE_TABLE
    given = facts.given_issue
    if given.any():
        issue[given != Issue.NONE] = given[given != Issue.NONE]
    return issue


def _lacking(facts: Facts, recipes: Recipes, unit_rate: Floats, factors: list[Floats]) -> Bytes | None:
    """Why a rate or factor was not found: a limit, the fact that is unknown, else no cell. None if all were."""
    if not facts.n:
        return None
    columns: list[tuple[Recipe, Floats]] = [(recipes.rate, unit_rate), *zip(recipes.factors, factors, strict=True)]
    missing = [float(values.min()) < 0 for _, values in columns]
    outside = [rows for each, _ in columns if (rows := each.outside(facts)) is not None]
    if not any(missing) and not outside:
        return None
    reason = np.zeros(facts.n, np.int8)
    for (_, values), is_missing, says in reversed(
        list(zip(columns, missing, [Issue.NO_RATE, *[Issue.NO_FACTOR] * len(factors)], strict=True))
    ):
        if is_missing:
            reason[values < 0] = says
    rows = np.flatnonzero(reason != Issue.NONE)
    uses = np.zeros(rows.size, np.int32)
    for each, _ in columns:
        uses |= each.uses.take(facts.offer.take(rows))
    asked_by_any = int(np.bitwise_or.reduce(uses, initial=0))
    for axis, issue in reversed(_LACKING.items()):
        if not asked_by_any >> axis & 1:
            continue
        asks = np.flatnonzero(uses >> axis & 1)
        if asks.size:
            unknown = NONE if axis in SEARCHED else 0
            asked = rows.take(asks)
            reason[asked[facts.slots_at(axis, asked) == unknown]] = issue
    for beyond in outside:
        reason[beyond] = Issue.AGE_OUTSIDE_TABLE
    return reason


def _tiers(facts: Facts, recipes: Recipes) -> Bytes:
    """The tier, where a table or the method depends on it."""
    if recipes.tiered is None:
        return np.full(facts.n, NONE, np.int8)
    is_tiered = recipes.tiered.take(facts.offer)
    if not is_tiered.any():
        return np.full(facts.n, NONE, np.int8)
    return np.where(is_tiered, facts.tier, np.int8(NONE))


def zero_reasons(price: Premiums, prorated_cents: Floats, charged: Longs) -> Bytes:
    """Why a premium of 0.00 without an issue is lawful."""
    rows = np.flatnonzero(prorated_cents == 0)
    if rows.size:
        is_open = (price.issue.take(rows) < UNRATED) & (price.zero_reason.take(rows) == ZeroReason.NONE)
        rows = rows[is_open]
        filed = price.unit_rate_e6.take(rows) == 0
        for column in price.factors_e4:
            filed |= column.take(rows) == 0
        free = np.where(charged.take(rows) == 0, np.int8(ZeroReason.NOT_CHARGED), np.int8(ZeroReason.BELOW_HALF_CENT))
        price.zero_reason[rows] = np.where(filed, np.int8(ZeroReason.FILED_ZERO), free)
    return price.zero_reason
