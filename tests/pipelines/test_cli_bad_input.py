"""Bad input at the command line: one plain sentence, the exit code, and nothing half-written."""

import os
import shutil
import stat
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.cli import load, rate
from pipelines.cli.app import answer, leave
from services.book import Book
from services.places import Places
from services.refusals import Unavailable
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


@pytest.mark.parametrize(
    ("command", "before"),
    [
        (("template", ""), "template"),
        (("template", "--example", ""), "--example"),
        (("shelf", ""), "shelf"),
        (("load", "", "--contract", "C-1"), "load"),
        (("sample", "--out", ""), "--out"),
        (("issues", "--refused-to="), "--refused-to"),
        (("publish", "--to", ""), "--to"),
        (("rate", "--cohort", ""), "--cohort"),
        (("explain", "E01", "--run="), "--run"),
        (("",), "benefits"),
    ],
)
def test_what_is_empty_is_refused_and_taken_for_nothing_else(
    typed: Typed, finished_book: Book, tmp_path: Path, command: tuple[str, ...], before: str
) -> None:
    """An empty path would be the folder worked in, an empty cohort the one loaded last."""
    there = sorted(tmp_path.iterdir())
    code, said, complained = typed(*command)
    assert (code, said) == (2, "")
    assert " ".join(complained.split()).startswith(f"benefits: What stands after {before} is empty.")
    assert sorted(tmp_path.iterdir()) == there
    with finished_book.read() as tx:
        assert tx.connection.execute("SELECT count(*) FROM out.rating_run").fetchall() == [(1,)]


@pytest.mark.parametrize("name", ["shelf.xls", "shelf.CSV", "shelf.ods"])
def test_no_folder_of_sheets_gets_the_name_of_a_file(typed: Typed, tmp_path: Path, name: str) -> None:
    """Who names shelf.xls wants a workbook, and would find a folder that no spreadsheet opens."""
    refused(typed("template", tmp_path / name), f"{name} would be a folder", "End it in .xlsx for a workbook")
    assert list(tmp_path.iterdir()) == []


def test_a_census_of_another_cohort_is_not_rated_under_the_name_of_this_one(
    typed: Typed, finished_book: Book, cohort_folder: Path
) -> None:
    file = next((cohort_folder / "censuses").glob("*.csv"))
    number = file.name.partition("__")[0]
    assert typed("load", file, "--contract", number, "--cohort", "mine")[0] == 0
    with finished_book.read() as tx:
        rows = tx.connection.execute(
            "SELECT group_census_id, cohort FROM book.cohort_census ORDER BY cohort"
        ).fetchall()
    (mine,) = [census for census, cohort in rows if cohort == "mine"]
    other = next(census for census, _ in rows if census != mine)
    says = f"The census {other} is not in the cohort mine. Leave one of the two options out."
    refused(typed("rate", "--cohort", "mine", "--census", other), says)
    refused(typed("issues", "--cohort", "mine", "--census", other), says)
    refused(typed("issues", "--cohort", "mine", "--census", other, "--refused-to", "mend"), says)
    assert typed("issues", "--cohort", "mine", "--census", mine)[0] == 0
    assert typed("rate", "--cohort", "mine", "--census", mine, "--no-publish")[0] == 0


def test_a_rating_date_before_every_contract_is_refused(typed: Typed, finished_book: Book) -> None:
    refused(typed("rate", "--cohort", "four", "--rating-date", "1999-01-01"), "start")


def test_a_rate_table_that_contradicts_itself_is_named(typed: Typed, finished_book: Book) -> None:
    """The shelf refuses such cells; whoever writes to the file with another program is told which table it is."""
    with duckdb.connect(str(finished_book.path)) as opened:
        ((name, table_id),) = opened.execute(
            "SELECT name, rate_table_id FROM ref.rate_table JOIN ref.rate_table_plan USING (rate_table_id) LIMIT 1"
        ).fetchall()
        opened.execute("INSERT INTO ref.rate_cell FROM ref.rate_cell WHERE rate_table_id = ? LIMIT 1", [table_id])
    says = f"Rate table {name} states two rates for the same keys on the same date."
    refused(typed("rate"), says, "Correct the table on the shelf and load it again.")


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


@pytest.mark.parametrize(
    "command",
    [
        ("export", "premiums", "{}", "--format", "csv"),
        ("backup", "{}", "--force"),
        ("deductions", "--periods", "26", "--out", "{}"),
    ],
    ids=lambda command: command[0],
)
def test_no_pipe_is_replaced_by_a_file(
    typed: Typed, finished_book: Book, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Devices such as /dev/null are no files either: whoever may write in their folder would lose them."""
    os.mkfifo(tmp_path / "mine.csv")
    refused(typed(*(word.format(tmp_path / "mine.csv") for word in command)), "mine.csv is no file.")
    assert stat.S_ISFIFO((tmp_path / "mine.csv").stat().st_mode)


@pytest.mark.parametrize("target", ["pay.xlsx", "pay", "."])
@pytest.mark.parametrize(
    "command",
    [("deductions", "--periods", "26"), ("imputed-income", "--year", "2026"), ("rerate", "0rr000000000000001")],
    ids=lambda command: command[0],
)
def test_a_file_that_would_hold_csv_under_another_ending_is_refused(
    typed: Typed, finished_book: Book, tmp_path: Path, command: tuple[str, ...], target: str
) -> None:
    """A spreadsheet does not open lines of text that are named .xlsx."""
    refused(typed(*command, "--out", target), "End it in .csv")
    assert not list(tmp_path.glob("pay*"))


@pytest.mark.parametrize("out", [(), ("--out", "pay.csv")])
def test_deductions_of_no_run_are_refused_and_not_told_as_nothing(
    typed: Typed, made_book: Book, places: Places, out: tuple[str, ...]
) -> None:
    made_book.create(datetime(2026, 1, 1))
    refused(typed("deductions", "--periods", "26", *out), "No premium of a current run is there to deduct.", "rate")
    assert not Path("pay.csv").exists()


def test_a_shelf_that_is_not_there_begins_no_book(typed: Typed, places: Places, tmp_path: Path) -> None:
    refused(typed("shelf", tmp_path / "none"), "There is no folder or workbook")
    (tmp_path / "census.csv").write_text("First Name,Last Name,Birth Date\nAnn,Lee,1990-01-01\n")
    refused(typed("load", tmp_path / "census.csv", "--contract", "C-1", "--shelf", tmp_path / "none"), "none")
    assert not places.book.exists()


def test_a_contract_that_is_not_there_is_answered_with_those_that_are(
    typed: Typed, finished_book: Book, made_book: Book
) -> None:
    with made_book.read() as tx:
        known = [row[0] for row in tx.connection.execute("SELECT contract_number FROM book.contract").fetchall()]
    assert len(known) == 4
    says = f"There is no contract NOPE. Known contracts: {', '.join(sorted(known))}."
    refused(typed("contract", "show", "NOPE"), says)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_whose_output_was_closed_does_its_work(
    finished_book: Book, places: Places, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a scheduler may start it: `benefits rate >&-`, or `2>&-`, where progress is told."""
    monkeypatch.setattr(sys, stream, None)
    monkeypatch.setattr(sys, "argv", ["benefits", "rate"])
    with pytest.raises(SystemExit) as left:
        leave()
    monkeypatch.undo()
    assert left.value.code == 0
    assert places.published.exists()


def test_a_cohort_without_a_name_is_refused(typed: Typed, finished_book: Book, cohort_folder: Path) -> None:
    code, said, complained = typed("load", cohort_folder, "--cohort", "  ")
    assert (code, "A cohort needs a name: --cohort NAME." in " ".join(complained.split())) == (2, True), said
    assert loads(finished_book) == 4


@pytest.mark.parametrize("command", [("rate",), ("export", "members", "members.csv"), ("undo", "C-1001 enrollment")])
def test_a_book_moved_to_the_name_of_a_schema_is_refused_in_words(
    typed: Typed, finished_book: Book, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """DuckDB calls the file's catalog `book` then, and `book.account` could be either: no statement can be bound."""
    moved = finished_book.path.rename(finished_book.path.with_name("book.duckdb"))
    monkeypatch.setenv("BENEFITS_BOOK", str(moved))
    refused(typed(*command), "A book cannot be named book.duckdb", "Choose another file name")


def test_a_copy_that_could_not_be_opened_by_its_name_is_not_made(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    refused(typed("backup", tmp_path / "raw.duckdb"), "A book cannot be named raw.duckdb")
    refused(typed("publish", "--to", tmp_path / "out.duckdb"), "A book cannot be named out.duckdb")
    assert not [*tmp_path.glob("raw*"), *tmp_path.glob("out*")]


def test_a_copy_that_cannot_be_written_is_named_and_not_the_book(typed: Typed, finished_book: Book) -> None:
    refused(typed("backup", "/proc/copy.duckdb"), "/proc/copy.duckdb cannot be written", "choose another place, then")


@pytest.mark.parametrize("command", ["rate", "issues", "publish", "migrate"])
@pytest.mark.parametrize("damage", ["cut short", "overwritten"])
def test_a_damaged_book_is_told_from_one_that_is_open_elsewhere_and_from_a_full_disk(
    typed: Typed, finished_book: Book, damage: str, command: str
) -> None:
    """A checksum that fails speaks of a block: that is no lock, and nobody need wait for it."""
    whole = finished_book.path.read_bytes()
    heads = 3 * 4096  # DuckDB's three headers, which are read first
    rest = b"" if damage == "cut short" else b"Z" * (len(whole) - heads)
    finished_book.path.write_bytes(whole[:heads] + rest)
    refused(typed(command), f"{finished_book.path} is damaged:", "Restore a copy made by `benefits backup`.")


def test_damage_that_is_found_while_rows_are_read_is_no_defect_of_the_program(finished_book: Book) -> None:
    with pytest.raises(Unavailable, match=r"is damaged: Corrupt database file"), finished_book.read():
        raise duckdb.Error("Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at 3")


@pytest.mark.parametrize("is_error", [False, True], ids=["| head", "2>&1 | head"])
def test_a_reader_that_leaves_does_not_end_the_work_in_its_middle(
    finished_book: Book, places: Places, monkeypatch: pytest.MonkeyPatch, is_error: bool
) -> None:
    """`benefits rate | head -1`: the run is stored, and published as well."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:  # noqa: PTH123 - a pipe has no path
        monkeypatch.setattr(sys, "stdout", gone)
        if is_error:
            monkeypatch.setattr(sys, "stderr", gone)
        code = answer(["rate"])
        monkeypatch.undo()
    assert code == 0
    with duckdb.connect(str(places.published), read_only=True) as published:
        assert published.execute("SELECT count(*) FROM out.rating_run").fetchall() == [(2,)]


def test_a_folder_that_cannot_be_made_is_refused(
    typed: Typed, tmp_path: Path, cohort_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_file").write_text("in the way")
    monkeypatch.setenv("BENEFITS_BOOK", str(tmp_path / "a_file" / "benefits.duckdb"))
    refused(typed("shelf", cohort_folder / "shelf"), "cannot be written")
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
