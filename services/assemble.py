"""From the inputs of a rating to a batch: the one bridge into the rating core.

What lives here: turning the rows that were gathered into the core's columns. What does not: reading
them (`services.gather`), rules about money (the core), and storing results (`services.results`).

Assembly depends on its `Inputs` and on nothing else, so that the kept inputs of an old run go through
the very same lines. The core knows row positions only; `Gathered` keeps the ids of those rows beside
the batch, so that results find their way back.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating import Batch, Coverages, Members, Offers, Plans, Rates, Reductions
from rating.age_rules import age_dates, age_out
from rating.codes import (
    NONE,
    AgeDate,
    AgeOut,
    BenefitRounding,
    Continuation,
    Evidence,
    Gender,
    Issue,
    Proration,
    ReductionDate,
    Relationship,
    Strategy,
    Tier,
    Tobacco,
    VolumeRounding,
)
from rating.layout import RatesError
from rating.table_rules import check_tables
from services.composite import final_rates
from services.core_columns import (
    CATEGORIES,
    GENDERS,
    RELATIONSHIPS,
    SMOKERS,
    coded,
    codes_for,
    codes_of,
    days,
    if_stated,
    ints,
    longs,
    looked_up,
    looked_up_or_new,
    named_by,
    scaled,
)
from services.inputs import Inputs
from services.rate_columns import Labels, contribution_rules, rate_tables
from services.refusals import Malformed

WASH_DAY = 15


@dataclass(frozen=True)
class Gathered:
    """A batch with the ids of its rows, and the rates it needs."""

    batch: Batch
    rates: Rates
    members: pl.DataFrame
    plans: pl.DataFrame
    coverages: pl.DataFrame
    offers: pl.DataFrame
    rate_tables: pl.DataFrame
    rules: pl.DataFrame
    terms: pl.DataFrame
    inputs: Inputs
    """What it was assembled from."""

    @property
    def is_renewal(self) -> bool:
        """Whether the run rates the next term of contracts that end."""
        return self.inputs.is_renewal


def assemble(inputs: Inputs) -> Gathered:
    """The batch and the rates that the inputs state, with the ids of their rows.

    Raises Malformed where the rates do not fit together.
    """
    members, offers, rules = inputs.members, inputs.offers, inputs.rules
    plans, coverages = _plans_and_coverages(inputs.coverages)
    shelf = inputs.made.get("shelf")
    if shelf is None:
        shelf = inputs.made["shelf"] = _shelf(inputs)
    offer_columns = shelf.offers
    people = _members(members, shelf.labels)
    held = Plans(member=ints(plans["member"]), offer=ints(plans["root"]))
    holder = held.member.take(ints(coverages["plan"]))
    coverages = coverages.with_columns(covered_to=_covered_to(coverages, holder, members, people, shelf))
    batch = Batch(
        members=people,
        plans=held,
        coverages=_coverages(coverages, holder, members, shelf),
        offers=offer_columns,
        reductions=shelf.reductions,
    )
    rates = shelf.rates
    return Gathered(
        batch=batch,
        rates=rates,
        members=members[["group_census_member_id", "group_census_id"]],
        plans=plans,
        coverages=coverages[["plan", "offer", "covered_from", "covered_to", "rate_date"]],
        offers=offers[["contract_plan_id", "root_plan_id", "rate_table_id", "term_from", "term_to"]],
        rate_tables=inputs.tables[["rate_table_id"]],
        rules=rules[["contribution_rule_id"]],
        terms=inputs.terms,
        inputs=inputs,
    )


@dataclass(frozen=True)
class _Shelf:
    """What hangs on plans, rates and rules alone."""

    labels: Labels
    offers: Offers
    reductions: Reductions
    rates: Rates
    child_limit: NDArray[np.int32]
    child_out: NDArray[np.int8]
    age_date: NDArray[np.int8]
    """By rate table, and one more for none."""


def _shelf(inputs: Inputs) -> _Shelf:
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
    return _Shelf(
        labels=labels,
        offers=offer_columns,
        reductions=reductions,
        rates=rates,
        child_limit=scaled(offers["child_limit"], 1).astype(np.int32),
        child_out=coded(offers["child_out"], named_by(AgeOut), AgeOut.MONTH_END),
        age_date=np.append(coded(tables["age_date"], named_by(AgeDate), AgeDate.PLAN_ANNIVERSARY), [np.int8(0)]),
    )


def _plans_and_coverages(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coverages come sorted by member and root: each change of either begins a plan."""
    member, root = ints(frame["member"]), ints(frame["root"])
    is_new = np.ones(frame.height, bool)
    is_new[1:] = (member[1:] != member[:-1]) | (root[1:] != root[:-1])
    plan = pl.Series("plan", np.cumsum(is_new, dtype=np.int32) - np.int32(1))
    plans = pl.DataFrame({"member": member[is_new], "root": root[is_new]})
    rest = [name for name in frame.columns if name not in ("member", "root")]
    return plans, frame[rest].insert_column(0, plan)


def _members(frame: pl.DataFrame, labels: Labels) -> Members:
    return Members(
        primary=ints(frame["primary_row"]),
        relationship=coded(frame["relationship"], RELATIONSHIPS, Relationship.OTHER),
        birth_date=days(frame["birth_date"]),
        gender=coded(frame["gender"], GENDERS, Gender.UNKNOWN),
        tobacco=coded(frame["smoker_status"], SMOKERS, Tobacco.NON_SMOKER),
        area=looked_up_or_new(frame["area"], labels.area),
        class_slot=ints(frame["class_slot"]),
        class_label=looked_up_or_new(frame["class_label"], labels.class_label),
        annual_pay_cents=longs(frame["annual_salary_cents"]),
        stated_tier=coded(frame["stated_tier"], named_by(Tier), NONE),
        rank=if_stated(frame["rank"], longs),
        hire_date=if_stated(frame["hire_date"], days),
    )


def _covered_to(
    coverages: pl.DataFrame, holder: NDArray[np.int32], members: pl.DataFrame, people: Members, shelf: _Shelf
) -> pl.Series:
    """First day no longer covered: a child that grows out of a plan leaves it within the term.

    A child who is too old from the start has an empty span, as everybody whose cover ends before it begins.
    """
    offer = ints(coverages["offer"])
    limit = shelf.child_limit.take(offer)
    rows = np.flatnonzero((limit != NONE) & (people.relationship.take(holder) == Relationship.CHILD))
    ends = coverages["covered_to"]
    if not rows.size:
        return ends
    whose, of = holder.take(rows), offer.take(rows)
    rule = shelf.child_out.take(of)
    is_disabled = members["is_disabled"].fill_null(False).to_numpy().take(whose)
    last = age_out(people.birth_date.take(whose), limit.take(rows), rule, is_disabled)
    first, end = days(coverages["covered_from"]), days(ends).copy()
    gone = np.flatnonzero(last + 1 < end.take(rows))  # an unknown day is before none
    rows, last = rows.take(gone), last.take(gone)
    end[rows] = np.maximum(last + 1, first.take(rows))
    return pl.Series("covered_to", end)


def _coverages(frame: pl.DataFrame, holder: NDArray[np.int32], members: pl.DataFrame, shelf: _Shelf) -> Coverages:
    offers = shelf.offers
    offer, covered_from = ints(frame["offer"]), days(frame["covered_from"])
    rate_date, issued, added = (days(frame[name]) for name in ("rate_date", "issue_date", "added_date"))
    rule = shelf.age_date.take(offers.rate_table).take(offer)
    # Ages that rise within a term are those of the first covered day, whatever day the rates are read for.
    first_day = np.minimum(covered_from, offers.term_to.take(offer) - 1)
    age_on = np.where(np.isin(rule, (AgeDate.JAN_1, AgeDate.TAX_YEAR_END)), rate_date, first_day)
    return Coverages(
        plan=ints(frame["plan"]),
        offer=offer,
        elected_cents=longs(frame["elected"]),
        rate_date=rate_date,
        age_date=age_dates(
            rule,
            offers.term_from.take(offer),
            age_on,
            np.where(np.isnat(issued), covered_from, issued),
            added,
        ),
        covered_from=covered_from,
        covered_to=days(frame["covered_to"]),
        issue=coded(frame["given_issue"], named_by(Issue), Issue.NONE),
        issue_date=if_stated(frame["issue_date"], days),
        added_date=if_stated(frame["added_date"], days),
        continuation=if_stated(
            members["continuation"], lambda column: coded(column, named_by(Continuation), NONE).take(holder)
        ),
        evidence=if_stated(frame["evidence"], codes_for(Evidence)),
        approved_cents=if_stated(frame["approved_cents"], longs),
        approved_from=if_stated(frame["approved_from"], days),
        is_late=if_stated(frame["is_late"], lambda column: column.fill_null(False).cast(pl.Int8).to_numpy()),
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
