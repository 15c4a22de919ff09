"""One whole heading row becomes a use for each column.

What lives here: the explicit mapping, which beats the alias table (BC-35 to BC-37); second-choice names; columns of
the employee beside columns of the covered person; blocks of columns for further persons of a row; fields that two
columns claim. What does not: the meaning of one heading alone (headings.py) and the reading of cells.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.intake import aliases
from services.intake.faults import Unreadable
from services.intake.headings import Meaning, meaning_of, normal, on_one_line, shown

MANY = frozenset({"plan", "enrolled", "amount", "waive", "elected_amount", aliases.OTHER_TIER, *aliases.FACT_WORDS})
"""Fields that several columns may hold."""
HOLDER_FIELDS = frozenset({"first_name", "last_name", "full_name", "birth_date", "ssn", "gender", "email"})
"""Facts of the employee: some lead from the covered person to the employee, and on his own row all are his."""

_NAMES = frozenset({"first_name", "last_name", "full_name"})
_BARE_WORD = re.compile(r"([a-z ]*[a-z]) ?#? ?([0-9]{0,2})")


class Use(NamedTuple):
    """What one column of the file is used for."""

    position: int
    header: str
    field: str
    block: int
    """0 = the row's own person, 1.. = a further person."""
    product_type: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What every column of files with this heading is used for."""

    header: tuple[str, ...]
    uses: tuple[Use, ...]
    block_relationships: tuple[str, ...]
    """Relationship of the persons of each block ('' = stated by a column, or a child); block 1 is first."""
    block_names: tuple[str, ...]
    not_stored: tuple[str, ...] = ()
    """Headings mapped to a field that no census file sets."""
    as_json: str = "{}"
    by_field: dict[tuple[str, int], list[Use]] = field(default_factory=dict)

    def of(self, name: str, block: int = 0) -> list[Use]:
        """The columns that hold a field."""
        return self.by_field.get((name, block), [])


def plan_for(header: Sequence[str], mapping: Mapping[str, str] | None, complete: bool) -> Plan:
    """The use of every column; `Unreadable` when the explicit mapping does not fit."""
    trimmed = [shown(name) for name in header]
    stated, not_stored = _stated(trimmed, mapping or {})
    meanings: list[Meaning | None] = [
        stated[position] if position in stated else None if complete else meaning_of(name)
        for position, name in enumerate(trimmed)
    ]
    fixed = {(m.field, m.block) for position in stated if (m := stated[position]) is not None}
    for position, meaning in enumerate(meanings):
        if meaning and position not in stated and meaning.field not in MANY and (meaning.field, meaning.block) in fixed:
            meanings[position] = None
    if not complete:
        meanings = _names_of_bare_words(trimmed, meanings, set(stated))
    meanings = _second_choices(_holders(meanings), set(stated))
    return _plan(tuple(trimmed), meanings, tuple(not_stored))


def _stated(header: Sequence[str], mapping: Mapping[str, str]) -> tuple[dict[int, Meaning | None], list[str]]:
    """Columns that the explicit mapping names; a blank field means: ignore the column."""
    places: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        places.setdefault(on_one_line(name), []).append(position)
    stated: dict[int, Meaning | None] = {}
    not_stored: list[str] = []
    for name, target in mapping.items():
        if on_one_line(name) not in places:
            raise Unreadable("mapping_unknown_column", column=name.strip())
        meaning = _target(name, (target or "").strip())
        if target and meaning is None:
            not_stored.append(name.strip())
        stated |= dict.fromkeys(places[on_one_line(name)], meaning)
    return stated, not_stored


def _target(name: str, target: str) -> Meaning | None:
    """The field that a mapping names: by its published name, its own, or any heading that is recognised."""
    wanted = normal(target)
    if not target or wanted in aliases.NOT_STORED:
        return None
    found = aliases.PUBLISHED.get(wanted) or aliases.MAPPED_ONLY.get(wanted)
    if found is None:
        found = {normal(own): own for own in aliases.FIELDS}.get(wanted)
    if found is None:
        known = meaning_of(target)
        if known is None:
            raise Unreadable("mapping_unknown_field", field=target)
        return known if known.field in MANY or known.block else Meaning(known.field)
    if found in MANY:
        column = meaning_of(name)
        return Meaning(found, product_type=column.product_type if column and column.product_type else "")
    return Meaning(found)


def _names_of_bare_words(header: list[str], meanings: list[Meaning | None], stated: set[int]) -> list[Meaning | None]:
    """A column called just `Spouse` or `Child 1`, beside others of that person (`Spouse DOB`), holds the name; so does
    one called `Employee` in a file without a name of the row's person."""
    named = {m.block for m in meanings if m and m.field in _NAMES}
    blocks = {m.block for m in meanings if m and m.block} - named
    result = list(meanings)
    for position, heading in enumerate(header):
        found = _BARE_WORD.fullmatch(heading.lower())
        if found is None or position in stated:
            continue
        word = normal(found[1])
        block = f"{word} {int(found[2])}" if found[2] else word
        if block in blocks:
            result[position] = Meaning("full_name", block=block)
        elif not found[2] and word in aliases.HOLDERS and "" not in named:
            result[position] = Meaning("full_name")
    return result


def _holders(meanings: list[Meaning | None]) -> list[Meaning | None]:
    """Columns of the employee lead to the employee where the covered person, or the row's person, has columns too.
    Where the names do, so do birth date and gender: a child is not as old as its mother."""
    covered = {m.field for m in meanings if m and m.word == "person"} & _NAMES
    own = {m.field for m in meanings if m and m.word != "holder" and m.second is None and not m.block}
    is_named = "full_name" in own or {"first_name", "last_name"} <= own
    names_lead = is_named and any(m and m.word == "holder" and m.field in _NAMES for m in meanings)
    of_employee = own - {"ssn"} | (_NAMES | {"birth_date", "gender"} if names_lead else _NAMES)
    result: list[Meaning | None] = []
    for meaning in meanings:
        leads = (
            meaning
            and meaning.word == "holder"
            and (covered or (meaning.field == "ssn" and "ssn" in own) or (is_named and meaning.field in of_employee))
        )
        if not meaning or not leads or meaning.field == "relationship":
            result.append(meaning)
        else:
            result.append(Meaning(f"holder_{meaning.field}") if meaning.field in HOLDER_FIELDS else None)
    return result


def _second_choices(meanings: list[Meaning | None], stated: set[int]) -> list[Meaning | None]:
    """A second-choice name gives way to a column that holds the field under its own name."""
    taken = {(m.field, m.block) for m in meanings if m and m.second is None}
    result: list[Meaning | None] = []
    for position, meaning in enumerate(meanings):
        chosen = meaning
        if meaning and meaning.second is not None and position not in stated:
            if (meaning.field, meaning.block) in taken:
                second = (meaning.second, meaning.block)
                may_be = meaning.second and (meaning.second in MANY or second not in taken)
                product_type = meaning.product_type if meaning.second in MANY else ""
                chosen = Meaning(meaning.second, meaning.block, product_type=product_type) if may_be else None
            taken |= {(chosen.field, chosen.block)} if chosen else set()
        result.append(chosen)
    return result


def _plan(header: tuple[str, ...], meanings: list[Meaning | None], not_stored: tuple[str, ...]) -> Plan:
    words = list(dict.fromkeys(m.block for m in meanings if m and m.block))
    relationships = {normal(word): relationship for word, relationship in aliases.BLOCKS}
    uses: list[Use] = []
    told: dict[str, str | None] = {}
    by_field: dict[tuple[str, int], list[Use]] = {}
    for position, (name, meaning) in enumerate(zip(header, meanings, strict=True)):
        shown = name if name not in told else f"{name} ({position + 1})"
        told[shown] = None
        if meaning is None:
            continue
        block = words.index(meaning.block) + 1 if meaning.block else 0
        use = Use(position, name, meaning.field, block, meaning.product_type)
        uses.append(use)
        by_field.setdefault((use.field, block), []).append(use)
        kind = f"{meaning.field}: {meaning.product_type}" if meaning.product_type else meaning.field
        told[shown] = f"{meaning.block}: {kind}" if meaning.block else kind
    return Plan(
        header,
        tuple(uses),
        tuple(relationships[word.split(" ")[0]] for word in words),
        tuple(words),
        not_stored,
        json.dumps(told, ensure_ascii=False),
        by_field,
    )
