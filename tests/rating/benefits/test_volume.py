"""Insured amounts with many rules at once: each agrees with its own arithmetic, and tells its steps."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from rating.benefits.asked import Steps
from rating.benefits.volume import insured_amount
from rating.codes import (
    VolumeRounding,
)
from rating.facts import Facts, Span
from rating.pricing import Selection
from rating.recipes import recipes_of
from rating.terms import terms_of
from tests.rating.builders import World, cents, e4


def test_members_with_and_without_a_rule_of_their_own_are_rated_side_by_side() -> None:
    # One chunk with every kind of raw amount, and each feature on one offer only.
    made = World()
    schedule = made.reduction((40, "50"))
    table = made.table("volume", [({}, "1")])
    plain = {"volume_rounding": VolumeRounding.NONE}
    kinds = [
        (plain, 33_333),
        ({"multiple_e4": e4("1.5")} | plain, 50_000),  # 1.5 x 33,333.33 = 49,999.995
        ({"multiple_e4": e4("1.5")}, 50_000),
        ({"flat_cents": cents(12_345)} | plain, 12_345),
        ({"flat_cents": cents(12_345), "reduction": schedule} | plain, "6172.50"),
        ({"maximum_cents": cents(20_000)} | plain, 20_000),
        ({"increment_cents": cents(5_000)} | plain, 30_000),
        ({"minimum_cents": cents(40_000)} | plain, 40_000),
    ]
    member = made.member(birth_date="1980-01-01", annual_pay_cents=cents("33333.33"))
    for offer, _ in kinds:
        made.hold(member, made.offer(table, **offer), elected_cents=cents(33_333))
    result = made.rate()
    assert result.volume_cents.tolist() == [cents(expected) for _, expected in kinds]
    # 49.999995 a month is 50.00; 6,172.50 at 1 per 1,000 is 6.1725.
    assert result.period_cents.tolist() == [3_333, 5_000, 5_000, 1_235, 617, 2_000, 3_000, 4_000]


def thousands(amount: Fraction, rounding: int) -> Fraction:
    """Section 5: up, or to the nearest with a tie going up. [dollars]"""
    if rounding == VolumeRounding.UP_1000:
        return Fraction(-floor(-amount / 1_000) * 1_000)
    return (
        Fraction(floor(amount / 1_000 + Fraction(1, 2)) * 1_000) if rounding == VolumeRounding.NEAREST_1000 else amount
    )


def by_hand(offer: dict, schedules: list, age: int, pay: int, chosen: int) -> Fraction:
    """The volume of one member by sections 5 and 9, step by step. [dollars]"""

    def stated(name: str, parts: int = 100) -> Fraction | None:
        return None if offer.get(name, -1) < 0 else Fraction(offer[name], parts)

    def left(name: str) -> Fraction:
        steps = schedules[offer[name]] if offer.get(name, -1) >= 0 else []
        reached = [percent_left for first, percent_left in steps if first <= age]
        return Fraction(reached[-1]) / 100 if reached else Fraction(1)

    multiple, flat, step = stated("multiple_e4", 10_000), stated("flat_cents"), stated("increment_cents")
    if multiple is not None:
        amount = multiple * Fraction(pay, 100)
    elif flat is not None:
        amount = flat
    else:
        amount = Fraction(chosen, 100)
        amount = floor(amount / step) * step if step else amount
    amount = max(thousands(amount, offer["volume_rounding"]), stated("minimum_cents") or Fraction(0))
    caps = [stated("maximum_cents")]
    if (times := stated("pay_multiple_cap_e4", 10_000)) is not None:
        caps.append(times * Fraction(pay, 100))
    if (guaranteed := stated("guaranteed_cents")) is not None:
        caps.append(Fraction(floor(guaranteed * 100 * left("guaranteed_reduction") + Fraction(1, 2)), 100))
    amount = min([amount, *(cap for cap in caps if cap is not None)])
    if left("reduction") == 1:
        return amount
    return min(amount, thousands(amount * left("reduction"), offer["volume_rounding"]))


@pytest.mark.parametrize("seed", range(4))
def test_any_mixture_of_rules_in_one_chunk_agrees_with_each_amount_by_hand(seed: int) -> None:
    random = np.random.default_rng(seed)
    made = World()
    table = made.table("volume", [({}, "100")])
    schedules = [((65, "65"), (70, "50")), ((50, "33.3333"), (60, "0.5"))]
    for schedule in schedules:
        made.reduction(*schedule)
    choices = {
        "multiple_e4": [-1, -1, 10_000, 15_001, 20_000],
        "flat_cents": [-1, -1, 1_234_567],
        "increment_cents": [-1, 1_000_000, 250_001],
        "volume_rounding": [0, 1, 2, 2],
        "minimum_cents": [-1, -1, 2_000_050],
        "maximum_cents": [-1, 10_000_000, 12_345_678],
        "pay_multiple_cap_e4": [-1, -1, 30_000, 12_345],
        "guaranteed_cents": [-1, -1, 5_000_033],
        "guaranteed_reduction": [-1, 0, 1],
        "reduction": [-1, 0, 1],
    }
    offers = [{name: int(random.choice(values)) for name, values in choices.items()} for _ in range(60)]
    plans = [made.offer(table, **offer) for offer in offers]
    expected = []
    for _ in range(150):
        age, pay = int(random.integers(18, 80)), int(random.integers(1, 20_000_000))
        member = made.member(birth_date=f"{2026 - age}-01-01", annual_pay_cents=pay)
        for row in random.integers(0, 60, 2).tolist():
            chosen = int(random.integers(1, 20_000_000))
            made.hold(member, plans[row], elected_cents=chosen)
            expected.append(by_hand(offers[row], schedules, age, pay, chosen))
    result = made.rate()
    assert not result.issue.any()
    assert result.volume_cents.tolist() == [floor(each * 100 + Fraction(1, 2)) for each in expected]
    # At 100 a thousand the premium is a tenth of the exact amount, not of the one shown.
    assert result.period_cents.tolist() == [floor(each * 10 + Fraction(1, 2)) for each in expected]


def test_the_steps_of_an_amount_are_told_to_whoever_explains_it() -> None:
    made = World()
    schedule = made.reduction((65, "65"))
    table = made.table("volume", [({}, "1")])
    made.offer(
        table, multiple_e4=e4(2), maximum_cents=cents(126_950), guaranteed_cents=cents(100_000), reduction=schedule
    )
    made.hold(made.member(birth_date="1959-06-01", annual_pay_cents=cents(63_450)), 0)
    batch, rates = made.batch(), made.rates()
    terms = terms_of(batch.offers, batch.reductions, rates.tables)
    facts = Facts(batch, terms, Span(slice(0, 1), slice(0, 1), slice(0, 1)))
    steps: Steps = {}
    selection = Selection(facts, recipes_of(batch, terms, rates.tables), None, np.ones(1), ())
    benefit = insured_amount(selection, steps)
    told = {name: Fraction(int(ratio.numerators[0][0]), ratio.divisors[0]) for name, ratio in steps.items()}
    dollars = {"raw": 126_900, "rounded": 127_000, "capped": 126_950, "in_force": 100_000}
    assert told == {name: cents(amount) for name, amount in dollars.items()} | {"age": 66, "percent_left": 65}
    assert benefit.shown_cents.tolist() == [cents(65_000)]
