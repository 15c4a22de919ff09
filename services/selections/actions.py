"""The plan actions of the bulk census: validate, save, and plans that the contract assigns by itself.

What lives here: what each action does with members and plans passed as records (BC-60 to BC-67). What does not:
making a picture of the records (`records`), the forms of the answer (`action_words`), the rules (`judge`),
configuration rules (`services.configuration`), and HTTP.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import polars as pl

from services import jobs
from services.book import Transaction
from services.configuration import choosing
from services.configuration.check import choices_of
from services.configuration.kinds import ERROR
from services.insurance_errors import Refused, bad_payload, invalid, missing
from services.scope import Scope
from services.selections import near
from services.selections.action_words import as_records, drop_errors, errors_of, faults_of, member_errors
from services.selections.automatic import assigned
from services.selections.judge import SAVED, Verdict, judge
from services.selections.records import NEW, Picture, picture
from services.selections.removals import WISHES
from services.selections.store import STATED, write

Records = Sequence[Mapping[str, Any]]
_FAULT = "CensusMgmtUploadMemError"


@dataclass(frozen=True)
class Outcome:
    """What an action answers."""

    members: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


def validate_many(
    tx: Transaction, *, context_id: str | None = None, members: Records | None = None, plans: Records | None = None,
    deleted: Sequence[Any] | None = None, runs_rules: bool = False, scope: Scope, now: datetime,
) -> Outcome:  # fmt: skip
    """Judge plans of members, stored or not, and write nothing. Every record comes back with what is wrong with it.

    Refused where nothing at all was passed (BC-60), and for a context that is unknown or expired.
    """
    if context_id is None and members is None and plans is None and deleted is None:
        raise Refused(bad_payload(problem="Nothing to validate was passed."))
    asked = [dict(plan) for plan in plans or ()]
    if context_id is not None:
        member_id, chosen = choices_of(tx, context_id, scope=scope, now=now)
        asked += [{"GroupCensusMemberId": member_id, "ContractGroupPlanId": plan_id} for plan_id in chosen]
    drops, owners = _drops(tx, deleted or (), scope)
    seen = picture(tx, members or (), asked, census_id=None, also_near=owners, scope=scope)
    stored = near.for_removal(tx, seen.stored) if drops.height else seen.stored
    verdict = judge(stored, _wishes(seen), drops.select(WISHES.names()), ways=SAVED)
    faults = faults_of(seen, verdict)
    notes: dict[str, list[str]] = {}
    if runs_rules:
        _rule(tx, verdict, faults, notes, now)
    brought = _brought(seen, verdict)
    for plan in brought:
        notes.setdefault(plan.pop("_member"), []).append(f"{plan['Name']} is mandatory and was added.")
    judged = [{**plan, "PlanType": plan.get("PlanType"), _FAULT: faults.get(at)} for at, plan in enumerate(asked)]
    known = seen.member_ids.to_list()
    told = [
        {
            **member,
            "Information": " ".join(notes.get(known[at] or "", ())) or None,
            _FAULT: seen.member_faults[at].message if at in seen.member_faults else None,
        }
        for at, member in enumerate(members or ())
    ]
    errors = [*errors_of(seen, asked, faults), *member_errors(members or (), seen), *drop_errors(verdict, drops)]
    return Outcome(told, [*judged, *({**plan, _FAULT: None} for plan in brought)], errors)


def save_many(
    tx: Transaction, *, item_id: str | None, census_id: str | None, members: Records | None, plans: Records | None,
    logs_errors: bool | None, scope: Scope, now: datetime,
) -> Outcome:  # fmt: skip
    """Bring the selections of stored members in line with the plans passed: adds, and replaces within a category
    (BC-63).

    Good plans are saved beside bad ones. Refused where an input is missing, and for an unknown item or census.
    """
    stated = {
        "asyncBulkRequestItemId": item_id,
        "groupCensusId": census_id,
        "groupCensusMembers": members,
        "groupCensusMemberPlans": plans,
        "shouldLogErrors": logs_errors,
    }
    lost = [missing(name) for name, value in stated.items() if value is None]
    if lost or item_id is None or census_id is None or members is None or plans is None:
        raise Refused(*lost)
    request_id = _request_of(tx, item_id, scope)
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    asked = [dict(plan) for plan in plans]
    seen = picture(tx, members, asked, census_id=census_id, scope=scope)
    here = seen.stored.members.filter(pl.col("group_census_id") == census_id)["group_census_member_id"]
    is_stored = pl.col("group_census_member_id").is_in(here.implode())
    is_stored &= ~pl.col("group_census_member_id").str.starts_with(NEW)
    wishes = seen.wishes.with_columns(group_census_member_id=pl.when(is_stored).then("group_census_member_id"))
    seen = replace(seen, wishes=wishes)
    only_stored = replace(seen.stored, members=seen.stored.members.filter(is_stored))
    verdict = judge(only_stored, _wishes(seen), ways=SAVED, brings_mandatory=False)
    faults = faults_of(seen, verdict)
    given = [name for name in STATED if name in wishes.columns]
    facts = verdict.granted.join(wishes.select("at", *given), on="at").drop("at")
    held = write(tx, verdict, now=now, stated=facts)
    saved = verdict.granted.join(held, on=["m", "plan"], how="left").join(
        verdict.members.select("m", "group_census_member_id"), on="m"
    )
    records = {
        at: {"Id": plan_id, "GroupCensusMemberId": member_id}
        for at, plan_id, member_id in saved.select("at", "member_plan_id", "group_census_member_id").rows()
    }
    done = [{**plan, **records[at]} for at, plan in enumerate(asked) if at in records and at not in faults]
    errors = errors_of(seen, asked, faults)
    if logs_errors and errors:
        _log(tx, request_id, item_id, census_id, errors, seen, faults)
    return Outcome([], done, errors)


def auto_assigned(tx: Transaction, members: Records | None, plans: Records | None, *, scope: Scope) -> Outcome:
    """The plans passed, unchanged, and with them what the contract assigns by itself (BC-65, BC-66); writes nothing."""
    asked = [dict(plan) for plan in plans or ()]
    seen = picture(tx, members or (), asked, census_id=None, scope=scope)
    verdict = judge(seen.stored, _wishes(seen).clear(), ways=SAVED)
    numbers = verdict.plans.select("contract_plan_id", "plan")
    given = (
        seen.wishes.select("group_census_member_id", contract_plan_id=pl.col("word"))
        .join(verdict.members.select("group_census_member_id", "m"), on="group_census_member_id")
        .join(numbers, on="contract_plan_id")
        .select("m", "plan")
    )
    listed = seen.member_ids if members else seen.wishes["group_census_member_id"]
    who = verdict.members.filter(pl.col("group_census_member_id").is_in(listed.drop_nulls().implode()))
    found = assigned(verdict, given, who["m"])
    made = [
        {key: value for key, value in plan.items() if key != "_member"} for plan in as_records(seen, verdict, found)
    ]
    nobody = seen.wishes.filter(pl.col("group_census_member_id").is_null())["at"]
    off = seen.wishes.join(numbers, left_on="word", right_on="contract_plan_id", how="anti")["at"]
    faults: dict[int, str] = dict.fromkeys(off, invalid("ContractGroupPlanId").message)
    faults |= dict.fromkeys(nobody, invalid("GroupCensusMemberId").message)
    errors = [*errors_of(seen, asked, faults), *member_errors(members or (), seen)]
    return Outcome([dict(member) for member in members or ()], [*asked, *made], errors)


def _wishes(seen: Picture) -> pl.DataFrame:
    """The plan records that name a member and a plan, and state nothing bad."""
    good = pl.col("group_census_member_id").is_not_null() & pl.col("word").is_not_null() & pl.col("bad").is_null()
    return seen.wishes.filter(good).select(WISHES.names())


def _drops(tx: Transaction, deleted: Sequence[Any], scope: Scope) -> tuple[pl.DataFrame, list[str]]:
    """Records to delete as removals, and the members that hold them."""
    ids = [str(one.get("Id") or one.get("id") or "") if isinstance(one, Mapping) else str(one) for one in deleted]
    known = scope.known(tx, "member_plan", ids)
    with tx.lend(
        selections_records=pl.DataFrame({"member_plan_id": sorted(known)}, schema={"member_plan_id": pl.String})
    ):
        owners = dict(tx.rows("selections.owners"))
    frame = pl.DataFrame(
        {"group_census_member_id": [owners.get(one) for one in ids], "word": ids},
        schema={"group_census_member_id": pl.String, "word": pl.String},
    )
    return frame.with_row_index("at"), list(owners.values())


def _rule(
    tx: Transaction, verdict: Verdict, faults: dict[int, str], notes: dict[str, list[str]], now: datetime
) -> None:
    """Run the configuration rules over what the members would hold (EC-8); what they say goes to plans and members."""
    after = pl.concat([verdict.granted.select("m", "plan"), verdict.came_along, verdict.held.select("m", "plan")])
    ruled = choosing.rule(tx, verdict, after, today=now.date())
    at_fault = ruled.messages.filter(pl.col("type") == ERROR).join(
        verdict.granted.select("at", "m", "plan"), on=["m", "plan"], how="inner"
    )
    for at, message in at_fault.select("at", "message").rows():
        faults.setdefault(at, message)
    about = choosing.said_of(verdict, ruled.messages)
    wished = verdict.granted.join(verdict.members.select("m", "group_census_member_id"), on="m").join(
        verdict.plans.select("plan", "contract_plan_id"), on="plan"
    )
    others = about.join(wished, on=["group_census_member_id", "contract_plan_id"], how="anti", nulls_equal=True)
    for member_id, message in others.select("group_census_member_id", "message").rows():
        notes.setdefault(member_id, []).append(message)


def _brought(seen: Picture, verdict: Verdict) -> list[dict[str, Any]]:
    """Mandatory coverages that come along and are not among the records passed."""
    new = verdict.came_along.join(verdict.added, on=["m", "plan"], how="semi")
    return as_records(
        seen, verdict, new.join(verdict.granted, on=["m", "plan"], how="anti").unique(maintain_order=True)
    )


def _request_of(tx: Transaction, item_id: str, scope: Scope) -> str:
    """The request of an item; refused for an item that is unknown or out of scope."""
    found = tx.row("selections.request_of_item", {"item_id": item_id})
    if found is None or not scope.sees(tx, "request", str(found[0])):
        raise Refused(invalid("asyncBulkRequestItemId"))
    return str(found[0])


def _log(
    tx: Transaction, request_id: str, item_id: str, census_id: str, errors: Sequence[Mapping[str, Any]], seen: Picture,
    faults: Mapping[int, str],
) -> None:  # fmt: skip
    """A detail for each refused plan record (BC-57): its member, or the census where there is none."""
    who = seen.wishes["group_census_member_id"].to_list()
    rows = [
        {
            "name": str(error["errorMessage"])[:255],
            "async_item_id": item_id,
            "reference_record_id": who[at] or census_id,
            "status": jobs.DETAIL_FAILED,
            "description": str(error["details"]),
            "additional_information": json.dumps(
                {"message": error["details"], "field": error["fieldName"], "recordId": error["recordId"]}
            ),
        }
        for at, error in zip(sorted(faults), errors, strict=True)
    ]
    jobs.add_details(tx, request_id, pl.DataFrame(rows))
