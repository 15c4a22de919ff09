"""Member keys of a request: which fields make them, and which key a known member has after the change (CV-18 to CV-21).

What lives here: the caller's fields checked, and members whose keys stay. What does not: spelling and hashing of a key,
the choice between the key stored and a new one, and finding members by it (`services.census_load.member_key`).
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
    """The people with `member_key`, `is_key_given` and `ssn_hash`; those of known members (`known`: row, was) as
    `member_key.of_known` has them."""
    made = member_key.with_keys(tx, people, by, "")
    return made if known.is_empty() else member_key.of_known(tx, made, people, members, known, by)


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
