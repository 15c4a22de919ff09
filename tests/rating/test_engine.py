"""The road as a whole: what must hold for any batch, however it is cut or ordered."""

import sys
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

import rating
from rating.codes import UNRATED, Axis, Issue, Relationship, ShareKind, TargetKind, Tier, ZeroReason
from rating.result import AMOUNTS
from tests.rating.builders import CURVE, World, age_curve, cents, e4, percent


def book(n_families: int, seed: int = 0, order: list[int] | None = None) -> World:
    """Families of every shape holding plans of every method, with gaps of every kind."""
    made = World()
    area = made.table("factor", [({Axis.AREA: 1}, "0.955"), ({Axis.AREA: 2}, "1.105")])
    tobacco = made.table("factor", [({Axis.TOBACCO: 1, Axis.AGE: 21}, "1.2"), ({}, "1")])
    medical = made.offer(made.table("child_capped", age_curve("412.36"), factors=(area, tobacco)), category=1)
    tiers = [({Axis.TIER: tier}, rate) for tier, rate in enumerate(("40.005", "80.01", "75.5", "90.5", "120"))]
    dental = made.offer(category=2)
    dental_parts = [made.offer(made.table("composite_tier", tiers), root=dental) for _ in range(2)]
    life = made.offer(
        made.table("volume", [({Axis.AGE: 18}, "0.115"), ({Axis.AGE: 40}, "0.245")]),
        multiple_e4=e4("1.5"),
        reduction=made.reduction((65, "65"), (70, "50")),
        category=3,
    )
    extra = made.offer(
        made.table("volume", [({}, "0.333")]), increment_cents=1_000_000, volume_rounding=2, maximum_cents=cents(90_000)
    )
    std = made.offer(made.table("weekly_benefit", [({}, "0.31")]), benefit_percent_e4=percent(60), proration=1)
    ltd = made.offer(
        made.table("covered_pay", [({}, "0.425")]), benefit_percent_e4=percent(60), maximum_benefit_cents=600_000
    )
    hospital = made.offer(made.table("flat", [({}, "10.005")]), term_to="2026-03-15")
    unfiled = made.offer(category=2)
    made.rule(target_kind=TargetKind.CATEGORY, target=1, percent_e4=percent(50))
    made.rule(target_kind=TargetKind.CATEGORY, target=1, percent_e4=percent("33.3333"), member_type=1)
    made.rule(target=dental, kind=ShareKind.AMOUNT, amount_cents=5_005, amount_period=0, member_type=-1)
    made.rule(target=life, class_slot=1, percent_e4=percent(100), cap_cents=5_000)
    made.rule(target=std, percent_e4=-1)

    rng = np.random.default_rng(seed)
    families = []
    for number in range(n_families):
        shape = [Relationship.SPOUSE] * int(rng.random() < 0.5) + [Relationship.CHILD] * int(rng.integers(0, 6))
        people: list[dict[str, Any]] = []
        for relationship in [Relationship.SELF, *shape]:
            years = rng.integers(0, 28) if relationship == Relationship.CHILD else rng.integers(18, 80)
            birth = np.datetime64("2026-01-01") - int(years * 365.25 + rng.integers(0, 365))
            is_self = relationship == Relationship.SELF
            person = {
                "relationship": relationship,
                "birth_date": None if rng.random() < 0.03 else str(birth),
                "tobacco": int(rng.random() < 0.2),
                "area": int(rng.integers(-1, 3)),
                "annual_pay_cents": int(rng.integers(2_000_000, 20_000_000)) if is_self and rng.random() < 0.9 else -1,
                "stated_tier": int(rng.integers(-1, 5)) if is_self else -1,
            }
            start = f"2026-{rng.integers(1, 13):02d}-01" if rng.random() < 0.3 else "2025-06-01"
            span = {"covered_from": start, "covered_to": "2027-01-01" if rng.random() < 0.9 else "2026-05-05"}
            held: list[tuple[int, tuple[int, ...], dict[str, Any]]] = [
                (root, tuple(dental_parts) if root == dental else (), span)
                for root in (medical, dental, hospital, unfiled)
                if rng.random() < 0.6
            ]
            if is_self:
                held += [(root, (), span) for root in (life, std, ltd)]
                elected = int(rng.integers(-1, 12))
                held.append((extra, (), span | {"elected_cents": elected * 1_000_000 if elected >= 0 else -1}))
            people.append({"person": person, "held": held})
        families.append({"people": people, "class_slot": int(rng.integers(-1, 2)), "number": number})
    for at in order if order is not None else range(n_families):
        family = families[at]
        primary = len(made.members)
        for position, each in enumerate(family["people"]):
            made.member(None if position == 0 else primary, **each["person"], class_slot=family["class_slot"])
            for root, parts, more in each["held"]:
                made.hold(len(made.members) - 1, root, *parts, **more)
    return made


def same(left: Any, right: Any) -> None:
    for each in fields(left):
        if is_dataclass(getattr(left, each.name)):
            same(getattr(left, each.name), getattr(right, each.name))
            continue
        np.testing.assert_array_equal(getattr(left, each.name), getattr(right, each.name), err_msg=each.name)


@pytest.fixture(scope="module")
def made() -> World:
    return book(300)


@pytest.fixture(scope="module")
def result(made: World) -> rating.Result:
    return made.rate()


def test_the_book_of_these_tests_meets_every_issue_and_zero_reason_that_a_census_can_cause(
    result: rating.Result,
) -> None:
    assert set(result.issue.tolist()) >= {
        Issue.NONE,
        Issue.RULE_WITHOUT_VALUE,
        Issue.OUTSIDE_TERM,
        Issue.BIRTH_DATE_REQUIRED,
        Issue.PAY_REQUIRED,
        Issue.AREA_REQUIRED,
        Issue.AMOUNT_REQUIRED,
        Issue.DEPENDENTS_UNKNOWN,
        Issue.NO_RATE_TABLE,
        Issue.NO_RATE,
    }
    assert set(result.zero_reason.tolist()) >= {
        ZeroReason.CHILD_CAP,
        ZeroReason.COMPOSITE_DEPENDENT,
        ZeroReason.AMOUNT_DECLINED,
    }


def test_shares_add_up_and_stay_within_the_premium(result: rating.Result) -> None:
    np.testing.assert_array_equal(result.employer_cents + result.employee_cents, result.prorated_cents)
    assert (result.employer_cents >= 0).all()
    assert (result.employee_cents >= 0).all()
    assert result.employer_cents.sum() > 0


def test_coverages_add_up_to_plans_and_plans_to_members(made: World, result: rating.Result) -> None:
    batch = made.batch()
    for amount in AMOUNTS:
        plans = np.zeros(len(batch.plans), np.int64)
        np.add.at(plans, batch.coverages.plan, getattr(result, amount))
        np.testing.assert_array_equal(getattr(result, f"plan_{amount}"), plans)
        members = np.zeros(len(batch.members), np.int64)
        np.add.at(members, batch.plans.member, plans)
        np.testing.assert_array_equal(getattr(result, f"member_{amount}"), members)
    whose = batch.plans.member[batch.coverages.plan]
    np.testing.assert_array_equal(
        result.plan_n_coverages, np.bincount(batch.coverages.plan, minlength=len(batch.plans))
    )
    np.testing.assert_array_equal(
        result.member_n_unrated, np.bincount(whose[result.issue >= UNRATED], minlength=len(batch.members))
    )
    np.testing.assert_array_equal(result.member_issue == Issue.PART_UNRATED, result.member_n_unrated > 0)
    np.testing.assert_array_equal(result.plan_issue == Issue.PART_UNRATED, result.plan_n_unrated > 0)


def test_every_zero_has_a_reason_or_an_issue_and_no_unrated_coverage_has_money(result: rating.Result) -> None:
    is_zero = result.prorated_cents == 0
    is_told = (result.zero_reason > 0) | (result.issue >= UNRATED)
    assert is_told[is_zero].all()
    unrated = result.issue >= UNRATED
    for amount in AMOUNTS:
        assert not getattr(result, amount)[unrated].any()
    assert not result.zero_reason[unrated].any()
    assert unrated.sum() < unrated.size / 2


@pytest.mark.parametrize("chunk", [1, 7, 64, 1_000])
@pytest.mark.parametrize("threads", [1, 3])
def test_neither_chunk_nor_threads_change_anything(
    made: World, result: rating.Result, chunk: int, threads: int
) -> None:
    same(made.rate(chunk=chunk, threads=threads), result)


def test_permuting_families_changes_nothing_but_their_order(made: World, result: rating.Result) -> None:
    order = np.random.default_rng(9).permutation(300).tolist()
    moved = book(300, order=order)
    batch, other = made.batch(), moved.batch()
    starts = np.flatnonzero(batch.members.primary == np.arange(len(batch.members)))
    sizes = np.diff(np.append(starts, len(batch.members)))
    member = np.concatenate([np.arange(starts[at], starts[at] + sizes[at]) for at in order])
    again = moved.rate()
    for name in ("standard_cents", "prorated_cents", "employer_cents", "issue", "n_unrated"):
        np.testing.assert_array_equal(getattr(again, f"member_{name}"), getattr(result, f"member_{name}")[member])
    assert len(other.coverages) == len(batch.coverages)


def test_the_same_input_gives_the_same_bytes(made: World, result: rating.Result) -> None:
    same(made.rate(), result)


def test_an_empty_batch_and_members_without_plans_are_rated() -> None:
    nobody = book(0).rate()
    assert nobody.member_issue.size == 0
    made = book(5)
    made.plans, made.coverages = [], []
    result = made.rate()
    assert not result.member_prorated_cents.any()
    assert result.member_n_coverages.tolist() == [0] * len(made.members)


def test_members_and_plans_without_coverages_stand_between_others() -> None:
    made = World()
    plan = made.offer(made.table("flat", [({}, "1")]))
    for _ in range(5):
        made.member()
    made.hold(1, plan)
    made.plans.append({"member": 2, "offer": plan})
    made.hold(3, plan)
    for chunk in (1, 100):
        result = made.rate(chunk=chunk)
        assert result.member_standard_cents.tolist() == [0, 1_200, 0, 1_200, 0]
        assert result.plan_n_coverages.tolist() == [1, 0, 1]


def test_a_premium_above_one_million_a_month_is_refused() -> None:
    made = World()
    plan = made.offer(made.table("volume", [({}, "1")]), increment_cents=100, volume_rounding=2)
    yearly = made.offer(made.table("volume", [({}, "12")], period=1), increment_cents=100, volume_rounding=2)
    # 1 per 1,000 of a billion is a million exactly; 5 dollars per 1,000 more is half a cent, so 10**9 + 5 rounds up.
    for elected in (10**9, 10**9 + 5):
        for offer in (plan, yearly):
            made.hold(made.member(), offer, elected_cents=cents(elected))
    result = made.rate()
    assert result.period_cents.tolist() == [10**8, 12 * 10**8, 0, 0]
    assert result.issue.tolist() == [0, 0, Issue.AMOUNT_OUT_OF_RANGE, Issue.AMOUNT_OUT_OF_RANGE]
    assert not result.prorated_cents[2:].any()


def test_a_premium_that_rounds_to_nothing_says_so() -> None:
    made = World()
    cheap, cheaper = (made.offer(made.table("flat", [({}, rate)])) for rate in ("0.005", "0.004999"))
    for offer in (cheap, cheaper):
        made.hold(made.member(), offer)
    result = made.rate()
    assert result.period_cents.tolist() == [1, 0]
    assert result.zero_reason.tolist() == [0, ZeroReason.BELOW_HALF_CENT]


@pytest.mark.rule("GR-22")
@pytest.mark.parametrize(
    "starts", [("2025-12-31", "2026-06-30", "2026-07-01"), ("2026-07-01", "2025-12-31", "2026-06-30")]
)
def test_terms_that_share_one_table_each_read_the_version_in_force_when_they_start(starts: tuple[str, ...]) -> None:
    # By age from 40: 10.00, from July 12.00; the one factor 1.1, from July 1.25. Neither is in force in 2025.
    # 10 x 1.1 = 11.00; 12 x 1.25 = 15.00.
    made = World()
    factor = made.table("factor", [({}, "1.1")])
    made.version(factor, [({}, "1.25")], since="2026-07-01")
    table = made.table("age_banded", [({Axis.AGE: 0}, "1"), ({Axis.AGE: 40}, "10")], factors=(factor,))
    made.version(table, [({Axis.AGE: 0}, "1"), ({Axis.AGE: 40}, "12")], since="2026-07-01")
    for start in starts:
        offer = made.offer(table, term_from=start, term_to="2027-01-01")
        made.hold(made.member(birth_date="1985-01-01"), offer, rate_date=start, age_date=start)
    result = made.rate()
    found = dict(zip(starts, zip(result.period_cents.tolist(), result.issue.tolist(), strict=True), strict=True))
    assert found == {"2025-12-31": (0, Issue.NO_RATE), "2026-06-30": (1100, 0), "2026-07-01": (1500, 0)}


def test_a_premium_that_is_prorated_to_nothing_says_so() -> None:
    made = World()
    # 0.01 a month is 0.12 a year; 15 of 365 days are 0.0049: nothing; 16 days are 0.0053: a cent.
    cheap = made.offer(made.table("flat", [({}, "0.01")]))
    for start in ("2026-12-17", "2026-12-16"):
        made.hold(made.member(), cheap, covered_from=start)
    result = made.rate()
    assert result.standard_cents.tolist() == [12, 12]
    assert result.prorated_cents.tolist() == [0, 1]
    assert result.zero_reason.tolist() == [ZeroReason.BELOW_HALF_CENT, 0]


def test_no_table_outranks_outside_the_term_which_outranks_a_missing_fact() -> None:
    made = World()
    by_age = made.offer(made.table("age_banded", age_curve("100")))
    made.offer()
    made.member(birth_date=None)
    made.hold(0, by_age)
    made.hold(0, by_age, covered_to="2026-01-01")
    made.hold(0, 1, covered_to="2026-01-01")
    assert made.rate().issue.tolist() == [Issue.BIRTH_DATE_REQUIRED, Issue.OUTSIDE_TERM, Issue.NO_RATE_TABLE]


def test_an_issue_found_before_rating_stands_before_all_others_and_the_coverage_counts_for_nobody() -> None:
    made = World()
    by_age = made.offer(made.table("child_capped", age_curve("100")))
    by_tier = made.offer(made.table("composite_tier", [({Axis.TIER: tier}, tier + 1) for tier in range(5)]))
    employee = made.member()
    for birth in ("2006-01-01", "2010-01-01", "2011-01-01", "2012-01-01"):
        made.member(employee, relationship=Relationship.CHILD, birth_date=birth)
    for member in range(5):
        for offer in (by_age, by_tier):
            made.hold(member, offer, issue=Issue.OPTED_OUT if member == 1 else Issue.NONE)
    made.hold(4, made.offer(), issue=Issue.NOT_ELIGIBLE)
    result = made.rate()
    assert result.issue.tolist() == [0, 0, Issue.OPTED_OUT, Issue.OPTED_OUT, 0, 0, 0, 0, 0, 0, Issue.NOT_ELIGIBLE]
    # The three younger children are charged: the oldest, who opted out, takes no place.
    assert not (result.zero_reason == ZeroReason.CHILD_CAP).any()
    assert result.tier[1] == Tier.ECN
    assert not result.prorated_cents[2:4].any()


def test_a_fourth_young_child_is_free_and_the_oldest_of_four_becoming_21_is_charged() -> None:
    def family(oldest: str) -> rating.Result:
        made = World()
        plan = made.offer(made.table("child_capped", age_curve("100")))
        employee = made.member()
        for birth in (oldest, "2010-01-01", "2011-01-01", "2012-01-01"):
            made.member(employee, relationship=Relationship.CHILD, birth_date=birth)
        for member in range(5):
            made.hold(member, plan)
        return made.rate()

    assert family("2005-01-02").period_cents.tolist()[1:] == [9_700, 8_590, 8_330, 0]
    assert family("2005-01-01").period_cents.tolist()[1:] == [10_000, 8_590, 8_330, 7_650]
    assert CURVE[20] == "0.970"


def python_calls(made: World) -> int:
    """Function calls made by one rating on the calling thread."""
    batch, rates = made.batch(), made.rates()
    count = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        rating.rate(batch, rates, threads=1)
    finally:
        sys.setprofile(None)
    return count


def test_ten_times_the_rows_take_the_same_number_of_python_calls() -> None:
    small, large = python_calls(book(200)), python_calls(book(2_000))
    assert abs(large - small) <= 50
    assert large < 15_000
