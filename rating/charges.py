"""What of a premium falls in each month of the contract term.

What lives here: the spread of a prorated premium over the months it was charged for, exact to the cent
(PR-28). What does not: the premium and its proration (`rating.proration`), and what was billed before
(`services.adjustments`).

A month is one of the contract (`rating.proration`). A whole month of a span has the same charge as any
other; a month begun late or ended early has the part that the method of that event charges, which for
the methods that count no months is its part of real days. Each month is rounded by itself and the
last takes the rest.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Days, Flags, Longs, Rows, Whole
from rating.changes import ragged
from rating.dates import months_after
from rating.drift import settled
from rating.money import Ratio, to_cents
from rating.proration import Prorations, months_charged


@dataclass(frozen=True, slots=True)
class Charges:
    """Charges by month, in the order of the spans and of their months; months that charge nothing are left out."""

    row: Rows  # the span
    month: Longs  # of the term, from 0
    month_from: Days  # its first day
    cents: Longs


def charges(
    plans: Prorations,
    *,
    offer: Whole,
    covered_from: Days,
    covered_to: Days,
    cents: Longs,
    is_newborn: Flags | None = None,
    changes: tuple[Flags, Flags] | None = None,
) -> Charges:
    """Spread the prorated premium of each span of cover over the months of its term, (n,) each. [cents]

    `is_newborn` and `changes` are those that the premium was prorated with. Example: 100.00 for a term of
    three months is 33.33, 33.33 and 33.34.
    """
    span = months_charged(
        plans,
        offer=offer,
        covered_from=covered_from,
        covered_to=covered_to,
        is_newborn=is_newborn,
        changes=changes,
    )
    is_charged = (cents > 0) & (span.upto > span.lost)
    first, last = span.lost // span.month, -(-span.upto // span.month)
    count = np.where(is_charged, last - first, 0).astype(np.intp)
    row = np.repeat(np.arange(count.size), count)
    month = ragged(first.astype(np.intp), count).astype(np.int64)

    each, whole = span.month.take(row), (span.upto - span.lost).take(row)
    lost, upto = span.lost.take(row), span.upto.take(row)
    part = np.minimum((month + 1) * each, upto) - np.maximum(month * each, lost)
    charged = np.flatnonzero(count)
    heads = (np.cumsum(count) - count).take(charged)
    amount = settled(to_cents(Ratio((cents.take(row), part), (whole,))), cents.take(charged), heads)
    kept = np.flatnonzero(amount)
    starts = plans.term_from.take(offer).view("M8[D]").take(row)
    return Charges(row[kept], month[kept], months_after(starts, month)[kept], amount[kept])


def halves(cents: Longs) -> tuple[Longs, Longs]:
    """Each amount in two parts that add up to it; of an odd cent the first gets it. [cents]

    >>> [part.tolist() for part in halves(np.array([10_001, 8]))]
    [[5001, 4], [5000, 4]]
    """
    first = to_cents(Ratio((cents,), (2,)))
    return first, cents - first
