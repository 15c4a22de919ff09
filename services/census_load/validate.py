"""Persons checked one by one: what the intake could not read, and the rules of `schemas.census_rules`.

What lives here: turning both into issues of the ledger. What does not: rules that need another person or
the book.
"""

import json
from datetime import datetime

import polars as pl

from schemas.census_rules import person_rules
from schemas.issues import failures, with_raw_values
from services.census_load.ledger import ERROR, FILE, PUBLISHED_OF_INTAKE, ROW, Ledger
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
        scope=pl.when(whole & pl.col("line_number").is_null()).then(pl.lit(FILE)).otherwise(pl.lit(ROW)),
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
    """Every rule on one person, run by Pandera over all persons at once."""
    live = people.filter(~pl.col("is_skipped"))
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
    ledger.add(told.with_columns(scope=pl.lit(ROW)).drop("row"))


def _cells(landing: Landing, live: pl.DataFrame) -> pl.DataFrame:
    """The cells as they stood, under the names of their fields; the read value where the text is not kept."""
    texts = [name for name in landing.persons.columns if name.endswith("_text")]
    kept = landing.persons.filter(pl.col("skip_reason").is_null())
    fields = {"annual_salary": "annual_salary_cents", **{name: name for name in live.columns}}
    stems = {name: name.removesuffix("_text") for name in texts}
    return live.with_columns(kept[name].alias(fields[stem]) for name, stem in stems.items() if stem in fields)


def with_headings(issues: pl.DataFrame, landing: Landing) -> pl.DataFrame:
    """The issues with the file's own heading in place of the field's name, where a column holds the field."""
    fields = issues.filter(pl.col("column_name").is_not_null()).select("file_no", field="column_name").unique()
    if fields.is_empty():
        return issues
    mapped = (
        landing.files.select("file_no", "mapping")
        .join(fields.select("file_no").unique(), on="file_no", how="semi")
        .drop_nulls()
    )
    texts = mapped["mapping"].unique()
    by_text = pl.DataFrame(  # one reading for each distinct heading row
        [(text, _field_of(use), heading) for text in texts for heading, use in json.loads(text).items() if use],
        schema={"mapping": pl.String, "field": pl.String, "heading": pl.String},
        orient="row",
    )
    headings = (
        mapped.join(by_text, on="mapping")
        .select("file_no", "field", "heading")
        .unique(["file_no", "field"], keep="first", maintain_order=True)
    )
    joined = issues.join(
        headings, left_on=["file_no", "column_name"], right_on=["file_no", "field"], how="left", maintain_order="left"
    )
    return joined.with_columns(column_name=pl.coalesce("heading", "column_name")).drop("heading")


def _field_of(use: str) -> str:
    """The column that a heading's use fills; `spouse: birth_date` fills `birth_date`."""
    name = use.split(": ")[-1] if not use.startswith(("plan", "amount", "waive")) else use.split(": ")[0]
    return {
        "annual_salary": "annual_salary_cents",
        "tier": "stated_tier",
        "employee_key": "source_system_identifier",
    }.get(name, name)
