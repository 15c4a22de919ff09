"""Why one contribution rule pays and not another: the rules that could have, for one coverage (CB-1 to CB-12).

What lives here: the ladder climbed for one offer, class and member type, for a person to read. What does not: the
choice for all coverages at once (`rating.ladder`), which it agrees with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from rating import categories
from rating.arrays import Flags
from rating.batch import Offers
from rating.codes import NONE, MemberType, Strategy, TargetKind
from rating.contribution import ContributionRules
from rating.dates import day_numbers
from rating.ladder import KIND_OF, ROOT_LEVELS, Level


class Standing(IntEnum):
    """What became of a rule that names the coverage."""

    CHOSEN = 0
    BEATEN = 1
    DEPENDENTS_ONLY = 2
    """It speaks of dependents, and the member is a primary (CB-10)."""
    STARTS_LATE = 3
    """It starts after the contract does (CB-2)."""
    ENDS_EARLY = 4
    """It ends before the contract does (CB-3)."""
    NO_TYPE = 5
    """It has no type (CB-4)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule of the member's class that names the coverage or its root plan."""

    rule: int  # row in ContributionRules
    level: Level
    member_type: int  # MemberType; NONE is blank
    standing: Standing


def candidates(
    offers: Offers, rules: ContributionRules, offer: int, class_slot: int, is_dependent: bool
) -> list[Candidate]:
    """The rule chosen, the rules it beat from the strongest to the weakest, then those that could not be used.

    A rule stands once, on the strongest level it matches. A member without a class (slot NONE) has none (CB-7).
    """
    if class_slot < 0:
        return []
    found: dict[int, Candidate] = {}
    hampered = _hampered(offers, rules, offer, is_dependent)
    is_of_class = (rules.account == offers.account[offer]) & (rules.class_slot == class_slot)
    for level, member_type in _strongest_first(Strategy(int(offers.strategy[offer])), is_dependent):
        hits = np.flatnonzero(is_of_class & _names(offers, rules, offer, level) & (rules.member_type == member_type))
        for rule in hits[np.lexsort((-hits, -rules.rank[hits]))].tolist():
            found.setdefault(rule, Candidate(rule, level, member_type, Standing(int(hampered[rule]))))
    usable = [each for each in found.values() if each.standing == Standing.BEATEN]
    unusable = [each for each in found.values() if each.standing != Standing.BEATEN]
    if usable:
        first = usable[0]
        usable[0] = Candidate(first.rule, first.level, first.member_type, Standing.CHOSEN)
    return usable + unusable


def _strongest_first(strategy: Strategy, is_dependent: bool) -> Iterator[tuple[Level, int]]:
    """Levels and member types in the order in which the first match wins; what cannot serve comes last.

    Standard: all levels for Dependent rules, then all for Subscriber and blank ones (CB-11), explicit before blank
    inside a level (CB-12). Legacy: the levels of the root plan, each with Dependent, Subscriber, blank.
    """
    levels = ROOT_LEVELS if strategy == Strategy.LEGACY_PER_LEVEL else tuple(Level)
    plain = (MemberType.SUBSCRIBER, NONE)
    if is_dependent and strategy == Strategy.LEGACY_PER_LEVEL:
        for level in levels:
            yield from ((level, member_type) for member_type in (MemberType.DEPENDENT, *plain))
        return
    for types in ((MemberType.DEPENDENT,), plain) if is_dependent else (plain, (MemberType.DEPENDENT,)):
        yield from ((level, member_type) for level in levels for member_type in types)


def _names(offers: Offers, rules: ContributionRules, offer: int, level: Level) -> Flags:
    """The rules whose target is what the offer is on a level; those of the lowest level have none."""
    kind, root = KIND_OF[level], int(offers.root[offer])
    if kind == TargetKind.EVERY_PLAN:
        return rules.target_kind == kind
    if kind == TargetKind.CATEGORY:
        return (rules.target_kind == kind) & categories.speaks_of(offers, rules, root)
    whose = root if level in ROOT_LEVELS else offer
    wanted = whose if kind == TargetKind.PLAN else int(offers.product[whose])
    return (rules.target_kind == kind) & (rules.target == wanted) & (rules.target >= 0)


def _hampered(offers: Offers, rules: ContributionRules, offer: int, is_dependent: bool) -> np.ndarray:
    """(n_rules,) the first Standing that keeps a rule from use; BEATEN where nothing does."""
    ends = day_numbers(rules.valid_to)
    no_type = rules.kind == NONE
    starts_late = day_numbers(rules.valid_from) > int(day_numbers(offers.term_from)[offer])
    ends_early = ~np.isnat(rules.valid_to) & (ends < int(day_numbers(offers.term_to)[offer]))
    for_others = (rules.member_type == MemberType.DEPENDENT) & (not is_dependent)
    reasons = (Standing.NO_TYPE, Standing.STARTS_LATE, Standing.ENDS_EARLY, Standing.DEPENDENTS_ONLY)
    return np.select([no_type, starts_late, ends_early, for_others], reasons, Standing.BEATEN)
