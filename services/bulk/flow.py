"""The steps of a flow along an uploaded file: before its rows are validated, and between validation and saving.

What lives here: handing a step the rows of a file, and taking up what it changed and what it refused (BC-40, BC-42).
What does not: flows themselves (`services.flows`).
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from services.book import Transaction
from services.bulk.repeats import with_faults
from services.census_load.kinds import ERROR, ROW
from services.census_load.people import person_schema
from services.flows import Context, Flow, walk
from services.intake.landing import Landing

_FIXED = frozenset({"person", "file_no", "line_number", "person_no", "skip_reason", "primary_person", "link_kind",
                    "same_person", "ssn"})  # fmt: skip
"""What a step cannot change."""

Check = Callable[[pl.DataFrame], pl.DataFrame]
"""Judged people to issues in the columns of a load's ledger."""


def before_validation(tx: Transaction, landing: Landing, flow: Flow, context: Context) -> Landing:
    """The landing after the steps before validation. A step may read the book through `tx`, and write nothing."""
    if not flow.before:
        return landing
    live = landing.persons.filter(pl.col("skip_reason").is_null())
    free = [name for name in person_schema() if name in live.columns and name not in _FIXED]
    rows = live.select(pl.col("person").cast(pl.UInt32).alias("row"), *free)
    made, issues = walk(flow.before, tx, rows, context)
    changed = [name for name in free if not made[name].equals(rows[name], null_equal=True)]
    persons = landing.persons
    if changed:
        new = made.select("row", *(pl.col(name).cast(rows.schema[name]).alias(f"new_{name}") for name in changed))
        joined = persons.join(new, left_on="person", right_on="row", how="left", maintain_order="left")
        is_live = pl.col("skip_reason").is_null()
        persons = joined.with_columns(
            pl.when(is_live).then(f"new_{name}").otherwise(name).alias(name) for name in changed
        ).select(persons.columns)
    told = issues.join(
        persons.select(pl.col("person").cast(pl.UInt32).alias("row"), "file_no", "line_number", "person_no"), on="row"
    )
    faults = told.rename({"row": "person", "field": "column_name"}).with_columns(
        severity=pl.lit(ERROR), hint=pl.lit("")
    )
    return with_faults(replace(landing, persons=persons), faults)


def after_validation(tx: Transaction, flow: Flow, context: Context) -> Check | None:
    """The steps between validation and saving as a check of the load; None where the flow has none."""
    if not flow.after:
        return None

    def check(people: pl.DataFrame) -> pl.DataFrame:
        _, issues = walk(flow.after, tx, people.rename({"person": "row"}), context)
        at = people.select("person", "file_no", "line_number", "person_no")
        return issues.rename({"row": "person"}).join(at, on="person").with_columns(
            scope=pl.lit(ROW), severity=pl.lit(ERROR), published_code=pl.col("code"), hint=pl.lit("")
        )  # fmt: skip

    return check
