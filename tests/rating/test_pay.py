"""Pay stated by the year, month, week or hour becomes annual pay, rounded once."""

from fractions import Fraction
from math import floor

import numpy as np

from rating.batch import LARGEST_AMOUNT
from rating.codes import PayMode
from rating.pay import annual_pay


def test_each_mode_counts_its_periods_of_a_year() -> None:
    modes = np.array(list(PayMode), "i1")
    made = annual_pay(np.array([6_345_000, 528_750, 122_019, 3_051]), modes, np.array([-1, -1, -1, 4_000]))
    # 5,287.50 x 12; 1,220.19 x 52; 30.51 x 40 x 52
    assert made.tolist() == [6_345_000, 6_345_000, 6_344_988, 6_346_080]


def test_an_hourly_wage_is_rounded_once_half_up() -> None:
    # 0.01 x 0.25 h x 52 = 0.13; 0.01 x 0.01 h x 52 = 0.0052, 1 cent; 0.25 x 0.01 h x 52 = 13 cents;
    # 0.25 x 0.02 h x 52 = 26 cents; 15.33 x 37.33 h x 52 = 29,757.9828
    wages, hours = np.array([1, 1, 25, 25, 1_533, 25]), np.array([25, 1, 1, 2, 3_733, 0])
    made = annual_pay(wages, np.full(6, PayMode.HOURLY, "i1"), hours)
    exact = [Fraction(int(w) * int(h) * 52, 100) for w, h in zip(wages, hours, strict=True)]
    assert made.tolist() == [floor(each + Fraction(1, 2)) for each in exact]
    assert made[4] == 2_975_798


def test_pay_is_unknown_without_amount_mode_or_possible_hours() -> None:
    modes = np.array([PayMode.ANNUAL, -1, PayMode.HOURLY, PayMode.HOURLY, PayMode.HOURLY], "i1")
    made = annual_pay(np.array([-1, 100, 100, 100, 100]), modes, np.array([-1, -1, -1, 16_801, 16_800]))
    assert made.tolist() == [-1, -1, -1, -1, 100 * 168 * 52]


def test_pay_beyond_what_arithmetic_bears_stays_beyond_it() -> None:
    modes = np.array([PayMode.ANNUAL, PayMode.ANNUAL, PayMode.MONTHLY, PayMode.HOURLY], "i1")
    amounts = np.array([LARGEST_AMOUNT, LARGEST_AMOUNT + 1, 9 * 10**18, 9 * 10**18])
    made = annual_pay(amounts, modes, np.array([-1, -1, -1, 1]))
    assert (made > LARGEST_AMOUNT).tolist() == [False, True, True, True]
