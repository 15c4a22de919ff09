"""Elected amounts and other facts of a choice: each to the selection of its product type.

What lives here: finding the selection that a cell belongs to (the root plan of its type, else the coverage
whose own product is of that type) and whether it changes anything. What does not: what amounts and evidence
of insurability come to (the rating core).
"""

from dataclasses import dataclass

import polars as pl

from services.census_load.ledger import Ledger
from services.census_load.plan_cells import type_bit
from services.census_load.selections import Selections
from services.census_load.settling import FACTS
from services.dollars import dollars
from services.intake.landing import Landing


@dataclass(frozen=True)
class Amounts:
    """Facts of new selections (m, plan, and the columns of `FACTS`) and changed ones of stored selections."""

    added: pl.DataFrame
    changed: pl.DataFrame
    """member_plan_id, m, and the columns of `FACTS`; null leaves what is stored."""


def elect(landing: Landing, people: pl.DataFrame, selections: Selections, ledger: Ledger) -> Amounts:
    """The facts of accepted persons, put to their selections. A blank cell leaves what is stored as it is."""
    if landing.facts.is_empty() and landing.amounts["elected_cents"].null_count() == landing.amounts.height:
        none = selections.held.clear()
        return Amounts(none.select("m", "plan", *FACTS), none.select("member_plan_id", "m", *FACTS))
    members = selections.members.filter(pl.col("person").is_not_null()).select("person", "m")
    stated = _stated(landing).join(members, on="person", how="inner", maintain_order="left")
    money = pl.min_horizontal("elected_amount_cents", "approved_amount_cents")
    _say("negative_amount", stated.filter(money < 0), people, ledger)
    stated = stated.filter(money.fill_null(0) >= 0)
    homes = _homes(selections, stated["m"].unique())
    found = stated.join(homes, on=["m", "own_type"], how="left", maintain_order="left")
    lost = found.filter(pl.col("plan").is_null())
    # An amount of zero for a plan the member does not have says just that.
    _say("amount_without_plan", lost.filter(pl.col("elected_amount_cents") > 0), people, ledger)
    _say("fact_without_plan", lost.filter(pl.col("elected_amount_cents").is_null()), people, ledger)
    best = (
        found.drop_nulls("plan")
        .group_by("m", "plan", maintain_order=True)
        .agg(
            pl.col("member_plan_id").first(),
            *[pl.col(name).drop_nulls().first() for name in FACTS],
            *[pl.col(f"was_{name}").first() for name in FACTS],
        )
    )
    differs = pl.any_horizontal(
        pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"was_{name}")) for name in FACTS
    )
    is_new = pl.col("member_plan_id").is_null()
    return Amounts(
        added=best.filter(is_new).select("m", "plan", *FACTS),
        changed=best.filter(~is_new & differs).select("member_plan_id", "m", *FACTS),
    )


def _stated(landing: Landing) -> pl.DataFrame:
    """One row per cell: its person, place and product type, and its value in one of the columns of `FACTS`."""
    place = (pl.col("person").cast(pl.UInt32), pl.col("line_number").cast(pl.Int32), "column_name")
    own_type = type_bit(pl.col("product_type")).alias("own_type")
    amounts = landing.amounts.drop_nulls("elected_cents").select(
        *place, own_type, elected_amount_cents=pl.col("elected_cents").cast(pl.Int64)
    )
    facts = landing.facts.select(*place, own_type, *(name for name in FACTS if name != "elected_amount_cents"))
    return pl.concat([amounts, facts], how="diagonal")


def _homes(selections: Selections, of: pl.Series) -> pl.DataFrame:
    """For each member and product type the selection that can take a fact: a root plan before a coverage."""
    asked = pl.col("m").is_in(of.implode())
    was = [pl.col(name).alias(f"was_{name}") for name in FACTS]
    held = selections.held.filter(asked).select("m", "plan", "member_plan_id", *was)
    final = pl.concat([selections.added.filter(asked).select("m", "plan"), held], how="diagonal").join(
        selections.plans.select("plan", "is_root", plan_type_bit="type", product_bit="own_type"), on="plan"
    )
    typed = final.with_columns(own_type=pl.when("is_root").then("plan_type_bit").otherwise("product_bit"))
    return (
        typed.sort("m", "own_type", pl.col("is_root").not_(), "plan")
        .unique(["m", "own_type"], keep="first", maintain_order=True)
        .drop_nulls("own_type")
    )


def _say(code: str, faults: pl.DataFrame, people: pl.DataFrame, ledger: Ledger) -> None:
    if faults.is_empty():
        return
    at = people.select("person", "file_no", "person_no")
    told = faults.join(at, on="person", how="left", maintain_order="left")
    cents = pl.coalesce("elected_amount_cents", "approved_amount_cents")
    shown = pl.coalesce(
        dollars(cents).cast(pl.String),
        "evidence_status",
        pl.coalesce("approved_from", "original_effective_date").cast(pl.String),
    )
    ledger.say(code, told.select("file_no", "line_number", "person_no", "person", "column_name", raw_value=shown))
