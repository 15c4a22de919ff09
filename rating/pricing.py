"""What a rating method is given and what it gives back.

What lives here: `Selection`, the coverages of one chunk priced by one method, and `Price`, their
exact premiums. What does not: any method (one file each in `rating.methods`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rating.arrays import Bytes, Flags, Floats, Ints, Longs, Rows, Whole
from rating.batch import Offers
from rating.codes import Issue, Tier, ZeroReason
from rating.facts import Facts
from rating.money import Ratio

if TYPE_CHECKING:
    from rating.benefits.benefit import Benefit
    from rating.recipes import Recipes  # which lists the methods, which are written against this module

RATE_E6 = 1_000_000
FACTOR_E4 = 10_000
CENTS = 100
THOUSANDTHS = 1_000
"""Units of a rate are counted in thousandths: of a person, of $1,000, of $10 or $100."""


@dataclass(frozen=True, slots=True)
class Price:
    """Exact premiums of one rate period, (n,), before rounding.

    The premium is rate x factors, times `volume` in units of `per_unit` dollars where there is one; a
    method whose formula is another states the whole of it in cents as `premium`. A row with an
    issue or a zero reason has a premium of zero, whatever the ratio says; the two columns may be
    None where no row has one. `volume_cents` is what the rate was applied to, shown; `pending_cents`
    what waits for evidence of insurability.
    """

    premium: Ratio | None = None
    issue: Bytes | None = None
    zero_reason: Bytes | None = None
    volume_cents: Longs | None = None
    pending_cents: Longs | None = None
    volume: Ratio | None = None
    per_unit: int = 1

    def units(self) -> Floats | None:
        """The volume in thousandths of a unit as whole numbers; None where it is none."""
        assert self.volume is not None
        if len(self.volume.numerators) != 1 or not all(isinstance(each, int) for each in self.volume.divisors):
            return None
        divisor = self.per_unit
        for each in self.volume.divisors:
            divisor *= each if isinstance(each, int) else 1
        if THOUSANDTHS % divisor:
            return None
        units = self.volume.numerators[0].astype(np.float64)
        units *= THOUSANDTHS // divisor
        return units


class Selection:
    """Coverages of one chunk that one method prices; columns are gathered when asked for."""

    def __init__(
        self, facts: Facts, recipes: "Recipes", which: Flags | None, rate: Floats, factors: Sequence[Floats]
    ) -> None:
        self.facts = facts
        self.recipes = recipes
        self.tables = recipes.tables
        self._which = which
        self._rate, self._factors = rate, factors

    @property
    def is_all(self) -> bool:
        """The method prices the whole chunk."""
        return self._which is None

    @cached_property
    def rows(self) -> Rows | None:
        """Rows within the chunk; None when the method prices all of it."""
        return None if self._which is None else np.flatnonzero(self._which)

    @property
    def here(self) -> Rows | slice:
        """The same as an index."""
        return slice(None) if self.rows is None else self.rows

    @property
    def unit_rate_e6(self) -> Floats:
        """Filed rate per unit, not negative, a whole number. [USD x 1e6 per unit and rate period]"""
        return self._rate if self.rows is None else self._rate.take(self.rows)

    @property
    def factors_e4(self) -> tuple[Floats, ...]:
        """Factors to multiply the rate by, 10,000 = 1, whole numbers."""
        return tuple(column if self.rows is None else column.take(self.rows) for column in self._factors)

    def note(self, name: str, values: Whole | Floats, rows: Rows | None = None) -> None:
        """Write down what the method found for its coverages, or for some of them (`Facts.note`)."""
        if self.facts.notes is not None:
            here = np.arange(self.facts.n) if self.rows is None else self.rows
            self.facts.note(name, values, here if rows is None else here.take(rows))

    def note_ratio(self, name: str, ratio: Ratio) -> None:
        """Write down an exact amount in cents of its coverages (`Facts.note_ratio`)."""
        self.facts.note_ratio(name, ratio, self.here)

    def of(self, column: Whole) -> Whole:
        """The selection's part of a column of the chunk."""
        return column if self.rows is None else column.take(self.rows)

    @property
    def offers(self) -> Offers:
        """Columns of the offers, to be gathered by `offer`."""
        return self.facts.batch.offers

    @property
    def offer(self) -> Rows:
        """Row in Offers of the coverage."""
        return self.of(self.facts.offer).astype(np.intp, copy=False)

    @property
    def age(self) -> Ints:
        """Age on the age date by the table's basis, NONE unknown."""
        return self.of(self.facts.age).astype(np.int32, copy=False)

    @property
    def table(self) -> Rows:
        """Row in RateTables."""
        return self.of(self.facts.table).astype(np.intp, copy=False)

    @property
    def member(self) -> Rows:
        """Member rows, counted within the chunk."""
        return self.of(self.facts.member).astype(np.intp, copy=False)

    @property
    def plan(self) -> Rows:
        """Plan rows, counted within the chunk."""
        return self.of(self.facts.plan).astype(np.intp, copy=False)

    @property
    def is_covered(self) -> Flags:
        """The coverage counts in its family: a covered day, and no issue found before rating."""
        covered = self.facts.is_covered
        return covered if self.rows is None else covered.take(self.rows)

    @property
    def pay_cents(self) -> Longs:
        """Annual pay, NONE unknown."""
        return self.facts.batch.members.annual_pay_cents[self.facts.span.members].take(self.member)

    @property
    def elected_cents(self) -> Longs:
        """Amount chosen by the member, NONE if none was stated."""
        return self.of(self.facts.batch.coverages.elected_cents[self.facts.span.coverages]).astype(np.int64, copy=False)

    def premium(self, per_unit: int = 1, volume: Ratio | None = None) -> Ratio:
        """Rate x factors x volume / unit, in cents. `per_unit` is the dollars of volume a rate is for.

        Without a volume the rate is the premium of one person or family.
        """
        rate = (self.unit_rate_e6, *self.factors_e4)
        scale = RATE_E6 * FACTOR_E4 ** (len(rate) - 1)
        if volume is None:
            # 1e6 and the cents cancel: a shorter divisor settles ties faster.
            return Ratio(rate, (scale // CENTS,))
        divisors = [divisor for divisor in volume.divisors if not isinstance(divisor, int)]
        constant = scale * per_unit
        for divisor in volume.divisors:
            if isinstance(divisor, int):
                constant *= divisor
        return Ratio((*rate, *volume.numerators), (constant, *divisors))

    def price_of(self, benefit: "Benefit", per_unit: int) -> Price:
        """The price of a benefit at a rate per so many dollars of it."""
        return Price(
            issue=benefit.issue,
            zero_reason=benefit.zero_reason,
            volume_cents=benefit.shown_cents,
            pending_cents=benefit.pending_cents,
            volume=benefit.amount,
            per_unit=per_unit,
        )

    def unknown_dependents(self) -> Bytes | None:
        """DEPENDENTS_UNKNOWN for a primary whose file states a family tier but no family.

        Persons who were never named cannot be priced one by one.
        """
        facts = self.facts
        stated = facts.batch.members.stated_tier[facts.span.members]
        if not (stated > Tier.EE).any():
            return None
        is_unnamed = (stated > Tier.EE) & (facts.family_size == 1)
        return np.where(is_unnamed.take(self.member), np.int8(Issue.DEPENDENTS_UNKNOWN), np.int8(Issue.NONE))


def zeros_where(is_zero: np.ndarray[tuple[int], np.dtype[np.bool_]], reason: ZeroReason) -> Bytes:
    """A column of zero reasons."""
    return np.where(is_zero, np.int8(reason), np.int8(ZeroReason.NONE))
