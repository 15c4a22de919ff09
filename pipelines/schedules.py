"""The nightly schedule: open censuses are rated again, so that late rates and rules reach them.

What lives here: when, and for which cohorts. What does not: which census is open, and in which cohort it is rated
(`services.catalogue`).
"""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import cohort
from pipelines.jobs import rate_census
from pipelines.resources import at_a_tick
from services.book import Book
from services.catalogue import open_cohorts
from services.refusals import BookBusy, NotFound

NIGHT = "benefits/night"
"""Tag of the runs of a night: its date."""


@dg.schedule(
    job=rate_census,
    cron_schedule="0 2-5 * * *",
    execution_timezone="UTC",
    description="Rate every census of a contract that has not ended, once a night: a run for each cohort that loaded "
    "one last. Asked for at 2 o'clock; where the book is in use then, at 3, 4 or 5. A run that finds it in use tries "
    "again every five minutes for three hours.",
)
def nightly_rating(
    context: dg.ScheduleEvaluationContext, book: dg.ResourceParam[Book]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Rate every census of a contract that has not ended, once a night, in the cohort that loaded it last."""
    day = context.scheduled_execution_time.date()
    night = day.isoformat()
    if context.instance.get_run_records(dg.RunsFilter(tags={NIGHT: night}), limit=1):
        yield dg.SkipReason("The runs of this night were asked for already.")
        return
    try:
        with at_a_tick(book).read() as tx:
            cohorts = open_cohorts(tx, day)
    except NotFound as refusal:
        yield dg.SkipReason(refusal.says)
        return
    except BookBusy as refusal:
        yield dg.SkipReason(f"{refusal.says} Nothing is rated now; the next tick, up to 5 o'clock, tries again.")
        return
    if not cohorts:
        yield dg.SkipReason("No cohort has an open contract.")
        return
    # Cohorts loaded from the command line are not partitions of this instance yet.
    context.instance.add_dynamic_partitions(str(cohort.name), cohorts)
    for name in cohorts:
        yield dg.RunRequest(
            run_key=f"{name}@{night}",
            partition_key=name,
            run_config={"ops": {"rating_run": {"config": {"open_on": night}}}},
            tags={NIGHT: night},
        )
