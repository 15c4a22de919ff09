"""Headings: every name of the collection of real files leads to its field; the row is found; mappings beat it."""

import json

import pytest

from services.intake.headings import best_row, meaning_of, normal

SEEN = {
    "birth_date": "dob, DOB, date_of_birth, birth_date, birthdate, Birthdate, Birth Date, BirthDate, DateOfBirth, "
    "DATEOFBIRTH, Member Date of Birth, EE DOB, Spouse DOB, Dep 2 DOB, Dep1 DOB, Subscriber DOB, Covered Member DOB, "
    "Date of Birth (MM/DD/YYYY), DOB_YYYYMMDD, D.O.B.",
    "relationship": "employee_relationship, relationship, rel, Rel., Relationship, subscriber_relationship, "
    "Relationship to Primary Member, relationshipToSubscriber, Relationship Code, relationship_cd, "
    "Covered Member Relationship, DependentType, RELATION, RecordType, Dep1 Relationship",
    "employee_key": "employer_assigned_family_id, employee_id, EmployeeId, EmployeeID, Employee ID, Employee Number, "
    "emp_id, id, ID, EID, EMPLOYEE_EXT_ID, subscriber_id, subscriberId, Unique ID, LinkToEmployeeID",
    "member_order": "dependent_seq, Sequence Number, personCode",
    "first_name": "first_name, FirstName, FIRSTNAME, FIRST_NAME, fname, first_nm, firstName, Subscriber First Name, "
    "Covered Member First Name",
    "last_name": "last_name, LastName, LASTNAME, LAST_NAME1, lname, last_nm, lastName, memberLastName, "
    "Subscriber Last Name",
    "gender": "gender, Gender, GENDER, Member Gender, Subscriber Gender, Sex",
    "postal_code": "zip, ZIP, Zip, zip_code, zip_cd, Postal Code, Home Zip, Zip Code, Subscriber Zip, Worksite Zip Code",  # noqa: E501
    "state": "state, State, Home State, state_code",
    "ssn": "ssn, SSN, SSN_PLAIN, SocialSecurityNumber, Employee SSN, Dependent SSN, Covered Member SSN, LastFourSSN, "
    "Truncated EE SSN, SSN / TIN",
    "join_date": "hire_date, DOH, DateHired, Hire Date, Date of Hire",
    "termination_date": "termination_date, DOT, TerminationDate, term_date, Term Date, Date of Termination",
    "policy_start_date": "coverage_start, effective_date, start_date, ced, EFFECTIVEDATE, Effective Date, "
    "coverageStartDate, CoverageEffectiveFrom, Benefit Begin Date, Benefit Coverage Effective Date",
    "policy_end_date": "coverage_end, CoverageEffectiveTo, coverageEndDate, Benefit Coverage Expiration Date, RECORDENDDATE",  # noqa: E501
    "tier": "coverage_tier, Tier, plan_tier, coverageTier, coverage_level, CoverageLevel, Coverage, Family Status, "
    "Dependent Status, CoverageType",
    "status": "status, Enrollment Status, EmployeeStatus, employeeStatus, Member Status, eligibility_status",
    "smoker_status": "tobacco, tobacco_use, tobacco_disposition, smoker status, Tobacco User",
    "annual_salary": "income, Salary and Mode, Annual Salary",
    "monthly_salary": "Monthly Income",
    "plan": "plan_code, plan_name, plan, Plan ID, medical_plan_code, Plan Name, Medical, Dental, Current Plan Name, "
    "HIOS Id, QHP Id",
    "is_disabled": "eligibility_qualifier, Handicapped, disabled",
    "class_name": "benefit_group, Group Class, ClassID, Class, option_group, Division",
}

PUBLISHED = {
    "FirstName": "first_name",
    "Lastname": "last_name",
    "AssociationWithPrimaryMbr": "association",
    "RelationshipToPrimaryMember": "relationship",
    "PostalCode": "postal_code",
    "AnnualEligibleSalary": "annual_salary",
    "JoinDate": "join_date",
    "PolicyStartDate": "policy_start_date",
    "SmokerStatus": "smoker_status",
    "IsOptOutAllPlans": "is_opt_out_all_plans",
    "OptOutPlanTypes": "opt_out_plan_types",
    "SourceSystemIdentifier": "source_system_identifier",
    "PrimaryMemberSource": "primary_member_source",
    "GroupClassName": "class_name",
    "FullTimeEquivalent": "full_time_equivalent",
    "PhoneNumber": "phone_number",
}

PEOPLE = "First Name,Last Name,Relationship,DOB\nAnn,Bell,EE,1980-05-01\n"


@pytest.mark.parametrize(("field", "name"), [(f, n) for f, names in SEEN.items() for n in names.split(", ")])
def test_every_heading_seen_in_real_files_leads_to_its_field(field: str, name: str) -> None:
    meaning = meaning_of(name)
    assert meaning is not None
    assert meaning.field == field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *[("EE/DEP", "relationship"), ("Relationship to Insured", "relationship"), ("SS#", "ssn")],
        *[("Hrs/Wk", "hours_per_week"), ("Date of Birth MM/DD/YYYY", "birth_date"), ("Last Name, First", "full_name")],
        *[("Primary Address: Zip / Postal Code", "postal_code"), ("Position Status", "status")],
    ],
)
def test_headings_of_payroll_exports_and_broker_forms(heading: str, field: str) -> None:
    found = meaning_of(heading)
    assert found is not None and found.field == field


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_field_names_lead_to_their_field_in_any_case(name: str) -> None:
    for spelled in (name, name.lower(), name.upper()):
        meaning = meaning_of(spelled)
        assert meaning is not None
        assert meaning.field == PUBLISHED[name]


@pytest.mark.parametrize(
    ("heading", "plain"),
    [
        ("  Date of  Birth ", "dateofbirth"),
        ("Date of Birth\n(see note)", "dateofbirth"),
        ("DOB [mm/dd/yyyy]", "dob"),
        ("D.O.B.", "dob"),
        ("first_name", "firstname"),
        ("(DOB)", "dob"),
    ],
)
def test_headings_are_normalised_by_rule_1(heading: str, plain: str) -> None:
    assert normal(heading) == plain


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *[("Date of\nBirth", "birth_date"), ("Hire\r\nDate", "join_date"), ("Employee\nID", "employee_key")],
        *[("Salary\nMode", "pay_mode"), ("Medical\nTier", "tier"), ("Date of\nBirth\n(mm/dd/yyyy)", "birth_date")],
        *[("Relationship\nEE, SP or CH", "relationship"), ("DOB\n", "birth_date")],
    ],
)
def test_a_line_break_wraps_a_heading_or_parts_it_from_a_note(heading: str, field: str) -> None:
    """Rule 1 of census files cuts at the line break; what is known with both lines is not cut."""
    found = meaning_of(heading)
    assert found is not None and found.field == field


@pytest.mark.parametrize(
    ("heading", "product"),
    [
        ("Medical", "Medical"), ("Med", "Medical"), ("Medical Plan", "Medical"), ("dental_plan_name", "Dental"),
        ("AD&D", "AD&D"), ("STD", "STD"), ("Short Term Disability", "STD"), ("LTD", "LTD"), ("Basic Life", "Life"),
        ("Vol Life", "Supplemental Life"), ("Supplemental Life", "Supplemental Life"), ("Vision", "Vision"),
        ("Critical Illness", "Critical Illness"), ("Accident", "Accident"), ("Hospital Indemnity", "Hospital"),
    ],
)  # fmt: skip
def test_plan_columns_name_their_product_type(heading: str, product: str) -> None:
    meaning = meaning_of(heading)
    assert meaning is not None
    assert (meaning.field, meaning.product_type) == ("plan", product)


def test_amount_and_opt_out_columns_name_their_product_type() -> None:
    for heading, field in (
        ("Supplemental Life Amount", "amount"),
        ("Life Volume", "amount"),
        ("Waive Dental", "waive"),
    ):
        meaning = meaning_of(heading)
        assert meaning is not None
        assert meaning.field == field
        assert meaning.product_type


def test_the_heading_row_is_found_by_score_and_not_by_position() -> None:
    rows = [
        ["Acme Corp census"],
        [],
        ["State:", "NY"],
        ["First Name", "Last Name", "DOB", "Zip"],
        ["Ann", "Bell", "", ""],
    ]
    assert best_row(rows)[0] == 3


def test_a_heading_below_the_fifteenth_row_is_not_looked_for(landed) -> None:
    assert landed("title\n" * 14 + PEOPLE).fault is None
    assert landed("title\n" * 15 + PEOPLE).fault == "heading_not_found"


def test_three_known_columns_among_hundreds_are_a_heading(landed) -> None:
    spare = "".join(f",Extra {n}" for n in range(300))
    got = landed(f"First Name,Last Name,DOB{spare}\nAnn,Bell,1980-05-01{',1' * 300}\n")
    assert (got.fault, got.column("first_name")) == (None, ["Ann"])
    told = {"Given": "FirstName", "Family": "LastName", "Kin": "Relationship"}
    got = landed(f"Given,Family,Kin{spare}\nAnn,Bell,Self{',1' * 300}\n", mapping=told, complete=True)
    assert (got.fault, got.column("last_name")) == (None, ["Bell"])


def test_title_rows_and_printed_labels_and_totals_are_skipped_and_kept(landed) -> None:
    text = (
        "Acme Corp,,,\n"
        "first_name,last_name,relationship,dob\n"
        "First Name,Last Name,Relationship,Date of Birth\n"
        "Text,Text,EE/SP/CH,MM/DD/YYYY\n"
        "Ann,Bell,EE,1980-05-01\n"
        ",,,\n"
        "\n"
        "Total,1,,\n"
        "Codes: EE = employee; SP = spouse,,,\n"
    )
    got = landed(text)
    assert got.files[0, "heading_line"] == 2
    assert got.rows["line_number"].to_list() == [1, 3, 4, 5, 6, 7, 8, 9]
    skipped = got.persons["skip_reason"].to_list()
    assert skipped == [
        "title_row",
        "legend_row",
        "legend_row",
        None,
        "blank_row",
        "blank_row",
        "total_row",
        "legend_row",
    ]
    assert got.codes() == []


def test_a_person_called_total_or_count_is_a_person(landed) -> None:
    got = landed("First Name,Last Name,Relationship,DOB\nTotal,Recall,EE,1980-05-01\nCount,Basie,EE,1970-01-01\n")
    assert got.column("first_name") == ["Total", "Count"]


def test_two_filled_columns_for_one_field_are_refused_and_both_are_named(landed) -> None:
    got = landed("First Name,Last Name,DOB,Birth Date\nAnn,Bell,1980-05-01,1980-05-01\n")
    assert got.fault == "duplicate_field_columns"
    assert '"DOB"' in got.files[0, "fault_says"]
    assert '"Birth Date"' in got.files[0, "fault_says"]
    assert got.persons.is_empty()
    assert got.rows.is_empty()


def test_a_heading_twice_is_refused_too(landed) -> None:
    assert landed("First Name,Last Name,DOB,DOB\nAnn,Bell,1980-05-01,1980-05-02\n").fault == "duplicate_field_columns"


def test_of_two_columns_for_one_field_the_filled_one_counts_when_the_other_is_empty(landed) -> None:
    got = landed("First Name,Last Name,DOB,Birth Date\nAnn,Bell,,1980-05-01\nBob,Bell,,1981-06-02\n")
    assert got.fault is None
    assert [str(day) for day in got.column("birth_date")] == ["1980-05-01", "1981-06-02"]


def test_only_the_file_with_two_filled_columns_is_refused(landed_together) -> None:
    head = "First Name,Last Name,DOB,Birth Date\n"
    got = landed_together(("a", head + "Ann,Bell,1980-05-01,1980-05-01\n"), ("b", head + "Bob,Bell,1981-06-02,\n"))
    assert got.files["fault_code"].to_list() == ["duplicate_field_columns", None]
    assert got.persons["file_no"].to_list() == [1]


@pytest.mark.rule("BC-3")
def test_columns_nobody_knows_are_ignored_and_reported(landed) -> None:
    got = landed("First Name,Last Name,DOB,Favourite Colour\nAnn,Bell,1980-05-01,red\n")
    assert json.loads(got.files[0, "mapping"]) == {
        "First Name": "first_name", "Last Name": "last_name", "DOB": "birth_date", "Favourite Colour": None,
    }  # fmt: skip


EXAMPLE = (
    "Given,Family,Born,Role,Class,Medical,Vision\n"
    "Noor,Haddad,1984-02-11,Self,Salaried,Harbor PPO|Preventive|Maternity,ClearSight\n"
    "Elias,Haddad,1983-06-02,Spouse,,Harbor PPO|Preventive,\n"
    "Owen,Park,1990-01-20,Self,Hourly,,ClearSight\n"
)
MAPPED = {
    "Given": "FirstName", "Family": "Lastname", "Born": "Birthdate", "Role": "AssociationWithPrimaryMbr",
    "Class": "GroupClassName", "Medical": "ContractGroupPlan", "Vision": "ContractGroupPlan",
}  # fmt: skip


@pytest.mark.rule("BC-35")
@pytest.mark.rule("BC-36")
def test_the_published_example_is_read_by_its_mapping(landed) -> None:
    got = landed(EXAMPLE, mapping=MAPPED, complete=True)
    assert got.column("association") == ["Self", "Spouse", "Self"]
    assert got.column("class_name") == ["Salaried", None, "Hourly"]
    assert got.column("primary_person") == [0, 0, 2]
    assert got.choices.select("person", "product_type", "cell").rows() == [
        (0, "Medical", "Harbor PPO|Preventive|Maternity"), (0, "Vision", "ClearSight"),
        (1, "Medical", "Harbor PPO|Preventive"), (2, "Vision", "ClearSight"),
    ]  # fmt: skip


def test_a_complete_mapping_leaves_all_other_columns_alone(landed) -> None:
    some = {name: field for name, field in MAPPED.items() if name != "Vision"}
    assert landed(EXAMPLE, mapping=some, complete=True).choices["product_type"].unique().to_list() == ["Medical"]
    both = landed(EXAMPLE, mapping={"Given": "firstname"}).choices["product_type"].unique().sort().to_list()
    assert both == ["Medical", "Vision"]


def test_a_mapping_beats_the_alias_table(landed) -> None:
    text = "First Name,Last Name,DOB,Legal First\nAnn,Bell,1980-05-01,Anna\n"
    assert landed(text, mapping={"Legal First": "FirstName"}).column("first_name") == ["Anna"]
    assert landed(text, mapping={"DOB": ""}).column("birth_date") == [None]


def test_a_mapping_names_a_wrapped_heading_on_one_line(landed) -> None:
    text = 'First Name,Last Name,"Job\nTitle"\nAnn,Bell,Baker\n'
    for name in ("Job Title", "Job\nTitle"):
        assert landed(text, mapping={name: "Class"}).column("class_name") == ["Baker"]


def test_a_mapping_with_a_column_the_file_lacks_is_a_file_fault(landed) -> None:
    got = landed(PEOPLE, mapping={"Surname": "LastName"})
    assert got.fault == "mapping_unknown_column"
    assert "Surname" in got.files[0, "fault_says"]


def test_a_mapping_to_an_unknown_field_is_a_file_fault(landed) -> None:
    got = landed(PEOPLE, mapping={"DOB": "ShoeSize"})
    assert got.fault == "mapping_unknown_field"
    assert "ShoeSize" in got.files[0, "fault_says"]


@pytest.mark.rule("BC-37")
def test_two_columns_mapped_to_one_field_are_refused(landed) -> None:
    text = "First Name,Last Name,Nick\nAnn,Bell,Annie\n"
    got = landed(text, mapping={"First Name": "FirstName", "Nick": "FirstName"})
    assert got.fault == "duplicate_field_columns"


def test_a_second_choice_name_gives_way_to_a_better_one(landed) -> None:
    got = landed("First Name,Last Name,Home Zip,Worksite Zip Code\nAnn,Bell,10001,60601\n")
    assert got.column("postal_code") == ["10001"]
    got = landed("First Name,Last Name,Worksite Zip Code\nAnn,Bell,60601\n")
    assert got.column("postal_code") == ["60601"]
    got = landed("Legal First Name,Legal Last Name,First Name,Position Status\nAnnette,Bell,Ann,Active\n")
    assert got.persons.select("first_name", "last_name").rows() == [("Ann", "Bell")]


def test_a_published_field_that_no_census_sets_is_accepted_with_a_warning(landed) -> None:
    got = landed(
        PEOPLE.replace("\n", ",Agent\n", 1).replace("05-01\n", "05-01,x\n"), mapping={"Agent": "DependentCount"}
    )
    assert got.fault is None
    assert got.faults.select("column_name", "code", "severity").rows() == [
        ("Agent", "mapped_field_not_stored", "warning")
    ]
