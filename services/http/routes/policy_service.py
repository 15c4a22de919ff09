"""InsPolicyService, and getMemberEnrollments of InsEnrollmentServiceStd, over HTTP (proration; enrollment, section 8).

What lives here: the routes and their shapes. What does not: the rules (`services.policies`), and the same over Connect
(`policies`).
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.http.envelopes import StdRoute, answered
from services.http.identity import DoorDep
from services.http.routes.policies import ENDED, ENROLLED, INVALID, ROWS, Fees, PolicyEnded, Text, accept, asks, says
from services.http.routes.std_enrollment import Texts
from services.http.shapes import Id, Listed, LooseShape, Record, Said
from services.policies.cancel import Cancellation, cancel, prepare
from services.policies.ending import Manner
from services.policies.reading import Wanted, enrollments

router = APIRouter(route_class=StdRoute)
policy = APIRouter(route_class=StdRoute, tags=["Policies"], prefix="/services/InsPolicyService")
enrollment = APIRouter(route_class=StdRoute, tags=["Enrollment"], prefix="/services/InsEnrollmentServiceStd")

OK = {"result": "success", "errorCode": "INVOKE-200", "error": "OK"}
_FAULTS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Refused; nothing was written."},
    401: {"description": "No valid token."},
    403: {"description": "The caller may not do this."},
    503: {"description": "The book is kept by another run; send the same again."},
}


class _Stated(LooseShape):
    """What is stated of one cancellation, or of many."""

    createTransaction: bool = Field(False, description="Store what moved, coverage by coverage.")  # noqa: N815
    useIsPaidFlag: bool = Field(False, description="Payments marked paid decide what was paid.")  # noqa: N815
    additionalFees: Fees | None = Field(None, description="Amounts by name; they lessen the refund.")  # noqa: N815
    cancellationReason: Text | None = None  # noqa: N815

    def manner(self) -> Manner:
        """How policies end."""
        return Manner(self.createTransaction, self.useIsPaidFlag, self.cancellationReason)


class CancelPolicyInput(_Stated):
    """Options of cancelPolicy."""

    policyId: Id | None = None  # noqa: N815
    effectiveDate: str | None = Field(None, description="First day that is not covered; at most today.")  # noqa: N815

    def asked(self) -> Cancellation:
        """As the service takes it."""
        return Cancellation(self.effectiveDate, self.manner(), self.additionalFees)


class CancelPoliciesInput(_Stated):
    """Options of cancelPoliciesInBulk."""

    policies: Listed[Record] | None = Field(None, description="policyId and effectiveDate of each.")
    batchSize: int | None = Field(None, description="Policies of a batch, 1 to 12; 12 unless stated.")  # noqa: N815


class StdEnded(PolicyEnded):
    """A policy that ended, in the envelope of the service."""

    result: str
    errorCode: str  # noqa: N815
    error: str
    laterPolicies: list[PolicyEnded]  # noqa: N815


class StdBulk(Said):
    """The request, and the rows that are not part of it."""

    result: str
    errorCode: str  # noqa: N815
    error: str
    requestId: str  # noqa: N815
    invalidPolicies: list[dict[str, Any]]  # noqa: N815


class EnrollmentsInput(LooseShape):
    """Options of getMemberEnrollments."""

    censusMemberIds: Texts | None = Field(None, description="Primaries: a list, or joined by commas.")  # noqa: N815
    accountId: Id | None = Field(None, description="Account of members that are contacts; by default the census's.")  # noqa: N815
    groupAccountId: Id | None = Field(None, description="Group account; wins over accountId.")  # noqa: N815
    effectiveDate: str | None = Field(None, description="First day of the policies wanted; wins over contractId.")  # noqa: N815
    contractId: Id | None = Field(None, description="Stands in for the date: its enrollment start.")  # noqa: N815
    includeOptionalCoverages: bool = Field(False, description="Also optional coverages not chosen.")  # noqa: N815
    omitChildProducts: bool = Field(False, description="Leave coverages out.")  # noqa: N815
    asOf: bool = Field(False, description="Policies in force on the date.")  # noqa: N815


class StdEnrollments(Said):
    """Enrollments by member."""

    result: str
    errorCode: str  # noqa: N815
    error: str
    totalSize: int  # noqa: N815
    records: list[dict[str, Any]]


_ONE = {"policyId": "0YT000000000000001", "effectiveDate": "2026-09-21", "createTransaction": True,
        "additionalFees": {"Administration": 20, "Letter": 10}}  # fmt: skip


@policy.post(
    "/cancelPolicy",
    summary="Std: cancel a policy",
    responses={**_FAULTS, **says(StdEnded, {**OK, **ENDED, "laterPolicies": []}, "What is kept and what goes back.")},
    openapi_extra=asks(_ONE),
)
def cancel_policy(body: CancelPolicyInput, door: DoorDep) -> Response:
    """A negative amount goes back to the policyholder."""
    with door.write() as work:
        made = cancel(work.tx, body.policyId, body.asked(), scope=work.scope, now=work.now)
        work.touched([made["policyId"], *(one["policyId"] for one in made["laterPolicies"])])
    return answered({**OK, **made})


@policy.post(
    "/prepareToCancelPolicy",
    summary="Std: weigh what cancelling a policy would move",
    responses={**_FAULTS, **says(StdEnded, {**OK, **ENDED, "laterPolicies": []}, "As cancelPolicy would answer.")},
    openapi_extra=asks(_ONE),
)
def prepare_to_cancel_policy(body: CancelPolicyInput, door: DoorDep) -> Response:
    """Nothing is written."""
    with door.read() as work:
        made = prepare(work.tx, body.policyId, body.asked(), scope=work.scope, now=work.now)
    return answered({**OK, **made})


@policy.post(
    "/cancelPoliciesInBulk",
    summary="Std: cancel policies in bulk, as a job",
    responses={
        **_FAULTS,
        **says(StdBulk, {**OK, "requestId": "08P000000000000001", "invalidPolicies": [INVALID]}, "Accepted."),
    },
    openapi_extra=asks({"policies": ROWS, "batchSize": 12}),
)
def cancel_policies_in_bulk(body: CancelPoliciesInput, door: DoorDep, request: Request) -> Response:
    """Rows without a policy or a date are handed back as invalid; getRequestStatusById tells of the others."""
    with door.write() as work:
        accepted = accept(work, body.policies, body.manner(), body.batchSize, body.additionalFees)
    request.app.state.worker.wake()
    return answered({**OK, "requestId": accepted.request_id, "invalidPolicies": accepted.invalid})


@enrollment.post(
    "/getMemberEnrollments",
    summary="Std: the enrollments of members",
    responses={**_FAULTS, **says(StdEnrollments, {**OK, **ENROLLED}, "Enrollments by member; none is an empty list.")},
    openapi_extra=asks({"censusMemberIds": ["0r6000000000000001"], "effectiveDate": "2026-04-16"}),
)
def get_member_enrollments(body: EnrollmentsInput, door: DoorDep) -> Response:
    """Policies that begin on the date; with `asOf` those that cover it."""
    wanted = Wanted(
        body.effectiveDate,
        body.contractId,
        body.asOf,
        body.groupAccountId or body.accountId,
        body.includeOptionalCoverages,
        body.omitChildProducts,
    )
    with door.read(may=("user", "service", "member")) as work:
        found = enrollments(work.tx, body.censusMemberIds, wanted, scope=work.scope, today=work.now.date())
    return answered({**OK, **found})


for part in (policy, enrollment):
    router.routes.extend(part.routes)
