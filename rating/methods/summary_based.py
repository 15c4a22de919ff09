"""One premium for a whole class or census, from a table by its totals and averages.

Formula: premium of the pool = unit rate(average age, percent female, group size, industry, ...) x factors: the answer
of the table, not multiplied by the number of people. It is carried by one employee, the one covered longest (spans of
cover added up) and among these the first by key (`Members.rank`), then by row; everybody else of the pool pays 0.00
with the reason BILLED_BY_CLASS, so that sums stay right.
The pool is a class where the table varies by class, else everybody who holds the coverage; its averages are made as
in `average_age`, of sums and counts.
Unit: USD per class, or census, and rate period.
Source: GR-9 of group rating; rating methods, section 4.
Example: four employees, on average 41 and half of them women, table 2,480.00: the first pays 2,480.00, the others 0.00.

>>> 2 * average_age.WHOLE_E4 // 4  # percent female x 10,000
500000
"""

import numpy as np

from rating.arrays import Longs
from rating.codes import Issue, ZeroReason
from rating.methods import average_age
from rating.pricing import Price, Selection, zeros_where
from rating.solved import Counted, is_filed

BY_CLASS = average_age.BY_CLASS
ONE_FOR_ALL = True
solve = average_age.solve


def sums(counted: Counted) -> tuple[Longs, ...]:
    """Employees, women and ages, each employee alike."""
    return average_age.class_sums(counted, np.ones(counted.has_rate.size, np.int64))


def price(selection: Selection) -> Price:
    """The carrier pays for the pool."""
    facts = selection.facts
    solved = facts.terms.solved
    assert solved is not None
    pool, row = selection.of(facts.pool), selection.of(facts.row)
    carrier = solved.carrier.take(pool)
    # Somebody with two spans of cover carries the premium in both.
    is_carrying = (row >= carrier) & (row < solved.carrier_end.take(pool))
    is_billed = (carrier >= 0) & ~is_carrying & is_filed(selection)  # without a rate everybody lacks it
    issue = average_age.unsolved(selection)
    if (carrier < 0).any():  # no employee holds the coverage, so nobody can carry its premium
        known = np.zeros(row.size, np.int8) if issue is None else issue
        issue = np.where(carrier < 0, np.int8(Issue.NOT_SOLVED), known)
    return Price(issue=issue, zero_reason=zeros_where(is_billed, ZeroReason.BILLED_BY_CLASS))
