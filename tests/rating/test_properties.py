"""What holds for every world: the properties of rating methods, section 16, and that no order or cutting matters.

What lives here: properties, on worlds drawn by `tests.random_world` and on small ones made for one of them. What does
not: a price (`tests.rating.test_against_oracle`).
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rating
from rating import Result
from rating.codes import Axis, Issue, Period, Proration, RateState, Relationship, ShareKind, ZeroReason
from tests.random_world import random_world
from tests.rating.builders import World, age_curve, cents

few = settings(max_examples=8, deadline=None, derandomize=True)
seeds = st.integers(0, 100_000)
PRICES = (
    "period_cents",
    "standard_cents",
    "prorated_cents",
    "unit_rate_e6",
    "volume_cents",
    "age",
    "tier",
    "zero_reason",
)
BY_COVERAGE = [f.name for f in fields(Result) if f.name.split("_")[0] not in ("plan", "member") and f.name != "rule"]


def drawn(seed: int) -> World:
    """A small random world whose children have keys, so that no tie is left to the order of rows."""
    world = random_world(seed, n_families=5)
    for row, member in enumerate(world.members):
        member["rank"] = row
    return world


def rearranged(world: World, families: Sequence[Sequence[int]]) -> tuple[World, list[int]]:
    """The world with these members only, in this order, and where each of its coverages stood before."""
    made = World(**{f.name: getattr(world, f.name) for f in fields(World)})
    made.members, made.plans, made.coverages, before = [], [], [], []
    for family in families:
        first = len(made.members)
        for member in family:
            made.members.append(world.members[member] | {"primary": first})
            for number, plan in enumerate(world.plans):
                if plan["member"] != member:
                    continue
                made.plans.append(plan | {"member": len(made.members) - 1})
                rows = [row for row, c in enumerate(world.coverages) if c["plan"] == number]
                made.coverages += [world.coverages[row] | {"plan": len(made.plans) - 1} for row in rows]
                before += rows
    return made, before


def families_of(world: World) -> list[list[int]]:
    """Members of each family, the primary first."""
    primaries = sorted({m["primary"] for m in world.members})
    return [[n for n, m in enumerate(world.members) if m["primary"] == primary] for primary in primaries]


def same(one: Result, other: Result, rows: Sequence[int] | None = None) -> None:
    """Every column is the same byte for byte; with rows, those of coverages, the other's rows as given."""
    for name in BY_COVERAGE if rows is not None else [f.name for f in fields(Result)]:
        a, b = getattr(one, name), getattr(other, name)
        if isinstance(a, np.ndarray):
            assert np.array_equal(a, b if rows is None else b[list(rows)]), name


# ------------------------------------------------------------------------------------------ order and cutting


@few
@given(seeds, st.sampled_from([1, 3, 7, 10**6]), st.sampled_from([1, 2, 4]))
def test_neither_chunks_nor_threads_change_a_byte(seed: int, chunk: int, threads: int) -> None:
    world = drawn(seed)
    same(world.rate(chunk=chunk, threads=threads), world.rate(threads=1))


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_families_changes_nothing(seed: int, random) -> None:
    world = drawn(seed)
    order = families_of(world)
    random.shuffle(order)
    moved, before = rearranged(world, order)
    same(moved.rate(), world.rate(), before)


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_dependents_changes_nothing(seed: int, random) -> None:
    world = drawn(seed)
    order = [[first, *random.sample(others, len(others))] for first, *others in families_of(world)]
    moved, before = rearranged(world, order)
    same(moved.rate(), world.rate(), before)


@few
@given(seeds)
def test_one_family_at_a_time_is_all_at_once(seed: int) -> None:
    """Rates made from the census are handed over, as they are once they are fixed for the plan year.

    One sum for a whole class is carried by one employee, found in whatever is rated: a family alone would carry it
    anew. In a family that does not carry it, every other coverage has the same price; what an employer pays for those
    may hang on the missing one (a sum for all plans), so shares are compared where no such sum is left out.
    """
    world = drawn(seed)
    whole = world.rate()
    made = whole.solved
    final = None if made is None else replace(made, state=np.full_like(made.state, RateState.FINAL))
    rates = replace(world.rates(), final=final)
    for family in families_of(world):
        alone, before = rearranged(world, [family])
        if not before:
            continue
        result, elsewhere = rating.rate(alone.batch(), rates), billed_elsewhere(world, whole, before)
        if not elsewhere:
            same(result, whole, before)
        for name in PRICES:
            apart = getattr(result, name) != getattr(whole, name)[before]
            assert not {before[n] for n in np.flatnonzero(apart)} - elsewhere, name


def billed_elsewhere(world: World, whole: Result, rows: Sequence[int]) -> set[int]:
    """Coverages of one family, by rows, of which an employee of another family carries the sum."""
    billed = {row for row in rows if whole.zero_reason[row] == ZeroReason.BILLED_BY_CLASS}
    of_primary = {row for row in rows if is_of_primary(world, row)}
    carried_here = {world.coverages[row]["offer"] for row in of_primary - billed}
    return {row for row in billed if world.coverages[row]["offer"] not in carried_here}


def is_of_primary(world: World, row: int) -> bool:
    """Whether a coverage is an employee's own."""
    member = world.plans[world.coverages[row]["plan"]]["member"]
    return world.members[member]["primary"] == member


@few
@given(seeds)
def test_the_same_input_twice_is_the_same_answer_byte_for_byte(seed: int) -> None:
    one, other = drawn(seed).rate(), drawn(seed).rate()
    for field in fields(Result):
        if isinstance(getattr(one, field.name), np.ndarray):
            assert getattr(one, field.name).tobytes() == getattr(other, field.name).tobytes()


# ------------------------------------------------------------------------------------------------ sums and shares


@few
@given(seeds)
def test_coverages_add_up_to_plans_and_plans_to_members_and_shares_to_the_premium(seed: int) -> None:
    world = drawn(seed)
    result = world.rate()
    plan_of = np.array([c["plan"] for c in world.coverages])
    member_of = np.array([p["member"] for p in world.plans])
    for name in ("period", "standard", "prorated", "employer", "employee"):
        own = getattr(result, f"{name}_cents")
        by_plan = np.bincount(plan_of, own, len(world.plans)).astype(np.int64)
        assert np.array_equal(by_plan, getattr(result, f"plan_{name}_cents"))
        by_member = np.bincount(member_of, by_plan, len(world.members)).astype(np.int64)
        assert np.array_equal(by_member, getattr(result, f"member_{name}_cents"))
    assert np.array_equal(result.employer_cents + result.employee_cents, result.prorated_cents)


@few
@given(seeds)
def test_the_employers_share_is_within_nothing_and_the_premium_for_every_rule(seed: int) -> None:
    result = drawn(seed).rate()
    assert ((result.employer_cents >= 0) & (result.employer_cents <= result.prorated_cents)).all()


@few
@given(seeds)
def test_a_coverage_has_a_price_or_a_reason(seed: int) -> None:
    result = drawn(seed).rate()
    is_unrated = result.issue >= Issue.PART_UNRATED
    explained = is_unrated | (result.zero_reason != ZeroReason.NONE)
    assert (explained | (result.prorated_cents > 0)).all()
    assert not result.prorated_cents[is_unrated].any()


# ------------------------------------------------------------------------------------------------------ proration


@pytest.mark.rule("PR-8")
@few
@given(st.integers(1, 10**8), st.sampled_from(list(Proration)[:-1]))
def test_cover_of_the_whole_term_costs_the_standard_premium(premium: int, way: Proration) -> None:
    world = World()
    offer = world.offer(world.table("flat", [({}, f"{premium / 100:.2f}")], period=Period.TERM), proration=way)
    world.hold(world.member(), offer)
    result = world.rate()
    assert result.prorated_cents[0] == result.standard_cents[0] == premium


@pytest.mark.rule("PR-28")
@few
@given(
    st.integers(1, 10**7),
    st.lists(st.integers(1, 364), min_size=1, max_size=4, unique=True),
    st.sampled_from([Proration.DAILY_TERM, Proration.DAILY_MONTH, Proration.DAILY_30]),
)
def test_adjoining_spans_add_up_to_the_whole(premium: int, cuts: list[int], way: Proration) -> None:
    world = World()
    offer = world.offer(world.table("flat", [({}, f"{premium / 100:.2f}")], period=Period.TERM), proration=way)
    edges = [str(date(2026, 1, 1) + timedelta(days=d)) for d in [0, *sorted(cuts), 365]]
    first = world.hold(world.member(), offer, *[offer] * (len(edges) - 1))
    for row, (begins, ends) in enumerate(pairwise(edges), first):
        world.coverages[row] |= {"covered_from": begins, "covered_to": ends, "rate_date": begins}
    result = world.rate()
    assert result.prorated_cents.sum() == premium
    assert result.covered_days.sum() == 365
    assert (result.prorated_cents >= 0).all()


# ----------------------------------------------------------------------------------------------- ages and children


def of_children(births: Sequence[str]) -> Result:
    """A family of an employee and children on the federal age curve."""
    world = World()
    offer = world.offer(world.table("child_capped", age_curve("412.36")))
    primary = world.member()
    for member in [primary, *(world.member(primary, relationship=Relationship.CHILD, birth_date=b) for b in births)]:
        world.hold(member, offer)
    return world.rate()


births_of_minors = st.dates(date(2005, 1, 2), date(2025, 12, 31)).map(str)


@few
@given(st.lists(births_of_minors, min_size=3, max_size=3), st.integers(0, 5_000))
def test_a_fourth_child_under_21_changes_nothing(births: list[str], younger: int) -> None:
    youngest = max(map(date.fromisoformat, births)) + timedelta(days=younger)
    four = of_children([*births, str(min(youngest, date(2025, 12, 31)))])
    assert four.prorated_cents.sum() == of_children(births).prorated_cents.sum()
    assert (four.zero_reason == ZeroReason.CHILD_CAP).sum() == 1


@few
@given(st.lists(births_of_minors, min_size=3, max_size=3))
def test_the_oldest_of_four_turning_21_adds_a_charge(births: list[str]) -> None:
    before, after = of_children(["2005-01-02", *births]), of_children(["2005-01-01", *births])
    assert (before.zero_reason == ZeroReason.CHILD_CAP).sum() == 1
    assert not (after.zero_reason == ZeroReason.CHILD_CAP).any()
    assert after.prorated_cents.sum() > before.prorated_cents.sum()


@few
@given(st.integers(20, 63), st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_a_day_short_of_a_birthday_is_the_lower_band_and_the_day_the_higher(age: int, day: date) -> None:
    born = date(day.year - age, day.month, min(day.day, 28))
    on = date(day.year, born.month, born.day)
    world = World()
    table = world.table("age_banded", [({Axis.AGE: a}, a) for a in (age - 1, age)], since="2020-01-01")
    offer = world.offer(table)
    for taken in (on - timedelta(days=1), on):
        world.hold(world.member(birth_date=str(born)), offer, age_date=str(taken))
    result = world.rate()
    assert result.age.tolist() == [age - 1, age]
    assert result.period_cents.tolist() == [100 * (age - 1), 100 * age]


# -------------------------------------------------------------------------------------------------------- volumes


@few
@given(
    st.lists(st.integers(0, 10**8), min_size=2, max_size=6),
    st.integers(1, 10**8),
    st.sampled_from([0, 1, 2]),
    st.booleans(),
)
def test_more_pay_is_never_less_volume_and_never_above_the_cap(pays, cap: int, rounding: int, old: bool) -> None:
    world = World()
    reduction = world.reduction((65, "65"), (70, "50"))
    offer = world.offer(
        world.table("volume", [({}, "0.24")]),
        multiple_e4=15_000,
        volume_rounding=rounding,
        maximum_cents=cap,
        reduction=reduction,
    )
    for pay in sorted(pays):
        world.hold(world.member(annual_pay_cents=pay, birth_date="1957-05-05" if old else "1986-05-05"), offer)
    volumes = world.rate().volume_cents
    assert (np.diff(volumes) >= 0).all()
    assert (volumes <= cap).all()


# ---------------------------------------------------------------------------------------------- the limits of money


def test_a_premium_of_a_million_a_month_is_a_price_and_a_cent_more_an_issue() -> None:
    for dollars, issue in (("1000000.004999", Issue.NONE), ("1000000.005", Issue.AMOUNT_OUT_OF_RANGE)):
        world = World()
        world.hold(world.member(), world.offer(world.table("flat", [({}, dollars)])))
        result = world.rate()
        assert result.issue.tolist() == [issue]
        assert result.period_cents.tolist() == [cents(1_000_000) if issue == Issue.NONE else 0]


def test_pay_and_volume_of_ten_billion_are_priced_and_a_cent_more_is_an_issue() -> None:
    # 10,000,000,000 at 0.000001 a thousand is 10.00 a month.
    for beyond, issue in ((0, Issue.NONE), (1, Issue.AMOUNT_OUT_OF_RANGE)):
        world = World()
        offer = world.offer(world.table("volume", [({}, "0.000001")]), multiple_e4=10_000, volume_rounding=2)
        world.hold(world.member(annual_pay_cents=10**12 + beyond), offer)
        result = world.rate()
        assert result.issue.tolist() == [issue]
        assert result.period_cents.tolist() == [1000 * (1 - beyond)]


def test_eight_factors_beside_a_tie_are_settled_exactly_at_both_sides() -> None:
    # 1.5 ** 8 = 25.62890625; a rate of 0.000195 is 0.499763671875 cents and one of 0.000196 is 0.5023265625 cents;
    # 0.8 ** 4 x 1.25 ** 4 = 1, so a rate of 0.005 is exactly half a cent, and 0.004999 is not.
    for factors, rate, paid in (
        (["1.5"] * 8, "0.000195", 0),
        (["1.5"] * 8, "0.000196", 1),
        (["0.8", "1.25"] * 4, "0.005", 1),
        (["0.8", "1.25"] * 4, "0.004999", 0),
    ):
        world = World()
        tables = tuple(world.table("factor", [({}, factor)]) for factor in factors)
        world.hold(world.member(), world.offer(world.table("flat", [({}, rate)], factors=tables)))
        assert world.rate().period_cents.tolist() == [paid]


@pytest.mark.rule("CB-16")
def test_half_of_an_odd_cent_goes_to_the_employer() -> None:
    world = World()
    offer = world.offer(world.table("flat", [({}, "897.53")], period=Period.TERM))
    world.rule(target=offer, kind=ShareKind.PERCENTAGE, percent_e4=500_000)
    world.hold(world.member(), offer)
    result = world.rate()
    assert (result.employer_cents[0], result.employee_cents[0]) == (44_877, 44_876)
