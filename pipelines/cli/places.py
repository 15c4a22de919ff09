"""The places and the time that a command works with.

What lives here: the one reading of the environment and of the clock on the command line, and that no file is written
over the book. What does not: the defaults (`services.places`).
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from services.book import Book
from services.places import Places
from services.refusals import Conflict, Malformed


def here() -> Places:
    """The places that the environment and the folder worked in name."""
    return Places.given(os.environ, Path.cwd())


def the_book() -> Book:
    """The book of this folder; a person waits for it two minutes at most."""
    return Book(here().book)


def beside_the_book(path: Path) -> Path:
    """A file to be written: any but the book, which it would take the place of."""
    if path.resolve() == here().book.resolve():
        raise Conflict("written_onto_book", str(path), f"{path} is the book itself.", "Choose another path.")
    return path


def a_csv_file(path: Path) -> Path:
    """A file to be written as CSV; under another ending a spreadsheet would not open it."""
    beside_the_book(path)
    if path.suffix.lower() != ".csv":
        says = f"{path} is no name of a CSV file." if path.name else "The file to write has no name."
        raise Malformed("export_format", str(path), says, "End it in .csv, such as out.csv.")
    return path


def now() -> datetime:
    """This moment, in UTC and without a zone, as the book keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
