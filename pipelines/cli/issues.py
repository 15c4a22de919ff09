"""`benefits issues`: what was wrong, where, and what to do about it.

What lives here: the command and its tables. What does not: finding issues (`services.issues`) and writing the
refused rows out (`services.refused`).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.places import the_book
from pipelines.cli.show import counted, quoted, say, say_next, say_title, show_table
from services import catalogue
from services.book import Transaction
from services.cohort import find_census
from services.issues import census_issues, gathered, known_codes, listed, rating_issues
from services.refused import write_refused


def issues(
    census: Annotated[str | None, typer.Option(help="Only this census: name or id.")] = None,
    cohort: Annotated[str | None, typer.Option(help="Only the censuses of this cohort.")] = None,
    code: Annotated[str | None, typer.Option(help="Only issues of this code.")] = None,
    refused_to: Annotated[
        Path | None, typer.Option(help="Write the refused rows here, to correct and load again.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many issues to list of each kind.")] = 40,
) -> None:
    """List what was wrong with lines of census files, and which coverages have no premium.

    Examples:

      benefits issues --cohort sample

      benefits issues --code birth_date_in_future

      benefits issues --census "C-1001 enrollment" --refused-to mend
    """
    with the_book().read() as tx:
        census_ids = _censuses(tx, census, cohort)
        if refused_to is not None:
            _write(tx, census_ids, refused_to)
            return
        of_files, of_rating = census_issues(tx, census_ids, code), rating_issues(tx, census_ids, code)
        codes = known_codes(tx) if code is not None and of_files.is_empty() and of_rating.is_empty() else []
    if of_files.is_empty() and of_rating.is_empty():
        say("No issues." if code is None else _none_of(code, codes))
        return
    for title, of, about, found in (
        ("Census files", "issue", "Column: cell", of_files),
        ("Rating", "coverage", "Plan", of_rating),
    ):
        if found.is_empty():
            continue
        say_title(f"{title}: {counted(found.height, of)}")
        headings = ["File : line", about, "Code", "What is wrong, and what to do"]
        shown = gathered(found) if found is of_files else found
        show_table(headings, listed(shown, most), texts=len(headings), wrap=True, whole=("Code",))
        if shown.height > most:
            say(f"... and {shown.height - most:,} more: --most {shown.height} lists all; --code and --census choose.")


def _none_of(code: str, codes: list[str]) -> str:
    """That nothing has this code, and which codes there are."""
    return f"No issues of the code {code}." + (f" Codes of this book: {', '.join(codes)}." if codes else "")


def _censuses(tx: Transaction, census: str | None, cohort: str | None) -> list[str]:
    """Ids of the censuses meant; empty for all."""
    if census is not None:
        return [find_census(tx, census, cohort)]
    return [] if cohort is None else catalogue.some_censuses_of(tx, [cohort])


def _write(tx: Transaction, census_ids: list[str], folder: Path) -> None:
    """The refused rows in the columns they came in, plus what is wrong."""
    paths = write_refused(tx, census_ids or catalogue.all_censuses(tx), folder)
    if not paths:
        say("No row was refused.")
        return
    for path in paths:
        say(str(path))
    say_next(
        [
            (
                f"benefits load {quoted(str(paths[0]))} --contract NUMBER",
                "once its rows are corrected; with --mapping if the first load had it",
            )
        ]
    )
