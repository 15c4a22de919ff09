"""Columns that state more of a choice than its plan: evidence of insurability, late entrants, original dates."""

from datetime import date

import pytest

from services.intake import Landing

HEAD = "First Name,Last Name,Relationship"


def facts(landing: Landing) -> list[tuple[object, ...]]:
    """Every fact: product type, heading, and its values."""
    return landing.facts.drop("person", "line_number").rows()


def test_each_column_of_a_product_type_states_one_fact(landed) -> None:
    text = (
        f"{HEAD},Supp Life Plan,Supplemental Life EOI Status,Voluntary Life Approved Amount,"
        "Supp Life EOI Effective Date,Supp Life Late Entrant,Supp Life Original Effective Date\n"
        'Ana,Roe,Self,Extra Life,Approved,"$150,000.00",2026-05-01,no,7/1/2019\n'
    )
    got = landed(text).landing
    assert got.faults.is_empty()
    of = "Supplemental Life"
    assert facts(got) == [
        (of, "Supplemental Life EOI Status", "APPROVED", None, None, None, None),
        (of, "Voluntary Life Approved Amount", None, 15_000_000, None, None, None),
        (of, "Supp Life EOI Effective Date", None, None, date(2026, 5, 1), None, None),
        (of, "Supp Life Late Entrant", None, None, None, False, None),
        (of, "Supp Life Original Effective Date", None, None, None, None, date(2019, 7, 1)),
    ]
    assert got.choices["cell"].to_list() == ["Extra Life"]
    assert got.amounts.is_empty()


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("not required", "NOT_REQUIRED"),
        ("Required", "REQUIRED"),
        ("submitted", "SUBMITTED"),
        ("Under Review", "PENDING"),
        ("APPROVED", "APPROVED"),
        ("Denied", "DECLINED"),
        ("withdrawn", "WITHDRAWN"),
        ("expired", "EXPIRED"),
    ],
)
def test_every_state_of_evidence_has_its_spellings(landed, cell: str, status: str) -> None:
    got = landed(f"{HEAD},Life,Life EOI Status\nAna,Roe,Self,Basic,{cell}\n").landing
    assert got.facts["evidence_status"].to_list() == [status]


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("Life EOI Status", "perhaps", "unknown_evidence_status"),
        ("Life Approved Amount", "lots", "not_money"),
        ("Life EOI Approval Date", "31/31/2026", "not_a_date"),
        ("Life Late Entrant", "maybe", "not_a_yes_no"),
        ("Life Original Effective Date", "soon", "not_a_date"),
        ("Life Original Effective Date", "1/1/1900", "date_stands_in"),
    ],
)
def test_a_fact_that_cannot_be_read_is_a_fault_of_its_cell(landed, heading: str, cell: str, code: str) -> None:
    got = landed(f"{HEAD},Life,{heading}\nAna,Roe,Self,Basic,{cell}\nBo,Roe,Self,Basic,n/a\n")
    assert got.codes() == [(2, code)]
    assert got.faults["column_name"].to_list() == [heading]
    assert got.landing.facts.is_empty()


def test_a_file_with_one_plan_a_row_states_facts_without_a_type_of_their_own(landed) -> None:
    head = f"{HEAD},Plan Type,Plan,EOI Status"
    text = f"{head}\nAna,Roe,Self,Life,Basic,Pending\nAna,Roe,Self,Supplemental Life,Extra,Approved\n"
    got = landed(text).landing
    assert [row[:3] for row in facts(got)] == [
        ("Life", "EOI Status", "PENDING"),
        ("Supplemental Life", "EOI Status", "APPROVED"),
    ]
    assert got.facts["person"].to_list() == [0, 0]


@pytest.mark.parametrize(
    ("hours", "rate", "cents"),
    [("37.5", "30.51", 5_949_450), ("40", "25.50", 5_304_000), ("", "25.50", 5_304_000), ("0", "25.50", 0)],
)
def test_an_hourly_rate_counts_the_hours_of_the_week(landed, hours: str, rate: str, cents: int) -> None:
    # 30.51 x 37.5 x 52 = 59,494.50; without hours 40 a week: 25.50 x 2,080 = 53,040.
    got = landed(f"{HEAD},Hourly Rate,Hours Per Week\nAna,Roe,Self,{rate},{hours}\n")
    assert got.faults.is_empty()
    assert got.column("annual_salary_cents") == [cents]


def test_hours_count_for_a_mode_of_hours_alone(landed) -> None:
    got = landed(f"{HEAD},Salary,Pay Frequency,Weekly Hours\nAna,Roe,Self,30,hourly,20\nBo,Roe,Self,1000,weekly,20\n")
    assert got.column("annual_salary_cents") == [3_120_000, 5_200_000]  # 30 x 20 x 52; 1,000 x 52


def test_pay_by_the_week_is_told_by_its_heading(landed) -> None:
    assert landed(f"{HEAD},Salary (Weekly)\nAna,Roe,Self,1220.19\n").column("annual_salary_cents") == [6_344_988]


def test_hours_are_not_asked_for_where_pay_is_not_hourly(landed) -> None:
    got = landed(f"{HEAD},Annual Salary,Hours Per Week\nAna,Roe,Self,52000,2080\n")
    assert got.faults.is_empty()
    assert got.column("annual_salary_cents") == [5_200_000]


@pytest.mark.parametrize(
    ("cell", "code"), [("169", "hours_out_of_range"), ("-1", "hours_out_of_range"), ("x", "not_a_number")]
)
def test_hours_that_no_week_has_are_a_fault(landed, cell: str, code: str) -> None:
    assert landed(f"{HEAD},Hourly Rate,Hours Per Week\nAna,Roe,Self,20,{cell}\n").codes() == [(2, code)]


@pytest.mark.parametrize(
    ("heading", "cell", "continuation"),
    [
        ("COBRA", "Y", "COBRA"),
        ("COBRA Status", "COBRA disability", "COBRA_DISABILITY"),
        ("Continuation", "no", "ACTIVE"),
        ("Status", "COBRA", "COBRA"),
        ("Status", "Full-Time", "ACTIVE"),
        ("Status", "Terminated", None),
        ("COBRA", "", None),
    ],
)
def test_continued_cover_is_told_by_a_column_or_by_the_status(
    landed, heading: str, cell: str, continuation: str | None
) -> None:
    assert landed(f"{HEAD},{heading}\nAna,Roe,Self,{cell}\n").column("continuation") == [continuation]
