"""Group quotes rated: premiums on their lines.

What lives here: one asset step that rates quotes. What does not: the checks and the rating (`services.quotes`), and
making quotes, which the shelf does (`assets.reference`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from assets.faults import in_plain_words
from assets.premiums import GROUP
from assets.tables import counted, markdown, stored, table_asset
from services import job_runs, jobs
from services.book import Book
from services.insurance_errors import Refused
from services.quotes.finding import due, find_quote
from services.quotes.request import ask
from services.refusals import Conflict
from services.scope import EVERYTHING

QUOTE_TABLES: dict[str, tuple[str, ...]] = {
    "book.quote_line": ("book.census_member", "ref.rate_table", "ref.rate_table_plan", "ref.rate_cell"),
    "book.quote": ("book.quote_line",),
}
"""Tables that a rating of quotes writes, each with the tables it is made from."""


class QuoteConfig(dg.Config):
    """Numbers of the quotes to rate; none: every quote that was never rated, or whose prices no longer hold."""

    quotes: list[str] = []  # noqa: RUF012 - the configuration class copies it
    rating_date: str | None = None


@dg.multi_asset(
    name="group_rating",
    specs=[table_asset(name, group=GROUP, deps=deps, kinds=["numpy"]) for name, deps in QUOTE_TABLES.items()],
)
def group_rating(
    context: dg.AssetExecutionContext, config: QuoteConfig, book: dg.ResourceParam[Book]
) -> Iterator[dg.MaterializeResult]:
    """Rate quotes by the function that a server calls; one that cannot be rated is told and the others go on.

    A quote that is named and cannot be rated fails the step.
    """
    with in_plain_words():
        with book.read() as tx:
            chosen = [find_quote(tx, each) for each in config.quotes] or due(tx)
        told = [_rated(book, quote_id, config.rating_date, is_named=bool(config.quotes)) for quote_id in chosen]
    n_rated = sum(total != "" for *_, total in told)
    context.log.info(f"{counted(n_rated, 'quote')} rated")
    if n_rated < len(told):
        context.log.warning(
            f"{counted(len(told) - n_rated, 'quote')} without a total; why stands in the table of the run"
        )
    table = markdown(["quote", "status", "total"], told)
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, QUOTE_TABLES, {"book.quote": {"rated": n_rated, "quotes": table}})


def _rated(book: Book, quote_id: str, rating_date: str | None, *, is_named: bool) -> tuple[str, str, object]:
    """Id, what became of the rating, and the total."""
    try:
        with book.write() as tx:
            request_id = ask(tx, quote_id, rating_date=rating_date, scope=EVERYTHING, now=_now())
    except Refused as refused:
        if is_named:
            raise
        return quote_id, "; ".join(error.message for error in refused.errors), ""
    job_runs.run_pending(book, _now, request_id=request_id)
    with book.read() as tx:
        done = jobs.status(tx, request_id, scope=EVERYTHING)
    try:
        total = jobs.result_of(done).get("totalPrice")
    except Conflict as failed:
        if is_named:
            raise
        return quote_id, failed.says, ""
    return quote_id, done["status"], "" if total is None else f"{total:,.2f}"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
