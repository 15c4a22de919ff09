"""The readable summary of a cohort: members by group, money by group, issues by code.

What lives here: figures for people at the end of a run. What does not: how they are laid out (`pipelines.cli`),
and the views that answer wider questions (`analytics`).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from services import catalogue
from services.book import Transaction
from services.refusals import NotFound


@dataclass(frozen=True)
class Listing:
    """A few rows to show, the totals of all rows, and how many rows there are."""

    rows: list[tuple[Any, ...]]
    totals: tuple[int, ...]
    n_rows: int


@dataclass(frozen=True)
class Report:
    """What to say of a cohort. `people` and `money` hold one row per census; money is in cents."""

    cohort: str
    people: pl.DataFrame
    money: pl.DataFrame
    census_issues: pl.DataFrame
    rating_issues: pl.DataFrame
    without_plans: pl.DataFrame
    """account, census of the censuses of the run on which nobody has a plan."""
    run_id: str | None
    kind: str | None
    rating_date: date | None


def report(tx: Transaction, cohort: str) -> Report:
    """The summary of a cohort as the book stands. Raises NotFound where the book does not know the cohort."""
    people = tx.frame("report.people", {"cohort": cohort})
    if people.is_empty():
        raise NotFound(
            "cohort_missing", "cohort", f"There is no cohort {cohort}.", "Load it first: `benefits load --help`."
        )
    run = tx.row("report.last_run", {"cohort": cohort}) or (None, None, None)
    return Report(
        cohort=cohort,
        people=people,
        money=tx.frame("results.per_census", {"run_id": run[0] or ""}),
        census_issues=catalogue.issues_of(tx, [cohort]),
        without_plans=tx.frame("results.without_plans", {"run_id": run[0] or ""}),
        rating_issues=tx.frame("results.issue_counts", {"run_id": run[0] or ""}),
        run_id=run[0],
        kind=run[1],
        rating_date=run[2],
    )


def list_people(people: pl.DataFrame, most: int) -> Listing:
    """Group, census, accepted, refused and skipped."""
    return _listing(people, ["account", "census"], ["n_accepted", "n_refused", "n_skipped"], most)


def list_money(per_census: pl.DataFrame, most: int) -> Listing:
    """Group, coverages rated and not rated, cents of a month and of the term, employer's and employees' cents."""
    rated = per_census.with_columns((pl.col("n_coverages") - pl.col("n_unrated")).alias("n_rated"))
    figures = ["n_rated", "n_unrated", "monthly_cents", "prorated_cents", "employer_cents", "employee_cents"]
    return _listing(rated.sort("prorated_cents", "account", descending=[True, False]), ["account"], figures, most)


def list_codes(issues: pl.DataFrame, most: int) -> Listing:
    """Code, severity, how many, and the words of one of them with what to do; most frequent first."""
    words = pl.concat_str("message", "hint", separator=" ", ignore_nulls=True).alias("message")
    counted = issues.group_by("code", "severity").agg(pl.len().cast(pl.Int64).alias("n"), words.first())
    return _listing(counted.sort("n", "code", descending=[True, False]), ["code", "severity", "message"], ["n"], most)


def _listing(frame: pl.DataFrame, names: list[str], figures: list[str], most: int) -> Listing:
    sums = frame.select(pl.col(figures).sum()).row(0)
    return Listing(frame.head(most).select(*names, *figures).rows(), tuple(int(n) for n in sums), frame.height)
