"""Plans of a member over HTTP: add, change, delete (member plans).

What lives here: the three routes and their shapes. What does not: any rule (`services.selections.plans`), and what
may be chosen (`eligible_plans`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import MemberRoute, answered, on_refusal, told
from services.http.identity import DoorDep, Work
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Said, Shape
from services.selections import plans
from services.selections.plans import NotChanged

router = APIRouter(
    route_class=MemberRoute,
    tags=["Member plans"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-census-members/{memberId}/plans",
)

CHOOSERS = ("user", "service", "member")
"""Who may choose: staff for anybody in scope, a member for the own family."""


class MemberPlanInput(Shape):
    """Group Census Member Plan Input."""

    contractGroupPlanId: Id | None = Field(None, description="Root plan or coverage.")  # noqa: N815 - published names
    groupCensusMemberId: Id | None = Field(None, description="The member of the path, if stated.")  # noqa: N815
    id: Id | None = Field(None, description="Not used when adding.")
    name: str | None = Field(None, description="By default the plan's.")


class PlansToAdd(Shape):
    """Insurance Add Member Plans Input."""

    groupCensusMemberPlans: Listed[MemberPlanInput] = Field(description="Plans to add.")  # noqa: N815


class PlansToChange(Shape):
    """Insurance Update Member Plans Input."""

    addedPlans: Listed[MemberPlanInput] | None = Field(None, description="Plans to add.")  # noqa: N815
    deletedPlans: Listed[Id] | None = Field(  # noqa: N815
        None, description="Member plans to delete, by their ids or by those of the plans."
    )


class PlansToDelete(Shape):
    """Delete Member Plans Input."""

    plans: Listed[Id] = Field(description="Member plans to delete, by their ids or by those of the plans.")


class AddedPlans(Said):
    """Insurance Add Member Plans."""

    memberId: str  # noqa: N815
    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    memberPlans: list[str]  # noqa: N815
    plans: list[dict[str, Any]]


class UpdatedPlans(Said):
    """Insurance Update Member Plans."""

    memberId: str  # noqa: N815
    isSuccess: bool  # noqa: N815
    updatedMemberPlans: list[str]  # noqa: N815
    failedPlans: list[str]  # noqa: N815
    errors: list[Fault]


class DeletedPlans(Said):
    """Delete Member Plans."""

    memberId: str  # noqa: N815
    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    deletedMemberPlans: list[dict[str, str]] = Field(default_factory=list)  # noqa: N815


_NOOR = "0r6000000000000001"
_SELECTIONS = ["0r8000000000000001", "0r8000000000000003", "0r8000000000000002"]
_WHOLE = [
    {"id": one, "contractGroupPlanId": plan, "name": name, "enrollmentStatus": "To Be Started"}
    for one, plan, name in (
        ("0r8000000000000001", "0rg000000000000001", "Harbor PPO"),
        ("0r8000000000000002", "0rg000000000000011", "Preventive"),
        ("0r8000000000000003", "0rg000000000000012", "Maternity rider"),
    )
]


def _documented(model: type[Said], done: dict[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    example = {"application/json": {"example": {"memberId": _NOOR, "isSuccess": True, "errors": [], **done}}}
    said = {"model": model, "description": "Everything asked for was done.", "content": example}
    return {**CONNECT_ERRORS, status: said, 200: said}


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


@router.post(
    "",
    summary="Add plans and coverages to a member, all of them or none",
    status_code=201,
    responses=_documented(AddedPlans, {"memberPlans": _SELECTIONS, "plans": _WHOLE}, 201),
    openapi_extra=_asked(
        {
            "groupCensusMemberPlans": {
                "values": [
                    {"contractGroupPlanId": "0rg000000000000001"},
                    {"contractGroupPlanId": "0rg000000000000012", "name": "Maternity rider"},
                ]
            }
        }
    ),
)
@on_refusal(memberPlans=[])
def add_plans(memberId: str, body: PlansToAdd, door: DoorDep) -> Response:  # noqa: N803 - published name
    """Mandatory coverages come with their root plan. `plans` is everything the member holds afterwards."""
    wanted = [plan.model_dump(exclude_none=True) for plan in body.groupCensusMemberPlans]
    with door.write(may=CHOOSERS) as work:
        held = {one["id"] for one in plans.plan_list(work.tx, memberId)}
        done = plans.add(work.tx, memberId, wanted, scope=work.scope, now=work.now, window_on=_window(work))
        whole = plans.plan_list(work.tx, memberId)
        made = [one for one in done.added if one not in held]
        work.touched(made, len(made))
    return _done(memberId, 201 if made else 200, memberPlans=done.added, plans=whole)


@router.patch(
    "",
    summary="Remove and add plans of a member in one transaction",
    responses=_documented(
        UpdatedPlans, {"updatedMemberPlans": ["0r8000000000000020", "0r8000000000000001"], "failedPlans": []}
    ),
    openapi_extra=_asked(
        {
            "addedPlans": {"values": [{"contractGroupPlanId": "0rg000000000000004"}]},
            "deletedPlans": {"values": ["0r8000000000000001"]},
        }
    ),
)
@on_refusal(updatedMemberPlans=[], failedPlans=[])
def change_plans(memberId: str, body: PlansToChange, door: DoorDep) -> Response:  # noqa: N803 - published name
    """Removals come first. What a primary gives up goes from the dependents too; any error and nothing changes."""
    wanted = [plan.model_dump(exclude_none=True) for plan in body.addedPlans or ()]
    try:
        with door.write(may=CHOOSERS) as work:
            done = plans.patch(
                work.tx,
                memberId,
                wanted,
                body.deletedPlans or (),
                scope=work.scope,
                now=work.now,
                window_on=_window(work),
            )
            work.touched(done.updated, len(done.updated))
    except NotChanged as fault:  # the unit of work was rolled back on the way here
        errors = [told(error) for error in fault.errors]
        refusal = {"memberId": memberId, "isSuccess": False, "errors": errors}
        return answered({**refusal, "updatedMemberPlans": [], "failedPlans": fault.failed}, fault.status)
    return _done(memberId, 200, updatedMemberPlans=done.updated, failedPlans=[])


@router.post(
    "/action/delete",
    summary="Delete plans of a member with everything under them",
    responses=_documented(DeletedPlans, {}),
    openapi_extra=_asked({"plans": {"values": ["0r8000000000000001"]}}),
)
def delete_plans(memberId: str, body: PlansToDelete, door: DoorDep) -> Response:  # noqa: N803 - published name
    """A root plan takes its coverages along, a primary's the dependents' selections of that plan:
    `deletedMemberPlans`."""
    with door.write(may=CHOOSERS) as work:
        done = plans.delete(work.tx, memberId, body.plans, scope=work.scope, now=work.now, window_on=_window(work))
        work.touched(done.updated, len(done.updated))
    return _done(memberId, 200, **({"deletedMemberPlans": done.cascaded} if done.cascaded else {}))


def _window(work: Work) -> Any:
    """The day that enrollment windows must hold: today for a member who chooses, none for staff."""
    return work.now.date() if work.caller.kind == "member" else None


def _done(member_id: str, status: int, **fields: Any) -> Response:
    return answered({"memberId": member_id, "isSuccess": True, "errors": [], **fields}, status)
