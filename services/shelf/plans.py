"""Contract plans, their coverages, their benefits and the classes they are open to.

What lives here: the sheets plans and plan_classes. What does not: prices (`rates`) and selections, which come with a
census.
"""

from datetime import datetime

import polars as pl

from schemas import shelf_rules as rules
from schemas.plans import BENEFIT_ATTRIBUTES
from schemas.rules import ERROR
from services import ids
from services.book import Transaction
from services.shelf import columns
from services.shelf.judged import Judged
from services.shelf.sheets import ROW
from services.shelf.store import Target, count, stored, utc, with_ids

_PLAN = Target(ids.CONTRACT_PLAN, "contract_plan_id", "shelf.update_plans", "shelf.insert_plans")
_ATTRIBUTE = Target(ids.PLAN_ATTRIBUTE, "contract_plan_attribute_id", "shelf.update_benefits", "shelf.insert_benefits")
_PLAN_CLASS = Target(ids.PLAN_CLASS, "contract_plan_class_id", "", "shelf.insert_plan_classes")
_OF_CONTRACT = ["contract_id", "plan_code_key"]
_NUMBER_ATTRIBUTES = {
    "BenefitMultiple": "benefit_multiple",
    "BenefitFlatAmount": "benefit_flat_amount",
    "BenefitIncrement": "benefit_increment",
    "BenefitMaximum": "benefit_maximum",
    "GuaranteedIssueAmount": "guaranteed_issue_amount",
    "BenefitPercent": "benefit_percent",
    "MaximumBenefit": "maximum_benefit",
    "BenefitMinimum": "benefit_minimum",
    "BenefitPayMultipleMaximum": "benefit_pay_multiple_maximum",
    "BenefitPercentOfEmployee": "benefit_percent_of_employee",
    "GuaranteedIssueMinimumParticipation": "guaranteed_issue_minimum_participation",
    "CoveredPayMaximum": "covered_pay_maximum",
    "RequiredPremium": "required_premium",
    "ExperienceRate": "experience_rate",
    "LifeYears": "life_years",
    "FullCredibilityLifeYears": "full_credibility_life_years",
    "DependentAgeLimit": "dependent_age_limit",
}
_WORD_ATTRIBUTES = {
    "VolumeRounding": "volume_rounding",
    "BenefitRounding": "benefit_rounding",
    "AgeReductionDate": "age_reduction_date",
    "DependentAgeOut": "dependent_age_out",
}
_SCHEDULE_ATTRIBUTES = {
    "AgeReductionSchedule": "age_reduction_schedule",
    "GuaranteedIssueSchedule": "guaranteed_issue_schedule",
}


def load_plans(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet plans: root plans first, then coverages, which name them."""
    judged = Judged(columns.PLANS, texts, rules.PLANS)
    contracts = stored(tx, "shelf.contracts", "contract_number").select("contract_number_key", "contract_id")
    products = stored(tx, "shelf.products", "product_code").select("product_code_key", "product_id", "product_type")
    judged.look_up(contracts, "contract_number_key")
    judged.look_up(products, "product_code_key")
    found = stored(tx, "shelf.plans", "plan_code", "plan_name")
    judged.look_up(_names_of_others(found, judged.rows), ["contract_id", "plan_name_key"])
    judged.rows = judged.rows.with_columns(pl.col("is_name_taken").fill_null(False))
    judged.judge(rules.PLAN_RECORDS)
    judged.look_up(found.select(*_OF_CONTRACT, "contract_plan_id"), _OF_CONTRACT)

    is_coverage = pl.col("parent_plan_code").is_not_null()
    roots = judged.rows.filter(~is_coverage).with_columns(
        parent_id=pl.lit(None, pl.String),
        plan_type="product_type",
        proration_method=pl.col("proration_method").fill_null("DAILY_TERM"),
        rate_basis_date=pl.col("rate_basis_date").fill_null("EFFECTIVE_DATE"),
    )
    judged.n_changed = _store(tx, roots, now)
    _look_up_parents(judged, stored(tx, "shelf.plans", "plan_code", "plan_name"), is_coverage)
    judged.judge((*rules.PLAN_PARENT, *rules.PLAN_ROOT_ONLY), among=is_coverage)
    coverages = judged.rows.filter(is_coverage).with_columns(
        pl.lit(None, judged.rows.schema[name]).alias(name) for name in rules.ROOT_SETTINGS
    )
    coverages = coverages.with_columns(
        plan_type="root_type", proration_method="root_proration", rate_basis_date="root_basis"
    )
    judged.n_changed += _store(tx, coverages, now)
    return judged


def _names_of_others(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Names held by stored plans that the sheet does not state."""
    others = found.join(rows.select(_OF_CONTRACT), on=_OF_CONTRACT, how="anti")
    return others.select("contract_id", "plan_name_key").unique().with_columns(is_name_taken=pl.lit(True))


def _look_up_parents(judged: Judged, found: pl.DataFrame, is_coverage: pl.Expr) -> None:
    """What each coverage names as its root, and whether others name the coverage as theirs."""
    coverages = judged.rows.filter(is_coverage).select(*_OF_CONTRACT, is_coverage=pl.lit(True))
    judged.look_up(found.select(*_OF_CONTRACT, "has_children"), _OF_CONTRACT)
    parents = found.join(coverages, on=_OF_CONTRACT, how="left").select(
        "contract_id",
        parent_plan_code_key="plan_code_key",
        parent_id="contract_plan_id",
        is_parent_root=pl.col("parent_plan_id").is_null() & pl.col("is_coverage").is_null(),
        root_type="plan_type",
        root_proration="proration_method",
        root_basis="rate_basis_date",
    )
    judged.look_up(parents, ["contract_id", "parent_plan_code_key"])


def _store(tx: Transaction, rows: pl.DataFrame, now: datetime) -> int:
    """Upsert plans with their benefits; a plan whose benefits alone differ counts as changed."""
    if rows.is_empty():
        return 0
    numbered = with_ids(tx, _PLAN, rows)
    benefits = _benefits(numbered)
    names = {"names": list(BENEFIT_ATTRIBUTES)}
    with tx.lend(incoming=benefits, incoming_plans=numbered.select("contract_plan_id")):
        other = tx.frame("shelf.plans_with_other_benefits", names).with_columns(has_other_benefits=pl.lit(True))
        if not other.is_empty():
            tx.run("shelf.delete_benefits", names)
            tx.run("shelf.update_benefits", {"now": utc(now)})
            _insert_benefits(tx, now)
    records = numbered.join(other, on="contract_plan_id", how="left", maintain_order="left").select(
        "contract_plan_id",
        "contract_id",
        "plan_code",
        "product_id",
        "plan_type",
        pl.col("is_optional").fill_null(False),
        pl.col("status").fill_null("Active"),
        "proration_method",
        *rules.ROOT_SETTINGS,
        "rate_basis_date",
        pl.col("auto_assign").fill_null(False),
        "group_number",
        "is_new",
        pl.col("has_other_benefits").fill_null(False),
        name="plan_name",
        parent_plan_id="parent_id",
        effective_start_date="effective_start",
        effective_end_date="effective_end",
        description="description",
        enrollment_start_date="enrollment_start",
        enrollment_end_date="enrollment_end",
        enrollment_waiting_period="enrollment_waiting_period",
        eligibility_criteria="eligibility_criteria",
        product_number="product_number",
    )
    with tx.lend(incoming=records):
        changed = count(tx, _PLAN.update, now=utc(now))
        tx.run(_PLAN.insert, {"now": utc(now)})
    return changed + int(records["is_new"].sum())


def _insert_benefits(tx: Transaction, now: datetime) -> None:
    """Attributes that the lent benefits state and the book does not hold yet, as records of their own."""
    made = with_ids(tx, _ATTRIBUTE, tx.frame("shelf.new_benefits"))
    if not made.is_empty():
        with tx.lend(incoming=made):
            tx.run(_ATTRIBUTE.insert, {"now": utc(now)})


def _benefits(rows: pl.DataFrame) -> pl.DataFrame:
    """Attribute rows of the plans: numbers in their shortest form, blanks left out."""
    in_dollars = {c.name for c in columns.PLANS.columns if c.kind == "dollars"}
    numbers = [_plain(column, column in in_dollars).alias(name) for name, column in _NUMBER_ATTRIBUTES.items()]
    words = [pl.col(column).alias(name) for name, column in _WORD_ATTRIBUTES.items()]
    schedules = [pl.col(column).str.replace_all(r"\s", "").alias(name) for name, column in _SCHEDULE_ATTRIBUTES.items()]
    wide = rows.select("contract_plan_id", *numbers, *words, *schedules)
    return wide.unpivot(index="contract_plan_id", variable_name="attribute_name", value_name="value").drop_nulls(
        "value"
    )


def _plain(column: str, in_dollars: bool) -> pl.Expr:
    value = pl.col(column)
    exact = (
        value.cast(pl.Decimal(24, 6)) / pl.lit(100).cast(pl.Decimal(24, 6))
        if in_dollars
        else value.cast(pl.Decimal(24, 6))
    )
    return exact.cast(pl.Decimal(24, 6)).cast(pl.String).str.replace(r"\.?0+$", "")


def load_plan_classes(tx: Transaction, texts: pl.DataFrame, now: datetime) -> Judged:
    """The sheet plan_classes: the rows of a plan are all its classes, so they are taken together or not at all."""
    judged = Judged(columns.PLAN_CLASSES, texts, rules.PLAN_CLASSES)
    judged.look_up(
        stored(tx, "shelf.contracts", "contract_number").select("contract_number_key", "contract_id", "account_id"),
        "contract_number_key",
    )
    judged.judge(rules.PLAN_CLASS_CONTRACT)
    judged.look_up(stored(tx, "shelf.classes", "class_name"), ["account_id", "class_name_key"])
    found = stored(tx, "shelf.plans", "plan_code", "plan_name").select(*_OF_CONTRACT, "contract_plan_id")
    judged.look_up(found, _OF_CONTRACT)
    judged.judge(rules.PLAN_CLASS_RECORDS)
    _refuse_incomplete(judged)
    if not judged.rows.is_empty():
        with tx.lend(incoming=judged.rows.select("contract_plan_id", "group_class_id")):
            judged.n_changed = count(tx, "shelf.delete_plan_classes")
            made = with_ids(tx, _PLAN_CLASS, tx.frame("shelf.new_plan_classes"))
        if not made.is_empty():
            with tx.lend(incoming=made):
                judged.n_changed += count(tx, _PLAN_CLASS.insert, now=utc(now))
    return judged


def _refuse_incomplete(judged: Judged) -> None:
    """A plan with a refused row keeps the classes it had: half a list would open it to too few, or to all."""
    plan = ["contract_number_key", "plan_code_key"]
    refused = judged.stated.join(judged.rows.select(ROW), on=ROW, how="anti").select(plan).unique()
    halves = judged.rows.join(refused, on=plan, how="semi")
    judged.note(
        halves.select(
            ROW,
            severity=pl.lit(ERROR),
            code=pl.lit("plan_classes_incomplete"),
            column_name=pl.lit("class_name"),
            raw_value="class_name",
            message=pl.lit("Another row of this plan was refused, so the classes of the plan stay as they are."),
            hint=pl.lit("Correct the other row, then load again. Until then a new plan is open to all classes."),
        )
    )
