"""From one rate period to the whole term, and from there to the covered part.

What lives here: the two multiplications and their roundings (PR-5, PR-1). What does not: how many
periods a term has (`rating.terms`) and what part of it is charged (`rating.proration`).
"""

import numpy as np

from rating.arrays import Floats, Rows, Whole
from rating.codes import NONE
from rating.columns import is_constant
from rating.facts import Facts
from rating.money import Ratio, whole_cents
from rating.premiums import Premiums
from rating.proration import Fraction


def over_term(period_cents: Floats, facts: Facts) -> Floats:
    """Premium of the whole term: rate periods in the term x premium of one, half up (PR-5). Whole cents.

    Mostly written over that of one period: the fewer columns two threads hold at once, the faster both are.
    """
    terms = facts.terms
    if terms.period_is != NONE:
        period_cents *= terms.period_is
        return period_cents
    periods = terms.periods.take(facts.offer)
    if terms.all_whole_periods:
        period_cents *= periods
        return period_cents
    return whole_cents(Ratio((period_cents, periods), (terms.period_parts.take(facts.offer),)))


def prorate(standard: Floats, fraction: Fraction, facts: Facts) -> Floats:
    """Premium of the covered days (PR-1), written over that of the term, which is what the whole term costs."""
    by_days = fraction[0] is facts.covered_days
    rows = facts.in_part if by_days else np.flatnonzero(fraction[0] != fraction[1])
    if not rows.size:
        return standard
    by = _one_or_each(fraction[1], rows)
    standard[rows] = whole_cents(Ratio((standard.take(rows), fraction[0].take(rows)), (by,)))
    return standard


def _one_or_each(divisor: Whole, rows: Rows) -> int | Whole:
    """The divisors of some rows: the only one where they have but one, which is faster."""
    if is_constant(divisor):
        return int(divisor[0])
    divisors = divisor.take(rows)
    least = int(divisors.min())
    return least if least == int(divisors.max()) else divisors


def note_road(facts: Facts, price: Premiums, fraction: Fraction) -> None:
    """Write down what the road of one chunk went by: factors, units of the rate, periods and the part charged."""
    for number, factor in enumerate((*price.filed.factors_e4, *price.loads_e4), 1):
        facts.note(f"multiplied_{number}_e4", factor)
    if price.units is not None:
        facts.note("units_e3", price.units)
    facts.note("periods", facts.terms.periods.take(facts.offer))
    facts.note("period_parts", facts.terms.period_parts.take(facts.offer))
    facts.note("months", facts.terms.months.take(facts.offer))
    facts.note("month_parts", facts.terms.month_parts.take(facts.offer))
    facts.note("charged", fraction[0])
    facts.note("of_term", fraction[1])
    facts.note("age_day", facts.age_day)
    facts.note("rate_day", facts.rate_day)
