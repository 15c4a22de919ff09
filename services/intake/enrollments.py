"""One row per enrollment: a person who is repeated for each plan becomes one person with several choices.

What lives here: the finding of such rows; their choices move to the person's first row, which also keeps the line.
What does not: true duplicates, which stay people and are refused later (BC-6).
"""

import polars as pl

from services.intake.skips import OTHER_PLAN

_IDENTITY = ("file_no", "employee_key", "first_name", "last_name", "association", "ssn")


def collapse(
    people: pl.DataFrame, typed: dict[str, pl.Series], placed: pl.DataFrame, wrong: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People with `same_person_other_plan` marked, and the elections moved to each person's first row.

    Rows with an error (`wrong`) stay as they are: they are refused with their elections.
    """
    taking_part = people["has_plan_per_row"] & people["is_readable"] & ~people["person"].is_in(wrong.implode())
    taking_part &= people["first_name"].is_not_null() & people["last_name"].is_not_null()
    if not taking_part.any():
        return people, placed
    frame = people.select("person", *(name for name in _IDENTITY if name in people.columns))
    frame = frame.with_columns(typed["birth_date"].alias("birth_date")) if "birth_date" in typed else frame
    frame = frame.filter(taking_part)
    identity = [name for name in frame.columns if name != "person"]
    # A row counts as another plan when no earlier row of the person elected the same.
    cell = pl.concat_str("field", "product_type", "word", separator="|", ignore_nulls=True)
    elected = placed.group_by("person").agg(cell.sort().str.join("\n").alias("elected"))
    marked = frame.with_columns(pl.col("person").min().over(identity).alias("first")).join(
        elected, on="person", how="left"
    )
    another = marked.select(pl.struct("first", "elected").is_first_distinct()).to_series()
    moved = marked.filter(another & (pl.col("person") != pl.col("first")) & pl.col("elected").is_not_null())
    if not moved.height:
        return people, placed
    is_moved = pl.col("person").is_in(moved["person"].implode())
    people = people.with_columns(
        pl.when(is_moved).then(pl.lit(OTHER_PLAN)).otherwise("skip_reason").alias("skip_reason")
    )
    to = moved.select("person", "first")
    placed = placed.join(to, on="person", how="left", maintain_order="left")
    return people, placed.with_columns(pl.coalesce("first", "person").alias("person")).drop("first")
