"""What is asked before a quote is rated: every refusal, both sides of every limit (GR-1 to GR-7, GR-19)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services import jobs
from services.book import Book, Transaction
from services.insurance_errors import Refused
from services.job_runs import run_pending
from services.quotes.request import ask
from services.scope import EVERYTHING, Scope
from services.settings import set_to
from tests.random_book import NOW, write
from tests.services.member_rating.desk import person
from tests.services.quotes.desk import HOSPITAL, QUOTE, ROOT, a_book, line, product_table, quote, rate, together


class Undo(Exception):
    """Nothing is kept."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return a_book(tmp_path_factory.mktemp("request"))


@pytest.fixture
def tx(book: Book) -> Iterator[Transaction]:
    """A unit of work that is rolled back."""
    try:
        with book.write() as made:
            yield made
            raise Undo
    except Undo:
        pass


def change(tx: Transaction, *statements: str) -> None:
    for each in statements:
        tx.connection.execute(each).fetchall()


def refused(tx: Transaction, **asked: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as fault:
        ask(tx, asked.pop("quote_id", QUOTE), scope=asked.pop("scope", EVERYTHING), now=NOW, **asked)
    assert fault.value.status == 400
    assert tx.rows("quotes.running", {"quote_id": QUOTE}) == []
    return [(error.code, error.message) for error in fault.value.errors]


@pytest.mark.rule("GB-GRP-001", "GR-1")
@pytest.mark.parametrize(
    ("quote_id", "scope"), [("0Q0", EVERYTHING), (ROOT, EVERYTHING), (QUOTE, Scope(account_ids=("B",)))]
)
def test_a_quote_that_is_not_there_or_not_seen(tx: Transaction, quote_id: str, scope: Scope) -> None:
    with pytest.raises(Refused) as fault:
        ask(tx, quote_id, scope=scope, now=NOW)
    (error,) = fault.value.errors
    assert (error.code, error.message) == ("SF-0001-0005", "Specify a valid input for quoteId.")
    assert error.info["reason"] == "GB-GRP-001"


@pytest.mark.parametrize(
    ("statement", "code", "says"),
    [
        pytest.param(
            "UPDATE book.quote SET insurance_quote_type = NULL",
            "GB-GRP-002",
            "Insurance Quote Type must be New Group Business.",
            marks=pytest.mark.rule("GB-GRP-002", "GR-1"),
        ),
        pytest.param(
            "UPDATE book.quote SET group_census_id = NULL",
            "GB-GRP-003",
            "Link a group census to the quote.",
            marks=pytest.mark.rule("GB-GRP-003", "GR-2"),
        ),
        pytest.param(
            "UPDATE book.quote SET account_id = 'Z'",
            "GB-GRP-004",
            "The quote account must match the census account.",
            marks=pytest.mark.rule("GB-GRP-004", "GR-2"),
        ),
        *(
            pytest.param(
                statement,
                "GB-GRP-005",
                "The quote dates must be within the census effective and expiration dates.",
                marks=pytest.mark.rule("GB-GRP-005", "GR-2"),
            )
            for statement in (
                "UPDATE book.group_census SET effective_date = DATE '2026-01-02'",
                "UPDATE book.group_census SET expiration_date = DATE '2026-12-30'",
            )
        ),
        pytest.param(
            "DELETE FROM book.quote_line",
            "GB-GRP-006",
            "Add at least one group insurance product to the quote.",
            marks=pytest.mark.rule("GB-GRP-006", "GR-3"),
        ),
        pytest.param(
            "DELETE FROM book.census_member",
            "GB-GRP-007",
            "The census has no members.",
            marks=pytest.mark.rule("GB-GRP-007", "GR-4"),
        ),
        *(
            pytest.param(
                statement,
                "GB-GRP-008",
                "Each product needs at least one coverage for every group summary.",
                marks=pytest.mark.rule("GB-GRP-008", "GR-5"),
            )
            for statement in (
                "DELETE FROM book.quote_line WHERE quote_line_id = 'L3'",  # the only one of the managers
                "DELETE FROM book.quote_line WHERE level <> 'ROOT'",
                "UPDATE book.quote_line SET parent_line_id = 'S1' WHERE quote_line_id IN ('L1', 'L2')",
            )
        ),
        pytest.param(
            "UPDATE book.quote SET census_rating_type = NULL",
            "GB-GRP-013",
            "Select a census rating type on the quote.",
            marks=pytest.mark.rule("GB-GRP-013"),
        ),
        pytest.param(
            "UPDATE ref.rate_cell SET effective_from = DATE '2026-01-02'",
            "GB-GRP-012",
            "No pricing procedure is active on the rating date.",
            marks=pytest.mark.rule("GB-GRP-012", "GR-13"),
        ),
    ],
)
def test_each_reason_is_told_and_nothing_begins(tx: Transaction, statement: str, code: str, says: str) -> None:
    change(tx, statement)
    assert refused(tx) == [(code, says)]


@pytest.mark.rule("GR-2")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE book.group_census SET effective_date = DATE '2026-01-01', expiration_date = DATE '2026-12-31'",
        "UPDATE book.group_census SET effective_date = NULL, expiration_date = NULL",
        "UPDATE book.quote SET account_id = NULL, quote_account_id = 'A'",
    ],
)
def test_dates_on_the_very_limits_and_the_account_for_quote_will_do(tx: Transaction, statement: str) -> None:
    change(tx, statement)
    assert ask(tx, QUOTE, scope=EVERYTHING, now=NOW)


@pytest.mark.rule("GB-GRP-007", "GR-4")
def test_summary_based_needs_counters_or_members(tx: Transaction) -> None:
    change(
        tx,
        "UPDATE book.quote SET census_rating_type = 'Summary Based'",
        "UPDATE ref.rate_table SET method = 'summary_based'",
    )
    change(tx, "DELETE FROM book.census_member")
    assert refused(tx) == [("GB-GRP-007", "The census has no summary data.")]
    change(tx, "UPDATE book.group_census SET total_members = 1")
    assert ask(tx, QUOTE, scope=EVERYTHING, now=NOW)


@pytest.mark.rule("GB-GRP-012")
@pytest.mark.parametrize(("kind", "method"), [("Member Based", "summary_based"), ("Summary Based", "flat")])
def test_each_rating_type_needs_a_procedure_of_its_own(tx: Transaction, kind: str, method: str) -> None:
    change(tx, f"UPDATE book.quote SET census_rating_type = '{kind}'", f"UPDATE ref.rate_table SET method = '{method}'")
    assert [code for code, _ in refused(tx)] == ["GB-GRP-012"]


@pytest.mark.rule("GB-GRP-012", "GR-22")
def test_a_table_that_is_closed_is_no_procedure_from_that_day_on(tx: Transaction) -> None:
    write(
        tx.connection,
        {"ref.rate_cell": [{"rate_table_id": t, "effective_from": date(2026, 2, 1), "keys": []} for t in ("TH", "TP")]},
    )
    assert [code for code, _ in refused(tx, rating_date="2026-02-01")] == ["GB-GRP-012"]
    assert ask(tx, QUOTE, rating_date="2026-01-31", scope=EVERYTHING, now=NOW)


@pytest.mark.rule("GB-GRP-010", "GR-6")
def test_only_root_lines_of_this_quote_are_rated(tx: Transaction) -> None:
    with pytest.raises(Refused) as fault:
        ask(tx, QUOTE, line_ids=[ROOT, HOSPITAL, "0QL"], scope=EVERYTHING, now=NOW)
    assert [(e.code, e.message, e.info) for e in fault.value.errors] == [
        ("GB-GRP-010", "Quote line item isn't a root plan of this quote.", {"quoteLineItemId": each})
        for each in (HOSPITAL, "0QL")
    ]
    # Only a list that is left out means the whole quote (GR-6); an empty one is no valid input (CV-22), and GB-GRP-006
    # would say that the quote has no products.
    assert refused(tx, line_ids=[]) == [("SF-0001-0005", "Specify a valid input for quoteLineItemIds.")]


@pytest.mark.rule("GB-GRP-011", "GR-7")
@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("Member Based", "You can rate up to 30 plans and 3,000 members at a time."),
        ("Summary Based", "You can rate up to 30 plans and 150,000 members at a time."),
    ],
)
def test_limits_are_those_published_until_they_are_set(tx: Transaction, kind: str, most: str) -> None:
    change(
        tx,
        f"UPDATE book.quote SET census_rating_type = '{kind}'",
        "UPDATE book.group_census SET total_members = 150001",
        f"UPDATE ref.rate_table SET method = '{'flat' if kind == 'Member Based' else 'summary_based'}'",
    )
    assert refused(tx) == [("GB-GRP-011", most)]
    set_to(tx, f"quote_most_members_{kind.partition(' ')[0].lower()}_based", "150001", NOW)
    assert ask(tx, QUOTE, scope=EVERYTHING, now=NOW)


@pytest.mark.rule("GR-7")
@pytest.mark.parametrize(
    ("setting", "value", "is_refused"),
    [
        ("quote_most_plans", "0", True),
        ("quote_most_plans", "1", False),
        ("quote_most_members_member_based", "4", True),
        ("quote_most_members_member_based", "5", False),
        ("quote_most_members_member_based", "forever", False),
    ],
)
def test_both_sides_of_each_limit(tx: Transaction, setting: str, value: str, is_refused: bool) -> None:
    set_to(tx, setting, value, NOW)
    if is_refused:
        assert [code for code, _ in refused(tx)] == ["GB-GRP-011"]
    else:
        assert ask(tx, QUOTE, scope=EVERYTHING, now=NOW)


@pytest.mark.rule("SF-0001-0003", "SF-0001-0005", "SF-0001-0004")
def test_a_date_a_size_and_a_term_that_cannot_be(tx: Transaction) -> None:
    for text in ("1.1.2026", "2026-02-30", ""):
        assert [code for code, _ in refused(tx, rating_date=text)] == ["SF-0001-0003"]
    for size in (0, -1, 2_001):
        assert refused(tx, batch_size=size) == [("SF-0001-0005", "Specify a valid input for batchSize.")]
    change(tx, "UPDATE book.quote SET end_date = NULL")
    assert refused(tx) == [("SF-0001-0004", "Specify an input for EndDate.")]
    change(tx, "UPDATE book.quote SET start_date = NULL")
    assert refused(tx) == [("SF-0001-0004", "Specify an input for StartDate.")]


@pytest.mark.parametrize("size", [1, 2_000, None])
def test_sizes_on_the_limits_are_taken(tx: Transaction, size: int | None) -> None:
    assert ask(tx, QUOTE, batch_size=size, rating_date="2026-01-01T00:00:00Z", scope=EVERYTHING, now=NOW)


def test_all_reasons_are_told_at_once(tx: Transaction) -> None:
    change(
        tx,
        "UPDATE book.quote SET insurance_quote_type = NULL, start_date = DATE '2025-01-01'",
        "DELETE FROM book.census_member",
        "DELETE FROM book.quote_line WHERE quote_line_id = 'L3'",
    )
    assert [code for code, _ in refused(tx)] == ["GB-GRP-002", "GB-GRP-005", "GB-GRP-007", "GB-GRP-008"]


def two_plans() -> Any:
    """The quote with a dental plan beside the medical one."""
    return together(
        quote(),
        {
            "book.product": [
                {"product_id": "PD", "product_code": "DENT", "name": "Dental", "product_type": "Dental"},
                {
                    "product_id": "PC",
                    "product_code": "DC",
                    "name": "Cleaning",
                    "product_type": "Dental",
                    "parent_product_id": "PD",
                },
            ],
            "book.quote_line": [
                line("R2", "ROOT", None, "R2", product_id="PD", name="Dental"),
                line("S3", "GROUP_SUMMARY", "R2", "R2"),
                line("P3", "MEMBER", "S3", "R2"),
                line("L4", "COVERAGE", "P3", "R2", product_id="PC"),
            ],
        },
        product_table("TD", "PC", [([], 10)], [], method="flat"),
    )


@pytest.mark.rule("GB-GRP-009", "GR-19")
def test_while_a_root_is_being_rated_it_is_not_asked_for_again(tmp_path: Path) -> None:
    book = a_book(tmp_path, two_plans())
    with book.write() as tx:
        first = ask(tx, QUOTE, line_ids=[ROOT], scope=EVERYTHING, now=NOW)
        with pytest.raises(Refused) as fault:
            ask(tx, QUOTE, scope=EVERYTHING, now=NOW)
        assert [(e.code, e.message) for e in fault.value.errors] == [
            ("GB-GRP-009", "Rating is already in progress for this quote.")
        ]
        second = ask(tx, QUOTE, line_ids=["R2"], scope=EVERYTHING, now=NOW)  # another root may be
    assert run_pending(book, lambda: NOW) == [first, second]
    assert rate(book)["status"] == "Completed"  # and all again once both have ended


@pytest.mark.rule("GR-16")
def test_the_call_answers_before_anything_is_rated(tx: Transaction) -> None:
    request_id = ask(tx, QUOTE, batch_size=50, scope=EVERYTHING, now=NOW, requested_by="0at1")
    told = jobs.status(tx, request_id, scope=EVERYTHING)
    assert (told["type"], told["status"], told["jobCount"], told["pendingJobCount"]) == (
        "GroupRating",
        "Scheduled",
        1,
        1,
    )
    assert tx.row("quotes.state", {"quote_id": QUOTE}) == (None, request_id, "Scheduled")


def test_the_number_of_statements_hangs_on_no_member(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    seen = Transaction.rows

    def counted(self: Transaction, *args: Any) -> Any:
        counts[-1] += 1
        return seen(self, *args)

    ask(tx, QUOTE, scope=EVERYTHING, now=NOW)  # the first ids of a kind take a statement more
    monkeypatch.setattr(Transaction, "rows", counted)
    for n in (0, 50):
        write(
            tx.connection, {"book.census_member": [person(f"N{i}", group_class_id="F") for i in range(n)]} if n else {}
        )
        change(tx, "DELETE FROM book.async_request")
        counts.append(0)
        ask(tx, QUOTE, scope=EVERYTHING, now=NOW)
    assert counts[0] == counts[1]


@pytest.mark.rule("GR-13")
@pytest.mark.parametrize(("day", "is_taken"), [("1899-12-31", False), ("2200-01-01", False), ("2199-12-31", True)])
def test_rates_are_not_taken_on_a_day_beyond_every_term(tx: Transaction, day: str, is_taken: bool) -> None:
    if is_taken:
        assert ask(tx, QUOTE, rating_date=day, scope=EVERYTHING, now=NOW)
    else:
        assert refused(tx, rating_date=day) == [("SF-0001-0005", "Specify a valid input for ratingDate.")]
