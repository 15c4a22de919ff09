"""What part of a term is charged for a stretch of cover, by the method of each event (PR-1 to PR-5, PR-25 to PR-28).

What lives here: what a start loses and what an end charges, method by method, and the cutting of an amount in pieces
that add up. What does not: which days are covered.

A start loses what lies before it, an end charges what lies up to it; each is counted in whole terms (daily over the
term) or in months, and the part charged is the difference. A month is one of the contract, counted from the day it
starts on. A last month that the term cuts short is worth its days over the real days of the month (PR-5).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from tests.oracle.days import add_months, days_in_month, half_up, months_in_term, whole_months
from tests.oracle.words import Contract, Plan

ONE_DAY = timedelta(days=1)


def part_of_term(term: Contract, plan: Plan, first: date, last: date, is_newborn: bool = False) -> Fraction:
    """The part of the term charged for the days `first` to `last`, both covered; both lie in the term."""
    by_start = plan.proration_newborn if is_newborn and plan.proration_newborn else plan.proration
    lost = lost_before(term, first, by_start, plan.wash_day)
    charged = charged_up_to(term, last, plan.proration_end or plan.proration, plan.wash_day)
    return max(Fraction(0), charged - lost)


@cache
def lost_before(term: Contract, first: date, method: str, wash_day: int) -> Fraction:
    """What of the term is not charged because cover begins on a day. The first day of the term loses nothing, but for
    a child born in the month of that day, where its month of birth is free (PR-27)."""
    is_first = first < term.start or (first == term.start and method != "BIRTH_MONTH_FREE")
    if is_first or method == "NONE":
        return Fraction(0)
    if method == "DAILY_TERM":
        return Fraction((first - term.start).days, (term.end - term.start).days + 1)
    number, day, real = month_of(term, first)
    within = {
        "DAILY_MONTH": Fraction(day - 1, real),
        "DAILY_30": Fraction(min(day - 1, 30), 30),
        "FULL_MONTH": 0,
        "FIRST_OF_MONTH": 0 if day == 1 else 1,
        "MID_MONTH": 0 if day <= wash_day else 1,
        "BIRTH_MONTH_FREE": 1,
    }[method]
    return min(Fraction(1), (number + Fraction(within)) / months_in_term(term.start, term.end))


@cache
def charged_up_to(term: Contract, last: date, method: str, wash_day: int) -> Fraction:
    """What of the term is charged because cover ends with a day. The last day of the term charges all."""
    if last >= term.end or method == "NONE":
        return Fraction(1)
    if method == "DAILY_TERM":
        return Fraction((last - term.start).days + 1, (term.end - term.start).days + 1)
    number, day, real = month_of(term, last)
    is_whole = month_of(term, last + ONE_DAY)[0] > number
    within = {
        "DAILY_MONTH": Fraction(day, real),
        "DAILY_30": Fraction(min(day, 30), 30),
        "FULL_MONTH": 1,
        "FIRST_OF_MONTH": 1,
        "MID_MONTH": 0 if day <= wash_day else 1,
    }[method]
    within = 1 if is_whole and method != "MID_MONTH" else within
    return min(Fraction(1), (number + Fraction(within)) / months_in_term(term.start, term.end))


def month_of(term: Contract, day: date) -> tuple[int, int, int]:
    """The contract month that holds a day: its number from 0, the day's number in it from 1, and its real days."""
    number = whole_months(term.start, day)
    begins, ends = add_months(term.start, number), add_months(term.start, number + 1)
    is_cut_short = ends > term.end + ONE_DAY
    return number, (day - begins).days + 1, days_in_month(begins) if is_cut_short else (ends - begins).days


def in_pieces(whole: Fraction, parts: Sequence[Fraction]) -> list[int]:
    """Cents of an amount cut in pieces: each is the rounded total so far less what was charged before (PR-28)."""
    charged, so_far, pieces = 0, Fraction(0), []
    for part in parts:
        so_far += part
        pieces.append(half_up(whole * so_far) - charged)
        charged += pieces[-1]
    return pieces
