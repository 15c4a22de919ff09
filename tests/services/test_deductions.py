"""Deductions of a run: a family's shares at its primary, kept in the book or written as a file."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from services.book import Book
from services.deductions import Deductions, keep, write
from services.refusals import Malformed, NotFound
from tests.analyst_book import ANN, CURRENT, RENEWAL, filled_book


@pytest.fixture
def filled(tmp_path: Path) -> Book:
    """The small finished book."""
    return filled_book(tmp_path)


def kept(book: Book) -> list[tuple]:
    """Member, plan's shares and deductions, as the table holds them."""
    with book.read() as tx:
        return tx.connection.execute(
            """SELECT group_census_member_id, plan_code, pay_periods, employee_cents, each_cents, last_cents,
                is_complete
            FROM out.pay_deduction AS d JOIN book.contract_plan AS p ON p.contract_plan_id = d.root_plan_id
            ORDER BY ALL"""
        ).fetchall()


def test_the_shares_of_a_family_are_one_deduction_of_its_primary(filled: Book) -> None:
    with filled.write() as tx:
        made = keep(tx, 26)
    rows = {(member, plan): rest for member, plan, *rest in kept(filled)}
    # Medical: 1,080.00 + 2,599.98 + 604.93 = 4,284.91; / 26 = 164.8042; the last 4,284.91 - 25 x 164.80 = 164.91
    assert rows[ANN, "MED"] == [26, 428_491, 16_480, 16_491, True]
    # Dental: 360.00 / 26 = 13.846 -> 13.85; the last 360.00 - 25 x 13.85 = 13.75
    assert [26, 36_000, 1_385, 1_375, True] in rows.values()
    assert rows[ANN, "LTD"] == [26, 0, 0, 0, False]  # without a rate: nothing to deduct, and said so
    assert made == Deductions(len(rows), 428_491 + 36_000)
    assert {member for member, _ in rows} & {"0r6000000000000002", "0r6000000000000003"} == set()


def test_keeping_again_replaces_the_same_number_of_periods_and_leaves_others(filled: Book) -> None:
    with filled.write() as tx:
        keep(tx, 26)
    first = kept(filled)
    with filled.write() as tx:
        keep(tx, 26)
    assert kept(filled) == first
    with filled.write() as tx:
        keep(tx, 12)
        keep(tx, 12, RENEWAL)
        keep(tx, 12, CURRENT)
    assert [row for row in kept(filled) if row[2] == 26] == first
    with filled.read() as tx:
        runs = tx.connection.execute(
            "SELECT DISTINCT rating_run_id FROM out.pay_deduction WHERE pay_periods = 12 ORDER BY ALL"
        ).fetchall()
    assert runs == [(CURRENT,), (RENEWAL,)]


def test_a_file_says_names_and_dollars_that_add_up(filled: Book, tmp_path: Path) -> None:
    path = tmp_path / "deductions.csv"
    with filled.read() as tx:
        made = write(tx, path, 52)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == made.n_rows
    medical = next(row for row in rows if row["plan_code"] == "MED")
    # 4,284.91 / 52 = 82.4021; the last 4,284.91 - 51 x 82.40 = 82.51
    assert [medical[name] for name in ("employee_term", "each_period", "last_period")] == ["4284.91", "82.40", "82.51"]
    assert medical["member_name"].startswith("Ann")
    for row in rows:
        parts = 51 * Decimal(row["each_period"]) + Decimal(row["last_period"])
        assert parts == Decimal(row["employee_term"])


def test_an_unknown_run_and_another_number_of_periods_are_refused(filled: Book, tmp_path: Path) -> None:
    with filled.write() as tx:
        with pytest.raises(NotFound, match="There is no run nothing"):
            keep(tx, 12, "nothing")
        with pytest.raises(Malformed, match="13 is no number of pay periods"):
            keep(tx, 13)
    path = tmp_path / "deductions.csv"
    with filled.read() as tx, pytest.raises(Malformed):
        write(tx, path, 13)
    assert not path.exists()
    assert not kept(filled)


def test_a_book_without_runs_is_refused_and_not_told_as_nothing(book: Book) -> None:
    """As imputed income is: 0.00 dollars would look like an answer."""
    with book.write() as tx, pytest.raises(NotFound, match="No premium of a current run is there to deduct"):
        keep(tx, 12)
