"""What a part of the contract term is worth: where a day lies in the term, by each method of proration.

What lives here: which method speaks at which event, and the part of the term charged for a coverage (PR-1,
PR-26). What does not: the methods that count in months (`rating.positions`), rounding (`rating.money`), how a
span is found (`covered_from`, `covered_to` of a coverage) and where a term is cut in pieces (`rating.pieces`).

A method is a pair of positions: `start` tells what of the term is lost before cover that begins on a
day, `end` what is charged up to the first day no longer covered. The part charged is the one less
the other, never below nothing; so a start and an end may go by different methods. Cover that begins
with the term loses nothing and cover that ends with it charges all, whatever the method; but for a
child born on that day, whose month of birth is free by BIRTH_MONTH_FREE (PR-27).

A month is one of the contract: it begins on the day of the month on which the term begins, and is the
calendar month where that is the first. A last month cut short by the end of the term is worth the part
of a month that it is worth in the premium of the term (PR-5), so full cover is exactly 1.

A change of price inside the term has one position, the same for the price before and the price after,
so that the pieces of a term always add up to the whole.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Days, Flags, Longs, Rows, Whole
from rating.batch import Offers
from rating.codes import NONE, Proration, Relationship
from rating.columns import is_constant
from rating.dates import calendar_keys, day_numbers, months_into
from rating.facts import Facts
from rating.kinds import ByKind
from rating.positions import BY_MONTH, MONTH, Place
from rating.terms import Terms

Fraction = tuple[Whole, Whole]
"""Numerators and denominators, 32 bits wide where they are days of the term. Rows of one offer have one denominator, so
that parts of it can be added."""


@dataclass(frozen=True, slots=True)
class Prorations:
    """The terms of plans and how parts of them are charged, (n_offers,)."""

    proration: Bytes  # Proration at a start, and wherever another is not stated
    proration_end: Bytes  # NONE as `proration`
    proration_change: Bytes
    proration_newborn: Bytes
    wash_day: Bytes
    term_from: Longs  # day number
    term_to: Longs
    months: Longs | ByKind[Longs]  # months in the term x month_parts
    month_parts: Longs | ByKind[Longs]

    @classmethod
    def of(cls, offers: Offers, terms: Terms) -> "Prorations":
        """Those of the offers."""
        return cls(
            proration=offers.proration,
            proration_end=offers.proration_end,
            proration_change=offers.proration_change,
            proration_newborn=offers.proration_newborn,
            wash_day=offers.wash_day,
            term_from=terms.term_from,
            term_to=terms.term_to,
            months=terms.months,
            month_parts=terms.month_parts,
        )


def charged_fraction(facts: Facts, *, is_signed: bool = False) -> Fraction:
    """The part of the term charged for each coverage, exactly.

    `facts.changes` says, for the rows of a term cut in pieces, which spans begin and which end at a change.
    Where the methods of two events disagree, a piece may be worth less than nothing: that is 0 here, unless
    `is_signed` asks for it, so that pieces add up. Where every event goes by days of the term the part is
    covered days over term days (PR-1 to PR-5).

    Example PR-3: 16.00 x 316 / 365 = 13.85. Example PR-26: 385.50 for a month from its 16th of 31 days is
    198.97 by DAILY_MONTH (16/31), 192.75 by DAILY_30 (15/30) and nothing by MID_MONTH.
    """
    not_daily = facts.terms.not_daily
    if not_daily is None:
        return facts.covered_days, facts.term_days
    rows = np.flatnonzero(not_daily.take(facts.offer))
    if not rows.size:
        return facts.covered_days, facts.term_days
    offers, here = facts.batch.offers, facts.span.coverages
    numerator, denominator = facts.covered_days.astype(np.int64), facts.term_days.astype(np.int64)
    is_newborn = None if is_constant(offers.proration_newborn) else _newborn(facts).take(rows)
    if is_newborn is not None:
        facts.note("is_newborn", is_newborn.astype(np.int8), rows)
    part = part_of_term(
        Prorations.of(offers, facts.terms),
        offer=facts.offer.take(rows),
        covered_from=facts.batch.coverages.covered_from[here].take(rows),
        covered_to=facts.batch.coverages.covered_to[here].take(rows),
        is_newborn=is_newborn,
        changes=None if facts.changes is None else (facts.changes[0].take(rows), facts.changes[1].take(rows)),
        is_signed=is_signed,
    )
    numerator[rows], denominator[rows] = part
    return numerator, denominator


def part_of_term(
    plans: Prorations,
    *,
    offer: Whole,
    covered_from: Days,
    covered_to: Days,
    is_newborn: Flags | None = None,
    changes: tuple[Flags, Flags] | None = None,
    is_signed: bool = False,
) -> Fraction:
    """The part of the term charged for spans of cover, by the methods of their offers; (n,) each.

    A span without a covered day in its term charges nothing. `is_newborn` spans begin by the method
    for newborns, spans marked in `changes` begin or end by the method for changes.
    """
    scale = _scale(plans, offer)
    methods = _event_methods(plans, offer, is_newborn, changes)
    lost, upto, is_covered = _ends(scale, methods, covered_from, covered_to, changes, is_newborn)
    charged = np.where(is_covered, upto - lost, 0)
    return charged if is_signed else np.maximum(charged, 0), scale.unit


def in_chains(charged: Whole, heads: Rows, links: Rows) -> Longs:
    """Signed parts of pieces, held chain by chain: up to any piece no more than all come to, and no less than nothing.

    Each chain begins at its head, in the order of its days, and has so many links.

    >>> in_chains(np.array([12, -3, 4, -5]), np.array([0, 2]), np.array([2, 2])).tolist()
    [9, 0, 0, 0]
    """
    upto = np.cumsum(charged, dtype=np.int64)
    upto -= np.repeat(upto.take(heads) - charged.take(heads), links)
    whole = np.maximum(upto.take(heads + links - 1), 0)
    np.clip(upto, 0, np.repeat(whole, links), out=upto)
    steps = np.diff(upto, prepend=0)
    steps[heads] = upto.take(heads)
    return steps


@dataclass(frozen=True, slots=True)
class MonthsCharged:
    """What of its term each span is charged for, in parts of a month."""

    lost: Longs  # of the term, before it
    upto: Longs  # of the term, to its end; not more than `lost` where nothing is charged
    month: Longs  # parts of one month


def months_charged(
    plans: Prorations,
    *,
    offer: Whole,
    covered_from: Days,
    covered_to: Days,
    is_newborn: Flags | None = None,
    changes: tuple[Flags, Flags] | None = None,
) -> MonthsCharged:
    """The months a span is charged for: as in `part_of_term`, real days of the month where a method counts none.

    A span whose methods leave no month at all, though days are covered, has its real days.
    """
    scale = _scale(plans, offer, months_only=True)
    start_method, end_method = (
        np.where((each == Proration.DAILY_TERM) | (each == Proration.NONE), np.int8(Proration.DAILY_MONTH), each)
        for each in _event_methods(plans, offer, is_newborn, changes)
    )
    lost, upto, is_covered = _ends(scale, (start_method, end_method), covered_from, covered_to, changes, is_newborn)
    empty = is_covered & (upto <= lost)
    if empty.any():
        real = np.full(lost.size, Proration.DAILY_MONTH, np.int8)
        real_lost, real_upto, _ = _ends(scale, (real, real), covered_from, covered_to, None)
        lost, upto = np.where(empty, real_lost, lost), np.where(empty, real_upto, upto)
    return MonthsCharged(lost, np.where(is_covered, upto, lost), scale.month_parts * MONTH)


def _event_methods(
    plans: Prorations, offer: Whole, is_newborn: Flags | None, changes: tuple[Flags, Flags] | None
) -> tuple[Bytes, Bytes]:
    """The methods of the start and of the end of each span."""
    start_method = plans.proration.take(offer)
    end_method = _of_event(plans.proration_end, plans, offer)
    if is_newborn is not None:
        newborn = plans.proration_newborn.take(offer)
        start_method = np.where(is_newborn & (newborn != NONE), newborn, start_method)
    if changes is not None:
        change = _of_event(plans.proration_change, plans, offer)
        start_method = np.where(changes[0], change, start_method)
        end_method = np.where(changes[1], change, end_method)
    return start_method, end_method


def _ends(
    scale: "_Scale",
    methods: tuple[Bytes, Bytes],
    covered_from: Days,
    covered_to: Days,
    changes: tuple[Flags, Flags] | None,
    is_newborn: Flags | None = None,
) -> tuple[Longs, Longs, Flags]:
    """What of the term lies before each span and up to its end, and whether it has a day in the term."""
    begin = np.maximum(day_numbers(covered_from), scale.term_from)
    end = np.minimum(day_numbers(covered_to), scale.term_to)
    if changes is None:
        changes = np.zeros(begin.size, np.bool_), np.zeros(begin.size, np.bool_)
    start_method, end_method = methods
    lost = _position(scale, begin, start_method, is_end=np.zeros_like(changes[0]), is_change=changes[0])
    upto = _position(scale, end, end_method, is_end=np.ones_like(changes[0]), is_change=changes[1])
    is_with_term = begin == scale.term_from
    if is_newborn is not None:
        is_with_term &= ~(is_newborn & (start_method == Proration.BIRTH_MONTH_FREE))
    lost[is_with_term] = 0
    is_last = end == scale.term_to
    upto[is_last] = scale.unit[is_last]
    return lost, upto, end > begin


@dataclass(frozen=True, slots=True)
class _Scale:
    """The term of each row, in the parts that its methods count in."""

    unit: Longs  # the whole term
    month_scale: Longs  # of one MONTH-th of a month
    month_end: Longs  # the whole term in MONTH-ths x month_parts
    month_parts: Longs
    day_scale: Longs  # of one day of the term
    term_from: Longs
    term_to: Longs
    stub_month: Longs  # number of the month cut short by the end of the term, beyond all months if there is none
    wash_day: Bytes


def _scale(plans: Prorations, offer: Whole, *, months_only: bool = False) -> _Scale:
    """One unit per offer that holds its days, its months or both."""
    uses = _methods_of(plans)
    by_day = (uses == Proration.DAILY_TERM).any(axis=0).take(offer)
    by_month = ((uses != Proration.DAILY_TERM) & (uses != Proration.NONE)).any(axis=0).take(offer)
    if months_only:
        by_day, by_month = np.zeros_like(by_day), np.ones_like(by_month)
    months, parts = plans.months.take(offer), plans.month_parts.take(offer)
    days_unit = np.where(by_day, plans.term_to.take(offer) - plans.term_from.take(offer), 1)
    month_end = months * MONTH
    months_unit = np.where(by_month, month_end, 1)
    is_cut = months % parts != 0
    return _Scale(
        unit=days_unit * months_unit,
        month_scale=days_unit,
        month_end=month_end,
        month_parts=parts,
        day_scale=months_unit,
        term_from=plans.term_from.take(offer),
        term_to=plans.term_to.take(offer),
        stub_month=np.where(is_cut, _whole_months(plans).take(offer), np.iinfo(np.int64).max),
        wash_day=plans.wash_day.take(offer),
    )


def _whole_months(plans: Prorations) -> Longs:
    """(n_offers,) months of the term before the one that its end cuts short."""
    return months_into(plans.term_from.view("M8[D]"), plans.term_to.view("M8[D]"))[0]


def _position(scale: _Scale, day: Longs, method: Bytes, *, is_end: Flags, is_change: Flags) -> Longs:
    """What of the term lies before each day, in parts of its unit."""
    inside = np.clip(day, scale.term_from, scale.term_to)
    month, days_in, length = months_into(scale.term_from.view("M8[D]"), inside.view("M8[D]"))
    is_stub = month >= scale.stub_month
    before = length
    if (method == Proration.MID_MONTH).any():
        day_before = np.maximum(inside - 1, scale.term_from)
        before = months_into(scale.term_from.view("M8[D]"), day_before.view("M8[D]"))[2]
    place = Place(month, days_in, np.where(is_stub, scale.month_parts, length), before, scale.wash_day)
    found = np.zeros(day.size, np.int64)
    for code in np.flatnonzero(np.bincount(method, minlength=len(Proration))).tolist():
        rows = method == code
        if code == Proration.DAILY_TERM:
            position = (inside - scale.term_from) * scale.day_scale
        elif code == Proration.NONE:  # without proration a price stands to the end of the term, once it has begun
            position = np.where(is_end | is_change, scale.unit, 0)
        else:
            pair = BY_MONTH[Proration(code)]
            position = np.where(is_end & ~is_change, pair.end(place), pair.start(place)) * scale.month_parts
            position = np.minimum(position, scale.month_end) * scale.month_scale
        found[rows] = position[rows]
    return found


def _methods_of(plans: Prorations) -> Bytes:
    """(4, n_offers) the method at each kind of event: start, end, change, birth."""
    own = plans.proration
    events = (plans.proration_end, plans.proration_change, plans.proration_newborn)
    return np.stack([own, *(np.where(event == NONE, own, event) for event in events)])


def _of_event(event: Bytes, plans: Prorations, offer: Whole) -> Bytes:
    """The method of an event: its own, else that of a start."""
    stated = event.take(offer)
    return np.where(stated == NONE, plans.proration.take(offer), stated)


def _newborn(facts: Facts) -> Flags:
    """A child whose cover begins in its month of birth; with the term, where it is born on that day."""
    births = facts.batch.members.birth_date[facts.span.members].take(facts.member)
    starts = facts.batch.coverages.covered_from[facts.span.coverages]
    same_month = calendar_keys(births) // 100 == calendar_keys(starts) // 100
    is_child = facts.batch.members.relationship[facts.span.members].take(facts.member) == Relationship.CHILD
    term_from = facts.terms.term_from.take(facts.offer).view("M8[D]")
    return same_month & is_child & (births <= starts) & ((births >= term_from) | (starts > term_from))
