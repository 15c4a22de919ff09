"""Pay-period deductions: what leaves an employee's pay for each plan, over the periods of the term.

What lives here: the deductions of a run, kept in the book or written to a file. What does not: the division of a sum
(`rating.deductions`) and the shares (`services.results`).

Payroll knows employees, so the shares of a family in one plan are one deduction of its primary.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rating.deductions import PERIODS, deductions
from services.book import Transaction
from services.publish import replacing
from services.queries import statement
from services.refusals import Malformed, NotFound


@dataclass(frozen=True)
class Deductions:
    """What was kept or written: deductions, and the employee shares in them."""

    n_rows: int
    employee_cents: int


def keep(tx: Transaction, periods: int, run_id: str | None = None) -> Deductions:
    """Store the deductions in `out.pay_deduction`, in place of those of the same run, census and number of periods.

    Without a run those of the current term are taken. Raises Malformed for a number of periods that is not 12, 24, 26
    or 52, NotFound for a run the book does not hold, or where none is named and no current run has a premium.
    """
    rows = _rows(tx, periods, run_id)
    with tx.lend(deduction_rows=rows):
        tx.run("deductions.forget", {"periods": periods})
        tx.run("deductions.insert")
    return _told(rows)


def write(tx: Transaction, path: Path, periods: int, run_id: str | None = None) -> Deductions:
    """Write the deductions to a CSV file, with names and in dollars. Raises as `keep`."""
    rows = _rows(tx, periods, run_id)
    sql = statement("export.to_csv").replace("{rows}", statement("deductions.readable"))
    with tx.lend(deduction_rows=rows), replacing(Path(path)) as part:
        tx.connection.execute(sql, {"path": str(part)}).fetchall()
    return _told(rows)


def _rows(tx: Transaction, periods: int, run_id: str | None) -> pl.DataFrame:
    """One row per employee and plan, in cents."""
    if periods not in PERIODS:
        raise Malformed(
            "periods_unknown",
            "periods",
            f"{periods} is no number of pay periods in a term.",
            f"Choose one of {', '.join(map(str, PERIODS))}.",
        )
    if run_id is not None and not tx.rows("deductions.run", {"run_id": run_id}):
        raise NotFound(
            "run_missing", run_id, f"There is no run {run_id}.", "`benefits export runs runs.csv` lists all runs."
        )
    shares = tx.frame("deductions.shares", {"run_id": run_id})
    if run_id is None and shares.is_empty():
        says = "No premium of a current run is there to deduct."
        raise NotFound("run_missing", "run", says, "Rate first: `benefits rate`.")
    each, last = deductions(shares["employee_cents"].to_numpy(), periods)
    return shares.with_columns(
        pl.lit(periods, pl.Int32).alias("pay_periods"),
        pl.Series("each_cents", each),
        pl.Series("last_cents", last),
    )


def _told(rows: pl.DataFrame) -> Deductions:
    return Deductions(rows.height, int(rows["employee_cents"].sum()))
