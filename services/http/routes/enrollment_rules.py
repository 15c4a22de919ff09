"""The eligibility check over HTTP: choices tried out in a context (eligible plans, section 2).

What lives here: the two routes and their shapes. What does not: any rule (`services.configuration`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.configuration.check import change_context, open_context
from services.http.envelopes import MemberRoute, answered, on_refusal
from services.http.identity import DoorDep
from services.http.routes.member_plans import CHOOSERS
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Listed, Record, Said, Shape

router = APIRouter(
    route_class=MemberRoute,
    tags=["Eligible plans"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-census-members/{memberId}",
)


class CoverageChoice(Shape):
    """A coverage of a plan."""

    planId: Id | None = None  # noqa: N815 - published names
    coverages: Annotated[Listed[Record], Field(max_length=0)] | None = None


class PlanChoice(Shape):
    """Insurance Group Plan Input."""

    planId: Id | None = Field(None, description="Root plan or coverage of the contract.")  # noqa: N815
    coverages: Listed[CoverageChoice] | None = None


class FirstChoice(Shape):
    """Insurance Plans Eligibility Create Context Input."""

    plans: Listed[PlanChoice] | None = Field(None, description="Plans chosen; may be empty.")


class ChangedChoice(Shape):
    """Insurance Plans Eligibility Update Context Input."""

    contextId: Id | None = Field(None, description="From an earlier answer.")  # noqa: N815
    addedPlans: Listed[PlanChoice] | None = None  # noqa: N815
    deletedPlans: Listed[PlanChoice] | None = None  # noqa: N815


class Message(Said):
    """Insurance Message Output."""

    message: str
    type: str


class PlanDetails(Said):
    """Eligible Plan Details."""

    plans: list[dict[str, Any]]
    messages: list[Message]


class EligibilityOutput(Said):
    """Insurance Plans Eligibility Details."""

    contextId: str  # noqa: N815
    memberId: str  # noqa: N815
    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    planEligibilityDetails: PlanDetails  # noqa: N815


_CONTEXT = "5f0c1e9a7b3d4c2e8a6f1b0d9c7e5a3f5f0c1e9a7b3d4c2e8a6f1b0d9c7e5a3f"
_MEDICAL = {"productCategory": "Medical"}
_EXAMPLE = {
    "contextId": _CONTEXT,
    "memberId": "0r6000000000000001",
    "isSuccess": True,
    "errors": [],
    "planEligibilityDetails": {
        "messages": [{"type": "Info", "message": "Preventive is mandatory and was added."}],
        "plans": [
            {
                "planId": "0rg000000000000001",
                "planName": "Harbor PPO",
                **_MEDICAL,
                "isOptional": False,
                "attributes": [],
                "coverages": [
                    {"planId": "0rg000000000000011", "planName": "Preventive", **_MEDICAL, "isOptional": False},
                    {"planId": "0rg000000000000012", "planName": "Maternity", **_MEDICAL, "isOptional": True},
                ],
            }
        ],
    },
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    **CONNECT_ERRORS,
    200: {
        "model": EligibilityOutput,
        "description": "What may stand, and what the rules say of the rest.",
        "content": {"application/json": {"example": _EXAMPLE}},
    },
}
_CHOICE = {"planId": "0rg000000000000001", "coverages": [{"planId": "0rg000000000000012"}]}


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


@router.post(
    "/enrollment-rules/actions/invoke",
    summary="Check a first choice of plans under the rules, and open a context",
    responses=_RESPONSES,
    openapi_extra=_asked({"plans": [_CHOICE]}),
)
@on_refusal(contextId=None, planEligibilityDetails=None)
def check_choice(memberId: str, body: FirstChoice, door: DoorDep) -> Response:  # noqa: N803 - published name
    """A broken rule is a message and drops the plan; nothing reaches the census. The context lives for an hour."""
    wanted = None if body.plans is None else [plan.model_dump(exclude_none=True) for plan in body.plans]
    with door.write(may=CHOOSERS) as work:
        answer = open_context(work.tx, memberId, wanted, scope=work.scope, now=work.now)
        work.touched([memberId], 0)
    return answered(answer)


@router.patch(
    "/enrollment-rules/actions/invoke",
    summary="Check again after plans were taken out of a context, or added",
    responses=_RESPONSES,
    openapi_extra=_asked({"contextId": _CONTEXT, "addedPlans": [_CHOICE], "deletedPlans": []}),
)
@on_refusal(contextId=None, planEligibilityDetails=None)
def check_changed_choice(memberId: str, body: ChangedChoice, door: DoorDep) -> Response:  # noqa: N803 - published name
    """Plans are taken out first; a root plan takes its coverages, unless coverages are named."""
    added, deleted = (
        [plan.model_dump(exclude_none=True) for plan in side or ()] for side in (body.addedPlans, body.deletedPlans)
    )
    with door.write(may=CHOOSERS) as work:
        answer = change_context(work.tx, memberId, body.contextId, added, deleted, scope=work.scope, now=work.now)
        work.touched([memberId], 0)
    return answered(answer)
