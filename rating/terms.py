"""What depends on the offer alone, computed once per run and gathered by every coverage.

What lives here: `Terms`, the contract term and rate table of each offer in the form the road
needs. What does not: anything about members.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rating.arrays import Bytes, Flags, Longs, Rows, Shorts
from rating.batch import Offers, Reductions
from rating.benefits.features import features_of
from rating.codes import NONE, AgeBasis, Period, SpouseAge
from rating.dates import LAST_AGE, day_numbers, months_between
from rating.layout import FACTOR, RatesError
from rating.tables import RateTables

if TYPE_CHECKING:
    from rating.solved import Solved

LARGEST_CENTS_A_MONTH = 100_000_000
"""One million dollars: beyond it a premium is refused, not computed."""

WHOLE_E4 = 1_000_000
"""All of an amount, as a percent x 10,000."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Per offer, (n_offers,)."""

    table: Rows  # rate table, the inner empty one if there is none
    method: Bytes  # row in rating.methods.CODES, NONE without a table
    age_basis: Bytes
    a_basis: AgeBasis  # the basis of all tables, where they have one
    one_age_rule: bool  # all tables read everybody's own age by that basis
    employee_age: Flags  # spouses are priced by the employee's age
    any_employee_age: bool
    term_from: Longs  # day number
    term_to: Longs
    term_days: Longs
    months: Longs  # months in term x month_parts
    month_parts: Longs
    periods: Longs  # rate periods in term x period_parts (PR-5)
    period_parts: Longs
    all_whole_periods: bool  # every period_parts is 1
    largest_cents: Longs  # highest premium of one rate period
    period_is: int  # rate periods in the term, where every offer has the same whole number of them; else NONE
    reduction_left_e4: Longs  # (n_reductions x (LAST_AGE + 1),) part of the amount left at each age
    features: Shorts  # bits of `rating.benefits.features.Feature`: what the benefit asks for
    any_feature: int  # the bits of all offers together
    solved: "Solved | None" = None  # rates made from the census (`rating.solve`); None where all rates are filed


def terms_of(offers: Offers, reductions: Reductions, tables: RateTables) -> Terms:
    """Resolve every offer against the rate tables."""
    if len(offers) and int(offers.rate_table.max()) >= len(tables):
        raise ValueError("An offer names a rate table that is not among the tables.")
    table = np.where(offers.rate_table == NONE, tables.nothing, offers.rate_table).astype(np.intp)
    if ((tables.method.take(table) == FACTOR) & (table != tables.nothing)).any():
        raise RatesError("An offer names a factor table as its rate table. Factors price nothing by themselves.")
    period = tables.period[table]
    months, month_parts = _months_of_terms(offers)
    is_annual, is_term = period == Period.ANNUAL, period == Period.TERM
    periods = np.where(is_term, 1, months)
    period_parts = np.where(is_term, 1, np.where(is_annual, month_parts * 12, month_parts))
    even = periods % period_parts == 0
    periods, period_parts = np.where(even, periods // period_parts, periods), np.where(even, 1, period_parts)
    months_of_period = np.where(is_term, -(-months // month_parts), np.where(is_annual, 12, 1))
    bases = np.unique(tables.age_basis[table[table != tables.nothing]])
    by_employee = tables.spouse_age[table] == SpouseAge.EMPLOYEE
    features = features_of(offers, tables.age_date[table])
    return Terms(
        table=table,
        method=tables.method[table],
        age_basis=tables.age_basis[table],
        a_basis=AgeBasis(int(bases[0])) if bases.size else AgeBasis.LAST_BIRTHDAY,
        one_age_rule=bases.size < 2 and not by_employee.any(),
        employee_age=by_employee,
        any_employee_age=bool(by_employee.any()),
        term_from=day_numbers(offers.term_from),
        term_to=day_numbers(offers.term_to),
        term_days=day_numbers(offers.term_to) - day_numbers(offers.term_from),
        months=months,
        month_parts=month_parts,
        periods=periods,
        period_parts=period_parts,
        all_whole_periods=bool((period_parts == 1).all()),
        largest_cents=months_of_period * LARGEST_CENTS_A_MONTH,
        period_is=_one_number(periods) if bool((period_parts == 1).all()) else NONE,
        reduction_left_e4=_left_by_age(reductions),
        features=features,
        any_feature=int(np.bitwise_or.reduce(features, initial=0)),
    )


def _one_number(column: Longs) -> int:
    """The number in all rows, NONE where they differ."""
    return int(column[0]) if column.size and bool((column == column[0]).all()) else NONE


def _months_of_terms(offers: Offers) -> tuple[Longs, Longs]:
    """Months in the term of each offer, counted once for offers of one contract, which stand together."""
    start, end = day_numbers(offers.term_from), day_numbers(offers.term_to)
    is_new = np.ones(start.size, np.bool_)
    is_new[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    first = np.flatnonzero(is_new)
    months, parts = months_between(offers.term_from.take(first), offers.term_to.take(first))
    term = np.cumsum(is_new) - 1
    return months.take(term), parts.take(term)


def _left_by_age(reductions: Reductions) -> Longs:
    """Each schedule spread over all ages: before its first step everything is left."""
    n, ages = len(reductions), LAST_AGE + 1
    step_of = np.repeat(np.arange(n), np.diff(reductions.start))
    keys = step_of * 1_000 + reductions.age
    if (np.diff(keys) <= 0).any():
        raise ValueError("The steps of an age reduction schedule must have ascending ages.")
    wanted = (np.arange(n)[:, None] * 1_000 + np.arange(ages)).ravel()
    step = np.searchsorted(keys, wanted, side="right") - 1
    is_reduced: Flags = step >= np.repeat(reductions.start[:-1], ages)
    left = np.append(reductions.percent_left_e4, WHOLE_E4)
    return left[np.where(is_reduced, step, left.size - 1)]
