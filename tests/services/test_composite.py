"""Rates made from the census in the book: estimates with every run, fixed once for the plan year."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.composite import finalize, list_rates
from services.rating_run import rate_cohort
from services.refusals import Conflict, Malformed, NotFound
from tests.filled_book import filled_book
from tests.open_book import OpenBook
from tests.services.rated_once import NOW, a_book
from tests.services.test_gather import CELL, CONTRACT, MEMBER, TABLE, Rows, chosen, plan, priced


def change(book: Book, *statements: str) -> None:
    """Change the book as no service would."""
    with book.write() as tx:
        for statement in statements:
            tx.connection.execute(statement).fetchall()


def asked(book: Book, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the book."""
    with book.read() as tx:
        return tx.connection.execute(statement, list(values)).fetchall()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One group: medical by average enrollee premiums, dental by a composite of a list bill; rated once before."""
    made = a_book(tmp_path_factory.mktemp("composite"))
    change(
        made,
        "UPDATE ref.rate_table SET method = 'aca_composite' WHERE method = 'child_capped'",
        "UPDATE ref.rate_table SET method = 'composite_solved', base_table = 'PPO-01-WELL rates' "
        "WHERE name LIKE 'DEN-%'",
    )
    return made.path


@pytest.fixture
def book(first: Path, tmp_path: Path) -> Book:
    """A copy of it."""
    return OpenBook(shutil.copy(first, tmp_path / "benefits.duckdb"))


def rated(book: Book) -> str:
    """The id of a new run."""
    return rate_cohort(book, cohort="one", now=NOW).run_id


def rates(book: Book, run_id: str) -> dict[str, dict[str, Any]]:
    """The rates of a run by name of the plan."""
    with book.read() as tx:
        return {row["plan_name"]: row for row in list_rates(tx, run_id).to_dicts()}


def test_a_run_keeps_its_estimates_with_what_they_collect_and_the_cents_of_difference(book: Book) -> None:
    run_id = rated(book)
    found = rates(book, run_id)
    assert set(found) == {"Comprehensive Care", "Hospital and Medical", "Summit Dental"}
    dental = found["Summit Dental"]
    assert (dental["state"], dental["method"], dental["contract_number"]) == ("ESTIMATE", "composite_solved", "C000001")
    tiers = ("ee", "es", "e1c", "ecn", "fam")
    collected = sum(dental[f"{tier}_cents"] * dental[f"n_{tier}"] for tier in tiers)
    assert dental["collected_cents"] == collected == dental["required_cents"] + dental["difference_cents"]
    # The list bill: the one rate of PPO-01-WELL in force for each of the twelve people who hold the plan.
    rate = asked(
        book,
        "SELECT rate FROM ref.rate_cell JOIN ref.rate_table USING (rate_table_id) WHERE name = 'PPO-01-WELL rates' "
        "AND effective_from <= '2026-01-01' ORDER BY effective_from DESC LIMIT 1",
    )
    assert dental["required_cents"] == 12 * int(rate[0][0] * 100)
    premium = asked(
        book,
        "SELECT sum(period_cents) FROM out.coverage_premium WHERE rating_run_id = ? AND contract_plan_id = ?",
        run_id,
        dental["contract_plan_id"],
    )
    assert premium == [(collected,)]
    medical = found["Comprehensive Care"]
    assert medical["collected_cents"] == 3 * medical["adult_cents"] + medical["child_cents"]


def test_a_fixed_rate_stays_when_a_family_leaves_and_an_estimate_does_not(book: Book) -> None:
    before = rates(book, rated(book))
    with book.write() as tx:
        fixed = finalize(tx, "0rr000000000000002", contract=" c000001 ", now=NOW)
    assert (fixed.n_rates, fixed.n_plans) == (3, 3)
    assert fixed.difference_cents == sum(row["difference_cents"] for row in before.values())
    leaver = (
        "SELECT primary_id FROM (SELECT coalesce(primary_member_id, group_census_member_id) AS primary_id, birth_date "
        "FROM book.census_member JOIN book.member_plan USING (group_census_member_id)) ORDER BY birth_date LIMIT 1"
    )
    change(
        book,
        "DELETE FROM book.member_plan WHERE group_census_member_id IN (SELECT group_census_member_id FROM "
        f"book.census_member WHERE family_id = ({leaver}))",
    )
    after = rates(book, rated(book))
    figures = ("base_cents", "ee_cents", "fam_cents", "adult_cents", "child_cents", "n_adults", "required_cents")
    for name, row in before.items():
        assert after[name]["state"] == "FINAL"
        assert [after[name][each] for each in figures] == [row[each] for each in figures]
    change(book, "DELETE FROM ref.final_rate")
    anew = rates(book, rated(book))
    assert {row["state"] for row in anew.values()} == {"ESTIMATE"}
    assert any(anew[name][each] != row[each] for name, row in before.items() for each in figures)


def test_a_fixed_rate_belongs_to_its_term_and_the_renewal_estimates_anew(book: Book) -> None:
    run_id = rated(book)
    with book.write() as tx:
        finalize(tx, run_id, now=NOW)
    change(book, "UPDATE ref.final_rate SET term_start = term_start - 365")
    assert {row["state"] for row in rates(book, rated(book)).values()} == {"ESTIMATE"}


def test_what_cannot_be_fixed_is_refused_as_a_whole(book: Book) -> None:
    run_id = rated(book)
    with book.write() as tx, pytest.raises(NotFound, match="no run 0rr000000000000099"):
        finalize(tx, "0rr000000000000099", now=NOW)
    with book.write() as tx, pytest.raises(NotFound, match="no estimate to fix for the contract C-9"):
        finalize(tx, run_id, contract="C-9", now=NOW)
    with book.write() as tx, pytest.raises(NotFound, match="has no estimate"):
        finalize(tx, "0rr000000000000001", now=NOW)
    change(book, "UPDATE out.composite_rate SET n_left_out = 1 WHERE method = 'composite_solved'")
    with book.write() as tx, pytest.raises(Conflict, match="Summit Dental rests on people without a price"):
        finalize(tx, run_id, now=NOW)
    change(book, "UPDATE out.composite_rate SET n_left_out = 0, base_cents = NULL WHERE method = 'composite_solved'")
    with book.write() as tx, pytest.raises(Conflict, match="Summit Dental has nobody"):
        finalize(tx, run_id, now=NOW)
    assert asked(book, "SELECT count(*) FROM ref.final_rate") == [(0,)]
    change(book, "UPDATE out.composite_rate SET base_cents = 100 WHERE method = 'composite_solved'")
    with book.write() as tx:
        finalize(tx, run_id, now=NOW)
    with book.write() as tx, pytest.raises(Conflict, match=r"\(and 2 more\) is fixed already"):
        finalize(tx, run_id, now=NOW)


def test_classes_have_rates_of_their_own_and_a_class_without_employees_stands_in_nobodys_way(book: Book) -> None:
    change(
        book,
        "UPDATE ref.rate_table SET method = 'average_age', axes = ['class'] WHERE name LIKE 'VIS-%'",
        "UPDATE ref.rate_cell SET keys = ['*'] WHERE rate_table_id IN (SELECT rate_table_id FROM ref.rate_table "
        "WHERE name LIKE 'VIS-%') AND keys[1] = 'EE'",
        "DELETE FROM ref.rate_cell WHERE rate_table_id IN (SELECT rate_table_id FROM ref.rate_table "
        "WHERE name LIKE 'VIS-%') AND keys[1] <> '*'",
        "INSERT INTO ref.rate_cell BY NAME SELECT rate_table_id, effective_from, ['no such class'] AS keys, rate "
        "FROM ref.rate_cell WHERE keys = ['*'] AND rate_table_id IN (SELECT rate_table_id FROM ref.rate_table "
        "WHERE name LIKE 'VIS-%')",
    )
    run_id = rated(book)
    with book.read() as tx:
        vision = list_rates(tx).filter(plan_name="Summit Vision").to_dicts()
    assert len(vision) > 1
    assert all(row["is_by_class"] for row in vision)
    held = {row["class_name"]: row["n_lives"] for row in vision}
    assert held[None] == 0
    with book.write() as tx:
        finalize(tx, run_id, now=NOW)
    n_held = sum(1 for n in held.values() if n)
    assert asked(book, "SELECT count(*) FROM ref.final_rate WHERE method = 'average_age'") == [(n_held,)]
    again = rated(book)
    assert asked(
        book, "SELECT DISTINCT state FROM out.composite_rate WHERE rating_run_id = ? AND n_lives > 0", again
    ) == [("FINAL",)]


def test_rates_by_class_are_those_of_the_classes_of_the_plan_s_own_group(tmp_path: Path) -> None:
    groups = (("A", "K", "C", "M", "P", "G"), ("B", "L", "D", "N", "Q", "H"))
    names = ("account_id", "contract_id", "group_census_id", "group_census_member_id", "contract_plan_id")
    of = [dict(zip((*names, "group_class_id"), group, strict=True)) for group in groups]
    by_class = {"method": "average_age", "axes": ["class"]}
    rows: Rows = {
        name: [row | {key: own[key] for key in row.keys() & own.keys()} for own in of for row in parts]
        for name, parts in CONTRACT.items()
    } | {
        "book.group_class": [
            {"group_class_id": own["group_class_id"], "account_id": own["account_id"], "name": own["group_class_id"]}
            for own in of
        ],
        "book.census_member": [
            MEMBER
            | {"birth_date": date(1986, 1, 1), "family_id": own["group_census_member_id"]}
            | {key: own[key] for key in ("group_census_member_id", "group_census_id", "group_class_id")}
            for own in of
        ],
        "book.contract_plan": [plan(own["contract_plan_id"], contract_id=own["contract_id"]) for own in of],
        "book.member_plan": [chosen(own["contract_plan_id"]) | {key: own[key] for key in names[2:4]} for own in of],
    }
    cells = [CELL | {"keys": ["*"]}, CELL | {"keys": ["of no group"], "rate": 11}]
    prices = priced("P", "Q") | {"ref.rate_table": [TABLE | by_class], "ref.rate_cell": cells}
    made = filled_book(tmp_path / "two.duckdb", rows | prices)
    run_id = rate_cohort(made, census_ids=["C", "D"], now=NOW).run_id
    with made.read() as tx:
        told = list_rates(tx, run_id).filter(n_lives=1).select("plan_name", "class_name").sort("plan_name").rows()
    assert told == [("P", "G"), ("Q", "H")]


def test_tables_that_contradict_their_method_are_refused_by_name(book: Book) -> None:
    change(
        book,
        "UPDATE ref.rate_table SET method = 'age_curve' WHERE name = 'ACC-01 rates' OR name LIKE 'PPO-%-HOSP rates'",
    )
    with pytest.raises(Malformed, match=r"Rate table PPO-0\d-HOSP rates of method age_curve: a table filed by age"):
        rated(book)
