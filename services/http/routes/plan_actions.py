"""The plan actions of the bulk census over HTTP (bulk census, 5.5 to 5.7).

What lives here: the three routes and their shapes. What does not: any rule (`services.selections.actions`), and the
actions on members (`member_actions`).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import ActionRoute, action_answers, action_refusal, answered
from services.http.identity import DoorDep, Work
from services.http.shapes import MOST_INPUTS, Id, Listed, Record, Said, Shape
from services.insurance_errors import Refused
from services.members.save import within_limit
from services.selections.actions import Outcome, auto_assigned, save_many, validate_many

router = APIRouter(
    route_class=ActionRoute,
    tags=["Bulk census actions"],
    prefix="/services/data/{version}/actions/standard",
)

T = TypeVar("T")

VALIDATE, SAVE, AUTOMATIC = "validateGrpCensusMembersPlans", "saveGrpCensusMbrPlansData", "getApplicAutoAsgnMbrPlans"

_MEMBERS = Field(None, description="Member records: `Id`, or `MemberRefId` for one that is not stored.")
_PLANS = Field(None, description="Plan records: `ContractGroupPlanId`, and `GroupCensusMemberId` or `MemberRefId`.")


class ValidateInput(Shape):
    """What is validated; at least one of the first four."""

    contextId: Id | None = None  # noqa: N815 - published names
    groupCensusMembers: Listed[Record] | None = _MEMBERS  # noqa: N815
    memberPlansToValidate: Listed[Record] | None = _PLANS  # noqa: N815
    memberPlansToDelete: Listed[Record | Id] | None = Field(  # noqa: N815
        None, description="Member plan ids, or records with `Id`; they are taken off before plans are looked at."
    )
    shouldExecuteConfigurationRule: bool | None = None  # noqa: N815


class SaveInput(Shape):
    """What is saved; every input is needed."""

    asyncBulkRequestItemId: Id | None = None  # noqa: N815
    groupCensusId: Id | None = None  # noqa: N815
    groupCensusMembers: Listed[Record] | None = _MEMBERS  # noqa: N815
    groupCensusMemberPlans: Listed[Record] | None = _PLANS  # noqa: N815
    shouldLogErrors: bool | None = None  # noqa: N815


class MembersAndPlans(Shape):
    """Both lists in one node."""

    groupCensusMembers: Listed[Record] | None = None  # noqa: N815
    groupCensusMemberPlans: Listed[Record] | None = None  # noqa: N815


class AutomaticInput(Shape):
    """Members and the plans they selected, as two lists or in one node."""

    groupCensusMembers: Listed[Record] | None = _MEMBERS  # noqa: N815
    groupCensusMemberPlans: Listed[Record] | None = _PLANS  # noqa: N815
    censusMemberPlanData: MembersAndPlans | None = None  # noqa: N815


class ValidateInputs(Shape):
    """Inputs of the action, each by itself."""

    inputs: Listed[ValidateInput] = Field(min_length=1, max_length=MOST_INPUTS)


class SaveInputs(Shape):
    """Inputs of the action, each by itself."""

    inputs: Listed[SaveInput] = Field(min_length=1, max_length=MOST_INPUTS)


class AutomaticInputs(Shape):
    """Inputs of the action, each by itself."""

    inputs: Listed[AutomaticInput] = Field(min_length=1, max_length=MOST_INPUTS)


class PlanActionOutput(Said):
    """One entry for each input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


_MEMBER = {"Id": "0r6000000000000001", "MemberRefId": "R1"}
_PLAN = {"MemberRefId": "R1", "ContractGroupPlanId": "0rg000000000000001"}
_ADDED = {
    "MemberRefId": "R1",
    "GroupCensusMemberId": "0r6000000000000001",
    "ContractGroupPlanId": "0rg000000000000011",
    "Name": "Preventive",
    "PlanType": "AUTO_ADDED",
}
_FINE = {"CensusMgmtUploadMemError": None}
_VALIDATED = {
    "validatedGroupCensusMembers": [
        {**_MEMBER, "Information": "Preventive is mandatory and was added.", "CensusMgmtUploadMemError": None}
    ],
    "validatedGroupCensusMemberPlans": [{**_PLAN, "PlanType": None, **_FINE}, {**_ADDED, **_FINE}],
    "errorsData": [],
}
_SAVED = {
    "groupCensusMemberPlans": [{**_PLAN, "Id": "0r8000000000000001", "GroupCensusMemberId": "0r6000000000000001"}],
    "errorsData": [],
}
_ASSIGNED = {
    "groupCensusMembers": [_MEMBER],
    "groupCensusMemberPlans": [_PLAN, _ADDED],
    "censusMemberPlanData": {"groupCensusMembers": [_MEMBER], "groupCensusMemberPlans": [_PLAN, _ADDED]},
    "errorsData": [],
}


def _documented(name: str, output: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "model": list[PlanActionOutput],
            "description": "One entry for each input.",
            "content": {"application/json": {"example": action_answers(name, [output])}},
        },
        400: {"model": list[PlanActionOutput], "description": "Every input is refused; nothing was written."},
        401: {"description": "No valid token (GB-SYS-003)."},
        403: {"description": "The caller may not do this (SF-0001-0011)."},
        503: {"description": "The book is kept by another run (GB-SYS-001)."},
    }


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": {"inputs": [example]}}}}}


@router.post(
    f"/{VALIDATE}",
    summary="Action: validate plans of members, stored or not",
    responses=_documented(VALIDATE, _VALIDATED),
    openapi_extra=_asked({"groupCensusMembers": [_MEMBER], "memberPlansToValidate": [_PLAN]}),
)
def validate_plans(body: ValidateInputs, door: DoorDep) -> Response:
    """Every record comes back with what is wrong with it, and with the mandatory coverages that come along."""
    with door.read() as work:
        _within_limit(work, body.inputs)

        def one(asked: ValidateInput) -> dict[str, Any]:
            done = validate_many(
                work.tx,
                context_id=asked.contextId,
                members=asked.groupCensusMembers,
                plans=asked.memberPlansToValidate,
                deleted=asked.memberPlansToDelete,
                runs_rules=bool(asked.shouldExecuteConfigurationRule),
                scope=work.scope,
                now=work.now,
            )
            return {
                "validatedGroupCensusMembers": done.members,
                "validatedGroupCensusMemberPlans": done.plans,
                "errorsData": done.errors,
            }

        return _answered(VALIDATE, body.inputs, one)


@router.post(
    f"/{SAVE}",
    summary="Action: save plans of stored members",
    responses=_documented(SAVE, _SAVED),
    openapi_extra=_asked(
        {
            "asyncBulkRequestItemId": "18c000000000000001",
            "groupCensusId": "0rf000000000000001",
            "groupCensusMembers": [_MEMBER],
            "groupCensusMemberPlans": [_PLAN],
            "shouldLogErrors": True,
        }
    ),
)
def save_plans(body: SaveInputs, door: DoorDep) -> Response:
    """Brings members in line with the plans stated, category by category; good plans are saved beside bad ones."""
    with door.write() as work:
        _within_limit(work, body.inputs)

        def one(asked: SaveInput) -> dict[str, Any]:
            done: Outcome = save_many(
                work.tx,
                item_id=asked.asyncBulkRequestItemId,
                census_id=asked.groupCensusId,
                members=asked.groupCensusMembers,
                plans=asked.groupCensusMemberPlans,
                logs_errors=asked.shouldLogErrors,
                scope=work.scope,
                now=work.now,
            )
            ids = [str(plan["Id"]) for plan in done.plans]
            work.touched(ids, len(ids))
            return {"groupCensusMemberPlans": done.plans, "errorsData": done.errors}

        return _answered(SAVE, body.inputs, one)


@router.post(
    f"/{AUTOMATIC}",
    summary="Action: the plans selected, with those that the contract assigns by itself",
    responses=_documented(AUTOMATIC, _ASSIGNED),
    openapi_extra=_asked({"groupCensusMembers": [_MEMBER], "groupCensusMemberPlans": [_PLAN]}),
)
def get_automatic_plans(body: AutomaticInputs, door: DoorDep) -> Response:
    """Mandatory coverages of selected plans, and root plans marked so; what was added is marked AUTO_ADDED."""
    with door.read() as work:
        _within_limit(work, body.inputs)

        def one(asked: AutomaticInput) -> dict[str, Any]:
            node = asked.censusMemberPlanData or MembersAndPlans()
            members = [*(asked.groupCensusMembers or ()), *(node.groupCensusMembers or ())]
            plans = [*(asked.groupCensusMemberPlans or ()), *(node.groupCensusMemberPlans or ())]
            done = auto_assigned(work.tx, members, plans, scope=work.scope)
            both = {"groupCensusMembers": done.members, "groupCensusMemberPlans": done.plans}
            return {**both, "censusMemberPlanData": both, "errorsData": done.errors}

        return _answered(AUTOMATIC, body.inputs, one)


def _within_limit(work: Work, inputs: Sequence[ValidateInput | SaveInput | AutomaticInput]) -> None:
    """The limit on members counts over all inputs of a call (conventions, section 7)."""
    nodes = [node for one in inputs if isinstance(one, AutomaticInput) and (node := one.censusMemberPlanData)]
    within_limit(work.tx, sum(len(one.groupCensusMembers or ()) for one in (*inputs, *nodes)))


def _answered(name: str, inputs: Sequence[T], one: Callable[[T], dict[str, Any]]) -> Response:
    """The outcome of each input; one that is refused has written nothing and leaves the others alone."""
    entries: list[dict[str, Any]] = []
    for asked in inputs:
        try:
            entries.append(action_answers(name, [one(asked)])[0])
        except Refused as refused:
            entries.append(action_refusal(name, refused.errors))
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)
