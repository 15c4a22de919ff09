"""What depends on the offer alone, computed once per run and gathered by every coverage.

What lives here: `Terms`, the contract term and rate table of each offer in the form the road
needs. What does not: anything about members.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Longs, Rows, Shorts
from rating.batch import BEYOND_ALL_AGES, Offers, Reductions
from rating.benefits.features import features_of
from rating.checks import BatchError
from rating.codes import NONE, AgeBasis, Period, Proration, SpouseAge
from rating.columns import is_constant
from rating.dates import LAST_AGE, day_numbers, months_between
from rating.kinds import ByKind, Kinds, kinds_of
from rating.layout import FACTOR, RatesError
from rating.tables import RateTables

if TYPE_CHECKING:
    from rating.solved import Solved

LARGEST_CENTS_A_MONTH = 100_000_000
"""One million dollars: beyond it a premium is refused, not computed."""

MONTHS_A_YEAR = 12

WHOLE_E4 = 1_000_000
"""All of an amount, as a percent x 10,000."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Per offer, (n_offers,)."""

    kinds: Kinds  # offers with the same table and term
    table: ByKind[Rows]  # rate table, the inner empty one if there is none
    method: Bytes  # row in rating.methods.CODES, NONE without a table
    age_basis: ByKind[Bytes]
    a_basis: AgeBasis  # the basis of all tables, where they have one
    one_age_rule: bool  # all tables read everybody's own age by that basis
    employee_age: ByKind[Flags]  # spouses are priced by the employee's age
    any_employee_age: bool
    term_from: Longs  # day number
    term_to: Longs
    term_days: Ints  # one value seen many times (`rating.columns`) where all terms are of one length
    months: ByKind[Longs]  # months in term x month_parts
    month_parts: ByKind[Longs]
    is_long: ByKind[Flags]  # the term is longer than a year
    periods: ByKind[Longs]  # rate periods in term x period_parts (PR-5)
    period_parts: ByKind[Longs]
    all_whole_periods: bool  # every period_parts is 1
    largest_cents: ByKind[Longs]  # highest premium of one rate period
    period_is: int  # rate periods in the term, where every offer has the same whole number of them; else NONE
    reduction_left_e4: Longs  # (n_reductions x (LAST_AGE + 1),) part of the amount left at each age
    features: Shorts  # bits of `rating.benefits.features.Feature`: what the benefit asks for
    any_feature: int  # the bits of all offers together
    not_daily: Flags | None  # some event is not prorated by days of the term; None if all of all offers are
    solved: "Solved | None" = None  # rates made from the census (`rating.solve`); None where all rates are filed


def terms_of(offers: Offers, reductions: Reductions, tables: RateTables) -> Terms:
    """Resolve every offer against the rate tables."""
    if len(offers) and int(offers.rate_table.max()) >= len(tables):
        raise BatchError("An offer names a rate table that is not among the tables.")
    kinds = kinds_of(offers, len(tables))
    of, start, end = kinds.of, offers.term_from.take(kinds.first), offers.term_to.take(kinds.first)
    one = offers.rate_table.take(kinds.first).astype(np.intp)  # per kind from here on
    one[one == NONE] = tables.nothing
    if ((tables.method.take(one) == FACTOR) & (one != tables.nothing)).any():
        raise RatesError("An offer names a factor table as its rate table. Factors price nothing by themselves.")
    period = tables.period[one]
    months, month_parts = months_between(start, end)
    is_annual, is_term = period == Period.ANNUAL, period == Period.TERM
    periods = np.where(is_term, 1, months)
    period_parts = np.where(is_term, 1, np.where(is_annual, month_parts * 12, month_parts))
    even = periods % period_parts == 0
    periods, period_parts = np.where(even, periods // period_parts, periods), np.where(even, 1, period_parts)
    months_of_period = np.where(is_term, -(-months // month_parts), np.where(is_annual, 12, 1))
    bases = np.unique(tables.age_basis[one[one != tables.nothing]])
    by_employee = tables.spouse_age[one] == SpouseAge.EMPLOYEE
    all_whole = bool((period_parts == 1).all())
    features = features_of(offers, tables.age_date[one].take(of))
    return Terms(
        kinds=kinds,
        table=ByKind(one, of),
        method=tables.method[one].take(of),
        age_basis=ByKind(tables.age_basis[one], of),
        a_basis=AgeBasis(int(bases[0])) if bases.size else AgeBasis.LAST_BIRTHDAY,
        one_age_rule=bases.size < 2 and not by_employee.any(),
        employee_age=ByKind(by_employee, of),
        any_employee_age=bool(by_employee.any()),
        term_from=day_numbers(offers.term_from),
        term_to=day_numbers(offers.term_to),
        term_days=_spread((day_numbers(end) - day_numbers(start)).astype(np.int32), of),
        months=ByKind(months, of),
        month_parts=ByKind(month_parts, of),
        is_long=ByKind(months > MONTHS_A_YEAR * month_parts, of),
        periods=ByKind(periods, of),
        period_parts=ByKind(period_parts, of),
        all_whole_periods=all_whole,
        largest_cents=ByKind(months_of_period * LARGEST_CENTS_A_MONTH, of),
        period_is=_one_number(periods) if all_whole else NONE,
        reduction_left_e4=_left_by_age(reductions),
        features=features,
        any_feature=int(np.bitwise_or.reduce(features, initial=0)),
        not_daily=_not_daily(offers),
    )


def _spread(days: Ints, of: Rows) -> Ints:
    """The days of each offer's term."""
    return days.take(of) if _one_number(days) == NONE else np.broadcast_to(days[0], of.shape)


def _not_daily(offers: Offers) -> Flags | None:
    """(n_offers,) some event goes otherwise than by days of the term."""
    others = offers.proration != Proration.DAILY_TERM
    for event in (offers.proration_end, offers.proration_change, offers.proration_newborn):
        if not is_constant(event):
            others |= event > Proration.DAILY_TERM
    return others if others.any() else None


def _one_number(column: Longs | Ints) -> int:
    """The number in all rows, NONE where they differ."""
    return int(column[0]) if column.size and bool((column == column[0]).all()) else NONE


def _left_by_age(reductions: Reductions) -> Longs:
    """Each schedule spread over all ages: before its first step everything is left."""
    n, ages = len(reductions), LAST_AGE + 1
    step_of = np.repeat(np.arange(n), np.diff(reductions.start))
    keys = step_of * BEYOND_ALL_AGES + reductions.age
    wanted = (np.arange(n)[:, None] * BEYOND_ALL_AGES + np.arange(ages)).ravel()
    step = np.searchsorted(keys, wanted, side="right") - 1
    is_reduced: Flags = step >= np.repeat(reductions.start[:-1], ages)
    left = np.append(reductions.percent_left_e4, WHOLE_E4)
    return left[np.where(is_reduced, step, left.size - 1)]
