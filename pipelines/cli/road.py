"""`benefits run`: the whole road through Dagster.

What lives here: the command that materialises every asset for a cohort and shows what came out. What does not: the
run itself (`pipelines.in_process`).
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.status import Status

from pipelines.cli.places import here, the_book
from pipelines.cli.show import errors, quoted, say, say_error, say_next
from pipelines.cli.summary import show_report
from services.cohort_files import read_cohort_folder
from services.places import SAMPLE, cohort_source
from services.refusals import NotFound
from services.report import report

_STEPS = {
    "shelf": "Loading accounts, plans and rates",
    "census_load": "Reading and validating census files",
    "rating_run": "Rating every coverage",
    "published__benefits": "Publishing the copy for analysts",
}


def run(
    cohort: Annotated[str, typer.Option(help="Which cohort: the sample, or one loaded or dropped before.")] = SAMPLE,
    folder: Annotated[Path | None, typer.Option(help="Folder of the cohort, with cohort.csv and shelf/.")] = None,
) -> None:
    """Rate a cohort through Dagster: shelf, census files, premiums, published copy.

    A real run, recorded in the Dagster instance that `make ui` shows. The book is made where there is none.

    Examples:

      benefits run                     the committed sample book

      benefits sample --groups 50 --out my-book, and then, in a book of its own:

      BENEFITS_BOOK=my.duckdb benefits run --cohort my-book --folder my-book
    """
    if not cohort.strip():
        raise typer.BadParameter("A cohort needs a name: --cohort NAME.")
    source = _source(cohort, folder)
    read_cohort_folder(source)  # refuses a folder that is none before Dagster starts
    with errors().status("Starting Dagster") as status:
        from pipelines.in_process import run_road  # Dagster takes a second to import: only this command pays it

        ran = run_road(here(), cohort, source, lambda words: _tell(status, words))
    if ran.failures:
        for words in ran.failures:
            say_error(words)
        raise typer.Exit(1)
    with the_book().read() as tx:
        outcome = report(tx, cohort)
    show_report(outcome)
    say(f"\nPublished for analysts: {_short(here().published)} (read-only). Dagster run {ran.run_id}.")
    say_next(
        [
            ("make ui", "the asset graph, this run, its counts and pictures"),
            (f"benefits issues --cohort {quoted(cohort)}", "what was wrong with which line, and what to do"),
            ("benefits template my-shelf --example", "sheets for groups, plans and rates of your own"),
        ]
    )


def _source(cohort: str, folder: Path | None) -> Path:
    """The folder given, or where the cohort's files are known to be."""
    if folder is not None:
        return folder.resolve()
    book = the_book()
    if not book.path.exists():
        if cohort == SAMPLE and here().sample.exists():
            return here().sample
        raise NotFound(
            "cohort_source_missing",
            cohort,
            f"The files of the cohort {cohort} are not to be found.",
            "Name their folder with --folder, or make a book of your own with `benefits sample --out DIR`.",
        )
    with book.read() as tx:
        return cohort_source(tx, here(), cohort)


def _tell(status: Status, words: str) -> None:
    """A step that begins becomes a line, and so does what it made; how far it is shows in the line that spins."""
    step = words.removeprefix("step ")
    if step != words:
        title = _STEPS.get(step, f"Checking {step.split('__')[-1]}")
        status.update(escape(title))
        if step in _STEPS:
            errors().print(escape(title))
        return
    if ":" not in words:
        errors().print(f"  {escape(words)}")
    else:
        status.update(escape(words))


def _short(path: Path) -> str:
    """A path as seen from the folder worked in."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
