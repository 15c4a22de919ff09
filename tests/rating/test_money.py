"""Rounding: the result is the exact half-up cent, however close a tie is."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.money import Ratio, to_cents, whole_nearest, whole_up


def exact(numerators: list[list[int]], divisors: list[list[int] | int]) -> list[int]:
    """Half up in unbounded fractions, one row at a time."""
    rows = []
    for row in range(len(numerators[0])):
        value = Fraction(1)
        for column in numerators:
            value *= column[row]
        for divisor in divisors:
            value /= divisor if isinstance(divisor, int) else divisor[row]
        rows.append(floor(value + Fraction(1, 2)))
    return rows


def rounded(numerators: list[list[int]], divisors: list[list[int] | int]) -> list[int]:
    columns = tuple(np.array(column, np.int64) for column in numerators)
    others = tuple(each if isinstance(each, int) else np.array(each, np.int64) for each in divisors)
    return to_cents(Ratio(columns, others)).tolist()


@pytest.mark.rule("CB-16")
def test_half_a_cent_goes_up() -> None:
    # 897.53 x 50 % = 448.765; 0.005; 0.0049...; 2.5 cents
    assert rounded([[89_753, 1, 1, 5], [500_000, 500_000, 499_999, 500_000]], [1_000_000]) == [44_877, 1, 0, 3]


@pytest.mark.parametrize("n_factors", [0, 1, 2, 3, 4])
def test_every_row_on_a_tie_is_settled_upwards_and_its_neighbours_are_not_moved(n_factors: int) -> None:
    # A rate of 10.005 (x 1e6) and factors of exactly 1 make 1,000.5 cents: a tie in every row.
    for wobble, expected in ((-1, 1_000), (0, 1_001), (1, 1_001)):
        rate = [10_005_000 * 10**6 + wobble] * 1_000
        columns = [rate, *[[10_000] * 1_000] * n_factors]
        assert set(rounded(columns, [10**4 * 10**6 * 10 ** (4 * n_factors)])) == {expected}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_products_of_integers_round_as_exact_fractions_do(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 40))
    rows = lambda low, high: st.lists(st.integers(low, high), min_size=n, max_size=n)  # noqa: E731
    rate = data.draw(rows(0, 2 * 10**9))
    factors = [data.draw(rows(1, 60_000)) for _ in range(data.draw(st.integers(0, 4)))]
    volume = data.draw(rows(0, 10**9))
    divisor = data.draw(rows(1, 5_000))
    divisors = [10 ** (9 + 4 * len(factors)), divisor]
    assert rounded([rate, *factors, volume], divisors) == exact([rate, *factors, volume], divisors)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_dense_ties_and_near_ties_round_as_exact_fractions_do(data: st.DataObject) -> None:
    # Rows are made from the answer: (2k + 1) d plus or minus a little, over 2 d.
    n = data.draw(st.integers(2, 60))
    divisor = data.draw(st.integers(1, 10**10))
    cents = data.draw(st.lists(st.integers(0, 10**7), min_size=n, max_size=n))
    wobble = data.draw(st.lists(st.sampled_from([-1, 0, 0, 0, 1]), min_size=n, max_size=n))
    top = [(2 * k + 1) * divisor + w for k, w in zip(cents, wobble, strict=True)]
    more = data.draw(st.sampled_from([1, 10**4, 10**8, 10**18]))
    columns, divisors = [top, [more] * n, [more] * n], [2 * divisor, more, more]
    assert rounded(columns, divisors) == exact(columns, divisors)


def test_an_absurd_product_saturates_instead_of_overflowing() -> None:
    assert min(rounded([[10**18, 10**18], [10**18, 10**18]], [1])) >= 10**13


def test_volumes_round_up_or_to_the_nearest_unit() -> None:
    dollars = np.array([12_690_000, 12_600_000, 12_650_000, 12_649_999, 0, 1], np.int64)
    assert whole_up(dollars, 1, 100_000).tolist() == [12_700_000, 12_600_000, 12_700_000, 12_700_000, 0, 100_000]
    assert whole_nearest(dollars, 1, 100_000).tolist() == [12_700_000, 12_600_000, 12_700_000, 12_600_000, 0, 0]
