"""Layouts: every way in which real files lay out families, and every kind of file."""

import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from services.intake import CensusFile, land

HEAD = "First Name,Last Name,Relationship,DOB"


def test_order_of_rows_links_a_family(landed) -> None:
    got = landed(
        f"{HEAD}\nA,B,EE,1980-05-01\nC,B,SP,1981-05-01\nD,B,CH,2010-05-01\nE,F,EE,1970-01-01\nG,F,CH,2005-01-01\n"
    )
    assert got.column("primary_person") == [0, 0, 0, 3, 3]
    assert got.column("link_kind") == ["self", "row_order", "row_order", "self", "row_order"]
    assert got.files[0, "layout"] == "row_order"


@pytest.mark.rule("BC-22")
def test_a_dependent_before_any_employee_or_after_an_unreadable_row_follows_nobody(landed) -> None:
    got = landed(f"{HEAD}\nC,B,SP,1981-05-01\nA,B,EE,1980-05-01\nX,Y,Boss,1970-01-01\nG,Y,CH,2005-01-01\n")
    assert got.column("primary_person") == [None, 1, None, None]
    assert got.column("link_kind") == [None, "self", None, None]


def test_blank_and_total_rows_do_not_part_a_family(landed) -> None:
    got = landed(f"{HEAD}\nA,B,EE,1980-05-01\n\nTotal,,,\nD,B,CH,2010-05-01\n")
    assert got.column("primary_person") == [0, 0]


def test_a_family_key_links_in_any_order_of_rows(landed) -> None:
    got = landed(
        f"Employee ID,{HEAD}\n2,C,B,SP,1981-05-01\n1,E,F,EE,1970-01-01\n2,A,B,EE,1980-05-01\n3,G,F,CH,2005-01-01\n"
    )
    assert got.column("primary_person") == [2, 1, 2, None]
    assert got.column("link_kind") == ["key", "self", "self", "key"]
    assert got.column("source_system_identifier") == [None, "1", "2", None]
    assert got.column("primary_member_source") == ["2", None, None, "3"]
    assert got.files[0, "layout"] == "key"


def test_an_id_of_each_persons_own_is_no_family_key(landed) -> None:
    got = landed(f"ID,{HEAD}\n1,A,B,EE,1980-05-01\n2,C,B,SP,1981-05-01\n3,D,B,CH,2010-05-01\n")
    assert got.column("primary_person") == [0, 0, 0]
    assert got.column("link_kind")[1] == "row_order"
    assert got.column("source_system_identifier") == ["1", "2", "3"]
    got = landed(f"ID,{HEAD}\n1,A,B,EE,1980-05-01\n2,E,F,EE,1980-05-01\n1,C,B,SP,1981-05-01\n")
    assert got.column("primary_person") == [0, 1, 0]
    assert got.column("link_kind")[2] == "key"


@pytest.mark.rule("CV-8")
def test_a_link_column_beats_the_order_of_rows(landed) -> None:
    text = (
        f"SourceSystemIdentifier,PrimaryMemberSource,{HEAD}\n"
        "1,,A,B,Self,1980-05-01\n2,,E,F,Self,1970-01-01\n3,1,C,B,Spouse,1981-05-01\n4,,G,F,Child,2005-01-01\n5,9,H,F,Child,2006-01-01\n"
    )
    got = landed(text)
    assert got.column("primary_person") == [0, 1, 0, 1, None]
    assert got.column("link_kind") == ["self", "self", "link_column", "row_order", "link_column"]


def test_an_employee_id_and_a_link_to_it_are_two_columns(landed) -> None:
    got = landed(
        f"EmployeeID,LinkToEmployeeID,{HEAD}\n1,,A,B,EE,1980-05-01\n2,,E,F,EE,1970-01-01\n,1,C,B,SP,1981-05-01\n"
    )
    assert got.fault is None
    assert got.column("primary_person") == [0, 1, 0]


def test_covered_member_columns_link_to_the_subscriber(landed) -> None:
    text = (
        "Subscriber First Name,Subscriber Last Name,Covered Member First Name,Covered Member Last Name,"
        "Covered Member Relationship,Covered Member DOB\n"
        "Ann,Bell,Cy,Bell,CH,2010-05-01\nEve,Fox,Eve,Fox,EE,1970-01-01\nAnn,Bell,Ann,Bell,EE,1980-05-01\nIda,Lost,Joe,Lost,SP,1980-05-01\n"
    )
    got = landed(text)
    assert got.column("first_name") == ["Cy", "Eve", "Ann", "Joe"]
    assert got.column("primary_person") == [2, 1, 2, None]
    assert got.column("link_kind") == ["covered_member", "self", "self", "covered_member"]


def test_the_employees_social_security_number_links_and_is_hidden(landed) -> None:
    text = f"Employee SSN,Dependent SSN,{HEAD}\n123-45-6701,,A,B,EE,1980-05-01\n222-22-2201,,E,F,EE,1970-01-01\n123456701,333-33-3301,C,B,SP,1981-05-01\n"  # noqa: E501
    got = landed(text)
    assert got.column("primary_person") == [0, 1, 0]
    assert got.column("link_kind")[2] == "covered_member"
    assert "123" not in str(got.rows["cells"].to_list())


def test_the_number_of_the_employee_alone_links_and_is_not_the_dependents_own(landed) -> None:
    """Each row carries the employee's number; the order of rows would hang both dependents from Bo."""
    head = "Employee SSN,First Name,Last Name,Relationship,DOB\n"
    selfs = "123-45-6701,Ann,Bell,EE,1980-05-01\n987654301,Bo,Low,EE,1981-05-01\n"
    got = landed(f"{head}{selfs}123456701,Cy,Bell,SP,1981-05-01\n987-65-4301,Kid,Low,CH,2010-05-01\n")
    assert got.column("primary_person") == [0, 1, 0, 1]
    assert got.column("ssn") == ["123456701", "987654301", None, None]
    assert got.codes() == []
    own = landed(f"{head}123456701,Ann,Bell,EE,1980-05-01\n222222201,Cy,Bell,SP,1981-05-01\n")
    assert (own.column("ssn"), own.column("primary_person")) == (["123456701", "222222201"], [0, 0])
    shared = landed(f"Truncated EE{head[8:]}6789,Ann,Bell,EE,\n6789,Bo,Low,EE,\n6789,Kid,Low,CH,\n")
    assert shared.codes() == [(4, "key_of_several_employees")]


def test_the_last_four_digits_alone_never_link_to_another_family(landed) -> None:
    heading = (
        "Subscriber SSN,Subscriber First Name,Subscriber Last Name,Covered Member First Name,Covered Member Last Name"
    )
    text = (
        f"{heading},Covered Member Relationship,Covered Member DOB\n"
        "***-**-6789,Ann,Bell,Ann,Bell,EE,1980-05-01\n***-**-6789,Eve,Fox,Eve,Fox,EE,1970-01-01\n"
        "***-**-6789,Eve,Fox,Cy,Fox,CH,2010-05-01\n"
    )
    assert landed(text).column("primary_person") == [0, 1, 1]


def test_subscriber_words_without_covered_columns_mean_the_person(landed) -> None:
    got = landed("Subscriber First Name,Subscriber Last Name,Subscriber DOB\nAnn,Bell,1980-05-01\n")
    assert got.column("first_name") == ["Ann"]
    assert str(got.column("birth_date")[0]) == "1980-05-01"


def test_blocks_of_columns_become_people_of_one_line(landed) -> None:
    text = (
        "First Name,Last Name,DOB,Zip,Medical,Spouse First Name,Spouse DOB,Spouse Medical,Dep1 First Name,Dep1 Last Name,Dep1 DOB,"  # noqa: E501
        "Dep1 Relationship,Dep 2 First Name,Dep 2 Last Name,Dep 2 DOB,Dep 2 Relationship\n"
        "Ann,Bell,1980-05-01,10001,PPO,Bo,1981-05-01,PPO,Cy,Bell,2010-05-01,Child,,,,\n"
        "Eve,Fox,1970-01-01,10002,HMO,,,,Gus,Fox,2005-01-01,Child-Step,Hal,Fox,2006-01-01,\n"
    )
    got = landed(text)
    people = got.persons.select(
        "line_number", "person_no", "first_name", "last_name", "association", "primary_person"
    ).rows()
    assert people == [
        (2, 0, "Ann", "Bell", "Self", 0),
        (2, 1, "Bo", "Bell", "Spouse", 0),
        (2, 2, "Cy", "Bell", "Child", 0),
        (3, 0, "Eve", "Fox", "Self", 3),
        (3, 2, "Gus", "Fox", "Child", 3),
        (3, 3, "Hal", "Fox", None, 3),
    ]
    assert got.choices.select("person", "cell").rows() == [(0, "PPO"), (1, "PPO"), (3, "HMO")]
    assert got.column("postal_code") == ["10001"] * 3 + ["10002"] * 3
    assert got.faults.select("line_number", "person_no", "code").rows() == [
        (2, 1, "name_assumed"),
        (3, 3, "relationship_missing"),
    ]
    assert got.files[0, "layout"] == "wide"
    assert got.rows.height == 2


def test_blocks_without_names_or_relationship_get_stand_ins_with_warnings(landed) -> None:
    got = landed('Employee Name,EE DOB,Spouse DOB,Dep1 DOB,Dep2 DOB\n"Bell, Ann",05/21/1980,6/1/1981,,2012-05-01\n')
    assert got.column("first_name") == ["Ann", "Spouse", "Dep 2"]
    assert got.column("last_name") == ["Bell"] * 3
    assert got.column("association") == ["Self", "Spouse", "Child"]
    assert {code for _, code in got.codes()} == {"name_assumed", "relationship_assumed"}
    assert got.column("primary_person") == [0, 0, 0]


def test_a_column_called_just_spouse_or_child_beside_their_birth_dates_holds_the_name(landed) -> None:
    """A child's one word is the first name; the last name is the employee's. A word for yes is no name."""
    head = "Employee,DOB,Spouse,Spouse DOB,Child 1,Child 1 DOB"
    ann = '"Ash, Ann",1980-01-02,Bo Bay,1981-01-02,Kid,2010-01-02'
    got = landed(f"{head}\n{ann}\nCy Low,1970-01-02,Yes,1971-01-02,No,\n")
    names = got.persons.select("first_name", "last_name", "relationship").rows()
    assert names[:3] == [("Ann", "Ash", "Self"), ("Bo", "Bay", "Spouse"), ("Kid", "Ash", "Child")]
    assert names[3:] == [("Cy", "Low", "Self"), ("Spouse", "Low", "Spouse")]
    counted = landed("First Name,Last Name,Spouse,# of Children\nAnn,Ash,Y,0\n")
    assert counted.column("stated_tier") == ["ES"]
    keyed = landed("Employee #,First Name,Last Name\nE1,Ann,Ash\n")
    assert keyed.column("source_system_identifier") == ["E1"]


def test_an_employee_beside_a_blank_dependent_name_has_the_employee_s(landed) -> None:
    head = "Employee Name,Dependent Name,Relationship,DOB"
    ann, bo = "Ann Ash,,Self,1980-01-02", "Ann Ash,Bo Bay,Spouse,1981-01-02"
    cy, nobody = "Cy Low,,Self,1970-01-02", "Cy Low,,Child,2010-01-02"
    got = landed(f"{head}\n{ann}\n{cy}\n{bo}\n{nobody}\n")
    assert got.column("first_name") == ["Ann", "Cy", "Bo", None]
    assert got.column("primary_person") == [0, 1, 0, 1]
    below = landed(f"{head}\n{ann}\n,Bo Bay,Spouse,1981-01-02\n")
    assert (below.column("last_name"), below.column("primary_person")) == (["Ash", "Bay"], [0, 0])


def test_one_row_per_enrollment_becomes_one_person_with_several_choices(landed) -> None:
    text = (
        "EID,First Name,Last Name,Relationship,DOB,Plan Type,Plan Name,Elected Amount\n"
        "1,Ann,Bell,EE,1980-05-01,Medical,PPO,\n1,Ann,Bell,EE,1980-05-01,Dental,DHMO,\n1,Ann,Bell,EE,1980-05-01,Life,Basic,50000\n"
        "1,Bo,Bell,SP,1981-05-01,Medical,PPO,\n1,Bo,Bell,SP,1981-05-01,Medical,PPO,\n"
    )
    got = landed(text)
    assert got.persons["skip_reason"].to_list() == [
        None,
        "same_person_other_plan",
        "same_person_other_plan",
        None,
        None,
    ]
    assert got.choices.select("person", "product_type", "cell").rows() == [
        (0, "Medical", "PPO"), (0, "Dental", "DHMO"), (0, "Life", "Basic"), (3, "Medical", "PPO"), (4, "Medical", "PPO"),  # noqa: E501
    ]  # fmt: skip
    assert got.amounts.select("person", "elected_cents").rows() == [(0, 5_000_000)]
    assert got.column("primary_person") == [0, 0, 0]
    assert got.files[0, "layout"] == "one_row_per_enrollment"


def test_a_waiver_in_a_row_of_its_own_counts_for_the_person(landed) -> None:
    text = (
        "First Name,Last Name,Relationship,DOB,Plan Type,Plan Name\nAnn,Bell,EE,1980-05-01,Medical,PPO\n"
        "Ann,Bell,EE,1980-05-01,Dental,Waive\n"
    )
    got = landed(text)
    assert got.column("opt_out_plan_types") == ["Dental"]


def test_counts_only_files_state_a_tier(landed) -> None:
    got = landed(
        "First Name,Last Name,DOB,Coverage Tier\nA,B,1980-05-01,EE+Spouse\nC,D,1981-05-01,Family\nE,F,1982-05-01,Waive\n"  # noqa: E501
    )
    assert got.column("stated_tier") == ["ES", "FAM", None]
    assert got.files[0, "layout"] == "counts_only"
    assert got.column("is_opt_out_all_plans") == [False, False, True]
    got = landed("First Name,Last Name,Has Spouse,Number of Children\nA,B,Y,0\nC,D,N,2\nE,F,Y,1\nG,H,N,0\nI,J,,1\n")
    assert got.column("stated_tier") == ["ES", "ECN", "FAM", "EE", "E1C"]


def test_numbered_tiers_are_read_with_a_warning(landed) -> None:
    got = landed("First Name,Last Name,Tier\nA,B,1\nC,D,4\n")
    assert got.column("stated_tier") == ["EE", "FAM"]
    assert got.codes() == [(2, "tier_by_number"), (3, "tier_by_number")]


def test_a_tier_is_not_stated_where_the_dependents_are_listed(landed) -> None:
    got = landed(f"{HEAD},Tier\nA,B,EE,1980-05-01,FAM\nC,B,SP,1981-05-01,FAM\n")
    assert got.column("stated_tier") == [None, None]


def test_two_files_of_one_census_join_on_the_key(landed_together) -> None:
    employees = "Employee ID,First Name,Last Name,DOB\n1,A,B,1980-05-01\n2,E,F,1970-01-01\n"
    dependents = "Employee ID,Dependent First Name,Dependent Last Name,Relationship,DOB\n2,G,F,CH,2005-01-01\n9,X,Y,CH,2005-01-01\n"  # noqa: E501
    got = landed_together(("c", employees), ("c", dependents), ("other", dependents))
    assert got.column("primary_person") == [0, 1, 1, None, None, None]
    assert got.column("link_kind") == ["self", "self", "key", "key", "key", "key"]
    assert got.column("primary_member_source") == [None, None, "2", "9", "2", "9"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_separator_encoding_and_line_end_is_read(landed, separator: str, encoding: str, line_end: str) -> None:
    text = f'{HEAD}\n"Zoë, x; y",Müller,EE,1980-05-01\nJosé,Núñez,SP,1981-05-01\n'.replace('"Zoë, x; y"', "Zoë")
    got = landed(text.replace(",", separator).replace("\n", line_end).encode(encoding))
    assert got.column("first_name") == ["Zoë", "José"]
    assert got.column("last_name") == ["Müller", "Núñez"]
    assert got.files[0, "separator"] == separator
    assert got.rows["line_number"].to_list() == [2, 3]
    wanted = {"cp1252": "windows-1252"}.get(encoding, encoding)
    assert got.files[0, "encoding"] == wanted


def test_quoted_cells_hold_separators_quotes_and_line_ends(landed) -> None:
    got = landed(
        f'{HEAD},Street\n"Ann ""A""","Bell, Jr.",EE,1980-05-01,"1 Main St\nApt 2"\nBo,"O\'Neil",EE,1981-05-01,5\'6" tall\n'  # noqa: E501
    )
    assert got.column("first_name") == ['Ann "A"', "Bo"]
    assert got.column("last_name") == ["Bell, Jr.", "O'Neil"]
    assert got.column("street") == ["1 Main St\nApt 2", "5'6\" tall"]
    assert got.rows["line_number"].to_list() == [2, 4]


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "mm/dd/yyyy"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(at, column, value)
    book.close()
    return out.getvalue()


CENSUS = [
    [], ["Acme Corp census"], [], ["First Name", "Last Name", "Relationship", "DOB", "Zip", "Salary", "SSN"],
    ["Enter first name", None, None, "MM/DD/YYYY", None, None, None],
    ["Ann", "Bell", "EE", date(1980, 5, 1), 2108, 52000.5, 12345678], [None] * 7,
    ["Cy", "Bell", "CH", date(2010, 5, 1), 2108, None, None], ["Total", 2],
]  # fmt: skip


def test_the_census_is_found_on_the_second_sheet_with_its_own_row_numbers(landed) -> None:
    got = landed(workbook(("Read me", [["This is a census"]]), ("Census", CENSUS)), name="c.xlsx")
    assert (got.files[0, "sheet_name"], got.files[0, "heading_line"]) == ("Census", 4)
    people = got.persons.filter(pl.col("skip_reason").is_null() & (pl.col("line_number") != 5))
    assert people["line_number"].to_list() == [6, 8]
    assert people["birth_date"].to_list() == [date(1980, 5, 1), date(2010, 5, 1)]
    assert people["postal_code"].to_list() == ["02108", "02108"]
    assert people["annual_salary_cents"].to_list() == [
        5_200_050,
        None,
    ]
    assert people["ssn"].to_list() == ["012345678", None]
    assert people["primary_person"].to_list() == [people["person"][0]] * 2
    assert got.persons.filter(line_number=9)["skip_reason"].to_list() == ["total_row"]
    assert "12345678" not in str(got.rows["cells"].to_list())


@pytest.mark.parametrize("quoted", ['="{}"', '"=""{}"""'])
def test_text_written_as_a_formula_to_keep_its_zeros_is_read_as_the_text(landed, quoted: str) -> None:
    code, key, ssn = (quoted.format(text) for text in ("02139", "0017", "012345678"))
    got = landed(f"Employee ID,First Name,Last Name,Zip,SSN\n{key},Ann,Bell,{code},{ssn}\n{key},Bo,Bell,,\n")
    assert got.codes() == []
    assert got.column("postal_code") == ["02139", None]
    assert got.column("source_system_identifier")[0] == "0017"
    assert got.column("ssn") == ["012345678", None]
    assert "012345678" not in str(got.rows["cells"].to_list())
    refused = landed('First Name,Last Name,Zip,Errors\nAnn,Bell,"\'=""02139""",\n')
    assert refused.column("postal_code") == ["02139"]


def test_a_key_of_two_employees_is_that_of_the_employee_above_or_of_none(landed) -> None:
    """A spreadsheet wrote both long keys as 1.00E+05; a household has one key and may have two employees. The same
    employee stated twice is one."""
    head = "Employee ID,First Name,Last Name,Relationship,DOB\n"
    ann, kid = "1.00E+05,Ann,Bell,EE,1980-05-01\n", "1.00E+05,Kid,Low,CH,2010-05-01\n"
    bo, cy = "1.00E+05,Bo,Low,EE,1981-05-01\n", "2,Cy,Roe,EE,1981-05-01\n"
    above = landed(f"{head}{ann}{bo}{kid}{cy}")
    assert (above.codes(), above.column("primary_person")) == ([], [0, 1, 1, 3])
    apart = landed(f"{head}{ann}{bo}{cy}{kid}")
    assert apart.codes() == [(5, "key_of_several_employees")]
    assert apart.faults["raw_value"].to_list() == ["1.00E+05"]
    assert landed(f"{head}{kid}{ann}{bo}").codes() == [(2, "key_of_several_employees")]
    assert landed(f"{head}{ann}{ann}{kid}").codes() == []
    source = (
        "Person ID,Primary Member ID,First Name,Last Name,Relationship\n7,,Ann,Bell,EE\n7,,Bo,Low,EE\n8,7,Kid,Low,CH\n"
    )
    assert landed(source).codes() == [(4, "key_of_several_employees")]


def test_two_employees_of_one_name_are_two_where_their_birth_dates_or_keys_say_so(landed) -> None:
    """Of two John Roes with one key the one above is meant; where neither is, nobody can tell."""
    head = "Family ID,First Name,Last Name,Relationship,DOB\n"
    old, young = "7,John,Roe,EE,1961-05-01\n", "7,John,Roe,EE,1991-05-01\n"
    cy, kid = "2,Cy,Low,EE,1981-05-01\n", "7,Kid,Roe,CH,2015-05-01\n"
    assert landed(f"{head}{old}{young}{kid}").column("primary_person") == [0, 1, 1]
    assert landed(f"{head}{old}{young}{cy}{kid}").codes() == [(5, "key_of_several_employees")]
    assert landed(f"{head}{old}{old}{cy}{kid}").codes() == []
    keyed = f"MemberKey,{head}a,{old}b,{old}c,{cy}d,{kid}"
    assert landed(keyed).codes() == [(5, "key_of_several_employees")]
    covered = "Subscriber First Name,Subscriber Last Name,Member First Name,Member Last Name,Relationship,DOB\n"
    john, kid = "John,Roe,John,Roe,EE,{}-05-01\n", "John,Roe,Kid{},Roe,CH,2015-05-01\n"
    families = covered + john.format(1961) + kid.format(1) + john.format(1991) + kid.format(2)
    got = landed(families)
    assert (got.codes(), got.column("primary_person")) == ([], [0, 0, 2, 2])
    lost = landed(f"{families}Cy,Low,Cy,Low,EE,1981-05-01\n{kid.format(3)}")
    assert lost.codes() == [(7, "key_of_several_employees")]


def test_a_spouse_who_works_here_too_neither_links_a_file_nor_holds_the_partner_s_children(landed) -> None:
    head = "Employee SSN,First Name,Last Name,Relationship,DOB\n"
    own = (
        "111121111,Ann,Bell,EE,1980-05-01\n222232222,Bo,Bell,SP,1981-05-01\n333343333,Kid,Bell,CH,2010-05-01\n"
        "222232222,Bo,Bell,EE,1981-05-01\n444454444,Zoe,Low,EE,1980-01-01\n555565555,Max,Low,CH,2010-01-01\n"
    )
    got = landed(head + own)
    assert got.column("primary_person") == [0, 0, 0, 3, 4, 4]
    assert got.column("ssn")[2] == "333343333"
    named = landed(
        "Subscriber SSN,SSN,First Name,Last Name,Relationship,DOB\n111121111,111121111,Ann,Bell,EE,1980-05-01\n"
        "111121111,222232222,Bo,Bell,EE,1981-05-01\n111121111,333343333,Kid,Bell,CH,2010-05-01\n"
    )
    assert (named.codes(), named.column("primary_person")) == ([], [0, 1, 0])


@pytest.mark.rule("CV-7")
def test_a_formula_that_failed_is_no_blank_cell(landed) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Census")
    for column, name in enumerate(["First Name", "Last Name", "Relationship", "DOB", "Salary"], 1):
        sheet.write(2, column, name)
    for row, relationship in enumerate(["EE", "#REF!", "#N/A", "CH"], 3):
        for column, text in enumerate(["Ann", "Bell", relationship, "1980-05-01"], 1):
            if text.startswith("#"):
                sheet.write_formula(row, column, "=A1", None, text)
            else:
                sheet.write(row, column, text)
    sheet.write_formula(6, 5, "=1/0", None, "#DIV/0!")
    sheet.write_formula(7, 5, "=1/0", None, "#DIV/0!")  # drawn down below the last person
    book.close()
    got = landed(out.getvalue(), name="c.xlsx")
    assert got.column("association") == ["Self", None, None, "Child"]
    assert got.codes() == [(5, "unknown_relationship"), (6, "unknown_relationship"), (7, "not_money")]
    assert got.faults["raw_value"].to_list() == ["#REF!", "#N/A", "#DIV/0!"]
    assert got.persons.filter(line_number=8)["skip_reason"].to_list() == ["blank_row"]


def test_a_sheet_may_be_named_and_a_wrong_name_is_a_fault(landed) -> None:
    data = workbook(("One", [["First Name", "Last Name", "DOB"], ["A", "B", "1980-05-01"]]), ("Two", CENSUS))
    by_score = landed(data, name="c.xlsx")
    assert by_score.files[0, "sheet_name"] == "Two"
    told = by_score.faults.filter(code="sheets_not_read")
    assert told["message"].to_list() == ["One sheet of the workbook is read; others have people too: One."]
    assert "sheets_not_read" not in landed(data, name="c.xlsx", sheet="one").faults["code"]
    assert landed(data, name="c.xlsx", sheet="one").column("first_name") == ["A"]
    got = landed(data, name="c.xlsx", sheet="Three")
    assert got.fault == "sheet_not_found"
    assert "One, Two" in got.files[0, "fault_says"]


def test_parquet_is_read_with_its_types(landed) -> None:
    out = io.BytesIO()
    pl.DataFrame(
        {
            "First Name": ["Ann", "Cy"], "Last Name": ["Bell", "Bell"], "Relationship": ["EE", "CH"],
            "DOB": [date(1980, 5, 1), date(2010, 5, 1)], "Annual Salary": [52000.5, None], "Tobacco": [True, False],
            "Zip": [2108, 2108],
        }
    ).write_parquet(out)  # fmt: skip
    got = landed(out.getvalue(), name="c.parquet")
    assert got.column("birth_date") == [date(1980, 5, 1), date(2010, 5, 1)]
    assert got.column("annual_salary_cents") == [5_200_050, None]
    assert got.column("smoker_status") == ["Smoker", "Non-Smoker"]
    assert got.rows["line_number"].to_list() == [1, 2]
    assert got.files[0, "file_format"] == "parquet"


def test_files_of_all_kinds_land_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}\nA,B,EE,1980-05-01\n")
    (tmp_path / "b.txt").write_bytes(f"{HEAD}\nÉ,B,EE,1980-05-01\n".replace(",", ";").encode("cp1252"))
    (tmp_path / "c.xlsx").write_bytes(workbook(("Census", CENSUS)))
    (tmp_path / "d.csv").write_text("")
    seen: list[tuple[int, int]] = []
    names = ["a.csv", "b.txt", "c.xlsx", "d.csv", "e.csv"]
    asked = [CensusFile(tmp_path / name, name, name, None, None, date(2026, 1, 1)) for name in names]
    landing = land(asked, on_progress=lambda done, of: seen.append((done, of)))
    assert landing.files["fault_code"].to_list() == [None, None, None, "file_empty", "file_missing"]
    assert landing.persons["person"].to_list() == list(range(landing.persons.height))
    assert seen[-1] == (5, 5)
    assert land([]).files.height == 0


ENROLLMENTS = "EID,First Name,Last Name,Relationship,DOB,Plan Type,Plan Name,Elected Amount\n"


def test_a_plan_of_an_unknown_type_is_refused_alone_and_never_guessed_by_its_name(landed) -> None:
    got = landed(
        ENROLLMENTS + "1,Ann,Bell,EE,1980-05-01,Medical,PPO,\n1,Ann,Bell,EE,1980-05-01,Pet insurance,DHMO,\n"
        "1,Bo,Bell,SP,1981-05-01,Pet insurance,PPO,\n"
    )
    assert got.codes() == [(3, "unknown_plan_type"), (4, "unknown_plan_type")]
    assert got.persons["skip_reason"].to_list() == [None, "same_person_other_plan", None]
    assert got.persons["same_person"].to_list() == [None, 0, None]
    assert got.choices.select("person", "line_number", "cell").rows() == [(0, 2, "PPO")]


def test_choices_and_amounts_keep_the_line_they_stand_on(landed) -> None:
    got = landed(
        ENROLLMENTS + "1,Ann,Bell,EE,1980-05-01,Medical,PPO,\n1,Ann,Bell,EE,1980-05-01,Life,Basic,50000\n"
        "1,Ann,Bell,EE,1980-05-01,STD,Short,x\n"
    )
    assert got.choices.select("person", "line_number").rows() == [(0, 2), (0, 3), (0, 4)]
    assert got.amounts.select("person", "line_number", "elected_cents").rows() == [(0, 3, 5_000_000)]
    assert got.faults.select("person", "line_number", "code").rows() == [(0, 4, "not_money")]


@pytest.mark.parametrize("bad_line", [0, 1])
@pytest.mark.parametrize("key", ["1", ""])
def test_a_faulty_enrollment_row_is_no_other_person_and_holds_no_family(landed, bad_line: int, key: str) -> None:
    lines = [f"{key},Ann,Bell,EE,1980-05-01,Medical,PPO,", f"{key},Ann,Bell,EE,1980-05-01,Dental,DHMO,"]
    lines[bad_line] = lines[bad_line].replace("1980-05-01", "soon")
    got = landed(ENROLLMENTS + "\n".join([*lines, f"{key},Bo,Bell,SP,1981-05-01,Medical,PPO,"]) + "\n")
    assert got.codes() == [(2 + bad_line, "not_a_date")]
    assert got.persons["skip_reason"].to_list() == [None, None, None]
    good = 1 - bad_line
    assert got.persons["same_person"].to_list()[bad_line] == good
    assert got.persons["primary_person"].to_list()[2] == good


@pytest.mark.rule("CV-8")
@pytest.mark.parametrize(
    ("heading", "john", "ann"),
    [
        ("Employee Name", "John Smith", "Ann Lee"),
        ("Subscriber Name", '"Smith, John"', '"Lee, Ann"'),
        ("EE Name", "JOHN SMITH", ""),
    ],
)
def test_the_name_of_the_employee_beside_the_persons_own_leads_to_the_employee(
    landed, heading: str, john: str, ann: str
) -> None:
    """Mary stands below Ann, but her row names John. Where a row names nobody, its place tells."""
    lines = (f"{john},Self,John,Smith", f"{ann},Self,Ann,Lee", f"{john},Spouse,Mary,Jones", f"{ann},Child,Tim,Lee")
    got = landed(f"{heading},Relationship,First Name,Last Name\n" + "\n".join(lines) + "\n")
    assert got.column("primary_person") == [0, 1, 0, 1]
    assert got.column("first_name") == ["John", "Ann", "Mary", "Tim"]


@pytest.mark.rule("CV-8")
def test_employees_first_and_last_name_beside_the_persons_own(landed) -> None:
    """The file was refused: two columns held one field."""
    head = "employee_last_name,employee_first_name,employee_dob,relationship,last_name,first_name,date_of_birth"
    lines = (
        "Smith,John,1980-01-02,Self,Smith,John,1980-01-02",
        "Lee,Ann,1985-11-22,Self,Lee,Ann,1985-11-22",
        "Smith,John,1980-01-02,Child,Smith,Tim,2011-03-04",
    )
    got = landed(head + "\n" + "\n".join(lines) + "\n")
    assert (got.fault, got.column("primary_person")) == (None, [0, 1, 0])
    assert [str(day) for day in got.column("birth_date")] == ["1980-01-02", "1985-11-22", "2011-03-04"]


def test_one_name_of_the_employee_is_the_persons_own_where_it_has_no_other(landed) -> None:
    got = landed("Employee Last Name,First Name,Relationship\nSmith,John,Self\nJones,Mary,Spouse\n")
    assert (got.column("last_name"), got.column("primary_person")) == (["Smith", "Jones"], [0, 0])


def test_a_column_called_employee_name_that_holds_everybodys_own_leads_nowhere(landed) -> None:
    lines = ("John Smith,Self,John,Smith", "Mary Jones,Spouse,Mary,Jones", "Ann Lee,Self,Ann,Lee")
    got = landed("Employee Name,Relationship,First Name,Last Name\n" + "\n".join(lines) + "\n")
    assert got.column("primary_person") == [0, 0, 2]


def test_the_number_in_the_employees_column_is_kept_of_the_employee(landed) -> None:
    lines = ("123-45-6701,,Self,Ann", "123-45-6701,123-45-6702,Spouse,Bo", "123-45-6701,,Child,Cy")
    got = landed("Emp SSN,Dep SSN,Relationship,First Name,Last Name\n" + ",Ash\n".join(lines) + ",Ash\n")
    assert got.column("ssn") == ["123456701", "123456702", None]
    assert got.column("primary_person") == [0, 0, 0]


def test_words_over_the_headings_tell_whose_they_are(landed) -> None:
    """Merged cells of a template: a word stands in the first of its columns. What comes behind the last heading that
    occurs twice is nobody's in particular, and so the row's own."""
    got = landed(
        "Acme Ltd.\nEmployee Information,,,,Spouse Info:,,Child #1,,\nFirst,Last,DOB,Sex,Name,DOB,Name,DOB,Zip\n"
        "John,Smith,1980-01-22,M,Mary,1981-03-04,Tim,2011-05-06,02139\nAnn,Lee,1985-11-22,F,,,,,02110\n"
    )
    assert (got.fault, got.files["layout"].to_list()) == (None, ["wide"])
    assert got.files["header"][0].to_list()[4:] == ["Spouse Name", "Spouse DOB", "Child #1 Name", "Child #1 DOB", "Zip"]
    assert got.column("first_name") == ["John", "Mary", "Tim", "Ann"]
    assert got.column("association") == ["Self", "Spouse", "Child", "Self"]
    assert [str(day) for day in got.column("birth_date")] == ["1980-01-22", "1981-03-04", "2011-05-06", "1985-11-22"]
    assert got.column("postal_code") == ["02139", "02139", "02139", "02110"]


def test_a_product_over_the_headings_tells_its_plan(landed) -> None:
    got = landed(
        "Employee,,Medical,,Dental,,\nFirst Name,Last Name,Plan,Tier,Plan,Tier,Salary\n"
        "John,Smith,PPO,EE,Delta,EE,52000\n"
    )
    assert got.choices.select("product_type", "cell").rows() == [("Medical", "PPO"), ("Dental", "Delta")]
    assert (got.column("stated_tier"), got.column("annual_salary_cents")) == (["EE"], [5_200_000])


def test_a_mapping_names_headings_as_they_stand_below_a_word(landed) -> None:
    text = "Employee,,Spouse,\nFirst,Last,Name,DOB\nJohn,Smith,Mary,1980-01-22\n"
    assert landed(text).files["header"][0].to_list() == ["First", "Last", "Name", "DOB"]  # nothing occurs twice
    twice = text.replace("Last", "DOB").replace("Smith", "1980-01-02")
    got = landed(twice, mapping={"DOB": ""})
    assert got.files["header"][0].to_list() == ["First", "DOB", "Spouse Name", "DOB"]


def test_a_tier_in_place_of_a_plan_elects_it_and_states_the_tier(landed) -> None:
    """The census for a quote: `EE` under `Medical`. One tier is kept of a person (decision 9), another is told."""
    head = "Name,DOB,Medical,Dental,Vision"
    lines = (
        '"Smith, John",1980-01-22,EF,EE,W',
        '"Lee, Ann",1985-11-22,Employee + Spouse,Waive,',
        '"Roe, Al",1985-11-22,F,,',
    )
    got = landed(head + "\n" + "\n".join(lines) + "\n")
    assert got.column("stated_tier") == ["FAM", "ES", None]  # one letter may be a plan's name
    assert got.choices.select("person", "cell").rows() == [(0, "EF"), (0, "EE"), (1, "Employee + Spouse"), (2, "F")]
    assert got.column("opt_out_plan_types") == ["Vision", "Dental", None]
    assert got.codes() == [(2, "other_tier_left_out")]


def test_a_tier_beside_a_named_plan_chooses_nothing_more(landed) -> None:
    got = landed("First Name,Last Name,Medical Plan,Medical\nAnn,Ash,PPO,FAM\n")
    assert got.choices["cell"].to_list() == ["PPO"]
    assert (got.column("stated_tier"), got.codes()) == (["FAM"], [])


def test_facts_in_the_employees_columns_are_kept_of_the_employee(landed) -> None:
    """The birth date of every employee was lost in silence: it only led from the dependents to them."""
    head = "EE First,EE Last,EE DOB,EE Gender,Dep First,Dep Last,Dep DOB,Dep Gender,Rel"
    lines = (
        "John,Smith,1/22/1980,M,,,,,Self",
        "John,Smith,1/22/1980,M,Tim,Smith,2/23/2011,,Child",
        "Ann,Lee,11/22/1985,F,,,,,Self",
    )
    got = landed(head + "\n" + "\n".join(lines) + "\n")
    assert [str(day) for day in got.column("birth_date")] == ["1980-01-22", "2011-02-23", "1985-11-22"]
    assert got.column("gender") == ["Male", None, "Female"]
    assert (got.column("primary_person"), got.codes()) == ([0, 0, 2], [])


def test_dates_of_cover_that_differ_from_plan_to_plan_are_told(landed) -> None:
    """A member has one start and one end: those of the first row. The end of Bo's dental plan is another row's."""
    head = "EID,First Name,Last Name,Relationship,Plan Type,Plan Name,Effective Date,Coverage End Date"
    lines = (
        "1,Ann,Ash,Self,Medical,PPO,2026-01-01,",
        "1,Ann,Ash,Self,Dental,DPPO,2026-02-01,2026-06-30",
        "1,Bo,Ash,Spouse,Dental,DPPO,2026-01-01,2026-06-30",
        "1,Bo,Ash,Spouse,Medical,PPO,2026-01-01,",
        "1,Cy,Ash,Child,Medical,PPO,2026-01-01,",
        "1,Cy,Ash,Child,Dental,DPPO,2026-01-01,",
    )
    got = landed(head + "\n" + "\n".join(lines) + "\n")
    assert got.faults.select("line_number", "code", "column_name", "raw_value").rows() == [
        (3, "other_dates_left_out", "Effective Date", "2026-02-01"),
        (3, "other_dates_left_out", "Coverage End Date", "2026-06-30"),
        (5, "other_dates_left_out", "Coverage End Date", None),
    ]


def test_the_columns_of_an_enrollment_as_an_834_names_them(landed) -> None:
    head = (
        "Subscriber ID,Relationship Code,Last Name,First Name,Insurance Line Code,Plan Coverage Description,"
        "Coverage Level Code,Benefit Begin Date,Benefit End Date"
    )
    lines = (
        "1,18,DOE,JANE,HLT,PPO,EMP,20260101,",
        "1,18,DOE,JANE,DEN,DHMO,EMP,20260101,",
        "2,18,ROE,AL,VIS,VSP,FAM,20260101,20260331",
    )
    got = landed(head + "\n" + "\n".join(lines) + "\n")
    assert got.choices.select("person", "product_type", "cell").rows() == [
        (0, "Medical", "PPO"), (0, "Dental", "DHMO"), (2, "Vision", "VSP"),
    ]  # fmt: skip
    assert (got.column("stated_tier"), got.codes()) == (["EE", "FAM"], [])
    assert [str(day) for day in got.column("policy_end_date")] == ["None", "2026-03-31"]


def test_employees_columns_filled_beside_dependents_only(landed) -> None:
    """The employee's own row names nobody, and is found by name and birth date."""
    head = "Employee First Name,Employee Last Name,Employee DOB,First Name,Last Name,DOB,Relationship"
    lines = (
        ",,,John,Smith,1980-01-22,Self",
        ",,,Ann,Lee,1985-11-22,Self",
        "John,Smith,1980-01-22,Mary,Jones,1981-05-31,Spouse",
    )
    assert landed(head + "\n" + "\n".join(lines) + "\n").column("primary_person") == [0, 1, 0]


def test_a_number_in_the_employees_column_that_is_none_is_told(landed) -> None:
    """It was left out in silence. Whose number it is stands in the same row."""
    lines = ("123-45-67,,Self,Ann", "123-45-6701,,Self,Di", "123-45-6701,123-45-6702,Spouse,Bo")
    got = landed("Emp SSN,Dep SSN,Relationship,First Name,Last Name\n" + ",Ash\n".join(lines) + ",Ash\n")
    assert (got.column("ssn"), got.codes()) == ([None, "123456701", "123456702"], [(2, "not_an_ssn")])


def test_a_birth_date_of_the_employee_is_no_dependents(landed) -> None:
    """The child is asked for its own, and not priced at the age of its mother."""
    head = "Employee Name,Employee DOB,Employee Gender,First Name,Last Name,Relationship"
    got = landed(f"{head}\nAnn Bell,1980-05-01,F,Ann,Bell,EE\nAnn Bell,1980-05-01,F,Cy,Bell,CH\n")
    assert got.column("birth_date") == [date(1980, 5, 1), None]
    assert got.column("gender") == ["Female", None]
    assert got.column("primary_person") == [0, 0]
