"""A dependent has at most a percent of the employee's own amount in the same plan."""

import numpy as np

from rating.codes import (
    Issue,
    Relationship,
    VolumeRounding,
    ZeroReason,
)
from tests.rating.builders import World, cents, e4, percent


def couple(employee: str | None, spouse: str, **offer: object) -> World:
    """An employee and a spouse in one plan, whose dependents have at most half the employee's amount."""
    made = World()
    half = {"employee_percent_cap_e4": percent(50), "volume_rounding": VolumeRounding.NONE}
    plan = made.offer(made.table("volume", [({}, "1")]), **half | offer)
    primary = made.member(birth_date="1959-06-01")
    made.member(primary, relationship=Relationship.SPOUSE, birth_date="1990-01-01")
    if employee is not None:
        made.hold(0, plan, elected_cents=cents(employee) if employee else -1)
    made.hold(1, plan, elected_cents=cents(spouse))
    return made


def test_a_dependent_has_at_most_the_percent_of_the_employees_amount() -> None:
    for spouse, expected in (("75000", 75_000), ("75000.01", 75_000), ("74999", 74_999)):
        assert couple("150000", spouse).rate().volume_cents.tolist() == [cents(150_000), cents(expected)]
    # Down to the cent: half of 100.01 is 50.005.
    assert couple("100.01", "100").rate().volume_cents.tolist() == [10_001, 5_000]


def test_the_employees_amount_is_the_one_in_force_and_left_by_age() -> None:
    made = World()
    schedule = made.reduction((65, "65"))
    limited = couple("200000", "90000", reduction=schedule, guaranteed_cents=cents(100_000))
    limited.reductions = made.reductions
    # Of 200,000 chosen 100,000 are guaranteed, 65,000 left at 66: half of it.
    assert limited.rate().volume_cents.tolist() == [cents(65_000), cents(32_500)]


def test_a_dependent_without_an_insured_employee_has_no_amount_and_one_whose_is_unknown_no_price() -> None:
    result = couple(None, "10000").rate()
    assert (result.zero_reason.tolist(), result.issue.tolist()) == ([ZeroReason.NO_AMOUNT], [0])
    result = couple("0", "10000").rate()
    assert result.zero_reason.tolist() == [ZeroReason.AMOUNT_DECLINED, ZeroReason.NO_AMOUNT]
    result = couple("", "10000").rate()
    assert result.issue.tolist() == [Issue.AMOUNT_REQUIRED] * 2
    late = couple("50000", "10000")
    late.coverages[0]["covered_from"] = "2027-01-01"
    assert late.rate().zero_reason.tolist() == [0, ZeroReason.NO_AMOUNT]


def test_the_employees_amount_is_the_largest_of_the_plan_whatever_method_prices_it() -> None:
    made = World()
    life_rate, spouse_rate = made.table("volume", [({}, "1")]), made.table("supplemental_life", [({}, "1")])
    plain = {"volume_rounding": VolumeRounding.NONE}
    root = made.offer()
    basic, added, fee = (made.offer(life_rate, root=root, **plain) for _ in range(3))
    made.offers[fee]["rate_table"] = made.table("flat", [({}, "5")])
    for_spouse = made.offer(spouse_rate, root=root, employee_percent_cap_e4=percent(100), **plain)
    other = made.offer(life_rate, **plain)
    for chosen in ((40_000, 60_000), (0, 70_000)):
        employee = made.member()
        spouse = made.member(employee, relationship=Relationship.SPOUSE)
        made.hold(employee, root, basic, added, fee, elected_cents=cents(chosen[0]))
        made.coverages[-2]["elected_cents"] = cents(chosen[1])
        made.hold(employee, other, elected_cents=cents(900_000))
        made.hold(spouse, root, for_spouse, elected_cents=cents(800_000))
    volume = made.rate().volume_cents.reshape(2, 5)
    assert volume[:, 4].tolist() == [cents(60_000), cents(70_000)]
    np.testing.assert_array_equal(volume.ravel(), made.rate(chunk=1).volume_cents)


def test_an_employee_with_one_amount_that_cannot_be_told_limits_nobody_by_the_others() -> None:
    made = couple("50000", "10000")
    added = made.offer(made.offers[0]["rate_table"], root=0, volume_rounding=VolumeRounding.NONE)
    made.coverages.append(made.coverages[0] | {"offer": added, "elected_cents": -1})
    made.coverages.sort(key=lambda coverage: coverage["plan"])
    assert made.rate().issue.tolist() == [0, Issue.AMOUNT_REQUIRED, Issue.AMOUNT_REQUIRED]


def test_half_of_an_amount_with_a_fraction_is_taken_before_it_is_cut_to_the_cent() -> None:
    # 1.5 x 33,333.33 = 49,999.995; 66.6666 % of it 33,333.2966..., of the 50,000.00 shown it would be 33,333.30
    made = couple("1", "100000", employee_percent_cap_e4=percent("66.6666"))
    exact = {"multiple_e4": e4("1.5"), "volume_rounding": VolumeRounding.NONE}
    made.coverages[0]["offer"] = made.offer(made.offers[0]["rate_table"], root=0, **exact)
    made.members[0]["annual_pay_cents"] = cents("33333.33")
    assert made.rate().volume_cents.tolist() == [cents(50_000), cents("33333.29")]
