"""Loading again, loading changes, and what a row may name."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from services.book import Book
from services.shelf.sheets import read_shelf
from services.shelf.template import write_template
from tests.services.shelf.desk import LATER, NOW, asked, codes, contents, errors, load, sheets, tried
from tests.services.shelf.test_rows import ROW


def test_the_example_loads_without_an_issue(bakery: Book) -> None:
    found = asked(bakery, "SELECT n_rows, n_accepted, n_refused, n_changed FROM ref.shelf_load")
    assert len(found) == 1
    n_rows, n_accepted, n_refused, n_changed = found[0]
    assert n_rows == n_accepted == n_changed > 100
    assert n_refused == 0
    assert asked(bakery, "SELECT count(*) FROM ref.shelf_issue") == [(0,)]


def test_a_second_load_changes_nothing_at_all(own: Book, example_folder: Path) -> None:
    before = contents(own)
    assert all(before.values())
    outcome = load(own, read_shelf(example_folder), now=LATER)
    assert (outcome.n_changed, outcome.n_refused, codes(outcome)) == (0, 0, [])
    assert contents(own) == before


def test_a_workbook_and_a_folder_make_the_same_book(example_folder: Path, tmp_path: Path, bakery: Book) -> None:
    workbook = tmp_path / "shelf.xlsx"
    write_template(workbook, example=True)
    other = Book(tmp_path / "other.duckdb")
    other.create(NOW)
    assert codes(load(other, read_shelf(workbook))) == []
    assert contents(other) == contents(bakery)


CHANGES = [
    ("accounts", {"account_number": "hlb", "account_name": "Harbor Bakery"}, "book.account", "name = 'Harbor Bakery'"),
    ("classes", {"account_number": "HLB", "class_name": "HOURLY"}, "book.group_class", "name = 'HOURLY'"),
    (
        "products",
        {"product_code": "LIFE", "product_name": "Term Life", "product_type": "Life"},
        "book.product",
        "name = 'Term Life'",
    ),
    (
        "contracts",
        {
            "contract_number": "HLB-2026",
            "account_number": "HLB",
            "start_date": "2026-01-01",
            "end_date": "2026-12-31",
            "rating_area": "3",
        },
        "book.contract",
        "rating_area = '3'",
    ),
    (
        "plans",
        {
            "contract_number": "HLB-2026",
            "plan_code": "DEN",
            "plan_name": "Bakery Dental",
            "product_code": "DEN",
            "status": "Inactive",
            "group_number": "HLB-2",
        },
        "book.contract_plan",
        "status = 'Inactive'",
    ),
    (
        "configuration_rules",
        {
            "contract_number": "HLB-2026",
            "kind": "age_limit",
            "plan_code": "std",
            "minimum_age": "18",
            "maximum_age": "74",
        },
        "ref.configuration_rule",
        "minimum_age = 18",
    ),
    (
        "rate_tables",
        {"rate_table": "life", "method": "volume", "rate_unit": "USD per $1,000", "citation": "A letter"},
        "ref.rate_table",
        "name = 'Life' AND citation = 'A letter'",
    ),
    (
        "contributions",
        {
            "account_number": "HLB",
            "class_name": "hourly",
            "name": "STD, hourly",
            "type": "Percentage",
            "percentage": "40",
            "product_code": "STD",
        },
        "ref.contribution_rule",
        "percentage = 40 AND category IS NULL",
    ),
    (
        "censuses",
        {"contract_number": "HLB-2026", "census_name": "hlb-2026 ENROLLMENT", "type": "Quote"},
        "book.group_census",
        "type = 'Quote'",
    ),
]


@pytest.mark.parametrize(("sheet", "row", "table", "where"), CHANGES, ids=[c[0] for c in CHANGES])
def test_a_changed_row_changes_one_record_under_its_old_id(
    own: Book, tmp_path: Path, sheet: str, row: dict[str, str], table: str, where: str
) -> None:
    before = contents(own)
    stated = sheets(tmp_path, {sheet: [row]})
    outcome = load(own, stated, now=LATER)
    assert (codes(outcome), outcome.n_changed) == ([], 1)
    after = contents(own)
    assert [r[0] for r in after[table]] == [r[0] for r in before[table]]
    assert asked(own, f"SELECT modified_at FROM {table} WHERE {where}") == [(LATER,)]
    assert len(set(after[table]) - set(before[table])) == 1 if table != "ref.rate_table" else True
    assert {name for name in after if after[name] != before[name]} == {table}
    assert load(own, stated, now=LATER).n_changed == 0


def test_a_blank_cell_takes_a_value_away(own: Book, tmp_path: Path) -> None:
    load(
        own,
        sheets(tmp_path, {"accounts": [{"account_number": "HLB", "account_name": "Harbor Light Bakery", "city": ""}]}),
    )
    assert asked(own, "SELECT city, state FROM book.account") == [(None, None)]


def test_benefits_are_stored_plain_and_a_change_of_them_moves_their_plan(own: Book, tmp_path: Path) -> None:
    life = (
        "SELECT attribute_name, value FROM book.contract_plan_attribute JOIN book.contract_plan "
        "USING (contract_plan_id) WHERE plan_code = 'LIFE' ORDER BY ALL"
    )
    assert asked(own, life) == [
        ("AgeReductionSchedule", "65:65;70:50"),
        ("BenefitMaximum", "200000"),
        ("BenefitMultiple", "2"),
        ("GuaranteedIssueAmount", "150000"),
        ("VolumeRounding", "UP_1000"),
    ]
    row = {
        "contract_number": "HLB-2026",
        "plan_code": "LIFE",
        "plan_name": "Basic Life",
        "product_code": "LIFE",
        "group_number": "HLB-3",
        "benefit_flat_amount": "$25,000.50",
        "volume_rounding": "up_1000",
        "age_reduction_schedule": "65 : 65 ; 70 : 32.5",
    }
    stated = sheets(tmp_path, {"plans": [row]})
    assert load(own, stated, now=LATER).n_changed == 1
    assert asked(own, life) == [
        ("AgeReductionSchedule", "65:65;70:32.5"),
        ("BenefitFlatAmount", "25000.5"),
        ("VolumeRounding", "UP_1000"),
    ]
    assert asked(own, "SELECT modified_at FROM book.contract_plan WHERE plan_code = 'LIFE'") == [(LATER,)]
    assert load(own, stated).n_changed == 0


def test_a_coverage_follows_its_root(own: Book, tmp_path: Path) -> None:
    root = {
        "contract_number": "HLB-2026",
        "plan_code": "MED",
        "plan_name": "Bakery PPO",
        "product_code": "DEN",
        "proration_method": "NONE",
    }
    load(own, sheets(tmp_path, {"plans": [root]}), now=LATER)
    found = asked(
        own,
        "SELECT plan_code, plan_type, proration_method FROM book.contract_plan WHERE plan_code LIKE "
        "'MED%' ORDER BY ALL",
    )
    assert found == [("MED", "Dental", "NONE"), ("MED-CARE", "Dental", "NONE"), ("MED-RX", "Dental", "NONE")]


def test_a_changed_product_type_reaches_the_plans(own: Book, tmp_path: Path) -> None:
    load(
        own,
        sheets(
            tmp_path,
            {"products": [{"product_code": "DEN", "product_name": "Coastal Dental", "product_type": "Vision"}]},
        ),
    )
    assert asked(own, "SELECT plan_type FROM book.contract_plan WHERE plan_code = 'DEN'") == [("Vision",)]


def test_coverages_may_stand_above_their_roots(bakery: Book, tmp_path: Path) -> None:
    def plan(code: str, parent: str) -> dict[str, str]:
        return {
            "contract_number": "HLB-2026",
            "plan_code": code,
            "plan_name": code,
            "product_code": "DEN",
            "parent_plan_code": parent,
        }

    def product(code: str, parent: str) -> dict[str, str]:
        return {"product_code": code, "product_name": code, "product_type": "Vision", "parent_product_code": parent}

    stated = sheets(
        tmp_path, {"products": [product("B", "A"), product("A", "")], "plans": [plan("X1", "X"), plan("X", "")]}
    )
    assert codes(tried(bakery, stated)) == []


def test_a_coverage_of_a_coverage_in_the_same_sheet_is_refused(bakery: Book, tmp_path: Path) -> None:
    names = (("X", ""), ("X1", "X"), ("X2", "X1"), ("X3", "X3"))
    rows = [
        {"contract_number": "HLB-2026", "plan_code": c, "plan_name": c, "product_code": "DEN", "parent_plan_code": p}
        for c, p in names
    ]
    outcome = tried(bakery, sheets(tmp_path, {"plans": rows}))
    assert [row for _, row, code, _ in codes(outcome) if code in ("parent_not_root", "parent_unknown")] == [4, 5]
    products = [
        {"product_code": c, "product_name": c, "product_type": "Vision", "parent_product_code": p} for c, p in names
    ]
    outcome = tried(bakery, sheets(tmp_path / "p", {"products": products}))
    assert [row for _, row, code, _ in codes(outcome) if code in ("parent_not_root", "parent_unknown")] == [4, 5]


def test_a_refused_root_takes_its_coverages_with_it(bakery: Book, tmp_path: Path) -> None:
    rows = [
        {
            "contract_number": "HLB-2026",
            "plan_code": "X",
            "plan_name": "X",
            "product_code": "NOTHING",
            "parent_plan_code": "",
        },
        {
            "contract_number": "HLB-2026",
            "plan_code": "X1",
            "plan_name": "X1",
            "product_code": "DEN",
            "parent_plan_code": "X",
        },
    ]
    outcome = tried(bakery, sheets(tmp_path, {"plans": rows}))
    assert [c[2] for c in codes(outcome)] == ["product_unknown", "parent_unknown"]


def test_plans_may_swap_their_names(own: Book, tmp_path: Path) -> None:
    rows = [
        {"contract_number": "HLB-2026", "plan_code": "STD", "plan_name": "Long-Term Disability", "product_code": "STD"},
        {
            "contract_number": "HLB-2026",
            "plan_code": "LTD",
            "plan_name": "Short-Term Disability",
            "product_code": "LTD",
        },
    ]
    assert codes(load(own, sheets(tmp_path, {"plans": rows}))) == []
    assert codes(tried(own, sheets(tmp_path / "b", {"plans": rows[:1]}))) == []
    clash = [{**rows[0], "plan_name": "Short-term DISABILITY"}]
    assert [c[2] for c in codes(tried(own, sheets(tmp_path / "c", {"plans": clash})))] == ["plan_name_repeated"]


def test_the_same_code_may_stand_in_two_contracts(bakery: Book, tmp_path: Path) -> None:
    stated = sheets(
        tmp_path,
        {
            "contracts": [ROW["contracts"]],
            "plans": [{**ROW["plans"], "contract_number": "NEW", "plan_code": "MED", "plan_name": "Bakery PPO"}],
        },
    )
    assert codes(tried(bakery, stated)) == []


def test_a_contract_never_changes_its_account(bakery: Book, tmp_path: Path) -> None:
    row = {**ROW["contracts"], "contract_number": "HLB-2026", "account_number": "N1"}
    outcome = tried(bakery, sheets(tmp_path, {"accounts": [ROW["accounts"]], "contracts": [row]}))
    assert codes(outcome) == [("contracts", 2, "account_changed", "account_number")]


def test_a_rule_cannot_name_the_plan_of_another_account(bakery: Book, tmp_path: Path) -> None:
    stated = sheets(
        tmp_path,
        {
            "accounts": [ROW["accounts"]],
            "classes": [{"account_number": "N1", "class_name": "All"}],
            "contributions": [
                {
                    **ROW["contributions"],
                    "account_number": "N1",
                    "class_name": "All",
                    "category": "",
                    "contract_number": "HLB-2026",
                    "plan_code": "MED",
                }
            ],
        },
    )
    assert codes(tried(bakery, stated)) == [("contributions", 2, "contract_of_other_account", "contract_number")]


def test_when_a_rule_was_changed_comes_from_the_sheet_or_from_the_load_that_changed_it(
    own: Book, tmp_path: Path
) -> None:
    where = "SELECT modified_at FROM ref.contribution_rule WHERE name = 'New'"
    row = ROW["contributions"]
    load(own, sheets(tmp_path / "a", {"contributions": [row]}), now=NOW)
    assert asked(own, where) == [(NOW,)]
    assert load(own, sheets(tmp_path / "a", {"contributions": [row]}), now=LATER).n_changed == 0
    assert asked(own, where) == [(NOW,)]
    stated = {**row, "modified_at": "2026-05-06T07:08:09"}
    assert load(own, sheets(tmp_path / "b", {"contributions": [stated]}), now=LATER).n_changed == 1
    assert asked(own, where) == [(datetime.fromisoformat("2026-05-06T07:08:09"),)]
    assert load(own, sheets(tmp_path / "b", {"contributions": [stated]}), now=LATER).n_changed == 0
    assert load(own, sheets(tmp_path / "c", {"contributions": [{**row, "percentage": "11"}]}), now=LATER).n_changed == 1
    assert asked(own, where) == [(LATER,)]


@pytest.mark.rule("CB-1")
def test_a_rule_may_name_several_targets_and_keeps_them_all(own: Book, tmp_path: Path) -> None:
    row = {**ROW["contributions"], "product_code": "DEN", "contract_number": "HLB-2026", "plan_code": "DEN"}
    assert codes(load(own, sheets(tmp_path, {"contributions": [row]}))) == []
    assert asked(
        own,
        "SELECT contract_plan_id IS NOT NULL, product_id IS NOT NULL, category FROM "
        "ref.contribution_rule WHERE name = 'New'",
    ) == [(True, True, "Dental")]


@pytest.mark.rule("CB-1", "GB-CTB-002")
def test_a_rule_may_name_the_category_of_a_product_alone(own: Book, tmp_path: Path) -> None:
    row = {**ROW["contributions"], "category": "", "product_category_id": "0ZS000000000000001"}
    where = "SELECT category, product_category_id FROM ref.contribution_rule WHERE name = 'New'"
    assert codes(load(own, sheets(tmp_path / "a", {"contributions": [row]}))) == []
    assert asked(own, where) == [(None, "0ZS000000000000001")]
    other = {**row, "product_category_id": "0ZS000000000000002"}
    assert load(own, sheets(tmp_path / "b", {"contributions": [other]})).n_changed == 1
    assert asked(own, where) == [(None, "0ZS000000000000002")]
    nothing = {**row, "product_category_id": ""}
    found = codes(tried(own, sheets(tmp_path / "c", {"contributions": [nothing]})))
    assert [code for _, _, code, _ in found] == ["contribution_target_missing"]


def test_the_sheet_of_products_may_state_their_category(own: Book, tmp_path: Path) -> None:
    where = "SELECT product_category_id FROM book.product WHERE product_code = 'LIFE'"
    row = {"product_code": "LIFE", "product_name": "Life", "product_type": "Life"}
    stated = row | {"product_category_id": "0ZS000000000000001"}
    for number, (said, kept) in enumerate([(row, None), (stated, "0ZS000000000000001"), (row, None)]):
        assert codes(load(own, sheets(tmp_path / str(number), {"products": [said]}))) == []
        assert asked(own, where) == [(kept,)]
    assert load(own, sheets(tmp_path / "again", {"products": [row]})).n_changed == 0
    found = codes(tried(own, sheets(tmp_path / "long", {"products": [stated | {"product_category_id": "x" * 19}]})))
    assert [(code, column) for _, _, code, column in found] == [("text_too_long", "product_category_id")]


def test_an_amount_may_be_stated_for_a_year(own: Book, tmp_path: Path) -> None:
    row = {"account_number": "HLB", "class_name": "Hourly", "name": "Yearly", "type": "Amount", "amount": "1200"}
    stated = [row | {"category": "Vision", "amount_period": "annual"}, row | {"name": "Termly", "category": "Vision"}]
    outcome = load(own, sheets(tmp_path, {"contributions": stated}))
    assert codes(outcome) == []
    kept = asked(
        own, "SELECT name, amount_period FROM ref.contribution_rule WHERE name IN ('Termly', 'Yearly') ORDER BY name"
    )
    assert kept == [("Termly", "TERM"), ("Yearly", "ANNUAL")]


def test_the_class_rows_of_a_plan_are_all_its_classes(own: Book, tmp_path: Path) -> None:
    open_to = (
        "SELECT g.name FROM book.contract_plan_class JOIN book.group_class g USING (group_class_id) "
        "JOIN book.contract_plan p USING (contract_plan_id) WHERE plan_code = 'LTD' ORDER BY ALL"
    )
    rows = [{"contract_number": "HLB-2026", "plan_code": "LTD", "class_name": name} for name in ("Hourly",)]
    outcome = load(own, sheets(tmp_path / "a", {"plan_classes": rows}))
    assert (asked(own, open_to), outcome.n_changed) == ([("Hourly",)], 2)
    half = [*rows, {**rows[0], "class_name": "Salried"}]
    outcome = load(own, sheets(tmp_path / "b", {"plan_classes": half}))
    assert [c[2] for c in codes(outcome)] == ["plan_classes_incomplete", "class_unknown"]
    assert (asked(own, open_to), outcome.n_accepted, outcome.n_changed) == ([("Hourly",)], 0, 0)
    twice = load(own, sheets(tmp_path / "c", {"plan_classes": [*rows, *rows]}))
    assert (codes(twice), twice.n_accepted) == ([("plan_classes", 3, "row_repeated", "class_name")], 2)
    assert twice.issues["severity"].to_list() == ["warning"]


def test_a_census_speaks_for_the_contract_where_no_dates_are_stated(bakery: Book) -> None:
    found = asked(
        bakery, "SELECT name, status, type, effective_date, expiration_date, census_version FROM book.group_census"
    )
    assert found == [("HLB-2026 enrollment", "Active", "Enrollment", date(2026, 1, 1), date(2026, 12, 31), 0)]


def test_child_counts_are_stored_only_where_children_are_counted(bakery: Book) -> None:
    found = asked(
        bakery,
        "SELECT name, child_age, child_count FROM ref.rate_table WHERE child_age IS NOT NULL OR "
        "child_count IS NOT NULL",
    )
    assert found == [("PPO hospital and doctor", 21, 3)]


def test_ids_are_numbered_in_the_order_of_the_rows(bakery: Book) -> None:
    found = asked(bakery, "SELECT contract_plan_id, plan_code FROM book.contract_plan ORDER BY 1")
    assert [code for _, code in found] == ["MED", "DEN", "LIFE", "STD", "LTD", "MED-CARE", "MED-RX"]
    assert all(re.fullmatch(r"0rg\d{15}", made) for made, _ in found)


def test_issues_are_stored_with_their_load(own: Book, tmp_path: Path) -> None:
    outcome = load(own, sheets(tmp_path, {"accounts": [{"account_number": "N1", "account_name": "", "colour": "red"}]}))
    stored = asked(
        own,
        f"SELECT * EXCLUDE (shelf_load_id) FROM ref.shelf_issue WHERE shelf_load_id = "
        f"'{outcome.load_id}' ORDER BY row_number NULLS FIRST",
    )
    assert stored == outcome.issues.rows()
    assert outcome.issues["code"].to_list() == ["column_unknown", "value_missing"]
    counts = asked(
        own,
        "SELECT n_rows, n_accepted, n_refused, n_changed, loaded_at FROM ref.shelf_load ORDER BY "
        "shelf_load_id DESC LIMIT 1",
    )
    assert counts == [(1, 0, 1, 0, NOW)]


def test_the_time_of_a_load_may_bear_a_zone(own: Book, tmp_path: Path) -> None:
    load(own, sheets(tmp_path, {"accounts": [ROW["accounts"]]}), now=LATER.replace(tzinfo=UTC))
    assert asked(own, "SELECT modified_at FROM book.account WHERE account_number = 'N1'") == [(LATER,)]


def test_a_load_that_breaks_off_leaves_nothing(own: Book, tmp_path: Path) -> None:
    before = contents(own)
    outcome = tried(own, sheets(tmp_path, {"accounts": [ROW["accounts"]]}))
    assert outcome.n_changed == 1
    assert contents(own) == before


def test_text_that_looks_like_sql_or_a_formula_is_text(own: Book, tmp_path: Path) -> None:
    nasty = ("Robert'); DROP TABLE book.account;--", "=cmd|' /C calc'!A0", "50% & more \u00e9", "$now", "a\nb")
    rows = [{"account_number": f"T{i}", "account_name": name} for i, name in enumerate(nasty)]
    assert errors(load(own, sheets(tmp_path, {"accounts": rows}))).is_empty()
    assert asked(own, "SELECT name FROM book.account WHERE account_number LIKE 'T%' ORDER BY account_number") == [
        (n,) for n in nasty
    ]


def test_accepted_and_refused_rows_add_up_whatever_is_wrong(bakery: Book, tmp_path: Path) -> None:
    rows = {sheet: [row, dict.fromkeys(row, "?"), row] for sheet, row in ROW.items()}
    outcome = tried(bakery, sheets(tmp_path, rows))
    assert outcome.n_rows == 3 * len(ROW)
    assert outcome.n_accepted + outcome.n_refused == outcome.n_rows
    refused = errors(outcome).select("sheet", "row_number").unique().filter(pl.col("row_number").is_not_null())
    assert refused.height >= len(ROW)
