"""Golden folders: small cases worked by hand, through the whole road from file to premium.

What lives here: the evaluator of the arithmetic in each `note.md` (exact fractions, a handful of functions, nothing
else), the check that every expected figure was worked there, and the comparison of the book with the expected sheets
and with the oracle. What does not: a rating rule; the cases themselves are the folders of `tests/golden`.

A line of arithmetic reads ``- `round2(412.36 * 1.397 * 1.2) = 691.28` - words``. A line `Rules: GR-26, ...` at the end
of a note names the rules that the case proves. `made_rates.csv` states the rates that are made from the census.
"""

import ast
import csv
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from rating import methods
from schemas.composite import COMPOSITE_RATE
from services.book import Book
from services.cohort import run_cohort
from services.rating_run import rate_cohort
from tests.made_once import empty_book, made_once
from tests.oracle import Priced, by_member, by_plan, roll_up
from tests.oracle_book import read_book

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime.fromisoformat("2026-01-15T12:00")
ARITHMETIC = re.compile(r"^- `(?P<said>[^`=]+) = (?P<result>[0-9.]+)`", re.MULTILINE)
RULES = re.compile(r"^Rules: (?P<ids>.+)$", re.MULTILINE)
MONEY = ("standard", "prorated", "employer", "employee")
CENTS = frozenset(column.name for column in COMPOSITE_RATE.columns if column.name.endswith("_cents"))

# ------------------------------------------------------------------------------------------------ the arithmetic

FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "round2": lambda x: Fraction(floor(x * 100 + Fraction(1, 2)), 100),
    "round0": lambda x: Fraction(floor(x + Fraction(1, 2))),
    "even2": lambda x: Fraction(round(x * 100), 100),
    "cut2": lambda x: Fraction(floor(x * 100), 100),
    "ceil_to": lambda x, step: -floor(-x / step) * step,
    "min": min,
    "max": max,
}
OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


def worked(said: str) -> Fraction:
    """The exact value of an expression; anything but numbers, + - * / and a handful of functions is refused."""

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int() | float()):
                return Fraction(ast.get_source_segment(said, node) or "")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](value(left), value(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                return FUNCTIONS[name](*(value(a) for a in args))
        raise ValueError(f"not arithmetic: {said}")

    return value(ast.parse(said, mode="eval").body)


def note_of(folder: Path) -> str:
    return (folder / "note.md").read_text(encoding="utf-8")


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def cases() -> list[Any]:
    """Every golden folder, marked with the rules its note names."""
    found = []
    for folder in sorted(p for p in GOLDEN.iterdir() if (p / "note.md").exists()):
        named = RULES.search(note_of(folder))
        marks = [pytest.mark.rule(*(r.strip() for r in named["ids"].split(",")))] if named else []
        found.append(pytest.param(folder, id=folder.name, marks=marks))
    return found


FOLDERS = [pytest.param(c.values[0], id=c.id) for c in cases()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_arithmetic_of_the_note_is_right(folder: Path) -> None:
    lines = ARITHMETIC.findall(note_of(folder))
    wrong = [f"{said} is {worked(said)}, not {result}" for said, result in lines if worked(said) != Fraction(result)]
    assert lines
    assert not wrong


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_line_of_arithmetic_is_read(folder: Path) -> None:
    note = note_of(folder)
    assert len(ARITHMETIC.findall(note)) == sum(line.startswith("- `") for line in note.splitlines())


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_expected_figure_is_a_result_of_the_note(folder: Path) -> None:
    results = {Fraction(result) for _, result in ARITHMETIC.findall(note_of(folder))} | {Fraction(0)}
    figures = {
        (path.name, row["last_name"], row["first_name"], row[name])
        for path in folder.glob("expected_*.csv")
        for row in sheet(path)
        for name in MONEY
    }
    assert not {figure for figure in figures if Fraction(figure[-1]) not in results}


@pytest.mark.parametrize("folder", FOLDERS)
def test_expected_sheets_agree_with_themselves(folder: Path) -> None:
    """Shares add up, and members are the sums of their coverages."""
    for kind in ("", "renewal_"):
        if not (folder / f"expected_{kind}coverage.csv").exists():
            continue
        totals: dict[tuple[str, str], list[Fraction]] = {}
        for row in sheet(folder / f"expected_{kind}coverage.csv"):
            assert Fraction(row["employer"]) + Fraction(row["employee"]) == Fraction(row["prorated"]), row
            sums = totals.setdefault((row["first_name"], row["last_name"]), [Fraction(0)] * len(MONEY))
            totals[row["first_name"], row["last_name"]] = [
                s + Fraction(row[name]) for s, name in zip(sums, MONEY, strict=True)
            ]
        members = sheet(folder / f"expected_{kind}member.csv")
        assert {(m["first_name"], m["last_name"]): [Fraction(m[n]) for n in MONEY] for m in members} == totals


@pytest.mark.parametrize("said", ["__import__('os')", "a + 1", "2 ** 3", "pow(2, 3)", "'1' + '2'", "min(*x)"])
def test_the_evaluator_knows_arithmetic_only(said: str) -> None:
    with pytest.raises((ValueError, SyntaxError)):
        worked(said)


# ------------------------------------------------------------------------------------------------------ the road


def made_rates() -> list[Any]:
    """The cases whose rates are made from the census."""
    return [pytest.param(c.values[0], id=c.id) for c in cases() if (c.values[0] / "made_rates.csv").exists()]


@pytest.mark.parametrize("folder", made_rates())
def test_every_rate_made_from_the_census_is_a_result_of_the_note(folder: Path) -> None:
    results = {Fraction(result) for _, result in ARITHMETIC.findall(note_of(folder))}
    stated = {value for row in sheet(folder / "made_rates.csv") for name, value in row.items() if name in CENTS}
    assert not {value for value in stated if abs(Fraction(value)) not in results}


@pytest.mark.parametrize("folder", made_rates())
def test_rates_made_from_the_census_are_stored_as_worked(folder: Path) -> None:
    book = walked(folder)
    expected = sheet(folder / "made_rates.csv")
    with book.read() as tx:
        found = tx.connection.execute(MADE_RATES)
        names = [d[0] for d in found.description]
        stored = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    said = [{n: dollars(row[n]) if n in CENTS else str(row[n]) for n in expected[0]} for row in stored]
    assert sorted(said, key=str) == sorted(expected, key=str)


def test_every_rating_method_has_a_golden_folder() -> None:
    used = {row["method"] for path in GOLDEN.glob("*/shelf/rate_tables.csv") for row in sheet(path)}
    own = {each.name for each in iter_modules(methods.__path__)}
    assert own - used == set()


def walk(folder: Path, book: Book) -> None:
    """The whole road for a case: shelf, files and current run; then the renewal run where the case has one."""
    run_cohort(book, folder, cohort=folder.name, now=NOW)
    if (folder / "renewal.csv").exists():
        asked = date.fromisoformat(sheet(folder / "renewal.csv")[0]["rating_date"])
        rate_cohort(book, cohort=folder.name, rating_date=asked, now=NOW)


def walked(folder: Path) -> Book:
    """The book of a case after the whole road, to be looked at."""
    made = made_once(f"golden-{folder.name}", lambda place: walk(folder, empty_book(place / "benefits.duckdb")))
    return Book(made / "benefits.duckdb")


def dollars(n: int) -> str:
    return f"{Decimal(n) / 100:.2f}"


COVERAGES = """
    SELECT m.first_name, m.last_name, k.name, p.standard_cents, p.prorated_cents, p.employer_cents, p.employee_cents,
        coalesce(p.issue, ''), coalesce(p.zero_reason, '')
    FROM out.coverage_premium AS p
    JOIN out.current_run AS c ON c.rating_run_id = p.rating_run_id AND c.group_census_id = p.group_census_id
    JOIN book.census_member AS m USING (group_census_member_id)
    JOIN book.contract_plan AS k USING (contract_plan_id)
    WHERE c.kind = $kind
"""
MEMBERS = """
    SELECT m.first_name, m.last_name, p.standard_cents, p.prorated_cents, p.employer_cents, p.employee_cents,
        coalesce(p.issue, '')
    FROM out.member_premium AS p
    JOIN out.current_run AS c ON c.rating_run_id = p.rating_run_id AND c.group_census_id = p.group_census_id
    JOIN book.census_member AS m USING (group_census_member_id)
    WHERE c.kind = $kind
"""


MADE_RATES = """
    SELECT k.name AS plan_name, r.* FROM out.composite_rate AS r
    JOIN (SELECT DISTINCT rating_run_id FROM out.current_run) AS c USING (rating_run_id)
    JOIN book.contract_plan AS k USING (contract_plan_id)
"""


def as_said(row: tuple[Any, ...]) -> tuple[str, ...]:
    """A stored row as the expected sheet writes it."""
    return tuple(dollars(cell) if isinstance(cell, int) else cell for cell in row)


@pytest.mark.parametrize("folder", cases())
def test_the_road_gives_the_worked_premiums(folder: Path) -> None:
    book = walked(folder)
    with book.read() as tx:
        for kind, prefix in (("current", "expected_"), ("renewal", "expected_renewal_")):
            for level, sql in (("coverage", COVERAGES), ("member", MEMBERS)):
                path = folder / f"{prefix}{level}.csv"
                if path.exists():
                    stored = sorted(as_said(r) for r in tx.connection.execute(sql, {"kind": kind}).fetchall())
                    assert stored == sorted(tuple(row.values()) for row in sheet(path)), f"{path.name} of {folder.name}"
        for kind in ("current", "renewal"):
            assert not disagreements(tx.connection, kind)


# ---------------------------------------------------------------------------------------------------- the oracle


def stored_coverages(con: Any, kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Stored rows of the runs of a kind by (member, coverage)."""
    found = con.execute(
        """
        SELECT p.* FROM out.coverage_premium AS p
        JOIN out.current_run AS c ON c.rating_run_id = p.rating_run_id AND c.group_census_id = p.group_census_id
        WHERE c.kind = $kind
        """,
        {"kind": kind},
    )
    names = [d[0] for d in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(r["group_census_member_id"], r["contract_plan_id"]): r for r in rows}


def differences(row: dict[str, Any], p: Priced) -> dict[str, tuple[Any, Any]]:
    """What the book and the oracle say differently of one coverage."""
    pairs = {
        "issue": (row["issue"] or "NONE", p.issue),
        "rule": (row["contribution_rule_id"], p.rule),
        "covered_days": (row["covered_days"], p.covered_days),
        "term_days": (row["term_days"], p.term_days),
        "standard": (row["standard_cents"], p.standard_cents),
        "prorated": (row["prorated_cents"], p.prorated_cents),
        "employer": (row["employer_cents"], p.employer_cents),
        "employee": (row["employee_cents"], p.employee_cents),
    }
    if p.is_rated:
        pairs["period"] = (row["period_cents"], p.period_cents)
        pairs["zero_reason"] = (row["zero_reason"] or "NONE", p.zero_reason)
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


LEVELS = {
    "out.plan_premium": (
        """
        SELECT group_census_member_id, root_plan_id, standard_cents, prorated_cents, employer_cents, employee_cents,
            period_cents, coalesce(issue, 'NONE'), n_coverages, n_unrated
        FROM out.plan_premium JOIN out.current_run USING (rating_run_id, group_census_id) WHERE kind = $kind
        """,
        2,
        by_plan,
    ),
    "out.member_premium": (
        """
        SELECT group_census_member_id, standard_cents, prorated_cents, employer_cents, employee_cents,
            period_cents, coalesce(issue, 'NONE'), n_coverages, n_unrated
        FROM out.member_premium JOIN out.current_run USING (rating_run_id, group_census_id) WHERE kind = $kind
        """,
        1,
        by_member,
    ),
}


def disagreements(con: Any, kind: str) -> dict[Any, Any]:
    """Every coverage, plan and member of the current runs on which the book and the oracle disagree."""
    stored, priced = stored_coverages(con, kind), read_book(con, kind)
    found: dict[Any, Any] = dict.fromkeys(stored.keys() ^ priced.keys(), "only one of the two has it")
    for key in stored.keys() & priced.keys():
        if apart := differences(stored[key], priced[key]):
            found[key] = apart
    for table, (sql, n_keys, level) in LEVELS.items():
        totals = roll_up(priced.values(), level)
        for row in con.execute(sql, {"kind": kind}).fetchall():
            key = row[:n_keys] if n_keys > 1 else row[0]
            total = totals.pop(key, None)
            if total is None or tuple(vars(total).values()) != row[n_keys:]:
                found[table, key] = (row, total)
        found |= {(table, key): "only the oracle has it" for key in totals}
    return found
