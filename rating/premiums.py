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
from rating.arrays import Bytes, Floats, Longs, Rows, Whole
from rating.clamps import note_clamps
from rating.codes import NONE, UNRATED, Issue, ZeroReason
from rating.columns import is_constant
from rating.facts import Facts
from rating.filed import Filed, FiledSelection
from rating.grid import Grid
from rating.missing import Lacking, lacking, standing_issues
from rating.money import SATURATED, Ratio, whole_cents
from rating.pricing import CENTS, FACTOR_E4, RATE_E6, THOUSANDTHS, Price, Selection
from rating.recipes import Recipes
from rating.terms import LARGEST_CENTS_A_MONTH

TIMES_FOR_MANY = 1_000
"""How much more than the premium of one coverage one may be that is for a whole class: a billion dollars a month."""

LOAD_E4 = np.array([10_200, 15_000, 10_000], np.float64)
"""COBRA: 102 %, 150 % in the disability extension (29 USC 1162(3)); the last entry is active cover."""


@dataclass(frozen=True, slots=True)
class Premiums:
    """Per coverage of the chunk."""

    filed: Filed  # unit rate and factors
    loads_e4: list[Floats]  # the load of continued cover; none where nobody is continued
    volume_cents: Longs
    units: Floats | None  # what the rate was multiplied by, in thousandths of a unit; None for one person or family
    pending_cents: Longs | None  # amount of insurance that waits for evidence
    tier: Bytes
    period_cents: Floats  # whole cents; the steps of the term write theirs over them (`rating.over_term`)
    issue: Bytes
    zero_reason: Bytes


def price_coverages(
    facts: Facts, recipes: Recipes, grid: Grid | None, kept: tuple[Longs, Longs] | None = None
) -> Premiums:
    """Rate, factors, method, cents. `kept` is where unit rates and volumes are written; by themselves without."""
    unit_rate_e6, volume_cents = (None, np.empty(facts.n, np.int64)) if kept is None else kept
    filed = Filed(facts, recipes, grid, unit_rate_e6)
    if facts.notes is not None:
        note_clamps(facts, recipes)
    found = lacking(facts, recipes, filed)
    priced = _Pricing(facts, recipes, filed, standing_issues(facts, found), volume_cents)
    method, present = recipes.methods_of(facts)
    for code in present:
        which = None if method is None else method == code
        priced.price(methods.CODES[code], FiledSelection(filed, which, priced.loads))
    return priced.rounded(found)


class _Pricing:
    """The prices of one chunk, method by method, brought to one column that is rounded once."""

    def __init__(self, facts: Facts, recipes: Recipes, filed: Filed, issue: Bytes, volume_cents: Longs) -> None:
        self.facts, self.recipes, self.filed, self.issue = facts, recipes, filed, issue
        self.loads = _loads(facts)
        self.zero_reason = np.zeros(facts.n, np.int8)
        self.volume_cents = volume_cents
        self.volume_cents[:] = NONE
        self.pending_cents = np.full(facts.n, NONE, np.int64) if recipes.any_evidence else None
        self.units: list[tuple[Rows | slice, Floats]] = []
        self.own: list[tuple[Rows | slice, Ratio]] = []

    def price(self, code: str, selection: Selection) -> None:
        """Ask a method for its coverages and keep what it says."""
        price = methods.get(code)(selection)
        if price.premium is not None:
            self.own.append((selection.here, price.premium))
        elif price.volume is not None:
            self._keep_units(price, selection)
        if price.issue is not None:
            issue = self.issue[selection.here]
            self.issue[selection.here] = np.where(issue == Issue.NONE, price.issue, issue)
        if price.zero_reason is not None:
            self.zero_reason[selection.here] = price.zero_reason
        if price.volume_cents is not None:
            self.volume_cents[selection.here] = price.volume_cents
        if price.pending_cents is not None and self.pending_cents is not None:
            self.pending_cents[selection.here] = price.pending_cents

    def _keep_units(self, price: Price, selection: Selection) -> None:
        """What the rate is multiplied by: a whole number of thousandths where the price has one, else its own ratio."""
        units = price.units()
        if units is None:
            self.own.append((selection.here, selection.premium(price.per_unit, price.volume)))
        else:
            self.units.append((selection.here, units))

    def rounded(self, found: Lacking | None) -> Premiums:
        """The premiums in whole cents, rounded once; none where there is an issue or a lawful zero."""
        facts, issue, zero_reason = self.facts, self.issue, self.zero_reason
        if found is not None:
            is_open = (issue.take(found.rows) == Issue.NONE) & (zero_reason.take(found.rows) == ZeroReason.NONE)
            issue[found.rows[is_open]] = found.reason[is_open]
        modes = self.recipes.rounding.take(facts.offer) if self.recipes.rounding is not None else None
        units = None
        if self.filed.grid is not None:
            cents = self._from_grid(self.filed.grid, modes)
        else:
            units = self._all_units()
            cents = self._multiplied(units, modes)
        for here, ratio in self.own:
            cents[here] = whole_cents(ratio, None if modes is None else modes[here])
            facts.note_ratio("premium", ratio, here)
        unrated = np.flatnonzero(issue >= np.int8(UNRATED))
        if unrated.size:
            zero_reason[unrated] = ZeroReason.NONE
            cents[unrated] = 0
        lawful = np.flatnonzero(zero_reason != np.int8(ZeroReason.NONE))
        if lawful.size:
            cents[lawful] = 0
        if cents.size and float(cents.max()) > LARGEST_CENTS_A_MONTH:
            large = np.flatnonzero(cents > _largest(facts))
            issue[large] = Issue.AMOUNT_OUT_OF_RANGE
            cents[large] = 0
        return Premiums(
            filed=self.filed,
            loads_e4=self.loads,
            volume_cents=self.volume_cents,
            units=units,
            pending_cents=self.pending_cents,
            tier=_tiers(facts, self.recipes),
            period_cents=cents,
            issue=issue,
            zero_reason=zero_reason,
        )

    def _from_grid(self, grid: Grid, modes: Bytes | None) -> Floats:
        """The cents of each case; what is sold by amount, or continued, is multiplied and rounded by itself."""
        cents, place = self.filed.cents, self.filed.place
        load = self.loads[0] if self.loads else None
        if self.filed.missing.size:
            cents[self.filed.missing] = 0
        if load is not None:
            rows = np.flatnonzero(load != FACTOR_E4)
            exact = grid.times(place.take(rows), None, load.take(rows))
            cents[rows] = whole_cents(exact, None if modes is None else modes.take(rows))
        for here, units in self.units:
            exact = grid.times(
                place if isinstance(here, slice) else place.take(here), units, None if load is None else load[here]
            )
            cents[here] = whole_cents(exact, None if modes is None else modes[here])
        odd = self.filed.odd
        if odd.size:
            rate, factors = self.filed.odd_multiplied()
            units = self._all_units()
            loads = [each.take(odd) for each in self.loads]
            exact = self._exact(rate, [*factors, *loads], None if units is None else units.take(odd))
            cents[odd] = whole_cents(exact, None if modes is None else modes.take(odd))
        return cents

    def _all_units(self) -> Floats | None:
        """What the rate of each coverage is multiplied by, in thousandths; None where all rates are whole prices."""
        if not self.units:
            return None
        if len(self.units) == 1 and isinstance(self.units[0][0], slice):
            return self.units[0][1]
        column = np.full(self.facts.n, float(CENTS * THOUSANDTHS))
        for here, units in self.units:
            column[here] = units
        return column

    def _multiplied(self, units: Floats | None, modes: Bytes | None) -> Floats:
        """Rate x factors x units of each coverage."""
        rate, factors = self.filed.multiplied
        exact = self._exact(rate, [*factors, *self.loads], units)
        self.facts.note_ratio("premium", exact, slice(None))
        return whole_cents(exact, modes)

    @staticmethod
    def _exact(rate: Floats, factors: list[Floats], units: Floats | None) -> Ratio:
        scale = RATE_E6 * FACTOR_E4 ** len(factors)
        if units is None:  # 1e6 and the cents cancel: a shorter divisor settles ties faster
            return Ratio((rate, *factors), (scale // CENTS,))
        return Ratio((rate, *factors, units), (scale * THOUSANDTHS,))


def _largest(facts: Facts) -> Longs:
    """The highest premium of one rate period; of one that is for many people more, as far as a term of it is exact."""
    terms, offer = facts.terms, facts.offer
    largest = terms.largest_cents.take(offer)
    for_many = np.isin(terms.method.take(offer), methods.having("ONE_FOR_ALL"))
    if not for_many.any():
        return largest
    exact = int(SATURATED) // -(-terms.periods.take(offer) // terms.period_parts.take(offer))
    return np.where(for_many, np.maximum(largest, np.minimum(largest * TIMES_FOR_MANY, exact)), largest)


def _loads(facts: Facts) -> list[Floats]:
    """The load of continued cover, the last factor before rounding; no column where nobody is continued."""
    kind = facts.batch.coverages.continuation[facts.span.coverages]
    if is_constant(kind) and kind.size and kind[0] == NONE:
        return []
    return [LOAD_E4.take(kind)] if (kind != NONE).any() else []


def _tiers(facts: Facts, recipes: Recipes) -> Bytes:
    """The tier, where a table or the method depends on it."""
    if recipes.tiered is None:
        return np.full(facts.n, NONE, np.int8)
    is_tiered = recipes.tiered.take(facts.offer)
    if not is_tiered.any():
        return np.full(facts.n, NONE, np.int8)
    return np.where(is_tiered, facts.tier, np.int8(NONE))


def zero_reasons(price: Premiums, standard_cents: Longs, prorated_cents: Floats, charged: Whole) -> Bytes:
    """Why a premium of 0.00 without an issue is lawful.

    A filed zero is the reason only where the term costs nothing: a blend with experience may cost more than its rate.
    """
    rows = np.flatnonzero(prorated_cents == 0)
    if rows.size:
        is_open = (price.issue.take(rows) < UNRATED) & (price.zero_reason.take(rows) == ZeroReason.NONE)
        rows = rows[is_open]
        filed = price.filed.is_zero(rows) & (standard_cents.take(rows) == 0)
        free = np.where(charged.take(rows) == 0, np.int8(ZeroReason.NOT_CHARGED), np.int8(ZeroReason.BELOW_HALF_CENT))
        price.zero_reason[rows] = np.where(filed, np.int8(ZeroReason.FILED_ZERO), free)
    return price.zero_reason
