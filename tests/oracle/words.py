"""What is priced, in the oracle's own words: people, plans, tables, rules and prices.

What lives here: plain dataclasses; amounts in dollars as `Decimal`, percents as percents (60 means 60 %), days as dates
with both ends included. What does not: a rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

ANY = "*"
AXES = (
    "age",
    "gender",
    "tobacco",
    "tier",
    "area",
    "class",
    "relationship",
    "salary",
    "industry",
    "plan",
    "group_size",
    "participation",
    "duration",
    "service",
    "female_percent",
)
BANDED = ("age", "salary", "group_size", "participation", "duration", "service", "female_percent")
SPOUSES = ("Spouse", "Domestic Partner")
RATED_ANYWAY = ("NONE", "RULE_WITHOUT_VALUE", "REFERENCE_UNRATED")
UNRATED = (
    "OUTSIDE_TERM",
    "BIRTH_DATE_REQUIRED",
    "PAY_REQUIRED",
    "AREA_REQUIRED",
    "AMOUNT_REQUIRED",
    "DEPENDENTS_UNKNOWN",
    "NO_RATE_TABLE",
    "NO_RATE",
    "AMOUNT_OUT_OF_RANGE",
    "PLAN_NOT_ACTIVE",
    "OPTED_OUT",
    "NOT_ELIGIBLE",
    "AGE_OUTSIDE_TABLE",
    "FACT_REQUIRED",
    "NO_FACTOR",
    "NOT_SOLVED",
)
"""Issues that leave a coverage without premium, the worst last."""
MONTHLY_LIMIT_CENTS = 1_000_000_00
CLASS_LIMIT_CENTS = 1_000_000_000_00
LARGEST_AMOUNT = 10_000_000_000


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
    hire_date: date | None = None
    rank: int | None = None
    class_name: str | None = None


@dataclass(frozen=True)
class Benefit:
    """The benefit attributes of a plan (RM-5 to RM-7, RM-9). Percentages are percents: 60 means 60 %."""

    multiple: Decimal | None = None
    flat_amount: Decimal | None = None
    increment: Decimal | None = None
    volume_rounding: str = "UP_1000"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pay_multiple_cap: Decimal | None = None
    employee_percent_cap: Decimal | None = None
    guaranteed_issue: Decimal | None = None
    guaranteed_reduction: tuple[tuple[int, Decimal], ...] = ()
    reduction: tuple[tuple[int, Decimal], ...] = ()
    reduction_date: str = "PLAN_ANNIVERSARY"
    percent: Decimal | None = None
    benefit_rounding: str = "NEAREST_1"
    maximum_benefit: Decimal | None = None
    covered_pay_cap: Decimal | None = None


def as_compared(axis: str, name: Any) -> Any:
    """A key or a value as it is compared: names of classes match whatever their case."""
    return name.strip().lower() if axis == "class" and isinstance(name, str) else name


@dataclass(frozen=True)
class Cell:
    """One filed price: keys by axis name (`*` matches anything), rate None = closed."""

    effective_from: date
    keys: Mapping[str, Any]
    rate: Decimal | None

    @cached_property
    def wildcards(self) -> frozenset[str]:
        """The axes on which the cell matches anything."""
        return frozenset(axis for axis, key in self.keys.items() if key == ANY)


@dataclass(frozen=True)
class RateTable:
    """A filed table (GR-21 to GR-23); a factor table is a RateTable whose rates are factors.

    `limits` holds by axis the least and the greatest value the table speaks of; `round_places` how many places are kept
    after the rate and after each factor, None for all. `child_lines` names the plan types whose children are capped.
    """

    name: str
    method: str
    axes: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    period: str = "MONTHLY"
    age_basis: str = "LAST_BIRTHDAY"
    age_date: str = "PLAN_ANNIVERSARY"
    spouse_age: str = "OWN"
    child_age: int = 21
    child_count: int = 3
    child_lines: frozenset[str] | None = None
    factors: tuple["RateTable", ...] = ()
    money_rounding: str = "HALF_UP"
    outside: str = "CLAMP"
    limits: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    round_places: tuple[int | None, ...] = ()
    base: "RateTable | None" = None
    is_five_tiered: bool = False

    @cached_property
    def versions(self) -> dict[date, list[Cell]]:
        """The cells by the day their version begins; sorted out once, since thousands of look-ups ask."""
        found: dict[date, list[Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.effective_from, []).append(cell)
        return found

    @cached_property
    def varying(self) -> frozenset[str]:
        """The axes on which a cell of any version says something else than `*`."""
        return frozenset(axis for cell in self.cells for axis, key in cell.keys.items() if key not in (None, ANY))

    @cached_property
    def found(self) -> dict[tuple[Any, ...], Fraction | None]:
        """What was looked up before, by the rate date and the facts of the axes; None where nothing is filed."""
        return {}

    @cached_property
    def at_anniversary(self) -> "RateTable":
        """The same table with ages read on the plan anniversary."""
        return replace(self, age_date="PLAN_ANNIVERSARY")

    @cached_property
    def exact_axes(self) -> tuple[str, ...]:
        """The axes whose keys match a value itself, not a band of values."""
        return tuple(axis for axis in self.axes if axis not in BANDED)

    @cached_property
    def grids(self) -> dict[date, dict[tuple[Any, ...], list[Cell]]]:
        """The cells with a key on every axis, by version and by their exact keys; sorted out once, too."""
        found: dict[date, dict[tuple[Any, ...], list[Cell]]] = {}
        for cell in self.cells:
            if all(cell.keys.get(axis) is not None for axis in self.axes):
                exact = tuple(as_compared(axis, cell.keys[axis]) for axis in self.exact_axes)
                found.setdefault(cell.effective_from, {}).setdefault(exact, []).append(cell)
        return found


@dataclass(frozen=True)
class Solved:
    """What a census gives for one plan (and class): composite rates in dollars, averages, and who carries a sum."""

    tiers: Mapping[str, Fraction | None] = field(default_factory=dict)
    base: Fraction | None = None
    adult: Fraction | None = None
    child: Fraction | None = None
    average_age: int | None = None
    female_percent: Fraction | None = None
    carrier: str | None = None
    is_by_average: bool = False


@dataclass(frozen=True)
class Plan:
    """A contract group plan that carries a price: a coverage, or a root sold without coverages (root = itself)."""

    key: str
    root: str = ""
    name: str = ""
    product: str | None = None
    root_product: str | None = None
    category: str | None = None
    product_category: str | None = None
    table: RateTable | None = None
    benefit: Benefit = field(default_factory=Benefit)
    proration: str = "DAILY_TERM"
    proration_end: str | None = None
    proration_change: str | None = None
    proration_newborn: str | None = None
    wash_day: int = 15
    rate_basis: str = "EFFECTIVE_DATE"
    start: date | None = None
    end: date | None = None
    industry: str | None = None
    label: str | None = None
    group_size: int | None = None
    participation: Decimal | None = None
    required: Decimal | None = None
    experience: Decimal | None = None
    life_years: Decimal | None = None
    full_credibility: Decimal | None = None
    priority: int = 0
    strategy: str = "STANDARD"
    solved: Solved | None = None

    @property
    def root_key(self) -> str:
        """The key of the root plan (CB-14: a plan without parent is its own root)."""
        return self.root or self.key


@dataclass(frozen=True)
class Dates:
    """The dates of one hold where somebody else has already decided them, both ends included.

    `anniversary` is the plan anniversary ages go by, where it is not the one that the rate date tells.
    """

    covered_from: date
    covered_to: date
    rate_date: date
    anniversary: date | None = None


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
    dates: Dates | None = None
    issue_date: date | None = None
    added_date: date | None = None
    continuation: str | None = None
    evidence: str | None = None
    approved: Decimal | None = None
    approved_from: date | None = None
    is_late: bool = False
    last_day: date | None = None
    """The last covered day of a child who grows out of the plan (RM-11)."""

    def within(self, dates: Dates, issue_date: date) -> "Coverage":
        """The same hold on some of its days. A plain copy: a family's holds are cut thousands of times."""
        made = object.__new__(Coverage)
        made.__dict__.update(self.__dict__, dates=dates, issue_date=issue_date)
        return made


@dataclass(frozen=True)
class Rule:
    """A GroupClassContribution. `target` is ('plan'|'product'|'category', key) or ('every plan', '');
    percent 80 means 80 %. A 'category' may be '' where `product_category` is named; named both, both must match.

    `steps` are the values of a graded rule: a lower bound (a tier, annual pay in dollars, years of service) and a
    percent or an amount, as the kind says.
    """

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
    scope: str = "PER_COVERAGE"
    grade: str | None = None
    floor: Decimal | None = None
    family_cap: Decimal | None = None
    reference: Plan | None = None
    dependent_percent: Decimal | None = None
    steps: tuple[tuple[Any, Decimal], ...] = ()
    product_category: str | None = None


@dataclass(frozen=True)
class Contract:
    """A contract term, both ends included as published."""

    start: date
    end: date


@dataclass(frozen=True)
class Family:
    """A primary first, the dependents in the order of the census, and what each of them holds."""

    people: tuple[Person, ...]
    held: tuple[Coverage, ...]

    def person(self, key: str) -> Person:
        """The person of that key."""
        return next(p for p in self.people if p.key == key)


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
