"""The tally of a load: one row of book.census_load per file, and who was added, changed, missing or refused.

What lives here: counting what was decided. What does not: deciding it.
"""

import polars as pl

from services import ids
from services.census_load.amounts import Amounts
from services.census_load.selections import Selections
from services.census_load.stored import Stored
from services.census_load.upsert import Census, Mint
from services.intake.landing import Landing
from services.one_go import collected

_COUNTS = (
    "n_rows", "n_persons", "n_accepted", "n_refused", "n_skipped", "n_created", "n_changed", "n_unchanged", "n_missing",
    "n_removed",
    "n_selections_added", "n_selections_removed", "n_selections_changed",
)  # fmt: skip


def loads_of(
    landing: Landing,
    stored: Stored,
    people: pl.DataFrame,
    outcomes: pl.Series,
    census: Census,
    selections: Selections,
    amounts: Amounts,
    mint: Mint,
) -> pl.DataFrame:
    """One row per file with its counts, the census version after the load, and `is_moved`: the load changed the census.

    What belongs to no row of a file (missing members, kin of a family) is counted with the first file of its census.
    """
    files = stored.files.lazy().select("file_no", "group_census_id", "census_file_id")
    first = files.group_by("group_census_id").agg(first_file=pl.col("file_no").min())
    after = collected(
        census.after.lazy()
        .select("group_census_id", "file_no", "person", "what")
        .join(first, on="group_census_id", how="left", maintain_order="left")
        .with_columns(file_no=pl.coalesce("file_no", "first_file"))
    )
    in_file = pl.col("person").is_not_null()
    file_of = pl.lit(after["file_no"]).gather("m")
    parts = [
        landing.rows.lazy().group_by(pl.col("file_no").cast(pl.Int32)).agg(n_rows=pl.len()),
        people.lazy()
        .with_columns(outcome=outcomes)
        .group_by("file_no")
        .agg(
            n_persons=pl.len(),
            n_accepted=(pl.col("outcome") == "accepted").sum(),
            n_refused=(pl.col("outcome") == "refused").sum(),
            n_skipped=(pl.col("outcome") == "skipped").sum(),
        ),
        after.lazy()
        .group_by("file_no")
        .agg(
            n_created=(pl.col("what") == "added").sum(),
            n_changed=(pl.col("what") == "changed").sum(),
            n_unchanged=((pl.col("what") == "kept") & in_file).sum(),
        ),
        _by_census(census.missing, first, "n_missing"),
        _by_census(census.removed, first, "n_removed"),
        selections.added.lazy().group_by(file_no=file_of).agg(n_selections_added=pl.len()),
        selections.removed.lazy()
        .join(first, on="group_census_id", how="left")
        .group_by(file_no=pl.coalesce(file_of, "first_file") if after.height else pl.col("first_file"))
        .agg(n_selections_removed=pl.len()),
        amounts.changed.lazy().group_by(file_no=file_of).agg(n_selections_changed=pl.len()),
    ]
    counted = files
    for part in parts:
        counted = counted.join(part, on="file_no", how="left", maintain_order="left")
    counted = collected(
        counted.with_columns(pl.col(name).fill_null(0).cast(pl.Int64) for name in _COUNTS).join(
            stored.targets.lazy().select("group_census_id", "census_version"),
            on="group_census_id",
            how="left",
            maintain_order="left",
        )
    )
    moved = (
        pl.sum_horizontal(
            "n_created", "n_changed", "n_removed", "n_selections_added", "n_selections_removed", "n_selections_changed"
        )
        > 0
    )
    n = counted.height
    return counted.with_columns(
        census_load_id=ids.spell_many(ids.CENSUS_LOAD, mint(ids.CENSUS_LOAD, n), n),
        is_moved=moved.any().over("group_census_id"),
    ).with_columns(census_version=pl.col("census_version") + pl.col("is_moved").cast(pl.Int64))


def _by_census(members: pl.DataFrame, first: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return members.lazy().join(first, on="group_census_id").group_by(file_no="first_file").agg(pl.len().alias(name))


def changes_of(
    people: pl.DataFrame, outcomes: pl.Series, census: Census, files: pl.DataFrame, dry_run: bool
) -> pl.DataFrame:
    """Who was added, changed, missing, removed or refused, by ids and lines: never by name."""
    columns = [
        "what",
        "group_census_id",
        "group_census_member_id",
        "source_system_identifier",
        "file_no",
        "line_number",
    ]
    touched = census.after.filter(pl.col("what") != "kept")
    if dry_run:  # a new member has no id before it is stored
        touched = touched.with_columns(
            group_census_member_id=pl.when(pl.col("what") != "added").then("group_census_member_id")
        )
    nowhere = {"file_no": pl.lit(None, pl.Int32), "line_number": pl.lit(None, pl.Int32)}
    refused = people.with_columns(what=outcomes).filter(pl.col("what") == "refused")
    parts = [
        touched.with_columns(
            line_number=pl.when(pl.col("person").is_not_null()).then("line_number"),
            file_no=pl.when(pl.col("person").is_not_null()).then("file_no"),
        ),
        census.missing.with_columns(what=pl.lit("missing"), **nowhere),
        census.removed.with_columns(what=pl.lit("removed"), **nowhere),
        refused,
    ]
    listed = pl.concat([part.select(columns) for part in parts])
    return (
        listed.join(files.select("file_no", "file_name"), on="file_no", how="left", maintain_order="left")
        .drop("file_no")
        .sort("group_census_id", "file_name", "line_number", maintain_order=True)
    )
