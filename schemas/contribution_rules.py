"""Rules on the rows of the sheet that states who pays.

What lives here: what must hold within a contribution rule and towards the records it names. What does not: the other
sheets (`schemas.shelf_rules`), and which rule counts for whom, which the rating core decides.
"""

import polars as pl

from schemas.rules import WARNING, Rule, between, not_after, required, stated
from schemas.shelf_rules import (
    ACCOUNT_KNOWN,
    CLASS_KNOWN,
    CONTRACT_KNOWN,
    HAS_PLAN,
    HAS_PRODUCT,
    PLAN_KNOWN,
    PRODUCT_KNOWN,
    SOONER,
    end_after_start,
    known,
    repeated,
)

_HAS_CONTRACT, _HAS_REFERENCE = required("contract_number_text"), required("reference_plan_text")
_NAMES_TARGET = HAS_PLAN | HAS_PRODUCT | required("category_text") | required("product_category_id_text")

_TYPE, _GRADE = pl.col("type"), pl.col("grade")
_OF_PERCENT = _TYPE.is_in(["Percentage", "Reference Plan", "Employee And Increment"])
_OF_AMOUNT = _TYPE.is_in(["Amount", "Defined Contribution"])

_STEPS = "By tier write EE:80;ES:60;EC:60;FAM:50 (one whole set of tiers), else 0:50;50000:60, from 0 on and rising."
_VALUE = r"[0-9]{1,10}(?:\.[0-9]{1,4})?"
TIER_SETS = ("EE;ES;EC;FAM", "E1C;ECN;EE;ES;FAM", "EE;EE+1;FAM", "EE;FAM")
"""The sets of tiers that graded rules are stated in, each in the order of its letters."""


def _only_for(column: str, kind: str) -> Rule:
    return Rule(
        f"{column}_not_used",
        (column,),
        f"{column} counts with the type {kind} alone; the cell is not used.",
        _TYPE.eq(kind) | ~required(f"{column}_text"),
        "Leave the cell blank, or correct the type.",
        WARNING,
    )


def _steps() -> pl.Expr:
    """The steps as they stand between semicolons, without blanks."""
    return pl.col("steps").str.replace_all(r"\s", "").str.to_uppercase().str.split(";")


def _values() -> pl.Expr:
    """The values after the colons, as text."""
    return _steps().list.eval(pl.element().str.extract(r":([\d.]+)$"))


def _all_like(pattern: str) -> pl.Expr:
    return _steps().list.eval(pl.element().str.contains(pattern)).list.all()


def _tier_steps() -> pl.Expr:
    """One value for each tier of one set."""
    tiers = _steps().list.eval(pl.element().str.extract(r"^([^:]*):", 1)).list.sort().list.join(";")
    wanted = [";".join(sorted(tiers.split(";"))) for tiers in TIER_SETS]
    return _all_like(rf"^[A-Z0-9+]+:{_VALUE}$") & tiers.is_in(wanted)


def _ascending_steps() -> pl.Expr:
    """Bounds in dollars of pay, or in whole years of service, from 0 on and rising."""
    bounds = _steps().list.eval(pl.element().str.extract(r"^([\d.]+):").cast(pl.Decimal(18, 2), strict=False))
    bound = pl.when(_GRADE == "SALARY").then(_all_like(rf"^[0-9]{{1,10}}(\.[0-9]{{1,2}})?:{_VALUE}$"))
    return (
        bound.otherwise(_all_like(rf"^[0-9]{{1,2}}:{_VALUE}$"))
        & (bounds.list.first() == 0)
        & (bounds.list.eval(pl.element().cast(pl.Float64)).list.diff().list.min().fill_null(1) > 0)
    )


CONTRIBUTIONS = (
    repeated(("account_number_key", "class_name_key", "name_key"), "This rule of the class stands on an earlier row."),
    Rule(
        "contribution_target_missing",
        ("plan_code",),
        "Specify a contract group plan, a product, or a product category.",
        _NAMES_TARGET | required("target_type_text"),
        "Fill in contract_number and plan_code, or product_code, or category, or product_category_id.",
        published_code="GB-CTB-002",
    ),
    Rule(
        "target_beside_every_plan",
        ("target_type",),
        "A rule for every plan names no plan, product or category.",
        ~stated("target_type") | ~_NAMES_TARGET,
        "Leave target_type blank, or plan_code, product_code, category and product_category_id.",
    ),
    Rule(
        "every_plan_of_other_type",
        ("target_type",),
        "Only a Defined Contribution is one sum for every plan.",
        ~stated("target_type") | ~stated("type") | _TYPE.eq("Defined Contribution"),
        "Name a plan, a product or a product type, or correct the type.",
    ),
    Rule(
        "contribution_out_of_range",
        ("percentage",),
        "Percentage must be between 0 and 100.",
        between("percentage", 0, 100),
        "Correct the number.",
        published_code="GB-CTB-003",
    ),
    Rule(
        "contribution_out_of_range",
        ("amount",),
        "Amount can't be negative.",
        between("amount", 0),
        "Correct the amount.",
        published_code="GB-CTB-003",
    ),
    end_after_start("effective_start", "effective_end", "GB-CTB-004"),
    Rule(
        "contract_missing",
        ("contract_number",),
        "A plan needs its contract.",
        _HAS_CONTRACT | ~(HAS_PLAN | _HAS_REFERENCE),
        "Fill in contract_number.",
    ),
    Rule(
        "plan_missing",
        ("plan_code",),
        "A contract alone is no target.",
        HAS_PLAN | _HAS_REFERENCE | ~_HAS_CONTRACT,
        "Fill in plan_code.",
    ),
    Rule(
        "contribution_not_used",
        ("type",),
        "A rule without type is not used.",
        stated("type"),
        "Fill in Amount, Percentage or another type.",
        WARNING,
    ),
    Rule(
        "contribution_value_missing",
        ("type",),
        "The contribution record has no value for its type. Employer share is treated as 0.",
        (~_OF_PERCENT | stated("percentage") | stated("grade")) & (~_OF_AMOUNT | stated("amount") | stated("grade")),
        "Fill in the amount or the percentage.",
        WARNING,
        "GB-CTB-001",
    ),
    Rule(
        "contribution_value_missing",
        ("dependent_percentage",),
        "The contribution record has no value for its type. Employer share is treated as 0.",
        (_TYPE != "Employee And Increment") | stated("dependent_percentage"),
        "Fill in dependent_percentage, 0 where the employer pays nothing for what dependents add.",
        WARNING,
        "GB-CTB-001",
    ),
    Rule(
        "reference_plan_missing",
        ("reference_plan",),
        "The type Reference Plan needs the plan whose premium is the measure.",
        (_TYPE != "Reference Plan") | _HAS_REFERENCE,
        "Fill in contract_number and reference_plan.",
    ),
    _only_for("reference_plan", "Reference Plan"),
    _only_for("dependent_percentage", "Employee And Increment"),
    _only_for("amount_scope", "Amount"),
    Rule(
        "grade_not_used",
        ("grade",),
        "The type Employer Paid has no value that a grade could change.",
        (_TYPE != "Employer Paid") | ~stated("grade"),
        "Leave grade and steps blank.",
    ),
    Rule(
        "steps_missing",
        ("steps",),
        "A graded rule needs the values of its steps.",
        required("steps_text") | ~stated("grade"),
        _STEPS,
    ),
    Rule(
        "grade_missing",
        ("grade",),
        "Steps need a grade to say what they depend on.",
        stated("grade") | ~required("steps_text"),
        "Write TIER, SALARY or SERVICE.",
    ),
    Rule(
        "steps_unreadable",
        ("steps",),
        "The steps do not fit the grade.",
        pl.when(_GRADE == "TIER").then(_tier_steps()).when(stated("grade")).then(_ascending_steps()),
        _STEPS,
    ),
    Rule(
        "steps_out_of_range",
        ("steps",),
        "A step of a percentage is from 0 to 100, one of an amount has at most two decimals.",
        pl.when(_OF_PERCENT)
        .then(_values().list.eval(pl.element().cast(pl.Decimal(18, 4), strict=False)).list.max() <= 100)
        .when(_OF_AMOUNT)
        .then(~_values().list.eval(pl.element().str.contains(r"\.\d{3,}$")).list.any()),
        "Correct the value.",
    ),
    Rule(
        "floor_above_cap",
        ("floor_amount", "cap_amount"),
        "The least amount is above the most the employer pays.",
        not_after("floor_amount", "cap_amount"),
        "Correct one of the two.",
    ),
)
CONTRIBUTION_NAMES = (ACCOUNT_KNOWN, CONTRACT_KNOWN, PRODUCT_KNOWN)
CONTRIBUTION_RECORDS = (
    CLASS_KNOWN,
    PLAN_KNOWN,
    Rule(
        "contract_of_other_account",
        ("contract_number",),
        "The contract belongs to another account.",
        pl.col("contract_account_id") == pl.col("account_id"),
        "Name a contract of the account.",
    ),
    known(
        "reference_plan_unknown",
        "reference_plan",
        "reference_plan_id",
        "The contract has no such plan or coverage.",
        SOONER.format("plans"),
    ),
)
