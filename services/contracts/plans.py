"""The plans and coverages that the lines of a quote become (CQ-6, CQ-7, CQ-8).

What lives here: which lines are one coverage, their prices, codes and classes. What does not: ids, and values that hold
for the whole contract (`making`), and tier prices (`tier_prices`).

Lines of one product under one root are one coverage of several classes. Lines that differ in attributes, or in being
optional, are coverages of their own, since a coverage has one value of each; so are lines whose rate was made from the
people of their class, since each then has its own.
"""

from dataclasses import dataclass

import polars as pl

from rating.methods import CODES, having
from services.book import Transaction

SOLVED = tuple(CODES[code] for code in having("solve"))
_SAME = ("root_line_id", "level", "product_id", "is_optional", "attributes")
_LONGEST = 80


@dataclass(frozen=True)
class Laid:
    """What the lines become.

    `plans`: a row per root and coverage, roots before their coverages: quote_line_id (the first line), root_line_id,
    level, product_id, name, is_optional, cents, plan_code, plan_type, product_category_id, rate_table_id, method.
    `classes`: quote_line_id of the plan, group_class_id, line_id (the line, or group summary, that said so).
    """

    plans: pl.DataFrame
    classes: pl.DataFrame


def lines(tx: Transaction, quote_id: str) -> pl.DataFrame:
    """Root and coverage lines with the first line of the plan they become, and what callers name them by."""
    first = _grouped(tx.frame("contracts.priced_lines", {"quote_id": quote_id})).select("line_id", "quote_line_id")
    named = tx.frame("contracts.lines", {"quote_id": quote_id}).rename({"quote_line_id": "line_id"})
    return named.join(first, on="line_id", maintain_order="left")


def lay_out(tx: Transaction, quote_id: str) -> Laid:
    """Group the lines of a quote."""
    grouped = _grouped(tx.frame("contracts.priced_lines", {"quote_id": quote_id}))
    plans = grouped.group_by("quote_line_id", maintain_order=True).agg(
        pl.col("cents").sum().alias("own_cents"), pl.exclude("cents", "line_id", "group_class_id").first()
    )
    of_root = (
        plans.filter(pl.col("level") == "COVERAGE").group_by("root_line_id").agg(sum_cents=pl.col("own_cents").sum())
    )
    plans = plans.join(of_root, on="root_line_id", how="left", maintain_order="left").with_columns(
        cents=pl.when(pl.col("level") == "ROOT").then(pl.coalesce("sum_cents", "own_cents")).otherwise("own_cents")
    )
    summaries = tx.frame("contracts.summaries", {"quote_id": quote_id})
    return Laid(_coded(plans), _classes(grouped, summaries))


def _grouped(rows: pl.DataFrame) -> pl.DataFrame:
    """The lines as `line_id`, with `quote_line_id`, the first of those that are one coverage.

    Lines for everybody and lines for a class are never one, nor are two lines for the same class.
    """
    keyed = rows.rename({"quote_line_id": "line_id"}).with_columns(
        is_open=pl.col("group_class_id").is_null(),
        alone=pl.when(pl.col("method").is_in(SOLVED) & (pl.col("level") == "COVERAGE")).then("line_id"),
    )
    keyed = keyed.with_columns(place=pl.int_range(pl.len()).over(*_SAME, "group_class_id"))
    first = pl.col("line_id").first().over(*_SAME, "is_open", "alone", "place")
    return keyed.with_columns(quote_line_id=first).drop("is_open", "alone", "place")


def _coded(plans: pl.DataFrame) -> pl.DataFrame:
    """Codes of products as codes of plans, a repeated one with a number; codes of roots go before those of
    coverages.
    """
    at_most = pl.col("product_code").str.slice(0, _LONGEST - 6)
    key = at_most.str.to_lowercase()
    ordered = plans.with_row_index("at").sort(pl.col("level") != "ROOT", "at")
    turn = ordered.with_columns(turn=pl.int_range(1, pl.len() + 1).over(key))
    return (
        turn.with_columns(
            plan_code=pl.when(pl.col("turn") == 1).then(at_most).otherwise(pl.format("{}-{}", at_most, "turn"))
        )
        .with_columns(again=pl.int_range(1, pl.len() + 1).over(pl.col("plan_code").str.to_lowercase()))
        .with_columns(  # a product may be called what a number made of another
            plan_code=pl.when(pl.col("again") == 1).then("plan_code").otherwise(
                pl.format("{}-{}", pl.col("plan_code").str.slice(0, _LONGEST - 20), "quote_line_id")
            )
        )
        .sort("at")
        .drop("at", "turn", "again")
    )  # fmt: skip


def _classes(grouped: pl.DataFrame, summaries: pl.DataFrame) -> pl.DataFrame:
    """Classes of coverages, and of roots of which every group summary has a class; a blank one opens the plan to
    all.
    """
    of_coverages = grouped.filter((pl.col("level") == "COVERAGE") & pl.col("group_class_id").is_not_null())
    roots = summaries.filter(~pl.col("group_class_id").is_null().any().over("root_line_id")).filter(
        ~pl.col("root_line_id").is_in(
            grouped.filter((pl.col("level") == "COVERAGE") & pl.col("group_class_id").is_null())[
                "root_line_id"
            ].implode()
        )
    )
    return pl.concat(
        [
            roots.select(pl.col("root_line_id").alias("quote_line_id"), "group_class_id", line_id="quote_line_id"),
            of_coverages.select("quote_line_id", "group_class_id", "line_id"),
        ]
    )
