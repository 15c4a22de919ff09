"""Contracts of quotes made while the caller waits, over HTTP: issued, renewed, endorsed (later siblings).

What lives here: the routes and their shapes. What does not: any rule (`services.contracts.issue`), and the making as a
job (`contracts`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from services.contracts import words
from services.contracts.issue import Issued, endorse, issue, renew
from services.contracts.request import Wanted
from services.http.contract_shapes import Additional, plain
from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep, Work
from services.http.shapes import CONNECT_ERRORS, Fault, Id, Said, Shape

router = APIRouter(
    route_class=ConnectRoute, tags=["Contracts"], prefix="/services/data/{version}/connect/insurance/contracts"
)


class IssueInput(Shape):
    """Insurance Issue Contract Input; dates left out are the quote's."""

    quoteId: Id | None = Field(None, description="Source quote; required.")  # noqa: N815
    contractStartDate: str | None = None  # noqa: N815
    contractEndDate: str | None = None  # noqa: N815
    contractTerm: int | None = Field(None, description="Months; says the end where none is stated.")  # noqa: N815
    enrollmentStartDate: str | None = None  # noqa: N815
    enrollmentEndDate: str | None = None  # noqa: N815
    transactionDetailLevel: str | None = Field(None, description="PLAN_LEVEL, COVERAGE_LEVEL or CHARGE_LEVEL.")  # noqa: N815
    additionalFields: Additional | None = None  # noqa: N815


class RenewalInput(Shape):
    """Insurance Contract Renewal Input."""

    quoteId: Id | None = Field(None, description="Renewal quote; required.")  # noqa: N815
    renewalDate: str | None = Field(None, description="First day of the next term; required.")  # noqa: N815
    contractEndDate: str | None = None  # noqa: N815
    contractTerm: int | None = Field(None, description="Months; 12 where neither term nor end is stated.")  # noqa: N815
    enrollmentStartDate: str | None = None  # noqa: N815
    enrollmentEndDate: str | None = None  # noqa: N815
    targetContractId: Id | None = Field(None, description="Contract that is renewed.")  # noqa: N815
    additionalFields: Additional | None = None  # noqa: N815


class EndorsementInput(Shape):
    """Insurance Contract Endorse Input."""

    quoteId: Id | None = Field(None, description="Endorsement quote; required.")  # noqa: N815
    effectiveDate: str | None = Field(None, description="First day of the new version; required.")  # noqa: N815
    enrollmentStartDate: str | None = None  # noqa: N815
    enrollmentEndDate: str | None = None  # noqa: N815
    updateExistingContractDates: bool = Field(True, description="The new version ends as the running one.")  # noqa: N815
    targetContractId: Id | None = Field(None, description="Contract that is endorsed.")  # noqa: N815
    additionalFields: Additional | None = None  # noqa: N815


class ContractOutput(Said):
    """A contract made while the caller waited."""

    isSuccess: bool  # noqa: N815
    message: str
    contractId: str | None  # noqa: N815
    errors: list[Fault]


_WAITING = {
    "entity": "InsuranceContract",
    "fields": {"data": [{"key": "EnrollmentWaitingPeriod", "value": "30"}]},
}
_NUMBER = {
    "entity": "ContractGroupPlan",
    "productPath": "MED-PLAT/HOSP",
    "fields": {"data": [{"key": "GroupNumber", "value": "G-20417"}]},
}
_MORE = {"insuranceContractItemList": [_WAITING, _NUMBER]}
_ISSUE = {
    "quoteId": "0Q0000000000000001",
    "contractTerm": 12,
    "transactionDetailLevel": "PLAN_LEVEL",
    "additionalFields": _MORE,
}
_RENEWAL = {
    "quoteId": "0Q0000000000000001",
    "renewalDate": "2027-01-01",
    "contractTerm": 12,
    "targetContractId": "800000000000000001",
    "additionalFields": {"insuranceContractItemList": [_WAITING]},
}
_ENDORSEMENT = {
    "quoteId": "0Q0000000000000001",
    "effectiveDate": "2026-07-01",
    "updateExistingContractDates": True,
    "targetContractId": "800000000000000001",
    "additionalFields": {"insuranceContractItemList": [_WAITING]},
}


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


def _says(message: str) -> dict[int | str, dict[str, Any]]:
    example = {"isSuccess": True, "message": message, "contractId": "800000000000000002", "errors": []}
    return {
        **CONNECT_ERRORS,
        201: {
            "model": ContractOutput,
            "description": "The contract exists, with plans, coverages, attributes and classes.",
            "content": {"application/json": {"example": example}},
        },
    }


@router.post(
    "/actions/issue",
    status_code=201,
    summary="Issue the contract of an approved quote at once",
    responses=_says(words.CREATED),
    openapi_extra=_asked(_ISSUE),
)
@on_refusal(contractId=None, message="The contract wasn't created.")
def issue_contract(body: IssueInput, door: DoorDep) -> Response:
    """All or nothing; a quote has one contract."""
    wanted = Wanted(
        body.quoteId, body.contractStartDate, body.contractEndDate, body.contractTerm, body.enrollmentStartDate,
        body.enrollmentEndDate, plain(body.additionalFields),
    )  # fmt: skip
    with door.write() as work:
        done = issue(work.tx, wanted, detail_level=body.transactionDetailLevel, scope=work.scope, now=work.now)
        return _answered(work, done)


@router.post(
    "/actions/renew",
    status_code=201,
    summary="Renew a contract from a renewal quote",
    responses=_says(words.RENEWED),
    openapi_extra=_asked(_RENEWAL),
)
@on_refusal(contractId=None, message="The contract wasn't renewed.")
def renew_contract(body: RenewalInput, door: DoorDep) -> Response:
    """The next term begins after the running one ends; enrollment settings and group numbers are carried over."""
    return _renewed(body, body.targetContractId, door)


@router.post(
    "/{contractId}/actions/renew",
    status_code=201,
    summary="Renew this contract from a renewal quote",
    responses=_says(words.RENEWED),
    openapi_extra=_asked({k: v for k, v in _RENEWAL.items() if k != "targetContractId"}),
)
@on_refusal(contractId=None, message="The contract wasn't renewed.")
def renew_this_contract(contractId: str, body: RenewalInput, door: DoorDep) -> Response:  # noqa: N803 - published name
    """The same with the contract in the path."""
    return _renewed(body, contractId, door)


@router.post(
    "/actions/endorse",
    status_code=201,
    summary="Make a new version of a contract from an endorsement quote",
    responses=_says(words.ENDORSED),
    openapi_extra=_asked(_ENDORSEMENT),
)
@on_refusal(contractId=None, message="The contract wasn't endorsed.")
def endorse_contract(body: EndorsementInput, door: DoorDep) -> Response:
    """The running contract ends the day before; the two are linked."""
    return _endorsed(body, body.targetContractId, door)


@router.post(
    "/{contractId}/actions/endorse",
    status_code=201,
    summary="Make a new version of this contract from an endorsement quote",
    responses=_says(words.ENDORSED),
    openapi_extra=_asked({k: v for k, v in _ENDORSEMENT.items() if k != "targetContractId"}),
)
@on_refusal(contractId=None, message="The contract wasn't endorsed.")
def endorse_this_contract(contractId: str, body: EndorsementInput, door: DoorDep) -> Response:  # noqa: N803
    """The same with the contract in the path."""
    return _endorsed(body, contractId, door)


def _renewed(body: RenewalInput, contract_id: str | None, door: DoorDep) -> Response:
    wanted = Wanted(
        body.quoteId, None, body.contractEndDate, body.contractTerm, body.enrollmentStartDate, body.enrollmentEndDate,
        plain(body.additionalFields), contract_id,
    )  # fmt: skip
    with door.write() as work:
        done = renew(work.tx, wanted, renewal_date=body.renewalDate, scope=work.scope, now=work.now)
        return _answered(work, done)


def _endorsed(body: EndorsementInput, contract_id: str | None, door: DoorDep) -> Response:
    wanted = Wanted(
        body.quoteId, None, None, None, body.enrollmentStartDate, body.enrollmentEndDate, plain(body.additionalFields),
        contract_id,
    )  # fmt: skip
    with door.write() as work:
        keeps_end = body.updateExistingContractDates
        done = endorse(
            work.tx, wanted, effective_date=body.effectiveDate, keeps_end=keeps_end, scope=work.scope, now=work.now
        )
        work.touched([str(contract_id)])
        return _answered(work, done)


def _answered(work: Work, done: Issued) -> Response:
    work.touched([done.made.contract_id], 1 + len(done.made.plan_ids))
    body = {"isSuccess": True, "message": " ".join((done.message, *done.warnings)), "errors": []}
    return answered({**body, **done.made.told()}, 201)
