"""Workbooks: every cell as text, every row with its number in the sheet.

What lives here: opening a workbook, choosing the sheet by heading score, and all its sheets. What does not: the meaning
of rows.
"""

import io
import re
import zipfile
import zlib
from contextlib import suppress

import fastexcel
import numpy as np
import numpy.typing as npt
import polars as pl

from services.intake import headings
from services.intake.faults import Unreadable

MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What the bytes of a workbook begin with."""
MAX_UNPACKED = 100_000_000
"""Bytes that any workbook may unpack to; a larger one at most `_MAX_RATIO` times its own size."""
_MAX_RATIO = 100
MAX_CELLS = 20_000_000
"""Cells between the first and the last one of a sheet, filled or not: the reader makes room for all of them."""
MAX_TEXT = 500_000_000
"""Bytes of the text of all cells of a sheet. Cells may share a text, which the reader writes out for each of them."""
_SHARED = "sharedstrings.xml"
_CELL = rb"<(?:\w+:)?c\b"
_POINTS = re.compile(rb"""\bt=["']s["'][^<>]*>(?:(?!%s)[\s\S]){0,300}?<(?:\w+:)?v>\s*([0-9]{1,9})\s*<""" % _CELL)
"""The number of the shared text that a cell points at."""
_TAG = re.compile(rb"<[^>]*>")
_FILLED = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*(?<!/)>""")
"""The reference of a cell that is not just a format."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What the reading of archives raises where they are damaged, encrypted, or packed in a way that it does not know."""
_CHUNK, _LONGEST_TAG = 1 << 20, 500
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


def check_unpacked(data: bytes) -> None:
    """Refuses a workbook whose archive says that it unpacks to far more than it holds, or one of whose sheets reaches
    too far, before a sheet is read: the reader ends the whole process where there is no room for a sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            limit = max(MAX_UNPACKED, _MAX_RATIO * len(data))
            if size > limit:
                raise Unreadable("workbook_unpacks_too_large", n=size, limit=limit)
            most = 0
            for part in archive.infolist():
                with suppress(*_BROKEN):  # one part that cannot be read vouches for no other
                    n_cells, n_filled, last = _reach(archive, part)
                    if n_cells > MAX_CELLS:
                        raise Unreadable("sheet_too_large", n=f"{n_cells:,}", last=last, limit=f"{MAX_CELLS:,}")
                    most = max(most, n_filled)
            _check_text(archive, most)
    except _BROKEN:
        return  # An old .xls, or nothing that can be read: the reader of workbooks says so.


def _check_text(archive: zipfile.ZipFile, n_cells: int) -> None:
    """Refuses a workbook of which one sheet's cells point at more shared text than there is room for. `n_cells` are the
    filled cells of its fullest sheet: where even the longest text in all of them is little, no cell is looked at."""
    shared = next((part for part in archive.infolist() if part.filename.lower().endswith(_SHARED)), None)
    if shared is None or shared.file_size * n_cells <= MAX_TEXT:
        return
    texts = archive.read(shared).split(b"</si>")
    if max(map(len, texts)) * n_cells <= MAX_TEXT:
        return
    lengths = np.array([len(_TAG.sub(b"", text)) for text in texts], np.int64)
    for part in archive.infolist():
        if part is not shared:
            with suppress(*_BROKEN):
                size = _pointed_at(archive, part, lengths)
                if size > MAX_TEXT:
                    raise Unreadable("sheet_text_too_large", n=f"{size:,}", limit=f"{MAX_TEXT:,}")


def _pointed_at(archive: zipfile.ZipFile, part: zipfile.ZipInfo, lengths: npt.NDArray[np.int64]) -> int:
    """Bytes of the shared texts that the cells of one part point at."""
    size, tail, is_done = 0, b"", False
    with archive.open(part) as stream:
        while not is_done:
            chunk = stream.read(_CHUNK)
            is_done = not chunk
            text = tail + chunk
            end = len(text) if is_done else max(text.rfind(b"<c"), text.rfind(b":c"), 0)  # the last cell may be cut off
            at = np.array(_POINTS.findall(text[:end]), dtype="S9").astype(np.int64)
            size += int(lengths[at[at < len(lengths)]].sum())
            tail = text[end:][-_CHUNK:]
    return size


def _reach(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int, str]:
    """The cells of the rectangle from A1 that holds all filled cells of one part, those that are filled, and the last
    one. Cells without a reference follow each other, and are counted."""
    column, row, counted, tail = b"A", 1, 0, b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            found = _FILLED.findall(tail + chunk)
            if found:
                columns, rows = zip(*found, strict=True)
                column = max(column, *set(columns), key=_letters)
                row = max(row, *map(int, rows))
            counted += chunk.count(b"<v") + chunk.count(b"<is")
            tail = chunk[-_LONGEST_TAG:]
    width = 0
    for letter in column:
        width = width * 26 + letter - ord("A") + 1
    return max(width * row, counted), counted, f"{column.decode()}{row}"


def _letters(column: bytes) -> tuple[int, bytes]:
    """Columns in their order: Z before AA."""
    return len(column), column


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
