"""`benefits rate` and `benefits diff`: premiums of a cohort, and what changed between two runs.

What lives here: the two commands. What does not: prices (`rating`), runs (`services.rating_run`) and the comparison
(`services.compare`).
"""

from datetime import date
from typing import Annotated

import typer

from pipelines.cli.places import here, now, the_book
from pipelines.cli.show import counted, money, progress, quoted, say, say_next, say_title, show_table
from pipelines.cli.summary import MOST, say_without_plans, show_codes, show_money
from services import catalogue
from services.cohort import find_census
from services.compare import diff_runs
from services.publish import publish
from services.rating_run import RunOutcome, rate_cohort
from services.report import list_money


def _day(said: str) -> date:
    """A day as typed."""
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said} is no date; write it as yyyy-mm-dd, such as 2027-01-01.") from None


def rate(
    cohort: Annotated[str | None, typer.Option(help="Which cohort; by default the one loaded last.")] = None,
    rating_date: Annotated[
        date | None,
        typer.Option(
            parser=_day, metavar="yyyy-mm-dd", help="Rate at this date; after a contract's end it is a renewal."
        ),
    ] = None,
    census: Annotated[str | None, typer.Option(help="Only this census: name or id.")] = None,
    publishing: Annotated[bool, typer.Option("--publish/--no-publish", help="Publish the book afterwards.")] = True,
) -> None:
    """Rate every coverage of every member, and split it between employer and employees.

    Earlier runs stay as they are. A renewal stands beside the current run.

    Examples:

      benefits rate

      benefits rate --cohort sample --rating-date 2027-01-01

      benefits rate --census "C-1001 enrollment"
    """
    book = the_book()
    census_ids = None
    if census is not None:
        with book.read() as tx:
            census_ids = [find_census(tx, census, cohort)]
    with progress() as tell:
        outcome = rate_cohort(
            book,
            cohort=cohort,
            census_ids=census_ids,
            rating_date=rating_date,
            now=now(),
            on_progress=tell,
        )
    say_title(f"Premiums in US dollars ({outcome.kind}, cohort {outcome.cohort}, run {outcome.run_id})")
    show_money(list_money(outcome.per_census, MOST))
    say_without_plans(outcome.without_plans["census"].to_list(), "nothing was rated")
    show_codes("Issues of rating", outcome.issues.select("code", "severity", "n").rows(), "Coverages")
    if outcome.n_left_out:
        left = counted(outcome.n_left_out, "census", "censuses")
        say(f"Left out, because they do not renew by that date: {left}.")
    if publishing:
        say(f"Published: {publish(book, here().published)}")
    with book.read() as tx:
        before = catalogue.run_before(tx, outcome.run_id)
    say_next(_next(outcome, _which(census, outcome.cohort), before))


def _next(outcome: RunOutcome, which: str, before: str | None) -> list[tuple[str, str]]:
    """What may be typed after a run: only what has something to show."""
    steps = [("benefits export premiums premiums.xlsx", "the premiums as a workbook")]
    if outcome.kind == "renewal":
        steps = [("benefits export renewal_groups renewal.xlsx", "current and renewal side by side, with the change")]
    if not outcome.issues.is_empty():
        steps.insert(0, (f"benefits issues {which}", "coverages without a premium, and why"))
    if before is not None:
        steps.append((f"benefits diff {before} {outcome.run_id}", "what changed since the run before"))
    return steps


def _which(census: str | None, cohort: str) -> str:
    """The option that names what was rated."""
    return f"--census {quoted(census)}" if census is not None else f"--cohort {quoted(cohort)}"


def diff(
    run_a: Annotated[str, typer.Argument(help="Id of the earlier run.")],
    run_b: Annotated[str, typer.Argument(help="Id of the later run.")],
) -> None:
    """Say what changed between two rating runs, by group.

    Run ids are shown by `benefits rate`; `benefits export runs runs.csv` writes all of them.

    Example:

      benefits diff 0rr000000000000001 0rr000000000000002
    """
    with the_book().read() as tx:
        changes = diff_runs(tx, run_a, run_b)
    if changes.is_same:
        say("The runs agree to the cent.")
        return
    say_title("Coverages")
    counts = changes.counts.select("change", "n_coverages", "prorated_cents_change").rows()
    show_table(["Change", "Coverages", "Whole term"], [(kind, n, money(cents)) for kind, n, cents in counts])
    say_title("Groups, in US dollars of the whole term")
    groups = changes.groups.select(
        "group_name",
        "prorated_cents_before",
        "prorated_cents_after",
        "prorated_cents_change",
        "employer_cents_change",
        "employee_cents_change",
    )
    show_table(
        ["Group", "Before", "After", "Change", "Employer", "Employees"],
        [(row[0], *map(money, row[1:])) for row in groups.head(MOST).rows()],
        last=("All", *map(money, groups.drop("group_name").sum().row(0))),
    )
    say_title("Coverages that differ, in US dollars of the whole term")
    found = changes.coverages.select(
        "group_name", "member_name", "group_census_member_id", "coverage_name", "why", "prorated_cents_change"
    )
    show_table(
        ["Group", "Member", "Coverage", "Why", "Change"],
        [(row[0], row[1] or row[2], *row[3:5], money(row[5])) for row in found.head(MOST).rows()],  # removed: by its id
        texts=4,
        wrap=True,
    )
    if found.height > MOST:
        say(f"... and {found.height - MOST:,} more.")
