"""Rates solved from the census: whom they count, what they may not depend on, and when they stand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import rating
from rating.codes import Axis, Issue, Period, RateState, Relationship, Tier, ZeroReason
from rating.solved import Solved
from tests.rating.builders import World, age_curve, cents, e6

SPOUSE, CHILD = Relationship.SPOUSE, Relationship.CHILD
TEXAS = [({Axis.TIER: tier}, ratio) for tier, ratio in zip(Tier, ("1", "2", "2", "2", "3"), strict=True)]
"""28 TAC 26.30: employee 1.0, with spouse 2.0, with children 2.0, family 3.0."""


def born(age: int) -> str:
    """A birth date that is `age` on 1 January 2026."""
    return f"{2025 - age}-06-15"


def family(made: World, plan: int, *ages: int, **held: Any) -> int:
    """An employee, then a spouse if there are two adults, then children, who all hold the plan."""
    employee = made.member(birth_date=born(ages[0]))
    made.hold(employee, plan, **held)
    for age in ages[1:]:
        kind = CHILD if age < 21 else SPOUSE
        made.hold(made.member(employee, relationship=kind, birth_date=born(age)), plan, **held)
    return employee


def fixed(made: World, final: Solved) -> rating.Result:
    """The world rated with given rates."""
    return rating.rate(made.batch(), replace(made.rates(), final=final))


def composite(cells: Any = TEXAS, **offer: Any) -> tuple[World, int]:
    """A composite of a list bill of 100 a month for everybody."""
    made = World()
    base = made.table("flat", [({}, "100")])
    return made, made.offer(made.table("composite_solved", cells, base_table=base), **offer)


def test_without_a_required_premium_the_list_bill_of_the_members_is_shared_out() -> None:
    made, plan = composite()
    family(made, plan, 40)
    family(made, plan, 40, 38)
    family(made, plan, 40, 38, 5, 4)
    result = made.rate()
    solved = result.solved
    # Seven people at 100 are 700; weights 1 + 2 + 3 = 6; 700 / 6 = 116.67; x 2 = 233.34; x 3 = 350.01.
    assert solved is not None
    assert solved.required_cents.tolist() == [70_000]
    assert solved.base_cents.tolist() == [11_667]
    assert solved.tier_cents.tolist() == [[11_667, 23_334, 23_334, 23_334, 35_001]]
    assert solved.tier_counts.tolist() == [[1, 1, 0, 0, 1]]
    assert solved.collected_cents.tolist() == [70_002]
    assert solved.difference_cents.tolist() == [2]
    assert result.period_cents.tolist() == [11_667, 23_334, 0, 35_001, 0, 0, 0]
    assert int(result.period_cents.sum()) == 70_002
    assert set(result.zero_reason[result.period_cents == 0].tolist()) == {ZeroReason.COMPOSITE_DEPENDENT}


def test_a_required_premium_goes_before_the_list_bill() -> None:
    made, plan = composite(required_cents=cents(600))
    family(made, plan, 40)
    family(made, plan, 40, 38)
    solved = made.rate().solved
    assert solved is not None
    assert solved.base_cents.tolist() == [20_000]  # 600 / (1 + 2)
    assert solved.difference_cents.tolist() == [0]


def test_nobody_to_count_and_nothing_required_leave_no_rate() -> None:
    made, plan = composite()
    made.tables[-1]["base_table"] = -1
    family(made, plan, 40, 38)
    result = made.rate()
    assert result.issue.tolist() == [Issue.NOT_SOLVED, Issue.NONE]
    assert result.zero_reason.tolist() == [0, ZeroReason.COMPOSITE_DEPENDENT]
    assert not result.period_cents.any()


def test_a_family_of_which_somebody_has_no_list_price_is_neither_in_the_bill_nor_in_a_count() -> None:
    made = World()
    base = made.table("age_banded", [({Axis.AGE: 0}, "100")])
    plan = made.offer(made.table("composite_solved", TEXAS, base_table=base))
    family(made, plan, 40)
    unknown = made.member(birth_date=born(40))
    made.hold(unknown, plan)
    made.hold(made.member(unknown, relationship=SPOUSE, birth_date=None), plan)
    result = made.rate()
    solved = result.solved
    assert solved is not None
    assert solved.required_cents.tolist() == [10_000]
    assert solved.tier_counts.tolist() == [[1, 0, 0, 0, 0]]
    assert solved.n_left_out.tolist() == [2]
    assert result.period_cents.tolist() == [10_000, 20_000, 0]  # rated all the same, by the tier


def test_continued_cover_pays_its_load_on_the_tier_rate_and_does_not_raise_what_is_required() -> None:
    made, plan = composite()
    family(made, plan, 40)
    family(made, plan, 40, continuation=0)
    result = made.rate()
    assert result.solved is not None
    assert result.solved.base_cents.tolist() == [10_000]
    assert result.period_cents.tolist() == [10_000, 10_200]


def test_who_joins_after_the_pool_opened_pays_the_rate_and_does_not_move_it() -> None:
    made, plan = composite()
    family(made, plan, 40)
    family(made, plan, 40, 38)
    before = made.rate().solved
    family(made, plan, 40, 38, 5, covered_from="2026-01-02")
    result = made.rate()
    assert result.solved is not None
    assert before is not None
    assert result.solved.tier_cents.tolist() == before.tier_cents.tolist() == [[10_000, 20_000, 20_000, 20_000, 30_000]]
    assert result.period_cents[3] == 30_000
    made.coverages[3]["covered_from"] = "2026-01-01"  # a day earlier the employee counts, alone in the tier
    solved = made.rate().solved
    assert solved is not None
    assert solved.tier_counts.tolist() == [[2, 1, 0, 0, 0]]


def test_a_spouse_who_joins_moves_the_family_to_another_tier_and_no_rate() -> None:
    made, plan = composite()
    family(made, plan, 40)
    employee = family(made, plan, 40)
    made.hold(made.member(employee, relationship=SPOUSE, birth_date=born(38)), plan, covered_from="2026-07-01")
    result = made.rate()
    assert result.solved is not None
    assert result.solved.tier_counts.tolist() == [[2, 0, 0, 0, 0]]
    # 1,200.00 x 181 / 365 = 595.07 alone, then 2,400.00 x 184 / 365 = 1,209.86 with the spouse.
    assert result.prorated_cents.tolist() == [120_000, 59_507 + 120_986, 0]


BY_AGE = [({Axis.AGE: age}, price) for age, price in ((0, "10"), (10, "20"), (15, "30"), (18, "60"), (21, "100"))]


def with_three_children(method: str, **table: Any) -> tuple[World, int]:
    """An employee (100.00) with children of 5, 10 and 15 (10.00, 20.00 and 30.00), all counted."""
    made = World()
    plan = made.offer(made.table(method, **table))
    return made, family(made, plan, 40, 5, 10, 15)


def test_an_older_child_who_joins_takes_no_place_in_the_average_and_one_there_from_the_start_does() -> None:
    for first, average, n in (("2026-01-02", 2_000, 3), ("2026-01-01", 3_667, 3)):
        made, employee = with_three_children("aca_composite", cells=BY_AGE)
        sister = made.member(employee, relationship=CHILD, birth_date=born(18))
        made.hold(sister, 0, covered_from=first)
        solved = made.rate().solved
        assert solved is not None
        # (10 + 20 + 30) / 3 = 20.00; from the start (20 + 30 + 60) / 3 = 36.67, the youngest is the fourth
        assert (solved.child_cents.tolist(), solved.n_children.tolist()) == ([average], [n])


def test_an_older_child_who_joins_does_not_move_the_list_bill_of_a_composite() -> None:
    for first, bill in (("2026-01-02", 16_000), ("2026-01-01", 21_000)):
        made = World()
        base = made.table("child_capped", BY_AGE)
        plan = made.offer(made.table("composite_solved", TEXAS, base_table=base))
        employee = family(made, plan, 40, 5, 10, 15)
        made.hold(made.member(employee, relationship=CHILD, birth_date=born(18)), plan, covered_from=first)
        solved = made.rate().solved
        assert solved is not None
        # 100 + 10 + 20 + 30; from the start 100 + 20 + 30 + 60, the youngest is the fourth; one family of ratio 2
        assert solved.required_cents.tolist() == [bill]
        assert solved.base_cents.tolist() == [bill // 2]


def test_an_average_is_made_of_the_tiers_of_the_day_it_opens() -> None:
    """Rates by tier: the employee is alone when the plan year opens, at 50.00, with a spouse from March at 90.00."""
    made = World()
    cells = [({Axis.TIER: Tier.EE}, "50"), ({Axis.TIER: Tier.ES}, "90")]
    plan = made.offer(made.table("aca_composite", cells))
    employee = family(made, plan, 40)
    made.hold(made.member(employee, relationship=SPOUSE, birth_date=born(38)), plan, covered_from="2026-03-01")
    solved = made.rate().solved
    assert solved is not None
    assert (solved.adult_cents.tolist(), solved.n_adults.tolist()) == ([5_000], [1])


def test_coverages_of_one_plan_that_open_on_two_days_count_the_children_of_each_day() -> None:
    """One child is charged. The older is covered in January and February, the younger by the other coverage after."""
    made = World()
    table = made.table("aca_composite", BY_AGE, child_count=1)
    root = made.offer()
    first, second = made.offer(table, root), made.offer(table, root)
    employee = made.member(birth_date=born(40))
    older, younger = (made.member(employee, relationship=CHILD, birth_date=born(age)) for age in (15, 5))
    made.hold(older, root, first, covered_to="2026-03-01")
    made.hold(younger, root, second, covered_from="2026-03-01")
    solved = made.rate().solved
    assert solved is not None
    assert solved.child_cents.tolist() == [3_000, 1_000]
    made.coverages[0]["covered_to"] = "2026-03-02"  # a day longer, and the older has the place in March too
    solved = made.rate().solved
    assert solved is not None
    assert solved.child_cents.tolist() == [3_000, -1]


def test_the_sum_of_a_class_is_carried_by_one_also_where_families_are_priced_in_pieces() -> None:
    made = World()
    whole, tiered = (
        made.offer(made.table("summary_based", [({}, "365")])),
        made.offer(made.table("composite_tier", TEXAS)),
    )
    for _ in range(2):
        employee = made.member(birth_date=born(40))
        made.hold(employee, whole)
        made.hold(employee, tiered)
        spouse = made.member(employee, relationship=SPOUSE, birth_date=born(38))
        made.hold(spouse, whole)
        made.hold(spouse, tiered, covered_from="2026-07-01")
    for chunk in (1, 100):
        result = made.rate(chunk=chunk)
        assert result.prorated_cents[::2].tolist() == [438_000, 0, 0, 0]  # 12 x 365.00, once


def test_a_rating_from_within_the_term_counts_who_is_covered_on_that_day() -> None:
    made, plan = composite()
    family(made, plan, 40, covered_from="2026-07-01")
    family(made, plan, 40, 38, covered_from="2026-07-01")
    family(made, plan, 40, covered_from="2026-07-02")
    solved = made.rate().solved
    assert solved is not None
    assert solved.tier_counts.tolist() == [[1, 1, 0, 0, 0]]


def test_two_and_three_tiers_are_cells_like_any_other() -> None:
    ratios = dict(zip(Tier, ("1", "2.1", "1.9", "1.9", "2.9"), strict=True))
    for same in ({Tier.E1C: "2.1"}, dict.fromkeys((Tier.ES, Tier.E1C, Tier.ECN), "2.9")):
        cells = [({Axis.TIER: tier}, ratio) for tier, ratio in (ratios | same).items()]
        made, plan = composite(cells, required_cents=cents(1_000))
        family(made, plan, 40, 7)
        solved = made.rate().solved
        assert solved is not None
        ratio = cents((ratios | same)[Tier.E1C])
        base = (2 * 100_000 * 100 + ratio) // (2 * ratio)  # 1,000 / ratio, half up
        assert solved.base_cents.tolist() == [base]
        assert solved.tier_cents[0, Tier.E1C] == (2 * base * ratio + 100) // 200


def mixed() -> World:
    """Every method that solves, on one census of forty families."""
    made = World()
    base = made.table("child_capped", age_curve("311.17"))
    tobacco = made.table("factor", [({Axis.TOBACCO: 1}, "1.35"), ({}, "1")])
    cells = [
        ({Axis.AGE: age, Axis.FEMALE_PERCENT: women}, f"{age + women // 10_000}.11")
        for age in (0, 40)
        for women in (0, 400_000)
    ]
    plans = [
        made.offer(made.table("composite_solved", TEXAS, base_table=base)),
        made.offer(made.table("aca_composite", age_curve("287.93"), factors=(tobacco,))),
        made.offer(made.table("average_age", cells)),
        made.offer(made.table("summary_based", cells)),
        made.offer(made.table("flat", [({}, "9.99")])),
    ]
    for number in range(40):
        employee = made.member(birth_date=born(22 + number), gender=1 + number % 2, tobacco=number % 3 == 0)
        people = [employee]
        if number % 2:
            people.append(made.member(employee, relationship=SPOUSE, birth_date=born(25 + number)))
        people += [made.member(employee, relationship=CHILD, birth_date=born(3 + k)) for k in range(number % 5)]
        for person in people:
            for plan in plans:
                made.hold(person, plan)
    return made


def test_neither_chunks_nor_threads_change_a_rate() -> None:
    made = mixed()
    whole = made.rate()
    assert whole.solved is not None
    assert len(whole.solved) == 4
    for settings in ({"chunk": 3}, {"chunk": 3, "threads": 1}, {"chunk": 50, "threads": 3}):
        cut = made.rate(**settings)
        assert cut.solved is not None
        for name in Solved.__dataclass_fields__:
            if name != "pools":
                np.testing.assert_array_equal(getattr(cut.solved, name), getattr(whole.solved, name), err_msg=name)
        np.testing.assert_array_equal(cut.prorated_cents, whole.prorated_cents)


def test_the_order_of_families_changes_no_rate() -> None:
    made = mixed()
    whole = made.rate()
    turned = World(tables=made.tables, cells=made.cells, versions=made.versions, offers=made.offers)
    primaries = [row for row, member in enumerate(made.members) if member["primary"] == row]
    ends = [*primaries[1:], len(made.members)]
    for first, end in reversed(list(zip(primaries, ends, strict=True))):
        moved = len(turned.members) - first
        for row in range(first, end):
            turned.members.append(made.members[row] | {"primary": made.members[row]["primary"] + moved})
            for plan, held in enumerate(made.plans):
                if held["member"] == row:
                    turned.plans.append(held | {"member": row + moved})
                    mine = [each for each in made.coverages if each["plan"] == plan]
                    turned.coverages += [each | {"plan": len(turned.plans) - 1} for each in mine]
    result = turned.rate()
    assert result.solved is not None
    assert whole.solved is not None
    for name in Solved.__dataclass_fields__:
        if name not in ("pools", "carrier", "carrier_end"):
            np.testing.assert_array_equal(getattr(result.solved, name), getattr(whole.solved, name), err_msg=name)
    assert result.prorated_cents.sum() == whole.prorated_cents.sum()


def test_a_final_rate_is_unmoved_by_a_new_member_and_an_estimate_is_not() -> None:
    made, plan = composite()
    family(made, plan, 40)
    family(made, plan, 40, 38)
    estimate = made.rate().solved
    assert estimate is not None
    final = replace(estimate, state=np.full_like(estimate.state, RateState.FINAL))
    family(made, plan, 40, 38, 5, 4)  # 700 / (1 + 2 + 3) = 116.67 if it were counted
    moved, kept = made.rate(), fixed(made, final)
    assert moved.solved is not None
    assert kept.solved is not None
    assert moved.solved.base_cents.tolist() == [11_667]
    assert kept.solved.base_cents.tolist() == [10_000]
    assert kept.solved.state.tolist() == [RateState.FINAL]
    assert kept.period_cents.tolist() == [10_000, 20_000, 0, 30_000, 0, 0, 0]


def test_a_given_estimate_is_solved_anew() -> None:
    made, plan = composite()
    family(made, plan, 40)
    estimate = made.rate().solved
    family(made, plan, 40, 38, 5, 4)
    assert estimate is not None
    result = fixed(made, estimate)
    assert result.solved is not None
    assert result.solved.base_cents.tolist() == [12_500]  # 500 / (1 + 3)


def test_final_rates_of_one_offer_leave_the_estimates_of_another_alone() -> None:
    made = mixed()
    whole = made.rate().solved
    assert whole is not None
    given = Solved.unsolved(np.array([1, 4, 9], np.int32), np.full(3, -1, np.int32))  # 4 is filed, 9 is no offer
    given.state[:] = RateState.FINAL
    given.adult_cents[:], given.child_cents[:] = 50_000, 20_000
    result = fixed(made, given)
    assert result.solved is not None
    assert result.solved.state.tolist() == [0, RateState.FINAL, 0, 0]
    assert result.solved.adult_cents.tolist() == [-1, 50_000, -1, -1]
    assert result.solved.base_cents.tolist() == whole.base_cents.tolist()


def test_sums_beyond_64_bits_are_exact() -> None:
    made = World()
    plan = made.offer(made.table("average_age", [({Axis.AGE: 0}, "0.01")]), multiple_e4=10_000)
    for age in (44, 28, 57, 33):
        made.hold(made.member(birth_date=born(age), annual_pay_cents=10**12), plan)
    batch = made.batch()
    members = replace(batch.members, annual_pay_cents=np.full(4, 10**12))
    solved = rating.rate(replace(batch, members=members), made.rates(), chunk=1).solved
    assert solved is not None
    assert solved.average_age.tolist() == [41]


REFUSED = {
    "an average of a table that varies by tobacco": (
        "aca_composite",
        [({Axis.TOBACCO: 1}, "1"), ({}, "1")],
        {},
        "tobacco",
    ),
    "ratios that vary by age": ("composite_solved", [({Axis.AGE: 0}, "1")], {}, "ratios"),
    "ratios of another period": ("composite_solved", TEXAS, {"period": Period.ANNUAL}, "monthly"),
    "a curve without a curve": ("age_curve", [({}, "1")], {}, "curve"),
    "a curve over ages that are filed": ("age_curve", [({Axis.AGE: 0}, "1")], {}, "filed by age"),
    "steps within a blend": ("experience_blend", [({}, "1")], {"round_places": (2,)}, "blend"),
    "steps within an average": ("aca_composite", [({}, "1")], {"round_places": (2,)}, "round"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_contradicts_its_method_is_refused(case: str) -> None:
    method, cells, more, word = REFUSED[case]
    made = World()
    plan = made.offer(made.table(method, cells, **more))
    family(made, plan, 40)
    with pytest.raises(rating.RatesError, match=word):
        made.rate()


def test_base_tables_are_refused_where_they_make_no_sense() -> None:
    made = World()
    annual = made.table("flat", [({}, "100")], period=Period.ANNUAL)
    factor = made.table("factor", [({}, "1")])
    own = made.table("composite_solved", TEXAS, base_table=annual)
    made.offer(own)
    for base, word in ((annual, "monthly"), (own, "solved itself"), (factor, "monthly")):
        made.tables[own]["base_table"] = base
        with pytest.raises(rating.RatesError, match=word):
            made.rate()
    made.tables[own] |= {"base_table": -1, "factors": (factor,)}
    with pytest.raises(rating.RatesError, match="factors"):
        made.rate()
    made.tables[own] |= {"method": "aca_composite", "base_table": 0, "factors": ()}
    with pytest.raises(rating.RatesError, match="base table"):
        made.rate()


def test_a_batch_without_such_methods_solves_nothing() -> None:
    made = World()
    plan = made.offer(made.table("flat", [({}, "1")]))
    family(made, plan, 40)
    assert made.rate().solved is None
    assert e6("1") == 1_000_000
