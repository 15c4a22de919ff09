"""A shared book that opens beside others in one running DuckDB, which takes a third of the time.

What lives here: `AttachedBook`, and `Attached`, which stands in it where a connection of its own would. What does not:
books that only a test uses (`tests.open_book`). Where opening is what is proved, a test takes `SharedBook` itself.

Four fifths of the time of opening a small file go into starting an engine: it enters three thousand functions into its
catalog. The file itself is read, locked, logged and checkpointed as ever.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import duckdb

from services.faults import cannot_open
from services.shared_book import SharedBook

_numbers = itertools.count(1)


class Attached:
    """What a connection to one file offers to a shared book: statements, cursors, and to be closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dropped = False
        """Its last changes stay in the log beside the file: nobody is likely to look at it again."""
        self._own = self.cursor()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection to which this file is the one without a name."""
        cursor = _engine().cursor()
        cursor.execute(f"USE {self.name}")
        return cursor

    def execute(self, *args: Any, **more: Any) -> duckdb.DuckDBPyConnection:
        """As a connection does."""
        return self._own.execute(*args, **more)

    def close(self) -> None:
        """Let go of the file."""
        self._own.close()
        with _engine().cursor() as cursor, suppress(duckdb.Error):
            if self.is_dropped:
                cursor.execute("PRAGMA disable_checkpoint_on_shutdown")
            try:
                cursor.execute(f"DETACH DATABASE IF EXISTS {self.name}")
            finally:
                cursor.execute("PRAGMA enable_checkpoint_on_shutdown")


class AttachedBook(SharedBook):
    """A `SharedBook` whose file is attached to the engine that the process keeps."""

    @contextmanager
    def _connected(self, *, read_only: bool) -> Iterator[Any]:
        assert not read_only, "a shared book is open for whoever writes"
        name = f"book_{next(_numbers)}"
        place = str(self.path).replace("'", "''")
        try:
            with _engine().cursor() as cursor:
                cursor.execute(f"ATTACH '{place}' AS {name}")
            opened = Attached(name)
        except (duckdb.Error, OSError) as fault:
            raise cannot_open(self.path, fault) from fault
        try:
            yield opened
        finally:
            opened.close()


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for all; a worker has a core to itself, so it needs one thread."""
    return duckdb.connect(":memory:", config={"threads": 1})
