"""How far the sheets of a workbook reach, and how much text they hold: looked at before the reader opens it.

What lives here: the refusal of a workbook for which there would be no room, in each format that is an archive (.xlsx,
.xlsb, .ods). The reader makes room for a sheet at once, and ends the whole process where there is none.
What does not: the reading (workbooks.py), and an old .xls, whose sheets have 65,536 rows at most.
"""

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.intake.faults import Unreadable

MAX_UNPACKED = 100_000_000
"""Bytes that any workbook may unpack to; a larger one at most `_MAX_RATIO` times its own size."""
_MAX_RATIO = 100
MAX_CELLS = 20_000_000
"""Cells between the first and the last one of a sheet, filled or not: the reader makes room for all of them."""
MAX_TEXT = 500_000_000
"""Bytes of the text of all cells of a sheet. Cells may share a text, which the reader writes out for each of them."""
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What the reading of archives raises where they are damaged, encrypted, or packed in a way that it does not know."""
_ARCHIVE = b"PK"
_CHUNK, _LONGEST_TAG = 1 << 20, 500

Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class _Reach:
    """What is known of one sheet: the rectangle from A1 that holds its filled cells, and how many those are."""

    width: int = 1
    height: int = 1
    filled: int = 0
    texts: list[Ints] = field(default_factory=list)
    """The numbers of the shared texts that cells point at, where they were collected."""

    @property
    def cells(self) -> int:
        """Cells without a reference follow each other, and are counted."""
        return max(self.width * self.height, self.filled)

    @property
    def last(self) -> str:
        """The last cell, as a spreadsheet calls it."""
        letters, rest = "", self.width
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{self.height}"


def check_unpacked(data: bytes) -> None:
    """Refuses a workbook whose archive says that it unpacks to far more than it holds, or one of whose sheets reaches
    too far or holds too much text; and one with a part that cannot be read here, for the reader may not mind."""
    if not data.startswith(_ARCHIVE):
        return  # An old .xls.
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            limit = max(MAX_UNPACKED, _MAX_RATIO * len(data))
            if size > limit:
                raise Unreadable("workbook_unpacks_too_large", n=size, limit=limit)
            n_read, most = 0, 0
            for part in archive.infolist():
                with suppress(*BROKEN):  # what the other parts are refused for says more
                    most = max(most, _checked(archive, part))
                    n_read += 1
            if n_read < len(archive.infolist()):
                raise Unreadable("unreadable_workbook")
            _check_shared(archive, most)
    except zipfile.BadZipFile:
        return  # No archive: the reader of workbooks says so.
    except BROKEN:
        raise Unreadable("unreadable_workbook") from None


def _checked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """The filled cells of one part, which is refused where it reaches too far."""
    if part.filename == _OPEN_DOCUMENT:
        for reach, size in _open_document(archive, part):
            _check_cells(reach)
            _check_text(size)
        return 0  # it shares no texts between cells
    reach = _binary(archive, part) if _is_binary(part) else _marked_up(archive, part)
    _check_cells(reach)
    return reach.filled


def _check_cells(reach: _Reach) -> None:
    if reach.cells > MAX_CELLS:
        raise Unreadable("sheet_too_large", n=f"{reach.cells:,}", last=reach.last, limit=f"{MAX_CELLS:,}")


def _check_text(size: int) -> None:
    if size > MAX_TEXT:
        raise Unreadable("sheet_text_too_large", n=f"{size:,}", limit=f"{MAX_TEXT:,}")


# The texts that cells share (.xlsx, .xlsb).

_SHARED = ("sharedstrings.xml", "sharedstrings.bin")
_TAG = re.compile(rb"<[^>]*>")


def _check_shared(archive: zipfile.ZipFile, n_cells: int) -> None:
    """Refuses a workbook of which one sheet's cells point at more shared text than there is room for. `n_cells` are the
    filled cells of its fullest sheet: where even the longest text in all of them is little, no cell is looked at."""
    shared = next((part for part in archive.infolist() if part.filename.lower().endswith(_SHARED)), None)
    if shared is None or shared.file_size * n_cells <= MAX_TEXT:
        return
    lengths = _lengths(archive.read(shared), is_binary=_is_binary(shared))
    if lengths.max(initial=0) * n_cells <= MAX_TEXT:
        return
    for part in archive.infolist():
        if part is not shared:
            pointed = _binary(archive, part).texts if _is_binary(part) else _pointed_at(archive, part)
            _check_text(sum(int(lengths[at[at < len(lengths)]].sum()) for at in pointed))


def _lengths(data: bytes, *, is_binary: bool) -> Ints:
    """Bytes of each shared text."""
    if is_binary:  # in UTF-16, behind one byte of flags and four of the length
        return np.concatenate([_NO_NUMBERS, *(sizes[kinds == _SHARED_TEXT] // 2 for kinds, _, sizes in _records(data))])
    return np.array([len(_TAG.sub(b"", text)) for text in data.split(b"</si>")], np.int64)


# .xlsx: sheets in XML, whose cells state where they stand.

_CELL = rb"<(?:\w+:)?c\b"
_POINTS = re.compile(rb"""\bt=["']s["'][^<>]*>(?:(?!%s)[\s\S]){0,300}?<(?:\w+:)?v>\s*([0-9]{1,9})\s*<""" % _CELL)
"""The number of the shared text that a cell points at."""
_FILLED = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*(?<!/)>""")
"""The reference of a cell that is not just a format."""


def _marked_up(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Reach:
    """The reach of a sheet in XML."""
    column, reach, tail = b"A", _Reach(), b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            found = _FILLED.findall(tail + chunk)
            if found:
                columns, rows = zip(*found, strict=True)
                column = max(column, *set(columns), key=lambda letters: (len(letters), letters))  # Z before AA
                reach.height = max(reach.height, *map(int, rows))
            reach.filled += chunk.count(b"<v") + chunk.count(b"<is")
            tail = chunk[-_LONGEST_TAG:]
    width = 0
    for letter in column:
        width = width * 26 + letter - ord("A") + 1
    reach.width = width
    return reach


def _pointed_at(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[Ints]:
    """The numbers of the shared texts that the cells of one part point at."""
    tail, is_done = b"", False
    with archive.open(part) as stream:
        while not is_done:
            chunk = stream.read(_CHUNK)
            is_done = not chunk
            text = tail + chunk
            end = len(text) if is_done else max(text.rfind(b"<c"), text.rfind(b":c"), 0)  # the last cell may be cut off
            yield np.array(_POINTS.findall(text[:end]), dtype="S9").astype(np.int64)
            tail = text[end:][-_CHUNK:]


# .xlsb: sheets as binary records, each a number of its kind, its size, and as many bytes.

_ROW, _FIRST_CELL, _LAST_CELL, _POINTER, _SHARED_TEXT = 0, 2, 11, 7, 19
_AT_ONCE = 1_000_000
_NO_NUMBERS = np.zeros(0, np.int64)


def _is_binary(part: zipfile.ZipInfo) -> bool:
    """Sheets and shared texts; other parts may be anything (the settings of a printer)."""
    name = part.filename.lower()
    return name.endswith(".bin") and (name.startswith("xl/worksheets/") or name.endswith(_SHARED))


def _records(data: bytes) -> Iterator[tuple[Ints, Ints, Ints]]:
    """The kinds of the records that count here, where they begin, and their sizes, many at a time."""
    at = 0
    while at < len(data):
        kinds, starts, sizes = array("q"), array("q"), array("q")
        try:
            while at < len(data) and len(kinds) < _AT_ONCE:
                kind, size = data[at], data[at + 1]
                if kind < 128 and size < 128:
                    at += 2
                else:
                    kind, size, at = _of_two_numbers(data, at)
                if kind <= _SHARED_TEXT and size >= 4:
                    kinds.append(kind)
                    starts.append(at)
                    sizes.append(size)
                at += size
        except IndexError:  # the last one is cut off
            at = len(data)
        found = np.array([kinds, starts, sizes], np.int64)
        kind_of, start_of, size_of = found[:, found[1] + found[2] <= len(data)]
        yield kind_of, start_of, size_of


def _of_two_numbers(data: bytes, at: int) -> tuple[int, int, int]:
    """The kind of a record, its size, and where it begins. Both numbers have seven bits in a byte."""
    kind = data[at]
    at += 1
    if kind >= 128:
        kind = kind & 127 | (data[at] & 127) << 7
        at += 1
    size = shift = 0
    while True:
        size |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128 or shift == 28:
            return kind, size, at


def _numbers_at(data: npt.NDArray[np.uint8], starts: Ints) -> Ints:
    """The numbers of four bytes that begin there."""
    return data[starts[:, None] + np.arange(4)].view("<u4").ravel().astype(np.int64)


def _binary(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Reach:
    """The reach of a sheet in binary records, with the texts that it points at."""
    data, reach, row = archive.read(part), _Reach(), 0
    whole = np.frombuffer(data, np.uint8)
    for kinds, starts, sizes in _records(data):
        numbers = _numbers_at(whole, starts)  # the row of a row, the column of a cell
        last_row = np.maximum.accumulate(np.where(kinds == _ROW, np.arange(len(kinds)), -1))
        rows = np.where(last_row >= 0, numbers[last_row], row)
        is_cell = (kinds >= _FIRST_CELL) & (kinds <= _LAST_CELL)
        reach.width = max(reach.width, int(numbers[is_cell].max(initial=0)) + 1)
        reach.height = max(reach.height, int(rows[is_cell].max(initial=0)) + 1)
        reach.filled += int(is_cell.sum())
        points = (kinds == _POINTER) & (sizes >= 12)  # behind column and format
        reach.texts.append(_numbers_at(whole, starts[points] + 8))
        row = int(rows[-1]) if len(rows) else row
    return reach


# .ods: all sheets in one part, where one mark stands for many equal cells or rows.

_OPEN_DOCUMENT = "content.xml"
_ROW_MARK = b"<table:table-row"
_MARK = re.compile(
    rb"""<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])"""
    rb"""((?:[^<>"']|"[^"]*"|'[^']*')*)>"""
    rb"""([^<]*(?:<(?!/?table:)[^<]*)*)"""
)
"""The mark of a sheet, a row or a cell, its attributes, and what stands behind it."""
_TIMES = re.compile(rb"""-repeated=["']([0-9]{1,9})["']""")


def _open_document(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[_Reach, int]]:
    """The reach of each sheet, and the bytes of its text: at its end, and before, as far as was read."""
    reach, size, row, tail, is_done = _Reach(), 0, 0, b"", False
    with archive.open(part) as stream:
        while not is_done:
            chunk = stream.read(max(_CHUNK, len(tail)))  # a row may be longer than many chunks
            is_done = not chunk
            text = tail + chunk
            end = len(text) if is_done else max(text.rfind(_ROW_MARK), 0)  # the last row may be cut off
            tail = text[end:]
            at, of_row, times_of_row = 0, 0, 1
            for mark in _MARK.finditer(text, 0, end):
                name, facts, content = mark.groups()
                found = _TIMES.search(facts)
                times = int(found[1]) if found else 1
                if name == b"table":
                    yield reach, size
                    reach, size, row, at = _Reach(), 0, 0, 0
                elif name == b"table-row":
                    row, at, of_row, times_of_row = row + times, 0, row, times
                else:
                    at += times
                    if b"value" in facts or not facts.endswith(b"/"):
                        reach.width, reach.height = max(reach.width, at), max(reach.height, of_row + times_of_row)
                        reach.filled += times * times_of_row
                        size += len(content) * times * times_of_row
            yield reach, size
