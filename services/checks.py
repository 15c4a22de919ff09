"""Checks of the book: counts of rows that contradict each other.

What lives here: the five checks that hold a run back, as counts over the stored tables. What does not: the
statements (`sql/checks.sql`), and what is done about a fault (the Dagster checks block; `assets.checks`).

A check looks at the censuses of the given cohorts, at their current and renewal runs, and answers with counts
only: no id and no personal value leaves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.book import Transaction


@dataclass(frozen=True)
class Finding:
    """What a check found: how many rows it looked at, and the faults by kind (a kind without fault is zero)."""

    n_checked: int
    faults: dict[str, int]

    @property
    def is_sound(self) -> bool:
        """True where no fault of any kind was found."""
        return not any(self.faults.values())

    def says(self) -> str:
        """One sentence for people."""
        if self.is_sound:
            return f"{self.n_checked:,} rows, none at fault."
        found = ", ".join(f"{kind.replace('_', ' ')}: {n:,}" for kind, n in self.faults.items() if n)
        return f"{self.n_checked:,} rows; {found}."


def rows_accounted_for(tx: Transaction, cohorts: Sequence[str] = ()) -> Finding:
    """Every landed line ended exactly once as accepted, refused or skipped, with the reason where one is due."""
    return _over_censuses(tx, "checks.rows_accounted_for", cohorts)


def no_orphans(tx: Transaction, cohorts: Sequence[str] = ()) -> Finding:
    """Every dependent has a primary of its census, every selection a member and a plan."""
    return _over_censuses(tx, "checks.no_orphans", cohorts)


def shares_add_up(tx: Transaction, cohorts: Sequence[str] = ()) -> Finding:
    """Employer and employee share make the prorated premium, on every row of all three levels."""
    return _over_runs(tx, "checks.shares_add_up", cohorts)


def premiums_add_up(tx: Transaction, cohorts: Sequence[str] = ()) -> Finding:
    """Coverages make plans, plans make members, members make the run, to the cent."""
    return _over_runs(tx, "checks.premiums_add_up", cohorts)


def rated_or_explained(tx: Transaction, cohorts: Sequence[str] = ()) -> Finding:
    """Every selection has a premium or an issue, and no premium of zero goes unexplained."""
    return _over_runs(tx, "checks.rated_or_explained", cohorts)


def _over_censuses(tx: Transaction, name: str, cohorts: Sequence[str]) -> Finding:
    with tx.lend(checked_censuses=tx.table("checks.censuses", {"cohorts": list(cohorts)})):
        return _finding(tx, name)


def _over_runs(tx: Transaction, name: str, cohorts: Sequence[str]) -> Finding:
    with tx.lend(checked_runs=tx.table("checks.runs", {"cohorts": list(cohorts)})):
        return _finding(tx, name)


def _finding(tx: Transaction, name: str) -> Finding:
    counts = tx.table(name).to_pydict()
    n_checked = counts.pop("n_checked")[0]
    return Finding(int(n_checked), {kind: int(values[0]) for kind, values in counts.items()})
