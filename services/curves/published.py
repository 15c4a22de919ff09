"""Published age curves and family tiers by name, for rate tables that are filed without figures of their own.

What lives here: `curve_cells` and `tier_cells`. What does not: the figures, which are data beside this module.

A name is `federal` or a state. A state without a curve of its own has the federal one; one with a curve that is not
among the data is refused, never answered with the federal one, and so is a state that does not rate by age. Alabama's
curve in the table of CMS is for its individual market, New Jersey's own is for its small groups.

Every figure of an age curve was compared in two independent transcriptions of the table of CMS, every ratio of a tier
in two sources.
"""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

from services.refusals import Malformed, NotFound

FEDERAL = "federal"
_CODES = """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
    OR PA RI SC SD TN TX UT VT VA WA WV WI WY
"""
STATES = frozenset(_CODES.split())
_REFUSED = {
    "AL": (
        "Alabama's own age curve is for its individual market",
        "Name the curve federal for small groups, or AL-individual.",
    ),
    "NJ": (
        "New Jersey has its own age curve for small groups, which is not among the published ones here",
        "Load the state's own curve as a factor table by age.",
    ),
}
_WITHOUT_AGE = {"NY": "New York", "VT": "Vermont"}
"""States that rate families by tier, whatever their ages."""


@dataclass(frozen=True)
class Curve:
    """Factors by their key (the lower bound of an age, or a tier), with where they come from."""

    name: str
    cells: tuple[tuple[str, Decimal], ...]
    citation: str
    valid_from: date


def curve_cells(state: str) -> Curve:
    """The age curve of a state, or the federal default; keys are ages, each up to the next one.

    Raises Malformed where the state's curve may not be answered with the federal one, NotFound for a name that is
    neither a curve nor a state.

    >>> [str(dict(curve_cells(name).cells)["44"]) for name in ("federal", "tx", "UT")]
    ['1.397', '1.397', '1.681']
    """
    name = _named(state)
    if name in _REFUSED:
        says, remedy = _REFUSED[name]
        raise Malformed("curve_own", "curve", f"{says}.", remedy)
    if name in _WITHOUT_AGE:
        *ratios, last = (str(ratio) for _, ratio in tier_cells(name).cells)
        remedy = f"Use its family tiers: ratios {', '.join(ratios)} and {last}."
        raise Malformed("curve_own", "curve", f"{_WITHOUT_AGE[name]} does not rate by age.", remedy)
    return _read("age", "age_curves.csv", "age", "factor").get(name) or _federal(name)


def tier_cells(state: str) -> Curve:
    """The family tiers of a state, ratios to one adult: NY and VT, whose rates know no age; TX, for composites.

    >>> [str(ratio) for _, ratio in tier_cells("VT").cells]
    ['1.00', '2.00', '1.93', '2.81']
    """
    found = _read("tiers", "tiers.csv", "tier", "ratio")
    name = _named(state)
    if name not in found:
        known = ", ".join(sorted(found))
        raise NotFound("tiers_missing", "tiers", f"There are no published family tiers of {state}.", f"Known: {known}.")
    return found[name]


def _federal(name: str) -> Curve:
    if name not in STATES:
        known = ", ".join(_read("age", "age_curves.csv", "age", "factor"))
        says = f"There is no age curve {name or 'without a name'}."
        raise NotFound("curve_missing", "curve", says, f"Name a state, or one of {known}.")
    return _read("age", "age_curves.csv", "age", "factor")[FEDERAL]


def _named(said: str) -> str:
    """The name as the data spells it, whatever its case."""
    plain = said.strip()
    return {name.casefold(): name for name in (*STATES, *_heads())}.get(plain.casefold(), plain)


@cache
def _read(kind: str, file: str, key: str, value: str) -> dict[str, Curve]:
    """All curves of one kind by name."""
    cells: dict[str, list[tuple[str, Decimal]]] = {}
    for row in _rows(file):
        cells.setdefault(row["curve"], []).append((row[key], Decimal(row[value])))
    return {
        name: Curve(name, tuple(cells[name]), head["citation"], date.fromisoformat(head["plan_years_from"]))
        for name, head in _heads().items()
        if head["kind"] == kind
    }


@cache
def _heads() -> dict[str, dict[str, str]]:
    return {row["curve"]: row for row in _rows("curves.csv")}


def _rows(file: str) -> list[dict[str, str]]:
    text = (resources.files("services.curves") / file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
