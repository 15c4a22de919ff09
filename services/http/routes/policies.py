"""Policies over HTTP: cancelling one or many, ending a member, and the enrollments of a member (proration; enrollment).

What lives here: the Connect routes and their shapes. What does not: any rule (`services.policies`), the published
service (`policy_service`), single records (`sobjects`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.http.envelopes import ConnectRoute, answered, on_refusal
from services.http.identity import DoorDep, Work
from services.http.shapes import CONNECT_ERRORS, Fault, Listed, Mapped, Record, Said, Shape
from services.policies import batch
from services.policies.cancel import Cancellation, cancel, end_member, prepare
from services.policies.ending import Manner
from services.policies.reading import Wanted, enrollments

router = APIRouter(route_class=ConnectRoute, tags=["Policies"], prefix="/services/data/{version}/connect/insurance")

Fees = Mapped[Any]
Text = Annotated[str, Field(max_length=255)]


class How(Shape):
    """How policies end."""

    createTransaction: bool = Field(False, description="Store what moved, coverage by coverage.")  # noqa: N815
    useIsPaidFlag: bool = Field(False, description="Payments marked paid decide what was paid.")  # noqa: N815
    additionalFees: Fees | None = Field(None, description="Amounts by name; they lessen the refund.")  # noqa: N815
    cancellationReason: Text | None = None  # noqa: N815
    cancellationReasonType: Annotated[str, Field(max_length=40)] | None = None  # noqa: N815

    def manner(self) -> Manner:
        """As the service takes it."""
        return Manner(self.createTransaction, self.useIsPaidFlag, self.cancellationReason, self.cancellationReasonType)


class CancelInput(How):
    """What is stated of a cancellation."""

    effectiveDate: str | None = Field(None, description="First day that is not covered; at most today.")  # noqa: N815

    def asked(self) -> Cancellation:
        """As the service takes it."""
        return Cancellation(self.effectiveDate, self.manner(), self.additionalFees)


class BulkInput(How):
    """Policies to cancel, each from a day of its own; the rest holds for all."""

    policies: Listed[Record] | None = Field(None, description="policyId and effectiveDate of each.")
    batchSize: int | None = Field(None, description="Policies of a batch, 1 to 12; 12 unless stated.")  # noqa: N815


class PolicyEnded(Said):
    """A policy that ended; amounts in dollars."""

    policyId: str  # noqa: N815
    policyNumber: str  # noqa: N815
    status: str
    cancellationDate: str  # noqa: N815
    expirationDate: str = Field(description="Last day of cover.")  # noqa: N815
    standardPremium: float  # noqa: N815
    previousTermPremium: float  # noqa: N815
    termPremium: float = Field(description="Premium of the days covered.")  # noqa: N815
    additionalFees: float  # noqa: N815
    refundAmount: float = Field(description="Negative: goes back to the policyholder; positive: is still owed.")  # noqa: N815
    transactionId: str | None  # noqa: N815


class CancelOutput(PolicyEnded):
    """What came of a cancellation."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    laterPolicies: list[PolicyEnded] = Field(description="Later versions and renewals, cancelled too.")  # noqa: N815


class MemberEnded(Said):
    """What came of ending a member."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    policies: list[PolicyEnded]
    message: str | None


class BulkOutput(Said):
    """The request, and the rows that are not part of it."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    requestId: str | None  # noqa: N815
    invalidPolicies: list[dict[str, Any]]  # noqa: N815


class Enrollments(Said):
    """Enrollments of members."""

    isSuccess: bool  # noqa: N815
    errors: list[Fault]
    totalSize: int  # noqa: N815
    records: list[dict[str, Any]]


_STATED = {
    "effectiveDate": "2026-09-21",
    "createTransaction": True,
    "useIsPaidFlag": False,
    "additionalFees": {"Administration": 20, "Letter": 10},
    "cancellationReason": "Left the company",
}
ENDED: dict[str, Any] = {
    "policyId": "0YT000000000000001",
    "policyNumber": "G-1-000001",
    "status": "Canceled",
    "cancellationDate": "2026-09-21",
    "expirationDate": "2026-09-20",
    "standardPremium": 900.0,
    "previousTermPremium": 900.0,
    "termPremium": 648.49,
    "additionalFees": 30.0,
    "refundAmount": -221.51,
    "transactionId": "0YX000000000000001",
}
ROWS = [{"policyId": "0YT000000000000001", "effectiveDate": "2026-09-21"}, {"policyId": None, "effectiveDate": None}]
INVALID = {"policyId": None, "effectiveDate": None, "row": 1, "code": "SF-0001-0004",
           "message": "Specify an input for policyId."}  # fmt: skip
ENROLLED: dict[str, Any] = {
    "totalSize": 1,
    "records": [
        {
            "Id": "0r6000000000000001",
            "FirstName": "Noor",
            "LastName": "Haddad",
            "contactId": "003000000000000001",
            "enrollments": {
                "totalSize": 1,
                "records": [
                    {
                        "Id": "0YT000000000000001",
                        "policyNumber": "G-1-000001",
                        "Status": "In Force",
                        "productId": "01t000000000000001",
                        "productName": "Medical Platinum",
                        "ProductCode": "PLAT",
                        "accountId": "001000000000000001",
                        "EffectiveStart": "2026-04-16",
                        "EffectiveEnd": "2026-12-31",
                        "StandardPremium": 12480.0,
                        "Price": 8889.87,
                        "EmployerContribution": 5256.99,
                        "EmployeeContribution": 3632.88,
                        "planId": "0rg000000000000001",
                        "contractId": "800000000000000001",
                        "Term": "Annual",
                        "attributeCategories": [],
                        "attributeSelectedValues": [{"attributeName": "Copay", "value": "10"}],
                        "dependents": {
                            "totalSize": 1,
                            "records": [
                                {
                                    "Id": "0r6000000000000002",
                                    "FirstName": "Elias",
                                    "LastName": "Haddad",
                                    "relationshipType": "Spouse",
                                    "partyId": "003000000000000002",
                                    "contactId": "003000000000000002",
                                }
                            ],
                        },
                        "childProducts": {
                            "totalSize": 1,
                            "records": [
                                {
                                    "Id": "0YC000000000000001",
                                    "planId": "0rg000000000000011",
                                    "productId": "01t000000000000002",
                                    "productName": "Hospital",
                                    "ProductCode": "HOSP",
                                    "isOptional": False,
                                    "isSelected": True,
                                    "Price": 8206.03,
                                }
                            ],
                        },
                    }
                ],
            },
        }
    ],
}


def says(model: Any, example: Any, description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """A documented answer."""
    return {status: {"model": model, "description": description, "content": {"application/json": {"example": example}}}}


def asks(example: Any) -> dict[str, Any]:
    """A worked example of a body."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


_CANCELLED = {"isSuccess": True, "errors": [], **ENDED, "laterPolicies": []}


@router.post(
    "/policies/{policyId}/actions/cancel",
    summary="Cancel a policy",
    responses={**CONNECT_ERRORS, **says(CancelOutput, _CANCELLED, "What is kept and what goes back.")},
    openapi_extra=asks(_STATED),
)
def cancel_policy(policyId: str, body: CancelInput, door: DoorDep) -> Response:  # noqa: N803 - published names
    """The last day of cover is the day before. Participants and coverages end with the policy, later versions too."""
    with door.write() as work:
        made = cancel(work.tx, policyId, body.asked(), scope=work.scope, now=work.now)
        work.touched([policyId, *(one["policyId"] for one in made["laterPolicies"])])
    return answered({"isSuccess": True, "errors": [], **made})


@router.post(
    "/policies/{policyId}/actions/prepare-cancel",
    summary="Weigh what cancelling a policy would move",
    responses={
        **CONNECT_ERRORS,
        **says(CancelOutput, {**_CANCELLED, "transactionId": None}, "As a cancellation would answer."),
    },
    openapi_extra=asks(_STATED),
)
def prepare_to_cancel(policyId: str, body: CancelInput, door: DoorDep) -> Response:  # noqa: N803
    """Nothing is written."""
    with door.read() as work:
        made = prepare(work.tx, policyId, body.asked(), scope=work.scope, now=work.now)
    return answered({"isSuccess": True, "errors": [], **made})


@router.post(
    "/policies/actions/cancel",
    status_code=202,
    summary="Cancel policies in bulk, as a job",
    responses={
        **CONNECT_ERRORS,
        **says(
            BulkOutput,
            {"isSuccess": True, "errors": [], "requestId": "08P000000000000001", "invalidPolicies": [INVALID]},
            "Accepted; `async-requests` tells what becomes of it.",
            202,
        ),
    },
    openapi_extra=asks({"policies": ROWS, "batchSize": 12, "createTransaction": True}),
)
@on_refusal(requestId=None, invalidPolicies=[])
def cancel_policies(body: BulkInput, door: DoorDep, request: Request) -> Response:
    """Rows without a policy or a date are handed back; the valid ones go on. A batch has at most twelve policies."""
    with door.write() as work:
        accepted = accept(work, body.policies, body.manner(), body.batchSize, body.additionalFees)
    request.app.state.worker.wake()
    return answered(
        {"isSuccess": True, "errors": [], "requestId": accepted.request_id, "invalidPolicies": accepted.invalid}, 202
    )


@router.post(
    "/group-census-members/{memberId}/actions/terminate",
    summary="End a member in the policies of the family",
    responses={
        **CONNECT_ERRORS,
        **says(
            MemberEnded, {"isSuccess": True, "errors": [], "policies": [ENDED], "message": None}, "The policies ended."
        ),
    },
    openapi_extra=asks(_STATED),
)
@on_refusal(policies=[], message=None)
def terminate_member(memberId: str, body: CancelInput, door: DoorDep) -> Response:  # noqa: N803
    """All active policies of a primary are cancelled, dependents included; of a dependent only its own part ends."""
    with door.write() as work:
        made = end_member(work.tx, memberId, body.asked(), scope=work.scope, now=work.now)
        work.touched([memberId, *(one["policyId"] for one in made["policies"])])
    return answered({"isSuccess": True, "errors": [], **made})


Day = Annotated[
    str | None, Query(description="First day of the policies wanted; with asOf a day they cover.", max_length=40)
]
Contract = Annotated[str | None, Query(description="Stands in for the date: its enrollment start.", max_length=255)]


@router.get(
    "/group-census-members/{memberId}/policies",
    summary="Policies of a member",
    responses={
        **CONNECT_ERRORS,
        **says(Enrollments, {"isSuccess": True, "errors": [], **ENROLLED}, "Enrollments, none is an empty list."),
    },
)
@on_refusal(totalSize=0, records=[])
def member_policies(
    memberId: str,  # noqa: N803
    door: DoorDep,
    effectiveDate: Day = None,  # noqa: N803
    contractId: Contract = None,  # noqa: N803
    asOf: Annotated[bool, Query(description="Policies in force on the date.")] = False,  # noqa: N803
    includeOptionalCoverages: Annotated[bool, Query(description="Also optional coverages not chosen.")] = False,  # noqa: N803
    omitChildProducts: Annotated[bool, Query(description="Leave coverages out.")] = False,  # noqa: N803
) -> Response:
    """Without a date and a contract, every policy. A member's token reads the own family's."""
    wanted = Wanted(
        effectiveDate,
        contractId,
        asOf,
        with_optional=includeOptionalCoverages,
        omits_coverages=omitChildProducts,
    )
    with door.read(may=("user", "service", "member")) as work:
        day = work.now.date()
        found = enrollments(work.tx, [memberId], wanted, scope=work.scope, today=day, needs_day=False, name="memberId")
    return answered({"isSuccess": True, "errors": [], **found})


def accept(
    work: Work, policies: list[dict[str, Any]] | None, manner: Manner, size: int | None, fees: dict[str, Any] | None
) -> batch.Accepted:
    """Write a bulk cancellation down."""
    accepted = batch.ask(
        work.tx,
        policies,
        manner,
        batch_size=size,
        additional_fees=fees,
        scope=work.scope,
        now=work.now,
        requested_by=work.caller.token_id,
        http_request_id=work.request_id,
    )
    work.touched([accepted.request_id])
    return accepted
