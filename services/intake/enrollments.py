"""One row per enrollment: a person who is repeated for each plan becomes one person with several choices.

What lives here: the finding of such rows; their choices move to the person's first row, which also keeps the line.
What does not: true duplicates, which stay people and are refused later (BC-6).
"""

import polars as pl

from services.intake.skips import OTHER_PLAN

_IDENTITY = ("file_no", "employee_key", "first_name", "last_name", "association", "ssn")


def collapse(
    people: pl.DataFrame, typed: dict[str, pl.Series], choices: pl.DataFrame, amounts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """People with `same_person_other_plan` marked, and their choices and amounts at the first row."""
    generic = people["has_plan_per_row"]
    if not generic.any():
        return people, choices, amounts
    frame = people.select("person", *(name for name in _IDENTITY if name in people.columns), "has_plan_per_row")
    frame = frame.with_columns(typed["birth_date"].alias("birth_date")) if "birth_date" in typed else frame
    named = people["first_name"].is_not_null() & people["last_name"].is_not_null() & people["is_readable"]
    frame = frame.filter(generic & named).drop("has_plan_per_row")
    identity = [name for name in frame.columns if name != "person"]
    frame = frame.with_columns(pl.col("person").min().over(identity).alias("first"))
    # A row counts as another plan when no earlier row of the person chose the same.
    cells = choices.group_by("person").agg(pl.concat_str("product_type", pl.lit("|"), "cell", ignore_nulls=True).alias("c"))
    marked = frame.join(cells.with_columns(pl.col("c").list.sort().list.join("\n")), on="person", how="left")
    again = marked.select(pl.struct("first", "c").is_first_distinct()).to_series()
    moved = marked.filter((pl.col("person") != pl.col("first")) & again & pl.col("c").is_not_null())
    if not moved.height:
        return people, choices, amounts
    is_moved = people["person"].is_in(moved["person"].implode())
    people = people.with_columns(
        pl.when(is_moved).then(pl.lit(OTHER_PLAN)).otherwise("skip_reason").alias("skip_reason")
    )
    return people, _moved(choices, moved), _moved(amounts, moved)


def _moved(frame: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    to = moved.select("person", "first")
    return frame.join(to, on="person", how="left", maintain_order="left").with_columns(
        pl.coalesce("first", "person").alias("person")
    ).drop("first")
