"""The examples of the published methods, and what lies beside them."""

import pytest

from rating.codes import (
    AgeBasis,
    AgeDate,
    Axis,
    BenefitRounding,
    Issue,
    Period,
    Relationship,
    Tier,
    VolumeRounding,
    ZeroReason,
)
from tests.rating.builders import World, age_curve, cents, e4, percent

SPOUSE, CHILD, OTHER = Relationship.SPOUSE, Relationship.CHILD, Relationship.OTHER


def medical() -> tuple[World, int]:
    """The table of 45 CFR 147.102: base 412.36 by the federal curve, tobacco 1.2."""
    made = World()
    tobacco = made.table("factor", [({Axis.TOBACCO: 1}, "1.2"), ({}, "1")])
    return made, made.offer(made.table("child_capped", age_curve("412.36"), factors=(tobacco,)))


def born(age: int) -> str:
    """A birth date that is `age` on 1 January 2026."""
    return f"{2025 - age}-06-15"


def test_the_three_oldest_children_under_21_are_charged() -> None:
    made, plan = medical()
    employee = made.member(birth_date=born(44), tobacco=1)
    made.member(employee, relationship=SPOUSE, birth_date=born(40))
    for age in (8, 12, 19, 16):  # not in the order of age
        made.member(employee, relationship=CHILD, birth_date=born(age))
    for member in range(6):
        made.hold(member, plan)
    result = made.rate()
    # 412.36 x 1.397 x 1.2; x 1.278; x 0.765 (fourth); x 0.765; x 0.941; x 0.859
    assert result.period_cents.tolist() == [69_128, 52_700, 0, 31_546, 38_803, 35_422]
    assert result.period_cents.sum() == 227_599
    assert result.zero_reason.tolist() == [0, 0, ZeroReason.CHILD_CAP, 0, 0, 0]
    assert result.age.tolist() == [44, 40, 8, 12, 19, 16]


def family_of_children(births: list[str], **primary: object) -> tuple[World, int]:
    made, plan = medical()
    employee = made.member(birth_date=born(44), **primary)
    for birth in births:
        made.member(employee, relationship=CHILD, birth_date=birth)
    for member in range(len(births) + 1):
        made.hold(member, plan)
    return made, plan


def test_a_child_of_21_on_the_age_date_is_an_adult_and_one_a_day_younger_is_not() -> None:
    of_21, of_20 = "2005-01-01", "2005-01-02"
    young = [born(5), born(6), born(7)]
    result = family_of_children([of_21, *young])[0].rate()
    assert (result.zero_reason == ZeroReason.CHILD_CAP).sum() == 0
    assert result.period_cents[1] == 41_236
    result = family_of_children([of_20, *young])[0].rate()
    assert result.zero_reason.tolist() == [0, 0, ZeroReason.CHILD_CAP, 0, 0]
    assert result.period_cents[1] == 39_999  # 412.36 x 0.970 = 399.9892


def test_children_of_one_birth_date_are_ranked_in_the_order_of_their_rows() -> None:
    result = family_of_children([born(10)] * 5)[0].rate()
    assert result.zero_reason.tolist() == [0, 0, 0, 0, ZeroReason.CHILD_CAP, ZeroReason.CHILD_CAP]


def test_a_spouse_or_other_dependent_under_21_pays_and_takes_no_place() -> None:
    made, plan = medical()
    employee = made.member(birth_date=born(20))
    made.member(employee, relationship=SPOUSE, birth_date=born(20))
    made.member(employee, relationship=OTHER, birth_date=born(20))
    for age in (3, 2, 1):
        made.member(employee, relationship=CHILD, birth_date=born(age))
    for member in range(6):
        made.hold(member, plan)
    result = made.rate()
    assert not result.zero_reason.any()
    assert (result.period_cents > 0).all()


def test_a_child_outside_the_term_or_without_birth_date_takes_no_place() -> None:
    made, plan = medical()
    employee = made.member(birth_date=born(44))
    for birth in (born(19), None, born(10), born(9), born(8)):
        made.member(employee, relationship=CHILD, birth_date=birth)
    made.hold(0, plan)
    made.hold(1, plan, covered_to="2025-12-31")
    for member in range(2, 6):
        made.hold(member, plan)
    result = made.rate()
    assert result.issue.tolist() == [0, Issue.OUTSIDE_TERM, Issue.BIRTH_DATE_REQUIRED, 0, 0, 0]
    assert not result.zero_reason.any()


def test_a_child_without_birth_date_cannot_be_placed_even_where_the_rate_has_no_ages() -> None:
    made = World()
    plan = made.offer(made.table("child_capped", [({}, "100")]))
    employee = made.member(birth_date=None)
    made.member(employee, relationship=CHILD, birth_date=None)
    made.member(employee, relationship=SPOUSE, birth_date=None)
    for member in range(3):
        made.hold(member, plan)
    result = made.rate()
    assert result.issue.tolist() == [0, Issue.BIRTH_DATE_REQUIRED, 0]
    assert result.period_cents.tolist() == [10_000, 0, 10_000]


def test_children_are_counted_by_the_age_that_the_table_prices_by() -> None:
    made = World()
    nearest = AgeBasis.NEAREST_BIRTHDAY
    plan = made.offer(made.table("child_capped", [({}, "100")], age_basis=nearest, child_age=21, child_count=1))
    employee = made.member()
    for birth in ("2005-03-01", "2006-01-01"):  # 20 years and 10 months, nearest 21: an adult; and 20
        made.member(employee, relationship=CHILD, birth_date=birth)
    for member in range(3):
        made.hold(member, plan)
    assert not made.rate().zero_reason.any()


def test_coverages_that_count_children_of_different_ages_are_counted_apart() -> None:
    made = World()
    plan = made.offer(made.table("child_capped", [({}, "100")], child_age=21, child_count=1))
    rider = made.offer(made.table("child_capped", [({}, "10")], child_age=19, child_count=1), root=plan)
    employee = made.member(birth_date=born(44))
    for age in (20, 10, 9):
        made.member(employee, relationship=CHILD, birth_date=born(age))
    for member in range(4):
        made.hold(member, plan, plan, rider)
    # Of the rider the child of 20 is an adult and takes no place: the one of 10 is the oldest child.
    assert made.rate().period_cents.reshape(4, 2).tolist() == [[10_000, 1_000]] * 2 + [[0, 1_000], [0, 0]]


def test_the_cap_counts_per_family_and_plan_and_a_child_with_two_coverages_once() -> None:
    made, plan = medical()
    table = made.offers[plan]["rate_table"]
    drugs, hospital = made.offer(table, root=plan), made.offer(table, root=plan)
    for _ in range(2):
        employee = made.member(birth_date=born(44))
        for age in (4, 3, 2, 1):
            made.member(employee, relationship=CHILD, birth_date=born(age))
    for member in range(10):
        made.hold(member, plan, drugs, hospital)
    capped = (made.rate().zero_reason == ZeroReason.CHILD_CAP).reshape(10, 2)
    assert capped.tolist() == ([[False] * 2] * 4 + [[True] * 2]) * 2


def test_a_child_takes_its_place_by_whatever_it_holds_of_the_plan_and_whichever_method_counts_children() -> None:
    """One child is charged: the older, though it holds only the coverage that is priced by a curve."""
    made = World()
    curve = made.table("factor", [({Axis.AGE: 0}, "0.765"), ({Axis.AGE: 21}, "1")])
    by_curve = made.table("age_curve", [({}, "100")], factors=(curve,), child_count=1)
    by_age = made.table("child_capped", [({}, "10")], child_count=1)
    root = made.offer()
    first, second = made.offer(by_curve, root), made.offer(by_age, root)
    employee = made.member(birth_date=born(44))
    older, younger = (made.member(employee, relationship=CHILD, birth_date=born(age)) for age in (12, 8))
    made.hold(employee, root, first, second)
    made.hold(older, root, first)
    made.hold(younger, root, second)
    result = made.rate()
    assert result.period_cents.tolist() == [10_000, 1_000, 7_650, 0]
    assert result.zero_reason[3] == ZeroReason.CHILD_CAP
    made.coverages[2]["covered_from"] = "2027-01-01"  # never covered in the term: the younger is the oldest
    assert made.rate().period_cents.tolist() == [10_000, 1_000, 0, 1_000]


def test_age_banded_charges_every_child() -> None:
    made = World()
    plan = made.offer(made.table("age_banded", age_curve("100")))
    employee = made.member(birth_date=born(64))
    for _ in range(5):
        made.member(employee, relationship=CHILD, birth_date=born(14))
    for member in range(6):
        made.hold(member, plan)
    assert made.rate().period_cents.tolist() == [30_000] + [7_650] * 5


@pytest.mark.parametrize("method", ["age_banded", "child_capped"])
def test_a_family_known_by_its_tier_only_cannot_be_priced_by_age(method: str) -> None:
    made = World()
    plan = made.offer(made.table(method, age_curve("100")))
    made.hold(made.member(stated_tier=Tier.FAM), plan)
    made.hold(made.member(stated_tier=Tier.EE), plan)
    employee = made.member(stated_tier=Tier.ES)
    made.member(employee, relationship=SPOUSE)
    made.hold(2, plan)
    made.hold(3, plan)
    assert made.rate().issue.tolist() == [Issue.DEPENDENTS_UNKNOWN, 0, 0, 0]


def dental() -> tuple[World, int]:
    """The four tiers of section 3, EC widened to both child tiers."""
    made = World()
    prices = {Tier.EE: "573.56", Tier.ES: "1175.80", Tier.E1C: "1061.09", Tier.ECN: "1061.09", Tier.FAM: "1692.00"}
    return made, made.offer(made.table("composite_tier", [({Axis.TIER: tier}, rate) for tier, rate in prices.items()]))


@pytest.mark.rule("GR-26")
@pytest.mark.rule("GR-27")
def test_the_primary_carries_the_price_of_the_family() -> None:
    made, plan = dental()
    for dependents in ([], [SPOUSE], [CHILD], [CHILD, CHILD], [Relationship.DOMESTIC_PARTNER, CHILD]):
        employee = made.member()
        for relationship in dependents:
            made.member(employee, relationship=relationship)
    for member in range(len(made.members)):
        made.hold(member, plan)
    result = made.rate()
    assert result.period_cents.tolist() == [57_356, 117_580, 0, 106_109, 0, 106_109, 0, 0, 169_200, 0, 0]
    is_dependent = [0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1]
    assert result.zero_reason.tolist() == [ZeroReason.COMPOSITE_DEPENDENT * each for each in is_dependent]
    assert result.tier.tolist() == [0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4]
    assert not result.issue.any()


def test_only_dependents_who_hold_the_same_plan_make_the_tier() -> None:
    made, plan = dental()
    other = made.offer(made.offers[plan]["rate_table"])
    employee = made.member()
    made.member(employee, relationship=SPOUSE)
    made.member(employee, relationship=CHILD)
    made.hold(0, plan)
    made.hold(1, plan)
    made.hold(2, other)
    result = made.rate()
    assert result.tier.tolist() == [Tier.ES, Tier.ES, Tier.E1C]
    # The child holds a plan its primary does not: no family to price it in.
    assert result.issue.tolist() == [0, 0, Issue.NO_RATE]


def test_a_dependent_whose_primary_holds_the_plan_by_another_coverage_only_has_no_rate() -> None:
    made, plan = dental()
    table = made.offers[plan]["rate_table"]
    basic, rider = made.offer(table, root=plan), made.offer(table, root=plan)
    employee = made.member()
    made.member(employee, relationship=SPOUSE)
    made.hold(0, plan, basic)
    made.hold(1, plan, basic, rider)
    result = made.rate()
    assert result.period_cents.tolist() == [117_580, 0, 0]
    assert result.zero_reason.tolist() == [0, ZeroReason.COMPOSITE_DEPENDENT, 0]
    assert result.issue.tolist() == [0, 0, Issue.NO_RATE]


def test_a_stated_tier_stands_in_for_dependents_who_are_not_named() -> None:
    made, plan = dental()
    made.hold(made.member(stated_tier=Tier.FAM), plan)
    employee = made.member(stated_tier=Tier.FAM)
    made.member(employee, relationship=SPOUSE)
    made.hold(1, plan)
    made.hold(2, plan)
    assert made.rate().period_cents.tolist() == [169_200, 117_580, 0]


def test_a_dependent_without_a_covered_day_does_not_raise_the_tier() -> None:
    made, plan = dental()
    employee = made.member()
    made.member(employee, relationship=SPOUSE)
    made.hold(0, plan)
    made.hold(1, plan, covered_to="2026-01-01")
    result = made.rate()
    assert result.period_cents.tolist() == [57_356, 0]
    assert result.issue.tolist() == [0, Issue.OUTSIDE_TERM]


def test_life_is_rated_per_thousand_of_twice_pay_and_reduced_by_age() -> None:
    made = World()
    schedule = made.reduction((65, "65"), (70, "50"))
    life = made.offer(
        made.table("volume", [({}, "0.24")]),
        multiple_e4=e4(2),
        volume_rounding=VolumeRounding.UP_1000,
        reduction=schedule,
    )
    for birth in ("1980-01-01", "1961-01-02", "1961-01-01", "1960-01-01", "1956-01-01"):  # 46, 64, 65, 66, 70
        made.hold(made.member(birth_date=birth, annual_pay_cents=cents(63_450)), life)
    result = made.rate()
    # 126,900 -> 127,000; 65 % = 82,550 -> 83,000; 50 % = 63,500 -> 64,000
    assert result.volume_cents.tolist() == [cents(v) for v in (127_000, 127_000, 83_000, 83_000, 64_000)]
    assert result.period_cents.tolist() == [3_048, 3_048, 1_992, 1_992, 1_536]


def test_supplemental_life_is_banded_by_age_and_elected() -> None:
    made = World()
    bands = [({Axis.AGE: 0}, "0.05"), ({Axis.AGE: 35}, "0.116"), ({Axis.AGE: 40}, "0.183")]
    plan = made.offer(made.table("volume", bands), increment_cents=cents(10_000), maximum_cents=cents(500_000))
    for birth, elected in (
        ("1987-06-01", 150_000),
        ("1986-01-01", 150_000),
        ("1986-01-02", 150_000),
        ("1980-01-01", 0),
    ):
        made.hold(made.member(birth_date=birth), plan, elected_cents=cents(elected))
    made.hold(made.member(), plan)
    result = made.rate()
    assert result.period_cents.tolist() == [1_740, 2_745, 1_740, 0, 0]
    assert result.zero_reason.tolist() == [0, 0, 0, ZeroReason.AMOUNT_DECLINED, 0]
    assert result.issue.tolist() == [0, 0, 0, 0, Issue.AMOUNT_REQUIRED]


def test_short_term_disability_is_rated_per_ten_dollars_of_weekly_benefit() -> None:
    made = World()
    std = made.offer(
        made.table("weekly_benefit", [({}, "0.31")]),
        benefit_percent_e4=percent(60),
        benefit_rounding=BenefitRounding.NEAREST_1,
        maximum_benefit_cents=cents(1_000),
    )
    cbia = made.offer(
        made.table("weekly_benefit", [({}, "0.25")]), benefit_percent_e4=percent(60), maximum_benefit_cents=cents(500)
    )
    for pay, plan in ((63_450, std), (104_000, std), (100_000, cbia), (-1, std)):
        made.hold(made.member(annual_pay_cents=pay if pay < 0 else cents(pay)), plan)
    result = made.rate()
    assert result.volume_cents.tolist() == [73_200, 100_000, 50_000, -1]
    assert result.period_cents.tolist() == [2_269, 3_100, 1_250, 0]  # 22.692, 31.00, 12.50
    assert result.issue.tolist() == [0, 0, 0, Issue.PAY_REQUIRED]


def test_long_term_disability_is_rated_per_hundred_dollars_of_covered_pay() -> None:
    made = World()
    ltd = made.offer(
        made.table("covered_pay", [({}, "0.42")]),
        benefit_percent_e4=percent(60),
        maximum_benefit_cents=cents(6_000),
    )
    for pay in (63_450, 150_000, 120_000):
        made.hold(made.member(annual_pay_cents=cents(pay)), ltd)
    made.hold(made.member(), ltd)
    result = made.rate()
    # 5,287.50 x 0.42 / 100 = 22.2075; 10,000 at most: 42.00; 120,000 / 12 is exactly the cap
    assert result.volume_cents.tolist() == [528_750, 1_000_000, 1_000_000, -1]
    assert result.period_cents.tolist() == [2_221, 4_200, 4_200, 0]
    assert result.issue.tolist() == [0, 0, 0, Issue.PAY_REQUIRED]


def test_flat_is_one_price_per_covered_person() -> None:
    made = World()
    plan = made.offer(made.table("flat", [({}, "10.005")], period=Period.TERM))
    employee = made.member()
    made.member(employee, relationship=CHILD)
    made.hold(0, plan)
    made.hold(1, plan)
    result = made.rate()
    assert result.period_cents.tolist() == [1_001, 1_001]  # the tie 10.005 goes up
    assert result.standard_cents.tolist() == [1_001, 1_001]


def test_age_basis_belongs_to_the_table() -> None:
    made = World()
    for basis in AgeBasis:
        made.offer(made.table("age_banded", [({Axis.AGE: 39}, "39"), ({Axis.AGE: 40}, "40")], age_basis=basis))
    made.member(birth_date="1986-06-15")
    made.member(birth_date="1986-12-15")
    for member in range(2):
        for offer in range(3):
            made.hold(member, offer, age_date="2026-01-01")
    # 15 June 1986 on 1 January 2026: 39 completed, 40 is 165 days off and 39 200 days; born 1986: 40.
    assert made.rate().age.tolist() == [39, 40, 40, 39, 39, 40]


def test_supplemental_life_limits_the_spouse_and_charges_one_of_the_children() -> None:
    made = World()
    table = made.table("supplemental_life", [({Axis.AGE: 0}, "0.2"), ({Axis.AGE: 35}, "0.116")])
    common = {"increment_cents": cents(10_000), "volume_rounding": VolumeRounding.NONE}
    root = made.offer()
    life = made.offer(table, root=root, pay_multiple_cap_e4=e4(5), maximum_cents=cents(500_000), **common)
    spouse_life = made.offer(table, root=root, employee_percent_cap_e4=percent(50), **common)
    child_life = made.offer(table, root=root, employee_percent_cap_e4=percent(50), **common)
    employee = made.member(birth_date=born(38), annual_pay_cents=cents(30_000))
    made.member(employee, relationship=SPOUSE, birth_date=born(38))
    for age in (6, 9, 3):
        made.member(employee, relationship=CHILD, birth_date=born(age))
    made.hold(0, root, life, elected_cents=cents(160_000))
    made.hold(1, root, spouse_life, elected_cents=cents(100_000))
    for child in (2, 3, 4):
        made.hold(child, root, child_life, elected_cents=cents(10_000))
    result = made.rate()
    # 160,000 is above 5 x 30,000: 150 x 0.116 = 17.40; half of it 75 x 0.116 = 8.70; children once 10 x 0.20 = 2.00
    assert result.volume_cents.tolist() == [cents(each) for each in (150_000, 75_000, 10_000, 10_000, 10_000)]
    assert result.period_cents.tolist() == [1_740, 870, 0, 200, 0]
    carried = ZeroReason.FAMILY_CARRIED
    assert result.zero_reason.tolist() == [0, 0, carried, 0, carried]


def test_a_child_who_declines_or_states_no_amount_carries_nothing_for_the_others() -> None:
    made = World()
    plan = made.offer(made.table("supplemental_life", [({}, "0.2")]), volume_rounding=VolumeRounding.NONE)
    employee = made.member()
    for age, chosen in ((9, 0), (8, -1), (7, cents(5_000)), (6, cents(5_000))):
        made.hold(made.member(employee, relationship=CHILD, birth_date=born(age)), plan, elected_cents=chosen)
    result = made.rate()
    assert result.period_cents.tolist() == [0, 0, 100, 0]
    assert result.zero_reason.tolist() == [ZeroReason.AMOUNT_DECLINED, 0, 0, ZeroReason.FAMILY_CARRIED]
    assert result.issue.tolist() == [0, Issue.AMOUNT_REQUIRED, 0, 0]


def test_one_rate_covers_all_children_and_the_oldest_carries_it() -> None:
    made = World()
    plan = made.offer(made.table("children_flat", [({}, "2.00")]))
    for ages in ((8, 12, 10), (4,)):
        employee = made.member()
        for age in ages:
            made.hold(made.member(employee, relationship=CHILD, birth_date=born(age)), plan)
    carried = ZeroReason.FAMILY_CARRIED
    result = made.rate()
    assert result.period_cents.tolist() == [0, 200, 0, 200]
    assert result.zero_reason.tolist() == [carried, 0, carried, 0]


def test_the_oldest_child_is_told_by_birth_date_then_key_and_one_without_birth_date_comes_last() -> None:
    made = World()
    plan = made.offer(made.table("children_flat", [({}, "2.00")]))
    for births, ranks in (
        (("2015-03-02", "2015-03-01"), (0, 1)),
        (("2015-03-01", "2015-03-01"), (1, 0)),
        ((None, "2020-01-01"), (0, 1)),
        ((None, None), (1, 0)),
    ):
        employee = made.member()
        for birth, rank in zip(births, ranks, strict=True):
            made.hold(made.member(employee, relationship=CHILD, birth_date=birth, rank=rank), plan)
    assert made.rate().period_cents.reshape(4, 2).tolist() == [[0, 200]] * 4


def test_a_child_who_is_not_covered_carries_no_price() -> None:
    made = World()
    plan = made.offer(made.table("children_flat", [({}, "2.00")]))
    employee = made.member()
    for age, more in ((9, {"covered_to": "2026-01-01"}), (8, {"issue": Issue.NOT_ELIGIBLE}), (7, {}), (6, {})):
        made.hold(made.member(employee, relationship=CHILD, birth_date=born(age)), plan, **more)
    result = made.rate()
    assert result.period_cents.tolist() == [0, 0, 200, 0]
    assert result.issue.tolist() == [Issue.OUTSIDE_TERM, Issue.NOT_ELIGIBLE, 0, 0]


def test_a_child_with_two_spans_of_cover_carries_the_price_in_both() -> None:
    made = World()
    plan = made.offer(made.table("children_flat", [({}, "2.00")]))
    employee = made.member()
    made.hold(made.member(employee, relationship=CHILD, birth_date=born(8)), plan, covered_to="2026-04-01")
    made.coverages.append(made.coverages[0] | {"covered_from": "2026-07-01", "covered_to": "2199-01-01"})
    # 24.00 x 90 / 365 and 24.00 x 184 / 365
    assert made.rate().prorated_cents.tolist() == [592, 1_210]


def test_without_a_named_child_the_first_of_the_family_carries_the_children() -> None:
    made = World()
    plan = made.offer(made.table("children_flat", [({}, "2.00")]))
    employee = made.member()
    made.member(employee, relationship=SPOUSE, birth_date=born(60))
    made.member(employee, relationship=CHILD, birth_date=born(5))
    made.hold(0, plan)
    made.hold(1, plan)
    assert made.rate().period_cents.tolist() == [200, 0]
    made.hold(2, plan)
    assert made.rate().period_cents.tolist() == [0, 0, 200]


def test_a_price_per_employee_is_carried_by_the_primary_alone() -> None:
    made = World()
    factor = made.table("factor", [({}, "1.1")])
    plan = made.offer(made.table("flat_per_employee", [({}, "12.34")], factors=(factor,)))
    employee = made.member()
    made.member(employee, relationship=SPOUSE)
    made.member(employee, relationship=CHILD)
    single, absent = made.member(), made.member()
    made.member(absent, relationship=SPOUSE)
    for member in (0, 1, 2, single, 5):
        made.hold(member, plan)
    result = made.rate()
    # 12.34 x 1.1 = 13.574; the last spouse's primary does not hold the plan
    assert result.period_cents.tolist() == [1_357, 0, 0, 1_357, 0]
    carried = ZeroReason.FAMILY_CARRIED
    assert result.zero_reason.tolist() == [0, carried, carried, 0, 0]
    assert result.issue.tolist() == [0, 0, 0, 0, Issue.NO_RATE]


def test_long_term_disability_rated_on_the_benefit_is_another_basis_than_on_pay() -> None:
    made = World()
    common = {"benefit_percent_e4": percent(60), "maximum_benefit_cents": cents(6_000)}
    plan = made.offer(made.table("monthly_benefit", [({}, "0.70")]), **common)
    for pay in (63_450, 120_000, 119_988, 150_000, -1):
        made.hold(made.member(annual_pay_cents=pay if pay < 0 else cents(pay)), plan)
    result = made.rate()
    # 5,287.50 x 60 % = 3,172.50 at 0.70: 22.2075; 10,000 x 60 % is the maximum; 9,999 x 60 % = 5,999.40: 41.9958
    assert result.volume_cents.tolist() == [317_250, 600_000, 599_940, 600_000, -1]
    assert result.period_cents.tolist() == [2_221, 4_200, 4_200, 4_200, 0]
    assert result.issue.tolist() == [0, 0, 0, 0, Issue.PAY_REQUIRED]


def test_a_percent_of_pay_is_one_of_monthly_pay_up_to_the_cap() -> None:
    made = World()
    table = made.table("percent_of_pay", [({}, "1.25")])
    free = made.offer(table, benefit_percent_e4=percent(60), maximum_benefit_cents=cents(100))
    capped = made.offer(table, covered_pay_cents=cents(5_000))
    for plan in (free, capped):
        made.hold(made.member(annual_pay_cents=cents(63_450)), plan)
    made.hold(made.member(), free)
    result = made.rate()
    # 5,287.50 x 1.25 % = 66.09375; 5,000 x 1.25 % = 62.50; a maximum benefit caps no pay here
    assert result.period_cents.tolist() == [6_609, 6_250, 0]
    assert result.issue.tolist() == [0, 0, Issue.PAY_REQUIRED]


def test_worksite_cover_is_rated_by_tobacco_and_by_the_age_at_issue() -> None:
    made = World()
    cells = [
        ({Axis.AGE: age, Axis.TOBACCO: smoker}, rate)
        for age, smoker, rate in ((0, 0, "0.71"), (0, 1, "1.10"), (40, 0, "1.05"), (40, 1, "1.80"))
    ]
    plan = made.offer(made.table("worksite", cells, age_date=AgeDate.ISSUE), volume_rounding=VolumeRounding.NONE)
    for tobacco in (0, 1):
        for issued in ("2017-06-15", "2017-06-14"):  # 40 on 15 June 2017, 39 the day before
            made.hold(
                made.member(birth_date="1977-06-15", tobacco=tobacco),
                plan,
                elected_cents=cents(20_000),
                age_date=issued,
                issue_date=issued,
            )
    assert made.rate().period_cents.tolist() == [2_100, 1_420, 3_600, 2_200]
