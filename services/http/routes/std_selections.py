"""InsCensusServiceStd addPlanSelections over HTTP.

What lives here: the route and its shape. What does not: the rules (`services.selections.std`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import Id, Listed, Record, Said, Shape
from services.selections.std import add_plan_selections

router = APIRouter(route_class=StdRoute, tags=["Std census service"], prefix="/services/InsCensusServiceStd")


class CensusInput(Shape):
    """Names of fields, and members that state them."""

    headers: Listed[Record] | None = None
    members: Listed[Record] | None = None


class AddPlanSelectionsInput(Shape):
    """Options of the call."""

    censusId: Id | None = None  # noqa: N815 - published names
    contractId: Id | None = None  # noqa: N815
    census: CensusInput | None = None
    onlySaveMembersWithValidProducts: bool | None = None  # noqa: N815


class AddPlanSelectionsOutput(Said):
    """Records made, and one error for each member with a refused plan."""

    result: str = "success"
    errorCode: str = "INVOKE-200"  # noqa: N815
    error: str = "OK"
    memberPlanIds: list[str] = Field(default_factory=list)  # noqa: N815
    errors: list[dict[str, Any]] = Field(default_factory=list)


_CELL = "0rg000000000000001;0rg000000000000099"
_ASKED = {
    "censusId": "0rf000000000000001",
    "contractId": "800000000000000001",
    "census": {
        "headers": [{"name": "ContractGroupPlanId"}],
        "members": [{"Id": "0r6000000000000001", "isNewMember": False, "ContractGroupPlanId": _CELL}],
    },
}
_DONE = {
    "result": "success",
    "errorCode": "INVOKE-200",
    "error": "OK",
    "memberPlanIds": ["0r8000000000000010"],
    "errors": [
        {
            "Id": "0r6000000000000001",
            "isNewMember": False,
            "numPlans": 2,
            "numPlansError": 1,
            "ContractGroupPlan": _CELL,
            "error": "ContractGroupPlan value is not valid:0rg000000000000099",
        }
    ],
}
_FAILED = {"description": "The whole call is refused; `error` says why (INVOKE-500)."}


@router.post(
    "/addPlanSelections",
    summary="Std: add plans to stored members",
    responses={
        200: {
            "model": AddPlanSelectionsOutput,
            "description": "Good plans were added; refused ones are told by member.",
            "content": {"application/json": {"example": _DONE}},
        },
        400: _FAILED,
        401: {"description": "No valid token."},
        403: {"description": "The caller may not do this."},
        503: {"description": "The book is kept by another run; send the same again."},
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
def add_selections(body: AddPlanSelectionsInput, door: DoorDep) -> Response:
    """Adds each valid plan of each member; refused plans are told by member. Nothing of it is a fault of the call."""
    with door.write() as work:
        census = body.census.model_dump() if body.census else {}
        done = add_plan_selections(
            work.tx,
            body.censusId,
            body.contractId,
            census,
            only_with_valid=bool(body.onlySaveMembersWithValidProducts),
            scope=work.scope,
            now=work.now,
        )
        touched = [*done.member_plan_ids, *done.deleted_member_ids]
        work.touched(touched, len(touched))
    answer: dict[str, Any] = {
        "result": "success",
        "errorCode": "INVOKE-200",
        "error": "OK",
        "memberPlanIds": done.member_plan_ids,
        "errors": done.errors,
    }
    if done.deleted_member_ids:
        answer["deletedCensusMemberIds"] = done.deleted_member_ids
    if done.warnings:
        answer["warnings"] = done.warnings
    return answered(answer)
