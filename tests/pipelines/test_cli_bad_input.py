"""Bad input at the command line: one plain sentence, the exit code, and nothing half-written."""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.cli import load, rate
from services.book import Book
from services.places import Places
from tests.pipelines.conftest import Typed


def refused(answer: tuple[int, str, str], *words: str) -> None:
    """Exit code 1, one sentence (or two) on standard error with the words, and no traceback."""
    code, said, complained = answer
    assert code == 1, said + complained
    flat = " ".join(complained.split())
    for word in words:
        assert word in flat, flat
    assert "Traceback" not in said + complained
    assert flat.startswith("benefits: ")
    assert len(flat) < 600


def loads(book: Book) -> int:
    with book.read() as tx:
        return tx.connection.execute("SELECT count(*) FROM book.census_load").fetchall()[0][0]


def contract_of(book: Book) -> str:
    with book.read() as tx:
        return tx.connection.execute("SELECT min(contract_number) FROM book.contract").fetchall()[0][0]


BAD_FILES = {
    "empty.csv": b"",
    "heading_only.csv": b"First Name,Last Name,Birth Date,Relationship\n",
    "no_heading.csv": b"1,2,3\n4,5,6\n",
    "rubbish.csv": bytes(range(256)) * 40,
    "rubbish.xlsx": b"PK\x03\x04 this is no workbook" * 20,
    "rubbish.parquet": b"PAR1 this is no parquet file PAR1",
    "nul.csv": b"First Name,Last Name,Birth Date\nAnn\x00,Lee,1990-01-01\n",
    "two_of_one.csv": b"First Name,Last Name,Birth Date,DOB,Relationship\nAnn,Lee,1990-01-01,1991-01-01,Employee\n",
    "wide.csv": ",".join(f"c{n}" for n in range(5000)).encode() + b"\n" + b"," * 4999 + b"\n",
}


@pytest.mark.parametrize("name", sorted(BAD_FILES))
def test_a_file_that_is_no_census_is_refused_in_plain_words(
    typed: Typed, finished_book: Book, tmp_path: Path, name: str
) -> None:
    before = loads(finished_book)
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    code, said, complained = typed("load", path, "--contract", contract_of(finished_book))
    assert code == 1, said + complained
    assert "Traceback" not in said + complained
    assert "defect" not in complained
    assert complained.startswith("benefits: ")
    assert loads(finished_book) <= before + 1


def test_a_missing_file_is_named(typed: Typed, finished_book: Book) -> None:
    refused(typed("load", "not-there.csv", "--contract", "C-1"), "not-there.csv")


def test_an_unknown_contract_account_cohort_census_and_run_are_named(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    path = tmp_path / "census.csv"
    path.write_text("First Name,Last Name,Birth Date\nAnn,Lee,1990-01-01\n")
    refused(typed("load", path, "--contract", "NOPE"), "NOPE")
    refused(typed("load", path, "--account", "NOPE"), "NOPE")
    refused(typed("load", path), "--contract")
    refused(typed("rate", "--cohort", "NOPE"), "NOPE")
    refused(typed("rate", "--census", "NOPE"), "NOPE")
    refused(typed("issues", "--cohort", "NOPE"), "NOPE")
    refused(typed("undo", "NOPE"), "NOPE")
    refused(typed("diff", "NOPE", "NEITHER"), "NOPE")
    refused(typed("export", "nope", "x.csv"), "nope")


@pytest.mark.parametrize(
    "command",
    [
        ("rate",),
        ("issues",),
        ("publish",),
        ("undo", "x"),
        ("diff", "a", "b"),
        ("export", "members", "x.csv"),
        ("backup", "x.duckdb"),
        ("migrate",),
    ],
)
def test_without_a_book_every_command_says_how_to_make_one(
    typed: Typed, command: tuple[str, ...], places: Places
) -> None:
    refused(typed(*command), "no book", "benefits run", "benefits shelf PATH", "BENEFITS_BOOK")
    assert not places.book.exists()


@pytest.mark.parametrize("command", [("publish",), ("publish", "--to", "new/b.duckdb"), ("backup", "new/b.duckdb")])
def test_without_a_book_no_empty_folder_is_left_for_its_copy(
    typed: Typed, command: tuple[str, ...], places: Places
) -> None:
    refused(typed(*command), "no book")
    assert not places.published.parent.exists()
    assert not Path("new").exists()


def test_rating_without_a_cohort_says_what_is_there_and_both_ways_on(
    typed: Typed, places: Places, cohort_folder: Path
) -> None:
    """A census made by the shelf or over HTTP is in no cohort: it is rated by its name."""
    assert typed("shelf", cohort_folder / "shelf")[0] == 0
    with Book(places.book).write() as tx:
        (name,) = tx.rows("cohort.some_censuses")[0]
    said = (((), "No cohort has been loaded yet."), (("--cohort", "nope"), "There is no cohort nope."))
    for options, says in said:
        answer = typed("rate", *options)
        refused(answer, says, "`benefits load FILE --contract NUMBER`", f"`benefits rate --census NAME`: {name}")
    code, _, complained = typed("rate", "--census", "0rf000000000000001", "--no-publish")
    assert code == 0, complained
    with Book(places.book).write() as tx:
        tx.connection.execute("DELETE FROM book.group_census").fetchall()
    for options, says in said:
        answer = typed("rate", *options)
        refused(answer, says, "`benefits load FILE --contract NUMBER`")
        assert "--census" not in answer[2]


def test_a_manifest_names_the_line_without_a_contract_and_the_column_given_twice(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    """Line 1 is the heading, line 3 is blank, so the file without a contract stands on line 4."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "cohort.csv").write_text("file,contract_number\na.csv,C-1\n\nb.csv, \n")
    refused(typed("load", folder), "cohort.csv, line 4: b.csv does not say", "Fill contract_number in cohort.csv.")
    (folder / "cohort.csv").write_text("File,file ,contract_number\na.csv,b.csv,C-1\n")
    refused(typed("load", folder), "cohort.csv has the column file more than once.")
    del finished_book


def test_a_sheet_of_a_file_without_sheets_is_refused(typed: Typed, finished_book: Book, tmp_path: Path) -> None:
    before = loads(finished_book)
    folder = tmp_path / "mine"
    folder.mkdir()
    path = folder / "census.csv"
    path.write_text("First Name,Last Name,Birth Date,Relationship\nAnn,Lee,1990-01-01,Employee\n")
    contract = contract_of(finished_book)
    words = ("census.csv has no sheets, so there is no sheet Staff in it.", "--sheet")
    refused(typed("load", path, "--contract", contract, "--sheet", "Staff"), *words)
    (folder / "cohort.csv").write_text(f"file,contract_number,sheet\ncensus.csv,{contract},Staff\n")
    refused(typed("load", folder), *words)
    assert loads(finished_book) == before


@pytest.mark.parametrize(
    "command",
    [
        ("load",),
        ("load", "x.csv", "--mode", "sideways"),
        ("rate", "--rating-date", "tomorrow"),
        ("sample", "--groups", "0", "--out", "x"),
        ("sample", "--groups", "many", "--out", "x"),
        ("export", "members", "x.csv", "--format", "pdf"),
        ("nonsense",),
        ("run", "--nonsense"),
        ("run", "--cohort", ""),
    ],
)
def test_what_is_typed_wrongly_leaves_with_2(typed: Typed, command: tuple[str, ...]) -> None:
    code, said, complained = typed(*command)
    assert code == 2
    assert "Traceback" not in said + complained


def test_a_rating_date_before_every_contract_is_refused(typed: Typed, finished_book: Book) -> None:
    refused(typed("rate", "--cohort", "four", "--rating-date", "1999-01-01"), "start")


def test_a_book_of_a_newer_version_is_refused(typed: Typed, finished_book: Book) -> None:
    with duckdb.connect(str(finished_book.path)) as opened:
        opened.execute("UPDATE book.version SET schema_version = 999")
    refused(typed("rate"), "999", "newer")


def test_a_book_of_an_older_version_is_told_to_migrate(typed: Typed, finished_book: Book) -> None:
    with duckdb.connect(str(finished_book.path)) as opened:
        opened.execute("UPDATE book.version SET schema_version = 0")
    refused(typed("rate"), "benefits migrate")


def test_a_file_that_is_no_book_is_refused(typed: Typed, places: Places) -> None:
    places.book.parent.mkdir(parents=True)
    places.book.write_bytes(b"this is no database" * 100)
    refused(typed("rate"), "not a book")


def test_an_empty_database_of_somebody_else_is_refused(typed: Typed, places: Places) -> None:
    places.book.parent.mkdir(parents=True)
    duckdb.connect(str(places.book)).close()
    refused(typed("rate"), "not a book")


def test_a_database_of_somebody_else_never_becomes_a_book(typed: Typed, places: Places, cohort_folder: Path) -> None:
    places.book.parent.mkdir(parents=True)
    with duckdb.connect(str(places.book)) as opened:
        opened.execute("CREATE TABLE theirs (a INTEGER)")
    refused(typed("shelf", cohort_folder / "shelf"), "not a book")
    with duckdb.connect(str(places.book)) as opened:
        assert opened.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("theirs",)]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_an_interruption_is_said_and_is_no_defect(
    typed: Typed, finished_book: Book, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(rate, "rate_cohort", interrupted)
    code, said, complained = typed("rate")
    assert code == 130
    assert "Interrupted" in complained
    assert "defect" not in said + complained


def test_a_folder_where_the_book_should_be_is_refused(typed: Typed, places: Places) -> None:
    places.book.mkdir(parents=True)
    code, said, complained = typed("rate")
    assert code == 1, complained
    assert "Traceback" not in said + complained


@pytest.mark.parametrize(
    "command",
    [
        ("export", "premiums", "{}", "--format", "csv"),
        ("deductions", "--periods", "26", "--out", "{}"),
        ("imputed-income", "--year", "2026", "--out", "{}"),
        ("rerate", "0rr000000000000001", "--out", "{}"),
        ("backup", "{}", "--force"),
    ],
    ids=lambda command: command[0],
)
def test_no_file_is_written_over_the_book(typed: Typed, finished_book: Book, command: tuple[str, ...]) -> None:
    """It would take the place of every census and run; a path that leads there by another name is the book too."""
    there = finished_book.path.parent / ".." / finished_book.path.parent.name / finished_book.path.name
    refused(typed(*(word.format(there) for word in command)), "is the book itself", "Choose another path")
    assert loads(finished_book) == 4  # the files of the four groups, as before


def test_a_folder_that_cannot_be_made_is_refused(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_file").write_text("in the way")
    monkeypatch.setenv("BENEFITS_BOOK", str(tmp_path / "a_file" / "benefits.duckdb"))
    refused(typed("shelf", tmp_path), "cannot be written")
    refused(typed("template", tmp_path / "a_file" / "sheets"))
    refused(typed("sample", "--out", tmp_path / "a_file" / "book"))


def test_sample_does_not_write_over_a_folder(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    refused(typed("sample", "--out", tmp_path / "full"), "not an empty folder")


def test_a_shelf_that_is_none_and_one_with_faults(typed: Typed, tmp_path: Path, cohort_folder: Path) -> None:
    refused(typed("shelf", tmp_path / "none"), "none")
    shutil.copytree(cohort_folder / "shelf", tmp_path / "faulty")
    accounts = tmp_path / "faulty" / "accounts.csv"
    lines = accounts.read_text(encoding="utf-8").splitlines()
    accounts.write_text("\n".join([*lines, "," * lines[0].count(",")]) + "\n", encoding="utf-8")
    contracts = tmp_path / "faulty" / "contracts.csv"
    first, *rest = contracts.read_text(encoding="utf-8").splitlines()
    contracts.write_text(
        "\n".join([first, *rest, rest[0].replace("C0", "X0", 1).replace("2026-", "20XX-")]) + "\n", encoding="utf-8"
    )
    code, said, complained = typed("shelf", tmp_path / "faulty")
    assert code == 1
    assert "contracts" in said
    assert "Traceback" not in said + complained


def test_a_cohort_folder_that_names_missing_files_is_refused(typed: Typed, tmp_path: Path, cohort_folder: Path) -> None:
    shutil.copytree(cohort_folder, tmp_path / "broken")
    shutil.rmtree(tmp_path / "broken" / "censuses")
    code, said, complained = typed("load", tmp_path / "broken")
    assert code == 1
    assert "Traceback" not in said + complained
    assert "defect" not in complained


def test_run_says_what_is_missing_before_dagster_starts(typed: Typed, tmp_path: Path) -> None:
    refused(typed("run", "--cohort", "mine"), "mine")
    refused(typed("run", "--cohort", "mine", "--folder", tmp_path / "none"), "none")
    (tmp_path / "cohort.csv").write_text("file,contract_number\n,C000001\n", encoding="utf-8")
    refused(typed("run", "--cohort", "mine", "--folder", tmp_path), "cohort.csv", "names no file")
    refused(typed("load", tmp_path), "cohort.csv", "names no file")


def test_a_defect_leaves_no_traceback_but_a_log_without_values(
    typed: Typed, finished_book: Book, places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    value = "Ann Lee, born 1990-01-01"

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(value)

    monkeypatch.setattr(load, "load_cohort", broken)
    path = tmp_path / "C-1__census.csv"
    path.write_text("First Name\nAnn\n")
    code, said, complained = typed("load", path)
    assert code == 70
    assert "Traceback" not in said + complained
    assert "Ann Lee" not in said + complained
    (log,) = places.logs.glob("*.log")
    assert log.name in complained.replace("\n", "")
    kept = log.read_text()
    assert "RuntimeError" in kept
    assert "broken" in kept
    assert "Ann Lee" not in kept
