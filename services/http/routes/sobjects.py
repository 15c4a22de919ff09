"""Ordinary records over HTTP: made, read and changed one at a time, in the platform's generic form.

What lives here: the three routes and their examples. What does not: objects and their rules (`services.records`), files
(`documents`).
"""

from typing import Any

from fastapi import APIRouter, Body, Response

from services.http.envelopes import RecordRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import Said
from services.records import reading, records

router = APIRouter(route_class=RecordRoute, tags=["Records"], prefix="/services/data/{version}/sobjects")


class RecordFault(Said):
    """An error of a record."""

    errorCode: str  # noqa: N815 - published names
    message: str
    fields: list[str]


class RecordMade(Said):
    """A record that was made."""

    id: str
    success: bool
    errors: list[RecordFault]


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": list[RecordFault], "description": "Refused, nothing written: a field is missing, unknown or wrong."},
    401: {"model": list[RecordFault], "description": "No valid token."},
    403: {"model": list[RecordFault], "description": "The token's holder may not do this."},
    404: {"model": list[RecordFault], "description": "No such object or record, for this caller."},
    405: {"model": list[RecordFault], "description": "The object has services of its own."},
}
EXAMPLES: dict[str, Any] = {
    "account": {"summary": "An employer: Account", "value": {"Name": "Acme", "AccountNumber": "A-1"}},
    "class": {"summary": "GroupClass", "value": {"AccountId": "001000000000000001", "Name": "Full time"}},
    "product": {
        "summary": "Product2",
        "value": {"ProductCode": "MED-1", "Name": "Gold", "ProductType": "Medical"},
    },
    "contract": {
        "summary": "Contract",
        "value": {
            "AccountId": "001000000000000001",
            "ContractNumber": "K-1",
            "StartDate": "2026-01-01",
            "EndDate": "2026-12-31",
        },
    },
    "insurance contract": {
        "summary": "InsuranceContract",
        "value": {
            "ContractId": "800000000000000001",
            "EnrollmentStartDate": "2025-11-01",
            "EnrollmentEndDate": "2025-11-30",
            "EnrollmentWaitingPeriod": 30,
            "IsSelfServiceWindowEnforced": True,
        },
    },
    "attribute": {
        "summary": "ContractGroupPlanAttribute",
        "value": {
            "ContractGroupPlanId": "0rg000000000000001",
            "AttributeDefinitionId": "0tj000000000000001",
            "AttributeName": "Deductible",
            "Value": "500",
        },
    },
    "plan": {
        "summary": "ContractGroupPlan",
        "value": {"ContractId": "800000000000000001", "Name": "Gold", "ProductId": "01t000000000000001"},
    },
    "census": {
        "summary": "GroupCensus",
        "value": {
            "Name": "Acme 2026",
            "AccountId": "001000000000000001",
            "ContractId": "800000000000000001",
            "Type": "Enrollment",
            "Status": "Active",
            "SourceSystemName": "HRIS",
            "SourceSystemType": "External",
        },
    },
    "quote": {
        "summary": "Quote",
        "value": {
            "Name": "Acme 2026",
            "AccountId": "001000000000000001",
            "GroupCensusId": "0rf000000000000001",
            "InsuranceQuoteType": "New Group Business",
            "CensusRatingType": "Member Based",
            "StartDate": "2026-01-01",
            "EndDate": "2026-12-31",
        },
    },
    "quoteLine": {
        "summary": "QuoteLineItem: a root, and under it group summary, member placeholder and coverages",
        "value": {"QuoteId": "0Q0000000000000001", "level": "ROOT", "Product2Id": "01t000000000000001"},
    },
    "quoteLineAttribute": {
        "summary": "QuoteLineItemAttribute",
        "value": {"QuoteLineItemId": "0QL000000000000001", "AttributeName": "Deductible", "Value": "500"},
    },
    "rates": {
        "summary": "RateTable with its cells and what it prices",
        "value": {
            "Name": "Gold 2026",
            "Method": "age_banded",
            "RateUnit": "USD per person per month",
            "Axes": "age",
            "Citation": "Filed 2025-10-01",
            "Cells": [
                {"EffectiveFrom": "2026-01-01", "Age": "0", "Rate": "180.25"},
                {"EffectiveFrom": "2026-01-01", "Age": "21", "Rate": "235.60"},
            ],
            "Plans": ["01t000000000000001"],
        },
    },
}


@router.post(
    "/{objectName}",
    status_code=201,
    response_model=RecordMade,
    responses=ERRORS,
    summary="Make a record",
    description="Objects: Account, GroupClass, Product2, Contract, InsuranceContract (the contract said more of),"
    " ContractGroupPlan, ContractGroupPlanGroupClass, ContractGroupPlanAttribute, GroupCensus, GroupClassContribution,"
    " RateTable, Quote, QuoteLineItem, QuoteLineItemAttribute. Of others records are only read.",
)
def create(objectName: str, fields: dict[str, Any] = Body(openapi_examples=EXAMPLES), *, door: DoorDep) -> Response:  # noqa: N803
    """The record's id."""
    with door.write() as work:
        made = records.create(work.tx, objectName, fields, scope=work.scope, now=work.now)
        work.touched([made])
    return answered({"id": made, "success": True, "errors": []}, 201)


@router.get("/{objectName}/{recordId}", responses=ERRORS, summary="Read a record", response_model=dict[str, Any])
def read(objectName: str, recordId: str, door: DoorDep) -> Response:  # noqa: N803
    """Its fields, in published names."""
    with door.read() as work:
        return answered(reading.read(work.tx, objectName, recordId, scope=work.scope, now=work.now))


@router.patch(
    "/{objectName}/{recordId}",
    status_code=204,
    responses=ERRORS,
    summary="Change a record",
    description="Fields not stated stay; null clears one.",
)
def update(
    objectName: str,  # noqa: N803
    recordId: str,  # noqa: N803
    fields: dict[str, Any] = Body(openapi_examples={"name": {"value": {"Name": "Acme Inc."}}}),
    *,
    door: DoorDep,
) -> Response:
    """Nothing is answered but that it is done."""
    with door.write() as work:
        records.update(work.tx, objectName, recordId, fields, scope=work.scope, now=work.now)
        work.touched([recordId])
    return Response(status_code=204)
