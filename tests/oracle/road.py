"""The road of one family: price of a period, cents, term, covered part, shares, sums.

What lives here: the order of the steps, which is law, and the sums. What does not: any single step.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import Any

from tests.oracle.contributions import choose_rule
from tests.oracle.days import cents, half_up, months_in_term
from tests.oracle.families import in_force_of, span_of, stated_tier, tier_of
from tests.oracle.methods import Case, price_of_one_period
from tests.oracle.pieces import charge, family_in, parts_of, stretches_of
from tests.oracle.proration import part_of_term
from tests.oracle.shares import Claim, split
from tests.oracle.words import (
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
    contract: Contract, family: Family, held: Coverage, rating_date: date | None, tier: str | None = None
) -> Premium:
    """One coverage of one person, from facts to the prorated premium (the order is law)."""
    plan, table = held.plan, held.plan.table
    primary, person = family.people[0], family.person(held.person)
    span = span_of(contract, plan, person, primary, rating_date, held)
    counting = in_force_of(contract, family, rating_date)
    base = {"person": person.key, "plan": plan.key, "root": plan.root_key}
    base |= {"covered_days": span.covered_days, "term_days": span.term_days}
    holders = {c.person.key for c in counting if c.plan.root_key == plan.root_key}
    dependents = [p for p in family.people if p.key in holders and p is not primary]
    case = Case(family, held, span, counting, tier or stated_tier(family) or tier_of(primary, dependents))
    try:
        premium = price_of_one_period(case)
    except UnratedError as stopped:
        return Premium(base, case, span.term, str(stopped))
    assert table is not None
    period = cents(premium, table.money_rounding)
    months = months_in_term(span.term.start, span.term.end)
    if period > MONTHLY_LIMIT_CENTS * {"MONTHLY": 1, "ANNUAL": 12, "TERM": ceil(months)}[table.period]:
        return Premium(base, case, span.term, "AMOUNT_OUT_OF_RANGE")
    standard = half_up(period * {"MONTHLY": months, "ANNUAL": months / 12, "TERM": Fraction(1)}[table.period])
    part = part_of_term(span.term, plan, span.covered_from, span.covered_to, is_newborn(case))
    prorated = half_up(standard * part)
    why_zero = case.seen.get("zero_reason")
    if prorated == 0:
        case.seen.setdefault("zero_reason", "BELOW_HALF_CENT" if part or not standard else "NOT_CHARGED")
    return Premium(base, case, span.term, "NONE", period, standard, prorated, part, why_zero)


def is_newborn(case: Case) -> bool:
    """PR-27: a child whose cover begins in the month it was born in."""
    born, first = case.person.birth_date, case.span.covered_from
    is_child = case.person.relationship == "Child"
    return is_child and born is not None and born <= first and (born.year, born.month) == (first.year, first.month)


def with_shares(
    contract: Contract, family: Family, premiums: Iterable[Premium], rules: list[Rule], rating_date: date | None
) -> list[Priced]:
    """The rule of each coverage, the employer's share, and the employee's as what remains (CB-19)."""
    made: list[tuple[Premium, Claim]] = []
    for p in premiums:
        case = p.case

        def measure(plan: Plan, tier: str, case: Case = case) -> int | None:
            # Everybody who holds the coverage is thought to hold the other one, in the same root plan.
            other = replace(plan, root=case.plan.root_key)
            moved = [replace(h, plan=other) if h.plan.key == case.plan.key else h for h in family.held]
            there = replace(family, held=tuple(moved))
            found = premium_of(contract, there, replace(case.held, plan=other), rating_date, tier)
            return found.prorated if found.issue == "NONE" else None

        primary, person = case.primary, case.person
        rule = choose_rule(rules, primary.group_class, person is primary, case.plan, p.term)
        rule = None if case.held.continuation else rule
        claim = Claim(rule, person, primary, case.plan, case.span, case.tier, p.prorated, p.months, p.part, measure)
        made.append((p, claim))
    split([claim for p, claim in made if p.issue == "NONE"])
    return [
        Priced(
            **p.base,
            **(p.case.seen if p.issue == "NONE" else {}),
            issue=claim.warning if p.issue == "NONE" else p.issue,
            period_cents=p.period,
            standard_cents=p.standard,
            prorated_cents=p.prorated,
            employer_cents=claim.employer,
            employee_cents=p.prorated - claim.employer,
            rule=claim.rule.key if claim.rule else None,
        )
        for p, claim in made
    ]


def price_family(
    contract: Contract, family: Family, rules: Iterable[Rule] = (), rating_date: date | None = None
) -> list[Priced]:
    """Every coverage the family holds, in the order held; where a price changes within the term, piece by piece."""
    rules = list(rules)
    premiums = [premium_of(contract, family, held, rating_date) for held in family.held]
    whole = with_shares(contract, family, premiums, rules, rating_date)
    spans = [p.case.span for p in premiums]
    counting = in_force_of(contract, family, rating_date)
    pieces: dict[int, list[tuple[date, Premium]]] = {row: [] for row in range(len(premiums))}
    for first, last in stretches_of(premiums[0].term, counting) if premiums else ():
        there, rows = family_in(family, spans, first, last)
        for row, held in zip(rows, there.held, strict=True):
            if held.refused is None:
                pieces[row].append(
                    (max(first, spans[row].covered_from), premium_of(contract, there, held, rating_date))
                )
    found = []
    for n, row in enumerate(whole):
        runs = in_runs(pieces[n])
        is_cut = [p.price for _, p in runs] not in ([], [premiums[n].price])
        found.append(in_pieces_of(contract, row, premiums[n], runs, rules, rating_date) if is_cut else row)
    return found


def in_runs(pieces: list[tuple[date, Premium]]) -> list[tuple[date, Premium]]:
    """Stretches with the price of the one before are one piece with it."""
    runs: list[tuple[date, Premium]] = []
    for first, p in pieces:
        if not runs or p.price != runs[-1][1].price:
            runs.append((first, p))
    return runs


def in_pieces_of(
    contract: Contract,
    row: Priced,
    whole: Premium,
    runs: list[tuple[date, Premium]],
    rules: list[Rule],
    on: date | None,
) -> Priced:
    """A coverage whose price changes: the price of its first piece, the sum of what is charged, the worst issue."""
    stopped = [p.issue for _, p in runs if p.issue != "NONE"]
    if stopped:
        return Priced(**whole.base, issue=max(stopped, key=UNRATED.index), rule=row.rule)
    case, term = whole.case, whole.term
    parts = parts_of(term, case.plan, case.span, is_newborn(case), [first for first, _ in runs])
    charged = charge([p.standard for _, p in runs], parts)
    first, total = runs[0][1], sum(charged)
    seen = {name: value for name, value in first.case.seen.items() if name != "zero_reason"}
    (made,) = with_shares(contract, first.case.family, [replace(first, prorated=total, part=sum(parts))], rules, on)
    return Priced(
        **whole.base,
        **seen,
        issue=made.issue,
        zero_reason="NONE" if total else made.zero_reason,
        period_cents=first.period,
        standard_cents=first.standard,
        prorated_cents=total,
        employer_cents=made.employer_cents,
        employee_cents=total - made.employer_cents,
        rule=row.rule,
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
