"""Records that state selections, read into columns: members with their plan cells, and fields of a selection.

What lives here: taking JSON records apart (in the database, whatever their number) and which fields of
GroupCensusMemberPlan callers may state. What does not: what a plan id means (`judge`), and storing (`store`).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from rating.codes import Evidence
from schemas.plans import MEMBER_PLAN
from services.book import Transaction
from services.written_days import days

ENROLLMENT_STATUSES = ("To Be Started", "Completed", "Failed")
"""Values of EnrollmentStatus."""

_OBJECT = "groupcensusmemberplan."
_WRITTEN = ["VARCHAR"]
_NUMBERS = ["VARCHAR", "BIGINT", "UBIGINT", "DOUBLE"]
_AMOUNT = r"^(\d{1,15})(?:\.(\d{1,2})0*)?$"


def cells_of(tx: Transaction, records: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """One row for each property that a record states: row, name (`plain`), kind (of JSON), text. A null or blank text
    states nothing."""
    body = orjson.dumps(records, option=orjson.OPT_NON_STR_KEYS).decode()
    cells = tx.frame("members.cells", {"body": body}).with_columns(
        pl.col("row").cast(pl.UInt32), pl.col("text").cast(pl.String).str.strip_chars()
    )
    name = pl.col("property").cast(pl.String).str.strip_chars().str.to_lowercase().str.strip_prefix(_OBJECT)
    stated = cells.with_columns(name=name).filter((pl.col("kind") != "NULL") & (pl.col("text").fill_null("") != ""))
    return stated.select("row", "name", "kind", "text").unique(["row", "name"], keep="first", maintain_order=True)


def plain(name: str) -> str:
    """A field name as names are compared: without case, and without the object it may be written with.

    >>> plain("GroupCensusMemberPlan.ElectedAmount")
    'electedamount'
    """
    return name.strip().lower().removeprefix(_OBJECT)


def texts_of(cells: pl.DataFrame, n: int, *names: str) -> pl.Series:
    """The text of the first of some properties that a record states, for each of `n` records; null where it has
    none."""
    rank = {name: at for at, name in enumerate(names)}
    found = cells.filter(pl.col("name").is_in(list(names))).with_columns(
        rank=pl.col("name").replace_strict(rank, default=0, return_dtype=pl.Int32)
    )
    # A list of ids is written as one: ["a","b"] says a;b.
    listed = pl.col("text").str.replace_all(r'[\[\]"\s]', "").str.replace_all(",", ";")
    text = pl.when(pl.col("kind") == "ARRAY").then(listed).otherwise("text")
    first = found.sort("row", "rank", maintain_order=True).unique("row", keep="first", maintain_order=True)
    at = pl.select(row=pl.int_range(n, dtype=pl.UInt32))
    return at.join(first.select("row", text=text), on="row", how="left", maintain_order="left")["text"]


def facts_of(cells: pl.DataFrame, n: int, named: Collection[str]) -> pl.DataFrame:
    """For each of `n` records the columns of `services.selections.store.STATED` that it states under one of the `named`
    properties (lower case), and `bad`: the Std text of the first value that is not good."""
    made = pl.select(row=pl.int_range(n, dtype=pl.UInt32)).with_columns(bad=pl.lit(None, pl.String))
    for column, (value, status) in _FIELDS.items():
        wire = MEMBER_PLAN.column(column).wire or column
        stated = cells.filter((pl.col("name") == wire.lower()) & pl.col("name").is_in(list(named)))
        if stated.is_empty():
            continue
        read = stated.select("row", value.alias(column), is_stated=pl.lit(True))
        made = made.join(read, on="row", how="left", maintain_order="left")
        is_bad = pl.col("is_stated") & pl.col(column).is_null()
        said = f"[{wire}]: {status} - {_label(wire)}: bad value"
        made = made.with_columns(bad=pl.coalesce("bad", pl.when(is_bad).then(pl.lit(said)))).drop("is_stated")
    return made.drop("row")


def _amount() -> pl.Expr:
    """Dollars as cents; null for what is no amount with two decimals."""
    text = pl.when(pl.col("kind").is_in(_NUMBERS)).then("text")
    part = text.str.extract(_AMOUNT, 2).fill_null("").str.pad_end(2, "0")
    return (pl.concat_str(text.str.extract(_AMOUNT, 1), part)).cast(pl.Int64, strict=False)


def _one_of(values: Sequence[str]) -> pl.Expr:
    spelled = {value.lower(): value for value in values}
    return pl.col("text").str.to_lowercase().replace_strict(spelled, default=None, return_dtype=pl.String)


_LONGEST = MEMBER_PLAN.column("name").longest or 255
_LISTED = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
_FIELDS: dict[str, tuple[pl.Expr, str]] = {
    "name": (
        pl.when(pl.col("kind").is_in(_WRITTEN) & (pl.col("text").str.len_chars() <= _LONGEST)).then("text"),
        "STRING_TOO_LONG",
    ),
    "enrollment_status": (_one_of(ENROLLMENT_STATUSES), _LISTED),
    "elected_amount_cents": (_amount(), "NUMBER_OUTSIDE_VALID_RANGE"),
    "evidence_status": (_one_of([status.name for status in Evidence]), _LISTED),
    "approved_amount_cents": (_amount(), "NUMBER_OUTSIDE_VALID_RANGE"),
    "approved_from": (days(pl.col("text")), "INVALID_DATE"),
}


def _label(wire: str) -> str:
    """The field's name in words.

    >>> _label("EnrollmentStatus")
    'Enrollment Status'
    """
    return "".join(f" {letter}" if letter.isupper() and at else letter for at, letter in enumerate(wire))
