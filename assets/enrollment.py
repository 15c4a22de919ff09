"""Families enrolled: policies, participants and coverages of a cohort.

What lives here: one asset step that enrolls the censuses of a cohort. What does not: enrolling (`services.enrollment`),
and working on requests (`services.job_runs`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.faults import in_plain_words
from assets.partitions import cohort
from assets.premiums import GROUP
from assets.tables import markdown, stored, table_asset
from services import catalogue, job_runs, jobs
from services.book import Book
from services.enrollment.request import GroupAsk, ask
from services.scope import EVERYTHING

POLICY_TABLES: dict[str, tuple[str, ...]] = {
    "book.insurance_policy": ("book.member_plan", "ref.rate_cell", "ref.contribution_rule"),
    "book.policy_participant": ("book.insurance_policy",),
    "book.policy_coverage": ("book.policy_participant",),
}
"""Tables that an enrollment writes, each with the tables it is made from."""


WHERE_REASONS_ARE = (
    "Why: book.async_detail, in its rows of the request with status Failed (description, additional_information); "
    "`benefits enroll CENSUS` tries those families again and lists the reasons."
)
"""Reasons name members' plans and values; the records of a run name the place alone."""


class EnrollmentConfig(dg.Config):
    """The flow that families go through, and whether they are new hires, who need a start of cover."""

    flow_name: str | None = None
    new_hires: bool = False


@dg.multi_asset(
    name="group_enrollment",
    specs=[table_asset(name, group=GROUP, deps=deps) for name, deps in POLICY_TABLES.items()],
    partitions_def=cohort,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def group_enrollment(
    context: dg.AssetExecutionContext, config: EnrollmentConfig, book: dg.ResourceParam[Book]
) -> Iterator[dg.MaterializeResult]:
    """Enroll what members of the cohort chose, by the function that a server calls; again, it enrolls what is left."""
    with in_plain_words():
        with book.write() as tx:
            requests = [
                ask(
                    tx,
                    GroupAsk(census_id, flow_name=config.flow_name, is_new_hire=config.new_hires),
                    scope=EVERYTHING,
                    now=_now(),
                )
                for census_id in catalogue.censuses_of(tx, list(context.partition_keys))
            ]
        told = [_worked(book, request_id) for request_id in requests]
    context.log.info(f"{len(told):,} censuses")
    columns = ["census", "request", "status", "policies", "families that failed"]
    shown: dict[str, Any] = {"enrolled": markdown(columns, told)}
    n_failed = sum(int(row[-1] or 0) for row in told)
    if n_failed:
        context.log.warning(f"{n_failed:,} families were not enrolled. {WHERE_REASONS_ARE}")
        shown["reasons"] = WHERE_REASONS_ARE
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, POLICY_TABLES, {"book.insurance_policy": shown})


def _worked(book: Book, request_id: str) -> tuple[Any, ...]:
    """Census, request, status, policies made and families that failed."""
    job_runs.run_pending(book, _now, request_id=request_id)
    with book.read() as tx:
        done = jobs.status(tx, request_id, scope=EVERYTHING)
    result = done["result"] or {}
    return (
        result.get("groupCensusId"),
        request_id,
        done["status"],
        result.get("policiesMade"),
        result.get("familiesFailed"),
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
