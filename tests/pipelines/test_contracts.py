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
    assert "benefits enroll 1 " in said
    told = "enrollment_start_date::VARCHAR, enrollment_end_date::VARCHAR, enrollment_census_id"
    assert rows(book, f"SELECT {told} FROM book.contract") == [("2025-11-01", "2025-11-30", "C")]
    everybody_enrolls(book)
    code, said, complained = typed("enroll", "C")
    assert (code, complained) == (0, "")
    assert "5 policies made; not enrolled: 0 of 5 choices (one is a family in a plan)." in said
    assert rows(book, "SELECT count(*), sum(standard_cents) FROM book.insurance_policy") == [(5, 1_617_95)]
    audited = "SELECT DISTINCT action FROM book.audit_entry WHERE action NOT LIKE 'job %' ORDER BY ALL"
    assert rows(book, audited) == [("contract create",), ("enroll",)]
    assert "Nobody is left to enroll" in typed("enroll", "C")[1]  # EN-23


def test_who_cannot_be_enrolled_is_told_with_the_reason(typed: Typed, book: Book) -> None:
    typed("contract", "create", "Q-1", "--group-number", "G-7")
    everybody_enrolls(book)
    run(book, "UPDATE book.census_member SET birth_date = NULL WHERE group_census_member_id = 'M1'")
    code, said, _ = typed("enroll", "C")
    assert "4 policies made; not enrolled: 1 of 5 choices (one is a family in a plan)." in said
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


@pytest.mark.rule("CQ-1")
def test_an_unapproved_quote_is_approved_as_the_refusal_says(typed: Typed, book: Book) -> None:
    run(book, "UPDATE book.quote SET status = 'Draft'")
    said = " ".join(typed("contract", "create", "Q-1")[2].split())
    assert "Approve the quote before creating a contract. `benefits quote approve Q-1` approves it." in said
    code, said, complained = typed("quote", "approve", "q-1")
    assert (code, complained) == (0, "")
    assert "is approved" in said
    assert "benefits contract create Q-1" in said
    assert typed("contract", "create", "Q-1")[0] == 0
    # It is Accepted by now (CQ-13), and stays so.
    assert "is Accepted already" in typed("quote", "approve", "Q-1")[1]
    assert rows(book, "SELECT status FROM book.quote") == [("Accepted",)]
    audited = "SELECT DISTINCT action FROM book.audit_entry WHERE action NOT LIKE 'job %' ORDER BY ALL"
    assert rows(book, audited) == [("contract create",), ("quote approve",)]


@pytest.mark.rule("CQ-3", "CQ-4")
def test_a_refused_contract_says_what_is_wrong_where(typed: Typed, book: Book) -> None:
    run(book, "UPDATE book.quote_line SET rated_at = NULL")
    said = " ".join(typed("contract", "create", "Q-1")[2].split())
    assert "Rate the quote before creating a contract. `benefits quote rate Q-1` rates it;" in said
    for asked, told in (
        (("--start", "soon"), "contractStartDate: Specify a date in yyyy-MM-dd format."),
        (("--end", "2025-01-01"), "The contract end date must be after the start date."),
    ):
        code, _, complained = typed("contract", "create", "Q-1", *asked)
        assert (code, told in " ".join(complained.split())) == (1, True)


def test_a_contract_is_endorsed_within_its_term_and_renewed_after_it(typed: Typed, book: Book) -> None:
    typed("contract", "create", "Q-1")
    ((number,),) = rows(book, "SELECT contract_number FROM book.contract")
    first = number
    run(book, "UPDATE book.contract SET source_quote_id = 'an earlier quote'")
    for command, day, told in (
        ("endorse", "2026-01-01", "effectiveDate: The running term is 2026-01-01 to 2026-12-31; name a day within it"),
        ("renew", "2026-12-31", "renewalDate: The running term ends on 2026-12-31; the renewal begins after it."),
    ):
        code, _, complained = typed("contract", command, number, "Q-1", "--date", day)
        assert (code, told in " ".join(complained.split())) == (1, True)
    for command, day, expected in (("endorse", "2026-07-01", "2026-12-31"), ("renew", "2027-01-01", "2027-12-31")):
        run(book, "UPDATE book.contract SET source_quote_id = 'an earlier quote'")
        run(book, "UPDATE book.quote SET status = 'Approved'")
        code, said, complained = typed("contract", command, number, "Q-1", "--date", day)
        assert (code, complained) == (0, "")
        assert f"{day} to {expected}" in said
        assert f"Follows contract {number}, which ends on" in said
        # enrolling the census would make policies under the contract before
        assert f"The census 1 is enrolled under contract {first}, not under this one." in said
        assert "benefits load FILE --contract" in said
        assert "benefits enroll" not in said
        ((number,),) = rows(book, "SELECT contract_number FROM book.contract ORDER BY contract_id DESC LIMIT 1")
    assert number in typed("contract", "show", number)[1]
