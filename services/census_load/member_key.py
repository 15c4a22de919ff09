"""The member key (CV-18), the duplicates it shows within the files, and the members it finds in the book.

What lives here: which fields make a key and how they are spelled, the hashing, the key of a known member after a
change, first-wins duplicates (BC-6), and matching by id or key (CV-19 to CV-21). What does not: what comes of a match.

Layout A of the published samples: values each followed by a comma, MD5, lower-case hex, case-sensitive.
"""

from collections.abc import Collection, Sequence
from itertools import permutations

import polars as pl

from schemas.census import CENSUS_MEMBER
from services.book import Transaction
from services.census_load.ledger import Ledger
from services.census_load.people import STATED
from services.dollars import dollars
from services.refusals import Malformed

DEFAULTS = ("association", "first_name", "last_name", "group_census_id")

_MERGED = (*STATED, "primary_member_source")
"""Fields of a key that a row may leave blank, because the stored value stays."""

READABLE = tuple(c.name for c in CENSUS_MEMBER.columns if c.wire or c.name in STATED)
"""Columns that may join a key: every field that a caller can read."""


def key_columns(
    duplicate_fields: Sequence[str], *, replaces: bool = False, known: Collection[str] = READABLE
) -> list[str]:
    """The columns of the key in canonical order: the defaults, e-mail before the census id, then the extras.

    Names are published field names of the `known` columns in any case (CV-2); an unknown one is Malformed (CV-3).
    With `replaces` the fields stand alone, without the defaults, in the same order.
    """
    known = {(c.wire or c.name).lower(): c.name for c in CENSUS_MEMBER.columns if c.name in (*known, *DEFAULTS)}
    known |= {name: name for name in known.values()}
    extras: list[str] = []
    for name in duplicate_fields:
        column = known.get(name.strip().lower())
        if column is None:
            raise Malformed(
                "SF-0001-0013",
                "duplicateDetectionFields",
                f"{name} is not a field of a census member. Check field names are correct and user has access to the"
                " specified fields",
                "Use a field such as Birthdate or Email.",
            )
        extras.append(column)
    before = [*DEFAULTS[:3], *(["email"] if "email" in extras else []), DEFAULTS[3]]
    return list(dict.fromkeys([*(name for name in before if not replaces or name in extras), *extras]))


TELLING = ("birth_date", "gender", "source_system_identifier")
"""Fields that a key is made of beside names, association and e-mail, where a caller asks for more."""

LISTS = [
    key_columns([*base, *extras], replaces=base == ("first_name", "last_name", "email", "group_census_id"))
    for base in ((), ("email",), ("first_name", "last_name", "email", "group_census_id"))
    for n in range(3)
    for extras in permutations(TELLING, n)
]
"""The lists of fields that keys are made of (conventions, section 3): the defaults, alone and with up to two more."""


def key_text(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """The text that is hashed: each value trimmed and followed by a comma, a blank one as the comma alone.

    A column that the frame lacks, because no file states it, is blank.
    """
    parts: list[pl.Expr] = []
    for name in columns:
        parts += [_spelled(name, frame.schema[name]) if name in frame.schema else pl.lit(""), pl.lit(",")]
    return frame.select(pl.concat_str(parts).alias("key_text")).to_series()


def _spelled(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if dtype == pl.String:
        return value.str.strip_chars().fill_null("")
    if name.endswith("_cents"):  # published as dollars, without trailing zeros
        value = dollars(value)
    if dtype == pl.Date:
        return value.dt.strftime("%Y-%m-%d").fill_null("")
    text = value.cast(pl.String)
    return text.str.replace(r"\.0$", "").fill_null("")


def with_keys(tx: Transaction, people: pl.DataFrame, columns: Sequence[str], ssn_key: str) -> pl.DataFrame:
    """The people with `member_key` (as given, or hashed where the names are there) and `ssn_hash` instead of `ssn`."""
    digits = pl.col("ssn").str.replace_all(r"\D", "")
    lent = people.select(
        place=pl.col("person"),
        # Fewer digits (the last four of a masked number) name nobody, and must not replace the hash of a whole one.
        ssn=pl.when(digits.str.len_chars().is_between(7, 9)).then(digits.str.zfill(9)),
    ).with_columns(key_text(people, columns))
    with tx.lend(load_keys=lent):
        made = tx.frame("census.keys", {"ssn_key": ssn_key})
    is_named = pl.all_horizontal(pl.col(name).is_not_null() for name in DEFAULTS[:3]) & ~pl.col("is_skipped")
    given = pl.when(pl.col("member_key").str.strip_chars() != "").then("member_key")
    return people.drop("ssn").with_columns(
        member_key=pl.when(is_named).then(pl.coalesce(given, made["member_key"])),
        is_key_given=given.is_not_null(),
        ssn_hash=made["ssn_hash"],
    )


def of_known(
    tx: Transaction, made: pl.DataFrame, people: pl.DataFrame, members: pl.DataFrame, known: pl.DataFrame,
    by: Sequence[str],
) -> pl.DataFrame:  # fmt: skip
    """`made`, what `with_keys` made of the people, with the keys of known members (`known`: row, was).

    A known member keeps its key while the fields of it stay as they are, and also when the stored key is none of ours
    to compute (CV-21); otherwise a new one is hashed (CV-20), of the fields that the stored one was made of where they
    are not those of `by`.
    """
    was = known.join(members, left_on="was", right_on="stored", how="left", maintain_order="left")
    lent = was.select(place="row", ssn=pl.lit(None, pl.String)).with_columns(key_text(was, by))
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
        side.select("row", side=pl.lit(name), of=pl.lit(n, pl.Int32)).with_columns(key_text(side, columns))
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


def with_keys_of_named(tx: Transaction, people: pl.DataFrame, members: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The people, where rows name a stored member by its id with the key that it has after the change (CV-20). A blank
    cell leaves the stored value (BC-51), also in the key."""
    on = ["group_census_id", "group_census_member_id"]
    may_change = pl.col("member_key").is_not_null() & ~pl.col("is_key_given")
    named = people.filter(may_change & pl.col("group_census_member_id").is_not_null())
    named = named.join(members.select(*on, was="stored"), on=on, how="inner", maintain_order="left")
    if named.is_empty():
        return people
    stored = members.select(pl.col("stored").alias("was"), *(pl.col(name).alias(f"was_{name}") for name in _MERGED))
    filled = named.join(stored, on="was", maintain_order="left").with_columns(
        *(pl.coalesce(name, f"was_{name}").alias(name) for name in _MERGED),
        member_key=pl.lit(None, pl.String),
        ssn=pl.lit(None, pl.String),
    )
    made = with_keys(tx, filled, by, "")
    keyed = of_known(tx, made, filled, members, filled.select("was", row="person"), by)
    told = keyed.select("person", new_key="member_key")
    joined = people.join(told, on="person", how="left", maintain_order="left")
    return joined.with_columns(
        member_key=pl.coalesce("new_key", "member_key"),
        is_key_given=pl.col("is_key_given") | pl.col("new_key").is_not_null(),
    ).drop("new_key")


def refuse_duplicates(
    people: pl.DataFrame, files: pl.DataFrame, ledger: Ledger, by: Sequence[str], among: pl.Expr
) -> None:
    """The first person of a key is processed, each later one fails naming the first (BC-6)."""
    keyed = people.filter(among)
    if keyed.height == keyed.n_unique(by):
        return
    firsts = pl.col("person").first().over(by)
    later = keyed.with_columns(first=firsts).filter(pl.col("first") != pl.col("person"))
    at_first = people.select(first="person", first_file="file_no", first_line="line_number")
    names = files.select(first_file="file_no", first_name_of_file="file_name")
    told = later.join(at_first, on="first", how="left").join(names, on="first_file", how="left")
    elsewhere = (
        pl.when(pl.col("file_no") != pl.col("first_file"))
        .then(pl.format(" of {}", pl.col("first_name_of_file")))
        .otherwise(pl.lit(""))
    )
    message = pl.concat_str(
        pl.lit("Row "), "line_number", pl.lit(" duplicates row "), "first_line", elsewhere, pl.lit(".")
    )
    ledger.say(
        "duplicate_row", told.sort("person").select("file_no", "line_number", "person_no", "person", message=message)
    )


def with_matches(people: pl.DataFrame, members: pl.DataFrame, files: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The people with `stored`: the row of the stored member each one is (by id first, then by key), else null.

    Refuses an id of no member of the census, a change between primary and dependent, a key that another
    member has (CV-20), and a second row for one member. A duplicate is nobody: the first row is the member.
    """
    if members.is_empty() and people["group_census_member_id"].null_count() == people.height:
        return people.with_columns(stored=pl.lit(None, pl.UInt32))
    by_id = members.select("group_census_id", "group_census_member_id", by_id="stored")
    by_key = members.filter(pl.col("member_key").is_not_null()).unique(
        ["group_census_id", "member_key"], keep="first", maintain_order=True
    )
    found = people.join(
        by_id, on=["group_census_id", "group_census_member_id"], how="left", maintain_order="left"
    ).join(
        by_key.select("group_census_id", "member_key", by_key="stored"),
        on=["group_census_id", "member_key"],
        how="left",
        maintain_order="left",
    )
    twice = ledger.issues().filter(pl.col("code") == "duplicate_row")["person"]
    found = found.with_columns(
        pl.when(~pl.col("person").is_in(twice.implode())).then(pl.col("by_id", "by_key")).name.keep()
    )
    found = found.with_columns(
        stored=pl.coalesce("by_id", pl.when(pl.col("group_census_member_id").is_null()).then("by_key"))
    )
    live = found.filter(~pl.col("is_skipped") & ~pl.col("person").is_in(twice.implode()))
    ledger.say(
        "unknown_member_id", live.filter(pl.col("group_census_member_id").is_not_null() & pl.col("by_id").is_null())
    )
    # Also by key: one that is given, or that Std makes without the relationship, says nothing of the role.
    known = live.join(members.select("stored", was="association"), on="stored", maintain_order="left")
    ledger.say("role_change", known.filter((pl.col("was") == "Self") != pl.col("is_primary")))
    ledger.say("key_taken", live.filter(pl.col("by_id").is_not_null() & (pl.col("by_key") != pl.col("by_id"))))
    refuse_duplicates(
        found, files, ledger, ["stored"], pl.col("stored").is_not_null() & ~pl.col("is_skipped") & ~ledger.refused
    )
    return found.drop("by_id", "by_key")
