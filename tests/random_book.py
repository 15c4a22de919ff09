"""Random small books, written straight into the tables: odd terms, odd tables, missing facts.

What lives here: a seeded generator of rows that a shelf and a census could have left in the book, strange but lawful.
It leaves the loaders aside on purpose, so that the gathering and the core meet combinations no tidy sample has.
What does not: any price; the oracle and the core give theirs (`tests.test_random_books`).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zlib import crc32

import pyarrow as pa

from schemas import TABLES

NOW = datetime.fromisoformat("2026-01-15T12:00")
METHODS = (
    *("flat", "age_banded", "age_curve", "child_capped", "composite_tier", "volume", "covered_pay", "weekly_benefit"),
    *("children_flat", "flat_per_employee", "monthly_benefit", "percent_of_pay", "supplemental_life", "worksite"),
    *("aca_composite", "average_age", "composite_solved", "experience_blend", "summary_based"),
)
"""All that a book can carry; each contract draws some."""
TYPES = ("Medical", "Dental", "Vision", "Life", "STD", "LTD", "Supplemental Life")
TERMS = (
    (date(2026, 1, 1), date(2026, 12, 31)),
    (date(2026, 3, 15), date(2027, 3, 14)),
    (date(2026, 1, 15), date(2026, 7, 20)),
    (date(2025, 8, 31), date(2026, 5, 30)),
    (date(2024, 2, 29), date(2026, 2, 27)),
    (date(2025, 7, 1), date(2027, 6, 30)),
)
TIERS = (("EE", "ES", "E1C", "ECN", "FAM"), ("EE", "ES", "EC", "FAM"), ("EE", "EE+1", "FAM"), ("EE", "FAM"))
AXES: dict[str, Callable[[Random], tuple[str, ...]]] = {
    "age": lambda r: tuple(str(a) for a in sorted(r.sample(range(75), r.randint(1, 6)))),
    "salary": lambda r: tuple(str(a) for a in sorted(r.sample(range(0, 120_000, 5000), r.randint(1, 3)))),
    "gender": lambda r: ("Male", "Female"),
    "tobacco": lambda r: ("Smoker", "Non-Smoker"),
    "tier": lambda r: r.choice(TIERS),
    "area": lambda r: ("1", "2"),
    "class": lambda r: ("Staff", "Managers"),
    "relationship": lambda r: ("Self", "Spouse", "Child"),
}
FIRST_AXES = {"composite_tier": ["tier"], "composite_solved": ["tier"], "age_banded": ["age"]}
NEVER = {"aca_composite": ["tobacco"], "age_curve": ["age"], "composite_solved": list(AXES)}
"""Axes that a method leaves to a factor; composite ratios are of the tier and of facts of the group."""


def fill(con: Any, seed: int, n_families: int = 40) -> list[str]:
    """Write a book of a few contracts; the ids of its censuses."""
    made = _Maker(Random(seed))
    for number, term in enumerate(TERMS):
        made.contract(f"{number}", term, n_families // len(TERMS) + 1)
    write(con, made.rows)
    return [row["group_census_id"] for row in made.rows["book.group_census"]]


def write(con: Any, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Insert rows by table; what a row says nothing of is null, or blank where the table asks for something."""
    for name, rows in tables.items():
        table = TABLES[name]
        blank = {c.name: _blank(c) if c.required else None for c in table.columns}
        whole = [blank | {k: v for k, v in row.items() if v is not None} for row in rows]
        con.register("made_rows", pa.Table.from_pylist(whole, schema=table.arrow_schema()))
        con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made_rows")
        con.unregister("made_rows")


def _blank(column: Any) -> Any:
    """A value for a required column that the case says nothing of."""
    return {"VARCHAR": "", "BOOLEAN": False, "TIMESTAMP": NOW, "DATE": NOW.date(), "VARCHAR[]": []}.get(
        column.sql_type, 0
    )


def _product_category(product: str) -> str | None:
    """The category of a product of the host's, by its id alone."""
    return (None, "Y1", "Y2")[crc32(product.encode()) % 3]


def _of_category(rule: str, plan: Mapping[str, Any]) -> dict[str, str | None]:
    """What a rule names of the kind of a plan: the type of its product, the category of its root's, or both."""
    category = _product_category(f"D{plan['root_plan_id']}")
    way = crc32(rule.encode()) % 3 if category is not None else 0
    return {"category": None if way == 1 else plan["plan_type"], "product_category_id": category if way else None}


class _Maker:
    """Rows by table, made contract by contract."""

    def __init__(self, random: Random) -> None:
        self.r = random
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.add("ref.rating_area", state="TX", postal_prefix="750", rating_area="1", effective_from=date(2020, 1, 1))
        self.add("ref.rating_area", state="TX", postal_prefix="75001", rating_area="2", effective_from=date(2020, 1, 1))
        self.add("ref.rating_area", state="TX", postal_prefix="75001", rating_area="1", effective_from=date(2026, 2, 1))

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def maybe(self, chance: float, value: Any) -> Any:
        return value if self.r.random() < chance else None

    def day_in(self, start: date, end: date, margin: int = 60) -> date:
        return start + timedelta(days=self.r.randint(-margin, (end - start).days + margin))

    def contract(self, tag: str, term: tuple[date, date], n_families: int) -> None:
        r, start, end = self.r, *term
        self.add(
            "book.account",
            account_id=f"A{tag}",
            account_number=tag,
            state="TX",
            postal_code=r.choice(["75001", "75024", "99999", None]),
        )
        self.add(
            "book.contract",
            contract_id=f"K{tag}",
            account_id=f"A{tag}",
            contract_number=tag,
            start_date=start,
            end_date=end,
            rating_area=r.choice(["1", "2", "9", None]),
        )
        self.add(
            "book.group_census",
            group_census_id=f"C{tag}",
            contract_id=f"K{tag}",
            account_id=f"A{tag}",
            name=tag,
            type="Enrollment",
            census_version=1,
        )
        classes = [f"G{tag}S", f"G{tag}M"]
        for key, name in zip(classes, ("Staff", "Managers"), strict=True):
            self.add(
                "book.group_class",
                group_class_id=key,
                account_id=f"A{tag}",
                name=name,
                effective_start_date=self.maybe(0.2, start + timedelta(days=r.randint(-30, 2))),
                effective_end_date=self.maybe(0.2, end + timedelta(days=r.randint(-2, 30))),
            )
        methods = r.sample(METHODS, 7)
        plans = [p for number, method in enumerate(methods) for p in self.plan(f"{tag}{number}", tag, method, term)]
        for number in range(40):
            self.rule(f"{tag}R{number:02d}", r.choice(classes), plans, term)
        for number in range(n_families):
            self.family(f"{tag}{number:03d}", tag, [*classes, None], plans, term)

    def plan(self, key: str, contract: str, method: str, term: tuple[date, date]) -> list[dict[str, Any]]:
        """A root plan with up to three coverages, each with a product and perhaps a table of its own."""
        r, kind, made = self.r, self.r.choice(TYPES), []
        n_coverages = r.choice([0, 0, 1, 2, 3])
        for number in range(n_coverages + 1):
            own = f"P{key}{number}"
            row = {
                "contract_plan_id": own,
                "contract_id": f"K{contract}",
                "plan_code": own,
                "name": own,
                "parent_plan_id": f"P{key}0" if number else None,
                "root_plan_id": f"P{key}0",
                "product_id": f"D{own}",
                "plan_type": kind,
                "is_optional": r.random() < 0.4,
                "status": "Inactive" if r.random() < 0.04 else "Active",
                "effective_start_date": self.maybe(0.1, term[0] + timedelta(days=r.randint(-30, 60))),
                "effective_end_date": self.maybe(0.1, term[1] - timedelta(days=r.randint(-30, 60))),
                "proration_method": r.choice(["DAILY_TERM", "DAILY_TERM", "NONE"]),
                "rate_basis_date": r.choice(["EFFECTIVE_DATE", "CONTRACT_START"]),
            }
            made.append(row)
            self.add("book.contract_plan", **row)
            category = _product_category(f"D{own}")
            self.add(
                "book.product", product_id=f"D{own}", product_code=f"D{own}", name=own, product_type=kind,
                product_category_id=category,
            )  # fmt: skip
            if r.random() < 0.1:
                self.add("book.contract_plan_class", contract_plan_id=own, group_class_id=f"G{contract}M")
            self.benefit(own, method)
            if number or not n_coverages or r.random() < 0.5:
                self.rate_table(own, method)
        return made

    def benefit(self, plan: str, method: str) -> None:
        r = self.r
        said: dict[str, str | None]
        if method == "experience_blend":
            said = {"ExperienceRate": self.maybe(0.8, r.choice(["541.2", "0.000001", "12"]))}
            said["LifeYears"] = self.maybe(0.9, r.choice(["0", "160", "12.3457"]))
            said["FullCredibilityLifeYears"] = self.maybe(0.9, r.choice(["1000", "160", "7"]))
        elif method == "composite_solved":
            said = {"RequiredPremium": self.maybe(0.5, r.choice(["1000", "49999.99"]))}
        elif method in ("volume", "supplemental_life", "worksite") or (method == "average_age" and r.random() < 0.4):
            said = r.choice(
                [
                    {"BenefitMultiple": r.choice(["1", "1.5", "2"])},
                    {"BenefitFlatAmount": r.choice(["25000", "10500", "300"])},
                    {"BenefitIncrement": "10000"},
                ]
            )
            said["VolumeRounding"] = self.maybe(0.5, r.choice(["UP_1000", "NEAREST_1000", "NONE"]))
            said["BenefitMaximum"] = self.maybe(0.4, r.choice(["50000", "100500"]))
            said["GuaranteedIssueAmount"] = self.maybe(0.3, r.choice(["40000", "90000"]))
            said["AgeReductionSchedule"] = self.maybe(0.4, r.choice(["65:65;70:50", "50:92.5;60:65;70:40"]))
        elif method in ("weekly_benefit", "covered_pay", "monthly_benefit", "percent_of_pay"):
            said = {"BenefitPercent": self.maybe(0.75, r.choice(["60", "66.67", "0"]))}
            said["BenefitFlatAmount"] = self.maybe(0.2, r.choice(["250", "404.5"]))
            said["BenefitRounding"] = self.maybe(0.6, r.choice(["NEAREST_1", "UP_10", "NONE"]))
            said["MaximumBenefit"] = self.maybe(0.6, r.choice(["1000", "1005", "6000"]))
        else:
            return
        for name, value in said.items():
            if value is not None:
                self.add("book.contract_plan_attribute", contract_plan_id=plan, attribute_name=name, value=value)

    def rate_table(self, plan: str, method: str) -> None:
        r = self.r
        if r.random() < 0.04:
            return
        self.priced(f"T{plan}", method)
        by_plan = r.random() < 0.3
        self.add(
            "ref.rate_table_plan",
            rate_table_id=f"T{plan}",
            contract_plan_id=plan if by_plan else None,
            product_id=None if by_plan else f"D{plan}",
        )

    def priced(self, key: str, method: str) -> None:
        """A rate table with its factors; composite ratios perhaps with the table that prices each member."""
        r, first = self.r, FIRST_AXES.get(method, [])
        others = [axis for axis in AXES if axis not in (*first, *NEVER.get(method, ()))]
        axes = [*first, *r.sample(others, min(len(others), r.choice([0, 0, 1, 2])))]
        factors = [f"F{key[1:]}{n}" for n in range(r.choice([0, 0, 1, 2, 4]))]
        if method == "composite_solved":
            base = self.maybe(0.6, f"B{key[1:]}")
            if base:
                self.priced(base, r.choice(["flat", "age_banded", "child_capped"]))
                self.rows["ref.rate_table"][-1]["rate_period"] = "MONTHLY"
            self.table(key, method, axes, [], 3)
            self.rows["ref.rate_table"][-1] |= {"rate_period": "MONTHLY", "base_table": base}
            return
        if method == "age_curve":
            factors = [*factors, f"F{key[1:]}A"]
            self.table(factors[-1], "factor", ["age"], [], 4)
            if all(row["keys"] == [""] for row in self.rows["ref.rate_cell"] if row["rate_table_id"] == factors[-1]):
                self.cell(factors[-1], date(2024, 1, 1), ["40"], Decimal("1.25"))  # a curve without an age is refused
        for name in factors[: len(factors) - (method == "age_curve")]:
            self.table(name, "factor", r.sample(list(AXES), r.choice([0, 1, 2])), [], 4)
        self.table(key, method, axes, factors, 3)

    def table(self, key: str, method: str, axes: list[str], factors: list[str], places: int) -> None:
        r = self.r
        self.add(
            "ref.rate_table",
            rate_table_id=key,
            name=key,
            method=method,
            rate_unit="USD",
            rate_period=r.choice(["MONTHLY", "MONTHLY", "ANNUAL", "TERM"]),
            age_basis=r.choice(["LAST_BIRTHDAY", "LAST_BIRTHDAY", "NEAREST_BIRTHDAY", "YEAR_ONLY"]),
            age_date=r.choice(["PLAN_ANNIVERSARY", "PLAN_ANNIVERSARY", "JAN_1", "ATTAINED"]),
            child_age=r.choice([None, None, 19, 24]),
            child_count=r.choice([None, 0, 1, 1, 2]),
            axes=axes,
            factor_tables=factors,
            citation="random",
        )
        for version in sorted(r.sample([date(2024, 1, 1), date(2026, 1, 1), date(2026, 4, 1)], r.randint(1, 3))):
            if version > date(2024, 1, 1) and r.random() < 0.05:
                self.cell(key, version, [""] * len(axes), None)
                continue
            self.version(key, version, axes, places, "factor" if method == "factor" else "rate")

    def version(self, key: str, version: date, axes: list[str], places: int, kind: str) -> None:
        r = self.r
        wild = r.choice([None, None, *[a for a in axes if a not in ("age", "salary", "tier")]])
        grid: list[list[str]] = [[]]
        for axis in axes:
            values = ("*",) if axis == wild else AXES[axis](r)
            grid = [[*keys, value] for keys in grid for value in values]
        holes = r.choice([0, 0.03, 0.3])
        made = [keys for keys in grid if r.random() >= holes or len(grid) == 1] or grid[:1]
        # Some more with wildcards here and there, and with bounds that the others do not have.
        for keys in r.sample(grid, min(len(grid), r.choice([0, 0, 1, 4]))):
            made.append([("*" if r.random() < 0.4 else key) for key in keys])
            made.append(
                [
                    (str(int(key) + 1) if a in ("age", "salary") and key != "*" else key)
                    for a, key in zip(axes, keys, strict=True)
                ]
            )
        unit = r.choice([1, 1, 1, 1, 5_000, 200_000])
        for keys in [list(keys) for keys in dict.fromkeys(map(tuple, made))]:
            scale = 10**places
            amount = r.randint(scale // 2, 2 * scale) if kind == "factor" else r.randint(1, 400 * scale) * unit
            amount = r.randint(1, 9) if kind != "factor" and r.random() < 0.02 else amount
            closed, free = r.random() < 0.03, r.random() < 0.02
            self.cell(key, version, keys, None if closed else Decimal(0 if free else amount) / scale)

    def cell(self, key: str, version: date, keys: list[str], rate: Decimal | None) -> None:
        self.add("ref.rate_cell", rate_table_id=key, effective_from=version, keys=keys, rate=rate)

    def rule(self, key: str, group_class: str, plans: list[dict[str, Any]], term: tuple[date, date]) -> None:
        r, plan = self.r, self.r.choice(plans)
        target = r.choice(["contract_plan_id", "product_id", "category"])
        kind = r.choice(["Amount", "Percentage", "Percentage", None])
        self.add(
            "ref.contribution_rule",
            contribution_rule_id=key,
            group_class_id=group_class,
            name=key,
            type=kind,
            amount_cents=r.choice([None, 2500, 10_000, 123_456]) if kind == "Amount" else None,
            percentage=r.choice([None, Decimal(50), Decimal("33.3333"), Decimal(100)])
            if kind == "Percentage"
            else None,
            amount_period=r.choice(["TERM", "MONTHLY"]),
            member_type=r.choice(["Subscriber", "Dependent", None]),
            cap_cents=self.maybe(0.2, 50_000),
            effective_start_date=self.maybe(0.3, term[0] + timedelta(days=r.randint(-30, 2))),
            effective_end_date=self.maybe(0.3, term[1] + timedelta(days=r.randint(-2, 900))),
            modified_at=NOW + timedelta(days=r.randint(1, 3)),
            **(_of_category(key, plan) if target == "category" else {target: plan[target]}),
        )

    def family(
        self, key: str, contract: str, classes: list[Any], plans: list[dict[str, Any]], term: tuple[date, date]
    ) -> None:
        r = self.r
        relations = ["Self"]
        if r.random() < 0.6:
            others = [*["Child"] * 7, "Spouse", "Spouse", "Domestic Partner", "Parent", "Other"]
            relations += r.choices(others, k=r.randint(1, 5))
        group_class, stated = r.choice(classes), None
        if len(relations) == 1:
            stated = self.maybe(0.2, r.choice(TIERS[0]))
        first = f"M{key}00"
        held = r.sample(plans, r.randint(1, 5))
        for number, relation in enumerate(relations):
            self.member(f"M{key}{number:02d}", first, contract, relation, group_class, stated, term)
            chosen = {p["contract_plan_id"] for p in held if number == 0 or r.random() < 0.8}
            for plan in sorted(chosen):
                self.add(
                    "book.member_plan",
                    member_plan_id=f"S{key}{number:02d}{plan}",
                    group_census_member_id=f"M{key}{number:02d}",
                    group_census_id=f"C{contract}",
                    contract_plan_id=plan,
                    name=plan,
                    elected_amount_cents=self.maybe(0.7, r.choice([0, 1_000_000, 1_000_000, 5_555_500, 10**13])),
                )

    def member(
        self, key: str, first: str, contract: str, relation: str, group_class: Any, stated: Any, term: tuple[date, date]
    ) -> None:
        r = self.r
        oldest = 24 if relation == "Child" else 75
        youngest = 0 if relation == "Child" else 18
        born = date(2026, 1, 1) - timedelta(days=r.randint(youngest * 365, oldest * 365))
        if r.random() < 0.1:
            born = date(r.choice([1960, 1988, 2004, 2008]), 2, 29)
        elif relation == "Child" and r.random() < 0.1:
            born = self.day_in(*term)
        pay = r.choice([0, 10**12, 10**12 + 1, 9 * 10**15]) if r.random() < 0.05 else r.randint(0, 15_000_000)
        self.add(
            "book.census_member",
            group_census_member_id=key,
            group_census_id=f"C{contract}",
            name=key,
            first_name=key,
            last_name=key,
            association="Spouse" if relation == "Domestic Partner" else relation,
            relationship=relation,
            primary_member_id=None if key == first else first,
            family_id=first,
            group_class_id=group_class,
            birth_date=self.maybe(0.95, born),
            gender=r.choice(["Male", "Female", "Unknown", None]),
            smoker_status=r.choice(["Smoker", "Non-Smoker", None]),
            annual_salary_cents=self.maybe(0.9, pay) if relation == "Self" or r.random() < 0.5 else None,
            termination_date=self.maybe(0.05, self.day_in(*term)),
            policy_start_date=self.maybe(0.2, self.day_in(*term)),
            policy_end_date=self.maybe(0.1, self.day_in(*term)),
            stated_tier=stated,
            is_opt_out_all_plans=r.random() < 0.03,
            opt_out_plan_types=self.maybe(0.08, "; ".join(r.sample(TYPES, 2)).upper()),
        )
