"""Rates made from a whole census before anybody is priced by them (RM-2 to RM-4, GR-9).

What lives here: who is counted, the averages and the composite rates, and handing them to the plans of the families.
What does not: what a person then pays (`tests.oracle.methods`).

Counted is who is covered on the first day that anybody holds the plan; who joins later moves no rate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import prod
from typing import Any

from tests.oracle.days import cents, exact, half_up
from tests.oracle.families import InForce, caps_children, charged_children, in_force_of, is_minor, stated_tier, tier_of
from tests.oracle.lookup import look_up, rates_of, varies_by
from tests.oracle.methods import Case, asked_for, by_tobacco, insured_by, is_by_amount, price_of_one_period
from tests.oracle.words import MONTHLY_LIMIT_CENTS, Contract, Family, Plan, RateTable, Solved, UnratedError

SOLVING = ("aca_composite", "average_age", "composite_solved", "summary_based")
TIERS = ("EE", "ES", "E1C", "ECN", "FAM")


def with_solved_rates(contract: Contract, families: Iterable[Family], rating_date: date | None = None) -> list[Family]:
    """The families, their plans carrying the rates that the census gives."""
    families = list(families)
    everybody = [(family, in_force_of(contract, family, rating_date)) for family in families]
    pools: dict[tuple[str, str | None], list[Case]] = {}
    for family, counting in everybody:
        for each in counting:
            if each.plan.table is not None and each.plan.table.method in SOLVING:
                pools.setdefault((each.plan.key, pool_class(each.plan, family)), []).append(
                    case_of(family, each, counting)
                )
    found = {key: solve(cases) for key, cases in pools.items()}

    def placed(family: Family) -> Family:
        held = [
            replace(h, plan=replace(h.plan, solved=found.get((h.plan.key, pool_class(h.plan, family)), Solved())))
            if h.plan.table is not None and h.plan.table.method in SOLVING
            else h
            for h in family.held
        ]
        return replace(family, held=tuple(held))

    return [placed(family) for family in families]


def pool_class(plan: Plan, family: Family) -> str | None:
    """Averages are made class by class where the table varies by class; one that says only * of it does not."""
    table = plan.table
    by_class = table is not None and table.method in ("average_age", "summary_based") and varies_by(table, "class")
    return family.people[0].group_class if by_class else None


def case_of(family: Family, each: InForce, counting: Sequence[InForce]) -> Case:
    """One coverage of those in force, as it would be priced."""
    assert each.held is not None
    holders = {c.person.key for c in counting if c.plan.root_key == each.plan.root_key}
    primary = family.people[0]
    dependents = [p for p in family.people if p.key in holders and p is not primary]
    return Case(family, each.held, each.span, counting, stated_tier(family) or tier_of(primary, dependents))


def solve(cases: Sequence[Case]) -> Solved:
    """The rates of one pool."""
    opening = min(case.span.covered_from for case in cases)
    counted = [at_opening(case, opening) for case in cases if case.span.covered_from == opening]
    method = cases[0].table.method
    if method == "composite_solved":
        return composite(counted)
    if method == "aca_composite":
        return averages(counted)
    return ages(cases, counted)


def at_opening(case: Case, opening: date) -> Case:
    """The case in its family of the day: who joins later, or has left, neither makes its tier nor takes a place."""
    there = [each for each in case.counting if each.span.covered_from <= opening <= each.span.covered_to]
    return case_of(case.family, case.own(), there)


def composite(counted: Sequence[Case]) -> Solved:
    """RM-3: EE rate = P / sum(n x ratio), every rate in whole cents; P is stated, or the list bill of the counted."""
    plan, table = counted[0].plan, counted[0].table
    bill, weight = Fraction(0), Fraction(0)
    term = counted[0].span.term
    facts = counted[0].facts()
    ratios = {tier: ratio_of(table, {**facts, "tier": tier}, term.start) for tier in TIERS}
    for primary in {case.primary.key: case.primary for case in counted}.values():
        own = [case for case in counted if case.primary is primary]
        listed = [listed_price(case) for case in own]
        if None in listed or not any(case.person is primary for case in own):
            continue
        tier = own[0].tier
        if ratios[tier] is None:
            continue  # whoever has no rate pays nothing, and nobody pays it instead
        weight += ratios[tier] or 0
        bill += sum(price or 0 for price in listed)
    required = exact(plan.required) * 100 if plan.required is not None else bill if table.base else None
    if required is None or not weight:
        return Solved()
    base = half_up(required / weight)
    return Solved(
        tiers={t: None if r is None else Fraction(half_up(base * r), 100) for t, r in ratios.items()},
        base=Fraction(base, 100),
    )


def ratio_of(table: RateTable, facts: Mapping[str, Any], day: date) -> Fraction | None:
    """The ratio of a tier, none where the table has none."""
    try:
        return look_up(table, facts, day)
    except UnratedError:
        return None


def listed_price(case: Case) -> int | None:
    """Cents of one person by the base table, none beyond what a price may be; 0 where the sum to collect is stated."""
    table = case.table
    if table.base is None or case.plan.required is not None:
        return 0
    listing = replace(case.plan, table=table.base)
    counting = [replace(c, plan=listing) if c.plan.key == listing.key else c for c in case.counting]
    there = replace(case, held=replace(case.held, plan=listing, continuation=None), counting=counting, seen={})
    try:
        price = cents(price_of_one_period(there), table.base.money_rounding)
    except UnratedError:
        return None
    return price if price <= MONTHLY_LIMIT_CENTS else None


def averages(counted: Sequence[Case]) -> Solved:
    """RM-2: the average premium without tobacco of adults, and of the children that are charged."""
    sums = {False: [0, 0], True: [0, 0]}
    for case in counted:
        person, table = case.person, case.table
        case.seen["age"] = age = case.own().age(table)
        is_child = is_minor(person, age, table)
        caps = person.relationship == "Child" and caps_children(case.plan)
        if (caps and age is None) or stated_tier(case.family) not in (None, "EE"):
            continue
        is_capped = caps and is_child
        if is_capped and person.key not in charged_children(case.counting, case.plan, table):
            continue
        try:
            rates = rates_of(table, case.facts(), case.span.rate_date)
        except UnratedError:
            continue
        shared = [rates[0], *(r for r, f in zip(rates[1:], table.factors, strict=True) if not by_tobacco(f))]
        sums[is_child][0] += cents(prod(shared, start=Fraction(1)), table.money_rounding)
        sums[is_child][1] += 1
    mean = {kind: Fraction(half_up(Fraction(total, n)), 100) if n else None for kind, (total, n) in sums.items()}
    return Solved(adult=mean[False], child=mean[True])


def ages(cases: Sequence[Case], counted: Sequence[Case]) -> Solved:
    """RM-4: average age and percent female of the employees counted, sums over counts; and who carries the premium."""
    own = [case for case in counted if case.person is case.primary]
    weighted, weight = 0, Fraction(0)
    for case in own:
        case.seen["age"] = age = case.own().age(case.table)
        heavy = insured_by(case.plan.benefit, asked_for(case)) if is_by_amount(case) else Fraction(1)
        if age is not None:
            weighted, weight = weighted + age * heavy, weight + heavy
    women = sum(case.person.gender == "Female" for case in own)
    # The one covered longest, all spans together, carries a premium for all, the first of equals.
    leads: dict[str, int] = {}
    for case in cases:
        if case.person is case.primary:
            leads[case.person.key] = leads.get(case.person.key, 0) + case.span.covered_days
    return Solved(
        average_age=half_up(weighted / weight) if weight else None,
        female_percent=Fraction(half_up(Fraction(women * 1_000_000, len(own))), 10_000) if own else None,
        carrier=max(leads, key=lambda key: leads[key]) if leads else None,
        is_by_average=True,
    )
