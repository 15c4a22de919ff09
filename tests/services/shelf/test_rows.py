"""Every rule on a row: one row that breaks it and is refused with its code, and a neighbour that passes."""

from pathlib import Path

import pytest

from rating.codes import Axis
from schemas import contribution_rules, rate_rules, shelf_rules
from schemas.rules import Rule
from services.book import Book
from tests.services.shelf.desk import codes, sheets, tried

ROW: dict[str, dict[str, str]] = {
    "accounts": {"account_number": "N1", "account_name": "New"},
    "classes": {"account_number": "HLB", "class_name": "New"},
    "products": {"product_code": "NEW", "product_name": "New", "product_type": "Vision"},
    "contracts": {
        "contract_number": "NEW",
        "account_number": "HLB",
        "start_date": "2027-01-01",
        "end_date": "2027-12-31",
    },
    "plans": {"contract_number": "HLB-2026", "plan_code": "VIS", "plan_name": "Vision", "product_code": "DEN"},
    "plan_classes": {"contract_number": "HLB-2026", "plan_code": "MED", "class_name": "Hourly"},
    "configuration_rules": {
        "contract_number": "HLB-2026",
        "kind": "AGE_LIMIT",
        "plan_code": "LTD",
        "minimum_age": "16",
        "maximum_age": "74",
    },
    "rate_tables": {"rate_table": "New", "method": "flat", "rate_unit": "USD", "citation": "A letter"},
    "rate_table_plans": {"rate_table": "Life", "product_code": "PPO"},
    "rate_cells": {"rate_table": "Life", "effective_from": "2027-01-01", "rate": "0.22"},
    "contributions": {
        "account_number": "HLB",
        "class_name": "Hourly",
        "name": "New",
        "type": "Percentage",
        "percentage": "10",
        "category": "Dental",
    },
    "rating_areas": {"state": "MA", "postal_prefix": "022", "rating_area": "2", "effective_from": "2026-01-01"},
    "censuses": {"contract_number": "HLB-2026", "census_name": "Open enrollment"},
}
"""A good row of every sheet, on top of the example."""

REQUIRED = [
    *[("accounts", c) for c in ("account_number", "account_name")],
    *[("classes", c) for c in ("account_number", "class_name")],
    *[("products", c) for c in ("product_code", "product_name", "product_type")],
    *[("contracts", c) for c in ("contract_number", "account_number", "start_date", "end_date")],
    *[("plans", c) for c in ("contract_number", "plan_code", "plan_name", "product_code")],
    *[("plan_classes", c) for c in ("contract_number", "plan_code", "class_name")],
    *[("configuration_rules", c) for c in ("contract_number", "kind", "plan_code")],
    *[("rate_tables", c) for c in ("rate_table", "method", "rate_unit", "citation")],
    ("rate_table_plans", "rate_table"),
    *[("rate_cells", c) for c in ("rate_table", "effective_from")],
    *[("contributions", c) for c in ("account_number", "class_name", "name")],
    *[("rating_areas", c) for c in ("state", "postal_prefix", "rating_area", "effective_from")],
    *[("censuses", c) for c in ("contract_number", "census_name")],
]

TIER = {"rate_table": "Dental tiers"}
AGE = {"rate_table": "PPO drugs"}
PLAN = {"category": "", "contract_number": "HLB-2026", "plan_code": "MED"}
BY_PLAN = {"product_code": "", "contract_number": "HLB-2026", "plan_code": "MED-RX"}

BY_TIER = {"grade": "TIER", "percentage": ""}
BY_PAY = {"grade": "SALARY", "percentage": ""}
BY_REFERENCE = {"type": "Reference Plan", "contract_number": "HLB-2026", "reference_plan": "DEN"}

ONE_SUM = {
    "type": "Defined Contribution",
    "percentage": "",
    "amount": "500",
    "category": "",
    "target_type": "EVERY_PLAN",
}

BAD_SETTINGS = [
    # Columns that state how a plan is charged, insured and left, how a table is read, and what else an employer pays.
    ("contracts", {"group_size": "0"}, "number_out_of_range", "group_size"),
    ("contracts", {"group_size": "many"}, "number_unreadable", "group_size"),
    ("contracts", {"eligible_employees": "12.5"}, "number_unreadable", "eligible_employees"),
    ("contracts", {"industry_code": "x" * 41}, "text_too_long", "industry_code"),
    ("plans", {"proration_end": "HALF"}, "value_not_in_list", "proration_end"),
    ("plans", {"proration_change": "HALF"}, "value_not_in_list", "proration_change"),
    ("plans", {"proration_newborn": "HALF"}, "value_not_in_list", "proration_newborn"),
    ("plans", {"wash_day": "32"}, "number_out_of_range", "wash_day"),
    ("plans", {"wash_day": "0"}, "number_out_of_range", "wash_day"),
    ("plans", {"priority": "-1"}, "number_out_of_range", "priority"),
    ("plans", {"contribution_strategy": "OLD"}, "value_not_in_list", "contribution_strategy"),
    ("plans", {"benefit_minimum": "-1"}, "number_out_of_range", "benefit_minimum"),
    ("plans", {"benefit_minimum": "10.01", "benefit_maximum": "10"}, "minimum_above_maximum", "benefit_minimum"),
    ("plans", {"benefit_pay_multiple_maximum": "100.5"}, "number_out_of_range", "benefit_pay_multiple_maximum"),
    ("plans", {"benefit_percent_of_employee": "101"}, "number_out_of_range", "benefit_percent_of_employee"),
    ("plans", {"guaranteed_issue_schedule": "70-50"}, "schedule_unreadable", "guaranteed_issue_schedule"),
    (
        "plans",
        {"guaranteed_issue_minimum_participation": "100.1"},
        "number_out_of_range",
        "guaranteed_issue_minimum_participation",
    ),
    ("plans", {"age_reduction_date": "LATER"}, "value_not_in_list", "age_reduction_date"),
    ("plans", {"covered_pay_maximum": "10k"}, "number_unreadable", "covered_pay_maximum"),
    ("plans", {"required_premium": "0.001"}, "too_many_decimals", "required_premium"),
    ("plans", {"experience_rate": "1.0000001"}, "too_many_decimals", "experience_rate"),
    ("plans", {"life_years": "-1"}, "number_out_of_range", "life_years"),
    ("plans", {"full_credibility_life_years": "1.00001"}, "too_many_decimals", "full_credibility_life_years"),
    ("plans", {"dependent_age_limit": "121"}, "number_out_of_range", "dependent_age_limit"),
    ("plans", {"dependent_age_out": "NEVER"}, "value_not_in_list", "dependent_age_out"),
    ("rate_tables", {"age_date": "TODAY"}, "value_not_in_list", "age_date"),
    ("rate_tables", {"spouse_age": "CHILD"}, "value_not_in_list", "spouse_age"),
    ("rate_tables", {"money_rounding": "UP"}, "value_not_in_list", "money_rounding"),
    ("rate_tables", {"outside_table": "DROP"}, "value_not_in_list", "outside_table"),
    ("rate_tables", {"limits": "gender:1-2"}, "limits_unreadable", "limits"),
    ("rate_tables", {"limits": "age:-"}, "limits_unreadable", "limits"),
    ("rate_tables", {"limits": "age:\u0661\u0668-64"}, "limits_unreadable", "limits"),  # 18 in digits nobody else reads
    ("rate_tables", {"limits": "age:18-64;age:0-9"}, "limits_unreadable", "limits"),
    ("rate_tables", {"limits": "group_size:2.5-50"}, "limits_unreadable", "limits"),
    ("rate_tables", {"limits": "age:65-64"}, "limits_out_of_order", "limits"),
    ("rate_tables", {"round_places": "7"}, "round_places_unreadable", "round_places"),
    ("rate_tables", {"round_places": "3;2", "factor_tables": ""}, "round_places_too_many", "round_places"),
    ("rate_tables", {"base_table": "Nothing"}, "base_table_unknown", "base_table"),
    ("rate_tables", {"base_table": "Area factors"}, "base_table_unknown", "base_table"),
    ("rate_tables", {"base_table": "new"}, "base_of_base", "base_table"),
    ("rate_tables", {"method": "child_capped", "child_lines": "Medical;Pets"}, "child_line_unknown", "child_lines"),
    ("contributions", {"type": "Half"}, "value_not_in_list", "type"),
    ("contributions", {"type": "Reference Plan"}, "reference_plan_missing", "reference_plan"),
    ("contributions", {**BY_REFERENCE, "reference_plan": "NOTHING"}, "reference_plan_unknown", "reference_plan"),
    ("contributions", {**BY_REFERENCE, "contract_number": ""}, "contract_missing", "contract_number"),
    ("contributions", {"dependent_percentage": "101"}, "number_out_of_range", "dependent_percentage"),
    ("contributions", {"amount_scope": "PER_FAMILY"}, "value_not_in_list", "amount_scope"),
    ("contributions", {"grade": "AGE"}, "value_not_in_list", "grade"),
    ("contributions", BY_TIER, "steps_missing", "steps"),
    ("contributions", {"steps": "0:50"}, "grade_missing", "grade"),
    ("contributions", {**BY_TIER, "steps": "EE:80;ES:60"}, "steps_unreadable", "steps"),
    ("contributions", {**BY_TIER, "steps": "EE:80;EE:70;FAM:60"}, "steps_unreadable", "steps"),
    ("contributions", {**BY_PAY, "steps": "0:50;50000:60;50000:70"}, "steps_unreadable", "steps"),
    ("contributions", {**BY_PAY, "steps": "0:\u0665\u0660;50000:60"}, "steps_unreadable", "steps"),
    ("contributions", {**BY_PAY, "steps": "1:50"}, "steps_unreadable", "steps"),
    ("contributions", {**BY_PAY, "grade": "SERVICE", "steps": "0:50;1.5:60"}, "steps_unreadable", "steps"),
    ("contributions", {**BY_PAY, "steps": "0:50;50000:100.01"}, "steps_out_of_range", "steps"),
    ("contributions", {**BY_PAY, "type": "Amount", "steps": "0:50.001"}, "steps_out_of_range", "steps"),
    ("contributions", {**BY_PAY, "type": "Employer Paid", "steps": "0:50"}, "grade_not_used", "grade"),
    ("contributions", {**ONE_SUM, "target_type": "ALL"}, "value_not_in_list", "target_type"),
    ("contributions", {**ONE_SUM, "category": "Dental"}, "target_beside_every_plan", "target_type"),
    ("contributions", {**ONE_SUM, "product_code": "DEN"}, "target_beside_every_plan", "target_type"),
    ("contributions", {**ONE_SUM, "type": "Amount"}, "every_plan_of_other_type", "target_type"),
    ("contributions", {**ONE_SUM, "target_type": ""}, "contribution_target_missing", "plan_code"),
    ("contributions", {"floor_amount": "10.01", "cap_amount": "10"}, "floor_above_cap", "floor_amount"),
    ("contributions", {"floor_amount": "-1"}, "number_out_of_range", "floor_amount"),
    ("contributions", {"family_cap_amount": "-1"}, "number_out_of_range", "family_cap_amount"),
]

GOOD_SETTINGS = [
    ("contracts", {"group_size": "1", "eligible_employees": "12", "industry_code": "2051"}),
    ("plans", {"proration_method": "mid_month", "wash_day": "1", "proration_newborn": "BIRTH_MONTH_FREE"}),
    ("plans", {"wash_day": "31", "proration_end": "FULL_MONTH", "proration_change": "FIRST_OF_MONTH"}),
    ("plans", {"priority": "3", "contribution_strategy": "legacy_per_level"}),
    ("plans", {"benefit_minimum": "10", "benefit_maximum": "10"}),
    ("plans", {"benefit_pay_multiple_maximum": "5", "benefit_percent_of_employee": "50"}),
    ("plans", {"guaranteed_issue_schedule": "70:50;75:0", "guaranteed_issue_minimum_participation": "25"}),
    ("plans", {"age_reduction_date": "BIRTHDAY", "covered_pay_maximum": "10,000", "required_premium": "92400"}),
    ("plans", {"experience_rate": "541.2", "life_years": "1600", "full_credibility_life_years": "10000"}),
    ("plans", {"dependent_age_limit": "19", "dependent_age_out": "YEAR_END"}),
    *[("rate_tables", {"age_date": rule}) for rule in ("ISSUE", "TAX_YEAR_END", "ANNIVERSARY_OR_ADDED")],
    ("rate_tables", {"spouse_age": "employee", "money_rounding": "truncate", "outside_table": "issue"}),
    ("rate_tables", {"limits": "Age: 18 - 64; participation:25.5-;salary:-100000.50"}),
    ("rate_tables", {"round_places": "3; ;2", "factor_tables": "Area factors;Tobacco factors"}),
    ("rate_tables", {"base_table": "ppo DRUGS"}),
    ("rate_tables", {"method": "child_capped", "child_lines": "medical;AD&D"}),
    ("rate_tables", {"axes": ";".join(axis.name for axis in Axis)}),
    ("contributions", BY_REFERENCE),
    ("contributions", {"type": "employee and increment", "percentage": "90", "dependent_percentage": "40"}),
    ("contributions", {"type": "Defined Contribution", "percentage": "", "amount": "400", "amount_period": "MONTHLY"}),
    ("contributions", {"type": "Amount", "percentage": "", "amount": "400", "amount_period": "annual"}),
    ("contributions", ONE_SUM),
    ("contributions", {"type": "Employer Paid", "percentage": ""}),
    ("contributions", {**BY_TIER, "steps": "fam:50; EE:80 ;ES:60;EC:60.5"}),
    ("contributions", {**BY_TIER, "steps": "EE:80;ES:60;E1C:60;ECN:55;FAM:50"}),
    ("contributions", {**BY_TIER, "steps": "EE:80;EE+1:60;FAM:0"}),
    ("contributions", {**BY_PAY, "steps": "0:50;50000.50:100"}),
    ("contributions", {**BY_PAY, "grade": "SERVICE", "type": "Amount", "steps": "0:50;5:100.25"}),
    ("contributions", {"type": "Amount", "percentage": "", "amount": "50", "amount_scope": "PER_PLAN"}),
    ("contributions", {"floor_amount": "10", "cap_amount": "10", "family_cap_amount": "300"}),
]

BAD = [
    *BAD_SETTINGS,
    # sheet, cells changed, code, column blamed
    ("accounts", {"account_name": "x" * 256}, "text_too_long", "account_name"),
    ("classes", {"account_number": "NOBODY"}, "account_unknown", "account_number"),
    ("classes", {"effective_start": "01/02/2026"}, "date_unreadable", "effective_start"),
    ("classes", {"effective_start": "2026-02-30"}, "date_unreadable", "effective_start"),
    ("classes", {"effective_start": "2026-02-02", "effective_end": "2026-02-01"}, "end_before_start", "effective_end"),
    ("products", {"product_type": "Pets"}, "value_not_in_list", "product_type"),
    ("products", {"parent_product_code": "NOWHERE"}, "parent_unknown", "parent_product_code"),
    ("products", {"parent_product_code": "PPO-RX"}, "parent_not_root", "parent_product_code"),
    ("products", {"product_code": "PPO", "parent_product_code": "DEN"}, "has_coverages", "parent_product_code"),
    ("contracts", {"account_number": "NOBODY"}, "account_unknown", "account_number"),
    ("contracts", {"end_date": "2026-12-31"}, "end_before_start", "end_date"),
    ("contracts", {"end_date": "2200-01-01"}, "term_out_of_range", "end_date"),
    ("contracts", {"start_date": "1899-12-31"}, "term_out_of_range", "start_date"),
    ("contracts", {"status": "Signed"}, "value_not_in_list", "status"),
    ("plans", {"contract_number": "NOTHING"}, "contract_unknown", "contract_number"),
    ("plans", {"product_code": "NOTHING"}, "product_unknown", "product_code"),
    ("plans", {"plan_name": "bakery dental"}, "plan_name_repeated", "plan_name"),
    ("plans", {"parent_plan_code": "NOTHING"}, "parent_unknown", "parent_plan_code"),
    ("plans", {"parent_plan_code": "MED-RX"}, "parent_not_root", "parent_plan_code"),
    (
        "plans",
        {"plan_code": "MED", "plan_name": "Bakery PPO", "parent_plan_code": "DEN"},
        "has_coverages",
        "parent_plan_code",
    ),
    ("plans", {"is_optional": "perhaps"}, "flag_unreadable", "is_optional"),
    ("plans", {"effective_start": "2026-05-02", "effective_end": "2026-05-01"}, "end_before_start", "effective_end"),
    ("plans", {"proration_method": "HALF_MONTH"}, "value_not_in_list", "proration_method"),
    ("plans", {"benefit_multiple": "-1"}, "number_out_of_range", "benefit_multiple"),
    ("plans", {"benefit_multiple": "two"}, "number_unreadable", "benefit_multiple"),
    ("plans", {"benefit_multiple": "2", "benefit_flat_amount": "5000"}, "benefit_ambiguous", "benefit_flat_amount"),
    ("plans", {"benefit_flat_amount": "25.000,00"}, "number_unreadable", "benefit_flat_amount"),
    ("plans", {"benefit_flat_amount": "0.001"}, "too_many_decimals", "benefit_flat_amount"),
    ("plans", {"benefit_percent": "100.01"}, "number_out_of_range", "benefit_percent"),
    ("plans", {"age_reduction_schedule": "65-65"}, "schedule_unreadable", "age_reduction_schedule"),
    ("plans", {"age_reduction_schedule": "\u0666\u0665:65"}, "schedule_unreadable", "age_reduction_schedule"),
    ("plans", {"age_reduction_schedule": "70:50;65:65"}, "schedule_unreadable", "age_reduction_schedule"),
    ("plans", {"age_reduction_schedule": "65:101"}, "schedule_unreadable", "age_reduction_schedule"),
    ("plan_classes", {"contract_number": "NOTHING"}, "contract_unknown", "contract_number"),
    ("plan_classes", {"plan_code": "NOTHING"}, "plan_unknown", "plan_code"),
    ("plan_classes", {"class_name": "Nobody"}, "class_unknown", "class_name"),
    ("rate_tables", {"method": "by_feel"}, "value_not_in_list", "method"),
    ("rate_tables", {"axes": "age;height"}, "axis_unknown", "axes"),
    ("rate_tables", {"axes": "age;age"}, "axis_repeated", "axes"),
    ("rate_tables", {"factor_tables": "a;b;c;d;e;f;g;h;i"}, "factor_tables_too_many", "factor_tables"),
    ("rate_tables", {"factor_tables": "Area factors;Area factors"}, "factor_table_repeated", "factor_tables"),
    ("rate_tables", {"factor_tables": "Nothing"}, "factor_table_unknown", "factor_tables"),
    ("rate_tables", {"factor_tables": "Life"}, "factor_table_unknown", "factor_tables"),
    ("rate_tables", {"method": "factor", "factor_tables": "Area factors"}, "factor_of_factor", "factor_tables"),
    ("rate_tables", {"rate_table": "Dental tiers", "axes": "tier;area"}, "rate_axes_fixed", "axes"),
    ("rate_tables", {"rate_table": "Life", "method": "factor"}, "rate_method_fixed", "method"),
    ("rate_tables", {"method": "child_capped", "child_age": "0"}, "number_out_of_range", "child_age"),
    ("rate_tables", {"method": "child_capped", "child_count": "few"}, "number_unreadable", "child_count"),
    ("rate_table_plans", {"rate_table": "Nothing"}, "rate_table_unknown", "rate_table"),
    ("rate_table_plans", {"product_code": "NOTHING"}, "product_unknown", "product_code"),
    ("rate_table_plans", {"product_code": ""}, "target_missing", "product_code"),
    ("rate_table_plans", {**BY_PLAN, "product_code": "PPO"}, "target_ambiguous", "product_code"),
    ("rate_table_plans", {**BY_PLAN, "contract_number": ""}, "contract_missing", "contract_number"),
    ("rate_table_plans", {**BY_PLAN, "plan_code": ""}, "plan_missing", "plan_code"),
    ("rate_table_plans", {**BY_PLAN, "contract_number": "NOTHING"}, "contract_unknown", "contract_number"),
    ("rate_table_plans", {**BY_PLAN, "plan_code": "NOTHING"}, "plan_unknown", "plan_code"),
    ("rate_table_plans", {"rate_table": "Area factors"}, "factor_table_prices", "rate_table"),
    ("rate_cells", {"rate_table": "Nothing"}, "rate_table_unknown", "rate_table"),
    ("rate_cells", {"rate": "-0.01"}, "number_out_of_range", "rate"),
    ("rate_cells", {"rate": "0.1234567"}, "too_many_decimals", "rate"),
    ("rate_cells", {"rate": "dear"}, "number_unreadable", "rate"),
    ("rate_cells", {"rate_table": "Area factors", "area": "9", "rate": "1.00001"}, "too_many_decimals", "rate"),
    ("rate_cells", {"age": "30"}, "rate_key_unused", "age"),
    ("rate_cells", {**AGE}, "rate_key_missing", "age"),
    ("rate_cells", {**AGE, "age": "thirty"}, "rate_key_invalid", "age"),
    ("rate_cells", {**AGE, "age": "\u0663\u0660"}, "rate_key_invalid", "age"),  # 30 in other digits
    ("rate_cells", {**AGE, "age": "30.5"}, "rate_key_invalid", "age"),
    ("rate_cells", {**AGE, "age": "121"}, "rate_key_invalid", "age"),
    ("rate_cells", {**TIER, "tier": "EE+2"}, "rate_key_invalid", "tier"),
    ("contributions", {"account_number": "NOBODY"}, "account_unknown", "account_number"),
    ("contributions", {"class_name": "Nobody"}, "class_unknown", "class_name"),
    ("contributions", {"category": ""}, "contribution_target_missing", "plan_code"),
    ("contributions", {"percentage": "100.01"}, "contribution_out_of_range", "percentage"),
    ("contributions", {"percentage": "-1"}, "contribution_out_of_range", "percentage"),
    ("contributions", {"percentage": "10.00001"}, "too_many_decimals", "percentage"),
    ("contributions", {"type": "Amount", "amount": "-0.01"}, "contribution_out_of_range", "amount"),
    (
        "contributions",
        {"effective_start": "2026-02-01", "effective_end": "2026-01-31"},
        "end_before_start",
        "effective_end",
    ),
    ("contributions", {"modified_at": "yesterday"}, "date_unreadable", "modified_at"),
    ("contributions", {**PLAN, "contract_number": ""}, "contract_missing", "contract_number"),
    ("contributions", {**PLAN, "plan_code": "", "category": "Dental"}, "plan_missing", "plan_code"),
    ("contributions", {**PLAN, "contract_number": "NOTHING"}, "contract_unknown", "contract_number"),
    ("contributions", {**PLAN, "plan_code": "NOTHING"}, "plan_unknown", "plan_code"),
    ("contributions", {"product_code": "NOTHING"}, "product_unknown", "product_code"),
    ("contributions", {"cap_amount": "-5"}, "number_out_of_range", "cap_amount"),
    ("rating_areas", {"postal_prefix": "21"}, "postal_prefix_invalid", "postal_prefix"),
    ("rating_areas", {"postal_prefix": "021391"}, "postal_prefix_invalid", "postal_prefix"),
    ("censuses", {"contract_number": "NOTHING"}, "contract_unknown", "contract_number"),
    ("configuration_rules", {"contract_number": "NOTHING"}, "contract_unknown", "contract_number"),
    ("configuration_rules", {"kind": "LIKES"}, "kind_unknown", "kind"),
    ("configuration_rules", {"plan_code": "NOTHING"}, "plan_unknown", "plan_code"),
    ("configuration_rules", {"other_plan_code": "NOTHING"}, "plan_unknown", "other_plan_code"),
    ("configuration_rules", {"kind": "NEEDS", "other_plan_code": ""}, "other_plan_missing", "other_plan_code"),
    ("configuration_rules", {"kind": "EXCLUDES", "other_plan_code": ""}, "other_plan_missing", "other_plan_code"),
    ("configuration_rules", {"kind": "needs", "other_plan_code": "ltd"}, "other_plan_same", "other_plan_code"),
    ("configuration_rules", {"minimum_age": "", "maximum_age": ""}, "age_limit_missing", "minimum_age"),
    ("configuration_rules", {"minimum_age": "75"}, "minimum_above_maximum", "minimum_age"),
    ("configuration_rules", {"maximum_age": "121"}, "number_out_of_range", "maximum_age"),
    ("plans", {"enrollment_start": "2026-02-01", "enrollment_end": "2026-01-31"}, "end_before_start", "enrollment_end"),
    ("censuses", {"effective_start": "2026-02-01", "effective_end": "2026-01-31"}, "end_before_start", "effective_end"),
]

GOOD = [
    *GOOD_SETTINGS,
    ("accounts", {"account_name": "x" * 255}),
    ("classes", {"effective_start": "2026-02-01", "effective_end": "2026-02-01"}),
    ("classes", {"account_number": "hlb "}),
    ("products", {"product_type": "ad&d"}),
    ("products", {"parent_product_code": "ppo"}),
    ("contracts", {"end_date": "2027-01-01", "status": "draft"}),
    ("plans", {"parent_plan_code": "DEN"}),
    ("plans", {"is_optional": "Yes", "auto_assign": "0", "status": "inactive"}),
    ("plans", {"benefit_multiple": "1.5", "age_reduction_schedule": "65 : 65 ; 70:32.5"}),
    ("plans", {"benefit_flat_amount": "$25,000.50"}),
    ("plans", {"benefit_percent": "66.6667"}),
    ("rate_tables", {"axes": "AGE; tobacco", "factor_tables": "area FACTORS;Tobacco factors"}),
    ("rate_tables", {"method": "child_capped", "child_age": "26", "child_count": "0"}),
    ("rate_table_plans", BY_PLAN),
    ("rate_cells", {"rate": "0"}),
    ("rate_cells", {"rate": "0.1234560"}),
    ("rate_cells", {"rate": ""}),
    ("rate_cells", {"rate_table": "Area factors", "area": "9", "rate": "1.2345"}),
    ("rate_cells", {**AGE, "age": "*"}),
    ("rate_cells", {**TIER, "tier": "fam"}),
    ("contributions", {"percentage": "100"}),
    ("contributions", {"percentage": "0"}),
    ("contributions", {"type": "Amount", "percentage": "", "amount": "0"}),
    ("contributions", {"effective_start": "2026-01-31", "effective_end": "2026-01-31"}),
    ("contributions", {"modified_at": "2026-01-31"}),
    ("contributions", {"modified_at": "2026-01-31T10:11:12.123456Z"}),
    ("contributions", PLAN),
    ("rating_areas", {"postal_prefix": "02139"}),
]
WARNED = [
    *[
        ("plans", {"parent_plan_code": "MED", name: value}, "setting_of_root", name)
        for name, value in {"wash_day": "10", "priority": "1", "proration_end": "NONE"}.items()
    ],
    (
        "contributions",
        {"reference_plan": "DEN", "contract_number": "HLB-2026"},
        "reference_plan_not_used",
        "reference_plan",
    ),
    ("contributions", {"dependent_percentage": "10"}, "dependent_percentage_not_used", "dependent_percentage"),
    ("contributions", {"amount_scope": "PER_PLAN"}, "amount_scope_not_used", "amount_scope"),
    ("contributions", {"type": "Defined Contribution"}, "contribution_value_missing", "type"),
    ("rate_tables", {"child_lines": "Medical"}, "child_cap_not_used", "child_age"),
    ("contributions", {"type": ""}, "contribution_not_used", "type"),
    ("contributions", {"percentage": ""}, "contribution_value_missing", "type"),
    ("contributions", {"type": "Amount"}, "contribution_value_missing", "type"),
    ("contributions", {"type": "Employee And Increment"}, "contribution_value_missing", "dependent_percentage"),
    ("rate_tables", {"child_age": "21"}, "child_cap_not_used", "child_age"),
    ("plans", {"parent_plan_code": "MED", "proration_method": "NONE"}, "proration_of_root", "proration_method"),
    (
        "plans",
        {"parent_plan_code": "MED", "rate_basis_date": "CONTRACT_START"},
        "rate_basis_of_root",
        "rate_basis_date",
    ),
]


@pytest.mark.parametrize("sheet", ROW)
def test_a_good_row_is_accepted(bakery: Book, tmp_path: Path, sheet: str) -> None:
    outcome = tried(bakery, sheets(tmp_path, {sheet: [ROW[sheet]]}))
    assert codes(outcome) == []
    assert (outcome.n_rows, outcome.n_accepted, outcome.n_changed) == (1, 1, 1)


@pytest.mark.parametrize(("sheet", "column"), REQUIRED)
def test_a_blank_required_cell_is_one_issue(bakery: Book, tmp_path: Path, sheet: str, column: str) -> None:
    outcome = tried(bakery, sheets(tmp_path, {sheet: [{**ROW[sheet], column: "  "}]}))
    assert codes(outcome) == [(sheet, 2, "value_missing", column)]
    assert (outcome.n_accepted, outcome.n_refused, outcome.n_changed) == (0, 1, 0)


@pytest.mark.rule("CB-1")
@pytest.mark.rule("CB-20")
@pytest.mark.parametrize(("sheet", "cells", "code", "column"), BAD)
def test_a_bad_row_is_refused_with_its_code(
    bakery: Book, tmp_path: Path, sheet: str, cells: dict[str, str], code: str, column: str
) -> None:
    outcome = tried(bakery, sheets(tmp_path, {sheet: [{**ROW[sheet], **cells}]}))
    assert codes(outcome) == [(sheet, 2, code, column)]
    assert (outcome.n_accepted, outcome.n_refused, outcome.n_changed) == (0, 1, 0)
    told = outcome.issues.row(0, named=True)
    assert told["message"]
    assert told["hint"]
    assert (told["raw_value"] or "") == cells.get(column, ROW[sheet].get(column, "")).strip()[:200]


@pytest.mark.parametrize(("sheet", "cells"), GOOD)
def test_its_neighbour_is_accepted(bakery: Book, tmp_path: Path, sheet: str, cells: dict[str, str]) -> None:
    outcome = tried(bakery, sheets(tmp_path, {sheet: [{**ROW[sheet], **cells}]}))
    assert codes(outcome) == []
    assert (outcome.n_accepted, outcome.n_refused) == (1, 0)


@pytest.mark.parametrize(("sheet", "cells", "code", "column"), WARNED)
def test_a_warning_tells_and_does_not_refuse(
    bakery: Book, tmp_path: Path, sheet: str, cells: dict[str, str], code: str, column: str
) -> None:
    outcome = tried(bakery, sheets(tmp_path, {sheet: [{**ROW[sheet], **cells}]}))
    assert codes(outcome) == [(sheet, 2, code, column)]
    assert (outcome.n_accepted, outcome.n_refused) == (1, 0)


@pytest.mark.parametrize(
    ("cells", "published"),
    [
        ({"category": ""}, "GB-CTB-002"),
        ({"percentage": "101"}, "GB-CTB-003"),
        ({"effective_start": "2026-02-01", "effective_end": "2026-01-31"}, "GB-CTB-004"),
        ({"percentage": ""}, "GB-CTB-001"),
    ],
)
def test_contribution_errors_carry_the_published_codes(
    bakery: Book, tmp_path: Path, cells: dict[str, str], published: str
) -> None:
    outcome = tried(bakery, sheets(tmp_path, {"contributions": [{**ROW["contributions"], **cells}]}))
    assert outcome.issues["published_code"].to_list() == [published]


KEYS = {
    "accounts": "account_number",
    "classes": "class_name",
    "products": "product_code",
    "contracts": "contract_number",
    "plans": "plan_code",
    "rate_tables": "rate_table",
    "contributions": "name",
    "rating_areas": "effective_from",
    "censuses": "census_name",
}


@pytest.mark.parametrize(("sheet", "column"), KEYS.items())
def test_a_second_row_with_the_same_key_is_refused_and_the_first_stays(
    bakery: Book, tmp_path: Path, sheet: str, column: str
) -> None:
    again = {**ROW[sheet], column: ROW[sheet][column].lower()}
    outcome = tried(bakery, sheets(tmp_path, {sheet: [ROW[sheet], again]}))
    assert codes(outcome) == [(sheet, 3, "row_repeated", column)]
    assert (outcome.n_accepted, outcome.n_changed) == (1, 1)


def test_every_code_of_the_rules_is_tested_here_or_among_the_versions() -> None:
    said = {code for _, _, code, _ in (*BAD, *WARNED)} | {"value_missing", "row_repeated"}
    elsewhere = {
        "account_changed",
        "two_tables_for_one",
        "contract_of_other_account",
        "rate_cell_repeated",
        "rate_version_closed_and_filled",
    }
    modules = (shelf_rules, rate_rules, contribution_rules)
    values = [value for module in modules for value in vars(module).values()]
    declared = set(_codes_of([*values, rate_rules.rate_tables(["age"], 4)]))
    assert declared - said - elsewhere == set()


def _codes_of(values: object) -> list[str]:
    found: list[str] = []
    for value in values:  # type: ignore[attr-defined]
        if isinstance(value, Rule):
            found.append(value.code)
        elif isinstance(value, tuple):
            found += _codes_of(value)
    return found
