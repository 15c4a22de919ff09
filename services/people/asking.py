"""A request for accounts or contacts, as callers state it, read into what the engine works on.

What lives here: `Wish`, the common form of the Connect services and the actions, and `make`, which answers it. What
does not: the Std services (`std`), and how an answer is spelled (`telling`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services import settings
from services.book import Transaction
from services.insurance_errors import Refused, invalid, missing, no_access
from services.people.choosing import choose
from services.people.creating import RECORD_TYPE, Ask, Made, create
from services.people.fields import ACCOUNTS, DEFAULT_KEYS, RecordKind, keys_of, mapping_of
from services.people.users import REST_NAMES, UserDetails, details_of
from services.scope import Scope


@dataclass(frozen=True)
class Wish:
    """What a caller asks for, in words. `user_details` None while `wants_users` is refused (AC-15).

    The three names are what the caller's properties are called, for the words of a refusal.
    """

    kind: RecordKind
    census_id: str | None = None
    member_ids: Sequence[str] | None = None
    matching_keys: Sequence[str] | None = None
    mappings: Mapping[str, str] = field(default_factory=dict)
    record_type: str | None = None
    wants_users: bool = True
    user_details: Mapping[str, str | None] | None = None
    required_details: tuple[str, ...] = ("profile_id",)
    only_primaries: bool = False
    list_name: str = "groupCensusMemberIdList"
    mapping_name: str = "fieldMappings"
    record_type_name: str = "personAccountRecordType"


def make(tx: Transaction, wish: Wish, *, scope: Scope, now: datetime) -> Made:
    """Accounts or contacts, and users, for the members of a wish.

    Refused, nothing written: neither census nor members, an unknown census or field, details of users missing or wrong,
    person accounts switched off.
    """
    ask = read(tx, wish)
    chosen = choose(
        tx,
        wish.census_id,
        wish.member_ids,
        scope=scope,
        list_name=wish.list_name,
        only_primaries=wish.only_primaries,
    )
    return create(tx, chosen, ask, scope=scope, now=now)


def read(tx: Transaction, wish: Wish) -> Ask:
    """The wish, checked as far as it does not speak of members."""
    if wish.kind is ACCOUNTS and not settings.is_on(tx, "person_accounts"):
        raise Refused(no_access("create", "Account"))
    if wish.census_id is None and not wish.member_ids:
        raise Refused(missing("groupCensusId"))
    mapping = mapping_of(wish.kind, wish.mappings, wish.mapping_name)
    keys = keys_of(wish.kind, wish.matching_keys, mapping) if wish.matching_keys else list(DEFAULT_KEYS)
    record_type = (wish.record_type or RECORD_TYPE).strip()
    longest = ACCOUNTS.table.column("record_type_name").longest or 0
    if not record_type or len(record_type) > longest:
        raise Refused(invalid(wish.record_type_name))
    return Ask(wish.kind, keys, mapping, _users(tx, wish), record_type)


def _users(tx: Transaction, wish: Wish) -> UserDetails | None:
    if not wish.wants_users:
        return None
    if wish.user_details is None:
        raise Refused(missing("userDetails"))
    return details_of(tx, wish.user_details, names=REST_NAMES, required=wish.required_details)
