"""The ladder climbed one rule at a time: the older package's strategy, and the rules that a choice beat."""

from typing import Any

import numpy as np
import pytest

from rating.candidates import Standing, candidates
from rating.codes import NONE, MemberType, Strategy, TargetKind
from rating.ladder import Level, ladder
from tests.rating.builders import World, percent

PLAN, PRODUCT, CATEGORY, EVERY_PLAN = TargetKind
SUBSCRIBER, DEPENDENT, BLANK = MemberType.SUBSCRIBER, MemberType.DEPENDENT, NONE
LEGACY = Strategy.LEGACY_PER_LEVEL
ROOT, COVERAGE = 0, 1


def world(**more: Any) -> World:
    """A root plan (product 10, category 5) with one coverage (product 20)."""
    made = World()
    root = made.offer(product=10, category=5, **more)
    made.offer(root=root, product=20, **more)
    return made


def pay(made: World, target: tuple[TargetKind, int], member_type: int = SUBSCRIBER, **more: Any) -> int:
    """A percentage rule on a target."""
    return made.rule(percent_e4=percent(10), target_kind=target[0], target=target[1], member_type=member_type, **more)


def chosen(made: World, *, is_dependent: bool = False, offer: int = COVERAGE, class_slot: int = 0) -> int:
    """The rule of the coverage."""
    made_ladder = ladder(made.batch().offers, made.rates().rules)
    members = np.array([0])
    return int(
        made_ladder.choose(np.array([offer]), members, np.array([class_slot], np.int32), np.array([is_dependent]))[0]
    )


def told(made: World, *, is_dependent: bool = False, offer: int = COVERAGE) -> list[tuple[int, Level, Standing]]:
    """The candidates of the coverage."""
    found = candidates(made.batch().offers, made.rates().rules, offer, 0, is_dependent)
    return [(each.rule, each.level, each.standing) for each in found]


# --------------------------------------------------------------------------------------------------------- legacy


@pytest.mark.rule("CB-13")
def test_the_legacy_strategy_falls_back_inside_each_level() -> None:
    made = world(strategy=LEGACY)
    for_dependents = pay(made, (CATEGORY, 5), DEPENDENT)
    for_all = pay(made, (PLAN, ROOT))
    assert chosen(made, is_dependent=True) == for_all
    made.offers[ROOT]["strategy"] = made.offers[COVERAGE]["strategy"] = Strategy.STANDARD
    assert chosen(made, is_dependent=True) == for_dependents
    assert chosen(made) == for_all


def test_the_legacy_strategy_takes_dependent_before_subscriber_before_blank_and_a_primary_no_dependent_rule() -> None:
    made = world(strategy=LEGACY)
    blank = pay(made, (PLAN, ROOT), BLANK, rank=9)
    assert chosen(made, is_dependent=True) == chosen(made) == blank
    explicit = pay(made, (PLAN, ROOT), SUBSCRIBER, rank=1)
    assert chosen(made, is_dependent=True) == chosen(made) == explicit
    for_dependents = pay(made, (PLAN, ROOT), DEPENDENT, rank=0)
    assert chosen(made, is_dependent=True) == for_dependents
    assert chosen(made) == explicit


def test_the_legacy_strategy_has_the_levels_of_the_root_plan_and_knows_no_coverage() -> None:
    made = world(strategy=LEGACY)
    pay(made, (PLAN, COVERAGE))
    pay(made, (PRODUCT, 20))
    assert chosen(made) == NONE
    for target in ((EVERY_PLAN, NONE), (CATEGORY, 5), (PRODUCT, 10), (PLAN, ROOT)):
        rule = pay(made, target, rank=-len(made.rules))
        assert chosen(made) == chosen(made, is_dependent=True) == rule


@pytest.mark.rule("CB-12")
def test_the_legacy_strategy_breaks_ties_by_the_last_change() -> None:
    made = world(strategy=LEGACY)
    later = pay(made, (PRODUCT, 10), rank=20)
    pay(made, (PRODUCT, 10), rank=10)
    assert chosen(made) == later


def test_plans_of_both_strategies_may_stand_in_one_run() -> None:
    made = world()
    old_root = made.offer(product=10, category=5, strategy=LEGACY)
    made.offer(root=old_root, product=20, strategy=LEGACY)
    for_dependents = pay(made, (CATEGORY, 5), DEPENDENT)
    wide = pay(made, (PRODUCT, 10))
    near = pay(made, (PRODUCT, 20))
    assert chosen(made, is_dependent=True) == for_dependents
    assert chosen(made) == near
    assert chosen(made, is_dependent=True, offer=old_root + 1) == wide
    assert chosen(made, offer=old_root + 1) == wide


# -------------------------------------------------------------------------------------------------------- the table


@pytest.mark.rule("CB-2")
def test_a_coverage_with_a_term_of_its_own_judges_the_rules_of_its_root_by_that_term() -> None:
    made = world()
    made.offers[COVERAGE] |= {"term_from": "2026-03-01", "term_to": "2026-06-01"}
    rule = pay(made, (PLAN, ROOT), valid_from="2026-02-01")
    wide = pay(made, (CATEGORY, 5), valid_to="2026-12-31")
    product = pay(made, (PRODUCT, 10), valid_to="2026-05-31")
    assert chosen(made) == rule
    assert chosen(made, offer=ROOT) == NONE
    made.rules[rule]["kind"] = NONE
    assert chosen(made) == wide
    del product


@pytest.mark.rule("CB-1")
def test_a_rule_that_names_nothing_known_serves_nobody() -> None:
    made = world()
    made.offer(product=-1, category=-1)
    for target in ((PLAN, -1), (PLAN, 99), (PRODUCT, -1), (CATEGORY, -1), (CATEGORY, 6)):
        pay(made, target)
    pay(made, (CATEGORY, 5), class_slot=-1)
    assert [chosen(made, offer=offer) for offer in range(3)] == [NONE] * 3
    assert not told(made)


def test_an_account_with_fewer_classes_keeps_the_rules_of_another_out_of_its_places() -> None:
    made = World()
    made.offer(category=5, n_class_slots=1)
    made.offer(category=5, n_class_slots=3, account=1)
    first = pay(made, (CATEGORY, 5))
    pay(made, (CATEGORY, 5), class_slot=1)  # a class the account does not have
    last = pay(made, (CATEGORY, 5), class_slot=2, account=1)
    assert chosen(made, offer=0) == first
    assert [chosen(made, offer=1, class_slot=slot) for slot in range(3)] == [NONE, NONE, last]


def test_without_offers_or_rules_there_is_nothing_to_choose() -> None:
    made = world()
    assert chosen(made) == NONE
    empty = World()
    assert ladder(empty.batch().offers, empty.rates().rules).rule.max() == NONE


# ------------------------------------------------------------------------------------------------------ candidates


@pytest.mark.rule("CB-9")
def test_candidates_stand_from_the_strongest_to_the_weakest_with_their_levels() -> None:
    made = world()
    targets = {
        (EVERY_PLAN, NONE): Level.EVERY_PLAN,
        (CATEGORY, 5): Level.CATEGORY,
        (PRODUCT, 10): Level.ROOT_PRODUCT,
        (PLAN, ROOT): Level.ROOT_PLAN,
        (PRODUCT, 20): Level.PRODUCT,
        (PLAN, COVERAGE): Level.PLAN,
    }
    rules = [(pay(made, target), level) for target, level in targets.items()]
    pay(made, (PLAN, COVERAGE), class_slot=1)
    pay(made, (PLAN, COVERAGE), account=1)
    strongest, *others = reversed(rules)
    assert told(made) == [(*strongest, Standing.CHOSEN), *((*other, Standing.BEATEN) for other in others)]


@pytest.mark.rule("CB-12")
def test_candidates_of_one_level_stand_by_member_type_then_by_change() -> None:
    made = world()
    blank = pay(made, (PLAN, ROOT), BLANK, rank=9)
    old = pay(made, (PLAN, ROOT), rank=1)
    new = pay(made, (PLAN, ROOT), rank=2)
    for_dependents = pay(made, (CATEGORY, 5), DEPENDENT, rank=0)
    assert [rule for rule, _, _ in told(made, is_dependent=True)] == [for_dependents, new, old, blank]
    assert [standing for *_, standing in told(made)] == [
        Standing.CHOSEN,
        Standing.BEATEN,
        Standing.BEATEN,
        Standing.DEPENDENTS_ONLY,
    ]


@pytest.mark.rule("CB-2")
@pytest.mark.rule("CB-3")
@pytest.mark.rule("CB-4")
@pytest.mark.rule("CB-10")
def test_a_rule_that_cannot_be_used_comes_last_and_says_why() -> None:
    made = world()
    late = pay(made, (PLAN, COVERAGE), valid_from="2026-01-02")
    early = pay(made, (PLAN, COVERAGE), valid_to="2026-12-31")
    untyped = pay(made, (PLAN, COVERAGE), kind=NONE)
    others = pay(made, (PLAN, COVERAGE), DEPENDENT)
    used = pay(made, (CATEGORY, 5), valid_from="2026-01-01", valid_to="2027-01-01")
    assert {rule: standing for rule, _, standing in told(made)} == {
        used: Standing.CHOSEN,
        late: Standing.STARTS_LATE,
        early: Standing.ENDS_EARLY,
        untyped: Standing.NO_TYPE,
        others: Standing.DEPENDENTS_ONLY,
    }
    assert told(made)[0] == (used, Level.CATEGORY, Standing.CHOSEN)


@pytest.mark.rule("CB-7")
def test_a_member_without_a_class_has_no_candidates() -> None:
    made = world()
    pay(made, (PLAN, COVERAGE))
    assert not candidates(made.batch().offers, made.rates().rules, COVERAGE, NONE, is_dependent=False)


@pytest.mark.rule("CB-14")
def test_a_plan_that_is_its_own_coverage_names_a_rule_once_on_its_strongest_level() -> None:
    made = world()
    rule = pay(made, (PLAN, ROOT))
    assert told(made, offer=ROOT) == [(rule, Level.PLAN, Standing.CHOSEN)]


@pytest.mark.rule("CB-9")
@pytest.mark.parametrize(
    ("kind", "category", "is_named"),
    [
        (5, NONE, True),
        (NONE, 7, True),
        (5, 7, True),
        (5, 8, False),  # both are named, so both must match
        (4, 7, False),
        (NONE, 8, False),
        (NONE, NONE, False),
    ],
)
@pytest.mark.parametrize("strategy", Strategy)
def test_a_rule_may_name_the_category_of_the_product_of_the_root_beside_its_type_or_alone(
    strategy: Strategy, kind: int, category: int, is_named: bool
) -> None:
    made = world(strategy=strategy)
    made.offers[ROOT]["product_category"] = 7  # of the coverage's own product nothing is asked
    made.offers[COVERAGE]["product_category"] = 9
    rule = pay(made, (CATEGORY, kind), product_category=category)
    pay(made, (CATEGORY, NONE), product_category=9)
    assert chosen(made) == (rule if is_named else NONE)
    assert told(made) == ([(rule, Level.CATEGORY, Standing.CHOSEN)] if is_named else [])


@pytest.mark.rule("CB-9", "CB-12")
def test_a_product_category_is_no_level_of_its_own_the_latest_change_decides() -> None:
    made = world(product_category=7)
    below = pay(made, (EVERY_PLAN, NONE))
    assert chosen(made) == below
    by_both = pay(made, (CATEGORY, 5), product_category=7)
    by_category = pay(made, (CATEGORY, NONE), product_category=7)
    by_type = pay(made, (CATEGORY, 5))
    last = pay(made, (CATEGORY, NONE), product_category=7, rank=-1)
    assert [rule for rule, _, _ in told(made)] == [by_type, by_category, by_both, last, below]
    assert chosen(made) == by_type
    made.rules[by_category]["rank"] = 9
    assert chosen(made) == by_category
    made.rules[by_both]["rank"] = 10
    assert chosen(made) == by_both
    explicit = pay(made, (CATEGORY, NONE), BLANK, product_category=7, rank=11)
    assert (chosen(made), told(made)[4][0]) == (by_both, explicit)  # Subscriber before blank, whatever its age
    product = pay(made, (PRODUCT, 10))
    assert chosen(made) == product


@pytest.mark.rule("CB-9", "CB-11")
def test_a_product_category_is_that_of_the_account_and_one_for_dependents_serves_them() -> None:
    made = world(product_category=7)
    made.offer(account=1, category=5, product=10)  # of no category
    pay(made, (CATEGORY, NONE), product_category=7, account=1)
    for_dependents = pay(made, (CATEGORY, NONE), DEPENDENT, product_category=7)
    assert (chosen(made), chosen(made, is_dependent=True)) == (NONE, for_dependents)
    assert chosen(made, offer=2) == NONE


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strategy", Strategy)
def test_the_first_candidate_is_the_rule_the_table_holds(strategy: Strategy, seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = World()
    for root in range(0, 12, 3):
        term = {"term_from": "2026-01-01", "strategy": strategy, "account": root % 2}
        term |= {"product_category": root % 4 - 1} if seed % 2 else {}
        term |= {"n_class_slots": 2 + root % 2} if seed > 1 else {}  # accounts of unlike many classes
        made.offer(product=int(rng.integers(0, 4)), category=int(rng.integers(0, 2)), **term)
        for _ in range(2):
            made.offer(root=root, product=int(rng.integers(0, 4)), **term)
    for rank in rng.permutation(80):
        kind = int(rng.integers(0, 4))
        pay(
            made,
            (TargetKind(kind), int(rng.integers(0, (12, 4, 2, 1)[kind]))),
            int(rng.integers(-1, 2)),
            account=int(rng.integers(0, 2)),
            class_slot=int(rng.integers(0, 2)),
            rank=int(rank) // 2,
            kind=int(rng.integers(-1, 2)),
            valid_from=(None, "2026-01-01", "2026-01-02")[rng.integers(0, 3)],
            valid_to=(None, "2027-01-01", "2026-12-31")[rng.integers(0, 3)],
        )
        if seed % 2 and kind == CATEGORY:  # of product types, of categories, and of both
            made.rules[-1]["product_category"] = int(rank) % 4 - 1
            made.rules[-1]["target"] = NONE if rank % 3 == 0 else made.rules[-1]["target"]
    offers, rules = made.batch().offers, made.rates().rules
    table = ladder(offers, rules)
    n_found = 0
    for offer in range(12):
        for slot in range(2):
            for is_dependent in (False, True):
                found = candidates(offers, rules, offer, slot, is_dependent)
                best = found[0].rule if found and found[0].standing == Standing.CHOSEN else NONE
                assert table.rule[table.blocks.of(offer) + 2 * slot + is_dependent] == best
                n_found += best != NONE
    assert n_found > 10
