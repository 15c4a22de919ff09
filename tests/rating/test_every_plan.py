"""One sum of the employer for every plan of a family, used up in the order of the plans' priority.

What lives here: a defined contribution whose rule has the target EVERY_PLAN: the order, its last cent, whose sum it is,
and what a stronger rule leaves of it. What does not: the same form on one target (`test_shares`), and the levels of the
ladder one by one (`test_ladder`).
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.codes import (
    NONE,
    Continuation,
    Grade,
    Issue,
    MemberType,
    Period,
    Relationship,
    ShareKind,
    Strategy,
    TargetKind,
    Tier,
)
from tests.rating.builders import World, cents, percent

FROM_APRIL_16 = "2026-04-16"
"""260 of the 365 days of the term are covered."""


def offered(made: World, *premiums: str, priorities: tuple[int, ...] = (), **more: Any) -> list[int]:
    """Plans at these premiums a term, each with a product and a product type of its own."""
    found = []
    for premium, priority in zip(premiums, priorities or (0,) * len(premiums), strict=True):
        table = made.table("flat", [({}, premium)], period=Period.TERM)
        number = len(found)
        found.append(made.offer(table, product=10 + number, category=number, priority=priority, **more))
    return found


def pool(made: World, amount: str = "500", **more: Any) -> int:
    """The one sum for every plan."""
    return made.rule(
        **{
            "kind": ShareKind.DEFINED_CONTRIBUTION,
            "amount_cents": cents(amount),
            "target_kind": TargetKind.EVERY_PLAN,
            "target": NONE,
        }
        | more
    )


def three_plans(amount: str = "500", **more: Any) -> World:
    """An employee with plans of 400.00, 150.00 and 30.00, and one sum for all of them."""
    made = World()
    employee = made.member()
    for plan in offered(made, "400", "150", "30", **more):
        made.hold(employee, plan)
    pool(made, amount)
    return made


def employer(made: World) -> list[int]:
    """The employer's cents of each coverage."""
    return made.rate().employer_cents.tolist()


# ------------------------------------------------------------------------------------------------ the order, the end


def test_one_sum_is_spent_on_the_plans_until_it_is_used_up() -> None:
    result = three_plans().rate()
    assert result.employer_cents.tolist() == [40_000, 10_000, 0]  # 500 - 400 = 100 of 150, then nothing
    assert result.employee_cents.tolist() == [0, 5_000, 3_000]
    assert result.member_employer_cents.tolist() == [50_000]
    assert not result.issue.any()


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", [0, 0, 0]),
        ("399.99", [39_999, 0, 0]),
        ("400", [40_000, 0, 0]),
        ("400.01", [40_000, 1, 0]),
        ("549.99", [40_000, 14_999, 0]),
        ("550", [40_000, 15_000, 0]),
        ("550.01", [40_000, 15_000, 1]),
        ("579.99", [40_000, 15_000, 2_999]),  # one cent short
        ("580", [40_000, 15_000, 3_000]),  # used up exactly
        ("580.01", [40_000, 15_000, 3_000]),  # a cent nobody needs
    ],
)
def test_the_last_cent_goes_where_it_falls_and_no_plan_gets_more_than_its_premium(
    amount: str, expected: list[int]
) -> None:
    assert employer(three_plans(amount)) == expected


def test_the_plan_of_the_least_priority_number_comes_first() -> None:
    # 150.00, then 30.00, then 500 - 180 = 320 of 400.00.
    assert employer(three_plans(priorities=(2, 0, 1))) == [32_000, 15_000, 3_000]


def test_plans_of_one_priority_go_by_their_keys_in_whatever_order_they_were_chosen() -> None:
    made = World()
    employee = made.member()
    for plan in reversed(offered(made, "400", "150", "30", priorities=(1, 1, 1))):
        made.hold(employee, plan)
    pool(made)
    assert employer(made) == [0, 10_000, 40_000]


def test_coverages_of_a_plan_go_by_their_keys_before_the_next_plan() -> None:
    made = World()
    first, second = offered(made, "0", "0")
    parts = [
        made.offer(made.table("flat", [({}, premium)], period=Period.TERM), root=root)
        for root, premium in ((second, "70"), (first, "60"), (first, "50"))
    ]
    employee = made.member()
    made.hold(employee, second, parts[0])
    made.hold(employee, first, parts[2], parts[1])
    pool(made, "130")
    # First plan: 60.00 and 50.00; 130 - 110 = 20 are left for the second, held first.
    assert employer(made) == [2_000, 5_000, 6_000]


def test_a_monthly_sum_counts_every_month() -> None:
    made = World()
    employee = made.member()
    for premium in ("400", "150", "30"):
        made.hold(employee, made.offer(made.table("flat", [({}, premium)], period=Period.MONTHLY)))
    pool(made, amount_period=Period.MONTHLY)
    # 12 x 500 = 6,000; 12 x 400 = 4,800; 1,200 of 12 x 150 = 1,800; nothing of 12 x 30 = 360
    assert employer(made) == [480_000, 120_000, 0]


def test_the_sum_is_prorated_by_the_largest_part_charged_of_all_that_the_family_holds() -> None:
    made = three_plans()
    made.coverages[0]["covered_from"] = FROM_APRIL_16
    # 400 x 260/365 = 284.93; the others are held all year, so all of 500.00 is there: 150.00 and 30.00.
    assert employer(made) == [28_493, 15_000, 3_000]
    for row in made.coverages:
        row["covered_from"] = FROM_APRIL_16
    # 500 x 260/365 = 356.16; less 284.93 are 71.23 of 150 x 260/365 = 106.85
    assert employer(made) == [28_493, 7_123, 0]


def test_what_a_cap_per_coverage_keeps_from_one_plan_is_left_for_the_next() -> None:
    made = three_plans()
    made.rules[0]["cap_cents"] = cents(360)
    assert employer(made) == [36_000, 14_000, 0]


# ------------------------------------------------------------------------------------------------------- whose sum


def family_of_three(made: World, *plans: int) -> None:
    """An employee, a spouse and a child, each holding the plans."""
    employee = made.member()
    for relationship in (Relationship.SPOUSE, Relationship.CHILD):
        made.member(employee, relationship=relationship)
    for member in range(employee, employee + 3):
        for plan in plans:
            made.hold(member, plan)


def test_a_family_has_one_sum_which_serves_the_primary_first_within_a_plan() -> None:
    made = World()
    plans = offered(made, "100", "50")
    family_of_three(made, *plans)
    rule = pool(made, "240")
    # Plan one: 100.00, 100.00 and 40.00; nothing is left for plan two of anybody.
    assert employer(made) == [10_000, 0, 10_000, 0, 4_000, 0]
    made.rules[rule]["amount_cents"] = cents("360.01")
    # Plan one takes 300.00; plan two 50.00 of the primary and 10.01 of the spouse.
    assert employer(made) == [10_000, 5_000, 10_000, 1_001, 10_000, 0]


def test_every_family_has_a_sum_of_its_own_whatever_the_chunks() -> None:
    made = World()
    plans = offered(made, "100", "50")
    for _ in range(3):
        family_of_three(made, *plans)
    pool(made, "240")
    assert employer(made) == [10_000, 0, 10_000, 0, 4_000, 0] * 3
    assert made.rate(chunk=1, threads=2).employer_cents.tolist() == employer(made)


def test_a_family_without_a_plan_gets_nothing_and_takes_nothing() -> None:
    made = World()
    (plan,) = offered(made, "100")
    made.member()
    made.hold(made.member(), plan)
    made.member()
    pool(made)
    result = made.rate()
    assert result.employer_cents.tolist() == [10_000]
    assert result.member_employer_cents.tolist() == [0, 10_000, 0]
    assert not result.member_issue.any()
    nobody = World()
    nobody.member()
    offered(nobody, "100")
    pool(nobody)
    assert nobody.rate().member_employer_cents.tolist() == [0]


@pytest.mark.rule("CB-11")
def test_a_rule_for_dependents_is_a_second_sum_that_all_dependents_share() -> None:
    made = World()
    (plan,) = offered(made, "100")
    family_of_three(made, plan)
    pool(made, "90")
    pool(made, "150", member_type=MemberType.DEPENDENT)
    assert employer(made) == [9_000, 10_000, 5_000]
    # It goes before a Subscriber rule on the very plan, as every Dependent rule does.
    made.rule(percent_e4=percent(100), target=plan)
    assert employer(made) == [10_000, 10_000, 5_000]


@pytest.mark.rule("CB-7")
def test_only_families_of_the_class_have_the_sum() -> None:
    made = three_plans()
    made.members[0]["class_slot"] = 1
    assert made.rate().rule.tolist() == [NONE] * 3
    made.members[0]["class_slot"] = NONE
    assert employer(made) == [0, 0, 0]


def test_the_sum_of_another_account_pays_nothing() -> None:
    made = three_plans()
    made.rules[0]["account"] = 1
    assert made.rate().rule.tolist() == [NONE] * 3


def test_continued_cover_and_what_has_no_premium_take_nothing() -> None:
    made = three_plans()
    made.coverages[0]["issue"] = Issue.OPTED_OUT
    made.coverages[1]["continuation"] = Continuation.COBRA
    result = made.rate()
    assert result.prorated_cents.tolist() == [0, 15_300, 3_000]  # 150.00 x 1.02
    assert result.employer_cents.tolist() == [0, 0, 3_000]


# ------------------------------------------------------------------------------------------------- stronger rules


@pytest.mark.rule("CB-9")
@pytest.mark.parametrize(
    ("kind", "target"), [(TargetKind.PLAN, 0), (TargetKind.PRODUCT, 10), (TargetKind.CATEGORY, 0)], ids=str
)
def test_a_rule_that_names_a_plan_pays_for_it_and_leaves_the_whole_sum_to_the_others(
    kind: TargetKind, target: int
) -> None:
    made = three_plans("160")
    assert employer(made) == [16_000, 0, 0]
    stronger = made.rule(percent_e4=percent(50), target_kind=kind, target=target, rank=-1)  # older, yet stronger
    # 50 % of 400.00 by the rule on the plan; the sum of 160.00 pays 150.00 and 10.00 of the others.
    result = made.rate()
    assert result.employer_cents.tolist() == [20_000, 15_000, 1_000]
    assert result.rule.tolist() == [stronger, 0, 0]


@pytest.mark.rule("CB-4")
def test_a_stronger_rule_without_a_type_leaves_the_plan_to_the_sum() -> None:
    made = three_plans()
    made.rule(kind=NONE, target=0)
    assert employer(made) == [40_000, 10_000, 0]


@pytest.mark.rule("CB-12")
def test_of_two_sums_for_every_plan_the_last_changed_pays() -> None:
    made = three_plans("400")
    later = pool(made, "30.50")
    assert employer(made) == [3_050, 0, 0]
    made.rules[later]["member_type"] = NONE  # blank is weaker than Subscriber
    assert employer(made) == [40_000, 0, 0]


def test_the_older_strategy_has_the_sum_below_its_own_levels() -> None:
    made = three_plans("160", strategy=Strategy.LEGACY_PER_LEVEL)
    assert employer(made) == [16_000, 0, 0]
    made.rule(percent_e4=percent(50), target_kind=TargetKind.CATEGORY, target=0, rank=-1)
    assert employer(made) == [20_000, 15_000, 1_000]


def test_a_plan_without_a_value_of_a_graded_sum_is_left_out_and_warns() -> None:
    made = three_plans("0")
    made.rules[0] |= {"grade": Grade.TIER, "steps": ((Tier.EE, cents(160)),)}
    spouse = made.member(0, relationship=Relationship.SPOUSE)
    made.hold(spouse, 0)  # the first plan is held in tier ES now, for which the rule states nothing
    result = made.rate()
    assert result.employer_cents.tolist() == [0, 15_000, 1_000, 0]
    hollow = Issue.RULE_WITHOUT_VALUE
    assert result.issue.tolist() == [hollow, 0, 0, hollow]


def test_of_a_graded_sum_the_plan_used_first_states_the_value() -> None:
    made = World()
    first, second = offered(made, "400", "100", priorities=(2, 1))
    family_of_three(made, first)
    made.plans.insert(1, {"member": 0, "offer": second})
    for row in made.coverages[1:]:
        row["plan"] += 1
    made.coverages.insert(1, made.coverages[0] | {"plan": 1, "offer": second})
    pool(made, grade=Grade.TIER, steps=((Tier.EE, cents(120)), (Tier.FAM, cents(900))))
    # The second plan is used first and held by the employee alone: 120.00, of which 20.00 are left for the first.
    assert employer(made) == [2_000, 10_000, 0, 0]


# ------------------------------------------------------------------------------------------------------- always


@settings(max_examples=40, deadline=None)
@given(
    premiums=st.lists(st.integers(0, 60_000), min_size=1, max_size=4),
    amount=st.integers(0, 200_000),
    priorities=st.lists(st.integers(0, 2), min_size=4, max_size=4),
    order=st.permutations(range(4)),
)
def test_the_sum_is_paid_whole_or_up_to_the_premiums_whatever_order_the_plans_stand_in(
    premiums: list[int], amount: int, priorities: list[int], order: list[int]
) -> None:
    n = len(premiums)
    paid = []
    for held in (range(n), [plan for plan in order if plan < n]):
        made = World()
        plans = offered(made, *(f"{p // 100}.{p % 100:02d}" for p in premiums), priorities=tuple(priorities[:n]))
        employee = made.member()
        for plan in held:
            made.hold(employee, plans[plan])
        pool(made, "0", amount_cents=amount)
        paid.append(dict(zip(held, employer(made), strict=True)))
    assert paid[0] == paid[1]
    assert sum(paid[0].values()) == min(amount, sum(premiums))
    left = amount
    for plan in sorted(range(n), key=lambda plan: (priorities[plan], plan)):
        assert paid[0][plan] == min(left, premiums[plan])
        left -= paid[0][plan]
