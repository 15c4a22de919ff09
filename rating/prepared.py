"""What a run resolves once for all its chunks: terms, tables, contribution rules.

What lives here: `Prepared` and the order it is made in. What does not: anything per coverage.
"""

from concurrent.futures import Executor, Future
from dataclasses import dataclass

from rating.batch import Batch
from rating.changes import Triggers, triggers_of
from rating.grid import Grid, grid_of
from rating.ladder import Ladder, ladder
from rating.rates import Rates
from rating.recipes import Recipes, recipes_of
from rating.terms import Terms, terms_of


@dataclass(frozen=True, slots=True)
class Prepared:
    """What depends on the offers alone, once for all chunks."""

    terms: Terms
    recipes: Recipes
    grid: Grid | None  # prices of all cases, where they are few
    triggers: Triggers
    rungs: Future[Ladder]  # made while the first chunks are priced

    @property
    def ladder(self) -> Ladder:
        """The rules of all offers, as soon as they are resolved."""
        return self.rungs.result()


def prepare(batch: Batch, rates: Rates, pool: Executor) -> Prepared:
    """Check the batch and the rules, and resolve all offers. Raises `BatchError`, or `RatesError` for the rules, before
    anything that a broken one breaks.

    The values of coverages, which nothing here reads, are checked by whoever reads them first.
    """
    rungs = pool.submit(ladder, batch.offers, rates.rules)
    # Beside the ladder, which others wait for; what a broken batch does to that is dropped with it.
    _check(batch, rates)
    terms = terms_of(batch.offers, batch.reductions, rates.tables)
    recipes = recipes_of(batch, terms, rates.tables)
    triggers = triggers_of(batch, terms, rates.tables, rates.rules)
    grid = grid_of(recipes, terms, len(batch.coverages))
    return Prepared(terms, recipes, grid, triggers, rungs)


def _check(batch: Batch, rates: Rates) -> None:
    batch.check_structure()
    rates.rules.check()
