"""The worked numbers of methods whose rate is made from the census or from several sources."""

from typing import Any

import numpy as np
import pytest

from rating.codes import AgeDate, Axis, Issue, MoneyRounding, OutsideTable, Relationship, Tier, ZeroReason
from rating.methods.experience_blend import credibility_e4
from tests.rating.builders import CURVE, World, age_curve, cents, e4, e6

SPOUSE, CHILD, OTHER = Relationship.SPOUSE, Relationship.CHILD, Relationship.OTHER


def born(age: int) -> str:
    """A birth date that is `age` on 1 January 2026."""
    return f"{2025 - age}-06-15"


def four_families(*, smokes: bool = False) -> World:
    """The group of rating methods, section 2: base 412.36 by the federal curve, tobacco 1.2."""
    made = World()
    tobacco = made.table("factor", [({Axis.TOBACCO: 1}, "1.2"), ({}, "1")])
    plan = made.offer(made.table("aca_composite", age_curve("412.36"), factors=(tobacco,)))
    for adults, children in (((44, 40), (19, 16, 12, 8)), ((28,), ()), ((57, 55), ()), ((33,), (5,))):
        employee = made.member(birth_date=born(adults[0]), tobacco=int(smokes and adults[0] == 44))
        made.hold(employee, plan)
        for age in adults[1:]:
            made.hold(made.member(employee, relationship=SPOUSE, birth_date=born(age)), plan)
        for age in children:
            made.hold(made.member(employee, relationship=CHILD, birth_date=born(age)), plan)
    return made


def test_the_average_enrollee_premium_of_the_page() -> None:
    result = four_families().rate()
    solved = result.solved
    assert solved is not None
    # Adults 576.07 + 527.00 + 448.24 + 1,004.92 + 919.56 + 494.01 (rate x factor, each to the cent) = 3,969.80 / 6.
    assert solved.adult_cents.tolist() == [66_163]
    assert solved.n_adults.tolist() == [6]
    # Children 388.03 + 354.22 + 315.46 + 315.46 = 1,373.17 / 4; the fourth of the first family does not count.
    assert solved.child_cents.tolist() == [34_329]
    assert solved.n_children.tolist() == [4]
    assert result.period_cents[:6].sum() == 235_313  # 2 x 661.63 + 3 x 343.29
    assert result.zero_reason[:6].tolist() == [0, 0, 0, 0, 0, ZeroReason.CHILD_CAP]
    # 3,969.80 + 1,373.17 is owed; 6 x 661.63 + 4 x 343.29 = 5,342.94 is collected.
    assert solved.required_cents.tolist() == [534_297]
    assert solved.collected_cents.tolist() == [534_294]
    assert solved.difference_cents.tolist() == [-3]


def test_tobacco_is_no_part_of_the_average_and_is_paid_by_its_user() -> None:
    result = four_families(smokes=True).rate()
    assert result.solved is not None
    assert result.solved.adult_cents.tolist() == [66_163]
    assert result.period_cents[:6].tolist() == [79_396, 66_163, 34_329, 34_329, 34_329, 0]
    assert result.period_cents[:6].sum() == 248_546


@pytest.mark.parametrize(
    ("rounding", "average"),
    [
        (MoneyRounding.HALF_UP, 9_471),  # 94.705 is 94.71 for each of two
        (MoneyRounding.HALF_EVEN, 9_470),
        (MoneyRounding.TRUNCATE, 9_470),
    ],
)
def test_the_premiums_averaged_are_those_that_the_table_rounds(rounding: MoneyRounding, average: int) -> None:
    """The group owes as averages what it owes person by person (rating methods, 2.5): the same table `child_capped`."""
    owed = {}
    for method in ("aca_composite", "child_capped"):
        made = World()
        plan = made.offer(made.table(method, [({Axis.AGE: 0}, "94.705")], money_rounding=rounding))
        for _ in range(2):
            made.hold(made.member(birth_date=born(40)), plan)
        owed[method] = made.rate().period_cents.tolist()
    assert owed["aca_composite"] == owed["child_capped"] == [average] * 2


def test_a_spouse_under_21_is_a_person_under_21_and_who_cannot_be_priced_is_in_no_average() -> None:
    made = World()
    plan = made.offer(made.table("aca_composite", age_curve("100")))
    for ages in ((21, 20), (20,), (None,)):
        employee = made.member(birth_date=None if ages[0] is None else born(ages[0]))
        made.hold(employee, plan)
        for age in ages[1:]:
            made.hold(made.member(employee, relationship=SPOUSE, birth_date=born(age)), plan)
    result = made.rate()
    solved = result.solved
    assert solved is not None
    assert solved.n_adults.tolist() == [1]  # 21 on the day; at 20 one is a child
    assert solved.n_children.tolist() == [2]
    assert solved.n_left_out.tolist() == [1]
    assert result.period_cents.tolist() == [10_000, 9_700, 9_700, 0]
    assert result.issue.tolist() == [0, 0, 0, Issue.BIRTH_DATE_REQUIRED]


def test_one_who_joins_a_group_of_children_only_has_no_average_of_adults() -> None:
    made = World()
    plan = made.offer(made.table("aca_composite", age_curve("100")))
    made.hold(made.member(birth_date=born(20)), plan)
    made.hold(made.member(birth_date=born(30)), plan, covered_from="2026-03-01")
    result = made.rate()
    assert result.issue.tolist() == [0, Issue.NOT_SOLVED]
    assert result.period_cents.tolist() == [9_700, 0]


def test_the_composite_of_the_page() -> None:
    made = World()
    ratios = dict(zip(Tier, ("1.00", "2.05", "1.85", "1.85", "2.95"), strict=True))
    cells = [({Axis.TIER: tier}, ratio) for tier, ratio in ratios.items()]
    plan = made.offer(made.table("composite_solved", cells), required_cents=cents(92_400))
    for tier, count in ((Tier.EE, 42), (Tier.ES, 14), (Tier.E1C, 9), (Tier.FAM, 25)):
        for _ in range(count):
            made.hold(made.member(stated_tier=tier), plan)
    result = made.rate()
    solved = result.solved
    assert solved is not None
    # 42 + 14 x 2.05 + 9 x 1.85 + 25 x 2.95 = 161.10; 92,400 / 161.10 = 573.556...
    assert solved.base_cents.tolist() == [57_356]
    assert solved.tier_cents.tolist() == [[57_356, 117_580, 106_109, 106_109, 169_200]]
    assert solved.tier_counts.tolist() == [[42, 14, 9, 0, 25]]
    assert solved.collected_cents.tolist() == [9_240_053]
    assert solved.difference_cents.tolist() == [53]
    assert result.period_cents.sum() == 9_240_053
    assert result.unit_rate_e6[0] == e6("1")


@pytest.mark.rule("GR-27")
def test_a_dependent_whose_primary_is_not_covered_has_no_composite_rate() -> None:
    made = World()
    plan = made.offer(made.table("composite_solved", [({}, "1")]), required_cents=cents(100))
    made.hold(made.member(), plan)
    alone = made.member()
    made.hold(made.member(alone, relationship=CHILD, birth_date=born(4)), plan)
    result = made.rate()
    assert result.issue.tolist() == [0, Issue.NO_RATE]
    assert result.period_cents.tolist() == [10_000, 0]


def test_a_family_whose_tier_of_the_opening_day_has_no_ratio_is_neither_in_the_bill_nor_in_a_count() -> None:
    made = World()
    base = made.table("flat", [({}, "100")])
    ratios = [({Axis.TIER: Tier.EE}, None), ({Axis.TIER: Tier.E1C}, "1")]
    plan = made.offer(made.table("composite_solved", ratios, base_table=base))
    for joined in ("2026-01-01", "2026-07-01"):
        employee = made.member()
        made.hold(employee, plan)
        child = made.member(employee, relationship=CHILD, birth_date=born(4))
        made.hold(child, plan, covered_from=joined, rate_date=joined)
    result = made.rate()
    assert result.solved is not None
    # The first family, two at 100.00, pays its own bill; the other is of the tier EE until its child joins.
    assert result.solved.required_cents.tolist() == [20_000]
    assert result.solved.tier_counts.tolist() == [[0, 0, 1, 0, 0]]
    assert result.solved.n_left_out.tolist() == [1]
    assert result.period_cents[0] == 20_000


def test_the_list_bill_reads_ages_by_the_rule_of_its_own_table() -> None:
    made = World()
    cells = [({Axis.AGE: 0}, "100"), ({Axis.AGE: 40}, "200")]
    base = made.table("age_banded", cells, age_date=AgeDate.ISSUE)
    plan = made.offer(made.table("composite_solved", [({}, "1")], base_table=base))
    made.hold(made.member(birth_date=born(41)), plan, issue_date="2024-01-01")  # 39 on that day
    result = made.rate()
    assert result.period_cents.tolist() == [10_000]


def test_who_is_beyond_the_ages_of_the_table_is_in_no_average() -> None:
    made = World()
    cells = [({Axis.AGE: 0}, "100"), ({Axis.AGE: 40}, "200")]
    plan = made.offer(made.table("aca_composite", cells, high={Axis.AGE: 64}, outside=OutsideTable.ISSUE))
    for age in (30, 64, 65):
        made.hold(made.member(birth_date=born(age)), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [15_000, 15_000, 0]  # (100.00 + 200.00) / 2
    assert result.issue.tolist() == [0, 0, Issue.AGE_OUTSIDE_TABLE]
    assert result.solved is not None
    assert result.solved.n_left_out.tolist() == [1]


BY_AVERAGE = [({Axis.AGE: 0}, "10"), ({Axis.AGE: 41}, "20"), ({Axis.AGE: 42}, "40")]


def averaged(method: str, cells: Any = BY_AVERAGE, **offer: Any) -> tuple[World, int]:
    made = World()
    return made, made.offer(made.table(method, cells), **offer)


def test_the_average_age_of_the_page_is_rounded_half_up() -> None:
    made, plan = averaged("average_age")
    for age in (44, 28, 57, 33):
        made.hold(made.member(birth_date=born(age)), plan)
    result = made.rate()
    assert result.solved is not None
    assert result.solved.average_age.tolist() == [41]  # 162 / 4 = 40.5
    assert result.period_cents.tolist() == [2_000] * 4
    made.members[1]["birth_date"] = born(27)  # 161 / 4 = 40.25
    assert made.rate().period_cents.tolist() == [1_000] * 4


def test_averages_are_of_employees_only_and_dependents_are_covered_by_their_rate() -> None:
    made, plan = averaged("average_age")
    employee = made.member(birth_date=born(41))
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=CHILD, birth_date=born(2)), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [2_000, 0]
    assert result.zero_reason.tolist() == [0, ZeroReason.FAMILY_CARRIED]


def test_a_class_of_1_and_a_class_of_99_make_one_pool_of_100() -> None:
    made, plan = averaged("average_age")
    for number in range(100):
        made.hold(made.member(birth_date=born(60 if number == 0 else 40), class_slot=int(number > 0)), plan)
    solved = made.rate().solved
    assert solved is not None
    assert solved.average_age.tolist() == [40]  # (60 + 99 x 40) / 100 = 40.2; the average of averages would be 50
    assert solved.n_lives.tolist() == [100]


def test_a_table_that_varies_by_class_is_averaged_class_by_class() -> None:
    cells = [({Axis.AGE: 0, Axis.CLASS: k}, "10") for k in (0, 1)] + [({Axis.AGE: 41, Axis.CLASS: 1}, "30")]
    made, plan = averaged("average_age", cells)
    for age, slot in ((30, 0), (50, 0), (40, 1), (42, 1)):
        made.hold(made.member(birth_date=born(age), class_slot=slot, class_label=slot), plan)
    result = made.rate()
    assert result.solved is not None
    assert result.solved.class_slot.tolist() == [-1, 0, 1]
    assert result.solved.average_age.tolist() == [-1, 40, 41]
    assert result.period_cents.tolist() == [1_000, 1_000, 3_000, 3_000]


def test_the_percent_female_is_a_share_of_all_employees_banded_from_below() -> None:
    cells = [({Axis.FEMALE_PERCENT: 0}, "10"), ({Axis.FEMALE_PERCENT: 500_000}, "20")]
    made, plan = averaged("average_age", cells)
    for gender in (2, 2, 1, 0):
        made.hold(made.member(gender=gender, birth_date=None), plan)
    result = made.rate()
    assert result.solved is not None
    assert result.solved.female_e4.tolist() == [500_000]  # two of four: 50 %, the lower bound of the band
    assert result.period_cents.tolist() == [2_000] * 4
    made.hold(made.member(gender=1), plan)  # two of five: 40 %
    assert made.rate().period_cents.tolist() == [1_000] * 5


def test_life_is_weighted_by_its_amounts_and_rated_per_thousand() -> None:
    made, plan = averaged("average_age", multiple_e4=e4(1))
    for age, pay in ((30, 100_000), (60, 50_000)):
        made.hold(made.member(birth_date=born(age), annual_pay_cents=cents(pay)), plan)
    result = made.rate()
    assert result.solved is not None
    assert result.solved.average_age.tolist() == [40]  # (30 x 100 + 60 x 50) / 150 = 40, not 45
    assert result.period_cents.tolist() == [100_000, 50_000]  # 100 and 50 thousands at 10.00
    assert result.volume_cents.tolist() == [cents(100_000), cents(50_000)]


def test_rates_per_life_and_per_thousand_stand_side_by_side() -> None:
    made = World()
    table = made.table("average_age", BY_AVERAGE)
    per_life, per_thousand = made.offer(table), made.offer(table, flat_cents=cents(50_000))
    employee = made.member(birth_date=born(41))
    made.hold(employee, per_life)
    made.hold(employee, per_thousand)
    result = made.rate()
    assert result.period_cents.tolist() == [2_000, 100_000]  # 20.00; 50 thousands at 20.00
    assert result.volume_cents.tolist() == [-1, cents(50_000)]


def test_an_average_of_nobody_is_no_age() -> None:
    made, plan = averaged("average_age")
    made.hold(made.member(birth_date=None), plan)
    result = made.rate()
    assert result.issue.tolist() == [Issue.NOT_SOLVED]
    assert result.solved is not None
    assert result.solved.n_left_out.tolist() == [1]


def test_a_dependent_is_free_beside_the_employee_whose_rate_covers_both_and_has_no_rate_alone() -> None:
    made, plan = averaged("average_age")
    employee = made.member(birth_date=born(41))
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=SPOUSE), plan)
    other = made.member()
    made.hold(made.member(other, relationship=SPOUSE), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [2_000, 0, 0]
    assert result.zero_reason.tolist() == [0, ZeroReason.FAMILY_CARRIED, 0]
    assert result.issue.tolist() == [0, 0, Issue.NO_RATE]


@pytest.mark.rule("GR-9")
def test_a_summary_based_premium_is_one_sum_and_is_not_multiplied_by_the_head_count() -> None:
    made, plan = averaged("summary_based", [({Axis.AGE: 41}, "2480")])
    for age in (44, 28, 57, 33):
        made.hold(made.member(birth_date=born(age)), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [248_000, 0, 0, 0]
    assert result.zero_reason.tolist() == [0] + [ZeroReason.BILLED_BY_CLASS] * 3


@pytest.mark.rule("GR-7", "GR-9")
@pytest.mark.parametrize(
    ("dollars", "issue"), [("1800000", 0), ("1000000000", 0), ("1000000000.01", Issue.AMOUNT_OUT_OF_RANGE)]
)
def test_one_premium_for_many_may_be_a_billion_a_month(dollars: str, issue: int) -> None:
    # 3,000 lives at 600.00 are 1,800,000.00 a month, more than any one person's cover may cost.
    made, plan = averaged("summary_based", [({}, dollars)])
    for _ in range(2):
        made.hold(made.member(), plan)
    result = made.rate()
    period = 0 if issue else int(dollars) * 100
    assert result.issue.tolist() == [issue, 0]
    assert result.period_cents.tolist() == [period, 0]
    assert result.standard_cents.tolist() == [12 * period, 0]


@pytest.mark.rule("GR-9")
def test_each_class_has_its_own_sum_where_the_table_speaks_of_classes() -> None:
    made, plan = averaged("summary_based", [({Axis.CLASS: 0}, "100"), ({Axis.CLASS: 1}, "250")])
    for slot in (0, 1, 1, 0):
        made.hold(made.member(class_slot=slot, class_label=slot), plan)
    assert made.rate().period_cents.tolist() == [10_000, 25_000, 0, 0]


def test_the_sum_is_carried_by_one_who_stays_and_never_by_a_dependent() -> None:
    made, plan = averaged("summary_based", [({}, "365")])
    leaver = made.member()
    made.hold(leaver, plan, covered_to="2026-07-01")
    made.hold(made.member(leaver, relationship=SPOUSE), plan)
    made.hold(made.member(), plan)
    made.hold(made.member(), plan)
    assert made.rate().prorated_cents.tolist() == [0, 0, 438_000, 0]  # 12 x 365.00, the whole term
    assert made.rate(chunk=1).prorated_cents.tolist() == [0, 0, 438_000, 0]


@pytest.mark.parametrize("back", ["2026-07-01", "2026-08-01"])
def test_the_sum_is_carried_in_both_spans_of_the_one_covered_longest(back: str) -> None:
    made, plan = averaged("summary_based", [({}, "365")])
    made.hold(made.member(), plan, covered_to="2026-09-01")
    other = made.member()
    made.hold(other, plan, covered_to="2026-07-01")
    made.hold(other, plan, covered_from=back, rate_date=back)
    # 243 days against 181 and, from July on or from August on, 184 or 153: 365 or 334 together. 4,380.00 a year:
    # 4380 x 181/365 = 2172.00; x 184/365 = 2208.00; x 153/365 = 1836.00.
    expected = [0, 217_200, 220_800 if back == "2026-07-01" else 183_600]
    result = made.rate()
    assert result.prorated_cents.tolist() == expected
    assert result.zero_reason.tolist() == [ZeroReason.BILLED_BY_CLASS, 0, 0]
    assert made.rate(chunk=1).prorated_cents.tolist() == expected


def test_of_those_covered_equally_long_the_first_by_key_carries_whatever_the_order_of_rows() -> None:
    made, plan = averaged("summary_based", [({}, "365")])
    for rank in (3, 1, 2):
        made.hold(made.member(rank=rank), plan)
    assert made.rate().period_cents.tolist() == [0, 36_500, 0]
    assert made.rate(chunk=1).period_cents.tolist() == [0, 36_500, 0]


def test_a_factor_by_the_average_age_needs_one_as_a_rate_does() -> None:
    made = World()
    factor = made.table("factor", [({Axis.AGE: 0}, "1")])
    plan = made.offer(made.table("average_age", [({}, "20")], factors=(factor,)))
    made.hold(made.member(birth_date=None), plan)
    assert made.rate().issue.tolist() == [Issue.NOT_SOLVED]


def test_one_of_two_spans_is_not_mistaken_for_the_next_employee_s() -> None:
    made, plan = averaged("summary_based", [({}, "365")])
    first, second = made.member(), made.member()
    made.hold(first, plan, covered_to="2026-03-01")
    made.hold(first, plan, covered_from="2026-10-01", rate_date="2026-10-01")
    made.hold(second, plan)
    assert made.rate().prorated_cents.tolist() == [0, 0, 438_000]  # 59 and 92 days against 365


def test_a_sum_that_the_table_refuses_is_missing_for_everybody() -> None:
    made = World()
    strict = {"high": {Axis.AGE: 40}, "outside": OutsideTable.ISSUE}
    plan = made.offer(made.table("summary_based", [({Axis.AGE: 0}, "365")], **strict))
    for age in (44, 38):  # 41 on average
        made.hold(made.member(birth_date=born(age)), plan)
    assert made.rate().issue.tolist() == [Issue.AGE_OUTSIDE_TABLE] * 2


def test_a_child_beyond_the_cap_is_free_though_no_child_makes_an_average() -> None:
    made = World()
    plan = made.offer(made.table("aca_composite", [({}, "300")], child_count=0))
    employee = made.member()
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=CHILD, birth_date=born(9)), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [30_000, 0]
    assert result.issue.tolist() == [Issue.NONE] * 2
    assert result.zero_reason.tolist() == [0, ZeroReason.CHILD_CAP]


def test_who_declined_owes_nothing_though_nobody_makes_an_average() -> None:
    made = World()
    plan = made.offer(made.table("average_age", [({Axis.AGE: 0}, "2")]), increment_cents=cents(10_000))
    made.hold(made.member(), plan, elected_cents=0)
    result = made.rate()
    assert result.issue.tolist() == [Issue.NONE]
    assert result.zero_reason.tolist() == [ZeroReason.AMOUNT_DECLINED]


def test_a_class_of_dependents_only_has_nobody_to_carry_its_sum() -> None:
    made, plan = averaged("summary_based", [({}, "365")])
    employee = made.member()
    made.hold(made.member(employee, relationship=CHILD), plan)
    result = made.rate()
    assert result.issue.tolist() == [Issue.NOT_SOLVED]
    assert not result.period_cents.any()


def blend(**offer: Any) -> int:
    made = World()
    made.hold(made.member(), made.offer(made.table("experience_blend", [({}, "498.75")]), **offer))
    result = made.rate()
    return -int(result.issue[0]) if result.issue[0] else int(result.period_cents[0])


def test_the_blend_of_the_page() -> None:
    # Z = sqrt(160 / 1,000) = 0.4; 0.4 x 541.20 + 0.6 x 498.75 = 216.48 + 299.25.
    known = {"experience_e6": e6("541.20"), "life_years_e4": e4(160), "full_credibility_e4": e4(1_000)}
    assert blend(**known) == 51_573
    assert blend(**known | {"life_years_e4": e4(1_000)}) == 54_120  # fully credible
    assert blend(**known | {"life_years_e4": e4(5_000)}) == 54_120  # and never more
    assert blend(**known | {"life_years_e4": 0}) == 49_875
    assert blend() == 49_875
    assert blend(**known | {"life_years_e4": -1}) == -Issue.FACT_REQUIRED
    assert blend(**known | {"full_credibility_e4": 0}) == -Issue.FACT_REQUIRED


def test_credibility_is_rounded_half_up_to_four_places_by_exact_roots() -> None:
    # 0.00005**2 = 0.0000000025 = 25 / 10**10: exactly half of the fourth place, and beside it.
    years, full = np.array([25, 24, 26]), np.full(3, 10**10)
    assert credibility_e4(years, full).tolist() == [1, 0, 1]
    # 0.40005**2 = 0.1600400025.
    assert credibility_e4(np.array([1_600_400_025, 1_600_400_024]), np.full(2, 10**10)).tolist() == [4_001, 4_000]


def test_a_curve_prices_by_age_from_one_base_rate_and_caps_children() -> None:
    made = World()
    curve = made.table("factor", [({Axis.AGE: age}, factor) for age, factor in CURVE.items()])
    tobacco = made.table("factor", [({Axis.TOBACCO: 1}, "1.2"), ({}, "1")])
    plan = made.offer(made.table("age_curve", [({}, "412.36")], factors=(curve, tobacco)))
    employee = made.member(birth_date=born(44), tobacco=1)
    made.member(employee, relationship=SPOUSE, birth_date=born(40))
    for age in (19, 16, 12, 8):
        made.member(employee, relationship=CHILD, birth_date=born(age))
    for member in range(6):
        made.hold(member, plan)
    result = made.rate()
    assert result.period_cents.tolist() == [69_128, 52_700, 38_803, 35_422, 31_546, 0]
    assert result.period_cents.sum() == 227_599
