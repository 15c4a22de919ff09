"""Premiums: one rating run, stored at three levels with its issues (`out.*`).

What lives here: one asset step, because the levels and the run are stored in one transaction. What does not: what a
coverage costs and who pays it (`rating`, reached through `services.rating_run`).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from assets.faults import in_plain_words
from assets.partitions import cohort
from assets.tables import counted, dollars, markdown, picture, stored, table_asset
from services import catalogue, pictures
from services.book import Book, Transaction
from services.rating_run import RunOutcome, rate_cohort
from services.refusals import Malformed

GROUP = "premium"
MOST_GROUPS = 50
"""Groups listed one by one in the records of a run; all of them are in its last line and in the analytics views."""

PREMIUM_TABLES: dict[str, tuple[str, ...]] = {
    "out.coverage_premium": (
        "book.census_member",
        "book.member_plan",
        "book.account",
        "book.group_class",
        "book.contract",
        "book.contract_plan",
        "book.contract_plan_class",
        "book.contract_plan_attribute",
        "ref.rate_table",
        "ref.rate_table_plan",
        "ref.rate_cell",
        "ref.rating_area",
        "ref.contribution_rule",
    ),
    "out.plan_premium": ("out.coverage_premium",),
    "out.member_premium": ("out.plan_premium",),
    "out.rating_issue": ("out.coverage_premium",),
    "out.rating_run": ("out.member_premium", "out.rating_issue"),
}
"""Tables that a rating run fills, each with the tables it is made from."""


class RatingConfig(dg.Config):
    """The date to rate at, yyyy-mm-dd. Empty: each contract's own start.

    `open_on`, yyyy-mm-dd: only those censuses that the cohort loaded last and whose contract has not ended by that day.
    """

    rating_date: str | None = None
    open_on: str | None = None


@dg.multi_asset(
    name="rating_run",
    specs=[table_asset(name, group=GROUP, deps=deps, kinds=["numpy"]) for name, deps in PREMIUM_TABLES.items()],
    partitions_def=cohort,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def premiums(
    context: dg.AssetExecutionContext, config: RatingConfig, book: dg.ResourceParam[Book]
) -> Iterator[dg.MaterializeResult]:
    """Rate every coverage of the cohort's members in one pass; earlier runs stay as they are."""
    with in_plain_words():
        outcome = _rate(context, book, list(context.partition_keys), config)
    totals = outcome.totals
    context.log.info(
        f"{counted(totals['n_coverages'] - totals['n_unrated'], 'coverage')} rated, {totals['n_unrated']:,} left "
        f"without a premium; {dollars(totals['prorated_cents'])} dollars of premium"
    )
    if outcome.n_left_out:
        left = counted(outcome.n_left_out, "census", "censuses")
        context.log.warning(f"Left out, because they do not renew by the rating date: {left}")
    if len(outcome.without_plans):
        context.log.warning(
            f"{counted(len(outcome.without_plans), 'census', 'censuses')} on which nobody has a plan, so nothing of "
            f"them was rated: {', '.join(outcome.without_plans['census'].head(MOST_GROUPS))}"
        )
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, PREMIUM_TABLES, _said(tx, outcome))


def _rate(context: dg.AssetExecutionContext, book: Book, keys: Sequence[str], config: RatingConfig) -> RunOutcome:
    """One run for all keys of the partition set."""
    now = datetime.now(UTC).replace(tzinfo=None)

    def tell(step: str, done: int, of: int) -> None:
        context.log.debug(f"{step}: {done:,} of {of:,}")

    day = _day("open_on", config.open_on)
    with book.read() as tx:
        census_ids = None if len(keys) == 1 else catalogue.censuses_of(tx, keys)
        if (
            day is not None
        ):  # others may have loaded all of them since the run was asked for: then the cohort as a whole
            census_ids = catalogue.open_censuses(tx, keys, day) or census_ids
    return rate_cohort(
        book,
        cohort=", ".join(keys),
        census_ids=census_ids,
        rating_date=_day("rating_date", config.rating_date),
        now=now,
        on_progress=tell,
    )


def _day(name: str, said: str | None) -> date | None:
    """The day that the configuration of a run names."""
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise Malformed(name, name, f"{said} is no date.", "Write it as 2027-01-01.") from None


def _said(tx: Transaction, outcome: RunOutcome) -> dict[str, dict[str, Any]]:
    """What to show beside the counts of rows: the run's totals, issues by code and two pictures."""
    money = {name: value for name, value in outcome.totals.items() if name.endswith("_cents")}
    run = {"rating_run_id": outcome.run_id, "kind": outcome.kind}
    groups = outcome.per_census.select(
        "account", "n_members", "n_coverages", "n_unrated", "monthly_cents", "employer_cents", "employee_cents"
    )
    of_all = "All" if groups.height <= MOST_GROUPS else f"All {groups.height:,} ({MOST_GROUPS} shown)"
    listed = [*groups.head(MOST_GROUPS).rows(), (of_all, *groups.drop("account").sum().row(0))]
    table = markdown(
        ["group", "members", "coverages", "unrated", "per month", "employer, term", "employee, term"],
        ((*row[:4], *(dollars(cents) for cents in row[4:])) for row in listed),
    )
    return {
        "out.rating_run": {
            **run,
            **money,
            "groups": table,
            "censuses without plans": len(outcome.without_plans),
            "censuses left out": outcome.n_left_out,
        },
        "out.coverage_premium": {
            **run,
            "coverages": outcome.totals["n_coverages"],
            "unrated": outcome.totals["n_unrated"],
            "premium by age": picture("Premium by age", pictures.premium_by_age(tx, [outcome.run_id])),
        },
        "out.plan_premium": {
            **run,
            "premium by line": picture("Premium by line", pictures.premium_by_line(tx, [outcome.run_id])),
        },
        "out.member_premium": {**run, **money, "members": outcome.totals["n_members"]},
        "out.rating_issue": {
            **run,
            "issues": markdown(
                ["code", "severity", "coverages"], outcome.issues.select("code", "severity", "n").rows()
            ),
        },
    }
