"""Accounts or contacts for the members of a census as a job: batch by batch, with the outcome of every member.

What lives here: asking for the job, and the step that works on it. What does not: making records (`creating`), leases
and items (`services.jobs`, `services.job_runs`).

Primaries alone are the usual wish: dependents get no policies of their own. A batch is one transaction that also writes
what came of its members, so a process that is killed has done all of it or nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from services import jobs, settings
from services.book import Transaction
from services.insurance_errors import Refused, invalid
from services.job_runs import Job
from services.people.asking import Wish, read
from services.people.choosing import between
from services.people.creating import Made, create
from services.people.fields import ACCOUNTS, RECORD_KINDS, RecordKind
from services.refusals import Conflict
from services.scope import EVERYTHING, Scope

KIND = "AccountCreation"
BATCH_SIZE = 2000
"""Members of a batch."""


def ask(
    tx: Transaction,
    census_id: str,
    kind: RecordKind,
    *,
    scope: Scope,
    now: datetime,
    only_primaries: bool = True,
    user_details: Mapping[str, str | None] | None = None,
    matching_keys: list[str] | None = None,
    batch_size: int = BATCH_SIZE,
) -> str:
    """Write the job down; the id of the request. Users are made where there are details of users.

    Refused as `asking.read` says, and for an unknown census; Conflict where the book makes no person accounts.
    """
    if kind is ACCOUNTS and not settings.is_on(tx, "person_accounts"):  # told here in the words of a command
        raise Conflict(
            "person_accounts_off",
            "person_accounts",
            "This book is set to make no person accounts.",
            "Make contacts instead, or allow accounts: `benefits settings person_accounts yes`.",
        )
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    inputs = {
        "kind": kind.name,
        "censusId": census_id,
        "onlyPrimaries": only_primaries,
        "userDetails": None if user_details is None else dict(user_details),
        "matchingKeys": matching_keys,
        "batchSize": batch_size,
    }
    read(tx, _wish(inputs))
    (account_id,) = tx.rows("people.account_of_census", {"census_id": census_id})[0]
    name = f"{kind.name.capitalize()} of the {'primaries' if only_primaries else 'members'} of {census_id}"
    return jobs.accept(tx, jobs.Ask(KIND, name, inputs, census_id, account_id), now=now)


def make_people(job: Job) -> None:
    """Work on a request to its end, from wherever an earlier process left it."""
    inputs = job.inputs
    with job.read() as tx:
        items = jobs.items_of(tx, job.request_id)
    if items.is_empty():
        with job.write() as (tx, _):
            items = _plan(tx, job)
    for item in items.filter(pl.col("status") == jobs.SCHEDULED).to_dicts():  # batches, not members
        with job.write() as (tx, now):
            _one_batch(tx, job, item["async_item_id"], json.loads(item["additional_information"]), now)
    with job.write() as (tx, now):
        told = tx.row("people.outcome_of_request", {"request_id": job.request_id})
        assert told is not None
        names = ("membersRead", "membersFailed", "recordsMade")
        result = {"groupCensusId": inputs["censusId"], **dict(zip(names, told, strict=True))}
        jobs.end(tx, job.request_id, now=now, result=result)


def _wish(inputs: Mapping[str, Any]) -> Wish:
    return Wish(
        RECORD_KINDS[inputs["kind"]],
        inputs["censusId"],
        matching_keys=inputs["matchingKeys"],
        wants_users=inputs["userDetails"] is not None,
        user_details=inputs["userDetails"],
        only_primaries=inputs["onlyPrimaries"],
    )


def _plan(tx: Transaction, job: Job) -> pl.DataFrame:
    """One item for each range of members."""
    inputs = job.inputs
    ranges = tx.frame(
        "people.batches",
        {"census_id": inputs["censusId"], "only_primaries": inputs["onlyPrimaries"], "size": inputs["batchSize"]},
    )
    items = ranges.select(
        additional_information=pl.struct(firstMemberId="first_id", lastMemberId="last_id").struct.json_encode(),
        reference_record_id=pl.lit(inputs["censusId"]),
    )
    return jobs.add_items(tx, job.request_id, items)


def _one_batch(tx: Transaction, job: Job, item_id: str, info: dict[str, Any], now: datetime) -> None:
    """Make the records of one range, and tell of each member."""
    wish = _wish(job.inputs)
    chosen = between(
        tx, job.inputs["censusId"], info["firstMemberId"], info["lastMemberId"], only_primaries=wish.only_primaries
    )
    made = create(tx, chosen, read(tx, wish), scope=EVERYTHING, now=now)
    jobs.add_details(tx, job.request_id, _details(chosen.members, made, wish.kind, item_id))
    done = {**info, "recordsMade": made.n_made, "usersMade": made.n_users}
    ended = pl.DataFrame(
        {
            "async_item_id": [item_id],
            "additional_information": [json.dumps(done, separators=(",", ":"))],
        }
    ).with_columns(status=jobs.worked(pl.lit(not made.is_success)))
    jobs.end_items(tx, job.request_id, ended)


def _details(members: pl.DataFrame, made: Made, kind: RecordKind, item_id: str) -> pl.DataFrame:
    """The outcome of each member: the record it has now, or what there is to say."""
    told = (
        members.select("row", "group_census_member_id", "source_system_identifier", had=kind.link)
        .join(made.details.select("row", "record_id", "user_id"), on="row", how="left", maintain_order="left")
        .join(
            made.faults.unique("row", keep="first").select("row", "code", "message", "is_failure"),
            on="row",
            how="left",
            maintain_order="left",
        )
    )
    record = pl.coalesce("record_id", "had")
    facts = pl.struct(recordId=record, userId="user_id", code="code", message="message")
    return told.select(
        name="group_census_member_id",
        async_item_id=pl.lit(item_id),
        reference_record_id="group_census_member_id",
        status=pl.when(pl.col("is_failure").fill_null(value=False))
        .then(pl.lit(jobs.DETAIL_FAILED))
        .otherwise(pl.lit(jobs.SUCCESS)),
        description=pl.coalesce("message", pl.lit("Linked to ") + record + pl.lit(".")),
        additional_information=facts.struct.json_encode(),
        source_system_identifier="source_system_identifier",
    )


def users_made(tx: Transaction, request_id: str) -> int:
    """How many of the records that a request made are portal users."""
    return int(tx.rows("people.users_of_request", {"request_id": request_id})[0][0])


def failures(tx: Transaction, request_id: str, most: int) -> list[tuple[Any, ...]]:
    """The first members of a request that got no record: id, code and why."""
    return tx.rows("people.failed_members", {"request_id": request_id, "most": most})
