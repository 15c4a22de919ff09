"""Which rule pays, and how much: the ladder and the split of `contributions.md`."""

from typing import Any

import numpy as np
import pytest

from rating.codes import Issue, MemberType, Period, Relationship, ShareKind, TargetKind
from tests.rating.builders import World, cents, percent

PLAN, PRODUCT, CATEGORY, EVERY_PLAN = TargetKind
SUBSCRIBER, DEPENDENT, BLANK = MemberType.SUBSCRIBER, MemberType.DEPENDENT, -1


def world(premium: str = "100") -> tuple[World, int, int]:
    """An employee with a child, both with a coverage (product 20) of a root plan (product 10, category 5)."""
    made = World()
    flat = made.table("flat", [({}, premium)], period=Period.TERM)
    root = made.offer(product=10, category=5)
    coverage = made.offer(flat, root=root, product=20)
    employee = made.member()
    made.member(employee, relationship=Relationship.CHILD)
    for member in range(2):
        made.hold(member, root, coverage)
    return made, root, coverage


def pay(made: World, value: str, **more: Any) -> int:
    """A percentage rule."""
    return made.rule(percent_e4=percent(value), **more)


@pytest.mark.rule("CB-9")
def test_the_published_case_of_dental_rules() -> None:
    made = World()
    flat = made.table("flat", [({}, "100")], period=Period.TERM)
    silver, gold, vision = made.offer(category=1), made.offer(category=1), made.offer(category=2)
    preventive, surgery = made.offer(flat, root=silver), made.offer(flat, root=silver)
    any_of_gold, any_of_vision = made.offer(flat, root=gold), made.offer(flat, root=vision)
    pay(made, "10", target_kind=CATEGORY, target=1)
    pay(made, "15", target=silver)
    pay(made, "20", target=preventive)
    for _ in range(2):
        member = made.member()
        made.hold(member, silver, preventive, surgery)
        made.hold(member, gold, any_of_gold)
        made.hold(member, vision, any_of_vision)
    result = made.rate()
    assert result.employer_cents.tolist() == [2_000, 1_500, 1_000, 0] * 2
    assert result.employee_cents.tolist() == [8_000, 8_500, 9_000, 10_000] * 2
    assert result.rule.tolist() == [2, 1, 0, -1] * 2
    assert not result.issue.any()


@pytest.mark.rule("CB-16")
@pytest.mark.rule("CB-19")
def test_the_employee_pays_the_rest_of_an_odd_cent() -> None:
    made, _, coverage = world("897.53")
    pay(made, "50", target=coverage)
    result = made.rate()
    assert result.employer_cents.tolist() == [44_877] * 2
    assert result.employee_cents.tolist() == [44_876] * 2


@pytest.mark.rule("CB-18")
def test_an_amount_above_the_premium_pays_the_premium() -> None:
    made, _, coverage = world("40")
    made.rule(kind=ShareKind.AMOUNT, amount_cents=cents(55), target=coverage)
    result = made.rate()
    assert result.employer_cents.tolist() == [4_000] * 2
    assert result.employee_cents.tolist() == [0] * 2


@pytest.mark.rule("CB-2")
@pytest.mark.rule("CB-3")
@pytest.mark.rule("CB-5")
@pytest.mark.parametrize(
    ("valid_from", "valid_to", "used"),
    [
        (None, None, True),
        ("2026-01-01", "2027-01-01", True),
        ("2026-01-02", None, False),
        (None, "2026-12-31", False),  # ends on 30 December, inclusive
        ("2025-01-01", "2030-01-01", True),
    ],
)
def test_a_rule_must_span_the_whole_term(valid_from: str | None, valid_to: str | None, used: bool) -> None:
    made, root, coverage = world()
    best = pay(made, "60", target=coverage, valid_from=valid_from, valid_to=valid_to)
    fallback = pay(made, "30", target=root)
    assert made.rate().rule.tolist() == [best if used else fallback] * 2


def test_offers_of_one_account_with_other_terms_judge_a_rule_each_by_its_own() -> None:
    made, root, coverage = world()
    flat = made.offers[coverage]["rate_table"]
    short = made.offer(flat, category=5, term_from="2026-03-01", term_to="2026-06-01")
    for member in range(2):
        made.members.append(made.members[member] | {"primary": 2})
        made.hold(member + 2, short, rate_date="2026-03-01")
    rule = pay(made, "10", target_kind=CATEGORY, target=5, valid_from="2026-02-01")
    assert made.rate().rule.tolist() == [-1, -1, rule, rule]
    del root


@pytest.mark.rule("CB-12")
def test_the_most_recently_modified_rule_of_a_level_wins_but_an_explicit_subscriber_before_blank() -> None:
    made, root, _ = world()
    tuesday = pay(made, "12", target=root, rank=20)
    pay(made, "15", target=root, rank=10)
    assert made.rate().rule.tolist() == [tuesday] * 2
    pay(made, "18", target=root, rank=30, member_type=BLANK)
    assert made.rate().rule.tolist() == [tuesday] * 2


@pytest.mark.rule("CB-10")
@pytest.mark.rule("CB-11")
def test_a_dependent_rule_on_any_level_beats_a_subscriber_rule_on_the_coverage() -> None:
    made, _, coverage = world()
    wide = pay(made, "5", target_kind=CATEGORY, target=5, member_type=DEPENDENT)
    near = pay(made, "60", target=coverage)
    result = made.rate()
    assert result.rule.tolist() == [near, wide]
    assert result.employer_cents.tolist() == [6_000, 500]


@pytest.mark.rule("CB-11")
def test_a_dependent_without_dependent_rules_takes_the_subscriber_ladder() -> None:
    made, root, coverage = world()
    pay(made, "30", target=root)
    near = pay(made, "60", target=coverage)
    assert made.rate().rule.tolist() == [near] * 2


@pytest.mark.rule("CB-10")
@pytest.mark.rule("CB-13")
def test_dependent_rules_never_serve_a_primary() -> None:
    made, _, coverage = world()
    rule = pay(made, "60", target=coverage, member_type=DEPENDENT)
    result = made.rate()
    assert result.rule.tolist() == [-1, rule]
    assert result.employer_cents.tolist() == [0, 6_000]
    assert not result.issue.any()


@pytest.mark.rule("CB-4")
def test_a_rule_without_a_type_is_ignored() -> None:
    made, root, coverage = world()
    pay(made, "60", target=coverage, kind=-1)
    next_level = pay(made, "30", target=root)
    assert made.rate().rule.tolist() == [next_level] * 2


@pytest.mark.rule("CB-9")
def test_each_level_beats_the_ones_below_it() -> None:
    made, root, coverage = world()
    targets = [(CATEGORY, 5), (PRODUCT, 10), (PLAN, root), (PRODUCT, 20), (PLAN, coverage)]
    for kind, target in targets:
        rule = pay(made, "10", target_kind=kind, target=target, rank=100 - len(made.rules))
        assert made.rate().rule.tolist() == [rule] * 2


@pytest.mark.rule("CB-14")
def test_a_plan_sold_without_coverages_is_its_own_coverage() -> None:
    made = World()
    plan = made.offer(made.table("flat", [({}, "100")], period=Period.TERM), product=10, category=5)
    for _ in range(2):
        made.hold(made.member(), plan)
    pay(made, "10", target_kind=PRODUCT, target=10)
    rule = pay(made, "20", target=plan, rank=-1)
    assert made.rate().rule.tolist() == [rule] * 2


@pytest.mark.rule("CB-7")
def test_a_member_without_a_class_pays_everything() -> None:
    made, _, coverage = world()
    pay(made, "60", target=coverage)
    made.members[0]["class_slot"] = made.members[1]["class_slot"] = -1
    made.hold(made.member(), 0, coverage)
    assert made.rate().rule.tolist() == [-1, -1, 0]


def test_rules_of_another_class_or_account_do_not_apply() -> None:
    made, _, coverage = world()
    pay(made, "60", target=coverage, class_slot=1)
    pay(made, "60", target=coverage, account=1)
    pay(made, "60", target_kind=CATEGORY, target=5, account=1)
    assert made.rate().rule.tolist() == [-1, -1]


@pytest.mark.rule("CB-25")
def test_a_zero_premium_still_shows_its_rule() -> None:
    made, _, coverage = world("0")
    rule = pay(made, "60", target=coverage)
    result = made.rate()
    assert result.rule.tolist() == [rule] * 2
    assert result.employer_cents.tolist() == [0, 0]


def test_a_chosen_rule_without_a_value_pays_nothing_and_warns() -> None:
    made, _, coverage = world()
    made.rule(target=coverage)
    made.rule(target=coverage, kind=ShareKind.AMOUNT, percent_e4=percent(10), member_type=DEPENDENT)
    result = made.rate()
    assert result.issue.tolist() == [Issue.RULE_WITHOUT_VALUE] * 2
    assert result.employer_cents.tolist() == [0, 0]
    assert result.prorated_cents.tolist() == [10_000] * 2
    assert result.plan_issue.tolist() == [Issue.RULE_WITHOUT_VALUE] * 2
    assert result.member_n_unrated.tolist() == [0, 0]


@pytest.mark.rule("CB-15")
@pytest.mark.rule("PR-9")
@pytest.mark.rule("CB-17")
def test_an_amount_is_prorated_like_the_premium_and_a_monthly_one_counts_every_month() -> None:
    made, root, coverage = world("900")
    made.rule(kind=ShareKind.AMOUNT, amount_cents=cents(365), target=coverage)
    made.rule(
        kind=ShareKind.AMOUNT,
        amount_cents=cents(20),
        amount_period=Period.MONTHLY,
        target=coverage,
        member_type=DEPENDENT,
    )
    for row in made.coverages:
        row["covered_from"] = "2026-04-16"  # 260 of 365 days
    result = made.rate()
    # 365 x 260/365 = 260.00; 20 x 12 x 260/365 = 170.958...
    assert result.employer_cents.tolist() == [26_000, 17_096]
    made.rules[0] |= {"kind": ShareKind.PERCENTAGE, "percent_e4": percent(50)}
    # 900 x 260/365 = 641.0958 -> 641.10, half of it 320.55
    assert made.rate().employer_cents.tolist() == [32_055, 17_096]
    del root


def test_a_cap_limits_the_employer_per_coverage() -> None:
    made, _, coverage = world("100")
    pay(made, "80", target=coverage, cap_cents=cents(75))
    pay(made, "70", target=coverage, member_type=DEPENDENT, cap_cents=cents(75))
    assert made.rate().employer_cents.tolist() == [7_500, 7_000]


@pytest.mark.rule("CB-21")
@pytest.mark.rule("CB-22")
def test_an_amount_on_a_plan_counts_on_each_coverage_and_dependent() -> None:
    made, root, coverage = world()
    second = made.offer(made.offers[coverage]["rate_table"], root=root)
    made.hold(0, root, second)
    made.plans.sort(key=lambda plan: plan["member"])
    for row, plan in zip(made.coverages, (0, 2, 1), strict=True):
        row["plan"] = plan
    made.coverages.sort(key=lambda row: row["plan"])
    made.rule(kind=ShareKind.AMOUNT, amount_cents=cents(50), target=root)
    assert made.rate().member_employer_cents.tolist() == [10_000, 5_000]


@pytest.mark.rule("CB-23")
@pytest.mark.rule("CB-24")
def test_shares_are_of_the_premium_alone_and_totals_are_their_sums() -> None:
    made, root, coverage = world("897.53")
    second = made.offer(made.table("flat", [({}, "10.01")], period=Period.TERM), root=root)
    made.plans.clear()
    made.coverages.clear()
    for member in range(2):
        made.hold(member, root, coverage, second)
    pay(made, "50", target=root)
    result = made.rate()
    # 448.765 -> 448.77 and 5.005 -> 5.01, each rounded by itself; half of the plan's 907.54 would be 453.77
    assert result.employer_cents.tolist() == [44_877, 501] * 2
    assert result.plan_employer_cents.tolist() == result.member_employer_cents.tolist() == [45_378] * 2
    assert result.plan_employee_cents.tolist() == [45_376] * 2
    assert (result.employer_cents + result.employee_cents).tolist() == [89_753, 1_001] * 2  # and nothing besides


def pick(made: World, coverage: int, slot: int, is_dependent: bool) -> int:
    """The pseudo-code of the contract, for one coverage."""
    offer = made.offers[coverage]
    root = made.offers[offer["root"]]
    keys = [
        (PLAN, coverage),
        (PRODUCT, offer["product"]),
        (PLAN, offer["root"]),
        (PRODUCT, root["product"]),
        (CATEGORY, root["category"]),
        (EVERY_PLAN, 0),
    ]
    valid = [
        (number, rule)
        for number, rule in enumerate(made.rules)
        if rule["class_slot"] == slot
        and rule["account"] == offer["account"]
        and rule["kind"] >= 0
        and (rule["valid_from"] or "") <= offer["term_from"]
        and (rule["valid_to"] or "9") >= offer["term_to"]
    ]
    passes = [{DEPENDENT}, {SUBSCRIBER, BLANK}] if is_dependent else [{SUBSCRIBER, BLANK}]
    for types in passes:
        for key in keys:
            hits = [
                (rule["member_type"] != BLANK, rule["rank"], number)
                for number, rule in valid
                if rule["member_type"] in types and (rule["target_kind"], rule["target"]) == key
            ]
            if hits:
                return max(hits)[2]
    return -1


@pytest.mark.rule("CB-9")
@pytest.mark.parametrize("seed", range(8))
def test_a_thousand_random_rules_are_chosen_as_the_pseudo_code_chooses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = World()
    flat = made.table("flat", [({}, "100")])
    for account in range(4):
        for _ in range(3):
            start = ("2026-01-01", "2026-07-01")[rng.integers(0, 2)]
            term = {"account": account, "term_from": start, "term_to": "2027-01-01", "n_class_slots": 3}
            root = made.offer(flat, product=int(rng.integers(0, 4)), category=int(rng.integers(0, 2)), **term)
            for _ in range(rng.integers(0, 3)):
                made.offer(flat, root=root, product=int(rng.integers(0, 4)), **term)
    n_offers = len(made.offers)
    for rank in rng.permutation(int(rng.integers(20, 300))):
        kind = int(rng.integers(0, 4))
        made.rule(
            account=int(rng.integers(0, 4)),
            class_slot=int(rng.integers(0, 3)),
            target_kind=kind,
            target=int(rng.integers(0, (n_offers, 4, 2, 1)[kind])),
            member_type=int(rng.integers(-1, 2)),
            kind=int(rng.integers(-1, 2)),
            percent_e4=percent(10),
            amount_cents=5,
            rank=int(rank),
            valid_from=(None, "2026-01-01", "2026-07-01")[rng.integers(0, 3)],
            valid_to=(None, "2027-01-01", "2026-12-31")[rng.integers(0, 3)],
        )
    expected = []
    for account in range(4):
        for slot in range(3):
            employee = made.member(class_slot=slot)
            made.member(employee, relationship=Relationship.CHILD)
            for member in (employee, employee + 1):
                for number, offer in enumerate(made.offers):
                    if offer["account"] == account:
                        made.hold(member, offer["root"], number, rate_date="2026-07-01")
                        expected.append(pick(made, number, slot, member != employee))
    assert made.rate().rule.tolist() == expected
    assert max(expected) > 0
