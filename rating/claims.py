"""Coverages whose employer share takes more than one percentage of the own premium.

What lives here: `Claims`, those coverages with the value of the rule each chose, and the value of an amount over the
covered part of the term. What does not: the forms (`rating.shares`, `rating.pools`).
"""

from dataclasses import dataclass, replace

import numpy as np

from rating import grading
from rating.arrays import Floats, Longs, Rows, Whole
from rating.codes import NONE, Period
from rating.contribution import ContributionRules
from rating.facts import Facts
from rating.money import Ratio, to_cents


@dataclass(frozen=True, slots=True)
class Claims:
    """One row per coverage, (n_claims,)."""

    facts: Facts
    rules: ContributionRules
    rows: Rows  # rows of the chunk
    rule: Rows  # the rule chosen
    value: Longs  # percent x 10,000, or cents; NONE where the rule has none for the member
    premium: Longs  # prorated cents
    fraction: tuple[Longs, Longs]  # part of the term charged
    stated: Longs | None = None  # the values as amounts, where they are known already

    @classmethod
    def of(
        cls,
        facts: Facts,
        rules: ContributionRules,
        rows: Rows,
        rule: Rows,
        prorated: Floats,
        fraction: tuple[Whole, Whole],
    ) -> "Claims":
        """Those of some rows of a chunk, with what limits and values are applied to; values are not yet read."""
        return cls(
            facts,
            rules,
            rows,
            rule.take(rows),
            np.full(rows.size, NONE, np.int64),
            prorated.take(rows).astype(np.int64),
            (fraction[0].take(rows).astype(np.int64), fraction[1].take(rows).astype(np.int64)),
        )

    def __len__(self) -> int:
        return self.rows.size

    def take(self, at: Rows) -> "Claims":
        """Some of them."""
        return Claims(
            self.facts,
            self.rules,
            self.rows.take(at),
            self.rule.take(at),
            self.value.take(at),
            self.premium.take(at),
            (self.fraction[0].take(at), self.fraction[1].take(at)),
            None if self.stated is None else self.stated.take(at),
        )

    def valued(self) -> "Claims":
        """With the values of the rules, those of graded rules read from their steps."""
        return replace(self, value=grading.values(self.facts, self.rules, self.rows, self.rule))

    def part_charged(self) -> Floats:
        """The fraction as a float, to find the larger of two; never to compute with."""
        return self.fraction[0] / self.fraction[1]

    def of_part(self, term_cents: Longs) -> Longs:
        """What is left of an amount per term for the part of it that is charged, half up."""
        return to_cents(Ratio((term_cents, self.fraction[0]), (self.fraction[1],)))

    def amounts(self) -> Longs:
        """The values as amounts, each for its period, over the part of the term charged (CB-17), half up. [cents]

        Example: 20.00 a month, twelve months, 260 of 365 days: 20 x 12 x 260 / 365 = 170.96.
        """
        if self.stated is not None:
            return self.stated
        months, parts = self.months()
        return to_cents(Ratio((np.maximum(self.value, 0), months, self.fraction[0]), (parts, self.fraction[1])))

    def months(self) -> tuple[Longs, Longs]:
        """How often an amount is paid in the whole term, by its period: numerators and denominators."""
        terms, offer = self.facts.terms, self.facts.offer.take(self.rows)
        period = self.rules.amount_period.take(self.rule)
        is_term = period == Period.TERM
        months = np.where(is_term, 1, terms.months.take(offer))
        parts = np.where(is_term, 1, terms.month_parts.take(offer))
        return months, np.where(period == Period.ANNUAL, parts * 12, parts)
