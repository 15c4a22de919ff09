"""Small worlds for tests of the core: said in rows, built into columns.

What lives here: `World`, which collects members, offers, tables and rules one by one. What does
not: expected numbers; those stand in the tests, with their arithmetic.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

import numpy as np

import rating
from rating.arrays import COLUMN_DTYPES
from rating.codes import (
    Axis,
    MemberType,
    Period,
    Proration,
    Relationship,
    ShareKind,
    TargetKind,
)
from rating.methods import CODES

START, END = "2026-01-01", "2027-01-01"


def e6(dollars: str | int | Decimal) -> int:
    """Dollars as a filed rate."""
    return int(Decimal(dollars) * 10**6)


def e4(factor: str | int | Decimal) -> int:
    """A factor or multiple as the core stores it."""
    return int(Decimal(factor) * 10**4)


def cents(dollars: str | int | Decimal) -> int:
    """Dollars as cents."""
    return int(Decimal(dollars) * 100)


def percent(whole: str | int) -> int:
    """A percent as the core stores it: 80 is 800,000."""
    return int(Decimal(whole) * 10**4)


def days(*texts: str | np.datetime64 | None) -> np.ndarray:
    """A column of days."""
    return np.array(["NaT" if text is None else str(text) for text in texts], "M8[D]")


OFFER: dict[str, Any] = {
    "account": 0,
    "product": -1,
    "category": 0,
    "n_class_slots": 2,
    "rate_table": -1,
    "proration": Proration.DAILY_TERM,
    "term_from": START,
    "term_to": END,
    "multiple_e4": -1,
    "flat_cents": -1,
    "increment_cents": -1,
    "volume_rounding": 0,
    "maximum_cents": -1,
    "guaranteed_cents": -1,
    "reduction": -1,
    "benefit_percent_e4": -1,
    "benefit_rounding": 0,
    "maximum_benefit_cents": -1,
}
MEMBER: dict[str, Any] = {
    "relationship": Relationship.SELF,
    "birth_date": "1986-05-05",
    "gender": 0,
    "tobacco": 0,
    "area": -1,
    "class_slot": 0,
    "class_label": -1,
    "annual_pay_cents": -1,
    "stated_tier": -1,
}
COVERAGE: dict[str, Any] = {
    "elected_cents": -1,
    "rate_date": START,
    "age_date": START,
    "covered_from": "1900-01-01",
    "covered_to": "2199-01-01",
    "issue": 0,
}
RULE: dict[str, Any] = {
    "account": 0,
    "class_slot": 0,
    "target_kind": TargetKind.PLAN,
    "target": 0,
    "member_type": MemberType.SUBSCRIBER,
    "kind": ShareKind.PERCENTAGE,
    "percent_e4": -1,
    "amount_cents": -1,
    "amount_period": Period.TERM,
    "cap_cents": -1,
    "valid_from": None,
    "valid_to": None,
}


def columns(bundle: type, rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The rows as columns of a bundle's dtypes."""
    built = {}
    for each in fields(bundle):
        if "otherwise" in each.metadata and not any(each.name in row for row in rows):
            continue
        if each.type not in COLUMN_DTYPES:
            continue
        values = [row.get(each.name, each.metadata.get("otherwise")) for row in rows]
        dtype = COLUMN_DTYPES[each.type]
        built[each.name] = days(*values) if dtype.kind == "M" else np.array(values, dtype)
    return built


@dataclass
class World:
    """Everything one rating needs, a row at a time. Each adder returns the row's position."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    cells: list[tuple[int, str, dict[Axis, int], int]] = field(default_factory=list)
    versions: list[tuple[int, str]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    coverages: list[dict[str, Any]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    reductions: list[list[tuple[int, str]]] = field(default_factory=list)

    def table(
        self, method: str, cells: Any = (), since: str = START, factors: tuple[int, ...] = (), **more: Any
    ) -> int:
        """A rate table (cells in dollars) or, with method "factor", a factor table."""
        number = len(self.tables)
        row: dict[str, Any] = {"period": Period.MONTHLY, "age_basis": 0, "child_age": -1, "child_count": -1} | more
        self.tables.append(row | {"method": method, "factors": factors})
        self.version(number, cells, since)
        return number

    def version(self, table: int, cells: Any, since: str) -> None:
        """Another version of a table; with no cells it closes the table."""
        self.versions.append((table, since))
        scale = e4 if self.tables[table]["method"] == "factor" else e6
        for keys, value in cells:
            self.cells.append((table, since, keys, -1 if value is None else scale(value)))

    def offer(self, table: int = -1, root: int | None = None, **more: Any) -> int:
        """A root plan, or a coverage under `root`."""
        number = len(self.offers)
        inherited = {} if root is None else {k: self.offers[root][k] for k in ("account", "n_class_slots", "category")}
        row = OFFER | inherited | {"rate_table": table, "root": number if root is None else root} | more
        self.offers.append(row)
        return number

    def member(self, primary: int | None = None, **more: Any) -> int:
        """A primary, or a dependent of the family added last."""
        number = len(self.members)
        row = MEMBER | {"primary": number if primary is None else primary} | more
        if primary is not None and "class_slot" not in more:
            row["class_slot"] = self.members[primary]["class_slot"]
        self.members.append(row)
        return number

    def hold(self, member: int, root: int, *coverages: int, **more: Any) -> int:
        """A member holds a root plan with these coverages (the root itself if none). First coverage row."""
        first, plan = len(self.coverages), len(self.plans)
        self.plans.append({"member": member, "offer": root})
        for offer in coverages or (root,):
            self.coverages.append(COVERAGE | {"plan": plan, "offer": offer} | more)
        return first

    def rule(self, **more: Any) -> int:
        """A contribution rule; later ones are more recently modified unless they say otherwise."""
        number = len(self.rules)
        self.rules.append(RULE | {"rank": number} | more)
        return number

    def reduction(self, *steps: tuple[int, str]) -> int:
        """An age reduction schedule: (age, percent left)."""
        self.reductions.append(list(steps))
        return len(self.reductions) - 1

    def batch(self) -> rating.Batch:
        """The columns of who holds what."""
        steps = [step for schedule in self.reductions for step in schedule]
        reductions = rating.Reductions(
            start=np.cumsum([0, *map(len, self.reductions)]).astype(np.int32),
            age=np.array([age for age, _ in steps], np.int16),
            percent_left_e4=np.array([percent(left) for _, left in steps], np.int64),
        )
        return rating.Batch(
            rating.Members(**columns(rating.Members, self.members)),
            rating.Plans(**columns(rating.Plans, self.plans)),
            rating.Coverages(**columns(rating.Coverages, self.coverages)),
            rating.Offers(**columns(rating.Offers, self.offers)),
            reductions,
        )

    def rates(self) -> rating.Rates:
        """The tables and rules."""
        return rating.Rates(
            self.rate_tables(),
            rating.ContributionRules(**columns(rating.ContributionRules, self.rules), steps=self._steps()),
        )

    def _steps(self) -> rating.RuleSteps:
        """The steps of graded rules: (lower bound, value) each."""
        of_rules = [rule.get("steps", ()) for rule in self.rules]
        steps = [step for each in of_rules for step in each]
        return rating.RuleSteps(
            start=np.cumsum([0, *map(len, of_rules)]).astype(np.int32),
            lower=np.array([lower for lower, _ in steps], np.int64),
            value=np.array([value for _, value in steps], np.int64),
        )

    def rate_tables(self) -> rating.RateTables:
        """The tables alone."""

        def per_table(name: str, dtype: type) -> np.ndarray:
            return np.array([table[name] for table in self.tables], dtype)

        keys = [[keys.get(axis, -1) for axis in Axis] for _, _, keys, _ in self.cells]
        width = max([4, *(len(table["factors"]) for table in self.tables)])
        factors = [[*table["factors"], *[-1] * width][:width] for table in self.tables]
        methods = [-1 if table["method"] == "factor" else CODES.index(table["method"]) for table in self.tables]
        return rating.RateTables.build(
            method=np.array(methods, np.int8),
            period=per_table("period", np.int8),
            age_basis=per_table("age_basis", np.int8),
            child_age=per_table("child_age", np.int16),
            child_count=per_table("child_count", np.int16),
            factor_tables=np.array(factors, np.int32).reshape(-1, width),
            cell_table=np.array([cell[0] for cell in self.cells], np.int32),
            cell_from=days(*(cell[1] for cell in self.cells)),
            keys=np.array(keys, np.int64).reshape(-1, len(Axis)),
            value=np.array([cell[3] for cell in self.cells], np.int64),
            version_table=np.array([table for table, _ in self.versions], np.int32),
            version_from=days(*(since for _, since in self.versions)),
            settings=self._settings(),
        )

    def _settings(self) -> rating.TableSettings:
        """Settings that at least one table states; the others keep their defaults."""
        n = len(self.tables)
        plain = {"age_date": 0, "spouse_age": 0, "money_rounding": 0, "outside": 0, "child_lines": -1, "base_table": -1}
        wide = {"child_lines": np.int64, "base_table": np.int32}
        built: dict[str, Any] = {
            name: np.array([table.get(name, default) for table in self.tables], wide.get(name, np.int8))
            for name, default in plain.items()
            if any(name in table for table in self.tables)
        }
        for name in ("low", "high"):  # {axis: value} of a table
            if any(name in table for table in self.tables):
                built[name] = np.full((len(Axis), n), -1, np.int64)
                for row, table in enumerate(self.tables):
                    for axis, value in table.get(name, {}).items():
                        built[name][axis, row] = value
        if any("round_places" in table for table in self.tables):  # places after the rate and after each factor
            width = 1 + max([4, *(len(table["factors"]) for table in self.tables)])
            rows = [[*table.get("round_places", ()), *[-1] * width][:width] for table in self.tables]
            built["round_places"] = np.array(rows, np.int8)
        return rating.TableSettings(**built)

    def rate(self, **settings: Any) -> rating.Result:
        """Rate it."""
        return rating.rate(self.batch(), self.rates(), **settings)


_FROM_15 = """
    0.833 0.859 0.885 0.913 0.941 0.970 1.000 1.000 1.000 1.000 1.004 1.024 1.048 1.087 1.119 1.135 1.159 1.183
    1.198 1.214 1.222 1.230 1.238 1.246 1.262 1.278 1.302 1.325 1.357 1.397 1.444 1.500 1.563 1.635 1.706 1.786
    1.865 1.952 2.040 2.135 2.230 2.333 2.437 2.548 2.603 2.714 2.810 2.873 2.952 3.000
"""
CURVE = dict.fromkeys(range(15), "0.765") | dict(enumerate(_FROM_15.split(), 15))
"""The federal default age curve of 2018 and later (CMS), age to factor."""


def age_curve(base: str) -> list[tuple[dict[Axis, int], Decimal]]:
    """Cells of a base rate at each age of the federal curve."""
    return [({Axis.AGE: age}, Decimal(base) * Decimal(factor)) for age, factor in CURVE.items()]
