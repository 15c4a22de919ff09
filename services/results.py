"""Storing what the core returned: one append-only run with its three levels and its issues.

What lives here: turning a `Result` back into rows with ids, and the words for each issue. What does
not: the numbers (the core), which run is asked for (`services.rating_run`) and views of it (`analytics`).
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rating import Result
from rating.codes import NONE, Issue, Tier, ZeroReason
from rating.columns import is_constant
from services import ids
from services.assemble import Gathered
from services.book import PROGRAM_VERSION, Transaction
from services.code_version import code_version
from services.composite import store_rates
from services.inputs import SPOKEN_OF

_TEXTS: dict[Issue, tuple[str, str | None, str, str]] = {
    Issue.RULE_WITHOUT_VALUE: (
        "warning",
        "GB-CTB-001",
        "The contribution record has no value for its type. Employer share is treated as 0.",
        "Give the rule an amount or a percentage.",
    ),
    Issue.REFERENCE_UNRATED: (
        "warning",
        "GB-CTB-005",
        "The plan that the contribution is measured by could not be priced. Employer share is treated as 0.",
        "Check the rates of the reference plan for the member.",
    ),
    Issue.OUTSIDE_TERM: (
        "error",
        "GB-RATE-008",
        "No day of cover falls within the contract start and end dates.",
        "Check the member's start and end of cover, and the rating date.",
    ),
    Issue.BIRTH_DATE_REQUIRED: (
        "error",
        "GB-RATE-012",
        "Birth date is required to rate this member.",
        "Add the birth date to the census and load it again.",
    ),
    Issue.PAY_REQUIRED: (
        "error",
        "GB-RATE-012",
        "Annual salary is required to rate this member.",
        "Add the salary to the census and load it again.",
    ),
    Issue.AREA_REQUIRED: (
        "error",
        "GB-RATE-012",
        "A rating area is required to rate this member.",
        "State the rating area on the contract, or the ZIP code of the account and its area.",
    ),
    Issue.AMOUNT_REQUIRED: (
        "error",
        "GB-RATE-012",
        "An elected amount is required to rate this coverage.",
        "Add the amount column of the plan to the census.",
    ),
    Issue.DEPENDENTS_UNKNOWN: (
        "error",
        "GB-RATE-012",
        "Birth dates of the dependents are required to rate this family by age.",
        "Load a census that lists the dependents.",
    ),
    Issue.NO_RATE_TABLE: (
        "error",
        "GB-RATE-011",
        "No rate table is filed for the coverage.",
        "Name a table for the coverage or its product in rate_table_plans.",
    ),
    Issue.NO_RATE: (
        "error",
        "GB-RATE-011",
        "No rate found for the member's attributes.",
        "Check age, tier, area and rate date against the cells of the rate table.",
    ),
    Issue.AMOUNT_OUT_OF_RANGE: (
        "error",
        "GB-RATE-015",
        "The premium passes one million dollars a month (one billion for a whole class), or its amount ten billion.",
        "Check the salary, the elected amount and the rate.",
    ),
    Issue.PLAN_NOT_ACTIVE: (
        "error",
        "GB-RATE-006",
        "Plan isn't part of the contract, or isn't active.",
        "Choose an active plan for the member.",
    ),
    Issue.OPTED_OUT: (
        "error",
        "GB-RATE-009",
        "The member opted out of this plan's category.",
        "Remove the opt-out or the selection.",
    ),
    Issue.NOT_ELIGIBLE: (
        "error",
        "GB-RATE-014",
        "The member isn't eligible for this plan.",
        "Check the class of the member and the classes of the plan.",
    ),
    Issue.AGE_OUTSIDE_TABLE: (
        "error",
        "GB-RATE-011",
        "The member's age or another value lies outside the limits of the rate table.",
        "Check the value, or let the table clamp to its limits.",
    ),
    Issue.FACT_REQUIRED: (
        "error",
        "GB-RATE-012",
        "A fact that the rate varies by is unknown: industry, group size, participation, duration or service.",
        "State it on the contract, or add the date of hire to the census.",
    ),
    Issue.NO_FACTOR: (
        "error",
        "GB-RATE-011",
        "No factor found for the member's attributes.",
        "Check age, tobacco, area and the other keys against the cells of the factor table.",
    ),
    Issue.NOT_SOLVED: (
        "error",
        "GB-RATE-011",
        "The rate is made from the census, and nobody on it could be priced.",
        "Check the members who hold the plan and the table that prices them.",
    ),
}

_MONEY = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")


@dataclass(frozen=True)
class RunRequest:
    """What a run is stamped with besides its figures."""

    cohort: str
    rating_date: date | None
    rated_at: datetime


def store(tx: Transaction, gathered: Gathered, result: Result, request: RunRequest) -> str:
    """Append one run with its rows, point the censuses at it, and return its id."""
    run_id = ids.spell(ids.RUN, tx.mint(ids.RUN, 1))
    coverages, members, plans = (
        rows.insert_column(0, pl.repeat(run_id, rows.height, eager=True).alias("rating_run_id"))
        for rows in (
            coverage_rows(gathered, result),
            level_rows(gathered, result, "member"),
            level_rows(gathered, result, "plan"),
        )
    )
    kind = "renewal" if gathered.is_renewal else "current"
    with tx.lend(
        run_row=_run_row(gathered, members, run_id, kind, request),
        run_census_rows=_census_rows(gathered, run_id),
        coverage_rows=coverages,
        piece_rows=_piece_rows(coverages, result),
        plan_rows=plans,
        member_rows=members,
        issue_texts=issue_texts(),
    ):
        for statement in ("run", "run_censuses", "coverages", "pieces", "plans", "members", "issues"):
            tx.run(f"results.insert_{statement}")
        tx.run("results.point_current", {"kind": kind, "run_id": run_id})
    store_rates(tx, gathered, result, run_id)
    return run_id


def issue_texts() -> pl.DataFrame:
    """The words of every issue, by its name."""
    rows = [(issue.name, *words) for issue, words in _TEXTS.items()]
    return pl.DataFrame(rows, schema=["code", "severity", "published_code", "message", "hint"], orient="row")


def coverage_rows(gathered: Gathered, result: Result) -> pl.DataFrame:
    """A row per coverage, with ids, figures, and the names of its issue and of why it costs nothing."""
    frame = gathered.coverages
    batch, offers = gathered.batch, gathered.offers
    member = _places(batch.plans.member.take(batch.coverages.plan))
    offer = _places(batch.coverages.offer)
    table = batch.offers.rate_table.take(batch.coverages.offer)
    return pl.DataFrame(
        {
            "group_census_id": gathered.members["group_census_id"][member],
            "group_census_member_id": gathered.members["group_census_member_id"][member],
            "root_plan_id": offers["root_plan_id"][offer],
            "contract_plan_id": offers["contract_plan_id"][offer],
            "rate_table_id": _taken(gathered.rate_tables["rate_table_id"], table),
            "contribution_rule_id": _taken(gathered.rules["contribution_rule_id"], result.rule),
            "rate_date": frame["rate_date"],
            "age": _known(result.age),
            "tier": _named(result.tier, [tier.name for tier in Tier]),
            "volume_cents": _known(result.volume_cents),
            "pending_cents": _pending(result.pending_cents),
            "unit_rate_e6": _known(result.unit_rate_e6),
            "covered_from": frame["covered_from"],
            "covered_to": _day_before(frame["covered_to"]),
            "covered_days": result.covered_days,
            "term_days": result.term_days,
            **{name: getattr(result, name) for name in _MONEY},
            "issue": _named(result.issue, [None, *(issue.name for issue in Issue if issue)]),
            "zero_reason": _named(result.zero_reason, [None, *(reason.name for reason in ZeroReason if reason)]),
        }
    )


def _piece_rows(coverages: pl.DataFrame, result: Result) -> pl.DataFrame:
    """The stretches of coverages whose price changes within the term."""
    made = result.pieces
    ids = ("rating_run_id", "group_census_id", "group_census_member_id", "root_plan_id", "contract_plan_id")
    return (
        coverages.select(ids)[made.coverage]
        .with_columns(
            pl.Series("piece_from", made.piece_from),
            pl.Series("piece_to", made.piece_to - np.timedelta64(1, "D")),
            _known(made.age).alias("age"),
            _named(made.tier, [tier.name for tier in Tier]).alias("tier"),
            _known(made.volume_cents).alias("volume_cents"),
            *(pl.Series(name, getattr(made, name)) for name in _MONEY),
            _named(made.issue, [None, *(issue.name for issue in Issue if issue)]).alias("issue"),
        )
        .cast({"piece_from": pl.Date, "piece_to": pl.Date})
    )


def level_rows(gathered: Gathered, result: Result, level: str) -> pl.DataFrame:
    """A row per plan or per member that holds at least one coverage."""
    n_coverages: NDArray[np.int32] = getattr(result, f"{level}_n_coverages")
    member = gathered.plans["member"] if level == "plan" else pl.int_range(gathered.members.height, eager=True)
    n_unrated: NDArray[np.int32] = getattr(result, f"{level}_n_unrated")
    columns: dict[str, object] = {
        "group_census_id": gathered.members["group_census_id"].gather(member),
        "group_census_member_id": gathered.members["group_census_member_id"].gather(member),
    }
    if level == "plan":
        columns["root_plan_id"] = gathered.offers["contract_plan_id"].gather(gathered.plans["root"])
    columns |= {
        "n_coverages": n_coverages,
        "n_unrated": n_unrated,
        **{name: getattr(result, f"{level}_{name}") for name in _MONEY},
        "is_complete": n_unrated == 0,
        "issue": _named(getattr(result, f"{level}_issue"), [None, *(issue.name for issue in Issue if issue)]),
    }
    return pl.DataFrame(columns).filter(pl.col("n_coverages") > 0)


def _run_row(gathered: Gathered, members: pl.DataFrame, run_id: str, kind: str, request: RunRequest) -> pl.DataFrame:
    totals = members.select(pl.col("n_coverages", "n_unrated", *_MONEY).cast(pl.Int64).sum()).row(0, named=True)
    return pl.DataFrame(
        {
            "rating_run_id": [run_id],
            "cohort": [request.cohort],
            "kind": [kind],
            "rating_date": pl.Series([request.rating_date], dtype=pl.Date),
            **{f"{subject}_hash": [gathered.inputs.hash_of(subject)] for subject in SPOKEN_OF},
            "core_version": [PROGRAM_VERSION],
            "code_version": [code_version()],
            "is_reproducible": [False],
            "n_censuses": [gathered.terms.height],
            "n_members": [members.height],
            "n_coverages": [totals["n_coverages"]],
            "n_unrated": [totals["n_unrated"]],
            **{name: [totals[name]] for name in _MONEY[1:]},
            "rated_at": [request.rated_at],
        }
    )


def _census_rows(gathered: Gathered, run_id: str) -> pl.DataFrame:
    return gathered.terms.select(
        pl.lit(run_id).alias("rating_run_id"),
        "group_census_id",
        "census_version",
        pl.col("term_from").alias("term_start"),
        pl.col("term_to").dt.offset_by("-1d").alias("term_end"),
    )


def _taken(column: pl.Series, rows: NDArray[np.int32]) -> pl.Series:
    """Values at rows, null where the row is NONE."""
    return column[_places(rows)]


def _places(rows: NDArray[np.integer]) -> pl.Series:
    """Rows to take values at, null where the row is NONE."""
    return pl.Series(rows).cast(pl.UInt32, strict=False)


def _day_before(column: pl.Series) -> pl.Series:
    return (column.cast(pl.Int32) - 1).cast(pl.Date)


def _pending(column: NDArray[np.int64]) -> pl.Series:
    """Amounts that wait for evidence, null where none does; mostly no plan asks for any."""
    if is_constant(column):
        return pl.repeat(None, column.size, dtype=pl.Int64, eager=True)
    return _known(np.where(column > 0, column, NONE))


def _known(column: NDArray[np.integer]) -> pl.Series:
    """A column with NONE as null."""
    if not (column < 0).any():
        return pl.Series(column)
    made = pl.from_arrow(pa.array(column, mask=column < 0))
    assert isinstance(made, pl.Series)
    return made


def _named(column: NDArray[np.int8], names: list[str | None]) -> pl.Series:
    """Names of codes, null for NONE and for codes without a name."""
    return pl.Series("names", names, dtype=pl.String)[_places(column)]
