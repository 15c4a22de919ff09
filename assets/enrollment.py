"""Families enrolled: policies, participants and coverages of a cohort.

What lives here: one asset step that enrolls the censuses of a cohort. What does not: enrolling (`services.enrollment`),
and working on requests (`services.job_runs`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.faults import in_plain_words, must_all_be_done
from assets.partitions import cohort
from assets.premiums import GROUP
from assets.tables import counted, markdown, stored, table_asset
from services import catalogue, job_runs, jobs
from services.book import Book
from services.enrollment.request import GroupAsk, ask
from services.refusals import Conflict
from services.scope import EVERYTHING

POLICY_TABLES: dict[str, tuple[str, ...]] = {
    "book.insurance_policy": ("book.member_plan", "ref.rate_cell", "ref.contribution_rule"),
    "book.policy_participant": ("book.insurance_policy",),
    "book.policy_coverage": ("book.policy_participant",),
}
"""Tables that an enrollment writes, each with the tables it is made from."""


WHERE_REASONS_ARE = (
    "Why: book.async_detail, in its rows of the request with status Failed (description, additional_information); "
    "`benefits enroll CENSUS` tries them again and lists the reasons."
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
    """Enroll what members of the cohort chose, by the function that a server calls; again, it enrolls what is left.

    A census that fails as a whole is told and the others go on; then the step fails.
    """
    told: list[tuple[Any, ...]] = []
    lost: list[str] = []
    with in_plain_words():
        with book.write() as tx:
            requests = {
                census_id: ask(
                    tx,
                    GroupAsk(census_id, flow_name=config.flow_name, is_new_hire=config.new_hires),
                    scope=EVERYTHING,
                    now=_now(),
                )
                for census_id in catalogue.some_censuses_of(tx, list(context.partition_keys))
            }
        context.log.info(f"{counted(len(requests), 'census', 'censuses')} to enroll")
        for census_id, request_id in requests.items():
            try:
                told.append((census_id, request_id, *_worked(book, request_id)))
            except Conflict as failed:
                lost.append(failed.says)
                context.log.error(f"{census_id}: {failed.says}")
                continue
            _, _, status, n_policies, n_choices = told[-1]
            context.log.info(
                f"{census_id}: {status}, {counted(n_policies, 'policy', 'policies')} made, "
                f"{counted(n_choices, 'choice')} not enrolled"
            )
        must_all_be_done(lost, len(requests))
    columns = ["census", "request", "status", "policies", "choices that failed"]
    shown: dict[str, Any] = {"enrolled": markdown(columns, told)}
    n_failed = sum(row[-1] for row in told)
    if n_failed:
        context.log.warning(f"Choices not enrolled, each a family in a plan: {n_failed:,}. {WHERE_REASONS_ARE}")
        shown["reasons"] = WHERE_REASONS_ARE
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, POLICY_TABLES, {"book.insurance_policy": shown})


def _worked(book: Book, request_id: str) -> tuple[str, int, int]:
    """Status, policies made and choices of a plan that failed; Conflict where the request failed as a whole."""
    job_runs.run_pending(book, _now, request_id=request_id)
    with book.read() as tx:
        done = jobs.status(tx, request_id, scope=EVERYTHING)
    result = jobs.result_of(done)
    return done["status"], result.get("policiesMade") or 0, result.get("familiesFailed") or 0


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
