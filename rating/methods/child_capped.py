"""Price of each person by age; of the children below an age only the oldest few are charged.

Formula: premium = unit rate(age, ...) x factors for everybody, but per family and root plan only
the `child_count` (3) oldest covered children under `child_age` (21) pay; further ones pay 0.00
with the reason CHILD_CAP. Oldest is by birth date, then by key (`Members.rank`). Only members filed as
children are counted: a spouse under 21 pays and takes nobody's place, and so do other
dependents. A child without a covered day in the term takes no place either, and one without
birth date cannot be placed at all: BIRTH_DATE_REQUIRED, even where the rate does not vary by age
(but not where the cap does not apply).
A child counts by whatever it holds of the root plan, priced by this method or by another that counts children.
The age compared is the one the table prices by. A table may limit the cap to some product types
(`child_lines`): a fourth child then pays in the others. Coverages of one root plan whose tables count
children of different ages are counted apart.
Unit: USD per person and rate period.
Source: 45 CFR 147.102(c)(1), rating methods section 1.
Example: base 412.36; employee 44 (1.397, tobacco 1.2) 691.28, spouse 40 527.00, children 19
388.03, 16 354.22, 12 315.46 and 8 0.00: 2,275.99 a month.

>>> from rating.example import monthly
>>> monthly("child_capped", "691.280304")  # whoever is no child is never beyond the cap
'691.28'
"""

import numpy as np

from rating.arrays import Bytes, Flags, Longs
from rating.codes import Issue, Relationship, ZeroReason
from rating.pricing import Price, Selection, zeros_where
from rating.tables import ALL_LINES

CAPPING = ("aca_composite", "age_curve", "child_capped")
"""Methods of ours that count children."""

MOST_LIMITS = 2**15
"""Age limits of tables are 16-bit numbers, not negative."""


def price(selection: Selection) -> Price:
    """Each person pays the rate of the own age, except children beyond the counted oldest."""
    facts = selection.facts
    is_child = facts.relationship.take(selection.member) == Relationship.CHILD
    return Price(
        issue=_unplaced(selection, is_child),
        zero_reason=_beyond_the_cap(selection, is_child),
    )


def _unplaced(selection: Selection, is_child: Flags) -> Bytes | None:
    """BIRTH_DATE_REQUIRED for children of unknown age, DEPENDENTS_UNKNOWN for families known by their tier only."""
    issue = selection.unknown_dependents()
    is_ageless: Flags = is_child & (selection.age < 0)
    if not is_ageless.any():
        return issue
    is_ageless &= _is_limited(selection)
    issue = np.zeros(is_child.size, np.int8) if issue is None else issue
    issue[is_ageless & (issue == Issue.NONE)] = Issue.BIRTH_DATE_REQUIRED
    return issue


def _is_limited(selection: Selection) -> Flags | np.bool_:
    """The table counts children in plans of this type; one flag for all where every table does so in all types."""
    lines = selection.tables.child_lines.take(selection.table)
    if (lines == ALL_LINES).all():
        return np.True_
    return (lines >> selection.offers.category.take(selection.offer) & 1) == 1


def _beyond_the_cap(selection: Selection, is_child: Flags) -> Bytes | None:
    """CHILD_CAP for the coverages of children beyond the counted oldest; None if there is none."""
    counts = _counting(selection, is_child)
    if not counts.any():
        return None
    tables, among = selection.tables, _with_other_methods(selection)
    if among is not selection:
        counts = _counting(among, among.facts.relationship.take(among.member) == Relationship.CHILD)
    rows = np.flatnonzero(counts)

    # Ranked by plan held and age limit, so that a child with several coverages of one plan is one child.
    limit = tables.child_age.take(among.table.take(rows))
    key = among.plan.take(rows).astype(np.int64) * MOST_LIMITS + limit
    places, place = np.unique(key, return_inverse=True)
    rank = _ranks(among, places // MOST_LIMITS, places % MOST_LIMITS).take(place)
    among.note("child_rank", rank + 1, rows)
    is_beyond = np.zeros(counts.size, np.bool_)
    is_beyond[rows] = rank >= tables.child_count.take(among.table.take(rows))
    if among is not selection:
        of_chunk = np.zeros(selection.facts.n, np.bool_)
        of_chunk[among.here] = is_beyond
        is_beyond = of_chunk[selection.here]
    return zeros_where(is_beyond, ZeroReason.CHILD_CAP)


def _counting(selection: Selection, is_child: Flags) -> Flags:
    """Covered children under the age of a table that counts them."""
    age = selection.age
    counts = is_child & selection.is_covered & (age >= 0)
    return counts & (age < selection.tables.child_age.take(selection.table)) & _is_limited(selection)


def _with_other_methods(selection: Selection) -> Selection:
    """The selection and what other methods that count children price: one root plan has one count of them."""
    facts, recipes = selection.facts, selection.recipes
    if selection.is_all or recipes.n_present(CAPPING) < 2:
        return selection
    which = recipes.priced_by(CAPPING).take(facts.offer)
    which[selection.here] = True
    return Selection(facts, recipes, which, np.empty(0), ())


def _ranks(selection: Selection, plans: Longs, limits: Longs) -> Longs:
    """Seniority, from 0, of the children holding these plan rows among those of family, plan and age limit."""
    facts = selection.facts
    member = facts.plan_member.take(plans)
    births = facts.birth_date.take(member)
    ties = facts.batch.members.rank[facts.span.members].take(member)
    offers = facts.batch.plans.offer[facts.span.plans]
    family_plan = facts.primary.take(member).astype(np.int64) * (int(offers.max()) + 1) + offers.take(plans)
    key = family_plan * MOST_LIMITS + limits
    order = np.lexsort((ties, births, key))
    sorted_key = key[order]
    first = np.flatnonzero(np.diff(sorted_key, prepend=-1))
    rank = np.empty(plans.size, np.int64)
    rank[order] = np.arange(plans.size) - np.repeat(first, np.diff(first, append=plans.size))
    return rank
