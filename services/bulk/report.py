"""What came of an upload: the outcome of every row, the counts of every batch, the error file, the end of the request.

What lives here: BC-10, BC-57, BC-80, BC-82 and the counts of BC-83. What does not: what was wrong with a row: the load
said it, in `book.census_issue`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from schemas.census_rules import INVALID
from services import documents, ids, jobs, refused
from services.book import Transaction
from services.census_load.kinds import ERROR
from services.census_load.load import LoadOutcome
from services.insurance_errors import InsuranceError
from services.members.faults import SHAPE, words

COUNTS = ("rowsRead", "rowsCreated", "rowsUpdated", "rowsFailed")
"""What an item and a request count (BC-83), in the order of `bulk.outcome`."""

BROKEN = InsuranceError("GB-BLK-004", "The batch could not be loaded; its rows were not saved.")
"""Of the rows of a batch that fails as a whole."""

NOTICED = "GB-BLK-006"
"""Code of a warning that no published code speaks of; what was noticed, its text says (CV-23)."""


@dataclass(frozen=True)
class Lost:
    """Lines of batches that broke down: the headings of the file, and the cells of each line."""

    header: list[str]
    lines: pl.DataFrame


def with_items(rows: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The rows that some items cover, each with its `async_item_id`."""
    starts = items.select("async_item_id", "start_row", "end_row").sort("start_row")
    placed = rows.sort("row").join_asof(starts, left_on="row", right_on="start_row", strategy="backward")
    return placed.filter(pl.col("row") <= pl.col("end_row")).drop("start_row", "end_row")


def note(
    tx: Transaction,
    request_id: str,
    inputs: Mapping[str, Any],
    items: pl.DataFrame,
    rows: pl.DataFrame,
    done: LoadOutcome,
) -> None:
    """Write down what a load made of the rows of some items: a detail for each row, and how each item ended."""
    load = done.per_census.row(0, named=True)
    placed = with_items(rows, items).with_columns(pl.col("is_skipped").fill_null(True))
    errors = _errors(done.issues, inputs["csvColumnMapping"])
    _add_details(tx, request_id, str(inputs["groupCensusId"]), placed, errors, str(load["census_file_id"]))
    changes = done.changes.select("line_number", "what").filter(pl.col("what").is_in(["added", "changed"])).drop_nulls()
    told = placed.with_columns(is_failed=pl.col("line_number").is_in(errors["line_number"].implode()))
    counted = (
        told.filter(~pl.col("is_skipped") | pl.col("is_failed"))
        .join(changes.unique("line_number"), on="line_number", how="left")
        .group_by("async_item_id")
        .agg(
            rows_read=pl.len(),
            rows_created=(pl.col("what") == "added").sum(),
            rows_updated=(pl.col("what") == "changed").sum(),
            rows_failed=pl.col("is_failed").sum(),
        )
    )
    _end(tx, request_id, items, counted, str(load["census_load_id"]))


def note_broken(tx: Transaction, request_id: str, census_id: str, items: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Write down that the load of some items broke down: they failed, and every row of theirs."""
    placed = with_items(rows, items).filter(~pl.col("is_skipped").fill_null(True))
    errors = placed.select(
        "line_number",
        code=pl.lit(BROKEN.code),
        message=pl.lit(BROKEN.message),
        field=pl.lit(None, pl.String),
        description=pl.lit(BROKEN.message),
    )
    _add_details(tx, request_id, census_id, placed, errors, None)
    counted = placed.group_by("async_item_id").agg(
        rows_read=pl.len(), rows_created=pl.lit(0), rows_updated=pl.lit(0), rows_failed=pl.len()
    )
    _end(tx, request_id, items, counted, None, jobs.FAILED)


def finish(tx: Transaction, request_id: str, census_id: str, lost: Lost | None, *, now: datetime) -> None:
    """End the request: counts, warnings, and the error file where a row failed.

    `lost` are the lines of batches that broke down, which no load has kept.
    """
    *numbers, loads = tx.rows("bulk.outcome", {"request_id": request_id})[0]
    counts = dict(zip(COUNTS, numbers, strict=True))
    has_failed = counts["rowsFailed"] > 0 or lost is not None
    document_id = _error_file(tx, request_id, census_id, loads, lost, now) if has_failed else None
    result = {
        "groupCensusId": census_id,
        **counts,
        "errorDocumentId": document_id,
        "warnings": tx.frame("bulk.warnings", {"load_ids": loads, "noticed": NOTICED}).to_dicts(),
    }
    jobs.end(tx, request_id, now=now, result=result)


def _errors(issues: pl.DataFrame, mapping: Mapping[str, str]) -> pl.DataFrame:
    """What was wrong on each line: line_number, the first code with its published text and field, and in `description`
    the words of all rules."""
    found = issues.filter((pl.col("severity") == ERROR) & pl.col("line_number").is_not_null())
    # A rule's own code, in snake case, is not sent (CV-23): of a cell it is a wrong input, of a line a wrong shape. A
    # flow says the codes of its operator.
    of_flow = pl.when(~pl.col("code").str.contains("^[a-z0-9_]+$")).then("code")
    other = pl.when(pl.col("column_name").is_null()).then(pl.lit(SHAPE)).otherwise(pl.lit(INVALID))
    told = found.with_columns(
        published_code=pl.coalesce("published_code", of_flow, other), field=pl.col("column_name").replace(dict(mapping))
    )
    return told.group_by("line_number", maintain_order=True).agg(
        code=pl.col("published_code").first(),
        message=words().first(),
        field=pl.col("field").first(),
        description=pl.col("message").unique(maintain_order=True).str.join(" "),
    )


def _add_details(
    tx: Transaction, request_id: str, census_id: str, placed: pl.DataFrame, errors: pl.DataFrame, file_id: str | None
) -> None:
    """One detail for each row, numbered as the rows are; rows that hold nobody and nothing wrong have none."""
    if placed.is_empty():
        return
    first_row = int(placed["row"][0])
    n = int(placed["row"][-1]) - first_row + 1
    columns = ("row", "line_number", "async_item_id", "is_skipped", "given_key", "key_text", "source_system_identifier")
    spelled = ids.spell_many(ids.ASYNC_DETAIL, tx.mint(ids.ASYNC_DETAIL, n), n)
    rows = placed.select(pl.lit(spelled).gather(pl.col("row") - first_row).alias("async_detail_id"), *columns)
    with tx.lend(bulk_rows=rows, bulk_errors=errors):
        tx.run(
            "bulk.add_details",
            {
                "request_id": request_id,
                "census_id": census_id,
                "census_file_id": file_id,
                "success": jobs.SUCCESS,
                "failed": jobs.DETAIL_FAILED,
            },
        )


def _end(
    tx: Transaction, request_id: str, items: pl.DataFrame, counted: pl.DataFrame, load_id: str | None,
    status: str | None = None,
) -> None:  # fmt: skip
    """Each item with its counts, and its status: with errors where a row failed."""
    names = ("rows_read", "rows_created", "rows_updated", "rows_failed")
    own = items.select("async_item_id").join(counted, on="async_item_id", how="left", maintain_order="left")
    own = own.with_columns(pl.col(name).fill_null(0).cast(pl.Int64) for name in names)
    said = pl.lit(status) if status else jobs.worked(pl.col("rows_failed"))
    own = own.with_columns(status=said, census_load_id=pl.lit(load_id, pl.String))
    with tx.lend(bulk_items=own):
        tx.run("bulk.note_outcome")
    jobs.recount(tx, request_id)


def _error_file(
    tx: Transaction, request_id: str, census_id: str, loads: list[str], lost: Lost | None, now: datetime
) -> str | None:
    """The document with the refused rows, attached to the census (BC-10); None where there are none."""
    parts = refused.of_loads(tx, loads)
    if lost is not None:
        parts.append(refused.in_columns(lost.header, lost.lines.with_columns(errors=pl.lit(BROKEN.message)), {}))
    made = refused.joined(parts)
    if made is None:
        return None
    (census,) = tx.frame("members.target", {"census_id": census_id}).to_dicts()
    account = re.sub(r"[^\w-]+", "_", str(census["account_name"] or "census")).strip("_")
    name = f"{account}_{request_id}_{now:%Y%m%dT%H%M%SZ}.csv"
    return documents.keep(tx, name, refused.as_csv(*made), linked_to=census_id, now=now)
