"""What jobs told of a forgotten person: outcomes of records, lists of failures, and uploaded files.

What lives here: `scrub`, the part of `services.forget` that looks after texts of requests and documents. What does not:
the person's rows, landed lines and kept inputs (`services.forget`), and files outside of the book.

A list of failures loses the lines that name the person. An uploaded file that states the person is given up whole: its
layout is the caller's, its lines are landed, and those of everybody else stay.
"""

import hashlib
import io
from collections.abc import Collection

import polars as pl

from services.book import Transaction

_MARK = b"\xef\xbb\xbf"


def scrub(tx: Transaction, ids: Collection[str], census_ids: Collection[str]) -> int:
    """Scrub the texts, while the members are still known; how many documents had to change."""
    asked = {"ids": list(ids), "census_ids": list(census_ids)}
    tx.run("forget.make_names", {"ids": asked["ids"]})
    try:
        tx.run("forget.blank_details", asked)
        names = tx.frame("forget.names")["name"]
        papers = tx.rows("forget.papers", asked)
        return sum(_scrubbed(tx, version_id, names, is_landed=bool(landed)) for version_id, landed in papers)
    finally:
        tx.run("forget.drop_names")


def _scrubbed(tx: Transaction, version_id: str, names: pl.Series, *, is_landed: bool) -> bool:
    """Whether a document held the person, and had to change."""
    found = tx.row("documents.data", {"version_id": version_id})
    assert found is not None
    before = bytes(found[0])
    after = b"" if is_landed else without(before, names)
    if after == before:
        return False
    with tx.lend(document_bytes=pl.DataFrame({"version_data": [after]}, schema={"version_data": pl.Binary})):
        tx.run("forget.replace_paper", {"version_id": version_id, "sha256": hashlib.sha256(after).hexdigest()})
    return True


def without(text: bytes, names: pl.Series) -> bytes:
    r"""A CSV without the lines in which a cell is one of the names; any other file as it is.

    >>> without(b"Key,Name\nE1,Ann\nE2,Bea\n", pl.Series(["E1"]))
    b'Key,Name\nE2,Bea\n'
    """
    try:
        lines = pl.read_csv(io.BytesIO(text), has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError):
        return text
    is_named = pl.any_horizontal(pl.all().str.strip_prefix("'").is_in(names.implode()))
    kept = lines.filter(~is_named.fill_null(value=False))
    if kept.height == lines.height:
        return text
    out = io.BytesIO()
    kept.write_csv(out, include_header=False)
    return (_MARK if text.startswith(_MARK) else b"") + out.getvalue()
