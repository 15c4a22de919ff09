"""How far the sheets of a workbook reach, and how much text they hold: looked at before the reader opens it.

What lives here: the refusal of a workbook for which there would be no room, in each format that is an archive (.xlsx,
.xlsb, .ods). The reader makes room for a sheet at once, and ends the whole process where there is none.
What does not: the reading (workbooks.py), and an old .xls, whose sheets have 65,536 rows at most.
"""

import io
import re
import zipfile
import zlib
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
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, IndexError)
"""What the reading of archives raises where they are damaged, encrypted, or packed in a way that it does not know."""
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
    too far or holds too much text."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            limit = max(MAX_UNPACKED, _MAX_RATIO * len(data))
            if size > limit:
                raise Unreadable("workbook_unpacks_too_large", n=size, limit=limit)
            most = 0
            for part in archive.infolist():
                with suppress(*_BROKEN):  # one part that cannot be read vouches for no other
                    most = max(most, _checked(archive, part))
            _check_shared(archive, most)
    except _BROKEN:
        return  # An old .xls, or nothing that can be read: the reader of workbooks says so.


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
            with suppress(*_BROKEN):
                pointed = _binary(archive, part).texts if _is_binary(part) else _pointed_at(archive, part)
                _check_text(sum(int(lengths[at[at < len(lengths)]].sum()) for at in pointed))


def _lengths(data: bytes, *, is_binary: bool) -> Ints:
    """Bytes of each shared text."""
    if is_binary:  # in UTF-16, behind one byte of flags and four of the length
        return np.array([size // 2 for kind, _, size in _records(data) if kind == _SHARED_TEXT], np.int64)
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

_ROW, _CELLS, _POINTER, _SHARED_TEXT = 0, range(2, 12), 7, 19


def _is_binary(part: zipfile.ZipInfo) -> bool:
    """Sheets and shared texts; other parts may be anything (the settings of a printer)."""
    name = part.filename.lower()
    return name.endswith(".bin") and (name.startswith("xl/worksheets/") or name.endswith(_SHARED))


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind of each record, where it begins, and its size. Both numbers have seven bits in a byte."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind >= 128:
            kind += (data[at] - 1) * 128
            at += 1
        size = shift = 0
        while True:
            size |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if data[at - 1] < 128 or shift == 28:
                break
        yield kind, at, size
        at += size


def _binary(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Reach:
    """The reach of a sheet in binary records, with the texts that it points at."""
    data, reach, pointed, row = archive.read(part), _Reach(), [], 0
    for kind, at, _ in _records(data):
        if kind == _ROW:
            row = int.from_bytes(data[at : at + 4], "little")
        elif kind in _CELLS:
            column = int.from_bytes(data[at : at + 4], "little")
            reach.width, reach.height = max(reach.width, column + 1), max(reach.height, row + 1)
            reach.filled += 1
            if kind == _POINTER:  # behind column and format
                pointed.append(int.from_bytes(data[at + 8 : at + 12], "little"))
    reach.texts.append(np.array(pointed, np.int64))
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
    """The reach of a sheet up to each stretch of the part, and the bytes of its text."""
    reach, size, row, tail, is_done = _Reach(), 0, 0, b"", False
    with archive.open(part) as stream:
        while not is_done:
            chunk = stream.read(_CHUNK)
            is_done = not chunk
            text = tail + chunk
            end = len(text) if is_done else max(text.rfind(_ROW_MARK), 0)  # the last row may be cut off
            tail = text[end:]
            at, of_row, times_of_row = 0, 0, 1
            for name, facts, content in _MARK.findall(text[:end]):
                found = _TIMES.search(facts)
                times = int(found[1]) if found else 1
                if name == b"table":
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
