"""Who of a family carries a price that is charged once.

What lives here: the primary of the family, or the oldest of its children. What does not: the price.
"""

import numpy as np

from rating.arrays import Flags, Longs
from rating.codes import Relationship
from rating.pricing import Selection

UNKNOWN_BIRTH = np.iinfo(np.int64).max


def without_primary(selection: Selection) -> Flags:
    """Coverages of dependents whose primary is not covered by the same one: nobody carries the family's price."""
    facts = selection.facts
    is_dependent: Flags = facts.is_dependent.take(selection.member)
    key = _family(selection)
    is_alone = is_dependent.copy()
    is_alone[is_dependent] = ~np.isin(key[is_dependent], key[selection.is_covered & ~is_dependent])
    return is_alone


def beside_the_oldest_child(selection: Selection, among: Flags | None = None) -> Flags:
    """Covered coverages whose price another person of the family carries: the oldest child.

    Oldest is by birth date, then by key (`Members.rank`), then by row; a child of unknown birth date comes
    after the others. A family without a child among the covered has its first person carry the price.
    `among` limits the question to some coverages; the others carry their own price.
    """
    facts = selection.facts
    takes_part = selection.is_covered if among is None else selection.is_covered & among
    rows = np.flatnonzero(takes_part)
    member = selection.member.take(rows)
    birth = np.where(facts.birth_known, facts.birth_date, UNKNOWN_BIRTH).take(member)
    is_child = facts.relationship.take(member) == Relationship.CHILD
    key = _family(selection).take(rows)
    tie = facts.batch.members.rank[facts.span.members].take(member)
    order = np.lexsort((tie, np.where(is_child, birth, 0), ~is_child, key))
    is_first = np.append(np.ones(min(rows.size, 1), np.bool_), np.diff(key[order]) != 0)
    # The carrier as a person: one with two spans of cover carries the price in both.
    carrier = member[order[is_first]][np.cumsum(is_first) - 1]
    beside = takes_part.copy()
    beside[rows[order]] = carrier != member[order]
    return beside


def _family(selection: Selection) -> Longs:
    """One number per family and coverage offered."""
    family = selection.facts.primary.take(selection.member).astype(np.int64)
    return family * len(selection.offers) + selection.offer
