"""The amount a premium is charged on: insured amounts, weekly benefits, covered pay (RM-5 to RM-7, RM-9).

What lives here: raw amount, rounding, caps, evidence and reduction, in that order. What does not: a rate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.oracle.days import exact, half_up
from tests.oracle.words import LARGEST_AMOUNT, Benefit, UnratedError


def stated(dollars: Decimal | None, missing: str) -> Fraction:
    """An amount that a census states: it must be there, and below what any benefit could mean."""
    if dollars is None:
        raise UnratedError(missing)
    if dollars > LARGEST_AMOUNT:
        raise UnratedError("AMOUNT_OUT_OF_RANGE")
    return exact(dollars)


def round_volume(x: Fraction, how: str) -> Fraction:
    """Rounding of an amount of insurance (RM-5, RM-13)."""
    if how == "UP_1000":
        return Fraction(-floor(-x / 1000) * 1000)
    if how == "NEAREST_1000":
        return Fraction(half_up(x / 1000) * 1000)
    return x


def percent_left(schedule: Sequence[tuple[int, Decimal]], age: int | None) -> Fraction | None:
    """The percent of the last step reached; None before the first."""
    reached = [left for from_age, left in sorted(schedule) if age is not None and age >= from_age]
    return exact(reached[-1]) if reached else None


@dataclass(frozen=True)
class Asked:
    """Whose amount it is and what was asked for: pay and age of the person, pay of the employee, evidence."""

    pay: Decimal | None = None
    employee_pay: Decimal | None = None
    elected: Decimal | None = None
    age: int | None = None
    most: Callable[[], Fraction | None] = lambda: None
    is_late: bool = False
    evidence: str | None = None
    approved: Decimal | None = None
    approved_from: date | None = None
    first_day: date | None = None


def volume_of(
    benefit: Benefit, pay: Decimal | None, elected: Decimal | None, age: int | None, approved: bool
) -> Fraction:
    """Amount of insurance (RM-5) of an employee without further ado."""
    return insured(benefit, Asked(pay, pay, elected, age, evidence="APPROVED" if approved else None))


def insured(benefit: Benefit, asked: Asked) -> Fraction:
    """Amount of insurance in force (RM-5, RM-9): raw, rounded, capped, held to what needs no evidence, then reduced."""
    by_age = benefit.reduction or (benefit.guaranteed_issue is not None and benefit.guaranteed_reduction)
    is_chosen = benefit.multiple is None and benefit.flat_amount is None
    if by_age and asked.age is None and not (is_chosen and asked.elected == 0):
        raise UnratedError("BIRTH_DATE_REQUIRED")
    if benefit.multiple is not None:
        raw = exact(benefit.multiple) * stated(asked.pay, "PAY_REQUIRED")
    elif benefit.flat_amount is not None:
        raw = exact(benefit.flat_amount)
    else:
        raw = chosen(benefit, asked.elected)
        if asked.elected == 0:
            return Fraction(0)
    volume = round_volume(raw, benefit.volume_rounding)
    if benefit.minimum is not None:
        volume = max(volume, exact(benefit.minimum))
    if volume == 0:
        return volume
    volume = capped(benefit, asked, volume)
    if volume > LARGEST_AMOUNT:
        raise UnratedError("AMOUNT_OUT_OF_RANGE")
    volume = in_force_without_evidence(benefit, asked, volume)
    left = percent_left(benefit.reduction, asked.age)
    if left is None:
        return volume
    # The percent left is always of the original amount, never of the amount of the step before.
    return min(volume, round_volume(volume * left / 100, benefit.volume_rounding))


def chosen(benefit: Benefit, elected: Decimal | None) -> Fraction:
    """An amount elected, in whole increments."""
    amount = stated(elected, "AMOUNT_REQUIRED")
    if not benefit.increment:
        return amount
    return floor(amount / exact(benefit.increment)) * exact(benefit.increment)


def capped(benefit: Benefit, asked: Asked, volume: Fraction) -> Fraction:
    """The plan maximum, so many times the employee's pay, a percent of the employee's amount; never rounded again."""
    if benefit.maximum is not None:
        volume = min(volume, exact(benefit.maximum))
    if benefit.pay_multiple_cap is not None:
        volume = min(volume, exact(benefit.pay_multiple_cap) * stated(asked.employee_pay, "PAY_REQUIRED"))
    most = asked.most()
    return volume if most is None else min(volume, most)


def in_force_without_evidence(benefit: Benefit, asked: Asked, volume: Fraction) -> Fraction:
    """RM-9: up to the guaranteed amount (nothing for a late entrant); an approval lets more in from its day on."""
    limit = volume
    if benefit.guaranteed_issue is not None:
        left = percent_left(benefit.guaranteed_reduction, asked.age)
        limit = min(volume, exact(benefit.guaranteed_issue))
        if left is not None:
            limit = min(volume, Fraction(half_up(exact(benefit.guaranteed_issue) * left), 100))
    if asked.is_late:
        limit = Fraction(0)
    is_in_time = asked.approved_from is None or asked.first_day is None or asked.approved_from <= asked.first_day
    if asked.evidence != "APPROVED" or not is_in_time:
        return limit
    return max(limit, volume if asked.approved is None else min(volume, exact(asked.approved)))


def weekly_benefit_of(benefit: Benefit, pay: Decimal | None, elected: Decimal | None) -> Fraction:
    """STD (RM-6): percent of weekly pay (or a flat or else an elected benefit), rounded, at most the maximum.

    A plan that states neither percent nor amount does not mean the whole of pay.
    """
    if benefit.percent is not None:
        weekly = exact(benefit.percent) / 100 * stated(pay, "PAY_REQUIRED") / 52
    elif benefit.flat_amount is not None:
        weekly = exact(benefit.flat_amount)
    else:
        weekly = chosen(benefit, elected)
    if benefit.benefit_rounding == "NEAREST_1":
        weekly = Fraction(half_up(weekly))
    elif benefit.benefit_rounding == "UP_10":
        weekly = Fraction(-floor(-weekly / 10) * 10)
    return within(benefit, weekly, elected)


def within(benefit: Benefit, amount: Fraction, elected: Decimal | None) -> Fraction:
    """Not below the plan's least benefit, unless declined; then at most its maximum."""
    is_declined = elected == 0 and benefit.percent is None and benefit.flat_amount is None
    if benefit.minimum is not None and not is_declined:
        amount = max(amount, exact(benefit.minimum))
    return amount if benefit.maximum_benefit is None else min(amount, exact(benefit.maximum_benefit))


def monthly_pay_of(benefit: Benefit, pay: Decimal | None) -> Fraction:
    """A twelfth of annual pay, at most what the plan covers."""
    monthly = stated(pay, "PAY_REQUIRED") / 12
    return monthly if benefit.covered_pay_cap is None else min(monthly, exact(benefit.covered_pay_cap))


def monthly_benefit_of(benefit: Benefit, pay: Decimal | None, elected: Decimal | None) -> Fraction:
    """LTD by benefit (RM-7): percent of covered pay (or a flat or else an elected benefit), at most the maximum."""
    if benefit.percent is not None:
        monthly = exact(benefit.percent) / 100 * monthly_pay_of(benefit, pay)
    elif benefit.flat_amount is not None:
        monthly = exact(benefit.flat_amount)
    else:
        monthly = chosen(benefit, elected)
    return within(benefit, monthly, elected)


def covered_pay_of(benefit: Benefit, pay: Decimal | None) -> Fraction:
    """LTD (RM-7): monthly pay, at most the pay at which the maximum benefit is reached; never rounded.

    Without a percent no pay reaches the maximum benefit, so none is left out.
    """
    monthly = monthly_pay_of(benefit, pay)
    if benefit.maximum_benefit is None or not benefit.percent:
        return monthly
    return min(monthly, exact(benefit.maximum_benefit) / (exact(benefit.percent) / 100))
