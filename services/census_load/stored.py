"""What the book holds of the censuses about to be loaded, read once before anything is decided.

What lives here: the reads, as frames for all censuses together. What does not: any decision, any write.
"""

from dataclasses import dataclass

import polars as pl

from services.book import Transaction
from services.intake.landing import Landing
from services.refusals import NotFound


@dataclass(frozen=True)
class Stored:
    """The book's side of a load."""

    files: pl.DataFrame
    """Landed files: file_no, group_census_id, sha256, twin, and census_file_id where the bytes were loaded before."""
    targets: pl.DataFrame
    """One row per census, with its account, contract and version."""
    members: pl.DataFrame
    """Members of the censuses, all columns of book.census_member, by id, with `stored` (row number)."""
    selections: pl.DataFrame
    """Selections of the members; of a load also `is_completed`, whatever became of the policies since."""
    classes: pl.DataFrame
    class_summaries: pl.DataFrame
    plans: pl.DataFrame
    plan_classes: pl.DataFrame


def read_stored(tx: Transaction, landing: Landing) -> Stored:
    """Everything a load needs to know of the book; NotFound when a census is not in it."""
    files = landing.files.select(
        "file_no", pl.col("census_id").alias("group_census_id"), pl.col("sha256").fill_null("")
    ).with_columns(twin=pl.int_range(pl.len(), dtype=pl.Int32).over("group_census_id", "sha256"))
    with tx.lend(load_files=files):
        targets = tx.frame("census.targets")
        known = tx.frame("census.known_files")
        members = tx.frame("census.members").with_row_index("stored")
        selections = _as_held(tx, tx.frame("census.selections"))
    unknown = files.join(targets, on="group_census_id", how="anti")
    if unknown.height:
        raise NotFound(
            "census_missing", "census", f"There is no census {unknown['group_census_id'][0]}.", "Check its id."
        )
    with tx.lend(load_targets=targets):
        return Stored(
            files=files.join(known, on=["group_census_id", "sha256", "twin"], how="left", maintain_order="left"),
            targets=targets,
            members=members,
            selections=selections,
            classes=tx.frame("census.classes"),
            class_summaries=tx.frame("census.class_summaries"),
            plans=tx.frame("census.plans"),
            plan_classes=tx.frame("census.plan_classes"),
        )


def _as_held(tx: Transaction, selections: pl.DataFrame) -> pl.DataFrame:
    """A completed choice counts as not begun once every policy that it backed was cancelled, or its member left it: it
    backs none then, and another may take its place (MP-20)."""
    is_completed = selections["enrollment_status"] == "Completed"
    selections = selections.with_columns(is_completed=is_completed.fill_null(False))
    completed = selections.filter("is_completed")
    if completed.is_empty():
        return selections
    held = completed.select("member_plan_id", "group_census_member_id", "contract_plan_id", "enrollment_status")
    with tx.lend(selections_held=held):
        ended = tx.frame("selections.ended")["member_plan_id"]
    is_ended = pl.col("member_plan_id").is_in(ended.implode())
    return selections.with_columns(
        enrollment_status=pl.when(is_ended).then(pl.lit("To Be Started")).otherwise("enrollment_status")
    )
