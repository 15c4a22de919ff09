"""Headings of brokers' and carriers' census templates: read where they are plain, left unread where they are not."""

import io
import json

import pytest
import xlsxwriter

from services.intake.headings import meaning_of

HEAD = "First Name,Last Name,DOB"


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *[
            ("Tax ID (SSN)", "ssn"),
            ("EE #", "employee_key"),
            ("EE No.", "employee_key"),
            ("Emp ID No.", "employee_key"),
        ],
        *[("Hours", "hours_per_week"), ("Hrs", "hours_per_week"), ("Hrs Worked/Wk", "hours_per_week")],
        *[("Emp/Spouse/Child", "relationship"), ("Subscriber/Dependent", "relationship"), ("Emp/Dep", "relationship")],
        *[("Compensation Amount", "annual_salary"), ("Benefit Salary", "annual_salary"), ("Pay Per", "pay_per")],
        *[("Compensation Type", "pay_mode"), ("Active/COBRA/Retiree", "status"), ("Gender / Sex (Self-ID)", "gender")],
        *[("Home address zip", "postal_code"), ("Home address state", "state"), ("Worker Name", "full_name")],
        *[("Spouse's DOB", "birth_date"), ("Employee's First Name", "first_name")],
        *[("COBRA Y/N", "continuation"), ("STD - Yes/No", "plan"), ("Relation to EE", "relationship")],
        *[("Dep. Status", "tier"), ("Emp/Dep Name", "full_name"), ("Person Birth Date", "birth_date")],
        *[("Subscriber/Dependent Relationship", "relationship"), ("Disabled Dependent (Y/N)", "is_disabled")],
        *[("Medical Plan Elected", "plan"), ("Vol Life EE Amt", "amount"), ("Medical Plan Tier", "tier")],
    ],
)
def test_everyday_headings_are_read(heading: str, field: str) -> None:
    found = meaning_of(heading)
    assert found is not None and found.field == field


@pytest.mark.parametrize(
    "heading",
    [
        *["Tax ID", "EE", "Child(ren)", "Dep(s)", "#", "Group #", "Hours (per pay period)", "Hours (annual)"],
        *["Hours Worked", "Medical Enrollment", "Vol Life SP Amount", "Employee Type", "Regular Pay Rate Amount"],
        *["Medical EE Amount", "Employee Medical", "Retiree Y/N", "Y/N", "DOB or Age"],
    ],
)
def test_headings_that_may_mean_something_else_stay_unread(heading: str) -> None:
    """An employer's tax id, the first of several rates by tier, a count, the hours of two weeks, what is paid."""
    assert meaning_of(heading) is None


@pytest.mark.parametrize("heading", ["Enrolled in Medical", "Enrolled in Medical?", "Medical Enrolled (Y/N)"])
def test_a_column_may_ask_whether_somebody_is_enrolled(heading: str) -> None:
    found = meaning_of(heading)
    assert found is not None and (found.field, found.product_type) == ("enrolled", "Medical")


def test_a_new_name_gives_way_to_the_field_s_own(landed) -> None:
    """Two filled columns of one field refuse a file, so a name that often stands beside a better one is a second choice."""  # noqa: E501
    got = landed(f"{HEAD},SSN,Tax ID (SSN),Annual Salary,Benefit Salary\nA,B,1980-05-01,123-45-6780,98,50000,70000\n")
    assert (got.fault, got.codes()) == (None, [])
    assert got.column("ssn") == ["123456780"]
    assert got.column("annual_salary_cents") == [5_000_000]


def test_numbers_under_ee_sign_link_families_only_where_dependents_share_one(landed) -> None:
    rows = "{},A,B,EE,1980-05-01\n{},C,B,SP,1981-05-01\n"
    head = "EE #,First Name,Last Name,Relationship,DOB\n"
    assert landed(head + rows.format(7, 7)).persons["link_kind"].to_list() == ["self", "key"]
    assert landed(head + rows.format(1, 2)).persons["link_kind"].to_list() == ["self", "row_order"]


def test_hours_count_for_pay_by_the_hour(landed) -> None:
    got = landed(f"{HEAD},Hourly Rate,Hours\nA,B,1980-05-01,20,30\nC,D,1980-05-01,20,\n")
    # 20.00 x 30 x 52 = 31,200.00; without hours 40: 20.00 x 40 x 52 = 41,600.00
    assert got.column("annual_salary_cents") == [3_120_000, 4_160_000]
    assert got.codes() == []


def test_hours_that_may_be_those_of_two_weeks_are_not_guessed(landed) -> None:
    """One states 80, so nobody's 40 is taken for the hours of a week; whoever is paid by the year is not concerned."""
    text = f"{HEAD},Salary,Pay Mode,{{}}\nA,B,1980-05-01,20,Hourly,80\nC,D,1980-05-01,20,Hourly,40\nE,F,1980-05-01,50000,Annual,80\n"  # noqa: E501
    got = landed(text.format("Hours"))
    assert got.codes() == [(2, "hours_unclear"), (3, "hours_unclear")]
    assert landed(text.format("Hours Per Week")).codes() == []


def test_a_benefit_salary_is_by_the_year_whoever_is_paid_by_the_hour(landed) -> None:
    got = landed(f"{HEAD},Benefit Salary,Salary/Hourly\nA,B,1980-05-01,63450,Hourly\n")
    assert (got.column("annual_salary_cents"), got.codes()) == ([6_345_000], [(None, "pay_mode_not_applied")])
    got = landed(f"{HEAD},Compensation Amount,Compensation Type\nA,B,1980-05-01,30.50,Hourly\n")
    assert got.column("annual_salary_cents") == [6_344_000]  # 30.50 x 40 x 52


def test_a_plan_named_beside_not_enrolled_is_refused_and_yes_gives_way_to_a_name(landed) -> None:
    text = (
        f"{HEAD},Enrolled in Medical,Medical Plan,Dental\n"
        "A,B,1980-05-01,Yes,PPO,Y\nC,D,1980-05-01,No,PPO,No\nE,F,1980-05-01,No,,\nG,H,1980-05-01,Yes,,\n"
        "I,J,1980-05-01,Waived,,\n"
    )
    got = landed(text)
    chosen = got.choices.select("line_number", "product_type", "cell").rows()
    assert chosen == [(2, "Medical", "PPO"), (2, "Dental", "Y"), (5, "Medical", "Yes")]
    assert got.codes() == [(3, "plan_not_enrolled")]
    assert got.faults[0, "column_name"] == "Enrolled in Medical"
    assert got.column("opt_out_plan_types") == [None, None, None, None, "Medical"]


def test_a_second_tier_column_is_told_where_it_says_something_else(landed) -> None:
    text = (
        f"{HEAD},Medical Tier,Dental Tier,Vision Tier\n"
        "A,B,1980-05-01,EE,EE,EE\nC,D,1980-05-01,FAM,ES,\nE,F,1980-05-01,FAM,W,FAM\nG,H,1980-05-01,W,ES,ES\n"
        "I,J,1980-05-01,EE,nonsense,EE\n"
    )
    got = landed(text)
    assert got.codes() == [(3, "other_tier_left_out"), (6, "other_tier_left_out")]
    assert got.faults["column_name"].to_list() == ["Dental Tier", "Dental Tier"]
    # Who waives medical has the tier of what is left.
    assert got.column("stated_tier") == ["EE", "FAM", "FAM", "ES", "EE"]
    assert got.column("opt_out_plan_types") == [None, None, "Dental", "Medical", None]
    told = json.loads(got.files[0, "mapping"])
    assert told["Dental Tier"] == "other_tier: Dental"


def test_tiers_are_not_compared_where_dependents_are_listed(landed) -> None:
    """There each is in the tier that those who have the plan make."""
    got = landed(f"{HEAD},Relationship,Medical Tier,Dental Tier\nA,B,1980-05-01,EE,FAM,EE\nC,B,1981-05-01,SP,FAM,EE\n")
    assert got.codes() == []


@pytest.mark.parametrize(
    ("mapping", "complete"),
    [
        (None, False),
        ({"SSN": ""}, False),
        ({"First Name": "FirstName", "Last Name": "LastName"}, True),
    ],
)
@pytest.mark.parametrize("name", ["census.csv", "census.xlsx"])
def test_numbers_in_columns_that_are_not_read_are_masked_too(
    landed, name: str, mapping: dict[str, str] | None, complete: bool
) -> None:
    """No social security number stands in clear in raw rows, whether its column is read or left out."""
    rows = [["First Name", "Last Name", "SSN", "Tax ID (SSN)"], ["Ann", "Bell", "123-45-6780", "123-45-6781"]]
    data = "\n".join(map(",".join, rows)).encode()
    if name.endswith("xlsx"):
        made = io.BytesIO()
        with xlsxwriter.Workbook(made) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        data = made.getvalue()
    got = landed(data, name=name, mapping=mapping, complete=complete)
    assert got.rows["cells"].to_list()[-1] == ["Ann", "Bell", "***-**-6780", "***-**-6781"]


def test_a_number_that_a_mapping_takes_for_a_key_stays_what_links_families(landed) -> None:
    got = landed("First Name,Last Name,SSN\nAnn,Bell,123-45-6780\n", mapping={"SSN": "SourceSystemIdentifier"})
    assert got.rows["cells"].to_list() == [["Ann", "Bell", "123-45-6780"]]


def test_a_tier_that_another_row_of_a_person_states_is_told(landed) -> None:
    """One row per enrollment: the dental tier of line 3 is not kept, and Bo has the one tier that his rows state."""
    head = f"{HEAD},Plan Type,Plan Name,Coverage Tier\n"
    ana = "Ana,Low,1980-05-01,Medical,PPO,FAM\nAna,Low,1980-05-01,Dental,Smile,{}\n"
    bo = "Bo,Bay,1981-05-01,Life,Basic,\nBo,Bay,1981-05-01,Dental,Smile,ES\n"
    got = landed(head + ana.format("EE") + bo)
    assert got.column("stated_tier") == ["FAM", "ES"]
    told = got.faults.select("line_number", "code", "severity", "column_name", "raw_value").rows()
    assert told == [(3, "other_tier_left_out", "warning", "Coverage Tier", "EE")]
    assert landed(head + ana.format("FAM") + bo).codes() == []
