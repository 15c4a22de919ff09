"""Members with plans over HTTP: a family and its plans in one request (census with plans, section 3).

What lives here: the two routes and their shapes. What does not: any rule (`services.selections.with_members`).
"""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Response
from pydantic import Field, WithJsonSchema

from services.http.envelopes import ConnectRoute, answered, on_refusal, told
from services.http.identity import DoorDep
from services.http.routes.census_members import MemberInput
from services.http.shapes import CONNECT_ERRORS, Fault, Listed, Record, Said, Shape
from services.selections.with_members import Family, FamilyRefused, save_family

router = APIRouter(
    route_class=ConnectRoute,
    tags=["Members with plans"],
    prefix="/services/data/{version}/connect/insurance/group-censuses/{censusId}",
)


_NAMES = ("contractGroupPlanId", "productCode", "rootProductCode", "id", "name", "groupCensusMemberId")
_PLAN = {
    "type": "object",
    "title": "MemberPlanInput",
    "description": "A plan by `contractGroupPlanId`, or by the codes of its product and its root plan's product.",
    "properties": {
        **{name: {"anyOf": [{"type": "string"}, {"type": "null"}]} for name in _NAMES},
        "attributes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["attributeCode", "attributeValue"],
                "properties": {"attributeCode": {"type": "string"}, "attributeValue": {}},
            },
        },
    },
}
_LISTS = {
    **{name: {"type": "array", "items": _PLAN} for name in ("groupCensusMemberPlans", "addedPlans", "upsertedPlans")},
    "deletedPlans": {"type": "array", "items": {"type": "string"}},
}


def _schema() -> dict[str, Any]:
    """A member as the Connect services take it, with its lists of plans."""
    (member,) = (part.json_schema for part in get_args(MemberInput) if isinstance(part, WithJsonSchema))
    assert member is not None
    properties = {**member["properties"], **_LISTS}
    return {**member, "title": "MemberWithPlansInput", "properties": properties}


class FamilyInput(Shape):
    """Members With Plans Input."""

    members: Listed[Annotated[Record, WithJsonSchema(_schema())]] = Field(
        description="Members of one family, each with lists of plans: `groupCensusMemberPlans` (or `addedPlans`) when"
        " adding; `addedPlans`, `upsertedPlans`, `deletedPlans` when changing."
    )
    duplicateDetectionFields: Listed[str] | None = None  # noqa: N815 - published names
    flowName: str | None = Field(None, max_length=255)  # noqa: N815
    shouldExecuteConfigurationRule: bool | None = None  # noqa: N815


class MemberOutcome(Said):
    """One member: its id, every plan record it has now, and what is wrong with it."""

    memberId: str | None  # noqa: N815
    memberPlans: list[str]  # noqa: N815
    errors: list[Fault]


class FamilyOutput(Said):
    """Members With Plans Response."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    members: list[MemberOutcome]


_IDS = ["0r8000000000000001", "0r8000000000000020"]
_DONE = {
    "isSuccess": True,
    "errors": [],
    "members": [{"memberId": "0r6000000000000001", "memberPlans": _IDS, "errors": []}],
}


def _documented(status: int) -> dict[int | str, dict[str, Any]]:
    said = {
        "model": FamilyOutput,
        "description": "The family and its plans are saved.",
        "content": {"application/json": {"example": _DONE}},
    }
    refused = {"model": FamilyOutput, "description": "Something is wrong with a member or a plan; nothing was saved."}
    return {**CONNECT_ERRORS, 200: said, status: said, 400: refused}


def _asked(member: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": {"members": [member]}}}}}


@router.post(
    "/members-with-plans",
    summary="Add a family with its plans",
    status_code=201,
    responses=_documented(201),
    openapi_extra=_asked(
        {
            "firstName": "Noor",
            "lastname": "Haddad",
            "email": "noor.haddad@example.org",
            "associationWithPrimaryMbr": "Self",
            "groupCensusMemberPlans": [{"contractGroupPlanId": "0rg000000000000001"}],
        }
    ),
)
@on_refusal(members=[])
def add_family(censusId: str, body: FamilyInput, door: DoorDep) -> Response:  # noqa: N803 - published name
    """One transaction: members first, then their plans; a fault of one keeps all of it out."""
    return _saved(censusId, body, door, is_patch=False)


@router.patch(
    "/members-with-plans",
    summary="Change a family and its plans",
    responses=_documented(200),
    openapi_extra=_asked(
        {
            "id": "0r6000000000000001",
            "addedPlans": [{"contractGroupPlanId": "0rg000000000000003"}],
            "deletedPlans": ["0r8000000000000002"],
        }
    ),
)
@on_refusal(members=[])
def change_family(censusId: str, body: FamilyInput, door: DoorDep) -> Response:  # noqa: N803 - published name
    """Members are named by `id`; plans are removed first, then added."""
    return _saved(censusId, body, door, is_patch=True)


def _saved(census_id: str, body: FamilyInput, door: DoorDep, *, is_patch: bool) -> Response:
    try:
        with door.write() as work:
            family = save_family(
                work.tx,
                census_id,
                body.members,
                is_patch=is_patch,
                duplicate_fields=body.duplicateDetectionFields or (),
                flow_name=body.flowName,
                runs_rules=bool(body.shouldExecuteConfigurationRule),
                scope=work.scope,
                now=work.now,
            )
            work.touched(family.touched, len(family.touched))
    except FamilyRefused as fault:
        return _refused(fault, body.members)
    return answered(_told(family), 201 if family.is_new and not is_patch else 200)


def _told(family: Family) -> dict[str, Any]:
    members = [
        {"memberId": member_id, "memberPlans": plans, "errors": []}
        for member_id, plans in zip(family.member_ids, family.member_plans, strict=True)
    ]
    return {"isSuccess": True, "errors": [], "members": members}


def _refused(fault: FamilyRefused, members: list[dict[str, Any]]) -> Response:
    """What is wrong, by member; the unit of work was rolled back on the way here."""
    said = [
        {
            "memberId": member.get("id") if isinstance(member.get("id"), str) else None,
            "memberPlans": [],
            "errors": [told(error) for error in fault.by_member.get(at, ())],
        }
        for at, member in enumerate(members)
    ]
    return answered({"isSuccess": False, "errors": [told(e) for e in fault.of_request], "members": said}, 400)
