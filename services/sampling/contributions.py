"""Who pays what: contribution rules by class, line and member type.

What lives here: the rows of the sheet `contributions`, from a table of templates. What does not: how a rule is chosen
and applied, which is the core's.

The templates use every documented form: percentages and amounts, by the month and by the term, on categories,
products and contract plans, for subscribers, for dependents and for both.
"""

from dataclasses import dataclass

import polars as pl

_MODIFIED = "2025-11-14T09:00:00"


@dataclass(frozen=True)
class Template:
    """One rule for one class. The employer's share is `percent` or `amount`; `more` is added per step of generosity."""

    class_name: str
    name: str
    percent: float | None = None
    amount: float | None = None
    period: str | None = None
    member_type: str | None = None
    plan_code: str | None = None
    product: tuple[str, str, str] | None = None
    category: str | None = None
    more: float = 0.0
    has: str | None = None
    cap: float | None = None


_EXEC, _SAL, _HRLY = "Executives", "Salaried", "Hourly"
_PPO_RX, _VISION, _STD = ("PPO", "ppo", "-RX"), ("VIS", "vision", ""), ("STD", "std", "")
TEMPLATES = (
    Template(_EXEC, "Medical, executives", 90, member_type="Subscriber", category="Medical", more=5),
    Template(_EXEC, "Medical, executives' families", 75, member_type="Dependent", category="Medical", more=5),
    Template(_SAL, "Medical, salaried", 75, member_type="Subscriber", category="Medical", more=5),
    Template(_SAL, "Medical, salaried families", 45, member_type="Dependent", category="Medical", more=5),
    Template(_SAL, "HDHP, salaried families", 60, member_type="Dependent", plan_code="HDHP", more=5),
    Template(_HRLY, "Medical, hourly", 65, category="Medical", more=5),
    Template(_HRLY, "Hospital, hourly", None, 240, "MONTHLY", "Subscriber", plan_code="PPO-HOSP", more=25),
    Template(_HRLY, "Drugs, hourly", 50, product=_PPO_RX, more=10),
    Template(_HRLY, "Medical, hourly families", 25, member_type="Dependent", category="Medical", more=5, cap=3600),
    Template(_EXEC, "Dental, executives", 100, category="Dental"),
    Template(_SAL, "Dental, salaried", 60, category="Dental", more=10),
    Template(_HRLY, "Dental, hourly", None, 12.50, "MONTHLY", category="Dental", more=2.50),
    Template(_SAL, "Orthodontia, salaried", 25, plan_code="DENP-ORTH", has="has_dental_plus"),
    Template(_EXEC, "Vision, executives", None, 60, "TERM", product=_VISION, more=12),
    Template(_SAL, "Vision, salaried", None, 3.25, "MONTHLY", product=_VISION, more=0.50),
    Template(_EXEC, "Life, executives", 100, category="Life"),
    Template(_SAL, "Life, salaried", 100, category="Life"),
    Template(_HRLY, "Life, hourly", 100, category="Life"),
    Template(_EXEC, "AD&D, executives", 100, category="AD&D"),
    Template(_SAL, "AD&D, salaried", 100, category="AD&D"),
    Template(_HRLY, "AD&D, hourly", 50, category="AD&D", more=25),
    Template(_EXEC, "STD, executives", 100, product=_STD, has="has_std"),
    Template(_SAL, "STD, salaried", 100, product=_STD, has="has_std"),
    Template(_HRLY, "STD, hourly", 50, product=_STD, has="has_std"),
    Template(_EXEC, "LTD, executives", 100, plan_code="LTD", has="has_ltd"),
    Template(_SAL, "LTD, salaried", 60, plan_code="LTD", more=10, has="has_ltd"),
)


def contribution_rows(groups: pl.DataFrame) -> pl.DataFrame:
    """Rows of the sheet `contributions`, group by group."""
    made = [_rows(groups, order, template) for order, template in enumerate(TEMPLATES)]
    return pl.concat(made).sort("group", "order").drop("group", "order")


def _rows(groups: pl.DataFrame, order: int, template: Template) -> pl.DataFrame:
    having = groups if template.has is None else groups.filter(template.has)
    is_amount = template.amount is not None
    share = (
        pl.lit(template.amount if is_amount else template.percent, pl.Float64) + template.more * pl.col("generosity")
    ).round(2)
    product = pl.lit(None, pl.String)
    if template.product is not None:
        line, number, suffix = template.product
        product = line + "-" + pl.col(number).cast(pl.String).str.zfill(2) + suffix
    return having.select(
        "group",
        "account_number",
        order=pl.lit(order),
        class_name=pl.lit(template.class_name),
        name=pl.lit(template.name),
        type=pl.lit("Amount" if is_amount else "Percentage"),
        amount=share if is_amount else pl.lit(None, pl.Float64),
        percentage=pl.lit(None, pl.Float64) if is_amount else share,
        amount_period=pl.lit(template.period, pl.String),
        member_type=pl.lit(template.member_type, pl.String),
        contract_number=pl.col("contract_number") if template.plan_code else pl.lit(None, pl.String),
        plan_code=pl.lit(template.plan_code, pl.String),
        product_code=product,
        category=pl.lit(template.category, pl.String),
        cap_amount=pl.lit(template.cap, pl.Float64),
        effective_start="start",
        effective_end=pl.lit(None, pl.Date),
        modified_at=pl.lit(_MODIFIED),
    )
