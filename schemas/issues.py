"""What Pandera found, as rows.

What lives here: running rules on a frame and turning the result into one row per failure. This is the only
module that knows Pandera's error object. Its text holds values of the rows, which may be personal: it
is neither logged nor passed on, and nothing here prints.
"""

from collections.abc import Sequence

import polars as pl
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaError, SchemaErrors

from schemas.rules import Rule, schema_of

FAILURES = pl.Schema(
    {
        "row": pl.UInt32,
        "code": pl.String,
        "column_name": pl.String,
        "severity": pl.String,
        "published_code": pl.String,
        "message": pl.String,
        "hint": pl.String,
    }
)
"""Columns of `failures`."""

_NONE = FAILURES.to_frame()

LONGEST_RAW_VALUE = 200
"""So much of a cell is kept beside an issue."""


def failures(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Every failure of every rule: its row (from 0), the rule's code, the column it blames and the words to tell it.

    Ordered by row, then by the order of the rules. A rule that could not be run (a column that
    is missing, an expression that does not fit) is a ValueError: no rule is ever left out silently.
    """
    if not rules or frame.is_empty():
        return _NONE
    rules = _broken(frame, rules)
    if not rules:
        return _NONE
    try:
        schema_of(rules).validate(frame, lazy=True)
    except SchemaErrors as found:
        masks = [_mask(error, rules) for error in found.schema_errors]
    else:
        return _NONE
    rows = [mask.not_().arg_true().to_frame("row").with_columns(place=pl.lit(place, pl.Int32)) for place, mask in masks]
    return (
        pl.concat(rows)
        .sort("row", "place")
        .join(_told(rules), on="place", how="left", maintain_order="left")
        .select([pl.col(name).cast(kind) for name, kind in FAILURES.items()])
    )


def _broken(frame: pl.DataFrame, rules: Sequence[Rule]) -> Sequence[Rule]:
    """The rules that some row breaks, found in one pass: Pandera costs a millisecond for each rule, broken or not.

    All of them where the pass finds no answer, so that Pandera names the rule that could not be run.
    """
    if not {rule.columns[0] for rule in rules} <= set(frame.columns):
        return rules
    try:
        held = frame.select(rule.holds.all().alias(str(place)) for place, rule in enumerate(rules))
    except pl.exceptions.PolarsError:
        return rules
    if held.height != 1 or any(dtype != pl.Boolean for dtype in held.dtypes):
        return rules
    return [rule for rule, holds in zip(rules, held.row(0), strict=True) if not holds]


def _mask(error: SchemaError, rules: Sequence[Rule]) -> tuple[int, pl.Series]:
    """Which rule an error is of, and its mask over all rows: false where the rule fails."""
    check, output = error.check, error.check_output
    if not isinstance(output, pl.DataFrame) or output.height == 0 or isinstance(check, str) or check is None:
        # The chained error would carry values of rows; the reason alone does not.
        raise ValueError(f"A rule could not be run: {error.reason_code} on {_name_of(error, rules)}.") from None
    return int(check.name), output[CHECK_OUTPUT_KEY]


def _name_of(error: SchemaError, rules: Sequence[Rule]) -> str:
    name = getattr(error.check, "name", None)
    if isinstance(name, str) and name.isdigit():
        return f"rule {rules[int(name)].code}"
    return f"column {error.failure_cases}" if isinstance(error.failure_cases, str) else "a column"


def _told(rules: Sequence[Rule]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "place": pl.int_range(len(rules), eager=True, dtype=pl.Int32),
            "code": [rule.code for rule in rules],
            "column_name": [rule.columns[0] for rule in rules],
            "severity": [rule.severity for rule in rules],
            "published_code": pl.Series([rule.published_code for rule in rules], dtype=pl.String),
            "message": [rule.says for rule in rules],
            "hint": [rule.hint for rule in rules],
        }
    )


def with_raw_values(issues: pl.DataFrame, texts: pl.DataFrame, *, suffix: str = "") -> pl.DataFrame:
    """The issues with `raw_value`: the cell `<column_name><suffix>` of their row in `texts`, cut to 200 characters.

    Null where `texts` has no such column. What is not to be shown is masked in `texts` already.
    """
    made = [issues.clear().with_columns(raw_value=pl.lit(None, pl.String))]
    for (name,), part in issues.with_row_index("_place").group_by("column_name", maintain_order=True):
        cell = pl.lit(None, pl.String)
        if f"{name}{suffix}" in texts.columns:
            column = texts[f"{name}{suffix}"].cast(pl.String)
            cell = pl.lit(column.gather(part["row"])).str.slice(0, LONGEST_RAW_VALUE)
        made.append(part.with_columns(raw_value=cell))
    return pl.concat(made, how="diagonal").sort("_place").drop("_place") if len(made) > 1 else made[0]
