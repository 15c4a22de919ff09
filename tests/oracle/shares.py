"""The employer's share of what a family holds, in every form (CB-15 to CB-22 and the trade's further forms).

What lives here: the forms of one coverage, sums that are one for several, floors and caps, and the residue. What does
not: the choice of a rule (`tests.oracle.contributions`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.oracle.days import age_on, cents, exact, half_up
from tests.oracle.families import Span
from tests.oracle.words import Person, Plan, Rule


@dataclass(frozen=True)
class Piece:
    """Some days of a coverage: the tier of the family, the part of the term charged, and the premium."""

    tier: str
    part: Fraction
    prorated: int


Measure = Callable[[Plan, str | None], Sequence[int | None]]
"""The prorated premium, piece by piece, of the same person in another plan or tier; None where it cannot be priced."""


@dataclass
class Claim:
    """One priced coverage and the rule that pays for it."""

    rule: Rule | None
    person: Person
    primary: Person
    plan: Plan
    span: Span
    prorated: int
    months: Fraction
    part: Fraction
    pieces: Sequence[Piece]
    measure: Measure
    employer: int = 0
    warning: str = "NONE"

    def money(self) -> int:
        """The rule's amount for its period, over the parts of the term charged (CB-17), rounded once."""
        assert self.rule is not None
        periods = {"MONTHLY": self.months, "ANNUAL": self.months / 12, "TERM": 1}[self.rule.amount_period]
        return cents(sum((exact(value) * periods * piece.part for piece, value in valued(self)), Fraction(0)))


def split(claims: Sequence[Claim]) -> None:
    """Fill in the employer's part of each coverage of one family."""
    for claim in claims:
        pay_one(claim)
    for pool in pooled(claims, lambda c: c.rule is not None and c.rule.scope == "PER_PLAN" and c.rule.kind == "Amount"):
        spread(pool)
    for pool in pooled(claims, lambda c: c.rule is not None and c.rule.kind == "DEFINED_CONTRIBUTION", over_plans=True):
        use_up(pool)
    for claim in claims:
        hold_to_limits(claim)
    family_caps(claims)


def value_of(claim: Claim, piece: Piece) -> Decimal | None:
    """The percent or sum of the rule, from its steps if it is graded: by tier that of the piece, else of the term."""
    rule = claim.rule
    assert rule is not None
    if rule.grade is None:
        return rule.amount if rule.kind in ("Amount", "DEFINED_CONTRIBUTION") else rule.percent
    if rule.grade == "TIER":
        return next((value for tier, value in rule.steps if tier == piece.tier), None)
    fact = claim.primary.annual_pay
    if rule.grade == "SERVICE":
        hired, day = claim.primary.hire_date, claim.span.covered_from
        fact = None if hired is None or hired > day else Decimal(age_on(hired, day))
    reached = [value for lower, value in sorted(rule.steps) if fact is not None and fact >= lower]
    return reached[-1] if reached else None


def valued(claim: Claim) -> list[tuple[Piece, Decimal]]:
    """The pieces for which the rule states a value."""
    found = [(piece, value_of(claim, piece)) for piece in claim.pieces]
    return [(piece, value) for piece, value in found if value is not None]


def pay_one(claim: Claim) -> None:
    """The forms that look at one coverage alone, within 0 and the premium (CB-16 to CB-18).

    What changes with the family is read for every piece and added up exactly; the sum is rounded once.
    """
    rule, premium = claim.rule, claim.prorated
    if rule is None:
        return
    if rule.kind == "EMPLOYER_PAID":
        claim.employer = premium
        return
    lacks_measure = rule.kind == "REFERENCE_PLAN" and rule.reference is None
    lacks_measure |= rule.kind == "EMPLOYEE_AND_INCREMENT" and rule.dependent_percent is None
    found = [] if lacks_measure else valued(claim)
    if len(found) < len(claim.pieces):
        claim.warning = "RULE_WITHOUT_VALUE"
    if not found:
        return
    if rule.kind == "Percentage":
        claim.employer = half_up(sum(piece.prorated * percent(value) for piece, value in found))
    elif rule.kind == "Amount":
        claim.employer = claim.money()
    elif rule.kind == "REFERENCE_PLAN":
        assert rule.reference is not None
        measured(claim, claim.measure(rule.reference, None), lambda base, value, _: base * percent(value))
    elif rule.kind == "EMPLOYEE_AND_INCREMENT":
        assert rule.dependent_percent is not None
        more = percent(rule.dependent_percent)

        def share(ee: int, value: Decimal, whole: int) -> Fraction:
            return ee * percent(value) + (whole - ee) * more

        is_own = claim.person is claim.primary
        measured(claim, claim.measure(claim.plan, "EE") if is_own else [0] * len(claim.pieces), share)
    claim.employer = max(0, min(claim.employer, premium))


def percent(value: Decimal) -> Fraction:
    """A percent as a fraction, at most the whole."""
    return min(Fraction(1), exact(value) / 100)


def measured(claim: Claim, bases: Sequence[int | None], share: Callable[[int, Decimal, int], Fraction]) -> None:
    """A share measured by another premium; a warning where that cannot be priced."""
    total = Fraction(0)
    for piece, base in zip(claim.pieces, bases, strict=True):
        value = value_of(claim, piece)
        if value is not None and base is None:
            claim.warning = "REFERENCE_UNRATED"
            return
        if value is not None and base is not None:
            total += share(base, value, piece.prorated)
    claim.employer = half_up(total)


def pooled(claims: Sequence[Claim], wanted: Callable[[Claim], bool], over_plans: bool = False) -> list[list[Claim]]:
    """Coverages that chose one rule: of one member per root plan or over all plans, of a family for every plan."""
    pools: dict[tuple[str, str, str], list[Claim]] = {}
    for c in claims:
        if wanted(c) and valued(c) and c.prorated:
            assert c.rule is not None
            holder = c.primary if over_plans and c.rule.target[0] == "every plan" else c.person
            pools.setdefault((holder.key, c.rule.key, "" if over_plans else c.plan.root_key), []).append(c)
    return list(pools.values())


def sum_of(pool: Sequence[Claim]) -> int:
    """The one sum of a pool, by the coverage of which the largest part of the term is charged."""
    return max(pool, key=lambda c: c.part).money()


def spread(pool: Sequence[Claim]) -> None:
    """CB-21, PER_PLAN: in proportion to prorated premium, the last cents to the largest."""
    order = sorted(pool, key=lambda c: -c.prorated)
    for claim, part in zip(
        pool, in_proportion(sum_of(pool), [c.prorated for c in pool], [pool.index(c) for c in order]), strict=True
    ):
        claim.employer = part


def in_proportion(total: int, weights: Sequence[int], order: Sequence[int]) -> list[int]:
    """Whole cents by weight, cut down; what is left goes to the first in order as far as its weight reaches."""
    whole = sum(weights)
    total = min(total, whole)
    parts = [floor(Fraction(total * w, whole)) if whole else 0 for w in weights]
    left = total - sum(parts)
    for n in order:
        more = min(left, weights[n] - parts[n])
        parts[n] += more
        left -= more
    return parts


def use_up(pool: Sequence[Claim]) -> None:
    """One sum over all plans, by their priority, then by their keys; in a plan by age, the primary first."""
    order = sorted(
        pool,
        key=lambda c: (
            (c.plan.priority, c.plan.root_key),
            by_age(c),
            c.plan.key,
        ),
    )
    left = sum_of(order)
    for claim in order:
        assert claim.rule is not None
        most = claim.prorated if claim.rule.cap is None else min(claim.prorated, cents(exact(claim.rule.cap)))
        claim.employer = min(left, most)
        left -= claim.employer


def by_age(claim: Claim) -> tuple[bool, date, int]:
    """The primary, then the dependents, oldest first; those born on one day by their keys."""
    person = claim.person
    if person is claim.primary:
        return False, date.min, 0
    return True, person.birth_date or date.max, -1 if person.rank is None else person.rank


def hold_to_limits(claim: Claim) -> None:
    """Not below the rule's floor, not above its cap, never above the premium."""
    rule = claim.rule
    if rule is None:
        return
    if rule.floor is not None and claim.warning == "NONE":
        claim.employer = max(claim.employer, min(claim.prorated, half_up(exact(rule.floor) * 100 * claim.part)))
    if rule.cap is not None:
        claim.employer = min(claim.employer, cents(exact(rule.cap)))


def family_caps(claims: Sequence[Claim]) -> None:
    """The least cap per family and plan that the rules state; the residue to the first coverage with a premium."""
    for root in dict.fromkeys(c.plan.root_key for c in claims):
        held = sorted((c for c in claims if c.plan.root_key == root), key=by_age)
        caps = [c.rule.family_cap for c in held if c.prorated and c.rule is not None and c.rule.family_cap is not None]
        charged = [n for n, c in enumerate(held) if c.prorated]
        if not caps or not charged:
            continue
        first = charged[0]
        cap = half_up(exact(min(caps)) * 100 * held[first].part)
        order = [first, *(n for n in range(len(held)) if n != first)]
        if sum(c.employer for c in held) > cap:
            parts = in_proportion(cap, [c.employer for c in held], order)
            for claim, part in zip(held, parts, strict=True):
                claim.employer = part
