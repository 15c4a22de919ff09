"""Persons and portal users made while members are enrolled.

What lives here: which kind of record enrollment makes, for some members or for any number of families, and its defaults
(AC-30). What does not: enrolling itself, and
the engine (`creating`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from schemas.people import STANDARD_PROFILE
from services import settings
from services.book import Transaction
from services.people.asking import Wish, make, read
from services.people.choosing import FAULTS, Chosen
from services.people.creating import Linked, Made, create
from services.people.fields import ACCOUNTS, CONTACTS
from services.scope import Scope


def people_of_enrollment(tx: Transaction, wish: Wish, *, scope: Scope, now: datetime) -> Made:
    """Person accounts of the members where the book makes them, else contacts under the group account.

    Users are made unless the wish says otherwise, so it needs a profile; the kind of the wish does not count.
    """
    kind = ACCOUNTS if settings.is_on(tx, "person_accounts") else CONTACTS
    return make(tx, replace(wish, kind=kind), scope=scope, now=now)


def wish_of_members(member_ids: Sequence[str], profile_id: str | None, *, wants_users: bool = True) -> Wish:
    """The wish of an enrollment for some members, a primary and the dependents of one family, say.

    >>> wish_of_members(["0r6000000000000001"], "00e000000000000001").wants_users
    True
    """
    return Wish(CONTACTS, member_ids=member_ids, wants_users=wants_users, user_details={"profile_id": profile_id})


def people_of_families(
    tx: Transaction,
    member_ids: pl.Series,
    wish: Wish,
    *,
    users_for: pl.Series | None = None,
    scope: Scope,
    now: datetime,
) -> Made:
    """The same for any number of members; who has a record keeps it. `users_for`: the members who may get users; None
    is everybody who is flagged.
    """
    kind = ACCOUNTS if settings.is_on(tx, "person_accounts") else CONTACTS
    asked = pl.DataFrame({"member_id": member_ids}).with_row_index("row")
    with tx.lend(people_asked=asked):
        members = tx.frame("people.members_listed", {"census_id": None})
    members = members.with_columns(pl.col("row").cast(pl.UInt32))
    if users_for is not None:
        may = pl.col("group_census_member_id").is_in(users_for.implode())
        members = members.with_columns(pl.col("is_portal_user") & may)
    ask = replace(read(tx, replace(wish, kind=kind)), linked=Linked.SKIPPED)
    return create(tx, Chosen(members, FAULTS.to_frame()), ask, scope=scope, now=now)


def default_wish(tx: Transaction) -> Wish:
    """The wish of an enrollment that says nothing of persons: records for everybody, and users of the standard profile
    for flagged members where the book has that profile.
    """
    profiles = {name: profile_id for profile_id, name, _ in tx.rows("people.profiles")}
    profile_id = profiles.get(STANDARD_PROFILE)
    return wish_of_members(["-"], profile_id, wants_users=profile_id is not None)
