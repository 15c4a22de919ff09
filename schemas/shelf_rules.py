"""Rules on the rows of the shelf's sheets.

What lives here: what a good cell of each kind is (`column_rules`), and per sheet what must hold between cells and
towards other records. What does not: rates (`schemas.rate_rules`), the sheets and their columns
(`services.shelf.columns`), and the look-up of records.

A frame holds each column twice: `<name>_text` as it stood, without blanks around, and `<name>` typed. Rules on
references run on frames to which the look-ups have added ids and facts; a null id is a record not found.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from schemas.rules import (
    ERROR,
    WARNING,
    Rule,
    at_most_chars,
    at_most_places,
    between,
    first_of,
    not_after,
    readable,
    required,
    stated,
)

TEXT_SUFFIX = "_text"

CENTS = 100
"""Amounts are stated in dollars and typed in cents."""

_UNREADABLE = {
    "date": ("date_unreadable", "This is not a date.", "Write it as yyyy-mm-dd, such as 2026-01-31."),
    "instant": ("date_unreadable", "This is not a moment in time.", "Write it as yyyy-mm-ddThh:mm:ss, in UTC."),
    "dollars": ("number_unreadable", "This is not an amount of money.", "Write dollars as digits, such as 1250.00."),
    "decimal": ("number_unreadable", "This is not a number.", "Write it with digits and a point, such as 12.5."),
    "whole": ("number_unreadable", "This is not a whole number.", "Write it with digits only."),
    "flag": ("flag_unreadable", "This is neither true nor false.", "Write true or false."),
}


def column_rules(
    name: str,
    kind: str,
    *,
    is_required: bool = False,
    longest: int | None = None,
    values: Sequence[str] = (),
    lowest: int | None = None,
    highest: int | None = None,
    places: int | None = None,
) -> list[Rule]:
    """What every cell of a column must be."""
    text, made = name + TEXT_SUFFIX, []
    if is_required:
        made.append(Rule("value_missing", (name, text), f"{name} is blank.", required(text), "Fill in the cell."))
    if kind == "choice":
        made.append(
            Rule(
                "value_not_in_list",
                (name, text),
                f"{name} has no such value.",
                readable(text, name),
                f"Use one of: {', '.join(values)}.",
            )
        )
    if kind in _UNREADABLE:
        code, says, hint = _UNREADABLE[kind]
        made.append(Rule(code, (name, text), says, readable(text, name), hint))
    if longest is not None:
        made.append(
            Rule(
                "text_too_long",
                (name, text),
                f"{name} holds more than {longest} characters.",
                at_most_chars(text, longest),
                "Shorten it.",
            )
        )
    if lowest is not None or highest is not None:
        unit = CENTS if kind == "dollars" else 1
        low, high = (None if bound is None else bound * unit for bound in (lowest, highest))
        limits = f"at most {highest:,}" if lowest is None else f"between {lowest:,} and {highest:,}"
        made.append(
            Rule(
                "number_out_of_range",
                (name,),
                f"{name} must be {limits}.",
                between(name, low, high),
                "Correct the number.",
            )
        )
    if places is not None:
        made.append(
            Rule(
                "too_many_decimals",
                (name, text),
                f"{name} has more than {places} decimals.",
                at_most_places(text, places),
                f"Round it to {places} decimals.",
            )
        )
    return made


def repeated(key: Sequence[str], says: str, severity: str = ERROR) -> Rule:
    """The row's natural key stands on no earlier row of the sheet; `key` are folded columns, the last is blamed."""
    blamed = key[-1].removesuffix("_key")
    return Rule("row_repeated", (blamed, *key), says, first_of(*key), "Keep one of the rows.", severity)


def known(code: str, column: str, found: str, says: str, hint: str) -> Rule:
    """What the column names was found: `found` is the id, null when there is none. A blank cell passes."""
    return Rule(code, (column, found), says, ~required(column + TEXT_SUFFIX) | stated(found), hint)


def end_after_start(first: str, last: str, published: str | None = None) -> Rule:
    """The last day is on or after the first."""
    says = "The end date must be on or after the start date."
    return Rule(
        "end_before_start",
        (last, first),
        says,
        not_after(first, last),
        "Correct one of the dates.",
        published_code=published,
    )


SOONER = "Add it to the sheet {0}, or correct the cell; a row of {0} that was refused does not count."

ACCOUNT_KNOWN = known(
    "account_unknown", "account_number", "account_id", "There is no such account.", SOONER.format("accounts")
)
CONTRACT_KNOWN = known(
    "contract_unknown", "contract_number", "contract_id", "There is no such contract.", SOONER.format("contracts")
)
PRODUCT_KNOWN = known(
    "product_unknown", "product_code", "product_id", "There is no such product.", SOONER.format("products")
)
CLASS_KNOWN = known(
    "class_unknown", "class_name", "group_class_id", "The account has no such class.", SOONER.format("classes")
)
PLAN_KNOWN = known(
    "plan_unknown",
    "plan_code",
    "contract_plan_id",
    "The contract has no such plan or coverage.",
    SOONER.format("plans"),
)

ACCOUNTS = (repeated(("account_number_key",), "This account stands on an earlier row."),)

CLASSES = (
    repeated(("account_number_key", "class_name_key"), "This class of the account stands on an earlier row."),
    end_after_start("effective_start", "effective_end"),
)

PRODUCTS = (repeated(("product_code_key",), "This product stands on an earlier row."),)

_PARENT_HINT = "Name a root, or leave the cell blank to make this a root."
PRODUCT_PARENT = (
    known("parent_unknown", "parent_product_code", "parent_id", "There is no such product.", SOONER.format("products")),
    Rule(
        "parent_not_root",
        ("parent_product_code",),
        "The parent is itself a coverage.",
        pl.col("is_parent_root"),
        _PARENT_HINT,
    ),
    Rule(
        "has_coverages",
        ("parent_product_code",),
        "Other products name this one as their parent.",
        ~pl.col("has_children"),
        _PARENT_HINT,
    ),
)

CONTRACTS = (
    repeated(("contract_number_key",), "This contract stands on an earlier row."),
    end_after_start("start_date", "end_date"),
    end_after_start("enrollment_start", "enrollment_end"),
    *(
        Rule(
            "term_out_of_range",
            (column,),
            "A contract starts and ends between 1900 and 2199.",
            between(column, date(1900, 1, 1), date(2199, 12, 31)),
            "State the real term; for an open end state the end of the first year.",
        )
        for column in ("start_date", "end_date")
    ),
)
CONTRACT_ACCOUNT = (
    ACCOUNT_KNOWN,
    Rule(
        "account_changed",
        ("account_number",),
        "The contract belongs to another account; that never changes.",
        pl.col("stored_account_id") == pl.col("account_id"),
        "Give the new account's contract a number of its own.",
    ),
)


_STEP = r"[0-9]{1,3}\s*:\s*[0-9]{1,3}(\.[0-9]{1,4})?"
"""An age and a percent. Digits are spelled out: \\d is one of any script, and numbers are read of these ten."""


def _ages(text: str) -> pl.Expr:
    return pl.col(text).str.extract_all(r"[0-9]+\s*:").list.eval(pl.element().str.extract(r"([0-9]+)").cast(pl.Int64))


def _percents(text: str) -> pl.Expr:
    return (
        pl.col(text)
        .str.extract_all(r":\s*[0-9.]+")
        .list.eval(pl.element().str.strip_chars(": ").cast(pl.Float64, strict=False))
    )


def is_schedule(text: str) -> pl.Expr:
    """The column of texts: ages, ascending, with the percent left from each on."""
    return (
        pl.col(text).str.contains(rf"^{_STEP}(\s*;\s*{_STEP})*$")
        & (_ages(text).list.diff().list.min().fill_null(1) > 0)
        & (_percents(text).list.max() <= 100)
    )


def _schedule(column: str) -> Rule:
    """A column of such texts."""
    return Rule(
        "schedule_unreadable",
        (column,),
        "The schedule must hold ages and the percent left, ages ascending, percents from 0 to 100.",
        is_schedule(column),
        "Write it as 65:65;70:50.",
    )


PLANS = (
    repeated(("contract_number_key", "plan_code_key"), "This plan of the contract stands on an earlier row."),
    end_after_start("effective_start", "effective_end"),
    end_after_start("enrollment_start", "enrollment_end"),
    _schedule("age_reduction_schedule"),
    _schedule("guaranteed_issue_schedule"),
    Rule(
        "minimum_above_maximum",
        ("benefit_minimum", "benefit_maximum"),
        "The least amount is above the highest.",
        not_after("benefit_minimum", "benefit_maximum"),
        "Correct one of the two.",
    ),
    Rule(
        "benefit_ambiguous",
        ("benefit_flat_amount", "benefit_multiple"),
        "A benefit is either a multiple of pay or a flat amount.",
        ~(stated("benefit_multiple") & stated("benefit_flat_amount")),
        "Keep one of the two.",
    ),
)
ROOT_SETTINGS = (
    "proration_end",
    "proration_change",
    "proration_newborn",
    "wash_day",
    "priority",
    "contribution_strategy",
)
"""Columns of the sheet plans that count on root plans alone."""

PLAN_RECORDS = (
    CONTRACT_KNOWN,
    PRODUCT_KNOWN,
    Rule(
        "plan_name_repeated",
        ("plan_name", "contract_id", "plan_name_key"),
        "Another plan or coverage of the contract has this name.",
        first_of("contract_id", "plan_name_key") & ~pl.col("is_name_taken"),
        "Names must differ, since census files name plans.",
    ),
)
PLAN_PARENT = (
    known("parent_unknown", "parent_plan_code", "parent_id", "The contract has no such plan.", SOONER.format("plans")),
    Rule(
        "parent_not_root",
        ("parent_plan_code",),
        "The parent is itself a coverage.",
        pl.col("is_parent_root"),
        _PARENT_HINT,
    ),
    Rule(
        "has_coverages",
        ("parent_plan_code",),
        "Other coverages name this one as their plan.",
        ~pl.col("has_children"),
        _PARENT_HINT,
    ),
    Rule(
        "proration_of_root",
        ("proration_method",),
        "A coverage takes the proration of its root plan; the cell was passed over.",
        pl.col("proration_method") == pl.col("root_proration"),
        "Leave the cell blank, or state it on the root plan.",
        WARNING,
    ),
    Rule(
        "rate_basis_of_root",
        ("rate_basis_date",),
        "A coverage takes the rate basis of its root plan; the cell was passed over.",
        pl.col("rate_basis_date") == pl.col("root_basis"),
        "Leave the cell blank, or state it on the root plan.",
        WARNING,
    ),
)

PLAN_ROOT_ONLY = tuple(
    Rule(
        "setting_of_root",
        (column,),
        f"A coverage takes {column} of its root plan; the cell was passed over.",
        pl.col(column).is_null(),
        "Leave the cell blank, or state it on the root plan.",
        WARNING,
    )
    for column in ROOT_SETTINGS
)

PLAN_CLASSES = (
    repeated(("contract_number_key", "plan_code_key", "class_name_key"), "This row stands further up.", WARNING),
)
PLAN_CLASS_CONTRACT = (CONTRACT_KNOWN,)
PLAN_CLASS_RECORDS = (CLASS_KNOWN, PLAN_KNOWN)

_TWO_PLANS = pl.col("kind_key").is_in(["needs", "excludes"])
_AGES = pl.col("kind_key") == "age_limit"
CONFIGURATION_RULES = (
    Rule(
        "row_repeated",
        ("kind", "contract_number_key", "kind_key", "plan_code_key", "other_plan_code_key"),
        "This rule stands on an earlier row.",
        pl.struct(
            "contract_number_key", "kind_key", "plan_code_key", pl.col("other_plan_code_key").fill_null("")
        ).is_first_distinct(),
        "Keep one of the rows.",
    ),
    Rule(
        "other_plan_missing",
        ("other_plan_code", "kind_key"),
        "The rule names no other plan.",
        ~_TWO_PLANS | stated("other_plan_code"),
        "Name the plan that is needed, or excluded.",
    ),
    Rule(
        "other_plan_same",
        ("other_plan_code", "other_plan_code_key", "plan_code_key"),
        "The other plan is the plan itself.",
        (pl.col("other_plan_code_key") != pl.col("plan_code_key")).fill_null(True),
        "Name another plan.",
    ),
    Rule(
        "age_limit_missing",
        ("minimum_age", "maximum_age", "kind_key"),
        "The rule has no age.",
        ~_AGES | stated("minimum_age") | stated("maximum_age"),
        "State the least age, the greatest, or both.",
    ),
    Rule(
        "minimum_above_maximum",
        ("minimum_age", "maximum_age"),
        "The least age is above the greatest.",
        not_after("minimum_age", "maximum_age"),
        "Correct one of the two.",
    ),
)
CONFIGURATION_RULE_CONTRACT = (
    known("kind_unknown", "kind", "known_kind", "There is no such kind of rule.", "Use NEEDS, EXCLUDES or AGE_LIMIT."),
    CONTRACT_KNOWN,
)
CONFIGURATION_RULE_RECORDS = (
    PLAN_KNOWN,
    known(
        "plan_unknown",
        "other_plan_code",
        "other_plan_id",
        "The contract has no such plan or coverage.",
        SOONER.format("plans"),
    ),
)

HAS_PRODUCT, HAS_PLAN = required("product_code_text"), required("plan_code_text")

RATING_AREAS = (
    repeated(("state_key", "postal_prefix_key", "effective_from"), "This entry stands on an earlier row."),
    Rule(
        "postal_prefix_invalid",
        ("postal_prefix",),
        "A prefix has three to five digits.",
        pl.col("postal_prefix").str.contains(r"^\d{3,5}$"),
        "Keep leading zeros: format the column as text.",
    ),
)

CENSUSES = (
    repeated(("contract_number_key", "census_name_key"), "This census of the contract stands on an earlier row."),
    end_after_start("effective_start", "effective_end"),
)
CENSUS_RECORDS = (CONTRACT_KNOWN,)
CLASS_RECORDS = (ACCOUNT_KNOWN,)
