"""Filed rates and contribution rules as the core's columns.

What lives here: rate tables with their settings and cells, and contribution rules with their steps, out of the
gathered frames. What does not: people (`services.assemble`), offers (`services.assemble_shelf`), and how cells are
packed (`rating.packing`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import ContributionRules, RateTables
from rating.codes import (
    NONE,
    AgeBasis,
    AgeDate,
    AmountScope,
    Axis,
    Grade,
    MemberType,
    MoneyRounding,
    OutsideTable,
    Period,
    ShareKind,
    SpouseAge,
    TargetKind,
    Tier,
)
from rating.contribution import RuleSteps
from rating.layout import FACTOR, MOST_FACTORS, RatesError
from rating.methods import CODES
from rating.tables import TableSettings
from services.core_columns import (
    CATEGORIES,
    GENDERS,
    RELATIONSHIPS,
    SMOKERS,
    coded,
    codes_for,
    days,
    if_stated,
    ints,
    is_blank,
    longs,
    looked_up,
    named,
    named_by,
    scaled,
)

UNITS: Mapping[Axis, int] = {
    Axis.AGE: 1,
    Axis.SALARY: 100,
    Axis.GROUP_SIZE: 1,
    Axis.PARTICIPATION: 10_000,
    Axis.DURATION: 1,
    Axis.SERVICE: 1,
    Axis.FEMALE_PERCENT: 10_000,
}
"""What the core counts the values of a banded axis in: cents of a dollar, ten-thousandths of a percent."""

KINDS = {
    "Amount": ShareKind.AMOUNT,
    "Percentage": ShareKind.PERCENTAGE,
    "Reference Plan": ShareKind.REFERENCE_PLAN,
    "Employee And Increment": ShareKind.EMPLOYEE_AND_INCREMENT,
    "Defined Contribution": ShareKind.DEFINED_CONTRIBUTION,
    "Employer Paid": ShareKind.EMPLOYER_PAID,
}
_IN_CENTS = ("Amount", "Defined Contribution")

TIERS = {
    "EE;ES;EC;FAM": {"EE": "EE", "ES": "ES", "EC": "E1C ECN", "FAM": "FAM"},
    "EE;ES;E1C;ECN;FAM": {"EE": "EE", "ES": "ES", "E1C": "E1C", "ECN": "ECN", "FAM": "FAM"},
    "EE;EE+1;FAM": {"EE": "EE", "EE+1": "ES E1C", "FAM": "ECN FAM"},
    "EE;FAM": {"EE": "EE", "FAM": "ES E1C ECN FAM"},
}
"""Each set of tiers that a graded rule may be stated in, with the tiers of the core that each one means."""


@dataclass(frozen=True)
class Labels:
    """Codes of the texts that rates and people have in common."""

    area: pl.DataFrame
    class_label: pl.DataFrame
    industry: pl.DataFrame
    plan: pl.DataFrame


def rate_tables(tables: pl.DataFrame, versions: pl.DataFrame, cells: pl.DataFrame, labels: Labels) -> RateTables:
    """All tables of a run. Raises RatesError where cells contradict each other, or a table names an unknown one."""
    factors = _factors(tables)
    return RateTables.build(
        method=_methods(tables),
        period=coded(tables["rate_period"], named_by(Period), Period.MONTHLY),
        age_basis=coded(tables["age_basis"], named_by(AgeBasis), AgeBasis.LAST_BIRTHDAY),
        child_age=ints(tables["child_age"]).astype(np.int16),
        child_count=ints(tables["child_count"]).astype(np.int16),
        factor_tables=factors,
        cell_table=ints(cells["rate_table"]),
        cell_from=days(cells["effective_from"]),
        keys=_keys(tables, cells, labels),
        value=longs(cells["value"]),
        version_table=ints(versions["rate_table"]),
        version_from=days(versions["effective_from"]),
        settings=_settings(tables, factors.shape[1]),
    )


def _methods(tables: pl.DataFrame) -> NDArray[np.int8]:
    """The method of each table; a name that is none, such as one of a package not installed, never reads as factors."""
    made = coded(tables["method"], {name: code for code, name in enumerate(CODES)}, FACTOR)
    lost = tables.filter(pl.Series(made == FACTOR) & (pl.col("method") != "factor"))
    if lost.height:
        name, method = lost.select("name", "method").row(0)
        raise RatesError(
            f"The rate table {name} has a method that there is not: {method}. Is the package that brings it installed?"
        )
    return made


def _keys(tables: pl.DataFrame, cells: pl.DataFrame, labels: Labels) -> NDArray[np.int64]:
    """The keys of the cells, one column per axis; NONE is any value, or an axis that the table does not have.

    A key that names a value there is not, which no sheet brings in, never reads as any value.
    """
    keys = np.full((cells.height, len(Axis)), NONE, dtype=np.int64)
    for axis, unit in UNITS.items():
        if is_blank(cells[axis.name.lower()]):
            continue
        key = named(cells[axis.name.lower()]).str.strip_chars().cast(pl.Decimal(24, 6), strict=False)
        keys[:, axis] = scaled(key, unit)
    keys[:, Axis.GENDER] = coded(cells["gender"], GENDERS, NONE)
    keys[:, Axis.TOBACCO] = coded(cells["tobacco"], SMOKERS, NONE)
    keys[:, Axis.TIER] = coded(cells["tier"], named_by(Tier), NONE)
    keys[:, Axis.RELATIONSHIP] = coded(cells["relationship"], RELATIONSHIPS, NONE)
    keys[:, Axis.AREA] = looked_up(named(cells["area"]), labels.area)
    keys[:, Axis.CLASS] = looked_up(named(cells["class"]), labels.class_label)
    keys[:, Axis.INDUSTRY] = looked_up(named(cells["industry"]), labels.industry)
    keys[:, Axis.PLAN] = looked_up(named(cells["plan"]), labels.plan)
    for axis in Axis:
        key = cells[axis.name.lower()]
        if is_blank(key) or (keys[:, axis] != NONE).all():
            continue
        lost = cells.filter(named(key).is_not_null() & pl.Series(keys[:, axis] == NONE))
        if lost.height:
            name = tables["name"][lost["rate_table"][0]]
            raise RatesError(
                f"The rate table {name} has a cell for a {key.name} that there is not: {lost[key.name][0]}."
            )
    return keys


def _factors(tables: pl.DataFrame) -> NDArray[np.int32]:
    """Rows of the factor tables of each table in the stated order, (n_tables, as many as any table names)."""
    names = (
        tables.select("rate_table", "factor_tables")
        .explode("factor_tables", empty_as_null=False, keep_nulls=False)
        .rename({"factor_tables": "name"})
    )
    made = np.full((tables.height, MOST_FACTORS), NONE, np.int32)
    if names.is_empty():
        return made[:, :0]
    rows = names.join(
        tables.select("name", factor="rate_table"), on="name", how="left", maintain_order="left"
    ).with_columns(place=pl.int_range(pl.len()).over("rate_table"))
    _refuse_unknown(rows.filter(pl.col("factor").is_null()), tables, "factor table")
    if rows["place"].max() >= MOST_FACTORS:  # type: ignore[operator]
        raise RatesError(f"A rate table names more than {MOST_FACTORS} factor tables.")
    made[ints(rows["rate_table"]), ints(rows["place"])] = ints(rows["factor"])
    return made[:, : int(ints(rows["place"]).max()) + 1]


def _refuse_unknown(lost: pl.DataFrame, tables: pl.DataFrame, kind: str) -> None:
    if lost.height:
        name, number = lost.select("name", "rate_table").row(0)
        raise RatesError(f"The rate table {tables['name'][number]} names a {kind} that there is not: {name}.")


def _settings(tables: pl.DataFrame, n_factors: int) -> TableSettings:
    found = tables.select("rate_table", name="base_table").join(
        tables.select("name", base="rate_table"), on="name", how="left", maintain_order="left"
    )
    _refuse_unknown(found.filter(pl.col("name").is_not_null() & pl.col("base").is_null()), tables, "base table")
    low, high = _limits(tables)
    return TableSettings(
        age_date=coded(tables["age_date"], named_by(AgeDate), AgeDate.PLAN_ANNIVERSARY),
        spouse_age=coded(tables["spouse_age"], named_by(SpouseAge), SpouseAge.OWN),
        money_rounding=coded(tables["money_rounding"], named_by(MoneyRounding), MoneyRounding.HALF_UP),
        outside=coded(tables["outside_table"], named_by(OutsideTable), OutsideTable.CLAMP),
        low=low,
        high=high,
        child_lines=_lines(tables["child_lines"]),
        base_table=ints(found["base"]),
        round_places=_places(tables["round_places"], n_factors),
    )


def _limits(tables: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Least and greatest values, (len(Axis), n_tables), of texts such as `age:18-64;group_size:2-50`."""
    low, high = (np.full((len(Axis), tables.height), NONE, np.int64) for _ in range(2))
    parts = (
        tables.select("rate_table", part=pl.col("limits").str.split(";"))
        .explode("part", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.col("part").str.extract_groups(r"^(?<axis>\w+):(?<low>[\d.]*)-(?<high>[\d.]*)$"))
        .unnest("part")
    )
    if parts.is_empty():
        return low, high
    for axis, unit in UNITS.items():
        own = parts.filter(pl.col("axis") == axis.name.lower())
        blank = own.with_columns(pl.col("low", "high").replace({"": None}))
        low[axis, ints(own["rate_table"])] = scaled(blank["low"], unit)
        high[axis, ints(own["rate_table"])] = scaled(blank["high"], unit)
    return low, high


def _lines(column: pl.Series) -> NDArray[np.int64]:
    """Product types as bits; all where none are named."""
    bits = pl.element().replace_strict(
        {kind: 1 << code for kind, code in CATEGORIES.items()}, default=0, return_dtype=pl.Int64
    )
    return (
        pl.select(pl.lit(column.cast(pl.List(pl.String))).list.eval(bits).list.sum())
        .to_series()
        .fill_null(-1)
        .to_numpy()
    )


def _places(column: pl.Series, n_factors: int) -> NDArray[np.int8]:
    """Decimals kept after the rate and after each factor, (n_tables, 1 + n_factors); NONE keeps all."""
    parts = pl.DataFrame({"parts": column.str.split(";")}).select(
        pl.col("parts").list.get(place, null_on_oob=True).cast(pl.Int8, strict=False).fill_null(NONE).alias(str(place))
        for place in range(1 + n_factors)
    )
    return parts.to_numpy().astype(np.int8).reshape(len(column), 1 + n_factors)


def contribution_rules(frame: pl.DataFrame, products: pl.DataFrame, groups: pl.DataFrame) -> ContributionRules:
    """The rules with the offers, products, product types or categories of products (`groups`) they name, or none for
    every plan.
    """
    target = (
        pl.when(pl.col("target_type") == TargetKind.EVERY_PLAN.name)
        .then(pl.lit(int(TargetKind.EVERY_PLAN)))
        .when(pl.col("contract_plan_id").is_not_null())
        .then(pl.lit(int(TargetKind.PLAN)))
        .when(pl.col("product_id").is_not_null())
        .then(pl.lit(int(TargetKind.PRODUCT)))
        .otherwise(pl.lit(int(TargetKind.CATEGORY)))
    )
    kinds = frame.select(target.cast(pl.Int8).alias("kind"))["kind"].to_numpy()
    categories = coded(frame["category"], CATEGORIES, NONE).astype(np.int32)
    by_kind = [
        ints(frame["target_offer"]),
        looked_up(frame["product_id"], products),
        categories,
        np.full(frame.height, NONE, np.int32),
    ]
    return ContributionRules(
        account=ints(frame["account"]),
        class_slot=ints(frame["class_slot"]),
        target_kind=kinds,
        target=np.choose(kinds, by_kind).astype(np.int32) if frame.height else np.empty(0, np.int32),
        member_type=coded(
            frame["member_type"], {"Subscriber": MemberType.SUBSCRIBER, "Dependent": MemberType.DEPENDENT}, NONE
        ),
        kind=coded(frame["type"], KINDS, NONE),
        percent_e4=scaled(frame["percentage"], 10_000),
        amount_cents=longs(frame["amount_cents"]),
        amount_period=coded(frame["amount_period"], named_by(Period), Period.TERM),
        cap_cents=longs(frame["cap_cents"]),
        valid_from=days(frame["effective_start_date"]),
        valid_to=days(frame["effective_end_next"]),
        rank=longs(frame["rank"]),
        scope=if_stated(frame["amount_scope"], codes_for(AmountScope, AmountScope.PER_COVERAGE)),
        grade=if_stated(frame["grade"], codes_for(Grade)),
        floor_cents=if_stated(frame["floor_cents"], longs),
        family_cap_cents=if_stated(frame["family_cap_cents"], longs),
        reference_offer=if_stated(frame["reference_offer"], ints),
        dependent_percent_e4=if_stated(frame["dependent_percentage"], lambda column: scaled(column, 10_000)),
        product_category=if_stated(frame["product_category_id"], lambda column: looked_up(column, groups)),
        steps=_steps(frame),
    )


def _steps(frame: pl.DataFrame) -> RuleSteps:
    """Steps such as `EE:80;FAM:50` or `0:50;50000:60`, by rule and rising by their lower bound."""
    graded = frame.select("type", "grade", "steps").with_row_index("rule").drop_nulls(["grade", "steps"])
    if graded.is_empty():
        return RuleSteps.none()
    parts = (
        graded.with_columns(part=pl.col("steps").str.split(";"), tiers=_tier_set())
        .explode("part")
        .with_columns(pl.col("part").str.split_exact(":", 1).struct.rename_fields(["said", "value"]))
        .unnest("part")
    )
    meant = pl.DataFrame(
        [
            (tiers, said, tier)
            for tiers, means in TIERS.items()
            for said, all_ in means.items()
            for tier in all_.split()
        ],
        schema=["tiers", "said", "tier"],
        orient="row",
    ).with_columns(tiers=pl.col("tiers").str.split(";").list.sort().list.join(";"))
    by_tier = parts.filter(pl.col("grade") == Grade.TIER.name).join(meant, on=["tiers", "said"], how="left")
    by_value = parts.filter(pl.col("grade") != Grade.TIER.name)
    pay_in_cents = pl.when(pl.col("grade") == Grade.SALARY.name).then(100).otherwise(1)
    value_unit = pl.when(pl.col("type").is_in(_IN_CENTS)).then(100).otherwise(10_000)
    value = (pl.col("value").cast(pl.Decimal(24, 6)) * value_unit).cast(pl.Int64).alias("value")
    tier_code = pl.col("tier").replace_strict(named_by(Tier), default=None, return_dtype=pl.Int64)
    steps = pl.concat(
        [
            by_tier.select("rule", lower=tier_code, value=value),
            by_value.select(
                "rule", lower=(pl.col("said").cast(pl.Decimal(24, 6)) * pay_in_cents).cast(pl.Int64), value=value
            ),
        ]
    ).sort("rule", "lower")
    counts = np.bincount(steps["rule"].to_numpy(), minlength=frame.height)
    return RuleSteps(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        lower=steps["lower"].to_numpy(),
        value=steps["value"].to_numpy(),
    )


def _tier_set() -> pl.Expr:
    """The tiers a rule names, in the order of their letters."""
    return pl.col("steps").str.split(";").list.eval(pl.element().str.extract(r"^([^:]*)")).list.sort().list.join(";")
