"""Member keys of a request: which fields make them, and which key a known member has after the change (CV-18 to CV-21).

What lives here: the caller's fields checked, and the choice between the key given, the key stored and a new one. What
does not: spelling and hashing of a key, and finding members by it (`services.census_load.member_key`).
"""

from collections.abc import Sequence
from itertools import permutations

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

TELLING = ("birth_date", "gender", "source_system_identifier")
"""Fields that a key is made of beside names, association and e-mail, where a caller asks for more."""

LISTS = [
    member_key.key_columns([*base, *extras], replaces=base == ("first_name", "last_name", "email", "group_census_id"))
    for base in ((), ("email",), ("first_name", "last_name", "email", "group_census_id"))
    for n in range(3)
    for extras in permutations(TELLING, n)
]
"""The lists of fields that keys are made of (conventions, section 3): the defaults, alone and with up to two more."""


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
    key is none of ours to compute (CV-21); otherwise a new one is hashed (CV-20), of the fields that the stored one was
    made of where they are not those of `by`.
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
    odd = joined.filter(~given & (pl.col("was_key") != pl.col("was_hash"))).select(row="person")
    if odd.height:
        now = odd.join(people, left_on="row", right_on="person", maintain_order="left")
        then = odd.join(was, on="row", maintain_order="left")
        others = _of_other_lists(tx, now, then)
        joined = joined.join(others, left_on="person", right_on="row", how="left", maintain_order="left")
        joined = joined.with_columns(was_key=pl.coalesce("other_key", "was_key")).drop("other_key")
    return joined.with_columns(
        member_key=pl.when(~given & keeps).then("was_key").otherwise("member_key"),
        is_key_given=given | pl.col("was_hash").is_not_null(),
    ).drop("was_key", "was_hash")


def _of_other_lists(tx: Transaction, now: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """row, other_key: for members whose stored key is of another of `LISTS`, the key of that list as they are now.

    Which fields a key was made of is not stored: of the fields as they were, it shows.
    """
    sides = [(now, "new"), (then, "old")]
    texts = pl.concat(
        side.select("row", side=pl.lit(name), of=pl.lit(n, pl.Int32)).with_columns(member_key.key_text(side, columns))
        for n, columns in enumerate(LISTS)
        for side, name in sides
    ).with_row_index("place")
    with tx.lend(load_keys=texts.select("place", "key_text", ssn=pl.lit(None, pl.String))):
        texts = texts.with_columns(tx.frame("census.keys", {"ssn_key": ""})["member_key"])
    stored = then.select("row", was_key="member_key")
    old = texts.filter(pl.col("side") == "old").join(stored, on="row").filter(pl.col("member_key") == pl.col("was_key"))
    new = texts.filter(pl.col("side") == "new").select("row", "of", other_key="member_key")
    # Of lists that spell a key alike, as where their fields were blank, the first counts.
    return old.group_by("row").agg(pl.col("of").min()).join(new, on=["row", "of"]).select("row", "other_key")


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
