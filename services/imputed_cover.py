"""Life cover that counts for imputed income, person by person and month by month, and what employees pay for it.

What lives here: `insured`: which stored cover the employer carries, how much of it is in force in each month of a tax
year, and the employees' payments by month. What does not: its cost (`rating.imputed_income`) and the amounts of
insurance (`services.insured_amounts`).

A month in which the cover of a person changes counts with the mean of its first and its last covered day, one that is
covered in part for its days (`rating.imputed_income`). Cover that the employees of an offering pay in full counts only
where what they are charged straddles Table I; employees and dependents of an offering are looked at apart.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from rating.arrays import Days, Ints, Longs
from rating.codes import UNRATED, Issue
from rating.dates import months_between
from rating.imputed_income import (
    average_cover,
    charged_rates,
    equal_part,
    month_parts,
    paid_by_month,
    straddling,
    tax_ages,
)
from rating.money import whole_nearest
from services.book import Transaction
from services.insured_amounts import amounts

MONTHS = 12
NOT_COVERED = [issue.name for issue in (Issue.OUTSIDE_TERM, Issue.PLAN_NOT_ACTIVE, Issue.OPTED_OUT, Issue.NOT_ELIGIBLE)]
UNPRICED = [issue.name for issue in Issue if issue >= UNRATED]
OFFERING = ("contract_plan_id", "is_dependent")


@dataclass(frozen=True)
class Insured:
    """People with cover that counts, one row each in `people` and one column each in what is by month, (12, n).

    `people` has `group_census_member_id`, `group_census_id`, `employee_id`, `is_dependent`, `rating_run_id`, `age`
    (null unknown), `is_unknown` where an amount of cover is, and `issue`.
    """

    people: pl.DataFrame
    cover_cents: Longs
    days: Longs
    parts: Longs
    """How much of the month is covered, as `rating.imputed_income` counts it."""
    after_tax_cents: Longs

    @property
    def age(self) -> Ints:
        """Ages on the last day of the tax year, NONE unknown."""
        return self.people["age"].fill_null(-1).cast(pl.Int32).to_numpy()


def insured(tx: Transaction, runs: pl.DataFrame, tax_year: int, *, is_pre_tax: bool) -> Insured:
    """Everybody with cover that counts in the year, by the runs lent as rows of census and run."""
    with tx.lend(imputed_runs=runs):
        coverages = tx.frame("imputed_income.coverages", {"not_covered": NOT_COVERED})
    coverages = coverages.with_columns(age=_ages(coverages["birth_date"], tax_year))
    with tx.lend(
        imputed_coverages=coverages.select("coverage", "rating_run_id", "group_census_member_id", *OFFERING[:1])
    ):
        stored = _stretches(coverages, tx.frame("imputed_income.pieces"))
    if not is_pre_tax:
        coverages = _carried(coverages)
        stored = stored.join(coverages.select("coverage"), on="coverage", how="semi")
    cover = _by_month(amounts(tx, coverages, stored), tax_year)
    cover = cover.filter(pl.col("volume_cents").is_null() | (pl.col("volume_cents") > 0))
    coverages = coverages.join(cover.select("coverage").unique(), on="coverage", how="semi").sort("coverage")
    people = _people(coverages, cover)
    of = coverages.select("coverage", "person_id").join(people.select("person_id", "person"), on="person_id")
    months = _in_force(cover.join(of, on="coverage"))
    paid = pl.DataFrame() if is_pre_tax else _payments(coverages, stored, tax_year).join(of, on="coverage")
    n = people.height
    return Insured(
        people=people.drop("person", "person_id"),
        cover_cents=_matrix(months, "cover_cents", n),
        days=_matrix(months, "days", n),
        parts=_matrix(months, "parts", n),
        after_tax_cents=_matrix(paid, "paid_cents", n),
    )


def _ages(birth_dates: pl.Series, tax_year: int) -> pl.Series:
    age = pl.Series("age", tax_ages(_days(birth_dates), tax_year))
    return pl.select(pl.when(age >= 0).then(age)).to_series()


def _days(column: pl.Series) -> Days:
    return column.to_numpy().astype("M8[D]")


def _stretches(coverages: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """Each coverage by the stretches it was stored in, most of them in one."""
    whole = coverages.select(
        "coverage",
        day_from="covered_from",
        day_to="covered_to",
        volume_cents="volume_cents",
        employee_cents="employee_cents",
    )
    return pl.concat([whole.join(pieces, on="coverage", how="anti"), pieces]).sort("coverage", "day_from")


def _carried(coverages: pl.DataFrame) -> pl.DataFrame:
    """Without the offerings that those insured pay in full at charges that do not straddle Table I."""
    offerings = coverages.group_by(OFFERING).agg(pl.col("employer_cents", "employee_cents").sum())
    paid_in_full = offerings.filter((pl.col("employer_cents") == 0) & (pl.col("employee_cents") > 0)).select(OFFERING)
    paid_in_full = paid_in_full.sort(OFFERING).with_row_index("offering")
    charged = coverages.filter(
        (pl.col("volume_cents") > 0)
        & pl.col("zero_reason").is_null()
        & ~pl.col("issue").is_in(UNPRICED).fill_null(False)
        & pl.col("age").is_not_null()
    ).join(paid_in_full, on=OFFERING)
    age, cover = charged["age"].to_numpy(), charged["volume_cents"].to_numpy()
    end = _days(charged["term_end"]) + np.timedelta64(1, "D")
    months, parts = months_between(_days(charged["term_start"]), end)
    charge = whole_nearest(charged["standard_cents"].to_numpy() * parts, months, 1)
    offering = charged["offering"].to_numpy().astype(np.intp)
    counts = straddling(offering, paid_in_full.height, charged_rates(charge, cover, age), age)
    left_out = paid_in_full.filter(~pl.Series(counts, dtype=pl.Boolean))
    return coverages.join(left_out, on=OFFERING, how="anti")


def _by_month(stretches: pl.DataFrame, tax_year: int | None) -> pl.DataFrame:
    """The stretches cut at ends of months, with the days in each: of one year, or of all."""
    starts = pl.date_ranges(pl.col("day_from").dt.truncate("1mo"), pl.col("day_to"), "1mo")
    made = stretches.with_row_index("stretch").with_columns(starts=starts).explode("starts")
    made = made.with_columns(
        first=pl.max_horizontal("day_from", "starts"),
        last=pl.min_horizontal("day_to", pl.col("starts").dt.month_end()),
        month=pl.col("starts").dt.month().cast(pl.Int64) - 1,
        month_days=pl.col("starts").dt.month_end().dt.day().cast(pl.Int64),
    )
    return made if tax_year is None else made.filter(pl.col("starts").dt.year() == tax_year)


def _people(coverages: pl.DataFrame, cover: pl.DataFrame) -> pl.DataFrame:
    """One row per person insured, numbered by `person`, with the worst of what is wrong with the cover."""
    unknown = cover.group_by("coverage").agg(is_unknown=pl.col("volume_cents").is_null().any())
    rows = coverages.join(unknown, on="coverage", how="left", maintain_order="left")
    is_unpriced = pl.col("issue").is_in(UNPRICED).fill_null(False)
    people = rows.group_by("person_id", maintain_order=True).agg(
        pl.col("group_census_id", "family_id", "is_dependent").first(),
        pl.col("rating_run_id").sort_by("term_start").last(),
        pl.col("age").drop_nulls().first(),
        pl.col("is_unknown").any(),
        unknown_issue=pl.col("issue").fill_null(Issue.AMOUNT_REQUIRED.name).filter("is_unknown").first(),
        unpriced_issue=pl.col("issue").filter(is_unpriced).first(),
    )
    no_age = pl.when(pl.col("age").is_null()).then(pl.lit(Issue.BIRTH_DATE_REQUIRED.name))
    return (
        people.with_columns(
            issue=pl.coalesce("unknown_issue", no_age, "unpriced_issue"),
            group_census_member_id="person_id",
            employee_id=pl.when("is_dependent").then("family_id").otherwise("person_id"),
        )
        .drop("unknown_issue", "unpriced_issue", "family_id")
        .with_row_index("person")
    )


def _in_force(cover: pl.DataFrame) -> pl.DataFrame:
    """Cover, days and part of the month, by person and month, over all policies."""
    of = ["person", "month"]
    cover = cover.sort(*of, "first").with_columns(
        begin=pl.col("first").min().over(of),
        end=pl.col("last").max().over(of),
        before=pl.col("last").cum_max().shift(1).over(of),
    )
    day_before = pl.max_horizontal(pl.col("first").dt.offset_by("-1d"), "before")
    made = cover.group_by(of, maintain_order=True).agg(
        at_first=pl.when(pl.col("first") == pl.col("begin")).then("volume_cents").sum(),
        at_last=pl.when(pl.col("last") == pl.col("end")).then("volume_cents").sum(),
        days=(pl.col("last") - day_before).dt.total_days().clip(0).sum(),
        month_days=pl.col("month_days").first(),
    )
    return made.with_columns(
        pl.Series("cover_cents", average_cover(made["at_first"].to_numpy(), made["at_last"].to_numpy())),
        pl.Series("parts", month_parts(made["days"].to_numpy(), made["month_days"].to_numpy())),
    )


def _payments(coverages: pl.DataFrame, stored: pl.DataFrame, tax_year: int) -> pl.DataFrame:
    """The employee shares of the year by coverage and month; one rate for all children is paid for each alike."""
    cut = _by_month(stored.join(coverages.select("coverage"), on="coverage", how="semi"), None)
    stretch = cut["stretch"].to_numpy()
    heads = np.flatnonzero(np.diff(stretch, prepend=-1))
    days = (cut["last"] - cut["first"]).dt.total_days().to_numpy() + 1
    parts = month_parts(days, cut["month_days"].to_numpy())
    paid = paid_by_month(cut["employee_cents"].to_numpy().take(heads), heads, parts)
    cut = cut.with_columns(pl.Series("paid_cents", paid)).filter(pl.col("starts").dt.year() == tax_year)
    return _shared_by_children(coverages, cut.select("coverage", "month", "paid_cents"))


def _shared_by_children(coverages: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """What one child of a family carries for all of them in a plan is paid for each of them alike."""
    plan = ["family_id", "contract_plan_id"]
    children = coverages.filter("is_child").select("coverage", *plan, "zero_reason")
    is_carried = (pl.col("zero_reason") == "FAMILY_CARRIED").fill_null(False).any().over(plan)
    children = children.filter(is_carried).drop("zero_reason")
    of = [*plan, "month"]
    shared = paid.join(children, on="coverage").sort("coverage")
    shared = shared.with_columns(
        whole=pl.col("paid_cents").sum().over(of),
        place=pl.int_range(pl.len()).over(of),
        n=pl.len().cast(pl.Int64).over(of),
    )
    part = equal_part(*(shared[name].to_numpy() for name in ("whole", "place", "n")))
    shared = shared.with_columns(pl.Series("paid_cents", part)).select(paid.columns)
    return pl.concat([paid.join(children, on="coverage", how="anti"), shared])


def _matrix(rows: pl.DataFrame, name: str, n: int) -> Longs:
    """Sums by month and person; nothing where there is no row."""
    made = np.zeros((MONTHS, n), np.int64)
    if not rows.is_empty():
        np.add.at(made, (rows["month"].to_numpy(), rows["person"].to_numpy()), rows[name].to_numpy())
    return made
