"""What a registration waits for: actions asked of the partner, the employer or the host.

What lives here: asking, resolving, and the move back to review once nothing is open. What does not: the steps that an
open action blocks (`steps`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from schemas.onboarding import ACTION_REQUIRED, BROKER_OF_RECORD_LETTER, IN_REVIEW
from services.book import Transaction
from services.onboarding import brokers, events, statuses, steps
from services.onboarding.events import Actor, Event
from services.onboarding.reach import Row

DUE = timedelta(days=10)
"""When an action is due unless the host says another day (ON-16)."""


@dataclass(frozen=True)
class Wanted:
    """An action to ask for."""

    code: str
    description: str
    owner: str
    due_date: date | None = None
    field: str | None = None
    step: str | None = None


def ask(tx: Transaction, row: Row, wanted: Wanted, actor: Actor, now: datetime) -> None:
    """Ask for an action; the caller moves the status."""
    registration_id = row["registration_id"]
    step = wanted.step or ("DATA_VALIDATION" if wanted.field else None)
    due = wanted.due_date or now.date() + DUE
    tx.run(
        "onboarding.add_action",
        {
            "registration_id": registration_id,
            "code": wanted.code,
            "description": wanted.description,
            "owner": wanted.owner,
            "due_date": due,
            "field": wanted.field,
            "step": step,
            "now": now,
        },
    )
    events.add(tx, [Event(registration_id, "ACTION", wanted.code, became="OPEN")], actor, now)
    tx.run("onboarding.touch", {"registration_id": registration_id, "now": now})


def open_actions(tx: Transaction, registration_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Open actions by registration, as columns; of a page of registrations with one statement."""
    names = ("registration_id", "code", "description", "owner", "due_date", "field", "step")
    found: dict[str, list[dict[str, Any]]] = {each: [] for each in registration_ids}
    for row in tx.rows("onboarding.open_actions", {"ids": list(registration_ids)}):
        found[row[0]].append(dict(zip(names, row, strict=True)))
    return found


def resolve(
    tx: Transaction, row: Row, codes: Sequence[str], actor: Actor, now: datetime, *, note: str | None = None
) -> None:
    """Resolve open actions; when none is left, a registration that waited goes back to review.

    The letter of the employer ends the access of the partner before (ON-13).
    """
    registration_id = row["registration_id"]
    tx.run("onboarding.resolve_actions", {"registration_id": registration_id, "codes": list(codes), "now": now})
    told = [Event(registration_id, "ACTION", code, "OPEN", "RESOLVED", note) for code in codes]
    events.add(tx, told, actor, now)
    tx.run("onboarding.touch", {"registration_id": registration_id, "now": now})
    if BROKER_OF_RECORD_LETTER in codes:
        brokers.take_over(tx, row, actor, now)
    if row["status"] == ACTION_REQUIRED and not open_actions(tx, [registration_id])[registration_id]:
        statuses.move(tx, row, IN_REVIEW, actor, now)


def drop(tx: Transaction, row: Row, actor: Actor, now: datetime) -> None:
    """Ask for nothing more: the registration is about to end, and nobody has to act on it. Call before the move."""
    registration_id = row["registration_id"]
    codes = [each["code"] for each in open_actions(tx, [registration_id])[registration_id]]
    if not codes:
        return
    tx.run("onboarding.resolve_actions", {"registration_id": registration_id, "codes": codes, "now": now})
    events.add(tx, [Event(registration_id, "ACTION", code, "OPEN", "DROPPED") for code in codes], actor, now)
    steps.sync(tx, registration_id, now)


def resolve_fields(tx: Transaction, row: Row, changed: Sequence[str], actor: Actor, now: datetime) -> None:
    """Resolve the actions that asked about fields which a change has now stated anew."""
    waiting = open_actions(tx, [row["registration_id"]])[row["registration_id"]]
    answered = [each["code"] for each in waiting if each["field"] in changed]
    if answered:
        resolve(tx, row, answered, actor, now)
