"""Rates made from the census: kept with each run as estimates, and fixed for the plan year.

What lives here: the rows of `out.composite_rate`, the fixing of a run's estimates (`ref.final_rate`), and fixed rates
on their way to the core. What does not: how a rate is solved (`rating.solve`).

A fixed rate belongs to one plan and one term: the renewal estimates anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import Result
from rating.codes import NONE, RateState, Tier
from rating.methods import CODES
from rating.solved import Solved
from services.book import Transaction
from services.core_columns import ints
from services.refusals import Conflict, NotFound

if TYPE_CHECKING:
    from services.assemble import Gathered  # which hands fixed rates to the core

TIERS = tuple(tier.name.lower() for tier in Tier)
PLAIN = ("base_cents", "adult_cents", "child_cents", "n_adults", "n_children", "average_age", "n_lives")
SUMS = ("required_cents", "collected_cents", "n_left_out")


@dataclass(frozen=True)
class Fixed:
    """What was fixed: rates, and the cents they collect too many or too few in a rate period."""

    n_rates: int
    n_plans: int
    difference_cents: int


def rate_rows(gathered: "Gathered", result: Result, run_id: str) -> pl.DataFrame | None:
    """The rates of a run as rows of `out.composite_rate`; None where all rates are filed."""
    solved = result.solved
    if solved is None or solved.pools is None:
        return None
    offer = pl.Series(solved.offer)
    offers = gathered.batch.offers
    of_class = pl.DataFrame({"account": offers.account.take(solved.offer), "class_slot": solved.class_slot}).join(
        gathered.inputs.classes, on=["account", "class_slot"], how="left", maintain_order="left"
    )
    method = gathered.rates.tables.method.take(offers.rate_table.take(solved.offer))
    return pl.DataFrame(
        {
            "rating_run_id": pl.repeat(run_id, len(solved), eager=True),
            "contract_plan_id": gathered.offers["contract_plan_id"].gather(offer),
            "group_class_id": of_class["group_class_id"],
            "is_by_class": solved.pools.by_class.take(solved.offer),
            "term_start": gathered.offers["term_from"].gather(offer),
            "state": pl.Series([state.name for state in RateState], dtype=pl.String).gather(pl.Series(solved.state)),
            "method": pl.Series(CODES).gather(pl.Series(method)),
            **{name: _known(getattr(solved, name)) for name in (*PLAIN, *SUMS)},
            **{f"{tier}_cents": _known(solved.tier_cents[:, place]) for place, tier in enumerate(TIERS)},
            **{f"n_{tier}": _known(solved.tier_counts[:, place]) for place, tier in enumerate(TIERS)},
            "female_e4": _known(solved.female_e4),
            "difference_cents": np.where(solved.required_cents >= 0, solved.difference_cents, 0),
        }
    )


def store_rates(tx: Transaction, gathered: "Gathered", result: Result, run_id: str) -> None:
    """Keep the rates that a run made from the census beside its premiums."""
    rows = rate_rows(gathered, result, run_id)
    if rows is not None:
        with tx.lend(composite_rows=rows):
            tx.run("composite.insert")


def list_rates(tx: Transaction, run_id: str | None = None) -> pl.DataFrame:
    """The rates of a run, by default of the current run of every census, with names; NotFound for an unknown run."""
    _known_run(tx, run_id)
    return tx.frame("composite.rates", {"run_id": run_id})


def finalize(tx: Transaction, run_id: str, *, contract: str | None = None, now: datetime) -> Fixed:
    """Fix the estimates of a run for their plan years, all of them or those of one contract number.

    Raises NotFound for a run the book does not hold and where there is nothing to fix; Conflict where a rate is fixed
    already, or rests on people who could not be priced, or is no rate at all.
    """
    _known_run(tx, run_id)
    found = tx.frame("composite.estimates", {"run_id": run_id, "contract": contract})
    if found.is_empty():
        where = f" for the contract {contract}" if contract else ""
        raise NotFound(
            "composite_missing",
            "run",
            f"The run {run_id} has no estimate to fix{where}.",
            "See what it has: `benefits composite list`.",
        )
    _refuse(found.filter("is_fixed"), "composite_fixed", "is fixed already for its plan year", "It stands; rate again.")
    remedy = "See `benefits issues`, correct the members or the table, and rate again."
    _refuse(found.filter(pl.col("n_left_out") > 0), "composite_unpriced", "rests on people without a price", remedy)
    _refuse(found.filter(~pl.col("is_rate")), "composite_unsolved", "has nobody to be made from", remedy)
    tx.run("composite.fix", {"run_id": run_id, "contract": contract, "now": now})
    return Fixed(found.height, found["contract_plan_id"].n_unique(), int(found["difference_cents"].sum() or 0))


def final_rates(frame: pl.DataFrame) -> Solved | None:
    """Fixed rates as the core takes them; None where there is none."""
    if frame.is_empty():
        return None
    solved = Solved.unsolved(ints(frame["offer"]), ints(frame["class_slot"]))
    solved.state[:] = RateState.FINAL
    solved.put(np.arange(frame.height), {name: _longs(frame[name]) for name in (*PLAIN, *SUMS, "female_e4")})
    for place, tier in enumerate(TIERS):
        solved.tier_cents[:, place] = _longs(frame[f"{tier}_cents"])
        solved.tier_counts[:, place] = _longs(frame[f"n_{tier}"])
    return solved


def _known_run(tx: Transaction, run_id: str | None) -> None:
    if run_id is not None and not tx.rows("composite.run", {"run_id": run_id}):
        raise NotFound(
            "run_missing", "run", f"There is no run {run_id}.", "`benefits export runs runs.csv` lists them."
        )


def _refuse(rows: pl.DataFrame, code: str, says: str, remedy: str) -> None:
    """Nothing is fixed while one of the rates cannot be."""
    if not rows.is_empty():
        first: Sequence[str] = rows["plan_name"].head(1).to_list()
        more = f" (and {rows.height - 1:,} more)" if rows.height > 1 else ""
        raise Conflict(code, "run", f"The rate of {first[0]}{more} {says}.", remedy)


def _known(column: NDArray[np.int64]) -> pl.Series:
    """A column with NONE as null."""
    series = pl.Series("value", np.ascontiguousarray(column))
    return pl.select(pl.when(series != NONE).then(series)).to_series()


def _longs(column: pl.Series) -> NDArray[np.int64]:
    return column.cast(pl.Int64).fill_null(NONE).to_numpy()
