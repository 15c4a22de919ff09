"""Rules on the rows of the sheets that state rates: tables, what they price, and their cells.

What lives here: rules on single rows, and on the rows of one version among each other. What does not: the other sheets
(`schemas.shelf_rules`), and the acceptance of whole versions (`services.shelf.rate_versions`).
"""

from collections.abc import Sequence

import polars as pl

from rating.codes import Axis
from schemas.plans import PRODUCT_TYPES
from schemas.rules import WARNING, Rule, at_most_places, first_of, readable, required
from schemas.shelf_rules import (
    CONTRACT_KNOWN,
    HAS_PLAN,
    HAS_PRODUCT,
    PLAN_KNOWN,
    PRODUCT_KNOWN,
    SOONER,
    TEXT_SUFFIX,
    known,
    repeated,
)

_LINES = [kind.lower() for kind in PRODUCT_TYPES]

TABLE_KNOWN = known(
    "rate_table_unknown", "rate_table", "rate_table_id", "There is no such rate table.", SOONER.format("rate_tables")
)

CHILD_CAPPED = ("aca_composite", "age_curve", "child_capped")
"""Methods that count the children of a family."""
_HAS_CHILD_CAP = pl.col("method").is_in(CHILD_CAPPED)
_HAS_NO_LINES = pl.col("child_lines").list.len() == 0

# Digits are spelled out: \d is one of any script, and rating reads these ten.
_PAIR = r"(?:{0}-(?:{0})?|-{0})"
_LIMIT = "|".join(
    (
        r"(?:age|group_size|duration|service):" + _PAIR.format(r"[0-9]{1,9}"),
        r"salary:" + _PAIR.format(r"[0-9]{1,10}(?:\.[0-9]{1,2})?"),
        r"(?:participation|female_percent):" + _PAIR.format(r"[0-9]{1,3}(?:\.[0-9]{1,4})?"),
    )
)
LIMITS_LIKE = rf"^(?:{_LIMIT})(?:;(?:{_LIMIT}))*$"
"""Limits of banded axes in plain form: `age:18-64;participation:25-`."""


def _limits() -> pl.Expr:
    """The parts of the limits, in plain form."""
    return pl.col("limits").str.to_lowercase().str.replace_all(r"\s", "").str.split(";")


def _bound(group: int) -> pl.Expr:
    """The least (2) or the greatest (3) value of each part."""
    part = pl.element().str.extract(r"^(\w+):([\d.]*)-([\d.]*)$", group)
    return _limits().list.eval(part.cast(pl.Float64, strict=False))


def _are_readable() -> pl.Expr:
    axes = _limits().list.eval(pl.element().str.extract(r"^(\w+):"))
    return _limits().list.join(";").str.contains(LIMITS_LIKE) & (axes.list.n_unique() == axes.list.len())


def _are_in_order() -> pl.Expr:
    return (_bound(3) - _bound(2)).list.min().fill_null(0) >= 0


def are_limits(text: str) -> bool:
    """Whether a text states limits as the sheet of tables takes them.

    >>> are_limits("age:18-64;group_size:2-50"), are_limits("age:64-18"), are_limits("age:18-;age:-64")
    (True, False, False)
    """
    return bool(pl.DataFrame({"limits": [text]}).select(_are_readable() & _are_in_order()).item())


def _settings() -> tuple[Rule, ...]:
    """Rules on limits and on places kept."""
    return (
        Rule(
            "limits_unreadable",
            ("limits",),
            "The limits name no banded axis, one of them twice, or no values.",
            _are_readable(),
            "Write them as age:18-64;group_size:2-50; one end may be left out, as in age:18-.",
        ),
        Rule(
            "limits_out_of_order",
            ("limits",),
            "A least value is above its greatest.",
            _are_in_order(),
            "Write the least value first.",
        ),
        Rule(
            "round_places_unreadable",
            ("round_places",),
            "Places are single digits from 0 to 6 between semicolons.",
            pl.col("round_places").str.contains(r"^\s*[0-6]?\s*(;\s*[0-6]?\s*)*$"),
            "Write 3;;2: three after the rate, all after the first factor, two after the second.",
        ),
        Rule(
            "round_places_too_many",
            ("round_places",),
            "There are more places than the rate and its factors.",
            pl.col("round_places").str.count_matches(";", literal=True) <= pl.col("factor_tables").list.len(),
            "Give one for the rate, then one for each factor table.",
        ),
    )


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
            "child_line_unknown",
            ("child_lines",),
            "The table names a product type that there is not.",
            pl.col("child_lines").list.eval(pl.element().is_in(_LINES)).list.all(),
            f"Product types: {', '.join(PRODUCT_TYPES)}; several are parted by semicolons.",
        ),
        *_settings(),
        Rule(
            "child_cap_not_used",
            ("child_age",),
            f"Only {', '.join(CHILD_CAPPED)} count children; child_age, child_count and child_lines are not used.",
            _HAS_CHILD_CAP | (pl.col("child_age").is_null() & pl.col("child_count").is_null() & _HAS_NO_LINES),
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
    Rule(
        "factor_table_repeated",
        ("factor_tables", "factors"),
        "Two names of the row are one factor table, such as curve:TX and curve:federal.",
        pl.col("factors").list.n_unique() == pl.col("factors").list.len(),
        "Name it once.",
    ),
)

RATE_TABLE_BASES = (
    known(
        "base_table_unknown",
        "base_table",
        "base",
        "The table names a base table that there is not, or one of factors.",
        SOONER.format("rate_tables"),
    ),
    Rule(
        "base_of_base",
        ("base_table",),
        "The base table is itself solved from another one, or it is this table.",
        ~pl.col("has_base"),
        "Name a table whose rates are filed.",
    ),
)

_TARGET = "Fill in product_code, or contract_number and plan_code."
RATE_TABLE_PLANS = (
    Rule(
        "target_missing",
        ("product_code",),
        "The row does not say what the table prices.",
        HAS_PRODUCT | HAS_PLAN | required("contract_number_text"),
        _TARGET,
    ),
    Rule(
        "target_ambiguous",
        ("product_code",),
        "The row names a product and a plan.",
        ~(HAS_PRODUCT & HAS_PLAN),
        "State two rows.",
    ),
    Rule(
        "contract_missing",
        ("contract_number",),
        "A plan needs its contract.",
        required("contract_number_text") | ~HAS_PLAN,
        _TARGET,
    ),
    Rule(
        "plan_missing",
        ("plan_code",),
        "A contract alone cannot be priced.",
        HAS_PLAN | ~required("contract_number_text"),
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
_KEYS = tuple(f"{axis.name.lower()}_key" for axis in Axis)
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
    "group_size": "Write the least number of employees of the band, such as 51.",
    "participation": "Write the least percent of the band, such as 75.",
    "duration": "Write the first month of the band, such as 12.",
    "service": "Write the first year of the band, such as 5.",
    "female_percent": "Write the least percent of the band, such as 40.",
}
