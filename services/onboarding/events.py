"""The history of a registration: events, numbered without gaps and only ever added to.

What lives here: adding events and reading them (ON-14). What does not: what happened (the modules that cause it); no
statement changes or removes an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from services.book import Transaction
from services.onboarding import faults
from services.onboarding.fields import Values, is_safe

LONGEST_NOTE = 1000

_COLUMNS = {
    "registration_id": pl.String,
    "position": pl.Int32,
    "type": pl.String,
    "subject": pl.String,
    "was": pl.String,
    "became": pl.String,
    "actor": pl.String,
    "note": pl.String,
    "token_id": pl.String,
}


@dataclass(frozen=True)
class Actor:
    """Who acts, as events tell it: PARTNER, HOST, MANAGER or SYSTEM, with the token for the record."""

    role: str
    token_id: str | None = None


SYSTEM = Actor("SYSTEM")


@dataclass(frozen=True)
class Event:
    """One thing that happened; `type` is one of `schemas.onboarding.EVENT_TYPES`."""

    registration_id: str
    type: str
    subject: str | None = None
    was: str | None = None
    became: str | None = None
    note: str | None = None


def add(tx: Transaction, events: Sequence[Event], actor: Actor, now: datetime) -> None:
    """Add events in their order."""
    told = [
        (e.registration_id, n, e.type, e.subject, e.was, e.became, actor.role, e.note, actor.token_id)
        for n, e in enumerate(events)
    ]
    if told:
        add_frame(tx, pl.DataFrame(told, schema=_COLUMNS, orient="row"), now)


def add_frame(tx: Transaction, events: pl.DataFrame, now: datetime) -> None:
    """Add events given as columns, for any number of registrations."""
    with tx.lend(new_events=events):
        tx.run("onboarding.add_events", {"now": now})


def history(tx: Transaction, registration_id: str) -> list[dict[str, Any]]:
    """Every event, oldest first."""
    names = ("seq", "at", "type", "subject", "from", "to", "actor", "note")
    rows = tx.rows("onboarding.events", {"registration_id": registration_id})
    return [{**dict(zip(names, row, strict=True)), "at": stamp(row[1])} for row in rows]


def stamp(moment: datetime | None) -> str | None:
    """A moment as answers spell it, UTC with Z (ON-20).

    >>> stamp(datetime(2026, 1, 12, 15, 4, 5))
    '2026-01-12T15:04:05Z'
    """
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def checked(note: str | None, field: str, contacts: list[Values], *, must: bool, longest: int = 255) -> str | None:
    """Words for an event; Refused when they are missing, too long, or hold what events never hold (ON-21)."""
    said = (note or "").strip()
    if not said:
        if must:
            raise faults.unprocessable(faults.required(field))
        return None
    if len(said) > longest or not is_safe(said, contacts):
        raise faults.unprocessable(faults.invalid(field))
    return said
