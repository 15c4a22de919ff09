"""Numbers, days and ages, one at a time and exact.

What lives here: the ways of rounding, months of a term, ages on a day and the day an age is read on (RM-0, RM-13,
PR-5). What does not: what any of them is worth.
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor

from tests.oracle.words import Contract


def half_up(x: Fraction | int) -> int:
    """The nearest whole number, halves up (index, shared convention 1)."""
    return (2 * x.numerator + x.denominator) // (2 * x.denominator)


def half_even(x: Fraction) -> int:
    """The nearest whole number, halves to the even one."""
    return round(Fraction(x))


def truncated(x: Fraction) -> int:
    """The whole part of an amount that is not negative."""
    return floor(x)


ROUNDINGS = {"HALF_UP": half_up, "HALF_EVEN": half_even, "TRUNCATE": truncated}


def to_places(x: Fraction, places: int | None) -> Fraction:
    """A number half up to so many places; None keeps all."""
    return x if places is None else Fraction(half_up(x * 10**places), 10**places)


def cents(dollars: Fraction, how: str = "HALF_UP") -> int:
    """Dollars as whole cents, half up unless said otherwise (RM-13)."""
    return ROUNDINGS[how](Fraction(dollars) * 100)


@cache
def exact(x: Decimal | int | str) -> Fraction:
    """A decimal as the fraction it is."""
    return Fraction(x)


@cache
def days_in_month(d: date) -> int:
    """Real days of the month that holds the day."""
    first = d.replace(day=1)
    return (add_months(first, 1) - first).days


@cache
def add_months(d: date, n: int) -> date:
    """The same day n months on; a day the month does not have becomes its last."""
    year, month = divmod(d.year * 12 + d.month - 1 + n, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(d.day, (following - timedelta(days=1)).day))


@cache
def months_in_term(start: date, end: date) -> Fraction:
    """PR-5: whole months from start to end + 1 day, then left-over days / days of the month they start in."""
    after = end + timedelta(days=1)
    whole = whole_months(start, after)
    leftover_from = add_months(start, whole)
    return whole + Fraction((after - leftover_from).days, days_in_month(leftover_from))


def whole_months(start: date, day: date) -> int:
    """Completed months from a day to another; none where the other comes first."""
    whole = (day.year - start.year) * 12 + day.month - start.month
    while whole > 0 and add_months(start, whole) > day:
        whole -= 1
    return max(0, whole)


def birthday_in(born: date, year: int) -> date:
    """The birthday in a year; 29 February is kept on 1 March in common years (RM-0)."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, 3, 1) if (born.month, born.day) == (2, 29) and not leap else born.replace(year=year)


def age_on(born: date, day: date, basis: str = "LAST_BIRTHDAY") -> int:
    """Age by the basis of RM-0; a person born after the day is 0. A tie between two birthdays goes to the older age."""
    if basis == "YEAR_ONLY":
        return max(0, day.year - born.year)
    years = day.year - born.year - (birthday_in(born, day.year) > day)
    if basis == "NEAREST_BIRTHDAY":
        last, coming = birthday_in(born, born.year + years), birthday_in(born, born.year + years + 1)
        years += (day - last) >= (coming - day)
    return max(0, years)


def age_date_of(setting: str, term: Contract, rate_date: date) -> date:
    """The day an age is read on (RM-0), for the settings that ask nothing of the hold itself."""
    if setting == "JAN_1":
        return date(rate_date.year, 1, 1)
    if setting == "TAX_YEAR_END":
        return date(rate_date.year, 12, 31)
    if setting == "ATTAINED":
        return rate_date.replace(day=1)
    years = max(0, rate_date.year - term.start.year)
    if add_months(term.start, 12 * years) > rate_date and years:
        years -= 1
    return add_months(term.start, 12 * years)


@cache
def term_holding(contract: Contract, rating_date: date | None) -> Contract:
    """The contract's term, moved on by whole terms until it holds the rating date (a renewal run)."""
    start, end = contract.start, contract.end
    if rating_date is None or rating_date <= end:
        return contract
    months, whole_days = months_in_term(start, end), (end - start).days + 1
    n = 0
    while end < rating_date:
        n += 1
        if months.denominator == 1:
            start = add_months(contract.start, n * int(months))
            end = add_months(contract.start, (n + 1) * int(months)) - timedelta(days=1)
        else:
            start = contract.start + timedelta(days=n * whole_days)
            end = start + timedelta(days=whole_days - 1)
    return Contract(start, end)
