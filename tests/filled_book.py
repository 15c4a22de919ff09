"""A book filled with rows straight into its tables; rows that are asked for again are written once and copied.

What lives here: `filled_book`. What does not: any rows (each area's desk has its own), the writing of them
(`tests.random_book`).

Writing the rows of one family costs as much as three opened files, and most tests of an area begin with the same rows.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from tests.made_once import empty_book, made_once
from tests.open_book import OpenBook
from tests.random_book import write

_SEEN: set[str] = set()
"""Rows met before in this process: those of one test alone are not worth a copy."""


def filled_book(path: Path, rows: dict[str, list[dict[str, Any]]]) -> OpenBook:
    """A book at a path that holds these rows and nothing else."""
    name = f"rows-{hashlib.sha256(repr(rows).encode()).hexdigest()}"
    if name not in _SEEN:
        _SEEN.add(name)
        return _written(path, rows)
    made = made_once(name, lambda folder: _written(folder / "rows.duckdb", rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    return OpenBook(shutil.copy(made / "rows.duckdb", path))


def _written(path: Path, rows: dict[str, list[dict[str, Any]]]) -> OpenBook:
    book = empty_book(path)
    with book.write() as tx:
        write(tx.connection, rows)
    return book
