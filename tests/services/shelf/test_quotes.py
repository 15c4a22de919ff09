"""The sheets of quotes: the example rates as it stands, a load again changes nothing, and each bad row says why."""

from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.job_runs import run_pending
from services.quotes.finding import due, find_quote, listed
from services.quotes.reading import quote as whole
from services.quotes.request import ask
from services.refusals import NotFound
from services.scope import EVERYTHING
from services.shelf.sheets import read_shelf
from tests.services.shelf.desk import LATER, NOW, asked, codes, load, sheets, tried

QUOTE = {"quote_number": "Q-2", "quote_name": "Second", "account_number": "HLB", "census": "HLB-2026 enrollment"}
TREE = (
    {"quote_number": "Q-2", "line_key": "plan", "level": "ROOT", "product_code": "PPO"},
    {
        "quote_number": "Q-2",
        "line_key": "salaried",
        "level": "GROUP_SUMMARY",
        "parent_line_key": "plan",
        "class_name": "Salaried",
    },
    {"quote_number": "Q-2", "line_key": "all", "level": "MEMBER", "parent_line_key": "salaried"},
    {
        "quote_number": "Q-2",
        "line_key": "care",
        "level": "COVERAGE",
        "parent_line_key": "all",
        "product_code": "PPO-CARE",
    },
)


def test_lines_may_stand_in_any_order_and_a_load_again_changes_nothing(tmp_path: Path, own: Book) -> None:
    stated = sheets(tmp_path / "a", {"quotes": [QUOTE], "quote_lines": TREE[::-1]})
    first = load(own, stated)
    assert (codes(first), first.n_accepted, first.n_changed) == ([], 5, 5)
    assert load(own, stated, now=LATER).n_changed == 0
    with own.read() as tx:
        told = whole(tx, find_quote(tx, "q-2"), scope=EVERYTHING)
    (root,) = told["lines"]
    (summary,) = root["lines"]
    assert (root["name"], summary["name"], summary["lines"][0]["name"]) == ("Coastal PPO", "Salaried", "Members")
    assert [each["instanceKey"] for each in summary["lines"][0]["lines"]] == ["care"]
    changed = sheets(tmp_path / "b", {"quote_lines": [TREE[0] | {"line_name": "Best plan", "quantity": "2"}]})
    assert load(own, changed, now=LATER).n_changed == 1
    assert asked(own, "SELECT name, quantity, modified_at FROM book.quote_line WHERE instance_key = 'plan'") == [
        ("Best plan", 2, LATER)
    ]


def test_an_attribute_changes_its_line(tmp_path: Path, own: Book) -> None:
    value = {"quote_number": "HLB-Q1", "line_key": "LIFE-COVER", "attribute_name": "benefitmultiple", "value": "3"}
    outcome = load(own, sheets(tmp_path / "a", {"quote_line_attributes": [value]}), now=LATER)
    assert (codes(outcome), outcome.n_changed) == ([], 1)
    assert asked(
        own, "SELECT instance_key FROM book.quote_line WHERE modified_at = TIMESTAMP '2026-11-21 09:30:00'"
    ) == [("life-cover",)]
    multiple = "SELECT value FROM book.quote_line_attribute WHERE attribute_name = 'BenefitMultiple'"
    assert asked(own, multiple) == [("3",)]  # the name that rating reads, however it was written
    wrong = sheets(tmp_path / "b", {"quote_line_attributes": [value | {"value": "many"}]})
    assert codes(tried(own, wrong)) == [("quote_line_attributes", 2, "attribute_value_unreadable", "value")]


def _of_life(**values: str) -> list[dict[str, str]]:
    line = {"quote_number": "HLB-Q1", "line_key": "life-cover"}
    return [line | {"attribute_name": name, "value": value} for name, value in values.items()]


@pytest.mark.parametrize(
    ("stated", "refused"),
    [
        ({"BenefitFlatAmount": "50000"}, [(2, "benefit_ambiguous", "attribute_name")]),  # the line has a multiple
        ({"BenefitMultiple": "2", "BenefitFlatAmount": "50000"}, [(2, "benefit_ambiguous", "attribute_name"),
                                                                  (3, "benefit_ambiguous", "attribute_name")]),
        ({"BenefitMinimum": "300000.01"}, [(2, "minimum_above_maximum", "value")]),  # the line's maximum is 300,000
        ({"BenefitMinimum": "300000"}, []),
        ({"BenefitMaximum": "400000", "BenefitMinimum": "300000.01"}, []),
        ({"BenefitMaximum": "9999", "BenefitMinimum": "10000"}, [(2, "minimum_above_maximum", "value"),
                                                                 (3, "minimum_above_maximum", "value")]),
    ],
)  # fmt: skip
def test_attributes_of_a_line_that_contradict_each_other_are_refused_as_those_of_a_plan(
    tmp_path: Path, own: Book, stated: dict[str, str], refused: list[tuple[int, str, str]]
) -> None:
    load(own, sheets(tmp_path / "a", {"quote_line_attributes": _of_life(BenefitMaximum="300000")}))
    outcome = tried(own, sheets(tmp_path / "b", {"quote_line_attributes": _of_life(**stated)}))
    assert codes(outcome) == [("quote_line_attributes", *each) for each in refused]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"quotes": [QUOTE | {"account_number": "nobody"}]}, ("quotes", 2, "account_unknown", "account_number")),
        ({"quotes": [QUOTE | {"account_number": ""}]}, ("quotes", 2, "account_missing", "account_number")),
        ({"quotes": [QUOTE | {"quote_account_number": "x"}]}, ("quotes", 2, "account_unknown", "quote_account_number")),
        ({"quotes": [QUOTE | {"census": "none"}]}, ("quotes", 2, "census_unknown", "census")),
        ({"quotes": [QUOTE, QUOTE]}, ("quotes", 3, "row_repeated", "quote_number")),
        (
            {"quotes": [QUOTE | {"quote_number": "HLB-Q1", "account_number": "", "quote_account_number": "HLB"}]},
            ("quotes", 2, "account_changed", "account_number"),
        ),
        ({"quote_lines": [TREE[0]]}, ("quote_lines", 2, "quote_unknown", "quote_number")),
        (
            {"quotes": [QUOTE], "quote_lines": [TREE[0] | {"product_code": "none"}]},
            ("quote_lines", 2, "product_unknown", "product_code"),
        ),
        (
            {"quotes": [QUOTE], "quote_lines": [*TREE[:1], TREE[1] | {"class_name": "none"}]},
            ("quote_lines", 3, "class_unknown", "class_name"),
        ),
        (
            {"quotes": [QUOTE], "quote_lines": [TREE[0], TREE[0]]},
            ("quote_lines", 3, "row_repeated", "line_key"),
        ),
        ({"quotes": [QUOTE], "quote_lines": [TREE[3]]}, ("quote_lines", 2, "parent_unknown", "parent_line_key")),
        (
            {"quote_lines": [{"quote_number": "HLB-Q1", "line_key": "ppo", "level": "ROOT", "product_code": "LIFE"}]},
            ("quote_lines", 2, "line_changed", "level"),
        ),
        (
            {
                "quote_lines": [
                    {
                        "quote_number": "HLB-Q1",
                        "line_key": "ppo-members",
                        "level": "MEMBER",
                        "parent_line_key": "life-all",
                    }
                ]
            },
            ("quote_lines", 2, "parent_changed", "parent_line_key"),
        ),
        (
            {
                "quote_line_attributes": [
                    {"quote_number": "HLB-Q1", "line_key": "x", "attribute_name": "A", "value": "1"}
                ]
            },
            ("quote_line_attributes", 2, "line_unknown", "line_key"),
        ),
        (
            {
                "quote_line_attributes": [
                    {"quote_number": "HLB-Q1", "line_key": "ppo", "attribute_name": "LifeYears", "value": "many"}
                ]
            },
            ("quote_line_attributes", 2, "attribute_value_unreadable", "value"),
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(tmp_path: Path, bakery: Book, rows: Any, code: Any) -> None:
    assert code in codes(tried(bakery, sheets(tmp_path / "s", rows)))


def test_of_two_censuses_of_a_name_the_id_is_asked_for(tmp_path: Path, own: Book) -> None:
    with own.write() as tx:
        tx.connection.execute(
            "INSERT INTO book.group_census BY NAME SELECT * REPLACE ('0rf9' AS group_census_id, NULL AS contract_id)"
            " FROM book.group_census"
        ).fetchall()
    assert codes(tried(own, sheets(tmp_path / "a", {"quotes": [QUOTE]}))) == [
        ("quotes", 2, "census_ambiguous", "census")
    ]
    assert codes(tried(own, sheets(tmp_path / "b", {"quotes": [QUOTE | {"census": "0rf9"}]}))) == []


def test_a_stored_version_is_read_as_the_sheets_are(own: Book, example_folder: Path) -> None:
    assert load(own, read_shelf(example_folder), now=LATER).n_changed == 0
    with own.read() as tx:
        assert listed(tx)["quote_number"].to_list() == ["HLB-Q1"]
        quote_id = find_quote(tx, "HLB-Q1")
        assert find_quote(tx, quote_id) == quote_id
        assert due(tx) == [quote_id]
        with pytest.raises(NotFound, match="There is no quote Q-9"):
            find_quote(tx, "Q-9")


@pytest.mark.rule("GR-8")
def test_the_example_quote_is_rated_for_whoever_is_on_its_census(own: Book) -> None:
    with own.write() as tx:
        quote_id = find_quote(tx, "HLB-Q1")
        tx.connection.execute(
            "INSERT INTO book.census_member BY NAME SELECT '0r61' AS group_census_member_id, group_census_id, '0r61' AS"
            " family_id, 'A B' AS name, 'A' AS first_name, 'B' AS last_name, 'Self' AS association, 'Self' AS"
            " relationship, DATE '1990-01-01' AS birth_date, 6000000 AS annual_salary_cents, false AS"
            " is_opt_out_all_plans, false AS"
            " is_disabled, false AS is_student, false AS is_portal_user, 'Non-Smoker' AS smoker_status, TIMESTAMP"
            " '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS modified_at FROM book.group_census"
        ).fetchall()
        request_id = ask(tx, quote_id, scope=EVERYTHING, now=NOW)
    assert run_pending(own, lambda: NOW) == [request_id]
    with own.read() as tx:
        told = whole(tx, quote_id, scope=EVERYTHING)
        assert due(tx) == []
    assert told["ratingStatus"] == "Completed", told
    life = told["lines"][-1]
    assert life["netTotalPrice"] == 302.40  # twice 60,000 of life at 0.21 a month and thousand: 0.21 x 120 x 12
