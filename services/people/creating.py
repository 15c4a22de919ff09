"""The engine of accounts and contacts: a record for every member that has none, and a user for whoever wants one.

What lives here: `create`, over any number of members at once. What does not: which members (`choosing`), what a field
is called (`fields`), how users are found and made (`users`).

Each member is its own unit of work in effect: one that cannot get a record is told of in `faults`, and nothing of it is
written (AC-17). The number of statements does not depend on the number of members.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import polars as pl

from schemas.census import CENSUS_MEMBER
from services import ids
from services.book import Transaction
from services.insurance_errors import invalid, missing
from services.people.choosing import FAULTS, Chosen, faults_of
from services.people.fields import ACCOUNTS, DEFAULT_KEYS, DEFAULT_MAPPING, PERSON, RecordKind, Source, wire_of
from services.people.users import NO_EMAIL, UserDetails, accounts_of, make_users
from services.scope import Scope

RECORD_TYPE = "Person Account"


class Linked(Enum):
    """What becomes of members that have their record already: told of (AC-5), passed over (AC-50), or kept (AC-43)."""

    TOLD = "told"
    SKIPPED = "skipped"
    KEPT = "kept"


@dataclass(frozen=True)
class Ask:
    """What is asked for. No `keys`: every member gets a record of its own. No `users`: none are made.

    `overwrites`: fields of a record that was there take the member's values (AC-45).
    """

    kind: RecordKind
    keys: list[str] = field(default_factory=lambda: list(DEFAULT_KEYS))
    mapping: Source = field(default_factory=lambda: dict(DEFAULT_MAPPING))
    users: UserDetails | None = None
    record_type: str = RECORD_TYPE
    linked: Linked = Linked.TOLD
    overwrites: bool = False


@dataclass(frozen=True)
class Made:
    """What came of it.

    `details` has a row for each member with a record: row, group_census_id, group_census_member_id, record_id, user_id.
    `unflagged` are the members who would have got a user, were they flagged (AC-13).
    """

    details: pl.DataFrame
    faults: pl.DataFrame
    unflagged: list[str]
    n_made: int
    n_users: int
    """How many of what was made are portal users."""

    @property
    def is_success(self) -> bool:
        """A record was there or could be made for every member (AC-13)."""
        return not bool(self.faults["is_failure"].any())


def create(tx: Transaction, chosen: Chosen, ask: Ask, *, scope: Scope, now: datetime) -> Made:
    """Find or make a record for each chosen member, link it, and make users (AC-5 to AC-18)."""
    is_linked = pl.col(ask.kind.link).is_not_null()
    linked = chosen.members.filter(is_linked)
    wanted, faults = _legible(_values(chosen.members.filter(~is_linked), ask), ask.kind)
    matched = _matched(tx, wanted, ask, scope)
    held, n_made = _with_records(tx, wanted.join(matched, on="row", how="left", maintain_order="left"), ask, now)
    _link(tx, held, ask.kind, now)
    told = [chosen.faults, faults]
    if ask.linked is Linked.TOLD:
        told.append(faults_of(_named(linked), ask.kind.already, is_failure=False))
    if ask.linked is Linked.KEPT:
        kept = _values(linked, ask).with_columns(record_id=linked[ask.kind.link], contact_id=linked["contact_id"])
        held = pl.concat([held, kept.with_columns(is_new=pl.lit(value=False))], how="diagonal").sort("row")
    if ask.overwrites:
        _overwrite(tx, held.filter(~pl.col("is_new")), now)
    users, n_users = pl.DataFrame(schema={"row": pl.UInt32, "user_id": pl.String}), 0
    flagged = held.filter("is_portal_user")
    if ask.users is not None:
        owned = flagged.with_columns(person_account_id=_record_of_accounts(ask.kind), email="member_email")
        users, n_users = make_users(tx, owned, ask.users, scope=scope, now=now)
        told.append(faults_of(_named(flagged.join(users, on="row", how="anti")), NO_EMAIL, is_failure=False))
    details = held.join(users, on="row", how="left", maintain_order="left").select(
        "row", "group_census_id", "group_census_member_id", "record_id", "user_id"
    )
    others = held.filter(~pl.col("is_portal_user"))["group_census_member_id"].to_list() if ask.users else []
    return Made(details, pl.concat(told).sort("row", maintain_order=True), others, n_made + n_users, n_users)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("row", member_id="group_census_member_id")


def _record_of_accounts(kind: RecordKind) -> pl.Expr:
    """The record where it is a person account, else nothing."""
    return pl.col("record_id") if kind is ACCOUNTS else pl.lit(None, pl.String)


def _values(members: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """What the record of each member would say, in the columns of a record; fields that nothing fills are null."""
    filled = [
        _value(ask.mapping[name]).alias(name) if name in ask.mapping else pl.lit(None, pl.String).alias(name)
        for name in PERSON
        if name != "birth_date"
    ]
    born = pl.col(ask.mapping["birth_date"]) if "birth_date" in ask.mapping else pl.lit(None, pl.Date)
    return members.select(
        "row",
        "group_census_member_id",
        "group_census_id",
        "account_id",
        "is_portal_user",
        *filled,
        birth_date=born.cast(pl.Date),
        member_email="email",
    )


def _value(column: str) -> pl.Expr:
    """A column of a member as a text: money with two places, numbers without trailing zeros; blank is null."""
    words = pl.col(column).cast(pl.String)
    if column.endswith("_cents"):
        words = (pl.col(column) // 100).cast(pl.String) + "." + (pl.col(column) % 100).cast(pl.String).str.zfill(2)
    elif CENSUS_MEMBER.column(column).sql_type == "DOUBLE":
        words = words.str.replace(r"\.0$", "")
    words = words.str.strip_chars()
    return pl.when(words != "").then(words)


def _legible(values: pl.DataFrame, kind: RecordKind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of which a record can be made; a fault for each other row: no last name, a text too long (OB-7)."""
    checks = [(pl.col("last_name").is_null(), missing(wire_of(kind, "last_name")))]
    for name in PERSON:
        longest = kind.table.column(name).longest
        if longest is not None:
            checks.append((pl.col(name).str.len_chars() > longest, invalid(wire_of(kind, name))))
    faults = pl.concat(
        [FAULTS.to_frame(), *(faults_of(_named(values.filter(is_bad)), error) for is_bad, error in checks)]
    )
    faults = faults.unique("row", keep="first", maintain_order=True)
    return values.join(faults.select("row"), on="row", how="anti", maintain_order="left"), faults


def _matched(tx: Transaction, wanted: pl.DataFrame, ask: Ask, scope: Scope) -> pl.DataFrame:
    """For each row the words it is matched by, and the record that agrees in all of them (AC-6, AC-8 to AC-10)."""
    if not ask.keys or wanted.is_empty():
        nothing = pl.lit(None, pl.String)
        return wanted.select("row", words=nothing, record_id=nothing, contact_id=nothing)
    with tx.lend(people_wanted=wanted.select("row", "account_id", *PERSON)):
        found = tx.frame("people.matched", {"keys": ask.keys, "kind": ask.kind.name, "accounts": accounts_of(scope)})
    return found.with_columns(pl.col("row").cast(pl.UInt32))


def _with_records(tx: Transaction, wanted: pl.DataFrame, ask: Ask, now: datetime) -> tuple[pl.DataFrame, int]:
    """Make the records that are missing, one for all rows that agree (AC-7); the rows with their records."""
    wanted = wanted.with_columns(is_new=pl.col("record_id").is_null())
    leader = pl.when(pl.col("words").is_null()).then("row").otherwise(pl.col("row").min().over("words"))
    wanted = wanted.with_columns(leader=pl.when("is_new").then(leader))
    leaders = wanted.filter(pl.col("row") == pl.col("leader")).drop("record_id", "contact_id")
    n = leaders.height
    if not n:
        return wanted.drop("leader", "words"), 0
    contact_ids = ids.spell_many(ids.CONTACT, tx.mint(ids.CONTACT, n), n)
    record_ids = contact_ids
    if ask.kind is ACCOUNTS:
        record_ids = ids.spell_many(ids.ACCOUNT, tx.mint(ids.ACCOUNT, n), n)
    made = leaders.with_columns(
        record_id=record_ids,
        contact_id=contact_ids,
        name=pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True),
        created_at=pl.lit(now, pl.Datetime("us")),
        modified_at=pl.lit(now, pl.Datetime("us")),
    )
    _store(tx, made, ask)
    fresh = made.select("leader", new_record="record_id", new_contact="contact_id")
    held = wanted.join(fresh, on="leader", how="left", maintain_order="left").with_columns(
        record_id=pl.coalesce("record_id", "new_record"), contact_id=pl.coalesce("contact_id", "new_contact")
    )
    return held.drop("leader", "words", "new_record", "new_contact"), n


def _store(tx: Transaction, made: pl.DataFrame, ask: Ask) -> None:
    """Write new records; a person account comes with a contact of its own (AC-12)."""
    says = ["name", *PERSON, "created_at", "modified_at"]
    contacts = made.select("contact_id", "account_id", *says)
    if ask.kind is ACCOUNTS:
        contacts = made.select("contact_id", *says, account_id="record_id")
        accounts = made.select(
            "contact_id", *says, person_account_id="record_id", record_type_name=pl.lit(ask.record_type)
        )
        with tx.lend(people_accounts=accounts):
            tx.run("people.add_accounts")
    with tx.lend(people_contacts=contacts):
        tx.run("people.add_contacts")


def _link(tx: Transaction, held: pl.DataFrame, kind: RecordKind, now: datetime) -> None:
    """Point the members at their records, and relate the persons to the group account (AC-12)."""
    if held.is_empty():
        return
    linked = held.select(
        "group_census_member_id",
        "group_census_id",
        "account_id",
        "contact_id",
        person_account_id=_record_of_accounts(kind),
    )
    with tx.lend(people_linked=linked):
        tx.run("people.relate")
        tx.run("people.link", {"now": now})
        tx.run("people.raise_versions", {"now": now})


def _overwrite(tx: Transaction, held: pl.DataFrame, now: datetime) -> None:
    """The fields of records that were there take the values of their members, nulls left out (AC-45)."""
    if held.is_empty():
        return
    fields = ("first_name", "last_name", "email", "birth_date")
    changed = held.group_by("record_id", maintain_order=True).agg(pl.col(c).drop_nulls().first() for c in fields)
    changed = changed.with_columns(name=pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True))
    with tx.lend(people_changed=changed):
        tx.run("people.overwrite_accounts", {"now": now})
        tx.run("people.overwrite_contacts", {"now": now})
