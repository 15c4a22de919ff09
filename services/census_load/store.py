"""The storing of a load: every frame that was decided, written in the caller's transaction.

What lives here: the order of the writes and the shapes the tables want. What does not: any decision.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from schemas.census import CENSUS_FILE, CENSUS_ISSUE, CENSUS_LOAD, CENSUS_PERSON
from services import ids
from services.book import Transaction
from services.census_load.amounts import Amounts
from services.census_load.selections import Selections
from services.census_load.upsert import Mint, to_store
from services.intake.landing import Landing


@dataclass(frozen=True)
class Writes:
    """All that a load stores."""

    known_files: pl.DataFrame
    """Files loaded before, whose raw rows, outcomes and issues give way."""
    files: pl.DataFrame
    rows: pl.DataFrame
    persons: pl.DataFrame
    issues: pl.DataFrame
    loads: pl.DataFrame
    members: pl.DataFrame
    outgoing: pl.DataFrame
    """Members whose stored row gives way or goes: group_census_member_id, census_load_id."""
    plans: pl.DataFrame
    outgoing_plans: pl.DataFrame
    """Selections that go or change: member_plan_id, census_load_id, is_removed, and the columns of `FACTS`."""
    versions: pl.DataFrame


def write(tx: Transaction, writes: Writes, now: datetime) -> None:
    """Store everything; the caller's transaction commits it whole or not at all."""
    if writes.known_files.height:
        with tx.lend(load_known=writes.known_files):
            for name in ("census.forget_files", "census.forget_persons", "census.forget_issues"):
                tx.run(name)
    with tx.lend(
        load_raw_files=writes.files,
        load_raw_rows=writes.rows,
        load_raw_persons=writes.persons,
        load_loads=writes.loads,
    ):
        tx.run("census.store_files")
        tx.run("census.store_rows")
        tx.run("census.store_persons")
        tx.run("census.store_loads")
    if writes.issues.height:
        with tx.lend(load_issues=writes.issues):
            tx.run("census.store_issues")
    if writes.outgoing.height:
        with tx.lend(load_outgoing=writes.outgoing):
            tx.run("census.keep_members_before")
            tx.run("census.remove_members")
    if writes.members.height:
        with tx.lend(load_members=writes.members):
            tx.run("census.store_members")
    if writes.outgoing_plans.height:
        with tx.lend(load_outgoing_plans=writes.outgoing_plans):
            tx.run("census.keep_selections_before")
            tx.run("census.remove_selections")
            tx.run("census.change_amounts", {"now": now})
    if writes.plans.height:
        with tx.lend(load_plans=writes.plans):
            tx.run("census.store_selections")
    if writes.versions.height:
        with tx.lend(load_versions=writes.versions):
            tx.run("census.raise_versions", {"now": now})


def raw_files(landing: Landing, files: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Rows of raw.census_file."""
    landed = landing.files.drop("census_id", "sha256").join(files, on="file_no", how="left", maintain_order="left")
    return landed.with_columns(landed_at=pl.lit(now, pl.Datetime("us"))).select(CENSUS_FILE.column_names)


def raw_rows(landing: Landing, files: pl.DataFrame) -> pl.DataFrame:
    """Rows of raw.census_row."""
    rows = landing.rows.with_columns(pl.col("file_no").cast(pl.Int32))
    return rows.join(files.select("file_no", "census_file_id"), on="file_no", how="left", maintain_order="left").select(
        "census_file_id", "line_number", "cells"
    )


def raw_persons(people: pl.DataFrame, outcomes: pl.Series, after: pl.DataFrame) -> pl.DataFrame:
    """Rows of raw.census_person."""
    became = after.filter(pl.col("person").is_not_null()).select("person", "group_census_member_id")
    # Another row of a person (one row per enrollment) leads to the person's first row; a refused dependent that
    # nothing links, to the primary above it, with whom it is handed back.
    unlinked = ~pl.col("is_primary") & ~pl.col("is_linked") & pl.col("primary_stored").is_null()
    heads = pl.when(pl.col("is_primary") & ~pl.col("is_skipped")).then("person")
    above = pl.when(unlinked & pl.lit(outcomes == "refused")).then(heads.forward_fill().over("file_no"))
    other = pl.coalesce("same_person", "primary_row", above)
    lines = pl.lit(people["line_number"]).gather(other)
    same_file = pl.lit(people["file_no"]).gather(other) == pl.col("file_no")
    told = people.drop("group_census_member_id").with_columns(
        outcome=outcomes,
        primary_line_number=pl.when(same_file & (lines != pl.col("line_number"))).then(lines),
    )
    return told.join(became, on="person", how="left", maintain_order="left").select(CENSUS_PERSON.column_names)


def issue_rows(issues: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Rows of book.census_issue, in file order."""
    named = issues.join(
        files.select("file_no", "census_file_id", "group_census_id"), on="file_no", how="left", maintain_order="left"
    )
    ordered = named.sort("file_no", "line_number", "person_no", nulls_last=False, maintain_order=True)
    return ordered.select(CENSUS_ISSUE.column_names)


def member_rows(after: pl.DataFrame, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows to insert in book.census_member, and the stored ones that give way to them."""
    changed = after.filter(pl.col("what") == "changed").select("group_census_member_id", "census_load_id")
    return to_store(after, now), changed


def selection_rows(
    selections: Selections, amounts: Amounts, loads: pl.DataFrame, now: datetime, mint: Mint
) -> pl.DataFrame:
    """The new rows of book.member_plan; ids rise with members and plans. `loads` has m and census_load_id."""
    new = selections.added
    n = new.height
    if not n:
        return new
    moment = pl.lit(now, pl.Datetime("us"))
    return (
        new.join(amounts.added, on=["m", "plan"], how="left", maintain_order="left")
        .join(loads, on="m", how="left", maintain_order="left")
        .with_columns(
            member_plan_id=ids.spell_many(ids.MEMBER_PLAN, mint(ids.MEMBER_PLAN, n), n),
            group_census_member_id=selections.members["group_census_member_id"].gather(new["m"]),
            group_census_id=selections.members["group_census_id"].gather(new["m"]),
            contract_plan_id=selections.plans["contract_plan_id"].gather(new["plan"]),
            name=selections.plans["name"].gather(new["plan"]),
            enrollment_status=pl.lit("To Be Started"),
            created_load_id="census_load_id",
            modified_load_id="census_load_id",
            created_at=moment,
            modified_at=moment,
        )
        .drop("m", "plan", "census_load_id")
    )


def load_rows(counted: pl.DataFrame) -> pl.DataFrame:
    """Rows of book.census_load."""
    return counted.select(CENSUS_LOAD.column_names)
