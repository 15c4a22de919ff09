"""Jobs: asynchronous requests, their items, the outcome of every record, and what a caller reads of them.

What lives here: accepting a request before it is answered, its items and details, the counts, its end, cancelling, and
the status (BC-80 to BC-84). What does not: who works on a request and when (`services.job_runs`), and what a kind of
job does (the service of that kind).

A request is three levels: the request, one item for each batch, one detail for each record. An item is written together
with what it did, in one transaction, so that a process that is killed has done the whole of an item or nothing of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from schemas.jobs import DETAIL, DETAIL_STATUSES, ITEM, KINDS, STATUSES
from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.refusals import Conflict
from services.scope import Scope

SCHEDULED, IN_PROGRESS, COMPLETED, WITH_ERRORS, FAILED, CANCELLED = STATUSES
_, _, SUCCESS, DETAIL_FAILED = DETAIL_STATUSES

ENDED = (COMPLETED, WITH_ERRORS, FAILED, CANCELLED)
HAS_ENDED = InsuranceError("GB-JOB-001", "The request has ended already.")
HAS_NOT_ENDED = InsuranceError("GB-JOB-004", "The request hasn't ended yet.")

NO_DETAIL = InsuranceError("NOT_FOUND", "The requested resource does not exist")

STD_STATUS = ("name", "createdDate", "status")
COUNTS = ("jobCount", "pendingJobCount", "successfulJobCount", "failedJobCount", "cancelledJobCount", "erroredJobCount")
UPLOAD_COUNTS = ("rowsRead", "rowsCreated", "rowsUpdated", "rowsFailed", "errorDocumentId")
"""What the status of an upload says besides (BC-83); null until it has ended."""


@dataclass(frozen=True)
class Ask:
    """What is asked for: a kind of `schemas.jobs.KINDS`, and the inputs that the job will read."""

    kind: str
    name: str
    inputs: dict[str, Any]
    reference_id: str | None = None
    account_id: str | None = None
    requested_by: str | None = None
    http_request_id: str | None = None


def accept(tx: Transaction, ask: Ask, *, now: datetime) -> str:
    """Write a request down, to be worked on later; its id. Until its items are known it counts as one job."""
    if ask.kind not in KINDS:
        raise ValueError(f"There is no kind of job {ask.kind}.")
    request_id = ids.spell(ids.ASYNC_REQUEST, tx.mint(ids.ASYNC_REQUEST, 1))
    tx.run(
        "jobs.accept",
        {
            "request_id": request_id,
            "name": ask.name[:255],
            "type": ask.kind,
            "account_id": ask.account_id,
            "reference_id": ask.reference_id,
            "inputs": json.dumps(ask.inputs, separators=(",", ":")),
            "requested_by": ask.requested_by,
            "http_request_id": ask.http_request_id,
            "status": SCHEDULED,
            "now": now,
        },
    )
    return request_id


def add_items(tx: Transaction, request_id: str, items: pl.DataFrame) -> pl.DataFrame:
    """Write the items of a request, all scheduled; the frame with `async_item_id`.

    `items` may have any column of `schemas.jobs.ITEM` that is not an id of its own; rows are numbered in their order.
    """
    n = items.height
    made = items.with_columns(
        async_item_id=ids.spell_many(ids.ASYNC_ITEM, tx.mint(ids.ASYNC_ITEM, n) if n else 1, n),
        async_request_id=pl.lit(request_id),
        sequence_number=pl.int_range(1, n + 1, dtype=pl.Int32),
        status=pl.lit(SCHEDULED),
    )
    with tx.lend(job_items=made.select([name for name in ITEM.column_names if name in made.columns])):
        tx.run("jobs.add_items")
    recount(tx, request_id)
    return made


def worked(n_failed: pl.Expr) -> pl.Expr:
    """How a batch ended that was worked on, by how many of its rows failed (BC-81): Completed where none did, Completed
    With Errors where some did, be it all of them. Failed is left to a batch that could not be worked on at all.

    >>> pl.DataFrame({"n": [0, 1, 12]}).select(worked(pl.col("n")).alias("status"))["status"].to_list()
    ['Completed', 'Completed With Errors', 'Completed With Errors']
    """
    return pl.when(n_failed.cast(pl.Int64) > 0).then(pl.lit(WITH_ERRORS)).otherwise(pl.lit(COMPLETED))


def end_items(tx: Transaction, request_id: str, ended: pl.DataFrame) -> None:
    """Set the status of items and what they say: async_item_id, status, additional_information (null: kept)."""
    with tx.lend(job_ended=ended.select("async_item_id", "status", "additional_information")):
        tx.run("jobs.end_items")
    recount(tx, request_id)


def items_of(tx: Transaction, request_id: str) -> pl.DataFrame:
    """The items of a request in order: async_item_id, sequence_number, status, additional_information."""
    return tx.frame("jobs.items", {"request_id": request_id})


def add_details(tx: Transaction, request_id: str, details: pl.DataFrame) -> None:
    """Write the outcome of records: columns of `schemas.jobs.DETAIL` but its id and its request (BC-57, BC-82)."""
    n = details.height
    if not n:
        return
    made = details.with_columns(
        async_detail_id=ids.spell_many(ids.ASYNC_DETAIL, tx.mint(ids.ASYNC_DETAIL, n), n),
        async_request_id=pl.lit(request_id),
        description=pl.col("description").str.slice(0, 255),
    )
    with tx.lend(job_details=made.select([name for name in DETAIL.column_names if name in made.columns])):
        tx.run("jobs.add_details")


def recount(tx: Transaction, request_id: str) -> None:
    """Count the items of a request by status (BC-80); a request without items is one job."""
    tx.run("jobs.recount", {"request_id": request_id})


def end(tx: Transaction, request_id: str, *, now: datetime, result: dict[str, Any], status: str | None = None) -> None:
    """End a request and give it up. Without a status, the items say it (BC-81): Failed where none could be worked on,
    Completed With Errors where one failed or a row of one did, Completed otherwise.

    Items that were not worked on are cancelled, or fail with a request that fails.
    """
    left = FAILED if status == FAILED else CANCELLED
    tx.run("jobs.end_left", {"request_id": request_id, "status": left})
    recount(tx, request_id)
    tx.run(
        "jobs.end",
        {"request_id": request_id, "status": status, "result": json.dumps(result, separators=(",", ":")), "now": now},
    )
    recount(tx, request_id)


def cancel(tx: Transaction, request_id: str, *, scope: Scope, now: datetime) -> dict[str, Any]:
    """Cancel what has not been worked on; the status afterwards. Refused for an unknown or an ended request.

    A job at work finds its request cancelled before it writes anything more.
    """
    _must_be_known(tx, request_id, scope)
    (found,) = tx.rows("jobs.state", {"request_id": request_id})
    if found[0] in ENDED:
        raise Refused(HAS_ENDED.about(requestId=request_id), status=409)
    end(tx, request_id, now=now, result={}, status=CANCELLED)
    return status(tx, request_id, scope=scope)


def status(tx: Transaction, request_id: str, *, scope: Scope, with_information: bool = False) -> dict[str, Any]:
    """What is known of a request, in published names; SF-0001-0005 for one that is unknown (BC-84)."""
    _must_be_known(tx, request_id, scope)
    (row,) = tx.frame("jobs.status", {"request_id": request_id}).to_dicts()
    result = json.loads(row["result"]) if row["result"] else None
    told: dict[str, Any] = {
        "requestId": request_id,
        "type": row["type"],
        "name": row["name"],
        "createdDate": f"{row['created_at'].isoformat(timespec='milliseconds')}Z",
        "status": row["status"],
        **{name: row[name] for name in COUNTS},
        "requestItems": _items_told(tx, request_id),
        "result": result,
    }
    if row["type"] == "CensusUpload":
        told |= {name: (result or {}).get(name) for name in UPLOAD_COUNTS}
    if with_information:
        told["additionalInformation"] = row["additional_information"]
    return told


def result_of(done: Mapping[str, Any]) -> dict[str, Any]:
    """What a request that was worked on came to, from its `status`; Conflict where it failed as a whole."""
    result: dict[str, Any] = done["result"] or {}
    if "errors" in result:
        says = " ".join(error["message"] for error in result["errors"])
        raise Conflict("request_failed", done["requestId"], f"The request {done['requestId']} failed: {says}")
    return result


def _items_told(tx: Transaction, request_id: str) -> list[dict[str, Any]]:
    (told,) = tx.row("jobs.status_of_items", {"request_id": request_id}) or ("[]",)
    return orjson.loads(told)


def std_status(
    tx: Transaction, request_id: str | None, *, scope: Scope, with_information: bool = False
) -> dict[str, Any]:
    """The same in the properties of `getRequestStatusById`; SF-0001-0004 without an id."""
    if not request_id:
        raise Refused(missing("requestId"))
    told = status(tx, request_id, scope=scope, with_information=with_information)
    return {
        name: told[name] for name in (*STD_STATUS, *COUNTS, "requestItems", "additionalInformation") if name in told
    }


def details(
    tx: Transaction, request_id: str, *, status: str | None = None, limit: int, offset: int = 0, scope: Scope
) -> list[dict[str, Any]]:
    """Details of a request under published names, in order; of one status if it is given."""
    _must_be_known(tx, request_id, scope)
    if status is not None and status not in DETAIL_STATUSES:
        raise Refused(invalid("status"))
    asked = {"request_id": request_id, "status": status, "limit": limit, "offset": offset}
    return tx.frame("jobs.details", asked).to_dicts()


def detail(tx: Transaction, detail_id: str, *, scope: Scope) -> dict[str, Any]:
    """One detail under published names; refused with 404 where there is none in scope."""
    found = tx.frame("jobs.detail", {"detail_id": detail_id}).to_dicts()
    if not found or not scope.sees(tx, "request", found[0].pop("request_id")):
        raise Refused(NO_DETAIL, status=404)
    return found[0]


def delete_detail(tx: Transaction, detail_id: str, *, scope: Scope) -> None:
    """Delete one detail of a request that has ended; its counts stay. Refused before: jobs count by their details what
    failed, and tell by them who is done."""
    detail(tx, detail_id, scope=scope)
    if not tx.rows("jobs.delete_detail", {"detail_id": detail_id, "ended": list(ENDED)}):
        raise Refused(HAS_NOT_ENDED.about(detailId=detail_id), status=409)


def note(tx: Transaction, request_id: str, **facts: Any) -> None:
    """Add to the notes of a request (its `additionalInformation`, a JSON object)."""
    tx.run("jobs.note", {"request_id": request_id, "facts": json.dumps(facts, separators=(",", ":"))})


def listed(tx: Transaction, *, only_open: bool = False) -> pl.DataFrame:
    """Requests for people, the latest first: id, type, name, status, counts, created_at, ended_at."""
    return tx.frame("jobs.listed", {"only_open": only_open, "ended": list(ENDED)})


def _must_be_known(tx: Transaction, request_id: str, scope: Scope) -> None:
    if not scope.sees(tx, "request", request_id):
        raise Refused(invalid("requestId"))
