"""Member keys of a request: which fields make them, and which key a known member has after the change (CV-18 to CV-21).

What lives here: the caller's fields checked, and the choice between the key given, the key stored and a new one. What
does not: spelling and hashing of a key, and finding members by it (`services.census_load.member_key`).
"""

from collections.abc import Sequence

import polars as pl

from services.book import Transaction
from services.census_load import member_key
from services.census_load.people import STATED
from services.insurance_errors import Refused, unknown_field
from services.members.fields import NAMES, PLAIN
from services.one_go import collected
from services.refusals import Malformed

_KEYED = (*STATED, *PLAIN, "primary_member_source")
"""Columns that may be part of a key."""


def columns(fields: Sequence[str], *, replaces: bool) -> list[str]:
    """The columns of the key in canonical order. Refused for a name that is no field of a member (CV-3)."""
    for name in fields:
        if NAMES.get(name.strip().lower()) not in (*_KEYED, "given_census_id"):
            raise Refused(unknown_field(name))
    try:
        return member_key.key_columns(fields, replaces=replaces, known=_KEYED)
    except Malformed as fault:
        raise Refused(unknown_field(fault.where)) from fault


def with_keys(
    tx: Transaction, people: pl.DataFrame, members: pl.DataFrame, known: pl.DataFrame, by: Sequence[str]
) -> pl.DataFrame:
    """The people with `member_key`, `is_key_given` and `ssn_hash`.

    A known member (`known`: row, was) keeps its key while the fields of it stay as they are, and also when the stored
    key is none of ours to compute (CV-21); otherwise a new one is hashed (CV-20).
    """
    made = member_key.with_keys(tx, people, by, "")
    if known.is_empty():
        return made
    was = known.join(members, left_on="was", right_on="stored", how="left", maintain_order="left")
    lent = was.select(place="row", ssn=pl.lit(None, pl.String)).with_columns(member_key.key_text(was, by))
    with tx.lend(load_keys=lent):
        hashed = tx.frame("census.keys", {"ssn_key": ""})["member_key"]
    # The statement answers in the order of the rows.
    stored = was.select("row", was_key="member_key").sort("row").with_columns(was_hash=hashed)
    joined = made.join(stored, left_on="person", right_on="row", how="left", maintain_order="left")
    keeps = pl.col("was_key").is_not_null() & (
        (pl.col("member_key") == pl.col("was_hash")).fill_null(True) | (pl.col("was_key") != pl.col("was_hash"))
    )
    given = pl.col("is_key_given")
    return joined.with_columns(
        member_key=pl.when(~given & keeps).then("was_key").otherwise("member_key"),
        is_key_given=given | pl.col("was_hash").is_not_null(),
    ).drop("was_key", "was_hash")


def with_stored_keys(people: pl.DataFrame, members: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The people with their keys and `stored`, where every row names its member and states nothing that keys are made
    of: each keeps its key."""
    keys = members.lazy().select("stored", "member_key")
    held = known.lazy().join(keys, left_on="was", right_on="stored", how="left")
    held = held.select(person="row", stored="was", member_key="member_key")
    joined = people.lazy().select("person").join(held, on="person", how="left", maintain_order="left")
    found = collected(joined)
    return people.drop("ssn", "member_key").with_columns(
        found["stored"], found["member_key"], is_key_given=pl.lit(True), ssn_hash=pl.lit(None, pl.String)
    )
