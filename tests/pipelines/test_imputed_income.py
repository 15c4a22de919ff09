"""`benefits imputed-income`: kept in the book, written to a file, refused in a sentence."""

import csv
from pathlib import Path

from pipelines.cli.show import money
from services.book import Book
from tests.pipelines.conftest import Typed


def row(book: Book, query: str) -> tuple:
    with book.read() as tx:
        return tx.connection.execute(query).fetchall()[0]


def test_imputed_income_is_kept_in_the_book(typed: Typed, finished_book: Book) -> None:
    code, said, complained = typed("imputed-income", "--year", 2026)
    assert code == 0, complained
    n, cents = row(finished_book, "SELECT count(*), sum(taxable_cents) FROM out.imputed_income")
    assert n > 0
    assert f"Kept in out.imputed_income: {money(cents)} dollars of imputed income in 2026, {n:,} people" in said


def test_imputed_income_is_written_to_a_file_and_the_book_stays_as_it_was(
    typed: Typed, finished_book: Book, tmp_path: Path
) -> None:
    path, (run,) = tmp_path / "imputed.csv", row(finished_book, "SELECT rating_run_id FROM out.rating_run")
    code, said, complained = typed("imputed-income", "--year", 2026, "--run", run, "--pre-tax", "--out", path)
    assert code == 0, complained
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {"employee_name", "insured_name", "taxable", "january", "december"} <= set(lines[0])
    assert {line["paid_after_tax"] for line in lines} == {"0.00"}
    assert f"{len(lines):,} people" in said
    assert row(finished_book, "SELECT count(*) FROM out.imputed_income") == (0,)


def test_a_year_or_a_run_that_cannot_be_is_refused_and_no_life_cover_is_said(typed: Typed, finished_book: Book) -> None:
    code, _, complained = typed("imputed-income", "--year", 1998)
    assert code == 1
    assert "1998 is no year that Table I is for" in complained
    code, _, complained = typed("imputed-income", "--year", 2026, "--run", "nothing")
    assert code == 1
    assert "There is no run nothing" in complained
    code, _, complained = typed("imputed-income", "--year", 2040)
    assert code == 1
    assert "No current run speaks of a day of 2040" in complained
    with finished_book.write() as tx:
        tx.connection.execute("UPDATE book.product SET product_type = 'AD&D'").fetchall()
    code, said, complained = typed("imputed-income", "--year", 2026)
    assert code == 0, complained
    assert "no imputed income in 2026; no group-term life cover counts" in said
