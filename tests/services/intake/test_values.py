"""Values: each spelling of the collection of real files, in the column it belongs to; numbers, keys and names."""

import polars as pl
import pytest

from services.intake import values

RELATIONSHIPS = {
    "Self": ["Employee", "EE", "E", "Self", "Self ", "Subscriber", "subscriber", "self", "EMP", "18"],
    "Spouse": ["Spouse", "SP", "SPS", "W", "H", "wife", "husband", "01", "1", "S", "Spouse-Ex", "EX_SPOUSE"],
    "Domestic Partner": ["Domestic Partner", "DP", "life partner", "53", "EX_DOMESTIC_PARTNER"],
    "Other": ["other", "O"],
    "Child": ["Child", "CH", "D", "C", "DEP", "dependent", "son", "daughter", "19", "02", "Child-Step", "Child-Adopted",
              "09", "Child-Fostered", "10", "Child-Legal Guardian", "ward", "15", "Child-Domestic Partner",
              "Child-Grandchild", "step", "17", "SC", "DC", "LG", "AC", "stepchild", "sponsored dependent", "23",
              "Disabled Child"],
    "Parent": ["Parent"],
    "Parent-in-law": ["Parent-in-law", "parent in law"],
}  # fmt: skip

OTHERS = {
    "gender": {"Male": ["male", "MALE", "M", "m"], "Female": ["female", "FEMALE", "F", "f"], "Unknown": ["U", "unknown"],  # noqa: E501
               "Other": ["other"]},
    "tier": {"EE": ["EE", "Employee", "Employee Only", "S", "Individual", "IND", "subscriberOnly", "EMP", "1"],
             "ES": ["ES", "EE-S", "EES", "Employee + Spouse", "Employee & Spouse", "Employee and Spouse", "ESP",
                    "subscriberAndSpouse", "2"],
             "E1C": ["EC", "EE-CH", "EECH", "ECH", "3"],
             "ECN": ["ECN", "EE-CN", "EECN", "Employee + Children", "subscriberAndChildren"],
             "FAM": ["F", "EF", "EE-F", "EEF", "Family", "FAM", "subscriberAndFamily", "4"],
             "": ["W", "Waive", "Waiver", "Waiving"]},
    "status": {"Active": ["Active"], "Full-Time": ["full-time", "FT"], "Part-Time": ["PT"], "COBRA": ["cobra", "COBRA"],
               "Retiree": ["Retiree"], "Waiving": ["Waiving"]},
    "smoker_status": {"Smoker": ["Yes", "Y", "True", "1", "T"], "Non-Smoker": ["N", "No"]},
    "is_disabled": {"disabled": ["Disabled", "Handicapped", "D", "H", "Yes", "True"], "student": ["Student", "S"],
                    "neither": ["No", "False"]},
    "is_opt_out_all_plans": {"yes": ["yes", "Y", "X"], "no": ["no", "N"]},
}  # fmt: skip


def rows(column: str, cells: list[str]) -> str:
    lines = "".join(f'P{n},Q{n},1980-05-01,"{cell}"\n' for n, cell in enumerate(cells))
    return f"First Name,Last Name,DOB,{column}\n{lines}"


def test_every_relationship_seen_is_read(landed) -> None:
    for value, spellings in RELATIONSHIPS.items():
        got = landed(rows("Relationship", spellings))
        assert got.column("relationship") == [value] * len(spellings)
        wanted = "Spouse" if value == "Domestic Partner" else value
        assert got.column("association") == [wanted] * len(spellings)
        assert got.faults.is_empty()


@pytest.mark.rule("BC-21")
def test_association_values_are_read_in_any_case_and_stored_as_published(landed) -> None:
    got = landed(rows("AssociationWithPrimaryMbr", ["SELF", "spouse", "child", "PARENT", "parent-in-law", "other"]))
    assert got.column("association") == ["Self", "Spouse", "Child", "Parent", "Parent-in-law", "Other"]


@pytest.mark.parametrize("field", OTHERS)
def test_every_other_spelling_seen_is_read_in_its_column(field: str) -> None:
    for value, spellings in OTHERS[field].items():
        got, bad = values.look_up(field, pl.Series(spellings))
        assert got.to_list() == [value] * len(spellings)
        assert not bad.any()


def test_one_letter_means_what_its_column_says(landed) -> None:
    text = "First Name,Last Name,DOB,Relationship,Tier,Tobacco,Disabled\nAnn,Bell,1980-05-01,S,S,N,S\n"
    got = landed(text)
    assert got.column("association") == ["Spouse"]
    assert got.column("smoker_status") == ["Non-Smoker"]
    assert got.column("is_student") == [True]
    assert got.column("is_disabled") == [False]
    assert values.TIER["s"] == "EE"
    assert values.TIER["w"] == ""
    assert values.RELATIONSHIP["w"] == "Spouse"


def test_values_nobody_knows_have_their_own_codes_and_are_null(landed) -> None:
    text = (
        "First Name,Last Name,DOB,Relationship,Gender,Tier,Tobacco,Disabled,Status\n"
        "Ann,Bell,1980-05-01,Nephew,Z,E1D,perhaps,maybe,sleeping\n"
    )
    got = landed(text)
    assert sorted(code for _, code in got.codes()) == [
        "not_a_yes_no", "not_a_yes_no", "unknown_gender", "unknown_relationship", "unknown_status", "unknown_tier",
    ]  # fmt: skip
    assert got.faults.filter(code="unknown_relationship").select("column_name", "raw_value", "severity").row(0) == (
        "Relationship", "Nephew", "error",
    )  # fmt: skip
    for name in ("association", "relationship", "gender", "stated_tier", "smoker_status", "is_disabled", "status"):
        assert got.column(name) == [None]


@pytest.mark.parametrize("code", ["E1D", "E2D", "E3D", "E5D", "E6D", "DEP", "SPO", "SPC", "CHD", "TWO"])
def test_tiers_that_name_no_single_tier_are_unknown(landed, code: str) -> None:
    assert landed(rows("Coverage Tier", [code])).codes() == [(2, "unknown_tier")]


@pytest.mark.rule("CV-6")
def test_two_relationship_columns_may_differ_but_not_about_self(landed) -> None:
    text = "First Name,Last Name,AssociationWithPrimaryMbr,RelationshipToPrimaryMember\n"
    got = landed(text + "Ann,Bell,Self,Self\nBo,Bell,Spouse,Domestic Partner\nCy,Bell,Child,\nDi,Bell,Child,Self\n")
    assert got.column("association") == ["Self", "Spouse", "Child", None]
    assert got.column("relationship") == ["Self", "Domestic Partner", "Child", None]
    assert got.codes() == [(5, "relationships_disagree")]


@pytest.mark.rule("CV-7")
def test_a_blank_relationship_is_self_unless_the_row_is_linked(landed) -> None:
    text = (
        "First Name,Last Name,Relationship,Primary Member Source,SourceSystemIdentifier\nAnn,Bell,,,1\nBo,Bell,,1,2\n"
    )
    got = landed(text)
    assert got.column("association") == ["Self", None]
    assert got.codes() == [(3, "relationship_missing")]


def test_a_blank_relationship_with_sequence_zero_is_the_employee(landed) -> None:
    text = "EID,Sequence Number,First Name,Last Name,Relationship\n7,00,Ann,Bell,\n7,01,Bo,Bell,SP\n7,02,Cy,Bell,\n"
    got = landed(text)
    assert got.column("association") == ["Self", "Spouse", None]
    assert got.codes() == [(4, "relationship_missing")]


@pytest.mark.parametrize(
    ("heading", "cell", "cents"),
    [
        ("Annual Salary", "52000", 5_200_000), ("Annual Salary", "$52,000.50", 5_200_050), ("Salary", "52000.005", 5_200_001),  # noqa: E501
        ("Salary", "1234567.89", 123_456_789), ("Annual Salary", "-52000", -5_200_000), ("Annual Salary", "(500)", -50_000),  # noqa: E501
        ("Monthly Income", "4,500.00", 5_400_000), ("Salary (Monthly)", "1000", 1_200_000), ("Hourly Rate", "25.50", 5_304_000),  # noqa: E501
        ("Hourly Rate", "18.2575", 3_797_560), ("Salary and Mode", "4,500 monthly", 5_400_000),
        ("Salary and Mode", "$25.50/hr", 5_304_000), ("Salary and Mode", "52000 annual", 5_200_000),
        ("Salary", "52.000,50", 5_200_050), ("Salary", "52000,5", 5_200_050), ("Salary", "0", 0),
    ],
)  # fmt: skip
def test_pay_is_read_exactly(landed, heading: str, cell: str, cents: int) -> None:
    """Monthly times 12, hourly times 2,080: 18.2575 x 2,080 = 37,975.60; 25.50 x 2,080 = 53,040."""
    got = landed(rows(heading, [cell]))
    assert got.faults.is_empty()
    assert got.column("annual_salary_cents") == [cents]


def test_a_pay_mode_column_tells_the_period(landed) -> None:
    text = (
        "First Name,Last Name,Salary,Salary Mode\nA,B,52000,Annual\nC,D,1000,Monthly\nE,F,10,Hourly\nG,H,7,fortnight\n"
    )
    got = landed(text)
    assert got.column("annual_salary_cents") == [5_200_000, 1_200_000, 2_080_000, None]
    assert got.codes() == [(5, "unknown_pay_mode")]


def test_pay_whose_heading_says_annual_is_not_multiplied_by_the_period_it_is_paid_in(landed) -> None:
    """65,000 a year stays 65,000 however often it is paid: not 26 x 65,000 = 1,690,000. A mode in the cell counts."""
    got = landed(
        "First Name,Last Name,Annual Salary,Pay Frequency\nA,B,65000,Biweekly\nC,D,65000,Annual\nE,F,25.50/hr,Hourly\n"
    )
    assert got.column("annual_salary_cents") == [6_500_000, 6_500_000, 5_304_000]
    assert got.codes() == [(None, "pay_mode_not_applied")]


def test_pay_by_the_hour_under_a_heading_that_says_annual_is_refused(landed) -> None:
    """25.00 may be an hour's pay and 999.99 a week's, but no year's; 1,000.00 is taken for a year's."""
    head = "First Name,Last Name,Annual Salary,Pay Type\n"
    assert landed(f"{head}A,B,25,Hourly\nC,D,999.99,Hourly\n").codes()[-2:] == [
        (2, "pay_rate_unclear"),
        (3, "pay_rate_unclear"),
    ]
    assert landed(f"{head}A,B,1000,Hourly\n").column("annual_salary_cents") == [100_000]


def test_a_pay_rate_beside_the_annual_salary_is_not_asked_for_its_period(landed) -> None:
    text = "First Name,Last Name,Annual Salary,Pay Rate,Pay Frequency\nA,B,52000,25,Biweekly\n"
    got = landed(text)
    assert (got.column("annual_salary_cents"), got.codes()) == ([5_200_000], [(None, "pay_mode_not_applied")])


def test_a_pay_rate_is_by_the_hour_and_another_mode_beside_it_is_not_guessed_at(landed) -> None:
    """25.50 x 2,080 = 53,040; 65,000 `Salary` is not 65,000 an hour (135,200,000 a year)."""
    text = "First Name,Last Name,Pay Rate,Pay Type\nA,B,65000,Salary\nC,D,25.50,Hourly\nE,F,25.50,\n"
    got = landed(text)
    assert got.codes() == [(2, "pay_rate_unclear")]
    assert got.faults["raw_value"].to_list() == ["65000"]
    assert got.column("annual_salary_cents")[1:] == [5_304_000, 5_304_000]
    mended = landed(text, mapping={"Pay Rate": "Salary"})
    assert mended.column("annual_salary_cents")[:2] == [6_500_000, 5_304_000]


@pytest.mark.parametrize("cell", ["lots", "=1+1", "52.000", "1,23,456", "1e5", "5 2 x", "99999999999999999999"])
def test_cells_that_are_no_money_say_so(landed, cell: str) -> None:
    got = landed(rows("Salary", [cell]))
    assert got.codes() == [(2, "not_money")]
    assert got.column("annual_salary_cents") == [None]


@pytest.mark.parametrize(
    ("cell", "ssn", "restored"),
    [
        ("123456701", "123456701", False), ("123-45-6701", "123456701", False), ("12345678", "012345678", True),
        ("1234567", "001234567", True), ("123456701.0", "123456701", False), ("6789", "6789", False),
        ("xxx-xx-6789", "6789", False), ("12345678.0", "012345678", True),
    ],
)  # fmt: skip
def test_social_security_numbers_are_read_and_never_shown(landed, cell: str, ssn: str, restored: bool) -> None:
    got = landed(rows("SSN", [cell]))
    assert got.column("ssn") == [ssn]
    assert got.codes() == ([(2, "zeros_restored")] if restored else [])
    shown = str(got.rows["cells"].to_list()) + str(got.faults.rows()) + str(got.column("ssn_text"))
    assert cell not in shown or len(ssn) == 4


def test_a_bad_social_security_number_is_coded_and_masked(landed) -> None:
    got = landed(rows("SSN", ["12345", "none at all"]))
    assert got.codes() == [(2, "not_an_ssn"), (3, "not_an_ssn")]
    assert got.rows["cells"].list.last().to_list() == ["***-**-****", "***-**-****"]
    assert "12345" not in str(got.faults.rows())


@pytest.mark.parametrize(
    ("cell", "code", "restored"),
    [
        ("02108", "02108", False), ("2108", "02108", True), ("501", "00501", True), ("2108.0", "02108", True),
        ("02108-1234", "02108-1234", False), ("2108-1234", "02108-1234", True), ("021081234", "02108-1234", False),
        ("K1A 0B1", "K1A 0B1", False),
    ],
)  # fmt: skip
def test_postal_codes_get_their_zeros_back_with_a_warning(landed, cell: str, code: str, restored: bool) -> None:
    got = landed(rows("Zip", [cell]))
    assert got.column("postal_code") == [code]
    assert got.codes() == ([(2, "zeros_restored")] if restored else [])
    assert set(got.faults["severity"]) <= {"warning"}


def test_codes_abroad_are_left_alone(landed) -> None:
    got = landed("First Name,Last Name,Zip,Country\nAnn,Bell,2108,Australia\n")
    assert got.column("postal_code") == ["2108"]
    assert got.faults.is_empty()


def test_a_full_name_in_one_cell_is_taken_apart(landed) -> None:
    got = landed(
        'Name,Relationship,DOB\n"Bell, Ann",EE,1980-05-01\n"van Dyke, Bo P",SP,1980-05-01\nCy Young,CH,2010-05-01\n'
    )
    assert got.column("last_name") == ["Bell", "van Dyke", "Young"]
    assert got.column("first_name") == ["Ann", "Bo P", "Cy"]
    assert got.codes() == [(4, "name_split")]


def test_last_comma_first_in_the_last_name_column_is_taken_apart(landed) -> None:
    got = landed('Last Name,First Name,DOB\n"Bell, Ann",,1980-05-01\n"Smith, Jr.",Bob,1980-05-01\n')
    assert got.column("first_name") == ["Ann", "Bob"]
    assert got.column("last_name") == ["Bell", "Smith, Jr."]


def test_surnames_that_look_like_nothing_are_names(landed) -> None:
    got = landed("First Name,Last Name,DOB\nAnn,Null,1980-05-01\nBo,NA,1980-05-01\nCy,None,1980-05-01\n")
    assert got.column("last_name") == ["Null", "NA", "None"]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-x", "@sum"])
def test_formula_like_names_are_kept_as_text_with_an_error(landed, cell: str) -> None:
    got = landed(f'First Name,Last Name,DOB\n"{cell}",Bell,1980-05-01\n')
    assert got.codes() == [(2, "formula_cell")]
    assert got.column("first_name_text") == [cell]


def test_formula_like_text_elsewhere_is_kept_with_a_warning(landed) -> None:
    got = landed("First Name,Last Name,Class\nAnn,Bell,=1+1\n")
    assert got.column("class_name") == ["=1+1"]
    assert got.codes() == [(2, "formula_like_text")]


def test_sql_in_a_name_is_a_name(landed) -> None:
    got = landed("First Name,Last Name\nRobert'); DROP TABLE students;--,Tables\n")
    assert got.column("first_name") == ["Robert'); DROP TABLE students;--"]
    assert got.faults.is_empty()


@pytest.mark.rule("OB-7")
def test_a_cell_over_its_limit_is_refused_and_not_cut(landed) -> None:
    got = landed("First Name,Last Name\n" + "A" * 51 + ",Bell\n" + "é" * 50 + ",Bell\n")
    assert got.codes() == [(2, "cell_too_long")]
    assert got.column("first_name") == [None, "é" * 50]


def test_an_age_that_differs_from_the_birth_date_is_a_warning(landed) -> None:
    """On 2026-01-01 somebody born 1980-01-02 is 45, born 1980-01-01 is 46."""
    got = landed("First Name,Last Name,DOB,Age\nA,B,1980-01-02,45\nC,D,1980-01-01,46\nE,F,1980-01-02,46\nG,H,,30\n")
    assert got.codes() == [(4, "age_differs")]
    assert got.column("age_stated") == [45, 46, 46, 30]


def test_hours_and_part_time(landed) -> None:
    got = landed("First Name,Last Name,FTE,Status\nA,B,0.8,PT\nC,D,75%,\nE,F,,FT\nG,H,,PT\nI,J,lots,\n")
    assert got.column("full_time_equivalent") == [0.8, 0.75, 1.0, 0.5, None]
    assert got.codes() == [(5, "part_time_assumed_half"), (6, "not_a_number")]


def test_plan_cells_choose_or_waive_or_do_nothing(landed) -> None:
    text = (
        'First Name,Last Name,Medical,Dental,Vision,Life Amount\nA,B,PPO|Rx,Waive,No,"$50,000"\nC,D,,DHMO,declined,x\n'
    )
    got = landed(text)
    assert got.choices.select("person", "product_type", "column_name", "cell").rows() == [
        (0, "Medical", "Medical", "PPO|Rx"), (1, "Dental", "Dental", "DHMO"),
    ]  # fmt: skip
    assert got.column("opt_out_plan_types") == ["Dental", "Vision"]
    assert got.amounts.select("person", "product_type", "elected_cents").rows() == [(0, "Life", 5_000_000)]
    assert got.faults.select("line_number", "code", "column_name", "raw_value").rows() == [
        (3, "not_money", "Life Amount", "x")
    ]


def test_opt_outs_are_gathered_from_all_columns(landed) -> None:
    text = (
        "First Name,Last Name,OptOutPlanTypes,IsOptOutAllPlans,Waive Life,Dental,Status\n"
        "A,B,vision; Medical,no,Y,Waive,\nC,D,,Yes,,,\nE,F,Surfing,,maybe,,\nG,H,,,,,Waiving\n"
    )
    got = landed(text)
    assert got.column("opt_out_plan_types") == ["Dental;Life;Medical;Vision", None, None, None]
    assert got.column("is_opt_out_all_plans") == [False, True, False, True]
    assert got.codes() == [(4, "not_a_yes_no"), (4, "unknown_opt_out_type")]


def test_keys_written_as_numbers_are_whole(landed) -> None:
    got = landed("EID,First Name,Last Name,Relationship\n1001.0,A,B,EE\n1001,C,B,SP\n")
    assert got.column("primary_person") == [0, 0]
    assert got.column("source_system_identifier") == ["1001", None]
