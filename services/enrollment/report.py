"""What came of a group enrollment: the outcome of every family, of every plan, and of the request.

What lives here: details, the status of items, the CSV of failures attached to the census, the notification (EN-24), and
the end of the request. What does not: enrolling (`group`).
"""

import json
import re
from datetime import datetime

import polars as pl

from services import documents, jobs
from services.book import Transaction
from services.enrollment import words
from services.job_runs import Job
from services.notifications import Note, notify
from services.refused import as_csv

_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
"""Characters that a file name should not hold."""


def note(tx: Transaction, request_id: str, item_id: str, outcome: pl.DataFrame) -> None:
    """Write a detail for each family of an outcome. Who opted out is passed over, which is no failure (EN-16)."""
    is_failed = pl.col("code").is_not_null() & ~pl.col("is_opted_out")
    said = (
        pl.when(pl.col("is_opted_out")).then(pl.lit(words.SKIPPED))
        .when(is_failed).then("message")
        .otherwise(pl.format("Enrolled: policy {}.", "policy_number"))
    )  # fmt: skip
    facts = pl.struct(
        policyId="policy_id",
        code=pl.when(is_failed).then("code"),
        message=pl.when(is_failed).then("message"),
        reason=pl.when(is_failed).then(_reasons()),
        info=pl.when(is_failed).then("info"),
    )
    rows = outcome.select(
        name=pl.lit("Family of ") + pl.col("group_census_member_id"),
        async_item_id=pl.lit(item_id),
        reference_record_id="group_census_member_id",
        status=pl.when(is_failed).then(pl.lit(jobs.DETAIL_FAILED)).otherwise(pl.lit(jobs.SUCCESS)),
        description=said,
        additional_information=facts.struct.json_encode(),
        source_system_identifier="source_system_identifier",
    )
    jobs.add_details(tx, request_id, rows)


def _reasons() -> pl.Expr:
    """The fault in a sentence or more: what the rating said follows what enrollment says."""
    more = pl.col("info").str.json_path_match("$.errors[0].message")
    return pl.concat_str("message", more, separator=" ", ignore_nulls=True)


def end_item(tx: Transaction, request_id: str, item_id: str) -> None:
    """Set how a plan ended, with the summary of duplicates (enrollment, section 9; BC-81)."""
    told = tx.row("enrollment.told_of_item", {"item_id": item_id})
    assert told is not None
    n, n_failed = told
    facts: dict[str, object] = {"families": n, "familiesFailed": n_failed}
    names = tx.row("enrollment.names_enrolled", {"item_id": item_id, "code": words.DUPLICATE})
    if names is not None and names[0]:
        facts["message"] = words.already_in_batch(names[0])
    ended = pl.DataFrame(
        {
            "async_item_id": [item_id],
            "additional_information": [json.dumps(facts, separators=(",", ":"))],
        }
    ).with_columns(status=jobs.worked(pl.lit(n_failed)))
    jobs.end_items(tx, request_id, ended)


def finish(tx: Transaction, job: Job, *, now: datetime) -> None:
    """End the request: counts, the CSV where a family failed, and a notification to the caller."""
    census_id = str(job.reference_id)
    counts = tx.row("enrollment.outcome_of_request", {"request_id": job.request_id})
    assert counts is not None
    n, n_failed, n_policies = counts
    document_id = _failures(tx, job.request_id, census_id, now) if n_failed else None
    result = {
        "groupCensusId": census_id,
        "familiesRead": n,
        "familiesFailed": n_failed,
        "policiesMade": n_policies,
        "errorDocumentId": document_id,
    }
    jobs.end(tx, job.request_id, now=now, result=result)
    body = f"{n_policies:,} policies were made; {n_failed:,} of {n:,} families were not enrolled."
    told = Note(job.requested_by, "Group enrollment has ended", body, job.account_id, census_id, job.request_id)
    notify(tx, told, now=now)


def _failures(tx: Transaction, request_id: str, census_id: str, now: datetime) -> str:
    """A CSV attached to the census: one row for each family that failed, with why; the document's id."""
    census = tx.row("enrollment.census", {"census_id": census_id})
    account = _UNFIT.sub("", str(census[3] or "")) if census else ""
    name = f"{account[:150]}_{request_id}_{now:%Y-%m-%dT%H-%M-%S}.csv"
    rows = tx.frame("enrollment.failures", {"request_id": request_id})
    return documents.keep(tx, name, as_csv(rows.columns, rows), linked_to=census_id, now=now)
