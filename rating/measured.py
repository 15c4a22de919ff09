"""Claims with what their shares are measured by: the premium of the term, or of each of its pieces added up.

What lives here: `Measured`, and `Parts`, the pieces of a term that is cut, whose tier and whose price in another plan
are their own. What does not: the forms (`rating.shares`), the cutting (`rating.stretches`).

A value by tier, a reference plan and an employee-only premium change with the family within a term. So they are read
for every piece, multiplied exactly and added up, and the sum is rounded once: a term in which nothing changes comes
to the same as it would uncut.
"""

from dataclasses import dataclass, replace

import numpy as np

from rating import grading
from rating.arrays import Flags, Longs, Rows, Whole
from rating.claims import Claims
from rating.codes import NONE, Grade
from rating.facts import Facts
from rating.money import Ratio, to_cents
from rating.terms import WHOLE_E4


@dataclass(frozen=True, slots=True)
class Measured:
    """Claims, and the pieces of them that a share is measured by: the claims themselves where no term is cut."""

    claims: Claims
    pieces: Claims
    at: Rows | None = None  # the claim of each piece; None where they are the same

    def __len__(self) -> int:
        return len(self.claims)

    def take(self, rows: Rows) -> "Measured":
        """Some claims with all their pieces, also those without a value: the last has the rest of what all come to."""
        claims = self.claims.take(rows)
        if self.at is None:
            return Measured(claims, claims)
        place = np.full(len(self), NONE, np.intp)
        place[rows] = np.arange(rows.size)
        kept = np.flatnonzero(place.take(self.at) >= 0)
        return Measured(claims, self.pieces.take(kept), place.take(self.at.take(kept)))

    def total(self, amounts: Longs) -> Longs:
        """Whole numbers of the pieces, added up by claim."""
        if self.at is None:
            return amounts
        total = np.zeros(len(self), np.int64)
        np.add.at(total, self.at, amounts)
        return total

    def any_of(self, flags: Flags) -> Flags:
        """The claims of which at least one piece is marked."""
        return flags if self.at is None else np.bincount(self.at, flags, len(self)) > 0

    def percent_of(self, cents: Longs) -> Longs:
        """The values as percents of an amount of each piece, rounded half up once per claim."""
        parts = cents * np.clip(self.pieces.value, 0, WHOLE_E4)
        return to_cents(Ratio((self.total(parts),), (WHOLE_E4,)))

    def values(self) -> Longs:
        """The one value of each claim; NONE where the rule has none, or where its pieces differ in it."""
        if self.at is None:
            return self.pieces.value
        least, most = np.full(len(self), np.iinfo(np.int64).max), np.full(len(self), NONE, np.int64)
        np.minimum.at(least, self.at, self.pieces.value)
        np.maximum.at(most, self.at, self.pieces.value)
        return np.where(least == most, most, NONE)


@dataclass(frozen=True, slots=True)
class Parts:
    """The covered pieces of the coverages of a chunk whose terms are cut."""

    facts: Facts  # of the pieces
    piece: Rows  # rows of the pieces
    of: Rows  # the coverage of each, as a row of the chunk
    premium: Longs  # (n of `facts`,) prorated cents
    fraction: tuple[Whole, Whole]  # (n of `facts`,) the part of the term charged

    def measure(self, claims: Claims) -> Measured:
        """The claims with their pieces. A value by tier is that of the piece; other values stand for the term."""
        place = np.full(claims.facts.n, NONE, np.intp)
        place[claims.rows] = np.arange(len(claims))
        kept = np.flatnonzero(place.take(self.of) >= 0)
        at, rows = place.take(self.of.take(kept)), self.piece.take(kept)
        rule, value = claims.rule.take(at), claims.value.take(at)
        by_tier = np.flatnonzero(claims.rules.grade.take(rule) == Grade.TIER)
        value[by_tier] = grading.values(self.facts, claims.rules, rows.take(by_tier), rule.take(by_tier))
        numerator, unit = self.fraction
        pieces = Claims(
            self.facts,
            claims.rules,
            rows,
            rule,
            value,
            self.premium.take(rows),
            (numerator.take(rows).astype(np.int64), unit.take(rows).astype(np.int64)),
        )
        return Measured(replace(claims, stated=_amounts(claims, pieces, at)), pieces, at)


def _amounts(claims: Claims, pieces: Claims, at: Rows) -> Longs:
    """The values as amounts; by tier each piece's for its part of the term, added up and rounded half up once. [cents]

    Example: 50.00 a month for the six months of EE and 90.00 for those of ES are 840.00.
    """
    amounts = claims.amounts()
    rows = np.flatnonzero(claims.rules.grade.take(claims.rule) == Grade.TIER)
    if not rows.size:
        return amounts
    parts = np.zeros(len(claims), object)
    np.add.at(parts, at, np.maximum(pieces.value, 0).astype(object) * pieces.fraction[0])
    months, divisor = (column.take(rows).astype(object) for column in claims.months())
    by = 2 * divisor * claims.fraction[1].take(rows)
    amounts[rows] = ((2 * 2 * parts[rows] * months + by) // (2 * by)).astype(np.int64)
    return amounts
