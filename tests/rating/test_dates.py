"""Ages on both sides of every birthday, months in a term, days of a span."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.age_rules import age_dates, age_out
from rating.codes import NONE, AgeBasis, AgeDate, AgeOut
from rating.dates import ages_on, anniversaries, months_between, whole_months
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


def test_completed_months_end_with_a_month_that_is_too_short_as_months_of_a_term_do() -> None:
    """31 August and six months is 28 February: PR-5 counts the same span as six whole months."""
    first = days("2025-08-31", "2025-08-31", "2024-02-29", "2024-02-29", "2025-01-15", "2026-03-01")
    last = days("2026-02-27", "2026-02-28", "2025-02-27", "2025-02-28", "2025-02-14", "2026-01-01")
    made = whole_months(first.view(np.int64), last.view(np.int64))
    assert made.tolist() == [5, 6, 11, 12, 0, 0]
    months, parts = months_between(first[:5], last[:5])
    assert (months // parts).tolist() == made[:5].tolist()


def taken(setting: AgeDate, on: str, *, start: str = "2025-04-01", issued: str | None = None, added: str | None = None):
    """The age date of one row among others of another setting."""
    rules = np.array([AgeDate.JAN_1, setting, AgeDate.JAN_1], np.int8)
    made = age_dates(rules, days(*[start] * 3), days(*[on] * 3), days(*[issued] * 3), days(*[added] * 3))
    assert str(made[0]) == str(made[2]) == f"{on[:4]}-01-01"
    return str(made[1])


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2025-04-01", "2025-04-01"),
        ("2026-03-31", "2025-04-01"),
        ("2026-04-01", "2026-04-01"),
        ("2027-12-31", "2027-04-01"),
        ("2025-03-31", "2025-04-01"),
        ("2019-01-01", "2025-04-01"),
    ],
)
def test_the_plan_anniversary_is_the_last_one_on_or_before_the_day(on: str, expected: str) -> None:
    assert taken(AgeDate.PLAN_ANNIVERSARY, on) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2025-02-27", "2024-02-29"),
        ("2025-02-28", "2025-02-28"),
        ("2028-02-28", "2027-02-28"),
        ("2028-02-29", "2028-02-29"),
    ],
)
def test_a_term_from_29_february_has_its_anniversary_on_the_last_day_of_february(on: str, expected: str) -> None:
    assert str(anniversaries(days("2024-02-29"), days(on))[0]) == expected
    assert taken(AgeDate.PLAN_ANNIVERSARY, on, start="2024-02-29") == expected


def test_an_age_taken_at_issue_is_locked_while_the_product_is_kept() -> None:
    # Born 15 June 1986, first held on 1 July 2019 at 33: 33 in every later term, and without an issue date as of today.
    first = taken(AgeDate.ISSUE, "2025-04-01", issued="2019-07-01")
    renewed = taken(AgeDate.ISSUE, "2026-04-01", start="2026-04-01", issued="2019-07-01")
    assert (first, renewed) == ("2019-07-01", "2019-07-01")
    assert ages_on(days("1986-06-15"), days(renewed)).tolist() == [33]
    assert taken(AgeDate.ISSUE, "2026-04-01") == "2026-04-01"


@pytest.mark.parametrize(
    ("on", "age"), [("2026-03-01", 39), ("2026-03-31", 39), ("2026-04-01", 40), ("2026-04-30", 40)]
)
def test_an_attained_age_is_in_force_from_the_first_of_the_month_on_or_after_the_birthday(on: str, age: int) -> None:
    # 40 on 16 March 2026: in force on 1 April; a birthday on the first counts at once.
    assert ages_on(days("1986-03-16"), days(taken(AgeDate.ATTAINED, on))).tolist() == [age]
    assert ages_on(days("1986-03-01"), days(taken(AgeDate.ATTAINED, on))).tolist() == [40]


def test_the_first_of_january_and_the_end_of_the_tax_year_are_of_the_year_of_the_day() -> None:
    assert taken(AgeDate.JAN_1, "2026-01-01") == taken(AgeDate.JAN_1, "2026-12-31") == "2026-01-01"
    assert taken(AgeDate.TAX_YEAR_END, "2026-01-01") == taken(AgeDate.TAX_YEAR_END, "2026-12-31") == "2026-12-31"


@pytest.mark.parametrize(
    ("on", "added", "expected"),
    [
        ("2025-09-01", "2025-09-01", "2025-09-01"),
        ("2026-03-31", "2025-09-01", "2025-09-01"),
        ("2026-04-01", "2025-09-01", "2026-04-01"),
        ("2026-03-31", "2025-04-01", "2025-04-01"),
        ("2026-03-31", "2020-01-01", "2025-04-01"),
        ("2026-03-31", None, "2025-04-01"),
    ],
)
def test_a_person_added_within_the_year_keeps_the_age_of_that_day_until_the_next_anniversary(
    on: str, added: str | None, expected: str
) -> None:
    assert taken(AgeDate.ANNIVERSARY_OR_ADDED, on, added=added) == expected


def gone(born: str | None, rule: AgeOut, limit: int = 26, *, is_disabled: bool = False) -> str:
    """The last covered day of one child among others without a limit."""
    births, limits = days("1990-01-01", born, "1990-01-01"), np.array([NONE, limit, NONE], np.int16)
    exempt = np.array([False, is_disabled, False])
    made = age_out(births, limits, np.full(3, rule, np.int8), exempt)
    assert np.isnat(made[[0, 2]]).all()
    return str(made[1])


def test_a_child_leaves_on_the_birthday_with_its_month_or_with_its_year() -> None:
    assert gone("2000-03-16", AgeOut.BIRTHDAY) == "2026-03-16"
    assert gone("2000-03-16", AgeOut.MONTH_END) == gone("2000-03-31", AgeOut.MONTH_END) == "2026-03-31"
    assert gone("2000-04-01", AgeOut.MONTH_END) == "2026-04-30"
    assert gone("2000-03-16", AgeOut.YEAR_END) == gone("2000-12-31", AgeOut.YEAR_END) == "2026-12-31"
    assert gone("2000-12-31", AgeOut.MONTH_END) == "2026-12-31"
    assert gone("2000-03-16", AgeOut.MONTH_END, 19) == "2019-03-31"


def test_a_child_of_29_february_leaves_with_march_of_a_common_year() -> None:
    assert gone("2000-02-29", AgeOut.BIRTHDAY) == "2026-03-01"
    assert gone("2000-02-29", AgeOut.MONTH_END) == "2026-03-31"
    assert gone("2000-02-29", AgeOut.MONTH_END, 24) == "2024-02-29"


def test_disabled_children_those_of_unknown_birth_and_plans_without_a_limit_end_no_cover() -> None:
    assert gone("2000-03-16", AgeOut.MONTH_END, is_disabled=True) == "NaT"
    assert gone(None, AgeOut.MONTH_END) == "NaT"
    assert gone("2000-03-16", AgeOut.MONTH_END, NONE) == "NaT"
