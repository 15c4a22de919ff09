"""What the columns of an uploaded file are for: the caller's mapping, checked and put in the words of the intake.

What lives here: BC-2, BC-3 and BC-35 to BC-38. What does not: the meaning of a heading nobody mapped: it has none here.
"""

from collections.abc import Mapping, Sequence

from services.insurance_errors import InsuranceError, invalid, missing, unknown_field
from services.intake.aliases import NOT_STORED
from services.members.fields import NAMES

MAPPING = "csvColumnMapping"
"""The input that is blamed."""

PLAN = "ContractGroupPlan"
SEVERAL = ("contractgroupplan", "electedamount")
"""Pseudo fields that several columns may have: the plan of a category (BC-36), and the amount elected there."""

REQUIRED = ("FirstName", "Lastname", "AssociationWithPrimaryMbr")

_IN_WORDS_OF_INTAKE = {"groupclassid": "GroupClassName", "statedtier": "Tier"}
"""Fields that the intake reads under another name: a class may be named by its id."""


def stated(mapping: Mapping[str, str | None]) -> dict[str, str]:
    """The headings that are used, trimmed, with their field; a blank field leaves the column out (BC-38)."""
    return {name.strip(): field.strip() for name, field in mapping.items() if field and field.strip()}


def problems_of_fields(mapping: Mapping[str, str | None]) -> list[InsuranceError]:
    """What is wrong with a mapping whatever the file: unknown fields, fields named twice, required ones left out."""
    used = [(name.strip(), field.strip()) for name, field in mapping.items() if field and field.strip()]
    if not used:
        return [missing(MAPPING)]
    known = {*NAMES, *NOT_STORED, *SEVERAL}
    told: list[InsuranceError] = []
    columns: set[str] = set()
    targets: set[str] = set()
    for name, field in used:
        target = NAMES.get(field.lower(), field.lower())
        if field.lower() not in known:
            told.append(unknown_field(field).about(column=name))
        elif name in columns or (target in targets and target not in SEVERAL):
            told.append(invalid(MAPPING).about(column=name, field=field))
        columns.add(name)
        targets.add(target)
    left_out = [name for name in REQUIRED if NAMES[name.lower()] not in targets]
    return [*told, *(invalid(MAPPING).about(field=name) for name in left_out)]


def problems_of_header(mapping: Mapping[str, str | None], header: Sequence[str]) -> list[InsuranceError]:
    """Mapped headings that the file lacks, or has twice for a field that takes one column (BC-35, BC-37)."""
    present = [name.strip() for name in header]
    return [
        invalid(MAPPING).about(column=name)
        for name, field in stated(mapping).items()
        if name not in present or (present.count(name) > 1 and field.lower() not in SEVERAL)
    ]


def for_intake(mapping: Mapping[str, str | None]) -> dict[str, str]:
    """The mapping as the intake takes it. Of a class by id and by name the id counts (CM-10)."""
    used = stated(mapping)
    fields = {field.lower() for field in used.values()}
    both = {"groupclassid", "groupclassname"} <= fields
    return {
        name: _IN_WORDS_OF_INTAKE.get(field.lower(), field)
        for name, field in used.items()
        if not (both and field.lower() == "groupclassname")
    }
