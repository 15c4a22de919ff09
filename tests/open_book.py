"""A book that stays open through a test, so that each look and each change costs a cursor and not an opened file.

What lives here: `OpenBook` and the closing of all that are open. What does not: how books are made (`tests.made_once`);
the book under test where opening, locking or keeping open is what is proved: those tests take `Book` or `SharedBook`.

Opening and closing a file takes thirty milliseconds and more, a third of the time of many tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from services.book import Book, Transaction
from services.kept_shelf import KeptShelves
from services.shared_book import SharedBook
from tests.attached import Attached, AttachedBook

_OPEN: "set[OpenBook]" = set()


class _NothingKept:
    """A book that keeps no shelf, so that each rating reads all it needs."""

    def hold(self, *, is_reader: bool = False) -> None:
        return None

    def forget(self) -> None:
        return None


class _Inner(AttachedBook):
    def __init__(self, path: Path | str, lock_timeout_s: float, shelves: KeptShelves | None) -> None:
        super().__init__(path, lock_timeout_s=lock_timeout_s, idle_s=3600.0)
        self._shelves: Any = shelves or _NothingKept()


class OpenBook(Book):
    """A `Book` on one open file. It gives way to whoever else opens the file; who asks for its path finds it closed.

    One that `stays_open` is for many tests, and closed by whoever made it. It keeps what a server keeps of plans and
    rates where it is given `shelves`.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        lock_timeout_s: float = 30.0,
        stays_open: bool = False,
        shelves: KeptShelves | None = None,
    ) -> None:
        self._stays_open = stays_open
        self._inner = _Inner(path, lock_timeout_s, shelves)
        self._n_inside = 0
        super().__init__(path, lock_timeout_s=lock_timeout_s)

    @property
    def path(self) -> Path:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The file, closed and whole (unless a unit of work runs on it), ready to be copied or opened."""
        if not self._n_inside:
            self._inner.close()
            if self._inner.path.with_name(f"{self._inner.path.name}.wal").exists():  # dropped
                with self.read():
                    pass
                self._inner.close()
        return self._inner.path

    @path.setter
    def path(self, path: Path) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._inner.path = path

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction, as `Book.write`."""
        with self._inner.write() as tx, self._inside():
            yield tx

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view, as `Book.read`."""
        with self._inner.read() as tx, self._inside():
            yield tx

    def create(self, now: datetime) -> None:
        """As `Book.create`."""
        self._inner.create(now)

    def close(self) -> None:
        """Close the file; the next unit of work opens it."""
        self._inner.close()

    @property
    def is_inside(self) -> bool:
        """Whether a unit of work runs on it."""
        return self._n_inside > 0

    def drop(self) -> None:
        """As `dropped`."""
        dropped(self._inner)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        if not self._stays_open:
            _OPEN.add(self)
        self._n_inside += 1
        try:
            yield
        finally:
            self._n_inside -= 1


def dropped(book: SharedBook) -> None:
    """Close a book that hardly anybody will look at again: its last changes stay in the log beside the file.

    Moving them into the file takes longer than the test wrote them. Whoever does look finds them all the same.
    """
    opened: Any = book._connection  # pyright: ignore[reportPrivateUsage]
    if isinstance(opened, Attached):
        opened.is_dropped = True
    elif opened is not None:
        with suppress(duckdb.Error):  # closed in the meantime
            opened.execute("PRAGMA disable_checkpoint_on_shutdown")
    book.close()


def close_all() -> None:
    """Close every book that a test has left open, each a whole file."""
    for book in _left():
        book.close()


def drop_all() -> None:
    """Drop every book that a test has left open."""
    for book in _left():
        book.drop()


def _left() -> list[OpenBook]:
    """The open books, taken off the list; those of which a whole module reads stay on it until it has read them."""
    left = [book for book in _OPEN if not book.is_inside]
    _OPEN.difference_update(left)
    return left
