"""The published copy: what analysts open while runs go on.

What lives here: a consistent copy of a whole book into another file (`copy_book`, which backup uses too), and its
swap into the published place. What does not: any change of the book, and backup or migration (`services.upkeep`).

While a run writes the book nobody else can open it. So a copy stands in another folder, read-only by its mode bits and
replaced in one step: a reader that has the old copy open keeps it until it closes, and a new reader sees the new copy.
A publication that dies leaves the old copy and an unfinished `.part` file, which the next one clears away.

Analysts need no employer's tax id, no contact of a group and nothing of tokens: the published copy holds none of them
(`PRIVATE`). A backup is whole.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from schemas.operations import SCHEMA_VERSION
from services.book import Book
from services.faults import disk_refused, is_of_the_disk
from services.queries import statement
from services.refusals import Conflict, Malformed

READ_ONLY = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
"""Mode bits of a published copy (0444)."""

PRIVATE = ("registrations", "tokens", "answers")
"""What a published copy is without, each blanked by one statement `publish.blank_...`."""


def publish(book: Book, target: Path) -> Path:
    """Copy the book to `target` and swap it in at once; returns the path.

    Raises NotFound without a book, Conflict where `target` is no published copy, Unavailable when the disk refuses.
    """
    target = Path(target)
    Book(target).must_have_a_name()
    book.must_exist()
    _must_be_replaceable(book, target)
    with replacing(target) as part:
        copy_book(book, part, blanks=PRIVATE)
        part.chmod(READ_ONLY)
    return target


def copy_book(book: Book, part: Path, *, blanks: tuple[str, ...] = ()) -> None:
    """Write a consistent copy of the book, views and comments included, to a new file, without what is blanked.

    Readers may go on meanwhile; writers wait. The copy holds no space of deleted rows. Copying and blanking are one
    transaction, so that the earlier form of a row is not left in the free space of the file either (a table of more
    than 100,000 rows may leave some).
    """
    with book.read(), duckdb.connect() as connection:
        connection.execute(statement("publish.attach_source"), {"path": str(book.path)}).fetchall()
        try:
            connection.execute(statement("publish.attach_target"), {"path": str(part)}).fetchall()
        except duckdb.IOException as fault:  # of the copy's disk, not of the book's
            raise OSError(str(fault)) from fault
        connection.begin()
        connection.execute(statement("publish.copy")).fetchall()
        for name in blanks:
            connection.execute(statement(f"publish.blank_{name}")).fetchall()
        connection.commit()
        version = connection.execute(statement("publish.version_of_target")).fetchall()[0][0]
        in_source, in_target = connection.execute(statement("publish.n_tables")).fetchall()[0]
        if version != SCHEMA_VERSION or in_source != in_target:
            raise Malformed(
                "copy_incomplete",
                str(part),
                f"The copy of {book.path} is not complete: {in_target} of {in_source} tables.",
                "Try again; the earlier copy is untouched.",
            )
        connection.execute(statement("publish.release_target")).fetchall()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new file beside `target` that takes its place when the block ends, and is removed when it raises.

    One such block at a time per folder: the folder itself is locked, so that no file for the lock stays behind.
    Conflict where `target` is a folder, a pipe or a device.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        if target.exists() and not target.is_file():  # a device would be gone, and a file in its place
            raise Conflict("not_a_file", str(target), f"{target} is no file.", "Name a file, new or old.")
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError as fault:
        raise disk_refused(target, fault, elsewhere="") from fault
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        try:
            clear(part)
            yield part
            _settle(part)
            part.replace(target)
            os.fsync(folder)
        except (OSError, duckdb.Error) as fault:
            if isinstance(fault, duckdb.Error) and not is_of_the_disk(fault):
                raise
            raise disk_refused(target, fault, elsewhere="") from fault
        finally:
            clear(part)
    finally:
        os.close(folder)


def clear(part: Path) -> None:
    """Remove an unfinished file and the log DuckDB keeps beside it."""
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".wal").unlink(missing_ok=True)


def _settle(part: Path) -> None:
    """Wait until the file is on the disk, so that the swap never shows an empty one after a power cut."""
    handle = os.open(part, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _must_be_replaceable(book: Book, target: Path) -> None:
    """Only a published copy may be replaced: a writable file there is a book, or somebody's own."""
    if not target.exists():
        return
    if target.resolve() == book.path.resolve() or not target.is_file() or target.stat().st_mode & stat.S_IWUSR:
        raise Conflict(
            "publish_target_taken",
            str(target),
            f"{target} exists and is not a published copy.",
            "Choose another path, or remove it yourself first.",
        )
