"""Retention: for how long the inputs of runs are kept.

What lives here: which runs give their inputs up by the settings, and the clearing of frames that no run needs.
What does not: the settings themselves (`services.settings`) and the removal of a person (`services.forget`).

Results stay for ever; only the means to rate a run again are given up. A run that a census is read from now
keeps its inputs whatever the settings say.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services import settings
from services.book import Transaction

RETENTION, PERSON_REMOVED = "retention", "person_removed"
"""Why inputs are gone, as `out.rating_run.inputs_gone` says it."""


@dataclass(frozen=True)
class Pruned:
    """What was given up: runs that can be rated again no more, and frames and bytes that no run needs."""

    run_ids: list[str]
    n_parts: int
    n_bytes: int


def prune(tx: Transaction, now: datetime) -> Pruned:
    """Give up the inputs of the runs that the settings let go, and every frame that no run needs any more."""
    days = settings.number(tx, "keep_inputs_days")
    params = {
        "oldest": None if days is None else now - timedelta(days=days),
        "n_latest": settings.number(tx, "keep_inputs_runs"),
    }
    outlived = [row[0] for row in tx.rows("retention.outlived", params)]
    if outlived:
        tx.run("retention.mark", {"run_ids": outlived, "why": RETENTION})
        tx.run("retention.release", {"run_ids": outlived})
    n_parts, n_bytes = sweep(tx)
    return Pruned(outlived, n_parts, n_bytes)


def sweep(tx: Transaction) -> tuple[int, int]:
    """Remove the frames that no run needs; how many they were, and their bytes."""
    found = tx.row("retention.unneeded")
    assert found is not None
    if found[0]:
        tx.run("retention.sweep")
    return int(found[0]), int(found[1])
