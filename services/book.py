"""The book: one DuckDB file of record, opened for one unit of work at a time.

What lives here: opening, transactions, creation and the version check. What does not: any
statement of a service (they are in `services/sql`), backup and migration (`services.upkeep`).

While a process has a DuckDB file open for writing no other process can open it, even to read. So every unit
of work takes a lock (`services.book_lock`), opens, works and closes: writers one at a time, readers together.
`write()` is one transaction: committed whole or not at all. Compute outside of it, and hold it only to store.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from schemas import SCHEMAS, TABLES
from schemas.operations import SCHEMA_VERSION
from schemas.people import PERMISSIONS, STANDARD_PROFILE
from services import audit, ids
from services.book_lock import locked
from services.faults import cannot_open, damaged, disk_refused, is_damage, is_of_the_disk
from services.kept_shelf import Hold, moves_shelf
from services.parsed import parsed
from services.queries import statement, statements
from services.refusals import Conflict, Malformed, NotFound

PROGRAM_VERSION = "0.1.0"

Params = Mapping[str, Any] | None

MOST_FEW = 20
"""Records of a request up to which what lies near them is few rows."""

_FEW: dict[str, Any] = {
    "VARCHAR": pl.String,
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
    "BOOLEAN": pl.Boolean,
    "SMALLINT": pl.Int16,
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "UINTEGER": pl.UInt32,
    "DOUBLE": pl.Float64,
    "VARCHAR[]": pl.List(pl.String),
}
"""Types of columns that are read row by row."""


class Transaction:
    """An open unit of work on the book. Statements are named, values are bound."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, shelf: Hold | None = None) -> None:
        self._connection = connection
        self.shelf = shelf
        """What the process keeps of plans and rates; None where it keeps nothing."""
        self.may_move_shelf = False
        """Whether plans or rates may have been written here."""
        self.touched: list[str] = []
        """Ids of records that the entry of a book with a `trail` names."""

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself. Whoever takes it may write anything, plans and rates among it."""
        self.may_move_shelf = True
        return self._connection

    def interrupt(self) -> None:
        """Break off the statement that runs."""
        self._connection.interrupt()

    def _parsed(self, name: str) -> duckdb.Statement | str:
        self.may_move_shelf = self.may_move_shelf or moves_shelf(name)
        return parsed(self._connection, name)

    def run(self, name: str, params: Params = None) -> None:
        """Run a statement for its effect."""
        self._connection.execute(self._parsed(name), dict(params or {})).fetchall()

    def rows(self, name: str, params: Params = None) -> list[tuple[Any, ...]]:
        """All rows of a statement; for few rows only."""
        return self._connection.execute(self._parsed(name), dict(params or {})).fetchall()

    def row(self, name: str, params: Params = None) -> tuple[Any, ...] | None:
        """The first row of a statement, or None."""
        found = self.rows(name, params)
        return found[0] if found else None

    def table(self, name: str, params: Params = None) -> pa.Table:
        """The result of a statement as an Arrow table."""
        return self._connection.sql(self._parsed(name), params=dict(params or {})).to_arrow_table()

    def frame(self, name: str, params: Params = None, *, near: int | None = None) -> pl.DataFrame:
        """The result of a statement as a Polars frame.

        `near` is the number of records of a request that the result lies near: for a handful of them it is read row by
        row, because a result taken as columns is planned twice, which costs more than few rows do.
        """
        if near is not None and near <= MOST_FEW:
            rows = self.rows(name, params)
            schema = {column[0]: _FEW[str(column[1])] for column in self._connection.description or ()}
            return pl.DataFrame(rows, schema=schema, orient="row")
        made = pl.from_arrow(self.table(name, params))
        assert isinstance(made, pl.DataFrame)
        return made

    @contextmanager
    def lend(self, **tables: pl.DataFrame | pa.Table) -> Iterator[None]:
        """Make columns readable to statements under the given names, for the length of the block."""
        try:
            for name, table in tables.items():
                self._connection.register(name, table.to_arrow() if isinstance(table, pl.DataFrame) else table)
            yield
        finally:
            for name in tables:
                with suppress(duckdb.Error):
                    self._connection.unregister(name)

    def mint(self, prefix: str, n: int) -> int:
        """Reserve `n` numbers for ids of a prefix and return the first."""
        wanted = {"prefix": prefix, "n": n}
        found = self.row("book.mint", wanted) or self.row("book.mint_first", wanted)  # both in one take twice as long
        assert found is not None
        return int(found[0]) - n + 1


class Book:
    """The book at a path. Opening it costs about ten milliseconds; keep units of work short.

    With a `trail`, every write ends with an entry of the audit trail: who acts through this object, and the clock.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        lock_timeout_s: float = 120.0,
        trail: tuple[audit.Act, Callable[[], datetime]] | None = None,
    ) -> None:
        self.path = Path(path)
        self.lock_timeout_s = lock_timeout_s
        self.trail = trail

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises NotFound when there is no book, Conflict when it is of another version, BookBusy
        when another process keeps it past the deadline, Unavailable when the disk refuses.
        """
        self.must_exist()
        with self.locked(exclusive=True), self._connected(read_only=False) as connection:
            self._check_version(connection)
            with committed(connection) as tx:
                yield tx
                if self.trail is not None:
                    act, clock = self.trail
                    audit.append(tx, act.touching(tx.touched) if tx.touched else act, clock())

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view of the book; several processes may read at once. Raises as `write`."""
        self.must_exist()
        with self.locked(exclusive=False), self._connected(read_only=True) as connection:
            self._check_version(connection)
            yield Transaction(connection)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A block of several units of work that follow one another; a book of a server stays open meanwhile."""
        yield

    def create(self, now: datetime) -> None:
        """Make the book where there is none; one that is there must be of this version, and stays as it is."""
        self._make_folder()
        with self.locked(exclusive=True), self._connected(read_only=False) as connection:
            if self._version(connection) is not None or connection.execute(statement("book.any_table")).fetchall():
                self._check_version(connection)  # refuses a database of somebody else
                return
            connection.execute("BEGIN")
            try:
                build(connection, now)
                furnish(connection)
            except BaseException:
                with suppress(duckdb.Error):
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def must_have_a_name(self) -> None:
        """DuckDB names a file's catalog after the file: a catalog named like a schema makes every table ambiguous."""
        if self.path.stem.lower() in {
            *SCHEMAS,
            "analytics",
            "main",
            "temp",
            "system",
            "information_schema",
            "pg_catalog",
        }:
            raise Malformed(
                "book_name_taken",
                str(self.path),
                f"A book cannot be named {self.path.name}: {self.path.stem} is the name of a schema inside it.",
                "Choose another file name, such as benefits.duckdb.",
            )

    def must_exist(self) -> None:
        """Raise NotFound where there is no book, Malformed for a name that none can have; before anything is made."""
        self.must_have_a_name()
        if not self.path.exists():
            raise NotFound(
                "book_missing",
                str(self.path),
                f"There is no book at {self.path}.",
                "`benefits shelf PATH` begins one with groups and plans of your own, `benefits run` one with the "
                "sample; BENEFITS_BOOK names a book elsewhere.",
            )

    def _make_folder(self) -> None:
        self.must_have_a_name()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise disk_refused(self.path, fault) from fault

    def locked(self, *, exclusive: bool) -> AbstractContextManager[None]:
        """Hold the lock of the book (`services.book_lock`)."""
        return locked(self.path, self.lock_timeout_s, exclusive=exclusive)

    @contextmanager
    def _connected(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            connection = duckdb.connect(str(self.path), read_only=read_only)
        except (duckdb.Error, OSError) as fault:
            raise cannot_open(self.path, fault) from fault
        try:
            yield connection
        except duckdb.Error as fault:
            if is_damage(fault):
                raise damaged(self.path, fault) from fault
            if not is_of_the_disk(fault):
                raise
            raise disk_refused(self.path, fault) from fault
        finally:
            with suppress(duckdb.Error):
                connection.close()

    def _version(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        try:  # looking for the table first would cost as much as opening the file
            found = connection.execute(statement("book.version")).fetchall()
        except duckdb.CatalogException:
            return None
        return int(found[0][0])

    def _check_version(self, connection: duckdb.DuckDBPyConnection) -> None:
        version = self._version(connection)
        if version == SCHEMA_VERSION:
            return
        if version is None:
            raise Malformed(
                "book_unreadable",
                str(self.path),
                f"{self.path} is a DuckDB file, but not a book.",
                "Point BENEFITS_BOOK at another path.",
            )
        newer = version > SCHEMA_VERSION
        raise Conflict(
            "book_version",
            str(self.path),
            f"{self.path} has version {version} of the tables; this program reads version {SCHEMA_VERSION}.",
            "Install a newer version of the program." if newer else "Type `benefits migrate` to bring it forward.",
        )


@contextmanager
def committed(connection: duckdb.DuckDBPyConnection, shelf: Hold | None = None) -> Iterator[Transaction]:
    """A transaction on an open connection: committed when the block ends, rolled back when it raises."""
    connection.execute("BEGIN")
    tx = Transaction(connection, shelf)
    try:
        yield tx
    except BaseException:
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise
    with shelf.moving() if shelf is not None and tx.may_move_shelf else nullcontext():
        connection.execute("COMMIT")


def build(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Create every schema, table, view and comment in an open transaction, and stamp the version."""
    build_tables(connection)
    for table in TABLES.values():
        connection.execute(";\n".join(table.comment_sql()))
    for name, body in statements().items():
        if name.startswith("analytics."):
            connection.execute(body)
    connection.execute(
        statement("book.stamp_version"), {"version": SCHEMA_VERSION, "program": PROGRAM_VERSION, "now": now}
    ).fetchall()


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every schema and table, bare, for a book that only the program reads: comments take most of the time."""
    for name in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
    for table in TABLES.values():
        connection.execute(table.create_sql())


def furnish(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a book what it begins with, unless it has it: the standard profile of portal users."""
    tx = Transaction(connection)
    if not tx.rows("people.profiles"):
        profile_id = ids.spell(ids.PROFILE, tx.mint(ids.PROFILE, 1))
        tx.run("people.add_profile", {"profile_id": profile_id, "name": STANDARD_PROFILE})
        tx.run("people.add_permissions", {"profile_id": profile_id, "permissions": list(PERMISSIONS)})
