"""Imputed income: what employer-carried group-term life insurance adds to taxable pay, by year and month.

What lives here: the imputed income of runs in a tax year, kept in the book or written to a file. What does not: the law
(`rating.imputed_income`), and which cover counts, who is insured for how much and what employees pay
(`services.imputed_cover`).

A year has a row per person insured for more than is free of tax: an employee for more than $50,000 over all plans, a
dependent for more than $2,000. Its months are rows of a table of their own that add up to it: a tax form takes the
year, a payroll the months, and neither can be summed twice. Key employees of plans that favour them are not told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from rating.arrays import Flags, Longs
from rating.imputed_income import (
    DEPENDENT_LIMIT_CENTS,
    EXCLUSION_CENTS,
    ImputedIncome,
    dependents_income,
    employees_income,
)
from services.book import Transaction
from services.imputed_cover import Insured, insured
from services.publish import replacing
from services.queries import statement
from services.refusals import Malformed, NotFound

FIRST_YEAR, LAST_YEAR = 2000, 2200
"""Table I holds for cover after 30 June 1999; 2000 is the first year that it holds for whole."""
IDS = ("tax_year", "rating_run_id", "group_census_id", "group_census_member_id")


@dataclass(frozen=True)
class Imputed:
    """What was kept or written: people with a row, people with cover that counts, and what is added to pay.

    `issues` counts the people with an issue by its code, `n_part_years` the censuses that the runs speak of for a part
    of the year only, of `n_censuses`.
    """

    n_people: int
    n_insured: int
    taxable_cents: int
    issues: dict[str, int]
    n_censuses: int
    n_part_years: int


@dataclass(frozen=True)
class _Rows:
    """The rows of both tables, the runs they were made from and what is told of them."""

    year: pl.DataFrame
    months: pl.DataFrame
    runs: pl.DataFrame
    told: Imputed


def keep(tx: Transaction, tax_year: int, run_ids: Sequence[str] = (), *, is_pre_tax: bool = False) -> Imputed:
    """Store the imputed income in `out.imputed_income`, in place of what the year has for the same censuses.

    Without runs those of the current terms are taken; of terms that do not begin in January two runs make a year.
    With `is_pre_tax` all payments of employees are made before tax: they count as the employer's. Raises Malformed for
    a year that Table I is not for and for runs that speak of the same days, NotFound for a run the book does not hold
    and for a year that no run speaks of.
    """
    made = _rows(tx, tax_year, run_ids, is_pre_tax=is_pre_tax)
    with tx.lend(imputed_runs=made.runs, imputed_year=made.year, imputed_months=made.months):
        for step in ("forget_year", "forget_months"):
            tx.run(f"imputed_income.{step}", {"tax_year": tax_year})
        for step in ("insert_year", "insert_months"):
            tx.run(f"imputed_income.{step}")
    return made.told


def write(
    tx: Transaction, path: Path, tax_year: int, run_ids: Sequence[str] = (), *, is_pre_tax: bool = False
) -> Imputed:
    """Write the imputed income to a CSV file, a line per person with names and twelve months. Raises as `keep`."""
    made = _rows(tx, tax_year, run_ids, is_pre_tax=is_pre_tax)
    sql = statement("export.to_csv").replace("{rows}", statement("imputed_income.readable"))
    with tx.lend(imputed_year=made.year, imputed_months=made.months), replacing(Path(path)) as part:
        tx.connection.execute(sql, {"path": str(part)}).fetchall()
    return made.told


def _rows(tx: Transaction, tax_year: int, run_ids: Sequence[str], *, is_pre_tax: bool) -> _Rows:
    runs = _runs(tx, tax_year, run_ids)
    found = insured(tx, runs, tax_year, is_pre_tax=is_pre_tax)
    income = _income(found)
    shown = _shown(found, income)
    year = _year(found, income, shown, tax_year, is_pre_tax=is_pre_tax)
    spoken = runs.group_by("group_census_id").agg(
        pl.col("rated_from").min(),
        pl.col("rated_to").max(),
        days=(pl.col("rated_to") - pl.col("rated_from")).dt.total_days().sum() + pl.len(),
    )
    year = year.join(spoken.drop("days"), on="group_census_id", how="left", maintain_order="left")
    whole_year = (date(tax_year + 1, 1, 1) - date(tax_year, 1, 1)).days
    told = Imputed(
        n_people=year.height,
        n_insured=found.people.height,
        taxable_cents=int(year["taxable_cents"].sum()),
        issues=dict(year["issue"].drop_nulls().value_counts().sort("issue").rows()),
        n_censuses=spoken.height,
        n_part_years=spoken.filter(pl.col("days") < whole_year).height,
    )
    return _Rows(year, _months(found, income, shown, year), runs, told)


def _runs(tx: Transaction, tax_year: int, run_ids: Sequence[str]) -> pl.DataFrame:
    """Runs by census, with the days of the year they speak of."""
    if not FIRST_YEAR <= tax_year <= LAST_YEAR:
        raise Malformed(
            "tax_year_unknown",
            "year",
            f"{tax_year} is no year that Table I is for.",
            f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.",
        )
    asked = sorted(set(run_ids)) or None
    known = {row[0] for row in tx.rows("imputed_income.known_runs", {"run_ids": asked})}
    for run_id in set(asked or ()) - known:
        raise NotFound(
            "run_missing", run_id, f"There is no run {run_id}.", "`benefits export runs runs.csv` lists all runs."
        )
    days = {"year_start": date(tax_year, 1, 1), "year_end": date(tax_year, 12, 31)}
    runs = tx.frame("imputed_income.runs", {"run_ids": asked, **days})
    if runs.is_empty():
        raise _unrated(tx, tax_year, asked)
    _refuse_overlaps(runs)
    return runs


def _unrated(tx: Transaction, tax_year: int, asked: list[str] | None) -> NotFound:
    """Why there is no run that speaks of the year."""
    first, last = tx.rows("imputed_income.rated_days", {"run_ids": asked})[0]
    what = "current run" if asked is None else "run named"
    if first is None:
        return NotFound("year_not_rated", str(tax_year), "The book has no current run.", "Rate first: `benefits rate`.")
    return NotFound(
        "year_not_rated",
        str(tax_year),
        f"No {what} speaks of a day of {tax_year}.",
        f"The terms rated reach from {first} to {last}; `benefits export runs runs.csv` lists all runs.",
    )


def _refuse_overlaps(runs: pl.DataFrame) -> None:
    """Two runs of one census on the same days would count its cover twice."""
    before = runs.sort("group_census_id", "rated_from").with_columns(
        other=pl.col("rating_run_id").shift(1).over("group_census_id"),
        end=pl.col("rated_to").cum_max().shift(1).over("group_census_id"),
    )
    twice = before.filter(pl.col("rated_from") <= pl.col("end"))
    if not twice.is_empty():
        run_id, other = twice.select("rating_run_id", "other").row(0)
        raise Malformed(
            "runs_overlap",
            run_id,
            f"The runs {other} and {run_id} rate a census for the same days of the year.",
            "Name one run for each term.",
        )


def _income(found: Insured) -> ImputedIncome:
    """Employees by what passes $50,000, dependents by the whole of what passes $2,000."""
    given = found.cover_cents, found.age, found.after_tax_cents, found.parts
    own, of_dependents = employees_income(*given), dependents_income(*given)
    is_dependent = found.people["is_dependent"].to_numpy()
    return ImputedIncome(
        *(
            np.where(is_dependent, getattr(of_dependents, name), getattr(own, name))
            for name in ("month_mills", "year_cents", "taxable_cents", "taxable_month_cents")
        )
    )


def _shown(found: Insured, income: ImputedIncome) -> Flags:
    """People with a row: there is a cost, or it cannot be told that there is none."""
    limit = np.where(found.people["is_dependent"].to_numpy(), DEPENDENT_LIMIT_CENTS, EXCLUSION_CENTS)
    is_unknown = found.people["is_unknown"].to_numpy()
    has_cost = np.where(found.age < 0, (found.cover_cents > limit).any(axis=0), (income.month_mills > 0).any(axis=0))
    return is_unknown | has_cost


def _year(found: Insured, income: ImputedIncome, shown: Flags, tax_year: int, *, is_pre_tax: bool) -> pl.DataFrame:
    """A row per person, in cents; figures that cannot be known are null."""
    people = found.people.with_columns(
        pl.lit(tax_year, pl.Int32).alias("tax_year"),
        pl.lit(is_pre_tax).alias("is_pre_tax"),
        pl.Series("cost_cents", income.year_cents),
        pl.Series("taxable_cents", income.taxable_cents),
        pl.Series("after_tax_cents", found.after_tax_cents.sum(axis=0)),
    )
    is_known = ~pl.col("is_unknown") & pl.col("age").is_not_null()
    return (
        people.with_columns(
            pl.when(is_known).then(pl.col("cost_cents", "taxable_cents")),
        )
        .filter(pl.Series(shown))
        .drop("is_unknown")
    )


def _months(found: Insured, income: ImputedIncome, shown: Flags, year: pl.DataFrame) -> pl.DataFrame:
    """A row per person of the year and month with cover."""
    month, person = np.nonzero((found.days > 0) & shown)
    is_unknown = found.people["is_unknown"].to_numpy().take(person)

    def known(values: Longs, missing: Flags) -> pl.Series:
        return pl.select(pl.when(~pl.Series(missing)).then(pl.Series(values[month, person]))).to_series()

    nothing = is_unknown | (found.age.take(person) < 0)
    place = (np.cumsum(shown) - 1).take(person)
    return (
        year.select(IDS)[place]
        .with_columns(
            pl.Series("month", (month + 1).astype(np.int32)),
            pl.Series("days", found.days[month, person].astype(np.int32)),
            known(found.cover_cents, is_unknown).alias("cover_cents"),
            known(income.month_mills, nothing).alias("cost_mills"),
            pl.Series("after_tax_cents", found.after_tax_cents[month, person]),
            known(income.taxable_month_cents, nothing).alias("taxable_cents"),
        )
        .sort("group_census_member_id", "month")
    )
