"""The audit trail: who wrote what, when, under which request; each entry holds the hash of the one before.

What lives here: adding an entry in the transaction of the write it tells of, and verifying the chain. What does not:
reading the trail for pages or people (the doors), and any change of an entry: there is none.

An entry holds ids and counts, never a member's values.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from services.refusals import Conflict

FIRST = "0" * 64
"""The hash before the first entry."""

MOST_IDS = 50
_PAGE = 10_000


class _Statements(Protocol):
    """What is needed of a transaction; the book itself appends entries, so this module does not import it."""

    def run(self, name: str, params: dict[str, Any]) -> None: ...
    def row(self, name: str, params: dict[str, Any] | None = None) -> tuple[Any, ...] | None: ...
    def rows(self, name: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class Act:
    """A write as the trail tells it. `kind` is local for a command or a run of this machine."""

    principal: str
    kind: str
    action: str
    request_id: str
    record_ids: tuple[str, ...] = ()
    n_records: int | None = None

    def touching(self, record_ids: Sequence[str], n_records: int | None = None) -> "Act":
        """The same act with the records it touched; at most 50 ids are kept, the count is of all."""
        ids = tuple(dict.fromkeys(record_ids))
        return replace(self, record_ids=ids[:MOST_IDS], n_records=len(ids) if n_records is None else n_records)


def append(tx: _Statements, act: Act, now: datetime) -> int:
    """Add the entry of a write, in that write's own transaction; the entry's number."""
    last = tx.row("audit.last")
    number, previous = (int(last[0]) + 1, str(last[1])) if last else (1, FIRST)
    entry: dict[str, Any] = {
        "entry_number": number,
        "happened_at": now,
        "principal": act.principal,
        "kind": act.kind,
        "action": act.action,
        "request_id": act.request_id,
        "record_ids": list(act.record_ids),
        "n_records": act.n_records,
        "previous_hash": previous,
    }
    tx.run("audit.append", {**entry, "entry_hash": entry_hash(entry)})
    return number


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 of an entry's columns but its own hash, as JSON with sorted names."""
    told: dict[str, Any] = {**entry, "happened_at": entry["happened_at"].isoformat(timespec="microseconds")}
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def latest(tx: _Statements, n: int) -> list[dict[str, Any]]:
    """The last entries, the latest first: entry_number, happened_at, principal, kind, action, request_id, n_records."""
    names = ("entry_number", "happened_at", "principal", "kind", "action", "request_id", "n_records")
    return [dict(zip(names, row, strict=True)) for row in tx.rows("audit.latest", {"n": n})]


@dataclass(frozen=True)
class Verified:
    """How long the chain is, and its last hash: kept elsewhere, the two also show that nothing was cut off."""

    n_entries: int
    last_hash: str


def verify(tx: _Statements) -> Verified:
    """Walk the chain. Conflict names the first entry that was changed, or before which one is missing."""
    number, previous = 0, FIRST
    names = (
        "entry_number", "happened_at", "principal", "kind", "action", "request_id", "record_ids", "n_records",
        "previous_hash",
    )  # fmt: skip
    while rows := tx.rows("audit.entries", {"after": number, "n": _PAGE}):
        for row in rows:
            entry: dict[str, Any] = dict(zip(names, row[:-1], strict=True))
            if entry["entry_number"] != number + 1 or entry["previous_hash"] != previous:
                raise _broken(number + 1, "is missing, or stands in the wrong place")
            if entry_hash(entry) != row[-1]:
                raise _broken(number + 1, "was changed after it was written")
            number, previous = number + 1, str(row[-1])
    return Verified(number, previous)


def _broken(number: int, how: str) -> Conflict:
    return Conflict(
        "audit_broken",
        f"entry {number}",
        f"The audit trail does not hold: entry {number} {how}.",
        "Compare with a backup of the book; every entry before it is sound.",
    )
