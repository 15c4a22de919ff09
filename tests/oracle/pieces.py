"""A term cut in stretches of days in which nothing changes, each priced as if it were alone (PR-25 to PR-28, RM-11).

What lives here: the days of a change, the family of a stretch, and charging the pieces so that they add up. What does
not: the price of a stretch.

A price may change when cover of one of the family begins or ends, when an age is read anew (attained ages, plan
anniversaries of a long term, steps of a reduction), and when an approved amount comes into force. A day too many does
no harm: stretches of one price are one piece.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby, pairwise

from tests.oracle.days import add_months, age_date_of, birthday_in, half_up
from tests.oracle.families import InForce, Span
from tests.oracle.proration import charged_up_to, lost_before
from tests.oracle.words import Contract, Coverage, Dates, Family, Plan

ONE_DAY = timedelta(days=1)


def days_of_change(term: Contract, counting: Sequence[InForce], plans: Sequence[Plan]) -> list[date]:
    """First days of the stretches of a term, where somebody may be priced by any of the plans."""
    reducing = [p for p in plans if p.benefit.reduction or p.benefit.guaranteed_reduction]
    days = {term.start}
    for c in counting:
        days |= {c.span.covered_from, c.span.covered_to + ONE_DAY}
        if c.held is not None and c.held.approved_from is not None:
            days.add(c.held.approved_from)
        born = c.person.birth_date
        if born is not None and reducing:
            days |= {birthday_in(born, year) for year in range(max(term.start.year, born.year), term.end.year + 1)}
    months = (term.end.year - term.start.year) * 12 + term.end.month - term.start.month + 1
    by_month = any(p.table is not None and p.table.age_date == "ATTAINED" for p in plans)
    if by_month or any(p.benefit.reduction_date == "FIRST_OF_MONTH" for p in reducing):
        days |= {add_months(term.start.replace(day=1), n) for n in range(1, months)}
    days |= {add_months(term.start, n) for n in range(12, months + 12, 12)}
    return sorted(d for d in days if term.start <= d <= term.end)


def stretches_of(term: Contract, counting: Sequence[InForce], plans: Sequence[Plan]) -> list[tuple[date, date]]:
    """First and last day of each stretch."""
    days = days_of_change(term, counting, plans)
    return list(zip(days, [*(d - ONE_DAY for d in days[1:]), term.end], strict=True))


def family_in(family: Family, spans: Sequence[Span], first: date, last: date) -> tuple[Family, list[int]]:
    """What of a family's holds lies in a stretch, clipped to it, and which holds those are."""
    held: list[Coverage] = []
    rows: list[int] = []
    for row, (each, span) in enumerate(zip(family.held, spans, strict=True)):
        begins, ends = max(first, span.covered_from), min(last, span.covered_to)
        if begins <= ends:
            anniversary = age_date_of("PLAN_ANNIVERSARY", span.term, begins)
            stated = span.anniversary or age_date_of("PLAN_ANNIVERSARY", span.term, span.rate_date)
            dates = Dates(begins, ends, span.rate_date, max(stated, anniversary))
            held.append(each.within(dates, each.issue_date or span.covered_from))
            rows.append(row)
    return replace(family, held=tuple(held)), rows


def parts_of(term: Contract, plan: Plan, span: Span, is_newborn: bool, firsts: Sequence[date]) -> list[Fraction]:
    """The part of the term charged for each piece of a span, by the first days of the pieces; together the whole."""
    by_start = plan.proration_newborn if is_newborn and plan.proration_newborn else plan.proration
    lost = lost_before(term, span.covered_from, by_start, plan.wash_day)
    charged = max(lost, charged_up_to(term, span.covered_to, plan.proration_end or plan.proration, plan.wash_day))
    by_change = plan.proration_change or plan.proration
    # Without proration a price that changes on the way is not charged: the one at the start stands for the term.
    inner = [charged if by_change == "NONE" else lost_before(term, d, by_change, plan.wash_day) for d in firsts[1:]]
    edges = [lost, *(min(charged, max(lost, at)) for at in inner), charged]
    return [later - earlier for earlier, later in pairwise(edges)]


def charge(standards: Sequence[int], tiers: Sequence[str], parts: Sequence[Fraction]) -> list[int]:
    """Cents of each stretch. Stretches of one price in one tier are one piece: each is rounded by itself, the last has
    what is left of the rounded whole (PR-28). Within a piece a stretch has the rounded sum up to its end less what came
    before.
    """
    whole = half_up(sum((standard * part for standard, part in zip(standards, parts, strict=True)), Fraction(0)))
    charged: list[int] = []
    pieces = [list(run) for _, run in groupby(zip(standards, parts, tiers, strict=True), key=lambda e: (e[0], e[2]))]
    for n, piece in enumerate(pieces):
        room, before, so_far = whole - sum(charged), 0, Fraction(0)
        for m, (standard, part, _) in enumerate(piece):
            so_far += standard * part
            is_last = n == len(pieces) - 1 and m == len(piece) - 1
            upto = room if is_last else min(room, half_up(so_far))
            charged.append(upto - before)
            before = upto
    return charged
