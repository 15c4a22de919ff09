"""Pay-period deductions: an employee's share of the term in equal parts, the last of which takes the remainder.

What lives here: the division of a sum over the pay periods of a term. What does not: which sum (a member's share of a
plan, of all plans), and the days on which pay is made.
"""

import numpy as np

from rating.arrays import Longs

PERIODS = (12, 24, 26, 52)
"""Monthly, twice a month, every two weeks, weekly."""


def deductions(share_cents: Longs, periods: int) -> tuple[Longs, Longs]:
    """What is deducted in each period but the last, and in the last. [cents], shapes of the sums

    Each = share / periods, half up; last = share - each x (periods - 1), so the parts add up to the share. Of a share
    so small that parts rounded up would pass it before the last period, parts are cut down instead and the last is
    larger: 0.26 in 52 weeks is 51 times nothing and 0.26, since 51 times 0.01 would be more than there is. A negative
    share or another number of periods is a ValueError.
    Source: the payroll view of the contribution rules.

    >>> [part.tolist() for part in deductions(np.array([120_000, 100_000, 26]), 26)]
    [[4615, 3846, 1], [4625, 3850, 1]]
    """
    if periods not in PERIODS:
        raise ValueError(f"There are {', '.join(map(str, PERIODS))} pay periods in a term, not {periods}.")
    if share_cents.size and int(share_cents.min()) < 0:
        raise ValueError("An employee's share is never negative.")
    each = (2 * share_cents + periods) // (2 * periods)
    each = np.where(each * (periods - 1) > share_cents, share_cents // periods, each)
    return each, share_cents - each * (periods - 1)
