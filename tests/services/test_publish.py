"""Publishing: a whole copy, swapped in at once, read-only, while readers go on."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import services.publish
from services.book import Book
from services.publish import publish, replacing
from services.refusals import Conflict, NotFound, Unavailable
from services.upkeep import backup
from tests.analyst_book import fill, put
from tests.conftest import NOW
from tests.made_once import empty_book

COUNT = "SELECT count(*) FROM book.account"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """One that opens its file for each unit of work and closes it after, as the program does."""
    return Book(empty_book(tmp_path / "data" / "benefits.duckdb").path, lock_timeout_s=30.0)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the copy goes; the folder does not exist yet."""
    return tmp_path / "published" / "benefits.duckdb"


def test_the_copy_holds_every_row_view_and_comment(book: Book, target: Path) -> None:
    fill(book)
    assert publish(book, target) == target
    with book.read() as tx, duckdb.connect(str(target), read_only=True) as copy:
        for sql in (
            "SELECT schema_name, table_name, comment FROM duckdb_tables() ORDER BY ALL",
            "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL",
            "SELECT * FROM analytics.premium_by_coverage ORDER BY ALL",
            "SELECT * FROM out.rating_run ORDER BY ALL",
        ):
            assert copy.execute(sql).fetchall() == tx.connection.execute(sql).fetchall() != []


def test_the_copy_is_read_only_by_its_mode_bits(book: Book, target: Path) -> None:
    publish(book, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o444


def test_a_reader_keeps_the_old_copy_and_a_new_reader_sees_the_new_one(book: Book, target: Path) -> None:
    publish(book, target)
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        "print('open', flush=True); sys.stdin.readline();"
        "print(c.execute('SELECT count(*) FROM book.account').fetchall()[0][0], flush=True)"
    )
    command = [sys.executable, "-c", code, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        fill(book)
        publish(book, target)
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "0\n"
    with duckdb.connect(str(target), read_only=True) as copy:
        assert copy.execute(COUNT).fetchall() == [(2,)]


def test_a_publication_killed_midway_leaves_the_old_copy_and_the_next_one_works(book: Book, target: Path) -> None:
    publish(book, target)
    fill(book)
    code = (
        "import os, sys, services.publish as p; from services.book import Book;"
        "p._settle = lambda part: os._exit(9); p.publish(Book(sys.argv[1]), sys.argv[2])"
    )
    died = subprocess.run([sys.executable, "-c", code, str(book.path), str(target)], check=False)
    assert died.returncode == 9
    assert [path.name for path in sorted(target.parent.iterdir())] == [
        ".benefits.duckdb.part",
        "benefits.duckdb",
    ]
    with duckdb.connect(str(target), read_only=True) as copy:
        assert copy.execute(COUNT).fetchall() == [(0,)]
    publish(book, target)
    assert [path.name for path in target.parent.iterdir()] == ["benefits.duckdb"]
    with duckdb.connect(str(target), read_only=True) as copy:
        assert copy.execute(COUNT).fetchall() == [(2,)]


def test_what_a_killed_run_committed_to_the_log_is_in_the_copy(book: Book, target: Path) -> None:
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute(\"INSERT INTO book.cohort VALUES ('late', NULL, TIMESTAMP '2026-01-01')\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(book.path)], check=False)
    assert book.path.with_name(book.path.name + ".wal").exists()
    publish(book, target)
    with duckdb.connect(str(target), read_only=True) as copy:
        assert copy.execute("SELECT cohort FROM book.cohort").fetchall() == [("late",)]


def test_a_file_that_is_no_published_copy_is_never_replaced(book: Book, target: Path) -> None:
    target.parent.mkdir()
    target.write_text("mine")
    with pytest.raises(Conflict) as refused:
        publish(book, target)
    assert refused.value.code == "publish_target_taken"
    assert target.read_text() == "mine"
    with pytest.raises(Conflict):
        publish(book, book.path)


def test_without_a_book_nothing_is_published(tmp_path: Path, target: Path) -> None:
    with pytest.raises(NotFound) as refused:
        publish(Book(tmp_path / "none.duckdb"), target)
    assert refused.value.code == "book_missing"
    assert not target.exists()


def test_a_full_disk_is_said_in_one_sentence_and_leaves_the_old_copy(
    book: Book, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(book, target)

    def full(_: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(services.publish, "_settle", full)
    with pytest.raises(Unavailable) as refused:
        publish(book, target)
    assert "No space left on device" in refused.value.says
    assert [path.name for path in target.parent.iterdir()] == ["benefits.duckdb"]


def test_a_name_that_no_disk_takes_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be written: File name too long"), replacing(tmp_path / ("x" * 300)):
        pass


def test_publishing_goes_on_beside_a_reader_of_the_book(book: Book, target: Path) -> None:
    put(book, "book.cohort", {"cohort": "one"})
    with book.read():
        publish(book, target)
    assert target.exists()


def test_the_published_copy_holds_no_tax_id_no_contact_and_nothing_of_a_token_and_a_backup_is_whole(
    book: Book, target: Path, tmp_path: Path
) -> None:
    contacts, token = '[{"name": "R. Vance", "email": "rv@example.test"}]', "ab" * 32
    with book.write() as tx:
        put(tx, "book.group_registration", *[
            {"registration_id": key, "partner_id": "P", "tax_id": tax_id, "contacts": contacts, "status": "SUBMITTED",
             "version": 1, "created_at": NOW, "updated_at": NOW, "synced_at": NOW}
            for key, tax_id in (("REG-000001", "123456789"), ("REG-000002", None))
        ])  # fmt: skip
        put(tx, "book.access_token", {"token_id": "T", "token_hash": token, "kind": "partner", "created_at": NOW})
        put(tx, "book.idempotency_key", {"partner_id": "P", "body_hash": token, "answer": contacts, "created_at": NOW})
    held = """SELECT registration_id, tax_id, contacts, t.token_hash, k.body_hash, k.answer
        FROM book.group_registration, book.access_token t, book.idempotency_key k ORDER BY ALL"""
    publish(book, target)
    with duckdb.connect(str(target), read_only=True) as copy:
        assert copy.execute(held).fetchall() == [
            ("REG-000001", "*****6789", None, "", "", ""),
            ("REG-000002", None, None, "", "", ""),
        ]
    raw = target.read_bytes()
    assert not [word for word in ("123456789", "rv@example.test", token) if word.encode() in raw]
    kept = backup(book, tmp_path / "kept.duckdb")
    with book.read() as tx, duckdb.connect(str(kept), read_only=True) as copy:
        assert copy.execute(held).fetchall() == tx.connection.execute(held).fetchall()
        assert tx.connection.execute("SELECT token_hash FROM book.access_token").fetchall() == [(token,)]
