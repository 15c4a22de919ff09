"""`benefits deductions`: kept in the book, written to a file, refused in a sentence."""

import csv
from pathlib import Path

from services.book import Book
from tests.pipelines.conftest import Typed


def n_kept(book: Book) -> int:
    """Deductions in the book."""
    with book.read() as tx:
        return int(tx.connection.execute("SELECT count(*) FROM out.pay_deduction").fetchall()[0][0])


def test_deductions_are_written_to_a_file_and_the_book_stays_as_it_was(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    path = tmp_path / "deductions.csv"
    code, said, complained = typed("deductions", "--periods", 26, "--out", path)
    assert code == 0, complained
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"member_name", "plan_name", "each_period", "last_period"} <= set(rows[0])
    assert f"{len(rows):,} deductions" in " ".join(said.split())
    assert n_kept(finished_book) == 0


def test_without_a_file_deductions_are_kept_in_the_book(typed: Typed, finished_book: Book) -> None:
    code, said, complained = typed("deductions", "--periods", 12)
    assert code == 0, complained
    assert "Kept in out.pay_deduction" in said
    assert f"{n_kept(finished_book):,} deductions" in " ".join(said.split())
    assert n_kept(finished_book) > 0


def test_a_number_of_periods_that_no_payroll_has_is_refused(typed: Typed, finished_book: Book) -> None:
    code, _, complained = typed("deductions", "--periods", 13)
    assert code == 1
    assert "13 is no number of pay periods in a term" in complained
    code, _, complained = typed("deductions", "--periods", 12, "--run", "nothing")
    assert code == 1
    assert "There is no run nothing" in complained
    del finished_book
