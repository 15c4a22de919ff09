"""InsContractServiceStd over HTTP: createUpdateContract.

What lives here: the route and its shape. What does not: the rules (`services.contracts.std`).
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import AliasChoices, Field

from services.contracts.request import Wanted
from services.contracts.std import create_update_contract
from services.http.contract_shapes import Additional, plain
from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import Id, LooseShape, Said

router = APIRouter(route_class=StdRoute, tags=["Contracts"], prefix="/services/InsContractServiceStd")

OK = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}


class ContractInput(LooseShape):
    """Options of createUpdateContract; the JSON of the quote's products is not read, since its lines are in the
    book.
    """

    QuoteId: Id | None = Field(
        None, description="Source quote; required.", validation_alias=AliasChoices("QuoteId", "quoteId")
    )
    AccountId: Id | None = Field(
        None,
        description="Account of the quote; taken where the quote names none.",
        validation_alias=AliasChoices("AccountId", "accountId"),
    )
    contractStartDate: str | None = Field(None, description="By default the quote's.")  # noqa: N815
    contractEndDate: str | None = Field(None, description="By default the quote's.")  # noqa: N815
    contractTerm: int | None = None  # noqa: N815
    enrollmentStartDate: str | None = None  # noqa: N815
    enrollmentEndDate: str | None = None  # noqa: N815
    additionalFields: Additional | None = None  # noqa: N815


class ContractDone(Said):
    """The contract, made or changed."""

    result: str
    errorCode: str  # noqa: N815
    error: str
    contractId: str  # noqa: N815
    isNew: bool  # noqa: N815
    insuranceContractId: str  # noqa: N815
    contractGroupPlanIds: list[str]  # noqa: N815


_ASKED: dict[str, Any] = {
    "QuoteId": "0Q0000000000000001",
    "AccountId": "001000000000000001",
    "additionalFields": [{"entity": "Contract", "fields": [{"key": "Status", "value": "Activated"}]}],
}
_DONE = {
    **OK,
    "contractId": "800000000000000001",
    "insuranceContractId": "800000000000000001",
    "contractGroupPlanIds": ["0rg000000000000001", "0rg000000000000002"],
    "isNew": True,
}


@router.post(
    "/createUpdateContract",
    summary="Std: make the contract of a quote, or write fields to it",
    responses={
        200: {
            "model": ContractDone,
            "description": "The contract.",
            "content": {"application/json": {"example": _DONE}},
        },
        400: {"description": "Refused; nothing was written."},
        401: {"description": "No valid token."},
        403: {"description": "The caller may not do this."},
        503: {"description": "The book is kept by another run; send the same again."},
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _ASKED}}}},
)
def create_update(body: ContractInput, door: DoorDep) -> Response:
    """A quote that has a contract keeps it: the additional fields are written to it and to its plans."""
    wanted = Wanted(
        body.QuoteId, body.contractStartDate, body.contractEndDate, body.contractTerm, body.enrollmentStartDate,
        body.enrollmentEndDate, plain(body.additionalFields), account_id=body.AccountId,
    )  # fmt: skip
    with door.write() as work:
        done = create_update_contract(work.tx, wanted, scope=work.scope, now=work.now)
        work.touched([done.made.contract_id])
    return answered({**OK, **done.made.told(), "isNew": done.is_new})
