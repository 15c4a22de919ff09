"""Guaranteed issue: what is in force without questions, what waits for evidence, and what evidence changes."""

import numpy as np
import pytest

from rating.codes import Evidence, Issue, VolumeRounding, ZeroReason
from tests.rating.builders import World, cents, e4

GUARANTEED = 150_000
NO_STATE = -1


def insured(asked: str = "250000", **offer: object) -> World:
    """An employee who chose an amount of which 150,000 is guaranteed."""
    made = World()
    common = {"volume_rounding": VolumeRounding.NONE, "guaranteed_cents": cents(GUARANTEED)}
    made.offer(made.table("volume", [({}, "1")]), **common | offer)
    made.member(birth_date="1956-01-01")
    made.hold(0, 0, elected_cents=cents(asked))
    return made


def amounts(in_force: str | int, pending: str | int) -> tuple[int, int]:
    """Dollars as cents."""
    return cents(in_force), cents(pending)


def rated(made: World, **evidence: object) -> tuple[int, int]:
    """In force and pending. [cents]"""
    made.coverages[0] |= evidence
    result = made.rate()
    volume, pending = int(result.volume_cents[0]), int(result.pending_cents[0])
    assert result.period_cents[0] == (volume + 500) // 1_000, "the premium is charged on what is in force"
    return volume, pending


@pytest.mark.parametrize(
    ("asked", "in_force", "pending"),
    [
        ("149999.99", "149999.99", 0),
        ("150000", 150_000, 0),
        ("150000.01", 150_000, "0.01"),
        ("250000", 150_000, 100_000),
    ],
)
def test_up_to_the_guaranteed_amount_nobody_asks_and_the_part_above_waits(
    asked: str, in_force: str | int, pending: str | int
) -> None:
    assert rated(insured(asked)) == amounts(in_force, pending)


WAITING = [NO_STATE, Evidence.NOT_REQUIRED, Evidence.REQUIRED, Evidence.SUBMITTED, Evidence.PENDING]


@pytest.mark.parametrize("state", WAITING)
def test_the_part_above_waits_until_it_is_decided(state: int) -> None:
    assert rated(insured(), evidence=state) == amounts(150_000, 100_000)


@pytest.mark.parametrize("state", [Evidence.DECLINED, Evidence.WITHDRAWN, Evidence.EXPIRED])
def test_after_a_refusal_only_the_guaranteed_amount_is_in_force_and_nothing_waits(state: Evidence) -> None:
    assert rated(insured(), evidence=state) == amounts(150_000, 0)
    # What was below the limit needed no evidence: a refusal takes nothing away.
    assert rated(insured("120000"), evidence=state) == amounts(120_000, 0)


@pytest.mark.parametrize(
    ("approved", "in_force"),
    [
        (-1, 250_000),  # all that was asked for
        (cents("250000.01"), 250_000),
        (cents(250_000), 250_000),
        (cents(200_000), 200_000),
        (cents("150000.01"), "150000.01"),
        (cents(90_000), 150_000),  # never below what nobody asked about
        (0, 150_000),
        (9 * 10**18, 250_000),
    ],
)
def test_an_approval_may_be_for_less_but_never_for_less_than_guaranteed(approved: int, in_force: str | int) -> None:
    assert rated(insured(), evidence=Evidence.APPROVED, approved_cents=approved) == amounts(in_force, 0)


@pytest.mark.parametrize(
    ("covered_from", "approved_from", "expected"),
    [
        ("1900-01-01", None, (200_000, 0)),
        ("1900-01-01", "2026-01-01", (200_000, 0)),  # the term begins that day
        ("1900-01-01", "2026-01-02", (150_000, 50_000)),
        ("2026-03-10", "2026-03-10", (200_000, 0)),
        ("2026-03-10", "2026-03-11", (150_000, 50_000)),
    ],
)
def test_an_approval_counts_from_its_own_date_compared_with_the_first_covered_day(
    covered_from: str, approved_from: str | None, expected: tuple[int, int]
) -> None:
    state = {"evidence": Evidence.APPROVED, "approved_cents": cents(200_000), "approved_from": approved_from}
    assert rated(insured(), covered_from=covered_from, **state) == amounts(*expected)


@pytest.mark.parametrize(
    ("state", "expected"),
    [(state, (0, 250_000)) for state in WAITING] + [(Evidence.DECLINED, (0, 0)), (Evidence.APPROVED, (250_000, 0))],
)
def test_the_whole_amount_of_a_late_entrant_needs_evidence(state: int, expected: tuple[int, int]) -> None:
    made = insured()
    assert rated(made, is_late=1, evidence=state) == amounts(*expected)
    reason = ZeroReason.EVIDENCE_PENDING if expected[0] == 0 else ZeroReason.NONE
    assert made.rate().zero_reason.tolist() == [reason]


def test_a_late_entrant_needs_evidence_where_no_amount_is_guaranteed_by_name_too() -> None:
    made = insured(guaranteed_cents=-1)
    assert rated(made, is_late=0)[0] == cents(250_000)
    assert rated(made, is_late=1) == amounts(0, 250_000)
    assert rated(made, is_late=1, evidence=Evidence.APPROVED, approved_cents=cents(90_000)) == amounts(90_000, 0)


def test_a_late_entrant_who_declined_the_cover_is_not_one_who_waits() -> None:
    made = insured("0")
    made.coverages[0] |= {"is_late": 1}
    assert made.rate().zero_reason.tolist() == [ZeroReason.AMOUNT_DECLINED]


def test_a_plan_that_guarantees_nothing_keeps_everybody_waiting() -> None:
    made = insured(guaranteed_cents=0)
    assert rated(made) == amounts(0, 250_000)
    assert made.rate().zero_reason.tolist() == [ZeroReason.EVIDENCE_PENDING]


def test_the_guaranteed_amount_may_be_lower_at_higher_ages() -> None:
    # 70 on 1 January 2026, and the day before the birthday 69: 50 % of 150,000 is 75,000.
    for birth, in_force in (("1956-01-01", 75_000), ("1956-01-02", 150_000)):
        made = insured()
        made.offers[0]["guaranteed_reduction"] = made.reduction((70, "50"), (80, "0"))
        made.members[0]["birth_date"] = birth
        assert rated(made) == amounts(in_force, 250_000 - in_force)
    made.members[0]["birth_date"] = None
    assert made.rate().issue.tolist() == [Issue.BIRTH_DATE_REQUIRED]
    made.members[0]["birth_date"] = "1946-01-01"
    assert made.rate().zero_reason.tolist() == [ZeroReason.EVIDENCE_PENDING]


def test_age_reduces_what_is_in_force_and_what_waits_alike() -> None:
    made = insured()
    made.offers[0]["reduction"] = made.reduction((70, "65"))
    # 65 % of 150,000 and of 250,000
    assert rated(made) == amounts(97_500, 65_000)


def test_what_is_asked_for_is_rounded_and_capped_before_evidence() -> None:
    made = insured(multiple_e4=e4(3), maximum_cents=cents(180_000), volume_rounding=VolumeRounding.UP_1000)
    made.members[0]["annual_pay_cents"] = cents("53333.33")  # 159,999.99, up to 160,000
    assert rated(made) == amounts(150_000, 10_000)
    made.members[0]["annual_pay_cents"] = cents(90_000)  # 270,000, at most 180,000
    assert rated(made) == amounts(150_000, 30_000)


def test_a_pending_fraction_of_a_multiple_is_shown_to_the_cent() -> None:
    made = insured(multiple_e4=e4("1.5"), guaranteed_cents=cents(40_000))
    made.members[0]["annual_pay_cents"] = cents("33333.33")  # 49,999.995
    assert rated(made) == amounts(40_000, 10_000)


def test_nothing_waits_where_the_amount_itself_is_missing() -> None:
    made = insured()
    made.coverages[0] |= {"elected_cents": -1, "evidence": Evidence.PENDING}
    result = made.rate()
    assert (result.issue.tolist(), result.zero_reason.tolist()) == ([Issue.AMOUNT_REQUIRED], [0])
    assert result.pending_cents.tolist() == [-1]


def test_states_of_many_members_are_told_apart_in_one_chunk_and_row_by_row() -> None:
    made = insured()
    for state in (NO_STATE, *Evidence):
        for late in (0, 1):
            for asked in (100_000, 250_000):
                facts = {"evidence": state, "is_late": late, "elected_cents": cents(asked)}
                made.hold(made.member(), 0, **facts, approved_cents=cents(200_000), approved_from="2026-01-01")
    whole, parts = made.rate(), made.rate(chunk=1)
    for name in ("volume_cents", "pending_cents", "period_cents", "zero_reason"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_evidence_is_read_for_its_own_coverages_beside_those_of_other_methods() -> None:
    made = insured()
    flat = made.offer(made.table("flat", [({}, "5")]))
    made.hold(0, flat, evidence=Evidence.DECLINED, is_late=1)
    for state, is_late in ((Evidence.APPROVED, 0), (Evidence.PENDING, 1)):
        member = made.member()
        made.hold(member, flat, evidence=Evidence.DECLINED, is_late=1)
        made.hold(member, 0, elected_cents=cents(250_000), evidence=state, is_late=is_late)
    result = made.rate()
    assert result.period_cents.tolist() == [15_000, 500, 500, 25_000, 500, 0]
    assert result.pending_cents.tolist() == [10_000_000, -1, -1, 0, -1, 25_000_000]
