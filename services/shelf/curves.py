"""Published age curves on the shelf: a rate table may name one that nobody has filed.

What lives here: which published curve is meant by a factor table `curve:NAME`, and the two sheets it is filed as, like
a table of the user's own. What does not: the figures (`services.curves`) and storing (`rates`).

NAME is `federal` or a state; states without a curve of their own share the table `curve:federal`. A table that is
filed under the very name, in the book or on the sheet, is the one that counts. A curve once filed is a table like any
other: loading the shelf again leaves it alone, and figures of one's own are a later version of it (GR-22).
"""

from collections.abc import Mapping

import polars as pl

from schemas.rules import ERROR
from services.book import Transaction
from services.curves.published import Curve, curve_cells
from services.refusals import Refusal
from services.shelf.judged import Judged
from services.shelf.price_columns import FACTOR, RATE_CELLS, RATE_TABLES
from services.shelf.sheet import Sheet
from services.shelf.sheets import ROW

PREFIX = "curve:"


def take_curves(tx: Transaction, judged: Judged) -> dict[str, Curve]:
    """The curves that the rows name and no table has, by the name each is to be filed under.

    Names in `factor_tables` are replaced by those; a row that names a curve there is not is refused.
    """
    given = {name.lower() for name in tx.frame("shelf.rate_tables")["rate_table"]}
    given |= set(judged.stated["rate_table_key"].drop_nulls())
    named = judged.rows["factor_tables"].explode(empty_as_null=False).drop_nulls().unique(maintain_order=True)
    spelled: dict[str, str] = {}
    curves: dict[str, Curve] = {}
    for name in named.filter(named.str.to_lowercase().str.starts_with(PREFIX)):
        if name.lower() in given:
            continue
        try:
            curve = curve_cells(name[len(PREFIX) :])
        except Refusal as refusal:
            _refuse(judged, name, refusal)
            continue
        spelled[name] = PREFIX + curve.name
        if spelled[name].lower() not in given:
            curves[spelled[name]] = curve
    if spelled:
        meant = pl.element().replace(spelled)
        judged.rows = judged.rows.with_columns(pl.col("factor_tables").list.eval(meant))
    return curves


def sheets_of(curves: Mapping[str, Curve]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of rate_tables and of rate_cells that file the curves, as text.

    A curve is in force from the first plan years it is published for.
    """
    tables = [
        {"rate_table": name, "method": FACTOR, "rate_unit": "factor", "axes": "age", "citation": curve.citation}
        for name, curve in curves.items()
    ]
    cells = [
        {"rate_table": name, "effective_from": curve.valid_from.isoformat(), "age": age, "rate": str(factor)}
        for name, curve in curves.items()
        for age, factor in curve.cells
    ]
    return _texts(RATE_TABLES, tables), _texts(RATE_CELLS, cells)


def _texts(sheet: Sheet, rows: list[dict[str, str]]) -> pl.DataFrame:
    """Rows as they are read from a file; columns not stated are blank."""
    texts = pl.DataFrame(rows, schema={column.name: pl.String for column in sheet.columns})
    return texts.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias(ROW)).select(ROW, pl.exclude(ROW))


def _refuse(judged: Judged, name: str, refusal: Refusal) -> None:
    """One issue for each row that names the curve, in the words of the refusal."""
    judged.note(
        judged.rows.filter(pl.col("factor_tables").list.contains(name)).select(
            ROW,
            severity=pl.lit(ERROR),
            code=pl.lit(refusal.code),
            column_name=pl.lit("factor_tables"),
            raw_value=pl.lit(name),
            message=pl.lit(refusal.says),
            hint=pl.lit(refusal.remedy),
        )
    )
