"""Values that a table prices as its limit, for whoever explains a premium.

What lives here: the note of each such value, and of the limit that stood in for it. What does not: the look-up, which
holds values within the limits by itself (`rating.lookup`), and words. Nothing is looked for unless somebody asks.
"""

import numpy as np

from rating.codes import BANDED, NONE, OutsideTable
from rating.facts import Facts
from rating.layout import SEARCHED
from rating.lookup import Recipe
from rating.recipes import Recipes


def note_clamps(facts: Facts, recipes: Recipes) -> None:
    """Columns `rate_age_was` and `rate_age_held` (`factor_2_salary_was`...) where a limit stood in for a value.

    A table that does not vary by the fact has nothing to clamp, and one that does not clamp raises an issue.
    """
    for recipe in (recipes.rate, *recipes.factors):
        if recipe.has_limits:
            _note(facts, recipe)


def _note(facts: Facts, recipe: Recipe) -> None:
    tables, table = recipe.tables, recipe.table.take(facts.offer)
    clamps = tables.outside.take(table) == OutsideTable.CLAMP
    for axis in sorted(BANDED):
        low, high = tables.low[axis].take(table), tables.high[axis].take(table)
        is_limited = clamps & ((low >= 0) | (high >= 0)) & (recipe.uses.take(facts.offer) >> axis & 1 == 1)
        if not is_limited.any():
            continue
        value = facts.slots(axis).astype(np.int64) - (0 if axis in SEARCHED else 1)  # mapped slots are the value + 1
        held = np.maximum(value, low)
        held = np.where(high >= 0, np.minimum(held, high), held)
        is_held = is_limited & (value >= 0) & (held != value)
        name = f"{recipe.name}_{axis.name.lower()}"
        facts.note(f"{name}_was", np.where(is_held, value, NONE))
        facts.note(f"{name}_held", np.where(is_held, held, NONE))
