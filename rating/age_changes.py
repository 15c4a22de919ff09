"""Days within a term on which an age, or an amount that hangs on one, changes.

What lives here: birthdays, anniversaries and the steps of age reductions as days of change, for the
coverages of a chunk that have them. What does not: the age a piece of a term is then priced by
(`rating.age_rules`, `rating.pieces`), and the other causes of a change (`rating.changes`).
"""

from collections.abc import Iterator

import numpy as np

from rating import methods
from rating.arrays import Days, Flags, Longs, Rows, Whole
from rating.codes import AgeBasis, Axis, OutsideTable, ReductionDate, Relationship
from rating.dates import LAST_AGE, birthdays, day_numbers, months_after
from rating.facts import Facts
from rating.layout import SEARCHED
from rating.tables import RateTables
from rating.terms import MONTHS_A_YEAR

PRICED_ALONE = ("age_banded", "flat", "volume", "weekly_benefit", "covered_pay", "experience_blend")
"""Methods by which nobody's price depends on the rest of the family."""

Found = tuple[Rows, Longs]
"""Rows of primaries in the chunk, and a day beside each."""


def attained(facts: Facts, rows: Rows, tables: RateTables) -> Iterator[Found]:
    """The first of the month on or after the day on which an age or years of service rise and other rates are read."""
    whose = facts.member.take(rows)
    hired = facts.batch.members.hire_date[facts.span.members].take(facts.primary.take(whose))
    if facts.terms.any_employee_age:
        kind = facts.relationship.take(whose)
        by_employee = facts.terms.employee_age.take(facts.offer.take(rows))
        by_employee &= (kind == Relationship.SPOUSE) | (kind == Relationship.DOMESTIC_PARTNER)
        whose = np.where(by_employee, facts.primary.take(whose), whose)
    births = facts.birth_date.take(whose).view("M8[D]")
    basis = facts.terms.age_basis.take(facts.offer.take(rows))
    for axis, since, by in ((Axis.AGE, births, basis), (Axis.SERVICE, hired, np.zeros_like(basis))):
        known = ~np.isnat(since)
        at, began, of = rows[known], since[known], by[known]
        for years in _years_within(facts, at, began):
            day = first_of_month_from(_rises(began, years, of))
            yield inside(facts, at, day_numbers(day), _reads_otherwise(facts, tables, at, axis, years))


def _rises(births: Days, age: Whole, basis: Whole) -> Days:
    """The day on which each person reaches an age by the basis of the table."""
    age = age.astype(np.int32)
    rises = birthdays(births, age)
    is_nearest = basis == AgeBasis.NEAREST_BIRTHDAY
    if is_nearest.any():  # half way between the birthdays, a tie going up
        half = day_numbers(rises) + day_numbers(birthdays(births, np.maximum(age - 1, 0)))
        rises = np.where(is_nearest, (-(-half // 2)).view("M8[D]"), rises)
    return np.where(basis == AgeBasis.YEAR_ONLY, rises.astype("M8[Y]").astype("M8[D]"), rises)


def _reads_otherwise(facts: Facts, tables: RateTables, rows: Rows, axis: Axis, years: Whole) -> Flags:
    """Another cell is read at so many years than at one fewer, or none, or the method looks at ages by itself."""
    alone = [methods.CODES.index(code) for code in PRICED_ALONE]
    otherwise = ~np.isin(facts.terms.method.take(facts.offer.take(rows)), alone)
    table = facts.table.take(rows)
    slot = years.astype(np.intp) + (0 if axis in SEARCHED else 1)
    for each in (table, *factor_tables(tables, table)):
        otherwise |= tables.part_of(axis, each, slot) != tables.part_of(axis, each, slot - 1)
        if tables.outside.any():
            otherwise |= _is_refused(tables, each, axis, years) != _is_refused(tables, each, axis, years - 1)
    return otherwise


def _is_refused(tables: RateTables, table: Rows, axis: Axis, years: Whole) -> Flags:
    """So many years lie beyond the limits of a table that does not clamp."""
    low, high = tables.low[axis].take(table), tables.high[axis].take(table)
    is_beyond = ((low >= 0) & (years < low)) | ((high >= 0) & (years > high))
    return is_beyond & (tables.outside.take(table) == OutsideTable.ISSUE)


def refuses_years(tables: RateTables, table: Rows) -> Flags:
    """Tables of which some ages or years of service are refused, be their rates by them or not (`Recipe.outside`)."""
    limited = np.zeros(table.shape, np.bool_)
    for axis in (Axis.AGE, Axis.SERVICE):
        limited |= (tables.low[axis].take(table) >= 0) | (tables.high[axis].take(table) >= 0)
    return limited & (tables.outside.take(table) == OutsideTable.ISSUE)


def anniversaries_within(facts: Facts, rows: Rows) -> Iterator[Found]:
    """Plan anniversaries within the term."""
    starts = facts.term_from(rows).view("M8[D]")
    most = int(facts.term_days.take(rows).max(initial=0)) // 365
    for year in range(1, most + 1):
        yield inside(facts, rows, day_numbers(months_after(starts, np.full(rows.size, MONTHS_A_YEAR * year))))


def reductions(facts: Facts, rows: Rows) -> Iterator[Found]:
    """Birthdays, or firsts of the month on or after them, from which less is left of an amount."""
    offers, offer = facts.batch.offers, facts.offer.take(rows)
    births = facts.birth_date.take(facts.member.take(rows)).view("M8[D]")
    known = ~np.isnat(births)
    rows, offer, births = rows[known], offer[known], births[known]
    on_birthday = offers.reduction_date.take(offer) == ReductionDate.BIRTHDAY
    for age in _years_within(facts, rows, births):
        steps = np.zeros(rows.size, np.bool_)
        for column in (offers.reduction, offers.guaranteed_reduction):
            schedule = column.take(offer).astype(np.intp)
            place = np.maximum(schedule, 0) * (LAST_AGE + 1) + age
            left = facts.terms.reduction_left_e4
            if left.size:
                steps |= (schedule >= 0) & (left.take(place) != left.take(np.maximum(place - 1, 0)))
        birthday = birthdays(births, age.astype(np.int32))
        yield inside(facts, rows, day_numbers(np.where(on_birthday, birthday, first_of_month_from(birthday))), steps)


def first_of_month_from(days: Days) -> Days:
    """The first of a month on or after each day.

    >>> first_of_month_from(np.array(["2026-03-01", "2026-03-02"], "M8[D]")).tolist()
    [datetime.date(2026, 3, 1), datetime.date(2026, 4, 1)]
    """
    month_before: Days = (days - np.timedelta64(1, "D")).astype("M8[M]")
    return (month_before + np.timedelta64(1, "M")).astype("M8[D]")


def _years_within(facts: Facts, rows: Rows, births: Days) -> Iterator[Longs]:
    """Years that may be completed within the terms, one after the other: (n,) each, at most LAST_AGE."""
    born = births.astype("M8[Y]").view(np.int64)
    first = facts.term_from(rows).view("M8[D]").astype("M8[Y]").view(np.int64) - born
    most = int(facts.term_days.take(rows).max(initial=0)) // 365 + 2
    for year in range(most + 1):
        yield np.clip(first + year, 0, LAST_AGE)


def inside(facts: Facts, rows: Rows, days: Longs, also: Flags | None = None) -> Found:
    """The changes that fall within the span of their coverage, not on its first day."""
    is_change = (begin_days(facts, rows) < days) & (days < end_days(facts, rows))
    if also is not None:
        is_change &= also
    return families(facts, rows[is_change]), days[is_change]


def begin_days(facts: Facts, rows: Rows) -> Longs:
    """The first covered day of the term."""
    begin = day_numbers(facts.batch.coverages.covered_from[facts.span.coverages]).take(rows)
    return np.maximum(begin, facts.term_from(rows))


def end_days(facts: Facts, rows: Rows) -> Longs:
    """The first day of the term no longer covered."""
    end = day_numbers(facts.batch.coverages.covered_to[facts.span.coverages]).take(rows)
    return np.minimum(end, facts.terms.term_to.take(facts.offer.take(rows)))


def families(facts: Facts, rows: Rows) -> Rows:
    """The primary of each coverage."""
    return facts.primary.take(facts.member.take(rows))


def factor_tables(tables: RateTables, table: Rows) -> Rows:
    """(n_factors, n) the factor tables of each table."""
    return tables.factor_tables.take(table, axis=0).T.astype(np.intp)
