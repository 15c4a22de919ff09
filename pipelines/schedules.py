"""The nightly schedule: open censuses are rated again, so that late rates and rules reach them.

What lives here: when, and for which cohorts. What does not: which cohort is open (`services.catalogue`).
"""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import cohort
from pipelines.jobs import rate_census
from services.book import Book
from services.catalogue import open_cohorts
from services.refusals import NotFound


@dg.schedule(
    job=rate_census,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    description="Rate every cohort with a contract that has not ended, each in one run.",
)
def nightly_rating(
    context: dg.ScheduleEvaluationContext, book: dg.ResourceParam[Book]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Rate every cohort with a contract that has not ended, each in one run."""
    night = context.scheduled_execution_time
    try:
        with book.read() as tx:
            cohorts = open_cohorts(tx, night.date())
    except NotFound as refusal:
        yield dg.SkipReason(refusal.says)
        return
    if not cohorts:
        yield dg.SkipReason("No cohort has an open contract.")
        return
    # Cohorts loaded from the command line are not partitions of this instance yet.
    context.instance.add_dynamic_partitions(str(cohort.name), cohorts)
    for name in cohorts:
        yield dg.RunRequest(run_key=f"{name}@{night.date().isoformat()}", partition_key=name)
