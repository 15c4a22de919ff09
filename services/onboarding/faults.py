"""Errors of the onboarding interface: codes, texts and statuses.

What lives here: one function for each code (ONB-001 to ONB-201). What does not: finding the faults of a body
(`fields`), and the envelope (`services.http.envelopes`). Texts name fields, never values (ON-21).
"""

from services.insurance_errors import InsuranceError, Refused

NOT_JSON = InsuranceError("ONB-001", "The request body isn't valid JSON.")
NOT_AUTHENTICATED = InsuranceError("ONB-002", "Authentication is required.")
NOT_ALLOWED = InsuranceError("ONB-003", "Your role doesn't allow this operation.")


def not_allowed() -> Refused:
    """403: the kind of the caller, its role, or a partner who is not approved."""
    return Refused(NOT_ALLOWED, status=403)


def not_found() -> Refused:
    """404: unknown, or of another partner (ON-7)."""
    return Refused(InsuranceError("ONB-004", "Group registration not found."), status=404)


def duplicate(registration_id: str) -> Refused:
    """409: the group is registered already; the error names the registration (ON-9)."""
    error = InsuranceError("ONB-005", "A registration for this group already exists.")
    return Refused(error.about(groupRegistrationId=registration_id), status=409)


def stale(version: int) -> Refused:
    """409: another change came first (ON-12)."""
    error = InsuranceError(
        "ONB-006", "The registration was changed by someone else. Read it again and retry.", {"version": version}
    )
    return Refused(error, status=409)


def not_in_status(status: str, **info: object) -> Refused:
    """409: what was asked does not go with the status."""
    error = InsuranceError("ONB-007", f"This change isn't allowed in status {status}.")
    return Refused(error.about(**info), status=409)


def key_reused() -> Refused:
    """409: the idempotency key belongs to another request."""
    return Refused(InsuranceError("ONB-008", "The idempotency key was used with a different request."), status=409)


def required(field: str) -> InsuranceError:
    """A field is missing.

    >>> required("address.city").message
    'address.city is required.'
    """
    return InsuranceError("ONB-101", f"{field} is required.", {"field": field})


def invalid(field: str) -> InsuranceError:
    """A field cannot be taken.

    >>> invalid("taxId").message
    "taxId isn't valid."
    """
    return InsuranceError("ONB-102", f"{field} isn't valid.", {"field": field})


FIRST_OF_MONTH = InsuranceError(
    "ONB-103", "The effective date must be the first day of a month.", {"field": "effectiveDate"}
)
TOO_MANY_ENROLLED = InsuranceError(
    "ONB-104", "Enrolled employees can't exceed eligible employees.", {"field": "enrolledEmployeeCount"}
)
BROKER_DATE = InsuranceError(
    "ONB-105", "Specify an effective date for the broker change.", {"field": "broker.effectiveDate"}
)
LONG_WAIT = InsuranceError("ONB-106", "The waiting period can't exceed 90 days.", {"field": "waitingPeriodDays"})
NO_ATTESTATION = InsuranceError(
    "ONB-107", "Confirm that the employer authorised this registration.", {"field": "attestation"}
)


def unprocessable(*errors: InsuranceError) -> Refused:
    """422: every fault of a body at once (ON-8)."""
    return Refused(*errors, status=422)


def overlapping() -> Refused:
    """429: an earlier request of the same operation still runs (ON-19)."""
    return Refused(InsuranceError("ONB-201", "A previous request is still being processed."), status=429)
