"""Moves of a registration from status to status.

What lives here: `move`, the one function that sets a status and writes its event, and `must_allow`, which refuses a
request that asks for another move. What does not: the table of moves (`schemas.onboarding.MOVES`), and who may ask for
one (the doors).
"""

from collections.abc import Sequence
from datetime import datetime

from schemas.onboarding import FINAL, MOVES
from services.book import Transaction
from services.onboarding import events, faults
from services.onboarding.events import Actor, Event
from services.onboarding.reach import Row


class ImpossibleMove(Exception):
    """A move that the table does not have was about to happen: a defect of the program."""


def must_allow(row: Row, became: str) -> None:
    """Refused with 409 (ONB-007) when the status does not lead there."""
    if became not in MOVES[row["status"]]:
        raise faults.not_in_status(row["status"])


def must_be(row: Row, statuses: Sequence[str]) -> None:
    """Refused with 409 (ONB-007) in any other status."""
    if row["status"] not in statuses:
        raise faults.not_in_status(row["status"])


def must_be_open(row: Row) -> None:
    """Refused with 409 (ONB-007) in a final status."""
    if row["status"] in FINAL:
        raise faults.not_in_status(row["status"])


def move(tx: Transaction, row: Row, became: str, actor: Actor, now: datetime, *, reason: str | None = None) -> None:
    """Set the status, raise the version and add the event; `row` is kept in step.

    Raises ImpossibleMove for a move that is not in the table, or when the status changed under way.
    """
    was = row["status"]
    if became not in MOVES[was]:
        raise ImpossibleMove(f"{was} to {became}")
    raise_version(row)
    moved = tx.rows(
        "onboarding.move",
        {
            "registration_id": row["registration_id"],
            "was": was,
            "became": became,
            "reason": reason,
            "version": row["version"],
            "now": now,
        },
    )
    if not moved:
        raise ImpossibleMove(f"{was} is not the status any more")
    row.update(status=became, status_reason=reason, updated_at=now)
    told = None if row.pop(NEW, False) else was
    events.add(tx, [Event(row["registration_id"], "STATUS", was=told, became=became, note=reason)], actor, now)


RAISED, NEW = "is_raised", "is_new"
"""What a unit of work notes beside the columns of a row: its version has been raised, it has no status yet."""


def raise_version(row: Row) -> None:
    """One request raises the version once, whatever it changes."""
    if not row.get(RAISED):
        row.update({"version": row["version"] + 1, RAISED: True})
