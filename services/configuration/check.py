"""The eligibility check: a member tries out choices, and the rules say what may stand. Nothing reaches the census.

What lives here: the two services (EC-1 to EC-6), the state of a context, and the answer in its published shape. What
does not: the rules (`engine`, `kinds`), and the opt-outs and class links of every selection
(`services.selections.judge`).
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from services import settings
from services.book import Transaction
from services.census_load.stored import Stored
from services.configuration import choosing
from services.configuration.kinds import ERROR, INFO
from services.insurance_errors import Refused, bad_context, invalid, missing
from services.scope import Scope
from services.selections import near, words
from services.selections.eligible_plans import attributes_of
from services.selections.judge import STD, Verdict, judge
from services.selections.plans import must_be_known
from services.selections.removals import WISHES

PlanInput = Mapping[str, Any]
"""`planId` and, at will, `coverages` of the same shape."""


def open_context(
    tx: Transaction, member_id: str, plans: Sequence[PlanInput] | None, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """Check a first choice and open a context for it. Refused for bad input; a broken rule is a message, not an
    error."""
    must_be_known(tx, member_id, scope)
    if plans is None:
        raise Refused(missing("plans"))
    stored = near.read(tx, pl.Series([member_id]))
    chosen = _named(plans, _plans_by_id(stored))
    context_id = secrets.token_hex(32)
    answer, state = _checked(tx, stored, member_id, list(dict.fromkeys(chosen)), now)
    lifetime = settings.number(tx, "eligibility_context_minutes") or 0
    tx.run("configuration.forget_contexts", {"now": now})
    tx.run(
        "configuration.open_context",
        {
            "context_id": context_id,
            "member_id": member_id,
            "choices": json.dumps(state),
            "expires_at": now + timedelta(minutes=lifetime),
        },
    )
    return {"contextId": context_id, **answer}


def change_context(
    tx: Transaction,
    member_id: str,
    context_id: str | None,
    added: Sequence[PlanInput],
    deleted: Sequence[PlanInput],
    *,
    scope: Scope,
    now: datetime,
) -> dict[str, Any]:
    """Check the choices of a context after some were taken out and some added, in that order (EC-3)."""
    must_be_known(tx, member_id, scope)
    if not context_id:
        raise Refused(missing("contextId"))
    found = tx.row("configuration.context", {"context_id": context_id, "member_id": member_id, "now": now})
    if found is None:
        raise Refused(bad_context())
    stored = near.read(tx, pl.Series([member_id]))
    plans = _plans_by_id(stored)
    gone = _going(deleted, plans)
    kept = [plan_id for plan_id in json.loads(found[0]) if plan_id not in gone]
    chosen = list(dict.fromkeys([*kept, *_named(added, plans)]))
    answer, state = _checked(tx, stored, member_id, chosen, now)
    tx.run("configuration.change_context", {"context_id": context_id, "choices": json.dumps(state)})
    return {"contextId": context_id, **answer}


def choices_of(tx: Transaction, context_id: str, *, scope: Scope, now: datetime) -> tuple[str, list[str]]:
    """The member of a context and the plans chosen in it. Refused for one that is unknown, expired or out of scope."""
    found = tx.row("configuration.context_of_anybody", {"context_id": context_id, "now": now})
    if found is None or not scope.sees(tx, "member", str(found[0])):
        raise Refused(bad_context())
    return str(found[0]), json.loads(found[1])


def _plans_by_id(stored: Stored) -> dict[str, str]:
    """Root plan of every plan of the contract."""
    return dict(stored.plans.select("contract_plan_id", "root_plan_id").rows())


def _named(plans: Sequence[PlanInput], known: Mapping[str, str]) -> list[str]:
    """The ids that an input names, root plans before their coverages. Refused where one is not on the contract, or is
    no coverage of the plan it stands under."""
    named: list[str] = []
    for plan in plans:
        plan_id = _id_of(plan, known)
        coverages = [_id_of(coverage, known) for coverage in plan.get("coverages") or ()]
        strangers = [one for one in coverages if known[one] != plan_id or one == plan_id]
        if strangers:
            raise Refused(*(invalid("planId").about(planId=one) for one in strangers))
        named += [plan_id, *coverages]
    return named


def _id_of(plan: PlanInput, known: Mapping[str, str]) -> str:
    plan_id = plan.get("planId")
    if not plan_id:
        raise Refused(missing("planId"))
    if plan_id not in known:
        raise Refused(invalid("planId").about(planId=plan_id))
    return str(plan_id)


def _going(deleted: Sequence[PlanInput], known: Mapping[str, str]) -> set[str]:
    """What leaves the state: the coverages named, else the plan, with its coverages where it is a root plan."""
    _named(deleted, known)
    gone: set[str] = set()
    for plan in deleted:
        coverages = {str(coverage["planId"]) for coverage in plan.get("coverages") or ()}
        plan_id = str(plan["planId"])
        gone |= coverages or {plan_id, *(one for one, root in known.items() if root == plan_id)}
    return gone


def _checked(
    tx: Transaction, stored: Stored, member_id: str, chosen: Sequence[str], now: datetime
) -> tuple[dict[str, Any], list[str]]:
    """The answer without its context, and the choices of the context: those asked for and the mandatory coverages."""
    held = stored.selections
    trying = replace(stored, selections=held.filter(pl.col("group_census_member_id") != member_id))
    wishes = pl.DataFrame(
        {"group_census_member_id": [member_id] * len(chosen), "word": list(chosen)},
        schema={"group_census_member_id": pl.String, "word": pl.String},
    ).with_row_index("at")
    verdict = judge(trying, wishes.select(WISHES.names()), ways=STD)
    mine = pl.concat([verdict.granted.select("m", "plan"), verdict.came_along]).unique(maintain_order=True)
    ruled = choosing.rule(tx, verdict, pl.concat([mine, verdict.held.select("m", "plan")]), today=now.date())
    me = verdict.members.filter(pl.col("group_census_member_id") == member_id)["m"]
    stands = ruled.stands.filter(pl.col("m").is_in(me.implode()))
    brought = verdict.plans.filter(
        pl.col("plan").is_in(verdict.came_along["plan"].implode()) & ~pl.col("contract_plan_id").is_in(list(chosen))
    )
    about_me = ruled.messages.filter(pl.col("m").is_in(me.implode()))
    messages = [
        *({"type": INFO, "message": f"{name} is mandatory and was added."} for name in brought["name"]),
        *_refusals(verdict),
        *about_me.select("type", "message").to_dicts(),
    ]
    answer = {
        "memberId": member_id,
        "isSuccess": True,
        "errors": [],
        "planEligibilityDetails": {"messages": messages, "plans": _told(tx, verdict, stands, chosen)},
    }
    return answer, [*chosen, *brought["contract_plan_id"]]


def _refusals(verdict: Verdict) -> list[dict[str, str]]:
    """What opt-outs, classes and missing root plans say, with the names of plans in place of their ids."""
    names = dict(verdict.plans.select("contract_plan_id", "name").rows())
    told = verdict.faults.sort("at").select("code", "name").rows()
    return [
        {"type": ERROR, "message": _INACTIVE.format(names[name]) if code == "plan_inactive" else text.format(word)}
        for code, name in told
        for text, word in [(words.said_of(code)[1], names.get(name, name))]
    ]


_INACTIVE = "{} is no longer active."


def _told(tx: Transaction, verdict: Verdict, stands: pl.DataFrame, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """The plans that stand in the published shape: root plans as chosen, mandatory coverages before optional ones."""
    plans = verdict.plans.filter(pl.col("plan").is_in(stands["plan"].implode())).sort(
        ~pl.col("is_root"), "is_optional", "name", "contract_plan_id"
    )
    with tx.lend(selections_plans=plans.select("contract_plan_id")):
        attributes = tx.rows("selections.attributes")
    place = {plan_id: at for at, plan_id in enumerate(chosen)}
    roots: dict[int, dict[str, Any]] = {}
    for row in plans.to_dicts():
        said = attributes_of((name, value) for plan_id, name, value in attributes if plan_id == row["contract_plan_id"])
        told = {
            "planId": row["contract_plan_id"],
            "planName": row["name"],
            "productCategory": row["plan_type"],
            "isOptional": row["is_optional"],
        }
        if row["is_root"]:
            roots[row["plan"]] = {**told, "attributes": said, "coverages": []}
        else:
            roots[row["root"]]["coverages"].append({**told, "attributes": said} if said else told)
    return sorted(roots.values(), key=lambda plan: place.get(plan["planId"], len(place)))
