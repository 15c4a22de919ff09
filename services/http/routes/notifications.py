"""Notifications over HTTP: what a caller is told when work it asked for has ended (CQ-10).

What lives here: the route. What does not: the outbox (`services.notifications`).
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.http.envelopes import ConnectRoute, answered
from services.http.identity import DoorDep
from services.http.shapes import CONNECT_ERRORS, Said
from services.notifications import own

router = APIRouter(
    route_class=ConnectRoute, tags=["Notifications"], prefix="/services/data/{version}/connect/insurance/notifications"
)


class Notification(Said):
    """What has happened."""

    id: str
    title: str
    body: str
    referenceRecordId: str | None  # noqa: N815 - published names
    requestId: str | None  # noqa: N815
    createdDate: str  # noqa: N815


class Notifications(Said):
    """Notifications, the latest first."""

    notifications: list[Notification]


_EXAMPLE = {
    "notifications": [
        {
            "id": "0nt000000000000001",
            "title": "Contract created",
            "body": "The contract of quote Q-1042 has been created with 3 plans and coverages.",
            "referenceRecordId": "800000000000000001",
            "requestId": "08P000000000000001",
            "createdDate": "2026-11-20T12:00:00.000Z",
        }
    ]
}


@router.get(
    "",
    summary="What the caller is told of work that has ended",
    responses={
        **CONNECT_ERRORS,
        200: {
            "model": Notifications,
            "description": "The latest first.",
            "content": {"application/json": {"example": _EXAMPLE}},
        },
    },
)
def read_notifications(
    door: DoorDep,
    requestId: Annotated[str | None, Query(max_length=255, description="Only those of a request.")] = None,  # noqa: N803
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> Response:
    """Only what is addressed to the caller's own token."""
    with door.read() as work:
        found = own(work.tx, work.caller.token_id, scope=work.scope, request_id=requestId, limit=limit, offset=offset)
    return answered({"notifications": found})
