"""A batch whose columns do not fit together is refused with the column's name."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import rating
from rating.checks import BatchError
from rating.codes import Axis, Continuation, Proration
from tests.rating.builders import World, days, percent

FAR, LONG_AGO = np.datetime64(2**31, "D"), np.datetime64(-(2**31) - 1, "D")


def world() -> World:
    made = World()
    plan = made.offer(made.table("flat", [({}, "1")]))
    for _ in range(2):
        employee = made.member()
        made.member(employee, relationship=3)
    for member in range(4):
        made.hold(member, plan)
    return made


def test_a_sound_batch_is_accepted() -> None:
    world().batch().check()


@pytest.mark.parametrize(
    ("bundle", "column", "value", "says"),
    [
        ("members", "primary", np.array([0, 0, 2, 2], np.int64), "members.primary must be int32"),
        ("members", "primary", np.array([0, 2, 0, 2], np.int32), "contiguous"),
        ("members", "primary", np.array([0, 0, 1, 1], np.int32), "names itself"),
        ("members", "primary", np.array([0, 3, 3, 3], np.int32), "stands first"),
        ("members", "primary", np.array([0, 0, 2, 4], np.int32), "4 or more"),
        ("members", "gender", np.array([0, 0, 0, 9], np.int8), "members.gender"),
        ("members", "tobacco", np.zeros(3, np.int8), "4 rows"),
        ("members", "birth_date", days("1990-01-01", None, "1700-01-01", None), "members.birth_date"),
        ("members", "class_slot", np.array([0, 0, 2, 2], np.int32), "class_slot"),
        ("members", "annual_pay_cents", np.array([0, 0, 0, -2], np.int64), "annual_pay_cents"),
        ("plans", "member", np.array([1, 0, 2, 3], np.int32), "plans.member must be sorted"),
        ("plans", "offer", np.array([0, 0, 0, 1], np.int32), "plans.offer"),
        ("coverages", "plan", np.array([0, 1, 3, 2], np.int32), "coverages.plan must be sorted"),
        ("coverages", "offer", np.array([0, -1, 0, 0], np.int32), "coverages.offer"),
        ("coverages", "rate_date", days("2026-01-01", None, "2026-01-01", "2026-01-01"), "rate_date"),
        ("coverages", "covered_to", days("2026-01-01", None, "2026-01-01", "2026-01-01"), "covered_to"),
        ("offers", "term_to", days("2026-01-01"), "term_to must be after"),
        ("offers", "reduction", np.array([1], np.int32), "offers.reduction"),
        ("offers", "proration", np.array([8], np.int8), "offers.proration"),
        ("offers", "proration_newborn", np.array([8], np.int8), "offers.proration_newborn"),
        ("offers", "wash_day", np.array([0], np.int8), "offers.wash_day"),
        ("offers", "wash_day", np.array([32], np.int8), "offers.wash_day"),
        ("offers", "maximum_cents", np.array([-2], np.int64), "offers.maximum_cents"),
        ("offers", "covered_pay_cents", np.array([-2], np.int64), "offers.covered_pay_cents"),
        ("offers", "industry", np.array([-2], np.int32), "offers.industry"),
        ("offers", "group_size", np.array([-2], np.int32), "offers.group_size"),
        ("offers", "product", np.array([-2], np.int32), "offers.product"),
        ("offers", "life_years_e4", np.array([10**12 + 1], np.int64), "offers.life_years_e4"),
        ("members", "hire_date", days("2020-01-01", None, "2020-01-01", FAR), "members.hire_date"),
        ("coverages", "covered_to", days(*["2027-01-01"] * 3, FAR), "covered_to must be known and lie within"),
        ("coverages", "covered_from", days(*["2026-01-01"] * 3, LONG_AGO), "covered_from must be known and lie"),
        ("coverages", "approved_cents", np.array([0, -1, -2, 5], np.int64), "coverages.approved_cents"),
        ("coverages", "approved_from", days(None, None, None, FAR), "approved_from must lie within"),
        ("reductions", "percent_left_e4", np.array([650_000, -1], np.int64), "reductions.percent_left_e4"),
        ("reductions", "percent_left_e4", np.array([650_000, 1_000_001], np.int64), "reductions.percent_left_e4"),
        ("reductions", "percent_left_e4", np.array([650_000], np.int64), "must have 2 rows"),
        ("reductions", "start", np.array([0, 3], np.int32), "reductions.start must lead from 0 to 2"),
        ("reductions", "start", np.array([0, -1, 2], np.int32), "reductions.start must lead from 0 to 2"),
        ("reductions", "start", np.array([0, 2], np.int64), "reductions.start must be a column of int32"),
        ("reductions", "age", np.array([65, 65], np.int16), "ages of a reduction schedule must ascend"),
        ("reductions", "age", np.array([-1, 65], np.int16), "reductions.age"),
    ],
)
def test_each_defect_is_named(bundle: str, column: str, value: np.ndarray, says: str) -> None:
    made = world()
    made.reduction((65, "65"), (70, "50"))
    batch: Any = made.batch()
    broken = replace(batch, **{bundle: replace(getattr(batch, bundle), **{column: value})})
    with pytest.raises(BatchError, match=says):
        broken.check()
    with pytest.raises(BatchError, match=says):
        rating.rate(broken, made.rates())


def test_days_at_the_bounds_of_what_a_span_may_state_are_counted() -> None:
    """A day so far off must not turn into another number of days."""
    made = world()
    made.coverages[0] |= {"covered_from": LONG_AGO + 1, "covered_to": FAR - 1}
    made.coverages[1] |= {"covered_from": FAR - 1, "covered_to": FAR - 1}
    made.coverages[2] |= {"covered_from": LONG_AGO + 1, "covered_to": LONG_AGO + 1}
    made.members[0]["hire_date"] = LONG_AGO + 1
    result = made.rate()
    assert result.covered_days.tolist() == [365, 0, 0, 365]
    assert result.prorated_cents.tolist() == [1_200, 0, 0, 1_200]


def test_the_same_ages_may_begin_every_schedule() -> None:
    made = world()
    made.reduction((65, "65"), (70, "50"))
    made.reduction((65, "50"))
    made.batch().check()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", 6),
        ("kind", -2),
        ("target_kind", 4),
        ("target_kind", -1),
        ("member_type", 2),
        ("grade", 3),
        ("amount_period", 3),
        ("scope", 2),
        ("percent_e4", -2),
        ("cap_cents", -2),
        ("class_slot", -2),
    ],
)
def test_a_rule_with_a_code_of_no_list_is_refused_and_pays_nobody(column: str, value: int) -> None:
    made = world()
    made.rule(percent_e4=percent(50))
    made.rule(percent_e4=percent(80), scope=0, grade=-1)
    assert made.rate().employer_cents.tolist() == [960] * 4
    made.rules[1][column] = value
    with pytest.raises(rating.RatesError, match=column):
        made.rate()


def test_rules_with_steps_that_are_not_theirs_are_refused() -> None:
    made = world()
    made.rule(grade=0, steps=[(0, percent(50))])
    rates = made.rates()
    assert rating.rate(made.batch(), rates).rule.tolist() == [0] * 4
    for start in ([0], [0, 2], [1, 1], [0, -1]):
        rules = replace(rates.rules, steps=replace(rates.rules.steps, start=np.array(start, np.int32)))
        with pytest.raises(rating.RatesError, match="steps of graded rules"):
            rating.rate(made.batch(), replace(rates, rules=rules))
    short = replace(rates.rules, percent_e4=np.empty(0, np.int64))
    with pytest.raises(rating.RatesError, match="percent_e4"):
        rating.rate(made.batch(), replace(rates, rules=short))


@pytest.mark.parametrize(("second", "holds"), [(5, False), (10, False), (11, True)])
def test_steps_of_one_rule_ascend_and_those_of_the_next_begin_anew(second: int, holds: bool) -> None:
    """They are looked up by halves, so that a step out of order would never be found."""
    made = world()
    made.rule(grade=2, steps=[(10, percent(50)), (second, percent(80))])
    made.rule(grade=2, steps=[(0, percent(50))])
    if holds:
        made.rates().rules.check()
    else:
        with pytest.raises(rating.RatesError, match="must ascend"):
            made.rate()


def test_more_classes_than_memory_holds_are_refused_before_any_is_asked_for() -> None:
    made = world()
    made.offers[0]["n_class_slots"] = 2**28
    with pytest.raises(BatchError, match="268,435,456 classes of offers"):
        made.rate()


def test_an_offer_whose_rate_table_is_not_among_the_tables_is_refused() -> None:
    made = world()
    made.offers[0]["rate_table"] = 5
    with pytest.raises(ValueError, match="rate table"):
        made.rate()


@pytest.mark.parametrize("method", ["flat", "composite_solved"])
def test_a_rating_refuses_broken_values_of_coverages_in_whatever_chunk_they_are(method: str) -> None:
    made = World()
    base = made.table("flat", [({}, "10")])
    more: dict[str, Any] = {} if method == "flat" else {"base_table": base}
    cells = [({}, "10")] if method == "flat" else [({Axis.TIER: tier}, "1") for tier in range(5)]
    plan = made.offer(made.table(method, cells, **more))
    for _ in range(3):
        made.hold(made.member(), plan)
    sound = made.batch()
    rating.rate(sound, made.rates())
    for column, value, says in (
        ("covered_from", days("2026-01-01", "2026-01-01", None), "covered_from must be known"),
        ("offer", np.array([0, 0, 7], np.int32), "coverages.offer has a value of 1 or more"),
    ):
        coverages: Any = replace(sound.coverages, **{column: value})
        for chunk in (1, 1_000):
            with pytest.raises(BatchError, match=says):
                rating.rate(replace(sound, coverages=coverages), made.rates(), chunk=chunk)


@pytest.mark.rule("PR-27")
def test_a_column_that_states_one_value_in_a_view_is_not_taken_for_one_that_was_left_out() -> None:
    """A caller may say one value for all rows as `np.broadcast_to` does, which is how a column left out looks, too."""
    made = World()
    plan = made.offer(made.table("flat", [({}, "100")]), proration=Proration.DAILY_MONTH)
    employee = made.member()
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=3, birth_date="2026-03-10"), plan, covered_from="2026-03-10")
    made.rule(percent_e4=percent(50))
    plain = made.batch()
    newborn = np.broadcast_to(np.int8(Proration.BIRTH_MONTH_FREE), (1,))
    continued = np.broadcast_to(np.int8(Continuation.COBRA), (2,))
    batch = replace(
        plain,
        offers=replace(plain.offers, proration_newborn=newborn),
        coverages=replace(plain.coverages, continuation=continued),
    )
    found = rating.rate(batch, made.rates())
    assert found.prorated_cents.tolist() == [12 * 10_200, 9 * 10_200]  # 102 %; free until the end of March
    assert found.employer_cents.tolist() == [0, 0]  # COBRA: all is the member's
