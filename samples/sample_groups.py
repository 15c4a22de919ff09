"""The twelve groups of the sample book: who they are, what they offer, and their families.

What lives here: the groups as drawn by the generator and then made to differ in the ways the sample wants to show.
What does not: what is wrong with the people (`sample_faults.py`) and how their files look (`sample_files.py`).
"""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import sample_faults as faults
from sample_layouts import (
    Person,
)
from sample_methods import choose_at_work, own_methods, with_rows

from services.sample_book import make_census
from services.sampling.groups import make_groups
from services.sampling.shelf import make_shelf

SEED = 20260101
SIZES = (96, 84, 72, 88, 60, 64, 62, 62, 66, 54, 44, 52)
EMPLOYERS = (
    *("Harborlight Clinics", "Crème & Crumb Bakeries", "Nutmeg Precision Tools", "Prairie Freight"),
    *("Juniper Analytics", "Stonebridge Builders", "Larkspur Legal Services", "Fieldstone Schools"),
    *("Cobalt Machine Works", "Willow Veterinary Care", "Lantern Media", "Saddleback Farms"),
)


def the_groups() -> pl.DataFrame:
    """The twelve groups: drawn, then made to differ in the ways the sample wants to show."""
    made = make_groups(12, SEED)
    at = pl.col("group")

    def among(*numbers: int) -> pl.Expr:
        return (at + 1).is_in(numbers)

    starts = pl.when(among(5)).then(date(2026, 7, 1)).when(among(10)).then(date(2026, 4, 1)).otherwise(date(2026, 1, 1))
    ends = (
        pl.when(among(5)).then(date(2027, 6, 30)).when(among(10)).then(date(2027, 3, 31)).otherwise(date(2026, 12, 31))
    )
    own_area = pl.when(among(9, 12)).then(None).otherwise(pl.coalesce("rating_area", pl.lit("3")))
    product = {
        line: pl.lit(1 + (np.arange(12) + step) % 2).cast(pl.Int32) for step, line in enumerate(("ppo", "dental"))
    }
    return made.with_columns(
        account_name=pl.Series(EMPLOYERS),
        start=starts,
        end=ends,
        city=pl.when(among(3)).then(pl.lit("Hartford")).otherwise("city"),
        state=pl.when(among(3)).then(pl.lit("CT")).otherwise("state"),
        postal_code=pl.when(among(3)).then(pl.lit("06103")).otherwise("postal_code"),
        rating_area=pl.when(among(3)).then(pl.lit("4")).otherwise(own_area),
        has_exec=among(1, 4, 8, 10),
        has_dental_plus=among(1, 2, 4, 6, 7, 9, 11),
        has_sup=~among(3, 8),
        has_std=~among(2),
        has_ltd=~among(6, 11),
        has_acc=among(1, 3, 6, 9, 12),
        is_flat_life=among(2, 9),
        own_dental=among(3),
        own_hospital=among(7),
        keeps_first_rates=among(5),
        life_multiple=pl.lit(np.array([1, 2, 1.5, 2, 2, 1, 1, 2, 1, 1.5, 2, 1])),
        generosity=(at % 3).cast(pl.Int32),
        **{
            name: pl.Series(name, np.asarray(1 + (np.arange(12) + step) % 2, dtype=np.int32))
            for step, name in enumerate(product)
        },
    )


def the_shelf(groups: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The generator's sheets, with three products added by hand (one with a closed table, one with no table) and
    the tables that single groups have of their own.
    """
    shelf = make_shelf(groups)
    plans = shelf["plans"]
    # The head office of the ninth group lies where no rating area is filed, so its people's own ZIP codes decide.
    away = pl.col("account_number") == "A000009"
    moved = {"city": "Portland", "state": "ME", "postal_code": "04101"}
    shelf["accounts"] = shelf["accounts"].with_columns(
        pl.when(away).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in moved.items()
    )
    shelf["products"] = with_rows(
        shelf["products"],
        {"product_code": "CI-01", "product_name": "Harbor Critical Illness", "product_type": "Critical Illness"},
        {"product_code": "HOSP-01", "product_name": "Harbor Hospital Indemnity", "product_type": "Hospital"},
        {"product_code": "HOSP-02", "product_name": "Harbor Hospital Cash", "product_type": "Hospital"},
    )
    added = [
        *(_plan(c, "CI", "Harbor Critical Illness", "CI-01") | _CI_BENEFIT for c in ("C000005", "C000008")),
        _plan("C000004", "DENX", "Harbor Dental 2019", "DEN-01") | {"status": "Inactive"},
        _plan("C000011", "HOSP", "Harbor Hospital Indemnity", "HOSP-01"),
        _plan("C000001", "HCASH", "Harbor Hospital Cash", "HOSP-02"),
    ]
    shelf["plans"] = with_rows(plans, *added).sort("contract_number", maintain_order=True)
    shelf["rate_tables"] = with_rows(shelf["rate_tables"], _CI_TABLE)
    shelf["rate_table_plans"] = with_rows(
        shelf["rate_table_plans"], {"rate_table": "CI-01 rates", "product_code": "CI-01"}
    )
    cells = [
        {"rate_table": "CI-01 rates", "effective_from": start, "age": age, "tobacco": tobacco, "rate": rate}
        for start in (date(2026, 1, 1), date(2027, 1, 1))
        for tobacco, load in (("Non-Smoker", 1.0), ("Smoker", 1.75))
        for age, base in (("18", 0.42), ("30", 0.68), ("40", 1.31), ("50", 2.55), ("60", 4.40), ("70", None))
        for rate in (None if base is None else round(base * load, 3),)
    ]
    shelf["rate_cells"] = with_rows(shelf["rate_cells"], *cells)
    return own_methods(shelf)


_CI_BENEFIT = {"benefit_flat_amount": "20000", "volume_rounding": "NONE", "benefit_maximum": "20000"}
_CI_TABLE = {
    "rate_table": "CI-01 rates",
    "method": "worksite",
    "rate_unit": "USD per $1,000 of volume per month",
    "rate_period": "MONTHLY",
    "age_basis": "LAST_BIRTHDAY",
    "age_date": "ISSUE",
    "axes": "age;tobacco",
    "citation": "Sample Carrier rate filing 2026-S1 (invented for this sample); closed to ages below 18 and from 70 on",
    "filed_on": date(2025, 9, 15),
}


def _plan(contract: str, code: str, name: str, product: str) -> dict[str, Any]:
    return {
        "contract_number": contract,
        "plan_code": code,
        "plan_name": name,
        "product_code": product,
        "is_optional": "false",
        "status": "Active",
        "proration_method": "DAILY_TERM",
        "rate_basis_date": "EFFECTIVE_DATE",
        "auto_assign": "false",
        "group_number": f"{contract}-{code}",
    }


def the_rosters(groups: pl.DataFrame) -> list[faults.Roster]:
    """The families of each group as dicts, ready to be spoilt and written."""
    frame, _, _ = make_census(groups, np.array(SIZES), [SEED, 3, 0])
    rosters, at = [], 0
    for number, size in enumerate(SIZES):
        people: list[Person] = frame.slice(at, size).to_dicts()
        at += size
        families: list[faults.Family] = []
        for place, person in enumerate(people):
            person |= {"_relation": person["Relationship"], "Critical Illness": None, "Hospital": None, "Notes": None}
            person |= {"Person ID": f"M{number + 1:02d}{place + 1:03d}", "SSN": f"0{number + 10}-00-{place + 1001:04d}"}
            families = [*families, [person]] if person["_relation"] == "Employee" else families
            families[-1] += [person] if person["_relation"] != "Employee" else []
        for family in families:
            for person in family[1:]:
                person["Primary ID"] = family[0]["Person ID"]
        rosters.append(faults.Roster(families))
    choose_at_work(rosters)
    return rosters


def plan_names(groups: pl.DataFrame) -> list[dict[str, str]]:
    """Per group, plan code to the name that its census cells use."""
    plans = the_shelf(groups)["plans"]
    made: list[dict[str, str]] = [{} for _ in range(groups.height)]
    for contract, code, name in plans.select("contract_number", "plan_code", "plan_name").rows():
        made[int(contract[1:]) - 1][code] = name
    return made


def fill_names(roster: faults.Roster, names: dict[str, str]) -> None:
    """Put the contract's plan names in place of `{CODE}` cells."""
    for person in roster.people:
        for name, cell in person.items():
            if isinstance(cell, str) and cell.startswith("{"):
                person[name] = names[cell.strip("{}")]
