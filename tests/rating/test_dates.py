"""Ages on both sides of every birthday, months in a term, days of a span."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.codes import AgeBasis
from rating.dates import ages_on, days_between, months_between
from tests.rating.builders import days


def test_age_changes_on_the_birthday_itself() -> None:
    on = days("2026-06-14", "2026-06-15", "2026-06-16", "2026-12-31", "2027-06-14")
    assert ages_on(days(*["1986-06-15"] * 5), on).tolist() == [39, 40, 40, 40, 40]


def test_a_birthday_on_29_february_is_kept_on_1_march_of_a_common_year() -> None:
    on = days("2026-02-28", "2026-03-01", "2028-02-28", "2028-02-29", "2028-03-01")
    assert ages_on(days(*["2004-02-29"] * 5), on).tolist() == [21, 22, 23, 24, 24]
    assert ages_on(days(*["2004-02-29"] * 5), on, AgeBasis.YEAR_ONLY).tolist() == [22, 22, 24, 24, 24]


def test_nearest_birthday_changes_half_way_between_two() -> None:
    # 2025-07-01 to 2026-07-01 is 365 days: 182 after the one, 183 before the other on 2025-12-30.
    on = days("2025-12-30", "2025-12-31", "2026-07-01", "2026-12-30", "2026-12-31")
    assert ages_on(days(*["1990-07-01"] * 5), on, AgeBasis.NEAREST_BIRTHDAY).tolist() == [35, 36, 36, 36, 37]


def test_exactly_half_way_counts_as_the_later_birthday() -> None:
    # 2027-09-01 to 2028-09-01 is 366 days; 183 days after the first is 2028-03-02.
    on = days("2028-03-01", "2028-03-02")
    assert ages_on(days("2000-09-01", "2000-09-01"), on, AgeBasis.NEAREST_BIRTHDAY).tolist() == [27, 28]


def test_unknown_births_have_no_age_and_the_unborn_are_nought() -> None:
    births = days(None, "2026-06-01", "1880-01-01")
    assert ages_on(births, days(*["2026-01-01"] * 3)).tolist() == [-1, 0, 126]


@given(
    st.lists(
        st.tuples(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 1), date(2060, 1, 1))),
        min_size=2,
    )
)
def test_ages_agree_with_the_calendar(pairs: list[tuple[date, date]]) -> None:
    def age(born: date, on: date) -> int:
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

    births, on = days(*(str(b) for b, _ in pairs)), days(*(str(o) for _, o in pairs))
    assert ages_on(births, on).tolist() == [min(age(b, o), 126) for b, o in pairs]
    years = [min(o.year - b.year, 126) for b, o in pairs]
    assert ages_on(births, on, AgeBasis.YEAR_ONLY).tolist() == years


@given(
    st.lists(
        st.tuples(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.dates(date(2026, 1, 1), date(2060, 1, 1))),
        min_size=2,
    )
)
def test_nearest_birthday_agrees_with_counting_days(pairs: list[tuple[date, date]]) -> None:
    def birthday(born: date, year: int) -> date:
        try:
            return born.replace(year=year)
        except ValueError:
            return date(year, 3, 1)

    def nearest(born: date, on: date) -> int:
        near = range(on.year - 1, on.year + 2)
        return max(near, key=lambda year: (-abs(on - birthday(born, year)) // timedelta(1), year)) - born.year

    births, on = days(*(str(b) for b, _ in pairs)), days(*(str(o) for _, o in pairs))
    assert ages_on(births, on, AgeBasis.NEAREST_BIRTHDAY).tolist() == [min(nearest(b, o), 126) for b, o in pairs]


@pytest.mark.rule("PR-5")
def test_months_in_a_term_are_whole_months_and_a_part_of_the_next() -> None:
    cases = [
        ("2026-01-01", "2027-01-01", 12, 1),
        ("2026-01-10", "2027-01-10", 12, 1),
        ("2026-01-01", "2028-01-01", 24, 1),
        ("2026-01-01", "2026-03-15", 2 * 31 + 14, 31),  # 14 of the 31 days of March
        ("2026-01-31", "2026-03-01", 29, 28),  # to 28 February, then 1 of its 28 days
        ("2026-02-10", "2026-02-20", 10, 28),
        ("2024-02-29", "2025-02-28", 12, 1),  # the last day of a shorter month
    ]
    starts, ends, numerators, denominators = zip(*cases, strict=True)
    months, parts = months_between(days(*starts), days(*ends))
    assert months.tolist() == list(numerators)
    assert parts.tolist() == list(denominators)


def test_days_are_counted_half_open_and_never_below_nought() -> None:
    spans = days_between(days("2026-01-01", "2026-05-01", "2024-01-01"), days("2027-01-01", "2026-04-30", "2025-01-01"))
    assert spans.tolist() == [365, 0, 366]
    assert spans.dtype == np.int64
