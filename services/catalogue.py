"""What the book holds, for doors that describe it: tables, their columns and rows, cohorts and their issues.

What lives here: descriptions and counts. What does not: the declarations (`schemas`), the data dictionary for
people, and figures of a run (`services.rating_run` answers with them).
"""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from schemas import TABLES
from services.book import Transaction
from services.refusals import NotFound


def says(table_name: str) -> str:
    """The one sentence that a table's declaration says of it."""
    return TABLES[table_name].says


def columns(table_name: str) -> list[tuple[str, str, str, bool]]:
    """Name, SQL type, meaning and whether it is required, for each column of a table."""
    return [(c.name, c.sql_type, c.says, c.required) for c in TABLES[table_name].columns]


def row_counts(tx: Transaction, table_names: Iterable[str]) -> dict[str, int]:
    """Rows in each of the tables named."""
    return {name: int(tx.rows("catalogue.rows_of", {"table_name": name})[0][0]) for name in table_names}


def open_cohorts(tx: Transaction, today: date) -> list[str]:
    """Cohorts that were the last to load an active census whose contract has not ended."""
    return [str(row[0]) for row in tx.rows("catalogue.open_cohorts", {"today": today})]


def open_censuses(tx: Transaction, cohorts: Sequence[str], today: date) -> list[str]:
    """Ids of the active censuses, of contracts that have not ended, that one of these cohorts loaded last."""
    wanted = {"cohorts": list(cohorts), "today": today}
    return [str(row[0]) for row in tx.rows("catalogue.open_censuses_of", wanted)]


def censuses_of(tx: Transaction, cohorts: Sequence[str]) -> list[str]:
    """Ids of the censuses of some cohorts."""
    return [str(row[0]) for row in tx.rows("catalogue.censuses_of", {"cohorts": list(cohorts)})]


def some_censuses_of(tx: Transaction, names: Sequence[str]) -> list[str]:
    """Ids of the censuses of some cohorts, one at least; NotFound, with the cohorts there are, where they have none."""
    found = censuses_of(tx, names)
    if not found:
        known = ", ".join(cohorts(tx)[:10]) or "none yet"
        raise NotFound(
            "cohort_missing", "cohort", f"There is no cohort {', '.join(names)}.", f"Known cohorts: {known}."
        )
    return found


def issues_of(tx: Transaction, cohorts: Sequence[str]) -> pl.DataFrame:
    """Census issues of some cohorts by code: code, severity, n."""
    return tx.frame("catalogue.issues_of", {"cohorts": list(cohorts)})


def outcomes_of(tx: Transaction, cohorts: Sequence[str]) -> dict[str, int]:
    """How many persons and lines of the last loads of some cohorts ended as accepted, refused and skipped."""
    return {str(outcome): int(n) for outcome, n in tx.rows("catalogue.outcomes_of", {"cohorts": list(cohorts)})}


def cohorts(tx: Transaction) -> list[str]:
    """Names of every cohort of the book, the one loaded last first."""
    return [str(row[0]) for row in tx.rows("gather.all_cohorts")]


def run_before(tx: Transaction, run_id: str) -> str | None:
    """The latest earlier run that rated a census of this run too, if any."""
    found = tx.row("catalogue.run_before", {"run_id": run_id})
    return str(found[0]) if found and found[0] else None


def all_censuses(tx: Transaction) -> list[str]:
    """Ids of every census of the book."""
    return [str(row[0]) for row in tx.rows("catalogue.all_censuses")]
