"""Which stored member each row of a request is about: by id, else by key (CV-19 to CV-21).

What lives here: reading the families near the rows and matching rows to them. What does not: refusing anything
(`judge`), and which key a member has after the change (`keys`).
"""

import polars as pl

from services.book import Transaction
from services.census_load.stored import Stored
from services.members import keys, landed, near
from services.members.asked import Asked, Operation, Reading
from services.one_go import collected

KNOWN = pl.Schema({"row": pl.UInt32, "was": pl.UInt32})
"""Which row of the request is about which stored member."""


def find(tx: Transaction, asked: Asked, stored: Stored) -> tuple[Stored, pl.DataFrame]:
    """The book's side with every family that the rows name, and `KNOWN`. The rows may still hold any fault."""
    rows = asked.rows
    named = near.names(
        id=pl.concat([rows.column("given_id"), rows.column("primary_group_census_member_id")]),
        source=rows.column("primary_member_source"),
    )
    stored = near.with_families(tx, stored, named)
    by_id = _by(rows.column("given_id"), stored, "group_census_member_id")
    if asked.keeps_keys:
        return stored, by_id
    first = landed.people(
        rows,
        stored,
        by_id,
        by_relationship=asked.reading is Reading.STD,
        needs_id=asked.operation is Operation.UPDATE,
    )
    keyed = keys.with_keys(tx, first, stored.members, by_id, asked.key_columns)["member_key"]
    # A key that is given finds its member, also where the row leaves out names.
    key = pl.select(pl.coalesce(rows.column("member_key"), keyed)).to_series()
    stored = near.with_families(tx, stored, near.names(key=key))
    by_id = _by(rows.column("given_id"), stored, "group_census_member_id")
    if asked.operation is Operation.UPDATE:
        return stored, by_id
    nameless = pl.select(pl.when(rows.column("given_id").is_null()).then(key)).to_series()
    return stored, pl.concat([by_id, _by(nameless, stored, "member_key")])


def _by(words: pl.Series, stored: Stored, column: str) -> pl.DataFrame:
    """Rows whose word is that of a stored member; the oldest member of a word."""
    asking = words.alias(column).to_frame().lazy().with_row_index("row").drop_nulls()
    held = stored.members.lazy().select(column, was="stored").unique(column, keep="first", maintain_order=True)
    found = asking.join(held, on=column, how="inner", maintain_order="left")
    return collected(found.select(pl.col(name).cast(dtype) for name, dtype in KNOWN.items()))
