"""Looking a rate up: bands, versions, wildcards, gaps, and many tables at once."""

from typing import Any

import numpy as np
import pytest

from rating.codes import Axis, Issue, OutsideTable, ZeroReason
from rating.layout import NO_CELL, RatesError
from rating.methods import CODES
from rating.table_rules import check_tables
from rating.tables import RateTables
from tests.rating.builders import World, cents, days

AGE, TOBACCO, AREA, SALARY = Axis.AGE, Axis.TOBACCO, Axis.AREA, Axis.SALARY


def look_up(
    tables: RateTables, table: list[int], on: list[str] | str = "2026-01-01", **facts: list[int]
) -> list[float | None]:
    """Rates in dollars by table, date and facts (codes; -1 unknown), None where there is no cell."""
    n = len(table)
    on = [on] * n if isinstance(on, str) else on

    def slots(axis: Axis) -> np.ndarray:
        codes = np.array(facts.get(axis.name.lower(), [-1] * n), np.intp)
        return codes if axis == SALARY else codes + 1

    cells = tables.look_up(np.array(table, np.intp), days(*on).view(np.int64), slots)
    return [None if cell == NO_CELL else cell / 1e6 for cell in cells.tolist()]


@pytest.mark.rule("GR-23")
def test_a_band_begins_at_its_bound_and_the_last_is_open() -> None:
    made = World()
    made.table("volume", [({AGE: 18}, "1"), ({AGE: 25}, "2"), ({AGE: 30}, "3")])
    found = look_up(made.rate_tables(), [0] * 8, age=[0, 17, 18, 24, 25, 29, 30, 126])
    assert found == [None, None, 1, 1, 2, 2, 3, 3]


def test_pay_is_a_band_too() -> None:
    made = World()
    made.table("flat", [({SALARY: 0}, "1"), ({SALARY: cents(50_000)}, "2")])
    made.table("flat", [({SALARY: cents(10)}, "3")])
    pay = [0, cents(50_000) - 1, cents(50_000), -1, 999, 1_000]
    assert look_up(made.rate_tables(), [0, 0, 0, 0, 1, 1], salary=pay) == [1, 1, 2, None, None, 3]


@pytest.mark.rule("GR-22")
def test_a_version_holds_from_its_date_until_the_next_and_an_empty_one_closes_the_table() -> None:
    made = World()
    made.table("flat", [({}, "1")], since="2026-01-01")
    made.version(0, [({}, "2")], since="2026-07-01")
    made.version(0, [], since="2027-01-01")
    made.version(0, [({}, "3")], since="2028-01-01")
    made.table("flat", [({}, "9")], since="1969-12-31")
    on = [
        "2025-12-31",
        "2026-01-01",
        "2026-06-30",
        "2026-07-01",
        "2026-12-31",
        "2027-01-01",
        "2028-01-01",
        "1969-12-31",
        "1969-12-30",
    ]
    found = look_up(made.rate_tables(), [0] * 7 + [1] * 2, on)
    assert found == [None, 1, 1, 2, 2, None, 3, 9, None]


def test_a_new_version_inherits_nothing_from_the_one_before() -> None:
    made = World()
    made.table("flat", [({AREA: 1}, "1"), ({AREA: 2}, "2")])
    made.version(0, [({AREA: 1}, "5")], since="2027-01-01")
    assert look_up(made.rate_tables(), [0, 0], "2027-01-01", area=[1, 2]) == [5, None]


@pytest.mark.rule("GR-23")
def test_an_exact_key_beats_a_wildcard_and_a_wildcard_serves_unlisted_and_unknown_codes() -> None:
    made = World()
    made.table("flat", [({AREA: 3}, "3"), ({AREA: 7}, "7"), ({}, "1")])
    made.table("flat", [({AREA: 3}, "30")])
    found = look_up(made.rate_tables(), [0] * 7 + [1] * 3, area=[3, 7, 5, 2, 99, -1, 0, 3, 4, -1])
    assert found == [3, 7, 1, 1, 1, 1, 1, 30, None, None]


def test_the_cell_with_more_exact_keys_wins_and_on_a_draw_the_earlier_axis() -> None:
    made = World()
    made.table("flat", [({AREA: 1, TOBACCO: 1}, "4"), ({AREA: 1}, "2"), ({TOBACCO: 1}, "3"), ({}, "1")])
    found = look_up(made.rate_tables(), [0] * 4, area=[1, 1, 2, 2], tobacco=[1, 0, 1, 0])
    assert found == [4, 2, 3, 1]
    made = World()
    made.table("flat", [({AREA: 1}, "2"), ({TOBACCO: 1}, "3")])
    assert look_up(made.rate_tables(), [0] * 2, area=[1, 1], tobacco=[1, 0]) == [3, 2]


def test_bands_filed_for_some_keys_only_do_not_cut_the_bands_of_others() -> None:
    made = World()
    smoker = [({AGE: age, TOBACCO: 1}, age) for age in (18, 40)]
    others = [({AGE: age, TOBACCO: 0}, age) for age in (20, 30, 50, 60)]
    made.table("flat", smoker + others)
    ages = [17, 18, 25, 35, 40, 55, 99]
    tables = made.rate_tables()
    assert look_up(tables, [0] * 7, age=ages, tobacco=[1] * 7) == [None, 18, 18, 18, 40, 40, 40]
    assert look_up(tables, [0] * 7, age=ages, tobacco=[0] * 7) == [None, None, 20, 30, 30, 50, 60]


def test_a_closed_cell_is_filled_by_neither_the_band_below_nor_a_wildcard() -> None:
    made = World()
    made.table("flat", [({AGE: 0}, "1"), ({AGE: 30}, None), ({AGE: 40}, "4"), ({}, "9")])
    assert look_up(made.rate_tables(), [0] * 4, age=[29, 30, 40, -1]) == [1, None, 4, 9]


@pytest.mark.rule("GR-23")
def test_two_rates_for_the_same_keys_on_one_date_are_refused() -> None:
    made = World()
    made.table("flat", [({AGE: 30}, "1")])
    made.table("flat", [({AGE: 30}, "1"), ({AGE: 30}, "2")])
    with pytest.raises(RatesError, match="Rate table 1 states two rates"):
        made.rate_tables()


def test_a_key_outside_its_axis_is_refused() -> None:
    made = World()
    made.table("flat", [({AGE: 30}, "1"), ({AGE: 127}, "2")])
    with pytest.raises(RatesError, match="age is 127"):
        made.rate_tables()


def test_a_factor_table_that_is_none_is_refused() -> None:
    made = World()
    made.table("flat", [({}, "1")], factors=(1,))
    made.table("flat", [({}, "1")])
    with pytest.raises(RatesError, match="factor table"):
        made.rate_tables()


def test_a_grid_by_age_and_pay_with_a_hole_has_no_rate_there() -> None:
    made = World()
    made.table(
        "flat",
        [({AGE: 30, SALARY: 0}, "1"), ({AGE: 30, SALARY: 500}, "2"), ({AGE: 40, SALARY: 0}, "3")],
    )
    made.table("flat", [({AGE: 30, SALARY: 0}, "1"), ({AGE: 40, SALARY: 500}, "2"), ({}, "9")])
    ages, pays = [29, 30, 39, 40, 40, 99], [600, 0, 600, 499, 500, 600]
    # Neither the rate of lower pay nor that of a lower age stands in for the missing one.
    assert look_up(made.rate_tables(), [0] * 6, age=ages, salary=pays) == [None, 1, 2, 3, None, None]
    assert look_up(made.rate_tables(), [1] * 6, age=ages, salary=pays) == [9, 1, 9, 9, 2, 2]


def test_bounds_of_wildcard_cells_do_not_cut_the_bands_of_exact_ones() -> None:
    made = World()
    made.table("flat", [({AGE: 18, TOBACCO: 1}, "5"), ({AGE: 0}, "1"), ({AGE: 40}, "2"), ({TOBACCO: 1}, "7")])
    ages = [10, 18, 40, 10, 40, -1, -1]
    found = look_up(made.rate_tables(), [0] * 7, age=ages, tobacco=[1, 1, 1, 0, 0, 1, 0])
    assert found == [1, 5, 5, 1, 2, 7, None]


def test_the_earlier_axis_wins_among_as_many_keys_and_more_keys_win_over_fewer() -> None:
    made = World()
    made.table("flat", [({AGE: 30}, "1"), ({AREA: 1}, "2"), ({AREA: 1, TOBACCO: 1}, "3")])
    found = look_up(made.rate_tables(), [0] * 4, age=[30, 30, 29, 29], area=[1] * 4, tobacco=[0, 1, 0, 1])
    assert found == [1, 3, 2, 3]


def brute_force(cells: list, table: int, on: str, facts: dict[Axis, int]) -> float | None:
    """One row by the rules in words: the version in force, grid by grid of bands, the one with most keys first."""
    versions = [since for number, since, _, _ in cells if number == table and since <= on]
    grids: dict[tuple[Axis, ...], list] = {}
    for number, since, keys, value in cells:
        exact = [axis for axis in keys if axis not in (AGE, SALARY)]
        if number == table and since == max(versions, default="") and all(facts[a] == keys[a] for a in exact):
            grids.setdefault(tuple(sorted(keys)), []).append((keys, value))
    for axes in sorted(grids, key=lambda axes: (-len(axes), axes)):
        at = {}
        for axis in {AGE, SALARY} & set(axes):
            at[axis] = max((keys[axis] for keys, _ in grids[axes] if keys[axis] <= facts[axis]), default=None)
        for keys, value in grids[axes]:
            if all(keys[axis] == bound for axis, bound in at.items()):
                return None if value < 0 else value / 1e6
    return None


def test_many_tables_of_different_axes_are_looked_up_together_as_one_by_one() -> None:
    rng = np.random.default_rng(7)
    made = World()
    axes = [AGE, Axis.GENDER, TOBACCO, Axis.TIER, AREA, Axis.CLASS, Axis.RELATIONSHIP, SALARY]
    highest = {
        AGE: 90,
        Axis.GENDER: 3,
        TOBACCO: 1,
        Axis.TIER: 4,
        AREA: 40,
        Axis.CLASS: 500,
        Axis.RELATIONSHIP: 6,
        SALARY: 9_000_000,
    }
    for number in range(60):
        used = [axis for axis in axes if rng.random() < 0.3]
        made.table("flat", [], since="2020-01-01")
        for version in range(rng.integers(0, 4)):
            few = rng.random() < 0.5  # few distinct keys make grids with holes
            scale = {axis: max(highest[axis] // 3, 1) if few else 1 for axis in used}
            keys = {
                tuple(int(rng.integers(0, highest[axis] // scale[axis] + 1)) * scale[axis] for axis in used)
                for _ in range(8)
            }
            cells = [
                (
                    {axis: k for axis, k in zip(used, key, strict=True) if k or axis == AGE or rng.random() < 0.5},
                    None if rng.random() < 0.1 else int(rng.integers(1, 999)),
                )
                for key in keys
            ]
            cells = list({tuple(sorted(keys.items())): (keys, rate) for keys, rate in cells}.values())
            made.version(number, cells, f"20{24 + version}-0{rng.integers(1, 9)}-01")
    n = 4_000
    table = rng.integers(0, len(made.tables), n)
    on = [f"20{rng.integers(23, 29)}-0{rng.integers(1, 9)}-15" for _ in range(n)]
    # Half of the rows take the keys of a cell of their table, so that many rows find one.
    facts = {axis: rng.integers(0, highest[axis] + 1, n) for axis in axes}
    for row in range(0, n, 2):
        own = [keys for number, _, keys, _ in made.cells if number == table[row]]
        if own:
            for axis, key in own[rng.integers(0, len(own))].items():
                facts[axis][row] = min(key + rng.integers(0, 2) * (axis in (AGE, SALARY)), highest[axis])
    found = look_up(
        made.rate_tables(), table.tolist(), on, **{axis.name.lower(): facts[axis].tolist() for axis in axes}
    )
    expected = [
        brute_force(made.cells, table[row], on[row], {axis: int(facts[axis][row]) for axis in axes}) for row in range(n)
    ]
    assert found == expected
    assert sum(each is not None for each in found) > 500
    assert sum(each is None for each in found) > 500


def test_the_fact_that_lacks_is_named_instead_of_no_rate() -> None:
    made = World()
    by_age, by_area, by_pay = (made.offer(made.table("flat", [({axis: 1}, "1")])) for axis in (AGE, AREA, SALARY))
    area_factor = made.table("factor", [({AREA: 1}, "1.1")])
    with_factor = made.offer(made.table("flat", [({}, "1")], factors=(area_factor,)))
    made.member(birth_date=None)
    made.member(birth_date="2026-01-01", area=2, annual_pay_cents=0)
    for member in range(2):
        for offer in (by_age, by_area, by_pay):
            made.hold(member, offer)
    made.hold(1, with_factor)
    result = made.rate()
    required = [Issue.BIRTH_DATE_REQUIRED, Issue.AREA_REQUIRED, Issue.PAY_REQUIRED]
    assert result.issue.tolist() == [*required, *[Issue.NO_RATE] * 3, Issue.NO_FACTOR]


@pytest.mark.rule("GB-RATE-012")
def test_an_unknown_fact_is_named_first_even_where_no_cell_would_serve_the_known_ones() -> None:
    """Cells for 60 and older in area 1: at 40 there is no rate; without an area that is what lacks, at any age."""
    made = World()
    offer = made.offer(made.table("flat", [({AGE: 60, AREA: 1}, "1")]))
    for area, born in ((-1, "1986-01-01"), (1, "1986-01-01"), (1, "1966-01-01"), (-1, None), (2, "1966-01-01")):
        made.hold(made.member(area=area, birth_date=born), offer)
    said = [Issue.AREA_REQUIRED, Issue.NO_RATE, Issue.NONE, Issue.BIRTH_DATE_REQUIRED, Issue.NO_RATE]
    assert made.rate().issue.tolist() == said


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        (
            AGE,
            {"birth_date": ("2008-01-02", "2008-01-01", "1961-01-02", "1961-01-01")},
        ),  # 17, 18, 64 and 65 on 1 January
        (SALARY, {"annual_pay_cents": (17, 18, 64, 65)}),
        (Axis.GROUP_SIZE, {"group_size": (17, 18, 64, 65)}),
        (Axis.PARTICIPATION, {"participation_e4": (17, 18, 64, 65)}),
    ],
)
@pytest.mark.parametrize("is_factor", [False, True])
def test_a_value_beyond_the_limits_of_a_table_is_held_at_them_or_is_an_issue(
    axis: Axis, values: dict[str, tuple[object, ...]], is_factor: bool
) -> None:
    made = World()
    cells = [({axis: 18}, "1"), ({axis: 64}, "2")]
    limited = made.table("factor" if is_factor else "flat", cells, low={axis: 18}, high={axis: 64})
    table = made.table("flat", [({}, "1")], factors=(limited,)) if is_factor else limited
    ((name, stated),) = values.items()
    of_offer = name in ("group_size", "participation_e4")
    for value in stated:
        offer = made.offer(table, **({name: value} if of_offer else {}))
        made.hold(made.member(**({} if of_offer else {name: value})), offer)
    assert made.rate().period_cents.tolist() == [100, 100, 200, 200]
    made.tables[limited]["outside"] = OutsideTable.ISSUE
    result = made.rate()
    assert result.issue.tolist() == [Issue.AGE_OUTSIDE_TABLE, 0, 0, Issue.AGE_OUTSIDE_TABLE]
    assert result.period_cents.tolist() == [0, 100, 200, 0]


@pytest.mark.parametrize("least", [126, 127, 150, 170, 999, 999_999_999])
@pytest.mark.parametrize("is_factor", [False, True])
def test_a_limit_beyond_all_ages_reads_the_last_band_of_its_own_table(least: int, is_factor: bool) -> None:
    """The map of another table lies behind the table's own, with prices that are not its."""
    made = World()
    limited = made.table("factor" if is_factor else "flat", [({AGE: 0}, "1"), ({AGE: 70}, "2")], low={AGE: least})
    other = made.table("flat", [({AGE: age}, str(70 + age)) for age in (0, 20, 40)])
    made.hold(made.member(), made.offer(made.table("flat", [({}, "1")], factors=(limited,)) if is_factor else limited))
    made.hold(made.member(birth_date="1980-01-01"), made.offer(other))
    assert made.rate().period_cents.tolist() == [200, 11_000]
    made.tables[limited]["outside"] = OutsideTable.ISSUE
    assert made.rate().issue.tolist() == [Issue.AGE_OUTSIDE_TABLE, 0]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("period", 3),
        ("age_basis", 3),
        ("age_date", 6),
        ("spouse_age", 2),
        ("money_rounding", 3),
        ("outside", -1),
        ("base_table", 1),
        ("round_places", (7,)),
        ("child_count", -2),
    ],
)
def test_a_table_with_a_setting_that_there_is_not_is_refused(setting: str, value: Any) -> None:
    made = World()
    made.hold(made.member(), made.offer(made.table("flat", [({}, "1")])))
    assert made.rate().period_cents.tolist() == [100]
    made.tables[0][setting] = value
    with pytest.raises(RatesError, match=setting):
        made.rate()


FAR = [-1 if axis != AREA else 2**40 for axis in Axis]
FARTHEST = [-1 if axis != AREA else 2**63 - 1 for axis in Axis]
"""From 0 to it are more codes than 64 bits count."""
NEAR = [-1 if axis != AREA else 0 for axis in Axis]


@pytest.mark.parametrize(
    ("part", "column"),
    [
        ("cell_from", days(None, None)),
        ("version_from", days(None)),
        ("version_table", np.array([1], np.int32)),
        ("value", np.array([2**53, 0], np.int64)),
        ("method", np.array([len(CODES)], np.int8)),
        ("keys", np.array([NEAR, FAR], np.int64)),
        ("keys", np.array([NEAR, FARTHEST], np.int64)),
    ],
)
def test_what_is_filed_out_of_all_bounds_is_refused(part: str, column: Any) -> None:
    filed: dict[str, Any] = {
        "method": np.array([CODES.index("flat")], np.int8),
        "period": np.zeros(1, np.int8),
        "age_basis": np.zeros(1, np.int8),
        "child_age": np.full(1, -1, np.int16),
        "child_count": np.full(1, -1, np.int16),
        "factor_tables": np.full((1, 1), -1, np.int32),
        "cell_table": np.zeros(2, np.int32),
        "cell_from": days("2026-01-01", "2027-01-01"),
        "keys": np.full((2, len(Axis)), -1, np.int64),
        "value": np.array([2**53 - 1, 1_000_000], np.int64),
        "version_table": np.zeros(1, np.int32),
        "version_from": days("2028-01-01"),
    }
    check_tables(RateTables.build(**filed))
    with pytest.raises(RatesError):
        check_tables(RateTables.build(**filed | {part: column}))


def test_limits_hold_for_a_fact_that_the_table_does_not_vary_by_but_not_for_one_that_is_unknown() -> None:
    made = World()
    table = made.table("flat", [({}, "1")], high={Axis.GROUP_SIZE: 50}, outside=OutsideTable.ISSUE)
    for size in (50, 51, -1):
        made.hold(made.member(), made.offer(table, group_size=size))
    assert made.rate().issue.tolist() == [0, Issue.AGE_OUTSIDE_TABLE, 0]


def test_factors_are_no_rates_for_an_offer() -> None:
    made = World()
    made.hold(made.member(), made.offer(made.table("factor", [({}, "1.5")])))
    with pytest.raises(RatesError, match="factor table"):
        made.rate()


@pytest.mark.rule("GR-24")
def test_factors_multiply_and_a_missing_factor_is_an_issue_of_its_own() -> None:
    made = World()
    area = made.table("factor", [({AREA: 1}, "0.9"), ({AREA: 2}, "1.2")])
    smoker = made.table("factor", [({TOBACCO: 1, AGE: 18}, "1.5"), ({TOBACCO: 1, AGE: 0}, "1"), ({TOBACCO: 0}, "1")])
    both = made.offer(made.table("flat", [({}, "100")], factors=(area, smoker)))
    plain = made.offer(made.table("flat", [({}, "100")]))
    for area_code, tobacco, birth in (
        (1, 1, "2008-01-01"),
        (1, 1, "2008-01-02"),
        (2, 0, "1990-01-01"),
        (3, 0, "1990-01-01"),
    ):
        made.hold(made.member(area=area_code, tobacco=tobacco, birth_date=birth), both)
    made.hold(made.member(), plain)
    result = made.rate()
    assert result.period_cents.tolist() == [13_500, 9_000, 12_000, 0, 10_000]
    assert result.issue.tolist() == [0, 0, 0, Issue.NO_FACTOR, 0]


def test_a_factor_of_nought_is_a_filed_price_of_nought() -> None:
    made = World()
    free = made.table("factor", [({AREA: 1}, "0"), ({}, "1")])
    plan = made.offer(made.table("flat", [({}, "100")], factors=(free,)))
    for area in (1, 2):
        made.hold(made.member(area=area), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [0, 10_000]
    assert result.zero_reason.tolist() == [ZeroReason.FILED_ZERO, 0]
