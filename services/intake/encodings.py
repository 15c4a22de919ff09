"""The bytes of a text file become UTF-8 bytes with plain line ends, or a fault.

What lives here: UTF-8 with and without mark, UTF-16 with and without mark, Windows-1252, what old Macs and DOS wrote,
and what the charset-normalizer library says of the rest; binary rubbish and mixed encodings are refused.
What does not: what the text says.
"""

import re
from typing import NamedTuple

import numpy as np
from charset_normalizer import from_bytes

from services.intake.faults import Unreadable

_LOW, _LOW_OF_TEXT = 0x20, (b"\n", b"\r", b"\t", b"\x0b", b"\x0c", b"\x1a", b"\x1b")
"""Below the first are control characters; the others of these stand in texts."""

_CONTROL_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_SAMPLE = 65_536
_LIKELY = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŠšŽžŒœŸ‘’“”–—…•€™®©°´·«»\u00a0½¼¾ºª¿¡£§&²³"
)
"""What Western names and addresses hold beyond ASCII: the mark of a Windows-1252 file."""


_ODD = re.compile("[a-z][\u00c0-\u00d6\u00d8-\u00de\u0152\u0160\u0178\u017d]|[a-z][\u2013\u2014][a-z]|\u00a3[^\\W\\d_]")
"""Letters that follow each other in no word: text of a Mac or of DOS, read as that of Windows (`JosŽ`, `Mu–oz`)."""

CERTAIN = frozenset({"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"})
"""Encodings that the bytes themselves tell; any other is what is likely."""


class Text(NamedTuple):
    """A text file in UTF-8, every line end one line feed, no mark."""

    body: bytes
    encoding: str


def to_utf8(data: bytes) -> Text:
    """The text of a file, or `Unreadable` binary_file or wrong_encoding."""
    if data.startswith(b"\xef\xbb\xbf"):
        return Text(_plain_ends(_checked_utf8(data[3:])), "utf-8-sig")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text(_from_utf16(data, "utf-16"), "utf-16")
    if b"\x00" in data:
        return _without_mark(data)
    try:
        if not data.isascii():
            data.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(data)
    return Text(_plain_ends(_without_controls(data)), "utf-8")


def _not_utf8(data: bytes) -> Text:
    """Windows-1252, or what the library finds."""
    _without_controls(data)
    if _mixed(data):
        raise Unreadable("wrong_encoding", line=_first_bad_line(data))
    as_windows = _likely(data, "cp1252")
    if as_windows is not None and not _ODD.search(as_windows):
        return Text(_plain_ends(as_windows.encode("utf-8")), "windows-1252")
    for encoding in ("mac-roman", "cp850"):
        text = _likely(data, encoding)
        if text is not None and not _ODD.search(text):
            return Text(_plain_ends(text.encode("utf-8")), encoding)
    best = from_bytes(data[:_SAMPLE]).best()
    try:
        if best is not None:
            return Text(_plain_ends(data.decode(best.encoding).encode("utf-8")), best.encoding.replace("_", "-"))
    except (UnicodeError, LookupError):
        pass
    raise Unreadable("wrong_encoding", line=_first_bad_line(data))


def _likely(data: bytes, encoding: str) -> str | None:
    """The text in an encoding of one byte a letter, when it decodes and holds only what Western text holds."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    beyond = set(text) - {chr(code) for code in range(128)}
    return text if beyond <= _LIKELY else None


def _mixed(data: bytes) -> bool:
    """Whether text that is not UTF-8 as a whole still holds more UTF-8 letters than broken ones."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(1 for letter in text if letter > "\x7f" and letter != "\ufffd") > broken if broken < 1000 else False


def _checked_utf8(data: bytes) -> bytes:
    """UTF-8 that said so by its mark."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("wrong_encoding", line=_first_bad_line(data)) from None
    return _without_controls(data)


def _from_utf16(data: bytes, encoding: str) -> bytes:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as broken:
        line = data[: broken.start].count(b"\n") + 1
        raise Unreadable("wrong_encoding", line=line) from None
    if _CONTROL_TEXT.search(text):
        raise Unreadable("binary_file")
    return _plain_ends(text.encode("utf-8"))


def _without_mark(data: bytes) -> Text:
    """UTF-16 without a mark has a NUL in every second byte of Western text; anything else with NULs is binary."""
    head = data[:4096]
    half = len(head) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and head[offset::2].count(0) > 0.7 * half and head[1 - offset :: 2].count(0) == 0:
            return Text(_from_utf16(data, encoding), encoding)
    raise Unreadable("binary_file")


def _without_controls(data: bytes) -> bytes:
    """The data, unless it holds NULs or other bytes that no text holds."""
    # Counted in columns: to look at one byte after the other takes ten times as long.
    n_low = np.count_nonzero(np.frombuffer(data, np.uint8) < _LOW)
    if b"\x7f" in data or n_low > sum(data.count(each) for each in _LOW_OF_TEXT if each in data):
        raise Unreadable("binary_file")
    return data


def _plain_ends(data: bytes) -> bytes:
    """UTF-8 with plain line ends, without the Ctrl-Z that old programs close a file with."""
    data = data.rstrip(b"\x1a")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _first_bad_line(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as broken:
        return data[: broken.start].count(b"\n") + 1
    return 1
