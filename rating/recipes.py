"""What pricing needs to know of tables and methods, resolved once per run for all offers.

What lives here: `Recipes`. What does not: the look-up (`rating.lookup`), terms of contracts (`rating.terms`).
"""

from dataclasses import dataclass

import numpy as np

from rating import methods
from rating.arrays import Bytes, Flags
from rating.batch import Batch
from rating.codes import NONE, Axis
from rating.columns import is_constant
from rating.facts import Facts
from rating.lookup import Recipe, recipe
from rating.tables import RateTables
from rating.terms import Terms


@dataclass(frozen=True, slots=True)
class Recipes:
    """Per offer, (n_offers,), and what holds for all."""

    tables: RateTables
    rate: Recipe
    factors: tuple[Recipe, ...]
    slots: tuple[int, ...]  # the factor column of the tables that each of them reads
    method: Bytes
    present: tuple[int, ...]  # methods of any offer
    tiered: Flags | None  # the price depends on the tier; None if none does
    rounding: Bytes | None  # MoneyRounding, where any table rounds otherwise than half up
    any_steps: bool  # a table rounds at stated steps
    any_evidence: bool

    def methods_of(self, facts: Facts) -> tuple[Bytes | None, tuple[int, ...]]:
        """The method of each coverage (None where there is but one) and which there are, in `methods.CODES`."""
        if len(self.present) < 2 and self.rate.unfiled is None:
            return None, self.present
        method = facts.method
        found = tuple(code for code in self.present if (method == code).any())
        return (None, found) if len(found) == 1 and method.min() >= 0 else (method, found)

    def priced_by(self, codes: tuple[str, ...]) -> Flags:
        """(n_offers,) the offer is priced by one of these methods."""
        return np.isin(self.method, [methods.CODES.index(code) for code in codes if code in methods.CODES])

    def n_present(self, codes: tuple[str, ...]) -> int:
        """How many of these methods price any offer."""
        return sum(methods.CODES[code] in codes for code in self.present)


def recipes_of(batch: Batch, terms: Terms, tables: RateTables) -> Recipes:
    """Resolve all tables named by the offers."""
    offers, kinds = batch.offers, terms.kinds
    table, method = terms.table.values, terms.method.take(kinds.first)  # per kind
    named = tables.factor_tables.take(table, axis=0).astype(np.intp)
    named[table == tables.nothing] = tables.nothing  # so that offers without a price set no example
    slots = tuple(np.flatnonzero(((named != tables.unit) & (named != tables.nothing)).any(axis=0)).tolist())
    tiered = (tables.uses.take(table) >> Axis.TIER & 1) == 1
    tiered |= np.isin(method, methods.having("PER_FAMILY"))
    rounding = tables.money_rounding.take(table)
    evidence = batch.coverages.evidence, batch.coverages.is_late
    return Recipes(
        tables=tables,
        rate=recipe(tables, table, kinds, offers, "rate"),
        factors=tuple(
            recipe(tables, np.ascontiguousarray(named[:, slot]), kinds, offers, f"factor_{slot + 1}") for slot in slots
        ),
        slots=slots,
        method=terms.method,
        present=_present(method),
        tiered=tiered.take(kinds.of) if tiered.any() else None,
        rounding=rounding.take(kinds.of) if rounding.any() else None,
        any_steps=bool((tables.round_places.take(table, axis=0) >= 0).any()),
        any_evidence=not all(is_constant(column) for column in evidence) or bool((offers.guaranteed_cents >= 0).any()),
    )


def _present(method: Bytes) -> tuple[int, ...]:
    """Methods of any offer, ascending; counted, which is faster than sorting."""
    return tuple((np.flatnonzero(np.bincount(method[method != NONE]))).tolist())
