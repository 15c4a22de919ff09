"""What jobs told of a forgotten person: outcomes of records, lists of failures, and uploaded files.

What lives here: `scrub`, the part of `services.forget` that looks after texts of requests and documents. What does not:
the person's rows, landed lines and kept inputs (`services.forget`), and files outside of the book.

A list of failures loses the lines that name the person. Any other file that states the person is given up whole: its
layout is the caller's. A file that was loaded goes at once, since its lines are landed and those of everybody else
stay; one that never was is looked into, whatever its form. A file of the census that nobody can look into goes too.
"""

import hashlib
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from services import handed_on
from services.book import Transaction
from services.intake.plain_rows import BETWEEN, plain_rows

_MARK = b"\xef\xbb\xbf"
_CELL = r"""[^,;\t|"'<>]+"""
"""A cell of a line of text, whatever stands between cells."""


@dataclass(frozen=True)
class Sought:
    """What texts know the persons by: ids and keys, which are whole cells; first and last names, words of one row."""

    keys: pl.Series
    persons: Sequence[tuple[str, str]] = ()

    def is_in(self, rows: pl.Series) -> pl.Series:
        """Which rows state one of the persons."""
        cells = rows.to_frame("row").with_row_index("at").with_columns(pl.col("row").str.extract_all(_CELL))
        cells = cells.explode("row").filter(pl.col("row").str.strip_chars().is_in(self.keys.implode()))
        found = [pl.int_range(rows.len(), dtype=pl.UInt32, eager=True).is_in(cells["at"].implode())]
        odd = [key for key in self.keys.to_list() if not re.fullmatch(_CELL, key)]
        found += [rows.str.contains(key, literal=True) for key in odd]
        found += [rows.str.contains(_word(first)) & rows.str.contains(_word(last)) for first, last in self.persons]
        return pl.select(pl.any_horizontal([each.fill_null(value=False) for each in found])).to_series()


def _word(name: str) -> str:
    return rf"(?i)(?:^|\W){re.escape(name)}(?:\W|$)"


def scrub(tx: Transaction, ids: Collection[str], census_ids: Collection[str]) -> int:
    """Scrub the texts, while the members are still known; how many documents had to change."""
    asked = {"ids": list(ids), "census_ids": list(census_ids)}
    tx.run("forget.make_names", {"ids": asked["ids"]})
    try:
        tx.run("forget.blank_details", asked)
        persons = [(str(first), str(last)) for first, last in tx.rows("forget.persons", {"ids": asked["ids"]})]
        sought = Sought(tx.frame("forget.names")["name"], persons)
        papers = tx.rows("forget.papers", asked)
        return sum(_scrubbed(tx, sought, *paper) for paper in papers)
    finally:
        tx.run("forget.drop_names")


def _scrubbed(tx: Transaction, sought: Sought, version_id: str, is_landed: object, is_of_census: object) -> bool:
    """Whether a document held the persons, and had to change."""
    found = tx.row("documents.data", {"version_id": version_id})
    assert found is not None
    before = bytes(found[0])
    after = b"" if is_landed else without(before, sought, is_of_census=bool(is_of_census))
    if after == before:
        return False
    with tx.lend(document_bytes=pl.DataFrame({"version_data": [after]}, schema={"version_data": pl.Binary})):
        handed_on.let_go()
        tx.run("forget.replace_paper", {"version_id": version_id, "sha256": hashlib.sha256(after).hexdigest()})
    return True


def without(data: bytes, sought: Sought, *, is_of_census: bool = True) -> bytes:
    r"""A CSV without the lines that state the persons; of any other file all, or nothing where it states one.

    What cannot be looked into is taken to state them if it is a file of their census.

    >>> ann = Sought(pl.Series(["E1"]), [("Ann", "Able")])
    >>> without(b"Key,Name\nE1,Ann\nE2,Bea\nE3,\"Able, Ann\"\n", ann)
    b'Key,Name\nE2,Bea\n'
    >>> without(b"Key;Name\nE1;Ann\n", ann)
    b''
    >>> without(b"%PDF\x00", ann), without(b"%PDF\x00", ann, is_of_census=False)
    (b'', b'%PDF\x00')
    """
    lines = _csv(data)
    if lines is not None:
        is_named = sought.is_in(lines.select(pl.concat_str(pl.all().fill_null(""), separator=BETWEEN)).to_series())
        if not is_named.any():
            return data
        out = io.BytesIO()
        lines.filter(~is_named).write_csv(out, include_header=False)
        return (_MARK if data.startswith(_MARK) else b"") + out.getvalue()
    rows = plain_rows(data)
    is_stated = is_of_census if rows is None else sought.is_in(rows).any()
    return b"" if is_stated else data


def _csv(data: bytes) -> pl.DataFrame | None:
    """The lines of a file with commas between its cells, as the program writes them; None of another form."""
    try:
        lines = pl.read_csv(io.BytesIO(data), has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError):
        return None
    return lines if lines.width > 1 else None
