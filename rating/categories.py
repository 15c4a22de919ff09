"""Rules that name the kind of a product: its type, its category, or both (CB-9, level 5).

What lives here: which rules speak of which offers on that level, by the product of their root plan. What does not: the
other levels, and which of several rules pays (`rating.ladder`, `rating.candidates`).

A type is one of the program's own (Medical, Dental), a category is a record of the host's. Where a rule names both,
both have to match.
"""

from typing import NamedTuple

import numpy as np

from rating.arrays import Flags, Ints, Longs, Rows
from rating.batch import Offers
from rating.contribution import ContributionRules
from rating.matching import Keyed

_WAYS = ((True, False), (False, True), (True, True))
"""What a rule may name: a type, a category."""


class _Named(NamedTuple):
    """What is named, by row: an account, the type of a product, the category of a product."""

    account: Ints
    kind: Ints
    group: Ints

    def as_number(self, width: int, way: tuple[bool, bool]) -> Longs:
        """All of it that counts as one number; what is unknown is 0 there, which no rule of that way names."""
        key = self.account.astype(np.int64)
        for column, counts in zip((self.kind, self.group), way, strict=True):
            key *= width
            if counts:
                key += column
                key += 1
        return key


def names_categories(rules: ContributionRules) -> bool:
    """Whether any rule names a category; else types alone decide, and the ladder needs no more than their codes."""
    return bool((rules.product_category >= 0).any())


def speaks_of(offers: Offers, rules: ContributionRules, root: int) -> Flags:
    """(n_rules,) the rules that name the product of a root plan by type or category, if that is their target."""
    kinds, groups = rules.target, rules.product_category
    has_kind, has_group = kinds >= 0, groups >= 0
    is_kind = ~has_kind | (kinds == offers.category[root])
    is_group = ~has_group | (groups == offers.product_category[root])
    return (has_kind | has_group) & is_kind & is_group


def pairs(offers: Offers, rules: ContributionRules, rows: Rows, chosen: Rows) -> tuple[Rows, Rows]:
    """All pairs of one of these offers and one of these rules, in the order of the rules, within accounts."""
    root = offers.root.take(rows)
    own = _Named(offers.account.take(rows), offers.category.take(root), offers.product_category.take(root))
    said = _Named(rules.account.take(chosen), rules.target.take(chosen), rules.product_category.take(chosen))
    width = 2 + max(int(column.max(initial=0)) for column in (own.kind, own.group, said.kind, said.group))
    found_offers: list[Rows] = []
    found_places: list[Rows] = []
    for way in _WAYS:
        at = np.flatnonzero(((said.kind >= 0) == way[0]) & ((said.group >= 0) == way[1]))
        if not at.size:
            continue
        key = own.as_number(width, way)
        order = np.argsort(key, kind="stable")
        wanted = said.as_number(width, way).take(at)
        offer, place = Keyed(key.take(order), rows.take(order), at.size).matches(wanted, at)
        found_offers.append(offer)
        found_places.append(place)
    if not found_offers:
        return rows[:0], chosen[:0]
    offer, place = np.concatenate(found_offers), np.concatenate(found_places)
    order = np.argsort(place, kind="stable")
    return offer.take(order), chosen.take(place.take(order))
