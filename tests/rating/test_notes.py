"""What the steps of a rating write down: each number beside its arithmetic, and no cent different for the writing."""

from dataclasses import fields
from fractions import Fraction
from math import prod

import numpy as np

import rating
from rating.chunks import CHUNK
from rating.codes import AmountScope, Axis, Continuation, OutsideTable, Period, Relationship, ShareKind
from rating.money import Ratio
from rating.notes import NONE, Notes
from tests.rating.builders import World, cents, e4, e6, percent


def told(world: World, *, chunk: int = CHUNK, threads: int = 1) -> tuple[rating.Result, Notes]:
    """The result of a world, and what its steps noted."""
    batch = world.batch()
    notes = Notes(len(batch.coverages))
    return rating.rate(batch, world.rates(), chunk=chunk, threads=threads, notes=notes), notes


def a_family() -> World:
    """The worked family of rating methods, section 1, with a plan of life and a plan by tier."""
    world = World()
    age = [({Axis.AGE: 0}, "0.765"), ({Axis.AGE: 16}, "0.859"), ({Axis.AGE: 40}, "1.278"), ({Axis.AGE: 44}, "1.397")]
    curve = world.table("factor", age)
    tobacco = world.table("factor", [({Axis.TOBACCO: 0}, "1"), ({Axis.TOBACCO: 1}, "1.2")])
    medical = world.offer(world.table("child_capped", [({}, "412.36")], factors=(curve, tobacco)))
    life = world.offer(world.table("volume", [({}, "0.21")]), multiple_e4=e4(2), maximum_cents=cents(250_000))
    world.rule(target=medical, percent_e4=percent(80))
    parent = world.member(birth_date="1981-03-15", tobacco=1, annual_pay_cents=cents(63_450))
    world.hold(parent, medical)
    world.hold(parent, life)
    for birth in ("2010-02-01", "2012-02-01", "2014-02-01", "2016-02-01"):
        world.hold(world.member(parent, relationship=Relationship.CHILD, birth_date=birth), medical)
    return world


def test_a_rate_and_its_factors_are_noted_with_the_rows_they_were_read_from() -> None:
    _, notes = told(a_family())
    # Cells stand in the order of the tables: four of ages, two of tobacco, the medical rate, the life rate.
    assert notes.get("rate_cell_row").tolist() == [6, 7, 6, 6, 6, 6]
    assert notes.get("factor_1_cell_row").tolist()[0] == 3  # 44: 1.397
    assert notes.get("factor_2_cell_row").tolist()[0] == 5  # tobacco: 1.2
    assert notes.get("multiplied_1_e4").tolist()[:1] == [e4("1.397")]
    assert notes.get("multiplied_2_e4").tolist()[:1] == [e4("1.2")]


def test_the_exact_premium_before_rounding_is_noted_as_its_factors() -> None:
    result, notes = told(a_family())
    times = [int(notes.get(f"premium_times_{n}")[0]) for n in (1, 2, 3, 4)]
    assert times == [
        e6("412.36"),
        e4("1.397"),
        e4("1.2"),
        100_000,
    ]  # a person is one unit: 100 cents, 1,000 thousandths
    by = int(notes.get("premium_by_1")[0]) * 10 ** int(notes.get("premium_tens")[0])
    # 412.36 x 1.397 x 1.2 = 691.280304, in cents 69,128.0304
    assert Fraction(prod(times), by) == Fraction("69128.0304")
    assert result.period_cents[0] == 69_128


def test_the_rank_of_each_counted_child_is_noted() -> None:
    _, notes = told(a_family())
    assert notes.get("child_rank").tolist() == [NONE, NONE, 1, 2, 3, 4]


def test_the_steps_of_an_insured_amount_are_noted() -> None:
    _, notes = told(a_family())
    # 2 x 63,450 = 126,900, up to 127,000, below the maximum of 250,000; in ten-thousandths of a cent
    steps = [int(notes.get(f"volume_{step}_e4")[1]) for step in ("raw", "rounded", "capped", "in_force")]
    assert steps == [cents(amount) * 10_000 for amount in (126_900, 127_000, 127_000, 127_000)]
    assert notes.get("volume_raw_e4")[0] == NONE
    assert notes.get("units_e3")[1] == 127 * 100_000  # units, cents and thousandths


def test_days_periods_and_the_part_charged_are_noted() -> None:
    world = a_family()
    world.coverages[0] |= {"covered_from": "2026-04-16"}
    result, notes = told(world)
    assert (notes.get("charged")[0], notes.get("of_term")[0]) == (260, 365)
    assert (notes.get("periods")[0], notes.get("period_parts")[0]) == (12, 1)
    assert (notes.get("months")[0], notes.get("month_parts")[0]) == (12, 1)
    # 691.28 x 12 = 8,295.36; x 260/365 = 5,909.02 (5,909.0235...); 80 % = 4,727.216
    assert result.prorated_cents[0] == 590_902
    assert notes.get("employer_asked_cents")[0] == 472_722
    assert (notes.get("share_charged")[0], notes.get("share_of_term")[0]) == (260, 365)


def test_the_load_of_continued_cover_is_the_last_factor() -> None:
    world = a_family()
    for coverage in world.coverages:
        coverage["continuation"] = Continuation.COBRA
    _, notes = told(world)
    assert notes.get("multiplied_3_e4").tolist() == [10_200] * 6


def test_a_share_of_pay_is_noted_exactly_before_it_is_rounded() -> None:
    world = World()
    offer = world.offer(world.table("weekly_benefit", [({}, "0.31")]), benefit_percent_e4=percent(60))
    world.hold(world.member(annual_pay_cents=cents(63_450)), offer)
    _, notes = told(world)
    # 63,450 x 60 % / 52 = 732.115384...: 6,345,000 cents x 600,000 over 52 x 1,000,000
    by = notes.get("benefit_by_1")[0] * notes.get("benefit_by_2")[0] * 10 ** notes.get("benefit_tens")[0]
    assert (notes.get("benefit_times_1")[0], by) == (6_345_000 * 600_000, 52 * 1_000_000)


def test_the_weight_of_experience_is_noted() -> None:
    world = World()
    table = world.table("experience_blend", [({}, "498.75")])
    stated = {"experience_e6": e6("541.20"), "life_years_e4": e4(160), "full_credibility_e4": e4(1_000)}
    world.hold(world.member(), world.offer(table, **stated))
    world.hold(world.member(), world.offer(table))
    _, notes = told(world)
    assert notes.get("credibility_e4").tolist() == [4_000, NONE]  # the root of 160 / 1,000 is 0.4


def test_a_coverage_in_pieces_tells_of_its_first() -> None:
    world = World()
    tiers = [({Axis.TIER: 0}, "35.73"), ({Axis.TIER: 2}, "66.10")]
    offer = world.offer(world.table("composite_tier", tiers))
    parent = world.member()
    world.hold(parent, offer)
    world.hold(world.member(parent, relationship=Relationship.CHILD), offer, covered_to="2026-06-01")
    result, notes = told(world)
    assert result.pieces.period_cents.tolist() == [6_610, 3_573]
    assert notes.get("rate_cell_row")[0] == 1
    assert (notes.get("charged")[0], notes.get("of_term")[0]) == (151, 365)  # January to May
    assert (notes.get("share_charged")[0], notes.get("share_of_term")[0]) == (365, 365)


def test_writing_changes_no_value_and_does_not_depend_on_chunks_or_threads() -> None:
    world = a_family()
    plain = rating.rate(world.batch(), world.rates())
    result, notes = told(world)
    other, again = told(world, chunk=1, threads=2)
    for each in fields(rating.Result):
        column = getattr(plain, each.name)
        if isinstance(column, np.ndarray):
            assert column.tobytes() == getattr(result, each.name).tobytes() == getattr(other, each.name).tobytes()
    assert {name: notes.get(name).tolist() for name in notes.columns} == {
        name: again.get(name).tolist() for name in notes.columns
    }


def test_an_exact_amount_splits_powers_of_ten_off_its_divisors_and_clears_a_longer_one() -> None:
    notes = Notes(2)
    seven = np.array([7, 7])
    notes.write_ratio("amount", slice(None), Ratio((seven, seven, seven), (52 * 10**30, np.array([3, 5]))))
    assert (notes.get("amount_by_1").tolist(), notes.get("amount_by_2").tolist()) == ([52, 52], [3, 5])
    assert notes.get("amount_tens").tolist() == [30, 30]
    notes.write_ratio("amount", np.array([1]), Ratio((np.array([9]),), (100,)))
    assert [notes.get(f"amount_times_{n}").tolist() for n in (1, 2, 3)] == [[7, 9], [7, NONE], [7, NONE]]
    assert [notes.get(name).tolist() for name in ("amount_by_1", "amount_by_2", "amount_tens")] == [
        [52, 1],
        [3, NONE],
        [30, 2],
    ]


def test_what_no_step_wrote_is_none_in_every_row() -> None:
    assert Notes(3).get("nothing").tolist() == [NONE] * 3


def test_a_value_beyond_the_limits_is_noted_with_the_limit_that_stands_for_it() -> None:
    world = World()
    by_pay = world.table(
        "factor", [({Axis.SALARY: 0}, "1"), ({Axis.SALARY: cents(50_000)}, "2")], high={Axis.SALARY: cents(49_999)}
    )
    ages = [({Axis.AGE: 0}, "10"), ({Axis.AGE: 65}, "20")]
    limits = {"low": {Axis.AGE: 18}, "high": {Axis.AGE: 64}}
    plan = world.offer(world.table("age_banded", ages, factors=(by_pay,), **limits))
    for born, pay in (("2008-01-01", 49_999), ("2008-01-02", 50_000), ("1961-01-02", 10), ("1961-01-01", 10)):
        world.hold(world.member(birth_date=born, annual_pay_cents=cents(pay)), plan)
    result, notes = told(world)
    assert result.period_cents.tolist() == [1_000] * 4  # beyond 64 no 20.00, beyond 49,999 no factor of 2
    assert notes.get("rate_age_was").tolist() == [NONE, 17, NONE, 65]
    assert notes.get("rate_age_held").tolist() == [NONE, 18, NONE, 64]
    assert notes.get("factor_1_salary_was").tolist() == [NONE, cents(50_000), NONE, NONE]
    assert notes.get("factor_1_salary_held").tolist() == [NONE, cents(49_999), NONE, NONE]


def test_a_table_that_does_not_clamp_or_does_not_vary_by_the_fact_notes_no_limit() -> None:
    world = World()
    strict = world.table("age_banded", [({Axis.AGE: 0}, "10")], high={Axis.AGE: 64}, outside=OutsideTable.ISSUE)
    flat = world.table("flat", [({}, "10")], high={Axis.AGE: 64})
    employee = world.member(birth_date="1950-01-01")
    for table in (strict, flat):
        world.hold(employee, world.offer(table))
    _, notes = told(world)
    assert notes.get("rate_age_held").tolist() == [NONE, NONE]


def test_who_had_the_cent_left_over_is_noted_by_every_coverage_of_the_sum() -> None:
    world = World()
    table = world.table("flat", [({}, "100")], period=Period.TERM)
    root = world.offer()
    world.rule(target=root, kind=ShareKind.AMOUNT, amount_cents=cents("0.05"), scope=AmountScope.PER_PLAN)
    world.hold(world.member(), world.offer(table))
    row = world.hold(world.member(), root, *(world.offer(table, root) for _ in range(3)))
    result, notes = told(world)
    # 0.05 over three equal premiums: a cent each and two left; of equal premiums the first has them.
    assert result.employer_cents.tolist() == [0, 3, 1, 1]
    assert notes.get("spread_residue_row").tolist() == [NONE, row, row, row]
    assert notes.get("spread_residue_cents").tolist() == [NONE, 2, 2, 2]
    assert notes.get("spread_residue_own_cents").tolist() == [NONE, 2, 0, 0]
