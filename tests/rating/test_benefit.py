"""Insured amounts: rounding before the cap, reduction of the original amount, nothing rounded unasked."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from rating.codes import (
    BenefitRounding,
    Issue,
    Relationship,
    VolumeRounding,
    ZeroReason,
)
from tests.rating.builders import World, cents, e4, percent


def life(
    pays: list[str | None], *, rate: str = "1", birth: str | None = "1986-05-05", steps: tuple = (), **offer: object
) -> World:
    """One employee per pay, with a volume plan."""
    made = World()
    if steps:
        offer["reduction"] = made.reduction(*steps)
    plan = made.offer(made.table("volume", [({}, rate)]), **offer)
    for pay in pays:
        made.hold(made.member(birth_date=birth, annual_pay_cents=-1 if pay is None else cents(pay)), plan)
    return made


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        (VolumeRounding.UP_1000, ["126000", "127000", "127000", "1000"]),
        (VolumeRounding.NEAREST_1000, ["126000", "127000", "126000", "0"]),
        (VolumeRounding.NONE, ["126000", "126500", "126499.98", "0.02"]),
    ],
)
def test_a_multiple_of_pay_is_rounded_as_the_plan_says(rounding: VolumeRounding, expected: list[str]) -> None:
    result = life(["63000", "63250", "63249.99", "0.01"], multiple_e4=e4(2), volume_rounding=rounding).rate()
    assert result.volume_cents.tolist() == [cents(each) for each in expected]


def test_rounding_comes_before_the_cap() -> None:
    # 126,900 rounds up to 127,000; the cap of 126,950 is then the amount.
    result = life(["63450", "60000"], multiple_e4=e4(2), maximum_cents=cents(126_950)).rate()
    assert result.volume_cents.tolist() == [cents(126_950), cents(120_000)]


def test_only_the_amount_within_guaranteed_issue_is_in_force() -> None:
    made = life(["100000", "40000"], multiple_e4=e4(3), maximum_cents=cents(250_000), guaranteed_cents=cents(150_000))
    assert made.rate().volume_cents.tolist() == [cents(150_000), cents(120_000)]


def test_reduction_takes_the_original_amount_and_rounds_again_but_never_above_the_cap() -> None:
    common = {"multiple_e4": e4(2), "steps": ((65, "65"), (70, "50"))}
    at_66 = life(["63450", "50000"], birth="1959-06-01", **common).rate()
    assert at_66.volume_cents.tolist() == [cents(83_000), cents(65_000)]  # 82,550 up
    # 99 % of 100,500 is 99,495, up to 100,000; 99.9 % of 100,500 would be 101,000, above the cap
    made = life(
        ["63450"] * 2, birth="1959-06-01", multiple_e4=e4(2), maximum_cents=cents(100_500), steps=((65, "99.9"),)
    )
    assert made.rate().volume_cents.tolist() == [cents(100_500)] * 2


def test_an_unrounded_reduction_keeps_every_fraction_until_the_premium() -> None:
    # 1.5 x 33,333.33 = 49,999.995; 65 % = 32,499.99675; at 0.35 per 1,000: 11.3749988..., not 11.38 of a rounded volume
    made = life(
        ["33333.33"] * 2,
        birth="1959-06-01",
        rate="0.35",
        multiple_e4=e4("1.5"),
        volume_rounding=VolumeRounding.NONE,
        steps=((65, "65"),),
    )
    exact = Fraction(3_333_333, 100) * Fraction(3, 2) * Fraction(65, 100) * Fraction(35, 100) / 1_000
    result = made.rate()
    assert result.period_cents.tolist() == [floor(exact * 100 + Fraction(1, 2))] * 2
    assert result.volume_cents.tolist() == [3_250_000] * 2  # shown to the cent


def test_a_reduction_needs_an_age_and_may_leave_nothing() -> None:
    steps = ((70, "50"), (80, "0"))
    flat = {"flat_cents": cents(50_000), "steps": steps}
    assert life([None] * 2, birth=None, **flat).rate().issue.tolist() == [Issue.BIRTH_DATE_REQUIRED] * 2
    result = life([None] * 2, birth="1940-01-01", **flat).rate()
    assert result.zero_reason.tolist() == [ZeroReason.NO_AMOUNT] * 2
    assert result.period_cents.tolist() == [0, 0]


def test_a_flat_sum_needs_no_pay_and_a_multiple_does() -> None:
    assert life([None, "1"], flat_cents=cents(10_000)).rate().issue.tolist() == [0, 0]
    result = life([None, "0", "1"], multiple_e4=e4(1)).rate()
    assert result.issue.tolist() == [Issue.PAY_REQUIRED, 0, 0]
    assert result.zero_reason.tolist() == [0, ZeroReason.NO_AMOUNT, 0]


def test_a_multiple_goes_before_a_flat_sum_and_both_before_an_elected_amount() -> None:
    made = World()
    table = made.table("volume", [({}, "1")])
    more = {"increment_cents": cents(1_000), "volume_rounding": VolumeRounding.NONE}
    all_three = made.offer(table, multiple_e4=e4(1), flat_cents=cents(20_000), **more)
    two = made.offer(table, flat_cents=cents(20_000), **more)
    one = made.offer(table, **more)
    for offer in (all_three, two, one):
        made.hold(made.member(annual_pay_cents=cents(30_000)), offer, elected_cents=cents(10_000))
    assert made.rate().volume_cents.tolist() == [cents(30_000), cents(20_000), cents(10_000)]


def test_a_weekly_benefit_without_a_percent_is_flat_or_elected() -> None:
    made = World()
    table = made.table("weekly_benefit", [({}, "0.30")])
    flat = made.offer(table, flat_cents=cents(250))
    chosen = made.offer(table, increment_cents=cents(50), maximum_benefit_cents=cents(400), benefit_rounding=2)
    made.hold(made.member(), flat)
    for elected in ("300", "450", "0"):
        made.hold(made.member(), chosen, elected_cents=cents(elected))
    made.hold(made.member(), chosen)
    result = made.rate()
    assert result.volume_cents.tolist() == [25_000, 30_000, 40_000, 0, -1]
    assert result.period_cents.tolist() == [750, 900, 1_200, 0, 0]
    assert result.zero_reason.tolist() == [0, 0, 0, ZeroReason.AMOUNT_DECLINED, 0]
    assert result.issue.tolist() == [0, 0, 0, 0, Issue.AMOUNT_REQUIRED]


def test_a_disability_plan_without_a_percent_never_means_the_whole_of_pay() -> None:
    made = World()
    weekly = made.offer(made.table("weekly_benefit", [({}, "0.30")]), maximum_benefit_cents=cents(500))
    monthly = made.offer(made.table("covered_pay", [({}, "0.40")]), maximum_benefit_cents=cents(5_000))
    nought = made.offer(made.offers[monthly]["rate_table"], benefit_percent_e4=0, maximum_benefit_cents=cents(5_000))
    for offer in (weekly, monthly, nought):
        made.hold(made.member(annual_pay_cents=cents(1_200_000)), offer)
    made.hold(made.member(annual_pay_cents=cents(1_200_000)), weekly, elected_cents=cents(600))
    result = made.rate()
    assert result.issue.tolist() == [Issue.AMOUNT_REQUIRED, 0, 0, 0]
    # No pay reaches a maximum benefit of no percent: 1,200,000 / 12 = 100,000 is covered whole.
    assert result.volume_cents.tolist() == [-1, cents(100_000), cents(100_000), cents(500)]


def test_pay_and_elected_amounts_beyond_ten_billion_are_out_of_range_where_they_are_asked_for() -> None:
    made = World()
    by_pay = made.offer(made.table("volume", [({}, "0.001")]), multiple_e4=e4(1), maximum_cents=cents(50_000))
    chosen = made.offer(made.offers[by_pay]["rate_table"])
    hundredfold = made.offer(made.offers[by_pay]["rate_table"], multiple_e4=e4(100))
    weekly = made.offer(made.table("weekly_benefit", [({}, "0.001")]), benefit_percent_e4=percent(60))
    covered = made.offer(made.table("covered_pay", [({}, "0.001")]), maximum_benefit_cents=10**12)
    flat = made.offer(made.table("flat", [({}, "5")]))
    for amount in (10**12, 10**12 + 1, 9 * 10**18):
        member = made.member(annual_pay_cents=amount)
        for offer in (by_pay, chosen, hundredfold, weekly, covered, flat):
            made.hold(member, offer, elected_cents=amount)
    found = made.rate().issue.reshape(3, 6)
    too_large = Issue.AMOUNT_OUT_OF_RANGE
    assert found.tolist() == [[0, 0, too_large, 0, 0, 0]] + [[too_large] * 5 + [0]] * 2


def test_raising_pay_never_lowers_volume_and_volume_never_passes_the_cap() -> None:
    pays = np.sort(np.random.default_rng(3).integers(1, 20_000_000, 500))
    made = life([str(pay / 100) for pay in pays], multiple_e4=e4("1.75"), maximum_cents=cents(150_250))
    volume = made.rate().volume_cents
    assert (np.diff(volume) >= 0).all()
    assert volume.max() == cents(150_250)


@pytest.mark.parametrize(
    ("rounding", "benefit"),
    [
        # 63,450 / 52 x 60 % = 732.115...; 43,376.66 / 52 x 60 % = 500.4999...; 100,000: 1,153.85 above 1,005
        (BenefitRounding.NEAREST_1, ["732", "500", "1005"]),
        (BenefitRounding.UP_10, ["740", "510", "1005"]),
        (BenefitRounding.NONE, ["732.12", "500.50", "1005"]),
    ],
)
def test_a_weekly_benefit_is_rounded_once_and_never_above_the_maximum(
    rounding: BenefitRounding, benefit: list[str]
) -> None:
    made = World()
    plan = made.offer(
        made.table("weekly_benefit", [({}, "0.31")]),
        benefit_percent_e4=percent(60),
        benefit_rounding=rounding,
        maximum_benefit_cents=cents(1_005),
    )
    for pay in ("63450", "43376.66", "100000"):
        made.hold(made.member(annual_pay_cents=cents(pay)), plan)
    result = made.rate()
    assert result.volume_cents.tolist() == [cents(each) for each in benefit]
    if rounding == BenefitRounding.NONE:
        exact = [Fraction(pay) * 60 / 100 / 52 for pay in (63_450, Fraction(4_337_666, 100))] + [Fraction(1_005)]
        assert result.period_cents.tolist() == [floor(each / 10 * Fraction(31) + Fraction(1, 2)) for each in exact]


def test_covered_pay_is_capped_in_fractions_not_in_cents() -> None:
    # 5,000 / 66 % = 7,575.7575...; x 0.42 / 100 = 31.81818...
    made = World()
    plan = made.offer(
        made.table("covered_pay", [({}, "42")]), benefit_percent_e4=percent(66), maximum_benefit_cents=cents(5_000)
    )
    for pay in ("100000", "90909.09", "90909.10"):
        made.hold(made.member(annual_pay_cents=cents(pay)), plan)
    capped = floor(Fraction(5_000) / Fraction(66, 100) * 42 + Fraction(1, 2))
    assert made.rate().period_cents.tolist() == [
        capped,
        floor(Fraction(9_090_909, 12) / 100 * 42 + Fraction(1, 2)),
        capped,
    ]


def elected(amounts: list[str], **offer: object) -> World:
    """One employee of 60,000 a year per elected amount, in a plan that rounds nothing unless it says so."""
    made = World()
    plan = made.offer(made.table("volume", [({}, "1")]), **{"volume_rounding": VolumeRounding.NONE} | offer)
    for amount in amounts:
        made.hold(made.member(annual_pay_cents=cents(60_000)), plan, elected_cents=cents(amount))
    return made


def test_an_elected_amount_counts_in_whole_increments_and_never_above_what_was_chosen() -> None:
    made = elected(["150000", "149999.99", "150000.01", "159999.99", "9999"], increment_cents=cents(10_000))
    result = made.rate()
    assert result.volume_cents.tolist() == [cents(each) for each in (150_000, 140_000, 150_000, 150_000, 0)]
    assert result.zero_reason.tolist() == [0, 0, 0, 0, ZeroReason.NO_AMOUNT]
    assert not result.issue.any()


def test_increments_of_several_plans_are_each_their_own() -> None:
    made = World()
    table = made.table("volume", [({}, "1")])
    for step in (10_000, 25_000, 5_000):
        plan = made.offer(table, increment_cents=cents(step), volume_rounding=VolumeRounding.NONE)
        made.hold(made.member(), plan, elected_cents=cents(59_000))
    assert made.rate().volume_cents.tolist() == [cents(each) for each in (50_000, 50_000, 55_000)]


def test_whoever_chooses_less_than_the_least_amount_has_the_least_and_whoever_declines_nothing() -> None:
    result = elected(["24999", "25000", "25001", "0"], minimum_cents=cents(25_000)).rate()
    assert result.volume_cents.tolist() == [cents(each) for each in (25_000, 25_000, 25_001, 0)]
    assert result.zero_reason.tolist() == [0, 0, 0, ZeroReason.AMOUNT_DECLINED]


def test_the_maximum_goes_before_the_least_amount_and_a_multiple_of_no_pay_has_the_least() -> None:
    made = life(["0", "4000"], multiple_e4=e4(1), minimum_cents=cents(10_000), maximum_cents=cents(9_500))
    assert made.rate().volume_cents.tolist() == [cents(9_500)] * 2
    made = life(["0", "10000", "10001"], multiple_e4=e4(1), minimum_cents=cents(10_000))
    assert made.rate().volume_cents.tolist() == [cents(10_000), cents(10_000), cents(11_000)]


def test_the_cap_is_the_lesser_of_a_multiple_of_pay_and_a_sum() -> None:
    # 5 x 60,000 = 300,000
    made = elected(["300000", "300000.01", "310000"], pay_multiple_cap_e4=e4(5), maximum_cents=cents(500_000))
    assert made.rate().volume_cents.tolist() == [cents(300_000)] * 3
    made = elected(["249000", "251000"], pay_multiple_cap_e4=e4(5), maximum_cents=cents(250_000))
    assert made.rate().volume_cents.tolist() == [cents(249_000), cents(250_000)]
    made.members[1]["annual_pay_cents"] = -1
    assert made.rate().issue.tolist() == [0, Issue.PAY_REQUIRED]


def test_a_multiple_of_pay_that_caps_a_dependent_is_one_of_the_employees_pay() -> None:
    made = elected(["100000"], pay_multiple_cap_e4=e4("0.5"))
    made.member(0, relationship=Relationship.SPOUSE, annual_pay_cents=cents(900_000))
    made.hold(1, 0, elected_cents=cents(100_000))
    assert made.rate().volume_cents.tolist() == [cents(30_000)] * 2


def test_the_least_weekly_benefit_comes_after_rounding_and_before_the_maximum() -> None:
    made = World()
    table = made.table("weekly_benefit", [({}, "1")])
    share = {"benefit_percent_e4": percent(60), "minimum_cents": cents(25)}
    plan, low = made.offer(table, **share), made.offer(table, **share, maximum_benefit_cents=cents(20))
    for pay in ("2166.66", "2080", "0"):  # 60 % / 52: 24.9999..., nearest dollar 25; 24.00; nothing
        made.hold(made.member(annual_pay_cents=cents(pay)), plan)
    made.hold(made.member(annual_pay_cents=0), low)
    chosen = made.offer(table, minimum_cents=cents(25), increment_cents=cents(10))
    for amount in ("39.99", "0"):
        made.hold(made.member(), chosen, elected_cents=cents(amount))
    assert made.rate().volume_cents.tolist() == [2_500, 2_500, 2_500, 2_000, 3_000, 0]


def test_covered_pay_is_capped_by_its_own_sum_or_by_the_benefit_whichever_is_lower() -> None:
    made = World()
    table = made.table("covered_pay", [({}, "1")])
    both = {"benefit_percent_e4": percent(60), "maximum_benefit_cents": cents(6_000)}  # 6,000 / 60 % = 10,000
    for cap in (9_000, 10_000, 11_000):
        plan = made.offer(table, covered_pay_cents=cents(cap), **both)
        made.hold(made.member(annual_pay_cents=cents(150_000)), plan)
    alone = made.offer(table, covered_pay_cents=cents(5_000))
    for pay in ("60000", "60000.01", "59999.99"):
        made.hold(made.member(annual_pay_cents=cents(pay)), alone)
    result = made.rate()
    assert result.volume_cents.tolist() == [900_000, 1_000_000, 1_000_000, 500_000, 500_000, 500_000]
    assert result.period_cents.tolist() == [9_000, 10_000, 10_000, 5_000, 5_000, 5_000]


def test_a_monthly_benefit_is_a_share_of_covered_pay_and_is_not_rounded() -> None:
    made = World()
    table = made.table("monthly_benefit", [({}, "70")])
    share = {"benefit_percent_e4": percent("66.6667")}
    free = made.offer(table, **share)
    capped = made.offer(table, **share, covered_pay_cents=cents(5_000))
    least = made.offer(table, **share, minimum_cents=cents(100), maximum_benefit_cents=cents(3_000))
    flat = made.offer(table, flat_cents=cents(1_500))
    pay = 6_345_001
    for plan in (free, capped, least, flat):
        made.hold(made.member(annual_pay_cents=pay), plan)
    made.hold(made.member(annual_pay_cents=cents(12)), least)
    made.hold(made.member(), free)
    result = made.rate()
    of_pay = Fraction(pay, 12) * Fraction("0.666667")
    of_cap = Fraction(500_000) * Fraction("0.666667")
    benefits = [of_pay, of_cap, Fraction(300_000), Fraction(150_000), Fraction(10_000)]
    assert result.volume_cents[:5].tolist() == [floor(each + Fraction(1, 2)) for each in benefits]
    assert result.period_cents[:5].tolist() == [floor(each * 70 / 100 + Fraction(1, 2)) for each in benefits]
    assert result.issue.tolist() == [0, 0, 0, 0, 0, Issue.PAY_REQUIRED]
