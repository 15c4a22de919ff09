"""A book filled with rows straight into its tables; rows that are asked for again are written once and copied.

What lives here: `filled_book`, and `prepared_book` for books to which something was done already. What does not: any
rows (each area's desk has its own), the writing of them (`tests.random_book`).

Writing the rows of one family costs as much as three opened files, and most tests of an area begin with the same rows.
"""

import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, ClassVar

from services.book import Book
from services.kept_shelf import KeptShelves
from tests.made_once import empty_book, made_once
from tests.open_book import OpenBook
from tests.random_book import write

_SEEN: set[str] = set()
"""Rows met before in this process: those of one test alone are not worth a copy."""


class _Shelves(KeptShelves):
    """What is kept of plans and rates by a copy: what was read from another copy holds until this one is written to.

    A server forgets what it kept when it opens a file, and after every commit that may have moved it. Here the first
    opening is that of the file as it was copied.
    """

    _COMMON: ClassVar[dict[str, OrderedDict[Hashable, Any]]] = {}

    def __init__(self, name: str) -> None:
        super().__init__()
        self._common = self._COMMON.setdefault(name, OrderedDict())

    def forget(self) -> None:
        """As `KeptShelves.forget`."""
        super().forget()
        if self._mark == 1:
            self._kept.update(self._common)

    def put(self, mark: int, key: Hashable, shelf: Any) -> None:
        """As `KeptShelves.put`."""
        super().put(mark, key, shelf)
        if self._mark == 1 and key in self._kept:
            self._common[key] = shelf


def filled_book(path: Path, rows: dict[str, list[dict[str, Any]]]) -> OpenBook:
    """A book at a path that holds these rows and nothing else."""
    name = f"rows-{hashlib.sha256(repr(rows).encode()).hexdigest()}"
    if name not in _SEEN:
        _SEEN.add(name)
        return _written(path, rows)
    made = made_once(name, lambda folder: _written(folder / "rows.duckdb", rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    return OpenBook(shutil.copy(made / "rows.duckdb", path), shelves=_Shelves(name))


def prepared_book(path: Path, name: str, make: Callable[[Path], Book]) -> OpenBook:
    """A book in the folder `path` like the one that `make` leaves in a folder; made once under that name."""
    made = made_once(name, lambda folder: shutil.move(make(folder).path, folder / "made.duckdb"))
    path.mkdir(parents=True, exist_ok=True)
    return OpenBook(shutil.copy(made / "made.duckdb", path), shelves=_Shelves(name))


def _written(path: Path, rows: dict[str, list[dict[str, Any]]]) -> OpenBook:
    book = empty_book(path)
    with book.write() as tx:
        write(tx.connection, rows)
    return book
