"""Rate tables, factor tables, their cells and versions, and postal codes to rating areas.

What lives here: the carrier's price list as tidy frames, made from a few shapes (relative prices by age, tier...)
times a base price per table. What does not: which plan of which group a product stands for (`.shelf`).

The medical shape is the federal default age curve; everything else is invented and says so in its citation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from services.sampling.names import names

VERSIONS = (date(2026, 1, 1), date(2027, 1, 1))
AREA_FACTORS = "Medical area factors"
TOBACCO_FACTORS = "Medical tobacco factors"

# CMS, federal default standard age curve for plan years from 2018, 45 CFR 147.102(e):
# ages 0-14, then 15 to 64 and over.
_YOUNGEST = 0.765
_CURVE = (
    *(0.833, 0.859, 0.885, 0.913, 0.941, 0.970, 1.000, 1.000, 1.000, 1.000, 1.004, 1.024, 1.048, 1.087, 1.119, 1.135),
    *(1.159, 1.183, 1.198, 1.214, 1.222, 1.230, 1.238, 1.246, 1.262, 1.278, 1.302, 1.325, 1.357, 1.397, 1.444, 1.500),
    *(1.563, 1.635, 1.706, 1.786, 1.865, 1.952, 2.040, 2.135, 2.230, 2.333, 2.437, 2.548, 2.603, 2.714, 2.810, 2.873),
    *(2.952, 3.000),
)

AXES = ("age", "gender", "tobacco", "tier", "area", "class", "relationship", "salary")
_INVENTED = "Sample Carrier rate filing 2026-S1 (invented for this sample)"
_MEDICAL = "CMS federal default age curve, 45 CFR 147.102(e), times an invented base rate"


def age_curve() -> pl.DataFrame:
    """The federal default age curve as a shape: `age` (lower bound) and `rel`."""
    return pl.DataFrame({"age": [0, *range(15, 65)], "rel": [_YOUNGEST, *_CURVE]}, schema_overrides={"rel": pl.Float64})


def _ages(lower: Sequence[int], rel: Sequence[float]) -> pl.DataFrame:
    return pl.DataFrame({"age": list(lower), "rel": list(rel)}, schema_overrides={"rel": pl.Float64})


def _keyed(axis: str, cells: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame({axis: list(cells), "rel": list(cells.values())})


_LIFE_AGES = (0, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75)
_LIFE_RELS = (0.05, 0.06, 0.08, 0.09, 0.12, 0.18, 0.30, 0.50, 0.76, 1.30, 2.30, 3.90)


def _by_tobacco(shape: pl.DataFrame, load: float) -> pl.DataFrame:
    plain = shape.with_columns(tobacco=pl.lit("Non-Smoker"))
    loaded = shape.with_columns(tobacco=pl.lit("Smoker"), rel=pl.col("rel") * load)
    return pl.concat([plain, loaded])


SHAPES: dict[str, pl.DataFrame] = {
    "curve": age_curve(),
    "one": pl.DataFrame({"rel": [1.0]}),
    "drug_ages": _ages((0, 18, 30, 40, 50, 60), (0.45, 0.70, 0.90, 1.15, 1.60, 2.20)),
    "tiers_2": _keyed("tier", {"EE": 1.0, "FAM": 2.45}),
    "tiers_3": _keyed("tier", {"EE": 1.0, "EE+1": 1.92, "FAM": 2.80}),
    "tiers_4": _keyed("tier", {"EE": 1.0, "ES": 2.05, "EC": 1.85, "FAM": 2.95}),
    "tiers_5": _keyed("tier", {"EE": 1.0, "ES": 2.05, "E1C": 1.70, "ECN": 2.30, "FAM": 3.10}),
    "life_ages": _ages(_LIFE_AGES, _LIFE_RELS),
    "voluntary_life": _by_tobacco(_ages(_LIFE_AGES, _LIFE_RELS), 1.6),
    "genders": _keyed("gender", {"Male": 0.85, "Female": 1.15, "*": 1.0}),
    "disability_ages": _ages(
        (0, 30, 35, 40, 45, 50, 55, 60, 65), (0.35, 0.45, 0.60, 0.80, 1.10, 1.50, 2.00, 2.30, 2.10)
    ),
    "relationships": _keyed("relationship", {"Self": 1.0, "Spouse": 0.9, "*": 0.55}),
}


@dataclass(frozen=True)
class Filed:
    """A family of rate tables of one line: a shape, a method and what one unit costs."""

    line: str
    suffix: str
    method: str
    shape: str
    unit: str
    base: float
    step: float
    places: int
    trend: float
    factors: str = ""
    age_date: str = "PLAN_ANNIVERSARY"
    every: int = 1
    offset: int = 0
    citation: str = _INVENTED


_PERSON, _FAMILY = "USD per person per month", "USD per family per month"
_BOTH = f"{AREA_FACTORS};{TOBACCO_FACTORS}"
FILED = (
    Filed("PPO", "-HOSP", "child_capped", "curve", _PERSON, 268.0, 4.35, 2, 1.072, _BOTH, citation=_MEDICAL),
    Filed("PPO", "-RX", "age_banded", "drug_ages", _PERSON, 58.0, 1.15, 2, 1.095),
    Filed("PPO", "-WELL", "flat", "one", _PERSON, 3.5, 0.25, 2, 1.0),
    Filed("HDHP", "-CARE", "child_capped", "curve", _PERSON, 243.0, 3.85, 2, 1.064, _BOTH, citation=_MEDICAL),
    Filed("EXEC", "-HOSP", "child_capped", "curve", _PERSON, 372.0, 6.5, 2, 1.068, _BOTH, citation=_MEDICAL),
    Filed("EXEC", "-RX", "age_banded", "drug_ages", _PERSON, 77.0, 1.4, 2, 1.09),
    Filed("DEN", "", "composite_tier", "tiers_4", _FAMILY, 31.4, 0.62, 2, 1.035, every=2),
    Filed("DEN", "", "composite_tier", "tiers_5", _FAMILY, 30.2, 0.58, 2, 1.035, every=2, offset=1),
    Filed("DENP", "-CARE", "composite_tier", "tiers_4", _FAMILY, 41.8, 0.7, 2, 1.04),
    Filed("DENP", "-ORTH", "composite_tier", "tiers_4", _FAMILY, 2.9, 0.15, 2, 1.04),
    Filed("VIS", "", "composite_tier", "tiers_3", _FAMILY, 6.85, 0.14, 2, 1.0, every=2),
    Filed("VIS", "", "composite_tier", "tiers_2", _FAMILY, 7.1, 0.12, 2, 1.0, every=2, offset=1),
    Filed("LIFE", "", "volume", "one", "USD per $1,000 of volume per month", 0.145, 0.006, 3, 1.0, every=2),
    Filed(
        "LIFE", "", "volume", "life_ages", "USD per $1,000 of volume per month", 0.92, 0.012, 3, 1.0, every=2, offset=1
    ),
    Filed("ADD", "", "volume", "one", "USD per $1,000 of volume per month", 0.02, 0.001, 3, 1.0),
    Filed(
        "SUP",
        "",
        "supplemental_life",
        "voluntary_life",
        "USD per $1,000 of volume per month",
        1.05,
        0.015,
        3,
        1.02,
        age_date="JAN_1",
    ),
    Filed("STD", "", "weekly_benefit", "one", "USD per $10 of weekly benefit per month", 0.28, 0.008, 3, 1.03, every=2),
    Filed(
        "STD",
        "",
        "weekly_benefit",
        "genders",
        "USD per $10 of weekly benefit per month",
        0.30,
        0.007,
        3,
        1.03,
        every=2,
        offset=1,
    ),
    Filed("LTD", "", "covered_pay", "one", "USD per $100 of covered pay per month", 0.41, 0.009, 3, 1.02, every=2),
    Filed(
        "LTD",
        "",
        "covered_pay",
        "disability_ages",
        "USD per $100 of covered pay per month",
        0.44,
        0.008,
        3,
        1.02,
        every=2,
        offset=1,
    ),
    Filed("ACC", "", "flat", "relationships", _PERSON, 9.8, 0.45, 2, 1.0),
)
"""Every line the carrier files; `every` and `offset` deal the products of a line out over its shapes."""


def axes_of(shape: str) -> str:
    """The axes of a shape as the sheet states them: `age;tobacco`."""
    return ";".join(axis for axis in AXES if axis in SHAPES[shape].columns)


def product_numbers(filed: Filed, counts: dict[str, int]) -> np.ndarray:
    """Numbers, counted from 1, of the products this filing prices."""
    number = np.arange(1, counts[filed.line] + 1)
    return number[(number - 1) % filed.every == filed.offset]


def tables_of(filed: Filed, numbers: np.ndarray) -> pl.DataFrame:
    """One row per table: its name, the product it prices, its base price."""
    product = filed.line + "-" + pl.Series(numbers).cast(pl.String).str.zfill(2) + filed.suffix
    base = np.round(filed.base + filed.step * (numbers - 1), 4)
    return pl.DataFrame({"rate_table": product + " rates", "product_code": product, "base": base})


def rate_table_rows(tables: pl.DataFrame, filed: Filed) -> pl.DataFrame:
    """Rows of the sheet `rate_tables`."""
    capped = filed.method == "child_capped"
    return tables.select(
        "rate_table",
        method=pl.lit(filed.method),
        rate_unit=pl.lit(filed.unit),
        rate_period=pl.lit("MONTHLY"),
        age_basis=pl.lit("LAST_BIRTHDAY"),
        age_date=pl.lit(filed.age_date),
        child_age=pl.lit(21 if capped else None, pl.Int32),
        child_count=pl.lit(3 if capped else None, pl.Int32),
        axes=pl.lit(axes_of(filed.shape) or None, pl.String),
        factor_tables=pl.lit(filed.factors or None, pl.String),
        citation=pl.lit(filed.citation),
        filed_on=pl.lit(date(2025, 9, 15)),
    )


def cell_rows(tables: pl.DataFrame, filed: Filed) -> pl.DataFrame:
    """Rows of the sheet `rate_cells`: every version of every table, the second dearer by the trend."""
    versions = pl.DataFrame({"effective_from": list(VERSIONS), "trend": [1.0, filed.trend]})
    cells = tables.select("rate_table", "base").join(versions, how="cross").join(SHAPES[filed.shape], how="cross")
    rate = (pl.col("base") * pl.col("trend") * pl.col("rel")).round(filed.places)
    return as_cells(cells.with_columns(rate=rate))


def as_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """The columns of `rate_cells`, blank on the axes a table does not use."""
    missing = [pl.lit(None, pl.String).alias(axis) for axis in AXES if axis not in cells.columns]
    made = cells.with_columns(missing).with_columns(pl.col(AXES).cast(pl.String))
    return made.select("rate_table", "effective_from", *AXES, "rate")


def factor_tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The area and the tobacco factors: rows of `rate_tables`, rows of `rate_cells`."""
    areas = _keyed("area", {"1": 0.94, "2": 0.97, "3": 1.0, "4": 1.06, "5": 1.13})
    smoker = ((0, 1.0), (21, 1.10), (30, 1.15), (40, 1.20), (50, 1.25), (60, 1.30))
    ages = pl.DataFrame({"age": [a for a, _ in smoker], "Smoker": [f for _, f in smoker], "Non-Smoker": 1.0})
    tobacco = ages.unpivot(index="age", variable_name="tobacco", value_name="rel")
    shapes = {AREA_FACTORS: areas, TOBACCO_FACTORS: tobacco}
    heads, cells = [], []
    for name, shape in shapes.items():
        says = "Invented; within the 1.5 to 1 that 45 CFR 147.102 allows" if name == TOBACCO_FACTORS else _INVENTED
        filed = Filed("", "", "factor", "one", "factor", 1.0, 0.0, 4, 1.0, citation=says)
        axes = ";".join(axis for axis in AXES if axis in shape.columns)
        heads.append(rate_table_rows(pl.DataFrame({"rate_table": [name]}), filed).with_columns(axes=pl.lit(axes)))
        dated = shape.with_columns(rate_table=pl.lit(name), effective_from=pl.lit(VERSIONS[0]), rate="rel")
        cells.append(as_cells(dated))
    return pl.concat(heads), pl.concat(cells)


def rating_areas() -> pl.DataFrame:
    """Rows of the sheet `rating_areas`."""
    cities = names().cities
    return pl.DataFrame(
        {
            "state": [c.state for c in cities],
            "postal_prefix": [c.prefix for c in cities],
            "rating_area": [c.area for c in cities],
            "effective_from": [VERSIONS[0]] * len(cities),
            "citation": [_INVENTED] * len(cities),
        }
    ).sort("state", "postal_prefix")
