"""Upserts by natural key: ids are kept, new ones minted, and only rows that differ are written.

What lives here: the one way a frame of records goes into a table. What does not: which records, and the statements
themselves (`services/sql/shelf.sql`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from services.book import Transaction
from services.ids import spell_many
from services.shelf.parse import folded


@dataclass(frozen=True)
class Target:
    """A table of records: the prefix and column of its ids, and its two statements."""

    prefix: str
    id_column: str
    update: str
    insert: str


def upsert(tx: Transaction, target: Target, records: pl.DataFrame, now: datetime) -> int:
    """Store records, those with a null id as new ones in their order. Returns how many were made or changed."""
    if records.is_empty():
        return 0
    numbered = with_ids(tx, target, records)
    with tx.lend(incoming=numbered):
        changed = count(tx, target.update, now=utc(now))
        tx.run(target.insert, {"now": utc(now)})
    return changed + int(numbered["is_new"].sum())


def with_ids(tx: Transaction, target: Target, records: pl.DataFrame) -> pl.DataFrame:
    """The records with an id each, and `is_new`."""
    is_new = records[target.id_column].is_null()
    n_new = int(is_new.sum())
    if n_new == 0:
        return records.with_columns(is_new=pl.lit(False))
    minted = spell_many(target.prefix, tx.mint(target.prefix, n_new), n_new)
    place = is_new.cum_sum().cast(pl.Int64) - 1  # signed: rows before the first new one stand at -1
    return records.with_columns(
        pl.when(is_new).then(minted.gather(place.clip(0))).otherwise(pl.col(target.id_column)).alias(target.id_column),
        is_new=is_new,
    )


def count(tx: Transaction, name: str, **params: object) -> int:
    """Run a statement that writes and say how many rows it wrote."""
    found = tx.row(name, params)
    return int(found[0]) if found else 0


def stored(tx: Transaction, name: str, *keys: str) -> pl.DataFrame:
    """Records of the book with `<key>_key` in place of each key column, as sheets compare them."""
    frame = tx.frame(name)
    if not keys:
        return frame
    return frame.select(pl.exclude(keys), *(folded(key).alias(f"{key}_key") for key in keys))


def utc(moment: datetime) -> datetime:
    """A moment as the book keeps it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
