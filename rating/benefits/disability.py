"""Disability benefits and the pay they are charged on: by the week, by the month, per hundred of covered pay.

What lives here: weekly benefits, monthly benefits and monthly covered pay, with their maximum. What does
not: insured amounts of life-like cover (`rating.benefits.volume`), and rates.

Shares of pay stay fractions of a cent until a rounding is named; the divisors below hold them exactly.
"""

from collections.abc import Callable

import numpy as np

from rating.arrays import Flags, Longs, Rows
from rating.benefits.benefit import Benefit, Reasons, bounded
from rating.benefits.elected import elected
from rating.codes import BenefitRounding, Issue
from rating.money import Ratio, whole_nearest, whole_up
from rating.pricing import Selection
from rating.terms import WHOLE_E4

TEN_DOLLARS = 1_000
ONE_DOLLAR = 100
WEEKS = 52
MONTHS = 12


def weekly_benefit(selection: Selection) -> Benefit:
    """min(maximum, percent x annual pay / 52), rounded as the offer says (section 6). [cents a week]

    An offer without a percent pays its flat sum, else the amount the member elected; the whole of
    pay is never assumed. Rounding and the plan's least benefit come before the maximum, so that the
    benefit never exceeds it. Example: 63,450 / 52 x 60 % = 732.12, nearest dollar 732.
    """
    reasons, offers, offer = Reasons(selection.offer.size), selection.offers, selection.offer
    exact, divisor = _of_pay(selection, WEEKS, reasons)
    selection.note_ratio("benefit", Ratio((exact,), (divisor,)))
    rounding = offers.benefit_rounding.take(offer)
    dollars, tens = whole_nearest(exact, divisor, ONE_DOLLAR), whole_up(exact, divisor, TEN_DOLLARS)
    is_exact = rounding == BenefitRounding.NONE
    amount = np.where(is_exact, exact, np.where(rounding == BenefitRounding.UP_10, tens, dollars))
    amount, divisor = _within(selection, amount, np.where(is_exact, divisor, 1), reasons)
    return _finish(amount, divisor, reasons)


def monthly_benefit(selection: Selection) -> Benefit:
    """min(maximum, percent x covered pay), covered pay being at most the plan's (section 7). [cents a month]

    An offer without a percent pays its flat sum, else the amount the member elected. Nothing is rounded.
    Example: 63,450 / 12 = 5,287.50, x 60 % = 3,172.50.
    """
    reasons, offers, offer = Reasons(selection.offer.size), selection.offers, selection.offer
    exact, divisor = _of_pay(selection, MONTHS, reasons)
    selection.note_ratio("benefit", Ratio((exact,), (divisor,)))
    percent, covered = offers.benefit_percent_e4.take(offer), offers.covered_pay_cents.take(offer)
    if (covered >= 0).any():
        most = np.maximum(percent, 0) * MONTHS  # percent of the covered pay, in the parts of a cent of `exact`
        is_capped = (percent > 0) & (covered >= 0) & (exact // np.maximum(most, 1) >= covered)
        exact = np.where(is_capped, most * np.where(is_capped, covered, 0), exact)
    return _finish(*_within(selection, exact, divisor, reasons), reasons)


def covered_pay(selection: Selection) -> Benefit:
    """min(annual pay / 12, maximum monthly benefit / benefit percent) (section 7). [cents a month]

    Without a percent (or with 0 %) no pay reaches the maximum benefit, so pay is not capped by it. The
    plan may cap covered pay by a sum besides. Example: 150,000 / 12 = 12,500, above 6,000 / 0.60 =
    10,000, so 10,000.
    """
    offers, offer = selection.offers, selection.offer
    reasons = Reasons(offer.size)
    pay = bounded(selection.pay_cents, Issue.PAY_REQUIRED, reasons)
    amount, divisor = _capped_pay(selection, pay)
    percent, maximum = offers.benefit_percent_e4.take(offer), offers.maximum_benefit_cents.take(offer)
    most = np.maximum(maximum, 0) * WHOLE_E4
    # amount / divisor >= most / percent, without multiplying by the divisor: the whole part is enough to reach a whole.
    is_capped = (maximum >= 0) & (percent > 0) & (amount * np.maximum(percent, 0) // divisor >= most)
    return _finish(np.where(is_capped, most, amount), np.where(is_capped, percent, divisor), reasons)


def monthly_pay(selection: Selection) -> Benefit:
    """Annual pay / 12, at most the plan's covered pay; no benefit plays a part. [cents a month]"""
    reasons = Reasons(selection.offer.size)
    pay = bounded(selection.pay_cents, Issue.PAY_REQUIRED, reasons)
    return _finish(*_capped_pay(selection, pay), reasons)


def _capped_pay(selection: Selection, pay: Longs) -> tuple[Longs, Longs]:
    """Monthly pay, or the plan's cap of it where that is lower, as amounts over divisors."""
    covered = selection.offers.covered_pay_cents.take(selection.offer)
    is_capped = (covered >= 0) & (pay >= np.maximum(covered, 0) * MONTHS)
    return np.where(is_capped, covered, pay), np.where(is_capped, np.int64(1), np.int64(MONTHS))


def _of_pay(selection: Selection, periods: int, reasons: Reasons) -> tuple[Longs, Longs]:
    """The benefit before rounding and caps: percent of pay by period, else a flat sum, else the choice; over divisors.

    A share of pay counts in parts of a cent that hold both the periods of a year and the places of a percent.
    """
    offers, offer = selection.offers, selection.offer
    percent, flat = offers.benefit_percent_e4.take(offer), offers.flat_cents.take(offer)
    by_pay = percent >= 0
    is_chosen = ~by_pay & (flat < 0)
    stated = np.maximum(flat, 0)
    _fill(stated, is_chosen, lambda rows: elected(selection, reasons, rows, in_steps=True))
    shares = np.zeros(offer.size, np.int64)
    pay = selection.pay_cents
    _fill(shares, by_pay, lambda rows: bounded(pay.take(rows), Issue.PAY_REQUIRED, reasons, rows) * percent.take(rows))
    divisor = np.where(by_pay, np.int64(periods * WHOLE_E4), np.int64(1))
    return np.where(by_pay, shares, stated), divisor


def _fill(column: Longs, where: Flags, amounts: Callable[[Rows], Longs]) -> None:
    """Write amounts into the rows they are for."""
    rows = np.flatnonzero(where)
    if rows.size:
        column[rows] = amounts(rows)


def _within(selection: Selection, amount: Longs, divisor: Longs, reasons: Reasons) -> tuple[Longs, Longs]:
    """Amounts over divisors: not below the plan's least benefit, unless declined, and then at most its maximum."""
    offers, offer = selection.offers, selection.offer
    least, most = offers.minimum_cents.take(offer), offers.maximum_benefit_cents.take(offer)
    if (least > 0).any():
        is_raised = (least > 0) & (amount // divisor < least)
        if reasons.is_declined is not None:
            is_raised &= ~reasons.is_declined
        amount, divisor = np.where(is_raised, least, amount), np.where(is_raised, 1, divisor)
    is_capped = (most >= 0) & (amount // divisor >= most)
    return np.where(is_capped, most, amount), np.where(is_capped, 1, divisor)


def _finish(amount: Longs, divisor: Longs, reasons: Reasons) -> Benefit:
    """The benefit with its reasons; whole cents have the divisor 1, which prices faster."""
    reasons.without_amount(amount)
    if amount.size and int(divisor.max()) > 1:
        if (amount % divisor).any():
            return Benefit(Ratio((amount,), (divisor,)), reasons.issue, reasons.zero)
        amount = amount // divisor
    return Benefit(Ratio((amount,), (1,)), reasons.issue, reasons.zero)
