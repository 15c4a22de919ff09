"""Texts of a sheet become typed columns; what cannot be read becomes null beside its text.

What lives here: how each kind of column is read. What does not: whether the result is good (`schemas.shelf_rules`
says so, comparing text and value).
"""

import polars as pl

from schemas.shelf_rules import CENTS, TEXT_SUFFIX
from services.one_go import collected
from services.shelf.sheet import Sheet, SheetColumn
from services.shelf.sheets import ROW

_PLAIN_NUMBER = r"^\$?\s*(-?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?)$"
_YES, _NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


def typed(sheet: Sheet, texts: pl.DataFrame) -> pl.DataFrame:
    """The rows with every column twice: `<name>_text` as written and `<name>` as read, and `<name>_key` for texts.

    A key is the text as it is compared: without regard to case.
    """
    as_written = texts.lazy().rename({c.name: c.name + TEXT_SUFFIX for c in sheet.columns})
    read = as_written.with_columns(_read(column).alias(column.name) for column in sheet.columns)
    keys = [folded(c.name).alias(f"{c.name}_key") for c in sheet.columns if c.kind == "text"]
    return collected(read.with_columns(keys).select(ROW, pl.exclude(ROW)))


def folded(column: str) -> pl.Expr:
    """A name or number as it is compared with others."""
    return pl.col(column).str.strip_chars().str.to_lowercase()


def _read(column: SheetColumn) -> pl.Expr:
    text = pl.col(column.name + TEXT_SUFFIX)
    match column.kind:
        case "choice":
            meant = {value.lower(): value for value in column.values}
            return text.str.to_lowercase().replace_strict(meant, default=None, return_dtype=pl.String)
        case "date":
            return _in_calendar(text.str.replace(r"[ T]00:00:00(\.0+)?$", "").str.to_date("%Y-%m-%d", strict=False))
        case "instant":
            return _instant(text)
        case "dollars":
            return (_number(text) * CENTS).cast(pl.Int64, strict=False)
        case "decimal":
            return _number(text)
        case "whole":
            return text.str.replace(r"\.0+$", "").cast(pl.Int32, strict=False)
        case "flag":
            meant = {word: word in _YES for word in (*_YES, *_NO)}
            return text.str.to_lowercase().replace_strict(meant, default=None, return_dtype=pl.Boolean)
        case "list":
            written = text.str.to_lowercase() if column.values else text
            return written.fill_null("").str.split(";").list.eval(_part(pl.element()))
        case _:
            return text


def _number(text: pl.Expr) -> pl.Expr:
    """A decimal number, exact to six places; a dollar sign and commas between thousands are allowed."""
    return text.str.extract(_PLAIN_NUMBER, 1).str.replace_all(",", "").cast(pl.Decimal(24, 6), strict=False)


def _instant(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace("T", " ", literal=True).str.replace(r"Z$|\+00:00$", "").str.replace(r"\.0+$", "")
    whole = pl.when(plain.str.len_chars() == 10).then(plain + pl.lit(" 00:00:00")).otherwise(plain)
    return _in_calendar(whole.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False))


def _in_calendar(day: pl.Expr) -> pl.Expr:
    """Days of the years 1 to 9999. A book takes others (year 0), and no reader could read the row again."""
    return pl.when(day.dt.year().is_between(1, 9999)).then(day)


def _part(part: pl.Expr) -> pl.Expr:
    return part.str.strip_chars().filter(part.str.strip_chars() != "")
