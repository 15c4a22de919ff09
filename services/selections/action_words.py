"""What the plan actions say: faults of plan records, error items, and records of what was added.

What lives here: the published forms of an action's answer. What does not: judging (`judge`), and the actions
(`actions`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from services.insurance_errors import invalid, missing
from services.selections import words
from services.selections.automatic import AUTO_ADDED
from services.selections.judge import Verdict
from services.selections.records import NEW, REF, Picture


def faults_of(seen: Picture, verdict: Verdict) -> dict[int, str]:
    """What is wrong with each plan record, by position; a coverage whose root plan is refused is refused with it."""
    written = seen.wishes.select("at", "word", side=pl.lit("added"))
    told = words.told(verdict, written, {"added": "ContractGroupPlanId"}).filter(pl.col("side") == "added")
    found = dict(told.unique("at", keep="first", maintain_order=True).select("at", "message").rows())
    found = {at: message.replace("contractGroupPlanId", "ContractGroupPlanId") for at, message in found.items()}
    left = seen.wishes.filter(~pl.col("at").is_in(verdict.granted["at"].implode()))
    for at, member_id, word, bad in left.select("at", "group_census_member_id", "word", "bad").rows():
        if bad:
            found[at] = bad
        elif word is None:
            found[at] = missing("ContractGroupPlanId").message
        elif member_id is None:
            found[at] = invalid("GroupCensusMemberId").message
        else:
            found.setdefault(at, "The root plan of the coverage is refused.")
    return found


def as_records(seen: Picture, verdict: Verdict, pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Selections (m, plan) as plan records marked AUTO_ADDED; `_member` is the working id."""
    refs = seen.wishes.select("group_census_member_id", "ref").drop_nulls().unique("group_census_member_id")
    named = (
        pairs.join(verdict.members.select("m", "group_census_member_id"), on="m", how="left", maintain_order="left")
        .join(verdict.plans.select("plan", "contract_plan_id", "name"), on="plan", how="left", maintain_order="left")
        .join(refs, on="group_census_member_id", how="left", maintain_order="left")
    )
    return [
        {
            "_member": member_id,
            **({REF: ref} if ref else {}),
            **({} if member_id.startswith(NEW) else {"GroupCensusMemberId": member_id}),
            "ContractGroupPlanId": plan_id,
            "Name": name,
            "PlanType": AUTO_ADDED,
        }
        for member_id, ref, plan_id, name in named.select(
            "group_census_member_id", "ref", "contract_plan_id", "name"
        ).rows()
    ]


def errors_of(seen: Picture, asked: Sequence[Mapping[str, Any]], faults: Mapping[int, str]) -> list[dict[str, Any]]:
    """Refused plan records in the published form (BC-64), with what is wrong beside."""
    refs = seen.wishes.select("ref", "group_census_member_id").rows()
    names = {at: _name(asked[at], refs[at]) for at in faults}
    return [
        {
            "errorMessage": f"Invalid plan assignment for member {names[at]}" if names[at] else faults[at],
            "recordId": names[at],
            "errorType": "VALIDATION_ERROR",
            "fieldName": "ContractGroupPlanId",
            "details": faults[at],
        }
        for at in sorted(faults)
    ]


def _name(plan: Mapping[str, Any], known: tuple[str | None, str | None]) -> str | None:
    """How the caller knows the member of a plan record."""
    stated = plan.get("GroupCensusMemberId")
    return known[0] or (str(stated) if stated is not None else known[1])


def member_errors(members: Sequence[Mapping[str, Any]], seen: Picture) -> list[dict[str, Any]]:
    """Member records that are no member, in the same form."""
    return [
        {
            "errorMessage": error.message,
            "recordId": members[at].get(REF) or members[at].get("Id"),
            "errorType": "VALIDATION_ERROR",
            "fieldName": error.message.removesuffix(".").rsplit(" ", 1)[-1],
            "details": error.message,
        }
        for at, error in sorted(seen.member_faults.items())
    ]


def drop_errors(verdict: Verdict, drops: pl.DataFrame) -> list[dict[str, Any]]:
    """Records that cannot be deleted."""
    lost = drops.filter(pl.col("group_census_member_id").is_null())["word"].to_list()
    told = words.told(verdict, drops.select("at", "word", side=pl.lit("deleted")), {"deleted": "memberPlansToDelete"})
    said: dict[str, str] = dict(told.filter(pl.col("side") == "deleted").select("word", "message").rows())
    said |= {word: invalid("memberPlansToDelete").message for word in lost}
    return [
        {
            "errorMessage": message,
            "recordId": word,
            "errorType": "VALIDATION_ERROR",
            "fieldName": "memberPlansToDelete",
            "details": message,
        }
        for word, message in said.items()
    ]
