"""Settings of plans, tables and rules are stored as stated, and a blank cell is its default."""

from decimal import Decimal
from pathlib import Path

import pytest

from services.book import Book
from tests.services.shelf.desk import LATER, asked, codes, load, sheets, tried
from tests.services.shelf.test_rows import ROW

EVENTS = {"proration_end": "FULL_MONTH", "proration_change": "daily_30", "proration_newborn": "BIRTH_MONTH_FREE"}
ATTRIBUTES = {
    "benefit_minimum": ("BenefitMinimum", "10000"),
    "benefit_pay_multiple_maximum": ("BenefitPayMultipleMaximum", "5"),
    "benefit_percent_of_employee": ("BenefitPercentOfEmployee", "50"),
    "guaranteed_issue_schedule": ("GuaranteedIssueSchedule", "70:50;75:0"),
    "guaranteed_issue_minimum_participation": ("GuaranteedIssueMinimumParticipation", "25"),
    "age_reduction_date": ("AgeReductionDate", "BIRTHDAY"),
    "covered_pay_maximum": ("CoveredPayMaximum", "10000.5"),
    "required_premium": ("RequiredPremium", "92400"),
    "experience_rate": ("ExperienceRate", "541.2"),
    "life_years": ("LifeYears", "1600"),
    "full_credibility_life_years": ("FullCredibilityLifeYears", "10000"),
    "dependent_age_limit": ("DependentAgeLimit", "19"),
    "dependent_age_out": ("DependentAgeOut", "YEAR_END"),
}
"""Column of the sheet -> attribute of the plan and its value."""


def test_facts_of_the_group_are_kept_with_its_contract(own: Book, tmp_path: Path) -> None:
    told = {"industry_code": "2051", "group_size": "120", "eligible_employees": "96"}
    load(own, sheets(tmp_path / "1", {"contracts": [ROW["contracts"] | told]}))
    kept = "SELECT industry_code, group_size, eligible_employees FROM book.contract WHERE contract_number = 'NEW'"
    assert asked(own, kept) == [("2051", 120, 96)]
    assert load(own, sheets(tmp_path / "2", {"contracts": [ROW["contracts"]]}), now=LATER).n_changed == 1
    assert asked(own, kept) == [(None, None, None)]


def test_when_members_may_enroll_is_kept_and_what_no_sheet_states_stays(own: Book, tmp_path: Path) -> None:
    window = {"enrollment_start": "2025-11-01", "enrollment_end": "2025-11-30", "enrollment_waiting_period": "30"}
    held = {"is_window_enforced": "no"}
    text = {"eligibility_criteria": "Full-time staff", "product_number": "7"}
    rows = {"contracts": [ROW["contracts"] | window | held], "plans": [ROW["plans"] | window | text]}
    load(own, sheets(tmp_path / "1", rows))
    columns = "enrollment_start_date::VARCHAR, enrollment_end_date::VARCHAR, enrollment_waiting_period"
    of_contract = f"SELECT {columns}, is_self_service_window_enforced FROM book.contract WHERE contract_number = 'NEW'"
    assert asked(own, of_contract) == [("2025-11-01", "2025-11-30", 30, False)]
    of_plan = f"SELECT {columns}, eligibility_criteria, product_number, unit_price_cents FROM book.contract_plan"
    of_plan += " WHERE plan_code = 'VIS'"
    assert asked(own, of_plan) == [("2025-11-01", "2025-11-30", 30, "Full-time staff", 7, None)]
    with own.write() as tx:
        tx.connection.execute("UPDATE book.contract_plan SET unit_price_cents = 1250 WHERE plan_code = 'VIS'")
    assert load(own, sheets(tmp_path / "2", rows), now=LATER).n_changed == 0
    load(own, sheets(tmp_path / "3", {"plans": [ROW["plans"]], "contracts": [ROW["contracts"]]}), now=LATER)
    assert asked(own, of_plan) == [(None, None, None, None, None, 1250)]
    assert asked(own, of_contract) == [(None, None, None, True)]
    late = ROW["contracts"] | window | {"enrollment_end": "2025-10-31"}
    assert codes(tried(own, sheets(tmp_path / "4", {"contracts": [late]}))) == [
        ("contracts", 2, "end_before_start", "enrollment_end")
    ]


def test_how_a_plan_is_charged_is_kept_on_its_root_alone(own: Book, tmp_path: Path) -> None:
    settings = EVENTS | {"wash_day": "10", "priority": "2", "contribution_strategy": "LEGACY_PER_LEVEL"}
    coverage = ROW["plans"] | {"plan_code": "VIS-1", "plan_name": "Glasses", "parent_plan_code": "VIS"}
    outcome = load(own, sheets(tmp_path, {"plans": [ROW["plans"] | settings, coverage | {"wash_day": "5"}]}))
    assert codes(outcome) == [("plans", 3, "setting_of_root", "wash_day")]
    columns = ", ".join(settings)
    root = ("FULL_MONTH", "DAILY_30", "BIRTH_MONTH_FREE", 10, 2, "LEGACY_PER_LEVEL")
    found = asked(own, f"SELECT {columns} FROM book.contract_plan WHERE plan_code LIKE 'VIS%' ORDER BY plan_code")
    assert found == [root, (None,) * 6]
    again = load(own, sheets(tmp_path, {"plans": [ROW["plans"] | settings | {"wash_day": "11"}]}), now=LATER)
    assert again.n_changed == 1
    assert load(own, sheets(tmp_path, {"plans": [ROW["plans"] | settings | {"wash_day": "11"}]})).n_changed == 0


def test_benefits_and_age_limits_are_attributes_of_the_plan(own: Book, tmp_path: Path) -> None:
    stated = {column: value for column, (_, value) in ATTRIBUTES.items()} | {"covered_pay_maximum": "$10,000.50"}
    load(own, sheets(tmp_path, {"plans": [ROW["plans"] | stated]}))
    found = asked(
        own,
        """SELECT attribute_name, value FROM book.contract_plan_attribute
        JOIN book.contract_plan USING (contract_plan_id) WHERE plan_code = 'VIS'""",
    )
    assert dict(found) == dict(ATTRIBUTES.values())
    load(own, sheets(tmp_path, {"plans": [ROW["plans"]]}), now=LATER)
    assert asked(own, "SELECT count(*) FROM book.contract_plan_attribute WHERE attribute_name = 'LifeYears'") == [(0,)]


TABLE_COLUMNS = (
    "age_date, spouse_age, child_lines, limits, outside_table, round_places, money_rounding, base_table, factor_tables"
)
KEPT = f"SELECT {TABLE_COLUMNS} FROM ref.rate_table WHERE name = 'New'"
DEFAULTS = ("PLAN_ANNIVERSARY", "OWN", None, None, "CLAMP", None, "HALF_UP", None, [])


def test_how_a_table_is_read_is_kept_and_blank_cells_are_the_defaults(own: Book, tmp_path: Path) -> None:
    settings = {
        "method": "child_capped",
        "age_date": "issue",
        "spouse_age": "EMPLOYEE",
        "child_lines": "dental; MEDICAL",
        "limits": "Age: 18-64; group_size:2-",
        "outside_table": "ISSUE",
        "round_places": "3; ;2",
        "money_rounding": "HALF_EVEN",
        "base_table": "ppo drugs",
        "factor_tables": "area FACTORS;Tobacco factors",
    }
    load(own, sheets(tmp_path / "1", {"rate_tables": [ROW["rate_tables"] | settings]}))
    factors = ["Area factors", "Tobacco factors"]
    lines = ["Dental", "Medical"]
    stated = ("ISSUE", "EMPLOYEE", lines, "age:18-64;group_size:2-", "ISSUE", "3;;2", "HALF_EVEN", "PPO drugs", factors)
    assert asked(own, KEPT) == [stated]
    plain = sheets(tmp_path / "2", {"rate_tables": [ROW["rate_tables"]]})
    assert load(own, plain, now=LATER).n_changed == 1
    assert asked(own, KEPT) == [DEFAULTS]
    assert load(own, plain, now=LATER).n_changed == 0


def test_a_base_table_may_stand_in_the_same_sheet_but_not_rest_on_another(bakery: Book, tmp_path: Path) -> None:
    rows = [
        ROW["rate_tables"] | {"base_table": "Middle"},
        ROW["rate_tables"] | {"rate_table": "Middle", "base_table": "Lowest"},
        ROW["rate_tables"] | {"rate_table": "Lowest"},
    ]
    outcome = tried(bakery, sheets(tmp_path, {"rate_tables": rows}))
    assert codes(outcome) == [("rate_tables", 2, "base_of_base", "base_table")]


@pytest.mark.parametrize(
    ("axis", "good", "bad"),
    [
        ("industry", {"2051": "2051", "*": "*"}, ()),
        ("plan", {"MED": "MED"}, ()),
        ("group_size", {"51": "51", "1,000": "1000", "2.0": "2", "*": "*"}, ("2.5", "-1", "many")),
        ("participation", {"75": "75", "25.50": "25.5", "0": "0", "100%": "100"}, ("100.1", "0.00001", "half")),
        ("duration", {"0": "0", "13": "13"}, ("1.5",)),
        ("service", {"10": "10"}, ("ten",)),
        ("female_percent", {"40.25": "40.25"}, ("101",)),
    ],
)
def test_keys_of_the_further_axes_are_stored_in_their_plain_form(
    own: Book, tmp_path: Path, axis: str, good: dict[str, str], bad: tuple[str, ...]
) -> None:
    cell = ROW["rate_cells"] | {"rate_table": "New"}
    load(
        own,
        sheets(
            tmp_path / "1",
            {
                "rate_tables": [ROW["rate_tables"] | {"axes": axis}],
                "rate_cells": [cell | {axis: written} for written in good],
            },
        ),
    )
    kept = asked(own, "SELECT keys[1] FROM ref.rate_cell JOIN ref.rate_table USING (rate_table_id) WHERE name = 'New'")
    assert sorted(key for (key,) in kept) == sorted(good.values())
    for number, written in enumerate(bad):
        rows = {"rate_cells": [cell | {axis: written, "effective_from": "2028-01-01"}]}
        outcome = tried(own, sheets(tmp_path / f"bad{number}", rows))
        assert codes(outcome) == [("rate_cells", 2, "rate_key_invalid", axis)], written


RULE_COLUMNS = "amount_scope, grade, steps, dependent_percentage, family_cap_cents, floor_cents, reference_plan_id"
RULE = f"SELECT type, {RULE_COLUMNS} FROM ref.contribution_rule WHERE name = 'New'"


@pytest.mark.parametrize(
    ("cells", "stored"),
    [
        ({}, ("Percentage", "PER_COVERAGE", *[None] * 6)),
        (
            {"type": "amount", "amount": "50", "percentage": "", "amount_scope": "per_plan"},
            ("Amount", "PER_PLAN", *[None] * 6),
        ),
        (
            {"grade": "tier", "percentage": "", "steps": "ee:80; fam : 50.5"},
            ("Percentage", "PER_COVERAGE", "TIER", "EE:80;FAM:50.5", *[None] * 4),
        ),
        (
            {"type": "Employee And Increment", "dependent_percentage": "40.5"},
            ("Employee And Increment", "PER_COVERAGE", None, None, Decimal("40.5"), None, None, None),
        ),
        (
            {"family_cap_amount": "300", "floor_amount": "10.50"},
            ("Percentage", "PER_COVERAGE", None, None, None, 30_000, 1_050, None),
        ),
    ],
)
def test_the_forms_of_a_contribution_are_kept(
    own: Book, tmp_path: Path, cells: dict[str, str], stored: tuple[object, ...]
) -> None:
    rows = {"contributions": [ROW["contributions"] | cells]}
    load(own, sheets(tmp_path, rows))
    assert asked(own, RULE) == [stored]
    assert load(own, sheets(tmp_path, rows), now=LATER).n_changed == 0
    assert load(
        own, sheets(tmp_path, {"contributions": [{**rows["contributions"][0], "floor_amount": "11"}]})
    ).n_changed


def test_a_sum_for_every_plan_is_kept_as_such_until_the_sheet_names_a_target(own: Book, tmp_path: Path) -> None:
    cells = {"type": "Defined Contribution", "percentage": "", "amount": "500", "category": ""}
    found = "SELECT type, target_type, category, amount_cents FROM ref.contribution_rule WHERE name = 'New'"
    rows = {"contributions": [ROW["contributions"] | cells | {"target_type": "every_plan"}]}
    load(own, sheets(tmp_path, rows))
    assert asked(own, found) == [("Defined Contribution", "EVERY_PLAN", None, 50_000)]
    assert load(own, sheets(tmp_path, rows), now=LATER).n_changed == 0
    load(own, sheets(tmp_path, {"contributions": [ROW["contributions"] | cells | {"category": "Dental"}]}), now=LATER)
    assert asked(own, found) == [("Defined Contribution", None, "Dental", 50_000)]


def test_a_reference_plan_is_kept_as_the_plan_of_the_contract(own: Book, tmp_path: Path) -> None:
    cells = {"type": "Reference Plan", "contract_number": "HLB-2026", "reference_plan": "den"}
    load(own, sheets(tmp_path, {"contributions": [ROW["contributions"] | cells]}))
    found = asked(
        own,
        """SELECT r.type, r.contract_plan_id, p.plan_code FROM ref.contribution_rule AS r
        JOIN book.contract_plan AS p ON p.contract_plan_id = r.reference_plan_id WHERE r.name = 'New'""",
    )
    assert found == [("Reference Plan", None, "DEN")]
