"""What holds for every contribution rule: properties 1 and 7 of the rating methods, and sums that are used up whole."""

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import rating
from rating.codes import (
    NONE,
    AmountScope,
    Axis,
    Continuation,
    Grade,
    MemberType,
    Period,
    Relationship,
    ShareKind,
    Strategy,
    TargetKind,
    Tier,
)
from tests.rating.builders import START, World

N_PLANS = 3
"""Root plans of a world, each with two coverages; the first is priced by tier."""

percents = st.integers(0, 1_000_000)
small_cents = st.integers(0, 400)
large_cents = st.integers(0, 200_000)
some_cents = st.one_of(st.just(NONE), small_cents, large_cents)
starts = st.sampled_from(["1900-01-01", START, "2026-04-16", "2026-12-31", "2027-01-01"])


@st.composite
def steps(draw: st.DrawFn, grade: int, values: st.SearchStrategy[int]) -> list[tuple[int, int]]:
    """Steps of a graded rule, ascending."""
    bounds = {NONE: st.nothing(), Grade.TIER: st.sampled_from(list(Tier)), Grade.SERVICE: st.integers(0, 8)}
    lower = bounds.get(grade, st.integers(0, 10_000_000))
    return [] if grade == NONE else [(int(low), draw(values)) for low in sorted(draw(st.sets(lower, max_size=4)))]


@st.composite
def rules(draw: st.DrawFn, offers: int) -> dict[str, Any]:
    """Any rule, with any limits."""
    kind = draw(st.sampled_from([NONE, *ShareKind]))
    grade = draw(st.sampled_from([NONE, NONE, *Grade]))
    is_money = kind in (ShareKind.AMOUNT, ShareKind.DEFINED_CONTRIBUTION)
    target = draw(st.sampled_from(TargetKind))
    return {
        "kind": kind,
        "grade": grade,
        "steps": draw(steps(grade, some_cents if is_money else percents)),
        "target_kind": target,
        "target": draw(st.integers(0, offers - 1)) if target == TargetKind.PLAN else draw(st.integers(0, 1)),
        "member_type": draw(st.sampled_from([NONE, *MemberType])),
        "percent_e4": draw(st.one_of(st.just(NONE), percents)),
        "dependent_percent_e4": draw(st.one_of(st.just(NONE), percents)),
        "amount_cents": draw(some_cents),
        "amount_period": draw(st.sampled_from(Period)),
        "scope": draw(st.sampled_from(AmountScope)),
        "cap_cents": draw(some_cents),
        "floor_cents": draw(some_cents),
        "family_cap_cents": draw(some_cents),
        "reference_offer": draw(st.integers(-1, offers)),
    }


@st.composite
def plans(draw: st.DrawFn) -> World:
    """A world of offers, without people or rules."""
    made = World()
    tiers = [({Axis.TIER: tier}, draw(large_cents)) for tier in draw(st.sets(st.sampled_from(list(Tier)), min_size=1))]
    for number in range(N_PLANS):
        more = {"strategy": draw(st.sampled_from(Strategy)), "priority": draw(st.integers(0, 2))}
        root = made.offer(product=number % 2, category=number % 2, **more)
        for _ in range(2):
            premium = draw(st.one_of(small_cents, large_cents))
            method, cells = ("flat", [({}, f"{premium // 100}.{premium % 100:02d}")])
            if number == 0:
                method, cells = "composite_tier", [(key, f"{price // 100}.{price % 100:02d}") for key, price in tiers]
            made.offer(
                made.table(method, cells, period=Period.TERM), root=root, product=draw(st.integers(0, 1)), **more
            )
    return made


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A few families that hold some plans from some day on, and any rules."""
    made = draw(plans())
    for _ in range(draw(st.integers(1, 3))):
        hired = draw(st.sampled_from([None, "2019-05-05", "2025-12-31", "2026-07-01"]))
        employee = made.member(annual_pay_cents=draw(st.one_of(st.just(NONE), large_cents)), hire_date=hired)
        for _ in range(draw(st.integers(0, 2))):
            made.member(employee, relationship=draw(st.sampled_from([Relationship.SPOUSE, Relationship.CHILD])))
        continuation = draw(st.sampled_from([NONE, NONE, NONE, *Continuation]))
        for member in range(employee, len(made.members)):
            for plan in sorted(draw(st.sets(st.integers(0, N_PLANS - 1)))):
                root = 3 * plan
                made.hold(member, root, root + 1, root + 2, covered_from=draw(starts), continuation=continuation)
    for _ in range(draw(st.integers(0, 6))):
        made.rule(**draw(rules(len(made.offers))))
    return made


def amounts(result: rating.Result) -> list[list[int]]:
    """What is compared between two ratings of one world."""
    columns = (result.prorated_cents, result.employer_cents, result.employee_cents, result.rule, result.issue)
    return [column.tolist() for column in columns]


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_shares_lie_within_the_premium_and_add_up_on_every_level_whatever_the_rules(made: World) -> None:
    result = made.rate(threads=1)
    assert (result.employer_cents >= 0).all()
    assert (result.employer_cents <= result.prorated_cents).all()
    assert (result.employer_cents + result.employee_cents == result.prorated_cents).all()
    plan_of = [row["plan"] for row in made.coverages]
    member_of = [row["member"] for row in made.plans]
    for share in ("employer_cents", "employee_cents", "prorated_cents"):
        by_plan, by_member = [0] * len(made.plans), [0] * len(made.members)
        for plan, cents in zip(plan_of, getattr(result, share).tolist(), strict=True):
            by_plan[plan] += cents
            by_member[member_of[plan]] += cents
        assert getattr(result, f"plan_{share}").tolist() == by_plan
        assert getattr(result, f"member_{share}").tolist() == by_member
    if made.coverages:
        assert amounts(made.rate(chunk=1, threads=1)) == amounts(result)


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_a_sum_for_several_coverages_is_paid_whole_or_up_to_their_premiums(made: World, data: st.DataObject) -> None:
    """A sum per plan, a defined contribution and a family cap, over the whole term."""
    employee = made.member()
    made.member(employee, relationship=Relationship.CHILD)
    for member in range(2):
        for root in range(0, 3 * N_PLANS, 3):
            made.hold(member, root, root + 1, root + 2)
    kind = data.draw(st.sampled_from([ShareKind.AMOUNT, ShareKind.DEFINED_CONTRIBUTION, ShareKind.EMPLOYER_PAID]))
    amount = data.draw(st.one_of(small_cents, large_cents))
    for category in range(2):
        made.rule(
            kind=kind,
            amount_cents=amount,
            scope=AmountScope.PER_PLAN,
            family_cap_cents=amount if kind == ShareKind.EMPLOYER_PAID else NONE,
            target_kind=TargetKind.CATEGORY,
            target=category,
        )
    result = made.rate(threads=1)
    premium: dict[tuple[int, ...], int] = defaultdict(int)
    paid: dict[tuple[int, ...], int] = defaultdict(int)
    for row, rule, prorated, employer in zip(
        made.coverages,
        result.rule.tolist(),
        result.prorated_cents.tolist(),
        result.employer_cents.tolist(),
        strict=True,
    ):
        plan = row["plan"]
        member, root = made.plans[plan]["member"], made.plans[plan]["offer"]
        key = {
            ShareKind.AMOUNT: (member, root),
            ShareKind.DEFINED_CONTRIBUTION: (member, rule),
            ShareKind.EMPLOYER_PAID: (root,),
        }[kind]
        premium[key] += prorated
        paid[key] += employer
    assert paid == {key: min(amount, total) for key, total in premium.items()}
