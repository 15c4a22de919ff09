"""Insured amounts of life-like cover: from what is asked for to what is in force.

What lives here: the steps of an amount of insurance in the order that is law (rating methods,
section 5): raw amount, rounding, caps, evidence, age reduction. What does not: the rules of the steps that
have a module of their own (`rating.benefits.elected`, `rating.benefits.employee_limit`, `rating.benefits.evidence`,
`rating.benefits.age_reduction`), and rates.

Amounts are whole cents, or ten-thousandths of one while a multiple of pay leaves a fraction (`scale`).
A step that no coverage at hand asks for is skipped (`rating.benefits.features`).
"""

from dataclasses import replace

import numpy as np

from rating.arrays import Longs, Rows
from rating.batch import LARGEST_AMOUNT
from rating.benefits.age_reduction import left_at_age, reduced, refuse_ageless, rounded
from rating.benefits.asked import Asked, Steps
from rating.benefits.benefit import NO_CAP, Benefit, Reasons, bounded, cap
from rating.benefits.elected import elected
from rating.benefits.employee_limit import limits
from rating.benefits.evidence import guaranteed, in_force, late_entrants
from rating.benefits.features import Feature
from rating.codes import NONE, Issue, VolumeRounding, ZeroReason
from rating.pricing import Selection

E4 = 10_000


def insured_amount(selection: Selection, steps: Steps | None = None) -> Benefit:
    """Volume of life-like cover, in force and pending (rating methods, sections 5 and 9). [cents]

    1. raw: multiple x annual pay where the offer states a multiple, else its flat sum, else the
       amount the member elected, in whole increments;
    2. rounded as the offer says; not below the plan's least benefit, unless declined;
    3. capped, and never rounded again: plan maximum, multiple of the employee's pay, percent of the
       employee's amount for dependents;
    4. held to the guaranteed amount as far as evidence of insurability is wanting;
    5. reduced by age: percent left of that *original* amount, rounded again the same way.

    Whoever explains an amount passes a dictionary, which then holds what each step made: `raw`, `rounded`,
    `capped`, `in_force`, and where age reduces it `age` and `percent_left`.

    Example: pay 63,450, multiple 2: 126,900, up to 127,000; at 66 with 65 % left 82,550, up to 83,000.
    """
    asked = Asked(selection, steps)
    reasons = Reasons(asked.n)
    refuse_ageless(asked, reasons)
    amount, scale = _raw(asked, reasons)
    asked.note("raw", amount, scale)
    if asked.has(Feature.ROUNDED):
        whole = 1 if (asked.rounding != VolumeRounding.NONE).all() else scale
        amount, scale = rounded(amount, scale, whole, asked.rounding), whole
    if scale > 1 and not (amount % scale).any():
        amount, scale = amount // scale, 1
    amount = _at_least(asked, amount, scale, reasons)
    asked.note("rounded", amount, scale)
    amount, scale = _capped(asked, amount, scale, reasons)
    asked.note("capped", amount, scale)
    if asked.has(Feature.BY_PAY | Feature.ROUNDED):  # percent x amount must fit in 64 bits
        reasons.refuse(amount > LARGEST_AMOUNT * scale, Issue.AMOUNT_OUT_OF_RANGE)
        amount = np.minimum(amount, LARGEST_AMOUNT * scale)
    held, if_approved = _evidenced(asked, amount, scale, reasons)
    if reasons.issue is not None:
        held = np.where(reasons.issue == Issue.NONE, held, 0)
    asked.note("in_force", held, scale)
    return _shown_where_it_can_wait(asked, reduced(asked, held, if_approved, scale, reasons))


def _shown_where_it_can_wait(asked: Asked, benefit: Benefit) -> Benefit:
    """What waits for evidence, where the own offer or being late asks for any; NONE elsewhere."""
    if benefit.pending_cents is None:
        return benefit
    late = late_entrants(asked.selection)
    can_wait = asked.of_offer(asked.selection.offers.guaranteed_cents) != NONE
    if late is not None:
        can_wait |= late
    return replace(benefit, pending_cents=np.where(can_wait, benefit.pending_cents, NONE))


def _raw(asked: Asked, reasons: Reasons) -> tuple[Longs, int]:
    """The amount before any rounding, and the parts of a cent it is stated in."""
    scale = E4 if asked.has(Feature.BY_PAY) else 1
    raw = np.empty(asked.n, np.int64)
    for kind in (Feature.ELECTED, Feature.FLAT, Feature.BY_PAY):
        if not asked.has(kind):
            continue
        rows = asked.rows(kind)
        amount = _raw_of(asked, kind, rows, reasons)
        if kind != Feature.BY_PAY and scale > 1:
            amount = amount * scale  # a multiple has four places
        if rows is None:
            return amount, scale
        raw[rows] = amount
    return raw, scale


def _raw_of(asked: Asked, kind: Feature, rows: Rows | None, reasons: Reasons) -> Longs:
    """Raw amounts of one kind: in cents, or in ten-thousandths of one for a multiple of pay."""
    selection = asked.selection
    if kind == Feature.ELECTED:
        return elected(selection, reasons, rows, in_steps=asked.has(Feature.INCREMENT))
    offer = asked.offer if rows is None else asked.offer.take(rows)
    if kind == Feature.FLAT:
        return selection.offers.flat_cents.take(offer)
    pay = selection.pay_cents if rows is None else selection.pay_cents.take(rows)
    return bounded(pay, Issue.PAY_REQUIRED, reasons, rows) * selection.offers.multiple_e4.take(offer)


def _at_least(asked: Asked, amount: Longs, scale: int, reasons: Reasons) -> Longs:
    """The plan's least benefit for everybody who has not declined: whoever chose less has the least there is."""
    if not asked.has(Feature.MINIMUM):
        return amount
    raised = np.maximum(amount, np.maximum(asked.of_offer(asked.selection.offers.minimum_cents), 0) * scale)
    return raised if reasons.is_declined is None else np.where(reasons.is_declined, amount, raised)


def _capped(asked: Asked, amount: Longs, scale: int, reasons: Reasons) -> tuple[Longs, int]:
    """The lowest of the amount and of every cap the plan states, and the parts of a cent it is stated in."""
    offers = asked.selection.offers
    if asked.has(Feature.MAXIMUM):
        amount = np.minimum(amount, _scaled(cap(asked.of_offer(offers.maximum_cents)), scale))
    if asked.has(Feature.PAY_CAP):
        rows = np.flatnonzero(asked.where(Feature.PAY_CAP) & (amount > 0))  # nothing needs no cap, nor its measure
        most_e4 = _pay_of_employees(asked, rows, reasons) * offers.pay_multiple_cap_e4.take(asked.offer.take(rows))
        if scale == 1 and (most_e4 % E4).any():
            amount, scale = amount * E4, E4
        amount = _lowered(amount, rows, most_e4 if scale == E4 else most_e4 // E4)
    if asked.has(Feature.EMPLOYEE_CAP):
        rows, most, issue = limits(asked.selection, asked.where(Feature.EMPLOYEE_CAP) & (amount > 0), insured_amount)
        if issue.any():
            whole = np.zeros(reasons.n, np.int8)
            whole[rows] = issue
            reasons.refuse(whole != Issue.NONE, whole)
        amount = _lowered(amount, rows, _scaled(most, scale))
    return amount, scale


def _pay_of_employees(asked: Asked, rows: Rows, reasons: Reasons) -> Longs:
    """Annual pay of the employee of each family, which caps the amounts of dependents too."""
    selection, facts = asked.selection, asked.selection.facts
    employee = facts.primary.take(selection.member.take(rows))
    pay = facts.batch.members.annual_pay_cents[facts.span.members].take(employee)
    return bounded(pay, Issue.PAY_REQUIRED, reasons, rows)


def _evidenced(asked: Asked, amount: Longs, scale: int, reasons: Reasons) -> tuple[Longs, Longs | None]:
    """What is in force, and what will be once evidence is approved; None where no evidence is asked for."""
    selection = asked.selection
    late = late_entrants(selection)
    if late is None and not asked.has(Feature.GUARANTEED):
        return amount, None
    left = None
    if asked.has(Feature.GUARANTEED_BY_AGE):
        left = left_at_age(asked, Feature.GUARANTEED_BY_AGE, selection.offers.guaranteed_reduction)
    limit = guaranteed(asked.of_offer(selection.offers.guaranteed_cents), left)
    if late is not None:
        limit = np.where(late, 0, limit)
    held, if_approved = in_force(selection, amount, limit, scale)
    if held.size and int(held.min()) == 0:
        reasons.nothing((held == 0) & (amount > 0), ZeroReason.EVIDENCE_PENDING)
    return held, if_approved


def _scaled(cents: Longs, scale: int) -> Longs:
    """Caps in parts of a cent."""
    return np.minimum(cents, NO_CAP // scale) * scale


def _lowered(amount: Longs, rows: Rows, most: Longs) -> Longs:
    """The amounts with those of some rows capped."""
    amount = amount.copy()
    amount[rows] = np.minimum(amount.take(rows), most)
    return amount
