"""Every bad input of a census, typed in as a user would: what it says, what it leaves alone, and that mending works.

Each row case is a real file. All are loaded as one cohort; the refused rows are written out, corrected as text, and
loaded again. A case tells which issues must come, no more and no fewer, and how complete its census is in the end.
Files that are no census are tried one by one at the command line, each followed by the mended file.

What lives here: census files, and rates that do not reach a member. What does not: disks, kills and books of another
version (`test_robustness`), and the other commands (`tests/pipelines/test_cli_bad_input`).
"""

import csv
import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.app import answer
from services.book import Book
from services.cohort import load_cohort
from services.cohort_files import read_cohort_folder
from services.refused import write_refused
from services.shelf.template import write_template

CONTRACT = "HLB-2026"
HEAD = "Employee ID,First Name,Last Name,Relationship,Date of Birth,Class,Annual Salary,Opt Out,Medical,Dental"
ANA = "E01,Ana,Moreira,Employee,1981-06-15,Salaried,63450.00,,Bakery PPO,Bakery Dental"
RUI = "E01,Rui,Moreira,Spouse,1985-03-02,,,,Bakery PPO,Bakery Dental"
INES = "E01,Ines,Moreira,Child,2009-11-20,,,,Bakery PPO,Bakery Dental"
DAN = "E02,Dan,Okafor,Employee,1997-09-30,Hourly,41600.00,,Bakery PPO,"
FAMILY = (ANA, RUI, INES, DAN)
"""Four people with seven plans."""

SQL_NAME = "Robert'); DROP TABLE book.census_member;--"
ORDERED = "First Name,Last Name,Relationship,Date of Birth,Medical"
WIDE = (
    "EID,First Name,Last Name,DOB,Medical,Spouse First Name,Spouse DOB,Dep1 First Name,Dep1 DOB,Dep2 First Name,"
    "Dep2 DOB"
)
PER_PLAN = "EID,First Name,Last Name,Relationship,DOB,Class,Plan Type,Plan Name"


@dataclass(frozen=True)
class Case:
    """One bad file: its lines, the issues it must give, and how its refused rows are mended."""

    lines: tuple[str, ...]
    issues: tuple[tuple[int, str, str | None], ...]
    """Line, code and heading."""
    mend: tuple[tuple[str, str], ...] = ()
    """What is replaced by what in the text of the refused rows."""
    accepted: int = 0
    """Members after the first load."""
    complete: tuple[int, int] = (4, 7)
    """Members and selections after the second."""
    head: str = HEAD


def but(line: str, *changes: tuple[str, str]) -> str:
    """The line with some of its text changed."""
    for old, new in changes:
        assert old in line
        line = line.replace(old, new, 1)
    return line


CASES = {
    "a 1 MB cell": Case(
        (ANA, but(RUI, ("Rui", "B" * 1_000_000)), INES, DAN), ((3, "cell_too_long", "First Name"),),
        (("B" * 1_000_000, "Rui"),), 3,
    ),
    "rows cut short or with cells too many": Case(
        (ANA, "E01,Rui,Moreira,Spouse", INES, f"{DAN},more"), ((3, "ragged_row", None), (5, "ragged_row", None)),
        (("Spouse,,,,,,", "Spouse,1985-03-02,,,,Bakery PPO,Bakery Dental"), (",more,", ",,")), 2,
    ),
    "an employee's row with cells too many": Case(
        (but(ANA, ("Moreira", "Mor,eira")), RUI, INES, DAN),
        ((2, "ragged_row", None), (3, "orphan_dependent", None), (4, "orphan_dependent", None)),
        (("Mor,eira", "Moreira"), ("Bakery Dental,The row", "Bakery Dental,,The row")), 1,
    ),
    "formulas": Case(
        (but(ANA, ("Ana", "=cmd|' /C calc'!A0")), RUI, INES, but(DAN, ("41600.00", "=1+1"))),
        ((2, "formula_cell", "First Name"), (3, "primary_refused", None), (4, "primary_refused", None),
         (5, "not_money", "Annual Salary")),
        (("'=cmd|' /C calc'!A0", "Ana"), ("'=1+1", "41600.00")),
    ),
    "SQL in a name": Case((but(ANA, ("Ana", SQL_NAME)), RUI, INES, DAN), (), accepted=4),
    "an unknown relationship": Case(
        (ANA, but(RUI, ("Spouse", "Accountant")), INES, DAN), ((3, "unknown_relationship", "Relationship"),),
        (("Accountant", "Spouse"),), 3,
    ),
    "an unknown relationship where the order of rows links": Case(
        ("Ana,Moreira,Self,1981-06-15,Bakery PPO", "Rui,Moreira,Boss,1985-03-02,", "Ines,Moreira,Child,2009-11-20,"),
        ((3, "unknown_relationship", "Relationship"), (4, "orphan_dependent", None)),
        (("Boss", "Spouse"),), 1, (3, 1), ORDERED,
    ),
    "a spouse's row cut short where the order of rows links": Case(
        ("Ana,Moreira,Self,1981-06-15,Bakery PPO", "Rui,Moreira", "Ines,Moreira,Child,2009-11-20,",
         "Dan,Okafor,Self,1997-09-30,"),
        ((3, "ragged_row", None), (4, "orphan_dependent", None)),
        (("Rui,Moreira,,,", "Rui,Moreira,Spouse,1985-03-02,"),), 2, (4, 1), ORDERED,
    ),
    "two spouses": Case(
        (ANA, RUI, but(RUI, ("Rui", "Ines"), ("1985-03-02", "2009-11-20")), DAN),
        ((4, "second_spouse", "Relationship"),), (("Ines,Moreira,Spouse", "Ines,Moreira,Child"),), 3,
    ),
    "an orphan": Case(
        (ANA, RUI, but(INES, ("E01", "E99")), DAN), ((4, "orphan_dependent", None),), (("E99", "E01"),), 3
    ),
    "dependents first, linked by key": Case((INES, RUI, ANA, DAN), (), accepted=4),
    "dependents first, where the order of rows links": Case(
        ("Rui,Moreira,Spouse,1985-03-02,", "Ana,Moreira,Self,1981-06-15,Bakery PPO", "Ines,Moreira,Child,2009-11-20,"),
        ((2, "orphan_dependent", None),), (("Rui,", "Ana,Moreira,Self,1981-06-15,,\r\nRui,"),), 2, (3, 1), ORDERED,
    ),
    "a person twice": Case(
        (ANA, INES, DAN, DAN), ((5, "duplicate_row", None),), (("E02,Dan,Okafor", "E03,Don,Okafor"),), 3, (4, 6)
    ),
    "a birth date to come": Case(
        (ANA, RUI, but(INES, ("2009", "2109")), but(DAN, ("1997", "2997"))),
        ((4, "birth_date_in_future", "Date of Birth"), (5, "not_a_date", "Date of Birth")),
        (("2109", "2009"), ("2997", "1997")), 2,
    ),
    "a birth date in 1850": Case(
        (but(ANA, ("1981", "1850")), RUI, INES, DAN),
        ((2, "birth_date_too_early", "Date of Birth"), (3, "primary_refused", None), (4, "primary_refused", None)),
        (("1850", "1981"),), 1,
    ),
    "eight digits that read two ways": Case(
        (but(ANA, ("1981-06-15", "10111213")), but(DAN, ("1997-09-30", "12101912"))),
        ((2, "ambiguous_date", "Date of Birth"), (3, "ambiguous_date", "Date of Birth")),
        (("10111213", "1981-06-15"), ("12101912", "1997-09-30")), 0, (2, 3),
    ),
    "negative pay": Case(
        (but(ANA, ("63450.00", "-63450.00")), RUI, INES, but(DAN, ("41600.00", "(41600.00)"))),
        ((2, "negative_pay", "Annual Salary"), (3, "primary_refused", None), (4, "primary_refused", None),
         (5, "negative_pay", "Annual Salary")),
        (("-63450.00", "63450.00"), ("(41600.00)", "41600.00")),
    ),
    "an unknown class": Case(
        (but(ANA, ("Salaried", "Boss")), RUI, INES, DAN),
        ((2, "unknown_class", "Class"), (3, "primary_refused", None), (4, "primary_refused", None)),
        (("Boss", "Salaried"),), 1,
    ),
    "plans off the contract": Case(
        (but(ANA, ("Bakery PPO", "Moon PPO")), but(RUI, ("Bakery PPO", "")), but(INES, ("Bakery PPO", "")),
         but(DAN, ("Bakery PPO,", "Bakery PPO|Nope,Bakery PPO"))),
        ((2, "plan_not_on_contract", "Medical"), (5, "plan_not_on_contract", "Medical"),
         (5, "plan_of_other_type", "Dental")),
        (("Moon", "Bakery"), ("|Nope,Bakery PPO", ",Bakery Dental")), 4, (4, 6),
    ),
    "opted out": Case(
        (but(ANA, (",,", ",Y,")), RUI, but(DAN, (",,", ",N,"))),
        ((2, "opted_out", "Medical"), (2, "opted_out", "Dental"), (3, "opted_out", "Medical"),
         (3, "opted_out", "Dental")),
        ((",Y,", ",N,"),), 3, (3, 5),
    ),
    "wide rows": Case(
        ("E01,Ana,Moreira,1981-06-15,Bakery PPO,Rui,1985-03-02,Ines,2009-11-20,Teo,2109-04-08",
         "E02,Dan,Okafor,1997-09-30,Moon PPO,,,Kai,soon,,"),
        ((2, "birth_date_in_future", "Dep2 DOB"), (3, "not_a_date", "Dep1 DOB"),
         (3, "plan_not_on_contract", "Medical")),
        (("2109", "2013"), ("soon", "2019-05-05"), ("Moon", "Bakery")), 4, (6, 2), WIDE,
    ),
    "one row for each plan": Case(
        ("E01,Ana,Moreira,Employee,1981-06-15,Boss,Medical,Bakery PPO",
         "E01,Ana,Moreira,Employee,1981-06-15,Boss,Dental,Bakery Dental",
         "E01,Rui,Moreira,Spouse,1985-03-02,,Medical,Bakery PPO",
         "E02,Dan,Okafor,Employee,1997-09-30,Hourly,Medical,Bakery PPO",
         "E02,Dan,Okafor,Employee,1997-09-30,Hourly,Pets,Bakery Dental",
         "E02,Dan,Okafor,Employee,1997-09-30,Hourly,Life,Moon Life",
         "E02,Kim,Okafor,Child,2015-01-01,,Medical,Bakery PPO",
         "E02,Kim,Okafor,Child,soon,,Dental,Bakery Dental"),
        ((2, "unknown_class", "Class"), (4, "primary_refused", None), (6, "unknown_plan_type", "Plan Type"),
         (7, "plan_not_on_contract", "Plan Name"), (9, "not_a_date", "DOB")),
        (("Boss", "Salaried"), ("Pets", "Dental"), ("Moon Life", "Basic Life"), ("soon", "2015-01-01")), 2, (4, 8),
        PER_PLAN,
    ),
}  # fmt: skip
"""The row cases by name. Where an employee is refused, so is the family, and all of it comes back."""


def a_cohort(folder: Path, files: dict[str, str]) -> Path:
    """A cohort folder: one census for each text, named after its case."""
    folder.mkdir()
    rows = [("file", "contract_number", "census_name")]
    for number, (name, text) in enumerate(files.items()):
        (folder / f"{number}.csv").write_bytes(text.encode())
        rows.append((f"{number}.csv", CONTRACT, name))
    with (folder / "cohort.csv").open("w", newline="", encoding="utf-8") as manifest:
        csv.writer(manifest).writerows(rows)
    return folder


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with the shelf of the example."""
    folder = tmp_path_factory.mktemp("bakery")
    write_template(folder / "shelf", example=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENEFITS_BOOK", str(folder / "benefits.duckdb"))
        assert answer(["shelf", str(folder / "shelf")]) == 0
    return folder


@pytest.fixture
def book(bakery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """A copy of that book, which the command line uses."""
    path = Path(shutil.copy(bakery / "benefits.duckdb", tmp_path / "benefits.duckdb"))
    monkeypatch.setenv("BENEFITS_BOOK", str(path))
    monkeypatch.chdir(tmp_path)
    return Book(path, lock_timeout_s=30.0)


@dataclass(frozen=True)
class Tried:
    """What became of all row cases: after the bad files, and after the mended refused rows."""

    first: duckdb.DuckDBPyConnection
    second: duckdb.DuckDBPyConnection
    again: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def tried(bakery: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """All row cases loaded, their refused rows written, mended and loaded, and the bad files once more."""
    folder = tmp_path_factory.mktemp("tried")
    bad = a_cohort(folder / "bad", {n: "\n".join([c.head, *c.lines]) + "\n" for n, c in CASES.items()})
    path = Path(shutil.copy(bakery / "benefits.duckdb", folder / "benefits.duckdb"))
    copies = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENEFITS_BOOK", str(path))
        assert answer(["load", str(bad)]) == 0
        copies.append(shutil.copy(path, folder / "first.duckdb"))
        assert answer(["load", str(a_cohort(folder / "mended", mended(Book(path), folder / "refused")))]) == 0
        copies.append(shutil.copy(path, folder / "second.duckdb"))
    shutil.copy(folder / "first.duckdb", path)
    load_cohort(Book(path), cohort="bad", requests=read_cohort_folder(bad), now=now() + timedelta(days=1))
    opened = [duckdb.connect(str(copy), read_only=True) for copy in [*copies, path]]
    yield Tried(*opened)
    for connection in opened:
        connection.close()


def now() -> datetime:
    """The clock of the command line, without a zone as the book keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def mended(book: Book, folder: Path) -> dict[str, str]:
    """The refused rows of each census as text, corrected as its case says."""
    with book.read() as tx:
        named = dict(
            tx.connection.execute(
                "SELECT l.census_load_id, g.name FROM book.census_load AS l "
                "JOIN book.group_census AS g USING (group_census_id)"
            ).fetchall()
        )
        ids = tx.connection.execute("SELECT group_census_id FROM book.group_census").fetchall()
        paths = write_refused(tx, [row[0] for row in ids], folder)
    texts = {}
    for path in paths:
        name = next(name for load_id, name in named.items() if load_id in path.name)
        text = path.read_bytes().decode()
        for old, new in CASES[name].mend:
            assert old in text, (name, old[:80], text[:2000])
            text = text.replace(old, new)
        texts[name] = text
    return texts


OF_CENSUS = "JOIN book.group_census AS g USING (group_census_id) WHERE g.name = $name"
COUNTS = (
    f"SELECT (SELECT count(*) FROM book.census_member {OF_CENSUS}), (SELECT count(*) FROM book.member_plan {OF_CENSUS})"
)


@pytest.mark.rule("BC-10", "BC-11", "CV-13", "CM-15", "CM-10", "BC-6", "CV-26")
@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_gives_its_issues_and_refuses_nobody_else(tried: Tried, name: str) -> None:
    found = tried.first.execute(
        f"""SELECT i.line_number, i.code, i.column_name, i.message, i.hint FROM book.census_issue AS i {OF_CENSUS}
        AND i.severity = 'error' ORDER BY i.line_number, i.code, i.column_name""",
        {"name": name},
    ).fetchall()
    assert sorted((row[:3] for row in found), key=str) == sorted(CASES[name].issues, key=str)
    assert all(row[3] and row[4] for row in found)
    assert tried.first.execute(COUNTS, {"name": name}).fetchall()[0][0] == CASES[name].accepted


@pytest.mark.rule("BC-10", "BC-8", "BC-13")
@pytest.mark.parametrize("name", CASES)
def test_the_refused_rows_corrected_and_loaded_again_complete_the_families(tried: Tried, name: str) -> None:
    left = tried.second.execute(
        f"""SELECT i.line_number, i.code FROM book.census_issue AS i {OF_CENSUS} AND i.severity = 'error'
        AND i.census_file_id = (SELECT max(census_file_id) FROM raw.census_file AS f
            WHERE f.group_census_id = i.group_census_id)""",
        {"name": name},
    ).fetchall()
    assert (left if CASES[name].mend else []) == []
    assert tried.second.execute(COUNTS, {"name": name}).fetchall() == [CASES[name].complete]
    apart = tried.second.execute(
        f"""SELECT m.first_name FROM book.census_member AS m {OF_CENSUS} AND m.association <> 'Self'
        AND m.last_name <> (SELECT p.last_name FROM book.census_member AS p
            WHERE p.group_census_member_id = m.primary_member_id)""",
        {"name": name},
    ).fetchall()
    assert apart == []


def test_no_row_of_any_bad_file_is_lost(tried: Tried) -> None:
    for connection in (tried.first, tried.second):
        assert connection.execute(
            "SELECT count(*) FROM raw.census_row ANTI JOIN raw.census_person USING (census_file_id, line_number)"
        ).fetchall() == [(0,)]
    names = tried.first.execute("SELECT count(*) FROM book.census_member WHERE first_name = $name", {"name": SQL_NAME})
    assert names.fetchall() == [(1,)]


@pytest.mark.rule("CV-25", "BC-8")
@pytest.mark.parametrize("table", ["book.census_member", "book.member_plan", "book.group_census", "book.census_issue"])
def test_the_bad_files_loaded_a_second_time_change_nothing(tried: Tried, table: str) -> None:
    whole = f"SELECT CAST(t AS VARCHAR) FROM {table} AS t ORDER BY 1"
    assert tried.again.execute(whole).fetchall() == tried.first.execute(whole).fetchall()


GOOD = "\n".join([HEAD, *FAMILY]) + "\n"
FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "There is no file"),
    "empty": (b"", "The file is empty."),
    "heading only": (f"{HEAD}\n".encode(), "The file has no rows."),
    "no heading": (b"1,2,3\n4,5,6\n", "looks like a heading row"),
    "two columns for one field": (
        GOOD.replace("Class", "DOB").replace("Salaried", "1981-06-16").encode(),
        'The columns "Date of Birth" (column 5) and "DOB" (column 6) both hold birth_date.',
    ),
    "binary rubbish": (bytes(range(256)) * 40, "The file is not text"),
    "NUL bytes": (GOOD.encode().replace(b"Ana", b"A\0na"), "The file is not text"),
    "letters of two encodings": (
        GOOD.replace("Dan", "Zoë Núñez").encode().replace(b"Ana", b"An\xe9"),
        "The text is not in a known encoding (line 2).",
    ),
    "5,000 columns": (
        (HEAD + "".join(f",c{n}" for n in range(4990)) + "\n" + ANA + "\n").encode(),
        "The file has 5000 columns; the limit is 2000.",
    ),
    "a quote never closed": (
        GOOD.replace("E01,Rui", '"E01,Rui').encode(),
        "A quotation mark opened on line 3 is never closed.",
    ),
    "a workbook that is none": (b"PK\x03\x04 this is no workbook" * 9, "The workbook cannot be read."),
}
"""Files that are no census, and a part of the one sentence that says so."""


def content(book: Book) -> list[tuple]:
    """How many rows the tables of a load hold."""
    tables = ("raw.census_file", "raw.census_row", "book.census_load", "book.census_member", "book.group_census")
    with book.read() as tx:
        return [tx.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0] for name in tables]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_census_is_one_sentence_and_the_mended_one_loads(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    data, words = FILES[name]
    path = tmp_path / "census.csv"
    if data is not None:
        path.write_bytes(data)
    before = content(book)
    assert answer(["load", str(path), "--contract", CONTRACT]) == 1
    said = capsys.readouterr()
    assert words in " ".join(said.err.split())
    assert said.err.startswith("benefits: ")
    assert "Traceback" not in said.out + said.err
    assert content(book) == before

    path.write_text(GOOD, encoding="utf-8")
    assert answer(["load", str(path), "--contract", CONTRACT]) == 0
    assert content(book)[3] == (4,)


def test_among_many_files_an_unreadable_one_is_an_issue_and_the_others_load(book: Book, tmp_path: Path) -> None:
    folder = a_cohort(tmp_path / "cohort", {"good": GOOD, "bad": ""})
    assert answer(["load", str(folder)]) == 0
    with book.read() as tx:
        told = tx.connection.execute(
            "SELECT g.name, i.scope, i.code FROM book.census_issue AS i "
            "JOIN book.group_census AS g USING (group_census_id)"
        ).fetchall()
    assert told == [("bad", "file", "file_empty")]
    assert content(book)[3] == (4,)


def test_a_dry_run_leaves_every_byte_of_the_book(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "census.csv"
    path.write_text(GOOD.replace("Class", "SSN").replace("Salaried", "123-45-6789"), encoding="utf-8")
    before = book.path.read_bytes()
    assert answer(["load", str(path), "--contract", CONTRACT, "--dry-run"]) == 0
    assert book.path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *("benefits.duckdb", "benefits.duckdb.lock", "benefits.duckdb.turn", "census.csv")
    ]


def test_a_read_only_disk_is_one_sentence(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "census.csv"
    path.write_text(GOOD, encoding="utf-8")
    opens = os.open

    def read_only(name: str | Path, flags: int, *more: int, **how: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(name))
        return opens(name, flags, *more, **how)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        assert answer(["load", str(path), "--contract", CONTRACT]) == 1
    said = capsys.readouterr().err
    assert "Read-only file system" in " ".join(said.split())
    assert "Traceback" not in said
    assert answer(["load", str(path), "--contract", CONTRACT]) == 0


def test_refused_rows_cannot_be_written_over_a_file(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "census.csv"
    path.write_text(GOOD.replace("1997", "1850"), encoding="utf-8")
    assert answer(["load", str(path), "--contract", CONTRACT]) == 0
    assert answer(["issues", "--refused-to", str(path)]) == 1
    assert "cannot be written" in " ".join(capsys.readouterr().err.split())
    assert answer(["issues", "--refused-to", str(tmp_path / "mend")]) == 0
    assert len(list((tmp_path / "mend").iterdir())) == 1


def edited(shelf: Path, target: Path, sheet: str, *changes: tuple[str, str]) -> Path:
    """A copy of the shelf with text of one sheet changed."""
    shutil.copytree(shelf, target)
    text = (target / f"{sheet}.csv").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (target / f"{sheet}.csv").write_text(text, encoding="utf-8")
    return target


def no_rate(book: Book) -> list[tuple]:
    """Members and coverages that the last run found no rate for."""
    with book.read() as tx:
        return tx.connection.execute(
            """SELECT m.first_name, p.plan_code, i.code FROM out.rating_issue AS i
            SEMI JOIN out.current_run AS c USING (rating_run_id, group_census_id)
            JOIN book.census_member AS m USING (group_census_member_id)
            JOIN book.contract_plan AS p ON p.contract_plan_id = i.contract_plan_id ORDER BY ALL"""
        ).fetchall()


def test_ages_and_dates_without_a_rate_are_told_and_priced_once_the_rates_are_there(
    bakery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dental rates begin in June, and the medical table has no cell below 18: Ines is 16 when the contract starts.

    The dental premium of the family is the employee's.
    """
    monkeypatch.setenv("BENEFITS_BOOK", str(tmp_path / "rates.duckdb"))
    monkeypatch.chdir(tmp_path)
    book = Book(tmp_path / "rates.duckdb")
    cells = (bakery / "shelf" / "rate_cells.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    young = tuple(
        (row, "") for row in cells if row.startswith("PPO hospital and doctor") and int(row.split(",")[2]) < 18
    )
    gaps = (*young, ("Dental tiers,2026-01-01", "Dental tiers,2026-06-01"))
    path = tmp_path / "census.csv"
    path.write_text(GOOD, encoding="utf-8")

    assert answer(["shelf", str(edited(bakery / "shelf", tmp_path / "gaps", "rate_cells", *gaps))]) == 0
    assert answer(["load", str(path), "--contract", CONTRACT]) == 0
    assert answer(["rate"]) == 0
    assert no_rate(book) == [("Ana", "DEN", "NO_RATE"), ("Ines", "MED-CARE", "NO_RATE")]
    assert answer(["shelf", str(bakery / "shelf"), "--replace-rates"]) == 0
    assert answer(["rate"]) == 0
    assert no_rate(book) == []


@pytest.mark.parametrize(
    ("sheet", "change", "words"),
    [
        ("rate_cells", ("Life,2026-01-01", "Life,2026-01-01,,,,,,,,,,,,,,,,0.25\nLife,2026-01-01"), "same keys"),
        ("contributions", (",Percentage,,80,", ",Percentage,,180,"), "between 0 and 100"),
    ],
)
def test_a_shelf_row_that_cannot_be_is_refused_and_the_mended_sheet_loads(
    bakery: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sheet: str,
    change: tuple[str, str],
    words: str,
) -> None:
    """Two figures of one rate version for one date, and a share of more than all."""
    monkeypatch.setenv("BENEFITS_BOOK", str(tmp_path / "shelf.duckdb"))
    assert answer(["shelf", str(edited(bakery / "shelf", tmp_path / "faulty", sheet, change))]) == 1
    said = capsys.readouterr()
    assert words in " ".join(said.out.split())
    assert "Traceback" not in said.out + said.err
    assert answer(["shelf", str(bakery / "shelf")]) == 0
