"""InsCensusServiceStd over HTTP: members added, changed, and loaded with their plans.

What lives here: the routes and their shapes, and what all routes on members of this service share. What does not: the
rules (`services.members.std`, `std_with_plans`), deleting (`std_removal`), reading (`std_reading`), and plans of stored
members (`std_selections`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import Id, Listed, Record, Said, Shape
from services.members import std, std_with_plans

router = APIRouter(route_class=StdRoute, tags=["Std census service"], prefix="/services/InsCensusServiceStd")

Key = Annotated[str, Field(max_length=255)]


class CensusNode(Shape):
    """Headers that name fields, and members that state them."""

    headers: Listed[Record] | None = Field(None, description="Required: `name` of every field that members state.")
    members: Listed[Record] | None = Field(None, description="Required: members under the field names of the object.")


class AddMembersInput(Shape):
    """Options of addMembers."""

    censusId: Id | None = Field(None, description="Census; required.")  # noqa: N815 - published names
    census: CensusNode | None = Field(None, description="Headers and members; required.")
    duplicateKey: Listed[Key] | None = Field(  # noqa: N815
        None, description="Fields of the member key, in place of FirstName, Lastname, Email, GroupCensusId."
    )
    quoteEffectiveDate: str | None = Field(  # noqa: N815
        None, max_length=40, description="Day that group classes must be valid on; none asks nothing."
    )


class UpdateMembersInput(Shape):
    """Options of updateMembers."""

    censusId: Id | None = Field(None, description="Census; required.")  # noqa: N815
    census: CensusNode | None = Field(None, description="Headers and members; required.")
    updateById: bool | None = Field(None, description="By Id instead of MemberKey.")  # noqa: N815
    quoteEffectiveDate: str | None = Field(None, max_length=40, description="As in addMembers.")  # noqa: N815


class UpdateMembersWithPlansInput(Shape):
    """Options of updateMembersWithPlans."""

    censusId: Id | None = Field(None, description="Census; required.")  # noqa: N815
    contractId: Id | None = Field(None, description="Contract of the plans; without it no plan is saved.")  # noqa: N815
    census: CensusNode | None = Field(
        None, description="Headers, among them ContractGroupPlanId, and members; required."
    )
    onlySaveMembersWithValidProducts: bool | None = Field(  # noqa: N815
        None, description="New members that end without a plan are deleted again."
    )
    duplicateKeys: Listed[Key] | None = Field(None, description="As duplicateKey of addMembers.")  # noqa: N815


class StdOutput(Said):
    """The envelope of a Std service; the output stands beside it."""

    result: str
    errorCode: str  # noqa: N815
    error: str


class SavedOutput(StdOutput):
    """What became of the members of a call."""

    censusMemberIds: list[str]  # noqa: N815
    relatedFieldsUpdateSuccessCount: int  # noqa: N815
    relatedFieldsUpdateErrorCount: int  # noqa: N815
    relatedFieldsUpdateErrors: list[Any]  # noqa: N815
    errors: list[dict[str, Any]]


def header(kind: str, label: str, name: str) -> dict[str, str]:
    """A header of an example."""
    return {"type": kind, "label": label, "fieldId": "", "name": name}


CENSUS, MEMBER, SPOUSE = "0rf000000000000001", "0r6000000000000001", "0r6000000000000003"
PLANS = ("0rg000000000000001", "0rg000000000000011", "0rg000000000000003")
NAMES = [
    header("STRING", "First", "FirstName"),
    header("STRING", "Last", "Lastname"),
    header("EMAIL", "Mail", "Email"),
    header("STRING", "Member no", "SourceSystemIdentifier"),
]
OWEN = {
    "FirstName": "Owen",
    "Lastname": "Park",
    "Email": "owen.park@example.org",
    "SourceSystemIdentifier": "P1",
}
_LEA = {"FirstName": "Lea", "Lastname": "Ruiz", "Email": "not-a-mail", "SourceSystemIdentifier": "P2"}
_COUNTED = {"relatedFieldsUpdateErrorCount": 0, "relatedFieldsUpdateErrors": []}
_SAVED = {
    **std.OK,
    "censusMemberIds": [MEMBER],
    "relatedFieldsUpdateSuccessCount": 1,
    **_COUNTED,
    "errors": [{**_LEA, "error": "[Email]: INVALID_EMAIL_ADDRESS - Email: invalid email address: not-a-mail"}],
}
_NOOR = {
    "FirstName": "Noor",
    "Lastname": "Haddad",
    "Email": "noor.haddad@example.org",
    "SourceSystemIdentifier": "HR-501",
    "PrimaryMemberSource": None,
    "OptOutPlanTypes": "Vision",
    "ContractGroupPlanId": ";".join(PLANS),
}
_ELIAS = {
    "FirstName": "Elias",
    "Lastname": "Haddad",
    "Email": "elias.haddad@example.org",
    "SourceSystemIdentifier": "HR-501-2",
    "PrimaryMemberSource": "HR-501",
    "RelationshipToPrimaryMember": "Spouse",
    "ContractGroupPlanId": PLANS[2],
}
_WITH_PLANS = [
    *NAMES,
    header("STRING", "Primary no", "PrimaryMemberSource"),
    header("PICKLIST", "Relation", "RelationshipToPrimaryMember"),
    header("MULTIPICKLIST", "Waived", "OptOutPlanTypes"),
    header("ENTITYID", "Plans", "ContractGroupPlanId"),
]


def _not_valid(member_id: str, cell: str, n: int) -> dict[str, Any]:
    says = f"ContractGroupPlan value is not valid:{PLANS[2]}"
    asked = {"numPlans": n, "numPlansError": 1, "ContractGroupPlan": cell, "error": says}
    return {"Id": member_id, "isNewMember": True, **asked}


def documented(asked: dict[str, Any], model: type[Said], done: dict[str, Any], error: str) -> dict[str, Any]:
    """Examples of a request, of its answer and of a refusal, and the documented statuses."""
    refused = {"result": "failure", "errorCode": "INVOKE-500", "error": error}
    return {
        "responses": {
            200: {
                "model": model,
                "description": "The call was finished; single members may be told in `errors`.",
                "content": {"application/json": {"example": done}},
            },
            400: {
                "model": StdOutput,
                "description": "Refused; nothing was written.",
                "content": {"application/json": {"example": refused}},
            },
            401: {"model": StdOutput, "description": "No valid token (GB-SYS-003)."},
            403: {"model": StdOutput, "description": "The caller may not do this (SF-0001-0011)."},
            503: {"model": StdOutput, "description": "The book is kept by another run (GB-SYS-001)."},
        },
        "openapi_extra": {"requestBody": {"content": {"application/json": {"example": asked}}}},
    }


@router.post(
    "/addMembers",
    summary="Std: add members to a census, or change those whose key is known",
    **documented(
        {"censusId": CENSUS, "census": {"headers": NAMES, "members": [OWEN, _LEA]}},
        SavedOutput,
        _SAVED,
        "Specify a censusId.",
    ),
)
def add_members(body: AddMembersInput, door: DoorDep) -> Response:
    """Primaries first, then their dependents. A field counts where `headers` names it; a class may be made by name."""
    with door.write() as work:
        done = std.add_members(
            work.tx,
            body.censusId,
            _node(body.census),
            duplicate_key=body.duplicateKey,
            quote_effective_date=body.quoteEffectiveDate,
            scope=work.scope,
            now=work.now,
        )
        work.touched(done.touched, len(done.touched))
    return answered(done.told())


@router.post(
    "/updateMembers",
    summary="Std: change members found by key or by id",
    **documented(
        {
            "censusId": CENSUS,
            "updateById": True,
            "census": {
                "headers": [header("STRING", "Last", "Lastname")],
                "members": [{"Id": MEMBER, "Lastname": "Parks"}, {"Lastname": "NoId"}],
            },
        },
        SavedOutput,
        {**_SAVED, "errors": [{"Lastname": "NoId", "error": "Specify Id of the census member."}]},
        "The members node is missing in the census input.",
    ),
)
def update_members(body: UpdateMembersInput, door: DoorDep) -> Response:
    """By key, a key that is not known makes a member; by id nothing is ever made, and nobody looks for orphans."""
    with door.write() as work:
        done = std.update_members(
            work.tx,
            body.censusId,
            _node(body.census),
            by_id=bool(body.updateById),
            quote_effective_date=body.quoteEffectiveDate,
            scope=work.scope,
            now=work.now,
        )
        work.touched(done.touched, len(done.touched))
    return answered(done.told())


@router.post(
    "/updateMembersWithPlans",
    summary="Std: load members and their plans in one call",
    **documented(
        {
            "censusId": CENSUS,
            "contractId": "800000000000000001",
            "onlySaveMembersWithValidProducts": True,
            "census": {"headers": _WITH_PLANS, "members": [_NOOR, _ELIAS]},
        },
        SavedOutput,
        {
            **std.OK,
            "censusMemberIds": [MEMBER],
            "deletedCensusMemberIds": [SPOUSE],
            "memberPlanIds": ["0r8000000000000001", "0r8000000000000002"],
            "relatedFieldsUpdateSuccessCount": 1,
            **_COUNTED,
            "errors": [_not_valid(MEMBER, ";".join(PLANS), 3), _not_valid(SPOUSE, PLANS[2], 1)],
        },
        "The header node is missing in the census input.",
    ),
)
def update_members_with_plans(body: UpdateMembersWithPlansInput, door: DoorDep) -> Response:
    """Members are saved first, so opt-outs of the same call count; then each valid plan of each saved member."""
    with door.write() as work:
        done = std_with_plans.update_members_with_plans(
            work.tx,
            body.censusId,
            body.contractId,
            _node(body.census),
            only_with_valid=bool(body.onlySaveMembersWithValidProducts),
            duplicate_keys=body.duplicateKeys,
            scope=work.scope,
            now=work.now,
        )
        work.touched(done.touched, len(done.touched))
    return answered(done.told())


def _node(census: CensusNode | None) -> dict[str, Any] | None:
    return None if census is None else {"headers": census.headers, "members": census.members}
