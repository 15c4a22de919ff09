"""`benefits contract` and `benefits enroll`: from an approved quote to policies without a server."""

from pathlib import Path

import pytest

from services.book import Book
from services.places import Places
from services.quotes.reading import fingerprints
from tests.pipelines.conftest import Typed
from tests.services.contracts.desk import approved, everybody_enrolls, rows, run


@pytest.fixture
def book(places: Places, tmp_path: Path) -> Book:
    """The worked example, rated and approved, where the command line looks for it."""
    made = approved(tmp_path / "made")
    run(made, "UPDATE book.census_member SET first_name = 'Ann', last_name = group_census_member_id")
    with made.write() as tx, tx.lend(quote_seen=fingerprints(tx, "Q1")):
        tx.run("quotes.is_rated_as", {"root_ids": ["R1"]})
    places.book.parent.mkdir(parents=True)
    made.path.rename(places.book)
    return Book(places.book, lock_timeout_s=30.0)


@pytest.mark.rule("CQ-6", "EN-1")
def test_an_approved_quote_becomes_a_contract_and_its_census_is_enrolled(typed: Typed, book: Book) -> None:
    code, said, complained = typed(
        "contract", "create", "Q-1", "--enroll-from", "2025-11-01", "--enroll-to", "2025-11-30", "--group-number", "G-7"
    )
    assert (code, complained) == (0, "")
    for words in ("Medical Platinum", "L1", "mandatory", "G-7", "1,617.95", "2026-01-01 to 2026-12-31"):
        assert words in said
    told = "enrollment_start_date::VARCHAR, enrollment_end_date::VARCHAR, enrollment_census_id"
    assert rows(book, f"SELECT {told} FROM book.contract") == [("2025-11-01", "2025-11-30", "C")]
    everybody_enrolls(book)
    code, said, complained = typed("enroll", "C")
    assert (code, complained) == (0, "")
    assert "5 policies made; 0 of 5 families were not enrolled." in said
    assert rows(book, "SELECT count(*), sum(standard_cents) FROM book.insurance_policy") == [(5, 1_617_95)]
    audited = "SELECT DISTINCT action FROM book.audit_entry WHERE action NOT LIKE 'job %' ORDER BY ALL"
    assert rows(book, audited) == [("contract create",), ("enroll",)]


def test_who_cannot_be_enrolled_is_told_with_the_reason(typed: Typed, book: Book) -> None:
    typed("contract", "create", "Q-1", "--group-number", "G-7")
    everybody_enrolls(book)
    run(book, "UPDATE book.census_member SET birth_date = NULL WHERE group_census_member_id = 'M1'")
    code, said, _ = typed("enroll", "C")
    assert "4 policies made; 1 of 5 families were not enrolled." in said
    assert code == 0
    assert "M1" in said


def test_what_stands_in_the_way_is_told_and_nothing_is_made(typed: Typed, book: Book) -> None:
    run(book, "UPDATE book.quote SET status = 'Draft'")
    code, _, complained = typed("contract", "create", "Q-1")
    assert (code, "Approve the quote before creating a contract." in " ".join(complained.split())) == (1, True)
    code, _, complained = typed("contract", "show", "K-9")
    assert (code, "There is no contract K-9." in " ".join(complained.split())) == (1, True)
    code, _, complained = typed("contract", "renew", "K-9", "Q-1", "--date", "2027-01-01")
    assert (code, "There is no contract K-9." in " ".join(complained.split())) == (1, True)
    code, _, complained = typed("enroll", "nobody")
    assert (code, "There is no census nobody." in " ".join(complained.split())) == (1, True)
    assert rows(book, "SELECT count(*) FROM book.contract") == [(0,)]


def test_a_contract_is_endorsed_within_its_term_and_renewed_after_it(typed: Typed, book: Book) -> None:
    typed("contract", "create", "Q-1")
    ((number,),) = rows(book, "SELECT contract_number FROM book.contract")
    for command, day, expected in (("endorse", "2026-07-01", "2026-12-31"), ("renew", "2027-01-01", "2027-12-31")):
        run(book, "UPDATE book.contract SET source_quote_id = 'an earlier quote'")
        run(book, "UPDATE book.quote SET status = 'Approved'")
        code, said, complained = typed("contract", command, number, "Q-1", "--date", day)
        assert (code, complained) == (0, "")
        assert f"{day} to {expected}" in said
        ((number,),) = rows(book, "SELECT contract_number FROM book.contract ORDER BY contract_id DESC LIMIT 1")
    assert number in typed("contract", "show", number)[1]
