"""`benefits enroll`: the families of a census enrolled in what they chose.

What lives here: the command. What does not: any rule (`services.enrollment`).
"""

from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import counted, quoted, say, say_next, say_title, show_table
from services import job_runs, jobs
from services.audit import Act
from services.book import Book
from services.cohort import find_census
from services.enrollment.request import NAME, GroupAsk, ask
from services.scope import EVERYTHING


def enroll(
    census: Annotated[str, typer.Argument(help="Census: name or id.")],
    flow: Annotated[str | None, typer.Option(help="Flow to go through; default: the built-in one.")] = None,
) -> None:
    """Enroll every family of a census in what it chose, and make its policies. Run again, it enrolls what is left.

    Example:

      benefits enroll "HLB-2026 enrollment"
    """
    book = Book(the_book().path, trail=(Act("command line", "local", "enroll", "-"), now))
    with book.write() as tx:
        asked = GroupAsk(find_census(tx, census), NAME, flow)
        request_id = ask(tx, asked, scope=EVERYTHING, now=now())
    job_runs.run_pending(book, now, request_id=request_id)
    with book.read() as tx:
        done = jobs.status(tx, request_id, scope=EVERYTHING)
        failed = tx.frame("enrollment.failures", {"request_id": request_id})
    result = jobs.result_of(done)
    say_title(f"Enrollment of {census}: {done['status']}")
    if not result.get("familiesRead"):
        say("Nobody is left to enroll: nobody on the census chose a plan of its contract, or all who did are enrolled.")
        return
    say(
        f"{counted(result.get('policiesMade', 0), 'policy', 'policies')} made; not enrolled: "
        f"{result.get('familiesFailed', 0):,} of {counted(result['familiesRead'], 'choice')} "
        "(one is a family in a plan)."
    )
    steps = [("benefits publish", "the copy for analysts, with the policies (analytics.policy)")]
    if not failed.is_empty():
        columns = ("GroupCensusMemberId", "Plan", "Reason")
        show_table(columns, failed.select(columns).head(20).rows(), texts=3, wrap=True)
        steps.insert(0, (f"benefits enroll {quoted(census)}", "once that is mended"))
    say_next(steps)
