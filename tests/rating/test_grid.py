"""Prices made once for each distinct case: the same bytes as without, and only where there are few cases."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import rating
from rating import Result, grid
from rating.chunks import Here
from rating.codes import Axis, Continuation, Issue, MoneyRounding, ZeroReason
from rating.grid import Grid
from rating.prepared import prepare
from tests.random_world import random_world
from tests.rating.builders import World, age_curve, cents
from tests.rating.test_engine import book


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid for every book that may have one, however small."""
    monkeypatch.setattr(grid, "LEAST", 0)
    monkeypatch.setattr(grid, "WORTH", 1e-6)


def grid_of(made: World) -> Grid | None:
    """The grid that a rating of the world reads."""
    return prepare(made.batch(), made.rates(), Here()).grid


def differing(one: Result, other: Result) -> list[str]:
    """Columns that are not the same byte for byte."""
    pairs = {f.name: (getattr(one, f.name), getattr(other, f.name)) for f in fields(Result)}
    return [name for name, (a, b) in pairs.items() if isinstance(a, np.ndarray) and a.tobytes() != b.tobytes()]


def priced(made: World, **settings: Any) -> Result:
    """The world rated on one thread."""
    return made.rate(threads=1, **settings)


def test_a_book_of_every_method_is_priced_alike_with_a_grid_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    made = book(30)
    assert grid_of(made) is None
    without = priced(made)
    monkeypatch.setattr(grid, "LEAST", 0)
    monkeypatch.setattr(grid, "WORTH", 1e-6)
    found = grid_of(made)
    assert found is not None
    assert found.odd is None
    assert {each.axis for each in found.axes} == {Axis.AGE, Axis.TOBACCO, Axis.TIER, Axis.AREA}
    assert (found.filed[:, 1] < 0).any()
    assert differing(priced(made, chunk=50), without) == []


@pytest.mark.parametrize("seed", [0, 10, 26, 43, 55, 61, 81, 94])
def test_odd_random_worlds_are_priced_alike_with_a_grid_and_without(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = random_world(seed, n_families=2)
    without = priced(made)
    monkeypatch.setattr(grid, "LEAST", 0)
    monkeypatch.setattr(grid, "WORTH", 1e-6)
    assert grid_of(made) is not None
    assert differing(priced(made), without) == []


def person(made: World, offer: int, birth: str | None = "1982-01-01", **more: Any) -> int:
    """One covered person; the coverage's row."""
    kept = {name: more.pop(name) for name in ("tobacco", "area", "annual_pay_cents") if name in more}
    return made.hold(made.member(birth_date=birth, **kept), offer, **more)


@pytest.mark.usefixtures("everywhere")
def test_factors_and_the_load_of_continued_cover_are_multiplied_before_the_one_rounding() -> None:
    made = World()
    tobacco = made.table("factor", [({Axis.TOBACCO: 1}, "1.2"), ({}, "1")])
    offer = made.offer(made.table("age_banded", age_curve("412.36"), factors=(tobacco,)))
    rows = [
        person(made, offer),  # 412.36 x 1.397 = 576.06692 at age 44
        person(made, offer, tobacco=1),  # x 1.2 = 691.280304
        person(made, offer, tobacco=1, continuation=Continuation.COBRA),  # x 1.02 = 705.10591008
        person(made, offer, continuation=Continuation.COBRA_DISABILITY),  # 576.06692 x 1.5 = 864.10038
    ]
    assert grid_of(made) is not None
    assert priced(made).period_cents[rows].tolist() == [57_607, 69_128, 70_511, 86_410]


@pytest.mark.usefixtures("everywhere")
def test_half_a_cent_of_a_case_is_rounded_as_its_table_says() -> None:
    made = World()
    up, even = (
        made.offer(made.table("flat", [({}, "10.005")], money_rounding=rounding))
        for rounding in (MoneyRounding.HALF_UP, MoneyRounding.HALF_EVEN)
    )
    rows = [person(made, up), person(made, even)]
    assert priced(made).period_cents[rows].tolist() == [1_001, 1_000]


@pytest.mark.usefixtures("everywhere")
def test_amounts_of_insurance_are_multiplied_by_the_exact_product_and_not_by_rounded_cents() -> None:
    made = World()
    offer = made.offer(made.table("volume", [({}, "0.115")]), increment_cents=cents(1_000), volume_rounding=2)
    rows = [
        person(made, offer, elected_cents=cents(1_000)),  # 0.115
        person(made, offer, elected_cents=cents(3_000)),  # 0.345, not 3 x 0.12
        person(made, offer, elected_cents=0),
        person(made, offer, elected_cents=cents(100_000), continuation=Continuation.COBRA),  # 11.50 x 1.02
    ]
    result = priced(made)
    assert result.period_cents[rows].tolist() == [12, 35, 0, 1_173]
    assert result.zero_reason[rows[2]] == ZeroReason.AMOUNT_DECLINED


@pytest.mark.usefixtures("everywhere")
def test_what_is_missing_is_told_by_its_own_reason_and_a_rate_of_nothing_is_no_gap() -> None:
    made = World()
    area = made.table("factor", [({Axis.AREA: 1}, "1.1"), ({Axis.AREA: 3}, "0")])
    offer = made.offer(made.table("age_banded", [({Axis.AGE: 18}, "20"), ({Axis.AGE: 65}, "0")], factors=(area,)))
    rows = [
        person(made, offer, area=1),
        person(made, offer, area=2),
        person(made, offer, area=-1),
        person(made, offer, area=3),
        person(made, offer, birth=None, area=1),
        person(made, offer, birth="2015-01-01", area=1),
        person(made, offer, birth="1950-01-01", area=1),
        person(made, made.offer()),
    ]
    result = priced(made)
    assert result.period_cents[rows].tolist() == [2_200, 0, 0, 0, 0, 0, 0, 0]
    assert [Issue(each).name for each in result.issue[rows].tolist()] == [
        "NONE",
        "NO_FACTOR",
        "AREA_REQUIRED",
        "NONE",
        "BIRTH_DATE_REQUIRED",
        "NO_RATE",
        "NONE",
        "NO_RATE_TABLE",
    ]
    assert result.zero_reason[[rows[3], rows[6]]].tolist() == [ZeroReason.FILED_ZERO] * 2
    assert result.unit_rate_e6[rows].tolist() == [20_000_000] * 4 + [-1, -1, 0, -1]


@pytest.mark.usefixtures("everywhere")
def test_a_rate_beyond_32_bits_and_a_refused_premium_are_kept_whole() -> None:
    made = World()
    dear, refused = (made.offer(made.table("flat", [({}, rate)])) for rate in ("3000", "1000000.01"))
    rows = [person(made, dear), person(made, refused)]
    result = priced(made)
    assert result.unit_rate_e6[rows].tolist() == [3_000_000_000, 1_000_000_010_000]
    assert result.period_cents[rows].tolist() == [300_000, 0]
    assert result.issue[rows].tolist() == [Issue.NONE, Issue.AMOUNT_OUT_OF_RANGE]


@pytest.mark.usefixtures("everywhere")
def test_a_product_too_long_to_be_exact_is_priced_without_a_grid() -> None:
    made = World()
    factors = tuple(made.table("factor", [({}, "1.0001")]) for _ in range(2))
    offer = made.offer(made.table("flat", [({}, "999.999999")], factors=factors))
    row = person(made, offer)
    assert grid_of(made) is None  # 999,999,999 x 10,001 x 10,001 passes 2 to the 53rd
    assert priced(made).period_cents[row] == 100_020  # 999.999999 x 1.00020001 = 1,000.2000...


@pytest.mark.usefixtures("everywhere")
def test_a_table_with_limits_or_by_pay_is_looked_up_one_by_one_beside_the_grid() -> None:
    made = World()
    plain = made.offer(made.table("age_banded", [({Axis.AGE: 0}, "10"), ({Axis.AGE: 40}, "20")]))
    clamped = made.offer(made.table("age_banded", [({Axis.AGE: 0}, "10"), ({Axis.AGE: 40}, "20")], high={Axis.AGE: 39}))
    by_pay = made.offer(made.table("flat", [({Axis.SALARY: 0}, "5"), ({Axis.SALARY: cents(50_000)}, "7")]))
    rows = [person(made, plain), person(made, plain), person(made, plain), person(made, clamped)]
    rows.append(made.hold(made.member(annual_pay_cents=cents(50_000)), by_pay, continuation=Continuation.COBRA))
    rows.append(person(made, by_pay, annual_pay_cents=-1))
    found = grid_of(made)
    assert found is not None
    assert found.odd is not None
    assert found.odd.tolist() == [False, True, True]
    result = priced(made)
    assert result.period_cents[rows].tolist() == [2_000, 2_000, 2_000, 1_000, 714, 0]  # 7 x 1.02 = 7.14
    assert result.issue[rows].tolist() == [0, 0, 0, 0, 0, Issue.PAY_REQUIRED]


@pytest.mark.usefixtures("everywhere")
def test_rates_of_another_day_than_the_start_of_the_term_are_looked_up_one_by_one() -> None:
    made = World()
    table = made.table("flat", [({}, "10")])
    made.version(table, [({}, "12")], "2026-06-01")
    offer = made.offer(table)
    rows = [person(made, offer), person(made, offer, rate_date="2026-07-01")]
    assert grid_of(made) is not None
    assert priced(made).period_cents[rows].tolist() == [1_000, 1_200]


def test_there_is_a_grid_from_so_many_coverages_on_and_only_where_many_share_a_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = World()
    offer = made.offer(made.table("flat", [({}, "10")]))
    for _ in range(24):
        person(made, offer)
    ready = prepare(made.batch(), made.rates(), Here())
    assert len(ready.terms.kinds) == 1
    monkeypatch.setattr(grid, "LEAST", 24)
    monkeypatch.setattr(grid, "WORTH", 24)
    assert grid.grid_of(ready.recipes, ready.terms, 24) is not None
    assert grid.grid_of(ready.recipes, ready.terms, 23) is None
    monkeypatch.setattr(grid, "WORTH", 25)
    assert grid.grid_of(ready.recipes, ready.terms, 24) is None
    assert rating.rate(made.batch(), made.rates()).period_cents.tolist() == [1_000] * 24
