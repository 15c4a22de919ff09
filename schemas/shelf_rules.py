"""Rules on the rows of the shelf's sheets.

What lives here: what a good cell of each kind is (`column_rules`), and per sheet what must hold between cells and
towards other records. What does not: the sheets and their columns (`services.shelf.columns`), the look-up of
records, and the judging of whole rate table versions (`services.shelf.rates`).

A frame holds each column twice: `<name>_text` as it stood, without blanks around, and `<name>` typed. Rules on
references run on frames to which the look-ups have added ids and facts; a null id is a record not found.
"""

from collections.abc import Sequence

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


def _dates(first: str, last: str, published: str | None = None) -> Rule:
    says = "The end date must be on or after the start date."
    return Rule(
        "end_before_start",
        (last, first),
        says,
        not_after(first, last),
        "Correct one of the dates.",
        published_code=published,
    )


_SOONER = "Add it to the sheet {0}, or correct the cell; a row of {0} that was refused does not count."

ACCOUNT_KNOWN = known(
    "account_unknown", "account_number", "account_id", "There is no such account.", _SOONER.format("accounts")
)
CONTRACT_KNOWN = known(
    "contract_unknown", "contract_number", "contract_id", "There is no such contract.", _SOONER.format("contracts")
)
PRODUCT_KNOWN = known(
    "product_unknown", "product_code", "product_id", "There is no such product.", _SOONER.format("products")
)
CLASS_KNOWN = known(
    "class_unknown", "class_name", "group_class_id", "The account has no such class.", _SOONER.format("classes")
)
PLAN_KNOWN = known(
    "plan_unknown",
    "plan_code",
    "contract_plan_id",
    "The contract has no such plan or coverage.",
    _SOONER.format("plans"),
)
TABLE_KNOWN = known(
    "rate_table_unknown", "rate_table", "rate_table_id", "There is no such rate table.", _SOONER.format("rate_tables")
)

ACCOUNTS = (repeated(("account_number_key",), "This account stands on an earlier row."),)

CLASSES = (
    repeated(("account_number_key", "class_name_key"), "This class of the account stands on an earlier row."),
    _dates("effective_start", "effective_end"),
)

PRODUCTS = (repeated(("product_code_key",), "This product stands on an earlier row."),)

_PARENT_HINT = "Name a root, or leave the cell blank to make this a root."
PRODUCT_PARENT = (
    known(
        "parent_unknown", "parent_product_code", "parent_id", "There is no such product.", _SOONER.format("products")
    ),
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
    _dates("start_date", "end_date"),
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


def _ages(text: str) -> pl.Expr:
    return pl.col(text).str.extract_all(r"\d+\s*:").list.eval(pl.element().str.extract(r"(\d+)").cast(pl.Int64))


def _percents(text: str) -> pl.Expr:
    return (
        pl.col(text)
        .str.extract_all(r":\s*[\d.]+")
        .list.eval(pl.element().str.strip_chars(": ").cast(pl.Float64, strict=False))
    )


PLANS = (
    repeated(("contract_number_key", "plan_code_key"), "This plan of the contract stands on an earlier row."),
    _dates("effective_start", "effective_end"),
    Rule(
        "schedule_unreadable",
        ("age_reduction_schedule",),
        "The schedule must hold ages and the percent left, ages ascending, percents from 0 to 100.",
        pl.col("age_reduction_schedule").str.contains(
            r"^\d{1,3}\s*:\s*\d{1,3}(\.\d{1,4})?(\s*;\s*\d{1,3}\s*:\s*\d{1,3}(\.\d{1,4})?)*$"
        )
        & (_ages("age_reduction_schedule").list.diff().list.min().fill_null(1) > 0)
        & (_percents("age_reduction_schedule").list.max() <= 100),
        "Write it as 65:65;70:50.",
    ),
    Rule(
        "benefit_ambiguous",
        ("benefit_flat_amount", "benefit_multiple"),
        "A benefit is either a multiple of pay or a flat amount.",
        ~(stated("benefit_multiple") & stated("benefit_flat_amount")),
        "Keep one of the two.",
    ),
)
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
    known("parent_unknown", "parent_plan_code", "parent_id", "The contract has no such plan.", _SOONER.format("plans")),
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

PLAN_CLASSES = (
    repeated(("contract_number_key", "plan_code_key", "class_name_key"), "This row stands further up.", WARNING),
)
PLAN_CLASS_CONTRACT = (CONTRACT_KNOWN,)
PLAN_CLASS_RECORDS = (CLASS_KNOWN, PLAN_KNOWN)

_HAS_CHILD_CAP = pl.col("method") == "child_capped"


def rate_tables(axes: Sequence[str], most_factors: int) -> tuple[Rule, ...]:
    """Rules on the sheet rate_tables that need no other record."""
    return (
        repeated(("rate_table_key",), "This table stands on an earlier row."),
        Rule(
            "axis_unknown",
            ("axes",),
            "The table names an axis that there is not.",
            pl.col("axes").list.eval(pl.element().is_in(list(axes))).list.all(),
            f"Axes: {', '.join(axes)}; several are parted by semicolons.",
        ),
        Rule(
            "axis_repeated",
            ("axes",),
            "The table names an axis twice.",
            pl.col("axes").list.n_unique() == pl.col("axes").list.len(),
            "Name it once.",
        ),
        Rule(
            "factor_tables_too_many",
            ("factor_tables",),
            f"A table may name at most {most_factors} factor tables.",
            pl.col("factor_tables").list.len() <= most_factors,
            "Merge some of them.",
        ),
        Rule(
            "factor_table_repeated",
            ("factor_tables",),
            "The table names a factor table twice.",
            pl.col("factor_tables").list.n_unique() == pl.col("factor_tables").list.len(),
            "Name it once.",
        ),
        Rule(
            "factor_of_factor",
            ("factor_tables",),
            "A factor table cannot name factor tables itself.",
            (pl.col("method") != "factor") | (pl.col("factor_tables").list.len() == 0),
            "Let the rate table name them all.",
        ),
        Rule(
            "child_cap_not_used",
            ("child_age",),
            "Only the method child_capped counts children; child_age and child_count are not used.",
            _HAS_CHILD_CAP | (pl.col("child_age").is_null() & pl.col("child_count").is_null()),
            "Leave them blank.",
            WARNING,
        ),
    )


RATE_TABLE_STORED = (
    Rule(
        "rate_axes_fixed",
        ("axes",),
        "The table has versions with other axes; their cells could no longer be read.",
        ~pl.col("has_cells") | (pl.col("axes") == pl.col("stored_axes")),
        "File it as a new table under a name of its own.",
    ),
    Rule(
        "rate_method_fixed",
        ("method",),
        "A table with stored cells cannot turn from rates into factors, or the other way.",
        ~pl.col("has_cells") | ((pl.col("method") == "factor") == (pl.col("stored_method") == "factor")),
        "File it as a new table under a name of its own.",
    ),
)
RATE_TABLE_FACTORS = (
    Rule(
        "factor_table_unknown",
        ("factor_tables",),
        "The table names a factor table that there is not, or one whose method is not factor.",
        pl.col("factors").list.len() == pl.col("factor_tables").list.len(),
        "Add it to the sheet rate_tables with the method factor; several names are parted by semicolons.",
    ),
)

_HAS_PRODUCT, _HAS_PLAN = required("product_code_text"), required("plan_code_text")
_TARGET = "Fill in product_code, or contract_number and plan_code."
RATE_TABLE_PLANS = (
    Rule(
        "target_missing",
        ("product_code",),
        "The row does not say what the table prices.",
        _HAS_PRODUCT | _HAS_PLAN | required("contract_number_text"),
        _TARGET,
    ),
    Rule(
        "target_ambiguous",
        ("product_code",),
        "The row names a product and a plan.",
        ~(_HAS_PRODUCT & _HAS_PLAN),
        "State two rows.",
    ),
    Rule(
        "contract_missing",
        ("contract_number",),
        "A plan needs its contract.",
        required("contract_number_text") | ~_HAS_PLAN,
        _TARGET,
    ),
    Rule(
        "plan_missing",
        ("plan_code",),
        "A contract alone cannot be priced.",
        _HAS_PLAN | ~required("contract_number_text"),
        _TARGET,
    ),
)
RATE_TABLE_PLAN_NAMES = (TABLE_KNOWN, PRODUCT_KNOWN, CONTRACT_KNOWN)
RATE_TABLE_PLAN_RECORDS = (
    PLAN_KNOWN,
    Rule(
        "factor_table_prices",
        ("rate_table", "method"),
        "A factor table prices nothing by itself.",
        pl.col("method") != "factor",
        "Name it in factor_tables of a rate table.",
    ),
    Rule(
        "two_tables_for_one",
        ("rate_table", "target_id"),
        "An earlier row names a table for the same plan or product; only one can price it.",
        first_of("target_id"),
        "Keep one of them. A new price for the same plan is a new version of its table.",
    ),
)


def rate_cells(*, rate_places: int, factor_places: int) -> tuple[Rule, ...]:
    """Rules on a cell whose table is known; versions are judged whole by `services.shelf.rates`."""
    return (
        Rule(
            "too_many_decimals",
            ("rate", "rate_text"),
            f"A factor has at most {factor_places} decimals, a rate {rate_places}.",
            pl.when(pl.col("method") == "factor")
            .then(at_most_places("rate_text", factor_places))
            .otherwise(at_most_places("rate_text", rate_places)),
            "Round it.",
        ),
    )


def rate_key(axis: str) -> tuple[Rule, ...]:
    """Rules on the key of one axis; `uses_<axis>` says whether the table has it, `<axis>_key` is its plain form."""
    text, uses = axis + TEXT_SUFFIX, pl.col(f"uses_{axis}")
    return (
        Rule(
            "rate_key_unused",
            (axis, text),
            f"The table does not vary by {axis}.",
            uses | ~required(text),
            "Leave the cell blank, or add the axis to rate_tables.",
        ),
        Rule(
            "rate_key_missing",
            (axis, text),
            f"The table varies by {axis}, but the cell is blank.",
            ~uses | required(text) | pl.col("is_closing"),
            "Fill it in; * is any.",
        ),
        Rule(
            "rate_key_invalid",
            (axis, text),
            f"{axis} has no such value.",
            readable(text, f"{axis}_key"),
            _KEY_HINTS.get(axis, "Correct it."),
        ),
    )


_VERSION = ("rate_table_id", "effective_from")
_KEYS = ("age_key", "gender_key", "tobacco_key", "tier_key", "area_key", "class_key", "relationship_key", "salary_key")
_CELL = pl.struct(*_VERSION, *[pl.col(k).str.to_lowercase() for k in _KEYS])
RATE_CELL_REPEATED = Rule(
    "rate_cell_repeated",
    ("rate_table", *_VERSION, *_KEYS),
    "An earlier row of this version has the same keys.",
    _CELL.is_first_distinct(),
    "Keep one of the rows; the figures of a new version need a date of their own.",
)
RATE_CELL_CLOSING = Rule(
    "rate_version_closed_and_filled",
    ("rate", *_VERSION),
    "A row without keys and rate closes the version, but the version has other rows.",
    ~pl.col("is_closing") | (pl.len().over(_VERSION) == 1),
    "Delete the row, or the others.",
)

_KEY_HINTS = {
    "age": "Write the first age of the band, in whole years from 0 to 120.",
    "gender": "Write Male, Female or *.",
    "tobacco": "Write Smoker, Non-Smoker or *.",
    "tier": "Use EE ES EC FAM, or EE ES E1C ECN FAM, or EE EE+1 FAM, or EE FAM, or *.",
    "relationship": "Write Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law, Other or *.",
    "salary": "Write the first dollar of the band, such as 50000.",
}

_CONTRIBUTION_RANGE = ("contribution_out_of_range", "GB-CTB-003")
CONTRIBUTIONS = (
    repeated(("account_number_key", "class_name_key", "name_key"), "This rule of the class stands on an earlier row."),
    Rule(
        "contribution_target_missing",
        ("plan_code",),
        "Specify a contract group plan, a product, or a product category.",
        _HAS_PLAN | _HAS_PRODUCT | required("category_text"),
        "Fill in contract_number and plan_code, or product_code, or category.",
        published_code="GB-CTB-002",
    ),
    Rule(
        _CONTRIBUTION_RANGE[0],
        ("percentage",),
        "Percentage must be between 0 and 100.",
        between("percentage", 0, 100),
        "Correct the number.",
        published_code=_CONTRIBUTION_RANGE[1],
    ),
    Rule(
        _CONTRIBUTION_RANGE[0],
        ("amount",),
        "Amount can't be negative.",
        between("amount", 0),
        "Correct the amount.",
        published_code=_CONTRIBUTION_RANGE[1],
    ),
    _dates("effective_start", "effective_end", "GB-CTB-004"),
    Rule(
        "contract_missing",
        ("contract_number",),
        "A plan needs its contract.",
        required("contract_number_text") | ~_HAS_PLAN,
        "Fill in contract_number.",
    ),
    Rule(
        "plan_missing",
        ("plan_code",),
        "A contract alone is no target.",
        _HAS_PLAN | ~required("contract_number_text"),
        "Fill in plan_code.",
    ),
    Rule(
        "contribution_not_used",
        ("type",),
        "A rule without type is not used.",
        stated("type"),
        "Fill in Amount or Percentage.",
        WARNING,
    ),
    Rule(
        "contribution_value_missing",
        ("type",),
        "The contribution record has no value for its type. Employer share is treated as 0.",
        ((pl.col("type") != "Percentage") | stated("percentage")) & ((pl.col("type") != "Amount") | stated("amount")),
        "Fill in the amount or the percentage.",
        WARNING,
        "GB-CTB-001",
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
)

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
    _dates("effective_start", "effective_end"),
)
CENSUS_RECORDS = (CONTRACT_KNOWN,)
CLASS_RECORDS = (ACCOUNT_KNOWN,)
