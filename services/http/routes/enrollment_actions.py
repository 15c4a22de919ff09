"""The actions of enrollment: Process Member Enrollment, and the older Enroll Members (enrollment, sections 4 and 7).

What lives here: the routes and their shapes. What does not: any rule (`services.enrollment.actions`).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from pydantic import Field

from services.enrollment import actions
from services.enrollment.actions import Processed
from services.http.envelopes import ActionRoute, action_answers, action_refusal, answered, told
from services.http.identity import DoorDep, Work
from services.http.shapes import MOST_INPUTS, Id, Listed, LooseShape, Record, Said, Shape
from services.insurance_errors import Refused
from services.member_rating.action import ids_of
from services.members.save import within_limit

router = APIRouter(route_class=ActionRoute, tags=["Enrollment"], prefix="/services/data/{version}/actions/standard")

PROCESS, ENROLL = "processMemberEnrollment", "enrollMembers"


class ProcessInput(LooseShape):
    """One input of processMemberEnrollment."""

    contractGroupPlanId: Id | None = Field(None, description="Root plan; required.")  # noqa: N815 - published names
    groupCensusMembers: Listed[Record] | None = Field(None, description="Records; only `Id` or `id` is read.")  # noqa: N815
    pricingResult: Record | None = Field(  # noqa: N815
        None,
        description="Output of getMbrsRatingAndContributions, unchanged; its amounts must be those of a new rating.",
    )
    duplicateCheckRequired: bool = Field(True, description="Policies in the category count as errors.")  # noqa: N815
    createRelatedObjectRecords: bool = Field(  # noqa: N815
        False, description="Two related records for each participant: the census member, and the account or contact."
    )
    effectiveDate: str | None = Field(None, description="As in the rating; by default EN-19.")  # noqa: N815


class EnrollInput(LooseShape):
    """One input of enrollMembers."""

    groupCensusMembers: Listed[Record] | None = Field(None, description="Records; only `Id` or `id` is read.")  # noqa: N815
    contractGroupPlanId: Id | None = Field(None, description="Root plan; without, all plans of the contract.")  # noqa: N815
    contractId: Id | None = None  # noqa: N815
    productId: Id | None = Field(None, description="Product of the root plan.")  # noqa: N815
    insuranceRatingRequestId: Id | None = Field(None, description="Request that rated.")  # noqa: N815
    isNewHire: bool = Field(False, description="Cover begins on PolicyStartDate, not with the contract.")  # noqa: N815
    isSaveMemberPremium: bool = Field(False, description="Amounts of members are always kept.")  # noqa: N815
    fscNamespace: str | None = Field(None, description="Of other systems; not read.")  # noqa: N815
    insNameSpace: str | None = Field(None, description="Of other systems; not read.")  # noqa: N815


T = TypeVar("T", ProcessInput, EnrollInput)


class ProcessInputs(Shape):
    """Inputs of processMemberEnrollment, each by itself."""

    inputs: Listed[ProcessInput] = Field(min_length=1, max_length=MOST_INPUTS)


class EnrollInputs(Shape):
    """Inputs of enrollMembers, each by itself."""

    inputs: Listed[EnrollInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ActionOutput(Said):
    """What became of one input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


class ActionDescribed(Said):
    """What the action is and takes."""

    name: str
    label: str
    type: str
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]


def _pairs(amount: float) -> list[dict[str, Any]]:
    return [{"key": "NetUnitPrice", "value": amount}, {"key": "NetTotalPrice", "value": amount}]


_MEMBERS = [{"Id": "0r6000000000000001"}, {"Id": "0r6000000000000002"}]
_PRICING = {
    "errors": [],
    "pricingResults": [
        {
            "memberId": "0r6000000000000001",
            "errors": [],
            "plans": [
                {
                    "planId": "0rg000000000000001",
                    "errors": [],
                    "coverages": [
                        {
                            "coverageId": "0rg000000000000011",
                            "errors": [],
                            "rates": _pairs(5400.0),
                            "proratedRates": _pairs(3846.58),
                            "contributions": {
                                "groupClassContributionId": "0rF000000000000001",
                                "employerPremiumAmount": 3077.26,
                                "employeePremiumAmount": 769.32,
                                "errors": [],
                            },
                        }
                    ],
                }
            ],
        }
    ],
}
_PROCESS = {
    "contractGroupPlanId": "0rg000000000000001",
    "groupCensusMembers": _MEMBERS,
    "pricingResult": _PRICING,
    "duplicateCheckRequired": True,
    "createRelatedObjectRecords": False,
}
_ENROLL = {
    "groupCensusMembers": _MEMBERS,
    "contractGroupPlanId": "0rg000000000000001",
    "contractId": "800000000000000001",
    "isNewHire": True,
}
_OUTPUT = {"insurancePolicyIds": ["0YT000000000000001"], "errors": []}
_DESCRIBED = {
    "name": ENROLL,
    "label": "Enroll Members",
    "type": ENROLL.upper(),
    "inputs": [
        {"name": name, "type": kind, "required": name == "groupCensusMembers"}
        for name, kind in (
            ("groupCensusMembers", "SOBJECT"),
            *((each, "REFERENCE") for each in ("contractGroupPlanId", "contractId", "productId")),
            ("insuranceRatingRequestId", "REFERENCE"),
            *((each, "BOOLEAN") for each in ("isNewHire", "isSaveMemberPremium")),
            *((each, "STRING") for each in ("fscNamespace", "insNameSpace")),
        )
    ],
    "outputs": [{"name": "insurancePolicyIds", "type": "STRING", "maxOccurs": 2000}],
}


def _documented(name: str, asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "responses": {
            200: {
                "model": list[ActionOutput],
                "description": "One entry for each input; single families that failed are told in its `errors`.",
                "content": {"application/json": {"example": action_answers(name, [_OUTPUT])}},
            },
            400: {"model": list[ActionOutput], "description": "No input made a policy."},
            401: {"description": "No valid token (GB-SYS-003)."},
            403: {"description": "The caller may not do this (SF-0001-0011)."},
            503: {"description": "The book is kept by another run (GB-SYS-001)."},
        },
        "openapi_extra": {"requestBody": {"content": {"application/json": {"example": {"inputs": [asked]}}}}},
    }


@router.post(f"/{PROCESS}", summary="Action: policies of members that were rated", **_documented(PROCESS, _PROCESS))
def process_member_enrollment(body: ProcessInputs, door: DoorDep) -> Response:
    """Takes the rating action's output as it is. What is written is what a rating of now says; an amount that differs
    leaves the family as it was.
    """

    def do(work: Work, one: ProcessInput) -> Processed:
        return actions.process(
            work.tx,
            one.contractGroupPlanId,
            ids_of(one.groupCensusMembers),
            one.pricingResult,
            day=one.effectiveDate,
            checks_duplicates=one.duplicateCheckRequired,
            makes_relations=one.createRelatedObjectRecords,
            scope=work.scope,
            now=work.now,
        )

    return _each(PROCESS, body.inputs, door, do)


@router.get(
    f"/{ENROLL}",
    summary="Action Enroll Members: what it takes",
    responses={
        200: {
            "model": ActionDescribed,
            "description": "Name, inputs and outputs.",
            "content": {"application/json": {"example": _DESCRIBED}},
        }
    },
)
def describe_enroll_members(door: DoorDep) -> Response:
    """The description of the action; nothing is enrolled."""
    with door.read():
        return answered(_DESCRIBED)


@router.post(f"/{ENROLL}", summary="Action: enroll members, the older form", **_documented(ENROLL, _ENROLL))
def enroll_members(body: EnrollInputs, door: DoorDep) -> Response:
    """Policies for the families of the primaries among the members. Without a new hire everybody is covered for the
    whole term.
    """

    def do(work: Work, one: EnrollInput) -> Processed:
        return actions.enroll_members(
            work.tx,
            ids_of(one.groupCensusMembers),
            plan_id=one.contractGroupPlanId,
            contract_id=one.contractId,
            product_id=one.productId,
            request_id=one.insuranceRatingRequestId,
            is_new_hire=one.isNewHire,
            scope=work.scope,
            now=work.now,
        )

    return _each(ENROLL, body.inputs, door, do)


def _each(name: str, inputs: Sequence[T], door: DoorDep, do: Callable[[Work, T], Processed]) -> Response:
    """One entry for each input; one that is refused leaves the others alone."""
    entries: list[dict[str, Any]] = []
    with door.write() as work:
        within_limit(work.tx, sum(len(one.groupCensusMembers or ()) for one in inputs))
        for one in inputs:
            try:
                done = do(work, one)
            except Refused as refused:
                entries.append(action_refusal(name, refused.errors))
                continue
            work.touched(done.policy_ids, len(done.policy_ids))
            if done.errors and not done.policy_ids:
                entries.append(action_refusal(name, done.errors))
            else:
                output = {"insurancePolicyIds": done.policy_ids, "errors": [told(error) for error in done.errors]}
                entries += action_answers(name, [output])
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)
