"""Part of a rival: in Polars coverages meet what is said of them by joins on the columns that name it, as in SQL.

What does not live here: the arithmetic, which is that of `benchmarks.polar`.
"""

from typing import Any

import polars as pl

from benchmarks.workload import N_AGES

CATEGORY, PRODUCT, PLAN = 2, 1, 0
LEVEL_BIT = 40
"""A rule's level and its rank in one number, as in the SQL: the greatest names the rule to apply."""

Lazy = dict[str, pl.LazyFrame]


def met(frames: dict[str, pl.DataFrame]) -> pl.LazyFrame:
    """Coverages beside what their members, offers, rates, areas and rules say."""
    lazy = {name: frame.lazy() for name, frame in frames.items()}
    born, on = pl.col("birth_date").dt, pl.col("age_date").dt
    is_before = _day_of_year(on) < pl.col("birthday")
    members = lazy["member"].select(
        "area",
        "class_slot",
        "is_dependent",
        member="member_row",
        birth_year=born.year(),
        birthday=_day_of_year(born),
        has_tobacco=pl.col("tobacco") == 1,
    )
    rates = lazy["rate"].select(
        "rate_table", "version_from", rate_age="age", rate_e6=pl.when(pl.col("rate_e6") >= 0).then("rate_e6")
    )
    areas = lazy["area_factor"].select("rate_table", "area", "factor_e4")
    return (
        lazy["coverage"]
        .join(members, on="member", how="left")
        .join(_sold(lazy), on="offer", how="left")
        .with_columns(age=on.year() - pl.col("birth_year") - is_before.cast(pl.Int32))
        .with_columns(rate_age=pl.col("age").clip(upper_bound=N_AGES - 1))
        .join(rates, on=["rate_table", "version_from", "rate_age"], how="left")
        .join(areas, on=["rate_table", "area"], how="left")
        .join(_ladder(lazy), on=["offer", "class_slot", "is_dependent"], how="left")
    )


def _day_of_year(date: Any) -> pl.Expr:
    """Month and day of dates in one number that ascends through the year."""
    return date.month().cast(pl.Int16) * 100 + date.day()


def _sold(lazy: Lazy) -> pl.LazyFrame:
    """Per offer that is sold: its table, the version of the rates in force, and its term."""
    versions = lazy["rate"].select("version_from").unique().sort("version_from")
    begins, ends = pl.col("term_from"), pl.col("term_to")
    sold = lazy["offer"].filter(pl.col("rate_table") >= 0).sort("term_from")
    return sold.join_asof(versions, left_on="term_from", right_on="version_from", coalesce=False).select(
        "rate_table",
        "version_from",
        "term_from",
        "term_to",
        offer="offer_row",
        by_volume=pl.col("rate_table") % 3 == 2,
        term_days=(ends - begins).dt.total_days().cast(pl.Int32),
    )


def _ladder(lazy: Lazy) -> pl.LazyFrame:
    """Each (offer, class, member type) and its rule, the strongest as in the SQL."""
    every = lazy["offer"].select("account", "product", "category", "root", "rate_table", offer="offer_row")
    sold = every.filter(pl.col("rate_table") >= 0)
    roots = every.filter(pl.col("offer") == pl.col("root")).select("root", root_product="product")
    under_root = sold.join(roots, on="root")
    levels = (
        (5, PLAN, sold, "offer"),
        (4, PRODUCT, sold, "product"),
        (3, PLAN, sold, "root"),
        (2, PRODUCT, under_root, "root_product"),
        (1, CATEGORY, sold, "category"),
    )
    is_dependent = pl.col("member_type") == 1
    named = pl.concat(
        [
            lazy["rule"]
            .filter(pl.col("target_kind") == kind)
            .join(offers, left_on=["account", "target"], right_on=["account", by], coalesce=False)
            .select("rule_row", "offer", "class_slot", is_dependent=is_dependent, strength=_strength(level))
            for level, kind, offers, by in levels
        ]
    )
    # A Subscriber rule serves dependents too, weaker than any Dependent rule.
    inherited = named.filter(~pl.col("is_dependent")).with_columns(is_dependent=pl.lit(True))
    best = (
        pl.concat([named, inherited])
        .group_by("offer", "class_slot", "is_dependent")
        .agg(rule=pl.col("rule_row").get(pl.col("strength").arg_max()))
    )
    return best.join(lazy["rule"].select("percent_e4", "cap_cents", rule="rule_row"), on="rule")


def _strength(level: int) -> pl.Expr:
    """Dependent rules of any level first, then the level, then the later rule."""
    own = pl.when(pl.col("member_type") == 1).then(10 + level).otherwise(level).cast(pl.Int64)
    return own * (1 << LEVEL_BIT) + pl.col("rank")
