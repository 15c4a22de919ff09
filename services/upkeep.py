"""Upkeep of the book: backup, and migration of a book that another version of the program made.

What lives here: a copy to keep, and the rebuilding of a book in the present shape. What does not: the published copy
for analysts (`services.publish`), and undoing a load (`services.undo`).

Migration never changes the old file. It builds a new one beside it, copies every table set-based, counts, keeps the old
file under a name that tells its version, and swaps the new one in at once. A migration that dies changes nothing.
"""

import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from schemas import TABLES
from schemas.operations import SCHEMA_VERSION
from services.book import Book, build, furnish
from services.faults import damaged, disk_refused, is_damage, is_locked
from services.publish import clear, copy_book, replacing
from services.queries import statement, statements
from services.refusals import BookBusy, Conflict, Malformed

Shape = dict[str, list[str]]
"""Column names by qualified table."""

REBUILT = "book.version"
"""The one table that is written anew instead of copied."""


@dataclass(frozen=True)
class Migration:
    """What a migration did. `left_behind` names tables and columns that only the backup still holds."""

    path: Path
    from_version: int
    to_version: int
    backup: Path | None
    n_rows: dict[str, int] = field(default_factory=dict)
    left_behind: list[str] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        """False: the book had the present shape already."""
        return self.backup is not None


def backup(book: Book, target: Path, *, force: bool = False) -> Path:
    """Copy the book, consistent and complete, to `target`; refuses to overwrite unless `force`."""
    target = Path(target)
    if target.resolve() == book.path.resolve():
        raise Conflict(
            "backup_onto_book",
            str(target),
            f"{target} is the book itself.",
            "Choose another path.",
        )
    if target.is_dir():
        raise Conflict(
            "backup_exists",
            str(target),
            f"{target} is a folder.",
            "State the name of a file in it.",
        )
    if target.exists() and not force:
        raise Conflict(
            "backup_exists",
            str(target),
            f"{target} exists already.",
            "Choose another path, or add --force to overwrite it.",
        )
    Book(target).must_have_a_name()
    book.must_exist()
    with replacing(target) as part:
        copy_book(book, part)
    _copy_key(book.path, target)
    return target


def _copy_key(book: Path, target: Path) -> None:
    """The key of the hashed numbers goes with the copy; without it they can be matched no more."""
    key = Path(f"{book}.key")
    if key.exists():
        with replacing(Path(f"{target}.key")) as part:
            shutil.copy(key, part)
            part.chmod(0o600)


def migrate(book: Book, now: datetime) -> Migration:
    """Bring a book of an older version, or of a different shape, to the present one.

    Raises NotFound without a book, Conflict for a book of a newer version, Malformed for a file that is no book.
    """
    book.must_exist()
    with book.locked(exclusive=True):
        _fold_log(book.path)
        version, shape = _look(book.path)
        if version == SCHEMA_VERSION and shape == _present_shape():
            return Migration(book.path, version, version, None)
        kept = book.path.with_name(f"{book.path.stem}.v{version}.{now:%Y%m%dT%H%M%S}{book.path.suffix}")
        if kept.exists():
            raise Conflict(
                "backup_exists",
                str(kept),
                f"{kept} exists already.",
                "Move it away, then try again.",
            )
        with replacing(book.path) as part:
            n_rows = _rebuild(book.path, part, version, shape, now)
            shutil.copymode(book.path, part)
            _keep(book.path, kept)
    return Migration(book.path, version, SCHEMA_VERSION, kept, n_rows, _left_behind(shape))


def _present_shape() -> Shape:
    return {name: TABLES[name].column_names for name in sorted(TABLES)}


def _left_behind(shape: Shape) -> list[str]:
    """Tables and columns of the old book that the present shape does not have."""
    present = _present_shape()
    columns = [f"{name}.{c}" for name in shape if name in present for c in shape[name] if c not in present[name]]
    return sorted([name for name in shape if name not in present] + columns)


def _fold_log(path: Path) -> None:
    """Open and close the file once, so that what a killed run left in the log is in the file."""
    try:
        duckdb.connect(str(path)).close()
    except duckdb.Error as fault:
        if is_damage(fault):
            raise damaged(path, fault) from fault
        if is_locked(fault):
            raise BookBusy(
                "book_busy",
                str(path),
                f"Another program has {path} open.",
                "Close it there, then try again.",
            ) from fault
        raise _no_book(path) from fault


def _no_book(path: Path) -> Malformed:
    return Malformed(
        "book_unreadable",
        str(path),
        f"{path} is not a book that this program can open.",
        "Point BENEFITS_BOOK at another path, or restore a copy made by `benefits backup`.",
    )


def _look(path: Path) -> tuple[int, Shape]:
    """Version and shape of the book at a path."""
    with duckdb.connect() as connection:
        connection.execute(statement("publish.attach_source"), {"path": str(path)}).fetchall()
        if not connection.execute(statement("upkeep.versions")).fetchall():
            raise _no_book(path)
        found = connection.execute(statement("upkeep.source_version")).fetchall()
        version = int(found[0][0]) if found else 0
        if version > SCHEMA_VERSION:
            raise Conflict(
                "book_version",
                str(path),
                f"{path} has version {version} of the tables; this program knows up to version {SCHEMA_VERSION}.",
                "Install a newer version of the program.",
            )
        return version, dict(connection.execute(statement("upkeep.source_shape")).fetchall())


def _rebuild(old: Path, new: Path, version: int, shape: Shape, now: datetime) -> dict[str, int]:
    """Write every table of the old book into a new file of the present shape; rows by table."""
    with duckdb.connect(str(new)) as connection:
        connection.execute("BEGIN")
        build(connection, now)
        connection.execute("COMMIT")
        connection.execute(statement("publish.attach_source"), {"path": str(old)}).fetchall()
        n_rows = {
            name: _copy_table(connection, name, shape[name], version, old)
            for name in TABLES
            if name in shape and name != REBUILT
        }
        furnish(connection)
        connection.execute(statement("publish.release_source")).fetchall()
    return n_rows


def _copy_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: list[str],
    version: int,
    old: Path,
) -> int:
    """One table: by the statement written for that version, or the columns both shapes have."""
    own = f"upkeep.from_{version}__{name.replace('.', '_')}"
    is_own = own in statements()
    common = [c for c in TABLES[name].column_names if c in columns]
    sql = statement(own) if is_own else _named(statement("upkeep.copy_table"), name, common)
    try:
        connection.execute(sql).fetchall()
    except duckdb.Error as fault:
        raise Conflict(
            "book_not_migratable",
            str(old),
            f"Table {name} of version {version} does not fit the present one: {str(fault).splitlines()[0]}",
            "The book is unchanged. Please report this with the version of the program that made it.",
        ) from fault
    before, after = connection.execute(_named(statement("upkeep.count_rows"), name, common)).fetchall()[0]
    if before != after and not is_own:
        raise Conflict(
            "book_not_migratable",
            str(old),
            f"Table {name} would keep {after:,} of {before:,} rows.",
            "The book is unchanged. Please report this.",
        )
    return int(after)


def _named(sql: str, table: str, columns: list[str]) -> str:
    """A statement with the names of one of our own tables put in."""
    return sql.replace("{table}", table).replace("{columns}", ", ".join(columns))


def _keep(path: Path, kept: Path) -> None:
    """Give the old file a second name, so that the swap leaves it there; copied where a disk knows no links."""
    try:
        os.link(path, kept)
    except OSError:
        try:
            shutil.copy2(path, kept)
        except OSError as fault:
            clear(kept)
            raise disk_refused(kept, fault, elsewhere="") from fault
