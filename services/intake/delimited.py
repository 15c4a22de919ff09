"""Delimited text becomes records and cells by one scan over the bytes of many files.

What lives here: record boundaries outside quotes, physical line numbers, cells as Arrow string views into the one
buffer (no cell is copied), counts of cells per record. All files given share separator and heading; their bytes
are joined and scanned once, so a thousand small files cost what one large file costs.
What does not: decoding (encodings.py), the choice of separator and heading row (sniffing.py), the meaning of cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from services.intake import quotes
from services.intake.quotes import Positions

Bytes = npt.NDArray[np.uint8]
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
        """Views of ***-**-1234 in place of the cells; blank cells stay, cells under nine characters show nothing."""
        text = _to_series(views, self.buffers)
        hidden = text.str.strip_chars().str.replace(r"\.0+$", "").str.replace_all(r"[\s-]", "")
        tail = pl.when(hidden.str.len_chars() >= 7).then("***-**-" + hidden.str.tail(4)).otherwise(pl.lit("***-**-****"))
        shown = pl.select(pl.when(hidden == "").then(pl.lit("")).otherwise(tail)).to_series()
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
    ends_cell = body == ord(separator)
    is_feed = body == 10
    feeds = np.flatnonzero(is_feed)
    ends_cell |= is_feed
    ends = np.flatnonzero(ends_cell)
    opened = closed = marks = np.empty(0, np.int64)
    unclosed: dict[int, int] = {}
    if b'"' in raw:
        marks = np.flatnonzero(body == 34)
        opened, closed = quotes.pair(body, marks, ord(separator), limits)
    if len(opened):
        unclosed, closed = _unclosed(opened, closed, limits, feeds)
        within = np.searchsorted(opened, ends) - 1
        ends = ends[~((within >= 0) & (closed[within] > ends))]
    return _records(buffer, ends, feeds, limits, opened, closed, marks, unclosed)


def _unclosed(opened: Positions, closed: Positions, limits: Positions, feeds: Positions) -> tuple[dict[int, int], Positions]:
    """Texts with a quote never closed and its line; such a quote is closed at the last byte but one of its text."""
    missing = np.flatnonzero(closed < 0)
    parts = np.searchsorted(limits, opened[missing], side="right") - 1
    before = np.searchsorted(feeds, opened[missing]) - np.searchsorted(feeds, limits[parts])
    closed = closed.copy()
    closed[missing] = limits[parts + 1] - 2
    return dict(zip(parts.tolist(), (before + 1).tolist(), strict=True)), closed


def _records(
    buffer: Bytes,
    ends: Positions,
    feeds: Positions,
    limits: Positions,
    opened: Positions,
    closed: Positions,
    marks: Positions,
    unclosed: dict[int, int],
) -> Records:
    last = np.flatnonzero(buffer[ends] == 10)
    first = np.concatenate([[0], last[:-1] + 1]) if len(last) else np.empty(0, np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else np.empty(0, np.int64)
    record_start = starts[first]
    part = np.searchsorted(limits, record_start, side="right") - 1
    feed_rank = np.searchsorted(feeds, record_start)
    line = feed_rank - np.searchsorted(feeds, limits[:-1])[part] + 1
    lengths = ends - starts
    buffers: tuple[Bytes, ...] = (buffer,)
    odd = np.empty(0, np.int64)
    if len(opened):
        starts, lengths, odd = _unquoted(starts, ends, opened, closed, marks)
    views = _make_views(buffer, starts, lengths, 0, spare=1)
    if len(odd):
        mended, extra = _mended(views[odd], buffers)
        views[odd] = mended
        buffers = (buffer, extra)
    n_cells = last - first + 1
    if unclosed:
        keep = ~np.isin(part, list(unclosed))
        return _kept(part, line, n_cells, first, views, buffers, unclosed, keep)
    return Records(part.astype(np.int32), line.astype(np.int32), n_cells, first, views, buffers, unclosed)


def _kept(part, line, n_cells, first, views, buffers, unclosed, keep) -> Records:  # type: ignore[no-untyped-def]
    """Only the records of texts that can be read."""
    cell_kept = np.append(np.repeat(keep, n_cells), True)
    n_cells = n_cells[keep]
    first = np.cumsum(n_cells) - n_cells
    return Records(
        part[keep].astype(np.int32), line[keep].astype(np.int32), n_cells, first, views[cell_kept], buffers, unclosed
    )


def _unquoted(
    starts: Positions, ends: Positions, opened: Positions, closed: Positions, marks: Positions
) -> tuple[Positions, Positions, Positions]:
    """Cells without their enclosing quotes; third, the cells whose text needs mending (doubled quotes, text behind)."""
    cell = np.searchsorted(starts, opened, side="right") - 1
    starts, lengths = starts.copy(), ends - starts
    tail = ends[cell] - closed - 1
    doubled = np.searchsorted(marks, closed) - np.searchsorted(marks, opened, side="right") > 0
    plain = (tail == 0) & ~doubled
    starts[cell[plain]] += 1
    lengths[cell[plain]] = closed[plain] - opened[plain] - 1
    return starts, np.maximum(lengths, 0), cell[~plain]


def _mended(views: Bytes, buffers: tuple[Bytes, ...]) -> tuple[Bytes, Bytes]:
    """Quoted cells with doubled quotes made single, in a buffer of their own."""
    text = _to_series(views, buffers)
    pieces = text.str.extract_groups(r'(?s)^"((?:[^"]|"")*)"?(.*)$').struct.unnest()
    mended = pieces.to_series(0).str.replace_all('""', '"', literal=True) + pieces.to_series(1)
    raw = mended.fill_null("").to_arrow().cast(pa.large_string())
    offsets = np.frombuffer(raw.buffers()[1], np.int64)[: len(raw) + 1]
    extra = np.concatenate([np.frombuffer(raw.buffers()[2] or b"", np.uint8), np.zeros(16, np.uint8)])
    return _make_views(extra, offsets[:-1], np.diff(offsets), 1), extra


def _make_views(buffer: Bytes, starts: Positions, lengths: Positions, number: int, spare: int = 0) -> Bytes:
    """Arrow string views: the length, then the text itself or its first four bytes, the buffer and the position.

    `spare` views of empty text follow.
    """
    n = len(starts)
    views = np.zeros((n + spare, 16), np.uint8)
    if not n:
        return views
    words = views.view("<i4")
    words[:n, 0] = lengths
    window = np.lib.stride_tricks.sliding_window_view(buffer, _INLINE)
    views[:n, 4:] = window[starts]
    views[:n, 4:] &= _KEEP[np.minimum(lengths, _INLINE)]
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
