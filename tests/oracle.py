"""The core again, one family at a time, in exact fractions: the independent proof of every price.

What lives here: the rating rules as their documents state them, written for reading and not for speed, with plain
dataclasses of its own and exact arithmetic (`Fraction`; money becomes whole cents only where a rule says "round").

What does not: reading a book (`tests.oracle_book`), and anything of ours. This module imports none of our packages (a
layer contract enforces it) and was written from the documents without a look at the core, so that one misreading
cannot prove itself.

Rules cited: PR- proration, CB- contributions, CV- census conventions, GR- group rating, MR- member rating, RM-n =
rating methods, section n.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import ceil, floor, prod
from typing import Any

ANY = "*"
AXES = ("age", "gender", "tobacco", "tier", "area", "class", "relationship", "salary")
BANDED = ("age", "salary")
SPOUSES = ("Spouse", "Domestic Partner")
PERSON_PRICED = ("age_banded", "child_capped")
REQUIRED = {"age": "BIRTH_DATE_REQUIRED", "salary": "PAY_REQUIRED", "area": "AREA_REQUIRED"}
RATED_ANYWAY = ("NONE", "RULE_WITHOUT_VALUE")
MONTHLY_LIMIT_CENTS = 1_000_000_00
LARGEST_AMOUNT = 10_000_000_000

# ---------------------------------------------------------------------------------------------- what is priced


@dataclass(frozen=True)
class Person:
    """One census member. Relationship: Self, Spouse, Domestic Partner, Child, Parent, Parent-in-law, Other."""

    key: str
    relationship: str = "Self"
    birth_date: date | None = None
    gender: str | None = None
    smoker: bool | None = None
    area: str | None = None
    group_class: str | None = None
    annual_pay: Decimal | None = None
    start: date | None = None
    end: date | None = None
    stated_tier: str | None = None


@dataclass(frozen=True)
class Benefit:
    """The benefit attributes of a plan (RM-5 to RM-7). Percentages are percents: 60 means 60 %."""

    multiple: Decimal | None = None
    flat_amount: Decimal | None = None
    increment: Decimal | None = None
    volume_rounding: str = "UP_1000"
    maximum: Decimal | None = None
    guaranteed_issue: Decimal | None = None
    reduction: tuple[tuple[int, Decimal], ...] = ()
    percent: Decimal | None = None
    benefit_rounding: str = "NEAREST_1"
    maximum_benefit: Decimal | None = None


@dataclass(frozen=True)
class Cell:
    """One filed price: keys by axis name (`*` matches anything), rate None = closed."""

    effective_from: date
    keys: Mapping[str, Any]
    rate: Decimal | None


@dataclass(frozen=True)
class RateTable:
    """A filed table (GR-21 to GR-23); a factor table is a RateTable whose rates are factors."""

    name: str
    method: str
    axes: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    period: str = "MONTHLY"
    age_basis: str = "LAST_BIRTHDAY"
    age_date: str = "PLAN_ANNIVERSARY"
    child_age: int = 21
    child_count: int = 3
    factors: tuple["RateTable", ...] = ()


@dataclass(frozen=True)
class Plan:
    """A contract group plan that carries a price: a coverage, or a root sold without coverages (root = itself)."""

    key: str
    root: str = ""
    name: str = ""
    product: str | None = None
    root_product: str | None = None
    category: str | None = None
    table: RateTable | None = None
    benefit: Benefit = field(default_factory=Benefit)
    proration: str = "DAILY_TERM"
    rate_basis: str = "EFFECTIVE_DATE"
    start: date | None = None
    end: date | None = None

    @property
    def root_key(self) -> str:
        """The key of the root plan (CB-14: a plan without parent is its own root)."""
        return self.root or self.key


@dataclass(frozen=True)
class Coverage:
    """One person's hold of one plan; `elected` is the amount chosen in increments.

    `refused` says why the hold may not be priced: PLAN_NOT_ACTIVE, OPTED_OUT or NOT_ELIGIBLE (MR-3, MR-12, MR-14).
    """

    person: str
    plan: Plan
    elected: Decimal | None = None
    evidence_approved: bool = False
    refused: str | None = None


@dataclass(frozen=True)
class Rule:
    """A GroupClassContribution. `target` is ('plan'|'product'|'category', key); percent 80 means 80 %."""

    key: str
    group_class: str
    target: tuple[str, str]
    kind: str | None
    percent: Decimal | None = None
    amount: Decimal | None = None
    amount_period: str = "TERM"
    member_type: str | None = None
    cap: Decimal | None = None
    start: date | None = None
    end: date | None = None
    modified: Any = 0


@dataclass(frozen=True)
class Contract:
    """A contract term, both ends included as published."""

    start: date
    end: date


@dataclass(frozen=True)
class Priced:
    """What one coverage costs and who pays; money in whole cents."""

    person: str
    plan: str
    root: str
    issue: str = "NONE"
    zero_reason: str = "NONE"
    unit_rate: Fraction | None = None
    volume: Fraction | None = None
    age: int | None = None
    tier: str | None = None
    covered_days: int = 0
    term_days: int = 0
    period_cents: int = 0
    standard_cents: int = 0
    prorated_cents: int = 0
    employer_cents: int = 0
    employee_cents: int = 0
    rule: str | None = None

    @property
    def is_rated(self) -> bool:
        """Whether the amounts are a price and not the absence of one."""
        return self.issue in RATED_ANYWAY


@dataclass(frozen=True)
class Total:
    """A plan's or a member's sums over its coverages, and whether any of them is missing (MR-16)."""

    standard_cents: int
    prorated_cents: int
    employer_cents: int
    employee_cents: int
    period_cents: int
    issue: str
    n_coverages: int
    n_unrated: int


class UnratedError(Exception):
    """Ends the pricing of one coverage with the issue it carries."""


# ------------------------------------------------------------------------------------------- numbers and dates


def half_up(x: Fraction | int) -> int:
    """The nearest whole number, halves up (index, shared convention 1)."""
    return floor(Fraction(x) + Fraction(1, 2))


def cents(dollars: Fraction) -> int:
    """Dollars as whole cents, half up."""
    return half_up(dollars * 100)


def exact(x: Decimal | int | str) -> Fraction:
    """A decimal as the fraction it is."""
    return Fraction(x)


def days_in_month(d: date) -> int:
    """Real days of the month that holds the day."""
    first = d.replace(day=1)
    return (add_months(first, 1) - first).days


def add_months(d: date, n: int) -> date:
    """The same day n months on; a day the month does not have becomes its last."""
    year, month = divmod(d.year * 12 + d.month - 1 + n, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(d.day, (following - timedelta(days=1)).day))


def months_in_term(start: date, end: date) -> Fraction:
    """PR-5: whole months from start to end + 1 day, then left-over days / days of the month they start in."""
    after = end + timedelta(days=1)
    whole = (after.year - start.year) * 12 + after.month - start.month
    while add_months(start, whole) > after:
        whole -= 1
    leftover_from = add_months(start, whole)
    return whole + Fraction((after - leftover_from).days, days_in_month(leftover_from))


def birthday_in(born: date, year: int) -> date:
    """The birthday in a year; 29 February is kept on 1 March in common years (RM-0)."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, 3, 1) if (born.month, born.day) == (2, 29) and not leap else born.replace(year=year)


def age_on(born: date, day: date, basis: str = "LAST_BIRTHDAY") -> int:
    """Age by the basis of RM-0; a person born after the day is 0. A tie between two birthdays goes to the older age."""
    if basis == "YEAR_ONLY":
        return max(0, day.year - born.year)
    years = day.year - born.year - (birthday_in(born, day.year) > day)
    if basis == "NEAREST_BIRTHDAY":
        last, coming = birthday_in(born, born.year + years), birthday_in(born, born.year + years + 1)
        years += (day - last) >= (coming - day)
    return max(0, years)


def age_date_of(setting: str, term: Contract, rate_date: date) -> date:
    """The day an age is read on (RM-0), for the settings this release knows."""
    if setting == "JAN_1":
        return date(rate_date.year, 1, 1)
    if setting == "ATTAINED":
        return rate_date.replace(day=1)
    years = max(0, rate_date.year - term.start.year)
    if add_months(term.start, 12 * years) > rate_date and years:
        years -= 1
    return add_months(term.start, 12 * years)


def term_holding(contract: Contract, rating_date: date | None) -> Contract:
    """The contract's term, moved on by whole terms until it holds the rating date (a renewal run)."""
    start, end = contract.start, contract.end
    if rating_date is None or rating_date <= end:
        return contract
    months, whole_days = months_in_term(start, end), (end - start).days + 1
    n = 0
    while end < rating_date:
        n += 1
        if months.denominator == 1:
            start = add_months(contract.start, n * int(months))
            end = add_months(contract.start, (n + 1) * int(months)) - timedelta(days=1)
        else:
            start = contract.start + timedelta(days=n * whole_days)
            end = start + timedelta(days=whole_days - 1)
    return Contract(start, end)


# ----------------------------------------------------------------------------------------------- rates look-up


def tier_spellings(tier: str, filed: set[str]) -> str:
    """The tier a table files for a family: five, four (EC = any children), three (EE+1) or two tiers (RM-3)."""
    if tier == "EE":
        return "EE"
    if filed & {"E1C", "ECN"}:
        return tier
    if filed & {"ES", "EC"}:
        return "EC" if tier in ("E1C", "ECN") else tier
    if "EE+1" in filed:
        return "EE+1" if tier in ("ES", "E1C") else "FAM"
    return "FAM"


def look_up(table: RateTable, facts: Mapping[str, Any], rate_date: date) -> Fraction:
    """The one cell of the version in force (GR-22, GR-23).

    Cells with the same wildcards and the same exact keys form a grid of bands; in it a banded key is the greatest
    bound reached, of age and of pay each for itself, and only the cell at both counts: another band never stands in
    for a missing cell. Wildcards match last: the grid with the fewest goes first (then the one whose wildcards stand
    on later axes), the next only where it has no cell. A closed cell is a cell: it has no rate.
    """
    version = in_force(table, rate_date)
    wanted = dict(facts)
    if "tier" in table.axes:
        wanted["tier"] = tier_spellings(facts["tier"], {str(c.keys.get("tier")) for c in version})
    exact_axes = [axis for axis in table.axes if axis not in BANDED]
    fitting = [
        c
        for c in version
        if all(c.keys.get(axis) is not None for axis in table.axes)
        and all(c.keys[axis] == ANY or matches(axis, c.keys[axis], wanted[axis]) for axis in exact_axes)
    ]
    for wild in sorted({wildcards(c) for c in fitting}, key=lambda w: (len(w), [axis in w for axis in AXES])):
        grid = [c for c in fitting if wildcards(c) == wild]
        for axis in [a for a in table.axes if a in BANDED and a not in wild]:
            reached = {c.keys[axis] for c in fitting if wildcards(c) == wild if reaches(wanted[axis], c.keys[axis])}
            grid = [c for c in grid if reached and c.keys[axis] == max(reached)]
        if grid:
            (cell,) = grid
            if cell.rate is None:
                break
            return exact(cell.rate)
    raise UnratedError("NO_RATE")


def matches(axis: str, key: Any, value: Any) -> bool:
    """An exact key; names of classes match whatever their case."""
    return folded(key) == folded(value) if axis == "class" else key == value


def folded(name: str | None) -> str | None:
    """A name as it is compared."""
    return None if name is None else name.strip().lower()


def wildcards(cell: Cell) -> frozenset[str]:
    """The axes on which a cell matches anything."""
    return frozenset(axis for axis, key in cell.keys.items() if key == ANY)


def reaches(value: Any, bound: Any) -> bool:
    """Whether a value is known and at or above a lower bound."""
    return value is not None and value >= bound


def in_force(table: RateTable, rate_date: date) -> list[Cell]:
    """The cells of the version in force on a date; none before the first version."""
    begun = [c.effective_from for c in table.cells if c.effective_from <= rate_date]
    return [c for c in table.cells if begun and c.effective_from == max(begun)]


def missing_fact(tables: Sequence[RateTable], facts: Mapping[str, Any]) -> str | None:
    """The first fact that the tables vary by and the person lacks; a table that says only * of it does not vary."""
    for axis, issue in REQUIRED.items():
        varies = any(c.keys.get(axis) not in (None, ANY) for t in tables for c in t.cells)
        if facts[axis] is None and varies:
            return issue
    return None


# ----------------------------------------------------------------------------------------------------- benefit


def stated(dollars: Decimal | None, missing: str) -> Fraction:
    """An amount that a census states: it must be there, and below what any benefit could mean."""
    if dollars is None:
        raise UnratedError(missing)
    if dollars > LARGEST_AMOUNT:
        raise UnratedError("AMOUNT_OUT_OF_RANGE")
    return exact(dollars)


def round_volume(x: Fraction, how: str) -> Fraction:
    """Rounding of an amount of insurance (RM-5, RM-13)."""
    if how == "UP_1000":
        return Fraction(-floor(-x / 1000) * 1000)
    if how == "NEAREST_1000":
        return Fraction(half_up(x / 1000) * 1000)
    return x


def volume_of(
    benefit: Benefit, pay: Decimal | None, elected: Decimal | None, age: int | None, approved: bool
) -> Fraction:
    """Amount of insurance (RM-5): raw, rounded, capped, held to guaranteed issue, then reduced for age."""
    if benefit.reduction and age is None:
        raise UnratedError("BIRTH_DATE_REQUIRED")
    if benefit.multiple is not None:
        raw = exact(benefit.multiple) * stated(pay, "PAY_REQUIRED")
    elif benefit.flat_amount is not None:
        raw = exact(benefit.flat_amount)
    else:
        raw = stated(elected, "AMOUNT_REQUIRED")
    volume = round_volume(raw, benefit.volume_rounding)
    if benefit.maximum is not None:
        volume = min(volume, exact(benefit.maximum))
    if benefit.guaranteed_issue is not None and not approved:
        volume = min(volume, exact(benefit.guaranteed_issue))
    if volume > LARGEST_AMOUNT:
        raise UnratedError("AMOUNT_OUT_OF_RANGE")
    reached = [percent for from_age, percent in sorted(benefit.reduction) if age is not None and age >= from_age]
    if not reached:
        return volume
    # The percent left is always of the original amount, never of the amount of the step before.
    return min(volume, round_volume(volume * exact(reached[-1]) / 100, benefit.volume_rounding))


def weekly_benefit_of(benefit: Benefit, pay: Decimal | None, elected: Decimal | None) -> Fraction:
    """STD (RM-6): percent of weekly pay (or a flat or else an elected benefit), rounded, at most the maximum.

    A plan that states neither percent nor amount does not mean the whole of pay.
    """
    if benefit.percent is not None:
        weekly = exact(benefit.percent) / 100 * stated(pay, "PAY_REQUIRED") / 52
    elif benefit.flat_amount is not None:
        weekly = exact(benefit.flat_amount)
    else:
        weekly = stated(elected, "AMOUNT_REQUIRED")
    if benefit.benefit_rounding == "NEAREST_1":
        weekly = Fraction(half_up(weekly))
    elif benefit.benefit_rounding == "UP_10":
        weekly = Fraction(-floor(-weekly / 10) * 10)
    return min(weekly, exact(benefit.maximum_benefit)) if benefit.maximum_benefit is not None else weekly


def covered_pay_of(benefit: Benefit, pay: Decimal | None) -> Fraction:
    """LTD (RM-7): monthly pay, at most the pay at which the maximum benefit is reached; never rounded.

    Without a percent no pay reaches the maximum benefit, so none is left out.
    """
    monthly = stated(pay, "PAY_REQUIRED") / 12
    if benefit.maximum_benefit is None or not benefit.percent:
        return monthly
    return min(monthly, exact(benefit.maximum_benefit) / (exact(benefit.percent) / 100))


# ------------------------------------------------------------------------------------------------ contributions


def targets(plan: Plan) -> list[tuple[str, str | None]]:
    """CB-9: the five levels, most specific first; the category is that of the root plan."""
    return [
        ("plan", plan.key),
        ("product", plan.product),
        ("plan", plan.root_key),
        ("product", plan.root_product),
        ("category", (plan.category or "").strip().lower() or None),
    ]


def choose_rule(
    rules: Iterable[Rule], group_class: str | None, is_primary: bool, plan: Plan, term: Contract
) -> Rule | None:
    """CB-2 to CB-14: valid rules of the class, then the ladder, Dependent rules first for a dependent."""
    valid = [
        r
        for r in rules
        if group_class is not None
        and r.group_class == group_class
        and (r.start is None or r.start <= term.start)
        and (r.end is None or r.end >= term.end)
        and r.kind
    ]
    subscriber: set[str | None] = {"Subscriber", None}
    dependent: set[str | None] = {"Dependent"}
    for types in [subscriber] if is_primary else [dependent, subscriber]:
        for kind, key in targets(plan):
            hits = [r for r in valid if r.member_type in types and target_of(r) == (kind, key)]
            if hits:
                return max(hits, key=lambda r: (r.member_type is not None, r.modified, r.key))
    return None


def target_of(rule: Rule) -> tuple[str, str]:
    """A category is compared trimmed and without regard to case (CV-29)."""
    kind, key = rule.target
    return (kind, key.strip().lower()) if kind == "category" else (kind, key)


def share(rule: Rule | None, prorated: int, months: Fraction, part: Fraction) -> tuple[int, str]:
    """CB-15 to CB-18: the employer's cents of a prorated premium, and the warning if the rule has no value."""
    if rule is None:
        return 0, "NONE"

    def money(x: Decimal) -> int:
        return cents(exact(x) * (months if rule.amount_period == "MONTHLY" else 1) * part)

    value = rule.percent if rule.kind == "Percentage" else rule.amount
    if value is None:
        return 0, "RULE_WITHOUT_VALUE"
    employer = half_up(Fraction(prorated) * exact(value) / 100) if rule.kind == "Percentage" else money(value)
    if rule.cap is not None:
        employer = min(employer, cents(exact(rule.cap)))
    return max(0, min(employer, prorated)), "NONE"


# -------------------------------------------------------------------------------------------------------- road


@dataclass(frozen=True)
class Span:
    """The dates of one coverage: term, covered days, rate date."""

    term: Contract
    covered_from: date
    covered_to: date
    rate_date: date

    @property
    def covered_days(self) -> int:
        """Both ends included (PR-1)."""
        return max(0, (self.covered_to - self.covered_from).days + 1)

    @property
    def term_days(self) -> int:
        """Real days of the contract term (PR-2)."""
        return (self.term.end - self.term.start).days + 1


def span_of(contract: Contract, plan: Plan, person: Person, primary: Person, rating_date: date | None) -> Span:
    """PR-25 and PR-6: the latest of all starts to the earliest of all ends; a dependent shares the primary's dates."""
    term = term_holding(contract, rating_date)
    starts = [term.start, person.start or primary.start, primary.start]
    ends = [term.end, person.end or primary.end, primary.end]
    if term == contract:  # a plan's own dates, and a rating date within, belong to the term they were written for
        starts += [plan.start, rating_date]
        ends.append(plan.end)
    covered_from = max(d for d in starts if d is not None)
    covered_to = min(d for d in ends if d is not None)
    rate_date = term.start if plan.rate_basis == "CONTRACT_START" else covered_from
    return Span(term, covered_from, covered_to, rate_date)


@dataclass(frozen=True)
class Family:
    """A primary first, the dependents in the order of the census, and what each of them holds."""

    people: tuple[Person, ...]
    held: tuple[Coverage, ...]

    def person(self, key: str) -> Person:
        """The person of that key."""
        return next(p for p in self.people if p.key == key)


@dataclass(frozen=True)
class InForce:
    """A coverage that counts in its family: it may be priced and has a covered day."""

    person: Person
    plan: Plan
    span: Span

    def age(self, table: RateTable) -> int | None:
        """The age the table prices by; a table has one meaning of age, for its rates and for its child cap."""
        if self.person.birth_date is None:
            return None
        day = age_date_of(table.age_date, self.span.term, self.span.rate_date)
        return age_on(self.person.birth_date, day, table.age_basis)


def in_force_of(contract: Contract, family: Family, rating_date: date | None) -> list[InForce]:
    """What the family holds that counts, in the order of its people."""
    found = []
    for person in family.people:
        for held in family.held:
            if held.person == person.key and held.refused is None:
                span = span_of(contract, held.plan, person, family.people[0], rating_date)
                if span.covered_days > 0:
                    found.append(InForce(person, held.plan, span))
    return found


def tier_of(primary: Person, dependents: Sequence[Person]) -> str:
    """GR-26, in the finest division: every dependent who is no spouse or partner counts as a child."""
    spouses = sum(p.relationship in SPOUSES for p in dependents)
    children = len(dependents) - spouses
    if spouses:
        return "FAM" if children else "ES"
    return ("EE", "E1C")[children] if children < 2 else "ECN"


def stated_tier(family: Family) -> str | None:
    """The tier stated by a file that lists no dependents; a family whose people are known needs none."""
    return family.people[0].stated_tier if len(family.people) == 1 else None


def charged_children(counting: Sequence[InForce], plan: Plan, table: RateTable) -> set[str]:
    """RM-1: the oldest of the family's children under the age, by their capped coverages of the same root plan.

    Each child's age is the one its own coverage is priced by; coverages whose tables count children of another age
    are counted apart. A child with several coverages is one child; of those born the same day the first given counts.
    """
    young: list[Person] = []
    for c in counting:
        own = c.plan.table
        if own is None or own.method != "child_capped" or own.child_age != table.child_age:
            continue
        age = c.age(own)
        is_young = c.person.relationship == "Child" and age is not None and age < table.child_age
        if c.plan.root_key == plan.root_key and is_young and c.person not in young:
            young.append(c.person)
    young.sort(key=lambda p: p.birth_date or date.max)
    return {p.key for p in young[: table.child_count]}


def price_coverage(
    contract: Contract, family: Family, held: Coverage, rules: Iterable[Rule], rating_date: date | None
) -> Priced:
    """One coverage of one person, from facts to shares: rate, round, months, prorate, split (the order is law)."""
    plan, table = held.plan, held.plan.table
    primary, person = family.people[0], family.person(held.person)
    span = span_of(contract, plan, person, primary, rating_date)
    counting = in_force_of(contract, family, rating_date)
    base = {"person": person.key, "plan": plan.key, "root": plan.root_key}
    base |= {"covered_days": span.covered_days, "term_days": span.term_days}
    holders = {c.person.key for c in counting if c.plan.root_key == plan.root_key}
    dependents = [p for p in family.people if p.key in holders and p is not primary]
    rule = choose_rule(rules, primary.group_class, person is primary, plan, span.term)
    try:
        tier = stated_tier(family) or tier_of(primary, dependents)
        premium, seen = price_of_one_period(family, held, span, counting, tier)
    except UnratedError as stopped:
        return Priced(**base, issue=str(stopped), rule=rule.key if rule else None)
    period = cents(premium)
    assert table is not None
    months = months_in_term(span.term.start, span.term.end)
    if period > MONTHLY_LIMIT_CENTS * {"MONTHLY": 1, "ANNUAL": 12, "TERM": ceil(months)}[table.period]:
        return Priced(**base, issue="AMOUNT_OUT_OF_RANGE", rule=rule.key if rule else None)
    standard = half_up(period * {"MONTHLY": months, "ANNUAL": months / 12, "TERM": Fraction(1)}[table.period])
    part = Fraction(1) if plan.proration == "NONE" else Fraction(span.covered_days, span.term_days)
    prorated = half_up(standard * part)
    if prorated == 0:
        seen.setdefault("zero_reason", "BELOW_HALF_CENT")
    employer, warning = share(rule, prorated, months, part)
    return Priced(
        **base,
        **seen,
        issue=warning,
        period_cents=period,
        standard_cents=standard,
        prorated_cents=prorated,
        employer_cents=employer,
        employee_cents=prorated - employer,
        rule=rule.key if rule else None,
    )


def price_of_one_period(
    family: Family,
    held: Coverage,
    span: Span,
    counting: Sequence[InForce],
    tier: str,
) -> tuple[Fraction, dict[str, Any]]:
    """The unrounded price for one rate period, and what was seen on the way; stops with the first issue met."""
    plan, table, primary = held.plan, held.plan.table, family.people[0]
    person = family.person(held.person)
    if held.refused:
        raise UnratedError(held.refused)
    if table is None:
        raise UnratedError("NO_RATE_TABLE")
    if span.covered_days == 0:
        raise UnratedError("OUTSIDE_TERM")
    seen: dict[str, Any] = {"tier": tier}
    if table.method == "composite_tier" and person is not primary:
        # Somebody must carry the family's price (GR-27): the primary, on the same coverage.
        if not any(c.person is primary and c.plan.key == plan.key for c in counting):
            raise UnratedError("NO_RATE")
        return Fraction(0), seen | {"zero_reason": "COMPOSITE_DEPENDENT"}
    if table.method in PERSON_PRICED and stated_tier(family) not in (None, "EE"):
        raise UnratedError("DEPENDENTS_UNKNOWN")
    seen["age"] = age = InForce(person, plan, span).age(table)
    if person.relationship == "Child" and table.method == "child_capped":
        if age is None:
            raise UnratedError("BIRTH_DATE_REQUIRED")
        if age < table.child_age and person.key not in charged_children(counting, plan, table):
            return Fraction(0), seen | {"zero_reason": "CHILD_CAP"}
    volume, unit = units_of(table.method, plan.benefit, person, held, age)
    seen["volume"] = volume
    if volume == 0:
        declined = held.elected == 0 and is_chosen(table.method, plan.benefit)
        return Fraction(0), seen | {"zero_reason": "AMOUNT_DECLINED" if declined else "NO_AMOUNT"}
    rates = rates_of(table, person, primary, span, tier, age)
    seen["unit_rate"], rate = rates[0], prod(rates)
    premium = (volume / unit if volume is not None else Fraction(1)) * rate
    if rate == 0:
        seen["zero_reason"] = "FILED_ZERO"
    return premium, seen


def is_chosen(method: str, benefit: Benefit) -> bool:
    """Whether the amount is the member's own choice."""
    by_pay = {"volume": benefit.multiple, "weekly_benefit": benefit.percent}
    return method in by_pay and by_pay[method] is None and benefit.flat_amount is None


def units_of(
    method: str, benefit: Benefit, person: Person, held: Coverage, age: int | None
) -> tuple[Fraction | None, int]:
    """The volume a method multiplies, and the unit its rate is stated for (RM-5 to RM-7)."""
    if method == "volume":
        return volume_of(benefit, person.annual_pay, held.elected, age, held.evidence_approved), 1000
    if method == "weekly_benefit":
        return weekly_benefit_of(benefit, person.annual_pay, held.elected), 10
    if method == "covered_pay":
        return covered_pay_of(benefit, person.annual_pay), 100
    return None, 1


def rates_of(
    table: RateTable, person: Person, primary: Person, span: Span, tier: str, age: int | None
) -> list[Fraction]:
    """The rate and then its factors (GR-24). A coverage has one age, read as its own table says, for all of them."""
    facts = {
        "age": age,
        "gender": person.gender,
        "tobacco": "Smoker" if person.smoker else "Non-Smoker",
        "tier": tier,
        "area": person.area,
        "class": primary.group_class,
        "relationship": person.relationship,
        "salary": person.annual_pay,
    }
    tables = (table, *table.factors)
    try:
        return [look_up(t, facts, span.rate_date) for t in tables]
    except UnratedError:
        raise UnratedError(missing_fact(tables, facts) or "NO_RATE") from None


def price_family(
    contract: Contract, family: Family, rules: Iterable[Rule] = (), rating_date: date | None = None
) -> list[Priced]:
    """Every coverage the family holds, in the order held."""
    rules = list(rules)
    return [price_coverage(contract, family, held, rules, rating_date) for held in family.held]


def roll_up(priced: Iterable[Priced], level: Callable[[Priced], Any]) -> dict[Any, Total]:
    """Sums of whole cents by plan or by member; a missing price marks the total (CB-24, MR-16, GB-RATE-010)."""
    totals: dict[Any, Total] = {}
    ordered = sorted(priced, key=lambda p: repr(level(p)))
    for key, group in groupby(ordered, key=level):
        rows = list(group)
        missing = sum(not p.is_rated for p in rows)
        warned = any(p.issue == "RULE_WITHOUT_VALUE" for p in rows)
        totals[key] = Total(
            standard_cents=sum(p.standard_cents for p in rows),
            prorated_cents=sum(p.prorated_cents for p in rows),
            employer_cents=sum(p.employer_cents for p in rows),
            employee_cents=sum(p.employee_cents for p in rows),
            period_cents=sum(p.period_cents for p in rows),
            issue="PART_UNRATED" if missing else "RULE_WITHOUT_VALUE" if warned else "NONE",
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
