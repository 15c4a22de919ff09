"""Odd cells and files of real exports: pay by the hour, pay of 0, split totals, workbooks that unpack to too much."""

import io
import zipfile

import polars as pl
import pytest

from services.intake import values
from services.intake.workbooks import MAX_UNPACKED

HEAD = "First Name,Last Name,Relationship,Birth Date"
ANN = "Ann,Ash,Self,1980-01-02"


def test_three_decimals_of_pay_by_the_hour_are_decimals(landed) -> None:
    """18.125 x 2,080 hours = 37,700.00; behind a comma three digits stay unclear."""
    got = landed(f"{HEAD},Hourly Rate\n{ANN},18.125\n")
    assert got.column("annual_salary_cents") == [3_770_000]
    assert landed(f'{HEAD},Hourly Rate\n{ANN},"18,125"\n').codes() == [(2, "not_money")]
    assert landed(f"{HEAD},Annual Salary\n{ANN},18.125\n").codes() == [(2, "not_money")]
    assert landed(f'{HEAD},Annual Salary\n{ANN},"18,125"\n').column("annual_salary_cents") == [1_812_500]


def test_stated_pay_beats_a_column_of_zeros(landed) -> None:
    """20 x 2,080 hours = 41,600.00; 0 counts where nothing else is stated."""
    got = landed(f"{HEAD},Annual Salary,Hourly Rate\n{ANN},0,20\nBo,Bay,Self,1981-01-02,0,\n")
    assert got.column("annual_salary_cents") == [4_160_000, 0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *[(cell, "Child") for cell in ("Newborn", "Natural Child", "Biological Child", "Adult Child", "Legal Ward")],
        *[(cell, "Child") for cell in ("Child (1)", "Child 2")],
        *[(cell, "Domestic Partner") for cell in ("Registered Domestic Partner", "Dom. Partner")],
        ("Same-Sex Spouse", "Spouse"),
        ("Roommate", None),
        ("Dependents", None),
    ],
)
def test_relationships_in_more_words(cell: str, value: str | None) -> None:
    """Rule 9 of census files: only words without doubt are read."""
    found, bad = values.look_up("relationship", pl.Series([cell]))
    assert (found[0], bad[0]) == (value, value is None)


def test_a_total_over_two_columns_is_nobody(landed) -> None:
    """Rule 2 of census files; a person of that name has a relationship or a birth date."""
    got = landed(f"{HEAD}\n{ANN}\nGrand,Total,,\n")
    assert got.persons.filter(line_number=3)["skip_reason"].to_list() == ["total_row"]
    assert landed(f"{HEAD}\nGrand,Total,Self,1980-01-02\n").column("first_name") == ["Grand"]


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(landed) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(MAX_UNPACKED + 1))
    assert len(packed.getvalue()) < MAX_UNPACKED // 100
    got = landed(packed.getvalue(), name="census.xlsx")
    assert got.fault == "workbook_unpacks_too_large"


def test_a_closing_ctrl_z_is_no_row(landed) -> None:
    got = landed(f"{HEAD}\r\n{ANN}\r\n\x1a")
    assert (got.column("first_name"), got.codes()) == (["Ann"], [])


@pytest.mark.parametrize(
    ("heading", "code"), [("Birth Date", "not_a_date"), ("Annual Salary", "not_money"), ("SSN", "not_an_ssn")]
)
def test_a_look_up_that_failed_is_told(landed, heading: str, code: str) -> None:
    """Rule 9 of census files: never guess in silence; #N/A is refused as #REF! is."""
    for cell in ("#N/A", "#REF!"):
        got = landed(f"First Name,Last Name,Relationship,{heading}\nAnn,Ash,Self,{cell}\n")
        assert got.codes() == [(2, code)]


def test_a_look_up_of_a_termination_that_found_nobody_says_that_there_is_none(landed) -> None:
    got = landed(f"{HEAD},Termination Date\n{ANN},#N/A\n")
    assert (got.codes(), got.column("termination_date")) == ([], [None])


def test_a_failed_formula_is_neither_a_key_nor_a_text(landed) -> None:
    """A look-up of the employee id that failed on every row links nobody: the order of rows does."""
    text = (
        "Employee ID,First Name,Last Name,Relationship,Birth Date,City\n"
        "#N/A,Ann,Ash,Self,1980-01-02,#REF!\n#N/A,Bo,Bay,Self,1981-01-02,Rome\n#N/A,Kid,Bay,Child,2010-01-02,Rome\n"
    )
    got = landed(text)
    assert got.column("primary_person") == [0, 1, 1]
    assert got.column("city") == [None, "Rome", "Rome"]
    assert sorted(got.codes()) == [*[(row, "formula_failed") for row in (2, 2, 3, 4)]]
