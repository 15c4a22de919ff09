"""The upload as a job: read the file, cut it into batches, load them, report, end.

What lives here: the steps and their transactions. What does not: reading, judging and storing rows: an uploaded file
takes the road of every census file.

A file is loaded whole, in one transaction that also writes what came of each batch and ends the request (decisions,
13). Should the load break down, the batches are halved until the one that breaks it stands alone: it fails, the others
are loaded (BC-9), and the request ends behind them. Batches that were done before a process died are not done again.
"""

import csv
import io
import json
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from services import documents, flows, handed_on, jobs
from services.book import Transaction
from services.bulk import batches, repeats, report, request
from services.bulk.flow import after_validation, before_validation
from services.bulk.parts import part_of
from services.census_load.load import load_censuses
from services.configuration.loaded import tell_broken
from services.insurance_errors import InsuranceError, Refused
from services.intake.landing import Landing, land
from services.job_runs import Job, Lost
from services.refusals import Refusal
from services.scope import EVERYTHING, Scope

LOG = logging.getLogger("benefits.jobs")


@dataclass(frozen=True)
class _File:
    """The uploaded file, read."""

    landing: Landing
    rows: pl.DataFrame
    """As `batches.rows_of`, with given_key, key_text and source_system_identifier."""
    repeats: pl.DataFrame
    data: bytes


def upload(job: Job) -> None:
    """Work on an upload to its end, from wherever an earlier process left it."""
    items = _items_of(job)
    file: _File | None = None
    if items.is_empty():
        file = _read(job)
        with job.write() as (tx, _):
            items = jobs.add_items(tx, job.request_id, _items(job.inputs, file))
    left = items.filter(pl.col("status").is_in([jobs.SCHEDULED, jobs.IN_PROGRESS]))
    broken = items.filter(pl.col("status") == jobs.FAILED)
    if left.height:
        file = file or _read(job)
        if broken.is_empty() and _ended_with(job, file, left):
            return
        broken = pl.concat([broken, _load(job, file, left)], how="diagonal")
    lost = _lines_of(file or _read(job), broken) if broken.height else None
    with job.write() as (tx, now):
        _finish(tx, job, lost, now)


def _finish(tx: Transaction, job: Job, lost: report.Lost | None, now: datetime) -> None:
    report.finish(tx, job.request_id, str(job.inputs["groupCensusId"]), lost, now=now)


def _ended_with(job: Job, file: _File, items: pl.DataFrame) -> bool:
    """Load all that is left and end the request with it, in one transaction; False, and nothing written, where that
    breaks down."""
    try:
        with job.write() as (tx, now):
            _load_in(tx, job, file, items, now)
            _finish(tx, job, None, job.clock())  # not when the load began, which lies well before
    except (Lost, Refusal):
        raise
    except Exception as fault:  # noqa: BLE001 - a defect or a bad row costs its own batch, not the others
        _log(job, items, fault)
        return False
    return True


def _log(job: Job, items: pl.DataFrame, fault: Exception) -> None:
    frames = "".join(traceback.format_tb(fault.__traceback__))
    LOG.error("defect %s in %d batches of %s\n%s", type(fault).__name__, items.height, job.request_id, frames)


def _items_of(job: Job) -> pl.DataFrame:
    """The batches with the rows they cover."""
    with job.read() as tx:
        items = jobs.items_of(tx, job.request_id)
    return items.with_columns(
        pl.col("additional_information").str.json_path_match(f"$.{name}").cast(pl.Int64).alias(column)
        for name, column in (("startRowNumber", "start_row"), ("endRowNumber", "end_row"))
    )


def _lines_of(file: _File, items: pl.DataFrame) -> report.Lost:
    """The lines of some batches as they stood."""
    lines = file.landing.rows
    wanted = report.with_items(file.rows, items).select(pl.col("line_number").cast(lines.schema["line_number"]))
    header = file.landing.files["header"][0].to_list()
    return report.Lost(header, lines.join(wanted, on="line_number", how="semi", maintain_order="left").select("cells"))


def _read(job: Job) -> _File:
    """The file's rows, typed, with what is wrong with them; nothing of the book is held while it is read."""
    inputs, census_id = job.inputs, str(job.inputs["groupCensusId"])
    with job.read() as tx:
        found = tx.frame("members.target", {"census_id": census_id}).to_dicts()
        stored = documents.bytes_of(tx, str(inputs["contentDocumentVersionId"]))
        now = job.clock()
    if not found or stored is None:
        raise Refused(InsuranceError("GB-BLK-005", "The census or the document is no longer there."))
    raw, sha256 = stored
    handed_on.let_go(sha256)
    effective = request.effective_date(found[0], now)
    name, mapping = inputs["contentDocumentName"], inputs["csvColumnMapping"]
    asked = request.census_file(raw, sha256, name, census_id, mapping, effective)
    landing = land([asked])
    fault = landing.files.row(0, named=True)
    if fault["fault_code"] is not None:
        raise Refused(_of_file(fault))
    rows = batches.rows_of(landing)
    with job.read() as tx:
        landing = before_validation(tx, landing, _flow(inputs), _context(job, now))
        keyed = repeats.keys(tx, landing, census_id, inputs["duplicateDetectionFields"])
    again = repeats.repeated(keyed, rows)
    sources = landing.persons.select(pl.col("person").cast(pl.UInt32), "source_system_identifier")
    rows = rows.join(keyed, on="person", how="left", maintain_order="left")
    rows = rows.join(sources, on="person", how="left", maintain_order="left")
    return _File(repeats.told(landing, again), rows, again, raw)


def _of_file(fault: Mapping[str, Any]) -> InsuranceError:
    """Why nothing of a file can be read."""
    if fault["fault_code"] in ("file_empty", "heading_only"):
        return request.NO_ROWS
    problem = f"{fault['fault_says']} {fault['fault_remedy'] or ''}".strip()
    return InsuranceError("SF-0001-0005", "Specify a valid input for contentDocumentId.", {"problem": problem})


def _flow(inputs: Mapping[str, Any]) -> flows.Flow:
    return flows.steps(inputs["flowName"])


def _context(job: Job, now: datetime) -> flows.Context:
    """What the steps of a flow are told; the item they see is the upload as a whole."""
    return flows.Context(str(job.inputs["groupCensusId"]), now, "Add", job.request_id)


def _items(inputs: Mapping[str, Any], file: _File) -> pl.DataFrame:
    """The batches as items, with what each covers as the published JSON."""
    cuts = batches.cut(file.rows, int(inputs["batchSize"]))
    cuts = batches.with_bytes(cuts, file.rows, file.data, file.landing.files["encoding"][0])
    common = _covered(inputs, file.landing)
    # Each item keeps the duplicates among its own rows, with the row that each repeats, wherever in the file that one
    # lies; whoever is given the item gets those of the whole file (BC-6), put together from all items of the request.
    own = (
        file.repeats.select("row", "first")
        .sort("row")
        .join_asof(cuts.select("start_row"), left_on="row", right_on="start_row", strategy="backward")
        .group_by("start_row")
        .agg(
            pl.col("row").cast(pl.String).sort_by("row").str.join(",").alias("repeated"),
            pl.col("first").cast(pl.String).sort_by("row").str.join(",").alias("repeats"),
        )
    )
    told = cuts.join(own, on="start_row", how="left", maintain_order="left")
    number = {name: pl.col(name).cast(pl.String).fill_null("null") for name in cuts.columns}
    return told.select(
        additional_information=pl.concat_str(
            pl.lit(common[:-1]),
            pl.lit(',"startRowNumber":'), number["start_row"],
            pl.lit(',"endRowNumber":'), number["end_row"],
            pl.lit(',"startByteOffset":'), number["start_byte"],
            pl.lit(',"endByteOffset":'), number["end_byte"],
            pl.lit(',"duplicateRowNumbersList":['), pl.col("repeated").fill_null(""),
            pl.lit('],"duplicatedRowNumbersList":['), pl.col("repeats").fill_null(""), pl.lit("]}"),
        ),
        reference_record_id=pl.lit(str(inputs["groupCensusId"])),
        start_row="start_row",
        end_row="end_row",
    )  # fmt: skip


def _covered(inputs: Mapping[str, Any], landing: Landing) -> str:
    """What every item says of the upload, as JSON."""
    return json.dumps(
        {
            "employeeBulkRequestInfo": {
                "groupCensusId": inputs["groupCensusId"],
                "contentDocumentId": inputs["contentDocumentId"],
                "contentDocumentVersion": inputs["contentDocumentVersionId"],
                "contentDocumentName": inputs["contentDocumentName"],
                "csvColumnMapping": inputs["csvColumnMapping"],
                "duplicateDetectionFields": inputs["duplicateDetectionFields"],
                "batchSize": inputs["batchSize"],
                "executeRules": inputs["shouldExecuteConfigurationRule"],
            },
            "csvHeader": _header_line(landing),
            "shouldExecuteConfigurationRule": inputs["shouldExecuteConfigurationRule"],
        },
        separators=(",", ":"),
    )


def _header_line(landing: Landing) -> str:
    """The heading as one line of CSV."""
    out = io.StringIO()
    file = landing.files.row(0, named=True)
    csv.writer(out, delimiter=file["separator"] or ",", lineterminator="").writerow(file["header"])
    return out.getvalue()


def _load(job: Job, file: _File, items: pl.DataFrame) -> pl.DataFrame:
    """Load the rows of some items, all at once; those that broke the load, closed in on by halves."""
    try:
        with job.write() as (tx, now):
            _load_in(tx, job, file, items, now)
        return items.clear()
    except (Lost, Refusal):
        raise
    except Exception as fault:  # noqa: BLE001 - a defect or a bad row costs its own batch, not the others
        _log(job, items, fault)
    if items.height == 1:
        with job.write() as (tx, _):
            report.note_broken(tx, job.request_id, str(job.inputs["groupCensusId"]), items, file.rows)
        return items
    half = items.height // 2
    first = _load(job, file, items.head(half))
    return pl.concat([first, _load(job, file, items.tail(items.height - half))], how="diagonal")


def _load_in(tx: Transaction, job: Job, file: _File, items: pl.DataFrame, now: datetime) -> None:
    """The load of some items and what came of them, in one transaction."""
    rows = file.rows.filter(pl.col("row").is_between(items["start_row"][0], items["end_row"][-1]))
    is_first, is_last = rows["row"][0] == 1, rows["row"][-1] == file.rows["row"][-1]
    first = 0 if is_first else rows["line_number"][0]
    last = 2**31 - 1 if is_last else _line_before(file.rows, rows["row"][-1])
    part = part_of(file.landing, first, last)
    check = after_validation(tx, _flow(job.inputs), _context(job, now))
    done = load_censuses(
        tx,
        part,
        cohort=None,
        mode="merge",
        strict=False,
        now=now,
        duplicate_fields=job.inputs["duplicateDetectionFields"],
        check=check,
        scope=_scope(job.inputs),
    )
    if job.inputs["shouldExecuteConfigurationRule"]:
        file_id = str(done.per_census["census_file_id"][0])
        broken = tell_broken(tx, file_id, rows["line_number"], today=now.date())
        done = replace(done, issues=pl.concat([done.issues, broken], how="diagonal_relaxed"))
    report.note(tx, job.request_id, job.inputs, items, rows, done)


def _scope(inputs: Mapping[str, Any]) -> Scope:
    """What whoever asked for the upload sees."""
    accounts = inputs.get("accountIds")
    return EVERYTHING if accounts is None else Scope(account_ids=tuple(accounts))


def _line_before(rows: pl.DataFrame, row: int) -> int:
    """The last physical line of a row: the one before the next row begins."""
    return int(rows["line_number"][row]) - 1
