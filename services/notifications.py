"""Notifications: what callers are told when work they asked for has ended.

What lives here: the outbox, writing to it and reading one's own (CQ-10). What does not: what became of a request, which
its status tells (`services.jobs`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import ids
from services.book import Transaction
from services.insurance_errors import Refused, invalid
from services.scope import Scope
from services.shelf.store import utc


@dataclass(frozen=True)
class Note:
    """What is told, and to whom: the token of a caller; None is whoever sees every account."""

    recipient: str | None
    title: str
    body: str
    account_id: str | None = None
    reference_id: str | None = None
    request_id: str | None = None


def notify(tx: Transaction, note: Note, *, now: datetime) -> str:
    """Put a note into the outbox and return its id."""
    notification_id = ids.spell(ids.NOTIFICATION, tx.mint(ids.NOTIFICATION, 1))
    row = {
        "notification_id": notification_id,
        "recipient": note.recipient,
        "account_id": note.account_id,
        "title": note.title[:255],
        "body": note.body[:1_000],
        "reference_id": note.reference_id,
        "request_id": note.request_id,
        "now": utc(now),
    }
    tx.run("notifications.add", row)
    return notification_id


def own(
    tx: Transaction, token_id: str, *, scope: Scope, request_id: str | None = None, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Notes to a caller in published names, the latest first; those to nobody are told to who sees every account.

    Refused for a request that is unknown to the caller.
    """
    if request_id is not None and not scope.sees(tx, "request", request_id):
        raise Refused(invalid("requestId"))
    sees_all = scope.account_ids is None and scope.family_id is None
    asked = {"recipient": token_id, "sees_all": sees_all, "request_id": request_id, "limit": limit, "offset": offset}
    rows = tx.frame("notifications.own", asked).to_dicts()
    return [row | {"createdDate": f"{row['createdDate'].isoformat(timespec='milliseconds')}Z"} for row in rows]
