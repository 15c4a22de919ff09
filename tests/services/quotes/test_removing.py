"""A line taken off a quote: what goes with it, what the sums say then, and when it stays."""

from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.insurance_errors import Refused
from services.quotes.reading import quote as whole
from services.quotes.removing import remove_line
from services.quotes.request import ask
from services.scope import EVERYTHING, Scope
from tests.random_book import NOW
from tests.services.contracts.desk import made, run
from tests.services.member_rating.desk import together
from tests.services.quotes.desk import (
    HOSPITAL,
    MANAGERS,
    PREVENTIVE,
    QUOTE,
    ROOT,
    line,
    premiums,
    product_table,
    quote,
    rate,
    rated,
)

DENTAL = "R9"


def _with_dental(path: Path) -> Book:
    """The worked example, rated, with a second plan: 20.00 for each of five."""
    rows = quote()
    product = {"product_code": "DENT", "name": "Dental", "product_type": "Dental"}
    rows["book.product"] += [product | {"product_id": "D"}]
    rows["book.quote_line"] += [
        line(DENTAL, "ROOT", None, DENTAL, product_id="D"),
        line("S9", "GROUP_SUMMARY", DENTAL, DENTAL),
        line("P9", "MEMBER", "S9", DENTAL),
        line("L9", "COVERAGE", "P9", DENTAL, product_id="D"),
    ]
    return rated(path, together(rows, product_table("TD", "D", [([], 20)], [], method="flat")))


def remove(book: Book, key: str, scope: Scope = EVERYTHING) -> None:
    with book.write() as tx:
        remove_line(tx, key, scope=scope, now=NOW)


def refusal(book: Book, key: str, scope: Scope = EVERYTHING) -> tuple[str, int]:
    """Code and status of a refusal."""
    with pytest.raises(Refused) as fault:
        remove(book, key, scope)
    return fault.value.errors[0].code, fault.value.status


def told(book: Book) -> dict[str, Any]:
    with book.read() as tx:
        return whole(tx, QUOTE, scope=EVERYTHING)


@pytest.mark.rule("GR-11", "GR-12")
def test_a_removed_plan_leaves_the_others_as_they_are_and_the_quote_is_their_sum(tmp_path: Path) -> None:
    book = _with_dental(tmp_path)
    before = told(book)
    assert (before["totalPrice"], len(before["lines"])) == (1617.95 + 100.0, 2)
    remove(book, DENTAL)
    after = told(book)
    assert after["lines"] == before["lines"][:1]
    assert (after["totalPrice"], after["isStale"], after["ratedAt"]) == (1617.95, False, before["ratedAt"])
    assert premiums(book).keys() & {DENTAL, "S9", "P9", "L9"} == set()


@pytest.mark.rule("GR-10", "GR-17")
def test_a_removed_coverage_leaves_sums_of_what_is_left_that_are_stale_until_rated_again(tmp_path: Path) -> None:
    book = rated(tmp_path)
    run(book, "INSERT INTO book.quote_line_attribute (quote_line_attribute_id, quote_line_id, attribute_name, value)"
              " VALUES ('B1', $id, 'Copay', '10')", id=PREVENTIVE)  # fmt: skip
    remove(book, PREVENTIVE)
    sums = premiums(book)
    # 1,617.95 less 60.00
    assert (sums[HOSPITAL], sums["S1"], sums[ROOT]) == (357_95, 357_95, 1_557_95)
    after = told(book)
    assert (after["totalPrice"], after["isStale"]) == (1557.95, True)
    with book.read() as tx:
        assert tx.rows("quotes.tree_attributes", {"quote_id": QUOTE}) == []
    assert rate(book)["status"] == "Completed"
    again = told(book)
    assert (again["totalPrice"], again["isStale"]) == (1557.95, False)


@pytest.mark.rule("GR-11")
def test_a_removed_class_goes_with_all_that_hangs_under_it(tmp_path: Path) -> None:
    book = rated(tmp_path)
    remove(book, MANAGERS)
    assert premiums(book)[ROOT] == 417_95
    assert [each["name"] for each in told(book)["lines"][0]["lines"]] == ["Executives"]


def test_a_quote_without_lines_has_no_price_and_counts_as_never_rated(tmp_path: Path) -> None:
    book = rated(tmp_path)
    remove(book, ROOT)
    after = told(book)
    assert (after["lines"], after["totalPrice"], after["ratedAt"], after["isStale"]) == ([], None, None, False)


@pytest.mark.rule("GB-CON-008", "GB-GRP-009")
def test_a_line_stays_while_it_is_rated_and_once_there_is_a_contract(tmp_path: Path) -> None:
    book = rated(tmp_path)
    with book.write() as tx:
        ask(tx, QUOTE, scope=EVERYTHING, now=NOW)
    assert refusal(book, PREVENTIVE) == ("GB-GRP-009", 400)
    run(book, "UPDATE book.async_request SET status = 'Completed'")
    run(book, "UPDATE book.quote SET status = 'Approved'")
    made(book)
    assert refusal(book, PREVENTIVE) == ("GB-CON-008", 400)
    assert premiums(book)[PREVENTIVE] == 60_00


def test_a_line_that_is_unknown_or_of_another_account_is_not_there(tmp_path: Path) -> None:
    book = rated(tmp_path)
    assert refusal(book, "0QL") == ("NOT_FOUND", 404)
    assert refusal(book, ROOT, Scope(account_ids=("B",))) == ("NOT_FOUND", 404)
    assert premiums(book)[ROOT] == 1_617_95
