"""The day that stated amounts were prorated from, read off the amounts (RA-18)."""

from datetime import date

import polars as pl
import pytest

from services.enrollment.stated import STATED, day_of

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def stated(*amounts: tuple[str, int, int]) -> pl.DataFrame:
    """Members, each with what a coverage costs the term and what it costs from a day on, in cents."""
    rows = [
        {"group_census_member_id": member, "standard_cents": standard, "prorated_cents": prorated}
        for member, standard, prorated in amounts
    ]
    return pl.DataFrame(rows, schema=STATED)


@pytest.mark.rule("RA-18")
@pytest.mark.parametrize("amounts", [((50, 36), (540_000, 384_658)), ((540_000, 384_658), (50, 36))])
def test_the_greatest_premium_of_a_member_tells_the_day(amounts: tuple[tuple[int, int], ...]) -> None:
    # From 16 April 260 of 365 days are left: of 5,400.00 that is 3,846.575..., of 0.50 it is 0.356...; from 0.36 alone
    # it would seem to be 263 days.
    assert day_of(stated(*(("M1", *each) for each in amounts)), *YEAR) == date(2026, 4, 16)


@pytest.mark.rule("RA-18")
def test_a_whole_term_begins_with_it_and_members_of_different_days_have_no_day_in_common() -> None:
    assert day_of(stated(("M1", 540_000, 540_000)), *YEAR) == YEAR[0]
    assert day_of(stated(("M1", 540_000, 1_479)), *YEAR) == YEAR[1]  # one day: 5,400.00 / 365 = 14.794...
    assert day_of(stated(("M1", 540_000, 384_658), ("M2", 540_000, 540_000)), *YEAR) is None
    assert day_of(stated(("M1", 540_000, 600_000)), *YEAR) is None  # more than the term has days for
    assert day_of(stated(("M1", 0, 0)), *YEAR) is None
