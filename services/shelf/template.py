"""Blank and example sets of sheets, with the documentation of every column beside them.

What lives here: writing a folder of CSV files with a README.md, or one workbook whose first sheet explains the others.
What does not: the sheets' documentation (`columns`) and the rows of the example (`example/*.csv`).

The example is one small employer that loads without an issue; `census_example.csv` is a census that goes with it.
"""

import csv
import io
from importlib import resources
from pathlib import Path
from typing import Any

import xlsxwriter

from services.refusals import Conflict, Malformed, Unavailable
from services.shelf.columns import SHEETS
from services.shelf.sheet import Sheet, SheetColumn

CENSUS_EXAMPLE = "census_example.csv"
READ_ME = "Read me"
NO_FOLDERS = (".csv", ".ods", ".tsv", ".txt", ".xls", ".xlsb", ".xlsm")
"""Endings by which people mean a file."""
_KINDS = {
    "text": "text",
    "list": "list, parted by ;",
    "choice": "one of a list",
    "date": "date, yyyy-mm-dd",
    "instant": "moment, yyyy-mm-ddThh:mm:ss, UTC",
    "dollars": "dollars",
    "decimal": "number",
    "whole": "whole number",
    "flag": "true or false",
}
_INTRODUCTION = """
These sheets state employers, their plans, the rates and who pays what. Fill in what you need and leave out the rest:
a sheet that is not there changes nothing, and what a row names may stand in a sheet or already be in the book.

A row is known by its key (a number, a code, a name), whatever its case. Loading it again changes the record; loading
the same again changes nothing. A row in error is refused with its reason, and the other rows are loaded.

Rates are taken version by version: all rows of one table and one date, or none of them. Stored figures are not
overwritten; state new ones from a later date.

An amount is in dollars, a percent from 0 to 100, a date yyyy-mm-dd. A blank cell means the default, or none.
""".strip().split("\n\n")


def write_template(path: Path, *, example: bool) -> list[Path]:
    """Write the sheets to `path` and say which files were made: a workbook where it ends in .xlsx, else a CSV folder.

    Raises Malformed where a folder would have the name of a file, Conflict, and writes nothing, when a file would be
    overwritten; Unavailable when the disk refuses.
    """
    if path.suffix.lower() in NO_FOLDERS and not path.is_dir():
        raise Malformed(
            "template_format",
            str(path),
            f"{path} would be a folder with the name of a file.",
            "End it in .xlsx for a workbook, or in nothing for a folder of CSV sheets.",
        )
    is_workbook = path.suffix.lower() == ".xlsx"
    folder = path.parent if is_workbook else path
    files: dict[Path, bytes] = {}
    if is_workbook:
        files[path] = _workbook(example)
    else:
        files[folder / "README.md"] = _read_me().encode()
        files |= {folder / f"{sheet.name}.csv": _csv(_rows(sheet, example)) for sheet in SHEETS.values()}
    if example:
        files[folder / CENSUS_EXAMPLE] = _example_text(CENSUS_EXAMPLE).encode()
    for file in files:
        if file.exists():
            raise Conflict(
                "template_exists", str(file), f"{file} is there already.", "Choose another path, or move it away."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, data in files.items():
            file.write_bytes(data)
    except OSError as fault:
        raise Unavailable(
            "disk_refused", str(path), f"{path} cannot be written: {fault.strerror}.", "Choose another path."
        ) from fault
    return list(files)


def _rows(sheet: Sheet, example: bool) -> list[list[str]]:
    """The heading row, and the rows of the example under the sheet's columns."""
    names = [column.name for column in sheet.columns]
    if not example:
        return [names]
    stated = csv.DictReader(io.StringIO(_example_text(f"{sheet.name}.csv")))
    return [names, *[[row.get(name, "") for name in names] for row in stated]]


def _example_text(name: str) -> str:
    return resources.files("services.shelf").joinpath("example", name).read_text(encoding="utf-8")


def _csv(rows: list[list[str]]) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue().encode()


def limits(column: SheetColumn) -> str:
    """What a cell may hold, in words: its list, range, length and default."""
    said = []
    if column.values:
        said.append(", ".join(column.values))
    if column.lowest is not None and column.highest is not None:
        said.append(f"{column.lowest:,} to {column.highest:,}")
    if column.places is not None:
        said.append(f"at most {column.places} decimals")
    if column.longest is not None:
        said.append(f"at most {column.longest} characters")
    if column.default is not None:
        said.append(f"blank: {column.default}")
    return "; ".join(said)


def _documented(sheet: Sheet) -> list[list[str]]:
    """One row per column: name, whether it must be filled, kind, meaning, limits."""
    return [[c.name, "yes" if c.required else "", _KINDS[c.kind], c.says, limits(c)] for c in sheet.columns]


_HEADINGS = ("Column", "Required", "Kind", "Meaning", "Values and limits")


def _read_me() -> str:
    """The documentation of all sheets, as Markdown."""
    lines = ["# The sheets of the shelf", "", *[line for text in _INTRODUCTION for line in (text, "")]]
    lines += ["| sheet | states | key |", "| --- | --- | --- |"]
    lines += [f"| {sheet.name} | {sheet.says} | {', '.join(sheet.key)} |" for sheet in SHEETS.values()]
    for sheet in SHEETS.values():
        lines += [
            "",
            f"## {sheet.name}",
            "",
            sheet.says,
            "",
            f"| {' | '.join(_HEADINGS)} |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [f"| {' | '.join(row)} |" for row in _documented(sheet)]
    return "\n".join(lines) + "\n"


def _workbook(example: bool) -> bytes:
    """The workbook: `Read me` first, then one sheet each, every cell as text so that zeros in front stay."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    look = {
        "heading": book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1}),
        "required": book.add_format({"bold": True, "bg_color": "#CFE0F0", "bottom": 1}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "prose": book.add_format({"text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@"}),
    }
    _read_me_sheet(book.add_worksheet(READ_ME), look)
    for sheet in SHEETS.values():
        _data_sheet(book.add_worksheet(sheet.name), sheet, _rows(sheet, example), look)
    book.close()
    return made.getvalue()


def _read_me_sheet(page: Any, look: dict[str, Any]) -> None:
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 9)
    page.set_column(2, 2, 22)
    page.set_column(3, 4, 60, look["prose"])
    page.write_string(0, 0, "The sheets of the shelf", look["title"])
    at = 2
    for text in _INTRODUCTION:
        page.merge_range(at, 0, at, 4, text.replace("\n", " "), look["prose"])
        page.set_row(at, 32)
        at += 1
    for sheet in SHEETS.values():
        page.write_string(at + 1, 0, sheet.name, look["title"])
        page.write_string(at + 1, 2, f"Key: {', '.join(sheet.key)}")
        page.merge_range(at + 2, 0, at + 2, 4, sheet.says, look["prose"])
        page.set_row(at + 2, 32)
        page.write_row(at + 3, 0, _HEADINGS, look["heading"])
        for offset, row in enumerate(_documented(sheet), at + 4):
            page.write_row(offset, 0, row)
        at += 4 + len(sheet.columns)


def _data_sheet(page: Any, sheet: Sheet, rows: list[list[str]], look: dict[str, Any]) -> None:
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        longest = max(len(row[at]) for row in rows)
        page.set_column(at, at, min(max(longest, 10) + 2, 50), look["text"])
        page.write_string(0, at, column.name, look["required" if column.required else "heading"])
        note = "\n".join(part for part in (column.says, limits(column), "Required." if column.required else "") if part)
        page.write_comment(0, at, note, {"x_scale": 2, "y_scale": 1.5})
        if column.values and column.kind == "choice" and sum(len(v) + 1 for v in column.values) < 255:
            page.data_validation(
                1, at, 10_000, at, {"validate": "list", "source": list(column.values), "error_type": "warning"}
            )
    for line, row in enumerate(rows[1:], 1):
        for at, cell in enumerate(row):
            if cell:
                page.write_string(line, at, cell, look["text"])
