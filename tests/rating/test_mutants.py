"""The proof that the proof proves: errors put into the core on purpose, each of which the oracle must notice.

What lives here: deliberate errors of the kinds that cost cents. What does not: the comparison itself
(`tests.rating.test_against_oracle`), whose silence about these would make it worthless.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rating
from rating import money, over_term, premiums, shares
from rating.benefits import volume
from rating.codes import Axis, Period, Proration, Relationship
from rating.dates import AGES
from rating.methods import child_capped
from tests.rating.builders import World, age_curve
from tests.rating.test_against_oracle import disagreements

Patch = Callable[[pytest.MonkeyPatch], None]


def tidy_world() -> World:
    """A few families that every rule under attack has something to do with."""
    world = World()
    smoking = world.table("factor", [({Axis.TOBACCO: 1}, "1.125"), ({Axis.TOBACCO: 0}, "1.0")])
    capped = world.table("child_capped", age_curve("412.36"), factors=(smoking,))
    life = world.table("volume", [({}, "0.245")])
    flat = world.table("flat", [({}, "897.53")], period=Period.TERM)
    free = {"volume_rounding": 0, "multiple_e4": 20_000, "maximum_cents": 12_610_000}
    medical = world.offer(capped, proration=Proration.DAILY_TERM)
    insured = world.offer(life, reduction=world.reduction((65, "65")), **free)
    half = world.offer(flat)
    for offer, percent in ((medical, 333_333), (insured, 666_667), (half, 500_000)):
        world.rule(target=offer, percent_e4=percent)
    for first in ("2026-01-01", "2026-02-17", "2026-04-16", "2026-07-02"):
        primary = world.member(annual_pay_cents=6_345_000, birth_date="1958-01-01", tobacco=1)
        births = ("2013-03-01", "2011-03-01", "2009-03-01", "2007-03-01")
        children = [world.member(primary, relationship=Relationship.CHILD, birth_date=born) for born in births]
        for member in (primary, *children):
            world.hold(member, medical, covered_from=first)
            if member == primary:
                world.hold(member, insured, covered_from=first)
                world.hold(member, half, covered_from=first)
    return world


def noticed(world: World, spoil: Callable[[Any], None] = lambda result: None) -> bool:
    """The comparison finds something."""
    result = world.rate(threads=1)
    spoil(result)
    return bool(disagreements(world, result))


def test_nothing_is_noticed_where_nothing_is_wrong() -> None:
    assert not noticed(tidy_world())


def exactly(ratio: money.Ratio, round_one: Callable[[int, int], int]) -> Any:
    """Every row of a ratio rounded by itself."""
    n = max(np.size(column) for column in (*ratio.numerators, *ratio.divisors))
    whole = []
    for row in range(n):
        sides = []
        for columns in (ratio.numerators, ratio.divisors):
            product = 1
            for column in columns:
                product *= int(column if np.ndim(column) == 0 else column[row])
            sides.append(product)
        whole.append(round_one(*sides))
    return np.array(whole, np.float64)


def rounding(modules: tuple[Any, ...], round_one: Callable[[int, int], int]) -> Patch:
    """Round differently in some modules."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        for module in modules:
            monkeypatch.setattr(module, "whole_cents", lambda ratio, *_: exactly(ratio, round_one))

    return patch


def half_up(n: int, d: int) -> int:
    return (2 * n + d) // (2 * d)


def floored(n: int, d: int) -> int:
    return n // d


def ceiled(n: int, d: int) -> int:
    return -(-n // d)


def percent_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The percent is rounded to a whole one before it is used."""

    def whole(ratio: money.Ratio, *_: Any) -> Any:
        premium, percent = ratio.numerators
        return exactly(money.Ratio((premium, np.rint(percent / 10_000) * 10_000), ratio.divisors), half_up)

    monkeypatch.setattr(shares, "whole_cents", whole)


def last_day_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Covered days without the last one."""
    right = over_term.prorate
    monkeypatch.setattr(
        "rating.engine.prorate", lambda standard, part, *more: right(standard, (part[0] - 1, part[1]), *more)
    )


def capped_before_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan maximum is applied, then the amount is rounded up beyond it."""
    right = volume._capped

    def capped(asked: Any, amount: Any, scale: int, *more: Any) -> Any:
        found, scale = right(asked, amount, scale, *more)
        return volume.rounded(found, scale, scale, asked.rounding), scale

    monkeypatch.setattr(volume, "_capped", capped)


def a_year_older(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ages by the coming birthday."""
    for basis, right in list(AGES.items()):
        monkeypatch.setitem(AGES, basis, lambda born, on, right=right: right(born, on) + 1)


def every_child_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cap on children."""
    monkeypatch.setattr(child_capped, "_beyond_the_cap", lambda *_: None)


def cap_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first children given are charged, not the oldest."""

    def by_row(selection: Any, plans: Any, limits: Any) -> Any:
        del limits
        primary = selection.facts.primary.take(selection.facts.plan_member.take(plans))
        return np.array([int((primary[:n] == p).sum()) for n, p in enumerate(primary)], np.int64)

    monkeypatch.setattr(child_capped, "_ranks", by_row)


@pytest.mark.parametrize(
    "mutant",
    [
        rounding((premiums,), floored),
        rounding((premiums,), ceiled),
        rounding((over_term,), floored),
        rounding((shares,), floored),
        rounding((shares,), ceiled),
        percent_first,
        last_day_left_out,
        capped_before_rounded,
        a_year_older,
        every_child_pays,
        cap_by_row,
    ],
    ids=lambda mutant: getattr(mutant, "__name__", "rounding"),
)
def test_the_oracle_notices_the_error(mutant: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    world = tidy_world()
    assert not noticed(world)
    mutant(monkeypatch)
    assert noticed(world)


def test_the_oracle_notices_shares_that_were_rounded_apart() -> None:
    # Half of 897.53 is 448.765: rounded apart both sides pay 448.77, a cent too many.
    def twice(result: rating.Result) -> None:
        rows = result.standard_cents == 89_753
        result.employee_cents[rows] = result.employer_cents[rows]

    assert noticed(tidy_world(), twice)


def test_the_oracle_notices_a_percent_of_a_premium_that_was_not_prorated() -> None:
    def unprorated(result: rating.Result) -> None:
        result.employer_cents[:] = np.minimum(result.standard_cents // 2, result.prorated_cents)
        result.employee_cents[:] = result.prorated_cents - result.employer_cents

    assert noticed(tidy_world(), unprorated)


def test_the_oracle_notices_a_single_cent() -> None:
    def a_cent(result: rating.Result) -> None:
        result.employer_cents[3] += 1
        result.employee_cents[3] -= 1

    assert noticed(tidy_world(), a_cent)
