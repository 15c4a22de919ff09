"""Who of a family is covered by what, from when to when, and how old they are.

What lives here: spans (PR-6, PR-25), the coverages that count, tiers (GR-26), ages by table and the cap on children
(RM-1). What does not: a price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.oracle.days import age_date_of, age_on, term_holding
from tests.oracle.words import SPOUSES, Contract, Coverage, Family, Person, Plan, RateTable


@dataclass(frozen=True)
class Span:
    """The dates of one coverage: term, covered days, rate date, and the plan anniversary if it is stated."""

    term: Contract
    covered_from: date
    covered_to: date
    rate_date: date
    anniversary: date | None = None

    @property
    def covered_days(self) -> int:
        """Both ends included (PR-1)."""
        return max(0, (self.covered_to - self.covered_from).days + 1)

    @property
    def term_days(self) -> int:
        """Real days of the contract term (PR-2)."""
        return (self.term.end - self.term.start).days + 1


def span_of(
    contract: Contract,
    plan: Plan,
    person: Person,
    primary: Person,
    rating_date: date | None,
    held: Coverage | None = None,
) -> Span:
    """PR-25 and PR-6: the latest of all starts to the earliest of all ends; a dependent shares the primary's dates."""
    term = term_holding(contract, rating_date)
    if held is not None and held.dates is not None:
        d = held.dates
        return Span(term, max(term.start, d.covered_from), min(term.end, d.covered_to), d.rate_date, d.anniversary)
    starts = [term.start, person.start or primary.start, primary.start]
    ends = [term.end, person.end or primary.end, primary.end]
    if term == contract:  # a plan's own dates, and a rating date within, belong to the term they were written for
        starts += [plan.start, rating_date]
        ends.append(plan.end)
    if held is not None:
        ends.append(held.last_day)
    covered_from = max(d for d in starts if d is not None)
    covered_to = min(d for d in ends if d is not None)
    rate_date = term.start if plan.rate_basis == "CONTRACT_START" else covered_from
    return Span(term, covered_from, covered_to, rate_date)


@dataclass(frozen=True)
class InForce:
    """A coverage that counts in its family: it may be priced and has a covered day."""

    person: Person
    plan: Plan
    span: Span
    held: Coverage | None = None
    primary: Person | None = None

    def age_day(self, setting: str) -> date:
        """The day an age is read on (RM-0). ISSUE is the day the cover was first held, ADDED the day the person was."""
        span, held = self.span, self.held
        if setting == "ISSUE":
            return held.issue_date if held and held.issue_date else span.covered_from
        anniversary = span.anniversary or age_date_of("PLAN_ANNIVERSARY", span.term, span.rate_date)
        if setting == "ANNIVERSARY_OR_ADDED":
            return max(anniversary, held.added_date) if held and held.added_date else anniversary
        if setting == "ATTAINED":
            return age_date_of(setting, span.term, max(span.rate_date, span.covered_from))
        return anniversary if setting == "PLAN_ANNIVERSARY" else age_date_of(setting, span.term, span.rate_date)

    def age(self, table: RateTable) -> int | None:
        """The age the table prices by; a table has one meaning of age, for its rates and for its child cap."""
        whose = self.person
        if table.spouse_age == "EMPLOYEE" and whose.relationship in SPOUSES and self.primary is not None:
            whose = self.primary
        if whose.birth_date is None:
            return None
        return age_on(whose.birth_date, self.age_day(table.age_date), table.age_basis)


def in_force_of(contract: Contract, family: Family, rating_date: date | None) -> list[InForce]:
    """What the family holds that counts, in the order of its people."""
    found = []
    for person in family.people:
        for held in family.held:
            if held.person == person.key and held.refused is None:
                span = span_of(contract, held.plan, person, family.people[0], rating_date, held)
                if span.covered_days > 0:
                    found.append(InForce(person, held.plan, span, held, family.people[0]))
    return found


def tier_of(primary: Person, dependents: Sequence[Person]) -> str:
    """GR-26, in the finest division: every dependent who is no spouse or partner counts as a child."""
    del primary
    spouses = sum(p.relationship in SPOUSES for p in dependents)
    children = len(dependents) - spouses
    if spouses:
        return "FAM" if children else "ES"
    return ("EE", "E1C")[children] if children < 2 else "ECN"


def stated_tier(family: Family) -> str | None:
    """The tier stated by a file that lists no dependents; a family whose people are known needs none."""
    return family.people[0].stated_tier if len(family.people) == 1 else None


CAPPING = ("aca_composite", "age_curve", "child_capped")


def is_minor(person: Person, age: int | None, table: RateTable) -> bool:
    """Under the age that parts children and adults; of unknown age, whoever is filed as a child."""
    return person.relationship == "Child" if age is None else age < table.child_age


def oldest_child(counting: Sequence[InForce], plan: Plan) -> Person | None:
    """Who carries the one price of all children (RM-0): the oldest on the plan, else the first person on it."""
    on_plan = [c.person for c in counting if c.plan.key == plan.key]
    children = [p for p in on_plan if p.relationship == "Child"]
    children.sort(key=lambda p: (p.birth_date or date.max, -1 if p.rank is None else p.rank))
    return next(iter([*children, *on_plan]), None)


def caps_children(plan: Plan) -> bool:
    """Whether the plan's table caps children, and does so for plans of this type."""
    table = plan.table
    if table is None or table.method not in CAPPING:
        return False
    return table.child_lines is None or plan.category in table.child_lines


def charged_children(counting: Sequence[InForce], plan: Plan, table: RateTable) -> set[str]:
    """RM-1: the oldest of the family's children under the age, by their capped coverages of the same root plan.

    Each child's age is the one its own coverage is priced by; coverages whose tables count children of another age
    are counted apart. A child with several coverages is one child; of those born the same day the least key counts
    first, or the first given where none has a key.
    """
    young: list[Person] = []
    for c in counting:
        own = c.plan.table
        if own is None or not caps_children(c.plan) or own.child_age != table.child_age:
            continue
        age = c.age(own)
        is_young = c.person.relationship == "Child" and age is not None and age < table.child_age
        if c.plan.root_key == plan.root_key and is_young and c.person not in young:
            young.append(c.person)
    young.sort(key=lambda p: (p.birth_date or date.max, -1 if p.rank is None else p.rank))
    return {p.key for p in young[: table.child_count]}


def completed_years(start: date | None, day: date) -> int | None:
    """Completed years from a day to another; unknown without the first."""
    return None if start is None else age_on(start, day)
