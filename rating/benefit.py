"""The benefit a premium is charged on: insured amounts, weekly benefits and covered pay.

What lives here: raw amount, rounding, caps, guaranteed issue and age reduction, in the order
that is law. What does not: rates, and evidence of insurability beyond its absence (the amount
above the guaranteed issue limit is pending, so the amount in force is capped there; rating
methods, section 9).

Each benefit is exact: integers over an integer. Nothing is rounded but where a rounding is named.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Longs, Whole
from rating.batch import LARGEST_AMOUNT, Offers
from rating.codes import NONE, BenefitRounding, Issue, VolumeRounding, ZeroReason
from rating.dates import LAST_AGE
from rating.money import Ratio, to_cents, whole_nearest, whole_up
from rating.terms import WHOLE_E4, Terms

THOUSAND_DOLLARS = 100_000
TEN_DOLLARS = 1_000
ONE_DOLLAR = 100
E4 = 10_000
WEEKS = 52
MONTHS = 12
NO_CAP = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Benefit:
    """An exact amount in cents, and why it is missing (Issue) or lawfully zero (ZeroReason)."""

    amount: Ratio
    issue: Bytes
    zero_reason: Bytes

    @property
    def shown_cents(self) -> Longs:
        """The amount to the nearest cent, for people; no premium is computed from it. NONE if missing."""
        return np.where(self.issue == Issue.NONE, to_cents(self.amount), NONE)


def insured_amount(
    offers: Offers, terms: Terms, offer: Ints, pay_cents: Longs, elected_cents: Longs, age: Ints
) -> Benefit:
    """Volume of life-like cover (rating methods, section 5). [cents]

    1. raw: multiple x annual pay where the offer states a multiple, else its flat sum, else the
       amount the member elected;
    2. rounded as the offer says, before the cap;
    3. capped to the plan maximum and the guaranteed issue limit;
    4. reduced by age: percent left of that *original* amount, rounded again the same way.

    Example: pay 63,450, multiple 2: 126,900, up to 127,000; at 66 with 65 % left 82,550, up to 83,000.
    """
    multiple, flat = offers.multiple_e4.take(offer), offers.flat_cents.take(offer)
    by_pay = multiple >= 0
    is_elected = ~by_pay & (flat < 0)
    issue = np.zeros(offer.size, np.int8)
    pay_cents = _bounded(pay_cents, by_pay, Issue.PAY_REQUIRED, issue)
    elected_cents = _bounded(elected_cents, is_elected, Issue.AMOUNT_REQUIRED, issue)
    schedule = offers.reduction.take(offer)
    is_reduced = schedule >= 0
    issue[is_reduced & (age < 0)] = Issue.BIRTH_DATE_REQUIRED
    zero_reason = np.zeros(offer.size, np.int8)
    zero_reason[is_elected & (elected_cents == 0)] = ZeroReason.AMOUNT_DECLINED

    # In ten-thousandths of a cent, since a multiple has four places.
    raw = np.where(is_elected, elected_cents * E4, np.where(by_pay, pay_cents * np.maximum(multiple, 0), flat * E4))
    np.maximum(raw, 0, out=raw)
    rounding = offers.volume_rounding.take(offer)
    amount = _rounded_volume(raw, E4, E4, rounding)
    cap = np.minimum(_cap(offers.maximum_cents.take(offer)), _cap(offers.guaranteed_cents.take(offer)))
    np.minimum(amount, np.minimum(cap, NO_CAP // E4) * E4, out=amount)
    if amount.size and int(amount.max()) > LARGEST_AMOUNT * E4:  # percent x amount must fit in 64 bits
        issue[(amount > LARGEST_AMOUNT * E4) & (issue == Issue.NONE)] = Issue.AMOUNT_OUT_OF_RANGE
        np.minimum(amount, LARGEST_AMOUNT * E4, out=amount)

    if not is_reduced.any():
        return _finish(amount, None, issue, zero_reason)
    place = np.where(is_reduced, schedule, 0) * np.int32(LAST_AGE + 1) + np.maximum(age, 0)
    left = np.where(is_reduced, terms.reduction_left_e4.take(place), WHOLE_E4)
    is_whole = (left == WHOLE_E4) | (rounding == VolumeRounding.NONE)
    # Rounded amounts are whole cents after the cap: percent x cents fits, percent x 1/10,000 cents may not.
    again = _rounded_volume(amount // E4 * left, WHOLE_E4, E4, rounding)
    reduced = np.where(is_whole, amount, np.minimum(again, amount))
    return _finish(reduced, np.where(is_whole, left, WHOLE_E4), issue, zero_reason)


def _rounded_volume(amount: Longs, divisor: int, scale: int, rounding: Bytes) -> Longs:
    """Amount / divisor cents rounded by each row's own rule, stated in 1/scale cents."""
    up = whole_up(amount, divisor, THOUSAND_DOLLARS) * scale
    nearest = whole_nearest(amount, divisor, THOUSAND_DOLLARS) * scale
    exact = amount if divisor == scale else amount * scale // divisor
    return np.where(
        rounding == VolumeRounding.UP_1000, up, np.where(rounding == VolumeRounding.NEAREST_1000, nearest, exact)
    )


def _finish(amount_e4: Longs, left_e4: Longs | None, issue: Bytes, zero_reason: Bytes) -> Benefit:
    """State the amount with the shortest divisor, which keeps near-ties cheap to settle."""
    amount_e4 = np.where(issue == Issue.NONE, amount_e4, 0)
    is_nothing = amount_e4 == 0 if left_e4 is None else (amount_e4 == 0) | (left_e4 == 0)
    zero_reason[is_nothing & (zero_reason == ZeroReason.NONE) & (issue == Issue.NONE)] = ZeroReason.NO_AMOUNT
    numerators: tuple[Whole, ...] = (amount_e4,)
    divisor = E4
    if not (amount_e4 % E4).any():
        numerators, divisor = (amount_e4 // E4,), 1
    if left_e4 is not None and not (left_e4 == WHOLE_E4).all():
        numerators, divisor = (*numerators, left_e4), divisor * WHOLE_E4
    return Benefit(Ratio(numerators, (divisor,)), issue, zero_reason)


def weekly_benefit(offers: Offers, offer: Ints, pay_cents: Longs, elected_cents: Longs) -> Benefit:
    """min(maximum, percent x annual pay / 52), rounded as the offer says (section 6). [cents a week]

    An offer without a percent pays its flat sum, else the amount the member elected; the whole of
    pay is never assumed. Rounding comes before the maximum, so that the benefit never exceeds it.
    Example: 63,450 / 52 x 60 % = 732.12, nearest dollar 732.
    """
    percent, flat = offers.benefit_percent_e4.take(offer), offers.flat_cents.take(offer)
    by_pay = percent >= 0
    is_elected = ~by_pay & (flat < 0)
    issue, zero_reason = np.zeros(offer.size, np.int8), np.zeros(offer.size, np.int8)
    pay_cents = _bounded(pay_cents, by_pay, Issue.PAY_REQUIRED, issue)
    elected_cents = _bounded(elected_cents, is_elected, Issue.AMOUNT_REQUIRED, issue)
    zero_reason[is_elected & (elected_cents == 0)] = ZeroReason.AMOUNT_DECLINED

    # A share of pay counts in parts of a cent that hold both 52 weeks and the places of a percent.
    divisor = np.where(by_pay, np.int64(WEEKS * WHOLE_E4), np.int64(1))
    stated = np.where(is_elected, elected_cents, flat)
    exact = np.maximum(np.where(by_pay, np.maximum(pay_cents, 0) * np.maximum(percent, 0), stated), 0)
    rounding = offers.benefit_rounding.take(offer)
    maximum = _cap(offers.maximum_benefit_cents.take(offer))
    dollars, tens = whole_nearest(exact, divisor, ONE_DOLLAR), whole_up(exact, divisor, TEN_DOLLARS)
    rounded = np.minimum(np.where(rounding == BenefitRounding.UP_10, tens, dollars), maximum)
    if not (rounding == BenefitRounding.NONE).any():
        return _disability(Ratio((rounded,), (1,)), issue, zero_reason)
    np.minimum(exact, np.minimum(maximum, NO_CAP // divisor) * divisor, out=exact)
    is_exact = rounding == BenefitRounding.NONE
    amount = Ratio((np.where(is_exact, exact, rounded),), (np.where(is_exact, divisor, 1),))
    return _disability(amount, issue, zero_reason)


def covered_pay(offers: Offers, offer: Ints, pay_cents: Longs) -> Benefit:
    """min(annual pay / 12, maximum monthly benefit / benefit percent) (section 7). [cents a month]

    Without a percent (or with 0 %) no pay reaches the maximum benefit, so pay is not capped.
    Example: 150,000 / 12 = 12,500, above 6,000 / 0.60 = 10,000, so 10,000.
    """
    issue = np.zeros(offer.size, np.int8)
    pay = np.maximum(_bounded(pay_cents, np.ones(offer.size, np.bool_), Issue.PAY_REQUIRED, issue), 0)
    percent, maximum = offers.benefit_percent_e4.take(offer), offers.maximum_benefit_cents.take(offer)
    cap = np.maximum(maximum, 0) * WHOLE_E4
    is_capped = (maximum >= 0) & (percent > 0)
    # pay / 12 >= cap / percent, divided by 12 rather than multiplied: a whole cap is reached by the whole part already.
    is_capped &= pay * np.maximum(percent, 0) // MONTHS >= cap
    amount = Ratio((np.where(is_capped, cap, pay),), (np.where(is_capped, percent, MONTHS),))
    return _disability(amount, issue, np.zeros(offer.size, np.int8))


def _disability(amount: Ratio, issue: Bytes, zero_reason: Bytes) -> Benefit:
    """NO_AMOUNT where nothing is left to insure for a reason other than the member's choice."""
    is_nothing = (amount.numerators[0] == 0) & (issue == Issue.NONE) & (zero_reason == ZeroReason.NONE)
    zero_reason[is_nothing] = ZeroReason.NO_AMOUNT
    return Benefit(amount, issue, zero_reason)


def _bounded(cents: Longs, is_asked: Flags, missing: Issue, issue: Bytes) -> Longs:
    """The amounts, held at the largest one that arithmetic bears; where one is asked for and fails, the issue why."""
    issue[is_asked & (cents < 0)] = missing
    if not cents.size or int(cents.max()) <= LARGEST_AMOUNT:
        return cents
    issue[is_asked & (cents > LARGEST_AMOUNT)] = Issue.AMOUNT_OUT_OF_RANGE
    return np.minimum(cents, LARGEST_AMOUNT)


def _cap(cents: Longs) -> Longs:
    """A cap, or one beyond reach where there is none."""
    return np.where(cents < 0, NO_CAP, cents)
