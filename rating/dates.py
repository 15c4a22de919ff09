"""Ages, months and days, without a calendar conversion per row.

What lives here: the age of a person on a date under each basis, the months in a term as an
exact fraction, and counts of days. What does not: which date an age is taken on (a column of
the batch) and what a fraction of a term is worth (`rating.proration`).

A day is turned into the number year x 10,000 + month x 100 + day by one table over the years
1800 to 2200; the difference of two such numbers divided by 10,000 is a number of completed years.
A birthday on 29 February then falls on 1 March of a common year, as the contract asks.
"""

import numpy as np

from rating.arrays import Days, Ints, Longs, Rows
from rating.codes import NONE, AgeBasis

FIRST_DAY = np.datetime64("1800-01-01", "D")
END_DAY = np.datetime64("2201-01-01", "D")
FIRST_YEAR = 1800
LAST_AGE = 126
"""Ages are held at this; a filed curve ends long before."""

_SHORTEST_YEAR = 365

FIRST_NUMBER = int(FIRST_DAY.astype(np.int64))
"""The day number of the first day."""


def day_numbers(days: Days) -> Longs:
    """Days since 1970-01-01 (a view, not a copy); an unknown day is the smallest int64."""
    return days.view(np.int64)


def _calendar() -> tuple[Ints, Longs]:
    """The key of every day, and the first day of every month, over the years of the table."""
    days = np.arange(FIRST_DAY, END_DAY)
    months = days.astype("M8[M]")
    month_number = months.astype(np.int64) - months[0].astype(np.int64)
    day_of_month = (days - months.astype("M8[D]")).astype(np.int64) + 1
    keys = (FIRST_YEAR + month_number // 12) * 10_000 + (month_number % 12 + 1) * 100 + day_of_month
    starts = np.append(days[day_of_month == 1], [END_DAY, END_DAY + 31])
    return keys.astype(np.int32), day_numbers(starts)


_KEY_OF_DAY, _MONTH_START = _calendar()


def calendar_keys(days: Days) -> Ints:
    """Yyyymmdd of each day; days outside 1800 to 2200 are held at the ends of the table."""
    return _KEY_OF_DAY.take(day_numbers(days) - FIRST_NUMBER, mode="clip")


def ages(birth_keys: Ints, on_keys: Ints) -> Ints:
    """Completed years (LAST_BIRTHDAY), 0 for a person not yet born, at most LAST_AGE.

    >>> ages(np.array([20040229, 20040229], "i4"), np.array([20260228, 20260301], "i4")).tolist()
    [21, 22]
    """
    years = on_keys - birth_keys
    years //= 10_000
    return np.clip(years, 0, LAST_AGE, out=years)


def ages_year_only(birth_keys: Ints, on_keys: Ints) -> Ints:
    """Year minus birth year (YEAR_ONLY)."""
    years = on_keys // 10_000 - birth_keys // 10_000
    return np.clip(years, 0, LAST_AGE, out=years)


def ages_nearest(birth_keys: Ints, on_keys: Ints) -> Ints:
    """Age on the nearest birthday; half way between two birthdays is the later one (NEAREST_BIRTHDAY)."""
    completed = (on_keys - birth_keys) // 10_000
    on = _day_of_key(on_keys, 0)
    since = on - _day_of_key(birth_keys, completed)
    until = _day_of_key(birth_keys, completed + 1) - on
    years = completed + (until <= since)
    return np.clip(years, 0, LAST_AGE, out=years)


AGES = {
    AgeBasis.LAST_BIRTHDAY: ages,
    AgeBasis.NEAREST_BIRTHDAY: ages_nearest,
    AgeBasis.YEAR_ONLY: ages_year_only,
}


def ages_on(birth_dates: Days, on: Days, basis: AgeBasis = AgeBasis.LAST_BIRTHDAY) -> Ints:
    """Age of each person on the day beside it; NONE where the birth date is unknown."""
    years = AGES[basis](calendar_keys(birth_dates), calendar_keys(on))
    return np.where(np.isnat(birth_dates), np.int32(NONE), years)


def anniversaries(start: Days, on: Days) -> Days:
    """The last anniversary of each start on or before the day beside it; the start itself until the first one.

    A start on 29 February has its anniversary on 28 February of a common year: a term is counted in
    months, and a month reaches at most to its last day. (A birthday is kept on 1 March.)

    >>> start = np.full(2, np.datetime64("2024-02-29"))
    >>> [str(day) for day in anniversaries(start, np.array(["2025-02-27", "2025-02-28"], "M8[D]"))]
    ['2024-02-29', '2025-02-28']
    """
    made = start.copy()
    rows = np.flatnonzero(day_numbers(on) - day_numbers(start) >= _SHORTEST_YEAR)
    keys, later = calendar_keys(start[rows]), on[rows]
    first, years = _month_numbers(keys), (calendar_keys(later) // 10_000 - keys // 10_000).astype(np.int64)
    years -= _moved(first + 12 * years, keys) > day_numbers(later)
    made[rows] = _moved(first + 12 * years, keys).view("M8[D]")
    return made


def birthdays(birth_dates: Days, age: Ints) -> Days:
    """The day each person reaches an age; 1 March of a common year for those born on 29 February.

    >>> [str(day) for day in birthdays(np.array(["2004-02-29"], "M8[D]"), np.array([21], "i4"))]
    ['2025-03-01']
    """
    return _day_of_key(calendar_keys(birth_dates), age).view("M8[D]")


def months_between(start: Days, end: Days) -> tuple[Longs, Longs]:
    """Months of the half-open spans as numerator and denominator (PR-5).

    Whole months first; the days left over count as a part of the real length of the month in
    which they start. From the 31st a month is counted to the last day of a shorter one.

    >>> def day(*texts): return np.array(texts, "M8[D]")
    >>> [part.tolist() for part in months_between(day("2026-01-01"), day("2026-03-15"))]
    [[76], [31]]
    """
    start_keys, end_keys = calendar_keys(start), calendar_keys(end)
    first = _month_numbers(start_keys)
    whole = np.maximum(_month_numbers(end_keys) - first, 0)
    whole -= _moved(first + whole, start_keys) > day_numbers(end)
    np.maximum(whole, 0, out=whole)
    left_from = _moved(first + whole, start_keys)
    left = np.maximum(day_numbers(end) - left_from, 0)
    length = _MONTH_START[first + whole + 1] - _MONTH_START[first + whole]
    length = np.where(left == 0, 1, length)
    return whole * length + left, length


def months_into(start: Days, day: Days) -> tuple[Longs, Longs, Longs]:
    """Where days lie in the months counted from `start`: whole months before, days into the month, its days.

    A month begins on the day of the month that `start` has, held at the last day of a shorter one.
    No day may come before its start.

    >>> def day(*texts): return np.array(texts, "M8[D]")
    >>> [part.tolist() for part in months_into(day("2026-01-15", "2026-01-01"), day("2026-03-20", "2026-03-01"))]
    [[2, 2], [5, 0], [31, 31]]
    """
    start_keys = calendar_keys(start)
    first = _month_numbers(start_keys)
    whole = _month_numbers(calendar_keys(day)) - first
    whole -= _moved(first + whole, start_keys) > day_numbers(day)
    month_start = _moved(first + whole, start_keys)
    return whole, day_numbers(day) - month_start, _moved(first + whole + 1, start_keys) - month_start


def months_after(start: Days, months: Longs) -> Days:
    """The day on which the month counted from `start` begins, some months later.

    >>> months_after(np.array(["2026-01-31"], "M8[D]"), np.array([1])).tolist()
    [datetime.date(2026, 2, 28)]
    """
    keys = calendar_keys(start)
    return _moved(_month_numbers(keys) + months, keys).view("M8[D]")


def _month_numbers(keys: Ints) -> Longs:
    """Months since the start of the table."""
    return (keys // 10_000 - FIRST_YEAR).astype(np.int64) * 12 + keys // 100 % 100 - 1


def _moved(month: Longs, keys: Ints) -> Longs:
    """Day number of the same day of the month in another month, held at its last day."""
    return np.minimum(_MONTH_START[month] + keys % 100 - 1, _MONTH_START[month + 1] - 1)


def _day_of_key(keys: Ints, years_later: Ints | int) -> Longs:
    """Day number of a key some years later; 29 February becomes 1 March in a common year."""
    month = np.clip(_month_numbers(keys + np.int32(10_000) * years_later), 0, _MONTH_START.size - 1)
    return _MONTH_START[month] + keys % 100 - 1


def whole_months(start: Longs, end: Longs) -> Rows:
    """Completed months between day numbers, counted as those of a term; 0 where the end comes first.

    >>> def day(*texts): return np.array(texts, "M8[D]").view("i8")
    >>> whole_months(day("2025-08-31", "2025-08-31"), day("2026-02-27", "2026-02-28")).tolist()
    [5, 6]
    """
    first, last = calendar_keys(start.view("M8[D]")), calendar_keys(end.view("M8[D]"))
    month = _month_numbers(last)
    months = month - _month_numbers(first)
    months -= _moved(month, first) > end
    return np.maximum(months, 0).astype(np.intp)
