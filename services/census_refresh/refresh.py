"""The refresh of a census as a job: the people of a contract's policies put on it, and their plans.

What lives here: `refresh_census`, the step function of requests of the kind CensusRefresh (BC-69). What does not: what
is known before (`request`), and the rules on members: they are saved as every other member is.

Who is covered on the policy date stands on the census afterwards: the same record with what the policy knows of it, or
a record of its own with what the census of the enrollment knew. A person enrolled from several censuses of the contract
is one member, with what all of its policies say. A member that cannot be saved fails alone. All of it is
one transaction, so a process that is killed has refreshed the census or not begun.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from services import documents, ids, jobs
from services.book import Transaction
from services.census_refresh.request import read_fields
from services.job_runs import Job
from services.members.fields import Spelling
from services.members.rows import FAULTS, Rows
from services.members.save import Operation, Reading, Saved, save, validate
from services.notifications import Note, notify
from services.refused import as_csv
from services.scope import EVERYTHING, Scope

ADDED, UPDATED = "Added.", "Updated."
GONE = "The member that was enrolled is on no census any more."
_NOT_OF_MEMBERS = ("source_id", "source_primary_id", "is_known", "is_primary", "member_id")
_OF_POLICIES = ("policy_start_date", "person_account_id", "contact_id")
_HEADING = ["GroupCensusMemberId", "EnrolledMemberId", "Status", "Message"]


@dataclass(frozen=True)
class _Done:
    """What came of the people: source_id, member_id (null: not saved), description, is_failed, code."""

    rows: pl.DataFrame
    n_plans_added: int = 0
    n_plans_completed: int = 0
    n_plans_removed: int = 0


def refresh_census(job: Job) -> None:
    """Refresh the census, tell of every member, and end the request."""
    inputs, census_id = job.inputs, str(job.inputs["groupCensusId"])
    with job.write() as (tx, now):
        items = jobs.add_items(tx, job.request_id, pl.DataFrame({"reference_record_id": [census_id]}))
        _select(tx, inputs)
        done = _people(tx, inputs, now)
        if inputs["withPlans"]:
            done = _plans(tx, inputs, done, now)
        _report(tx, job, str(items["async_item_id"][0]), done)
        (counts,) = tx.frame("census_refresh.outcome", {"request_id": job.request_id}).to_dicts()
        result = {"groupCensusId": census_id, **counts, "plansAdded": done.n_plans_added,
                  "plansCompleted": done.n_plans_completed, "plansRemoved": done.n_plans_removed,
                  "documentId": _csv(tx, job, done, now) if inputs["makesCsv"] else None}  # fmt: skip
        jobs.end(tx, job.request_id, now=now, result=result)
        failed = counts["membersFailed"]
        said = f"{counts['membersAdded']} added, {counts['membersUpdated']} updated, {failed} failed."
        notify(
            tx,
            Note(job.requested_by, "Census refreshed", said, job.account_id, census_id, job.request_id),
            now=now,
        )


def _select(tx: Transaction, inputs: dict[str, Any]) -> None:
    """The policies and people meant, as temporary tables."""
    tx.run(
        "census_refresh.make_policies",
        {
            "contract_id": inputs["contractId"],
            "first": date.fromisoformat(inputs["startDate"]),
            "last": date.fromisoformat(inputs["endDate"]),
            "day": _policy_date(inputs),
            "plan_ids": inputs["planIds"],
            "object_name": inputs["objectName"],
            "record_ids": inputs["recordIds"],
        },
    )
    tx.run("census_refresh.make_people", {"census_id": inputs["groupCensusId"], "day": _policy_date(inputs)})


def _policy_date(inputs: dict[str, Any]) -> date:
    return date.fromisoformat(inputs["policyEffectiveDate"])


def _people(tx: Transaction, inputs: dict[str, Any], now: datetime) -> _Done:
    """Save the people: first those that stand on the census, then new primaries, then new dependents of either."""
    people = tx.frame("census_refresh.people")
    if people.is_empty():
        return _Done(_outcome(people.clear()))
    told = [_outcome(people.filter(~pl.col("is_known")), GONE, "SF-0001-0005")]
    people = people.filter("is_known")
    further = read_fields(tx, inputs["fields"]).values.drop("row") if inputs["fields"] else None
    here = people.filter(pl.col("member_id").is_not_null())
    own = here.select("source_id", *_OF_POLICIES, given_id="member_id")
    told.append(_saved(tx, inputs, own, Operation.UPDATE, further, now))
    new = people.filter(pl.col("member_id").is_null())
    primaries = new.filter("is_primary")
    told.append(_saved(tx, inputs, primaries.drop(_NOT_OF_MEMBERS[1:]), Operation.ADD, further, now))
    at = pl.concat(
        [here.select("source_id", "member_id"), *(each.select("source_id", "member_id") for each in told[2:])]
    )
    heads = _of_all_records(tx, at).rename(
        {"source_id": "source_primary_id", "member_id": "primary_group_census_member_id"}
    )
    dependents = new.filter(~pl.col("is_primary")).join(
        heads.drop_nulls(), on="source_primary_id", how="left", maintain_order="left"
    )
    made = dependents.drop(*_NOT_OF_MEMBERS[1:], "given_class_id")
    told.append(_saved(tx, inputs, made, Operation.ADD, further, now))
    return _Done(pl.concat(told))


def _of_all_records(tx: Transaction, people: pl.DataFrame) -> pl.DataFrame:
    """`source_id` and `member_id` of people, for every record that a person was enrolled by."""
    same = tx.frame("census_refresh.same_people")
    return same.join(people.rename({"source_id": "lead_id"}), on="lead_id", how="inner").drop("lead_id")


def _saved(
    tx: Transaction, inputs: dict[str, Any], rows: pl.DataFrame, operation: Operation, further: pl.DataFrame | None,
    now: datetime,
) -> pl.DataFrame:  # fmt: skip
    """Rows of members saved by the core, as `_outcome` tells them."""
    if rows.is_empty():
        return _outcome(rows)
    values = rows.drop("source_id")
    values = values.select(name for name in values.columns if values[name].null_count() < values.height)
    if further is not None:
        known = [name for name in values.columns if name not in further.columns]
        values = values.select(known).join(further, how="cross") if known else further
    values = values.with_row_index("row")
    cleared = pl.DataFrame(schema={"row": pl.UInt32, "column": pl.String})
    stated = Rows(values, cleared, FAULTS.to_frame(), Spelling.RECORD)
    accounts = inputs["accountIds"]
    judged = validate(
        tx,
        inputs["groupCensusId"],
        stated,
        operation=operation,
        reading=Reading.CONNECT,
        scope=EVERYTHING if accounts is None else Scope(account_ids=tuple(accounts)),
        now=now,
    )
    return _told(rows, save(tx, judged, now=now))


def _told(rows: pl.DataFrame, saved: Saved) -> pl.DataFrame:
    """What came of rows that were saved."""
    faults = saved.faults.group_by("row").agg(
        code=pl.col("published_code").first(), message=pl.col("message").unique(maintain_order=True).str.join(" ")
    )
    made = (
        rows.select("source_id")
        .with_row_index("row")
        .with_columns(
            pl.Series("member_id", saved.member_ids, pl.String), pl.Series("is_new", saved.is_new, pl.Boolean)
        )
    )
    made = made.join(faults, on="row", how="left", maintain_order="left")
    return made.select(
        "source_id",
        "member_id",
        description=pl.when(pl.col("member_id").is_null()).then(pl.col("message").fill_null("Not saved."))
        .when("is_new").then(pl.lit(ADDED)).otherwise(pl.lit(UPDATED)),
        code=pl.when(pl.col("member_id").is_null()).then("code"),
        is_failed=pl.col("member_id").is_null(),
    )  # fmt: skip


def _outcome(rows: pl.DataFrame, says: str = "", code: str | None = None) -> pl.DataFrame:
    """The outcome of people that were not saved."""
    return rows.select(
        "source_id",
        member_id=pl.lit(None, pl.String),
        description=pl.lit(says),
        code=pl.lit(code, pl.String),
        is_failed=pl.lit(value=True),
    )


def _plans(tx: Transaction, inputs: dict[str, Any], done: _Done, now: datetime) -> _Done:
    """What the members hold by their policies, completed; what no policy stands behind any more is taken away."""
    census_id, day = inputs["groupCensusId"], _policy_date(inputs)
    members = done.rows.filter(pl.col("member_id").is_not_null()).select("source_id", "member_id")
    with tx.lend(refresh_member=_of_all_records(tx, members)):
        tx.run("census_refresh.make_wanted", {"day": day})
    missing = tx.frame("census_refresh.plans_missing")
    n = missing.height
    made = missing.with_columns(
        member_plan_id=ids.spell_many(ids.MEMBER_PLAN, tx.mint(ids.MEMBER_PLAN, n) if n else 1, n),
        group_census_id=pl.lit(census_id),
    )
    with tx.lend(refresh_plans=made):
        tx.run("census_refresh.add_plans", {"now": now})
    completed = tx.rows("census_refresh.complete_plans", {"now": now})
    gone = tx.rows("census_refresh.drop_plans", {"census_id": census_id, "day": day})
    if n or completed or gone:
        tx.run("census_refresh.raise_version", {"census_id": census_id, "now": now})
    return _Done(done.rows, n, len(completed), len(gone))


def _report(tx: Transaction, job: Job, item_id: str, done: _Done) -> None:
    """A detail for each member, and how the one item ended."""
    census_id, rows = str(job.inputs["groupCensusId"]), done.rows
    facts = pl.struct("code", message="description", enrolledMemberId="source_id").struct.json_encode()
    details = rows.select(
        async_item_id=pl.lit(item_id),
        name=pl.lit("Member ") + pl.coalesce("member_id", "source_id"),
        reference_record_id=pl.coalesce("member_id", pl.lit(census_id)),
        status=pl.when("is_failed").then(pl.lit(jobs.DETAIL_FAILED)).otherwise(pl.lit(jobs.SUCCESS)),
        description="description",
        additional_information=pl.when("is_failed").then(facts),
    )
    jobs.add_details(tx, job.request_id, details)
    ended = rows.select(
        async_item_id=pl.lit(item_id),
        status=jobs.worked(pl.col("is_failed").sum()),
        additional_information=pl.lit(None, pl.String),
    )
    jobs.end_items(tx, job.request_id, ended)


def _csv(tx: Transaction, job: Job, done: _Done, now: datetime) -> str:
    """The outcome as a file attached to the census; its document's id."""
    census_id = str(job.inputs["groupCensusId"])
    status = pl.when("is_failed").then(pl.lit("Failed")).otherwise(pl.lit("Success"))
    frame = done.rows.select(pl.col("member_id").fill_null(""), "source_id", status=status, description="description")
    found = tx.row("census_refresh.census", {"census_id": census_id}) or ("", "")
    name = documents.plain_name(f"{found[1] or found[0]}_{job.request_id}_{now:%Y%m%dT%H%M%S}.csv")
    return documents.keep(tx, name, as_csv(_HEADING, frame), linked_to=census_id, now=now)
