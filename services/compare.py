"""Two rating runs side by side: what was added, removed or changed, by how many cents, and why.

What lives here: `diff_runs`. What does not: the standing view of renewal beside current (`analytics.renewal_by_group`).

The amounts are those of the runs as stored: whole cents, of the covered part of the term (`prorated_cents` and its two
shares) and of one rate period (`period_cents`).
"""

from dataclasses import dataclass

import polars as pl

from services.book import Transaction
from services.refusals import Malformed, NotFound


@dataclass(frozen=True)
class RunDiff:
    """The difference of two runs.

    `runs` holds both runs with their totals, the first one first; `counts` the coverages by kind of change (added,
    removed, changed, same); `groups` one row per census, `members` and `coverages` only those that differ.
    """

    runs: pl.DataFrame
    counts: pl.DataFrame
    groups: pl.DataFrame
    members: pl.DataFrame
    coverages: pl.DataFrame

    @property
    def is_same(self) -> bool:
        """True: no coverage differs by a cent."""
        return self.coverages.is_empty()


def diff_runs(tx: Transaction, run_a: str, run_b: str) -> RunDiff:
    """Compare run `run_a` with the later run `run_b`. Raises NotFound for an unknown run."""
    if run_a == run_b:
        raise Malformed(
            "runs_equal",
            run_a,
            "Both runs are the same.",
            "Name two different runs; `benefits export runs runs.csv` lists all of them.",
        )
    runs = tx.frame("compare.runs", {"run_a": run_a, "run_b": run_b})
    for run in (run_a, run_b):
        if run not in runs["rating_run_id"]:
            raise NotFound(
                "run_missing",
                run,
                f"There is no run {run}.",
                "`benefits export runs runs.csv` lists all runs.",
            )
    tx.run("compare.coverages", {"run_a": run_a, "run_b": run_b})
    try:
        return RunDiff(
            runs,
            tx.frame("compare.counts"),
            tx.frame("compare.per_group"),
            tx.frame("compare.per_member"),
            tx.frame("compare.per_coverage"),
        )
    finally:
        tx.run("compare.forget")
