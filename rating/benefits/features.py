"""What the benefit of each offer asks for, as bits: told once per run, so that a rare rule costs nothing elsewhere.

What lives here: `Feature` and the bits of every offer. What does not: the rules the bits stand for
(`rating.benefits.volume`, `rating.benefits.evidence`, `rating.benefits.employee_limit`).
"""

from enum import IntFlag

import numpy as np

from rating.arrays import Bytes, Shorts
from rating.batch import Offers
from rating.codes import NONE, AgeDate, ReductionDate, VolumeRounding


class Feature(IntFlag):
    """One of the first three, and any of the others."""

    ELECTED = 1
    FLAT = 2
    BY_PAY = 4
    INCREMENT = 8
    ROUNDED = 16
    MINIMUM = 32
    MAXIMUM = 64
    PAY_CAP = 128
    EMPLOYEE_CAP = 256
    GUARANTEED = 512
    GUARANTEED_BY_AGE = 1024
    REDUCED = 2048
    OWN_AGE = 4096
    """Ages of the reduction are taken on another day than those of the rate table."""


VOLUME_METHODS = ("supplemental_life", "volume", "worksite")
"""Methods that multiply an insured amount."""

RAW = Feature.ELECTED | Feature.FLAT | Feature.BY_PAY


def features_of(offers: Offers, age_date: Bytes) -> Shorts:
    """The bits of each offer, (n_offers,); `age_date` is the setting of its rate table."""
    by_pay = offers.multiple_e4 >= 0
    is_flat = ~by_pay & (offers.flat_cents >= 0)
    is_reduced = (offers.reduction >= 0) | (offers.guaranteed_reduction >= 0)
    is_other_day = (offers.reduction_date != ReductionDate.PLAN_ANNIVERSARY) | (age_date != AgeDate.PLAN_ANNIVERSARY)
    bits = np.zeros(len(offers), np.int16)
    for feature, is_asked in (
        (Feature.ELECTED, ~by_pay & ~is_flat),
        (Feature.FLAT, is_flat),
        (Feature.BY_PAY, by_pay),
        (Feature.INCREMENT, offers.increment_cents > 0),
        (Feature.ROUNDED, offers.volume_rounding != VolumeRounding.NONE),
        (Feature.MINIMUM, offers.minimum_cents > 0),
        (Feature.MAXIMUM, offers.maximum_cents != NONE),
        (Feature.PAY_CAP, offers.pay_multiple_cap_e4 != NONE),
        (Feature.EMPLOYEE_CAP, offers.employee_percent_cap_e4 != NONE),
        (Feature.GUARANTEED, offers.guaranteed_cents != NONE),
        (Feature.GUARANTEED_BY_AGE, (offers.guaranteed_cents != NONE) & (offers.guaranteed_reduction != NONE)),
        (Feature.REDUCED, offers.reduction != NONE),
        (Feature.OWN_AGE, is_reduced & is_other_day),
    ):
        if is_asked.any():
            bits += np.multiply(is_asked, np.int16(feature))
    return bits
