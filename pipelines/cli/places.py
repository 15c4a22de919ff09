"""The places and the time that a command works with.

What lives here: the one reading of the environment and of the clock on the command line. What does not: the defaults
(`services.places`).
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from services.book import Book
from services.places import Places


def here() -> Places:
    """The places that the environment and the folder worked in name."""
    return Places.given(os.environ, Path.cwd())


def the_book() -> Book:
    """The book of this folder; a person waits for it two minutes at most."""
    return Book(here().book)


def now() -> datetime:
    """This moment, in UTC and without a zone, as the book keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
