"""An employee's share over pay periods: equal parts, the remainder in the last, to the cent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.deductions import PERIODS, deductions


def parts(share: int, periods: int) -> tuple[int, int]:
    """Each and last of one share."""
    each, last = deductions(np.array([share], np.int64), periods)
    return int(each[0]), int(last[0])


@pytest.mark.parametrize(
    ("share", "periods", "each", "last"),
    [
        (120_000, 12, 10_000, 10_000),
        (100_000, 12, 8_333, 8_337),  # 83.333...; 11 x 83.33 = 916.63
        (100_000, 24, 4_167, 4_159),  # 41.666...; 23 x 41.67 = 958.41
        (100_000, 26, 3_846, 3_850),  # 38.4615...; 25 x 38.46 = 961.50
        (100_000, 52, 1_923, 1_927),  # 19.2307...; 51 x 19.23 = 980.73
        (6, 12, 0, 6),  # half a cent goes up, and 11 cents are more than there are: parts are cut down
        (10, 12, 0, 10),
        (11, 12, 1, 0),  # 11 parts of a cent are just what there is
        (12, 12, 1, 1),
        (5, 12, 0, 5),  # 0.4166 of a cent goes down
        (26, 52, 0, 26),
        (0, 26, 0, 0),
        (1, 52, 0, 1),
    ],
)
def test_each_part_is_rounded_half_up_and_the_last_takes_the_remainder(
    share: int, periods: int, each: int, last: int
) -> None:
    assert parts(share, periods) == (each, last)


@given(st.lists(st.integers(0, 2 * 10**11), max_size=20), st.sampled_from(PERIODS))
def test_parts_add_up_to_the_share_and_none_is_negative(shares: list[int], periods: int) -> None:
    each, last = deductions(np.array(shares, np.int64), periods)
    assert (each * (periods - 1) + last).tolist() == shares
    assert (each >= 0).all()
    assert (last >= 0).all()
    # No part is further from an equal part than half a cent, or a whole one where it had to be cut down.
    assert all(abs(periods * part - share) < periods for part, share in zip(each.tolist(), shares, strict=True))


@pytest.mark.parametrize("periods", [0, 1, 13, 25, 53])
def test_a_term_has_no_other_number_of_pay_periods(periods: int) -> None:
    with pytest.raises(ValueError, match="12, 24, 26, 52"):
        parts(100, periods)


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(ValueError, match="never negative"):
        parts(-1, 12)
