"""Elected amounts of insurance: each to the selection of its product type.

What lives here: finding the selection an amount belongs to (the root plan of its type, else the coverage
whose own product is of that type) and whether it changes anything. What does not: the amount's effect.
"""

from dataclasses import dataclass

import polars as pl

from services.census_load.ledger import Ledger
from services.census_load.plan_cells import type_bit
from services.census_load.selections import Selections
from services.intake.landing import Landing


@dataclass(frozen=True)
class Amounts:
    """Amounts of new selections (m, plan, elected_amount_cents) and changed ones of stored selections."""

    added: pl.DataFrame
    changed: pl.DataFrame
    """member_plan_id, elected_amount_cents, m."""


def elect(landing: Landing, people: pl.DataFrame, selections: Selections, ledger: Ledger) -> Amounts:
    """The amounts of accepted persons, put to their selections. A blank cell leaves a stored amount as it is."""
    members = selections.members.filter(pl.col("person").is_not_null()).select("person", "m")
    stated = (
        landing.amounts.select(
            pl.col("person").cast(pl.UInt32),
            "line_number",
            "column_name",
            own_type=type_bit(pl.col("product_type")),
            cents=pl.col("elected_cents").cast(pl.Int64),
        )
        .join(members, on="person", how="inner", maintain_order="left")
        .drop_nulls("cents")
    )
    _say("negative_amount", stated.filter(pl.col("cents") < 0), people, ledger)
    stated = stated.filter(pl.col("cents") >= 0)
    homes = _homes(selections, stated["m"].unique())
    found = stated.join(homes, on=["m", "own_type"], how="left", maintain_order="left")
    # An amount of zero for a plan the member does not have says just that.
    _say("amount_without_plan", found.filter(pl.col("plan").is_null() & (pl.col("cents") > 0)), people, ledger)
    best = found.drop_nulls("plan").unique(["m", "plan"], keep="first", maintain_order=True)
    differs = pl.col("member_plan_id").is_not_null() & pl.col("elected_amount_cents").ne_missing(pl.col("cents"))
    return Amounts(
        added=best.filter(pl.col("member_plan_id").is_null()).select("m", "plan", elected_amount_cents="cents"),
        changed=best.filter(differs).select("member_plan_id", "m", elected_amount_cents="cents"),
    )


def _homes(selections: Selections, of: pl.Series) -> pl.DataFrame:
    """For each member and product type the selection that can take an amount: a root plan before a coverage."""
    asked = pl.col("m").is_in(of.implode())
    final = pl.concat(
        [
            selections.added.filter(asked).select(
                "m", "plan", member_plan_id=pl.lit(None, pl.String), elected_amount_cents=pl.lit(None, pl.Int64)
            ),
            selections.held.filter(asked).select("m", "plan", "member_plan_id", "elected_amount_cents"),
        ]
    ).join(selections.plans.select("plan", "is_root", plan_type_bit="type", product_bit="own_type"), on="plan")
    typed = final.with_columns(own_type=pl.when("is_root").then("plan_type_bit").otherwise("product_bit"))
    return (
        typed.sort("m", "own_type", pl.col("is_root").not_(), "plan")
        .unique(["m", "own_type"], keep="first", maintain_order=True)
        .drop_nulls("own_type")
    )


def _say(code: str, faults: pl.DataFrame, people: pl.DataFrame, ledger: Ledger) -> None:
    at = people.select("person", "file_no", "person_no")
    told = faults.join(at, on="person", how="left", maintain_order="left")
    shown = (pl.col("cents") / 100).cast(pl.String)
    ledger.say(code, told.select("file_no", "line_number", "person_no", "person", "column_name", raw_value=shown))
