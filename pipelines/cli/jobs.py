"""`benefits jobs`: asynchronous requests seen, worked on and cancelled where no server runs.

What lives here: the commands. What does not: the requests (`services.jobs`) and the work (`services.job_runs`), which a
server does by the same function.
"""

from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import counted, say, say_next, show_table
from services import job_runs, jobs
from services.audit import Act
from services.book import Book
from services.insurance_errors import Refused
from services.refusals import NotFound
from services.scope import EVERYTHING

app = typer.Typer(help="Uploads and other requests that are worked on later: listed, worked on, cancelled.")

MOST = 30


@app.command("list")
def show(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
) -> None:
    """Show the open requests, the latest first.

    Examples:

      benefits jobs list

      benefits jobs list --all
    """
    with the_book().read() as tx:
        found = jobs.listed(tx, only_open=not everything)
    if found.is_empty():
        say("No request is open." if not everything else "There is no request.")
        return
    rows = found.head(MOST).to_dicts()
    show_table(
        ["Request", "Kind", "Name", "Status", "Jobs", "Done", "With errors", "Failed"],
        [
            (
                row["async_request_id"],
                row["type"],
                row["name"],
                row["status"],
                *(
                    row[f"{name}_job_count" if name else "job_count"]
                    for name in ("", "successful", "errored", "failed")
                ),
            )
            for row in rows
        ],
        texts=4,
        wrap=True,
        whole=("Request", "Kind"),
    )
    if found.height > MOST:
        say(f"... and {found.height - MOST:,} more.")
    if not everything:
        say_next([("benefits jobs run", "work on them, unless a server does")])


@app.command()
def run(
    request: Annotated[str | None, typer.Argument(help="Id of one request; by default all that are open.")] = None,
) -> None:
    """Work on open requests. What a server or another run is working on is left to it.

    Examples:

      benefits jobs run

      benefits jobs run 08P000000000000001
    """
    book = the_book()
    if request is not None:
        _must_exist(book, request)
    done = job_runs.run_pending(book, now, request_id=request)
    if not done:
        say("Nothing is waiting." if request is None else "It has ended, or another run is working on it.")
        return
    with book.read() as tx:
        for request_id in done:
            told = jobs.status(tx, request_id, scope=EVERYTHING)
            failed = told.get("rowsFailed")
            rows = "" if failed is None else f"; {counted(told['rowsRead'], 'row')} read, {failed:,} failed"
            say(f"{request_id} {told['name']}: {told['status']}{rows}")


@app.command()
def cancel(request: Annotated[str, typer.Argument(help="Id of the request.")]) -> None:
    """Cancel what has not been worked on yet; what was done stays done.

    Example:

      benefits jobs cancel 08P000000000000001
    """
    book = the_book()
    _must_exist(book, request)
    audited = Book(book.path, trail=(Act("command line", "local", "jobs cancel", "-", (request,), 1), now))
    with audited.write() as tx:
        told = jobs.cancel(tx, request, scope=EVERYTHING, now=now())
    say(
        f"{request} {told['name']}: {told['status']}; done before: {counted(told['successfulJobCount'], 'part')} of it."
    )


def _must_exist(book: Book, request_id: str) -> None:
    with book.read() as tx:
        try:
            jobs.status(tx, request_id, scope=EVERYTHING)
        except Refused:
            raise NotFound(
                "request_missing",
                request_id,
                f"There is no request {request_id}.",
                "`benefits jobs list --all` lists them.",
            ) from None
