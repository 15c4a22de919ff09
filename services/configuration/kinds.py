"""The built-in kinds of configuration rules: a plan needs another, excludes another, or is for some ages (EC-7).

What lives here: what rules see (`Choices`) and say (`MESSAGES`), and three kinds as functions over all members. What
does not: running them (`engine`).
"""

from dataclasses import dataclass

import polars as pl

ERROR, INFO = "Error", "Info"

MESSAGES = pl.Schema({"m": pl.Int64, "plan": pl.Int64, "type": pl.String, "message": pl.String})
"""What a rule says: to which member, about which plan (null: the member as a whole), Error or Info, and the words."""


@dataclass(frozen=True)
class Choices:
    """Members with their families, and what they choose."""

    members: pl.DataFrame
    """m, head (m of the primary), group_census_member_id, association, birth_date, as_of (day on which ages count)."""
    plans: pl.DataFrame
    """plan, root (number of the root plan), contract_plan_id, name, plan_type, is_root, is_optional."""
    chosen: pl.DataFrame
    """m, plan: choices of the members judged, and what the rest of the family holds."""
    attributes: pl.DataFrame
    """plan, attribute_name, value."""


def needs(rules: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """A plan may be chosen only beside another."""
    chosen = choices.chosen.join(rules.select("plan", "other", "message"), on="plan", how="inner")
    alone = chosen.join(choices.chosen.select("m", other="plan"), on=["m", "other"], how="anti")
    return _about(_named(alone, choices), pl.format("{} needs {}.", "name", "other_name"))


def excludes(rules: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """Two plans may not be chosen together; the one the rule is about gives way."""
    chosen = choices.chosen.join(rules.select("plan", "other", "message"), on="plan", how="inner")
    both = chosen.join(choices.chosen.select("m", other="plan"), on=["m", "other"], how="semi")
    return _about(_named(both, choices), pl.format("{} can't be combined with {}.", "name", "other_name"))


def age_limit(rules: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """A plan or coverage is for members from an age, up to an age, or both, in completed years."""
    about = rules.select("plan", "minimum_age", "maximum_age", "message", other=pl.lit(None, pl.Int64))
    chosen = choices.chosen.join(about, on="plan", how="inner").join(
        choices.members.select("m", "birth_date", "as_of"), on="m", how="inner"
    )
    chosen = chosen.with_columns(age=completed_years("birth_date", "as_of"))
    outside = (pl.col("age") < pl.col("minimum_age")).fill_null(False) | (
        pl.col("age") > pl.col("maximum_age")
    ).fill_null(False)
    found = _named(chosen.filter(outside | pl.col("age").is_null()), choices)
    low, high = pl.col("minimum_age"), pl.col("maximum_age")
    text = (
        pl.when(pl.col("age").is_null())
        .then(pl.format("{} has an age limit, and the member no date of birth.", "name"))
        .when(high.is_null())
        .then(pl.format("{} is for ages from {}.", "name", low))
        .when(low.is_null())
        .then(pl.format("{} is for ages up to {}.", "name", high))
        .otherwise(pl.format("{} is for ages {} to {}.", "name", low, high))
    )
    return _about(found, text)


def completed_years(born: str, day: str) -> pl.Expr:
    """Age in completed years; who was born on 29 February has the birthday on 1 March in other years."""
    early = _month_and_day(day) < _month_and_day(born)
    return pl.col(day).dt.year() - pl.col(born).dt.year() - early.cast(pl.Int32)


def _month_and_day(column: str) -> pl.Expr:
    """Month and day as one number that rises through the year."""
    return pl.col(column).dt.month().cast(pl.Int32) * 100 + pl.col(column).dt.day().cast(pl.Int32)


def _named(found: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """Rows with the names of the plan and the other plan."""
    names = choices.plans.select("plan", "name")
    others = names.rename({"plan": "other", "name": "other_name"})
    return found.join(names, on="plan", how="left").join(others, on="other", how="left").sort("m", "plan")


def _about(found: pl.DataFrame, text: pl.Expr) -> pl.DataFrame:
    """Errors in the rule's own words, else in the standard ones."""
    return found.select("m", "plan", type=pl.lit(ERROR), message=pl.coalesce("message", text))
