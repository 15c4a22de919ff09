"""Price of each person by age; of the children below an age only the oldest few are charged.

Formula: premium = unit rate(age, ...) x factors for everybody, but per family and root plan only
the `child_count` (3) oldest covered children under `child_age` (21) pay; further ones pay 0.00
with the reason CHILD_CAP. Oldest is by birth date, then by row order. Only members filed as
children are counted: a spouse under 21 pays and takes nobody's place, and so do other
dependents. A child without a covered day in the term takes no place either.
Unit: USD per person and rate period.
Source: 45 CFR 147.102(c)(1), rating methods section 1.
Example: base 412.36; employee 44 (1.397, tobacco 1.2) 691.28, spouse 40 527.00, children 19
388.03, 16 354.22, 12 315.46 and 8 0.00: 2,275.99 a month.
"""

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Longs
from rating.codes import Relationship, ZeroReason
from rating.dates import day_numbers
from rating.pricing import Price, Selection, zeros_where


def price(selection: Selection) -> Price:
    """Each person pays the rate of the own age, except children beyond the counted oldest."""
    return Price(selection.premium(), issue=selection.unknown_dependents(), zero_reason=_beyond_the_cap(selection))


def _beyond_the_cap(selection: Selection) -> Bytes | None:
    """CHILD_CAP for the coverages of children beyond the counted oldest; None if there is none."""
    facts, tables = selection.facts, selection.tables
    kinds = facts.batch.members.relationship[facts.span.members].take(selection.member)
    is_counted: Flags = kinds == Relationship.CHILD
    is_counted &= (selection.age >= 0) & selection.is_covered
    is_counted &= selection.age < tables.child_age.take(selection.table)
    rows = np.flatnonzero(is_counted)
    if not rows.size:
        return None

    # Ranked by plan held, so that a child with several coverages of one plan is one child.
    plan = selection.plan.take(rows)
    plans = plan[np.flatnonzero(np.diff(plan, prepend=-1))]
    rank = np.zeros(facts.n_plans, np.int64)
    rank[plans] = _ranks(selection, plans)
    is_beyond = np.zeros(is_counted.size, np.bool_)
    is_beyond[rows] = rank.take(plan) >= tables.child_count.take(selection.table.take(rows))
    return zeros_where(is_beyond, ZeroReason.CHILD_CAP)


def _ranks(selection: Selection, plans: Ints) -> Longs:
    """Seniority, from 0, of the children holding these plan rows among those of family and plan."""
    facts = selection.facts
    member = facts.plan_member.take(plans)
    births = day_numbers(facts.batch.members.birth_date[facts.span.members].take(member))
    offers = facts.batch.plans.offer[facts.span.plans]
    family_plan = facts.primary.take(member).astype(np.int64) * (int(offers.max()) + 1) + offers.take(plans)
    order = np.lexsort((births, family_plan))  # stable: ties stay in row order
    sorted_key = family_plan[order]
    first = np.flatnonzero(np.diff(sorted_key, prepend=-1))
    rank = np.empty(plans.size, np.int64)
    rank[order] = np.arange(plans.size) - np.repeat(first, np.diff(first, append=plans.size))
    return rank
