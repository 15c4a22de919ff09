"""Asynchronous requests as Dagster runs: one run for each request, by the function that a server calls as well.

What lives here: the job and the sensor that looks for open requests. What does not: the work (`services.job_runs`).
Whoever comes first has the lease of a request; a run that comes second finds nothing to do (BC-43).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from assets.faults import in_plain_words
from pipelines.resources import at_a_tick
from services import job_runs, jobs
from services.book import Book
from services.refusals import BookBusy, NotFound
from services.scope import EVERYTHING


class RequestConfig(dg.Config):
    """Which request to work on."""

    request_id: str


@dg.op(required_resource_keys={"book"}, description="Work on one asynchronous request to its end.")
def work_on_request(context: dg.OpExecutionContext, config: RequestConfig) -> None:
    """Batches that were done before are not done again."""
    book: Book = context.resources.book
    with in_plain_words():
        job_runs.run_pending(book, _now, request_id=config.request_id)
        with book.read() as tx:
            told = jobs.status(tx, config.request_id, scope=EVERYTHING)
    counts = {name: told[name] for name in jobs.COUNTS}
    context.add_output_metadata({"status": told["status"], **counts})


@dg.job(description="Work on one asynchronous request: an upload of a census file, for example.")
def work_on_requests() -> None:
    """The only op, so that the lease and not the run says who works."""
    work_on_request()


@dg.sensor(
    job=work_on_requests,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Hand every waiting request to a run of its own; for hosts without a server that does it.",
)
def open_requests(
    context: dg.SensorEvaluationContext, book: dg.ResourceParam[Book]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Hand every waiting request to a run of its own; for hosts without a server that does it."""
    del context
    try:
        with at_a_tick(book).read() as tx:
            waiting = job_runs.waiting(tx, _now())
    except (BookBusy, NotFound) as refusal:
        yield dg.SkipReason(refusal.says)
        return
    if not waiting:
        yield dg.SkipReason("No request is waiting.")
    for request_id, n_attempts in waiting:
        ops = {"work_on_request": {"config": {"request_id": request_id}}}
        yield dg.RunRequest(run_key=f"{request_id}@{n_attempts}", run_config={"ops": ops})


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
