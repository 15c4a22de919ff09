"""What a server keeps of plans and rates between requests: never older than the book."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.book import Book, Transaction
from services.kept_shelf import MOST_KEPT, TABLES, KeptShelves, moves_shelf
from services.queries import statements
from services.shared_book import SharedBook

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SharedBook]:
    book = SharedBook(tmp_path / "benefits.duckdb", idle_s=30.0)
    book.create(NOW)
    yield book
    book.close()


def _get(tx: Transaction) -> object:
    assert tx.shelf is not None
    return tx.shelf.get("contract")


def _put(tx: Transaction, said: str) -> None:
    assert tx.shelf is not None
    tx.shelf.put("contract", said)


def test_what_one_request_read_serves_the_next(shared: SharedBook) -> None:
    with shared.read() as tx:
        assert _get(tx) is None
        _put(tx, "read")
    with shared.read() as tx:
        assert _get(tx) == "read"


def test_a_commit_that_wrote_rates_ends_what_was_kept(shared: SharedBook) -> None:
    with shared.read() as tx:
        _put(tx, "read")
    with shared.write() as tx:
        tx.connection.execute("DELETE FROM ref.rate_cell")
    with shared.read() as tx:
        assert _get(tx) is None


def test_a_commit_that_wrote_something_else_does_not(shared: SharedBook) -> None:
    with shared.read() as tx:
        _put(tx, "read")
    with shared.write() as tx:
        tx.mint("0r6", 1)
    with shared.read() as tx:
        assert _get(tx) == "read"


def test_a_reader_that_began_before_the_commit_neither_uses_nor_leaves_anything(shared: SharedBook) -> None:
    with shared.read() as early:
        with shared.write() as tx:
            tx.connection.execute("DELETE FROM ref.rate_cell")
        with shared.read() as tx:
            _put(tx, "new")
        assert _get(early) is None
        _put(early, "old")
    with shared.read() as tx:
        assert _get(tx) == "new"


def test_nothing_is_kept_while_a_commit_moves_the_shelf() -> None:
    shelves = KeptShelves()
    before = shelves.hold()
    with shelves.moving():
        during = shelves.hold()
        before.put("contract", "old")
        during.put("contract", "either")
        assert before.get("contract") is None
        assert during.get("contract") is None
    assert shelves.hold().get("contract") is None


def test_another_process_that_wrote_while_the_file_was_closed_ends_what_was_kept(shared: SharedBook) -> None:
    with shared.read() as tx:
        _put(tx, "read")
    assert shared.close()
    with shared.read() as tx:
        assert _get(tx) == "read", "nobody wrote"
    assert shared.close()
    with Book(shared.path).write() as tx:
        tx.mint("0r6", 1)
    with shared.read() as tx:
        assert _get(tx) is None


def test_only_so_many_shelves_are_kept() -> None:
    shelves = KeptShelves()
    for number in range(MOST_KEPT + 1):
        shelves.hold().put(number, number)
    assert shelves.hold().get(0) is None
    assert shelves.hold().get(1) == 1


@pytest.mark.parametrize("table", TABLES)
def test_every_statement_that_writes_a_kept_table_is_known(table: str) -> None:
    verbs = [f"{verb} {table}" for verb in ("INTO", "UPDATE", "DELETE FROM", "TRUNCATE")]
    for name, text in statements().items():
        words = " ".join(text.split())
        if any(f"{verb} " in f"{words} " for verb in verbs):
            assert moves_shelf(name), name


def test_statements_that_only_read_or_write_people_leave_the_shelf_alone() -> None:
    assert not moves_shelf("gather.offers")
    assert not moves_shelf("gather.make_offer")
    assert not moves_shelf("book.mint")
