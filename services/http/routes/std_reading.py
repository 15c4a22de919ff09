"""InsCensusServiceStd over HTTP: members and fields read (census members, section 9).

What lives here: the routes and their shapes. What does not: pages (`services.members.reading`) and field sets
(`services.members.std_fields`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.routes.std_members import CENSUS, MEMBER, NAMES, OWEN, PLANS, StdOutput, documented, header
from services.http.shapes import Id, Listed, Shape
from services.members import reading, std, std_fields

router = APIRouter(route_class=StdRoute, tags=["Std census service"], prefix="/services/InsCensusServiceStd")

MAY_READ = ("user", "service", "member")
"""Who reads members: staff whatever is in scope, a member the own family."""

SetName = Annotated[str, Field(max_length=255)]


class GetMembersInput(Shape):
    """Options of getMembers."""

    censusId: Id | None = Field(None, description="Census; an unknown one has no members.")  # noqa: N815
    fieldsetName: SetName | None = Field(None, description="By default StandardFieldset.")  # noqa: N815
    limit: int | None = Field(None, description="Primaries of a page, 1 to 500; 500 unless stated.")
    offset: Id | None = Field(None, description="`lastOffset` of the page before.")
    searchKey: str | None = Field(None, max_length=255, description="Part of a first or last name.")  # noqa: N815
    memberIds: Listed[Id] | None = Field(None, description="Members whose families are wanted.")  # noqa: N815
    withPlans: bool | None = Field(None, description="Adds ContractGroupPlanId.")  # noqa: N815

    def wanted(self) -> reading.Wanted:
        """The families asked for."""
        return reading.Wanted(self.limit, self.offset, self.searchKey, self.memberIds)


class GetMembersWithPlansInput(GetMembersInput):
    """Options of getMembersWithPlans."""

    contractId: Id | None = Field(None, description="Contract of the choices; by default the census's.")  # noqa: N815
    planFieldsetName: SetName | None = Field(None, description="Fields of member plans to add.")  # noqa: N815


class GetFieldsInput(Shape):
    """Options of getFields."""

    fieldsetName: SetName | None = Field(None, description="By default StandardFieldset.")  # noqa: N815
    planFieldsetName: SetName | None = Field(None, description="Fields of member plans.")  # noqa: N815
    withPlans: bool | None = Field(None, description="Adds fields of member plans.")  # noqa: N815


class MembersOutput(StdOutput):
    """A page of members; `lastOffset` is null where there are none."""

    census: dict[str, Any]
    lastOffset: str | None  # noqa: N815


class FieldsOutput(StdOutput):
    """Fields of a set."""

    names: list[str] = Field(alias="fields")
    headers: list[dict[str, Any]]


_PAGE = {
    **std.OK,
    "census": {"headers": NAMES, "members": [{"Id": MEMBER, **OWEN}]},
    "lastOffset": MEMBER,
}
_OPTION = {
    "value": PLANS[0],
    "type": "Medical",
    "name": "Harbor PPO",
    "childProducts": [{"value": PLANS[1], "IsOptional": False, "name": "Preventive"}],
}


@router.post(
    "/getMembers",
    summary="Std: read members in pages of whole families",
    **documented(
        {"censusId": CENSUS, "limit": 100, "searchKey": "par"},
        MembersOutput,
        _PAGE,
        "Specify a valid input for limit.",
    ),
)
def get_members(body: GetMembersInput, door: DoorDep) -> Response:
    """`limit` counts primaries; all their dependents come along."""
    with door.read(may=MAY_READ) as work:
        page = reading.get_members(
            work.tx,
            body.censusId,
            body.wanted(),
            scope=work.scope,
            field_set=body.fieldsetName,
            with_plans=bool(body.withPlans),
        )
    return answered({**std.OK, **page})


@router.post(
    "/getMembersWithPlans",
    summary="Std: read members with their plans and the choices of a contract",
    **documented(
        {"censusId": CENSUS, "contractId": "800000000000000001", "limit": 100},
        MembersOutput,
        {
            **std.OK,
            "census": {
                "headers": [*NAMES, {**header("ENTITYID", "Contract Group Plan ID", "ContractGroupPlanId"),
                                      "options": [_OPTION]}],
                "members": [{"Id": MEMBER, **OWEN, "ContractGroupPlanId": f"{PLANS[0]};{PLANS[1]}"}],
            },
            "lastOffset": MEMBER,
        },
        "Specify a valid input for limit.",
    ),
)  # fmt: skip
def get_members_with_plans(body: GetMembersWithPlansInput, door: DoorDep) -> Response:
    """As getMembers; the header of ContractGroupPlanId carries one option for each root plan of the contract."""
    with door.read(may=MAY_READ) as work:
        page = reading.get_members_with_plans(
            work.tx,
            body.censusId,
            body.contractId,
            body.wanted(),
            scope=work.scope,
            field_set=body.fieldsetName,
            plan_set=body.planFieldsetName,
        )
    return answered({**std.OK, **page})


@router.post(
    "/getFields",
    summary="Std: the fields of a field set",
    **documented(
        {"fieldsetName": "EditableTableFieldset", "withPlans": True},
        FieldsOutput,
        {**std.OK, "fields": [header["name"] for header in NAMES], "headers": NAMES},
        "The specified field set name Nobody's doesn't exist.",
    ),
)
def get_fields(body: GetFieldsInput, door: DoorDep) -> Response:
    """Names and headers; GroupClassId brings GroupClassId.Name along."""
    with door.read(may=MAY_READ):
        told = std_fields.described(body.fieldsetName, body.planFieldsetName, with_plans=bool(body.withPlans))
    return answered({**std.OK, **told})
