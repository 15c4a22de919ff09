"""Persons and portal users made while members are enrolled.

What lives here: which kind of record enrollment makes, and its defaults (AC-30). What does not: enrolling itself, and
the engine (`creating`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services import settings
from services.book import Transaction
from services.people.asking import Wish, make
from services.people.creating import Made
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
