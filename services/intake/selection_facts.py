"""What files state of a choice beside its plan and amount: evidence of insurability, and since when it is held.

What lives here: reading the cells of columns such as `Life EOI Status`. What does not: their headings (aliases.py),
plan cells and amounts (elections.py), and which selection a fact belongs to (services.census_load).
"""

import polars as pl

from services.intake import numbers, values
from services.intake.dates import read_dates
from services.intake.elections import fault
from services.intake.found import Found

COLUMNS = {
    "evidence": "evidence_status",
    "approved_amount": "approved_amount_cents",
    "approved_from": "approved_from",
    "late_entrant": "is_late_entrant",
    "held_since": "original_effective_date",
}
"""The field of a heading -> the column of a selection."""

SCHEMA = {
    "person": pl.UInt32(),
    "line_number": pl.Int32(),
    "product_type": pl.String(),
    "column_name": pl.String(),
    "evidence_status": pl.String(),
    "approved_amount_cents": pl.Int64(),
    "approved_from": pl.Date(),
    "is_late_entrant": pl.Boolean(),
    "original_effective_date": pl.Date(),
}
_LATEST = 10
"""A two-digit year lies at most ten years ahead of the effective date."""


def nothing() -> pl.DataFrame:
    """The frame of files that state no such fact."""
    return pl.DataFrame(schema=SCHEMA)


def facts_of(placed: pl.DataFrame, people: pl.DataFrame, found: Found) -> pl.DataFrame:
    """One row per filled cell, with its value in the one column that it is about (`SCHEMA`)."""
    stated = placed.filter(pl.col("field").is_in(list(COLUMNS)) & ~pl.col("word").is_in([*values.NOTHING, "none"]))
    if stated.is_empty():
        return nothing()
    years = people.select("person", year=pl.col("effective_date").dt.year().cast(pl.Int64) + _LATEST)
    stated = stated.join(years, on="person", how="left", maintain_order="left")
    frames = [_read(str(name), part, found) for (name,), part in stated.group_by("field", maintain_order=True)]
    whole = pl.concat(frames, how="diagonal")
    missing = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in whole.columns]
    return whole.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _read(field: str, stated: pl.DataFrame, found: Found) -> pl.DataFrame:
    """The cells of one field, typed; cells that cannot be read are faults."""
    cells = stated["cell"]
    if field == "approved_amount":
        e4, bad = numbers.money_e4(cells)
        value = numbers.cents(e4)
        fault(stated.filter(bad), "not_money", found)
    elif field in ("approved_from", "held_since"):
        read = read_dates(cells, stated["file_no"].to_numpy(), stated["year"].to_numpy())
        value = read.dates.set(read.stands_in, None)
        for code in ("not_a_date", "ambiguous_date"):
            fault(stated.filter(read.codes == code), code, found)
        fault(stated.filter(read.stands_in), "date_stands_in", found)
    elif field == "late_entrant":
        answer = values.plain(cells).replace_strict(values.YES_NO, default=None, return_dtype=pl.String)
        value = answer == "yes"
        fault(stated.filter(answer.is_null()), "not_a_yes_no", found)
    else:
        value, bad = values.look_up(field, cells)
        fault(stated.filter(bad), values.UNKNOWN[field], found)
    kept = stated.select("person", "line_number", "product_type", "column_name").with_columns(
        value.alias(COLUMNS[field])
    )
    return kept.drop_nulls(COLUMNS[field])
