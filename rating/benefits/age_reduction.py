"""What age leaves of an insured amount, and rounding to thousands, which comes after it as it came before.

What lives here: the age a reduction goes by, the percent left of an *original* amount, and the rounding of
amounts of insurance. What does not: that amount (`rating.benefits.volume`), and the schedules, spread over all
ages once per run (`rating.terms`).
"""

import numpy as np

from rating.arrays import Bytes, Ints, Longs
from rating.benefits.asked import Asked
from rating.benefits.benefit import Benefit, Reasons, nearest_cent
from rating.benefits.features import Feature
from rating.codes import NONE, Issue, VolumeRounding
from rating.dates import LAST_AGE
from rating.money import Ratio, whole_nearest, whole_up
from rating.terms import WHOLE_E4

THOUSAND_DOLLARS = 100_000
PERCENT_E4 = 10_000


def refuse_ageless(asked: Asked, reasons: Reasons) -> None:
    """BIRTH_DATE_REQUIRED where the amount depends on an age that is unknown; one declined is nothing at any age."""
    by_age = Feature.REDUCED | Feature.GUARANTEED_BY_AGE
    if asked.has(by_age):
        is_ageless = asked.where(by_age) & (asked.age < 0)
        if asked.has(Feature.ELECTED) and is_ageless.any():
            is_ageless &= ~(asked.where(Feature.ELECTED) & (asked.selection.elected_cents == 0))
        reasons.refuse(is_ageless, Issue.BIRTH_DATE_REQUIRED)


def rounded(amount: Longs, divisor: int, scale: int, rounding: Bytes) -> Longs:
    """Amount / divisor cents rounded by each row's own rule, stated in 1/scale cents; unrounded as it is."""
    up = whole_up(amount, divisor, THOUSAND_DOLLARS) * scale
    if (rounding == VolumeRounding.UP_1000).all():
        return up
    nearest = whole_nearest(amount, divisor, THOUSAND_DOLLARS) * scale
    exact = amount if divisor == scale else amount // (divisor // scale)
    return np.where(
        rounding == VolumeRounding.UP_1000, up, np.where(rounding == VolumeRounding.NEAREST_1000, nearest, exact)
    )


def reduced(asked: Asked, held: Longs, if_approved: Longs | None, scale: int, reasons: Reasons) -> Benefit:
    """What age leaves of the amount in force and of the part that waits, and the reason where nothing is left."""
    left = None
    if asked.has(Feature.REDUCED):
        left = left_at_age(asked, Feature.REDUCED, asked.selection.offers.reduction)
        asked.note("age", asked.age)
        asked.note("percent_left", left, PERCENT_E4)
        left = None if (left == WHOLE_E4).all() else left
    amount = _left_over(asked, held, left, scale)
    for numerator in amount.numerators:
        reasons.without_amount(numerator)
    if if_approved is None:
        return Benefit(amount, reasons.issue, reasons.zero)
    most = np.maximum(if_approved, held)  # a row with an issue holds nothing
    pending = nearest_cent(_left_over(asked, most, left, scale)) - nearest_cent(amount)
    if reasons.issue is not None:
        pending = np.where(reasons.issue == Issue.NONE, pending, NONE)
    return Benefit(amount, reasons.issue, reasons.zero, pending)


def _left_over(asked: Asked, amount: Longs, left: Longs | None, scale: int) -> Ratio:
    """The part of an original amount that age leaves, rounded as amounts of the plan are, and never more than it."""
    if left is None:
        return Ratio((amount,), (scale,))
    rounding = asked.rounding
    is_exact = rounding == VolumeRounding.NONE
    # Percent x cents fits in 64 bits, percent x 1/10,000 cents may not. So the part of a cent that a cap by pay leaves
    # comes after: whatever is left of it takes an amount up past a whole thousand, and never on to the nearest.
    of_cents = amount // scale * left
    if scale > 1:
        of_parts = amount % scale * left
        of_cents += np.where(rounding == VolumeRounding.UP_1000, -(-of_parts // scale), of_parts // scale)
    again = np.minimum(rounded(of_cents, WHOLE_E4, scale, rounding), amount)
    again = np.where(left == WHOLE_E4, amount, again)  # what is not reduced is not rounded again either
    if not is_exact.any():
        return Ratio((again,), (scale,))
    by = np.where(is_exact, left, WHOLE_E4)
    return Ratio((np.where(is_exact, amount, again), by), (scale * WHOLE_E4,))


def left_at_age(asked: Asked, feature: Feature, schedule: Ints) -> Longs:
    """Percent x 10,000 that a schedule leaves of an amount at each age; all of it where there is no schedule."""
    is_asked = asked.where(feature)
    place = schedule.take(asked.offer).astype(np.intp) * (LAST_AGE + 1) + np.maximum(asked.age, 0)
    left = asked.selection.facts.terms.reduction_left_e4.take(np.where(is_asked, place, 0))
    return np.where(is_asked, left, WHOLE_E4)
