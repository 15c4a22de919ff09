"""Rating methods that single groups of the sample show, beside those that the generator files for everybody.

What lives here: tables of their own for plans of some groups, the settings of these plans, and who buys what is sold at
work. What does not: the groups (`sample_groups.py`), and what is wrong with their people (`sample_faults.py`).
"""

from datetime import date
from typing import Any

import polars as pl
import sample_faults as faults

from services.sampling.rates import AREA_FACTORS, TOBACCO_FACTORS, VERSIONS, age_curve, as_cells

CURVE_FACTORS = "Federal age curve"
_INVENTED = "Sample Carrier rate filing 2026-S2 (invented for this sample)"
_CURVE = "CMS federal default age curve, 45 CFR 147.102(e)"
_MEDICAL = f"{AREA_FACTORS};{TOBACCO_FACTORS}"

_TABLES: tuple[dict[str, Any], ...] = (
    {
        "rate_table": "Group LTD benefit rates",
        "method": "monthly_benefit",
        "rate_unit": "USD per $100 of monthly benefit per month",
    },
    {
        "rate_table": "Hospital cash rates",
        "method": "flat_per_employee",
        "rate_unit": "USD per employee per month",
    },
    {
        "rate_table": "Group STD pay rates",
        "method": "percent_of_pay",
        "rate_unit": "percent of monthly pay",
    },
    {
        "rate_table": "Group dental ratios",
        "method": "composite_solved",
        "rate_unit": "ratio to the tier EE",
        "axes": "tier",
        "base_table": "Group dental list",
    },
    {
        "rate_table": "Group dental list",
        "method": "age_banded",
        "rate_unit": "USD per person per month",
        "axes": "age",
    },
    {
        "rate_table": "Group hospital experience rates",
        "method": "experience_blend",
        "rate_unit": "USD per person per month",
        "factor_tables": AREA_FACTORS,
    },
    {
        "rate_table": "Group hospital average rates",
        "method": "aca_composite",
        "rate_unit": "USD per person per month at age 21",
        "factor_tables": f"{CURVE_FACTORS};{_MEDICAL}",
        "child_age": 21,
        "child_count": 3,
    },
    {
        "rate_table": "Group hospital curve rates",
        "method": "age_curve",
        "rate_unit": "USD per person per month at age 21",
        "factor_tables": f"{CURVE_FACTORS};{_MEDICAL}",
        "child_age": 21,
        "child_count": 3,
    },
    {
        "rate_table": CURVE_FACTORS,
        "method": "factor",
        "rate_unit": "factor",
        "axes": "age",
        "citation": _CURVE,
    },
)

_PRICED = {
    "Group LTD benefit rates": (("C000001", "LTD"), ("C000002", "LTD"), ("C000004", "LTD")),
    "Group STD pay rates": (("C000003", "STD"),),
    "Group dental ratios": (("C000008", "DEN"), ("C000012", "DEN")),
    "Group hospital experience rates": (("C000002", "PPO-HOSP"),),
    "Group hospital average rates": (("C000006", "PPO-HOSP"),),
    "Group hospital curve rates": (("C000010", "PPO-HOSP"), ("C000011", "PPO-HOSP")),
}
"""The plans that have a table of their own, which beats the table of their product."""

_SETTINGS = {
    ("C000002", "PPO-HOSP"): {
        "experience_rate": "455.30",
        "life_years": "260",
        "full_credibility_life_years": "1000",
    },
    ("C000003", "STD"): {"covered_pay_maximum": "12500"},
}

_ONE_RATE = {
    "Group LTD benefit rates": (0.70, 0.715),
    "Hospital cash rates": (12.35, 12.35),
    "Group STD pay rates": (0.45, 0.4625),
    "Group hospital experience rates": (412.60, 441.90),
    "Group hospital average rates": (271.15, 290.40),
    "Group hospital curve rates": (269.80, 288.95),
}
"""Rates of 2026 and of 2027."""

_RATIOS = {"EE": 1.0, "ES": 2.05, "EC": 1.85, "FAM": 2.95}
_LIST = {0: (17.80, 18.40), 21: (31.25, 32.30), 50: (36.40, 37.65)}


def own_methods(shelf: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The sheets with the further tables, what they price and what these plans state."""
    shelf = dict(shelf)
    heads = [
        {
            "rate_period": "MONTHLY",
            "age_basis": "LAST_BIRTHDAY",
            "age_date": "PLAN_ANNIVERSARY",
            "citation": _INVENTED,
            "filed_on": date(2025, 9, 15),
            **table,
        }
        for table in _TABLES
    ]
    shelf["rate_tables"] = with_rows(_with_columns(shelf["rate_tables"], ("base_table",)), *heads)
    links = [
        {"rate_table": table, "contract_number": contract, "plan_code": plan}
        for table, plans in _PRICED.items()
        for contract, plan in plans
    ]
    links.append({"rate_table": "Hospital cash rates", "product_code": "HOSP-02"})
    shelf["rate_table_plans"] = with_rows(shelf["rate_table_plans"], *links)
    shelf["rate_cells"] = pl.concat([shelf["rate_cells"], as_cells(_cells())])
    plans = _with_columns(shelf["plans"], sorted({name for stated in _SETTINGS.values() for name in stated}))
    for (contract, code), stated in _SETTINGS.items():
        is_it = (pl.col("contract_number") == contract) & (pl.col("plan_code") == code)
        plans = plans.with_columns(
            pl.when(is_it).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in stated.items()
        )
    shelf["plans"] = plans
    return shelf


def _cells() -> pl.DataFrame:
    """The figures, version by version."""
    rows: list[dict[str, Any]] = []
    for number, start in enumerate(VERSIONS):
        rows += [
            {"rate_table": name, "effective_from": start, "rate": both[number]} for name, both in _ONE_RATE.items()
        ]
        rows += [
            {"rate_table": "Group dental ratios", "effective_from": start, "tier": tier, "rate": ratio}
            for tier, ratio in _RATIOS.items()
        ]
        rows += [
            {"rate_table": "Group dental list", "effective_from": start, "age": str(age), "rate": both[number]}
            for age, both in _LIST.items()
        ]
    rows += [
        {"rate_table": CURVE_FACTORS, "effective_from": VERSIONS[0], "age": str(age), "rate": factor}
        for age, factor in age_curve().rows()
    ]
    types = {
        "rate_table": pl.String,
        "effective_from": pl.Date,
        "age": pl.String,
        "tier": pl.String,
        "rate": pl.Float64,
    }
    return pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types)


def with_rows(frame: pl.DataFrame, *rows: dict[str, Any]) -> pl.DataFrame:
    """The frame with further rows, blank where they state nothing."""
    more = pl.DataFrame([{name: row.get(name) for name in frame.columns} for row in rows], schema=frame.schema)
    return pl.concat([frame, more])


def _with_columns(frame: pl.DataFrame, names: tuple[str, ...] | list[str]) -> pl.DataFrame:
    """The frame with further blank columns of text."""
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in names)


def choose_at_work(rosters: list[faults.Roster]) -> None:
    """Critical illness for employees of C000005 and C000008, hospital cash for families of C000001.

    Critical illness only for employees born from 1962 to 2000: its table is closed below 18 and from 70 on.
    """
    for number in (5, 8):
        for family in rosters[number - 1].families:
            if _may_choose(family) and 1962 <= family[0]["Date of Birth"].year <= 2000:
                family[0]["Critical Illness"] = "{CI}"
    for place, family in enumerate(rosters[0].families):
        if _may_choose(family) and place % 4 != 3:
            for person in family[: 1 + place % 3]:
                person["Hospital"] = "{HCASH}"


def _may_choose(family: faults.Family) -> bool:
    return not family[0]["Opt Out All Plans"]
