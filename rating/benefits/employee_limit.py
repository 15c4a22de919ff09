"""A dependent is insured for at most a percent of the employee's own amount in the same plan.

What lives here: finding the employee's amount for each dependent, within one chunk of whole families.
What does not: how any amount is made (`rating.benefits.volume`).

The employee's amount is the volume in force, reduced for age as it is, of the primary's coverages of
the same root plan; of several (life, and accidental death beside it) the largest, since riders of one
amount do not add up to a second. A primary who holds none leaves nothing for the dependents to be
insured for; one with an amount of the plan that cannot be told passes the issue on.
"""

from collections.abc import Callable

import numpy as np

from rating.arrays import Bytes, Flags, Longs, Rows
from rating.benefits.benefit import Benefit
from rating.benefits.features import VOLUME_METHODS
from rating.codes import Issue, MoneyRounding
from rating.money import Ratio, to_cents
from rating.pricing import Selection
from rating.terms import WHOLE_E4

Amounts = Callable[[Selection], Benefit]


def limits(selection: Selection, is_limited: Flags, amounts_of: Amounts) -> tuple[Rows, Longs, Bytes]:
    """The dependents' rows of the selection that are limited, the limit of each in cents, and the issue instead.

    Down to the cent. Example: 50 % of an employee's 150,000: a spouse who chose 100,000 has 75,000.
    """
    facts = selection.facts
    rows = np.flatnonzero(is_limited & facts.is_dependent.take(selection.member))
    if not rows.size:
        return rows, np.empty(0, np.int64), np.empty(0, np.int8)
    held, amount, issue = _amounts_of_employees(selection, amounts_of)
    family = facts.primary.take(selection.member.take(rows))
    wanted = _key(selection, family, selection.plan.take(rows))
    if not held.size:
        return rows, np.zeros(rows.size, np.int64), np.zeros(rows.size, np.int8)
    place = np.minimum(np.searchsorted(held, wanted), held.size - 1)
    is_found = held.take(place) == wanted
    percent = np.where(is_found, selection.offers.employee_percent_cap_e4.take(selection.offer.take(rows)), 0)
    own = amount.take(place)
    part = Ratio((*own.numerators, percent), (*own.divisors, WHOLE_E4))
    down = np.full(rows.size, MoneyRounding.TRUNCATE, np.int8)
    return rows, to_cents(part, down), np.where(is_found, issue.take(place), np.int8(Issue.NONE))


def _amounts_of_employees(selection: Selection, amounts_of: Amounts) -> tuple[Longs, Ratio, Bytes]:
    """Keys of the plans that primaries of the chunk hold, ascending, with the largest amount in force, or an issue."""
    facts = selection.facts
    is_theirs = (
        selection.recipes.priced_by(VOLUME_METHODS).take(facts.offer)
        & facts.is_covered
        & ~facts.is_dependent.take(facts.member)
    )
    own = Selection(facts, selection.recipes, is_theirs, np.empty(0), ())
    benefit = amounts_of(own)
    keys = _key(selection, own.member, own.plan)
    issue = np.zeros(keys.size, np.int8) if benefit.issue is None else benefit.issue
    order = np.lexsort(
        (benefit.shown_cents, issue, keys)
    )  # the last of each key has its issue, else its largest amount
    is_last = np.append(np.diff(keys[order]) != 0, np.ones(min(keys.size, 1), np.bool_))
    best = order[is_last]
    return keys[best], benefit.amount.take(best), issue[best]


def _key(selection: Selection, family: Rows, plan: Rows) -> Longs:
    """One number per family and root plan held."""
    roots = selection.facts.batch.plans.offer[selection.facts.span.plans].take(plan)
    return family.astype(np.int64) * len(selection.offers) + roots
