"""What the employer pays by each form of contribution rule, and within which limits."""

from typing import Any

import numpy as np
import pytest

from rating.codes import (
    AmountScope,
    Axis,
    Continuation,
    Grade,
    Issue,
    MemberType,
    Period,
    Relationship,
    ShareKind,
    TargetKind,
    Tier,
)
from rating.pools import portion
from tests.rating.builders import World, cents, percent

DEPENDENT = MemberType.DEPENDENT
CATEGORY = TargetKind.CATEGORY
FROM_APRIL_16 = "2026-04-16"
"""260 of the 365 days of the term are covered."""


def priced(made: World, premium: str, **more: Any) -> int:
    """An offer at one premium a term, a root plan unless it says of whom."""
    return made.offer(made.table("flat", [({}, premium)], period=Period.TERM), **more)


def family(made: World, *dependents: Relationship, **more: Any) -> int:
    """An employee with these dependents."""
    employee = made.member(**more)
    for relationship in dependents:
        made.member(employee, relationship=relationship)
    return employee


def alone(premium: str, **more: Any) -> tuple[World, int]:
    """An employee with one plan."""
    made = World()
    plan = priced(made, premium)
    made.hold(family(made), plan, **more)
    return made, plan


def employer(made: World) -> list[int]:
    """The employer's cents of each coverage."""
    return made.rate().employer_cents.tolist()


# ------------------------------------------------------------------------------------------------- reference plan


@pytest.mark.parametrize(
    ("premium", "expected"),
    [("700", 40_000), ("400.01", 40_000), ("400", 40_000), ("399.99", 39_999)],
)
def test_a_buy_up_is_paid_a_percent_of_the_base_plan_and_at_most_its_own_premium(premium: str, expected: int) -> None:
    made, plan = alone(premium)
    base = priced(made, "500")
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=base, target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [expected]
    assert result.employee_cents.tolist() == [cents(premium) - expected]
    assert not result.issue.any()


def test_the_base_plan_is_charged_for_the_same_days() -> None:
    made, plan = alone("700", covered_from=FROM_APRIL_16)
    base = priced(made, "500")
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=base, target=plan)
    # 500 x 260/365 = 356.164 -> 356.16; 80 % of it = 284.928 -> 284.93
    assert employer(made) == [28_493]


def tiered(made: World, **prices: str) -> int:
    """A plan priced by tier."""
    cells = [({Axis.TIER: Tier[tier]}, price) for tier, price in prices.items()]
    return made.offer(made.table("composite_tier", cells, period=Period.TERM))


def family_of_three(*plans: int, made: World) -> None:
    """An employee, a spouse and a child, each holding the plans."""
    family(made, Relationship.SPOUSE, Relationship.CHILD)
    for member in range(3):
        for plan in plans:
            made.hold(member, plan)


def test_the_base_plan_is_priced_in_the_tier_of_the_family() -> None:
    made = World()
    base, plan = tiered(made, EE="500", FAM="1400"), tiered(made, EE="600", FAM="1600")
    family_of_three(plan, made=made)
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=base, target=plan)
    assert employer(made) == [112_000, 0, 0]  # 80 % of 1,400.00, carried by the primary


def test_a_base_plan_is_priced_as_if_the_whole_family_held_it() -> None:
    made = World()
    base, plan = tiered(made, EE="500", FAM="1400"), priced(made, "200")
    family_of_three(plan, made=made)
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(10), reference_offer=base, target=plan)
    made.rule(
        kind=ShareKind.REFERENCE_PLAN,
        percent_e4=percent(10),
        reference_offer=base,
        target=plan,
        member_type=DEPENDENT,
    )
    # The employee would carry 1,400.00 and the dependents nothing, whichever rule asks.
    assert employer(made) == [14_000, 0, 0]


@pytest.mark.parametrize("is_for_dependents", [False, True])
def test_a_base_plan_carried_by_the_primary_gives_dependents_nothing_and_no_warning(is_for_dependents: bool) -> None:
    made = World()
    base, plan = tiered(made, EE="500", FAM="1400"), priced(made, "200")
    family_of_three(plan, made=made)
    who = {"member_type": DEPENDENT} if is_for_dependents else {}
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(10), reference_offer=base, target=plan, **who)
    result = made.rate()
    # 10 % of 1,400.00 for the primary, if the rule speaks of it; 10 % of nothing for the others.
    assert result.employer_cents.tolist() == [0 if is_for_dependents else 14_000, 0, 0]
    assert result.employee_cents.tolist() == [20_000 if is_for_dependents else 6_000, 20_000, 20_000]
    assert not result.issue.any()


def test_a_dependent_whose_primary_holds_nothing_has_no_measure_in_a_base_plan_for_families() -> None:
    made = World()
    base, plan = tiered(made, EE="500", FAM="1400"), priced(made, "200")
    family(made, Relationship.CHILD)
    made.hold(1, plan)
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(10), reference_offer=base, target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [0]
    assert result.issue.tolist() == [Issue.REFERENCE_UNRATED]  # nobody carries the price of the family


def test_a_base_plan_without_a_price_leaves_everything_to_the_employee_and_warns() -> None:
    made, plan = alone("700")
    unfiled = made.offer()
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=unfiled, target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [0]
    assert result.employee_cents.tolist() == [70_000]
    assert result.issue.tolist() == result.plan_issue.tolist() == [Issue.REFERENCE_UNRATED]
    assert result.plan_n_unrated.tolist() == [0]


def test_the_primary_of_one_coverage_carries_no_measure_of_another_coverage_of_the_plan() -> None:
    made = World()
    root = made.offer()
    one, two = (made.offer(made.table("flat", [({}, "100")]), root) for _ in range(2))
    base = made.offer(made.table("composite_tier", [({}, "60")]))
    employee = made.member()
    made.hold(employee, root, two)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), root, one, two)
    for target in (one, two):
        made.rule(
            kind=ShareKind.REFERENCE_PLAN,
            percent_e4=percent(80),
            reference_offer=base,
            target=target,
            member_type=DEPENDENT,
        )
    # In the base plan a primary would carry the price of the family: of `two` there is one, of `one` there is none.
    assert made.rate().issue.tolist() == [0, Issue.REFERENCE_UNRATED, 0]


@pytest.mark.parametrize("reference", [-1, 99])
def test_a_rule_that_names_no_base_plan_has_no_value(reference: int) -> None:
    made, plan = alone("700")
    made.rule(kind=ShareKind.REFERENCE_PLAN, percent_e4=percent(80), reference_offer=reference, target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [0]
    assert result.issue.tolist() == [Issue.RULE_WITHOUT_VALUE]


# ---------------------------------------------------------------------------------------- employee and increment


def test_one_percent_of_the_employee_only_premium_and_another_of_what_dependents_add() -> None:
    made = World()
    plan = tiered(made, EE="500", FAM="1400")
    family_of_three(plan, made=made)
    made.hold(family(made), plan)
    made.rule(
        kind=ShareKind.EMPLOYEE_AND_INCREMENT, percent_e4=percent(80), dependent_percent_e4=percent(50), target=plan
    )
    # 80 % of 500 + 50 % of 900 = 400 + 450; an employee alone: 80 % of 500
    assert employer(made) == [85_000, 0, 0, 40_000]


def test_where_each_person_has_a_price_a_dependent_is_all_increment() -> None:
    made = World()
    plan = priced(made, "333.33")
    family_of_three(plan, made=made)
    made.rule(
        kind=ShareKind.EMPLOYEE_AND_INCREMENT, percent_e4=percent(80), dependent_percent_e4=percent(50), target=plan
    )
    # 80 % of 333.33 = 266.664; 50 % = 166.665
    assert employer(made) == [26_666, 16_667, 16_667]


def test_the_two_parts_are_rounded_once_together() -> None:
    made = World()
    plan = tiered(made, EE="0.01", FAM="0.02")
    family_of_three(plan, made=made)
    made.rule(
        kind=ShareKind.EMPLOYEE_AND_INCREMENT, percent_e4=percent(25), dependent_percent_e4=percent(25), target=plan
    )
    assert employer(made) == [1, 0, 0]  # 0.25 + 0.25 of a cent: half a cent, up; apart both would be nothing


def test_an_employee_only_premium_above_the_family_s_counts_as_the_family_s() -> None:
    made = World()
    plan = tiered(made, EE="900", FAM="800")
    family_of_three(plan, made=made)
    made.rule(
        kind=ShareKind.EMPLOYEE_AND_INCREMENT, percent_e4=percent(50), dependent_percent_e4=percent(100), target=plan
    )
    assert employer(made) == [40_000, 0, 0]


def test_a_plan_without_an_employee_only_price_cannot_measure_the_increment() -> None:
    made = World()
    plan = tiered(made, FAM="1400")
    family_of_three(plan, made=made)
    made.rule(
        kind=ShareKind.EMPLOYEE_AND_INCREMENT, percent_e4=percent(80), dependent_percent_e4=percent(50), target=plan
    )
    result = made.rate()
    assert result.employer_cents.tolist() == [0, 0, 0]
    assert result.prorated_cents.tolist() == [140_000, 0, 0]
    assert result.issue.tolist() == [Issue.REFERENCE_UNRATED, 0, 0]


def test_both_percents_are_part_of_the_value() -> None:
    made, plan = alone("100")
    made.rule(kind=ShareKind.EMPLOYEE_AND_INCREMENT, percent_e4=percent(80), target=plan)
    assert made.rate().issue.tolist() == [Issue.RULE_WITHOUT_VALUE]


# ------------------------------------------------------------------------------------------- defined contribution


def two_plans(first: int = 0, second: int = 0, **more: Any) -> World:
    """An employee with a plan of 90.00 and one of 70.00, and 120.00 for both together."""
    made = World()
    plans = priced(made, "90", category=5, priority=first), priced(made, "70", category=5, priority=second)
    employee = family(made)
    for plan in plans:
        made.hold(employee, plan)
    made.rule(**{"kind": ShareKind.DEFINED_CONTRIBUTION, "amount_cents": cents(120), "target_kind": CATEGORY} | more)
    made.rules[-1]["target"] = 5
    return made


def test_a_defined_contribution_is_used_up_in_the_order_of_priority_then_of_plan_keys() -> None:
    assert employer(two_plans()) == [9_000, 3_000]
    assert employer(two_plans(first=1, second=2)) == [9_000, 3_000]
    assert employer(two_plans(first=2, second=1)) == [5_000, 7_000]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0", [0, 0]), ("90", [9_000, 0]), ("90.01", [9_000, 1]), ("160", [9_000, 7_000]), ("160.01", [9_000, 7_000])],
)
def test_a_defined_contribution_pays_no_more_than_itself_nor_than_the_premiums(
    amount: str, expected: list[int]
) -> None:
    assert employer(two_plans(amount_cents=cents(amount))) == expected


def test_a_monthly_defined_contribution_counts_every_month() -> None:
    assert employer(two_plans(amount_cents=cents(10), amount_period=Period.MONTHLY)) == [9_000, 3_000]
    assert employer(two_plans(amount_cents=cents(120), amount_period=Period.ANNUAL)) == [9_000, 3_000]


def test_a_defined_contribution_is_prorated_by_the_largest_part_charged() -> None:
    made = two_plans()
    made.coverages[0]["covered_from"] = FROM_APRIL_16
    # 90 x 260/365 = 64.11; the other plan is held all year, so all of 120.00 is there: 55.89 of 70.00
    assert employer(made) == [6_411, 5_589]
    made.coverages[1]["covered_from"] = FROM_APRIL_16
    # 120 x 260/365 = 85.48; 85.48 - 64.11 = 21.37
    assert employer(made) == [6_411, 2_137]


def test_what_a_cap_keeps_from_one_plan_is_left_for_the_next() -> None:
    assert employer(two_plans(cap_cents=cents(65))) == [6_500, 5_500]


@pytest.mark.rule("CB-22")
def test_each_member_has_a_contribution_of_its_own_and_only_for_coverages_under_the_rule() -> None:
    made = two_plans()
    made.member(0, relationship=Relationship.CHILD)
    for plan in range(2):
        made.hold(1, plan)
    made.rule(percent_e4=percent(100), target=1)
    assert employer(made) == [9_000, 7_000, 9_000, 7_000]  # the second plan has a stronger rule now
    made.rules.pop()
    assert employer(made) == [9_000, 3_000, 9_000, 3_000]


# --------------------------------------------------------------------------------------- employer-paid, graded


def test_an_employer_paid_plan_costs_the_employee_nothing() -> None:
    made, plan = alone("897.53", covered_from=FROM_APRIL_16)
    made.rule(kind=ShareKind.EMPLOYER_PAID, target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == result.prorated_cents.tolist() == [63_934]  # 897.53 x 260/365 = 639.3364
    assert result.employee_cents.tolist() == [0]
    assert not result.issue.any()


def test_a_percent_above_a_hundred_pays_the_premium() -> None:
    made, plan = alone("100")
    made.rule(percent_e4=percent(101), target=plan)
    assert employer(made) == [10_000]


def test_a_percent_with_four_decimals_is_not_rounded_first() -> None:
    made, plan = alone("10000")
    made.rule(percent_e4=333_333, target=plan)  # 33.3333 %
    assert employer(made) == [333_333]


def graded(grade: Grade, *steps: tuple[int, int], **more: Any) -> dict[str, Any]:
    """A rule by steps."""
    return {"grade": grade, "steps": steps} | more


def test_a_rule_by_tier_reads_the_step_of_the_family_s_tier() -> None:
    made = World()
    plan = tiered(made, EE="500", ES="900", E1C="900", ECN="900", FAM="1400")
    family_of_three(plan, made=made)
    made.hold(family(made), plan)
    couple = family(made, Relationship.SPOUSE)
    for member in (couple, couple + 1):
        made.hold(member, plan)
    made.rule(**graded(Grade.TIER, (Tier.EE, percent(80)), (Tier.FAM, percent(60))), target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [84_000, 0, 0, 40_000, 0, 0]
    # The couple's tier has no step: the rule has no value for them.
    assert result.issue.tolist() == [0, 0, 0, 0, Issue.RULE_WITHOUT_VALUE, Issue.RULE_WITHOUT_VALUE]


@pytest.mark.parametrize(
    ("pay", "expected"),
    [("0", 90), ("49999.99", 90), ("50000", 80), ("99999.99", 80), ("100000", 70), ("9000000", 70)],
)
def test_a_rule_by_pay_reads_the_band_of_the_employee_for_the_whole_family(pay: str, expected: int) -> None:
    made = World()
    plan = priced(made, "100")
    family(made, Relationship.CHILD, annual_pay_cents=cents(pay))
    for member in range(2):
        made.hold(member, plan)
    steps = (0, percent(90)), (cents(50_000), percent(80)), (cents(100_000), percent(70))
    made.rule(percent_e4=percent(1), target=plan)  # weaker: an older rule
    made.rule(**graded(Grade.SALARY, *steps), target=plan)
    assert employer(made) == [expected * 100] * 2


def test_pay_that_is_unknown_or_below_the_first_band_has_no_value() -> None:
    made = World()
    plan = priced(made, "100")
    for pay in ("19999.99", "20000"):
        made.hold(family(made, annual_pay_cents=cents(pay)), plan)
    made.hold(family(made), plan)
    made.rule(**graded(Grade.SALARY, (cents(20_000), percent(90))), target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [0, 9_000, 0]
    assert result.issue.tolist() == [Issue.RULE_WITHOUT_VALUE, 0, Issue.RULE_WITHOUT_VALUE]


@pytest.mark.parametrize(
    ("hired", "covered_from", "years"),
    [
        ("2021-01-01", "2026-01-01", 5),
        ("2021-01-02", "2026-01-01", 4),
        ("2021-01-02", "2026-01-02", 5),
        ("2021-01-02", "1900-01-01", 4),  # cover before the term counts from its first day
        ("2020-02-29", "2026-02-28", 5),
        ("2020-02-29", "2026-03-01", 6),
        ("2026-01-01", "2026-01-01", 0),
        ("2026-01-02", "2026-01-01", None),
        (None, "2026-01-01", None),
    ],
)
def test_a_rule_by_service_counts_completed_years_on_the_first_covered_day(
    hired: str | None, covered_from: str, years: int | None
) -> None:
    made = World()
    plan = priced(made, "100")
    made.hold(family(made, hire_date=hired), plan, covered_from=covered_from)
    made.rule(**graded(Grade.SERVICE, *((year, percent(10 + year)) for year in range(7))), target=plan)
    result = made.rate()
    expected = 0 if years is None else (int(result.prorated_cents[0]) * (10 + years) + 50) // 100
    assert result.employer_cents.tolist() == [expected]
    assert result.issue.tolist() == [Issue.RULE_WITHOUT_VALUE if years is None else 0]


def test_amounts_and_pools_may_be_graded_too() -> None:
    made = two_plans(**graded(Grade.TIER, (Tier.EE, cents(120))), amount_cents=-1)
    assert employer(made) == [9_000, 3_000]
    made.rules[0]["kind"] = ShareKind.AMOUNT
    assert employer(made) == [9_000, 7_000]


# ------------------------------------------------------------------------------------------------ amount per plan


def plan_of(*premiums: str, **more: Any) -> World:
    """An employee with one plan of several coverages, and 50.00 for all of them together."""
    made = World()
    root = made.offer()
    coverages = [priced(made, premium, root=root) for premium in premiums]
    made.hold(family(made), root, *coverages)
    rule = {"kind": ShareKind.AMOUNT, "amount_cents": cents(50), "scope": AmountScope.PER_PLAN, "target": root}
    made.rule(**rule | more)
    return made


@pytest.mark.rule("CB-21")
@pytest.mark.parametrize(
    ("premiums", "amount", "expected"),
    [
        # 50 x 100/150 = 33.333, x 30/150 = 10.00, x 20/150 = 6.666: one cent is left for the largest
        (("30", "100", "20"), "50", [1_000, 3_334, 666]),
        (("20", "20", "20"), "50", [1_668, 1_666, 1_666]),  # two cents are left, for the first of equals
        (("30", "100", "20"), "150", [3_000, 10_000, 2_000]),
        (("30", "100", "20"), "150.01", [3_000, 10_000, 2_000]),
        (("30", "100", "20"), "149.99", [3_000, 10_000, 1_999]),  # 29.99, 99.99, 19.99: two left, one fits
        (("0.01", "0.01", "0.01"), "0.02", [1, 1, 0]),  # more is left than the first can take
        (("0", "0"), "50", [0, 0]),
        (("40",), "50", [4_000]),
    ],
)
def test_an_amount_per_plan_is_spread_by_premium_and_the_residue_goes_to_the_largest(
    premiums: tuple[str, ...], amount: str, expected: list[int]
) -> None:
    assert employer(plan_of(*premiums, amount_cents=cents(amount))) == expected


@pytest.mark.rule("CB-17")
@pytest.mark.parametrize(
    ("end", "expected"),
    # 120.00 a year: one year; a year and a half; a month and 10 of the 28 days of February 2026
    [("2027-01-01", 12_000), ("2027-07-01", 18_000), ("2026-02-11", 1_357)],
)
def test_an_amount_a_year_counts_every_twelfth_of_it_for_each_month(end: str, expected: int) -> None:
    # 120.00 x (1 + 10/28) / 12 = 13.571...
    made = World()
    plan = priced(made, "1000", term_to=end)
    made.hold(family(made), plan)
    made.rule(target=plan, kind=ShareKind.AMOUNT, amount_cents=cents(120), amount_period=Period.ANNUAL)
    assert employer(made) == [expected]


@pytest.mark.rule("CB-21")
def test_the_default_scope_pays_the_amount_on_each_coverage() -> None:
    assert employer(plan_of("30", "100", "80", scope=AmountScope.PER_COVERAGE)) == [3_000, 5_000, 5_000]


@pytest.mark.rule("CB-21")
def test_an_amount_per_plan_counts_once_per_plan_and_member_over_the_coverages_that_chose_it() -> None:
    made = plan_of("100", "100", "100")
    made.rule(percent_e4=percent(10), target=1)  # the first coverage has a rule of its own
    made.member(0, relationship=Relationship.CHILD)
    made.hold(1, 0, 1, 2, 3)
    assert employer(made) == [1_000, 2_500, 2_500] * 2


@pytest.mark.rule("CB-17")
def test_an_amount_per_plan_is_prorated_by_the_largest_part_charged() -> None:
    made = plan_of("365", "365")
    for row in made.coverages:
        row["covered_from"] = FROM_APRIL_16
    # 50 x 260/365 = 35.616 -> 35.62, half of it each
    assert employer(made) == [1_781, 1_781]
    made.coverages[1]["covered_from"] = "1900-01-01"
    # 260.00 and 365.00; 50 x 260/625 = 20.80, 50 x 365/625 = 29.20
    assert employer(made) == [2_080, 2_920]


def test_a_portion_is_exact_where_products_pass_64_bits() -> None:
    amount, part, whole = 2**41 - 3, 2**41 - 5, 2**41 - 1
    found = portion(*(np.array([number], np.int64) for number in (amount, part, whole)))
    assert found.tolist() == [amount * part // whole]


# ------------------------------------------------------------------------------------------------- limits, COBRA


def parent_and_child(**more: Any) -> World:
    """Premiums of 100.00 and 50.00 in one plan, paid to 80 %: 80.00 and 40.00."""
    made = World()
    cells = [({Axis.RELATIONSHIP: Relationship.SELF}, "100"), ({Axis.RELATIONSHIP: Relationship.CHILD}, "50")]
    plan = made.offer(made.table("flat", cells, period=Period.TERM))
    family(made, Relationship.CHILD)
    for member in range(2):
        made.hold(member, plan)
    made.rule(percent_e4=percent(80), target=plan, **more)
    return made


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        ("120.01", [8_000, 4_000]),
        ("120", [8_000, 4_000]),
        ("119.99", [8_000, 3_999]),  # 79.9933 and 39.9966 cut down to 79.99 and 39.99: one cent for the primary
        ("90", [6_000, 3_000]),
        ("100", [6_667, 3_333]),
        ("0", [0, 0]),
    ],
)
def test_a_family_cap_reduces_shares_in_proportion_and_the_residue_is_the_primary_s(
    cap: str, expected: list[int]
) -> None:
    assert employer(parent_and_child(family_cap_cents=cents(cap))) == expected


def test_a_family_cap_is_prorated_by_the_primary_s_coverage() -> None:
    made = parent_and_child(family_cap_cents=cents(90))
    made.coverages[1]["covered_from"] = FROM_APRIL_16
    # 80.00 and 80 % of 35.62 = 28.50; cap 90.00: 80 x 90/108.5 = 66.359, 28.5 x 90/108.5 = 23.640, a cent left
    assert employer(made) == [6_636, 2_364]
    made.coverages[0]["covered_from"] = FROM_APRIL_16
    # 71.23 and 35.62: 56.98 and 28.50; cap 90 x 260/365 = 64.11: 42.734, 21.375, a cent left
    assert employer(made) == [4_274, 2_137]


def test_a_family_cap_goes_by_the_first_coverage_with_a_premium() -> None:
    made = parent_and_child(family_cap_cents=cents(30))
    made.coverages[0]["covered_to"] = "1900-01-02"  # the employee has no covered day
    assert employer(made) == [0, 3_000]


def test_a_coverage_without_a_premium_states_no_cap_and_takes_no_part_in_a_sum() -> None:
    made = parent_and_child(family_cap_cents=-1)
    made.rule(percent_e4=percent(80), target=0, member_type=DEPENDENT, family_cap_cents=cents(1))
    made.coverages[1]["covered_to"] = "1900-01-02"
    assert employer(made) == [8_000, 0]
    made = two_plans()
    made.coverages[0]["issue"] = Issue.OPTED_OUT  # held all year, but not charged
    made.coverages[1]["covered_from"] = FROM_APRIL_16
    made.rules[0]["amount_cents"] = cents(60)
    # 60 x 260/365 = 42.74
    assert employer(made) == [0, 4_274]


def test_the_least_family_cap_holds_for_the_plan_and_each_plan_has_its_own() -> None:
    made = parent_and_child(family_cap_cents=cents(100))
    made.rule(percent_e4=percent(80), target=0, member_type=DEPENDENT, family_cap_cents=cents(90))
    assert employer(made) == [6_000, 3_000]
    made.rules[1]["family_cap_cents"] = -1
    assert employer(made) == [6_667, 3_333]
    made.hold(family(made), 0)  # another family has a cap of its own
    assert employer(made) == [6_667, 3_333, 8_000]


@pytest.mark.parametrize(
    ("floor", "premium", "expected"),
    [
        ("9.99", "100", 1_000),
        ("10.01", "100", 1_001),
        ("25", "100", 2_500),
        ("25", "25", 2_500),
        ("25", "24.99", 2_499),
    ],
)
def test_a_floor_lifts_the_share_and_stops_at_the_premium(floor: str, premium: str, expected: int) -> None:
    made, plan = alone(premium)
    made.rule(percent_e4=percent(10), floor_cents=cents(floor), target=plan)
    assert employer(made) == [expected]


def test_a_floor_is_prorated_and_a_cap_is_above_it() -> None:
    made, plan = alone("100", covered_from=FROM_APRIL_16)
    made.rule(percent_e4=percent(10), floor_cents=cents("36.50"), target=plan)
    assert employer(made) == [2_600]  # 36.50 x 260/365
    made.rules[0]["cap_cents"] = cents(20)
    assert employer(made) == [2_000]


def test_a_rule_without_a_value_has_no_floor() -> None:
    made, plan = alone("100")
    made.rule(floor_cents=cents(25), target=plan)
    result = made.rate()
    assert result.employer_cents.tolist() == [0]
    assert result.issue.tolist() == [Issue.RULE_WITHOUT_VALUE]


@pytest.mark.parametrize("premium", ["93.74", "93.75", "93.76"])
def test_a_cap_limits_a_percentage_from_the_premium_on_that_reaches_it(premium: str) -> None:
    made, plan = alone(premium)
    made.rule(percent_e4=percent(80), cap_cents=cents(75), target=plan)
    # 80 % of 93.74 = 74.992, of 93.75 = 75.00, of 93.76 = 75.008
    assert employer(made) == [7_499 if premium == "93.74" else 7_500]


def test_continued_cover_has_no_rule_and_the_employer_pays_nothing() -> None:
    made = World()
    plan = priced(made, "100")
    for continuation in (-1, Continuation.COBRA, Continuation.COBRA_DISABILITY):
        made.hold(family(made), plan, continuation=continuation)
    rule = made.rule(percent_e4=percent(60), floor_cents=cents(1), family_cap_cents=cents(500), target=plan)
    result = made.rate()
    assert result.rule.tolist() == [rule, -1, -1]
    assert result.employer_cents.tolist() == [6_000, 0, 0]
    assert result.employee_cents.tolist()[1:] == result.prorated_cents.tolist()[1:]
    assert not result.issue.any()
