"""What of a premium is kept when cover ends early, on the contract's cases and at the edges."""

from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rating
from rating import Reductions
from rating.charges import halves
from rating.codes import Axis, Period, Proration, Relationship, Tier
from rating.ending import Cover, earned, earned_in_pieces, share_kept
from rating.proration import Prorations
from rating.terms import terms_of
from tests.rating.builders import World, days


def kept(spans: list[tuple[str, str]], cents: int = 90_000, *, is_newborn: bool = False, **offer: Any) -> list[int]:
    """What each span of cover costs of a premium."""
    made = World()
    made.offer(made.table("flat", [({}, "1")], period=Period.MONTHLY), **offer)
    batch = made.batch()
    n = len(spans)
    cover = Cover(
        Prorations.of(batch.offers, terms_of(batch.offers, Reductions.none(), made.rate_tables())),
        np.zeros(n, np.intp),
        days(*(span[0] for span in spans)),
        days(*(span[1] for span in spans)),
        np.ones(n, np.bool_) if is_newborn else None,
    )
    return earned(cover, np.full(n, cents, np.int64)).tolist()


@pytest.mark.rule("PR-16")
def test_the_cases_of_the_general_factor() -> None:
    spans = [
        ("2026-01-01", "2027-01-01"),  # the full term
        ("2026-04-16", "2027-01-01"),  # hired 16 April: 260 days
        ("2026-01-01", "2026-09-21"),  # cancelled from 21 September on: 263 days
        ("2026-04-16", "2026-09-21"),  # both: 158 days
        ("2026-12-31", "2027-01-01"),  # the last day
        ("2026-04-16", "2026-04-16"),  # no day
    ]
    assert kept(spans) == [90_000, 64_110, 64_849, 38_959, 247, 0]


def test_the_method_of_a_termination_says_what_its_month_costs() -> None:
    span = [("2026-01-01", "2026-09-21")]
    assert kept(span, proration_end=Proration.FULL_MONTH) == [67_500]
    assert kept(span, proration_end=Proration.NONE) == [90_000]


def test_a_newborn_begins_by_the_method_for_newborns() -> None:
    span = [("2026-04-16", "2027-01-01")]
    more: dict[str, Any] = {"proration": Proration.FULL_MONTH, "proration_newborn": Proration.FIRST_OF_MONTH}
    assert kept(span, **more) == [67_500]
    assert kept(span, is_newborn=True, **more) == [60_000]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 365), min_size=2, max_size=6, unique=True))
def test_a_later_end_never_costs_less_and_the_whole_term_costs_the_premium(cents: int, ends: list[int]) -> None:
    start = np.datetime64("2026-01-01")
    found = kept([("2026-01-01", str(start + day)) for day in [*sorted(ends), 365]], cents)
    assert all(before <= after for before, after in pairwise(found))
    assert found[-1] == cents


TIERS = dict(zip(Tier, ("41.37", "83.11", "77.77", "77.77", "129.99"), strict=True))
WAYS: dict[str, dict[str, Any]] = {
    "days of the term": {},
    "days of the month": {"proration": Proration.DAILY_MONTH},
    "thirtieths": {"proration": Proration.DAILY_30},
    "full months": {"proration": Proration.FULL_MONTH},
    "wash": {"proration": Proration.MID_MONTH},
    "full month at an end": {"proration": Proration.DAILY_MONTH, "proration_end": Proration.FULL_MONTH},
    "changes on a first": {"proration": Proration.DAILY_MONTH, "proration_change": Proration.FIRST_OF_MONTH},
    "none but at an end": {"proration": Proration.NONE, "proration_end": Proration.DAILY_TERM},
}


def married(upto: str, **offer: Any) -> tuple[World, rating.Result]:
    """An employee in a plan by tier, the spouse there from 17 March on, until the day cover ends."""
    made = World()
    plan = made.offer(made.table("composite_tier", [({Axis.TIER: tier}, price) for tier, price in TIERS.items()]))
    made.offers[plan] |= offer
    employee = made.member()
    made.hold(employee, plan, covered_to=upto)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), plan, covered_from="2026-03-17", covered_to=upto)
    return made, made.rate()


def kept_in_pieces(upto: str, **offer: Any) -> int:
    """What the employee's cover over the whole term costs, ended on a day."""
    made, whole = married("2027-01-01", **offer)
    batch, own = made.batch(), whole.pieces.coverage == 0
    end = np.datetime64(upto)
    starts, ends = whole.pieces.piece_from[own], whole.pieces.piece_to[own]
    cover = Cover(
        Prorations.of(batch.offers, terms_of(batch.offers, Reductions.none(), made.rate_tables())),
        np.zeros(2, np.intp),
        starts,
        np.maximum(np.minimum(ends, end), starts),
        changes=(np.array([False, True]), ends < end),
    )
    return int(earned_in_pieces(cover, whole.pieces.standard_cents[own], np.array([0]))[0])


@pytest.mark.rule("PR-16", "PR-28")
def test_cover_whose_price_changed_keeps_the_sum_of_its_pieces_rounded_once() -> None:
    # 41.37 x 2 16/31 + 83.11 x 3/31 = 104.0922... + 8.0429... = 112.1351...; piece by piece it were 104.09 + 8.04.
    assert kept_in_pieces("2026-03-20", proration=Proration.DAILY_MONTH) == 11_214
    # That the price changes on the day cover ends is no change any more: March was begun and is charged whole.
    assert kept_in_pieces("2026-03-17", proration=Proration.FULL_MONTH) == 3 * 4_137


@pytest.mark.parametrize("way", WAYS)
def test_cover_that_ends_costs_what_a_run_makes_of_cover_that_ends_then(way: str) -> None:
    offer = WAYS[way]
    for upto in ("2026-01-02", "2026-03-16", "2026-03-17", "2026-03-18", "2026-03-24", "2026-04-01", "2026-11-16"):
        _, ended = married(upto, **offer)
        assert kept_in_pieces(upto, **offer) == ended.prorated_cents[0], upto


@pytest.mark.parametrize("cents", [3_333_333_333, 2**60 // (2 * 365), 2**60 // (2 * 365) + 1, 10**16 + 1])
def test_pieces_of_any_size_are_summed_exactly(cents: int) -> None:
    made = World()
    made.offer(made.table("flat", [({}, "1")]))
    batch = made.batch()
    cover = Cover(
        Prorations.of(batch.offers, terms_of(batch.offers, Reductions.none(), made.rate_tables())),
        np.zeros(2, np.intp),
        days("2026-01-01", "2026-04-11"),
        days("2026-04-11", "2026-08-03"),
        changes=(np.array([False, True]), np.array([True, False])),
    )
    # 100 days at one price and 114 at another, of 365; 2**60 / (2 x 365) is the edge of what 64 bits are trusted with.
    exact = Fraction(cents * 100 + (cents - 7) * 114, 365)
    found = earned_in_pieces(cover, np.array([cents, cents - 7]), np.array([0]))
    assert found.tolist() == [floor(exact + Fraction(1, 2))]


@pytest.mark.rule("PR-9")
@given(st.integers(0, 10**9), st.data())
def test_the_employer_keeps_its_share_and_never_pays_more_than_there_is(before: int, data: st.DataObject) -> None:
    employer = data.draw(st.integers(0, before))
    after = data.draw(st.integers(0, before))
    (share,) = share_kept(np.array([employer]), np.array([before]), np.array([after])).tolist()
    assert 0 <= share <= after
    assert abs(share * max(before, 1) - employer * after) * 2 <= max(before, 1)
    assert share_kept(np.array([employer]), np.array([before]), np.array([before])).tolist() == [employer]


@given(st.integers(0, 10**12))
def test_two_halves_are_the_whole(cents: int) -> None:
    first, second = halves(np.array([cents]))
    assert int(first[0]) + int(second[0]) == cents
    assert 0 <= int(first[0]) - int(second[0]) <= 1
