"""Who pays what: one contribution rule per coverage, and the split of its premium (CB-1 to CB-25).

What lives here: the rules' columns, the choice of the rule by the documented ladder, and the
employer's share. What does not: the premium itself.

The ladder is not climbed per coverage. Which rule applies depends only on the offer, the class
and whether the member is a dependent; so every rule is written once into all the places of one
dense table that it matches, the weakest statement first and the strongest last, and a coverage
reads its rule at `base[offer] + 2 x class slot + is dependent`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rating.arrays import Bytes, Days, Flags, Ints, Longs, Rows
from rating.batch import Offers
from rating.codes import NONE, AmountScope, Issue, MemberType, Period, ShareKind, TargetKind
from rating.columns import fill_in, otherwise
from rating.dates import day_numbers
from rating.money import Ratio, to_cents
from rating.terms import WHOLE_E4, Terms

OPEN_END = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class RuleSteps:
    """Values of graded rules: steps of rule i are rows start[i] to start[i + 1], ascending by lower bound."""

    start: Ints  # (n_rules + 1,); empty where no rule is graded
    lower: Longs  # a Tier, annual pay in cents, or completed years of service
    value: Longs  # percent x 10,000, or cents, as the kind of the rule says

    @classmethod
    def none(cls) -> "RuleSteps":
        """No rule is graded."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class ContributionRules:
    """Contribution rules, (n_rules,)."""

    account: Ints
    class_slot: Ints  # class that gets the benefit, within its account
    target_kind: Bytes  # TargetKind
    target: Ints  # row in Offers, code of a product or code of a category
    member_type: Bytes  # MemberType; NONE is blank and means Subscriber
    kind: Bytes  # ShareKind; NONE is blank: the rule is ignored (CB-4)
    percent_e4: Longs  # 80 % = 800,000; NONE
    amount_cents: Longs  # NONE
    amount_period: Bytes  # Period the amount is stated for
    cap_cents: Longs  # most the employer pays per coverage and term; NONE
    valid_from: Days  # NaT open
    valid_to: Days  # first day no longer valid, NaT open
    rank: Longs  # greater is more recently modified
    scope: Bytes = otherwise(AmountScope.PER_COVERAGE)
    grade: Bytes = otherwise(NONE)  # Grade: the value is read from the rule's steps
    floor_cents: Longs = otherwise(NONE)  # least the employer pays per coverage and term, limited by the premium
    family_cap_cents: Longs = otherwise(NONE)  # most the employer pays per family, root plan and term
    reference_offer: Ints = otherwise(NONE)  # row in Offers whose premium is the measure (REFERENCE_PLAN)
    dependent_percent_e4: Longs = otherwise(NONE)  # percent of what dependents add (EMPLOYEE_AND_INCREMENT)
    steps: RuleSteps = field(default_factory=RuleSteps.none)

    def __post_init__(self) -> None:
        fill_in(self)

    def __len__(self) -> int:
        return self.account.size


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rule of every (offer, class, member type), and the rules' columns to apply it.

    Columns of rules carry one row more than there are rules: row -1, no rule, reads as zero.
    """

    rule: Ints  # dense table; place 0 is "no class"
    base: Longs  # (n_offers,) first place of the offer
    percent_e4: Ints
    amount_cents: Longs
    amount_period: Bytes
    is_amount: Flags
    is_hollow: Flags  # no value for its type
    cap_cents: Longs
    any_amount: bool
    any_hollow: bool
    any_cap: bool

    def choose(self, offer: Ints, member: Rows, class_slot: Ints, is_dependent: Flags) -> Ints:
        """The rule of each coverage, NONE where there is none (CB-13).

        `class_slot` and `is_dependent` are per member, `member` says whose the coverage is.
        """
        own_place = 2 * class_slot + is_dependent
        place = self.base.take(offer)
        if (class_slot >= 0).all():
            place += own_place.take(member)
        else:
            has_class = class_slot.take(member) >= 0
            place = np.where(has_class, place + own_place.take(member), 0)
        return self.rule.take(place)


def ladder(offers: Offers, rules: ContributionRules) -> Ladder:
    """Resolve all rules against all offers (CB-1 to CB-14)."""
    n_places = 2 * offers.n_class_slots.astype(np.int64)
    base = 1 + np.cumsum(n_places) - n_places
    table = np.full(1 + int(n_places.sum()), NONE, np.int32)
    is_blank_kind = rules.kind == NONE
    order = _by_rank(rules.rank)
    for for_dependents, level, of_type in _weakest_first():
        candidates = rules.target_kind == level[0]
        candidates &= (rules.member_type == of_type) & ~is_blank_kind
        chosen = order[candidates[order]] if order is not None else np.flatnonzero(candidates)
        if not chosen.size:
            continue
        offer, rule = _matches(level, offers, rules, chosen)
        place = base.take(offer)
        place += 2 * rules.class_slot.take(rule)
        if for_dependents:
            table[place + 1] = rule
        if of_type != MemberType.DEPENDENT:
            table[place] = rule
    return _with_columns(table, base, rules)


# The levels from C's plan (strongest) to R's category: what a rule names, and of whom.
_OF_COVERAGE, _OF_ROOT = False, True
_LEVELS = (
    (TargetKind.PLAN, _OF_COVERAGE),
    (TargetKind.PRODUCT, _OF_COVERAGE),
    (TargetKind.PLAN, _OF_ROOT),
    (TargetKind.PRODUCT, _OF_ROOT),
    (TargetKind.CATEGORY, _OF_ROOT),
)
Level = tuple[TargetKind, bool]


def _weakest_first() -> Iterator[tuple[bool, Level, int]]:
    """Passes over the rules: whether dependents read them too, the level, the member type.

    Subscriber rules serve primaries and, where no Dependent rule matches on any level,
    dependents (CB-11); inside a level explicit Subscriber beats blank (CB-12).
    """
    for level in reversed(_LEVELS):
        for of_type in (NONE, MemberType.SUBSCRIBER):
            yield True, level, of_type
    for level in reversed(_LEVELS):
        yield True, level, MemberType.DEPENDENT


def _by_rank(rank: Longs) -> Rows | None:
    """Rules from least to most recently modified; None if they already stand so."""
    return None if bool((rank[1:] >= rank[:-1]).all()) else np.argsort(rank, kind="stable")


def _matches(level: Level, offers: Offers, rules: ContributionRules, chosen: Rows) -> tuple[Longs, Rows]:
    """All pairs of an offer and a valid rule that names it on this level, in the order of the rules."""
    kind, of_root = level
    target = rules.target.take(chosen)
    if kind == TargetKind.PLAN and not of_root:
        inside = (target >= 0) & (target < len(offers))
        offer, rule = target[inside].astype(np.int64), chosen[inside]
    else:
        whose = offers.root if of_root else np.arange(len(offers))
        column = {
            TargetKind.PLAN: whose,
            TargetKind.PRODUCT: offers.product[whose],
            TargetKind.CATEGORY: offers.category[whose],
        }
        # A plan is found by itself alone; a product or a category within its account.
        at_home = kind != TargetKind.PLAN
        key = _key(offers.account if at_home else None, column[kind])
        wanted = _key(rules.account.take(chosen) if at_home else None, target)
        order = np.argsort(key, kind="stable")
        first = np.searchsorted(key[order], wanted, side="left")
        times = np.searchsorted(key[order], wanted, side="right") - first
        times[target < 0] = 0
        rule = np.repeat(chosen, times)
        run = np.arange(rule.size) - np.repeat(np.cumsum(times) - times, times)
        offer = order[np.repeat(first, times) + run]
    return _valid(offers, rules, offer, rule)


def _key(account: Ints | None, code: Ints | Rows) -> Longs:
    wide = code.astype(np.int64)
    return wide if account is None else (account.astype(np.int64) << 32) + wide


def _valid(offers: Offers, rules: ContributionRules, offer: Longs, rule: Rows) -> tuple[Longs, Rows]:
    """Pairs whose rule belongs to the offer's account and spans its whole term (CB-2, CB-3)."""
    end = day_numbers(rules.valid_to)
    end = np.where(np.isnat(rules.valid_to), OPEN_END, end)
    slot = rules.class_slot.take(rule)
    holds = rules.account.take(rule) == offers.account.take(offer)
    holds &= (slot >= 0) & (slot < offers.n_class_slots.take(offer))
    # An unknown start is the smallest number, so it never comes too late.
    holds &= day_numbers(rules.valid_from).take(rule) <= day_numbers(offers.term_from).take(offer)
    holds &= end.take(rule) >= day_numbers(offers.term_to).take(offer)
    return (offer, rule) if holds.all() else (offer[holds], rule[holds])


def _with_columns(table: Ints, base: Longs, rules: ContributionRules) -> Ladder:
    is_amount = rules.kind == ShareKind.AMOUNT
    value = np.where(is_amount, rules.amount_cents, rules.percent_e4)
    is_hollow = value < 0
    percent = np.where(is_amount | is_hollow, 0, rules.percent_e4)
    amount = np.where(is_amount & ~is_hollow, rules.amount_cents, 0)
    cap = np.where(rules.cap_cents < 0, OPEN_END, rules.cap_cents)
    return Ladder(
        rule=table,
        base=base,
        percent_e4=np.append(percent, 0).astype(np.int32),
        amount_cents=np.append(amount, 0),
        amount_period=np.append(rules.amount_period, np.int8(Period.TERM)),
        is_amount=np.append(is_amount, False),
        is_hollow=np.append(is_hollow, False),
        cap_cents=np.append(cap, OPEN_END),
        any_amount=bool(is_amount.any()),
        any_hollow=bool(is_hollow.any()),
        any_cap=bool((rules.cap_cents >= 0).any()),
    )


def employer_share(
    steps: Ladder, terms: Terms, offer: Ints, rule: Ints, prorated_cents: Longs, fraction: tuple[Longs, Longs]
) -> Longs:
    """The employer's part of each prorated premium: [cents], never above the premium (CB-15 to CB-18).

    Percentage: round(prorated x percent). Amount: round(amount x months if it is monthly x the
    fraction of the premium). The employee pays the rest, by subtraction (CB-19).
    """
    employer = to_cents(Ratio((prorated_cents, steps.percent_e4.take(rule)), (WHOLE_E4,)))
    if steps.any_amount:
        rows = np.flatnonzero(steps.is_amount.take(rule))
        employer[rows] = _amounts(
            steps, terms, offer.take(rows), rule.take(rows), fraction[0].take(rows), fraction[1].take(rows)
        )
    np.minimum(employer, prorated_cents, out=employer)
    if steps.any_cap:
        np.minimum(employer, steps.cap_cents.take(rule), out=employer)
    return employer


def _amounts(steps: Ladder, terms: Terms, offer: Ints, rule: Ints, charged: Longs, of_term: Longs) -> Longs:
    """Flat amounts over the term, prorated with the fraction of the premium (CB-17)."""
    period = steps.amount_period.take(rule)
    is_term = period == Period.TERM
    months = np.where(is_term, 1, terms.months.take(offer))
    parts = np.where(is_term, 1, terms.month_parts.take(offer))
    parts = np.where(period == Period.ANNUAL, parts * 12, parts)
    return to_cents(Ratio((steps.amount_cents.take(rule), months, charged), (parts, of_term)))


def warnings(steps: Ladder, rule: Ints) -> Bytes:
    """RULE_WITHOUT_VALUE where the chosen rule has no value for its type (GB-CTB-001)."""
    return np.where(steps.is_hollow.take(rule), np.int8(Issue.RULE_WITHOUT_VALUE), np.int8(Issue.NONE))
