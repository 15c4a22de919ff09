"""Rows of a file that are nobody: blank rows, titles, legends and printed labels, totals.

What lives here: why a row is skipped. What does not: rows that are refused (`services.census_load`).
"""

import polars as pl

from services.intake.headings import known_names, normal

BLANK, TOTAL, LEGEND, TITLE = "blank_row", "total_row", "legend_row", "title_row"
OTHER_PLAN = "same_person_other_plan"

_TOTAL = (
    r"(?i)^\s*((grand|sub|report|overall|company|group|census)[\s-]*)?totals?\b"
    r"|(?i)^\s*(row |record |employee |member |head)?counts?\s*[:=]?\s*[0-9]*$|(?i)^\s*(sum|average)\s*[:=]?\s*$"
    r"|(?i)^\s*(number|no\.?|#) of (rows|records|employees|members|people|lives|persons)"
    r"|(?i)^\s*\**\s*end of (file|report|census|data)"
)
_LABEL = r"(?i)\S\s*:\s*$|^\s*(printed|prepared|generated|exported|created|run date|report date)\b.*[0-9]"
"""A first cell such as `Average age:`, the label of a figure beside it, or a footer such as `Printed 11/01/2025`."""
_PAGE = r"(?i)^\s*page:?\s*[0-9]+(\s*(of|/)\s*[0-9]+)?\s*$"
_SPLIT_TOTAL = r"(?i)^\s*(grand|sub|report|overall|company|group|census)\s+totals?\s*:?\s*$"
_FORMAT_WORDS = [
    "required",
    "optional",
    "text",
    "date",
    "number",
    "mm/dd/yyyy",
    "yyyy-mm-dd",
    "mm-dd-yyyy",
    "mm/dd/yy",
    "yyyymmdd",
    "mmddyyyy",
    "m/f",
    "y/n",
    "yes/no",
    "m/d/yyyy",
    "dd-mmm-yyyy",
    "alphanumeric",
    "numeric",
    "string",
    "varchar",
    "xxx-xx-xxxx",
    "999-99-9999",
]
_LEGEND_CELL = r"(?i)^\s*(\*|note\b|legend\b|codes?\b|key\s*:|.{1,60}?\s=\s\S)|.+\w\s*[=:]\s*.+[,;]\s*\w+\s*[=:]"


def skip_reasons(people: pl.DataFrame, cells: pl.DataFrame) -> pl.Series:
    """Why each row is nobody, null for people. `people` are rows of person_no 0, `cells` their first cells:
    first_cell, n_filled, and is_title (rows above the heading), in the same order."""
    names = [name for name in ("first_name", "last_name", "full_name") if name in people.columns]
    facts = [n for n in ("birth_date", "relationship", "association", "ssn", "gender") if n in people.columns]
    named = pl.all_horizontal(pl.col(n).is_not_null() for n in names) if names else pl.lit(False)
    told = pl.any_horizontal(pl.col(n).is_not_null() for n in facts) if facts else pl.lit(False)
    labelled = pl.col("first_cell").str.contains(_LABEL).fill_null(False) & ~named & ~told
    # The title of each page of a printed report (`Harbor Light Bakery` | `Page 2`).
    for name in names:
        labelled = labelled | (pl.col(name).str.contains(_PAGE).fill_null(False) & ~told)
    totals = (pl.col("first_cell").str.contains(_TOTAL) & ~(named & told)) | labelled
    if {"first_name", "last_name"} <= set(names):  # `Grand` | `Total`
        line = pl.concat_str("first_name", "last_name", separator=" ")
        totals = totals | (line.str.contains(_SPLIT_TOTAL).fill_null(False) & ~told)
    legend = (pl.col("n_filled") == 1) & pl.col("first_cell").str.contains(_LEGEND_CELL)
    reason = (
        pl.when("is_title")
        .then(pl.lit(TITLE))
        .when(pl.col("n_filled") == 0)
        .then(pl.lit(BLANK))
        .when(totals)
        .then(pl.lit(TOTAL))
        .when(legend | _labels(people) | _formats(people))
        .then(pl.lit(LEGEND))
    )
    return people.hstack(cells).select(reason.alias("skip_reason")).to_series()


def _labels(people: pl.DataFrame) -> pl.Expr:
    """Rows that repeat the headings (printed labels below the heading, a heading printed again on each page)."""
    hits: list[pl.Expr] = []
    for field in people.columns:
        spellings = _spellings(field)
        if spellings:
            plain = (
                pl.col(field).str.to_lowercase().str.replace_all(r"[\r\n(\[{].*$", "").str.replace_all(r"[\W_]+", "")
            )
            # Only cells that start like a heading are worth the full comparison.
            hits.append(plain.is_in(spellings).fill_null(False).cast(pl.UInt8))
    if len(hits) < 2:
        return pl.lit(False)
    return pl.sum_horizontal(hits[:4]) >= 2


def _spellings(field: str) -> list[str]:
    if field not in {
        "first_name",
        "last_name",
        "full_name",
        "birth_date",
        "relationship",
        "association",
        "gender",
        "ssn",
    }:
        return []
    plain = {name for name, meaning in known_names().items() if meaning.field == field}
    return sorted(plain | {normal(f"{word} {name}") for word in ("employee", "member", "ee") for name in plain})


def _formats(people: pl.DataFrame) -> pl.Expr:
    """Rows that state the format of each column (Text, MM/DD/YYYY, M/F, Required ...)."""
    fields = [
        n for n in ("first_name", "last_name", "birth_date", "gender", "relationship", "ssn") if n in people.columns
    ]
    if len(fields) < 2:
        return pl.lit(False)
    return (
        pl.sum_horizontal(
            pl.col(n).str.to_lowercase().is_in(_FORMAT_WORDS).fill_null(False).cast(pl.UInt8) for n in fields
        )
        >= 2
    )
