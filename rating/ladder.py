"""The ladder of contribution rules: which one rule pays for a coverage (CB-1 to CB-14).

What lives here: resolving all rules against all offers into one dense table, and reading it. What does not: what a
rule pays (`rating.shares`), and why one rule beat another (`rating.candidates`).

The ladder is not climbed per coverage. Which rule applies depends only on the offer, the class and whether the member
is a dependent; so every rule is written once into all the places of one dense table that it matches, the weakest
statement first and the strongest last, and a coverage reads its rule at
`base[offer] + 2 x class slot + is dependent`. The levels that only the root plan decides are written once per
root and copied to its coverages.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from rating import categories
from rating.arrays import Flags, Ints, Longs, Rows
from rating.batch import LARGEST_ROW, Offers
from rating.codes import NONE, Strategy, TargetKind
from rating.columns import is_constant
from rating.contribution import ContributionRules
from rating.dates import day_numbers
from rating.forms import Forms, forms_of
from rating.matching import Keyed


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


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rule of every (offer, class, member type), and the rules in the form their application needs."""

    rule: Ints  # dense table; the last place is "no class"
    base: Longs  # (n_offers,) first place of the offer
    forms: Forms

    def choose(self, offer: Rows | Ints, member: Rows | Ints, class_slot: Ints, is_dependent: Flags) -> Ints:
        """The rule of each coverage, NONE where there is none (CB-7, CB-13).

        `offer` and `member` are per coverage, `class_slot` and `is_dependent` per member; `member` says whose the
        coverage is.
        """
        own_place = 2 * class_slot + is_dependent
        place = self.base.take(offer)
        place += own_place.take(member)
        if class_slot.size and int(class_slot.min()) < 0:
            place[class_slot.take(member) < 0] = self.rule.size - 1
        return self.rule.take(place)


def ladder(offers: Offers, rules: ContributionRules) -> Ladder:
    """Resolve all rules against all offers (CB-1 to CB-14)."""
    n_slots = offers.n_class_slots
    first = np.cumsum(n_slots, dtype=np.int64)
    n_places = int(first[-1]) if first.size else 0
    first -= n_slots
    climb = _Climb(offers, rules, first, n_places)
    if len(rules):
        climb.all_levels()
    # Subscriber rules serve dependents where no Dependent rule matches on any level (CB-11).
    at = np.flatnonzero(climb.of_dependents < 0)
    climb.of_dependents[at] = climb.of_subscribers[at]
    first *= 2  # two places a class
    return Ladder(rule=climb.both.ravel(), base=first, forms=forms_of(rules, len(offers)))


class _Climb:
    """The writing of the table, from the weakest level to the strongest; the last writer of a place stays."""

    def __init__(self, offers: Offers, rules: ContributionRules, first: Longs, n_places: int) -> None:
        self.offers, self.rules, self.first = offers, rules, first
        self.both = np.full((n_places + 1, 2), NONE, np.int32)
        self.sorted_rules, self.starts = _by_strength(rules)
        self.width = _width(offers, rules)
        self.are_categories_named = categories.names_categories(rules)
        self.is_dated = not (np.isnat(rules.valid_from).all() and np.isnat(rules.valid_to).all())
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
        offers, n = self.offers, len(self.offers)
        is_root: Flags = offers.root == np.arange(n, dtype=np.int32)
        is_alike = _is_like_root(offers)
        homes = np.flatnonzero(is_root) if is_alike else np.arange(n)
        for level in reversed(ROOT_LEVELS):
            self.level(level, homes)
        if is_alike:
            self.copy_from_roots()
        is_own = ~is_root if self.legacy is None else ~is_root & ~self.legacy
        for level in (Level.PRODUCT, Level.PLAN):
            self.level(level, np.flatnonzero(is_own))

    def level(self, level: Level, rows: Rows) -> None:
        """Write the rules that name these offers on one level: blank, Subscriber, then Dependent (CB-12)."""
        kind = KIND_OF[level]
        start, dependent, end = self.starts[2 * kind], self.starts[2 * kind + 1], self.starts[2 * kind + 2]
        if start == end or not rows.size:
            return
        key = _keys(self.offers, level, rows, self.width)
        order = None if bool((key[1:] >= key[:-1]).all()) else np.argsort(key)
        if order is not None:
            key, rows = key[order], rows[order]
        by_name = level == Level.CATEGORY and self.are_categories_named
        keyed = None if by_name else Keyed(key, rows, end - start)
        for chosen, is_dependent in (
            (self.sorted_rules[start:dependent], False),
            (self.sorted_rules[dependent:end], True),
        ):
            if not chosen.size:
                continue
            if keyed is None:
                pairs = categories.pairs(self.offers, self.rules, rows, chosen)
            else:
                pairs = keyed.matches(_wanted(self.rules, kind, chosen, self.width), chosen)
            self.write(*self.valid(kind, *pairs), is_dependent)

    def write(self, offer: Rows, rule: Rows, is_dependent: bool) -> None:
        """Put rules in the places of their offers and classes."""
        place = self.first.take(offer)
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
            # An unknown day is the smallest number: as a start it never comes too late, as an end it is open.
            holds &= day_numbers(rules.valid_from).take(rule) <= day_numbers(offers.term_from).take(offer)
            holds &= (ends >= day_numbers(offers.term_to).take(offer)) | (ends == np.iinfo(np.int64).min)
        return (offer, rule) if bool(holds.all()) else (offer[holds], rule[holds])

    def copy_from_roots(self) -> None:
        """Give every coverage what its root has."""
        shift = self.first.take(self.offers.root)
        shift -= self.first
        shift = np.repeat(shift, self.offers.n_class_slots)
        shift += np.arange(shift.size, dtype=np.int32)
        pairs = self.both.view(np.int64).ravel()  # both at once
        copied = np.empty_like(pairs)
        pairs.take(shift, out=copied[:-1], mode="clip")
        copied[-1] = pairs[-1]
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
    ends = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=n_groups))]).tolist()
    edges = [ends[3 * kind + at] for kind in range(len(TargetKind)) for at in (0, 2)]
    return order, [*edges, ends[n_groups]]


def _is_like_root(offers: Offers) -> bool:
    """Every coverage has its root's term and strategy, so a rule valid for the root is valid for it."""
    root = offers.root
    return all(
        is_constant(column) or bool((column.take(root) == column).all())
        for column in (day_numbers(offers.term_from), day_numbers(offers.term_to), offers.strategy)
    )


def _keys(offers: Offers, level: Level, rows: Rows, width: int) -> Longs:
    """What a rule must name to match each offer on the level; its account alone, to match on the lowest."""
    if level == Level.PLAN:
        return rows.astype(np.int64)
    if level == Level.EVERY_PLAN:
        return _within(offers.account.take(rows), np.zeros(rows.size, np.int32), width)
    root = offers.root.take(rows)
    if level == Level.ROOT_PLAN:
        return root.astype(np.int64)
    column, of = {
        Level.PRODUCT: (offers.product, rows),
        Level.ROOT_PRODUCT: (offers.product, root),
        Level.CATEGORY: (offers.category, root),
    }[level]
    return _within(offers.account.take(rows), column.take(of), width)


def _wanted(rules: ContributionRules, kind: TargetKind, chosen: Rows, width: int) -> Longs:
    """What the rules name, in the same form; an offer's code is never -2, so a rule that names nothing finds none."""
    if kind == TargetKind.EVERY_PLAN:
        return _within(rules.account.take(chosen), np.zeros(chosen.size, np.int32), width)
    target = rules.target.take(chosen)
    target = np.where(target < 0, np.int32(NONE - 1), target)
    return target.astype(np.int64) if kind == TargetKind.PLAN else _within(rules.account.take(chosen), target, width)


def _width(offers: Offers, rules: ContributionRules) -> int:
    """How many numbers an account has for its codes: those met, and the two below zero that stand for none."""
    named = np.where(rules.target_kind == TargetKind.PLAN, np.int32(NONE), rules.target)
    return 3 + max(int(column.max(initial=0)) for column in (offers.product, offers.category, named))


def _within(account: Ints, code: Ints, width: int) -> Longs:
    """An account and a code in it as one number."""
    key = np.multiply(account, width, dtype=np.int64)
    key += code
    return key
