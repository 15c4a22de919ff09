"""Faults of the database and the disk: which of them is what, and the refusal that a user reads.

What lives here: the reading of faults that no code tells apart. What does not: what happens then (`services.book`, and
whoever else writes a file).
"""

import re
from pathlib import Path

import duckdb

from services.refusals import BookBusy, Malformed, Refusal, Unavailable


def is_interruption(fault: Exception) -> bool:
    """Ctrl-C during a statement comes as a fault of DuckDB, not as a KeyboardInterrupt."""
    return isinstance(fault, duckdb.InterruptException) or (
        isinstance(fault, RuntimeError) and "interrupted" in str(fault).lower()
    )


def is_of_the_disk(fault: duckdb.Error) -> bool:
    """A full or failing disk shows as an IO error, or as a commit that could not write; no code tells them apart."""
    words = str(fault)
    return isinstance(fault, duckdb.IOException) or "Could not write" in words or "No space left" in words


def is_locked(fault: Exception) -> bool:
    """Another process has the file open. A checksum that fails speaks of a block, which is no lock."""
    return "Could not set lock" in str(fault)


def is_damage(fault: Exception) -> bool:
    """A file that was cut short or overwritten; only the words tell, and a part may be found so long after opening."""
    words = str(fault)
    return "Corrupt database file" in words or "Could not read enough bytes" in words


def damaged(path: Path, fault: Exception) -> Unavailable:
    """A refusal for a book whose file is damaged, in the database's own words."""
    return Unavailable(
        "book_unreadable",
        str(path),
        f"{path} is damaged: {str(fault).splitlines()[0]}.",
        "Restore a copy made by `benefits backup`.",
    )


def disk_refused(path: Path, fault: Exception, elsewhere: str = " with BENEFITS_BOOK") -> Unavailable:
    """A refusal for what the disk or its rights forbid, in the operating system's own words."""
    words = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault).splitlines()[0]
    return Unavailable(
        "disk_refused",
        str(path),
        f"{path} cannot be written: {words}.",
        f"Free some space or choose another place{elsewhere}, then try again; nothing was changed.",
    )


def cannot_open(path: Path, fault: Exception) -> Refusal:
    """A refusal for a file that DuckDB does not open as a book, by what stands in the way."""
    words = str(fault)
    if path.is_dir():
        return Malformed(
            "book_unreadable",
            str(path),
            f"{path} is a folder, not a book.",
            f"Name a file: BENEFITS_BOOK={path / 'benefits.duckdb'}.",
        )
    if "not a valid DuckDB database" in words or "version number" in words:
        return Malformed(
            "book_unreadable",
            str(path),
            f"{path} is not a book that this program can open.",
            "Point BENEFITS_BOOK at another path, or restore a copy made by `benefits backup`.",
        )
    if is_damage(fault):
        return damaged(path, fault)
    if is_locked(fault):
        holder = re.search(r"held in (?P<program>.+) \(PID (?P<process>\d+)\)", words)
        who = f": {Path(holder['program']).name}, process {holder['process']}" if holder else ""
        return BookBusy(
            "book_busy",
            str(path),
            f"Another program has {path} open{who}.",
            "Close it there (the copy in published/ may stay open), then try again.",
        )
    return disk_refused(path, fault)
