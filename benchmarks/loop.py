"""A rival: the common workload one member after the other in plain Python, its inputs in memory as lists and dicts.

Integers throughout. What depends on the offer alone is prepared when its first coverage comes by and remembered; so
is the rule of each (offer, class, member type). It rates a smaller book: members per second are compared.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.workload import Columns, Workload
from rating.codes import Issue, ZeroReason

CATEGORY, PRODUCT, PLAN = 2, 1, 0
OLDEST, TOBACCO_AGE, MONTHS = 79, 18, 12
OUTSIDE_TERM, NO_BIRTH_DATE, NO_RATE, PART_UNRATED = (
    issue.value for issue in (Issue.OUTSIDE_TERM, Issue.BIRTH_DATE_REQUIRED, Issue.NO_RATE, Issue.PART_UNRATED)
)
NOTHING_CHARGED = ZeroReason.BELOW_HALF_CENT.value

COVERAGE = (
    *("unit_rate_e6", "volume_cents", "age", "covered_days", "term_days", "period_cents", "standard_cents"),
    *("prorated_cents", "employer_cents", "employee_cents", "rule", "issue", "zero_reason"),
)
TOTALS = (
    *("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents"),
    *("issue", "n_coverages", "n_unrated"),
)
Row = tuple[int, ...]
Levels = dict[str, list[Row]]


@dataclass(frozen=True)
class Prepared:
    """People with their plans and coverages nested, and tables as dicts."""

    people: list[tuple[Any, ...]]  # birth, tobacco, area, class slot, is dependent, plans of coverages
    offers: list[tuple[Any, ...]]  # root, account, product, category, rate table, term from, term to
    versions: list[tuple[Any, Any]]
    rates: dict[tuple[int, int, int], int]  # by table, version and age; without those not filed
    area_factors: dict[tuple[int, int], int]
    rules: dict[tuple[int, int, int, int, int], int]  # by account, class, kind, target and member type; the latest
    shares: list[tuple[int, int]]  # percent and cap of each rule


def prepare(load: Workload) -> Prepared:
    """Plain Python values; dates as `datetime.date`."""
    m, o, r = load.members, load.offers, load.rates
    is_dependent = m["primary_row"] != np.arange(m["account"].size)
    plans: list[list[list[tuple[Any, ...]]]] = [[] for _ in range(is_dependent.size)]
    coverage = _rows(load.coverages, "offer", "elected_cents", "age_date", "covered_from", "covered_to")
    plan_of = load.coverages["plan"].tolist()
    by_plan: list[list[tuple[Any, ...]]] = [[] for _ in load.plans["member"]]
    for plan, row in zip(plan_of, coverage, strict=True):
        by_plan[plan].append(row)
    for member, rows in zip(load.plans["member"].tolist(), by_plan, strict=True):
        plans[member].append(rows)
    people = _rows(m | {"is_dependent": is_dependent}, "birth_date", "tobacco", "area", "class_slot", "is_dependent")
    versions = sorted(set(_rows(r, "version_from", "version_to")))
    number = {version: i for i, (version, _) in enumerate(versions)}
    return Prepared(
        people=[(*person, held) for person, held in zip(people, plans, strict=True)],
        offers=_rows(o, "root", "account", "product", "category", "rate_table", "term_from", "term_to"),
        versions=versions,
        rates={
            (table, number[version], age): rate
            for table, version, age, rate in _rows(r, "rate_table", "version_from", "age", "rate_e6")
            if rate >= 0
        },
        area_factors={(a, b): f for a, b, f in _rows(load.area_factors, "rate_table", "area", "factor_e4")},
        rules=_latest(load.rules),
        shares=_rows(load.rules, "percent_e4", "cap_cents"),
    )


def _rows(columns: Columns, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def _latest(rules: Columns) -> dict[tuple[int, int, int, int, int], int]:
    names = ("account", "class_slot", "target_kind", "target", "member_type")
    keys = _rows(rules, *names)
    return {keys[row]: row for row in np.argsort(rules["rank"], kind="stable").tolist()}


def run(prepared: Prepared) -> Levels:
    """The work that is measured."""
    coverages: list[Row] = []
    plans: list[Row] = []
    members: list[Row] = []
    terms: dict[int, tuple[Any, ...]] = {}
    chosen: dict[tuple[int, int, bool], int] = {}
    for birth, tobacco, area, class_slot, is_dependent, held in prepared.people:
        of_member = []
        for rows in held:
            of_plan = []
            for offer, elected, age_date, covered_from, covered_to in rows:
                term = terms.get(offer)
                if term is None:
                    term = terms[offer] = _term(prepared, offer)
                rule = chosen.get((offer, class_slot, is_dependent))
                if rule is None:
                    rule = chosen[offer, class_slot, is_dependent] = _rule(prepared, offer, class_slot, is_dependent)
                table, version, by_volume, term_from, term_to, term_days = term

                covered_days = max(0, (min(covered_to, term_to) - max(covered_from, term_from)).days)
                age, rate, issue = -1, -1, 0
                if birth is not None:
                    has_had = (age_date.month, age_date.day) >= (birth.month, birth.day)
                    age = age_date.year - birth.year - (not has_had)
                    rate = prepared.rates.get((table, version, min(age, OLDEST)), -1)
                if covered_days == 0:
                    issue = OUTSIDE_TERM
                elif age < 0:
                    issue = NO_BIRTH_DATE
                elif rate < 0:
                    issue = NO_RATE

                period = standard = prorated = employer = 0
                if not issue:
                    tobacco_e4 = 15_000 if tobacco and age >= TOBACCO_AGE else 10_000
                    price = rate * prepared.area_factors[table, area] * tobacco_e4
                    if by_volume:
                        price *= elected // 100_000
                    period = (2 * price + 10**12) // (2 * 10**12)
                    standard = period * MONTHS
                    prorated = (2 * standard * covered_days + term_days) // (2 * term_days)
                    if rule >= 0:
                        percent, cap = prepared.shares[rule]
                        employer = min((2 * prorated * percent + 10**6) // (2 * 10**6), prorated, cap)
                row = (
                    *(rate, elected if by_volume else -1, age, covered_days, term_days, period, standard),
                    *(prorated, employer, prorated - employer, rule, issue),
                    NOTHING_CHARGED if not (prorated or issue) else 0,
                )
                of_plan.append((period, standard, prorated, employer, prorated - employer, issue > 0))
                coverages.append(row)
            *amounts, n_unrated = map(sum, zip(*of_plan, strict=True))
            plan = (*amounts, PART_UNRATED if n_unrated else 0, len(of_plan), n_unrated)
            of_member.append(plan)
            plans.append(plan)
        period, standard, prorated, employer, employee, _, n, n_unrated = map(sum, zip(*of_member, strict=True))
        issue = PART_UNRATED if n_unrated else 0
        members.append((period, standard, prorated, employer, employee, issue, n, n_unrated))
    return {"coverage": coverages, "plan": plans, "member": members}


def _term(prepared: Prepared, offer: int) -> tuple[Any, ...]:
    _, _, _, _, table, term_from, term_to = prepared.offers[offer]
    version = next((i for i, (begins, ends) in enumerate(prepared.versions) if begins <= term_from < ends), -1)
    return table, version, table % 3 == 2, term_from, term_to, (term_to - term_from).days


def _rule(prepared: Prepared, offer: int, class_slot: int, is_dependent: bool) -> int:
    """The ladder: the coverage's plan, its product, the root's plan, its product, its category."""
    root, account, product, category, *_ = prepared.offers[offer]
    steps = (
        (PLAN, offer),
        (PRODUCT, product),
        (PLAN, root),
        (PRODUCT, prepared.offers[root][2]),
        (CATEGORY, category),
    )
    for member_type in (1, 0) if is_dependent else (0,):
        for kind, target in steps:
            rule = prepared.rules.get((account, class_slot, kind, target, member_type))
            if rule is not None:
                return rule
    return -1


def results(found: Levels, level: str) -> Columns:
    """Columns of one level in the order of the workload; minus one where there is none."""
    names = COVERAGE if level == "coverage" else TOTALS
    columns = np.array(found[level], np.int64).reshape(-1, len(names)).T
    return dict(zip(names, columns, strict=True))
