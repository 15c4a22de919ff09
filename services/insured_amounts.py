"""Insured amounts of life cover by stretches of days: as a run stored them, else as the engine finds them.

What lives here: `amounts`. What does not: which cover counts (`services.imputed_cover`) and the amounts themselves
(`rating.benefits.volume`).

A run stores an amount where the rate multiplies it. A plan at one price per person, or at one for all children,
has an amount nonetheless: the kept inputs of the run then go through the very engine that rated it, with the rates of
these plans read as rates per $1,000, and only the amounts are taken from what comes out.
"""

import numpy as np
import polars as pl

from rating import Result, rate
from services.assemble import Gathered, assemble
from services.book import Transaction
from services.frozen import load
from services.inputs import Inputs

BY_AMOUNT = "volume"
"""The method that prices an amount of insurance."""
HELD = ("group_census_member_id", "contract_plan_id")
COLUMNS = ("coverage", "day_from", "day_to", "volume_cents")


def amounts(tx: Transaction, coverages: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Stretches with one amount: `coverage`, `day_from`, `day_to`, `volume_cents`, null where it cannot be known.

    `stored` has the stretches as they were stored. Kept inputs are read of runs in which an amount is missing from
    a coverage that has a premium, and only if they are still there.
    """
    lacking = stored.filter(pl.col("volume_cents").is_null())["coverage"].unique()
    asked = coverages.filter(pl.col("coverage").is_in(lacking.implode()) & pl.col("is_reproducible"))
    asked = asked.filter(pl.col("issue").is_null())
    if asked.is_empty():
        return stored.select(COLUMNS)
    found = pl.concat(_of_run(tx, run_id, rows) for (run_id,), rows in asked.group_by("rating_run_id"))
    kept = stored.select(COLUMNS).filter(~pl.col("coverage").is_in(found["coverage"].unique().implode()))
    return pl.concat([kept, found])


def _of_run(tx: Transaction, run_id: object, asked: pl.DataFrame) -> pl.DataFrame:
    """The amounts of some coverages of one run, from its kept inputs."""
    gathered = assemble(_by_amount(load(tx, str(run_id)), asked))
    made = _stretches(gathered, rate(gathered.batch, gathered.rates))
    return made.join(asked.select(*HELD, "coverage"), on=HELD, how="inner").select(COLUMNS)


def _by_amount(inputs: Inputs, asked: pl.DataFrame) -> Inputs:
    """The inputs with nothing but the plans at hand, their tables taken for rates per $1,000."""
    roots = inputs.offers.filter(pl.col("contract_plan_id").is_in(asked["contract_plan_id"].unique().implode()))
    coverages = inputs.coverages.filter(pl.col("root").is_in(roots["root"].unique().implode()))
    is_asked = pl.col("rate_table_id").is_in(roots["rate_table_id"].drop_nulls().unique().implode())
    tables = inputs.tables.with_columns(
        method=pl.when(is_asked).then(pl.lit(BY_AMOUNT)).otherwise("method"),
    )
    return Inputs.of({**inputs.frames(), "coverages": coverages, "tables": tables})


def _stretches(gathered: Gathered, result: Result) -> pl.DataFrame:
    """Amounts of all coverages of the batch by stretches of days; NONE becomes null."""
    member = gathered.plans["member"].gather(gathered.coverages["plan"])
    held = pl.DataFrame(
        {
            "group_census_member_id": gathered.members["group_census_member_id"].gather(member),
            "contract_plan_id": gathered.offers["contract_plan_id"].gather(gathered.coverages["offer"]),
        }
    )
    pieces = result.pieces
    whole = np.setdiff1d(np.arange(held.height), pieces.coverage)
    days = gathered.coverages.select(day_from="covered_from", day_to=pl.col("covered_to").dt.offset_by("-1d"))
    parts = pl.DataFrame(
        {
            "day_from": pieces.piece_from,
            "day_to": pieces.piece_to - np.timedelta64(1, "D"),
            "volume_cents": pieces.volume_cents,
        }
    ).cast({"day_from": pl.Date, "day_to": pl.Date})
    uncut = days[whole].with_columns(pl.Series("volume_cents", result.volume_cents.take(whole)))
    made = pl.concat([pl.concat([held[whole], uncut], how="horizontal"), _beside(held[pieces.coverage], parts)])
    return made.with_columns(pl.when(pl.col("volume_cents") >= 0).then("volume_cents"))


def _beside(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([left, right], how="horizontal")
