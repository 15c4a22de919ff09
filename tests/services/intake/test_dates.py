"""Dates: every shape, decided per column of a file from all its values."""

import pytest


def born(landed, *cells: str, relationship: str = "EE"):
    lines = "".join(f'P{n},Q,{relationship},"{cell}"\n' for n, cell in enumerate(cells))
    got = landed(f"First Name,Last Name,Relationship,DOB\n{lines}")
    return [str(day) if day else None for day in got.column("birth_date")], [code for _, code in got.codes()]


@pytest.mark.parametrize(
    "cell",
    [
        "1980-12-05", "1980/12/05", "12/05/1980", "12-05-1980", "12/5/1980", "19801205", "05-Dec-1980", "5-Dec-1980", "05 Dec 1980",  # noqa: E501
        "Dec 5, 1980", "December 5, 1980", "1980-12-5", "1980-12-05 00:00:00", "1980-12-05T00:00:00Z", "1980-12-05T04:12:09.000Z",  # noqa: E501
        "19801205 04:12:09 PM", "12/05/1980 12:00 AM", "29560", "29560.0", "12.05.1980", "1980.12.05", "12051980",
    ],
)  # fmt: skip
def test_every_shape_seen_is_read(landed, cell: str) -> None:
    """29,560 days after 1899-12-30 is 1980-12-05. A second cell proves month first, where that is open."""
    days, codes = born(landed, cell, "12/25/1980")
    assert days == ["1980-12-05", "1980-12-25"]
    assert codes == []


@pytest.mark.parametrize(
    ("cell", "day"), [("1988/9/5", "1988-09-05"), ("1981-9-9", "1981-09-09"), ("2/29/2000", "2000-02-29")]
)
def test_unpadded_dates_are_read(landed, cell: str, day: str) -> None:
    assert born(landed, cell, "12/25/1980")[0][0] == day


def test_without_proof_separated_dates_are_month_first_and_the_column_is_warned_of(landed) -> None:
    assert born(landed, "03/04/1985") == (["1985-03-04"], ["month_first_assumed"])
    assert born(landed, "03/03/1985") == (["1985-03-03"], [])


def test_one_day_over_twelve_proves_day_first_for_the_whole_column(landed) -> None:
    both = ["03/04/1985", "25/12/1980"]
    assert born(landed, *both) == (["1985-04-03", "1980-12-25"], ["day_first_taken"])
    assert born(landed, *both, "26/12/1980")[1] == []  # two are no slip of the pen
    assert born(landed, "25/12/1980", "12/12/1985")[1] == []  # and this one is the same either way


def test_a_column_with_both_proofs_leaves_open_dates_ambiguous(landed) -> None:
    days, codes = born(landed, "03/04/1985", "25/12/1980", "12/25/1980")
    assert days == [None, "1980-12-25", "1980-12-25"]
    assert codes == ["ambiguous_date"]


def test_the_order_is_decided_per_file(landed_together) -> None:
    head = "First Name,Last Name,DOB\n"
    got = landed_together(
        ("a", head + "A,B,03/04/1985\nC,D,25/12/1980\n"), ("b", head + "A,B,03/04/1985\nC,D,12/25/1980\n")
    )
    assert [str(day) for day in got.column("birth_date")] == ["1985-04-03", "1980-12-25", "1985-03-04", "1980-12-25"]


def test_the_order_is_decided_per_column(landed) -> None:
    got = landed("First Name,Last Name,DOB,Hire Date\nA,B,25/12/1980,03/14/2020\nC,D,03/04/1985,03/04/2021\n")
    assert [str(day) for day in got.column("birth_date")] == ["1980-12-25", "1985-04-03"]
    assert [str(day) for day in got.column("join_date")] == ["2020-03-14", "2021-03-04"]


def test_eight_digits_are_read_by_the_proof_of_their_column(landed) -> None:
    assert born(landed, "19801205", "19790101") == (["1980-12-05", "1979-01-01"], [])
    assert born(landed, "12251980", "03041985") == (["1980-12-25", "1985-03-04"], [])
    assert born(landed, "25121980", "03041985") == (["1980-12-25", "1985-04-03"], ["day_first_taken"])


def test_eight_digits_without_proof_are_ambiguous(landed) -> None:
    assert born(landed, "03041985") == ([None], ["ambiguous_date"])
    assert born(landed, "10111012") == ([None], ["ambiguous_date"])


def test_two_digit_years_turn_on_the_role_of_the_person(landed) -> None:
    assert born(landed, "12/25/61") == (["1961-12-25"], ["century_assumed"])
    assert born(landed, "12/25/24", relationship="CH") == (["2024-12-25"], ["century_assumed"])
    assert born(landed, "12/25/24") == (["1924-12-25"], ["century_assumed"])
    assert born(landed, "12-25-80") == (["1980-12-25"], ["century_assumed"])
    got = landed("First Name,Last Name,Hire Date\nA,B,12/25/24\nC,D,12/25/98\n")
    assert [str(day) for day in got.column("join_date")] == ["2024-12-25", "1998-12-25"]


@pytest.mark.parametrize("cell", ["9999-12-31", "12/31/9999", "99991231"])
def test_the_end_of_time_is_open(landed, cell: str) -> None:
    got = landed(f"First Name,Last Name,Termination Date\nA,B,{cell}\nC,D,2026-02-28\n")
    assert [str(day) if day else None for day in got.column("termination_date")] == [None, "2026-02-28"]
    assert got.faults.is_empty()


@pytest.mark.parametrize(
    "cell", ["31 of May", "1979-02-30", "13/13/1980", "1980", "0212-01-05", "yesterday", "=TODAY()", "198012"]
)
def test_what_is_no_date_is_coded_and_null(landed, cell: str) -> None:
    assert born(landed, cell) == ([None], ["not_a_date"])


@pytest.mark.parametrize("cell", ["1850-03-09", "2150-06-01", "03/29/1850"])
def test_dates_that_make_no_sense_are_still_dates(landed, cell: str) -> None:
    days, codes = born(landed, cell)
    assert days[0] is not None
    assert codes == []


@pytest.mark.parametrize("cell", ["n/a", "-", "N/A", "none", "null"])
def test_cells_that_say_nothing_are_blank(landed, cell: str) -> None:
    assert born(landed, cell) == ([None], [])


def test_a_day_month_and_year_without_its_leading_zero(landed) -> None:
    assert born(landed, "1251980", "12251981")[0] == ["1980-01-25", "1981-12-25"]


@pytest.mark.rule("CM-15")
@pytest.mark.parametrize("cell", ["1900-01-01", "1/1/1900", "1/1/1901", "1906-01-01", "9999-12-31", "12/31/9999"])
def test_a_date_that_stands_in_for_a_birth_date_is_left_out_and_told(landed, cell: str) -> None:
    """On 2026-01-01 nobody is 120 years old; a file without the date would be priced as the oldest band."""
    got = landed(f"First Name,Last Name,DOB\nA,B,{cell}\nC,D,1980-05-31\n")
    assert (got.column("birth_date")[0], got.codes()) == (None, [(2, "birth_date_stands_in")])
    assert got.faults.select("severity", "raw_value").row(0) == ("warning", cell)


@pytest.mark.rule("CM-15")
@pytest.mark.parametrize("cell", ["1900-01-02", "1907-01-01", "1899-12-31", "1850-01-01"])
def test_other_early_birth_dates_are_left_to_the_rules(landed, cell: str) -> None:
    got = landed(f"First Name,Last Name,DOB\nA,B,{cell}\n")
    assert (str(got.column("birth_date")[0]), got.codes()) == (cell, [])


@pytest.mark.parametrize("heading", ["Hire Date", "Termination Date", "Coverage Start Date", "Coverage End Date"])
@pytest.mark.parametrize(
    "cell",
    ["1900-01-01", "1/1/1900", "1899-12-30", "12/31/1899", "1/0/1900", "1/0/00", "0", "0.0", "00/00/0000", "00000000",
     "0000-00-00", "1/1/0001", "0001-01-01 00:00:00"],
)  # fmt: skip
def test_a_date_that_stands_in_for_none_is_left_out_and_told(landed, heading: str, cell: str) -> None:
    """Whoever left in 1900 would have no cover, and nobody would see why. The cell beside it is read as it stands."""
    got = landed(f"First Name,Last Name,{heading}\nA,B,{cell}\nC,D,1900-01-02\n")
    field = {"Hire": "join", "Termination": "termination"}.get(heading.split()[0])
    column = f"{field}_date" if field else f"policy_{heading.split()[1].lower()}_date"
    assert [str(day) if day else None for day in got.column(column)] == [None, "1900-01-02"]
    assert got.codes() == [(2, "date_stands_in")]
    assert got.faults.select("severity", "raw_value").row(0) == ("warning", cell)


def test_a_date_that_stands_in_for_none_proves_no_order(landed) -> None:
    """12/31/1899 is written by a program; 13/02/2020 and 14/03/2020 have their day first."""
    cells = ("12/31/1899", "13/02/2020", "14/03/2020", "03/04/2020")
    got = landed("First Name,Last Name,Hire Date\n" + "".join(f"A{n},B,{cell}\n" for n, cell in enumerate(cells)))
    assert [str(day) for day in got.column("join_date")] == ["None", "2020-02-13", "2020-03-14", "2020-04-03"]
    assert got.codes() == [(2, "date_stands_in")]


@pytest.mark.parametrize("cell", ["00/00/0000", "0", "1/0/1900"])
def test_noughts_stand_in_for_a_birth_date_too(landed, cell: str) -> None:
    assert born(landed, cell, "1980-05-31") == ([None, "1980-05-31"], ["birth_date_stands_in"])


@pytest.mark.parametrize("cell", ["Sunday, November 22, 2015", "Sun Nov 22, 2015", "sun, 22-Nov-2015"])
def test_the_day_of_the_week_before_a_date_is_passed_over(landed, cell: str) -> None:
    assert born(landed, cell) == (["2015-11-22"], [])


@pytest.mark.parametrize("cell", ["n/a", "-", ""])
def test_a_blank_birth_date_stands_in_for_nothing(landed, cell: str) -> None:
    assert landed(f"First Name,Last Name,DOB\nA,B,{cell}\n").codes() == []
