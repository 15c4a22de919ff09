"""Tables that contradict their method: refused before anything is priced.

What lives here: what the methods ask of a table's axes, factors, period and base table, where they ask anything. What
does not: contradictions among cells (`rating.packing`), and rules on the sheets of the shelf.
"""

from collections.abc import Sequence

import numpy as np

from rating import methods
from rating.arrays import Flags, Ints
from rating.codes import NONE, Axis, Period
from rating.layout import FACTOR, RatesError, refuse_beyond
from rating.tables import RateTables

RATIO_AXES = sum(1 << axis for axis in (Axis.TIER, Axis.INDUSTRY, Axis.PLAN, Axis.GROUP_SIZE, Axis.PARTICIPATION))
"""Bits of the axes that tier ratios may vary by: facts of the group, not of a person."""


def check_tables(tables: RateTables, names: Sequence[str] = ()) -> None:
    """Refuse tables of these methods that contradict themselves: `RatesError` says which and why."""
    uses = tables.uses[: len(tables)]
    method = tables.method[: len(tables)]
    refuse_beyond("The rate tables' method", method, FACTOR, len(methods.CODES) - 1)
    named = tables.factor_tables[: len(tables)]
    factor_uses = np.bitwise_or.reduce(tables.uses.take(named), axis=1, initial=0)
    has_factors = (named != tables.unit).any(axis=1)
    has_steps: Flags = np.logical_or.reduce(tables.round_places[: len(tables)] >= 0, axis=1)
    base = tables.base_table[: len(tables)]

    def refuse(code: str, wrong: Flags, says: str) -> None:
        rows = np.flatnonzero((method == methods.CODES.index(code)) & wrong)
        if rows.size:
            row = int(rows[0])
            raise RatesError(f"Rate table {names[row] if names else row} of method {code}: {says}")

    def varies(column: Ints, axis: Axis) -> Flags:
        return (column >> axis & 1) == 1

    refuse("aca_composite", varies(uses, Axis.TOBACCO), "state tobacco as a factor table, so the average can omit it.")
    refuse("aca_composite", has_steps, "it cannot round between factors, because the average omits one of them.")
    refuse("aca_composite", base >= 0, "it averages its own rates and has no base table.")
    refuse(
        "composite_solved",
        (uses & ~RATIO_AXES) != 0,
        "ratios may vary by tier and by facts of the group only.",
    )
    refuse("composite_solved", has_factors | has_steps, "factors belong to its base table.")
    refuse("composite_solved", tables.period[: len(tables)] != Period.MONTHLY, "composite rates are monthly.")
    priced = np.where(base >= 0, method.take(np.maximum(base, 0)), NONE)
    refuse("composite_solved", np.isin(priced, methods.having("sums")), "its base table may not be solved itself.")
    other = tables.period.take(np.maximum(base, 0)) != Period.MONTHLY
    refuse("composite_solved", (base >= 0) & (other | (priced == FACTOR)), "its base table states monthly rates.")
    refuse("experience_blend", has_steps, "it cannot round between factors, because its rate is a blend.")
    refuse("age_curve", varies(uses, Axis.AGE), "a table filed by age needs no curve: use age_banded or child_capped.")
    refuse("age_curve", ~varies(factor_uses, Axis.AGE), "name the curve, a factor table by age.")
