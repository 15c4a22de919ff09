"""When prices of a quote no longer hold: after every change of what they come from, and after nothing else (GR-17)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.book import Book, Transaction
from services.quotes.reading import quote as whole
from services.quotes.reading import state_of
from services.scope import EVERYTHING
from tests.random_book import NOW, write
from tests.services.member_rating.desk import together
from tests.services.quotes.desk import QUOTE, ROOT, a_book, line, product_table, rate, rated
from tests.services.quotes.test_rating import change
from tests.services.quotes.test_request import two_plans


class Undo(Exception):
    """Nothing is kept."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    rows = two_plans()
    rows["ref.contribution_rule"] = [
        {
            "contribution_rule_id": "K1",
            "group_class_id": "E",
            "name": "Half",
            "type": "Percentage",
            "amount_period": "TERM",
            "modified_at": NOW,
        }
    ]
    rows["book.quote_line_attribute"] = [
        {"quote_line_attribute_id": "T1", "quote_line_id": "L1", "attribute_name": "Copay", "value": "20"}
    ]
    elsewhere = product_table("TX", "PX", [([], 1)], [], method="flat")
    factor = product_table("TF", "PX", [([], 1)], [], method="factor") | {"ref.rate_table_plan": []}
    base = product_table("TB", "PX", [([], 1)], [], method="flat") | {"ref.rate_table_plan": []}
    of_base = product_table("TG", "PX", [([], 1)], [], method="factor") | {"ref.rate_table_plan": []}
    area = {"state": "MA", "postal_prefix": "021", "rating_area": "2", "effective_from": date(2026, 1, 1)}
    rows = together(rows, elsewhere, factor, base, of_base, {"ref.rating_area": [area]})
    rows["book.account"][0] |= {"state": "MA", "postal_code": "02139"}
    tables = {table["rate_table_id"]: table for table in rows["ref.rate_table"]}
    tables["TD"] |= {"factor_tables": ["TF"], "base_table": "TB"}
    tables["TB"]["factor_tables"] = ["TG"]
    made = a_book(tmp_path_factory.mktemp("stale"), rows)
    assert rate(made)["status"] == "Completed"
    return made


@pytest.fixture
def tx(book: Book) -> Iterator[Transaction]:
    """A unit of work that is rolled back."""
    try:
        with book.write() as made:
            yield made
            raise Undo
    except Undo:
        pass


def is_stale(tx: Transaction) -> bool:
    told = state_of(tx, QUOTE)
    assert told["ratingStatus"] == "Completed"  # it stays, stale or not
    return told["isStale"]


@pytest.mark.rule("GR-17")
@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "UPDATE book.group_census SET census_version = census_version + 1", id="a member came, left or changed"
        ),
        pytest.param("UPDATE book.quote SET rating_area = '2'", id="the area"),
        pytest.param("UPDATE book.quote SET end_date = '2026-11-30'", id="the term"),
        pytest.param("UPDATE book.quote SET group_census_id = NULL", id="the census"),
        pytest.param("UPDATE book.quote SET census_rating_type = 'Summary Based'", id="the rating type"),
        pytest.param("UPDATE book.quote_line SET is_optional = true WHERE quote_line_id = 'L1'", id="a line"),
        pytest.param("UPDATE book.quote_line SET quantity = 2 WHERE quote_line_id = 'L4'", id="a quantity"),
        pytest.param("DELETE FROM book.quote_line WHERE quote_line_id = 'L2'", id="a line removed"),
        pytest.param("UPDATE book.quote_line SET group_class_id = 'F' WHERE quote_line_id = 'S1'", id="a class"),
        pytest.param("UPDATE book.quote_line_attribute SET value = '25'", id="an attribute"),
        pytest.param("DELETE FROM book.quote_line_attribute", id="an attribute removed"),
        pytest.param("UPDATE ref.contribution_rule SET modified_at = '2027-01-01'", id="a contribution rule"),
        pytest.param("DELETE FROM ref.contribution_rule", id="a contribution rule removed"),
        pytest.param("UPDATE ref.rate_table SET modified_at = '2027-01-01' WHERE rate_table_id = 'TD'", id="rates"),
        pytest.param("UPDATE ref.rate_table SET modified_at = '2027-01-01' WHERE rate_table_id = 'TF'", id="a factor"),
        pytest.param("UPDATE ref.rate_table SET modified_at = '2027-01-01' WHERE rate_table_id = 'TB'", id="a base"),
        pytest.param(
            "UPDATE ref.rate_table SET modified_at = '2027-01-01' WHERE rate_table_id = 'TG'", id="a factor of a base"
        ),
        pytest.param("UPDATE ref.rating_area SET rating_area = '3'", id="the area of the address"),
        pytest.param("DELETE FROM ref.rate_table_plan WHERE rate_table_id = 'TD'", id="rates taken away"),
        pytest.param(
            "UPDATE book.group_class SET effective_end_date = '2026-06-30' WHERE name = 'Managers'", id="a class ends"
        ),
        pytest.param("UPDATE book.account SET state = 'TX', postal_code = '75001'", id="the address"),
    ],
)
def test_a_change_of_what_prices_come_from_makes_them_stale(tx: Transaction, statement: str) -> None:
    assert not is_stale(tx)
    tx.connection.execute(statement).fetchall()
    assert is_stale(tx)


@pytest.mark.rule("GR-17")
def test_another_root_makes_a_quote_stale(tx: Transaction) -> None:
    write(tx.connection, {"book.quote_line": [line("R9", "ROOT", None, "R9", product_id="PM")]})
    assert is_stale(tx)


@pytest.mark.rule("GR-17")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE book.quote SET name = 'Other', status = 'Approved', modified_at = '2027-01-01'",
        "UPDATE book.quote_line SET name = 'Other', modified_at = '2027-01-01'",
        "UPDATE book.group_census SET name = 'Other', modified_at = '2027-01-01'",
        "UPDATE ref.rate_table SET modified_at = '2027-01-01' WHERE rate_table_id = 'TX'",
        "INSERT INTO ref.rating_area VALUES ('MA', '0213', '5', '2027-01-01', NULL)",
    ],
)
def test_names_and_stati_make_nothing_stale(tx: Transaction, statement: str) -> None:
    assert tx.connection.execute(statement).fetchall()[0][0] > 0  # something was changed
    assert not is_stale(tx)


@pytest.mark.rule("GR-17", "GR-12")
def test_rating_one_root_again_leaves_the_other_stale_and_rating_all_ends_it(tmp_path: Path) -> None:
    with a_book(tmp_path / "new", two_plans()).read() as tx:
        assert not state_of(tx, QUOTE)["isStale"]  # never rated: there is no price to be stale
    own = rated(tmp_path, two_plans())
    change(own, "UPDATE book.group_census SET census_version = census_version + 1")
    assert rate(own, line_ids=[ROOT])["status"] == "Completed"
    with own.read() as tx:
        told = whole(tx, QUOTE, scope=EVERYTHING)
    assert (told["isStale"], [each["isStale"] for each in told["lines"]]) == (True, [False, True])
    assert told["ratedAt"] == f"{NOW.isoformat(timespec='milliseconds')}Z"
    rate(own)
    with own.read() as tx:
        assert not state_of(tx, QUOTE)["isStale"]
