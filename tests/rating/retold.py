"""A small world of the core's tests (`World`), told again in the oracle's words.

What lives here: codes become names, scaled integers decimals, half-open spans days with both ends included, rows keys.
What does not: a rating rule, on either side.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rating.codes import (
    NONE,
    AgeBasis,
    AgeDate,
    AmountScope,
    Axis,
    BenefitRounding,
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
    ReductionDate,
    ShareKind,
    SpouseAge,
    Strategy,
    TargetKind,
    Tier,
    Tobacco,
    VolumeRounding,
)
from tests.oracle import (
    ANY,
    Benefit,
    Cell,
    Contract,
    Coverage,
    Dates,
    Family,
    Person,
    Plan,
    RateTable,
    Rule,
)
from tests.rating.builders import World

RELATIONSHIPS = ("Self", "Spouse", "Domestic Partner", "Child", "Parent", "Parent-in-law", "Other")
TOBACCO = {Tobacco.SMOKER: "Smoker", Tobacco.NON_SMOKER: "Non-Smoker"}
FORMS = {ShareKind.AMOUNT: "Amount", ShareKind.PERCENTAGE: "Percentage"}
ALL_LINES = -1


def day(value: Any) -> date | None:
    """A day of a world; None where it is unknown."""
    if value is None or str(value) == "NaT":
        return None
    return date.fromisoformat(str(value))


def last_day(value: Any) -> date | None:
    """The last day before a day that ends a span."""
    end = day(value)
    return None if end is None else end - timedelta(days=1)


def code(kind: Any, value: int) -> str | None:
    """The name of a code; None for none."""
    return None if value == NONE else kind(value).name


def known(value: int) -> int | None:
    """A number that is stated."""
    return None if value == NONE else int(value)


def dollars(cents: int) -> Decimal | None:
    """Cents as dollars."""
    return None if cents == NONE else Decimal(int(cents)) / 100


def scaled(value: int, scale: int) -> Decimal | None:
    """A scaled integer as the number it stands for."""
    return None if value == NONE else Decimal(int(value)) / scale


def key_of(axis: Axis, value: int) -> Any:
    """A cell's key as the oracle compares it."""
    if value == NONE:
        return ANY
    if axis == Axis.GENDER:
        return Gender(value).name.title()
    if axis == Axis.TOBACCO:
        return TOBACCO[Tobacco(value)]
    if axis == Axis.TIER:
        return Tier(value).name
    if axis == Axis.RELATIONSHIP:
        return RELATIONSHIPS[value]
    if axis == Axis.SALARY:
        return Decimal(int(value)) / 100
    if axis in (Axis.PARTICIPATION, Axis.FEMALE_PERCENT):
        return Decimal(int(value)) / 10_000
    return int(value)


def plan_key(number: int) -> str:
    """The row of an offer as a key that sorts as the rows do."""
    return f"{number:06d}"


class Retold:
    """Tables, plans, rules and families of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables: dict[int, RateTable] = {}
        self.plans = [self._plan(n) for n in range(len(world.offers))]
        self.rules = [self._rule(n) for n in range(len(world.rules))]

    def table(self, number: int) -> RateTable | None:
        """A rate table, with its factors."""
        if number == NONE:
            return None
        if number not in self.tables:
            self.tables[number] = self._table(number)
        return self.tables[number]

    def _table(self, number: int) -> RateTable:
        row, world = self.world.tables[number], self.world
        cells = [cell for cell in world.cells if cell[0] == number]
        axes = [axis for axis in Axis if any(keys.get(axis, NONE) != NONE for _, _, keys, _ in cells)]
        scale = 10**4 if row["method"] == "factor" else 10**6
        made = [
            Cell(
                date.fromisoformat(since),
                {a.name.lower(): key_of(a, keys.get(a, NONE)) for a in axes},
                scaled(v, scale),
            )
            for _, since, keys, v in cells
        ]
        stated = {(n, since) for n, since, _, _ in cells}
        closing = [s for n, s in world.versions if n == number and (n, s) not in stated]
        made += [Cell(date.fromisoformat(since), {a.name.lower(): ANY for a in axes}, None) for since in closing]
        low, high = row.get("low", {}), row.get("high", {})
        lines = row.get("child_lines", ALL_LINES)
        return RateTable(
            name=str(number),
            method=row["method"],
            axes=tuple(a.name.lower() for a in axes),
            cells=tuple(made),
            period=Period(row["period"]).name,
            age_basis=AgeBasis(row["age_basis"]).name,
            age_date=AgeDate(row.get("age_date", 0)).name,
            spouse_age=SpouseAge(row.get("spouse_age", 0)).name,
            child_age=21 if row["child_age"] == NONE else row["child_age"],
            child_count=3 if row["child_count"] == NONE else row["child_count"],
            child_lines=None if lines == ALL_LINES else frozenset(str(n) for n in range(63) if lines >> n & 1),
            factors=tuple(self._table(n) for n in row["factors"] if n != NONE),
            money_rounding=MoneyRounding(row.get("money_rounding", 0)).name,
            outside=OutsideTable(row.get("outside", 0)).name,
            limits={a.name.lower(): (self._limit(a, low), self._limit(a, high)) for a in Axis if a in low or a in high},
            round_places=tuple(known(n) for n in row.get("round_places", ())),
            base=self.table(row.get("base_table", NONE)),
            is_five_tiered=True,
        )

    def _limit(self, axis: Axis, limits: dict[Axis, int]) -> Any:
        value = limits.get(axis, NONE)
        return None if value == NONE else key_of(axis, value)

    def _plan(self, number: int) -> Plan:
        row, root = self.world.offers[number], self.world.offers[self.world.offers[number]["root"]]
        more = {name: row[name] for name in row}
        return Plan(
            key=plan_key(number),
            root=plan_key(row["root"]),
            product=None if row["product"] == NONE else str(row["product"]),
            root_product=None if root["product"] == NONE else str(root["product"]),
            category=str(root["category"]),
            table=self.table(row["rate_table"]),
            benefit=self._benefit(row),
            proration=Proration(row["proration"]).name,
            proration_end=code(Proration, more.get("proration_end", NONE)),
            proration_change=code(Proration, more.get("proration_change", NONE)),
            proration_newborn=code(Proration, more.get("proration_newborn", NONE)),
            wash_day=more.get("wash_day", 15),
            industry=known(more.get("industry", NONE)),
            label=known(more.get("plan_label", NONE)),
            group_size=known(more.get("group_size", NONE)),
            participation=scaled(more.get("participation_e4", NONE), 10**4),
            required=dollars(more.get("required_cents", NONE)),
            experience=scaled(more.get("experience_e6", NONE), 10**6),
            life_years=scaled(more.get("life_years_e4", NONE), 10**4),
            full_credibility=scaled(more.get("full_credibility_e4", NONE), 10**4),
            priority=more.get("priority", 0),
            strategy=Strategy(more.get("strategy", 0)).name,
        )

    def _benefit(self, row: dict[str, Any]) -> Benefit:
        return Benefit(
            multiple=scaled(row["multiple_e4"], 10**4),
            flat_amount=dollars(row["flat_cents"]),
            increment=dollars(row["increment_cents"]),
            volume_rounding=VolumeRounding(row["volume_rounding"]).name,
            minimum=dollars(row.get("minimum_cents", NONE)),
            maximum=dollars(row["maximum_cents"]),
            pay_multiple_cap=scaled(row.get("pay_multiple_cap_e4", NONE), 10**4),
            employee_percent_cap=scaled(row.get("employee_percent_cap_e4", NONE), 10**4),
            guaranteed_issue=dollars(row["guaranteed_cents"]),
            guaranteed_reduction=self._steps(row.get("guaranteed_reduction", NONE)),
            reduction=self._steps(row["reduction"]),
            reduction_date=ReductionDate(row.get("reduction_date", 0)).name,
            percent=scaled(row["benefit_percent_e4"], 10**4),
            benefit_rounding=BenefitRounding(row["benefit_rounding"]).name,
            maximum_benefit=dollars(row["maximum_benefit_cents"]),
            covered_pay_cap=dollars(row.get("covered_pay_cents", NONE)),
        )

    def _steps(self, number: int) -> tuple[tuple[int, Decimal], ...]:
        return () if number == NONE else tuple((age, Decimal(left)) for age, left in self.world.reductions[number])

    def _rule(self, number: int) -> Rule:
        row = self.world.rules[number]
        target = {
            TargetKind.PLAN: ("plan", plan_key(row["target"])),
            TargetKind.PRODUCT: ("product", str(row["target"])),
            TargetKind.CATEGORY: ("category", str(row["target"])),
            TargetKind.EVERY_PLAN: ("every plan", ""),
        }
        kind = None if row["kind"] == NONE else FORMS.get(row["kind"], ShareKind(row["kind"]).name)
        by_percent = kind not in ("Amount", "DEFINED_CONTRIBUTION")
        return Rule(
            key=f"{number:06d}",
            group_class=f"{row['account']}/{row['class_slot']}",
            target=target[row["target_kind"]],
            kind=kind,
            percent=scaled(row["percent_e4"], 10**4),
            amount=dollars(row["amount_cents"]),
            amount_period=Period(row["amount_period"]).name,
            member_type={NONE: None, MemberType.SUBSCRIBER: "Subscriber", MemberType.DEPENDENT: "Dependent"}[
                row["member_type"]
            ],
            cap=dollars(row["cap_cents"]),
            start=day(row["valid_from"]),
            end=last_day(row["valid_to"]),
            modified=row["rank"],
            scope=AmountScope(row.get("scope", 0)).name,
            grade=code(Grade, row.get("grade", NONE)),
            floor=dollars(row.get("floor_cents", NONE)),
            family_cap=dollars(row.get("family_cap_cents", NONE)),
            reference=None if row.get("reference_offer", NONE) == NONE else self.plans[row["reference_offer"]],
            dependent_percent=scaled(row.get("dependent_percent_e4", NONE), 10**4),
            steps=tuple(
                (self._bound(row["grade"], bound), Decimal(int(value)) / (10**4 if by_percent else 100))
                for bound, value in row.get("steps", ())
            ),
        )

    def _bound(self, grade: int, value: int) -> Any:
        if grade == Grade.TIER:
            return Tier(value).name
        return Decimal(int(value)) / 100 if grade == Grade.SALARY else int(value)

    def person(self, number: int) -> Person:
        """A member; the class is that of the account whose plans the family holds."""
        row = self.world.members[number]
        account = self.account(row["primary"])
        return Person(
            key=str(number),
            relationship=RELATIONSHIPS[row["relationship"]],
            birth_date=day(row["birth_date"]),
            gender=Gender(row["gender"]).name.title(),
            smoker=None if row["tobacco"] == NONE else row["tobacco"] == Tobacco.SMOKER,
            area=known(row["area"]),
            group_class=None if row["class_slot"] == NONE else f"{account}/{row['class_slot']}",
            class_name=known(row["class_label"]),
            annual_pay=dollars(row["annual_pay_cents"]),
            stated_tier=code(Tier, row["stated_tier"]),
            hire_date=day(row.get("hire_date")),
            rank=known(row.get("rank", NONE)),
        )

    def account(self, primary: int) -> int:
        """The account whose plans a family holds."""
        held = [p["offer"] for p in self.world.plans if self.world.members[p["member"]]["primary"] == primary]
        return self.world.offers[held[0]]["account"] if held else 0

    def families(self) -> Iterator[tuple[Contract, Family, list[int]]]:
        """Each family with its contract, and the rows of the coverages it holds, in the order of the family."""
        world = self.world
        for primary in [n for n, row in enumerate(world.members) if row["primary"] == n]:
            people = [n for n, row in enumerate(world.members) if row["primary"] == primary]
            rows = [n for n, c in enumerate(world.coverages) if world.plans[c["plan"]]["member"] in people]
            if not rows:
                continue
            offer = world.offers[world.coverages[rows[0]]["offer"]]
            contract = Contract(day(offer["term_from"]) or date.min, last_day(offer["term_to"]) or date.max)
            held = tuple(self._coverage(n) for n in rows)
            yield contract, Family(tuple(self.person(n) for n in people), held), rows

    def _coverage(self, number: int) -> Coverage:
        row = self.world.coverages[number]
        plan = self.plans[row["offer"]]
        root = plan_key(self.world.plans[row["plan"]]["offer"])
        return Coverage(
            person=str(self.world.plans[row["plan"]]["member"]),
            plan=plan if plan.root == root else replace(plan, root=root),
            elected=dollars(row["elected_cents"]),
            refused=None if not row["issue"] else Issue(row["issue"]).name,
            dates=Dates(*(d or date.min for d in self._days(row))),  # not the age date: the oracle finds it by itself
            issue_date=day(row.get("issue_date")),
            added_date=day(row.get("added_date")),
            continuation=code(Continuation, row.get("continuation", NONE)),
            evidence=code(Evidence, row.get("evidence", NONE)),
            approved=dollars(row.get("approved_cents", NONE)),
            approved_from=day(row.get("approved_from")),
            is_late=bool(row.get("is_late", 0)),
        )

    def _days(self, row: dict[str, Any]) -> list[date | None]:
        return [day(row["covered_from"]), last_day(row["covered_to"]), day(row["rate_date"])]
