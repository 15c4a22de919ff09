"""A premium spread over the months it is charged for."""

import numpy as np
import pytest

from rating import Reductions
from rating.changes import ragged
from rating.charges import charges
from rating.codes import Period, Proration
from rating.drift import settled
from rating.proration import Prorations
from rating.terms import terms_of
from tests.rating.builders import World, days


def spread(
    spans: list[tuple[str, str, int]], *, is_newborn: bool = False, **offer: object
) -> list[list[tuple[str, int]]]:
    """First days and cents of the months of each span, all of one offer."""
    made = World()
    made.offer(made.table("flat", [({}, "1")], period=Period.MONTHLY), **offer)
    batch = made.batch()
    terms = terms_of(batch.offers, Reductions.none(), made.rate_tables())
    found = charges(
        Prorations.of(batch.offers, terms),
        offer=np.zeros(len(spans), np.intp),
        covered_from=days(*(span[0] for span in spans)),
        covered_to=days(*(span[1] for span in spans)),
        cents=np.array([span[2] for span in spans], np.int64),
        is_newborn=np.ones(len(spans), np.bool_) if is_newborn else None,
    )
    split: list[list[tuple[str, int]]] = [[] for _ in spans]
    for row, day, amount in zip(found.row.tolist(), found.month_from, found.cents.tolist(), strict=True):
        split[row].append((str(day), amount))
    return split


@pytest.mark.rule("PR-28")
def test_three_equal_pieces_of_100_00() -> None:
    made = spread([("2026-07-01", "2026-10-01", 10_000)], term_from="2026-07-01", term_to="2026-10-01")
    assert made == [[("2026-07-01", 3_333), ("2026-08-01", 3_333), ("2026-09-01", 3_334)]]


@pytest.mark.rule("PR-28")
def test_two_hundred_over_three_leaves_a_cent_less_for_the_last() -> None:
    made = spread([("2026-07-01", "2026-10-01", 20_000)], term_from="2026-07-01", term_to="2026-10-01")
    assert [cents for _, cents in made[0]] == [6_667, 6_667, 6_666]


def test_a_monthly_premium_is_charged_every_month() -> None:
    made = spread([("2026-01-01", "2027-01-01", 12 * 1_001)])
    assert [cents for _, cents in made[0]] == [1_001] * 12
    assert [day for day, _ in made[0]] == [f"2026-{month:02}-01" for month in range(1, 13)]


def test_a_start_in_the_middle_of_a_month_charges_its_part_of_that_month() -> None:
    # 16 March on: 16/31 of March and nine months; 9 16/31 x 100.00 = 951.61
    made = spread([("2026-03-16", "2027-01-01", 95_161)], proration=Proration.DAILY_MONTH)
    assert made[0][0] == ("2026-03-01", 5_161)
    assert [cents for _, cents in made[0][1:]] == [10_000] * 9


def test_days_of_the_term_are_spread_by_months_too() -> None:
    # 1,200.00 x 291/365 = 956.71 over 9 16/31 months: 100.5360 a month, of which March has 51.8896.
    made = spread([("2026-03-16", "2027-01-01", 95_671)], proration=Proration.DAILY_TERM)
    assert [cents for _, cents in made[0]] == [5_189] + [10_054] * 8 + [95_671 - 5_189 - 8 * 10_054]


def test_a_month_that_is_free_has_no_charge() -> None:
    washed = spread([("2026-03-16", "2027-01-01", 90_000)], proration=Proration.MID_MONTH)
    assert washed[0] == [(f"2026-{month:02}-01", 10_000) for month in range(4, 13)]
    newborn = spread(
        [("2026-03-10", "2026-05-01", 10_000)], is_newborn=True, proration_newborn=Proration.BIRTH_MONTH_FREE
    )
    assert newborn == [[("2026-04-01", 10_000)]]


def test_a_month_charged_whole_has_a_whole_charge() -> None:
    made = spread([("2026-03-16", "2026-04-02", 20_000)], proration=Proration.FULL_MONTH)
    assert made == [[("2026-03-01", 10_000), ("2026-04-01", 10_000)]]


def test_without_proration_the_sum_falls_in_the_months_of_the_cover() -> None:
    made = spread([("2026-12-31", "2027-01-01", 120_000)], proration=Proration.NONE)
    assert made == [[("2026-12-01", 120_000)]]


def test_months_begin_on_the_day_the_contract_begins_on() -> None:
    made = spread([("2026-01-10", "2026-03-10", 300)], term_from="2026-01-10", term_to="2026-03-10")
    assert made == [[("2026-01-10", 150), ("2026-02-10", 150)]]


def test_a_last_month_cut_short_has_its_part() -> None:
    # 2 months and 14 of the 31 days of March: 24.54 at 10.01 a month, in parts of 76/31.
    made = spread([("2026-01-01", "2026-03-15", 2_454)], term_to="2026-03-15")
    assert made == [[("2026-01-01", 1_001), ("2026-02-01", 1_001), ("2026-03-01", 452)]]


def test_methods_that_leave_no_month_fall_back_on_the_days_covered() -> None:
    # Free in the month of birth by months, charged by days of the term at the end: the two may cross.
    made = spread([("2026-03-10", "2026-03-20", 250)], is_newborn=True, proration_newborn=Proration.BIRTH_MONTH_FREE)
    assert made == [[("2026-03-01", 250)]]


def test_nothing_charged_and_nothing_covered_have_no_charges() -> None:
    assert spread([("2026-01-01", "2027-01-01", 0), ("2027-02-01", "2027-03-01", 500)]) == [[], []]


@pytest.mark.rule("PR-28")
def test_charges_add_up_for_every_span_method_and_amount() -> None:
    random = np.random.default_rng(5)
    begin = np.datetime64("2026-01-01") + random.integers(0, 200, 400)
    spans = [
        (str(start), str(start + int(length)), int(amount))
        for start, length, amount in zip(begin, random.integers(1, 300, 400), random.integers(1, 900, 400), strict=True)
    ]
    for method in Proration:
        for split, span in zip(spread(spans, proration=method, term_to="2026-12-20"), spans, strict=True):
            assert sum(cents for _, cents in split) == span[2], (method, span)
            assert min(cents for _, cents in split) > 0


def test_sums_keep_apart() -> None:
    pieces = np.array([50, 50, 1, 7, 7], np.int64)
    assert settled(pieces, np.array([99, 1, 15]), np.array([0, 2, 3])).tolist() == [50, 49, 1, 7, 8]
    assert settled(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.intp)).size == 0
    assert ragged(np.empty(0, np.intp), np.empty(0, np.intp)).size == 0
