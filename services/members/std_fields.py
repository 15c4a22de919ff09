"""Field sets of the Std services: which fields a reader of members is given, and how each is described.

What lives here: the built-in sets, the registry of further ones, and the headers of fields and of plans. What does not:
reading members (`reading`), and getFields over HTTP.

A field set is an entry point of the group `benefits.field_sets`: its name is the `fieldsetName` of a request, its value
a function without parameters that returns field names in order. Names are compared without case.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pyarrow as pa

from schemas.census import CENSUS_MEMBER
from schemas.census_rules import (
    ASSOCIATIONS,
    GENDERS,
    GEOCODE_ACCURACIES,
    RELATIONSHIPS,
    SMOKER_STATUSES,
    STATUSES,
)
from schemas.plans import MEMBER_PLAN, PRODUCT_TYPES
from schemas.table import Column, Table
from services.insurance_errors import InsuranceError, Refused
from services.refusals import Malformed

GROUP = "benefits.field_sets"
"""The entry points that name further sets."""

STANDARD, EDITABLE, STANDARD_PLAN = "StandardFieldset", "EditableTableFieldset", "StandardPlanFieldset"
LINKS = ("PrimaryGroupCensusMemberId", "RelationshipToPrimaryMember", "SourceSystemIdentifier", "PrimaryMemberSource")
"""Fields that every reader of members is given (CM-82)."""
PLAN = "ContractGroupPlanId"
"""The plan column: contract group plan ids joined with semicolons."""
CLASS, CLASS_NAME = "GroupClassId", "GroupClassId.Name"

_EDITABLE = ("MemberKey", "FirstName", "Lastname", "Email", "Birthdate", "Gender", *LINKS)
BUILT_IN: Mapping[str, tuple[str, ...]] = {
    STANDARD: (
        *_EDITABLE, "DependentCount", "GroupClassId", "FullTimeEquivalent", "AnnualEligibleSalary", "JoinDate",
        "PolicyStartDate", "SmokerStatus", "IsOptOutAllPlans", "OptOutPlanTypes", "PhoneNumber", "Street", "City",
        "State", "PostalCode", "Country", "Status",
    ),
    EDITABLE: _EDITABLE,
    STANDARD_PLAN: (PLAN, "Name", "EnrollmentStatus"),
}  # fmt: skip
"""Sets that every installation has; a registered one of the same name takes the place of one."""

_PRIVATE = frozenset({"family_id", "ssn_hash", "census_file_id", "line_number", "created_load_id", "modified_load_id"})
_TYPES: dict[pa.DataType, str] = {
    pa.string(): "STRING",
    pa.date32(): "DATE",
    pa.float64(): "DOUBLE",
    pa.int64(): "CURRENCY",
    pa.int32(): "INTEGER",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "DATETIME",
}
_LISTED: dict[str, tuple[str, Sequence[str]]] = {
    "association": ("PICKLIST", ASSOCIATIONS),
    "relationship": ("PICKLIST", RELATIONSHIPS),
    "gender": ("PICKLIST", GENDERS),
    "smoker_status": ("PICKLIST", SMOKER_STATUSES),
    "member_type": ("PICKLIST", ("Primary", "Dependent")),
    "primary_member_category": ("PICKLIST", ()),
    "status": ("PICKLIST", STATUSES),
    "geocode_accuracy": ("PICKLIST", GEOCODE_ACCURACIES),
    "enrollment_status": ("PICKLIST", ("To Be Started", "Completed", "Failed")),
    "opt_out_plan_types": ("MULTIPICKLIST", PRODUCT_TYPES),
    "email": ("EMAIL", ()),
    "phone_number": ("PHONE", ()),
}
_LABELS = {"Id": "ID", "Lastname": "Last Name", CLASS_NAME: "Group Class Name", "GroupClass.Name": "Group Class Name"}


@dataclass(frozen=True)
class ReadField:
    """A field that can be read: its published name and the column that holds it."""

    name: str
    column: Column

    def header(self) -> dict[str, Any]:
        """What is said of it to a client; `options` for a closed list of values."""
        kind, values = _LISTED.get(self.column.name, (_TYPES[self.column.type], ()))
        if self.column.longest == 18 and self.column.name.endswith("_id"):
            kind = "ENTITYID"
        options = {"options": [{"value": value, "name": value} for value in values]} if values else {}
        return {"fieldId": "", "type": kind, "label": label_of(self.name), "name": self.name, **options}


def label_of(name: str) -> str:
    """A field's name in words.

    >>> label_of("FullTimeEquivalent"), label_of("GroupClassId")
    ('Full Time Equivalent', 'Group Class ID')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return _LABELS.get(name) or re.sub(r" Id$", " ID", spaced)


def _fields(table: Table) -> dict[str, ReadField]:
    named = {c.wire or "".join(word.capitalize() for word in c.name.split("_")): c for c in table.columns}
    return {name.lower(): ReadField(name, c) for name, c in named.items() if c.name not in _PRIVATE}


MEMBER_FIELDS = _fields(CENSUS_MEMBER)
"""Every field of a member that can be read, by its published name in lower case."""
PLAN_FIELDS = _fields(MEMBER_PLAN)
"""The same of a member plan."""


def member_fields(set_name: str | None) -> list[ReadField]:
    """The fields a reader of members is given: those of a set and the links (CM-82, CM-84).

    Without a name the standard set, else the editable one; Refused without either. An unknown name has no fields.
    """
    names = _registered()
    wanted = names.get(set_name.strip().lower(), tuple) if set_name else default_of(names)
    return _of(MEMBER_FIELDS, (*wanted(), *LINKS))


def plan_fields(set_name: str | None) -> list[ReadField]:
    """The fields of member plans that a reader is given: the plan column, and those of a set."""
    wanted = _registered().get((set_name or "").strip().lower(), tuple)
    return _of(PLAN_FIELDS, (PLAN, *wanted()))


def default_of(names: Mapping[str, Callable[[], Sequence[str]]]) -> Callable[[], Sequence[str]]:
    """The set that counts when none is named."""
    for name in (STANDARD, EDITABLE):
        if name.lower() in names:
            return names[name.lower()]
    raise Refused(InsuranceError("SF-0001-0004", f"Specify a fieldsetName; there is no field set {STANDARD}."))


def described(set_name: str | None, plan_set_name: str | None, *, with_plans: bool) -> dict[str, Any]:
    """getFields: names and headers of the fields of a set, with those of plans if asked. Refused for an unknown set.

    `GroupClassId` brings the name of the class along; fields of plans but the plan column carry their object's name.
    """
    for name in (set_name, plan_set_name):
        if name and name.strip().lower() not in _registered():
            raise Refused(InsuranceError("SF-0001-0005", f"The specified field set name {name} doesn't exist."))
    names = _registered()
    wanted = names[set_name.strip().lower()] if set_name else default_of(names)
    headers: list[dict[str, Any]] = []
    for field in _of(MEMBER_FIELDS, wanted()):
        headers.append(field.header())
        if field.name == CLASS:
            headers.append({"fieldId": "", "type": "STRING", "label": label_of(CLASS_NAME), "name": CLASS_NAME})
    if with_plans:
        headers += plan_headers(plan_fields(plan_set_name))
    return {"fields": [header["name"] for header in headers], "headers": headers}


def plan_headers(
    fields: Sequence[ReadField], options: Sequence[Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Headers of fields of plans, the plan column with its `options` if there are any to tell."""
    made = [{**field.header(), "name": plan_name(field)} for field in fields]
    return [{**header, "options": list(options)} if header["name"] == PLAN and options is not None else header
            for header in made]  # fmt: skip


def plan_name(field: ReadField) -> str:
    """The name of a field of plans beside fields of members.

    >>> plan_name(PLAN_FIELDS["enrollmentstatus"])
    'GroupCensusMemberPlan.EnrollmentStatus'
    """
    return field.name if field.name == PLAN else f"GroupCensusMemberPlan.{field.name}"


def _of(known: Mapping[str, ReadField], names: Sequence[str]) -> list[ReadField]:
    """The fields of these names, each once, in order. Malformed for a set that names what is no field."""
    keys = list(dict.fromkeys(name.strip().lower() for name in names))
    for key in keys:
        if key not in known:
            raise Malformed(
                "field_set_unknown_field", key, f"A field set names {key}, which is no field.", f"See {GROUP}."
            )
    return [known[key] for key in keys]


@cache
def _registered() -> dict[str, Callable[[], Sequence[str]]]:
    """Every set by its name in lower case; a registered one is loaded when it is asked for."""
    found: dict[str, Callable[[], Sequence[str]]] = {
        name.lower(): (lambda fields=fields: fields) for name, fields in BUILT_IN.items()
    }
    for entry in entry_points(group=GROUP):
        found[entry.name.strip().lower()] = lambda entry=entry: entry.load()()
    return found
