"""The one filed cell that serves somebody on a day, and the product of a rate and its factors.

What lives here: versions, bands, wildcards, limits of tables (GR-22 to GR-24) and the rounding after each step. What
does not: the amount a rate is multiplied by.
"""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle.days import exact, to_places
from tests.oracle.words import ANY, AXES, BANDED, RateTable, UnratedError, as_compared

REQUIRED = {"age": "BIRTH_DATE_REQUIRED", "salary": "PAY_REQUIRED", "area": "AREA_REQUIRED"}
REQUIRED |= dict.fromkeys(("industry", "group_size", "participation", "duration", "service"), "FACT_REQUIRED")


def rates_of(table: RateTable, facts: Mapping[str, Any], rate_date: date) -> list[Fraction]:
    """The rate and then its factors (GR-24). A coverage has one age, read as its own table says, for all of them."""
    tables = (table, *table.factors)
    check_limits(tables, facts)
    found: list[Fraction] = []
    for each in tables:
        try:
            found.append(look_up(each, facts, rate_date))
        except UnratedError:
            raise UnratedError(missing_fact(tables, facts) or ("NO_FACTOR" if found else "NO_RATE")) from None
    return found


def product(rates: Sequence[Fraction], table: RateTable) -> Fraction:
    """Rate x factors, kept to the places of each step where the table names them."""
    price = Fraction(1)
    places = [*table.round_places, *[None] * len(rates)]
    for rate, kept in zip(rates, places, strict=False):
        price = to_places(price * rate, kept)
    return price


def check_limits(tables: Sequence[RateTable], facts: Mapping[str, Any]) -> None:
    """A table that does not clamp has no price for a value beyond its limits."""
    for table in tables:
        for axis, (low, high) in table.limits.items():
            value = facts[axis]
            if table.outside != "ISSUE" or value is None:
                continue
            if (low is not None and value < low) or (high is not None and value > high):
                raise UnratedError("AGE_OUTSIDE_TABLE")


def clamped(table: RateTable, axis: str, value: Any) -> Any:
    """A known value held within the limits of the table."""
    low, high = table.limits.get(axis, (None, None))
    if value is None:
        return None
    if low is not None:
        value = max(value, low)
    return value if high is None else min(value, high)


def tier_spellings(tier: str, filed: set[str]) -> str:
    """The tier a table files for a family: five, four (EC = any children), three (EE+1) or two tiers (RM-3)."""
    if tier == "EE":
        return "EE"
    if filed & {"E1C", "ECN"}:
        return tier
    if filed & {"ES", "EC"}:
        return "EC" if tier in ("E1C", "ECN") else tier
    if "EE+1" in filed:
        return "EE+1" if tier in ("ES", "E1C") else "FAM"
    return "FAM"


def look_up(table: RateTable, facts: Mapping[str, Any], rate_date: date) -> Fraction:
    """The rate of the one cell that serves; the same question is answered once."""
    asked = (rate_date, *(facts[axis] for axis in table.axes))
    if asked not in table.found:
        table.found[asked] = filed(table, facts, rate_date)
    rate = table.found[asked]
    if rate is None:
        raise UnratedError("NO_RATE")
    return rate


def filed(table: RateTable, facts: Mapping[str, Any], rate_date: date) -> Fraction | None:
    """The one cell of the version in force (GR-22, GR-23), if there is one.

    Cells with the same wildcards and the same exact keys form a grid of bands; in it a banded key is the greatest
    bound reached, of age and of pay each for itself, and only the cell at both counts: another band never stands in
    for a missing cell. Wildcards match last: the grid with the fewest goes first (then the one whose wildcards stand
    on later axes), the next only where it has no cell. A closed cell is a cell: it has no rate.
    """
    begun = [day for day in table.versions if day <= rate_date]
    if not begun:
        return None
    version, grids = table.versions[max(begun)], table.grids.get(max(begun), {})
    wanted = {axis: clamped(table, axis, facts[axis]) for axis in table.axes}
    if "tier" in table.axes and not table.is_five_tiered:
        wanted["tier"] = tier_spellings(facts["tier"], {str(c.keys.get("tier")) for c in version})
    keys = itertools.product(*({ANY, as_compared(axis, wanted[axis])} for axis in table.exact_axes))
    fitting = [c for exact_keys in keys for c in grids.get(exact_keys, ())]
    for wild in sorted({c.wildcards for c in fitting}, key=lambda w: (len(w), [axis in w for axis in AXES])):
        grid = [c for c in fitting if c.wildcards == wild]
        for axis in [a for a in table.axes if a in BANDED and a not in wild]:
            reached = {c.keys[axis] for c in fitting if c.wildcards == wild if reaches(wanted[axis], c.keys[axis])}
            grid = [c for c in grid if reached and c.keys[axis] == max(reached)]
        if grid:
            (cell,) = grid
            return None if cell.rate is None else exact(cell.rate)
    return None


def reaches(value: Any, bound: Any) -> bool:
    """Whether a value is known and at or above a lower bound."""
    return value is not None and value >= bound


def missing_fact(tables: Sequence[RateTable], facts: Mapping[str, Any]) -> str | None:
    """The first fact that the tables vary by and the person lacks."""
    for axis, issue in REQUIRED.items():
        if facts[axis] is None and any(varies_by(table, axis) for table in tables):
            return issue
    return None


def varies_by(table: RateTable, axis: str) -> bool:
    """Whether a table varies by an axis, in any version; one that says only * of it does not."""
    return axis in table.varying
