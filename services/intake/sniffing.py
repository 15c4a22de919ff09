"""One file is opened: its kind, hash, encoding, separator and heading row.

What lives here: everything that is done once per file. What does not: the reading of rows, which is done for
many files at once (delimited.py), and sheets (workbooks.py, parquet.py).
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from services.intake import encodings, headings, parquet, workbooks
from services.intake.faults import Unreadable
from services.intake.workbook_size import BROKEN

SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS = 2_000
MAX_BYTES = 2_000_000_000
_LONGEST_LINE = 100_000
_COMPRESSED = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh")
_NO_TABLES = {"<": "a web page or XML", "{": "JSON", "[{": "JSON", "%PDF": "a PDF document"}
"""What a text begins with that is no table, where no heading is found in it."""
_LINES_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class CensusFile:
    """A census file to be read, and what the user says about it."""

    path: Path
    census_id: str
    name: str
    mapping: Mapping[str, str] | None
    sheet: str | None
    effective_date: date
    mapping_is_complete: bool = False
    """True: columns that the mapping does not name are ignored (BC-3). False: they are found by their heading."""
    data: bytes | None = None
    """The bytes of a file that stands in no folder; `path` is then not looked at."""
    sha256: str | None = None
    """The hash of `data`, where whoever kept them knows it."""


@dataclass(slots=True)
class Opened:
    """What is known of one file before its rows are read."""

    file_no: int
    asked: CensusFile
    sha256: str | None = None
    n_bytes: int | None = None
    file_format: str | None = None
    encoding: str | None = None
    separator: str | None = None
    sheet_name: str | None = None
    heading_line: int | None = None
    header: tuple[str, ...] = ()
    body: bytes = b""
    """Text in UTF-8, for delimited files."""
    sheet: pl.DataFrame | None = None
    """Text columns, row 1 first, for workbooks and Parquet."""
    sheets_left: list[str] = field(default_factory=list)
    """Other sheets of the workbook that have people and are not read."""
    layout: str | None = None
    fault: Unreadable | None = None


@dataclass(slots=True)
class Sniffer:
    """Opens files one after the other and remembers first lines it has seen: most files of a cohort look alike."""

    seen: dict[tuple[bytes, frozenset[str]], tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def open(self, file_no: int, asked: CensusFile) -> Opened:
        """The file, with its fault if it cannot be read. Never raises."""
        opened = Opened(file_no, asked)
        try:
            self._fill(opened)
        except Unreadable as fault:
            opened.fault = fault
            opened.body, opened.sheet = b"", None
        return opened

    def _fill(self, opened: Opened) -> None:
        data = _bytes_of(opened.asked)
        opened.n_bytes, opened.sha256 = len(data), opened.asked.sha256 or hashlib.sha256(data).hexdigest()
        mapped = frozenset(headings.on_one_line(name) for name in opened.asked.mapping or {})
        if not data:
            raise Unreadable("file_empty")
        _refuse_archive(data)
        if data.startswith(workbooks.MARKS):
            opened.file_format = "xlsx"
            found = workbooks.best_sheet(data, opened.asked.sheet, mapped)
            opened.sheet_name, opened.sheet, opened.sheets_left = found
        elif data.startswith(parquet.MARK):
            opened.file_format = "parquet"
            opened.sheet = parquet.as_text(data)
        else:
            opened.file_format = "csv"
            text = encodings.to_utf8(data)
            opened.body, opened.encoding = text.body, text.encoding
            if not opened.body.strip():
                raise Unreadable("file_empty")
            self._find_heading(opened, mapped)
        if opened.sheet is not None:
            _sheet_heading(opened, mapped)
        if len(opened.header) > MAX_COLUMNS:
            raise Unreadable("too_many_columns", n=len(opened.header), limit=MAX_COLUMNS)

    def _find_heading(self, opened: Opened, mapped: frozenset[str]) -> None:
        """Separator and heading row by score; a first line seen before is known at once."""
        first_line = opened.body[: opened.body.find(b"\n")] if b"\n" in opened.body else opened.body
        known = self.seen.get((first_line, mapped))
        if known is not None:
            opened.separator, opened.header = known
            opened.heading_line = 1
            return
        lines = _first_lines(opened.body)
        best: tuple[float, int] = (0.0, 0)
        sure = False
        for separator in SEPARATORS:
            rows, starts = _first_rows(lines, separator)
            position, score, certain = headings.best_row(rows, mapped)
            if position >= 0 and (score, len(rows[position])) > best:
                best, sure = (score, len(rows[position])), certain
                opened.separator, opened.header = separator, _header(rows, position, mapped)
                opened.heading_line = starts[position]
        if best[0] == 0.0:
            _no_heading(lines, mapped)
        if sure and opened.heading_line == 1 and b'"' not in first_line and len(self.seen) < 10_000:
            assert opened.separator is not None
            self.seen[first_line, mapped] = (opened.separator, opened.header)


def _refuse_archive(data: bytes) -> None:
    """Files packed together or compressed; workbooks are such archives too, of parts that have these names."""
    if data.startswith(_COMPRESSED):
        raise Unreadable("archive", of="")
    if data.startswith(workbooks.MARKS[0]):
        with suppress(*BROKEN), zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            if names and not any(name == "content.xml" or name.startswith(("xl/", "[Content")) for name in names):
                raise Unreadable("archive", of=f" of {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}")


def _bytes_of(asked: CensusFile) -> bytes:
    if asked.data is not None:
        return asked.data
    try:
        size = asked.path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable("file_too_large", n=size, limit=MAX_BYTES)
        return asked.path.read_bytes()
    except FileNotFoundError:
        raise Unreadable("file_missing", name=asked.name) from None
    except (OSError, ValueError) as reason:
        said = getattr(reason, "strerror", None) or "the path is not valid"
        raise Unreadable("file_unreadable", name=asked.name, reason=said) from None


def _first_lines(body: bytes) -> list[str]:
    lines, at = [], 0
    while at < len(body) and len(lines) < _LINES_LOOKED_AT:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        lines.append(body[at : min(end, at + _LONGEST_LINE)].decode("utf-8", errors="ignore") + "\n")
        at = end + 1
    return lines


def _first_rows(lines: list[str], separator: str) -> tuple[list[list[str]], list[int]]:
    """The first records and the physical lines on which they start."""
    reader = csv.reader(lines, delimiter=separator)
    rows: list[list[str]] = []
    starts: list[int] = []
    start = 1
    try:
        for row in reader:
            rows.append(row)
            starts.append(start)
            start = reader.line_num + 1
            if len(rows) == headings.LOOKED_AT:
                break
    except csv.Error:
        pass
    return rows, starts


def _no_heading(lines: list[str], mapped: frozenset[str]) -> None:
    if mapped:
        present = {
            headings.on_one_line(cell)
            for separator in SEPARATORS
            for row in _first_rows(lines, separator)[0]
            for cell in row
        }
        missing = sorted(mapped - present)
        if missing:
            raise Unreadable("mapping_unknown_column", column=missing[0])
    begins = next((line.strip() for line in lines if line.strip()), "")
    for mark, what in _NO_TABLES.items():
        if begins.startswith(mark):
            raise Unreadable("not_a_table", what=what)
    if any(len(line) >= _LONGEST_LINE for line in lines) or max(line.count(",") for line in lines) >= MAX_COLUMNS:
        widest = max(line.count(separator) for line in lines for separator in SEPARATORS) + 1
        if widest > MAX_COLUMNS:
            raise Unreadable("too_many_columns", n=widest, limit=MAX_COLUMNS)
    raise Unreadable("heading_not_found", n=headings.LOOKED_AT)


def _sheet_heading(opened: Opened, mapped: frozenset[str]) -> None:
    """The heading row of a sheet whose columns are all text."""
    assert opened.sheet is not None
    rows = [[cell or "" for cell in row] for row in opened.sheet.head(headings.LOOKED_AT).rows()]
    position, _, _ = headings.best_row(rows, mapped)
    if position < 0:
        if mapped and not mapped <= {headings.on_one_line(cell) for row in rows for cell in row}:
            missing = mapped - {headings.on_one_line(cell) for row in rows for cell in row}
            raise Unreadable("mapping_unknown_column", column=min(missing))
        raise Unreadable("heading_not_found", n=headings.LOOKED_AT)
    opened.heading_line = position + 1
    opened.header = _header(rows, position, mapped)


def _header(rows: list[list[str]], position: int, mapped: frozenset[str]) -> tuple[str, ...]:
    """The heading row, with what stands over it."""
    return tuple(headings.under(rows[position - 1], rows[position], mapped) if position else rows[position])
