"""What of a batch hangs on plans, rates and rules alone: its offers, their reductions, and the rates.

What lives here: turning those rows into the core's columns. What does not: people and their coverages
(`services.assemble`), the columns of tables and of rules (`services.rate_columns`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import Offers, Rates, Reductions
from rating.codes import (
    NONE,
    AgeDate,
    AgeOut,
    BenefitRounding,
    Proration,
    ReductionDate,
    Strategy,
    VolumeRounding,
)
from rating.layout import RatesError
from rating.table_rules import check_tables
from services.composite import final_rates
from services.core_columns import (
    CATEGORIES,
    coded,
    codes_for,
    codes_of,
    days,
    if_stated,
    ints,
    longs,
    looked_up,
    named_by,
    scaled,
)
from services.inputs import Inputs
from services.rate_columns import Labels, contribution_rules, rate_tables
from services.refusals import Malformed

WASH_DAY = 15
"""The day of the wash rule where a plan states none."""


@dataclass(frozen=True)
class Shelf:
    """What hangs on plans, rates and rules alone."""

    labels: Labels
    offers: Offers
    reductions: Reductions
    rates: Rates
    child_limit: NDArray[np.int32]
    child_out: NDArray[np.int8]
    age_date: NDArray[np.int8]
    """By rate table, and one more for none."""


def shelf_of(inputs: Inputs) -> Shelf:
    """The offers and the rates. Codes of texts are those of the cells: what people have besides comes after them."""
    offers, rules, tables, cells = inputs.offers, inputs.rules, inputs.tables, inputs.cells
    labels = Labels(
        area=codes_of(cells["area"]),
        class_label=codes_of(cells["class"]),
        industry=codes_of(offers["industry"], cells["industry"]),
        plan=codes_of(offers["plan_label"], cells["plan"]),
    )
    products = codes_of(offers["product_id"], rules["product_id"])
    categories = codes_of(offers["product_category_id"], rules["product_category_id"])
    offer_columns, reductions = _offers(offers, tables, products, categories, labels)
    try:
        rates = Rates(
            tables=rate_tables(tables, inputs.versions, cells, labels),
            rules=contribution_rules(rules, products, categories),
            final=final_rates(inputs.final_rates),
        )
        check_tables(rates.tables, tables["name"].to_list())
    except RatesError as error:  # the shelf refuses such cells; a book filled otherwise still gets a plain answer
        # The core knows tables by their row, people by name.
        says = re.sub(r"(?<=^Rate table )\d+", lambda row: tables["name"][int(row[0])], str(error))
        remedy = "Correct the table on the shelf and load it again."
        raise Malformed("rates_unusable", "rate_cells", says, remedy) from error
    return Shelf(
        labels=labels,
        offers=offer_columns,
        reductions=reductions,
        rates=rates,
        child_limit=scaled(offers["child_limit"], 1).astype(np.int32),
        child_out=coded(offers["child_out"], named_by(AgeOut), AgeOut.MONTH_END),
        age_date=np.append(coded(tables["age_date"], named_by(AgeDate), AgeDate.PLAN_ANNIVERSARY), [np.int8(0)]),
    )


def _offers(
    frame: pl.DataFrame, tables: pl.DataFrame, products: pl.DataFrame, categories: pl.DataFrame, labels: Labels
) -> tuple[Offers, Reductions]:
    rows = frame.select("rate_table_id").join(
        tables.select("rate_table_id", "rate_table"), on="rate_table_id", how="left", maintain_order="left"
    )
    schedules = pl.concat([frame["schedule"], frame["guaranteed_schedule"]]).unique().drop_nulls().sort()
    reductions = _reductions(schedules)
    numbers = pl.DataFrame({"text": schedules, "code": pl.int_range(len(schedules), eager=True, dtype=pl.Int32)})

    columns = Offers(
        root=ints(frame["root"]),
        account=ints(frame["account"]),
        product=looked_up(frame["product_id"], products),
        category=coded(frame["plan_type"], CATEGORIES, NONE).astype(np.int32),
        n_class_slots=ints(frame["n_class_slots"]),
        rate_table=ints(rows["rate_table"]),
        proration=coded(frame["proration_method"], named_by(Proration), Proration.DAILY_TERM),
        term_from=days(frame["term_from"]),
        term_to=days(frame["term_to"]),
        multiple_e4=scaled(frame["multiple"], 10_000),
        flat_cents=scaled(frame["flat_amount"], 100),
        increment_cents=scaled(frame["increment"], 100),
        volume_rounding=coded(frame["volume_rounding"], named_by(VolumeRounding), VolumeRounding.UP_1000),
        maximum_cents=scaled(frame["maximum"], 100),
        guaranteed_cents=_guaranteed(frame),
        reduction=looked_up(frame["schedule"], numbers),
        benefit_percent_e4=scaled(frame["benefit_percent"], 10_000),
        benefit_rounding=coded(frame["benefit_rounding"], named_by(BenefitRounding), BenefitRounding.NEAREST_1),
        maximum_benefit_cents=scaled(frame["maximum_benefit"], 100),
        product_category=if_stated(frame["product_category_id"], lambda column: looked_up(column, categories)),
        **_settings(frame, labels, numbers),
    )
    return columns, reductions


def _settings(frame: pl.DataFrame, labels: Labels, schedules: pl.DataFrame) -> dict[str, Any]:
    """Columns of offers that few plans state."""

    def parts(unit: int) -> Callable[[pl.Series], NDArray[np.int64]]:
        return lambda column: scaled(column, unit)

    cents, percents = parts(100), parts(10_000)
    events = ("proration_end", "proration_change", "proration_newborn")
    return {
        **{name: if_stated(frame[name], codes_for(Proration)) for name in events},
        "wash_day": if_stated(frame["wash_day"], lambda column: column.fill_null(WASH_DAY).cast(pl.Int8).to_numpy()),
        "industry": if_stated(frame["industry"], lambda column: looked_up(column, labels.industry)),
        "plan_label": if_stated(frame["plan_label"], lambda column: looked_up(column, labels.plan)),
        "group_size": if_stated(frame["group_size"], ints),
        "participation_e4": if_stated(frame["participation_e4"], longs),
        "minimum_cents": if_stated(frame["minimum"], cents),
        "pay_multiple_cap_e4": if_stated(frame["pay_multiple_cap"], percents),
        "employee_percent_cap_e4": if_stated(frame["employee_percent_cap"], percents),
        "guaranteed_reduction": if_stated(frame["guaranteed_schedule"], lambda column: looked_up(column, schedules)),
        "reduction_date": if_stated(frame["reduction_date"], codes_for(ReductionDate, ReductionDate.PLAN_ANNIVERSARY)),
        "covered_pay_cents": if_stated(frame["covered_pay"], cents),
        "required_cents": if_stated(frame["required"], cents),
        "experience_e6": if_stated(frame["experience"], parts(1_000_000)),
        "life_years_e4": if_stated(frame["life_years"], percents),
        "full_credibility_e4": if_stated(frame["full_credibility"], percents),
        "priority": if_stated(frame["priority"], lambda column: column.fill_null(0).cast(pl.Int32).to_numpy()),
        "strategy": if_stated(frame["contribution_strategy"], codes_for(Strategy, Strategy.STANDARD)),
    }


def _guaranteed(frame: pl.DataFrame) -> NDArray[np.int64]:
    """The guaranteed issue amount; nothing where too few take part (rating methods, section 9)."""
    least = scaled(frame["guaranteed_participation"], 10_000)
    taking_part = longs(frame["participation_e4"])
    is_void = (least != NONE) & (taking_part != NONE) & (taking_part < least)
    return np.where(is_void, 0, scaled(frame["guaranteed"], 100))


def _reductions(schedules: pl.Series) -> Reductions:
    """Schedules such as `65:65;70:50`: from an age on, the percent that is left."""
    if schedules.is_empty():
        return Reductions.none()
    steps = (
        pl.DataFrame({"schedule": pl.int_range(len(schedules), eager=True), "text": schedules})
        .with_columns(pl.col("text").str.split(";"))
        .explode("text")
        .with_columns(pl.col("text").str.split_exact(":", 1).struct.rename_fields(["age", "left"]))
        .unnest("text")
        .with_columns(
            pl.col("age").str.strip_chars().cast(pl.Int16), pl.col("left").str.strip_chars().cast(pl.Decimal(9, 4))
        )
        .sort("schedule", "age")
    )
    counts = steps.group_by("schedule", maintain_order=True).len()["len"].to_numpy()
    return Reductions(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        age=steps["age"].to_numpy(),
        percent_left_e4=scaled(steps["left"].cast(pl.String), 10_000),
    )
