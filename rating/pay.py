"""Annual pay from pay stated by the year, month, week or hour.

What lives here: the one conversion. What does not: what a benefit takes of pay (`rating.benefits.disability`), and
averages of commissions, which are the employer's to state.
"""

import numpy as np

from rating.arrays import Bytes, Longs
from rating.batch import LARGEST_AMOUNT
from rating.codes import NONE, PayMode
from rating.money import whole_nearest

MONTHS = 12
WEEKS = 52
HOURS_E2 = 100
MOST_HOURS_E2 = 168 * HOURS_E2
"""A week has no more hours."""


def annual_pay(amount_cents: Longs, mode: Bytes, hours_e2: Longs) -> Longs:
    """Annual pay, half up to the cent, once. [cents]; NONE unknown

    Monthly x 12, weekly x 52, hourly x hours a week x 52 (`hours_e2`: 37.5 hours are 3,750; only asked for
    where pay is hourly). Hours that are not stated, or more than a week has, leave the pay unknown. Pay beyond
    the largest amount stays beyond it, so that a benefit which asks for it is out of range.
    Source: rating methods, sections 6 and 7 (a year has 12 months and 52 weeks). Example: 30.51
    an hour x 37.5 x 52 = 59,494.50.

    >>> modes = np.array([PayMode.ANNUAL, PayMode.MONTHLY, PayMode.WEEKLY, PayMode.HOURLY], "i1")
    >>> annual_pay(np.array([6345000, 528750, 122019, 3051]), modes, np.array([-1, -1, -1, 3750])).tolist()
    [6345000, 6345000, 6344988, 5949450]
    """
    is_hourly = mode == PayMode.HOURLY
    is_known = (amount_cents >= 0) & (mode != NONE)
    is_known &= ~is_hourly | ((hours_e2 >= 0) & (hours_e2 <= MOST_HOURS_E2))
    held = np.clip(amount_cents, 0, LARGEST_AMOUNT + 1)  # so that the products below fit in 64 bits
    times = np.array([1, MONTHS, WEEKS, WEEKS], np.int64).take(np.maximum(mode, 0))
    parts = np.where(is_hourly, np.clip(hours_e2, 0, MOST_HOURS_E2), HOURS_E2)
    annual = whole_nearest(held * times * parts, HOURS_E2, 1)
    annual = np.where(held > LARGEST_AMOUNT, np.maximum(annual, held), annual)
    return np.where(is_known, annual, NONE)
