"""InsCensusServiceStd over HTTP: members deleted (census members, sections 6 to 8).

What lives here: the routes and their shapes. What does not: whom a service keeps back (`services.members.std_remove`).
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.routes.std_members import CENSUS, MEMBER, SPOUSE, StdOutput, documented
from services.http.shapes import Id, Listed, Shape
from services.insurance_errors import InsuranceError
from services.members import std, std_remove


class EmptyingRoute(StdRoute):
    """deleteAllMembers has two fields of its own for how it went, also where it is refused."""

    def render(self, errors: Sequence[InsuranceError], path: dict[str, str]) -> Any:
        """The refusal, and its text once more."""
        refusal = super().render(errors, path)
        return {**refusal, "StatusCode": "Failure", "StatusMessage": refusal["error"]}


router = APIRouter()
listed = APIRouter(route_class=StdRoute, tags=["Std census service"], prefix="/services/InsCensusServiceStd")
whole = APIRouter(route_class=EmptyingRoute, tags=["Std census service"], prefix="/services/InsCensusServiceStd")


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


@listed.post(
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


@listed.post(
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


@whole.post(
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
    with door.write() as work:
        gone = std_remove.delete_all_members(
            work.tx, body.censusId, scope=work.scope, now=work.now, force=bool(body.force)
        )
        work.touched(gone, len(gone))
    return answered({**std.OK, "StatusCode": "Success", "StatusMessage": std_remove.EMPTIED})


router.routes.extend(listed.routes)
router.routes.extend(whole.routes)
