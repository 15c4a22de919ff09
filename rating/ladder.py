"""The ladder of contribution rules: which one rule pays for a coverage (CB-1 to CB-14).

What lives here: resolving all rules against all offers into one dense table, and reading it. What does not: what a
rule pays (`rating.shares`), and why one rule beat another (`rating.candidates`).

The ladder is not climbed per coverage. Which rule applies depends only on the offer, the class and whether the member
is a dependent; so every rule is written once into all the places of one dense table that it matches, the weakest
statement first and the strongest last, and a coverage reads its rule at
`blocks.of(offer) + 2 x class slot + is dependent`. The levels that only the root plan decides are written once per
root and copied to its coverages.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from rating import categories
from rating.arrays import Flags, Ints, Longs, Rows
from rating.batch import LARGEST_ROW, Offers
from rating.checks import broken
from rating.codes import NONE, Strategy, TargetKind
from rating.columns import is_constant
from rating.contribution import ContributionRules
from rating.dates import day_numbers
from rating.forms import Forms, forms_of
from rating.matching import Itself, Keyed


class Level(IntEnum):
    """What a rule names, the most specific first (CB-9): of the coverage itself, then of its root plan."""

    PLAN = 1
    PRODUCT = 2
    ROOT_PLAN = 3
    ROOT_PRODUCT = 4
    CATEGORY = 5
    EVERY_PLAN = 6
    """Below the documented five: what pays where no rule names anything of the coverage."""


KIND_OF = {
    Level.PLAN: TargetKind.PLAN,
    Level.PRODUCT: TargetKind.PRODUCT,
    Level.ROOT_PLAN: TargetKind.PLAN,
    Level.ROOT_PRODUCT: TargetKind.PRODUCT,
    Level.CATEGORY: TargetKind.CATEGORY,
    Level.EVERY_PLAN: TargetKind.EVERY_PLAN,
}
"""The target a rule must have to stand on a level (CB-1)."""

ROOT_LEVELS = (Level.ROOT_PLAN, Level.ROOT_PRODUCT, Level.CATEGORY, Level.EVERY_PLAN)
"""The levels that the root plan decides: those of the older package, which has no others (Strategy.LEGACY_PER_LEVEL),
and the one below them."""


MOST_PLACES = 2**28
"""Offers times classes of their accounts: 2 GB of places, more than any book has."""

_UNKNOWN = int(np.iinfo(np.int64).min)
"""The number of a day that is not stated."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Where the places of each offer begin in a table that has some for each of its classes."""

    where: Longs | int  # (n_offers,) the first; or, where all have equally many, how many: nothing is looked up

    @classmethod
    def of_classes(cls, n_slots: Ints) -> "Blocks":
        """One place a class."""
        if n_slots.size and int(n_slots.min()) == int(n_slots.max()):
            return cls(int(n_slots[0]))
        return cls(np.cumsum(n_slots, dtype=np.int64) - n_slots)

    def times(self, places: int) -> "Blocks":
        """So many places a class."""
        return Blocks(self.where * places)

    def of(self, offer: Rows | Ints) -> Longs:
        """The first place of some offers."""
        if isinstance(self.where, int):
            return np.multiply(offer, self.where, dtype=np.int64)
        return self.where.take(offer)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rule of every (offer, class, member type), and the rules in the form their application needs."""

    rule: Ints  # dense table; the last place is "no class"
    blocks: Blocks  # places of the offers
    forms: Forms

    def choose(self, offer: Rows | Ints, member: Rows | Ints, class_slot: Ints, is_dependent: Flags) -> Ints:
        """The rule of each coverage, NONE where there is none (CB-7, CB-13).

        `offer` and `member` are per coverage, `class_slot` and `is_dependent` per member; `member` says whose the
        coverage is.
        """
        own_place = np.multiply(class_slot, 2, dtype=np.int64)  # as wide as what it is added to
        own_place += is_dependent
        place = self.blocks.of(offer)
        place += own_place.take(member)
        if class_slot.size and int(class_slot.min()) < 0:
            place[class_slot.take(member) < 0] = self.rule.size - 1
        return self.rule.take(place)


def ladder(offers: Offers, rules: ContributionRules) -> Ladder:
    """Resolve all rules against all offers (CB-1 to CB-14). Raises `BatchError` for offers of too many classes.

    Rules that do not hold together are refused elsewhere (`rating.prepared`).
    """
    n_slots = offers.n_class_slots
    blocks, n_places = Blocks.of_classes(n_slots), int(n_slots.sum(dtype=np.int64))
    if n_places >= MOST_PLACES:
        raise broken(
            f"offers.n_class_slots come to {n_places:,} classes of offers; at most {MOST_PLACES:,} are possible"
        )
    climb = _Climb(offers, rules, blocks, n_places)
    if len(rules):
        climb.all_levels()
    # Subscriber rules serve dependents where no Dependent rule matches on any level (CB-11).
    at = np.flatnonzero(climb.of_dependents < 0)
    climb.of_dependents[at] = climb.of_subscribers[at]
    return Ladder(rule=climb.both.ravel(), blocks=blocks.times(2), forms=forms_of(rules, len(offers)))


class _Climb:
    """The writing of the table, from the weakest level to the strongest; the last writer of a place stays."""

    def __init__(self, offers: Offers, rules: ContributionRules, blocks: Blocks, n_places: int) -> None:
        self.offers, self.rules, self.blocks = offers, rules, blocks
        self.root = offers.root.astype(np.intp)  # as it indexes, once
        self.both = np.full((n_places + 1, 2), NONE, np.int32)
        self.sorted_rules, self.starts = _by_strength(rules)
        self.largest = max(int(column.max(initial=0)) for column in (offers.product, offers.category))
        self.asked: dict[tuple[TargetKind, bool], Longs] = {}
        self.are_categories_named = categories.names_categories(rules)
        # An unknown day is the smallest number: where the latest is unknown, all are.
        self.is_dated = any(
            int(day_numbers(days).max(initial=_UNKNOWN)) > _UNKNOWN for days in (rules.valid_from, rules.valid_to)
        )
        self.are_slots_safe = int(rules.class_slot.max(initial=NONE)) < int(
            offers.n_class_slots.min(initial=LARGEST_ROW)
        )
        legacy: Flags = offers.strategy == Strategy.LEGACY_PER_LEVEL
        self.legacy = legacy if legacy.any() else None

    @property
    def of_subscribers(self) -> Ints:
        """The rule of each place for a primary."""
        return self.both[:, 0]

    @property
    def of_dependents(self) -> Ints:
        """The rule of each place that speaks of dependents."""
        return self.both[:, 1]

    def all_levels(self) -> None:
        """EVERY_PLAN to ROOT_PLAN for each root, copied to its coverages; then what names coverages themselves."""
        n = len(self.offers)
        is_root: Flags = self.root == np.arange(n)
        homes = np.flatnonzero(is_root) if self.is_alike else np.arange(n)
        for level in reversed(ROOT_LEVELS):
            self.level(level, homes)
        if self.is_alike:
            self.copy_from_roots()
        is_own = ~is_root if self.legacy is None else ~is_root & ~self.legacy
        own = np.flatnonzero(is_own)
        for level in (Level.PRODUCT, Level.PLAN):
            self.level(level, own)

    @cached_property
    def is_alike(self) -> bool:
        """Every coverage has its root's strategy, and its term where rules have dates, and so may have its rules."""
        offers = self.offers
        terms = (day_numbers(offers.term_from), day_numbers(offers.term_to)) if self.is_dated else ()
        return all(
            is_constant(column) or bool((column.take(self.root) == column).all())
            for column in (offers.strategy, *terms)
        )

    def level(self, level: Level, rows: Rows) -> None:
        """Write the rules that name these offers on one level: blank, Subscriber, then Dependent (CB-12)."""
        kind = KIND_OF[level]
        start, dependent, end = self.starts[2 * kind], self.starts[2 * kind + 1], self.starts[2 * kind + 2]
        if start == end or not rows.size:
            return
        by_name = level == Level.CATEGORY and self.are_categories_named
        keyed = None if by_name else self.keyed(level, rows, end - start)
        for chosen, is_dependent in (
            (self.sorted_rules[start:dependent], False),
            (self.sorted_rules[dependent:end], True),
        ):
            if not chosen.size:
                continue
            if keyed is None:
                pairs = categories.pairs(self.offers, self.rules, rows, chosen)
            else:
                pairs = keyed.matches(self.wanted(kind, is_dependent, chosen), chosen)
            self.write(*self.valid(kind, *pairs), is_dependent)

    def keyed(self, level: Level, rows: Rows, n_asked: int) -> Keyed | Itself:
        """The offers by what a rule must name to match them on the level."""
        key = self.keys(level, rows)
        if key is rows:
            return Itself(rows, len(self.offers))
        order = None if bool((key[1:] >= key[:-1]).all()) else np.argsort(key)
        return Keyed(key, rows, n_asked) if order is None else Keyed(key[order], rows[order], n_asked)

    def keys(self, level: Level, rows: Rows) -> Longs:
        """What a rule must name to match each offer on the level; its account alone, to match on the lowest."""
        if level == Level.PLAN:
            return rows
        if level == Level.ROOT_PLAN:
            return rows if self.is_alike else self.root.take(rows)
        account = self.offers.account.take(rows)
        if level == Level.EVERY_PLAN:
            return self.within(account, np.zeros(rows.size, np.int32))
        column = self.offers.category if level == Level.CATEGORY else self.offers.product
        return self.within(account, column.take(rows if level == Level.PRODUCT else self.root.take(rows)))

    def wanted(self, kind: TargetKind, is_dependent: bool, chosen: Rows) -> Longs:
        """What the rules name, in the same form; the same on both levels of a kind.

        An offer's code is never -2: a rule that names nothing, or a code that no offer has, finds none.
        """
        found = self.asked.get((kind, is_dependent))
        if found is not None:
            return found
        if kind == TargetKind.EVERY_PLAN:
            target = np.zeros(chosen.size, np.int32)
        else:
            target = self.rules.target.take(chosen)
            largest = len(self.offers) if kind == TargetKind.PLAN else self.largest
            target[np.flatnonzero(target.view(np.uint32) > largest)] = NONE - 1  # without a sign, below zero is large
        if kind == TargetKind.PLAN:
            found = target.astype(np.int64)
        else:
            found = self.within(self.rules.account.take(chosen), target)
        self.asked[kind, is_dependent] = found
        return found

    def within(self, account: Ints, code: Ints) -> Longs:
        """An account and a code in it as one number: codes are those of offers, and two below zero stand for none."""
        key = np.multiply(account, self.largest + 3, dtype=np.int64)
        key += code
        return key

    def write(self, offer: Rows, rule: Rows, is_dependent: bool) -> None:
        """Put rules in the places of their offers and classes."""
        place = self.blocks.of(offer)
        place += self.rules.class_slot.take(rule)
        if is_dependent:
            self.of_dependents[place] = rule
            return
        self.of_subscribers[place] = rule
        if self.legacy is not None:  # the older package falls back inside each level
            at = np.flatnonzero(self.legacy.take(offer))
            self.of_dependents[place.take(at)] = rule.take(at)

    def valid(self, kind: TargetKind, offer: Rows, rule: Rows) -> tuple[Rows, Rows]:
        """Pairs whose rule belongs to the offer's account and classes and spans its whole term (CB-2, CB-3, CB-5)."""
        offers, rules = self.offers, self.rules
        holds = np.ones(rule.size, np.bool_)
        if kind == TargetKind.PLAN:  # a product or a category is found within its account, a plan by itself alone
            holds &= rules.account.take(rule) == offers.account.take(offer)
        if not self.are_slots_safe:
            holds &= rules.class_slot.take(rule) < offers.n_class_slots.take(offer)
        if self.is_dated:
            ends = day_numbers(rules.valid_to).take(rule)
            # As a start an unknown day never comes too late, as an end it is open.
            holds &= day_numbers(rules.valid_from).take(rule) <= day_numbers(offers.term_from).take(offer)
            holds &= (ends >= day_numbers(offers.term_to).take(offer)) | (ends == _UNKNOWN)
        return (offer, rule) if bool(holds.all()) else (offer[holds], rule[holds])

    def copy_from_roots(self) -> None:
        """Give every coverage what its root has."""
        pairs = self.both.view(np.int64).ravel()  # both at once
        copied, where = np.empty_like(pairs), self.blocks.where
        copied[-1] = pairs[-1]
        if isinstance(where, int):  # as with a single employer
            shape = len(self.offers), where
            pairs[:-1].reshape(shape).take(self.root, axis=0, out=copied[:-1].reshape(shape), mode="clip")
        else:
            shift = np.repeat(where.take(self.root) - where, self.offers.n_class_slots)
            shift += np.arange(shift.size)
            pairs.take(shift, out=copied[:-1], mode="clip")
        self.both = copied.view(np.int32).reshape(-1, 2)


def _by_strength(rules: ContributionRules) -> tuple[Rows, list[int]]:
    """Usable rules by target, then blank, Subscriber, Dependent, then time of change; and where each part begins.

    Parts come in twos, (target, serves dependents only). Rules without a type (CB-4) or a class come last, in none.
    """
    group = rules.target_kind * np.int8(3) + (rules.member_type + np.int8(1))
    n_groups = 3 * len(TargetKind)
    group[(rules.kind == NONE) | (rules.class_slot < 0)] = n_groups
    if bool((rules.rank[1:] >= rules.rank[:-1]).all()):
        order = np.argsort(group, kind="stable")
    else:
        order = np.lexsort((rules.rank, group))
    ends = np.searchsorted(group.take(order), np.arange(n_groups + 1, dtype=np.int8)).tolist()
    edges = [ends[3 * kind + at] for kind in range(len(TargetKind)) for at in (0, 2)]
    return order, [*edges, ends[n_groups]]
