"""InsEnrollmentServiceStd over HTTP: enrollMembers, enrollNewHires, enrollMembersAsync, enrollFamily.

What lives here: the routes and their shapes. What does not: the rules (`services.enrollment.std`), rating
(`std_rating`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.enrollment import std
from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import Id, LooseShape, Said, Texts
from services.insurance_errors import InsuranceError, Refused
from services.people.users import STD_NAMES

router = APIRouter(route_class=StdRoute, tags=["Enrollment"], prefix="/services/InsEnrollmentServiceStd")

OK = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}


Role = Annotated[str, Field(min_length=1, max_length=255)]


class EnrollMembersInput(LooseShape):
    """Options of enrollMembers and of enrollNewHires."""

    contractId: Id | None = Field(None, description="Contract; required.")  # noqa: N815 - published names
    groupCensusId: Id | None = Field(None, description="Census; or groupCensusMemberIds.")  # noqa: N815
    groupCensusMemberIds: Texts | None = Field(None, description="Members joined by commas.")  # noqa: N815
    isBatchMode: bool = Field(True, description="Batches of other systems; here no result hangs on it.")  # noqa: N815
    primaryRoleName: Role = Field("PolicyHolder", description="Role of primaries.")  # noqa: N815
    dependentRoleName: Role = Field("Member", description="Role of dependents.")  # noqa: N815
    saveMemberPremium: bool = Field(False, description="Amounts of members are always kept.")  # noqa: N815


class UserInput(LooseShape):
    """Details of users that are made; none are made without a profile."""

    profileId: Id | None = None  # noqa: N815
    emailEncoding: str | None = None  # noqa: N815
    languageLocale: str | None = None  # noqa: N815
    localeSID: str | None = None  # noqa: N815
    timeZoneSID: str | None = None  # noqa: N815


class EnrollMembersAsyncInput(UserInput):
    """Options of enrollMembersAsync."""

    groupCensusId: Id | None = Field(None, description="Census; required.")  # noqa: N815
    contractId: Id | None = Field(None, description="Contract; required.")  # noqa: N815
    batchName: str | None = Field(None, max_length=255, description="Default: Insurance Enrollment.")  # noqa: N815
    saveMemberPremium: bool = Field(False, description="Amounts of members are always kept.")  # noqa: N815
    isNewHire: bool = Field(False, description="Cover begins on PolicyStartDate.")  # noqa: N815
    matchingKeysList: Texts | None = Field(None, description="Fields that identify a person.")  # noqa: N815


class EnrollFamilyInput(LooseShape):
    """Options of enrollFamily."""

    flowName: str | None = Field(None, description="Flow to go through; by default the built-in one.")  # noqa: N815
    groupCensusId: Id | None = Field(None, description="Census; required.")  # noqa: N815
    contractId: Id | None = Field(None, description="Contract; required.")  # noqa: N815
    primaryMemberId: Id | None = Field(None, description="Primary of the family; required.")  # noqa: N815
    rootPlanId: Id | None = Field(None, description="Root plan; required.")  # noqa: N815
    matchingKeysList: Texts | None = Field(None, description="Fields that identify a person; required.")  # noqa: N815
    isProrated: bool = Field(False, description="From the primary's PolicyStartDate on.")  # noqa: N815
    isSaveMemberPremium: bool = Field(False, description="Amounts of members are always kept.")  # noqa: N815


class FamilyFault(Said):
    """Why a family was not enrolled."""

    error: str
    rootPlanId: str | None  # noqa: N815
    censusMemberId: str | None  # noqa: N815


class StdOutput(Said):
    """The envelope of a Std service; the output stands beside it."""

    result: str
    errorCode: str  # noqa: N815
    error: str


class PoliciesOutput(StdOutput):
    """Policies made, and families that got none."""

    policyIds: list[str]  # noqa: N815
    errors: list[FamilyFault]


class AcceptedOutput(StdOutput):
    """The request that does the work."""

    asyncBulkRequestId: str  # noqa: N815


class FamilyOutput(StdOutput):
    """The family's policy."""

    policyId: str  # noqa: N815


_CENSUS, _CONTRACT, _MEMBER = "0rf000000000000001", "800000000000000001", "0r6000000000000001"
_POLICIES = {**OK, "policyIds": ["0YT000000000000001"], "errors": []}


def _documented(asked: dict[str, Any], model: type[Said], done: dict[str, Any], status: int = 200) -> dict[str, Any]:
    refused = {"result": "failure", "errorCode": "INVOKE-500", "error": "Specify an input for contractId."}
    return {
        "responses": {
            status: {
                "model": model,
                "description": "Done.",
                "content": {"application/json": {"example": done}},
            },
            400: {
                "model": StdOutput,
                "description": "Refused.",
                "content": {"application/json": {"example": refused}},
            },
            401: {"model": StdOutput, "description": "No valid token (GB-SYS-003)."},
            403: {"model": StdOutput, "description": "The caller may not do this (SF-0001-0011)."},
            503: {"model": StdOutput, "description": "The book is kept by another run (GB-SYS-001)."},
        },
        "openapi_extra": {"requestBody": {"content": {"application/json": {"example": asked}}}},
    }


_ASKED = {"contractId": _CONTRACT, "groupCensusMemberIds": f"{_MEMBER},0r6000000000000004"}


@router.post(
    "/enrollMembers",
    summary="Std: enroll members in what they chose of a contract",
    **_documented(_ASKED, PoliciesOutput, _POLICIES),
)
def enroll_members(body: EnrollMembersInput, door: DoorDep) -> Response:
    """At once. Everybody is covered for the whole term."""
    return _enrolled(body, door, is_new_hire=False)


@router.post(
    "/enrollNewHires",
    summary="Std: enroll new hires from the day their cover begins",
    **_documented(_ASKED, PoliciesOutput, _POLICIES),
)
def enroll_new_hires(body: EnrollMembersInput, door: DoorDep) -> Response:
    """At once. Every primary needs a PolicyStartDate within the contract; `errors` names those who have none."""
    return _enrolled(body, door, is_new_hire=True)


def _enrolled(body: EnrollMembersInput, door: DoorDep, *, is_new_hire: bool) -> Response:
    try:
        with door.write() as work:
            done = std.enroll_members(
                work.tx,
                body.contractId,
                body.groupCensusId,
                body.groupCensusMemberIds,
                roles=std.Roles(body.primaryRoleName, body.dependentRoleName),
                is_new_hire=is_new_hire,
                scope=work.scope,
                now=work.now,
            )
            work.touched(done["policyIds"], len(done["policyIds"]))
    except Refused as refused:
        if not any("censusMemberIds" in error.info for error in refused.errors):
            raise
        return _failed([_of_members(error) for error in refused.errors])
    return answered({**OK, **done})


def _of_members(error: InsuranceError) -> dict[str, Any]:
    """An error about several members."""
    return {"error": error.message, "censusMemberIds": error.info.get("censusMemberIds", [])}


def _failed(errors: list[dict[str, Any]]) -> Response:
    said = " ".join(error["error"] for error in errors)
    return answered({"result": "failure", "errorCode": "INVOKE-500", "error": said, "errors": errors}, 400)


@router.post(
    "/enrollMembersAsync",
    status_code=202,
    summary="Std: enroll a census as a job",
    **_documented(
        {
            "groupCensusId": _CENSUS,
            "contractId": _CONTRACT,
            "batchName": "Open enrollment 2027",
            "matchingKeysList": "FirstName,LastName,Birthdate",
            "profileId": "00e000000000000001",
        },
        AcceptedOutput,
        {**OK, "asyncBulkRequestId": "08P000000000000001"},
        202,
    ),
)
def enroll_members_async(body: EnrollMembersAsyncInput, door: DoorDep, request: Request) -> Response:
    """Follow `asyncBulkRequestId` by getRequestStatusById, or at /connect/insurance/async-requests."""
    details = {column: getattr(body, name) for column, name in STD_NAMES.items()}
    with door.write() as work:
        request_id = std.enroll_members_async(
            work.tx,
            body.contractId,
            body.groupCensusId,
            name=body.batchName,
            is_new_hire=body.isNewHire,
            matching_keys=body.matchingKeysList,
            user_details=details if any(details.values()) else None,
            scope=work.scope,
            now=work.now,
            requested_by=work.caller.token_id,
            http_request_id=work.request_id,
        )
        work.touched([request_id])
    request.app.state.worker.wake()
    return answered({**OK, "asyncBulkRequestId": request_id}, 202)


@router.post(
    "/enrollFamily",
    summary="Std: enroll one family in one root plan",
    **_documented(
        {
            "flowName": "Process Group Census Member Data",
            "groupCensusId": _CENSUS,
            "contractId": _CONTRACT,
            "primaryMemberId": _MEMBER,
            "rootPlanId": "0rg000000000000001",
            "matchingKeysList": "FirstName,LastName,Birthdate",
            "isProrated": True,
        },
        FamilyOutput,
        {**OK, "policyId": "0YT000000000000001"},
    ),
)
def enroll_family(body: EnrollFamilyInput, door: DoorDep) -> Response:
    """The policy, or `errors` with what is wrong: `already enrolled`, for example."""
    with door.write() as work:
        done = std.enroll_family(
            work.tx,
            flow_name=body.flowName,
            census_id=body.groupCensusId,
            contract_id=body.contractId,
            member_id=body.primaryMemberId,
            plan_id=body.rootPlanId,
            matching_keys=body.matchingKeysList,
            is_prorated=body.isProrated,
            scope=work.scope,
            now=work.now,
        )
        work.touched([done["policyId"]] if "policyId" in done else [])
    return answered({**OK, **done}) if "policyId" in done else _failed(done["errors"])
