"""Workbooks: every cell as text, every row with its number in the sheet.

What lives here: opening a workbook, choosing the sheet by heading score, and all its sheets. What does not: the meaning
of rows.
"""

import re

import fastexcel
import polars as pl

from services.intake import headings
from services.intake.faults import Unreadable
from services.intake.workbook_size import check_unpacked

MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What the bytes of a workbook begin with."""
_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
"""Errors of formulas, by the reader's name, as a workbook shows them."""
FAILED = tuple(_ERRORS.values())


def all_sheets(data: bytes) -> list[pl.DataFrame]:
    """Every sheet of a workbook, as `best_sheet` gives one."""
    check_unpacked(data)
    try:
        book = fastexcel.read_excel(data)
        names = list(book.sheet_names)
    except BaseException as broken:  # noqa: BLE001 - the reader panics outside Exception
        raise _as_fault(broken) from None
    return [_sheet(book, name) for name in names]


def best_sheet(data: bytes, wanted: str | None, mapped: frozenset[str]) -> tuple[str, pl.DataFrame, list[str]]:
    """The named sheet, or the one whose first rows hold the best heading; row 1 of the sheet is row 0 of the frame.
    Unless it was named, also the other sheets that have people beyond doubt."""
    check_unpacked(data)
    try:
        book = fastexcel.read_excel(data)
        names = list(book.sheet_names)
    except BaseException as broken:  # noqa: BLE001 - the reader panics outside Exception
        raise _as_fault(broken) from None
    if wanted is not None:
        found = next((name for name in names if name.strip().lower() == wanted.strip().lower()), None)
        if found is None:
            raise Unreadable("sheet_not_found", sheet=wanted, sheets=", ".join(names[:20]))
        return found, _sheet(book, found), []
    with_people: list[str] = []
    best: tuple[float, str, pl.DataFrame] | None = None
    for name in names:
        sheet = _sheet(book, name)
        head = [[cell or "" for cell in row] for row in sheet.head(headings.LOOKED_AT).rows()]
        position, score, is_sure = headings.best_row(head, mapped)
        if is_sure and sheet.height > position + 1:
            with_people.append(name)
        if best is None or score > best[0]:
            best = (score, name, sheet)
    if best is None or (all(not sheet.height for sheet in (best[2],)) and best[0] == 0.0):
        raise Unreadable("file_empty")
    return best[1], best[2], [name for name in with_people if name != best[1]]


def _sheet(book: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    """All cells of a sheet as text. `skip_rows=0` keeps empty first rows, so that row numbers are the sheet's own."""
    try:
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        return text_of(sheet)
    except BaseException as broken:  # noqa: BLE001 - the reader panics outside Exception
        if "empty" in str(broken).lower():
            return pl.DataFrame()
        raise _as_fault(broken) from None


def text_of(sheet: fastexcel.ExcelSheet) -> pl.DataFrame:
    """The cells of a sheet that was loaded as text, with those of formulas that failed: the reader leaves them empty,
    but an empty cell means something (CV-7). A row of nothing else is a formula drawn down too far, and stays blank."""
    frame = sheet.to_polars()
    found = sheet.to_arrow_with_errors()[1] if frame.height else None
    if not found:
        return frame
    is_filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    by_column: dict[int, dict[int, str]] = {}
    for error in found.errors:
        row, column = error.position
        if not is_filled[row]:
            continue
        kind = re.search(r"Error\((\w+)\)", error.detail)
        by_column.setdefault(column, {})[row] = _ERRORS.get(kind[1] if kind else "", "#ERROR!")
    return frame.with_columns(
        frame.to_series(column).scatter(list(texts), list(texts.values())) for column, texts in by_column.items()
    )


def _as_fault(broken: BaseException) -> BaseException:
    """The library's errors, and its panics (which are no Exceptions), are one fault; a stop by the user is not."""
    if isinstance(broken, KeyboardInterrupt | SystemExit | MemoryError):
        return broken
    return Unreadable("unreadable_workbook")
