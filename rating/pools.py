"""Employer money that is one sum for several coverages: shared out, used up, or held to a limit of the family.

What lives here: amounts per plan (CB-21), defined contributions over all plans, caps per family and plan, and the two
ways a sum is divided, both exact to the cent. What does not: shares of one coverage (`rating.shares`).

The residue. A sum is shared in proportion by cutting each part down to a whole cent; the cents left over go to the
first in a stated order, as far as its premium reaches, what then is left to the second, and so on. So the parts
always add up to the sum, and none is above its own limit.
"""

import numpy as np

from rating.arrays import Flags, Longs, Rows, Whole
from rating.carriers import UNKNOWN_BIRTH
from rating.claims import Claims
from rating.codes import NONE, TargetKind

LIMB = 20
"""Bits of the lower part in which a product of two amounts is formed, so that it fits in 64."""


def spread_over_plan(claims: Claims) -> Longs:
    """An amount once per member and root plan, over the coverages of the plan that chose the rule (CB-21). [cents]

    In proportion to prorated premium; the residue goes to the largest premium, of equal ones to the first row. The
    amount is prorated by the largest part of the term charged among these coverages.
    Example: 50.00 over premiums of 100.00, 30.00 and 20.00 is 33.33, 10.00 and 6.66, and one cent more for the first.
    """
    group = _numbered(claims.facts.plan.take(claims.rows), claims.rule)
    row = np.arange(group.size)
    order = np.lexsort((row, -claims.premium, group))
    total = _sums(group, claims.premium)
    amount = np.minimum(_once_each(claims, group, row), total)
    part, residue = _shared(claims.premium, claims.premium, amount, total, group, order)
    _note_residue(claims, "spread", residue, group, order)
    return part + residue


def used_up(claims: Claims, limit: Longs) -> Longs:
    """One sum over all plans whose coverages chose the rule, used up in order of plan priority. [cents]

    The sum is one per member; a rule for EVERY_PLAN has one per family, for everything that its members hold under
    the rule. A plan with a stronger rule takes nothing of it, and all of it is there for the others.

    `limit` is the most each coverage can take: its premium, or the rule's cap below it. Plans of one priority are
    taken in the order in which they are filed as offers, which is by key; within a plan the primary comes first, then
    the dependents by age (`_by_age`), each with the coverages in their order as offers. So the order in which somebody
    chose plans decides nothing. The sum is prorated by the largest part of the term charged among the coverages.

    Example: 500.00 over plans of 400.00, 150.00 and 30.00 pays 400.00, 100.00 and nothing.
    """
    facts, offers = claims.facts, claims.facts.batch.offers
    member, offer = facts.member.take(claims.rows), facts.offer.take(claims.rows)
    is_of_family = claims.rules.target_kind.take(claims.rule) == TargetKind.EVERY_PLAN
    group = _numbered(np.where(is_of_family, facts.primary.take(member), member), claims.rule)
    root = offers.root.take(offer)
    order = np.lexsort((offer, *_by_age(claims, member), root, offers.priority.take(root), group))
    amount, before = _once_each(claims, group, order).take(group), _before(limit, group, order)
    if facts.notes is not None:
        facts.note("sum_used_cents", np.minimum(before, amount), claims.rows)
    return np.clip(amount - before, 0, limit)


def within_family_cap(claims: Claims, share: Longs, cap_cents: Longs) -> Longs:
    """Shares of a family in one root plan, held together to the least cap that their rules state. [cents]

    `claims` are the coverages with a premium; `cap_cents` is per term, NONE where the rule states none. The cap is
    prorated by the fraction of the first coverage: the primary's wherever the primary has a premium, else the oldest
    dependent's. Shares above it
    are reduced in proportion, the residue going to that coverage.
    Example: 100.00 and 50.00 under a cap of 100.00 become 66.67 and 33.33.
    """
    facts = claims.facts
    member = facts.member.take(claims.rows)
    family = facts.primary.take(member)
    root = facts.batch.plans.offer[facts.span.plans].take(facts.plan.take(claims.rows))
    group = _numbered(family, root)
    order = np.lexsort((*_by_age(claims, member), group))
    first = order.take(np.flatnonzero(np.diff(group.take(order), prepend=-1)))
    caps = np.full(first.size, np.iinfo(np.int64).max)
    stated = np.flatnonzero(cap_cents >= 0)
    np.minimum.at(caps, group.take(stated), cap_cents.take(stated))
    is_capped = caps < np.iinfo(np.int64).max
    held = np.flatnonzero(is_capped)
    caps[held] = claims.take(first.take(held)).of_part(caps.take(held))
    if facts.notes is not None:
        facts.note("family_held_to_cents", np.where(is_capped, caps, NONE).take(group), claims.rows)
    total = _sums(group, share)
    part, residue = _shared(share, share, np.minimum(caps, total), total, group, order)
    _note_residue(claims, "cap", residue, group, order)
    return part + residue


def _by_age(claims: Claims, member: Rows) -> tuple[Rows, Longs, Longs, Flags]:
    """Keys for lexsort, the last the first: the primary, then the dependents, oldest first, ties by key, then by row.

    So the order in which dependents are filed decides no cent; one of unknown birth date comes after the others.
    """
    facts = claims.facts
    birth = np.where(facts.birth_known, facts.birth_date, UNKNOWN_BIRTH).take(member)
    rank = facts.batch.members.rank[facts.span.members].take(member)
    is_dependent = facts.is_dependent.take(member)
    return member, rank, np.where(is_dependent, birth, 0), is_dependent


def _shared(weight: Longs, limit: Longs, amount: Longs, total: Longs, group: Rows, order: Rows) -> tuple[Longs, Longs]:
    """Each group's amount, at most its total, divided by weight and cut; and the residue in the order given."""
    part = portion(amount.take(group), weight, np.maximum(total, 1).take(group))
    return part, _filled(amount - _sums(group, part), limit - part, group, order)


def _note_residue(claims: Claims, what: str, residue: Longs, group: Rows, order: Rows) -> None:
    """Write down the cents left over in each group, who had the first of them, and how many are a coverage's own."""
    if claims.facts.notes is None:
        return
    having = order[residue.take(order) > 0]
    of, first = np.unique(group.take(having), return_index=True)
    who = np.full(int(group.max(initial=-1)) + 1, NONE, np.int64)
    who[of] = claims.facts.row.take(claims.rows.take(having.take(first)))
    whole = _sums(group, residue)
    claims.facts.note(f"{what}_residue_row", who.take(group), claims.rows)
    claims.facts.note(f"{what}_residue_cents", np.where(whole > 0, whole, NONE).take(group), claims.rows)
    claims.facts.note(f"{what}_residue_own_cents", residue, claims.rows)


def _filled(amount: Longs, limit: Longs, group: Rows, order: Rows) -> Longs:
    """Each group's amount handed out in the order given, everyone up to the limit, until nothing is left."""
    return np.clip(amount.take(group) - _before(limit, group, order), 0, limit)


def _before(limit: Longs, group: Rows, order: Rows) -> Longs:
    """What those of the own group who come earlier in the order can take."""
    sorted_limit, sorted_group = limit.take(order), group.take(order)
    upto = np.cumsum(sorted_limit) - sorted_limit
    is_first = np.diff(sorted_group, prepend=-1) != 0
    upto -= np.maximum.accumulate(np.where(is_first, upto, 0))
    before = np.empty_like(limit)
    before[order] = upto
    return before


def portion(amount: Longs, part: Longs, whole: Longs) -> Longs:
    """Amount x part / whole, cut down to a whole cent; exact for amounts and parts of at most the whole, below 2**41.

    >>> portion(np.array([5_000]), np.array([3_000]), np.array([15_000])).tolist()
    [1000]
    """
    upper, lower = part >> LIMB, part & ((1 << LIMB) - 1)
    product = amount * upper
    quotient = product // whole
    rest = product - quotient * whole
    return (quotient << LIMB) + ((rest << LIMB) + amount * lower) // whole


def _once_each(claims: Claims, group: Rows, order: Rows) -> Longs:
    """The amount of each group: of the coverage with the largest part of the term charged, the first in the order."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    by_part = np.lexsort((place, -claims.part_charged(), group))
    leading = by_part.take(np.flatnonzero(np.diff(group.take(by_part), prepend=-1)))
    if claims.facts.notes is not None:
        for name, part in zip(("sum_charged", "sum_of_term"), claims.fraction, strict=True):
            claims.facts.note(name, part.take(leading).take(group), claims.rows)
    return claims.take(leading).amounts()


def _numbered(parent: Rows, what: Whole) -> Rows:
    """A number from 0 for each pair of a parent and a rule or plan."""
    key = parent.astype(np.int64) * (int(what.max(initial=0)) + 1) + what
    return np.unique(key, return_inverse=True)[1]


def _sums(group: Rows, cents: Longs) -> Longs:
    """Exact totals per group."""
    total = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.add.at(total, group, cents)
    return total
