"""Who is stated twice in an uploaded file, found over the whole of it before any batch runs (BC-6).

What lives here: the key of every row, the rows that repeat one, and the faults that say so. What does not: members of
the book with the same key: they are updated (CV-19).
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from services.book import Transaction
from services.census_load import member_key
from services.census_load.kinds import ERROR, KINDS
from services.census_load.people import people_of
from services.intake.landing import Landing
from services.members import near

_KIND = KINDS["duplicate_row"]


def keys(tx: Transaction, landing: Landing, census_id: str, fields: Sequence[str]) -> pl.DataFrame:
    """person, given_key, and key_text, from which the key of a row without one of its own is made; null for nobody."""
    people = people_of(landing, near.read(tx, census_id))
    text = member_key.key_text(people, member_key.key_columns(fields))
    named = pl.all_horizontal(pl.col(name).is_not_null() for name in member_key.DEFAULTS[:3])
    is_somebody = named & ~pl.col("is_skipped") & pl.col("same_person").is_null()
    return people.select(
        "person",
        pl.when(is_somebody & (pl.col("member_key").str.strip_chars() != "")).then("member_key").alias("given_key"),
        pl.when(is_somebody).then(pl.lit(text)).alias("key_text"),
    )


def repeated(keyed: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that repeat the key of an earlier one: person, row, first (the row of that one)."""
    somebody = keyed.drop_nulls("key_text")
    key = pl.coalesce("given_key", "key_text")
    later = somebody.with_columns(first_person=pl.col("person").first().over(key)).filter(
        pl.col("first_person") != pl.col("person")
    )
    at = rows.select("person", "row")
    return (
        later.select("person", "first_person")
        .join(at, on="person", maintain_order="left")
        .join(at.select(first_person="person", first="row"), on="first_person", maintain_order="left")
        .select("person", "row", "first")
    )


def told(landing: Landing, repeats: pl.DataFrame) -> Landing:
    """The landing with a fault for each repeated row; rows are counted as batches count them."""
    if repeats.is_empty():
        return landing
    at = landing.persons.select(pl.col("person").cast(pl.UInt32), "file_no", "line_number", "person_no")
    said = repeats.join(at, on="person", how="left", maintain_order="left").with_columns(
        code=pl.lit(_KIND.code),
        severity=pl.lit(ERROR),
        message=pl.format("Row {} duplicates row {}.", "row", "first"),
        hint=pl.lit(_KIND.hint),
    )
    return with_faults(landing, said)


def with_faults(landing: Landing, faults: pl.DataFrame) -> Landing:
    """The landing with further faults; columns that they lack are null."""
    schema = landing.faults.schema
    missing = [pl.lit(None, schema[name]).alias(name) for name in schema if name not in faults.columns]
    typed = faults.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    return replace(landing, faults=pl.concat([landing.faults, typed]))
