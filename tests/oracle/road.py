"""The road of one family: price of a period, cents, term, covered part, shares, sums.

What lives here: the order of the steps, which is law, and the sums. What does not: any single step.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import Any

from tests.oracle.contributions import choose_rule
from tests.oracle.days import cents, half_up, months_in_term
from tests.oracle.families import InForce, in_force_of, span_of, stated_tier, tier_of
from tests.oracle.methods import Case, price_of_one_period
from tests.oracle.pieces import charge, family_in, parts_of, stretches_of
from tests.oracle.proration import part_of_term
from tests.oracle.shares import Claim, Piece, split
from tests.oracle.words import (
    CLASS_LIMIT_CENTS,
    MONTHLY_LIMIT_CENTS,
    UNRATED,
    Contract,
    Coverage,
    Family,
    Plan,
    Priced,
    Rule,
    Total,
    UnratedError,
)


@dataclass(frozen=True)
class Premium:
    """One coverage priced but not yet split."""

    base: dict[str, Any]
    case: Case
    term: Contract
    issue: str = "NONE"
    period: int = 0
    standard: int = 0
    prorated: int = 0
    part: Fraction = Fraction(0)
    why_zero: str | None = None

    @property
    def price(self) -> tuple[str, int, str | None]:
        """What stretches of days with one price have in common."""
        return self.issue, self.period, self.why_zero

    @property
    def months(self) -> Fraction:
        """Months of the term."""
        return months_in_term(self.term.start, self.term.end)


def premium_of(
    contract: Contract,
    family: Family,
    held: Coverage,
    rating_date: date | None,
    tier: str | None = None,
    counting: Sequence[InForce] | None = None,
) -> Premium:
    """One coverage of one person, from facts to the prorated premium (the order is law).

    `counting` is what of the family counts, for whoever prices several of its coverages and has found it already.
    """
    plan, table = held.plan, held.plan.table
    primary, person = family.people[0], family.person(held.person)
    span = span_of(contract, plan, person, primary, rating_date, held)
    counting = in_force_of(contract, family, rating_date) if counting is None else counting
    base = {"person": person.key, "plan": plan.key, "root": plan.root_key}
    base |= {"covered_days": span.covered_days, "term_days": span.term_days}
    root = plan.root_key
    holders = {c.person.key for c in counting if c.plan.root_key == root}
    dependents = [p for p in family.people if p.key in holders and p is not primary]
    case = Case(family, held, span, counting, tier or stated_tier(family) or tier_of(primary, dependents))
    try:
        premium = price_of_one_period(case)
    except UnratedError as stopped:
        return Premium(base, case, span.term, str(stopped))
    assert table is not None
    period = cents(premium, table.money_rounding)
    months = months_in_term(span.term.start, span.term.end)
    limit = CLASS_LIMIT_CENTS if table.method == "summary_based" else MONTHLY_LIMIT_CENTS
    if period > limit * {"MONTHLY": 1, "ANNUAL": 12, "TERM": ceil(months)}[table.period]:
        return Premium(base, case, span.term, "AMOUNT_OUT_OF_RANGE")
    standard = half_up(period * {"MONTHLY": months, "ANNUAL": months / 12, "TERM": Fraction(1)}[table.period])
    part = part_of_term(span.term, plan, span.covered_from, span.covered_to, is_newborn(case))
    prorated = half_up(standard * part)
    why_zero = case.seen.get("zero_reason")
    if prorated == 0:
        case.seen.setdefault("zero_reason", "BELOW_HALF_CENT" if part or not standard else "NOT_CHARGED")
    return Premium(base, case, span.term, "NONE", period, standard, prorated, part, why_zero)


def is_newborn(case: Case) -> bool:
    """PR-27: a child whose cover begins in the month it was born in; with the term, where it is born on that day."""
    term, dates = case.span.term, case.held.dates
    born, first = case.person.birth_date, dates.covered_from if dates is not None else case.span.covered_from
    is_child = case.person.relationship == "Child"
    if not is_child or born is None or (born < term.start and first <= term.start):
        return False
    return born <= first and (born.year, born.month) == (first.year, first.month)


@dataclass(frozen=True)
class Stretch:
    """A coverage in one stretch of its days: from when, with whom, and priced as if the stretch were alone."""

    first: date
    family: Family
    held: Coverage
    premium: Premium


def price_family(
    contract: Contract, family: Family, rules: Iterable[Rule] = (), rating_date: date | None = None
) -> list[Priced]:
    """Every coverage the family holds, in the order held; where a price changes within the term, piece by piece."""
    if not family.held:
        return []
    rules = list(rules)
    counting = in_force_of(contract, family, rating_date)
    premiums = [premium_of(contract, family, held, rating_date, counting=counting) for held in family.held]
    measures = [rule.reference for rule in rules if rule.kind == "REFERENCE_PLAN" and rule.reference is not None]
    plans = [*(held.plan for held in family.held), *measures]
    stretches = in_stretches(contract, family, premiums, rating_date, stretches_of(premiums[0].term, counting, plans))
    made = [folded(whole, own) for whole, own in zip(premiums, stretches, strict=True)]
    claims = [
        claim_of(contract, whole, price, own, rules, rating_date)
        for whole, price, own in zip(premiums, made, stretches, strict=True)
    ]
    split([claim for claim, price in zip(claims, made, strict=True) if price.issue == "NONE"])
    return [
        replace(
            price,
            issue=claim.warning if price.issue == "NONE" else price.issue,
            employer_cents=claim.employer,
            employee_cents=price.prorated_cents - claim.employer,
            rule=claim.rule.key if claim.rule else None,
        )
        for claim, price in zip(claims, made, strict=True)
    ]


def in_stretches(
    contract: Contract,
    family: Family,
    premiums: list[Premium],
    rating_date: date | None,
    days: Sequence[tuple[date, date]],
) -> list[list[Stretch]]:
    """The stretches of each coverage that may be priced at all."""
    spans = [p.case.span for p in premiums]
    found: list[list[Stretch]] = [[] for _ in premiums]
    for first, last in days:
        there, rows = family_in(family, spans, first, last)
        counting = in_force_of(contract, there, rating_date)
        for row, held in zip(rows, there.held, strict=True):
            if held.refused is None:
                premium = premium_of(contract, there, held, rating_date, counting=counting)
                found[row].append(Stretch(max(first, spans[row].covered_from), there, held, premium))
    return found


def folded(whole: Premium, stretches: list[Stretch]) -> Priced:
    """One coverage without its share. Where the price changes: that of the first stretch, the sum of what is charged
    for all, the worst issue of any.
    """
    prices = [each.premium.price for each in stretches]
    if all(price == whole.price for price in prices):
        return Priced(
            **whole.base,
            **(whole.case.seen if whole.issue == "NONE" else {}),
            issue=whole.issue,
            period_cents=whole.period,
            standard_cents=whole.standard,
            prorated_cents=whole.prorated,
        )
    stopped = [each.premium.issue for each in stretches if each.premium.issue != "NONE"]
    if stopped:
        return Priced(**whole.base, issue=max(stopped, key=UNRATED.index))
    first, total = stretches[0].premium, sum(charged_for(whole, stretches))
    parts = parts_in(whole, whole.case.plan, stretches)
    is_charged = any(each.premium.standard * part for each, part in zip(stretches, parts, strict=True))
    why_zero = first.case.seen.get("zero_reason") or ("BELOW_HALF_CENT" if is_charged else "NOT_CHARGED")
    return Priced(
        **whole.base,
        **{name: value for name, value in first.case.seen.items() if name != "zero_reason"},
        zero_reason="NONE" if total else why_zero,
        period_cents=first.period,
        standard_cents=first.standard,
        prorated_cents=total,
    )


def charged_for(whole: Premium, stretches: list[Stretch]) -> list[int]:
    """Cents of each stretch."""
    return charge_all([each.premium for each in stretches], parts_in(whole, whole.case.plan, stretches))


def charge_all(premiums: Sequence[Premium], parts: Sequence[Fraction]) -> list[int]:
    """Cents of each of some premiums in turn."""
    return charge([p.standard for p in premiums], [p.case.tier for p in premiums], parts)


def parts_in(whole: Premium, plan: Plan, stretches: list[Stretch]) -> list[Fraction]:
    """The part of the term charged for each stretch, by the proration of a plan."""
    firsts = [each.first for each in stretches]
    return parts_of(whole.term, plan, whole.case.span, is_newborn(whole.case), firsts)


def claim_of(
    contract: Contract,
    whole: Premium,
    price: Priced,
    stretches: list[Stretch],
    rules: list[Rule],
    rating_date: date | None,
) -> Claim:
    """One coverage with the rule that pays for it, and what the share may be measured by, stretch by stretch."""
    case = whole.case

    def measure(plan: Plan, tier: str | None) -> list[int | None]:
        # Everybody who holds the coverage is thought to hold the other one, in the same root plan, on the same days.
        other = replace(plan, root=case.plan.root_key)
        found = []
        for each in stretches:
            moved = [replace(h, plan=other) if h.plan.key == case.plan.key else h for h in each.family.held]
            held = replace(each.held, plan=other)
            found.append(premium_of(contract, replace(each.family, held=tuple(moved)), held, rating_date, tier))
        parts = parts_in(whole, other, stretches)
        if tier is None:
            made = charge_all(found, parts)
        else:  # above the premium it counts as the premium, price by price, in the pieces of the premium
            own = [each.premium for each in stretches]
            least = [min(p.standard, o.standard) for p, o in zip(found, own, strict=True)]
            made = charge(least, [o.case.tier for o in own], parts)
        return [cents if p.issue == "NONE" else None for p, cents in zip(found, made, strict=True)]

    rule = choose_rule(rules, case.primary.group_class, case.person is case.primary, case.plan, whole.term)
    rule = None if case.held.continuation else rule
    pieces: list[Piece] = []
    part = whole.part
    if price.issue == "NONE":
        parts = parts_in(whole, case.plan, stretches)
        charged = charged_for(whole, stretches)
        pieces = [Piece(s.premium.case.tier, p, c) for s, p, c in zip(stretches, parts, charged, strict=True)]
        part = sum(parts, Fraction(0))
    return Claim(
        rule, case.person, case.primary, case.plan, case.span, price.prorated_cents, whole.months, part, pieces, measure
    )


def price_group(
    contract: Contract, families: Iterable[Family], rules: Iterable[Rule] = (), rating_date: date | None = None
) -> list[list[Priced]]:
    """Every family of a group."""
    rules = list(rules)
    return [price_family(contract, family, rules, rating_date) for family in families]


def roll_up(priced: Iterable[Priced], level: Callable[[Priced], Any]) -> dict[Any, Total]:
    """Sums of whole cents by plan or by member; a missing price marks the total (CB-24, MR-16, GB-RATE-010)."""
    totals: dict[Any, Total] = {}
    ordered = sorted(priced, key=lambda p: repr(level(p)))
    for key, group in groupby(ordered, key=level):
        rows = list(group)
        missing = sum(not p.is_rated for p in rows)
        warnings = [w for w in ("REFERENCE_UNRATED", "RULE_WITHOUT_VALUE") if any(p.issue == w for p in rows)]
        totals[key] = Total(
            standard_cents=sum(p.standard_cents for p in rows),
            prorated_cents=sum(p.prorated_cents for p in rows),
            employer_cents=sum(p.employer_cents for p in rows),
            employee_cents=sum(p.employee_cents for p in rows),
            period_cents=sum(p.period_cents for p in rows),
            issue="PART_UNRATED" if missing else warnings[0] if warnings else "NONE",
            n_coverages=len(rows),
            n_unrated=missing,
        )
    return totals


def by_plan(p: Priced) -> tuple[str, str]:
    """Level of a member's plan."""
    return p.person, p.root


def by_member(p: Priced) -> str:
    """Level of a member."""
    return p.person
