"""Enrollment over HTTP: one family in one plan, and a census in everything it chose (enrollment, sections 1 and 2).

What lives here: the two Connect routes and their shapes. What does not: any rule (`services.enrollment`), the actions
(`enrollment_actions`), the Std services (`std_enrollment`), and what has become of a request (`async_requests`).
"""

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.enrollment.individual import enroll_member
from services.enrollment.manner import Manner
from services.enrollment.request import NAME, GroupAsk, ask
from services.http.envelopes import ConnectRoute, answered, on_refusal, told
from services.http.identity import DoorDep
from services.http.routes.member_plans import CHOOSERS
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Said, Shape
from services.people.enrolling import default_wish

router = APIRouter(route_class=ConnectRoute, tags=["Enrollment"], prefix="/services/data/{version}/connect/insurance")


class IndividualInput(Shape):
    """Individual Enrollment Input."""

    plan: Id | None = Field(None, description="Root contract group plan; required.")
    flowName: str | None = Field(None, description="Flow to go through; by default the built-in one.")  # noqa: N815


class FamilyPolicy(Said):
    """Family Policy Details."""

    plan: str = Field(description="Name of the plan.")
    policy: str = Field(description="Id of the policy.")


class IndividualOutput(Said):
    """Individual Enrollment Response."""

    isSuccess: bool  # noqa: N815 - published names
    errors: list[Fault]
    policies: list[FamilyPolicy]


class GroupInput(Shape):
    """Group Enrollment Input; an empty body is fine."""

    batchJobName: str | None = Field(None, max_length=255, description="A label of the request.")  # noqa: N815
    flowName: str | None = Field(None, description="Flow to go through; by default Enroll Member.")  # noqa: N815


class GroupOutput(Said):
    """Group Enrollment Response."""

    requestId: str | None = Field(description="Of the request, for `async-requests`.")  # noqa: N815
    errors: list[Fault] = Field(description="What was wrong before the work was scheduled; empty: it is scheduled.")


_POLICY = {"plan": "Medical Platinum", "policy": "0YT000000000000001"}
_NOT_RATED = {
    "isSuccess": False,
    "errors": [
        {
            "code": "GB-ENR-007",
            "message": "Couldn't rate this family.",
            "additionalInfo": {
                "errors": [
                    {
                        "code": "GB-RATE-012",
                        "message": "Birth date is required to rate this member.",
                        "additionalInfo": {
                            "memberId": "0r6000000000000003",
                            "contractGroupPlanId": "0rg000000000000011",
                        },
                    }
                ]
            },
        }
    ],
    "policies": [],
}


@router.post(
    "/group-census-members/{memberId}/policies",
    status_code=201,
    summary="Enroll one family in one root plan",
    responses={
        **CONNECT_ERRORS,
        201: {
            "model": IndividualOutput,
            "description": "The family has its policy.",
            "content": {"application/json": {"example": {"isSuccess": True, "errors": [], "policies": [_POLICY]}}},
        },
        400: {
            "model": IndividualOutput,
            "description": "The family has no policy; where its enrollment had begun, the choice is Failed.",
            "content": {"application/json": {"example": _NOT_RATED}},
        },
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": {"plan": "0rg000000000000001"}}}}},
)
@on_refusal(policies=[])
def enroll_one(memberId: str, body: IndividualInput, door: DoorDep) -> Response:  # noqa: N803 - published names
    """The member in the path is the family's primary. Choices count as they are saved; dependents that chose the plan
    come with the primary. Members who enroll by themselves are held to the enrollment window and the waiting period.
    """
    with door.write(may=CHOOSERS) as work:
        by_itself = work.caller.kind == "member"
        manner = Manner(persons=default_wish(work.tx), is_self_service=by_itself)
        done = enroll_member(
            work.tx, memberId, body.plan, flow_name=body.flowName, manner=manner, scope=work.scope, now=work.now
        )
        work.touched([memberId, *(one["policy"] for one in done.policies)])
    answer = {"isSuccess": done.is_success, "errors": [told(error) for error in done.errors], "policies": done.policies}
    return answered(answer, 201 if done.is_success else 400)


@router.post(
    "/group-censuses/{censusId}/policies",
    status_code=202,
    summary="Enroll every family of a census in what it chose",
    responses={
        **CONNECT_ERRORS,
        202: {
            "model": GroupOutput,
            "description": "Scheduled; follow `requestId` at /connect/insurance/async-requests.",
            "content": {"application/json": {"example": {"requestId": "08P000000000000001", "errors": []}}},
        },
    },
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": {"example": {"batchJobName": "Open enrollment 2027", "flowName": "Enroll Member"}}
            }
        }
    },
)
@on_refusal(requestId=None)
def enroll_census(censusId: str, door: DoorDep, request: Request, body: GroupInput | None = None) -> Response:  # noqa: N803
    """A part for each root plan that members chose and did not complete; run again, it enrolls what is left. Families
    that could not be enrolled are told in the request, and in a CSV file attached to the census.
    """
    name, flow_name = (body.batchJobName, body.flowName) if body is not None else (None, None)
    with door.write() as work:
        request_id = ask(
            work.tx,
            GroupAsk(censusId, name or NAME, flow_name),
            scope=work.scope,
            now=work.now,
            requested_by=work.caller.token_id,
            http_request_id=work.request_id,
        )
        work.touched([request_id])
    request.app.state.worker.wake()
    return answered({"requestId": request_id, "errors": []}, 202)
