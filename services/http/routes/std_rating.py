"""InsEnrollmentServiceStd getRatedGroupProducts over HTTP.

What lives here: the route and its shape. What does not: the rules (`services.member_rating.twin`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import Id, Listed, LooseShape, Said
from services.insurance_errors import Refused
from services.member_rating.twin import rated_group_products

router = APIRouter(route_class=StdRoute, tags=["Member rating"], prefix="/services/InsEnrollmentServiceStd")


class MemberPlans(LooseShape):
    """A member of the family and the optional coverages it takes."""

    censusMemberId: Id  # noqa: N815 - published names
    planIds: Listed[Id] | None = Field(None, description="Optional coverages; none listed: none taken.")  # noqa: N815


class RatedGroupProductsInput(LooseShape):
    """Options of the call."""

    flowName: str | None = None  # noqa: N815
    censusId: Id | None = None  # noqa: N815
    contractId: Id | None = None  # noqa: N815
    rootPlanId: Id | None = None  # noqa: N815
    memberPlans: Listed[MemberPlans] | None = None  # noqa: N815
    isProrated: bool = Field(False, description="From the day each member's cover starts.")  # noqa: N815
    isSaveMemberPremium: bool = Field(False, description="Also the amounts of each member.")  # noqa: N815


class RatedGroupProductsOutput(Said):
    """Amounts of the family, in dollars."""

    result: str = "success"
    errorCode: str = "INVOKE-200"  # noqa: N815
    error: str = "OK"
    rootPlanId: str  # noqa: N815
    standardPremium: float  # noqa: N815
    termPremium: float  # noqa: N815
    employerContribution: float  # noqa: N815
    employeeContribution: float  # noqa: N815
    members: list[dict[str, Any]] = Field(default_factory=list)


_ASKED = {
    "flowName": "Process Group Census Member Data",
    "censusId": "0rf000000000000001",
    "contractId": "800000000000000001",
    "rootPlanId": "0rg000000000000001",
    "memberPlans": [{"censusMemberId": "0r6000000000000001", "planIds": ["0rg000000000000012"]}],
    "isProrated": True,
}
_DONE = {
    "result": "success",
    "errorCode": "INVOKE-200",
    "error": "OK",
    "rootPlanId": "0rg000000000000001",
    "standardPremium": 6360.0,
    "termPremium": 4530.42,
    "employerContribution": 3077.26,
    "employeeContribution": 1453.16,
}


@router.post(
    "/getRatedGroupProducts",
    summary="Std: rate one root plan for one family",
    responses={
        200: {
            "model": RatedGroupProductsOutput,
            "description": "The family's amounts.",
            "content": {"application/json": {"example": _DONE}},
        },
        400: {"description": "Refused; `errors` names the member and the plans it is about."},
        401: {"description": "No valid token."},
        403: {"description": "The caller may not do this."},
        503: {"description": "The book is kept by another run; send the same again."},
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
def get_rated_group_products(body: RatedGroupProductsInput, door: DoorDep) -> Response:
    """A calculation; nothing is written. Standard for the whole term, term premium from the start of each member's
    cover.
    """
    try:
        with door.read() as work:
            done = rated_group_products(
                work.tx,
                flow_name=body.flowName,
                census_id=body.censusId,
                contract_id=body.contractId,
                root_plan_id=body.rootPlanId,
                member_plans=None if body.memberPlans is None else [one.model_dump() for one in body.memberPlans],
                is_prorated=body.isProrated,
                with_members=body.isSaveMemberPremium,
                scope=work.scope,
            )
    except Refused as refused:
        if not any({"planIds", "censusMemberId"} & set(error.info) for error in refused.errors):
            raise
        errors = [
            {"error": e.message, "planIds": e.info.get("planIds", []), "censusMemberId": e.info.get("censusMemberId")}
            for e in refused.errors
        ]
        said = " ".join(error["error"] for error in errors)
        return answered(
            {"result": "failure", "errorCode": "INVOKE-500", "error": said, "errors": errors}, refused.status
        )
    return answered({"result": "success", "errorCode": "INVOKE-200", "error": "OK", **done})
