"""Odd small worlds for the core, drawn from a seed: everything the core prices, in combinations nobody would file.

What lives here: the drawing. What does not: any price; the oracle and the core give theirs
(`tests.rating.test_against_oracle`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np

from rating.age_rules import age_dates
from rating.codes import (
    NONE,
    AgeBasis,
    AgeDate,
    AmountScope,
    Axis,
    Continuation,
    Evidence,
    Gender,
    Grade,
    Issue,
    MemberType,
    MoneyRounding,
    OutsideTable,
    Period,
    Proration,
    Relationship,
    ShareKind,
    SpouseAge,
    Strategy,
    TargetKind,
    Tier,
)
from rating.methods import CODES
from tests.rating.builders import World, days

TERMS = (
    ("2026-01-01", "2027-01-01"),
    ("2026-03-15", "2027-03-15"),
    ("2026-01-15", "2026-07-21"),
    ("2025-08-31", "2026-05-31"),
    ("2024-02-29", "2026-02-28"),
    ("2025-07-01", "2027-07-01"),
    ("2026-02-01", "2026-02-20"),
)
SOLVING = ("aca_composite", "average_age", "composite_solved", "summary_based")
"""Methods whose rate is made from everybody who holds the plan."""
RELATED = (
    ("aca_composite", "age_curve", "child_capped"),
    ("supplemental_life", "volume", "worksite"),
    ("composite_solved", "composite_tier", "flat_per_employee"),
)
"""Methods that count the same children, limit amounts by the same employee's, or make one price of a family."""
FIRST_AXES = {"composite_tier": [Axis.TIER], "composite_solved": [Axis.TIER], "age_banded": [Axis.AGE]}
NEVER = {"aca_composite": [Axis.TOBACCO], "age_curve": [Axis.AGE]}
RATIO_AXES = [Axis.TIER, Axis.INDUSTRY, Axis.PLAN, Axis.GROUP_SIZE, Axis.PARTICIPATION]
"""Of composite ratios."""
KEYS: dict[Axis, Callable[[Random], list[int]]] = {
    Axis.AGE: lambda r: sorted(r.sample(range(75), r.randint(1, 6))),
    Axis.GENDER: lambda r: [Gender.MALE, Gender.FEMALE],
    Axis.TOBACCO: lambda r: [0, 1],
    Axis.TIER: lambda r: list(Tier),
    Axis.AREA: lambda r: [1, 2],
    Axis.CLASS: lambda r: [0, 1],
    Axis.RELATIONSHIP: lambda r: [Relationship.SELF, Relationship.SPOUSE, Relationship.CHILD],
    Axis.SALARY: lambda r: sorted(r.sample(range(0, 12_000_000, 500_000), r.randint(1, 3))),
    Axis.INDUSTRY: lambda r: [3, 7],
    Axis.PLAN: lambda r: [0, 1],
    Axis.GROUP_SIZE: lambda r: [0, 10, 50],
    Axis.PARTICIPATION: lambda r: [0, 500_000, 750_000],
    Axis.DURATION: lambda r: [0, 6, 12],
    Axis.SERVICE: lambda r: [0, 1, 5],
    Axis.FEMALE_PERCENT: lambda r: [0, 500_000, 600_000],
}
PERSONAL = [axis for axis in KEYS if axis != Axis.FEMALE_PERCENT]
"""Axes that tables of any method may have; the percent of women is that of a pool."""
MONTHLY_WAYS = (Proration.DAILY_MONTH, Proration.DAILY_30, Proration.FULL_MONTH, Proration.FIRST_OF_MONTH)
STARTS = (*MONTHLY_WAYS, Proration.MID_MONTH, Proration.NONE, Proration.DAILY_TERM)
SCALES = {"factor": 4}


def random_world(seed: int, n_families: int = 12) -> World:
    """A world of one to three employers. In every other one no price changes within a term."""
    made = Maker(Random(seed), moves=seed % 2 == 1)
    for account in range(made.r.randint(1, 3)):
        made.employer(account, n_families)
    read_age_dates(made.world)
    return made.world


def read_age_dates(world: World) -> None:
    """Set the day each coverage's ages are taken on, as its table says: the core is given it by its caller."""
    offers = [world.offers[c["offer"]] for c in world.coverages]
    settings = [world.tables[o["rate_table"]].get("age_date", 0) if o["rate_table"] >= 0 else 0 for o in offers]
    rows = world.coverages
    found = age_dates(
        np.array(settings, np.int8),
        days(*(o["term_from"] for o in offers)),
        days(*(c["rate_date"] for c in rows)),
        days(*(c["issue_date"] for c in rows)),
        days(*(c["added_date"] for c in rows)),
    )
    for row, day in zip(rows, found, strict=True):
        row["age_date"] = str(day)


@dataclass
class Maker:
    """A world in the making."""

    r: Random
    world: World = field(default_factory=World)
    moves: bool = True
    """Prices may change within a term."""
    by_start: bool = False
    """Rates are read for the start of the term, also of those who come later."""

    def maybe(self, chance: float, value: Any, otherwise: Any = NONE) -> Any:
        """The value, now and then."""
        return value if self.r.random() < chance else otherwise

    def day_near(self, term: tuple[str, str], margin: int = 40) -> str:
        """A day in the term or a little beside it."""
        first, end = map(date.fromisoformat, term)
        return str(first + timedelta(days=self.r.randint(-margin, (end - first).days + margin)))

    def employer(self, account: int, n_families: int) -> None:
        """One account: its offers, rules and families."""
        r, term = self.r, self.r.choice(TERMS if self.moves else TERMS[:4])
        self.by_start = r.random() < 0.2 and term in TERMS[:4]
        roots = [self.root(account, number, term) for number in range(r.randint(2, 5))]
        offers = [offer for root in roots for offer in root]
        for _ in range(r.randint(0, 25)):
            self.rule(account, offers, term)
        for _ in range(n_families):
            self.family(roots, term)

    # ------------------------------------------------------------------------------------------------ offers

    def root(self, account: int, number: int, term: tuple[str, str]) -> list[int]:
        """A root plan and the coverages under it; the rows of what can be held, the root first."""
        r, world = self.r, self.world
        category = r.randint(0, 3)
        n_coverages = r.choice([0, 0, 1, 2, 3])
        priced_by = self.methods(1 + n_coverages)
        shared = self.way_of_proration() | {
            "account": account,
            "category": category,
            "priority": r.choice([0, 1, 2]),
            "term_from": term[0],
            "term_to": term[1],
            "strategy": self.maybe(0.15, Strategy.LEGACY_PER_LEVEL, Strategy.STANDARD),
        }
        if priced_by[0] in SOLVING:  # an employer's one sum has one price for the whole of its plan
            shared["required_cents"] = self.maybe(0.5, r.choice([100_000, 4_999_999]))
        own = self.benefit(priced_by[0]) | self.group_facts() | shared
        root = world.offer(
            NONE if n_coverages else self.rate_table(priced_by[0], category), product=100 * account + number, **own
        )
        made = [root]
        for method in priced_by[1:]:
            own = self.benefit(method) | self.group_facts() | shared
            product = 1000 + 100 * account + r.randint(0, 3)
            made.append(world.offer(self.rate_table(method, category), root, product=product, **own))
        return made

    def methods(self, n: int) -> list[str]:
        """The methods of a root plan and its coverages: one for all, or some that look at each other's families."""
        r = self.r
        if r.random() < 0.7:
            return [r.choice(CODES)] * n
        some = r.choice([CODES, *RELATED])
        return [r.choice(some) for _ in range(n)]

    def way_of_proration(self) -> dict[str, Any]:
        """Methods by event."""
        r = self.r
        if r.random() < 0.4:
            return {"proration": r.choice([Proration.DAILY_TERM, Proration.DAILY_TERM, Proration.NONE])}
        return {
            "proration": r.choice(STARTS),
            "proration_end": self.maybe(0.5, r.choice(STARTS)),
            "proration_change": self.maybe(0.3, r.choice(STARTS)),
            "proration_newborn": self.maybe(0.3, r.choice([*STARTS, Proration.BIRTH_MONTH_FREE])),
            "wash_day": r.choice([1, 10, 15, 15, 27, 28, 30, 31]),
        }

    def group_facts(self) -> dict[str, Any]:
        """What factors of the group may ask for."""
        r = self.r
        return {
            "industry": self.maybe(0.8, r.choice([3, 7, 9])),
            "plan_label": self.maybe(0.8, r.choice([0, 1, 2])),
            "group_size": self.maybe(0.8, r.choice([1, 9, 10, 49, 50, 400])),
            "participation_e4": self.maybe(0.8, r.choice([0, 499_999, 500_000, 750_000, 1_000_000])),
        }

    def benefit(self, method: str) -> dict[str, Any]:
        """Benefit attributes of a method that asks for some."""
        r = self.r
        if method == "experience_blend":
            return {
                "experience_e6": self.maybe(0.8, r.randint(1, 400_000_000)),
                "life_years_e4": self.maybe(0.9, r.choice([0, 1_600_000, 123_457])),
                "full_credibility_e4": self.maybe(0.9, r.choice([10_000_000, 1_600_000, 7])),
            }
        if method in ("volume", "supplemental_life", "worksite") or (method == "average_age" and r.random() < 0.4):
            said: dict[str, Any] = r.choice(
                [
                    {"multiple_e4": r.choice([10_000, 15_000, 20_000, 25_001])},
                    {"flat_cents": r.choice([2_500_000, 1_050_000, 30_000])},
                    {"increment_cents": 1_000_000},
                ]
            )
            return said | {
                "volume_rounding": r.choice([0, 0, 1, 2]),
                "maximum_cents": self.maybe(0.4, r.choice([5_000_000, 10_050_000])),
                "guaranteed_cents": self.maybe(0.4, r.choice([4_000_000, 9_000_000, 0])),
                "minimum_cents": self.maybe(0.2, r.choice([1_000_000, 2_000_050])),
                "pay_multiple_cap_e4": self.maybe(0.15, r.choice([10_000, 12_345])),
                "employee_percent_cap_e4": self.maybe(0.2, r.choice([500_000, 333_333, 1_000_000])),
                "guaranteed_reduction": self.maybe(0.15, self.world.reduction((60, "50"), (70, "33.3333"))),
                "reduction_date": r.choice([0, 0, 1, 2]) if self.moves else 0,
                "reduction": self.maybe(
                    0.4,
                    self.world.reduction(*r.choice([[(65, "65"), (70, "50")], [(50, "92.5"), (60, "65"), (70, "0")]])),
                ),
            }
        if method in ("covered_pay", "weekly_benefit", "monthly_benefit", "percent_of_pay"):
            return {
                "benefit_percent_e4": self.maybe(0.75, r.choice([600_000, 666_700, 0])),
                "flat_cents": self.maybe(0.2, r.choice([25_000, 40_450])),
                "benefit_rounding": r.choice([0, 0, 1, 2]),
                "maximum_benefit_cents": self.maybe(0.6, r.choice([100_000, 100_500, 600_000])),
                "minimum_cents": self.maybe(0.2, r.choice([10_000, 2_550])),
                "covered_pay_cents": self.maybe(0.2, r.choice([500_000, 1_000_001])),
            }
        return {}

    # ------------------------------------------------------------------------------------------------ tables

    def rate_table(self, method: str, category: int) -> int:
        """A table of rates with its factors; none now and then."""
        r = self.r
        if r.random() < 0.03:
            return NONE
        if method == "composite_solved":
            return self.ratios(category)
        pool = list(KEYS) if method in ("average_age", "summary_based") else PERSONAL
        first = FIRST_AXES.get(method, [])
        axes = [
            *first,
            *r.sample([a for a in pool if a not in (*first, *NEVER.get(method, ()))], r.choice([0, 0, 1, 2])),
        ]
        factors = [
            self.table("factor", r.sample(pool, r.choice([0, 1, 1, 2])), ()) for _ in range(r.choice([0, 0, 1, 2, 4]))
        ]
        if method == "age_curve":
            factors = [self.table("factor", [Axis.AGE], (), holes=0), *factors[:3]]
        settings: dict[str, Any] = {
            "age_date": r.choice(
                [
                    AgeDate.PLAN_ANNIVERSARY,
                    *(a for a in AgeDate if a != AgeDate.ATTAINED or (self.moves and not self.by_start)),
                ]
            ),
            "spouse_age": self.maybe(0.2, SpouseAge.EMPLOYEE, SpouseAge.OWN),
            "money_rounding": r.choice([MoneyRounding.HALF_UP, *MoneyRounding]),
            "child_lines": r.choice([-1, -1, 1 << category, 0b0101]),
            "child_age": r.choice([NONE, NONE, 19, 24]),
            "child_count": r.choice([NONE, 0, 1, 1, 2]),
            "period": r.choice([Period.MONTHLY, Period.MONTHLY, Period.ANNUAL, Period.TERM]),
            "age_basis": r.choice([AgeBasis.LAST_BIRTHDAY, *AgeBasis]),
        }
        if r.random() < 0.25 and method not in ("aca_composite", "experience_blend"):
            settings["round_places"] = [r.choice([-1, 2, 3]) for _ in range(1 + len(factors))]
        return self.table(method, axes, tuple(factors), **settings)

    def ratios(self, category: int) -> int:
        """Tier ratios, and perhaps the table that prices each member for the list bill."""
        base = NONE
        if self.r.random() < 0.6:
            base = self.rate_table(self.r.choice(("flat", "age_banded", "child_capped")), category)
        if base != NONE:
            self.world.tables[base]["period"] = Period.MONTHLY
        axes = [Axis.TIER, *self.r.sample(RATIO_AXES[1:], self.r.choice([0, 0, 1]))]
        return self.table("composite_solved", axes, (), base_table=base)

    def limits(self, axes: list[Axis]) -> dict[str, Any]:
        """Limits of ages, and what becomes of those beyond."""
        if Axis.AGE not in axes or self.r.random() < 0.6:
            return {}
        made: dict[str, Any] = {
            "outside": self.r.choice(list(OutsideTable)),
            "low": {Axis.AGE: self.r.choice([0, 18, 30])},
        }
        return made | self.maybe(0.6, {"high": {Axis.AGE: self.r.choice([40, 64])}}, {})

    def table(
        self, method: str, axes: list[Axis], factors: tuple[int, ...], holes: float | None = None, **settings: Any
    ) -> int:
        """A table of up to three versions; so many cells of each are missing, or more or fewer as it comes."""
        r = self.r
        versions = sorted(r.sample(["2023-01-01", "2026-01-01", "2026-04-01"], r.randint(1, 3)))
        if r.random() < 0.7:
            versions = ["2023-01-01"]
        first, *later = versions
        made = self.cells(method, axes, holes)
        number = self.world.table(method, made, first, factors, **self.limits(axes), **settings)
        for since in later:
            self.world.version(number, () if r.random() < 0.05 else self.cells(method, axes, holes), since)
        return number

    def cells(
        self, method: str, axes: list[Axis], holes: float | None = None
    ) -> list[tuple[dict[Axis, int], Decimal | None]]:
        """A grid of cells, some missing, some with wildcards, some closed."""
        r = self.r
        wild = r.choice([None, None, *[a for a in axes if a not in (Axis.AGE, Axis.SALARY, Axis.TIER)]])
        grid: list[list[int]] = [[]]
        for axis in axes:
            values = [NONE] if axis == wild else KEYS[axis](r)
            grid = [[*keys, value] for keys in grid for value in values]
        holes = r.choice([0, 0, 0.03, 0.2]) if holes is None else holes
        made = [keys for keys in grid if r.random() >= holes or len(grid) == 1]
        more = r.sample(grid, min(len(grid), r.choice([0, 0, 1, 4])))
        made += [[(NONE if r.random() < 0.4 else key) for key in keys] for keys in more]
        return [
            ({a: k for a, k in zip(axes, keys, strict=True) if k != NONE}, self.price(method))
            for keys in dict.fromkeys(map(tuple, made))
        ]

    def price(self, method: str) -> Decimal | None:
        """A rate or a factor; many end in a half cent, some are closed, free or out of all bounds."""
        r = self.r
        if r.random() < 0.02:
            return None
        if method == "composite_solved":
            return Decimal(r.choice([100, 185, 205, 295, r.randint(50, 400)])) / 100
        if method == "factor":
            return Decimal(r.choice([r.randint(5_000, 20_000), r.choice([10_000, 12_500, 15_000])])) / 10_000
        odd = r.random()
        if odd < 0.02:
            return Decimal(0)
        if odd < 0.03:
            return Decimal(r.randint(900_000, 20_000_000))
        if odd < 0.4:
            return Decimal(r.randint(0, 40_000) * 10 + 5) / 1000
        return Decimal(r.randint(1, 400_000_000)) / 10**6

    # ------------------------------------------------------------------------------------------------ rules

    def rule(self, account: int, offers: list[int], term: tuple[str, str]) -> int:
        """A contribution rule of one of the documented forms."""
        r, world = self.r, self.world
        offer = world.offers[r.choice(offers)]
        kind = r.choice(list(TargetKind))
        row = {
            TargetKind.PLAN: r.choice(offers),
            TargetKind.PRODUCT: offer["product"],
            TargetKind.CATEGORY: offer["category"],
            TargetKind.EVERY_PLAN: NONE,
        }
        form = r.choice([ShareKind.AMOUNT, ShareKind.PERCENTAGE, ShareKind.PERCENTAGE, NONE, *ShareKind])
        first, end = map(date.fromisoformat, term)
        is_sum = form in (ShareKind.AMOUNT, ShareKind.DEFINED_CONTRIBUTION)
        percents, sums = [500_000, 333_333, 1_000_000, 12_500, 0, 1_200_000], [2500, 10_000, 123_456, 0]
        grade = self.maybe(0.2, r.choice(list(Grade)))
        more: dict[str, Any] = {}
        if form != NONE and grade != NONE:
            bounds = {
                Grade.TIER: sorted(r.sample(list(Tier), r.randint(1, 5))),
                Grade.SALARY: [0, 4_000_000, 8_000_000],
                Grade.SERVICE: [0, 1, 5],
            }[grade]
            more = {"grade": grade, "steps": [(b, r.choice(sums if is_sum else percents)) for b in bounds]}
        return world.rule(
            account=account,
            class_slot=r.randint(0, 1),
            target_kind=kind,
            target=row[kind],
            kind=form,
            percent_e4=NONE if is_sum else self.maybe(0.9, r.choice(percents)),
            dependent_percent_e4=self.maybe(0.9, r.choice(percents)),
            reference_offer=self.maybe(
                0.9, r.choice([o for o in offers if self.method_of(o) not in SOLVING] or [NONE])
            ),
            amount_cents=self.maybe(0.9, r.choice(sums)) if is_sum else NONE,
            amount_period=r.choice([Period.TERM, Period.MONTHLY]),
            scope=self.maybe(0.3, AmountScope.PER_PLAN, AmountScope.PER_COVERAGE),
            member_type=r.choice([MemberType.SUBSCRIBER, MemberType.DEPENDENT, NONE]),
            cap_cents=self.maybe(0.2, 50_000),
            floor_cents=self.maybe(0.15, r.choice([5_001, 90_000])),
            family_cap_cents=self.maybe(0.15, r.choice([70_001, 200_000])),
            valid_from=self.maybe(0.3, str(first + timedelta(days=r.randint(-30, 1))), None),
            valid_to=self.maybe(0.3, str(end + timedelta(days=r.randint(-1, 900))), None),
            **more,
        )

    def method_of(self, offer: int) -> str | None:
        """How an offer is priced."""
        table = self.world.offers[offer]["rate_table"]
        return None if table == NONE else self.world.tables[table]["method"]

    # ------------------------------------------------------------------------------------------------ families

    def family(self, roots: list[list[int]], term: tuple[str, str]) -> None:
        """A primary, perhaps dependents, and what they hold."""
        r, world = self.r, self.world
        relations = [Relationship.SELF]
        if r.random() < 0.65:
            others = [*[Relationship.CHILD] * 7, *[Relationship.SPOUSE] * 2, Relationship.DOMESTIC_PARTNER]
            relations += r.choices([*others, Relationship.PARENT, Relationship.OTHER], k=r.randint(1, 5))
        stated = self.maybe(0.15, r.choice(list(Tier))) if len(relations) == 1 else NONE
        shared = {
            "class_slot": self.maybe(0.9, r.randint(0, 1)),
            "class_label": self.maybe(0.9, r.randint(0, 2)),
            "area": self.maybe(0.9, r.randint(1, 3)),
        }
        held = r.sample(roots, r.randint(1, len(roots)))
        optional = {root[0]: r.sample(root[1:], r.randint(1, len(root) - 1)) if len(root) > 1 else [] for root in held}
        dates = self.dates(term)
        primary = None
        for relation in relations:
            member = self.person(primary, relation, term, stated_tier=stated, **shared)
            primary = member if primary is None else primary
            own = dates if not self.moves or r.random() < 0.85 else self.dates(term)
            for root in sorted(held):
                if member == primary or r.random() < 0.8:
                    chosen = optional[root[0]]
                    if len(chosen) > 1 and member != primary and r.random() < 0.3:
                        chosen = r.sample(chosen, r.randint(1, len(chosen)))
                    world.hold(member, root[0], *sorted(chosen), **self.hold(own, term))

    def person(self, primary: int | None, relation: Relationship, term: tuple[str, str], **more: Any) -> int:
        """A member with some facts left out."""
        r = self.r
        is_child = relation == Relationship.CHILD
        born = date(2026, 1, 1) - timedelta(days=r.randint(0 if is_child else 18 * 365, (24 if is_child else 75) * 365))
        if r.random() < 0.1:
            born = date(r.choice([1960, 1988, 2004, 2008]), 2, 29)
        elif is_child and r.random() < 0.1:
            born = date.fromisoformat(self.day_near(term, 5))
        pay = r.choice([0, 10**12, 10**12 + 1, 9 * 10**15]) if r.random() < 0.03 else r.randint(0, 15_000_000)
        return self.world.member(
            primary,
            relationship=relation,
            birth_date=self.maybe(0.95, str(born), None),
            gender=r.choice([Gender.MALE, Gender.FEMALE, Gender.FEMALE, Gender.UNKNOWN]),
            tobacco=r.choice([0, 0, 1, NONE]),
            annual_pay_cents=self.maybe(0.9, pay) if primary is None or r.random() < 0.5 else NONE,
            hire_date=self.maybe(0.8, str(date(2026, 3, 1) - timedelta(days=r.randint(0, 4000))), None),
            **more,
        )

    def dates(self, term: tuple[str, str]) -> dict[str, str]:
        """Covered from and to: mostly the whole term."""
        odd = self.r.random()
        first = self.day_near(term) if odd < 0.35 else "1900-01-01"
        return {"covered_from": first, "covered_to": self.day_near(term) if odd > 0.8 or odd < 0.1 else "2199-01-01"}

    def hold(self, dates: dict[str, str], term: tuple[str, str]) -> dict[str, Any]:
        """How somebody holds a plan."""
        r = self.r
        begins = min(max(dates["covered_from"], term[0]), str(date.fromisoformat(term[1]) - timedelta(days=1)))
        return dates | {
            "rate_date": term[0] if self.by_start else begins,
            "elected_cents": self.maybe(0.7, r.choice([0, 1_000_000, 1_000_000, 5_555_500, 10**14])),
            "issue": self.maybe(0.04, r.choice([Issue.PLAN_NOT_ACTIVE, Issue.OPTED_OUT, Issue.NOT_ELIGIBLE]), 0),
            "issue_date": self.maybe(
                1 if self.by_start else 0.3, str(date.fromisoformat(begins) - timedelta(days=r.randint(0, 1500))), None
            ),
            "added_date": self.maybe(0.3, begins, None),
            "continuation": self.maybe(0.08, r.choice(list(Continuation))),
            "evidence": self.maybe(0.5, r.choice(list(Evidence))),
            "approved_cents": self.maybe(0.3, r.choice([1_000_000, 4_500_000, 50_000_000, 0])),
            "approved_from": self.maybe(0.3, self.day_near(term) if self.moves else term[self.r.randint(0, 1)], None),
            "is_late": self.maybe(0.08, 1, 0),
        }
