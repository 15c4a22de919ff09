"""Contracts of quotes over HTTP: created as a job (contract from quote).

What lives here: the resource, the action, and their shapes. What does not: any rule (`services.contracts`), contracts
made at once (`contract_versions`), the older twin (`std_contracts`), and what has become of a job (`async_requests`).
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.contracts import request, words
from services.contracts.request import Wanted
from services.http.contract_shapes import Item, plain
from services.http.envelopes import ActionRoute, ConnectRoute, action_refusal, answered, on_refusal
from services.http.identity import DoorDep, Work
from services.http.shapes import CONNECT_ERRORS, MOST_INPUTS, Fault, Id, Listed, LooseShape, Said, Shape
from services.insurance_errors import Refused, missing

connect = APIRouter(
    route_class=ConnectRoute, tags=["Contracts"], prefix="/services/data/{version}/connect/insurance/contracts"
)
actions = APIRouter(route_class=ActionRoute, tags=["Contracts"], prefix="/services/data/{version}/actions/standard")
router = APIRouter()

ACTION = "createContractFromQuote"
INPUT = "insuranceContractCreationInputRepresentation"


class CreationInput(Shape):
    """Contract Creation Input."""

    quoteId: Id | None = Field(None, description="Source quote; required.")  # noqa: N815 - published names
    contractStartDate: str | None = Field(None, description="Required.")  # noqa: N815
    contractEndDate: str | None = Field(None, description="Last day of the contract; required.")  # noqa: N815
    contractTerm: int | None = Field(None, description="Months; by default those of the dates.")  # noqa: N815
    enrollmentStartDate: str | None = None  # noqa: N815
    enrollmentEndDate: str | None = None  # noqa: N815
    additionalFields: Listed[Item] | None = Field(None, description="Values of the records made.")  # noqa: N815

    def wanted(self) -> Wanted:
        """As the service takes it."""
        return Wanted(
            self.quoteId, self.contractStartDate, self.contractEndDate, self.contractTerm, self.enrollmentStartDate,
            self.enrollmentEndDate, plain(self.additionalFields),
        )  # fmt: skip


class CreationOutput(Said):
    """Contract Creation Response: whether the making was begun."""

    isSuccess: bool  # noqa: N815
    message: str
    requestId: str | None  # noqa: N815
    errors: list[Fault]


class ActionInput(LooseShape):
    """One input of the action."""

    insuranceContractCreationInputRepresentation: CreationInput | None = None  # noqa: N815


class ActionInputs(Shape):
    """Inputs of the action, each by itself."""

    inputs: Listed[ActionInput] = Field(min_length=1, max_length=MOST_INPUTS)


class ActionOutput(Said):
    """One entry for each input."""

    actionName: str  # noqa: N815
    errors: list[dict[str, Any]] | None
    isSuccess: bool  # noqa: N815
    outputValues: dict[str, Any] | None  # noqa: N815


_WAITING = {
    "entity": "InsuranceContract",
    "fields": {"data": [{"key": "EnrollmentWaitingPeriod", "value": "30"}]},
}
_ASKED: dict[str, Any] = {
    "quoteId": "0Q0000000000000001",
    "contractStartDate": "2026-01-01",
    "contractEndDate": "2026-12-31",
    "contractTerm": 12,
    "enrollmentStartDate": "2025-11-01",
    "enrollmentEndDate": "2025-11-30",
    "additionalFields": [
        _WAITING,
        {
            "entity": "ContractGroupPlan",
            "instanceKey": "7b0c2d1e-0000-4000-8000-00000000a001",
            "fields": {"data": [{"key": "GroupNumber", "value": "G-20417"}]},
        },
    ],
}
_STARTED = {"isSuccess": True, "message": words.INITIATED, "requestId": "08P000000000000001", "errors": []}


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


@connect.post(
    "",
    status_code=202,
    summary="Create the contract of an approved quote",
    responses={
        **CONNECT_ERRORS,
        202: {
            "model": CreationOutput,
            "description": "Begun; follow `requestId` at /connect/insurance/async-requests.",
            "content": {"application/json": {"example": _STARTED}},
        },
    },
    openapi_extra=_asked(_ASKED),
)
@on_refusal(message="The contract creation process wasn't started.", requestId=None)
def create_contract(body: CreationInput, door: DoorDep, http: Request) -> Response:
    """Quote, dates and fields are checked first; the contract is made in one piece, and its maker is notified."""
    with door.write() as work:
        request_id = _begun(work, body)
    http.app.state.worker.wake()
    return answered({"isSuccess": True, "message": words.INITIATED, "requestId": request_id, "errors": []}, 202)


def _begun(work: Work, body: CreationInput) -> str:
    request_id = request.ask(
        work.tx,
        body.wanted(),
        scope=work.scope,
        now=work.now,
        requested_by=work.caller.token_id,
        http_request_id=work.request_id,
    )
    work.touched([request_id])
    return request_id


@actions.post(
    f"/{ACTION}",
    summary="Action: create the contract of an approved quote",
    responses={
        200: {
            "model": list[ActionOutput],
            "description": "One entry for each input; both ids are that of the request.",
            "content": {
                "application/json": {
                    "example": [
                        {
                            "actionName": ACTION,
                            "errors": None,
                            "isSuccess": True,
                            "outputValues": {
                                "requestId": "08P000000000000001",
                                "asyncBulkRequestId": "08P000000000000001",
                            },
                        }
                    ]
                }
            },
        },
        400: {"model": list[ActionOutput], "description": "Every input is refused."},
        401: {"description": "No valid token (GB-SYS-003)."},
        403: {"description": "The caller may not do this (SF-0001-0011)."},
        503: {"description": "The book is kept by another run (GB-SYS-001)."},
    },
    openapi_extra=_asked({"inputs": [{INPUT: _ASKED}]}),
)
def create_contract_action(body: ActionInputs, door: DoorDep, http: Request) -> Response:
    """The same as the resource; inputs are independent, and of a quote named twice the second is refused."""
    with door.write() as work:
        entries = [_entry(work, each.insuranceContractCreationInputRepresentation) for each in body.inputs]
    http.app.state.worker.wake()
    return answered(entries, 200 if any(entry["isSuccess"] for entry in entries) else 400)


def _entry(work: Work, asked: CreationInput | None) -> dict[str, Any]:
    try:
        if asked is None:
            raise Refused(missing(INPUT))
        request_id = _begun(work, asked)
    except Refused as refused:
        return action_refusal(ACTION, refused.errors)
    output = {"requestId": request_id, "asyncBulkRequestId": request_id}
    return {"actionName": ACTION, "errors": None, "isSuccess": True, "outputValues": output}


router.routes.extend(connect.routes)
router.routes.extend(actions.routes)
