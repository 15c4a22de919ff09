"""Member rating over HTTP: one family's wishes, and the action on many members (member rating; the rating action).

What lives here: the routes and their shapes. What does not: any rule (`services.member_rating`).
"""

from typing import Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Response
from pydantic import Field

from services.http.envelopes import ActionRoute, ConnectRoute, action_refusal, answered, on_refusal
from services.http.identity import DoorDep, Work
from services.http.routes.member_plans import CHOOSERS
from services.http.shapes import CONNECT_ERRORS, MOST_INPUTS, Fault, Id, Listed, LooseShape, Record, Said, Shape
from services.insurance_errors import Refused
from services.member_rating.action import ids_of, rate_members
from services.member_rating.rate import rate_family
from services.member_rating.spelling import ACTION, REST, family_totals, spelled
from services.members.save import within_limit

connect = APIRouter(
    route_class=ConnectRoute,
    tags=["Member rating"],
    prefix="/services/data/{version}/connect/insurance/group-census-members/{memberId}",
)
actions = APIRouter(route_class=ActionRoute, tags=["Member rating"], prefix="/services/data/{version}/actions/standard")
router = APIRouter()

NAME = "getMbrsRatingAndContributions"
"""The action's name in answers; both spellings are served."""

_ENVELOPE: dict[str, Any] = {"invocationId": None, "outcome": None, "sortOrder": -1, "version": 1}
"""What each entry of an answer of the action says besides its outcome."""


class PlanAsked(Shape):
    """Insurance Member Rating Plans Input."""

    planId: Id  # noqa: N815 - published names
    planCoverageIds: Listed[Id] | None = Field(None, description="None: the mandatory ones and those saved.")  # noqa: N815


class MemberAsked(Shape):
    """Insurance Member Rating Details Input."""

    memberId: Id  # noqa: N815
    plans: Listed[PlanAsked] = Field(default_factory=list)


class RatingInput(Shape):
    """Insurance Member Rating Input."""

    effectiveDate: str | None = Field(None, description="Default: when the contract, or the member's cover, begins.")  # noqa: N815
    members: Listed[MemberAsked] = Field(default_factory=list)


class Amounts(Said):
    """A map of rate keys under `data`."""

    data: dict[str, float]


class Shares(Said):
    """Insurance Contribution; properties without a value are left out."""

    employerPremiumAmount: float | None = None  # noqa: N815
    employeePremiumAmount: float | None = None  # noqa: N815
    groupClassContributionId: str | None = None  # noqa: N815
    errors: list[Fault]


class CoverageRated(Said):
    """Insurance Coverage Rating."""

    coverageId: str  # noqa: N815
    rates: Amounts
    proratedRates: Amounts  # noqa: N815
    contributions: Shares
    errors: list[Fault]


class PlanRated(Said):
    """Insurance Plan Rating."""

    id: str
    rates: Amounts
    proratedRates: Amounts  # noqa: N815
    contributions: Shares
    errors: list[Fault]
    coverages: list[CoverageRated]


class Totals(Said):
    """Sums over what has a price."""

    rates: Amounts
    proratedRates: Amounts  # noqa: N815
    contributions: Shares


class MemberRated(Said):
    """Insurance Member Rating Details."""

    memberId: str  # noqa: N815
    errors: list[Fault]
    plans: list[PlanRated]
    totals: Totals


class RatingOutput(Said):
    """Insurance Member Rating."""

    id: str
    errors: list[Fault]
    pricingResults: list[MemberRated]  # noqa: N815
    totals: Totals


class ActionInput(LooseShape):
    """One input of the action."""

    groupCensusMembers: Listed[Record] | None = Field(None, description="Records; only `Id` or `id` is read.")  # noqa: N815
    contractGroupPlanId: Id | None = Field(None, description="A root plan.")  # noqa: N815
    effectiveDate: str | None = None  # noqa: N815


class ActionInputs(Shape):
    """Inputs of the action, each by itself."""

    inputs: Listed[ActionInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ActionOutput(Said):
    """One entry for each input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


def _map(amount: float) -> dict[str, Any]:
    return {"data": {"NetUnitPrice": amount, "NetTotalPrice": amount, "StandardQLITaxAmount": 0.0}}


def _pairs(amount: float) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in _map(amount)["data"].items()]


_SPLIT = {"employerPremiumAmount": 3077.26, "employeePremiumAmount": 769.32, "errors": []}
_OF_COVERAGE = {"rates": _map(5400.0), "proratedRates": _map(3846.58)}
_TOTALS = {**_OF_COVERAGE, "contributions": _SPLIT}
_EXAMPLE = {
    "id": "5f0a7a58-7c3e-4d0e-9a0f-2f7f1f6f0001",
    "errors": [],
    "pricingResults": [
        {
            "memberId": "0r6000000000000001",
            "errors": [],
            "plans": [
                {
                    "id": "0rg000000000000001",
                    "errors": [],
                    **_TOTALS,
                    "coverages": [
                        {
                            "coverageId": "0rg000000000000011",
                            "errors": [],
                            **_OF_COVERAGE,
                            "contributions": {**_SPLIT, "groupClassContributionId": "0rF000000000000001"},
                        }
                    ],
                }
            ],
            "totals": _TOTALS,
        }
    ],
    "totals": _TOTALS,
}
_ASKED = {
    "effectiveDate": "2026-04-16",
    "members": [
        {
            "memberId": "0r6000000000000001",
            "plans": [{"planId": "0rg000000000000001", "planCoverageIds": ["0rg000000000000011"]}],
        }
    ],
}
_OF_PLAN = {
    "rates": _pairs(60.0),
    "proratedRates": _pairs(60.0),
    "contributions": {
        "employerPremiumAmount": 2.0,
        "employeePremiumAmount": 58.0,
        "groupClassContributionId": None,
        "errors": [],
    },
}
_ACTION_EXAMPLE = [
    {
        "actionName": NAME,
        "errors": None,
        "invocationId": None,
        "isSuccess": True,
        "outcome": None,
        "outputValues": {
            "memberRatingOutputRep": {
                "errors": [],
                "pricingResults": [
                    {
                        "memberId": "0r6000000000000001",
                        "errors": [],
                        "plans": [{"planId": "0rg000000000000001", "errors": [], **_OF_PLAN, "coverages": []}],
                    }
                ],
            }
        },
        "sortOrder": -1,
        "version": 1,
    }
]
_ACTION_ASKED = {
    "inputs": [
        {
            "groupCensusMembers": [{"Id": "0r6000000000000001"}],
            "contractGroupPlanId": "0rg000000000000001",
            "effectiveDate": "2026-07-01",
        }
    ]
}


@connect.post(
    "/action/rate",
    summary="Rate the plans and coverages that a family wants",
    responses={
        **CONNECT_ERRORS,
        200: {
            "model": RatingOutput,
            "description": "Rates, prorated rates and shares by coverage, plan and member, and what is wrong.",
            "content": {"application/json": {"example": _EXAMPLE}},
        },
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
def rate_member(memberId: str, body: RatingInput, door: DoorDep) -> Response:  # noqa: N803 - published names
    """A calculation: it writes no policy and changes no selection. The member in the path is the family's primary."""
    with door.read(may=CHOOSERS) as work:
        picture = rate_family(
            work.tx,
            memberId,
            [node.model_dump() for node in body.members],
            effective_date=body.effectiveDate,
            scope=work.scope,
        )
    answer = {
        "id": str(uuid4()),
        "errors": [],
        "pricingResults": orjson.Fragment(spelled(picture, REST)),
        "totals": orjson.Fragment(family_totals(picture)),
    }
    return answered(answer)


@on_refusal(actionName=NAME, **_ENVELOPE)
def _rate_many(body: ActionInputs, door: DoorDep) -> Response:
    """What members hold of a root plan, priced: standard, prorated, and who pays what. Inputs are independent."""
    with door.read() as work:
        within_limit(work.tx, max((len(one.groupCensusMembers or ()) for one in body.inputs), default=0))
        entries = [_one(work, asked) for asked in body.inputs]
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)


def _one(work: Work, asked: ActionInput) -> dict[str, Any]:
    try:
        picture = rate_members(
            work.tx,
            ids_of(asked.groupCensusMembers),
            asked.contractGroupPlanId,
            effective_date=asked.effectiveDate,
            scope=work.scope,
        )
    except Refused as refused:
        return action_refusal(NAME, refused.errors) | _ENVELOPE
    output = {"errors": [], "pricingResults": orjson.Fragment(spelled(picture, ACTION))}
    return {
        "actionName": NAME,
        "errors": None,
        "isSuccess": True,
        "outputValues": {"memberRatingOutputRep": output},
        **_ENVELOPE,
    }


for _path in (NAME, NAME.removesuffix("s")):
    actions.post(
        f"/{_path}",
        summary="Action: rates and contributions of many members for a plan they hold",
        responses={
            200: {
                "model": list[ActionOutput],
                "description": "One entry for each input.",
                "content": {"application/json": {"example": _ACTION_EXAMPLE}},
            },
            400: {"model": list[ActionOutput], "description": "Every input is refused."},
            401: {"description": "No valid token (GB-SYS-003)."},
            403: {"description": "The caller may not do this (SF-0001-0011)."},
            503: {"description": "The book is kept by another run (GB-SYS-001)."},
        },
        openapi_extra={"requestBody": {"content": {"application/json": {"example": _ACTION_ASKED}}}},
        operation_id=f"action_{_path}",
    )(_rate_many)

router.routes.extend(connect.routes)
router.routes.extend(actions.routes)
