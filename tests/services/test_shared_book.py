"""The book of a server: who shares the open file, when it is closed, and what happens when something goes wrong.

What lives here: threads of one process on one book. What does not: a server with clients and other processes
(`tests/http/test_together.py`).
"""

import threading
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from services import shared_book
from services.book import Book
from services.refusals import BookBusy, Refusal
from services.shared_book import SharedBook
from tests.made_once import empty_book

MAKE = "CREATE TABLE main.counted (n INTEGER)"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """One that opens its file for each unit of work and closes it after, as the program does."""
    return Book(empty_book(tmp_path / "data" / "benefits.duckdb").path, lock_timeout_s=30.0)


def keepers() -> int:
    """How many threads look after an open book."""
    return sum(thread.name == "keeper of the book" for thread in threading.enumerate())


def soon(holds: object, within_s: float = 3.0) -> bool:
    """Whether something holds within a moment."""
    assert callable(holds)
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


@pytest.fixture
def shared(book: Book) -> SharedBook:
    with book.write() as tx:
        tx.connection.execute(MAKE)
    return SharedBook(book.path, lock_timeout_s=5.0, idle_s=0.05)


def test_no_write_of_many_threads_is_lost_and_one_keeper_looks_after_the_file(shared: SharedBook, book: Book) -> None:
    before = keepers()
    with book.write() as tx:
        tx.connection.execute("INSERT INTO main.counted VALUES (0)")

    def count() -> None:
        for _ in range(10):
            with shared.write() as tx:
                tx.connection.execute("UPDATE main.counted SET n = n + 1")
            assert keepers() - before <= 1

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with book.read() as tx:
        assert tx.connection.execute("SELECT n FROM main.counted").fetchall() == [(60,)]
    assert soon(lambda: keepers() == before)


def test_a_reader_is_not_kept_waiting_by_a_writer_and_sees_nothing_of_its_half_done_work(shared: SharedBook) -> None:
    with shared.write() as writing:
        writing.connection.execute("INSERT INTO main.counted VALUES (1)")
        seen: list[int] = []

        def read() -> None:
            with shared.read() as tx:
                seen.append(len(tx.connection.execute("SELECT * FROM main.counted").fetchall()))

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(3.0)
        assert seen == [0]


def test_a_file_that_cannot_be_looked_after_is_closed_again(
    shared: SharedBook, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a keeper it would stay open for ever, and nobody else could open the book."""

    def no_thread(*_: object, **__: object) -> threading.Thread:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(shared_book.threading, "Thread", no_thread)
        with pytest.raises(RuntimeError), shared.read():
            pass
    with Book(book.path, lock_timeout_s=0.5).write() as tx:
        tx.connection.execute("INSERT INTO main.counted VALUES (1)")
    with shared.read() as tx:
        assert tx.connection.execute("SELECT count(*) FROM main.counted").fetchall() == [(1,)]


@pytest.mark.parametrize("fault", [duckdb.IOException("No space left on device"), duckdb.FatalException("invalidated")])
def test_a_database_that_a_fault_left_unusable_is_opened_anew_however_busy_the_server_is(
    book: Book, fault: duckdb.Error
) -> None:
    shared = SharedBook(book.path, idle_s=3600.0)
    with shared.read():
        first = shared._connection
    with pytest.raises((Refusal, duckdb.Error)), shared.write():
        raise fault
    assert soon(lambda: shared._connection is None)
    with shared.read():
        assert shared._connection is not first
    shared.close()


def test_a_keeper_of_a_file_that_was_closed_leaves_the_next_one_alone(book: Book) -> None:
    time.sleep(5 * shared_book.LOOK_S)  # the keeper of the test before may be about to end
    before = keepers()
    shared = SharedBook(book.path, idle_s=3600.0)
    with shared.read():
        pass
    shared.close()
    with shared.read():
        pass
    assert soon(lambda: keepers() == before + 1)
    shared.close()
    assert soon(lambda: keepers() == before)


def test_a_server_that_ends_waits_for_a_unit_of_work_no_longer_than_it_is_told(
    shared: SharedBook, caplog: pytest.LogCaptureFixture
) -> None:
    with shared.read():
        assert shared.close(timeout_s=0.05) is False
    assert "was not closed: 1 units of work still run after 0 s" in caplog.text
    with shared._state:
        shared._is_busy = False
    assert shared.close(timeout_s=1.0) is True
    assert shared.close(timeout_s=1.0) is True


def test_a_kept_book_stays_open_unused_and_gives_way_to_another_process(shared: SharedBook, book: Book) -> None:
    with shared.kept():
        with shared.read():
            pass
        opened = shared._connection
        time.sleep(3 * shared.idle_s)
        assert opened is not None and shared._connection is opened
        with book.write() as tx:
            tx.connection.execute("INSERT INTO main.counted VALUES (1)")
    assert soon(lambda: shared._connection is None)


def test_a_long_log_is_brought_in_while_the_book_rests_and_not_by_the_next_commit(
    shared: SharedBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_book, "LOG_BYTES", 10_000)
    log = shared.path.with_name(shared.path.name + ".wal")
    with shared.kept():
        with shared.write() as tx:
            tx.connection.execute("CREATE TABLE main.long (said VARCHAR)")
            tx.connection.execute("INSERT INTO main.long VALUES (repeat('x', 20_000_000))")
        with shared.write() as tx:
            tx.connection.execute("INSERT INTO main.counted VALUES (1)")
        assert log.stat().st_size > 20_000_000
        opened = shared._connection
        assert soon(lambda: not log.exists() or log.stat().st_size < 10_000)
        assert shared._connection is opened
        with shared.read() as tx:
            assert tx.connection.execute("SELECT length(said) FROM main.long").fetchall() == [(20_000_000,)]


def test_a_log_is_left_as_it_is_while_somebody_writes_and_brought_in_after(
    shared: SharedBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared.kept(), shared.write() as tx:
        tx.connection.execute("INSERT INTO main.counted VALUES (1)")
        opened = shared._connection
        assert opened is not None
        with shared._state:
            shared._users += 1
        shared._bring_in(opened)  # as if the writer had begun a moment later
        assert not shared._is_spoilt and shared._users == 1
    with shared.read() as tx:
        assert tx.connection.execute("SELECT count(*) FROM main.counted").fetchall() == [(1,)]


def test_whoever_waits_past_the_deadline_is_told_that_the_book_is_busy_and_the_next_gets_in(
    shared: SharedBook, book: Book, now: datetime
) -> None:
    impatient = SharedBook(book.path, lock_timeout_s=0.1)
    with book.write(), pytest.raises(BookBusy), impatient.read():
        pass
    with impatient.read() as tx:
        assert tx.connection.execute("SELECT count(*) FROM main.counted").fetchall() == [(0,)]
    with impatient.write(), pytest.raises(BookBusy):
        _in_thread(impatient)
    impatient.close()


def _in_thread(shared: SharedBook) -> None:
    """A write of another thread; its refusal is raised here."""
    raised: list[Refusal] = []

    def write() -> None:
        try:
            with shared.write():
                pass
        except Refusal as refusal:
            raised.append(refusal)

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(5.0)
    raise raised[0]


@pytest.mark.parametrize("idle_s", [0.0, 30.0])
def test_a_book_that_is_closed_leaves_no_thread_behind(shared: SharedBook, idle_s: float) -> None:
    """A keeper that lets go of the database while the interpreter ends aborts the process (exit 134)."""
    before, shared.idle_s = keepers(), idle_s
    with shared.read():
        pass
    assert shared.close()
    assert keepers() == before
