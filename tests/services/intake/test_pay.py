"""Which period pay is for: never guessed in silence, since a factor of 26 or of 2,080 hangs on it."""

import pytest

HEAD = "First Name,Last Name,Relationship,Birth Date"


def rows(heading: str, *cells: str) -> str:
    return f"{HEAD},{heading}\n" + "".join(f"A{n},B,Self,1980-01-02,{cell}\n" for n, cell in enumerate(cells))


@pytest.mark.parametrize(
    ("heading", "cents"),
    [
        # 2,000 by the half month 24 times a year, by two weeks 26 times, by the week 52 times, by the month 12 times
        *[(heading, 4_800_000) for heading in ("Salary (Semi-Monthly)", "Semi-Monthly Pay", "Pay (twice a month)")],
        *[(heading, 5_200_000) for heading in ("Salary (Bi-Weekly)", "Biweekly Salary", "Pay (every two weeks)")],
        *[(heading, 10_400_000) for heading in ("Salary (Weekly)", "Weekly Pay", "Weekly Salary")],
        *[(heading, 2_400_000) for heading in ("Salary (Monthly)", "Monthly Pay")],
        *[(heading, None) for heading in ("Salary (per pay period)", "Salary (per paycheck)", "Pay (Bi-Monthly)")],
    ],
)
def test_the_heading_tells_the_period_of_pay(landed, heading: str, cents: int | None) -> None:
    """A period that is none of the calendar is not read: the heading is told as unread."""
    got = landed(rows(heading, "2000"))
    assert (got.column("annual_salary_cents"), got.codes()) == ([cents], [])


@pytest.mark.parametrize(
    "heading",
    [
        "Annual Salary (52 weeks)",
        "Annual Salary (12 months)",
        "Annual Base Salary (2080 hours)",
        "Annual Pay (biweekly)",
    ],
)
def test_a_heading_that_says_annual_means_it(landed, heading: str) -> None:
    """52,000 a year were 2,704,000 (52 times as much) for the word in the bracket."""
    got = landed(rows(heading, "52000"))
    assert (got.column("annual_salary_cents"), got.codes()) == ([5_200_000], [])


def test_hours_of_a_week_in_the_heading_are_no_period_of_pay(landed) -> None:
    assert landed(rows("Salary (40 hours/week)", "52000")).column("annual_salary_cents") == [None]


@pytest.mark.parametrize("heading", ["Hourly Rate", "Salary (Hourly)", "Pay Rate"])
def test_nobody_earns_a_thousand_dollars_an_hour(landed, heading: str) -> None:
    """999.99 x 2,080 = 2,079,979.20; 52,000 an hour would be 108,160,000 a year."""
    got = landed(rows(heading, "999.99", "1000", "52000"))
    assert got.column("annual_salary_cents")[0] == 207_997_920
    assert got.codes() == [(3, "pay_not_of_an_hour"), (4, "pay_not_of_an_hour")]


def test_pay_of_a_year_with_a_mode_of_hours_is_refused(landed) -> None:
    """Payroll writes the pay of a year beside what kind of employee somebody is."""
    assert landed(rows("Base Salary,Pay Type", "52000,Hourly", "52000,Salary")).codes() == [(2, "pay_not_of_an_hour")]
    beside = landed(rows("Annual Salary,Hourly Rate", "52000,52000", "52000,25"))
    assert (beside.codes()[0][1], beside.column("annual_salary_cents")) == ("pay_columns_differ", [5_200_000] * 2)


def test_a_salary_that_may_be_a_years_is_not_multiplied_by_how_often_it_is_paid(landed) -> None:
    """52,000 with Biweekly is 52,000 or 1,352,000; a full year at the minimum wage comes to 15,080."""
    unclear = "pay_period_unclear"
    assert landed(rows("Salary,Pay Frequency", "52000,Biweekly", "48000,Monthly")).codes() == [
        (2, unclear),
        (3, unclear),
    ]
    assert landed(rows("Salary,Pay Frequency", "15000,Weekly")).codes() == [(2, unclear)]
    halves = landed(rows("Salary,Pay Frequency", "2000,Biweekly", "52000,Biweekly"))
    assert halves.codes() == [(2, unclear), (3, unclear)]
    assert landed(rows("Salary,Pay Frequency", "14999.99,Weekly")).codes() == []
    assert landed(rows("Salary,Pay Frequency", "52000,Annual", "25,Hourly")).codes() == []
    annual = landed(rows("Annual Salary,Pay Frequency", "52000,Biweekly"))
    assert (annual.column("annual_salary_cents"), annual.codes()) == ([5_200_000], [(None, "pay_mode_not_applied")])


def test_the_other_rows_tell_the_period_of_one_who_earns_much(landed) -> None:
    """20,000 by two weeks beside 2,000 and 2,500: 520,000 a year. A mode in the cell needs no other rows."""
    got = landed(rows("Salary,Pay Frequency", "2000,Biweekly", "20000,Biweekly", "2500,Biweekly"))
    assert (got.column("annual_salary_cents"), got.codes()) == ([5_200_000, 52_000_000, 6_500_000], [])
    assert landed(rows("Salary", "20000 monthly")).column("annual_salary_cents") == [24_000_000]


def test_pay_of_a_year_that_nobody_lives_on_is_told(landed) -> None:
    got = landed(rows("Salary", "25", "999.99", "1000", "0", "25/hr"))
    assert got.codes() == [(2, "pay_very_low"), (3, "pay_very_low")]
    assert got.column("annual_salary_cents") == [2_500, 99_999, 100_000, 0, 5_200_000]


def test_what_a_pay_rate_is_per_stands_beside_it(landed) -> None:
    """BambooHR writes `52000.00 USD`, `Year`, `Salary`: 52,000; 20 by the hour: 41,600; 1,000 by the week: 52,000."""
    text = rows("Pay Rate,Pay Per,Pay Type", "52000.00 USD,Year,Salary", "20.00 USD,Hour,Hourly", "1000,Week,Salary")
    got = landed(text)
    assert (got.column("annual_salary_cents"), got.codes()) == ([5_200_000, 4_160_000, 5_200_000], [])
    assert landed(rows("Pay Rate,Pay Per", "20,Piece")).codes() == [(2, "unknown_pay_mode")]
    assert landed(rows("Pay Rate,Pay Type", "52000,Salary")).codes() == [(2, "pay_rate_unclear")]


def test_pay_by_the_period_that_nobody_lives_on_is_told_as_well(landed) -> None:
    """20 x 26 = 520 a year, 25 x 12 = 300; 40 x 26 = 1,040 and 100 x 12 = 1,200 are above 1,000."""
    assert landed(rows("Salary,Pay Frequency", "20.00,Biweekly", "40,Biweekly")).codes() == [(2, "pay_very_low")]
    assert landed(rows("Monthly Salary", "25", "100")).codes() == [(2, "pay_very_low")]


@pytest.mark.parametrize(("mode", "cents"), [("26", 5_200_000), ("24", 4_800_000), ("52", 10_400_000)])
def test_a_frequency_may_be_a_number_of_periods(landed, mode: str, cents: int) -> None:
    assert landed(rows("Salary,Pay Frequency", f"2000,{mode}")).column("annual_salary_cents") == [cents]
