"""Why a coverage has no rate or factor, and what stops it before any is read.

What lives here: the choice of the reason that is told. What does not: what a method misses (`rating.methods`), the
order of all reasons (`rating.premiums`).
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Rows
from rating.codes import NONE, Axis, Issue
from rating.facts import Facts
from rating.filed import Filed
from rating.layout import SEARCHED
from rating.lookup import Recipe
from rating.recipes import Recipes

_UNKNOWN = {
    Axis.AGE: Issue.BIRTH_DATE_REQUIRED,
    Axis.SALARY: Issue.PAY_REQUIRED,
    Axis.AREA: Issue.AREA_REQUIRED,
    Axis.INDUSTRY: Issue.FACT_REQUIRED,
    Axis.GROUP_SIZE: Issue.FACT_REQUIRED,
    Axis.PARTICIPATION: Issue.FACT_REQUIRED,
    Axis.DURATION: Issue.FACT_REQUIRED,
    Axis.SERVICE: Issue.FACT_REQUIRED,
}
"""What is told where a fact is unknown, the first of them first."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Coverages of the chunk whose rate or factor was not found, and why."""

    rows: Rows  # ascending
    reason: Bytes  # Issue, beside each


def lacking(facts: Facts, recipes: Recipes, filed: Filed) -> Lacking | None:
    """A limit, the fact that is unknown, else no cell. None if everything was found."""
    columns: list[Recipe] = [recipes.rate, *recipes.factors]
    outside = [rows for each in columns if facts.n and (rows := each.outside(facts)) is not None]
    missing = filed.missing
    if not missing.size and not outside:
        return None
    rows = np.unique(np.concatenate([missing, *outside])) if outside else missing
    reason = np.zeros(rows.size, np.int8)
    at = np.searchsorted(rows, missing) if outside else np.arange(missing.size)
    has_rate = filed.unit_rate_e6[missing] >= 0
    reason[at] = np.where(has_rate, np.int8(Issue.NO_FACTOR), np.int8(Issue.NO_RATE))
    uses, offer = np.zeros(missing.size, np.int32), facts.offer.take(missing)
    for each in columns:
        uses |= each.uses.take(offer)
    asked_by_any = int(np.bitwise_or.reduce(uses, initial=0))
    for axis, issue in reversed(_UNKNOWN.items()):
        if not asked_by_any >> axis & 1:
            continue
        asks = np.flatnonzero(uses >> axis & 1)
        unknown = NONE if axis in SEARCHED else 0
        reason[at[asks[facts.slots_at(axis, missing.take(asks)) == unknown]]] = issue
    for beyond in outside:
        reason[np.searchsorted(rows, beyond)] = Issue.AGE_OUTSIDE_TABLE
    return Lacking(rows, reason)


def standing_issues(facts: Facts, found: Lacking | None) -> Bytes:
    """What stops a coverage before any rate is read."""
    issue = np.zeros(facts.n, np.int8)
    in_part = facts.in_part
    issue[in_part[facts.covered_days.take(in_part) == 0]] = Issue.OUTSIDE_TERM
    if found is not None:
        method = facts.terms.method.take(facts.offer.take(found.rows))
        issue[found.rows[method == NONE]] = Issue.NO_RATE_TABLE
    given = facts.given_issue
    rows = np.flatnonzero(given != np.int8(Issue.NONE))  # a plain member would be compared in 64 bits
    if rows.size:
        issue[rows] = given.take(rows)
    return issue
