"""The book of a server: many requests in one process share one open file for a burst of work.

What lives here: `SharedBook`, a book that stays open between requests until it has been idle for a moment or another
process waits for it. What does not: what is done in a unit of work.

Opening a file costs about ten milliseconds, a unit of work on an open one about one. Readers see the last committed
state while one writer works; writers take turns. A process that waits stands in the turnstile
(`services.book_lock`); the keeper looks there, lets the running units of work end, admits no new ones, and closes the
file.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from services import book_lock
from services.book import Book, Transaction, committed
from services.faults import damaged, disk_refused, is_damage, is_of_the_disk
from services.kept_shelf import KeptShelves
from services.queries import statement

LOG = logging.getLogger("benefits.book")

LOOK_S = 0.01
"""How often the keeper looks at the turnstile."""

REST_S = 0.05
"""How long nobody has used the file before the keeper brings its log into it."""

LOG_BYTES = 16_000_000
"""A log from this size on is brought into the file while the book rests."""

CLOSE_S = 30.0
"""How long a server that ends waits for its units of work."""


class SharedBook(Book):
    """A book for the threads of one process. `idle_s` is how long it stays open after its last use."""

    def __init__(self, path: Path | str, *, lock_timeout_s: float = 30.0, idle_s: float = 0.1) -> None:
        super().__init__(path, lock_timeout_s=lock_timeout_s)
        self.idle_s = idle_s
        self._state = threading.Condition()
        self._writer = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._held = ExitStack()
        self._keeper: threading.Thread | None = None
        self._users = 0
        self._is_busy = False
        """Opening, or closing: nobody else may begin."""
        self._used_at = 0.0
        self._n_kept = 0
        """Blocks of `kept` that run."""
        self._is_spoilt = False
        """A fault left the open database unusable: it is closed, and opened anew for the next."""
        self._shelves = KeptShelves()
        self._left_as: object = None
        """The file as this process left it."""

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction, one writer at a time. Raises as `Book.write`."""
        if not self._writer.acquire(timeout=self.lock_timeout_s):
            raise book_lock.busy(self.path, self.lock_timeout_s)
        try:
            with self._cursor() as cursor, committed(cursor, self._shelves.hold()) as tx:
                yield tx
        finally:
            self._writer.release()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """The last committed state, unmoved by a writer at work. Raises as `Book.read`."""
        # The connection itself, where a reader takes it, writes nothing: no commit of a reader moves the shelf.
        with self._cursor() as cursor, committed(cursor, self._shelves.hold(is_reader=True)) as tx:
            yield tx

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Within the block a file that is open stays open while nobody uses it; it gives way to others as ever."""
        with self._state:
            self._n_kept += 1
        try:
            yield
        finally:
            with self._state:
                self._n_kept -= 1
                self._used_at = time.monotonic()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Let running units of work end, and close the file; whether it is closed.

        After `timeout_s` the file is left to the end of the process: what was committed stands, the rest is undone when
        the book is opened next. Until then the units of work that hold it may go on, and nobody new is let in.
        """
        deadline = time.monotonic() + timeout_s
        with self._state:
            if not self._state.wait_for(lambda: not self._is_busy, timeout=timeout_s):
                LOG.warning("the book %s was still being opened or closed after %.0f s; left", self.path, timeout_s)
                return False
            is_open = self._is_busy = self._connection is not None
            if not self._state.wait_for(lambda: self._users == 0, timeout=max(0.0, deadline - time.monotonic())):
                said = "the book %s was not closed: %d units of work still run after %.0f s; they end with the process"
                LOG.warning(said, self.path, self._users, timeout_s)
                return False
        if is_open:
            self._shut()
        # A keeper that lets go of DuckDB while the interpreter is being taken down would abort the process.
        if self._keeper is not None:
            self._keeper.join(max(0.0, deadline - time.monotonic()))
        return True

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._enter()
        try:
            with connection.cursor() as cursor:
                yield cursor
        except duckdb.Error as fault:
            if is_of_the_disk(fault) or is_damage(fault) or isinstance(fault, duckdb.FatalException):
                self._is_spoilt = True
            if is_damage(fault):
                raise damaged(self.path, fault) from fault
            if not is_of_the_disk(fault):
                raise
            raise disk_refused(self.path, fault) from fault
        finally:
            with self._state:
                self._users -= 1
                self._used_at = time.monotonic()
                self._state.notify_all()

    def _enter(self) -> duckdb.DuckDBPyConnection:
        """Count in on the open file, opening it first where it is closed."""
        with self._state:
            if not self._state.wait_for(lambda: not self._is_busy, timeout=self.lock_timeout_s):
                raise book_lock.busy(self.path, self.lock_timeout_s)
            if self._connection is not None:
                self._users += 1
                return self._connection
            self._is_busy = True
        held = ExitStack()
        try:
            self.must_exist()
            held.enter_context(self.locked(exclusive=True))
            if self._state_of_file() != self._left_as:
                self._shelves.forget()  # another process wrote in the meantime
            held.callback(self._note_file)
            opened = held.enter_context(self._connected(read_only=False))
            self._check_version(opened)
            opened.execute(statement("book.log_limit"))
            # A file without a keeper would stay open for ever, so the keeper begins before the file is anybody's.
            turnstile = book_lock.turnstile(self.path)
            held.callback(os.close, turnstile)
            keeper = threading.Thread(
                target=self._keep, args=(opened, turnstile), name="keeper of the book", daemon=True
            )
            keeper.start()
            self._keeper = keeper
        except BaseException:
            held.close()
            with self._state:
                self._is_busy = False
                self._state.notify_all()
            raise
        with self._state:
            self._held, self._connection, self._is_spoilt = held, opened, False
            self._users, self._is_busy, self._used_at = 1, False, time.monotonic()
            self._state.notify_all()
        return opened

    def _keep(self, opened: duckdb.DuckDBPyConnection, turnstile: int) -> None:
        """Close the file once somebody else waits, it is spoilt, or nobody has used it for a moment."""
        with self._state:
            self._state.wait_for(lambda: not self._is_busy)
        while True:
            time.sleep(LOOK_S)
            with self._state:
                if self._connection is not opened or self._is_busy:
                    return
                is_unused = self._users == 0 and not self._n_kept
                is_idle = is_unused and time.monotonic() - self._used_at >= self.idle_s
                must_close = is_idle or self._is_spoilt or book_lock.is_taken(turnstile)
                rests = self._users == 0 and time.monotonic() - self._used_at >= REST_S
                if must_close:
                    self._is_busy = True
                    self._state.wait_for(lambda: self._users == 0)
                elif rests and self._n_log_bytes() >= LOG_BYTES:
                    self._users += 1
                else:
                    continue
            if must_close:
                self._shut()
                return
            self._bring_in(opened)

    def _bring_in(self, opened: duckdb.DuckDBPyConnection) -> None:
        """Bring the log into the file, which a commit would otherwise do while its caller waits."""
        try:
            with opened.cursor() as cursor:
                cursor.execute(statement("book.bring_in"))
        except duckdb.TransactionException:
            pass  # somebody writes by now: the next rest will do
        except duckdb.Error as fault:
            self._is_spoilt = True
            LOG.warning("the log of the book %s was not brought in: %s", self.path, type(fault).__name__)
        finally:
            with self._state:
                self._users -= 1
                self._state.notify_all()

    def _n_log_bytes(self) -> int:
        try:
            return self._log_path().stat().st_size
        except OSError:
            return 0

    def _log_path(self) -> Path:
        return self.path.with_name(self.path.name + ".wal")

    def _note_file(self) -> None:
        """The file is closed and still locked: whatever moves it from here on is not this process."""
        self._left_as = self._state_of_file()

    def _state_of_file(self) -> object:
        states: list[tuple[int, int, int] | None] = []
        for path in (self.path, self._log_path()):
            try:
                found = path.stat()
                states.append((found.st_ino, found.st_size, found.st_mtime_ns))
            except OSError:
                states.append(None)
        return states

    def _shut(self) -> None:
        try:
            self._held.close()
        finally:
            with self._state:
                self._connection, self._is_busy = None, False
                self._state.notify_all()
