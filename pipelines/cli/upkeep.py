"""`benefits publish`, `undo`, `export`, `backup`, `migrate`: care of the book.

What lives here: the five commands. What does not: what they do (`services.publish`, `undo`, `export`, `upkeep`).
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import places
from pipelines.cli.places import beside_the_book, here, now, the_book
from pipelines.cli.show import counted, say, say_next
from services import upkeep
from services.cohort import find_census
from services.export import KINDS
from services.export import export as export_rows
from services.publish import publish as publish_book
from services.undo import undo_last_load


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


def publish(
    to: Annotated[Path | None, typer.Option(help="Path of the copy; by default published/benefits.duckdb.")] = None,
) -> None:
    """Publish a read-only copy of the book for analysts, swapped in whole.

    `benefits run` and `benefits rate` do it at their end.

    Examples:

      benefits publish

      benefits publish --to /srv/share/benefits.duckdb
    """
    say(f"Published: {publish_book(the_book(), (to or here().published).resolve())}")


def undo(
    census: Annotated[str, typer.Argument(help="Census whose last load is taken back: name or id.")],
) -> None:
    """Take back the last load of a census: members and selections stand as before it.

    Example:

      benefits undo "C-1001 enrollment"
    """
    with the_book().write() as tx:
        outcome = undo_last_load(tx, find_census(tx, census), now=now())
    say(
        f"{outcome.census_name} stands as before its last load: "
        f"{counted(outcome.n_members_removed, 'member')} taken out, {outcome.n_members_restored:,} put back; "
        f"{counted(outcome.n_selections_removed, 'selection')} taken out, "
        f"{outcome.n_selections_restored:,} put back."
    )
    say_next([("benefits rate", "rate what stands now")])


def export(
    what: Annotated[str, typer.Argument(help=f"One of: {', '.join(KINDS)}.")],
    path: Annotated[Path, typer.Argument(help="File to write.")],
    file_format: Annotated[Format | None, typer.Option("--format", help="By default what the name ends with.")] = None,
    cohort: Annotated[
        str | None, typer.Option(help="Only this cohort; of rates and contributions what its contracts use.")
    ] = None,
) -> None:
    """Write premiums, members or issues to a CSV, Excel or Parquet file.

    Examples:

      benefits export premiums premiums.xlsx

      benefits export members members.csv --cohort sample

      benefits export coverages rows.out --format parquet
    """
    with the_book().read() as tx:
        made = export_rows(tx, what, beside_the_book(path), file_format.value if file_format else None, cohort=cohort)
    say(f"Written: {made.path}, {counted(made.n_rows, 'row')}")


def backup(
    path: Annotated[Path, typer.Argument(help="File to write the copy to.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a complete, consistent copy of the book.

    Example:

      benefits backup backups/2026-11-20.duckdb
    """
    say(f"Written: {upkeep.backup(the_book(), path.resolve(), force=force)}")


def migrate() -> None:
    """Bring a book made by an older version of the program to the present shape.

    The book as it was is kept beside the new one.

    Example:

      benefits migrate
    """
    made = upkeep.migrate(the_book(), places.now())
    if not made.is_changed:
        say(f"{made.path} has version {made.to_version} already.")
        return
    say(f"{made.path}: version {made.from_version} to {made.to_version}. The book as it was: {made.backup}")
    if made.left_behind:
        say("Only there: " + ", ".join(made.left_behind))
    say_next([("benefits publish", "the copy for analysts")])
