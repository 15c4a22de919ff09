"""What is filed for the coverages of a chunk: rate, factors, and whether all of them were found.

What lives here: `Filed`, read from the grid of all cases where the run has one, else column by column, and the
selection of a method's coverages that reads it. What does not: the grid (`rating.grid`), the look-up (`rating.lookup`).

Where the grid serves a chunk, the factors are only read if a method asks for them.
"""

from functools import cached_property

import numpy as np

from rating.arrays import Flags, Floats, Longs, Rows, Whole
from rating.facts import Facts
from rating.grid import Grid
from rating.layout import NO_CELL
from rating.pricing import Selection
from rating.recipes import Recipes
from rating.steps import rounded_in_steps


class Filed:
    """Columns of the chunk; NO_CELL where nothing is in force. Unit rates are kept in a column given, if one is,
    and read there to the end."""

    def __init__(self, facts: Facts, recipes: Recipes, grid: Grid | None, unit_rate_e6: Longs | None = None) -> None:
        self.facts, self.recipes = facts, recipes
        self.odd = np.empty(0, np.intp)  # coverages the grid does not serve, ascending
        if grid is not None and facts.notes is None:  # who asks for the steps gets them one by one
            self.odd = grid.odd_rows(facts)
        self.grid = grid if facts.notes is None and 2 * self.odd.size <= facts.n else None
        if self.grid is None:
            self.unit_rate_e6: Whole | Floats = recipes.rate.cells(facts)
            if unit_rate_e6 is not None:
                unit_rate_e6[:] = self.unit_rate_e6
            return
        self.place = self.grid.places(facts)
        rate, cents = self.grid.unit_rate_and_cents(self.place)
        self.cents: Floats = cents.astype(np.float64)
        self.unit_rate_e6 = np.empty(facts.n, np.int64) if unit_rate_e6 is None else unit_rate_e6
        self.unit_rate_e6[:] = rate
        if self.odd.size:
            self.unit_rate_e6[self.odd] = self._odd_columns[0]
            is_missing = np.minimum.reduce(self._odd_columns) < 0
            self.cents[self.odd] = np.where(is_missing, NO_CELL, 0)

    @cached_property
    def _odd_columns(self) -> tuple[Floats, ...]:
        """Rate and factors of the coverages that the grid does not serve."""
        return tuple(each.cells(self.facts, self.odd) for each in (self.recipes.rate, *self.recipes.factors))

    def odd_multiplied(self) -> tuple[Floats, list[Floats]]:
        """Their rate and factors as they are multiplied."""
        return self._as_multiplied(self._odd_columns, self.facts.table.take(self.odd))

    @cached_property
    def factors_e4(self) -> list[Floats]:
        """The factors of each coverage, in the order of the table."""
        return [factor.cells(self.facts) for factor in self.recipes.factors]

    @cached_property
    def missing(self) -> Rows:
        """Coverages for which the rate or a factor is not filed, ascending."""
        if not self.facts.n:
            return np.empty(0, np.intp)
        columns = (self.unit_rate_e6, *self.factors_e4) if self.grid is None else (self.cents,)
        found: Flags = columns[0] < 0
        for column in columns[1:]:
            found |= column < 0
        return np.flatnonzero(found)

    @cached_property
    def multiplied(self) -> tuple[Floats, list[Floats]]:
        """Rate and factors as they are multiplied: nothing where one is missing, rounded at the steps of the table."""
        return self._as_multiplied((self.unit_rate_e6, *self.factors_e4), None)

    def _as_multiplied(self, columns: tuple[Whole | Floats, ...], table: Rows | None) -> tuple[Floats, list[Floats]]:
        rate, *factors = (_not_negative(each) for each in columns)
        if not self.recipes.any_steps:
            return rate, factors
        return rounded_in_steps(self.facts.table if table is None else table, self.recipes, rate, factors)

    def is_zero(self, rows: Rows) -> Flags:
        """The rate or a factor of these coverages is filed as zero."""
        zero: Flags = self.unit_rate_e6[rows] == 0
        if self.grid is None:
            for column in self.factors_e4:
                zero |= column.take(rows) == 0
            return zero
        zero |= self.grid.is_free(self.place.take(rows))
        if self.odd.size:
            at = np.minimum(np.searchsorted(self.odd, rows), self.odd.size - 1)
            is_odd = self.odd.take(at) == rows
            zero[is_odd] = (np.minimum.reduce(np.abs(self._odd_columns)) == 0).take(at[is_odd])
        return zero


class FiledSelection(Selection):
    """A method's coverages, whose rates and factors are gathered when asked for."""

    def __init__(self, filed: Filed, which: Flags | None, loads: list[Floats]) -> None:
        super().__init__(filed.facts, filed.recipes, which, np.empty(0), ())
        self._filed, self._loads = filed, loads

    @property
    def unit_rate_e6(self) -> Floats:
        """As in every selection."""
        rate, _ = self._filed.multiplied
        return rate if self.rows is None else rate.take(self.rows)

    @property
    def factors_e4(self) -> tuple[Floats, ...]:
        """As in every selection; the load of continued cover is the last."""
        columns = (*self._filed.multiplied[1], *self._loads)
        return tuple(column if self.rows is None else column.take(self.rows) for column in columns)


def _not_negative(column: Whole | Floats) -> Floats:
    column = column.astype(np.float64, copy=False)
    return np.maximum(column, 0) if column.size and float(column.min()) < 0 else column
