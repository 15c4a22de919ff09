"""The soak in small: the drawing aims as it says, the formula is the oracle's, and a wrong cent is counted.

What lives here: twenty thousand coverages of `make soak`, and its formula against exact fractions. What does not: the
ten million (`python -m tests.soak`).
"""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from tests.oracle import half_up
from tests.soak import __main__ as soak
from tests.soak.formula import Nearness, shares

SMALL = 20_000


def test_core_and_formula_agree_and_half_of_the_coverages_lie_on_or_beside_a_half_cent() -> None:
    nearness, differ, said = soak.compare(0, SMALL)
    assert (differ, said, nearness.compared) == (0, [], SMALL)
    assert nearness.on > SMALL // 20
    assert 2 * (nearness.on + nearness.beside) >= SMALL


def test_a_wrong_cent_is_counted_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def a_cent_off(columns, nearness: Nearness):
        found = shares(columns, nearness)
        found[7] = (*found[7][:4], found[7][4] + 1)
        return found

    monkeypatch.setattr(soak, "shares", a_cent_off)
    _, differ, said = soak.compare(0, 1_000)
    assert differ == 1
    assert said[0].startswith("world 0, coverage 7:")


def test_the_formula_is_the_oracles_in_exact_fractions() -> None:
    r = Random(3)
    rows = [
        (
            r.randint(0, 10**30), 10 ** r.randint(20, 24), *r.choice([(12, 1), (1, 1), (193, 31)]),
            *r.choice([(183, 366), (1, 1), (0, 1), (97, 365)]), *r.choice([(500_000, -1), (-1, 12_345), (-1, -1)]),
            12, 1, r.choice([-1, 50_000]),
        )
        for _ in range(2_000)
    ]  # fmt: skip
    for row, found in zip(rows, shares(rows, Nearness()), strict=True):
        n, d, periods, per, part, whole, percent, amount, months, month, cap = row
        period = half_up(Fraction(n, d))
        standard = half_up(period * Fraction(periods, per))
        prorated = half_up(standard * Fraction(part, whole))
        employer = 0
        if percent >= 0:
            employer = half_up(prorated * Fraction(percent, 10**6))
        elif amount >= 0:
            employer = half_up(amount * Fraction(months, month) * Fraction(part, whole))
        employer = min(employer, prorated, cap if cap >= 0 else prorated)
        assert found == (period, standard, prorated, employer, prorated - employer)


def test_a_rounding_that_lies_on_a_tie_is_counted_once() -> None:
    nearness = Nearness()
    shares([(1, 2, 1, 1, 1, 1, 500_000, -1, 1, 1, -1), (3, 1, 1, 1, 1, 1, -1, -1, 1, 1, -1)], nearness)
    assert (nearness.on, nearness.beside, nearness.compared) == (1, 0, 2)
    assert np.array(shares([(1, 2, 1, 1, 1, 1, -1, -1, 1, 1, -1)], nearness)).tolist() == [[1, 1, 1, 0, 1]]
