"""What a rating method is given and what it gives back.

What lives here: `Selection`, the coverages of one chunk priced by one method, and `Price`, their
exact premiums. What does not: any method (one file each in `rating.methods`).
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Longs, Rows, Whole
from rating.batch import Offers
from rating.benefit import Benefit
from rating.codes import Issue, Tier, ZeroReason
from rating.facts import Facts
from rating.money import Ratio
from rating.tables import RateTables

RATE_E6 = 1_000_000
FACTOR_E4 = 10_000
CENTS = 100


@dataclass(frozen=True, slots=True)
class Price:
    """Exact premiums of one rate period in cents, (n,), before rounding.

    A row with an issue or a zero reason has a premium of zero, whatever its ratio says; the
    two columns may be None where no row has one. Volume is what the rate was applied to, shown.
    """

    premium: Ratio
    issue: Bytes | None = None
    zero_reason: Bytes | None = None
    volume_cents: Longs | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Coverages of one chunk that one method prices."""

    facts: Facts
    tables: RateTables
    rows: Rows | None
    """Rows within the chunk; None when the method prices all of it."""
    unit_rate_e6: Longs
    """Filed rate per unit, not negative. [USD x 1e6 per unit and rate period]"""
    factors_e4: tuple[Longs, ...]
    """Factors to multiply the rate by, 10,000 = 1."""

    def of(self, column: Whole) -> Whole:
        """The selection's part of a column of the chunk."""
        return column if self.rows is None else column.take(self.rows)

    @property
    def offers(self) -> Offers:
        """Columns of the offers, to be gathered by `offer`."""
        return self.facts.batch.offers

    @property
    def offer(self) -> Ints:
        """Row in Offers of the coverage."""
        return self.of(self.facts.offer).astype(np.int32, copy=False)

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
    def plan(self) -> Ints:
        """Plan rows, counted within the chunk."""
        return self.of(self.facts.plan).astype(np.int32, copy=False)

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
        scale = RATE_E6 * FACTOR_E4 ** len(self.factors_e4)
        if volume is None:
            # 1e6 and the cents cancel: a shorter divisor settles ties faster.
            return Ratio(rate, (scale // CENTS,))
        divisors = [divisor for divisor in volume.divisors if not isinstance(divisor, int)]
        constant = scale * per_unit
        for divisor in volume.divisors:
            if isinstance(divisor, int):
                constant *= divisor
        return Ratio((*rate, *volume.numerators), (constant, *divisors))

    def price_of(self, benefit: Benefit, per_unit: int) -> Price:
        """The price of a benefit at a rate per so many dollars of it."""
        return Price(self.premium(per_unit, benefit.amount), benefit.issue, benefit.zero_reason, benefit.shown_cents)

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
