"""The refresh of a census over HTTP: the Connect resource of a contract and the action (bulk census, 5.8).

What lives here: the routes and their shapes. What does not: any rule (`services.census_refresh`), and following the run
(`async_requests`).
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.census_refresh.request import STARTED, Filter, RefreshAsk, ask
from services.http.envelopes import ActionRoute, ConnectRoute, action_answers, action_refusal, answered, on_refusal
from services.http.identity import DoorDep, Work
from services.http.shapes import CONNECT_ERRORS, MOST_INPUTS, Fault, Id, Listed, Record, Said, Shape
from services.insurance_errors import Refused

connect = APIRouter(
    route_class=ConnectRoute,
    tags=["Bulk census"],
    prefix="/services/data/{version}/connect/insurance/contracts/{contractId}",
)
actions = APIRouter(route_class=ActionRoute, tags=["Bulk census"], prefix="/services/data/{version}/actions/standard")
router = APIRouter()

NAME = "refreshCensus"


class FilterInput(Shape):
    """Which policies of the contract."""

    contractGroupPlanIds: Listed[Id] | None = Field(None, description="Root plans.")  # noqa: N815 - published names
    objectName: str | None = Field(  # noqa: N815
        None, description="Contact, Account, GroupCensusMember or InsurancePolicy."
    )
    recordIds: Listed[Id] | None = Field(None, description="Records of that object.")  # noqa: N815


class RefreshInput(Shape):
    """Update Group Census Input."""

    groupCensusId: Id | None = Field(None, description="Census to update.")  # noqa: N815
    startDate: str | None = Field(None, description="First day of the window of enrollments and endorsements.")  # noqa: N815
    endDate: str | None = Field(None, description="Last day of it.")  # noqa: N815
    policyEffectiveDate: str | None = Field(None, description="A day that the policies wanted cover.")  # noqa: N815
    filter: FilterInput | None = None
    groupCensusAdditionalFields: Listed[Record] | None = Field(  # noqa: N815
        None, description="Further fields of members to set, as {key, value}."
    )
    shouldGenerateCSV: bool = Field(False, description="Attach a CSV of the result to the census.")  # noqa: N815
    shouldIncludeMemberPlans: bool = Field(False, description="Also bring the plans in line.")  # noqa: N815
    requestId: Id | None = Field(None, description="An earlier run of this census that failed, to be tried again.")  # noqa: N815

    def asked(self, contract_id: str | None) -> RefreshAsk:
        """As the service takes it."""
        named = self.filter or FilterInput(contractGroupPlanIds=None, objectName=None, recordIds=None)
        return RefreshAsk(
            contract_id,
            self.groupCensusId,
            self.startDate,
            self.endDate,
            self.policyEffectiveDate,
            Filter(named.contractGroupPlanIds, named.objectName, named.recordIds),
            self.groupCensusAdditionalFields or (),
            self.shouldGenerateCSV,
            self.shouldIncludeMemberPlans,
            self.requestId,
        )


class ActionInput(RefreshInput):
    """One input of the action."""

    contractId: Id | None = Field(None, description="Contract whose policies count.")  # noqa: N815


class ActionInputs(Shape):
    """Inputs of the action, each by itself."""

    inputs: Listed[ActionInput] = Field(min_length=1, max_length=MOST_INPUTS)


class RefreshOutput(Said):
    """Update Group Census Response."""

    isSuccess: bool = Field(description="The run has been started.")  # noqa: N815
    message: str | None
    groupCensusId: str | None  # noqa: N815
    requestId: str | None  # noqa: N815
    errors: list[Fault] | None


class ActionOutput(Said):
    """One entry for each input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


_ASKED = {
    "groupCensusId": "0rf000000000000001",
    "startDate": "2026-01-01",
    "endDate": "2026-03-31",
    "policyEffectiveDate": "2026-03-31",
    "filter": {"contractGroupPlanIds": ["0rg000000000000001"]},
    "groupCensusAdditionalFields": [{"key": "PrimaryMemberCategory", "value": "Enrolled"}],
    "shouldGenerateCSV": True,
    "shouldIncludeMemberPlans": True,
}
_DONE = {
    "isSuccess": True,
    "message": STARTED,
    "groupCensusId": "0rf000000000000001",
    "requestId": "08P000000000000001",
    "errors": None,
}


@connect.patch(
    "/actions/refresh-census",
    status_code=202,
    summary="Bring a census in line with the policies of a contract",
    responses={
        **CONNECT_ERRORS,
        202: {
            "model": RefreshOutput,
            "description": "Started; `async-requests` tells what becomes of it.",
            "content": {"application/json": {"example": _DONE}},
        },
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
@on_refusal(message=None, groupCensusId=None, requestId=None)
def refresh_contract_census(contractId: str, body: RefreshInput, door: DoorDep, request: Request) -> Response:  # noqa: N803
    """Whoever a policy of the window covers on the policy date stands on the census afterwards."""
    with door.write() as work:
        answer = _started(work, body.asked(contractId))
    request.app.state.worker.wake()
    return answered(answer, 202)


@actions.post(
    f"/{NAME}",
    summary="Action: bring a census in line with the policies of a contract",
    responses={
        200: {
            "model": list[ActionOutput],
            "description": "One entry for each input.",
            "content": {"application/json": {"example": action_answers(NAME, [_DONE])}},
        },
        400: {"model": list[ActionOutput], "description": "Every input is refused."},
        401: {"description": "No valid token (GB-SYS-003)."},
        403: {"description": "The caller may not do this (SF-0001-0011)."},
        503: {"description": "The book is kept by another run (GB-SYS-001)."},
    },
    openapi_extra={
        "requestBody": {
            "content": {"application/json": {"example": {"inputs": [{"contractId": "800000000000000001", **_ASKED}]}}}
        }
    },
)
def refresh_census(body: ActionInputs, door: DoorDep, request: Request) -> Response:
    """The same as the resource of a contract; inputs are independent."""
    with door.write() as work:
        entries = [_one(work, asked) for asked in body.inputs]
    request.app.state.worker.wake()
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)


def _one(work: Work, asked: ActionInput) -> dict[str, Any]:
    try:
        (entry,) = action_answers(NAME, [_started(work, asked.asked(asked.contractId))])
    except Refused as refused:
        return action_refusal(NAME, refused.errors)
    return entry


def _started(work: Work, asked: RefreshAsk) -> dict[str, Any]:
    request_id = ask(
        work.tx,
        asked,
        scope=work.scope,
        now=work.now,
        requested_by=work.caller.token_id,
        http_request_id=work.request_id,
    )
    work.touched([request_id])
    return {
        "isSuccess": True,
        "message": STARTED,
        "groupCensusId": asked.census_id,
        "requestId": request_id,
        "errors": None,
    }


for part in (connect, actions):
    router.routes.extend(part.routes)
