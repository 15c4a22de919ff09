"""Undo of the last load of a census: members, selections and counters as they were before it.

What lives here: which load is the last, whether it can still be undone, and the restoring from the
before-images that the load kept. What does not: undoing anything a service other than a load did.

A load can be undone while nothing else has changed its census since. The census version only ever rises:
an undo raises it by one, so that a rating made in between is never taken for a current one. Loads that
changed nothing are passed over (and marked undone with the load they followed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from services import summary
from services.book import Transaction
from services.refusals import Conflict, NotFound


@dataclass(frozen=True)
class UndoOutcome:
    """What an undo did."""

    census_id: str
    census_name: str
    load_ids: list[str]
    """The loads marked undone: one for each file of the load, and later ones that had changed nothing."""
    n_members_removed: int
    n_members_restored: int
    n_selections_removed: int
    n_selections_restored: int
    census_version: int


class _Load(NamedTuple):
    load_id: str
    file_id: str
    version: int
    is_undone: bool
    is_moved: bool


def undo_last_load(tx: Transaction, census_id: str, *, now: datetime) -> UndoOutcome:
    """Undo the last load that changed a census. NotFound for an unknown census; Conflict when there is no load
    left to undo, or when the census has changed since."""
    now = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    census = tx.row("undo.census", {"census_id": census_id})
    if census is None:
        raise NotFound(
            "census_missing",
            "census",
            f"There is no census {census_id}.",
            "Check its id.",
        )
    name, version = str(census[0]), int(census[1])
    loads = [_Load(*row) for row in tx.rows("undo.loads", {"census_id": census_id})]
    last = _last(loads, name)
    _refuse_if_moved(loads, last, version, name)
    # A version is first reached by the load that moved the census: its other files and later idle loads share it.
    undone = [load for load in loads if not load.is_undone and load.version >= last.version]
    which: dict[str, Any] = {"loads": [load.load_id for load in undone]}
    here = {**which, "census_id": census_id}
    created, changed, chosen, given_way = tx.rows("undo.counts", here)[0]
    tx.run("undo.unlink_persons", here)
    tx.run("undo.remove_selections", here)
    tx.run("undo.restore_selections", which)
    tx.run("undo.remove_members", here)
    tx.run("undo.restore_members", which)
    tx.run("undo.forget_members_before", which)
    tx.run("undo.forget_selections_before", which)
    tx.run("undo.mark", {**which, "now": now})
    tx.run("undo.raise_version", {"census_id": census_id, "now": now})
    _forget_files(tx, loads, undone)
    summary.sync(tx, [census_id], now=now)
    return UndoOutcome(
        census_id, name, [load.load_id for load in undone], created, changed, chosen, given_way, version + 1
    )


def _last(loads: Sequence[_Load], name: str) -> _Load:
    """The last load that stands and changed something."""
    standing = [load for load in loads if not load.is_undone and load.is_moved]
    if not standing:
        raise Conflict(
            "nothing_to_undo", "census", f"No load of the census {name} is left to undo.", "Load a file first."
        )
    return standing[-1]


def _refuse_if_moved(loads: Sequence[_Load], last: _Load, version: int, name: str) -> None:
    """The census must be as the load left it. Each later load that was undone has raised the version twice."""
    later = {load.version for load in loads if load.is_undone and load.is_moved and load.version > last.version}
    if version != last.version + 2 * len(later):
        raise Conflict(
            "census_moved",
            "census",
            f"The census {name} has changed since its last load, so the load can't be undone.",
            "Load a corrected file instead.",
        )


def _forget_files(tx: Transaction, loads: Sequence[_Load], undone: Sequence[_Load]) -> None:
    """Raw rows, outcomes and issues of files that no standing load is left of."""
    ids_undone = {load.load_id for load in undone}
    kept = {load.file_id for load in loads if not load.is_undone and load.load_id not in ids_undone}
    files = {"files": sorted({load.file_id for load in undone} - kept)}
    if files["files"]:
        for statement in ("undo.forget_rows", "undo.forget_persons", "undo.forget_issues", "undo.forget_files"):
            tx.run(statement, files)
