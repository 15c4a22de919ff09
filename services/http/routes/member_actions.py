"""The actions of the census flow: get, get with plans, validate, save (bulk census, 5.1 to 5.4).

What lives here: the routes and their shapes. What does not: any rule (`services.bulk.reading`,
`services.members.actions`).
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.bulk import reading
from services.http.envelopes import ActionRoute, action_answers, action_refusal, answered
from services.http.identity import DoorDep, Work
from services.http.shapes import MOST_INPUTS, Id, Listed, Record, Said, Shape, Texts
from services.insurance_errors import Refused
from services.members import actions
from services.members.save import within_limit

router = APIRouter(route_class=ActionRoute, tags=["Census actions"], prefix="/services/data/{version}/actions/standard")

GET, GET_WITH_PLANS = "getGroupCensusMembers", "getGroupCensusMembersAndPlans"
VALIDATE, SAVE = "validateGroupCensusMembers", "saveGroupCensusMembersData"


class GetInput(Shape):
    """One input of the two actions that read a batch."""

    asyncBulkRequestItem: Record | None = Field(  # noqa: N815 - published names
        None, description="Record with `Id` and `AdditionalInformation`, a JSON text; the latter is looked up by Id."
    )


class ValidateInput(Shape):
    """One input of validateGroupCensusMembers."""

    groupCensusId: Id | None = None  # noqa: N815
    groupCensusMembers: Listed[Record] | None = None  # noqa: N815
    duplicateDetectionKeysList: Texts | None = Field(None, description="Field names joined by commas.")  # noqa: N815


class SaveInput(Shape):
    """One input of saveGroupCensusMembersData."""

    groupCensusId: Id | None = None  # noqa: N815
    groupCensusMembers: Listed[Record] | None = None  # noqa: N815
    asyncBulkRequestItemId: Id | None = None  # noqa: N815
    operation: str | None = Field(None, max_length=40, description="Add or Update; needed without an item.")
    shouldLogErrors: bool | None = Field(  # noqa: N815
        None, description="Write refused records to a file attached to the census."
    )


class GetInputs(Shape):
    """The body of the two actions that read a batch."""

    inputs: Listed[GetInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ValidateInputs(Shape):
    """The body of validateGroupCensusMembers."""

    inputs: Listed[ValidateInput] = Field(min_length=1, max_length=MOST_INPUTS)


class SaveInputs(Shape):
    """The body of saveGroupCensusMembersData."""

    inputs: Listed[SaveInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ActionOutput(Said):
    """What became of one input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


_OWEN = {"FirstName": "Owen", "Lastname": "Park", "AssociationWithPrimaryMbr": "Self", "GroupClassName": "Hourly"}
_READY = {
    "FirstName": "Owen",
    "Lastname": "Park",
    "AssociationWithPrimaryMbr": "Self",
    "RelationshipToPrimaryMember": "Self",
    "GroupClassId": "0rE000000000000002",
    "GroupCensusId": "0rf000000000000001",
    "MemberKey": "67c71646cd5fe35521609ebb1ce08d0b",
}
_ITEM = {"asyncBulkRequestItem": {"Id": "18c000000000000001"}}
_ROWS: dict[str, Any] = {
    "groupCensusMembers": [_OWEN],
    "groupCensusId": "0rf000000000000001",
    "duplicateDetectionKeysList": "Birthdate",
    "errorsData": [],
}
_PLANS: dict[str, Any] = {
    **_ROWS,
    "groupCensusMembers": [{"MemberRefId": "1", **_OWEN}],
    "groupCensusMemberPlans": [
        {"MemberRefId": "1", "ContractGroupPlanId": "0rg000000000000003", "ContractGroupPlanName": "ClearSight"}
    ],
    "shouldExecuteConfigurationRule": False,
}


def _documented(name: str, asked: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    refused = {"description": "Every input is refused; nothing was written.", "model": list[ActionOutput]}
    return {
        "responses": {
            200: {
                "model": list[ActionOutput],
                "description": "One entry for each input.",
                "content": {"application/json": {"example": action_answers(name, [output])}},
            },
            400: refused,
            401: {"description": "No valid token (GB-SYS-003)."},
            403: {"description": "The caller may not do this (SF-0001-0011)."},
            503: {"description": "The book is kept by another run (GB-SYS-001)."},
        },
        "openapi_extra": {"requestBody": {"content": {"application/json": {"example": {"inputs": [asked]}}}}},
    }


@router.post(f"/{GET}", summary="Action: the rows of a batch as records", **_documented(GET, _ITEM, _ROWS))
def get_members(body: GetInputs, door: DoorDep) -> Response:
    """Values are mapped and not yet validated; empty cells are left out."""
    with door.read() as work:
        return _each(GET, body.inputs, lambda one: reading.members(work.tx, one.asyncBulkRequestItem, scope=work.scope))


@router.post(
    f"/{GET_WITH_PLANS}",
    summary="Action: the rows of a batch as records of members and of plans",
    **_documented(GET_WITH_PLANS, _ITEM, _PLANS),
)
def get_members_and_plans(body: GetInputs, door: DoorDep) -> Response:
    """`MemberRefId` ties the plans of a row to its member until the member has an id."""
    with door.read() as work:
        return _each(
            GET_WITH_PLANS,
            body.inputs,
            lambda one: reading.members_and_plans(work.tx, one.asyncBulkRequestItem, scope=work.scope),
        )


@router.post(
    f"/{VALIDATE}",
    summary="Action: validate member records, write nothing",
    **_documented(
        VALIDATE,
        {"groupCensusId": "0rf000000000000001", "groupCensusMembers": [_OWEN]},
        {"validatedGroupCensusMembers": [_READY], "errorsData": []},
    ),
)
def validate_members(body: ValidateInputs, door: DoorDep) -> Response:
    """The good records with defaults filled in, in the order given, and the errors of the others."""
    with door.read() as work:
        within_limit(work.tx, sum(len(one.groupCensusMembers or ()) for one in body.inputs))
        return _each(
            VALIDATE,
            body.inputs,
            lambda one: actions.validated(
                work.tx,
                one.groupCensusId,
                one.groupCensusMembers,
                one.duplicateDetectionKeysList or (),
                scope=work.scope,
                now=work.now,
            ),
        )


@router.post(
    f"/{SAVE}",
    summary="Action: save validated member records",
    **_documented(
        SAVE,
        {"groupCensusId": "0rf000000000000001", "operation": "Add", "groupCensusMembers": [_READY]},
        {"savedGroupCensusMembers": [{"Id": "0r6000000000000001", **_READY, "Name": "Owen Park"}], "errorsData": []},
    ),
)
def save_members(body: SaveInputs, door: DoorDep) -> Response:
    """Primaries first, then dependents with the ids of their primaries. Good records are saved beside refused ones."""
    with door.write() as work:
        within_limit(work.tx, sum(len(one.groupCensusMembers or ()) for one in body.inputs))
        return _each(SAVE, body.inputs, lambda one: _saved(work, one))


def _saved(work: Work, one: SaveInput) -> dict[str, Any]:
    done = actions.saved(
        work.tx,
        one.groupCensusId,
        one.groupCensusMembers,
        operation=one.operation,
        item_id=one.asyncBulkRequestItemId,
        logs_errors=bool(one.shouldLogErrors),
        scope=work.scope,
        now=work.now,
    )
    work.touched(done.member_ids)
    return done.output


def _each(name: str, inputs: list[Any], do: Callable[[Any], dict[str, Any]]) -> Response:
    """One entry for each input; one that is refused leaves the others alone."""
    entries: list[dict[str, Any]] = []
    for one in inputs:
        try:
            entries += action_answers(name, [do(one)])
        except Refused as refused:
            entries.append(action_refusal(name, refused.errors))
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)
