"""The two kinds of person records, their fields, and how fields of members map to them.

What lives here: `RECORD_KINDS` as data, the mapping of a request (AC-11), and the names of matching keys (AC-8). What
does not: values, and who is mapped.

Names are compared without case (CV-2). A field of the record is known by its column, which both kinds share: so
`PersonEmail`, `Email` and the member's `Email` are one and the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from schemas.census import CENSUS_MEMBER
from schemas.people import CONTACT, PERSON_ACCOUNT
from schemas.table import Column, Table
from services.insurance_errors import InsuranceError, Refused, invalid, unknown_field

PERSON = (
    "first_name",
    "last_name",
    "email",
    "birth_date",
    "gender",
    "phone_number",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
)
"""What both kinds of record say of a person; members have columns of the same names."""

DEFAULT_KEYS: tuple[str, ...] = ("first_name", "last_name", "birth_date", "email", "gender")
"""Fields that identify a record where a request names none."""

STD_FIELDS = ("first_name", "last_name", "email", "birth_date")
"""The four fields that Std createUpdateAccounts copies (AC-40)."""

Source = dict[str, str]
"""Column of a record to the column of the member that it is filled from."""

DEFAULT_MAPPING: Source = {name: name for name in PERSON}
STD_MAPPING: Source = {name: name for name in STD_FIELDS}


@dataclass(frozen=True)
class RecordKind:
    """Person accounts or contacts: their table, the column of a member that links them, and who has one already."""

    name: str
    table: Table
    link: str
    already: InsuranceError


ACCOUNTS = RecordKind(
    "accounts",
    PERSON_ACCOUNT,
    "person_account_id",
    InsuranceError("SF-0004-0054", "Person Account already exists for member"),
)
CONTACTS = RecordKind(
    "contacts",
    CONTACT,
    "contact_id",
    InsuranceError("SF-0004-0058", "Contact already exists for member"),
)

RECORD_KINDS = {kind.name: kind for kind in (ACCOUNTS, CONTACTS)}


def _names(table: Table, columns: Sequence[str] | None = None) -> dict[str, str]:
    wanted = table.column_names if columns is None else columns
    return {c.wire.lower(): c.name for c in map(table.column, wanted) if c.wire}


_MEMBER_NAMES = _names(CENSUS_MEMBER)
_RECORD_NAMES = {kind.name: _names(kind.table, PERSON) for kind in RECORD_KINDS.values()}


def wire_of(kind: RecordKind, column: str) -> str:
    """The published name of a column of a record.

    >>> wire_of(ACCOUNTS, "email"), wire_of(CONTACTS, "email")
    ('PersonEmail', 'Email')
    """
    return kind.table.column(column).wire or column


def mapping_of(kind: RecordKind, asked: Mapping[str, str], input_name: str = "fieldMappings") -> Source:
    """The default mapping with the entries of a request (member field to record field) added or put in its place.

    An entry takes the place of what would fill its field of the record; the member's field goes on filling what it
    fills by default, so that a request can only add to what a record says. Refused for unknown fields (SF-0001-0013),
    for two entries that fill one field, and for a date that something else than a date would fill.

    >>> made = mapping_of(CONTACTS, {"City": "mailingstate"})
    >>> made["state"], made["city"]
    ('city', 'city')
    """
    pairs: dict[str, str] = {}
    faults: list[InsuranceError] = []
    for member_field, record_field in asked.items():
        source = _MEMBER_NAMES.get(member_field.strip().lower())
        target = _RECORD_NAMES[kind.name].get(record_field.strip().lower())
        faults += [unknown_field(n) for n, c in ((member_field, source), (record_field, target)) if c is None]
        if source is not None and target is not None:
            if target in pairs or not _fills(CENSUS_MEMBER.column(source), kind.table.column(target)):
                faults.append(invalid(input_name).about(field=record_field))
            pairs[target] = source
    if faults:
        raise Refused(*faults)
    return {**DEFAULT_MAPPING, **pairs}


def _fills(source: Column, target: Column) -> bool:
    """A text takes anything, a date only a date."""
    return not pa.types.is_date(target.type) or pa.types.is_date(source.type)


def keys_of(kind: RecordKind, names: Sequence[str], mapping: Source) -> list[str]:
    """Columns of the record that the names of a request mean, each once; the names may be either side's (AC-8).

    Refused with SF-0001-0013 for a name that is no field, or a field that nothing fills.

    >>> keys_of(ACCOUNTS, ["Email", "PersonEmail", "Lastname"], DEFAULT_MAPPING)
    ['email', 'last_name']
    """
    found = {name: _key_of(kind, name, mapping) for name in names}
    lost = [unknown_field(name) for name, column in found.items() if column is None]
    if lost:
        raise Refused(*lost)
    return list(dict.fromkeys(column for column in found.values() if column))


def std_keys_of(names: Sequence[str]) -> list[str]:
    """The same for Std createUpdateAccounts: names that are none of the four copied fields do not count (AC-41)."""
    found = [_key_of(ACCOUNTS, name, STD_MAPPING) for name in names]
    return list(dict.fromkeys(column for column in found if column))


def _key_of(kind: RecordKind, name: str, mapping: Source) -> str | None:
    said = name.strip().lower()
    column = _RECORD_NAMES[kind.name].get(said)
    if column is None:
        source = _MEMBER_NAMES.get(said)
        column = next((target for target, filled_by in mapping.items() if filled_by == source), None)
    return column if column in mapping else None


def split(words: str | None) -> list[str]:
    """Names joined by commas, as the Std services and the actions write them.

    >>> split("FirstName, LastName,,")
    ['FirstName', 'LastName']
    """
    return [word.strip() for word in (words or "").split(",") if word.strip()]
