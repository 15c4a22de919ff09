"""InsEnrollmentServiceStd: enrollMembers, enrollNewHires, enrollMembersAsync and enrollFamily.

What lives here: their checks and their answers in published names. What does not: the core (`enroll`), the envelope
(`services.http.routes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from services.book import Transaction
from services.enrollment import words
from services.enrollment.actions import chosen_plans, located, older_manner, primaries_of
from services.enrollment.enroll import enroll
from services.enrollment.individual import error_of, policies_of, seen_plan
from services.enrollment.manner import MEMBER, POLICY_HOLDER, flow_of
from services.enrollment.request import STD_NAME, GroupAsk, ask
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.members.save import within_limit
from services.people.asking import Wish, read
from services.people.enrolling import default_wish
from services.people.fields import CONTACTS
from services.scope import Scope


@dataclass(frozen=True)
class Roles:
    """Names of the roles of participants, as a caller calls them."""

    primary: str = POLICY_HOLDER
    dependent: str = MEMBER


def enroll_members(
    tx: Transaction,
    contract_id: str | None,
    census_id: str | None,
    member_ids: Sequence[str] | None,
    *,
    roles: Roles | None = None,
    is_new_hire: bool = False,
    scope: Scope,
    now: datetime,
) -> dict[str, Any]:
    """Enroll the members of a census, or those listed, in every root plan of a contract that they chose.

    New hires have a PolicyStartDate within the contract, or the whole call is refused with their ids (GB-ENR-012): all
    who are listed; of a census those who would be enrolled, not the staff that is. Without new hires everybody is
    covered for the whole term. Families that fail are told in `errors`; the others get their policies.
    """
    start, end = _contract(tx, contract_id, scope)
    assert contract_id is not None
    primaries, faults = _primaries(tx, census_id, member_ids, scope)
    if is_new_hire:
        _check_new_hires(tx, primaries if member_ids else _to_enroll(tx, primaries, contract_id), start, end)
    names = roles or Roles()
    outcomes: list[pl.DataFrame] = []
    for plan, of_plan in chosen_plans(tx, primaries, contract_id, scope):  # root plans, not members
        manner = older_manner(
            plan, contract_id, is_new_hire=is_new_hire, primary_role=names.primary, dependent_role=names.dependent
        )
        outcomes.append(enroll(tx, plan, of_plan, manner, scope=scope, now=now))
        faults = [*faults, *located(outcomes[-1], plan.contract_plan_id)]
    return {"policyIds": policies_of(outcomes), "errors": [_told(fault) for fault in faults]}


def enroll_members_async(
    tx: Transaction,
    contract_id: str | None,
    census_id: str | None,
    *,
    name: str | None = None,
    is_new_hire: bool = False,
    matching_keys: Sequence[str] | None = None,
    user_details: Mapping[str, str | None] | None = None,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> str:
    """Accept the enrollment of a census as a job; the id of the request."""
    _contract(tx, contract_id, scope)
    if not census_id:
        raise Refused(missing("groupCensusId"))
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    asked = GroupAsk(
        census_id,
        name or STD_NAME,
        contract_id=contract_id,
        is_new_hire=is_new_hire,
        is_prorated=is_new_hire,
        matching_keys=None if matching_keys is None else list(matching_keys),
        user_details=None if user_details is None else dict(user_details),
    )
    return ask(tx, asked, scope=scope, now=now, requested_by=requested_by, http_request_id=http_request_id)


def enroll_family(
    tx: Transaction,
    *,
    flow_name: str | None,
    census_id: str | None,
    contract_id: str | None,
    member_id: str | None,
    plan_id: str | None,
    matching_keys: Sequence[str] | None,
    is_prorated: bool = False,
    scope: Scope,
    now: datetime,
) -> dict[str, Any]:
    """Enroll one family in one root plan: `policyId`, or `errors` with what is wrong.

    Refused: an input that is missing or unknown, an unknown flow.
    """
    if not (census_id and contract_id and member_id and plan_id and matching_keys):
        stated = {
            "groupCensusId": census_id,
            "contractId": contract_id,
            "primaryMemberId": member_id,
            "rootPlanId": plan_id,
            "matchingKeysList": matching_keys,
        }
        raise Refused(*(missing(name) for name, value in stated.items() if not value))
    flow = flow_of(flow_name)
    for kind, name, value in (("census", "groupCensusId", census_id), ("contract", "contractId", contract_id),
                              ("member", "primaryMemberId", member_id)):  # fmt: skip
        if not scope.sees(tx, kind, value):
            raise Refused(invalid(name))
    (found,) = _families(tx, [member_id]).to_dicts()
    if found["group_census_id"] != census_id:
        raise Refused(invalid("primaryMemberId"))
    plan = seen_plan(tx, plan_id, scope)
    if plan is None or plan.contract_id != contract_id:
        return {"errors": [_told(words.WRONG_PLAN.about(memberId=member_id, contractGroupPlanId=plan_id))]}
    persons = _persons(tx, matching_keys)
    manner = older_manner(plan, contract_id, is_new_hire=False, is_prorated=is_prorated, persons=persons, flow=flow)
    (row,) = enroll(tx, plan, pl.Series([member_id]), manner, scope=scope, now=now).to_dicts()
    error = error_of(row)
    if error is None:
        return {"policyId": row["policy_id"]}
    return {"errors": [_told(error.about(memberId=member_id, contractGroupPlanId=plan_id))]}


def _persons(tx: Transaction, matching_keys: Sequence[str] | None) -> Wish:
    """Persons found by the keys of the request, with users as the book makes them."""
    plain = default_wish(tx)
    wish = Wish(
        CONTACTS,
        member_ids=plain.member_ids,
        matching_keys=matching_keys,
        wants_users=plain.wants_users,
        user_details=plain.user_details,
    )
    read(tx, wish)
    return wish


def _contract(tx: Transaction, contract_id: str | None, scope: Scope) -> tuple[date, date]:
    """The first and the last day of the contract, which must be stated."""
    if not contract_id:
        raise Refused(missing("contractId"))
    found = tx.row("enrollment.contract", {"contract_id": contract_id})
    if found is None or not scope.sees(tx, "contract", contract_id):
        raise Refused(invalid("contractId"))
    return found[2], found[3]


def _primaries(
    tx: Transaction, census_id: str | None, member_ids: Sequence[str] | None, scope: Scope
) -> tuple[pl.Series, list[InsuranceError]]:
    """The primaries of the census, or among the members listed; with both, those listed."""
    if member_ids:
        within_limit(tx, len(member_ids))
        return primaries_of(tx, member_ids, scope)
    if not census_id:
        raise Refused(missing("groupCensusId"))
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    return tx.frame("enrollment.primaries_of_census", {"census_id": census_id})["group_census_member_id"], []


def _to_enroll(tx: Transaction, primaries: pl.Series, contract_id: str) -> pl.Series:
    """Of some primaries, those whom the contract has yet to enroll in something that they chose."""
    with tx.lend(enrollment_asked=pl.DataFrame({"group_census_member_id": primaries})):
        return tx.frame("enrollment.new_hires", {"contract_id": contract_id})["group_census_member_id"]


def _check_new_hires(tx: Transaction, primaries: pl.Series, start: date, end: date) -> None:
    """The two documented errors of new hires, each with the members it is about."""
    found = _families(tx, primaries.to_list())
    hired = pl.col("policy_start_date")
    checks = ((hired.is_null(), words.NO_START_DATE), (~hired.is_between(start, end), words.START_OUTSIDE))
    faults: list[InsuranceError] = []
    for is_wrong, error in checks:
        wrong = found.filter(is_wrong)["group_census_member_id"].to_list()
        faults += [error.about(censusMemberIds=wrong)] if wrong else []
    if faults:
        raise Refused(*faults)


def _families(tx: Transaction, member_ids: Sequence[str]) -> pl.DataFrame:
    asked = pl.DataFrame({"group_census_member_id": list(member_ids)}, schema={"group_census_member_id": pl.String})
    with tx.lend(enrollment_asked=asked.with_row_index("at")):
        return tx.frame("enrollment.families_of_members")


def _told(error: InsuranceError) -> dict[str, Any]:
    """An error in the published properties of these services."""
    info = error.info
    more = [each["message"] for each in info.get("errors", [])]
    return {
        "error": " ".join([error.message, *more]),
        "rootPlanId": info.get("contractGroupPlanId"),
        "censusMemberId": info.get("memberId"),
    }
