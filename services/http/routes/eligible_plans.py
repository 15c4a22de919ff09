"""Eligible plans of a member over HTTP (eligible plans, section 1).

What lives here: the route and its shapes. What does not: any rule (`services.selections.eligible_plans`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.http.envelopes import ConnectRoute, answered, told
from services.http.identity import DoorDep
from services.http.routes.member_plans import CHOOSERS
from services.http.shapes import CONNECT_ERRORS, Fault, Refusal, Said
from services.insurance_errors import Refused
from services.selections.eligible_plans import eligible_plans

router = APIRouter(
    route_class=ConnectRoute,
    tags=["Eligible plans"],
    prefix="/services/data/{version}/connect/insurance/census-management/group-census-members/{memberId}",
)


class EligiblePlan(Said):
    """Insurance Plan Details."""

    planId: str  # noqa: N815 - published names
    planName: str  # noqa: N815
    planDescription: str | None = None  # noqa: N815
    isOptional: bool  # noqa: N815
    isSubscribed: bool  # noqa: N815
    isPrimarySubscribed: bool  # noqa: N815
    attributes: list[dict[str, Any]]
    coverages: list["EligiblePlan"]


class EligiblePlanList(Said):
    """Insurance Plan List."""

    values: list[EligiblePlan]


class MemberPlansEntry(Said):
    """Insurance Member Plans: one member by category."""

    memberId: str  # noqa: N815
    plans: dict[str, EligiblePlanList]
    error: Fault | None = None


class MembersPlans(Said):
    """Members Plans."""

    values: list[MemberPlansEntry]


class EligiblePlansOutput(Said):
    """Insurance Member Eligible Plans Response."""

    memberId: str  # noqa: N815
    membersPlansDetails: MembersPlans  # noqa: N815


_PREVENTIVE = {
    "planId": "0rg000000000000011",
    "planName": "Preventive",
    "isOptional": False,
    "isSubscribed": True,
    "isPrimarySubscribed": True,
    "attributes": [],
    "coverages": [],
}
_EXAMPLE = {
    "memberId": "0r6000000000000001",
    "membersPlansDetails": {
        "values": [
            {
                "memberId": "0r6000000000000001",
                "plans": {
                    "Medical": {
                        "values": [
                            {
                                "planId": "0rg000000000000001",
                                "planName": "Harbor PPO",
                                "planDescription": "Regional network",
                                "isOptional": False,
                                "isSubscribed": True,
                                "isPrimarySubscribed": True,
                                "attributes": [{"data": {"Deductible": 500}}],
                                "coverages": [_PREVENTIVE],
                            }
                        ]
                    }
                },
            }
        ]
    },
}


@router.get(
    "/eligible-plans",
    summary="List the plans and coverages that a member may choose",
    responses={
        **CONNECT_ERRORS,
        200: {
            "model": EligiblePlansOutput,
            "description": "One entry for each member.",
            "content": {"application/json": {"example": _EXAMPLE}},
        },
        400: {
            "model": EligiblePlansOutput | Refusal,
            "description": "No such member: the entry holds the error (SF-0001-0005). Of a parameter it is told as by"
            " every route.",
        },
    },
)
def read_eligible_plans(
    memberId: str,  # noqa: N803 - published names
    door: DoorDep,
    shouldIncludeDependents: Annotated[bool, Query(description="Also the member's dependents.")] = False,  # noqa: N803
) -> Response:
    """Active plans of the contract that the class admits, by category. Opt-outs take nothing off the list."""
    try:
        with door.read(may=CHOOSERS) as work:
            answer = eligible_plans(work.tx, memberId, with_dependents=shouldIncludeDependents, scope=work.scope)
    except Refused as fault:
        if fault.status != 400:  # not about the member: told as by every route
            raise
        entry = {"memberId": memberId, "error": told(fault.errors[0]), "plans": {}}
        return answered({"memberId": memberId, "membersPlansDetails": {"values": [entry]}}, fault.status)
    return answered(answer)
