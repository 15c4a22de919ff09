"""Rates made from the census: what a method that solves them is given, and what it gives back.

What lives here: `Pools` (the people one rate is made from), `Counted` and `Totals` (what the two passes hand a
method) and `Solved`, the rates of a run. What does not: the passes (`rating.solve`), any formula (`rating.methods`).

A pool is everybody who holds one offer; where the method speaks of a class and the table varies by it, everybody of
one class who does. A method adds whole numbers up over its pool, so neither order nor cutting can change a rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rating.arrays import COLUMN_DTYPES, Bytes, Flags, Ints, Longs, Rows
from rating.batch import Offers
from rating.codes import NONE, RateState, Tier
from rating.money import SATURATED
from rating.pricing import Selection
from rating.tables import RateTables

Numbers = NDArray[np.object_]
"""Python integers without bound: totals may pass 64 bits."""


@dataclass(frozen=True, slots=True)
class Pools:
    """Where the pool of a coverage is found: `first` and `by_class` per offer, the others per pool."""

    first: Rows  # (n_offers,) first pool of the offer; NONE where its rate is filed
    by_class: Flags  # (n_offers,) a pool for every class, and one for people without a class
    offer: Ints  # (n_pools,)
    class_slot: Ints  # (n_pools,) NONE for people without a class, and for the whole offer

    def __len__(self) -> int:
        return self.offer.size

    def of(self, offer: Rows, class_slot: Ints) -> Rows:
        """The pool of each coverage; NONE where its rate is filed.

        >>> made = Pools(np.array([-1, 0, 1]), np.array([False, False, True]), np.zeros(4, "i4"), np.zeros(4, "i4"))
        >>> made.of(np.array([0, 1, 2, 2]), np.array([0, 1, -1, 1], "i4")).tolist()
        [-1, 0, 1, 3]
        """
        step = np.where(self.by_class.take(offer), class_slot + 1, 0)
        return self.first.take(offer) + step


@dataclass(frozen=True, slots=True)
class Solved:
    """Rates per pool, (n_pools,); a column that the method of a pool does not use is NONE.

    Given in `Rates.final`, rows name their pool by `offer` and `class_slot`, and those whose state is FINAL are
    used as they are.
    """

    offer: Ints  # row in Offers
    class_slot: Ints  # NONE for the whole offer, and for people without a class
    state: Bytes  # RateState
    base_cents: Longs  # composite rate of the tier EE
    tier_cents: Longs  # (n_pools, 5) composite rate of each tier
    tier_counts: Longs  # (n_pools, 5) families counted in each tier
    adult_cents: Longs  # average premium of a person of 21 and over
    child_cents: Longs  # average premium of a person under 21
    n_adults: Longs
    n_children: Longs
    average_age: Longs
    female_e4: Longs  # percent x 10,000
    n_lives: Longs  # employees averaged
    required_cents: Longs  # what the rates must collect in one rate period
    collected_cents: Longs  # what they collect
    n_left_out: Longs  # people who could not be priced and so are in no sum and no count
    carrier: Longs  # first row of the person who carries the premium of the pool
    carrier_end: Longs  # the first row of the person after: all between that are of the pool carry it
    pools: Pools | None = None

    @property
    def difference_cents(self) -> Longs:
        """Cents collected too many (or, negative, too few), made by rounding the rates; 0 where nothing is required."""
        known = (self.required_cents >= 0) & (self.collected_cents >= 0)
        return np.where(known, self.collected_cents - self.required_cents, 0)

    def __len__(self) -> int:
        return self.offer.size

    @classmethod
    def unsolved(cls, offer: Ints, class_slot: Ints, pools: Pools | None = None) -> "Solved":
        """Estimates of which nothing is known yet."""
        columns: dict[str, Any] = {}
        for field in fields(cls):
            if field.name in ("offer", "class_slot", "pools"):
                continue
            shape = (offer.size, len(Tier)) if field.name in ("tier_cents", "tier_counts") else (offer.size,)
            columns[field.name] = np.full(shape, NONE, COLUMN_DTYPES[field.type])
        columns["state"][:] = RateState.ESTIMATE
        return cls(offer=offer, class_slot=class_slot, pools=pools, **columns)

    def put(self, rows: Rows, columns: Mapping[str, Longs]) -> None:
        """Write columns of some pools."""
        for name, values in columns.items():
            getattr(self, name)[rows] = values


@dataclass(frozen=True, slots=True)
class Counted:
    """Coverages of one method that are covered on a day when their root plan opens (`rating.opening`).

    Of root plans that open on several days all that are there are summed up each time, since a child may take another's
    place; kept are the sums of the pools that open on the day.
    """

    selection: Selection
    has_rate: Flags  # rate and all factors are in force
    listed_cents: Longs | None  # price by the base table, NONE where it has none; None without such tables
    ratio_e6: Longs  # (n, 5) as in `Totals`

    @property
    def is_primary(self) -> Flags:
        """The coverage is an employee's own."""
        return ~self.selection.facts.is_dependent.take(self.selection.member)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a method added up, for its pools."""

    sums: tuple[Numbers, ...]  # (n_pools,) each: the columns that `sums` gave, then zeros
    offer: Rows  # (n_pools,)
    offers: Offers
    tables: RateTables
    table: Rows  # (n_pools,) rate table
    ratio_e6: Longs  # (n_pools, 5) the table's cell of each tier when the term starts, NO_CELL where it has none


def is_filed(selection: Selection) -> Flags:
    """Rate and all factors of each coverage are in force, and no value lies beyond a table that does not clamp."""
    facts, recipes = selection.facts, selection.recipes
    found: Flags = np.ones(facts.n, np.bool_)
    for each in (recipes.rate, *recipes.factors):
        found &= each.cells(facts) >= 0
        outside = each.outside(facts)
        if outside is not None:
            found[outside] = False
    return found if selection.rows is None else found.take(selection.rows)


def half_up(numerator: Numbers, divisor: Numbers | int) -> Longs:
    """The whole number nearest to the exact fraction, half up; NONE where the divisor is 0.

    >>> half_up(np.array([162, 162, 5], object), np.array([4, 0, 2], object)).tolist()
    [41, -1, 3]
    """
    by = np.broadcast_to(np.asarray(divisor, object), numerator.shape)
    is_known = (by > 0).astype(np.bool_)
    safe = np.where(is_known, by, 1)
    nearest = (2 * numerator + safe) // (2 * safe)
    return np.where(is_known, np.minimum(nearest, int(SATURATED)), NONE).astype(np.int64)
