"""Members with their plans in one request: one family, saved whole or not at all (census with plans, section 3).

What lives here: the order of the two services, members first, and the answer by member (MW-1 to MW-5). What does not:
the rules on members (`services.members`), on plans (`plans`), and HTTP (`services.http.routes.members_with_plans`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from services import flows
from services.book import Transaction
from services.configuration.choosing import broken_by
from services.configuration.kinds import ERROR
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.members import faults, rows
from services.members.save import Operation, Reading, Saved, save, validate, within_limit
from services.scope import Scope
from services.selections.plan_inputs import LISTS, PlanLists, Restated, products_of, read_lists
from services.selections.plans import Ask, NotChanged, change

ONE_FAMILY = InsuranceError("GB-MWP-001", "A request can hold one family only.")

_KEY_FIELDS = ("Email",)
"""What joins the member key of this service besides the defaults of Connect."""


@dataclass(frozen=True)
class Family:
    """What came of a request, in its order (MW-5)."""

    member_ids: list[str]
    member_plans: list[list[str]]
    """Every plan record that each member has now."""
    touched: list[str] = field(default_factory=list)
    """Ids of members and plan records that were made, changed or removed."""
    is_new: bool = False
    """A member or a plan record was made."""


class FamilyRefused(Refused):
    """A family refused: errors of the request as a whole, and those of each member by its position."""

    def __init__(self, errors: Sequence[InsuranceError], by_member: Mapping[int, Sequence[InsuranceError]]) -> None:
        super().__init__(*errors, *(error for listed in by_member.values() for error in listed))
        self.of_request = list(errors)
        self.by_member = by_member


def save_family(
    tx: Transaction,
    census_id: str,
    members: Sequence[Mapping[str, Any]],
    *,
    is_patch: bool,
    duplicate_fields: Sequence[str] = (),
    flow_name: str | None = None,
    runs_rules: bool = False,
    scope: Scope,
    now: datetime,
) -> Family:
    """Add a family, or change it by ids, with its plans. FamilyRefused where anything is wrong: nothing is kept then,
    the caller rolls the transaction back. Refused for an unknown census, for no members and for too many."""
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("censusId"))
    if not members:
        raise Refused(missing("members"))
    within_limit(tx, len(members))
    if sum(_is_primary(member) for member in members) > 1:
        raise FamilyRefused([ONE_FAMILY], {})
    products = products_of(tx, census_id)
    read = [read_lists(member, is_patch=is_patch, products=products) for member in members]
    bad = {n: lists.errors for n, lists in enumerate(read) if lists.errors}
    if bad:
        raise FamilyRefused([], bad)
    saved = _save_members(tx, census_id, members, is_patch, duplicate_fields, flow_name, scope, now)
    ids = saved.saved_ids
    _must_be_one_family(tx, ids)
    removed, is_new = _change_plans(tx, ids, read, now)
    held = _held(tx, ids)
    if runs_rules:
        _rule(tx, ids, now)
    touched = [*ids, *removed, *(plan_id for listed in held for plan_id in listed)]
    return Family(ids, held, touched, is_new or any(saved.is_new))


def _is_primary(member: Mapping[str, Any]) -> bool:
    """A row that begins a family: it says Self."""
    role = member.get("associationWithPrimaryMbr")
    return isinstance(role, str) and role.strip().lower() == "self"


def _save_members(
    tx: Transaction, census_id: str, members: Sequence[Mapping[str, Any]], is_patch: bool,
    duplicate_fields: Sequence[str], flow_name: str | None, scope: Scope,
    now: datetime,
) -> Saved:  # fmt: skip
    """The members by the one road of members; a refused row refuses the family."""
    stated = [{name: value for name, value in member.items() if name not in LISTS} for member in members]
    judged = validate(
        tx,
        census_id,
        rows.of_connect(tx, stated),
        operation=Operation.UPDATE if is_patch else Operation.ADD,
        reading=Reading.CONNECT,
        scope=scope,
        now=now,
        key_fields=[*_KEY_FIELDS, *duplicate_fields],
        flow=flows.steps(flow_name),
    )
    if judged.faults.height:
        errors = faults.errors_of(judged.faults)
        raise FamilyRefused([], _by_member((int(error.info.get("index", 0)), error) for error in errors))
    return save(tx, judged, now=now)


def _by_member(pairs: Any) -> dict[int, list[InsuranceError]]:
    found: dict[int, list[InsuranceError]] = {}
    for at, error in pairs:
        found.setdefault(at, []).append(error)
    return found


def _must_be_one_family(tx: Transaction, member_ids: Sequence[str]) -> None:
    """Refused where the members turn out to be of several families (MW-3)."""
    with tx.lend(selections_of=pl.DataFrame({"group_census_member_id": list(member_ids)})):
        if len(tx.rows("selections.families_of")) > 1:
            raise FamilyRefused([ONE_FAMILY], {})


def _change_plans(
    tx: Transaction, member_ids: Sequence[str], read: Sequence[PlanLists], now: datetime
) -> tuple[list[str], bool]:
    """Plans removed, added and stated anew: the ids of the records removed, and whether any was made."""
    asks = [Ask(who, lists.added, lists.deleted) for who, lists in zip(member_ids, read, strict=True)]
    before = {plan_id for listed in _held(tx, member_ids) for plan_id in listed}
    _restate(tx, member_ids, [lists.restated for lists in read], before, now)
    if not any(ask.added or ask.deleted for ask in asks):
        return [], False
    try:
        done = change(tx, asks, {"added": "contractGroupPlanId", "deleted": "deletedPlans"}, now=now)
    except NotChanged as fault:
        if not fault.asks:
            raise FamilyRefused(fault.errors, {}) from fault
        raise FamilyRefused([], _by_member(zip(fault.asks, fault.errors, strict=True))) from fault
    added = {plan_id for one in done for plan_id in one.added}
    removed = [plan_id for one in done for plan_id in one.updated if plan_id not in added]
    return removed, not added <= before


def _restate(
    tx: Transaction, member_ids: Sequence[str], restated: Sequence[Sequence[Restated]], before: set[str], now: datetime
) -> None:
    """Write names and attributes of records that are named by id; a record of somebody else refuses its member."""
    pairs = [(at, one) for at, listed in enumerate(restated) for one in listed]
    if not pairs:
        return
    with tx.lend(selections_of=pl.DataFrame({"group_census_member_id": list(member_ids)})):
        owner = {plan_id: who for who, plan_id in tx.rows("selections.ids_of")}
    lost = [
        (at, invalid("upsertedPlans").about(planId=one.member_plan_id))
        for at, one in pairs
        if one.member_plan_id not in before or owner[one.member_plan_id] != member_ids[at]
    ]
    if lost:
        raise FamilyRefused([], _by_member(lost))
    frame = pl.DataFrame(
        [(one.member_plan_id, one.name, one.attributes) for _, one in pairs],
        schema={"member_plan_id": pl.String, "name": pl.String, "attributes": pl.String},
        orient="row",
    )
    with tx.lend(selections_restated=frame.unique("member_plan_id", keep="last")):
        tx.run("selections.restate", {"now": now})


def _held(tx: Transaction, member_ids: Sequence[str]) -> list[list[str]]:
    """The plan records of each member."""
    found: dict[str, list[str]] = {}
    with tx.lend(selections_of=pl.DataFrame({"group_census_member_id": list(member_ids)})):
        for member_id, plan_id in tx.rows("selections.ids_of"):
            found.setdefault(member_id, []).append(plan_id)
    return [found.get(member_id, []) for member_id in member_ids]


def _rule(tx: Transaction, member_ids: Sequence[str], now: datetime) -> None:
    """Run the configuration rules over what the family holds now; what is broken refuses its member."""
    said = broken_by(tx, pl.Series(list(member_ids), dtype=pl.String), today=now.date()).filter(pl.col("type") == ERROR)
    broken = [
        (member_ids.index(member_id), InsuranceError("GB-MWP-002", message, {"planId": plan_id} if plan_id else {}))
        for member_id, plan_id, message in said.select("group_census_member_id", "contract_plan_id", "message").rows()
    ]
    if broken:
        raise FamilyRefused([], _by_member(broken))
