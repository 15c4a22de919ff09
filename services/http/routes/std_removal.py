"""InsCensusServiceStd over HTTP: members deleted (census members, sections 6 to 8).

What lives here: the routes and their shapes. What does not: whom a service keeps back (`services.members.std_remove`).
"""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.routes.std_members import CENSUS, MEMBER, SPOUSE, StdOutput, documented
from services.http.shapes import Id, Listed, Shape
from services.insurance_errors import Refused
from services.members import std, std_remove

router = APIRouter(route_class=StdRoute, tags=["Std census service"], prefix="/services/InsCensusServiceStd")


class DeleteMembersInput(Shape):
    """Options of deleteMembers."""

    censusMemberIds: Listed[Id] | None = Field(None, description="Members; required.")  # noqa: N815


class DeleteMembersWithPlansInput(DeleteMembersInput):
    """Options of deleteMembersWithPlans."""

    force: bool | None = Field(None, description="Also members with completed enrollments.")


class DeleteAllMembersInput(Shape):
    """Options of deleteAllMembers."""

    censusId: Id | None = Field(None, description="Census; required.")  # noqa: N815
    batchSize: Annotated[int, Field(ge=1)] | None = Field(  # noqa: N815
        None,
        description="Advice of the published service (15000 or 25000 when quoting, 500 when enrolling). Everything is"
        " deleted in one unit of work here, whatever is stated.",
    )
    force: bool | None = Field(None, description="Also members with completed enrollments.")


class RemovedOutput(StdOutput):
    """What became of the members listed."""

    deletedCensusMemberIds: list[str]  # noqa: N815
    skippedCensusMemberIds: list[str]  # noqa: N815


class EmptiedOutput(StdOutput):
    """What became of a census to be emptied."""

    StatusCode: str
    StatusMessage: str


@router.post(
    "/deleteMembers",
    summary="Std: delete listed members that hold no plans",
    **documented(
        {"censusMemberIds": [MEMBER, SPOUSE]},
        RemovedOutput,
        {**std.OK, "deletedCensusMemberIds": [SPOUSE, MEMBER], "skippedCensusMemberIds": []},
        "Specify an input for censusMemberIds.",
    ),
)
def delete_members(body: DeleteMembersInput, door: DoorDep) -> Response:
    """A primary whose dependents are not all listed stays, and so does whoever holds a plan."""
    with door.write() as work:
        done = std_remove.delete_members(work.tx, body.censusMemberIds, scope=work.scope, now=work.now)
        work.touched(done.member_ids, len(done.member_ids))
    return answered({**std.OK, **done.told()})


@router.post(
    "/deleteMembersWithPlans",
    summary="Std: delete listed members with their plans",
    **documented(
        {"censusMemberIds": [MEMBER, SPOUSE]},
        RemovedOutput,
        {
            **std.OK,
            "deletedCensusMemberIds": [SPOUSE, MEMBER],
            "skippedCensusMemberIds": [],
            "deletedMemberPlanIds": ["0r8000000000000001"],
        },
        "Members with completed enrollments can't be deleted.",
    ),
)
def delete_members_with_plans(body: DeleteMembersWithPlansInput, door: DoorDep) -> Response:
    """Plans of the listed members go first; then a primary whose dependents are not all listed stays."""
    with door.write() as work:
        done = std_remove.delete_members_with_plans(
            work.tx, body.censusMemberIds, scope=work.scope, now=work.now, force=bool(body.force)
        )
        touched = [*done.member_ids, *(done.plan_ids or ())]
        work.touched(touched, len(touched))
    return answered({**std.OK, **done.told()})


@router.post(
    "/deleteAllMembers",
    summary="Std: empty a census",
    **documented(
        {"censusId": CENSUS, "batchSize": 500},
        EmptiedOutput,
        {**std.OK, "StatusCode": "Success", "StatusMessage": std_remove.EMPTIED},
        "Census ID is not valid.",
    ),
)
def delete_all_members(body: DeleteAllMembersInput, door: DoorDep) -> Response:
    """Every member with dependents and plans, all or nothing."""
    try:
        with door.write() as work:
            gone = std_remove.delete_all_members(
                work.tx, body.censusId, scope=work.scope, now=work.now, force=bool(body.force)
            )
            work.touched(gone, len(gone))
    except Refused as fault:
        says = " ".join(error.message for error in fault.errors)
        status = {"StatusCode": "Failure", "StatusMessage": says}
        return answered({"result": "failure", "errorCode": "INVOKE-500", "error": says, **status}, fault.status)
    return answered({**std.OK, "StatusCode": "Success", "StatusMessage": std_remove.EMPTIED})
