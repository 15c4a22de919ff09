"""`benefits load` and `benefits shelf`: files of one's own into the book.

What lives here: the two commands and the words they end with. What does not: reading, validating and storing
(`services.cohort`, `services.shelf`).
"""

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.places import now, the_book
from pipelines.cli.show import counted, progress, quoted, say, say_error, say_next, say_title, show_table
from pipelines.cli.summary import MOST, say_skipped, say_without_plans
from services.book import Book
from services.census_load.load import LoadOutcome
from services.cohort import load_cohort
from services.cohort_files import FileRequest, read_cohort_folder, read_mapping, shelf_of
from services.report import list_codes
from services.shelf.load import ShelfOutcome, load_shelf
from services.shelf.sheets import read_shelf


class LoadMode(StrEnum):
    """What becomes of members that the file does not hold."""

    MERGE = "merge"
    REPLACE = "replace"


def load(
    path: Annotated[Path, typer.Argument(help="Census file (.csv, .tsv, .txt, .xlsx, .parquet), or a cohort folder.")],
    account: Annotated[str | None, typer.Option(help="Account of the census: number, name or id.")] = None,
    contract: Annotated[str | None, typer.Option(help="Contract of the census: number or id.")] = None,
    census: Annotated[
        str | None, typer.Option(help="Name of the census; by default the only one of its contract.")
    ] = None,
    cohort: Annotated[
        str | None, typer.Option(help="Name to rate it by; by default the contract or the folder.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="JSON file that says what headings mean; see above.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    mode: Annotated[
        LoadMode, typer.Option(help="merge keeps members missing from the file; replace removes them.")
    ] = LoadMode.MERGE,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the whole file if one row fails.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    shelf: Annotated[Path | None, typer.Option(help="Load these shelf sheets first (accounts, plans, rates).")] = None,
) -> None:
    """Load a census file, or a folder of them, into the book.

    Every line ends as accepted, refused or skipped, and says why. Loading the same file twice changes nothing.

    Examples:

      benefits load census.xlsx --contract C-1001 --shelf my-shelf

      benefits load census.csv --account "Harborlight Clinics" --dry-run

      benefits load census.csv --contract C-1001 --mode replace

      benefits load my-folder           with cohort.csv, and shelf/ if it is new

    Headings are recognised in many spellings. For others, --mapping names a file such as

      {"Rel to EE": "Relationship", "Job grade": "Class",
       "Life/ADD": "Life", "Notes": ""}

    with a heading of yours first, then one that is recognised; "" leaves the column out.
    """
    if cohort is not None and not cohort.strip():
        raise typer.BadParameter("A cohort needs a name: --cohort NAME.")
    requests = _requests(path, account, contract, census, mapping, sheet)
    book = the_book()
    if dry_run and shelf is not None:
        raise typer.BadParameter(
            "--dry-run writes nothing, so it goes without --shelf: load that with `benefits shelf`."
        )
    if not dry_run:
        own_shelf = shelf or (shelf_of(path) if path.is_dir() else None)
        if own_shelf is not None:
            _load_shelf(book, own_shelf)
        else:
            book.create(now())
    name = cohort or (path.resolve().name if path.is_dir() else requests[0].contract or account or path.stem)
    with progress() as tell:
        outcome = load_cohort(
            book,
            cohort=name,
            requests=requests,
            source=path.resolve(),
            mode=mode.value,
            strict=strict,
            dry_run=dry_run,
            now=now(),
            on_progress=tell,
        )
    _show(outcome, name, dry_run=dry_run, strict=strict)
    if strict and int(outcome.per_census["n_refused"].sum() or 0):
        say_error("--strict: a file with a refused row was not loaded. Mend the rows listed and load it again.")
        raise typer.Exit(1)
    if not int(outcome.per_census["n_accepted"].sum() or 0):
        say_error("Nobody was accepted. Mend what is listed and load the file again.")
        raise typer.Exit(1)


def shelf(
    path: Annotated[Path, typer.Argument(help="Folder of sheets as CSV, or one .xlsx workbook.")],
    replace_rates: Annotated[
        bool, typer.Option("--replace-rates", help="Let rates of a version that is stored already take other figures.")
    ] = False,
) -> None:
    """Load the shelf: accounts, classes, plans, rates and contribution rules.

    Sheets that stand in the book already are left as they are. `benefits template` writes empty and example sheets.

    Examples:

      benefits template my-shelf --example

      benefits shelf my-shelf

      benefits shelf mended.xlsx --replace-rates
    """
    outcome = _load_shelf(the_book(), path, replace_rates=replace_rates)
    if outcome.n_refused:
        raise typer.Exit(1)
    if not outcome.n_accepted:
        say("The sheets hold no rows yet.")
        say_next([(f"benefits shelf {quoted(str(path))}", "again, once they are filled in")])
        return
    say_next([("benefits load FILE --contract NUMBER", "the census of one of its contracts")])


def _requests(
    path: Path, account: str | None, contract: str | None, census: str | None, mapping: Path | None, sheet: str | None
) -> list[FileRequest]:
    """The files to load; what the options say stands in place of what a file's name says."""
    requests = read_cohort_folder(path)
    of_one = {"--contract": contract, "--account": account, "--census": census, "--mapping": mapping, "--sheet": sheet}
    if path.is_dir():
        given = [name for name, value in of_one.items() if value is not None]
        if given:
            raise typer.BadParameter(f"{given[0]} goes with a single file; a folder says it in cohort.csv.")
        return requests
    known = requests[0]
    return [
        replace(
            known,
            contract=contract or (None if account else known.contract),
            account=account,
            census_name=census or known.census_name,
            mapping=read_mapping(mapping) if mapping else known.mapping,
            sheet=sheet or known.sheet,
        )
    ]


def _load_shelf(book: Book, path: Path, *, replace_rates: bool = False) -> ShelfOutcome:
    """Load the sheets and say what came of it; the book is begun only where there are sheets."""
    sheets = read_shelf(path)
    book.create(now())
    with book.write() as tx:
        outcome = load_shelf(tx, sheets, now=now(), replace_rates=replace_rates)
    say(
        f"Shelf {path}: {counted(outcome.n_accepted, 'row')} accepted, {outcome.n_refused:,} refused, "
        f"{outcome.n_changed:,} new or changed."
    )
    if not outcome.issues.is_empty():
        rows = outcome.issues.select("sheet", "row_number", "column_name", "message", "hint").head(MOST)
        show_table(["Sheet", "Row", "Column", "What is wrong", "What to do"], rows.rows(), texts=5, wrap=True)
        if outcome.issues.height > MOST:
            say(f"... and {outcome.issues.height - MOST:,} more; they are in ref.shelf_issue of the book.")
    return outcome


def _title(outcome: LoadOutcome, cohort: str, *, dry_run: bool, strict: bool) -> str:
    """What became of the request, in one line."""
    if dry_run:
        return "What would happen (nothing was written)"
    if not int(outcome.per_census["n_accepted"].sum() or 0):
        return "Nobody was accepted; members stand as they were" if not strict else "Refused whole, as --strict asks"
    return f"Loaded as cohort {cohort}"


def _say_unread(headings: list[str]) -> None:
    """The columns without a meaning: a class or a relationship lost this way changes every premium."""
    if not headings:
        return
    counted = Counter(" ".join(heading.split()) for heading in headings).most_common()
    names = [f"{name} ({n:,} files)" if n > 1 else name for name, n in counted[:MOST]]
    more = f" and {len(counted) - MOST:,} more" if len(counted) > MOST else ""
    say(f"\nColumns not read, their headings being unknown: {', '.join(names)}{more}.")
    say("If one matters, rename its heading, or give it a meaning by --mapping (`benefits load --help`).")


def _show(outcome: LoadOutcome, cohort: str, *, dry_run: bool, strict: bool) -> None:
    """Who was accepted, what changed, what was wrong; then what may be typed next."""
    say_title(_title(outcome, cohort, dry_run=dry_run, strict=strict))
    columns = ["n_accepted", "n_refused", "n_skipped", "n_created", "n_changed", "n_missing", "n_removed"]
    rows = outcome.per_census.select("account_name", *columns)
    show_table(
        ["Group", "Accepted", "Refused", "Skipped", "New", "Changed", "Missing", "Removed"],
        rows.head(MOST).rows(),
        last=("All", *rows.select(columns).sum().row(0)) if rows.height > 1 else None,
    )
    say_skipped(int(rows["n_skipped"].sum() or 0))
    if int(rows["n_missing"].sum() or 0):
        say("Missing: members of the census whom the file does not name; they stay. --mode replace removes them.")
    _say_unread(outcome.unread["column_name"].to_list())
    say_without_plans(outcome.without_plans["census_name"].to_list(), "nothing will be rated")
    if not outcome.issues.is_empty():
        say_title("Issues")
        codes = [
            (code, severity, f"{n:,}", words) for code, severity, words, n in list_codes(outcome.issues, MOST).rows
        ]
        show_table(["Code", "Severity", "Lines", "For example"], codes, texts=4, wrap=True)
    if dry_run:
        say_next([("the same command without --dry-run", "to load it")])
        return
    steps: list[tuple[str, str]] = []
    if int(rows["n_accepted"].sum() or 0):
        steps.append((f"benefits rate --cohort {quoted(cohort)}", "premiums and contributions"))
    if not outcome.issues.is_empty():
        steps.append((f"benefits issues --cohort {quoted(cohort)}", "what was wrong on each line, and what to do"))
    if int(rows["n_refused"].sum() or 0):
        mend = f"benefits issues --cohort {quoted(cohort)} --refused-to mend"
        steps.append((mend, "the refused rows as files to correct"))
    if steps:
        say_next(steps)
