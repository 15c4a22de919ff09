"""Imputed income: the published examples, both sides of each limit, and the year rounded once."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from rating.imputed_income import (
    MONTH_PARTS,
    average_cover,
    charged_rates,
    dependents_income,
    employees_income,
    equal_part,
    month_parts,
    paid_by_month,
    straddles_table_i,
    straddling,
    table_i,
    tax_ages,
)
from tests.rating.builders import cents, days, e6


def months(*dollars: str | int) -> np.ndarray:
    """Twelve equal months of each person's amount. [cents]"""
    return np.tile([cents(each) for each in dollars], (12, 1))


def aged(*ages: int) -> np.ndarray:
    return np.array(ages, np.int32)


def test_the_published_examples() -> None:
    # 77.0 x 0.15 = 11.55 a month, 138.60; 113.3 x 0.43 = 48.719 a month, 584.628; less 12 x 18.50 = 222.00
    made = employees_income(months(127_000, 163_250), aged(47, 58), months(0, "18.50"))
    assert made.month_mills[0].tolist() == [11_550, 48_719]
    assert made.year_cents.tolist() == [13_860, 58_463]
    assert made.taxable_cents.tolist() == [13_860, 36_263]


def test_every_bracket_of_table_i_begins_at_its_first_age_and_ends_the_day_before_the_next() -> None:
    # Treas. Reg. 1.79-3(d)(2): under 25, five-year brackets, 70 and over.
    brackets = [(0, 24, 5), (25, 29, 6), (30, 34, 8), (35, 39, 9), (40, 44, 10), (45, 49, 15), (50, 54, 23)]
    brackets += [(55, 59, 43), (60, 64, 66), (65, 69, 127), (70, 126, 206)]
    for first, last, cost in brackets:
        assert table_i(aged(first, last)).tolist() == [cost, cost]


def test_the_age_is_the_one_on_the_last_day_of_the_tax_year() -> None:
    born = days("1986-12-31", "1987-01-01", "2004-02-29", None)
    assert tax_ages(born, 2026).tolist() == [40, 39, 22, -1]


@pytest.mark.parametrize(
    ("cover", "hundreds"),
    [
        ("0", 0),
        ("50000", 0),
        ("50049.99", 0),  # an excess of 49.99 is nearest to nothing
        ("50050", 1),  # half way goes up
        ("50100", 1),
        ("50149.99", 1),
        ("50150", 2),
    ],
)
def test_the_first_50_000_are_free_and_the_excess_counts_to_the_nearest_hundred(cover: str, hundreds: int) -> None:
    made = employees_income(months(cover), aged(40), months(0))
    assert made.month_mills[0].tolist() == [hundreds * 10]  # 0.10 per 1,000: one cent, ten mills, per hundred
    assert made.year_cents.tolist() == [hundreds * 12]


def test_months_are_not_rounded_and_the_year_is_once() -> None:
    # 1 hundred x 0.43 / 10 = 4.3 cents a month: 51.6 cents a year, and not 12 x 4 cents.
    made = employees_income(months("50100"), aged(55), months(0))
    assert made.year_cents.tolist() == [52]
    # 5 months of 0.5 cents (0.05 per 1,000) are 2.5 cents, half up 3.
    cover = np.zeros((12, 1), np.int64)
    cover[:5] = cents("50100")
    assert employees_income(cover, aged(20), months(0)).year_cents.tolist() == [3]


def test_the_months_of_the_year_add_up_to_it() -> None:
    random = np.random.default_rng(7)
    cover, paid = random.integers(0, 40_000_000, (12, 200)), random.integers(0, 3_000, (12, 200))
    age = random.integers(18, 80, 200).astype(np.int32)
    made = employees_income(cover, age, paid)
    assert (made.taxable_month_cents.sum(axis=0) == made.taxable_cents).all()
    for person in range(200):
        tenths = 0
        for month in range(12):
            excess = Fraction(max(int(cover[month, person]) - 5_000_000, 0), 10_000)
            tenths += floor(excess + Fraction(1, 2)) * int(table_i(age[person : person + 1])[0])
        cost = floor(Fraction(tenths, 10) + Fraction(1, 2))
        assert made.year_cents[person] == cost
        assert made.taxable_cents[person] == max(cost - int(paid[:, person].sum()), 0)


def test_payments_after_tax_are_subtracted_over_the_whole_year_and_never_leave_less_than_nothing() -> None:
    # 77.0 x 0.15 = 11.55 a month. Paid at once in January, 100.00 still leave 38.60 of 138.60.
    paid = np.zeros((12, 3), np.int64)
    paid[0] = [cents(100), cents("138.60"), cents("138.61")]
    made = employees_income(months(*[127_000] * 3), aged(47, 47, 47), paid)
    assert made.taxable_cents.tolist() == [3_860, 0, 0]
    assert made.taxable_month_cents[:, 0].tolist() == [0] * 8 + [395, 1_155, 1_155, 1_155]  # 9 x 11.55 = 103.95


def test_cover_is_the_in_force_amount_of_each_month() -> None:
    cover = np.full((12, 1), cents(127_000))
    cover[6:] = cents(83_000)  # reduced from July on: 33.0 x 1.27 = 41.91; before 77.0 x 1.27 = 97.79
    made = employees_income(cover, aged(65), months(0))
    assert made.month_mills[:, 0].tolist() == [97_790] * 6 + [41_910] * 6
    assert made.year_cents.tolist() == [83_820]


def test_the_exclusion_is_one_per_employee_over_all_policies() -> None:
    # 40,000 and 30,000: 20,000 over, although neither policy is. 20 x 0.10 = 2.00 a month; 60,000 alone 1.00.
    total = months(40_000, 60_000) + months(30_000, 0)
    assert employees_income(total, aged(40, 40), months(0, 0)).year_cents.tolist() == [2_400, 1_200]


def test_cover_of_a_dependent_is_free_up_to_2_000_and_taxed_whole_above() -> None:
    # 2,000.01 is nearest to 2,000: 2 x 0.10 = 0.20 a month.
    made = dependents_income(months("2000", "2000.01", "10000", "10000"), aged(44, 44, 44, 24), months(0, 0, 0, 0))
    assert made.year_cents.tolist() == [0, 240, 1_200, 600]


def test_without_a_birth_date_there_is_no_income_to_state() -> None:
    made = employees_income(months(127_000, 127_000), tax_ages(days(None, "1979-06-01"), 2026), months(0, 0))
    assert made.taxable_cents.tolist() == [-1, 13_860]
    assert made.month_mills[:, 0].tolist() == [-1] * 12


def test_rates_straddle_table_i_only_with_one_below_and_one_above() -> None:
    age = aged(42, 47)  # 0.10 and 0.15
    for rates, expected in (
        (("0.09", "0.16"), True),
        (("0.10", "0.16"), False),
        (("0.09", "0.15"), False),
        (("0.05", "0.05"), False),
    ):
        assert straddles_table_i(np.array([e6(rate) for rate in rates]), age) is expected


def test_offerings_straddle_each_by_its_own_rates() -> None:
    age = aged(42, 47, 42, 47)
    rates = np.array([e6(rate) for rate in ("0.09", "0.16", "0.10", "0.16")])
    assert straddling(np.array([1, 1, 0, 0]), 3, rates, age).tolist() == [False, True, False]


def test_a_charge_that_is_the_cost_to_the_cent_is_charged_at_table_i() -> None:
    # 63,450 at 47: 63.45 x 0.15 = 9.5175, so 9.52. A cent more is 9.53 / 63.45 = 0.150197, a cent less 0.149882.
    charge, cover = np.array([952, 953, 951]), np.full(3, cents("63450"))
    assert charged_rates(charge, cover, aged(47, 47, 47)).tolist() == [150_000, 150_197, 149_882]


def test_days_of_every_month_are_whole_parts_of_it() -> None:
    assert [MONTH_PARTS % length for length in (28, 29, 30, 31)] == [0, 0, 0, 0]
    assert month_parts(np.array([28, 31]), np.array([28, 31])).tolist() == [MONTH_PARTS, MONTH_PARTS]


def test_a_part_of_a_month_costs_its_days_and_only_the_year_is_rounded() -> None:
    # 77.0 x 0.15 = 11.55: 15 of 30 days 5.775, shown as such; 10 of 31 days 3.72580..., 3.726 to the nearest mill.
    parts = np.zeros((12, 2), np.int64)
    parts[3, 0] = month_parts(np.array([15]), np.array([30]))[0]
    parts[[0, 2, 4], 1] = month_parts(np.array([10]), np.array([31]))[0]
    made = employees_income(months(127_000, 127_000), aged(47, 47), months(0, 0), parts)
    assert made.month_mills[[3, 0], [0, 1]].tolist() == [5_775, 3_726]
    assert made.year_cents.tolist() == [578, 1_118]  # 5.775 half up; 3 x 3.72580... = 11.1774...
    assert made.taxable_month_cents.sum(axis=0).tolist() == [578, 1_118]
    assert dependents_income(months(10_000), aged(44), months(0), parts[:, :1]).year_cents.tolist() == [50]


def test_whole_months_in_parts_are_whole_months() -> None:
    random = np.random.default_rng(11)
    cover, paid = random.integers(0, 40_000_000, (12, 50)), random.integers(0, 3_000, (12, 50))
    age = random.integers(18, 80, 50).astype(np.int32)
    whole, parts = (employees_income(cover, age, paid, p) for p in (None, np.full((12, 50), MONTH_PARTS)))
    for name in ("month_mills", "year_cents", "taxable_cents", "taxable_month_cents"):
        assert (getattr(whole, name) == getattr(parts, name)).all()


def test_a_month_of_change_counts_with_the_mean_of_its_ends() -> None:
    # Half a cent left out: 50,049.995 stays below the half hundred, 50,050.005 is above it.
    first, last = np.array([cents("50049.99"), cents("50050.00")]), np.array([cents("50050.00"), cents("50050.01")])
    made = employees_income(average_cover(first, last)[None, :], aged(40, 40), np.zeros((1, 2), np.int64))
    assert made.month_mills[0].tolist() == [0, 10]


def test_payments_fall_to_months_by_their_parts_and_the_last_has_the_rest() -> None:
    # 100.00 over 10 of 30 days, a month and half a month of 28 days: 1/3 + 1 + 1/2 = 11/6.
    parts = month_parts(np.array([10, 31, 14]), np.array([30, 31, 28]))
    assert paid_by_month(np.array([10_000]), np.array([0]), parts).tolist() == [1_818, 5_455, 2_727]
    assert paid_by_month(np.array([], np.int64), np.array([], np.intp), parts[:0]).tolist() == []


def test_equal_parts_add_up_to_the_sum() -> None:
    assert equal_part(np.full(4, 1_001), np.arange(4), np.full(4, 4)).tolist() == [250, 250, 250, 251]
