"""The plans and coverages that groups offer: their tree, names, products and benefits.

What lives here: the carrier's designs, the rows of the sheet `plans`, and how a census cell names a plan. What does
not: what the plans cost (`.rates`) and who pays (`.contributions`).
"""

from dataclasses import dataclass

import polars as pl

from services.sampling.names import names


@dataclass(frozen=True)
class Design:
    """One plan or coverage that groups may offer; `number` is the group's column with the product number."""

    code: str
    line: str
    suffix: str
    number: str
    product_type: str
    name: str
    has: str | None = None
    parent: str | None = None
    is_optional: bool = False


DESIGNS = (
    Design("PPO", "PPO", "", "ppo", "Medical", "{} PPO 500"),
    Design("PPO-HOSP", "PPO", "-HOSP", "ppo", "Medical", "Hospital and Medical", parent="PPO"),
    Design("PPO-RX", "PPO", "-RX", "ppo", "Medical", "Prescription Drugs", parent="PPO"),
    Design("PPO-WELL", "PPO", "-WELL", "ppo", "Medical", "Wellness", parent="PPO", is_optional=True),
    Design("HDHP", "HDHP", "", "hdhp", "Medical", "{} HDHP 3200"),
    Design("HDHP-CARE", "HDHP", "-CARE", "hdhp", "Medical", "Comprehensive Care", parent="HDHP"),
    Design("EXEC", "EXEC", "", "exec", "Medical", "{} Executive PPO", "has_exec"),
    Design("EXEC-HOSP", "EXEC", "-HOSP", "exec", "Medical", "Executive Hospital", "has_exec", "EXEC"),
    Design("EXEC-RX", "EXEC", "-RX", "exec", "Medical", "Executive Drugs", "has_exec", "EXEC"),
    Design("DEN", "DEN", "", "dental", "Dental", "{} Dental"),
    Design("DENP", "DENP", "", "dental_plus", "Dental", "{} Dental Plus", "has_dental_plus"),
    Design("DENP-CARE", "DENP", "-CARE", "dental_plus", "Dental", "Dental Care", "has_dental_plus", "DENP"),
    Design("DENP-ORTH", "DENP", "-ORTH", "dental_plus", "Dental", "Orthodontia", "has_dental_plus", "DENP", True),
    Design("VIS", "VIS", "", "vision", "Vision", "{} Vision"),
    Design("LIFE", "LIFE", "", "life", "Life", "{} Basic Life"),
    Design("ADD", "ADD", "", "add", "AD&D", "{} AD&D"),
    Design("SUP", "SUP", "", "sup", "Supplemental Life", "{} Supplemental Life", "has_sup"),
    Design("STD", "STD", "", "std", "STD", "{} Short-Term Disability", "has_std"),
    Design("LTD", "LTD", "", "ltd", "LTD", "{} Long-Term Disability", "has_ltd"),
    Design("ACC", "ACC", "", "acc", "Accident", "{} Accident", "has_acc"),
)
"""Every plan and coverage of the carrier, roots before their coverages."""


def plan_name(design: Design) -> pl.Expr:
    """The name by which a group's census cells call the plan or coverage."""
    if design.parent is not None:
        return pl.lit(design.name)
    brands = names().brands
    brand = ((pl.col(design.number) - 1) % len(brands)).replace_strict(dict(enumerate(brands)), return_dtype=pl.String)
    return brand + design.name.removeprefix("{}")


def product_code(design: Design) -> pl.Expr:
    """The code of the product a group's plan or coverage stands for."""
    return design.line + "-" + pl.col(design.number).cast(pl.String).str.zfill(2) + design.suffix


def plan_rows(groups: pl.DataFrame) -> pl.DataFrame:
    """Rows of the sheet `plans`: the plans of every group, roots before their coverages."""
    none = pl.lit(None, pl.String)
    made = []
    for order, design in enumerate(DESIGNS):
        offering = groups if design.has is None else groups.filter(design.has)
        is_cover = design.parent is not None
        made.append(
            offering.select(
                "group",
                "contract_number",
                order=pl.lit(order),
                plan_code=pl.lit(design.code),
                plan_name=plan_name(design),
                parent_plan_code=pl.lit(design.parent, pl.String),
                product_code=product_code(design),
                is_optional=pl.lit("true" if design.is_optional else "false"),
                status=pl.lit("Active"),
                effective_start=pl.lit(None, pl.Date),
                effective_end=pl.lit(None, pl.Date),
                proration_method=none if is_cover else pl.lit("NONE" if design.code == "ACC" else "DAILY_TERM"),
                rate_basis_date=pl.when("keeps_first_rates")
                .then(pl.lit("CONTRACT_START"))
                .otherwise(pl.lit("EFFECTIVE_DATE")),
                auto_assign=pl.lit("false"),
                group_number=none if is_cover else pl.col("contract_number") + "-" + design.code,
                **_benefit(design),
            )
        )
    return pl.concat(made).sort("group", "order").drop("group", "order")


_BENEFITS = (
    *("benefit_multiple", "benefit_flat_amount", "benefit_increment", "volume_rounding", "benefit_maximum"),
    *("benefit_percent_of_employee", "guaranteed_issue_amount", "age_reduction_schedule"),
    *("benefit_percent", "benefit_rounding", "maximum_benefit"),
)


def _benefit(design: Design) -> dict[str, pl.Expr]:
    """The benefit columns of a plan, all but a few of them blank."""
    one_of = (pl.col("group") + 1) % 3
    stated: dict[str, pl.Expr] = {}
    if design.code in ("LIFE", "ADD"):
        multiple = pl.when("is_flat_life").then(None).otherwise("life_multiple")
        stated = {
            "benefit_multiple": multiple,
            "benefit_flat_amount": pl.when("is_flat_life").then(pl.lit(25_000)),
            "volume_rounding": pl.lit("UP_1000"),
            "benefit_maximum": one_of.replace_strict({0: 200_000, 1: 300_000, 2: 500_000}, return_dtype=pl.Int64),
            "guaranteed_issue_amount": one_of.replace_strict(
                {0: 200_000, 1: 250_000, 2: 300_000}, return_dtype=pl.Int64
            ),
            "age_reduction_schedule": pl.lit("65:65;70:50"),
        }
    if design.code == "SUP":
        stated = {
            "benefit_increment": pl.lit(10_000),
            "volume_rounding": pl.lit("NONE"),
            "benefit_maximum": pl.lit(500_000),
            "benefit_percent_of_employee": pl.lit(50),
            "guaranteed_issue_amount": pl.lit(150_000),
            "age_reduction_schedule": pl.lit("70:65;75:50"),
        }
    if design.code == "STD":
        rounding = pl.when(one_of == 1).then(pl.lit("UP_10")).otherwise(pl.lit("NEAREST_1"))
        most = one_of.replace_strict({0: 1_000, 1: 1_500, 2: 2_000}, return_dtype=pl.Int64)
        stated = {"benefit_percent": pl.lit(60), "benefit_rounding": rounding, "maximum_benefit": most}
    if design.code == "LTD":
        most = one_of.replace_strict({0: 6_000, 1: 8_000, 2: 10_000}, return_dtype=pl.Int64)
        stated = {"benefit_percent": pl.lit(60), "maximum_benefit": most}
    return {name: stated.get(name, pl.lit(None)).cast(pl.String).str.replace(r"\.0$", "") for name in _BENEFITS}
