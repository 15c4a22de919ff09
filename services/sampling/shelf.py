"""The sheets that state a book: accounts, classes, products, contracts, plans, rates and rules.

What lives here: frames with exactly the columns of the shelf's sheets, made from the groups. What does not: the
draw of the groups (`.groups`), plans (`.plans`), prices (`.rates`), contribution rules (`.contributions`), and any
writing of files.
"""

from datetime import date

import numpy as np
import polars as pl

from services.sampling import rates
from services.sampling.contributions import contribution_rows
from services.sampling.groups import n_products
from services.sampling.names import names
from services.sampling.plans import DESIGNS, Design, plan_rows

CLASSES = ("Executives", "Salaried", "Hourly")
_CLASS_CODES = ("EXEC", "SAL", "HRLY")
CENSUS_NAME = "Enrollment census"


def make_shelf(groups: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Every sheet by name, in the order they are loaded."""
    counts = product_counts(groups)
    heads, links, cells = _rate_sheets(groups, counts)
    return {
        "accounts": _accounts(groups),
        "classes": _classes(groups),
        "products": _products(counts),
        "contracts": _contracts(groups),
        "plans": plan_rows(groups),
        "plan_classes": _plan_classes(groups),
        "rate_tables": heads,
        "rate_table_plans": links,
        "rate_cells": cells,
        "contributions": contribution_rows(groups),
        "rating_areas": rates.rating_areas(),
        "censuses": _censuses(groups),
    }


def product_counts(groups: pl.DataFrame) -> dict[str, int]:
    """How many products of each line the carrier sells: as many as any group names."""
    sold = n_products(groups.height)
    few = {"EXEC": max(2, sold // 4), "ACC": max(2, sold // 4), "DENP": max(2, sold // 2)}
    return {design.line: few.get(design.line, sold) for design in DESIGNS}


def _accounts(groups: pl.DataFrame) -> pl.DataFrame:
    named = groups.select("account_number", "account_name", "street", "city", "state", "postal_code")
    return named.with_columns(country=pl.lit("US"))


def _classes(groups: pl.DataFrame) -> pl.DataFrame:
    classes = pl.DataFrame({"class_name": CLASSES, "class_code": _CLASS_CODES})
    return (
        groups.select("account_number")
        .join(classes, how="cross")
        .with_columns(
            category=pl.lit("Employee"),
            description=pl.col("class_name") + " staff",
            effective_start=pl.lit(date(2020, 1, 1)),
            effective_end=pl.lit(None, pl.Date),
        )
    )


def _products(counts: dict[str, int]) -> pl.DataFrame:
    made = []
    for design in DESIGNS:
        number = np.arange(1, counts[design.line] + 1)
        root = design.line + "-" + pl.Series(number).cast(pl.String).str.zfill(2)
        parent = root if design.parent else pl.Series([None] * len(number), dtype=pl.String)
        brand = pl.Series(list(names().brands)).gather((number - 1) % len(names().brands))
        name = (
            _named(design, brand)
            if design.parent is None
            else _named(Design(*_root(design)), brand) + " " + design.name
        )
        made.append(
            pl.DataFrame(
                {
                    "product_code": root + design.suffix,
                    "product_name": name,
                    "product_type": [design.product_type] * len(number),
                    "parent_product_code": parent,
                }
            )
        )
    return pl.concat(made)


def _root(design: Design) -> tuple[str, str, str, str, str, str]:
    root = next(d for d in DESIGNS if d.code == design.parent)
    return (root.code, root.line, root.suffix, root.number, root.product_type, root.name)


def _named(design: Design, brand: pl.Series) -> pl.Series:
    return brand + design.name.removeprefix("{}")


def _contracts(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.select(
        "contract_number",
        "account_number",
        start_date="start",
        end_date="end",
        status=pl.lit("Activated"),
        rating_area="rating_area",
    )


def _censuses(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.select(
        "contract_number",
        census_name=pl.lit(CENSUS_NAME),
        type=pl.lit("Enrollment"),
        effective_start="start",
        effective_end="end",
    )


def _plan_classes(groups: pl.DataFrame) -> pl.DataFrame:
    open_to = {"EXEC": (CLASSES[0],), "LTD": CLASSES[:2]}
    made = [
        groups.filter(f"has_{code.lower()}").select(
            "group", "contract_number", plan_code=pl.lit(code), class_name=pl.lit(class_name)
        )
        for code, allowed in open_to.items()
        for class_name in allowed
    ]
    return pl.concat(made).sort("group", maintain_order=True).drop("group")


def _rate_sheets(groups: pl.DataFrame, counts: dict[str, int]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The sheets `rate_tables`, `rate_table_plans` and `rate_cells`."""
    factor_heads, factor_cells = rates.factor_tables()
    heads, links, cells = [factor_heads], [], [factor_cells]
    for filed in rates.FILED:
        tables = rates.tables_of(filed, rates.product_numbers(filed, counts))
        own = _own_tables(groups, filed)
        both = pl.concat([tables.select("rate_table", "base"), own.select("rate_table", "base")])
        heads.append(rates.rate_table_rows(both, filed))
        cells.append(rates.cell_rows(both, filed))
        none = pl.lit(None, pl.String)
        links.append(tables.select("rate_table", "product_code", contract_number=none, plan_code=none))
        links.append(
            own.select("rate_table", product_code=none, contract_number="contract_number", plan_code="plan_code")
        )
    return pl.concat(heads), pl.concat(links), pl.concat(cells)


_OWN = {("DEN", "tiers_4"): ("own_dental", "DEN"), ("PPO", "curve"): ("own_hospital", "PPO-HOSP")}


def _own_tables(groups: pl.DataFrame, filed: rates.Filed) -> pl.DataFrame:
    """Tables filed for one group's plan alone; they beat the table of its product."""
    flag, plan_code = _OWN.get((filed.line, filed.shape), (None, ""))
    chosen = groups.filter(flag) if flag else groups.clear()
    return chosen.select(
        "contract_number",
        rate_table=pl.col("contract_number") + " " + plan_code + " rates",
        plan_code=pl.lit(plan_code),
        base=(filed.base * pl.col("own_load")).round(4),
    )
