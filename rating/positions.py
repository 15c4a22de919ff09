"""Where a day lies in the months of a term, by each method of proration that counts in months.

What lives here: the methods as data (PR-26, PR-27). What does not: the part of a term that a span is
charged for, and the methods that count no months (`rating.proration`).

A further method is one member of `rating.codes.Proration` and one row of `BY_MONTH`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Longs
from rating.codes import Proration

MONTH = 377_580
"""Parts of a month in which positions are counted: whole for months of 28 to 31 days and for thirtieths."""

COMMON_MONTH = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where days lie in their terms."""

    month: Longs  # whole months of the term before the day
    day: Longs  # days of the day's month before it
    length: Longs  # days of the month
    before: Longs  # days of the month before it, where the day is the first of one and MID_MONTH asks
    wash_day: Bytes  # MID_MONTH: the last day that counts as the beginning of a month


def _by_real_days(place: Place) -> Longs:
    """Days over the real days of their month (DAILY_MONTH)."""
    return place.month * MONTH + place.day * (MONTH // place.length)


def _by_thirtieths(place: Place) -> Longs:
    """Days over 30, at most a whole month (DAILY_30)."""
    return place.month * MONTH + np.minimum(place.day, COMMON_MONTH) * (MONTH // COMMON_MONTH)


def _month_begun(place: Place) -> Longs:
    """The beginning of the month the day lies in."""
    return place.month * MONTH


def _month_ended(place: Place) -> Longs:
    """The end of the month that the day is not the first of."""
    return (place.month + (place.day > 0)) * MONTH


def _washed_start(place: Place) -> Longs:
    """A start on or before the wash day has the whole month, a later one nothing (MID_MONTH)."""
    return (place.month + (place.day + 1 > place.wash_day)) * MONTH


def _washed_end(place: Place) -> Longs:
    """A last day on or before the wash day has nothing of the month, a later one all of it (MID_MONTH).

    Cover that ends before the first day of a month had the last day of the month before as its last.
    """
    is_first = place.day == 0
    last_day = np.where(is_first, place.before, place.day)
    return (place.month - is_first + (last_day > place.wash_day)) * MONTH


def _next_month(place: Place) -> Longs:
    """Nothing for the month of the start, be it begun or not (BIRTH_MONTH_FREE)."""
    return (place.month + 1) * MONTH


@dataclass(frozen=True, slots=True)
class Method:
    """What of the term lies before a day that cover begins with, and before one it ends with. [1 / MONTH of a month]"""

    start: Callable[[Place], Longs]
    end: Callable[[Place], Longs]


BY_MONTH: dict[Proration, Method] = {
    Proration.DAILY_MONTH: Method(_by_real_days, _by_real_days),
    Proration.DAILY_30: Method(_by_thirtieths, _by_thirtieths),
    Proration.FULL_MONTH: Method(_month_begun, _month_ended),
    Proration.FIRST_OF_MONTH: Method(_month_ended, _month_ended),
    Proration.MID_MONTH: Method(_washed_start, _washed_end),
    Proration.BIRTH_MONTH_FREE: Method(_next_month, _by_real_days),
}
"""The methods that count in months. The other two need none: DAILY_TERM counts the days of the term, NONE nothing."""
