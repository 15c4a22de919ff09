"""Group census members over HTTP: add, change, delete all, delete listed (census members, sections 1 to 3).

What lives here: the four routes and their shapes. What does not: any rule (`services.members`), and reading members
(`member_reading`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field, WithJsonSchema

from services.http.envelopes import ConnectRoute, answered, on_refusal, told
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Record, Said, Shape
from services.members import connect, remove
from services.members.fields import FIELDS, Kind

router = APIRouter(
    route_class=ConnectRoute,
    tags=["Census members"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-censuses/{groupCensusId}",
)

_JSON: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.NUMBER: {"type": "number"},
    Kind.MONEY: {"type": "number"},
    Kind.WHOLE: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
}
_ADDITIONAL = {
    "type": "array",
    "description": "Fields of the object that have no property here (CV-4).",
    "items": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}, "value": {}}},
}


def _member_schema() -> dict[str, Any]:
    """Group Census Member Input as the table declares it; a wrong value is an error of its row, not of the request."""
    properties: dict[str, Any] = {}
    for field in FIELDS.values():
        if field.prop is not None:
            limit = {"maxLength": field.longest} if field.longest and field.kind is Kind.TEXT else {}
            properties[field.prop] = {"anyOf": [{**_JSON[field.kind], **limit}, {"type": "null"}]}
    return {
        "type": "object",
        "title": "GroupCensusMemberInput",
        "properties": {**properties, "additionalFields": _ADDITIONAL},
    }


MemberInput = Annotated[Record, WithJsonSchema(_member_schema())]


class MembersInput(Shape):
    """Insurance Group Census Member Management Input."""

    members: Listed[MemberInput] = Field(description="Members to add, or to change by `id`.")
    duplicateDetectionFields: Listed[str] | None = Field(  # noqa: N815 - published name
        None,
        description="Field names that join the member key, beside names, association and census. A change need not"
        " repeat Email and up to two of Birthdate, Gender and SourceSystemIdentifier; with other fields, or more of"
        " them, it names those that the keys were made with: else a key stays as it is, whatever changes.",
    )
    flowName: str | None = Field(None, max_length=255, description="Flow that processes the rows.")  # noqa: N815


class MembersToDelete(Shape):
    """Insurance Delete Census Member Input."""

    memberIds: Listed[Id] = Field(description="Members to delete.")  # noqa: N815 - published name


class MembersOutput(Said):
    """Insurance Group Census Member Management: what became of the members."""

    isSuccess: bool  # noqa: N815 - published names
    errors: list[Fault]
    memberIds: list[str]  # noqa: N815


_NOOR = {
    "firstName": "Noor",
    "lastname": "Haddad",
    "email": "noor.haddad@example.org",
    "birthdate": "1984-02-11",
    "associationWithPrimaryMbr": "Self",
    "sourceSystemIdentifier": "HR-501",
    "groupClassName": "Salaried",
    "fullTimeEquivalent": 1.0,
}
_MIRA = {
    "firstName": "Mira",
    "lastname": "Haddad",
    "birthdate": "2014-09-30",
    "associationWithPrimaryMbr": "Child",
    "sourceSystemIdentifier": "HR-501-1",
    "primaryMemberSource": "HR-501",
}
_IDS = ["0r6000000000000001", "0r6000000000000002"]
_DONE = {"isSuccess": True, "errors": [], "memberIds": _IDS}


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


def _says(description: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"model": MembersOutput, "description": description, "content": {"application/json": {"example": example}}}


@router.post(
    "/group-census-members",
    summary="Add members to a census, or change those whose key is known",
    status_code=201,
    responses={
        **CONNECT_ERRORS,
        201: _says("At least one member was made; rows with errors are left out.", _DONE),
        200: _says("Nothing new was made.", _DONE),
    },
    openapi_extra=_asked(
        {"duplicateDetectionFields": {"values": ["Birthdate"]}, "members": {"values": [_NOOR, _MIRA]}}
    ),
)
@on_refusal(memberIds=[])
def add_members(groupCensusId: str, body: MembersInput, door: DoorDep) -> Response:  # noqa: N803 - published name
    """Primaries are saved first, then the dependents linked to them; a dependent of nobody is refused."""
    with door.write() as work:
        answer = connect.add(
            work.tx,
            groupCensusId,
            body.members,
            duplicate_fields=body.duplicateDetectionFields or (),
            flow_name=body.flowName,
            scope=work.scope,
            now=work.now,
        )
        work.touched(answer.member_ids)
    return _answered(answer, 201 if answer.n_created else 200)


@router.patch(
    "/group-census-members",
    summary="Change members of a census by id",
    responses={**CONNECT_ERRORS, 200: _says("What was stated is stored; rows with errors are left out.", _DONE)},
    openapi_extra=_asked({"members": [{"id": _IDS[0], "city": "Springfield"}, {"id": _IDS[1], "email": None}]}),
)
@on_refusal(memberIds=[])
def change_members(groupCensusId: str, body: MembersInput, door: DoorDep) -> Response:  # noqa: N803
    """What a row leaves out stays as it is; an explicit null clears a field. Nothing is ever made."""
    with door.write() as work:
        answer = connect.change(
            work.tx,
            groupCensusId,
            body.members,
            duplicate_fields=body.duplicateDetectionFields or (),
            flow_name=body.flowName,
            scope=work.scope,
            now=work.now,
        )
        work.touched(answer.member_ids)
    return _answered(answer, 200)


Force = Annotated[bool, Query(description="Delete members with completed enrollments as well (CM-24).")]


@router.delete(
    "/group-census-members",
    summary="Empty a census",
    responses={**CONNECT_ERRORS, 200: _says("Every member and selection is gone, all or nothing.", _DONE)},
)
@on_refusal(memberIds=[])
def delete_all_members(groupCensusId: str, door: DoorDep, force: Force = False) -> Response:  # noqa: N803
    """The census itself, classes, accounts, contacts and users stay."""
    with door.write() as work:
        gone = remove.delete_all(work.tx, groupCensusId, scope=work.scope, now=work.now, force=force)
        work.touched(gone)
    return _answered(connect.Answer(gone), 200)


@router.post(
    "/group-census-members/delete",
    summary="Delete listed members; a primary takes its dependents along",
    responses={**CONNECT_ERRORS, 200: _says("The deleted ids, listed ones first; all or nothing.", _DONE)},
    openapi_extra=_asked({"memberIds": [_IDS[0]]}),
)
@on_refusal(memberIds=[])
def delete_members(
    groupCensusId: str,  # noqa: N803
    body: MembersToDelete,
    door: DoorDep,
    force: Force = False,
) -> Response:
    """Each unknown id is one error, and then nothing is deleted."""
    with door.write() as work:
        gone = remove.delete_listed(work.tx, groupCensusId, body.memberIds, scope=work.scope, now=work.now, force=force)
        work.touched(gone)
    return _answered(connect.Answer(gone), 200)


def _answered(answer: connect.Answer, status: int) -> Response:
    body = {
        "isSuccess": answer.is_success,
        "errors": [told(error) for error in answer.errors],
        "memberIds": answer.member_ids,
    }
    return answered(body, status)
