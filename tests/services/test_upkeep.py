"""Backup and migration: nothing overwritten, nothing lost, nothing half-done."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import services.upkeep
from schemas import TABLES
from schemas.operations import SCHEMA_VERSION
from services.book import Book
from services.refusals import Conflict, Malformed, NotFound
from services.upkeep import backup, migrate
from tests.analyst_book import fill
from tests.made_once import empty_book


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """One that opens its file for each unit of work and closes it after, as the program does."""
    return Book(empty_book(tmp_path / "data" / "benefits.duckdb").path, lock_timeout_s=30.0)


def shapes(path: Path) -> list[tuple[object, ...]]:
    """Columns of every table of a file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            """SELECT schema_name, table_name, column_name, data_type, comment
               FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"""
        ).fetchall()


def make_old(book: Book, version: int = 0) -> None:
    """Turn a filled book into one of an earlier shape: a column short, a column more, a table short, a table more."""
    fill(book)
    with book.write() as tx:
        for sql in (
            "DROP VIEW analytics.load",
            "DROP VIEW analytics.census_roster",
            "ALTER TABLE book.census_load DROP COLUMN undone_at",
            "ALTER TABLE book.census_member ADD COLUMN shoe_size INTEGER",
            "DROP TABLE ref.rating_area",
            "CREATE TABLE book.fax_log (sent TIMESTAMP)",
            f"UPDATE book.version SET schema_version = {version}",
        ):
            tx.connection.execute(sql)


def test_a_backup_is_a_complete_book(book: Book, tmp_path: Path) -> None:
    fill(book)
    kept = backup(book, tmp_path / "kept" / "monday.duckdb")
    assert shapes(kept) == shapes(book.path)
    with Book(kept).read() as tx:
        assert tx.connection.execute("SELECT count(*) FROM out.coverage_premium").fetchall() == [(10,)]


def test_a_backup_takes_the_key_of_the_hashed_numbers_along(book: Book, tmp_path: Path) -> None:
    key = Path(f"{book.path}.key")
    key.write_text("0f" * 32)
    copy = backup(book, tmp_path / "kept.duckdb")
    beside = Path(f"{copy}.key")
    assert beside.read_text() == key.read_text()
    assert beside.stat().st_mode & 0o777 == 0o600


def test_a_backup_never_overwrites_unless_forced(book: Book, tmp_path: Path) -> None:
    kept = tmp_path / "monday.duckdb"
    kept.write_text("precious")
    with pytest.raises(Conflict) as refused:
        backup(book, kept)
    assert (refused.value.code, kept.read_text()) == ("backup_exists", "precious")
    backup(book, kept, force=True)
    assert shapes(kept) == shapes(book.path)


def test_a_backup_onto_the_book_or_onto_a_folder_is_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        backup(book, book.path, force=True)
    with pytest.raises(Conflict):
        backup(book, tmp_path, force=True)


def test_a_book_of_the_present_shape_is_left_alone(book: Book, now: datetime) -> None:
    before = book.path.read_bytes()
    done = migrate(book, now)
    assert (done.is_changed, done.backup, book.path.read_bytes()) == (
        False,
        None,
        before,
    )


def test_a_book_of_version_0_is_brought_forward_with_every_row(book: Book, now: datetime) -> None:
    make_old(book)
    with pytest.raises(Conflict), book.read():
        pass
    done = migrate(book, now)
    assert (done.from_version, done.to_version) == (0, SCHEMA_VERSION)
    assert done.left_behind == ["book.census_member.shoe_size", "book.fax_log"]
    assert (done.n_rows["book.census_member"], done.n_rows["out.coverage_premium"]) == (
        5,
        10,
    )
    with book.read() as tx:
        names = tx.connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL"
        ).fetchall()
        assert [name for (name,) in names] == sorted(TABLES)
        assert tx.connection.execute("SELECT undone_at, n_accepted FROM analytics.load").fetchall() == [(None, 3)]
        assert tx.connection.execute("SELECT group_name FROM analytics.premium_by_group ORDER BY 1").fetchall() == [
            ("Acme Ltd",),
            ("Bolt, Inc.",),
        ]


def test_the_old_book_stays_beside_the_new_one(book: Book, now: datetime) -> None:
    make_old(book)
    done = migrate(book, now)
    assert done.backup == book.path.with_name("benefits.v0.20261120T120000.duckdb")
    with duckdb.connect(str(done.backup), read_only=True) as old:
        assert old.execute("SELECT schema_version FROM book.version").fetchall() == [(0,)]
        assert old.execute("SELECT count(*) FROM book.fax_log").fetchall() == [(0,)]


def test_a_statement_written_for_a_version_takes_the_place_of_the_plain_copy(
    book: Book, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    make_old(book)
    own = {
        "upkeep.from_0__book_cohort": "INSERT INTO book.cohort BY NAME "
        "SELECT upper(cohort) AS cohort, registered_at FROM source.book.cohort"
    }
    known = services.upkeep.statements()
    monkeypatch.setattr(services.upkeep, "statements", lambda: known | own)
    monkeypatch.setattr(services.upkeep, "statement", lambda name: (known | own)[name])
    migrate(book, now)
    with book.read() as tx:
        assert tx.connection.execute("SELECT cohort FROM book.cohort").fetchall() == [("ACME",)]


def test_a_book_whose_rows_do_not_fit_is_left_as_it_was(book: Book, now: datetime) -> None:
    make_old(book)
    with duckdb.connect(str(book.path)) as connection:
        connection.execute("DROP VIEW analytics.issue")
        connection.execute("ALTER TABLE ref.shelf_issue DROP COLUMN message")
    before = book.path.read_bytes()
    with pytest.raises(Conflict) as refused:
        migrate(book, now)
    assert refused.value.code == "book_not_migratable"
    assert "ref.shelf_issue" in refused.value.says
    assert book.path.read_bytes() == before
    assert sorted(p.name for p in book.path.parent.iterdir()) == [
        "benefits.duckdb",
        "benefits.duckdb.lock",
        "benefits.duckdb.turn",
    ]


@pytest.mark.parametrize("had_one", [True, False])
def test_a_migrated_book_has_a_profile_of_portal_users(book: Book, now: datetime, had_one: bool) -> None:
    make_old(book)
    if not had_one:
        with duckdb.connect(str(book.path)) as connection:
            connection.execute("DROP TABLE book.profile")
            connection.execute("DROP TABLE book.permission_set")
    migrate(book, now)
    with book.read() as tx:
        assert [row[1] for row in tx.rows("people.profiles")] == ["Member Portal"]


def test_a_book_of_a_newer_version_is_refused(book: Book, now: datetime) -> None:
    with book.write() as tx:
        tx.connection.execute(f"UPDATE book.version SET schema_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(Conflict) as refused:
        migrate(book, now)
    assert refused.value.code == "book_version"
    assert "newer version" in refused.value.remedy


def test_a_file_that_is_no_book_is_refused(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(NotFound):
        migrate(Book(tmp_path / "none.duckdb"), now)
    (tmp_path / "text.duckdb").write_text("hello " * 1000)
    with pytest.raises(Malformed):
        migrate(Book(tmp_path / "text.duckdb"), now)
    with duckdb.connect(str(tmp_path / "other.duckdb")) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
    with pytest.raises(Malformed):
        migrate(Book(tmp_path / "other.duckdb"), now)
