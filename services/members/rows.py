"""Records of a request as columns: one typed frame, what was cleared, and what could not be read.

What lives here: reading lists of JSON records, in the Connect spelling, in the object's, or under the headers of a Std
service. What does not: any rule on a member (`judge`).

Records are taken apart in the database, as one row per stated property with the kind of its value, so an absent
property, an explicit null and a value of the wrong kind stay three things however many records there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
import polars as pl

from services.book import Transaction
from services.members.fields import ADDITIONAL, FIELDS, NAMES, PROPERTIES, Kind, Spelling
from services.one_go import collected
from services.written_days import days

FAULTS = pl.Schema({"row": pl.UInt32, "code": pl.String, "message": pl.String, "column": pl.String})
"""Columns of the faults of reading. `column` is the working column blamed, or the caller's own word for no column."""

_CELLS = pl.Schema({"row": pl.UInt32, "property": pl.String, "kind": pl.String, "text": pl.String})
_NO_FAULTS, _NO_CELLS = FAULTS.to_frame(), _CELLS.to_frame()
_INTEGERS = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT")
_NUMBERS = (*_INTEGERS, "DOUBLE")
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pl.String,
    Kind.DATE: pl.Date,
    Kind.NUMBER: pl.Float64,
    Kind.MONEY: pl.Int64,
    Kind.WHOLE: pl.Int32,
    Kind.FLAG: pl.Boolean,
}
IGNORED = frozenset({"attributes", "memberrefid", "information", "censusmgmtuploadmemerror"})
"""Names that records of the actions carry beside their fields."""


@dataclass(frozen=True)
class Rows:
    """The records of a request, in their order."""

    values: pl.DataFrame
    """`row` (from 0) and a typed column for each field that a record states; null where it is absent or cleared.
    Names asked for with `also` are text columns under that name."""
    cleared: pl.DataFrame
    """row, column: fields stated as null, or as blank text."""
    faults: pl.DataFrame
    """What could not be read, in the columns of `FAULTS`; each refuses its row."""
    spelling: Spelling

    @property
    def height(self) -> int:
        """How many records."""
        return self.values.height

    def column(self, name: str) -> pl.Series:
        """A working column; nulls where no record states it."""
        if name in self.values.columns:
            return self.values[name]
        dtype = _TYPES[FIELDS[name].kind] if name in FIELDS else pl.String
        return pl.Series(name, [None], dtype=dtype).new_from_index(0, self.height)

    def stated(self, name: str) -> pl.Expr:
        """A working column of `values`; nulls where no record states it."""
        return pl.col(name) if name in self.values.columns else _unstated(name)

    def with_values(self, values: pl.DataFrame) -> "Rows":
        """The same rows with other values: what a step of a flow made of them."""
        return Rows(values, self.cleared, self.faults, self.spelling)


@cache
def _unstated(name: str) -> pl.Expr:
    return pl.lit(None, _TYPES[FIELDS[name].kind] if name in FIELDS else pl.String).alias(name)


def of_connect(tx: Transaction, members: Sequence[Mapping[str, Any]]) -> Rows:
    """Members of a Connect request; types must be those of the published properties.

    `additionalFields` state fields that have no property (CV-4). A property that is not published is a fault.
    """
    cells = _cells(tx, members)
    is_more = cells["property"].str.to_lowercase() == "additionalfields"
    if not is_more.any():
        return _read(_named(cells, PROPERTIES), len(members), Spelling.CONNECT, is_lenient=False)
    plain = _named(cells.filter(~is_more), PROPERTIES)
    further, broken = _additional(tx, cells.filter(is_more))
    every = pl.concat([plain, further])
    return _read(every, len(members), Spelling.CONNECT, is_lenient=False, faults=broken)


def of_records(tx: Transaction, records: Sequence[Mapping[str, Any]], *, also: Collection[str] = ()) -> Rows:
    """Records under the field names of the object; numbers and flags may be written as text.

    `also` names further properties to keep as text, under the name given.
    """
    known = {**NAMES, **{name.lower(): name for name in also}}
    cells = _cells(tx, records)
    cells = cells.filter(~pl.col("property").str.to_lowercase().is_in(list(IGNORED - set(known))))
    return _read(_named(cells, known), len(records), Spelling.RECORD, is_lenient=True)


def of_std(
    tx: Transaction,
    headers: Sequence[Mapping[str, Any]],
    members: Sequence[Mapping[str, Any]],
    *,
    also: Collection[str] = (),
) -> Rows:
    """Members of a Std service: a field counts only where `headers` names it, MemberKey and Id always (CM-40)."""
    said = {str(header.get("name") or "").strip().lower() for header in headers} | {"memberkey", "id"}
    known = {**NAMES, **{name.lower(): name for name in also}}
    cells = _cells(tx, members)
    cells = cells.filter(pl.col("property").str.to_lowercase().is_in(sorted(said)))
    return _read(_named(cells, known), len(members), Spelling.RECORD, is_lenient=True)


def _cells(tx: Transaction, records: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """One row per property of each record: row, property, kind (of JSON), text."""
    body = orjson.dumps(records, option=orjson.OPT_NON_STR_KEYS).decode()
    cells = tx.frame("members.cells", {"body": body}, near=len(records))
    return cells.select(pl.col(name).cast(dtype) for name, dtype in _CELLS.items())


def _named(cells: pl.DataFrame, known: Mapping[str, str]) -> pl.DataFrame:
    """The cells with `column`, null for a name that is not known; the first of two spellings in a record counts."""
    column = pl.col("property").str.strip_chars().str.to_lowercase().replace_strict(known, default=None)
    named = cells.lazy().with_columns(column=column.cast(pl.String))
    is_first = pl.col("column").is_null() | pl.struct("row", "column").is_first_distinct()
    return collected(named.filter(is_first))


def _additional(tx: Transaction, lists: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells that `additionalFields` state, and a fault for each list or entry that is none."""
    named = _named(_NO_CELLS, ADDITIONAL)
    lists = lists.filter(pl.col("kind") != "NULL")
    if lists.is_empty():
        return named, _NO_FAULTS
    with tx.lend(members_additional=lists.filter(pl.col("kind").is_in(["ARRAY", "OBJECT"]))):
        entries = tx.frame("members.additional_fields")
    good = pl.col("property").is_not_null()
    broken = [
        lists.filter(~pl.col("kind").is_in(["ARRAY", "OBJECT"])).select("row"),
        entries.filter(~good).select("row"),
    ]
    told = _fault(pl.concat([part.cast(pl.UInt32) for part in broken]), "wrong_type", "additionalFields")
    cells = entries.filter(good).select(pl.col(name).cast(dtype) for name, dtype in _CELLS.items())
    return pl.concat([named, _named(cells, ADDITIONAL)]), told


def _fault(where: pl.DataFrame, code: str, column: str | None = None) -> pl.DataFrame:
    """A fault for each row of `where`, about a column or about the one that `where` names."""
    blamed = pl.lit(column, pl.String) if column else pl.col("column")
    made = where.with_columns(code=pl.lit(code), message=pl.lit(None, pl.String), column=blamed)
    return made.select(pl.col(name).cast(dtype) for name, dtype in FAULTS.items())


def _read(
    cells: pl.DataFrame, n: int, spelling: Spelling, *, is_lenient: bool, faults: pl.DataFrame | None = None
) -> Rows:
    """Cells become typed columns; whatever cannot be read is told and left null."""
    told = [] if faults is None else [faults]
    if cells["column"].null_count():
        unknown = cells.filter(pl.col("column").is_null())
        told.append(_fault(unknown.with_columns(column="property"), "unknown_field"))
        cells = cells.filter(pl.col("column").is_not_null())
    is_blank = (pl.col("kind") == "NULL") | ((pl.col("kind") == "VARCHAR") & (pl.col("text").str.strip_chars() == ""))
    cells = cells.with_columns(is_blank=is_blank, text=pl.col("text").str.strip_chars())
    cleared = (cells.filter("is_blank") if cells["is_blank"].any() else cells.clear()).select("row", "column")
    stated = cells.lazy().filter(~pl.col("is_blank"))
    values = pl.LazyFrame({"row": pl.int_range(n, dtype=pl.UInt32, eager=True)})
    for column in cells["column"].unique(maintain_order=True):
        field = FIELDS.get(column)
        kind = field.kind if field else Kind.TEXT
        typed = collected(stated.filter(pl.col("column") == column).with_columns(value=_value(kind, is_lenient)))
        if typed["value"].null_count():
            bad = typed.filter(pl.col("value").is_null())
            told.append(_fault(bad, "not_a_date" if kind is Kind.DATE else "wrong_type"))
        part = pl.LazyFrame({"row": typed["row"], column: typed["value"]})
        values = values.join(part, on="row", how="left", maintain_order="left")
    return Rows(collected(values), cleared, pl.concat([_NO_FAULTS, *told]) if told else _NO_FAULTS, spelling)


def _value(kind: Kind, is_lenient: bool) -> pl.Expr:
    """The value of cells of one kind, null where it cannot be read. Lenient: numbers and flags as text, and back."""
    text, of = pl.col("text"), pl.col("kind")
    written = of.is_in(["VARCHAR"])
    if kind is Kind.TEXT:
        return pl.when(of.is_in(["VARCHAR", *_INTEGERS] if is_lenient else ["VARCHAR"])).then(text)
    if kind is Kind.DATE:
        return pl.when(written).then(days(text))
    if kind is Kind.FLAG:
        word = text.str.to_lowercase()
        is_flag = (of == "BOOLEAN") | (written & word.is_in(["true", "false"]) if is_lenient else pl.lit(False))
        return pl.when(is_flag).then(word == "true")
    is_number = of.is_in([*_NUMBERS, "VARCHAR"] if is_lenient else _NUMBERS)
    number = pl.when(is_number & text.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)$")).then(text)
    if kind is Kind.MONEY:
        return _cents(number)
    if kind is Kind.WHOLE:
        return number.str.replace(r"\.0*$", "").cast(pl.Int32, strict=False)
    return number.cast(pl.Float64, strict=False)


def _cents(dollars: pl.Expr) -> pl.Expr:
    """Dollars written with any number of decimals as whole cents, half up; null beyond 16 digits of dollars."""
    whole = dollars.str.extract(r"^[+-]?0*(\d{0,16})(?:\.\d*)?$", 1)
    part = dollars.str.extract(r"\.(\d*)$", 1).fill_null("")
    cents = pl.concat_str(part, pl.lit("000")).str.slice(0, 3).cast(pl.Int64)
    size = pl.concat_str(pl.lit("0"), whole).cast(pl.Int64, strict=False) * 100 + (cents + 5) // 10
    return pl.when(dollars.str.starts_with("-")).then(-size).otherwise(size)
