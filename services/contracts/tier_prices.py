"""Prices that a contract keeps from its quote, whatever becomes of the rate tables (CQ-14, GR-27).

What lives here: tier prices as the text of a plan's pricing structure, and rates made from the census of the quote,
fixed for the term. What does not: how a kept price is used (`sql/gather.sql`), and rates by age, which are rated
again (GR-28).

Prices are those of the day that the line was rated on, even where the contract begins on another: what was sold is
what was shown. Rates by age, that of an average age too, are those of the day that the plan's rate basis says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from services.asked import Quote
from services.book import Transaction
from services.contracts.plans import SOLVED
from services.dollars import dollars
from services.pricing import price

FILED, FROM_CENSUS = "composite_tier", "composite_solved"
_FIXED = (FROM_CENSUS, "aca_composite", "average_age")
_TIERS = {
    "ee_cents": "Employee Only",
    "es_cents": "Employee & Spouse",
    "e1c_cents": "Employee & One Child",
    "ecn_cents": "Employee & Children",
    "fam_cents": "Employee & Family",
}
_RATES = pl.Schema(
    {
        "quote_line_id": pl.String,
        "tier": pl.String,
        "rate": pl.Float64,
        "keys": pl.List(pl.String),
        "axes": pl.List(pl.String),
        "rate_period": pl.String,
        "settings": pl.String,
    }
)


@dataclass(frozen=True)
class Kept:
    """`structures`: quote_line_id, pricing_structure. `final`: rows of `ref.final_rate` by line, or None."""

    structures: pl.DataFrame
    final: pl.DataFrame | None


def kept(tx: Transaction, quote: Mapping[str, Any], plans: pl.DataFrame) -> Kept:
    """The prices to keep of the plans that lines become, each as it is on the day that its line was rated on."""
    plans = plans.with_columns(pl.col("rating_date").fill_null(pl.lit(quote["rating_date"], pl.Date)))
    with_table = plans.filter(pl.col("rate_table_id").is_not_null()).select(
        "quote_line_id", "rate_table_id", "method", "rating_date"
    )
    with tx.lend(tier_lines=with_table.filter(pl.col("method") == FILED)):
        rates = tx.frame("contracts.filed_tiers").cast(_RATES)
    final = None
    if not with_table.filter(pl.col("method").is_in(SOLVED) & pl.col("method").is_in(_FIXED)).is_empty():
        final = _solved(tx, quote, plans)
        rates = pl.concat([rates, _by_tier(tx, final, with_table)])
    with tx.lend(tier_rates=rates):
        return Kept(tx.frame("contracts.structures"), final)


def _solved(tx: Transaction, quote: Mapping[str, Any], plans: pl.DataFrame) -> pl.DataFrame:
    """The rates that the quote was priced at, made from its census once more: the quote is not stale."""
    coverages = plans.filter(pl.col("level") == "COVERAGE")
    by_day = coverages.group_by("rating_date").agg(pl.col("root_line_id").unique()).sort("rating_date")
    found = [price(tx, Quote(quote["quote_id"], roots, day)).solved for day, roots in by_day.iter_rows()]
    made = pl.concat([each for each in found if each is not None])
    return made.filter(
        pl.col("method").is_in(_FIXED)
        & ~(pl.col("is_by_class") & (pl.col("n_lives").fill_null(0) == 0)).fill_null(False)
    )


def _by_tier(tx: Transaction, final: pl.DataFrame, tables: pl.DataFrame) -> pl.DataFrame:
    """Rates made from the census as tier prices; ratios of tiers know no classes, so each plan has one rate."""
    rows = final.filter((pl.col("method") == FROM_CENSUS) & (pl.col("ee_cents").fill_null(-1) >= 0))
    with tx.lend(tier_lines=tables):
        periods = tx.frame("contracts.periods")
    rows = rows.rename({"contract_plan_id": "quote_line_id"}).join(periods, on="quote_line_id", how="left")
    has_one_child = pl.col("e1c_cents") != pl.col("ecn_cents")
    long = rows.with_columns(e1c_cents=pl.when(has_one_child).then("e1c_cents")).unpivot(
        list(_TIERS), index=["quote_line_id", "rate_period"]
    )
    none = pl.lit([], pl.List(pl.String))
    return long.filter(pl.col("value") >= 0).select(
        "quote_line_id",
        tier=pl.col("variable").replace_strict(_TIERS, return_dtype=pl.String),
        rate=dollars(pl.col("value")),
        keys=none,
        axes=none,
        rate_period="rate_period",
        settings=pl.lit(None, pl.String),
    )
