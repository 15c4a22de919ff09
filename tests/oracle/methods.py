"""The unrounded price of one rate period, method by method (RM-1 to RM-8).

What lives here: what a method asks, what it multiplies, and the issue it stops with. What does not: how a census gives
rates (`tests.oracle.solved`), and rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import floor, isqrt
from typing import Any

from tests.oracle.benefits import (
    Asked,
    covered_pay_of,
    insured,
    monthly_benefit_of,
    monthly_pay_of,
    weekly_benefit_of,
)
from tests.oracle.days import age_on, exact, whole_months
from tests.oracle.families import (
    InForce,
    Span,
    caps_children,
    charged_children,
    completed_years,
    is_minor,
    oldest_child,
    stated_tier,
)
from tests.oracle.lookup import product, rates_of, varies_by
from tests.oracle.words import Benefit, Coverage, Family, Person, Plan, RateTable, UnratedError

LOADS = {"COBRA": Fraction(102, 100), "COBRA_DISABILITY": Fraction(150, 100)}
PERSON_PRICED = ("aca_composite", "age_banded", "age_curve", "child_capped")
BY_VOLUME = ("supplemental_life", "volume", "worksite")
PER_FAMILY = {
    "composite_solved": "COMPOSITE_DEPENDENT",
    "composite_tier": "COMPOSITE_DEPENDENT",
    "flat_per_employee": "FAMILY_CARRIED",
}
"""Methods whose one price the primary carries, and why the dependents' is 0."""


@dataclass
class Case:
    """One coverage about to be priced, and what was seen on the way."""

    family: Family
    held: Coverage
    span: Span
    counting: Sequence[InForce]
    tier: str
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.held.plan

    @property
    def table(self) -> RateTable:
        assert self.held.plan.table is not None
        return self.held.plan.table

    @property
    def primary(self) -> Person:
        return self.family.people[0]

    @cached_property
    def person(self) -> Person:
        return self.family.person(self.held.person)

    def own(self) -> InForce:
        """The coverage as one of those in force."""
        return InForce(self.person, self.plan, self.span, self.held, self.primary)

    def facts(self) -> Mapping[str, Any]:
        """What rates may vary by (GR-21). Nobody who states no tobacco use is a smoker."""
        primary, person, plan, span = self.primary, self.person, self.plan, self.span
        since = self.held.issue_date or span.covered_from
        solved = plan.solved if plan.solved is not None and plan.solved.is_by_average else None
        return {
            "age": solved.average_age if solved else self.seen.get("age"),
            "gender": person.gender,
            "tobacco": "Smoker" if person.smoker else "Non-Smoker",
            "tier": self.tier,
            "area": person.area,
            "class": person.class_name if person.class_name is not None else primary.group_class,
            "relationship": person.relationship,
            "salary": person.annual_pay,
            "industry": plan.industry,
            "plan": plan.label,
            "group_size": plan.group_size,
            "participation": plan.participation,
            "duration": whole_months(since, span.rate_date),
            "service": completed_years(primary.hire_date, self.own().age_day(self.table.age_date)),
            "female_percent": solved.female_percent if solved else None,
        }


def price_of_one_period(case: Case) -> Fraction:
    """The unrounded price for one rate period; stops with the first issue met."""
    held, plan, table = case.held, case.plan, case.held.plan.table
    if held.refused:
        raise UnratedError(held.refused)
    if table is None:
        raise UnratedError("NO_RATE_TABLE")
    if case.span.covered_days == 0:
        raise UnratedError("OUTSIDE_TERM")
    case.seen["tier"] = case.tier
    if table.method in PER_FAMILY and case.person is not case.primary:
        # Somebody must carry the family's price (GR-27): the primary, on the same coverage.
        if not is_beside_primary(case):
            raise UnratedError("NO_RATE")
        case.seen["zero_reason"] = PER_FAMILY[table.method]
        return Fraction(0)
    if table.method == "average_age" and not is_beside_primary(case):
        raise UnratedError("NO_RATE")
    if reason := carried_elsewhere(case):
        if reason == "BILLED_BY_CLASS":  # a sum that is not filed is missing for everybody
            case.seen["age"] = case.own().age(table)
            stop_without_average(case)
            rates_of(table, case.facts(), case.span.rate_date)
        case.seen["zero_reason"] = reason
        return Fraction(0)
    if table.method in PERSON_PRICED and stated_tier(case.family) not in (None, "EE"):
        raise UnratedError("DEPENDENTS_UNKNOWN")
    case.seen["age"] = age = case.own().age(table)
    if case.person.relationship == "Child" and caps_children(plan):
        if age is None:
            raise UnratedError("BIRTH_DATE_REQUIRED")
        if age < table.child_age and case.person.key not in charged_children(case.counting, plan, table):
            case.seen["zero_reason"] = "CHILD_CAP"
            return Fraction(0)
    volume, unit = units_of(case, age)
    case.seen["volume"] = volume
    if volume == 0:
        case.seen["zero_reason"] = why_nothing(case)
        return Fraction(0)
    if table.method == "supplemental_life" and beside_insured_child(case):
        case.seen["zero_reason"] = "FAMILY_CARRIED"
        return Fraction(0)
    if table.method == "experience_blend" and plan.experience is not None and not has_credibility(plan):
        raise UnratedError("FACT_REQUIRED")  # what a method misses is told before a missing cell
    stop_without_average(case)
    filed = rates_of(table, case.facts(), case.span.rate_date)
    rates = made_rates(case, filed)
    case.seen["unit_rate"], rate = rates[0], product(rates, table)
    premium = (volume / unit if volume is not None else Fraction(1)) * rate * LOADS.get(held.continuation or "", 1)
    if rate == 0 and 0 in filed:  # else the rate that a census gives is below half a cent
        case.seen["zero_reason"] = "FILED_ZERO"
    return premium


def is_beside_primary(case: Case) -> bool:
    """The primary is covered by the same coverage, or is the person of it."""
    return case.person is case.primary or any(
        c.person is case.primary and c.plan.key == case.plan.key for c in case.counting
    )


def carried_elsewhere(case: Case) -> str | None:
    """Why somebody else carries the price: another child, the employee, or one employee for the whole pool."""
    method, solved = case.table.method, case.plan.solved
    if method == "children_flat" and oldest_child(case.counting, case.plan) is not case.person:
        return "FAMILY_CARRIED"
    if method == "average_age" and case.person is not case.primary:
        return "FAMILY_CARRIED"
    if method == "summary_based" and solved is not None and solved.carrier not in (None, case.person.key):
        return "BILLED_BY_CLASS"
    return None


def beside_insured_child(case: Case) -> bool:
    """RM-5: one premium covers all children who are insured for something, that of the oldest."""
    if case.person.relationship != "Child":
        return False
    insured_children = []
    for c in case.counting:
        if c.plan.key == case.plan.key and c.person.relationship == "Child" and c.held is not None:
            its_own = replace(case, held=c.held, span=c.span, seen={})
            if insured_by(c.plan.benefit, asked_for(its_own)):
                insured_children.append(c)
    return oldest_child(insured_children, case.plan) is not case.person


def made_rates(case: Case, rates: list[Fraction]) -> list[Fraction]:
    """Rates that a census or experience makes in place of the filed ones (RM-2 to RM-4, RM-10.4)."""
    method, plan, solved = case.table.method, case.plan, case.plan.solved
    if method == "composite_solved" and rates[0]:  # a tier at no part of the rate is free, whatever the rate
        rates = [solved_or_stop(solved.tiers.get(case.tier) if solved else None)]
    elif method == "aca_composite":
        is_child = is_minor(case.person, case.seen["age"], case.table)
        average = None if solved is None else solved.child if is_child else solved.adult
        own = [r for r, f in zip(rates[1:], case.table.factors, strict=True) if by_tobacco(f)]
        rates = [solved_or_stop(average), *own]
    elif method == "experience_blend" and plan.experience is not None:
        assert plan.life_years is not None
        assert plan.full_credibility
        # Twice the root of 10,000 squared x life-years / full, cut to a whole; its half, up, is the nearest whole.
        twice = isqrt(floor(4 * 10**8 * exact(plan.life_years) / exact(plan.full_credibility)))
        z = min(Fraction(1), Fraction((twice + 1) // 2, 10_000))
        rates = [z * exact(plan.experience) + (1 - z) * rates[0], *rates[1:]]
    return rates


def stop_without_average(case: Case) -> None:
    """RM-4: a rate by averages needs those its tables vary by, and one sum for a class an employee to carry it."""
    table, solved = case.table, case.plan.solved
    if table.method not in ("average_age", "summary_based"):
        return
    tables = (table, *table.factors)
    average, women = (solved.average_age, solved.female_percent) if solved else (None, None)
    is_missing = average is None and any(varies_by(each, "age") for each in tables)
    is_missing |= women is None and any(varies_by(each, "female_percent") for each in tables)
    is_missing |= table.method == "summary_based" and (solved is None or solved.carrier is None)
    if is_missing:
        raise UnratedError("NOT_SOLVED")


def has_credibility(plan: Plan) -> bool:
    """Both life-years are stated (RM-10.4)."""
    return plan.life_years is not None and bool(plan.full_credibility)


def solved_or_stop(rate: Fraction | None) -> Fraction:
    """A rate that the census gives, or the issue that there is none."""
    if rate is None:
        raise UnratedError("NOT_SOLVED")
    return rate


def by_tobacco(table: RateTable) -> bool:
    """Whether a factor table varies by tobacco."""
    return varies_by(table, "tobacco")


def is_by_amount(case: Case) -> bool:
    """The plan states an amount of insurance: it weighs an average, and the rate is per $1,000 of it."""
    benefit = case.plan.benefit
    return any(stated is not None for stated in (benefit.multiple, benefit.flat_amount, benefit.increment))


def insured_by(benefit: Benefit, asked: Asked) -> Fraction:
    """The amount in force; nothing where it cannot be told."""
    try:
        return insured(benefit, asked)
    except UnratedError:
        return Fraction(0)


def is_chosen(method: str, benefit: Benefit) -> bool:
    """Whether the amount is the member's own choice."""
    by_pay = {
        **dict.fromkeys((*BY_VOLUME, "average_age"), benefit.multiple),
        "monthly_benefit": benefit.percent,
        "weekly_benefit": benefit.percent,
    }
    return method in by_pay and by_pay[method] is None and benefit.flat_amount is None


def why_nothing(case: Case) -> str:
    """Why there is nothing to insure: declined, waiting for evidence, or no amount at all."""
    held, benefit = case.held, case.plan.benefit
    if held.elected == 0 and is_chosen(case.table.method, benefit):
        return "AMOUNT_DECLINED"
    if case.table.method in (*BY_VOLUME, "average_age"):
        asked = replace(asked_for(case), is_late=False, evidence="APPROVED", approved=None, approved_from=None)
        unreduced = replace(benefit, reduction=())
        if not insured(unreduced, asked_for(case)) and insured(replace(unreduced, guaranteed_issue=None), asked):
            return "EVIDENCE_PENDING"
    return "NO_AMOUNT"


def units_of(case: Case, age: int | None) -> tuple[Fraction | None, int]:
    """The volume a method multiplies, and the unit its rate is stated for (RM-5 to RM-7)."""
    method, benefit, pay, elected = case.table.method, case.plan.benefit, case.person.annual_pay, case.held.elected
    if method in BY_VOLUME or (method == "average_age" and is_by_amount(case)):
        return insured(benefit, asked_for(case)), 1000
    if method == "weekly_benefit":
        return weekly_benefit_of(benefit, pay, elected), 10
    if method == "covered_pay":
        return covered_pay_of(benefit, pay), 100
    if method == "monthly_benefit":
        return monthly_benefit_of(benefit, pay, elected), 100
    if method == "percent_of_pay":
        return monthly_pay_of(benefit, pay), 100
    return None, 1


def asked_for(case: Case) -> Asked:
    """What the insured amount of a coverage depends on."""
    held = case.held
    return Asked(
        pay=case.person.annual_pay,
        employee_pay=case.primary.annual_pay,
        elected=held.elected,
        age=reduction_age(case),
        most=lambda: most_of_employee(case),
        is_late=held.is_late,
        evidence="APPROVED" if held.evidence_approved else held.evidence,
        approved=held.approved,
        approved_from=held.approved_from,
        first_day=case.span.covered_from,
    )


def reduction_age(case: Case) -> int | None:
    """The age a reduction goes by: at the anniversary, on the birthday, or from the first of a month on or after it."""
    born, rule, own = case.person.birth_date, case.plan.benefit.reduction_date, case.own()
    if rule == "PLAN_ANNIVERSARY":
        return own.age(case.table.at_anniversary)
    if born is None:
        return None
    first = case.span.covered_from
    return age_on(born, first if rule == "BIRTHDAY" else first.replace(day=1))


def most_of_employee(case: Case) -> Fraction | None:
    """The percent of the employee's amount in the plan that a dependent may have, down to the cent."""
    percent = case.plan.benefit.employee_percent_cap
    if percent is None or case.person is case.primary:
        return None
    amounts = [Fraction(0)]
    for c in case.counting:
        is_of_plan = c.person is case.primary and c.plan.root_key == case.plan.root_key
        if is_of_plan and c.plan.table is not None and c.plan.table.method in BY_VOLUME:
            assert c.held is not None
            amounts.append(insured(c.plan.benefit, asked_for(replace(case, held=c.held, span=c.span))))
    return Fraction(floor(max(amounts) * exact(percent)), 100)
