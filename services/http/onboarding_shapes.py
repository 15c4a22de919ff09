"""Documented answers and errors of the onboarding interface, shared by both of its sides.

What lives here: examples and the error models. What does not: routes, and request bodies, which stand beside them.
"""

from typing import Annotated, Any

from pydantic import Field

from schemas.onboarding import STEPS
from services.http.shapes import Said

Name = Annotated[str, Field(min_length=1, max_length=255)]
"""A name, or a short text that must be there."""


class OnboardingFault(Said):
    """One error of the onboarding interface; `field` and `additionalInfo` where they say more."""

    code: str
    message: str


class OnboardingRefusal(Said):
    """A request refused; nothing was written."""

    errors: list[OnboardingFault]


_SAYS: dict[int, tuple[str, dict[str, Any]]] = {
    400: ("No JSON.", {"code": "ONB-001", "message": "The request body isn't valid JSON."}),
    401: ("No valid token.", {"code": "ONB-002", "message": "Authentication is required."}),
    403: (
        "Another kind of token, a role that may not, or a partner who is not approved.",
        {"code": "ONB-003", "message": "Your role doesn't allow this operation."},
    ),
    404: ("Unknown, or another partner's.", {"code": "ONB-004", "message": "Group registration not found."}),
    409: (
        "A duplicate (ONB-005), changed by another (ONB-006), not in this status (ONB-007), a key used (ONB-008).",
        {
            "code": "ONB-005",
            "message": "A registration for this group already exists.",
            "additionalInfo": {"groupRegistrationId": "REG-000041"},
        },
    ),
    422: (
        "Every fault of the request (ONB-101 to ONB-107).",
        {"code": "ONB-101", "message": "legalName is required.", "field": "legalName"},
    ),
    429: (
        "An earlier request of this operation still runs; `Retry-After` says when to come back.",
        {"code": "ONB-201", "message": "A previous request is still being processed."},
    ),
    503: (
        "The book is kept by another run; send the same again.",
        {
            "code": "GB-SYS-001",
            "message": "The book is in use by another run. Send the same request again in a moment.",
        },
    ),
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented errors of an operation; every one refuses a parameter that it does not take (422)."""
    return {
        status: {
            "model": OnboardingRefusal,
            "description": _SAYS[status][0],
            "content": {"application/json": {"example": {"errors": [_SAYS[status][1]]}}},
        }
        for status in sorted({*statuses, 422})
    }


def says(model: Any, description: str, example: Any) -> dict[str, Any]:
    """A documented answer."""
    return {"model": model, "description": description, "content": {"application/json": {"example": example}}}


def example_of(body: dict[str, Any]) -> dict[str, Any]:
    """A documented request."""
    return {"requestBody": {"content": {"application/json": {"example": body}}}}


_AT = "2026-11-20T12:00:00Z"
ID: dict[str, Any] = {"groupRegistrationId": "REG-000007", "partnerGroupKey": "BRK-2210", "version": 1}
_FLAGS = ("dataValidated", "accountCreated", "brokerLinked", "plansConfigured", "ratesLoaded", "censusReceived",
          "contractCreated", "enrollmentOpen", "billingReady")  # fmt: skip
_BEGUN = {"REGISTRATION_RECEIVED": ("DONE", _AT, _AT), "DATA_VALIDATION": ("IN_PROGRESS", _AT, None)}


def _step(code: str, owner: str) -> dict[str, Any]:
    state, started, completed = _BEGUN.get(code, ("NOT_STARTED", None, None))
    return {"code": code, "state": state, "owner": owner, "startedAt": started, "completedAt": completed}


GROUP: dict[str, Any] = {
    **ID,
    "taxId": "**-***4321",
    "registration": {
        "status": "SUBMITTED",
        "isOnboarded": False,
        "statusReason": None,
        "submittedAt": _AT,
        "updatedAt": _AT,
    },
    "summary": {
        "group": {"sizeBand": "10-50", "marketSegment": "SMALL", "situsState": "OR", "multiState": None},
        "coverage": {
            "productLines": [
                {"line": "MEDICAL", "status": "NOT_STARTED"},
                {"line": "VISION", "status": "NOT_STARTED"},
            ],
            "planCount": 0,
            "effectiveDate": "2027-01-01",
            "renewalDate": None,
            "fundingType": None,
        },
        "eligibility": {
            "classCount": 0,
            "waitingPeriodDays": 60,
            "openEnrollment": {"start": None, "end": None, "isOpen": False},
            "dependentsCovered": None,
        },
        "enrollment": {"participationBand": "UNKNOWN", "lastCensusReceivedOn": None},
    },
    "integration": {
        "percentComplete": 9,
        "lastSyncedAt": _AT,
        "lastErrorAt": None,
        "flags": {**dict.fromkeys(_FLAGS, False), "healthy": True},
        "pendingActions": [],
        "steps": [_step(code, owner) for code, owner in STEPS.items()],
    },
}
LISTED: dict[str, Any] = {
    "groups": [
        {
            **ID,
            "registration": GROUP["registration"],
            "integration": {"percentComplete": 9, "healthy": True, "pendingActions": []},
        }
    ],
    "nextCursor": None,
}
STEPS_TOLD: list[dict[str, Any]] = [
    {
        "seq": 1,
        "at": _AT,
        "type": "STATUS",
        "subject": None,
        "from": None,
        "to": "SUBMITTED",
        "actor": "PARTNER",
        "note": None,
    },
    {
        "seq": 2,
        "at": _AT,
        "type": "STEP",
        "subject": "REGISTRATION_RECEIVED",
        "from": "NOT_STARTED",
        "to": "DONE",
        "actor": "SYSTEM",
        "note": None,
    },
]
