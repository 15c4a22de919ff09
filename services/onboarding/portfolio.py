"""The list of registrations: filters, pages, and a cursor that holds while rows change (ON-18).

What lives here: `page` and the cursor. What does not: who sees which (`reach`), a single registration (`reading`).

Rows are ordered by the time of their last change and by id; a page begins after the last row of the one before. A row
that changes meanwhile moves towards the end, where a later page shows it: none is passed over.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.book import Transaction
from services.onboarding import actions, faults, reading
from services.onboarding.reach import Reach

USUAL, MOST = 25, 200
"""Registrations on a page."""


@dataclass(frozen=True)
class Wish:
    """What is asked of the list."""

    status: str | None = None
    pending_action: str | None = None
    updated_since: datetime | None = None
    healthy: bool | None = None
    cursor: str | None = None
    page_size: int = USUAL


def page(tx: Transaction, reach: Reach, wish: Wish, *, tells_partner: bool = False) -> dict[str, Any]:
    """One page of registrations and the cursor of the next; Refused with 422 for a cursor that is none."""
    after_at, after_id = _opened(wish.cursor)
    rows = tx.rows(
        "onboarding.portfolio",
        {
            **reach.params,
            "status": wish.status,
            "pending_action": wish.pending_action,
            "updated_since": wish.updated_since,
            "healthy": wish.healthy,
            "after_at": after_at,
            "after_id": after_id,
            "n": wish.page_size + 1,
        },
    )
    names = ("registration_id", "partner_id", "partner_group_key", "version", "status", "status_reason",
             "submitted_at", "updated_at", "percent", "is_healthy")  # fmt: skip
    found: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows[: wish.page_size]]
    waiting = actions.open_actions(tx, [row["registration_id"] for row in found])
    more = len(rows) > wish.page_size
    return {
        "groups": [_told(row, waiting[row["registration_id"]], tells_partner) for row in found],
        "nextCursor": _sealed(found[-1]["updated_at"], found[-1]["registration_id"]) if more else None,
    }


def _told(row: dict[str, Any], waiting: list[dict[str, Any]], tells_partner: bool) -> dict[str, Any]:
    told = reading.status(row) | {
        "integration": {
            "percentComplete": row["percent"],
            "healthy": row["is_healthy"],
            "pendingActions": [reading.pending(each) for each in waiting],
        }
    }
    return {**told, "partnerId": row["partner_id"]} if tells_partner else told


def _sealed(updated_at: datetime, registration_id: str) -> str:
    raw = orjson.dumps([updated_at.isoformat(timespec="microseconds"), registration_id])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _opened(cursor: str | None) -> tuple[datetime | None, str | None]:
    if cursor is None:
        return None, None
    try:
        moment, registration_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at = datetime.fromisoformat(moment)
    except (ValueError, TypeError, binascii.Error):
        raise faults.unprocessable(faults.invalid("cursor")) from None
    if not isinstance(registration_id, str) or at.tzinfo is not None:
        raise faults.unprocessable(faults.invalid("cursor"))
    return at, registration_id
