"""The fields of a member as requests name them: for each the working column and the kind of its value.

What lives here: the two vocabularies, properties of the Connect services (`lastname`) and field names of the object
(`Lastname`), both read from the declaration of the table. What does not: reading values (`rows`).

Names are compared without case (CV-2). Fields that a service derives have a column of their own (`given_...`), so that
what was stated is never taken for what holds.
"""

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from schemas.census import CENSUS_MEMBER


class Kind(Enum):
    """What a value must be."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    MONEY = "money"
    WHOLE = "whole"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """A field: its working column, the kind of its values, and its names. `prop` is None without a Connect property."""

    column: str
    kind: Kind
    name: str
    prop: str | None
    longest: int | None = None


_WORKING = {
    "group_census_member_id": "given_id",
    "group_census_id": "given_census_id",
    "primary_member_id": "primary_group_census_member_id",
    "group_class_id": "given_class_id",
    "class_summary_id": "given_summary_id",
    "dependent_count": "given_dependent_count",
    "member_type": "given_member_type",
}
"""Working columns that are not named as the column of the table."""

_KEPT_FROM_CALLERS = frozenset(
    {
        "family_id",
        "ssn_hash",
        "census_file_id",
        "line_number",
        "created_load_id",
        "modified_load_id",
        "created_at",
        "modified_at",
    }
)
_WITHOUT_PROPERTY = frozenset({"is_disabled", "is_student", "latitude", "longitude", "geocode_accuracy", "owner_id"})
"""Published fields for which the Connect input has no property; `additionalFields` takes them (CV-4)."""

_KINDS = {
    pa.string(): Kind.TEXT,
    pa.date32(): Kind.DATE,
    pa.float64(): Kind.NUMBER,
    pa.int64(): Kind.MONEY,
    pa.int32(): Kind.WHOLE,
    pa.bool_(): Kind.FLAG,
}


def _all() -> tuple[Field, ...]:
    made = [
        Field(
            _WORKING.get(c.name, c.name),
            _KINDS[c.type],
            c.wire or "".join(word.capitalize() for word in c.name.split("_")),
            c.wire[0].lower() + c.wire[1:] if c.wire and c.name not in _WITHOUT_PROPERTY else None,
            c.longest,
        )
        for c in CENSUS_MEMBER.columns
        if c.name not in _KEPT_FROM_CALLERS
    ]
    return (*made, Field("class_name", Kind.TEXT, "GroupClassName", "groupClassName", 255))


FIELDS: dict[str, Field] = {field.column: field for field in _all()}
"""Every field that a request may state, by working column."""

PROPERTIES = {field.prop.lower(): field.column for field in FIELDS.values() if field.prop}
"""Working column of each Connect property, in lower case."""

ADDITIONAL = {field.name.lower(): field.column for field in FIELDS.values() if field.prop is None}
"""Working column of each field that only `additionalFields` can state (CV-4)."""

NAMES = {field.name.lower(): field.column for field in FIELDS.values()} | {
    "groupclass.name": "class_name",
    "groupclassid.name": "class_name",
}
"""Working column of each field name of the object, in lower case."""

PLAIN = (
    "name",
    "primary_member_category",
    "latitude",
    "longitude",
    "geocode_accuracy",
    "person_account_id",
    "contact_id",
    "owner_id",
)
"""Columns of a member that requests state as they are and census files do not."""


class Spelling(Enum):
    """Whose names a caller uses, for the words of a fault."""

    CONNECT = "connect"
    RECORD = "record"

    def of(self, column: str | None) -> str | None:
        """The caller's name of a working column; names that are no column stay as they are.

        >>> Spelling.CONNECT.of("birth_date"), Spelling.RECORD.of("birth_date")
        ('birthdate', 'Birthdate')
        """
        field = FIELDS.get(column or "")
        if field is None:
            return column
        return field.prop or field.name if self is Spelling.CONNECT else field.name
