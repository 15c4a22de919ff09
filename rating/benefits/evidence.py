"""Guaranteed issue and evidence of insurability: how much of an amount is in force, and how much waits.

What lives here: the guaranteed amount, lower by age where the plan says so, and what each state of the
evidence does to the part above it (rating methods, section 9). What does not: the amount asked for
(`rating.benefits.volume`), and the record of who sent which form when.
"""

import numpy as np

from rating.arrays import Bytes, Flags, Longs
from rating.batch import LARGEST_AMOUNT
from rating.benefits.benefit import NO_CAP, cap
from rating.codes import Evidence
from rating.columns import is_constant
from rating.dates import day_numbers
from rating.money import whole_nearest
from rating.pricing import Selection
from rating.terms import WHOLE_E4

CLOSED = (Evidence.DECLINED, Evidence.WITHDRAWN, Evidence.EXPIRED)
"""States after which nothing waits any more."""


def guaranteed(offers_cents: Longs, left_e4: Longs | None) -> Longs:
    """The amount in force without questions; beyond reach where the plan states none. [cents]

    `left_e4` is the percent of it left at the member's age; to the nearest cent.

    >>> guaranteed(np.array([15_000_000, 15_000_000]), np.array([500_000, 1_000_000])).tolist()
    [7500000, 15000000]
    """
    limit = cap(offers_cents)
    if left_e4 is None:
        return limit
    by_age = whole_nearest(np.clip(offers_cents, 0, None) * left_e4, WHOLE_E4, 1)
    return np.where(left_e4 == WHOLE_E4, limit, by_age)


def late_entrants(selection: Selection) -> Flags | None:
    """Members whose whole amount needs evidence; None if nobody is late."""
    column = _stated(selection, selection.facts.batch.coverages.is_late)
    return None if column is None or not column.any() else column == 1


def in_force(selection: Selection, asked: Longs, limit: Longs, scale: int) -> tuple[Longs, Longs]:
    """What of each amount asked for is in force, and what will be once its evidence is approved. [1/scale cents]

    - up to the limit an amount is in force whatever the evidence; a late entrant has a limit of 0;
    - the part above it waits, whether evidence was asked for yet or not (no state, NOT_REQUIRED,
      REQUIRED, SUBMITTED, PENDING);
    - APPROVED: the approved amount, or all that was asked for, but never less than the limit, from
      `approved_from` on; if that comes after the first covered day the rest still waits;
    - DECLINED, WITHDRAWN, EXPIRED: the limit, and nothing waits.

    Example: 250,000 asked for, 150,000 guaranteed: 150,000 in force and 100,000 pending; approved for
    200,000: 200,000 in force.
    """
    held = np.minimum(asked, np.minimum(limit, NO_CAP // scale) * scale)
    if_approved = asked
    state = _stated(selection, selection.facts.batch.coverages.evidence)
    if state is not None:
        if_approved = asked.copy()
        above = np.flatnonzero(held < asked)
        now, base = state.take(above), held.take(above)
        is_closed = np.isin(now, CLOSED)
        if_approved[above[is_closed]] = base[is_closed]
        is_approved = now == Evidence.APPROVED
        rows = above[is_approved]
        approved, since = _approval(selection, asked, scale)
        granted = np.maximum(approved.take(rows), base[is_approved])
        if_approved[rows] = granted
        reached = since.take(rows) <= _of(selection, selection.facts.first_day).take(rows)
        held[rows[reached]] = granted[reached]
    return held, if_approved


def _approval(selection: Selection, asked: Longs, scale: int) -> tuple[Longs, Longs]:
    """What was approved of the amounts asked for, and the day number it holds from (the smallest: from the start)."""
    coverages, span = selection.facts.batch.coverages, selection.facts.span.coverages
    approved = _of(selection, coverages.approved_cents[span])
    approved = np.where(approved < 0, asked, np.minimum(asked, np.minimum(approved, LARGEST_AMOUNT) * scale))
    return approved, _of(selection, day_numbers(coverages.approved_from[span]))


def _stated(selection: Selection, column: Bytes) -> Bytes | None:
    """The selection's part of a column of the coverages; None where the batch leaves it out."""
    if is_constant(column):
        return None
    here = column[selection.facts.span.coverages]
    return here if selection.rows is None else here.take(selection.rows)


def _of(selection: Selection, column: Longs) -> Longs:
    return column if selection.rows is None else column.take(selection.rows)
