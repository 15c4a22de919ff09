"""The day a rate made from the census opens: who is there on it, and who carries one sum for all.

What lives here: the first pass over the chunks, and families as they are on an opening day. What does not: the sums
of that day (`rating.solve`), any formula (`rating.methods`).

A pool opens on the first day that anybody in it is covered within the term: the start of the term, or the day rated
from. Who is covered on that day is counted, once and for the year, in the family of that day: whoever joins later
pays the rate and does not move it, neither by a head more, nor by another tier, nor by taking a child's place.
"""

import numpy as np

from rating.arrays import Flags, Ints, Longs, Rows
from rating.batch import Batch
from rating.codes import NONE
from rating.facts import Facts, Span
from rating.solved import Pools
from rating.terms import Terms

LATE = np.iinfo(np.int64).max
"""The day of what never opens."""


class Opening:
    """The first pass: when each pool opens, and who carries its premium."""

    def __init__(self, batch: Batch, terms: Terms, pools: Pools) -> None:
        self.batch, self.terms, self.pools = batch, terms, pools
        self.by_key: Rows = np.argsort(batch.members.rank, kind="stable")  # members in the order of keys, then of rows
        self.place = np.empty_like(self.by_key)
        self.place[self.by_key] = np.arange(self.by_key.size)

    def of(self, span: Span) -> tuple[Longs, Longs]:
        """The first covered day of each pool, and who carries its premium: longest covered, then first by key.

        Somebody with several spans of cover is covered for all of them together. Days lost and place among the
        members are one number, so that a least one can be taken over all chunks.
        """
        opens, carries = np.full(len(self.pools), LATE), np.full(len(self.pools), LATE)
        facts = Facts(self.batch, self.terms, span)
        rows = np.flatnonzero((facts.pool >= 0) & facts.is_covered)
        if rows.size:
            pool = facts.pool.take(rows)
            np.minimum.at(opens, pool, facts.first_day.take(rows))
            own = ~facts.is_dependent.take(facts.member.take(rows))
            rows, pool = rows[own], pool[own]
            held = facts.member.take(rows) * len(self.batch.offers) + facts.offer.take(rows)
            _, first, of = np.unique(held, return_index=True, return_inverse=True)
            lost = facts.term_days.take(rows[first]).astype(np.int64)  # to be multiplied below
            np.subtract.at(lost, of, facts.covered_days.take(rows))
            place = self.place[span.members].take(facts.member.take(rows[first]))
            np.minimum.at(carries, pool[first], np.maximum(lost, 0) * self.place.size + place)
        return opens, carries

    def rows_of_carriers(self, carries: Longs) -> tuple[Longs, Longs]:
        """The rows of who carries each pool's premium: the first, and the first after them; NONE for nobody."""
        begin, end = np.full(carries.size, NONE, np.int64), np.full(carries.size, NONE, np.int64)
        known = np.flatnonzero(carries != LATE)
        if known.size:
            member = self.by_key.take(carries[known] % self.place.size)
            plans, coverages = self.batch.plans.member, self.batch.coverages.plan
            begin[known] = np.searchsorted(coverages, np.searchsorted(plans, member))
            end[known] = np.searchsorted(coverages, np.searchsorted(plans, member, side="right"))
        return begin, end


def days_by_root(day: Longs, root: Rows | Ints, n_offers: int) -> list[Longs]:
    """Opening days of pools by their root plan, (n_offers,) each: the first of every root, then the second, and so on.

    LATE where a root has no more. Coverages of one root plan nearly always open together, so one is nearly always all.

    >>> [each.tolist() for each in days_by_root(np.array([5, 9, 5, 7]), np.array([0, 0, 0, 1]), 2)]
    [[5, 7], [9, 9223372036854775807]]
    """
    opens = np.flatnonzero(day != LATE)
    order = opens[np.lexsort((day[opens], root[opens]))]
    is_new_root = np.diff(root[order], prepend=-1) != 0
    order = order[is_new_root | (np.diff(day[order], prepend=-1) != 0)]
    first = np.flatnonzero(np.diff(root[order], prepend=-1))
    turn = np.arange(order.size) - np.repeat(first, np.diff(first, append=order.size))
    made: list[Longs] = []
    for each in range(int(turn.max(initial=-1)) + 1):
        own = order[turn == each]
        days = np.full(n_offers, LATE)
        days[root[own]] = day[own]
        made.append(days)
    return made


def on_opening_day(batch: Batch, terms: Terms, span: Span, opens: Longs) -> Facts:
    """Facts of a chunk in which only those count who are covered on the day their root plan opens (`days_by_root`).

    Root plans that do not open are left as they are.
    """
    facts = Facts(batch, terms, span)
    facts.is_covered = there_on(facts, opens)
    return facts


def there_on(facts: Facts, opens: Longs) -> Flags:
    """Coverages that count and are in force when their root plan opens, or count at all where it does not."""
    day = opens.take(facts.batch.offers.root.take(facts.offer))
    there: Flags = (facts.first_day <= day) & (facts.first_day + facts.covered_days > day)
    return facts.is_covered & (there | (day == LATE))
