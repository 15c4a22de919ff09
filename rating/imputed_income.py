"""Imputed income: what the tax law adds to pay for employer-carried group-term life insurance.

What lives here: Table I, the cost of cover over $50,000 by month and year, what is left of it after the
employee's own payments, and the test of rates that straddle Table I. What does not: the cover itself
(`rating.benefits.volume`: in force and reduced for age), and which of it the employer carries: payments before tax
count as the employer's, cover that employees pay in full counts only where its rates straddle Table I.

Source: IRC 79; Treas. Reg. 1.79-0, 1.79-3(b) to (e) with Table I, for cover after 30 June 1999; IRS Publication 15-B.
All figures are exact: Table I is in whole cents, cover in hundreds of dollars, so a month costs a whole
number of mills (tenths of a cent). A part of a month costs as much of that as it has of the days. Months are
not rounded; the year is, once, half up.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Days, Flags, Ints, Longs, Rows
from rating.codes import NONE
from rating.dates import ages_on
from rating.drift import settled
from rating.money import whole_nearest

TABLE_I_AGE = np.array([0, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70])
"""First age of each bracket."""
TABLE_I_CENTS = np.array([5, 6, 8, 9, 10, 15, 23, 43, 66, 127, 206])
"""Cost of $1,000 of cover for one month, in cents."""
EXCLUSION_CENTS = 5_000_000
"""The first $50,000 of an employee's cover, over all policies of the employer, are free of tax."""
DEPENDENT_LIMIT_CENTS = 200_000
"""Cover of a spouse or child of at most $2,000 is free; above it the whole of it is taxed."""
HUNDRED_DOLLARS = 10_000
HUNDREDS = 10
"""Hundreds of dollars in the thousand that Table I is for."""
MILLS = 10
RATE_E6_OF_CENT = 10_000
CENTS_OF_THOUSAND = 100_000
MONTH_PARTS = 377_580
"""A whole month: the least common multiple of 28, 29, 30 and 31, so that days of any month are whole parts."""


@dataclass(frozen=True, slots=True)
class ImputedIncome:
    """By person, (n,), or by month and person, (n_months, n); NONE where the age is unknown."""

    month_mills: Longs
    """Cost of each month. [tenths of a cent; exact for a whole month, to the nearest for a part]"""
    year_cents: Longs
    """Cost of the year, rounded once."""
    taxable_cents: Longs
    """The same less the employee's payments after tax, not below 0."""
    taxable_month_cents: Longs
    """Parts of `taxable_cents` by month, which add up to it: the income so far less what earlier months took."""


def table_i(age: Ints) -> Longs:
    """Cost of $1,000 of cover for one month. [cents]

    >>> table_i(np.array([24, 25, 47, 69, 70], "i4")).tolist()
    [5, 6, 15, 127, 206]
    """
    return TABLE_I_CENTS.take(np.maximum(np.searchsorted(TABLE_I_AGE, age, side="right") - 1, 0))


def tax_ages(birth_dates: Days, tax_year: int) -> Ints:
    """Ages on the last day of the tax year, by which the whole year is costed; NONE unknown."""
    return ages_on(birth_dates, np.full(birth_dates.size, np.datetime64(f"{tax_year:04d}-12-31", "D")))


def average_cover(first_cents: Longs, last_cents: Longs) -> Longs:
    """What counts as the cover of a month in which it changes: the mean of its first and its last day. [cents]

    Half a cent is left out, which moves no hundred of dollars.

    >>> average_cover(np.array([12700000]), np.array([8300000])).tolist()
    [10500000]
    """
    return (first_cents + last_cents) // 2


def month_parts(days: Longs, month_days: Longs) -> Longs:
    """Days of a month as parts of it. [1 / MONTH_PARTS of a month]

    >>> (month_parts(np.array([31, 15, 14]), np.array([31, 30, 28])) * 2 // MONTH_PARTS).tolist()
    [2, 1, 1]
    """
    return days * (MONTH_PARTS // month_days)


def paid_by_month(paid_cents: Longs, heads: Rows, parts: Longs) -> Longs:
    """What was paid for spans of cover, by their months: in proportion to the parts, the last month the rest. [cents]

    `paid_cents` (n_spans,); `heads` says where each span begins among its `parts` (`month_parts`), none of them 0.

    >>> paid_by_month(np.array([22200, 1000]), np.array([0, 12]), np.full(15, MONTH_PARTS)).tolist()[10:]
    [1850, 1850, 333, 333, 334]
    """
    if not parts.size:
        return parts
    counts = np.diff(heads, append=parts.size)
    whole = np.repeat(np.add.reduceat(parts, heads), counts)
    return settled(whole_nearest(np.repeat(paid_cents, counts) * parts, whole, 1), paid_cents, heads)


def equal_part(cents: Longs, place: Longs, n: Longs) -> Longs:
    """The part that falls to the one at a place, from 0, of `n` who share a sum equally; the parts add up to it.

    >>> equal_part(np.array([100, 100, 100]), np.arange(3), np.full(3, 3)).tolist()
    [33, 33, 34]
    """
    return cents * (place + 1) // n - cents * place // n


def employees_income(
    cover_cents: Longs, age: Ints, after_tax_cents: Longs, parts: Longs | None = None
) -> ImputedIncome:
    """Imputed income of employees.

    `cover_cents` (n_months, n) is the whole employer-carried cover of each month, `age` (n,) is taken on
    the last day of the tax year, `after_tax_cents` (n_months, n) what the employee paid for it after tax.
    The excess over $50,000 counts to the nearest $100, half up. `parts` (n_months, n) says how much of each month the
    cover is in force (`month_parts`); None is all of every month.

    Example: 163,250 at 58: excess 113,250, so 113,300; 113.3 x 0.43 = 48.719 a month, 584.63 a year; less
    18.50 a month: 362.63.

    >>> made = employees_income(np.full((12, 1), 16325000), np.array([58], "i4"), np.full((12, 1), 1850))
    >>> int(made.month_mills[0, 0]), int(made.year_cents[0]), int(made.taxable_cents[0])
    (48719, 58463, 36263)
    """
    return _income(np.maximum(cover_cents - EXCLUSION_CENTS, 0), age, after_tax_cents, parts)


def dependents_income(
    cover_cents: Longs, age: Ints, after_tax_cents: Longs, parts: Longs | None = None
) -> ImputedIncome:
    """Imputed income for the cover of spouses and children, per dependent and in the same shapes.

    In a month with more than $2,000 of cover the whole of it counts, to the nearest $100, by the
    dependent's own age. Example: 10,000 on a spouse of 44: 10 x 0.10 = 1.00 a month, 12.00 a year.

    >>> made = dependents_income(np.full((12, 1), 1000000), np.array([44], "i4"), np.zeros((12, 1), "i8"))
    >>> int(made.taxable_cents[0])
    1200
    """
    return _income(np.where(cover_cents > DEPENDENT_LIMIT_CENTS, cover_cents, 0), age, after_tax_cents, parts)


def straddles_table_i(rate_e6: Longs, age: Ints) -> bool:
    """The rates per $1,000 that employees pay in full cost one of them less than Table I and another more.

    Only then does cover that employees pay for themselves count as carried by the employer.

    >>> straddles_table_i(np.array([90_000, 160_000]), np.array([42, 47], "i4"))
    True
    """
    return bool(straddling(np.zeros(rate_e6.size, np.intp), 1, rate_e6, age)[0])


def straddling(offering: Rows, n: int, rate_e6: Longs, age: Ints) -> Flags:
    """`straddles_table_i` for many offerings at once, (n,): `offering` says which of them each rate belongs to.

    >>> straddling(np.array([0, 1, 0]), 2, np.array([90_000, 90_000, 160_000]), np.array([42, 42, 47], "i4")).tolist()
    [True, False]
    """
    cost_e6 = table_i(age) * RATE_E6_OF_CENT
    below, above = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    below[offering[rate_e6 < cost_e6]] = True
    above[offering[rate_e6 > cost_e6]] = True
    return below & above


def charged_rates(charge_cents: Longs, cover_cents: Longs, age: Ints) -> Longs:
    """The rate per $1,000 that a month's charge comes to, for cover above nothing. [USD x 1e6]

    What the law compares are charges: one that is the cost by Table I to the cent is charged at Table I itself,
    however its rate was filed.

    >>> charged_rates(np.array([952, 951]), np.array([6345000, 6345000]), np.array([47, 47], "i4")).tolist()
    [150000, 149882]
    """
    cost = table_i(age)
    is_same = charge_cents == whole_nearest(cover_cents * cost, CENTS_OF_THOUSAND, 1)
    rate_e6 = whole_nearest(charge_cents * (CENTS_OF_THOUSAND * RATE_E6_OF_CENT), cover_cents, 1)
    return np.where(is_same, cost * RATE_E6_OF_CENT, rate_e6)


def _income(taxed_cents: Longs, age: Ints, after_tax_cents: Longs, parts: Longs | None) -> ImputedIncome:
    """Cost by Table I, and what is left of it after payments; in parts of a mill where months are in parts."""
    is_unknown: Flags = age < 0
    hundreds = whole_nearest(taxed_cents, 1, HUNDRED_DOLLARS) // HUNDRED_DOLLARS
    cost = hundreds * table_i(age) * (MILLS // HUNDREDS)
    mill = 1
    if parts is not None:
        cost, mill = cost * parts, MONTH_PARTS
    so_far = np.maximum(np.cumsum(cost, axis=0) - np.cumsum(after_tax_cents, axis=0) * (MILLS * mill), 0)
    taxable = whole_nearest(so_far, MILLS * mill, 1)
    by_month = np.diff(taxable, axis=0, prepend=np.zeros((1, age.size), np.int64))
    year = whole_nearest(cost.sum(axis=0), MILLS * mill, 1)
    return ImputedIncome(
        month_mills=np.where(is_unknown, NONE, whole_nearest(cost, mill, 1)),
        year_cents=np.where(is_unknown, NONE, year),
        taxable_cents=np.where(is_unknown, NONE, by_month.sum(axis=0)),
        taxable_month_cents=np.where(is_unknown, NONE, by_month),
    )
