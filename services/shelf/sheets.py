"""Reading the sheets: a folder of CSV files or one workbook becomes columns of text.

What lives here: finding the sheets, matching headings, row numbers as a spreadsheet counts them, and the issues
of whole sheets. What does not: the meaning of a cell (`parse`) and of a row (`load`).

Sheet names and headings match whatever their case and spacing. A sheet that cannot be used whole (not
readable, a required column missing, a heading twice) is left out with an error; its rows count as refused.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from schemas.operations import SHELF_ISSUE
from services.intake.encodings import to_utf8
from services.intake.faults import Unreadable
from services.intake.workbook_size import check_unpacked
from services.intake.workbooks import text_of
from services.one_go import collected
from services.refusals import Malformed, NotFound
from services.shelf.columns import NOT_SHEETS, SHEETS
from services.shelf.sheet import Sheet

ISSUES = pl.Schema({c.name: pl.Int32 if c.name == "row_number" else pl.String for c in SHELF_ISSUE.columns[1:]})
"""Columns of the issues of a shelf, without the id of the load."""

ROW = "row_number"
_SEPARATORS = (",", ";", "\t", "|")
_MOST_COLUMNS = 1_000
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Sheets:
    """What was read: per sheet its rows as text with `row_number`, and the issues of whole sheets and headings."""

    source_name: str
    sha256: str
    frames: dict[str, pl.DataFrame]
    issues: pl.DataFrame
    n_unusable: int
    """Rows of sheets that could not be used."""

    @property
    def n_rows(self) -> int:
        """Rows that are not blank, those of unusable sheets included."""
        return self.n_unusable + sum(frame.height for frame in self.frames.values())


@dataclass(frozen=True)
class _Raw:
    """One file or sheet before its headings are matched: all rows as text, the first row of the file first."""

    name: str
    cells: pl.DataFrame
    fault: str | None = None
    remedy: str = ""


def read_shelf(path: Path) -> Sheets:
    """The sheets at `path`: a folder of `<sheet>.csv`, or one .xlsx workbook.

    Raises NotFound when there is nothing there, Malformed when it holds no sheet of the shelf or is no workbook.
    """
    if not path.exists():
        raise NotFound("shelf_missing", str(path), f"There is no folder or workbook {path}.", _HOW)
    digest = hashlib.sha256()
    found = list(_folder(path, digest) if path.is_dir() else _workbook(path, digest))
    frames: dict[str, pl.DataFrame] = {}
    issues: list[pl.DataFrame] = [ISSUES.to_frame()]
    unusable = 0
    seen: set[str] = set()
    for raw in found:
        name = _folded(raw.name)
        if name in NOT_SHEETS:
            continue
        if name not in SHEETS:
            says, hint = "No sheet of the shelf has this name; it was passed over.", f"Sheets: {', '.join(SHEETS)}."
            issues.append(_issues([_issue(raw.name, "sheet_unknown", "warning", says, hint)]))
            continue
        if name in seen:
            says = "There are two sheets of this name; the first counts."
            issues.append(_issues([_issue(name, "sheet_repeated", "error", says, "Keep one of them.")]))
            continue
        seen.add(name)
        frame, said, lost = _matched(SHEETS[name], raw)
        issues.append(said)
        unusable += lost
        if frame is not None:
            frames[name] = frame
    if not seen:
        raise Malformed("shelf_no_sheets", str(path), f"{path} holds no sheet of the shelf.", _HOW)
    ordered = {name: frames[name] for name in SHEETS if name in frames}
    return Sheets(str(path), digest.hexdigest(), ordered, pl.concat(issues), unusable)


_HOW = "`benefits template` writes a set of sheets to begin with: accounts, classes, plans, rates and so on."


def _folder(path: Path, digest: "hashlib._Hash") -> Iterator[_Raw]:
    for file in sorted(path.iterdir()):
        if file.suffix.lower() != ".csv" or not file.is_file() or file.name.startswith("."):
            continue
        data = _bytes_of(file)
        digest.update(f"{file.name}:{len(data)};".encode())
        digest.update(data)
        yield _csv(file.stem, data) if _folded(file.stem) in SHEETS else _Raw(file.stem, pl.DataFrame())


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise Malformed(
            "shelf_unreadable", str(file), f"{file} cannot be opened: {fault.strerror}.", "Check that you may read it."
        ) from fault


def _workbook(path: Path, digest: "hashlib._Hash") -> Iterator[_Raw]:
    data = _bytes_of(path)
    digest.update(data)
    try:
        if not data.startswith(_WORKBOOK_MARKS):
            raise ValueError("not a workbook")
        check_unpacked(data)
        book = fastexcel.read_excel(data)
        for name in book.sheet_names:
            known = _folded(name) in SHEETS
            cells = (
                text_of(book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"))
                if known
                else pl.DataFrame()
            )
            yield _Raw(name, cells)
    except Unreadable as fault:
        raise Malformed("shelf_unreadable", str(path), f"{path}: {fault.says}", fault.remedy) from fault
    except (fastexcel.FastExcelError, ValueError, OSError) as fault:
        raise Malformed(
            "shelf_unreadable",
            str(path),
            f"{path} is not a workbook that can be read.",
            "Save it as .xlsx without a password, or as a folder of CSV files.",
        ) from fault


def _csv(name: str, data: bytes) -> _Raw:
    """The rows of a CSV file; one spare column shows rows with too many cells."""
    try:
        body = to_utf8(data).body
    except Unreadable as fault:
        return _Raw(name, pl.DataFrame(), fault.says, fault.remedy)
    head = body[:100_000].split(b"\n", 1)[0]
    separator = max(_SEPARATORS, key=lambda mark: head.count(mark.encode()))
    width = head.count(separator.encode()) + 1
    if not body.strip():
        return _Raw(name, pl.DataFrame())
    if width > _MOST_COLUMNS:
        return _Raw(name, pl.DataFrame(), f"The heading row has {width} cells.", "Keep the columns of the template.")
    try:
        # The first line read settles how many columns there are, so one is put before the file.
        ruler = separator.join(["-"] * (width + 1)).encode() + b"\n"
        cells = pl.read_csv(
            io.BytesIO(ruler + body),
            has_header=False,
            separator=separator,
            infer_schema=False,
            truncate_ragged_lines=True,
        ).slice(1)
    except pl.exceptions.PolarsError:
        # Its message quotes cells, so it is not passed on.
        return _Raw(
            name,
            pl.DataFrame(),
            "The file cannot be read as CSV.",
            'Look for a quotation mark (") that is never closed.',
        )
    return _Raw(name, cells)


def _folded(name: str) -> str:
    """A name as it is compared: `Rate Cells ` is `rate_cells`."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower().rstrip("*").strip())


def _matched(sheet: Sheet, raw: _Raw) -> tuple[pl.DataFrame | None, pl.DataFrame, int]:
    """The rows of a sheet under its columns' names, what is wrong with it, and the rows lost if it cannot be used."""
    if raw.fault is not None:
        return None, _issues([_issue(sheet.name, "sheet_unreadable", "error", raw.fault, raw.remedy)]), 0
    cells = raw.cells.columns
    said = raw.cells.lazy().with_columns(pl.all().str.strip_chars())
    said = said.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
    said = said.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias(ROW))
    if cells:
        said = said.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
    rows = collected(said)
    if rows.is_empty():
        return (
            None,
            _issues(
                [
                    _issue(
                        sheet.name,
                        "sheet_empty",
                        "warning",
                        "The sheet is empty.",
                        "Begin with the heading row of the template.",
                    )
                ]
            ),
            0,
        )
    heading = rows.row(0)[:-1]
    body = rows.slice(1)
    names = [_folded(cell) if cell else "" for cell in heading]
    issues = _issues(_heading_issues(sheet, names, heading))
    if "error" in issues["severity"]:
        return None, issues, body.height
    stated = {name: pl.col(cells[names.index(name)]) for name in names if name in _names_of(sheet)}
    spilled = _spilled(sheet, body, [c for c, name in zip(cells, names, strict=True) if not name])
    if spilled.height:
        body = body.join(spilled, on=ROW, how="anti", maintain_order="left")
    chosen = {name: stated.get(name, pl.lit(None, pl.String)) for name in _names_of(sheet)}
    return body.select(ROW, **chosen), pl.concat([issues, spilled]), spilled.height


def _heading_issues(sheet: Sheet, names: list[str], heading: tuple[str | None, ...]) -> list[dict[str, object]]:
    known = _names_of(sheet)
    made: list[dict[str, object]] = []
    for name, said in zip(names, heading, strict=True):
        if name and name not in known:
            made.append(
                _issue(
                    sheet.name,
                    "column_unknown",
                    "warning",
                    "The sheet has no such column; it was passed over.",
                    f"Columns: {', '.join(known)}.",
                    said,
                )
            )
    for column in sheet.columns:
        if column.required and column.name not in names:
            made.append(
                _issue(
                    sheet.name,
                    "column_missing",
                    "error",
                    f"The column {column.name} is missing, so no row was taken.",
                    "Add it to the heading row.",
                    column.name,
                )
            )
        if names.count(column.name) > 1:
            made.append(
                _issue(
                    sheet.name,
                    "column_repeated",
                    "error",
                    f"The column {column.name} is there twice, so no row was taken.",
                    "Keep one of them.",
                    column.name,
                )
            )
    return made


def _spilled(sheet: Sheet, body: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Rows with a cell under no heading: a comma in a name has moved the cells after it, so the row is refused."""
    if all(body[column].null_count() == body.height for column in columns):
        return ISSUES.to_frame()
    rows = body.filter(pl.any_horizontal(pl.col(columns).is_not_null()))
    says = _issue(
        sheet.name,
        "cell_without_heading",
        "error",
        "The row has a cell under no heading, so its cells may have slipped to the right.",
        'Put a text that holds a comma between quotation marks ("), and delete stray cells.',
    )
    return rows.select(ROW, **{name: pl.lit(value, pl.String) for name, value in says.items()}).select(
        [pl.col(name) if name in (ROW, *says) else pl.lit(None, kind).alias(name) for name, kind in ISSUES.items()]
    )


def _names_of(sheet: Sheet) -> list[str]:
    return [column.name for column in sheet.columns]


def _issue(
    sheet: str, code: str, severity: str, message: str, hint: str, column: str | None = None
) -> dict[str, object]:
    return {"sheet": sheet, "severity": severity, "code": code, "column_name": column, "message": message, "hint": hint}


def _issues(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ISSUES)
