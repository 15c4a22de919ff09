"""Persons checked one by one: what the intake could not read, and the rules of `schemas.census_rules`.

What lives here: turning both into issues of the ledger. What does not: rules that need another person or
the book.
"""

from datetime import datetime

import polars as pl

from schemas.census_rules import person_rules
from schemas.issues import failures, with_raw_values
from services.census_load.kinds import ERROR, FILE, PLAN, PUBLISHED_OF_INTAKE, ROW
from services.census_load.ledger import Ledger
from services.intake.faults import PLAN_FAULTS
from services.intake.landing import Landing


def take_faults(landing: Landing, people: pl.DataFrame, ledger: Ledger) -> None:
    """The intake's faults become issues; an error refuses the person, or every person of its line or file."""
    _unreadable_files(landing, ledger)
    faults = landing.faults
    if faults.is_empty():
        return
    whole = pl.col("person").is_null()
    issues = faults.select(
        pl.col("file_no").cast(pl.Int32),
        pl.col("line_number").cast(pl.Int32),
        pl.col("person_no").cast(pl.Int16),
        pl.col("person").cast(pl.UInt32),
        scope=pl.when(whole & pl.col("line_number").is_null())
        .then(pl.lit(FILE))
        .when(pl.col("code").is_in(PLAN_FAULTS))
        .then(pl.lit(PLAN))
        .otherwise(pl.lit(ROW)),
        severity="severity",
        code="code",
        published_code=pl.col("code").replace_strict(PUBLISHED_OF_INTAKE, default=None, return_dtype=pl.String),
        column_name="column_name",
        raw_value=pl.col("raw_value").str.slice(0, 200),
        message="message",
        hint="hint",
    )
    ledger.add(issues)
    broad = issues.filter((pl.col("severity") == ERROR) & pl.col("person").is_null())
    live = people.filter(~pl.col("is_skipped"))
    by_line = live.join(broad.filter(pl.col("line_number").is_not_null()), on=["file_no", "line_number"], how="semi")
    by_file = live.join(broad.filter(pl.col("line_number").is_null()), on="file_no", how="semi")
    ledger.refuse(pl.concat([by_line["person"], by_file["person"]]))


def _unreadable_files(landing: Landing, ledger: Ledger) -> None:
    """A file of which nothing was read is one issue of the whole file."""
    lost = landing.files.filter(pl.col("fault_code").is_not_null())
    ledger.add(
        lost.select(
            pl.col("file_no").cast(pl.Int32),
            scope=pl.lit(FILE),
            severity=pl.lit(ERROR),
            code="fault_code",
            published_code=pl.col("fault_code").replace_strict(
                PUBLISHED_OF_INTAKE, default=None, return_dtype=pl.String
            ),
            message="fault_says",
            hint="fault_remedy",
        )
    )


def check_persons(landing: Landing, people: pl.DataFrame, now: datetime, ledger: Ledger) -> None:
    """Every rule on one person, run by Pandera over all persons at once.

    A row of which no cell was read is not judged, nor is a cell a second time that the intake found at fault.
    """
    live = people.filter(~pl.col("is_skipped") & ~pl.col("is_illegible"))
    found = failures(live, person_rules(now))
    if found.is_empty():
        return
    persons = live["person"]
    at = live.select("file_no", "line_number", "person_no", "person")
    texts = _cells(landing, live)
    told = (
        with_raw_values(found, texts)
        .with_columns(person=persons.gather(found["row"]))
        .join(at, on="person", how="left", maintain_order="left")
    )
    # The intake has said the same of a linked row without a relationship.
    told = told.filter((pl.col("code") != "association_missing") | ~pl.lit(ledger.refused.gather(told["person"])))
    told = with_headings(told.rename({"column_name": "field"}), landing)
    judged = ledger.issues().filter(pl.col("severity") == ERROR).select("person", "column_name")
    told = told.join(judged.drop_nulls(), on=["person", "column_name"], how="anti", maintain_order="left")
    ledger.add(told.with_columns(scope=pl.lit(ROW)).drop("row"))


def _cells(landing: Landing, live: pl.DataFrame) -> pl.DataFrame:
    """The cells as they stood, under the names of their fields; the read value where the text is not kept."""
    texts = [name for name in landing.persons.columns if name.endswith("_text")]
    kept = landing.persons.select("person", *texts)[live["person"]]
    fields = {"annual_salary": "annual_salary_cents", **{name: name for name in live.columns}}
    stems = {name: name.removesuffix("_text") for name in texts}
    return live.with_columns(kept[name].alias(fields[stem]) for name, stem in stems.items() if stem in fields)


def with_headings(issues: pl.DataFrame, landing: Landing) -> pl.DataFrame:
    """The issues with `column_name`: the file's own heading of the field blamed; without one, the field's name."""
    if "column_name" not in issues.columns:
        issues = issues.with_columns(column_name=pl.lit(None, pl.String))
    if issues.is_empty() or issues["field"].null_count() == issues.height:
        return issues.drop("field")
    issues = _with_cells(issues, landing)
    # A fault of a whole file is about the column of the row's own person.
    issues = issues.with_columns(place=pl.col("person_no").cast(pl.Int16).fill_null(0))
    headings = landing.headings.rename({"person_no": "place"}).unique(["file_no", "place", "field"], keep="first")
    joined = issues.join(headings, on=["file_no", "place", "field"], how="left", maintain_order="left")
    return joined.with_columns(column_name=pl.coalesce("column_name", "header", "field")).drop(
        "header", "field", "place"
    )


def _with_cells(issues: pl.DataFrame, landing: Landing) -> pl.DataFrame:
    """The issues with the cell of the field blamed as `raw_value`, where whoever found them did not have it."""
    bare = pl.col("raw_value").is_null() & pl.col("person").is_not_null()
    for field in issues.filter(bare & pl.col("field").is_not_null())["field"].unique():
        if f"{field}_text" in landing.persons.columns:
            cell = pl.lit(landing.persons[f"{field}_text"]).gather(pl.col("person").fill_null(0)).str.slice(0, 200)
            issues = issues.with_columns(
                pl.when(bare & (pl.col("field") == field)).then(cell).otherwise("raw_value").alias("raw_value")
            )
    return issues
