"""Coverages as if their family held another offer: what a share by a reference plan is measured by.

What lives here: who is thought to hold which offer, and the day ages are then read on. What does not: the price of it
(`rating.engine`), the share (`rating.shares`), and the days on which that price changes (`rating.changes`).

A price may be carried by one for all, or hang on who else is covered. So everybody of the family who holds the
coverage is thought to hold the other offer, and its table reads the ages by its own rule.
"""

from collections.abc import Iterator

import numpy as np

from rating.age_rules import age_dates
from rating.arrays import Days, Ints, Rows
from rating.codes import AgeDate
from rating.facts import Facts
from rating.tables import RateTables


def held_instead(facts: Facts, rows: Rows, reference: Rows) -> tuple[Rows, Rows]:
    """The coverages of whole families in the offers held by `rows`, and the offer each is thought to be of."""
    held = facts.primary.take(facts.member) * len(facts.batch.offers) + facts.offer
    asked, first = np.unique(held.take(rows), return_index=True)
    at = np.minimum(np.searchsorted(asked, held), asked.size - 1)
    everybody = np.flatnonzero(asked.take(at) == held)
    return everybody, reference.take(first).take(at.take(everybody))


def turns(facts: Facts, rows: Rows, reference: Rows) -> Rows:
    """In which turn each of `rows` is thought to be held as its reference offer; numbers from 0.

    One turn moves the holders of one offer, and nobody else of their family in the same root plan or to the same
    reference: else the primary of one coverage would carry the price of another. Nor does it move holders away from an
    offer that others are moved to: who really holds that one may carry its price. A family by stretches is one family
    here, so that all pieces of a coverage move together: the last has the rest of what they all come to.
    """
    n = len(facts.batch.offers)
    primary = facts.primary.take(facts.member.take(rows))
    family = facts.row.take(facts.coverage_edges.take(primary))  # told by its first coverage, in whatever stretch
    held = family * n + facts.offer.take(rows)
    asked, first, back = np.unique(held, return_index=True, return_inverse=True)
    turn, reference = np.zeros(asked.size, np.intp), reference.take(first)
    there = asked // n * n + reference  # the same family in the reference offer
    at = np.minimum(np.searchsorted(asked, there), asked.size - 1)
    is_left = (asked.take(at) == there) & (reference.take(at) != reference)
    one_by_one = np.isin(asked // n, asked[is_left] // n)
    apart = np.where(one_by_one, 0, asked % n)
    for what in (reference, facts.batch.offers.root.take(asked % n).astype(np.intp), apart):
        group = asked // n * n + what
        order = np.argsort(group, kind="stable")
        begins = np.flatnonzero(np.diff(group.take(order), prepend=-1))
        ordinal = np.empty_like(turn)
        ordinal[order] = np.arange(order.size) - np.repeat(begins, np.diff(begins, append=order.size))
        turn = turn * (int(ordinal.max(initial=0)) + 1) + ordinal
    return turn.take(back)


def by_rule(facts: Facts, rule: Ints, reference: Rows) -> Iterator[tuple[Facts, Rows]]:
    """The chunk as if held in the reference offers of the rules chosen, and the rows thought to be held so.

    `reference` is per rule, the last for none, NONE where nothing is measured by another offer. Of one offer a family's
    dependents have one rule and its primary perhaps another, so there are up to two answers.
    """
    of = reference.take(rule)
    is_dependent = facts.is_dependent.take(facts.member)
    for asked in (np.flatnonzero((of >= 0) & ~is_dependent), np.flatnonzero((of >= 0) & is_dependent)):
        if asked.size:
            rows, other = held_instead(facts, asked, of.take(asked))
            offers = facts.offer.copy()
            offers[rows] = other
            yield Facts(facts.batch, facts.terms, facts.span, offer=offers), rows


def age_dates_in(facts: Facts, offer: Rows, table: Rows, tables: RateTables) -> Days | None:
    """The day ages are read on, coverage by coverage, in other offers or by other tables; None where as they are held.

    Ages that rise within a term are those of the first covered day, whatever day the rates are read for.
    """
    rule = tables.age_date.take(table)
    rows = np.flatnonzero(rule != tables.age_date.take(facts.table))
    if not rows.size:
        return None
    rule, coverages, here = rule.take(rows), facts.batch.coverages, facts.span.coverages
    rate_day, first_day = facts.rate_day.take(rows), facts.first_day.take(rows)
    is_of_year = (rule == AgeDate.JAN_1) | (rule == AgeDate.TAX_YEAR_END)
    issued = coverages.issue_date[here].take(rows)
    dates = coverages.age_date[here].copy()
    dates[rows] = age_dates(
        rule,
        facts.terms.term_from.take(offer.take(rows)).view("M8[D]"),
        np.where(is_of_year, rate_day, np.maximum(rate_day, first_day)).view("M8[D]"),
        np.where(np.isnat(issued), first_day.view("M8[D]"), issued),
        coverages.added_date[here].take(rows),
    )
    return dates
