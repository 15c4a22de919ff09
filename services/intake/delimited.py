"""Delimited text becomes records and cells by one scan over the bytes of many files.

What lives here: record boundaries outside quotes, physical line numbers, cells as Arrow string views into the one
buffer (no cell is copied), counts of cells per record. All files given share separator and heading; their bytes
are joined and scanned once, so a thousand small files cost what one large file costs.
What does not: decoding (encodings.py), the choice of separator and heading row (sniffing.py), the meaning of cells.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from services.intake import numbers, quotes
from services.intake.quotes import Positions

Bytes = npt.NDArray[np.uint8]
_BLOCK = 1_000_000
"""Bytes of text that are worked at once."""
_INLINE = 12
"""Bytes of a short string that Arrow keeps inside its view."""
_KEEP = (np.arange(_INLINE)[None, :] < np.arange(_INLINE + 1)[:, None]).astype(np.uint8) * np.uint8(255)


@dataclass(frozen=True, slots=True)
class Records:
    """Records of several texts in order: where they come from and their cells."""

    part: npt.NDArray[np.int32]
    """Which of the given texts."""
    line: npt.NDArray[np.int32]
    """Physical line on which the record starts, from 1."""
    n_cells: npt.NDArray[np.int64]
    first: Positions
    """Position of the record's first cell among `views`."""
    views: Bytes
    """(all cells, 16) Arrow string views."""
    buffers: tuple[Bytes, ...]
    unclosed: dict[int, int]
    """Texts with a quote that is never closed -> the line of that quote. Their records are left out."""

    def column(self, position: int) -> pl.Series:
        """One cell of every record; empty text where the record is too short."""
        at = np.where(position < self.n_cells, self.first + position, len(self.views) - 1)
        return _to_series(self.views[at], self.buffers)

    def filled_beyond(self, width: int) -> Positions:
        """Filled cells of each record beyond the width of the heading."""
        beyond = np.flatnonzero(self.n_cells > width)
        counts = np.zeros(len(self.n_cells), np.int64)
        if len(beyond):
            filled = np.concatenate([[0], np.cumsum(self.views.view("<i4")[:-1, 0] > 0)])
            start = self.first[beyond]
            counts[beyond] = filled[start + self.n_cells[beyond]] - filled[start + width]
        return counts

    def cells(self, masked: Sequence[int] = ()) -> pl.Series:
        """All cells of every record as lists; the columns `masked` show their last four characters only."""
        views = self.views[:-1]
        if masked:
            views = views.copy()
        for position in masked:
            has = self.first[position < self.n_cells] + position
            views[has] = self._masked(views[has])
        offsets = np.append(self.first, len(views)).astype(np.int32)
        values = pa.Array.from_buffers(pa.string_view(), len(views), [None, *_arrow(views, self.buffers)])
        return _series(pa.ListArray.from_arrays(pa.array(offsets), values))

    def _masked(self, views: Bytes) -> Bytes:
        """Views of ***-**-1234 in place of the cells; eleven plain characters, so they fit inside their views."""
        shown = numbers.masked(_to_series(views, self.buffers))
        raw = shown.to_arrow().cast(pa.large_binary())
        offsets = np.frombuffer(raw.buffers()[1], np.int64)[: len(raw) + 1]
        data = np.frombuffer(raw.buffers()[2] or b"", np.uint8)
        ascii_only = np.concatenate([data, np.zeros(16, np.uint8)])
        lengths = np.minimum(np.diff(offsets), _INLINE)
        return _make_views(ascii_only, offsets[:-1], lengths, 0)


def scan(texts: Sequence[bytes], separator: str) -> Records:
    """The records of UTF-8 texts with plain line ends. Every line is in exactly one record."""
    joined = [text if text.endswith(b"\n") else text + b"\n" for text in texts]
    limits = np.cumsum([0, *map(len, joined)], dtype=np.int64)
    raw = b"".join([*joined, b"\0" * 16])
    buffer = np.frombuffer(raw, np.uint8)
    body = buffer[: limits[-1]]
    feeds = np.flatnonzero(body == 10)
    quoted, unclosed = _quoted(body, limits, feeds, ord(separator)) if b'"' in raw else (_NO_QUOTES, {})
    # The records: what lies between the line feeds that are in no quotes.
    closes = feeds[~quoted.hold(feeds)]
    starts = np.concatenate([[0], closes[:-1] + 1])
    part = np.searchsorted(limits, starts, side="right") - 1
    line = np.searchsorted(feeds, starts) - np.searchsorted(feeds, limits[:-1])[part] + 1
    views, n_cells, buffers = _cells(buffer, closes, ord(separator), quoted)
    if unclosed:
        keep = ~np.isin(part, list(unclosed))
        views = views[np.append(np.repeat(keep, n_cells), True)]
        part, line, n_cells = part[keep], line[keep], n_cells[keep]
    first = np.cumsum(n_cells) - n_cells
    return Records(part.astype(np.int32), line.astype(np.int32), n_cells, first, views, buffers, unclosed)


@dataclass(frozen=True, slots=True)
class _Quoted:
    """The quotes that count: where cells open and close, and all marks."""

    opened: Positions
    closed: Positions
    marks: Positions

    def hold(self, positions: Positions) -> npt.NDArray[np.bool_]:
        """Which positions lie within quotes."""
        if not len(self.opened):
            return np.zeros(len(positions), bool)
        within = np.searchsorted(self.opened, positions) - 1
        return (within >= 0) & (self.closed[within] > positions)

    def between(self, start: int, end: int) -> "_Quoted":
        """The quotes of a stretch of text that begins and ends outside quotes."""
        low, high = np.searchsorted(self.opened, [start, end])
        return _Quoted(self.opened[low:high], self.closed[low:high], self.marks)


_NO_QUOTES = _Quoted(*[np.empty(0, np.int64)] * 3)


def _quoted(body: Bytes, limits: Positions, feeds: Positions, separator: int) -> tuple[_Quoted, dict[int, int]]:
    """The quotes, and the texts with a quote never closed -> its line; it is closed at the last byte but one."""
    marks = np.flatnonzero(body == 34)
    opened, closed = quotes.pair(body, marks, separator, limits)
    missing = np.flatnonzero(closed < 0)
    parts = np.searchsorted(limits, opened[missing], side="right") - 1
    before = np.searchsorted(feeds, opened[missing]) - np.searchsorted(feeds, limits[parts])
    closed[missing] = limits[parts + 1] - 2
    return _Quoted(opened, closed, marks), dict(zip(parts.tolist(), (before + 1).tolist(), strict=True))


def _cells(
    buffer: Bytes, closes: Positions, separator: int, quoted: _Quoted
) -> tuple[Bytes, Positions, tuple[Bytes, ...]]:
    """Views of all cells, one spare view of empty text, the count of cells per record, and the buffers.

    The text is worked in blocks that fit the cache, on several threads (NumPy lets go of the interpreter).
    """
    cuts = np.unique(np.searchsorted(closes, np.arange(_BLOCK, len(buffer) + _BLOCK, _BLOCK)))
    edges = [0, *(closes[cut - 1] + 1 for cut in cuts.tolist() if cut > 0)]
    stretches = [(int(low), int(high)) for low, high in pairwise(edges) if high > low]

    def block(stretch: tuple[int, int]) -> tuple[Bytes, Positions, Positions]:
        return _block(buffer, *stretch, separator, quoted)

    if len(stretches) > 1:
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
            blocks = list(threads.map(block, stretches))
    else:
        blocks = [block(stretch) for stretch in stretches]
    views = np.concatenate([*(found[0] for found in blocks), np.zeros((1, 16), np.uint8)])
    n_cells = np.concatenate([np.empty(0, np.int64), *(found[1] for found in blocks)])
    before = np.cumsum([0, *(len(found[0]) for found in blocks)])
    odd = np.concatenate([np.empty(0, np.int64), *(f[2] + at for f, at in zip(blocks, before[:-1], strict=True))])
    if not len(odd):
        return views, n_cells, (buffer,)
    mended, extra = _mended(views[odd], (buffer,))
    views[odd] = mended
    return views, n_cells, (buffer, extra)


def _block(
    buffer: Bytes, start: int, end: int, separator: int, all_quotes: _Quoted
) -> tuple[Bytes, Positions, Positions]:
    """Views of the cells between two record boundaries, the cells per record, and which cells need mending."""
    text = buffer[start:end]
    ends = np.flatnonzero((text == separator) | (text == 10)) + start
    quoted = all_quotes.between(start, end)
    if len(quoted.opened):
        ends = ends[~quoted.hold(ends)]
    last = np.flatnonzero(buffer[ends] == 10)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = start, ends[:-1] + 1
    lengths = ends - starts
    odd = np.empty(0, np.int64)
    if len(quoted.opened):
        odd = _unquote(starts, lengths, ends, quoted)
    return _make_views(buffer, starts, lengths, 0), np.diff(last, prepend=-1), odd


def _unquote(starts: Positions, lengths: Positions, ends: Positions, quoted: _Quoted) -> Positions:
    """Takes the enclosing quotes off cells, in place; gives the cells whose text needs mending (doubled quotes, text
    behind the closing quote)."""
    opened, closed, marks = quoted.opened, quoted.closed, quoted.marks
    cell = np.searchsorted(starts, opened, side="right") - 1
    tail = ends[cell] - closed - 1
    doubled = np.searchsorted(marks, closed) - np.searchsorted(marks, opened, side="right") > 0
    plain = (tail == 0) & ~doubled
    starts[cell[plain]] += 1
    lengths[cell[plain]] = np.maximum(closed[plain] - opened[plain] - 1, 0)
    return cell[~plain]


def _mended(views: Bytes, buffers: tuple[Bytes, ...]) -> tuple[Bytes, Bytes]:
    """Quoted cells with doubled quotes made single, in a buffer of their own."""
    text = _to_series(views, buffers)
    pieces = text.str.extract_groups(r'(?s)^"((?:[^"]|"")*)"?(.*)$').struct.unnest()
    mended = pieces.to_series(0).str.replace_all('""', '"', literal=True) + pieces.to_series(1)
    raw = mended.fill_null("").to_arrow().cast(pa.large_string())
    offsets = np.frombuffer(raw.buffers()[1], np.int64)[: len(raw) + 1]
    extra = np.concatenate([np.frombuffer(raw.buffers()[2] or b"", np.uint8), np.zeros(16, np.uint8)])
    return _make_views(extra, offsets[:-1], np.diff(offsets), 1), extra


def _make_views(buffer: Bytes, starts: Positions, lengths: Positions, number: int) -> Bytes:
    """Arrow string views: the length, then the text itself or its first four bytes, the buffer and the position."""
    views = np.empty((len(starts), 16), np.uint8)
    words = views.view("<i4")
    words[:, 0] = lengths
    window = np.lib.stride_tricks.sliding_window_view(buffer, _INLINE)
    views[:, 4:] = window[starts]
    views[:, 4:] &= _KEEP[np.minimum(lengths, _INLINE)]
    long = np.flatnonzero(lengths > _INLINE)
    words[long, 2] = number
    words[long, 3] = starts[long]
    return views


def _arrow(views: Bytes, buffers: tuple[Bytes, ...]) -> list[pa.Buffer]:
    return [pa.py_buffer(np.ascontiguousarray(views)), *map(pa.py_buffer, buffers)]


def _to_series(views: Bytes, buffers: tuple[Bytes, ...]) -> pl.Series:
    return _series(pa.Array.from_buffers(pa.string_view(), len(views), [None, *_arrow(views, buffers)]))


def _series(array: pa.Array) -> pl.Series:
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series
