"""The employer's share of each premium: the rule's form applied, then its limits (CB-15 to CB-22).

What lives here: the plain form, which is nearly always all there is, the forms measured by one coverage, and the
order in which limits apply. What does not: the choice of the rule (`rating.ladder`), values by steps
(`rating.grading`), sums over several coverages (`rating.pools`), floors and family caps (`rating.limits`).

    percentage            premium x percent, half up
    amount                amount x months, if it is monthly, x the part of the term charged, half up
    reference plan        percent of what the same person would pay in another offer
    employee, increment   percent of the employee-only premium, and another of what dependents add to it
    defined contribution  one sum per member, or per family for every plan, used up plan by plan
    employer-paid         all of it

A sum for several coverages, and a cap per family, look at coverages with a premium only.

Then: not above the premium (CB-18); not below the rule's floor, prorated like an amount; not above its cap per
coverage; not above its cap per family and plan. The employee pays the rest, by subtraction (CB-19).

Cover continued after employment (COBRA) has no rule: the employer pays nothing.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rating import limits, pools
from rating.arrays import Bytes, Flags, Floats, Ints, Longs, Rows, Whole
from rating.claims import Claims
from rating.codes import NONE, UNRATED, AmountScope, Issue, ShareKind, Tier
from rating.columns import is_constant
from rating.facts import Facts
from rating.forms import Forms
from rating.ladder import Ladder
from rating.measured import Measured, Parts
from rating.money import Ratio, to_cents, whole_cents
from rating.reference import held_instead, turns
from rating.terms import WHOLE_E4


class Reprice(Protocol):
    """The same pricing road over some coverages of the chunk, with another offer or another tier."""

    def __call__(self, rows: Rows, offer: Rows | None = None, tier: Tier | None = None) -> tuple[Longs, Bytes]:
        """Prorated premium in cents, and the Issue, of each of the rows; `offer` is per row."""
        ...


@dataclass(frozen=True, slots=True)
class Shares:
    """Per coverage of the chunk."""

    employer_cents: Floats  # whole numbers, within 0 and the premium
    issue: Bytes | None  # warnings about the rule; None where there are none


def choose(facts: Facts, ladder: Ladder) -> Ints:
    """The rule of each coverage, NONE where there is none or where cover is continued."""
    class_slot = facts.batch.members.class_slot[facts.span.members]
    rule = ladder.choose(facts.offer, facts.member, class_slot, facts.is_dependent)
    if not is_constant(facts.batch.coverages.continuation):
        rule[facts.batch.coverages.continuation[facts.span.coverages] != NONE] = NONE
    return rule


def split(
    facts: Facts,
    ladder: Ladder,
    rule: Ints,
    prorated: Floats,
    fraction: tuple[Whole, Whole],
    reprice: Reprice,
    parts: Parts | None = None,
) -> Shares:
    """The employer's part of each prorated premium (CB-15 to CB-18).

    Where the term is cut, `parts` are its pieces and `reprice` prices those.

    Example: 50 % of 897.53 is 448.765, so 448.77; the employee has 448.76.
    """
    forms, at = ladder.forms, rule.astype(np.intp)
    employer = whole_cents(Ratio((prorated, forms.percent_e4.take(at)), (WHOLE_E4,)))
    issue: Bytes | None = None
    if forms.any_hollow:
        issue = np.where(forms.is_hollow.take(at), np.int8(Issue.RULE_WITHOUT_VALUE), np.int8(Issue.NONE))
    if forms.any_special:
        rows = np.flatnonzero(forms.is_special.take(at))
        if rows.size:
            issue = np.zeros(facts.n, np.int8) if issue is None else issue
            claims = Claims.of(facts, forms.rules, rows, at, prorated, fraction)
            valued = claims.valued()
            measured = Measured(valued, valued) if parts is None else parts.measure(valued)
            employer[rows], issue[rows] = _special(measured, forms, reprice)
    facts.note("employer_asked_cents", employer)
    facts.note("share_charged", fraction[0])
    facts.note("share_of_term", fraction[1])
    if forms.any_floor:
        limits.raise_to_floors(facts, forms.rules, at, prorated, fraction, employer, issue)
    if forms.any_cap:
        np.minimum(employer, forms.cap_cents.take(at), out=employer)
    if forms.any_family_cap:
        limits.hold_to_family_caps(facts, forms.rules, at, prorated, fraction, employer)
    return Shares(employer, issue)


def _special(measured: Measured, forms: Forms, reprice: Reprice) -> tuple[Longs, Bytes]:
    """Shares of the rarer forms, within 0 and the premium, and the warnings of rules that could not be applied."""
    claims = measured.claims
    claims.facts.note("rule_value", measured.values(), claims.rows)
    share, issue = np.zeros(len(claims), np.int64), np.zeros(len(claims), np.int8)
    issue[measured.any_of(measured.pieces.value < 0)] = Issue.RULE_WITHOUT_VALUE
    has_value = measured.any_of(measured.pieces.value >= 0)
    kind = claims.rules.kind.take(claims.rule)
    per_plan = claims.rules.scope.take(claims.rule) == AmountScope.PER_PLAN
    is_charged: Flags = claims.premium > 0  # a coverage without a premium takes no part in a sum for several

    def rows_of(code: ShareKind, more: Flags | bool = True) -> Rows:
        return np.flatnonzero((kind == code) & more & has_value)

    def used_up(of: Claims) -> Longs:
        return pools.used_up(of, np.minimum(of.premium, forms.cap_cents.take(of.rule)).astype(np.int64))

    for at, form in (
        (rows_of(ShareKind.AMOUNT, ~per_plan), Claims.amounts),
        (rows_of(ShareKind.AMOUNT, per_plan & is_charged), pools.spread_over_plan),
        (rows_of(ShareKind.DEFINED_CONTRIBUTION, is_charged), used_up),
    ):
        if at.size:
            share[at] = form(claims.take(at))
    at = rows_of(ShareKind.PERCENTAGE)
    if at.size:
        own = measured.take(at)
        share[at] = own.percent_of(own.pieces.premium)
    for code, by_other_premium in (
        (ShareKind.REFERENCE_PLAN, _of_reference_plan),
        (ShareKind.EMPLOYEE_AND_INCREMENT, _of_employee_and_increment),
    ):
        at = rows_of(code)
        if at.size:
            share[at], warning = by_other_premium(measured.take(at), reprice)
            issue[at] = np.maximum(issue.take(at), warning)
    return np.minimum(share, claims.premium), issue


def _of_reference_plan(measured: Measured, reprice: Reprice) -> tuple[Longs, Bytes]:
    """Percent of the premium of the reference offer for the same person, tier and days.

    Example: 80 % of a base plan of 500.00 is 400.00, whatever the plan chosen costs above that.
    """
    pieces, facts = measured.pieces, measured.pieces.facts
    premium, is_unrated = np.zeros(len(pieces), np.int64), np.zeros(len(pieces), np.bool_)
    is_dependent = facts.is_dependent.take(facts.member.take(pieces.rows))
    # All dependents of a family in one offer have one rule, so two passes ask for every measure.
    for at in (np.flatnonzero(~is_dependent), np.flatnonzero(is_dependent)):
        for own in _in_turns(pieces, at):
            premium[own], issue = _in_reference_offer(pieces.take(own), reprice)
            is_unrated[own] = issue >= UNRATED
    has_value = pieces.value >= 0
    premium, is_unrated = premium * has_value, is_unrated & has_value
    measured.claims.facts.note("reference_cents", measured.total(premium), measured.claims.rows)
    return _unless_unrated(measured.percent_of(premium), measured.any_of(is_unrated))


def _in_turns(pieces: Claims, at: Rows) -> list[Rows]:
    """The claims that can be measured together (`rating.reference.turns`); mostly all of them."""
    if not at.size:
        return []
    reference = pieces.rules.reference_offer.take(pieces.rule.take(at)).astype(np.intp)
    turn = turns(pieces.facts, pieces.rows.take(at), reference)
    return [own for each in range(int(turn.max()) + 1) if (own := at[turn == each]).size]


def _in_reference_offer(claims: Claims, reprice: Reprice) -> tuple[Longs, Bytes]:
    """Premiums as if all of the family held the reference offer instead: a price may be carried by one for all."""
    reference = claims.rules.reference_offer.take(claims.rule).astype(np.intp)
    rows, offer = held_instead(claims.facts, claims.rows, reference)
    premium, issue = reprice(rows, offer=offer)
    back = np.searchsorted(rows, claims.rows)
    return premium.take(back), issue.take(back)


def _of_employee_and_increment(measured: Measured, reprice: Reprice) -> tuple[Longs, Bytes]:
    """Percent of the employee-only premium plus another percent of the rest, rounded once.

    The employee-only premium of a primary is the premium in tier EE. A dependent's premium, where each person is
    priced apart, is all increment. An employee-only premium above the premium counts as the premium.
    Example: EE 500.00, FAM 1,400.00, 80 % and 50 %: 400.00 + 450.00 = 850.00.
    """
    pieces, facts = measured.pieces, measured.pieces.facts
    alone, is_unrated = np.zeros(len(pieces), np.int64), np.zeros(len(pieces), np.bool_)
    at = np.flatnonzero(~facts.is_dependent.take(facts.member.take(pieces.rows)))
    if at.size:
        premium, issue = reprice(pieces.rows.take(at), tier=Tier.EE)
        alone[at] = premium
        is_unrated[at] = issue >= UNRATED
    has_value = pieces.value >= 0
    alone, whole, is_unrated = alone * has_value, pieces.premium * has_value, is_unrated & has_value
    measured.claims.facts.note("employee_only_cents", measured.total(alone), measured.claims.rows)
    own = np.clip(pieces.value, 0, WHOLE_E4)
    others = np.clip(pieces.rules.dependent_percent_e4.take(pieces.rule), 0, WHOLE_E4)
    parts = measured.total(alone * own + (whole - alone) * others)
    return _unless_unrated(to_cents(Ratio((parts,), (WHOLE_E4,))), measured.any_of(is_unrated))


def _unless_unrated(share: Longs, is_unrated: Flags) -> tuple[Longs, Bytes]:
    """Nothing, and a warning, where the measure could not be priced."""
    warning = np.where(is_unrated, np.int8(Issue.REFERENCE_UNRATED), np.int8(Issue.NONE))
    return np.where(is_unrated, 0, share), warning
