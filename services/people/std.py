"""Std services createUpdateAccounts and createContacts.

What lives here: how they differ from the Connect services (AC-40 to AC-53). What does not: the engine (`creating`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import settings
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, no_access
from services.people.choosing import choose
from services.people.creating import RECORD_TYPE, Ask, Linked, Made, create
from services.people.fields import ACCOUNTS, CONTACTS, DEFAULT_MAPPING, STD_MAPPING, keys_of, split, std_keys_of
from services.people.users import STD_NAMES, details_of
from services.scope import Scope

ACCOUNT_DETAILS = ("profile_id", "email_encoding", "language_key", "locale_key", "time_zone")
CONTACT_DETAILS = ("profile_id", "language_key", "locale_key")
"""Details of users that each service requires."""


def unstated(name: str) -> InsuranceError:
    """The text of the Std services for an input that is missing (AC-46).

    >>> unstated("censusMemberIds").message
    'Specify censusMemberIds.'
    """
    return InsuranceError("SF-0001-0004", f"Specify {name}.")


@dataclass(frozen=True)
class StdWish:
    """The options of a call; `details` by the keys of `users.STD_NAMES`."""

    member_ids: Sequence[str] | None
    details: Mapping[str, str | None]
    duplicate_keys: str | None = None
    record_type: str | None = None


@dataclass(frozen=True)
class StdMade:
    """Ids of the records, each once, in the order of the members; errors of single members; what was made."""

    record_ids: list[str]
    errors: list[dict[str, Any]]
    made: Made


def create_update_accounts(tx: Transaction, wish: StdWish, *, scope: Scope, now: datetime) -> StdMade:
    """Person accounts of the listed members; without duplicate keys each member without one gets a new one (AC-42).

    A member that has its account keeps it: a repeated call makes nothing new (CV-25).
    """
    if not settings.is_on(tx, "person_accounts"):
        raise Refused(no_access("create", "Account"))
    _must_have(wish, ACCOUNT_DETAILS)
    record_type = (wish.record_type or RECORD_TYPE).strip()
    if not record_type or len(record_type) > (ACCOUNTS.table.column("record_type_name").longest or 0):
        raise Refused(invalid("personAccountRecordType"))
    ask = Ask(
        ACCOUNTS,
        std_keys_of(split(wish.duplicate_keys)),
        STD_MAPPING,
        details_of(tx, wish.details, names=STD_NAMES, required=ACCOUNT_DETAILS),
        record_type,
        Linked.KEPT,
        overwrites=True,
    )
    return _make(tx, wish, ask, scope=scope, now=now)


def create_contacts(tx: Transaction, wish: StdWish, *, scope: Scope, now: datetime) -> StdMade:
    """Contacts of the listed members that have none (AC-50); without duplicate keys always new ones (AC-52)."""
    _must_have(wish, CONTACT_DETAILS)
    ask = Ask(
        CONTACTS,
        keys_of(CONTACTS, split(wish.duplicate_keys), DEFAULT_MAPPING),
        DEFAULT_MAPPING,
        details_of(tx, wish.details, names=STD_NAMES, required=CONTACT_DETAILS),
        linked=Linked.SKIPPED,
    )
    return _make(tx, wish, ask, scope=scope, now=now)


def _must_have(wish: StdWish, details: Sequence[str]) -> None:
    if not wish.member_ids:
        raise Refused(unstated("censusMemberIds"))
    lost = [unstated(STD_NAMES[name]) for name in details if not (wish.details.get(name) or "").strip()]
    if lost:
        raise Refused(*lost)


def _make(tx: Transaction, wish: StdWish, ask: Ask, *, scope: Scope, now: datetime) -> StdMade:
    chosen = choose(tx, None, wish.member_ids, scope=scope, list_name="censusMemberIds")
    made = create(tx, chosen, ask, scope=scope, now=now)
    ids = made.details["record_id"].unique(maintain_order=True).to_list()
    return StdMade(ids, made.faults.select(Id="member_id", error="message").to_dicts(), made)


def told(name: str, done: StdMade) -> dict[str, Any]:
    """The answer: ids under the name of the service's output, and the envelope (conventions, 4.4)."""
    answer: dict[str, Any] = {name: done.record_ids, "result": "success", "errorCode": "INVOKE-200", "error": "OK"}
    return {**answer, "errors": done.errors} if done.errors else answer
