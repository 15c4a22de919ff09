"""Days within a contract term on which the price of a family changes.

What lives here: which offers can change at all, told once per run, and the days on which families of a
chunk do. What does not: the rating of the stretches between those days (`rating.pieces`).

A price changes within the term
- when cover of one of the family begins or ends while that of another goes on in the same root plan, and
  the price depends on who is covered (tier, child cap), or the employer's share does (by tier, by another plan): from
  that day, or the day after the last covered one;
- when an age rises that is read as ATTAINED, from the first of the month on or after the birthday;
- at the plan anniversaries of a term longer than a year, where ages are read at them;
- when an age reduction takes effect on a birthday or on a first of the month;
- when an amount approved on evidence of insurability comes into force;
- when any of these moves the price in the reference plan that the employer's share is measured by.

A day too many does no harm: where no price changes on it the pieces add up to what was never cut. So a
method that is not known to price each person alone is taken to look at the family.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rating import methods
from rating.age_changes import (
    PRICED_ALONE,
    Found,
    anniversaries_within,
    attained,
    begin_days,
    end_days,
    factor_tables,
    families,
    inside,
    reductions,
    refuses_years,
)
from rating.arrays import Flags, Ints, Longs, Rows
from rating.batch import Batch, Coverages
from rating.codes import NONE, AgeDate, Axis, Grade, ReductionDate, ShareKind
from rating.columns import is_constant
from rating.contribution import ContributionRules
from rating.dates import day_numbers
from rating.facts import Facts
from rating.reference import by_rule
from rating.tables import RateTables
from rating.terms import Terms


@dataclass(frozen=True, slots=True)
class Triggers:
    """What may change a price, (n_offers,) each; None where nothing of the kind is offered."""

    tables: RateTables
    by_family: Flags | None  # the price depends on who holds the root plan
    attained: Flags | None  # ages rise within the term
    anniversary: Flags | None  # ages rise at plan anniversaries, and there is one within the term
    reduced: Flags | None  # amounts are reduced on birthdays or on firsts of a month
    by_evidence: bool  # amounts are approved from some day on
    reference: Rows | None  # (n_rules + 1,) offer that a share is measured by, NONE for none; None if no age moves it


def triggers_of(batch: Batch, terms: Terms, tables: RateTables, rules: ContributionRules) -> Triggers:
    """Look at all offers once. A share by tier, or by another plan, hangs on who is covered as a price may."""
    offers, of = batch.offers, terms.kinds.of
    table, method = terms.table.values, terms.method.take(terms.kinds.first)  # per kind of offer
    factors = factor_tables(tables, table)
    used = tables.uses.take(table) | np.bitwise_or.reduce(tables.uses.take(factors), axis=0)
    is_alone = np.isin(method, [methods.CODES.index(code) for code in PRICED_ALONE])
    by_age = ((used >> Axis.AGE & 1) == 1) | ((used >> Axis.SERVICE & 1) == 1) | ~is_alone
    by_age |= refuses_years(tables, table) | refuses_years(tables, factors).any(axis=0)
    by_family = ((method >= 0) & ((used >> Axis.TIER & 1 == 1) | ~is_alone)).take(of)
    by_others = (rules.grade == Grade.TIER) | (rules.kind == ShareKind.REFERENCE_PLAN)
    if by_others.any():
        by_family |= (terms.method >= 0) & np.isin(offers.account, rules.account[by_others])
    by_family |= offers.employee_percent_cap_e4 >= 0  # what a dependent may hold hangs on the employee's amount
    rule = tables.age_date.take(table)
    at_anniversary = (rule == AgeDate.PLAN_ANNIVERSARY) | (rule == AgeDate.ANNIVERSARY_OR_ADDED)
    is_long = terms.is_long.values
    has_steps = (offers.reduction >= 0) | (offers.guaranteed_reduction >= 0)
    is_attained = (by_age & (rule == AgeDate.ATTAINED)).take(of)
    by_anniversary = (is_long & by_age & at_anniversary).take(of) | (is_long.take(of) & has_steps)
    is_reduced = has_steps & (offers.reduction_date != ReductionDate.PLAN_ANNIVERSARY)
    return Triggers(
        tables=tables,
        by_family=_of_roots(by_family, offers.root) if by_family.any() else None,
        attained=_any(is_attained),
        anniversary=_any(by_anniversary),
        reduced=_any(is_reduced),
        by_evidence=not is_constant(batch.coverages.approved_from),
        reference=_references(rules, is_attained | by_anniversary | is_reduced),
    )


def _references(rules: ContributionRules, moves: Flags) -> Rows | None:
    """The offer that each rule measures a share by, where an age moves its price; the last row is for no rule."""
    wanted = (rules.kind == ShareKind.REFERENCE_PLAN) & (rules.reference_offer >= 0)
    wanted &= rules.reference_offer < moves.size
    wanted[wanted] = moves.take(rules.reference_offer[wanted])
    return np.append(np.where(wanted, rules.reference_offer, NONE), NONE).astype(np.intp) if wanted.any() else None


@dataclass(frozen=True, slots=True)
class Cuts:
    """Families whose term is cut: rows of their primaries in the batch, ascending, and the days of each."""

    primary: Rows  # (n_families,)
    n_days: Rows  # (n_families,); none where only adjoining spans of one coverage are to be joined
    days: Longs  # day numbers, family after family, ascending

    def uncut(self) -> "Cuts":
        """The same families in one stretch each."""
        return Cuts(self.primary, np.zeros_like(self.n_days), self.days[:0])


def find_cuts(facts: Facts, triggers: Triggers, rule: Ints) -> Cuts | None:
    """The families of a chunk whose price changes within the term, and when; None if there is none.

    `rule` is the contribution rule of each coverage, NONE without.
    """
    found = list(_changes(facts, triggers))
    if triggers.reference is not None:
        for other, rows in by_rule(facts, rule, triggers.reference):
            found += _age_changes(other, rows, triggers)
    if not found:
        return None
    member = np.concatenate([rows for rows, _ in found])
    days = np.concatenate([days for _, days in found])
    if not member.size:
        return None
    order = np.lexsort((days, member))
    member, days = member.take(order), days.take(order)
    is_first = np.append(True, (member[1:] != member[:-1]) | (days[1:] != days[:-1]))
    member, days = member[is_first], days[is_first]
    cut, n_days = np.unique(member[days != _JOINED], return_counts=True)
    primary = np.unique(member)
    counts = np.zeros(primary.size, np.intp)
    counts[np.searchsorted(primary, cut)] = n_days
    return Cuts(primary + facts.span.members.start, counts, days[days != _JOINED])


def joined_to_previous(coverages: Coverages, rows: Rows) -> Flags:
    """Rows whose span begins where that of the same coverage in the row before ends."""
    joined = np.zeros(rows.size, np.bool_)
    if rows.size > 1:
        # The rarest first: few spans begin on the very day on which another ends.
        at = np.flatnonzero(coverages.covered_from.take(rows[1:]) == coverages.covered_to.take(rows[:-1])) + 1
        this = rows.take(at)
        joined[at] = (this == rows.take(at - 1) + 1) & _is_that_before(coverages, this)
    return joined


def _is_that_before(coverages: Coverages, rows: Rows) -> Flags:
    """The row is of the same coverage as the row before it."""
    same: Flags = coverages.plan.take(rows) == coverages.plan.take(rows - 1)
    return same & (coverages.offer.take(rows) == coverages.offer.take(rows - 1))


def _joined(facts: Facts) -> Rows:
    """Such rows of a chunk; both are covered in part."""
    coverages, here = facts.batch.coverages, facts.span.coverages
    begins, ends = day_numbers(coverages.covered_from[here]), day_numbers(coverages.covered_to[here])
    at = np.flatnonzero(begins[1:] == ends[:-1]) + 1  # the rarest first
    days, whole = facts.covered_days, facts.term_days
    at = at[(days[at] != whole[at]) & (days[at - 1] != whole[at - 1])]
    return at[_is_that_before(coverages, at + here.start)]


_JOINED = np.iinfo(np.int64).min
"""Stands for a day where a family has adjoining spans but no change."""


def _changes(facts: Facts, triggers: Triggers) -> Iterator[Found]:
    """Every change, by its cause."""
    in_part = facts.in_part
    if in_part.size:
        rows = _joined(facts)
        if rows.size:
            yield families(facts, rows), np.full(rows.size, _JOINED)
        if triggers.by_family is not None:
            rows = in_part[triggers.by_family.take(facts.offer.take(in_part))]
            yield from _family_changes(facts, rows, triggers.by_family)
    yield from _age_changes(facts, None, triggers)
    if triggers.by_evidence:
        days = day_numbers(facts.batch.coverages.approved_from[facts.span.coverages])
        rows = np.flatnonzero(days != np.iinfo(np.int64).min)
        yield inside(facts, rows, days.take(rows))


def _age_changes(facts: Facts, rows: Rows | None, triggers: Triggers) -> Iterator[Found]:
    """Changes by an age, of some coverages or of all."""

    def moved(by: Flags) -> Rows:
        if rows is None:
            return np.flatnonzero(by.take(facts.offer))
        return rows[by.take(facts.offer.take(rows))]

    if triggers.attained is not None:
        yield from attained(facts, moved(triggers.attained), triggers.tables)
    if triggers.anniversary is not None:
        yield from anniversaries_within(facts, moved(triggers.anniversary))
    if triggers.reduced is not None:
        yield from reductions(facts, moved(triggers.reduced))


def _family_changes(facts: Facts, rows: Rows, by_family: Flags) -> Iterator[Found]:
    """Days on which cover of one begins or ends while that of another goes on in the same root plan."""
    rows = rows[facts.covered_days.take(rows) > 0]
    rows = rows[facts.family_size.take(families(facts, rows)) > 1]
    if not rows.size:
        return
    changing = np.unique(families(facts, rows))
    members = changing + facts.family_size.take(changing)
    first = facts.coverage_edges.take(changing)
    everybody = ragged(first, facts.coverage_edges.take(members) - first)
    everybody = everybody[by_family.take(facts.offer.take(everybody)) & (facts.covered_days.take(everybody) > 0)]
    keys, group = np.unique(_root_plans(facts, everybody), return_inverse=True)
    begin, end = np.full(keys.size, np.iinfo(np.int64).max), np.full(keys.size, np.iinfo(np.int64).min)
    np.minimum.at(begin, group, begin_days(facts, everybody))
    np.maximum.at(end, group, end_days(facts, everybody))
    place = np.searchsorted(keys, _root_plans(facts, rows))
    for day in (begin_days(facts, rows), end_days(facts, rows)):
        is_change = (begin.take(place) < day) & (day < end.take(place))
        yield families(facts, rows[is_change]), day[is_change]


def _root_plans(facts: Facts, rows: Rows) -> Longs:
    """A number for each family and root plan."""
    root = facts.batch.plans.offer[facts.span.plans].take(facts.plan.take(rows))
    return families(facts, rows).astype(np.int64) * len(facts.batch.offers) + root


def ragged(starts: Rows, counts: Rows) -> Rows:
    """Rows of several ranges, one after the other.

    >>> ragged(np.array([5, 9]), np.array([2, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    shift = starts - (np.cumsum(counts) - counts)
    return np.arange(int(counts.sum())) + np.repeat(shift, counts)


def _of_roots(by_family: Flags, root: Ints) -> Flags:
    """All offers under a root plan one of whose offers looks at the family."""
    is_family_root = np.zeros(by_family.size, np.bool_)
    is_family_root[root[by_family]] = True
    return is_family_root.take(root)


def _any(flags: Flags) -> Flags | None:
    return flags if flags.any() else None
