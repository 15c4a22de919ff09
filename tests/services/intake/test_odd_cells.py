"""Odd cells and files of real exports: pay by the hour, pay of 0, split totals, workbooks that unpack to too much."""

import io
import zipfile

import polars as pl
import pytest
import xlsxwriter

from services.intake import values
from services.intake.headings import meaning_of
from services.intake.workbook_size import MAX_UNPACKED

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


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *[
            (cell, "Child")
            for cell in ("Adopted", "Adopted Child", "Foster Child", "Grandchild", "Ward", "Son/Daughter")
        ],
        *[(cell, "Child") for cell in ("Child 5", "Child12", "Child (3)", "Dependent 3", "Dep 1", "Son 2", "CHLD")],
        *[(cell, "Child") for cell in ("Child (Son)", "Domestic Partner's Child", "Child of Domestic Partner")],
        *[(cell, "Domestic Partner") for cell in ("Civil Union", "Civil Partner")],
        *[(cell, "Self") for cell in ("Employee (EE)", "Employee/Subscriber", "'Employee")],
        *[(cell, "Spouse") for cell in ("Husband/Wife", "Spouse (Wife)")],
        # A code of an 834 file (trustee), either of two, and relatives whom no field of the census names.
        *[(cell, None) for cell in ("D2", "Spouse/Domestic Partner", "Spouse 2", "Nephew", "Student")],
    ],
)
def test_relationships_that_differ_only_in_their_words(cell: str, value: str | None) -> None:
    """Rule 9 of census files: only words without doubt are read."""
    found, bad = values.look_up("relationship", pl.Series([cell]))
    assert (found[0], bad[0]) == (value, value is None)


@pytest.mark.parametrize(
    ("cell", "tier"),
    [
        *[(cell, "ECN") for cell in ("EE+CHILD(REN)", "Emp + Children", "Subscriber & Child(ren)")],
        *[(cell, "ES") for cell in ("EE w/ Spouse", "Employee plus Spouse", "E+S")],
        *[(cell, "FAM") for cell in ("EE/FAM", "Employee + Spouse + Child(ren)", "EE + SP + CH")],
        *[(cell, "") for cell in ("Waived - Other Coverage", "Declined: cost")],
        # One dependent, of which kind is not said; words that join nothing.
        *[(cell, None) for cell in ("Employee + 1", "2-Party", "with", "+")],
    ],
)
def test_tiers_that_differ_only_in_how_they_are_joined(cell: str, tier: str | None) -> None:
    """Rule 9 of census files; five tiers (decision 9)."""
    found, bad = values.look_up("tier", pl.Series([cell]))
    assert (found[0], bad[0]) == (tier, tier is None)


def test_a_waiver_under_a_tier_of_one_product_waives_that_product(landed) -> None:
    head = "First Name,Last Name,Birth Date,Medical Tier,Medical,Dental"
    got = landed(f"{head}\nAnn,Ash,1980-01-02,W,,Delta\nBo,Bay,1981-01-02,EE,PPO,Waived - spouse's plan\n")
    assert got.column("is_opt_out_all_plans") == [False, False]
    assert got.column("opt_out_plan_types") == ["Medical", "Dental"]
    assert got.choices.select("person", "cell").rows() == [(0, "Delta"), (1, "PPO")]
    assert landed("First Name,Last Name,Tier\nAnn,Ash,W\n").column("is_opt_out_all_plans") == [True]


def test_characters_that_nobody_sees_count_for_nothing(landed) -> None:
    """A byte-order mark in the middle, zero-width and no-break blanks, as pasted text and joined files have them."""
    head = "\ufeffFirst\u00a0Name,\u200bLast Name,Relationship\u200b,Birth Date,Zip,Pay\u00a0Grade"
    ann = "Ann\u200b Mary,Ash\u00a0,Self\u200b,\u200e1980-01-02,02139\u2060,A"
    bo = "\ufeffBo,O'Bay,Spouse,1981-01-02,'02139,"
    got = landed(f"{head}\n{ann}\n{bo}\n", mapping={"Pay Grade": "Class"})
    assert got.codes() == []
    assert got.column("first_name") == ["Ann Mary", "Bo"] and got.column("last_name") == ["Ash", "O'Bay"]
    assert got.column("relationship") == ["Self", "Spouse"] and got.column("class_name") == ["A", None]
    assert [str(day) for day in got.column("birth_date")] == ["1980-01-02", "1981-01-02"]
    assert got.column("postal_code") == ["02139", "02139"]


def test_the_apostrophe_before_figures_is_a_spreadsheets_and_before_a_name_its_own(landed) -> None:
    got = landed(f"{HEAD},Annual Salary,SSN,Gender\nAnn,'t Hooft,'Self,'1/2/1980,'$52000,'123-45-6701,'F\n")
    assert (got.column("last_name"), got.column("gender")) == (["'t Hooft"], ["Female"])
    assert (got.column("annual_salary_cents"), got.column("ssn")) == ([5_200_000], ["123456701"])
    assert [code for _, code in got.codes()] == ["month_first_assumed"]


@pytest.mark.parametrize(
    "heading",
    ["Gender", "Tobacco User", "Status", "Disabled", "Student", "Tier", "FTE", "Pay Mode", "Age", "COBRA", "State"],
)
def test_a_look_up_that_failed_where_blank_is_allowed_is_told(landed, heading: str) -> None:
    """Rule 9 of census files: the cell counts as blank, as before, but not in silence."""
    got = landed(f"{HEAD},{heading}\n{ANN},#N/A\n")
    assert got.codes() == [(2, "formula_failed")]


def test_a_look_up_of_an_amount_or_a_waiver_that_failed_is_told(landed) -> None:
    assert landed(f"{HEAD},Life,Life Amount\n{ANN},Basic,#N/A\n").codes() == [(2, "not_money")]
    assert landed(f"{HEAD},Waive Dental\n{ANN},#N/A\n").codes() == [(2, "formula_failed")]


@pytest.mark.parametrize("number", ["000-00-0000", "999999999", "111-11-1111", "123-45-6789", "0000000.0"])
def test_a_number_that_stands_in_for_an_unknown_one_is_nobodys(landed, number: str) -> None:
    """Ann and Bo are two persons, each above the own child; the stand-in neither links nor is kept."""
    lines = (f"{number},Ann,Ash,EE,", f"{number},Kid,Ash,CH,", f"{number},Bo,Bay,EE,", f"{number},Joy,Bay,CH,")
    got = landed("Employee SSN,First Name,Last Name,Relationship,DOB\n" + "\n".join(lines) + "\n")
    assert got.codes() == [(line, "ssn_stands_in") for line in (2, 3, 4, 5)]
    assert (got.column("ssn"), got.column("primary_person")) == ([None] * 4, [0, 0, 2, 2])
    assert got.faults["raw_value"].unique().to_list() == ["***-**-****"]


def test_two_columns_of_pay_that_differ_are_told(landed) -> None:
    """20 x 2,080 = 41,600 beside 25 by the hour; 52,000 beside 12 x 4,000 = 48,000; 41,600.00 and 12 x 3,466.67 =
    41,600.04 are rounding. What a `Pay Rate` is beside pay by the year nobody knows."""
    told = "pay_columns_differ"
    both = landed(f"{HEAD},Hourly Rate,Pay Rate\n{ANN},20,25\nBo,Bay,Self,1981-01-02,20,20\n")
    assert (both.codes(), both.column("annual_salary_cents")) == ([(2, told)], [4_160_000, 4_160_000])
    year = landed(f"{HEAD},Annual Salary,Monthly Salary\n{ANN},52000,4000\nBo,Bay,Self,1981-01-02,41600,3466.67\n")
    assert (year.codes(), year.column("annual_salary_cents")) == ([(2, told)], [5_200_000, 4_160_000])
    assert year.faults["column_name"].to_list() == ["Monthly Salary"]
    assert landed(f"{HEAD},Annual Salary,Pay Rate\n{ANN},41600,1600\n").codes() == []
    assert landed(f"{HEAD},Annual Salary,Hourly Rate\n{ANN},0,20\n").codes() == []


@pytest.mark.parametrize(("cell", "share"), [("0,75", 0.75), ("1,0", 1.0), ("0,375", 0.375), ("62,5%", 0.625)])
def test_a_full_time_equivalent_may_have_a_decimal_comma(landed, cell: str, share: float) -> None:
    got = landed(f"{HEAD};FTE\n{ANN};{cell}\n".replace(",", ";", 3).replace("Ann,Ash,Self,", "Ann;Ash;Self;"))
    assert (got.codes(), got.column("full_time_equivalent")) == ([], [share])


def test_a_share_with_a_thousands_comma_is_no_number(landed) -> None:
    assert landed(f'{HEAD},FTE\n{ANN},"1,000"\n').codes() == [(2, "not_a_number")]


def test_a_label_of_a_figure_below_the_census_is_nobody(landed) -> None:
    """Rule 2 of census files; a row with a name and a fact is a person, whatever its first cell."""
    head = "No.,First Name,Last Name,Birth Date"
    got = landed(f"{head}\n1,Ann,Ash,1980-01-02\nAverage age:,45,,\nMale:,1,,\n3:,Bo,Bay,1981-01-02\n")
    assert got.persons["skip_reason"].to_list() == [None, "total_row", "total_row", None]


def test_a_block_that_says_nothing_is_nobody(landed) -> None:
    head = "First Name,Last Name,DOB,Dep 1 First Name,Dep 1 Last Name,Dep 1 Relationship,Dep 1 DOB"
    got = landed(f"{head}\nAnn,Ash,1980-01-02,N/A,N/A,N/A,n/a\nBo,Na,1981-01-02,Joy,Na,Child,2010-01-02\n")
    assert (got.codes(), got.column("first_name")) == ([], ["Ann", "Bo", "Joy"])


@pytest.mark.parametrize("cell", ["nan", "NaT", "<NA>"])
def test_what_a_data_frame_writes_for_nothing_is_nothing(landed, cell: str) -> None:
    assert landed(f"{HEAD},Hire Date,FTE\n{ANN},{cell},{cell}\n").codes() == []


def test_titles_and_footers_of_printed_pages_are_nobody(landed) -> None:
    """Rule 2 of census files; a person of that name has a birth date."""
    head = "Last Name,First Name,Rel,DOB"
    got = landed(
        f"{head}\nAsh,Ann,EE,1980-01-02\nHarbor Light,Page 2,,\nPrinted 11/01/2025,,,\nPage,Jo,EE,1981-01-02\n"
    )
    assert got.persons["skip_reason"].to_list() == [None, "total_row", "total_row", None]


def test_who_left_without_a_date_is_told(landed) -> None:
    got = landed(f"{HEAD},Status,Term Date\n{ANN},Terminated,\nBo,Bay,Self,1981-01-02,Terminated,2025-10-31\n")
    assert got.codes() == [(2, "left_without_date")]


def _workbook(*, far: str | None) -> bytes:
    """A census of one row, and a cell (or with None only a format) in the last corner of the sheet."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet()
    for row, cells in enumerate((HEAD, ANN)):
        sheet.write_row(row, 0, cells.split(","))
    sheet.write(1_048_575, 16_383, far, book.add_format({"bold": True}))
    book.close()
    return made.getvalue()


def test_a_sheet_with_a_stray_cell_in_its_last_corner_is_refused_unread(landed) -> None:
    """1,048,576 rows by 16,384 columns: the reader would make room for 17,179,869,184 cells, and end the process."""
    got = landed(_workbook(far="x"), name="census.xlsx")
    assert got.fault == "sheet_too_large"
    says = got.files[0, "fault_says"]
    assert "XFD1048576" in says and f"{1_048_576 * 16_384:,}" in says and "..." not in says
    assert landed(_workbook(far=None), name="census.xlsx").column("first_name") == ["Ann"]


def test_a_part_that_cannot_be_unpacked_vouches_for_no_sheet(landed) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook(far="x"))) as book, zipfile.ZipFile(made, "w") as copy:
        copy.writestr("odd.bin", b"odd")
        for part in book.infolist():
            copy.writestr(part, book.read(part))
    data = bytearray(made.getvalue())
    for at in (8, data.index(b"PK\x01\x02") + 10):  # its method of packing, in its own head and in the directory
        data[at : at + 2] = (97).to_bytes(2, "little")
    assert landed(bytes(data), name="census.xlsx").fault == "sheet_too_large"


def _with_notes(n_people: int, *, n_notes: int) -> bytes:
    """A workbook of people, the first of whom have one note of 32,000 letters, which the file holds once."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["First Name", "Last Name", "DOB", "Notes"])
    for row in range(1, n_people + 1):
        sheet.write_row(row, 0, [f"Ann{row}", "Bell", "1980-05-01", "x" * 32_000 if row <= n_notes else "ok"])
    book.close()
    return made.getvalue()


def test_a_long_text_shared_by_many_cells_is_refused_before_it_is_written_out(landed) -> None:
    """16,000 x 32,000 letters are 512 MB of text out of a file of some 300 KB."""
    data = _with_notes(16_000, n_notes=16_000)
    assert len(data) < 1_000_000
    got = landed(data, name="census.xlsx")
    assert (got.fault, got.rows.height) == ("sheet_text_too_large", 0)
    assert got.files[0, "fault_says"].startswith("The cells of a sheet hold 512,")


def test_a_long_text_of_one_cell_among_many_is_read(landed) -> None:
    """16,000 people x 4 cells x 32,000 letters would be too much, so the cells are counted: 512 KB of notes are not."""
    assert landed(_with_notes(16_000, n_notes=16), name="census.xlsx").fault is None


@pytest.mark.parametrize("cell", ["123-45-678", "123-45-67", "123 4 5678", "1-2-34567"])
def test_a_digit_that_lacks_inside_a_number_is_no_lost_zero(landed, cell: str) -> None:
    """123-45-678 is not 012-34-5678; 1-23-4567 is 001-23-4567."""
    got = landed(f"{HEAD},SSN\n{ANN},{cell}\n")
    assert (got.column("ssn"), got.codes()) == ([None], [(2, "not_an_ssn")])
    mended = landed(f"{HEAD},SSN\n{ANN},1-23-4567\n")
    assert (mended.column("ssn"), mended.codes()) == (["001234567"], [(2, "zeros_restored")])


@pytest.mark.parametrize("cell", ["Pending", "TBD", "Applied for"])
def test_a_word_in_place_of_a_number_refuses_nobody(landed, cell: str) -> None:
    got = landed(f"{HEAD},SSN\n{ANN},{cell}\n")
    assert (got.column("ssn"), got.codes()) == ([None], [(2, "ssn_stands_in")])


@pytest.mark.parametrize(
    "heading", ["Email", "Phone", "Street", "City", "State", "Zip", "Country", "Class", "Employee ID", "Member Key"]
)
@pytest.mark.parametrize("cell", ["N/A", "-", "none", "NULL"])
def test_a_text_that_says_nothing_is_blank(landed, heading: str, cell: str) -> None:
    """As an e-mail address or a class it refused the person."""
    got = landed(f"{HEAD},{heading}\n{ANN},{cell}\n")
    column = meaning_of(heading).field
    column = "source_system_identifier" if column == "employee_key" else column
    assert (got.column(column), got.codes()) == ([None], [])


def test_na_may_be_a_country_or_a_class_and_a_name(landed) -> None:
    got = landed(f"{HEAD},Country,Class\nNa,Null,Self,1980-01-02,NA,NA\n")
    assert [got.column(name) for name in ("first_name", "last_name", "country", "class_name")] == [
        ["Na"], ["Null"], ["NA"], ["NA"],
    ]  # fmt: skip


def test_a_link_that_says_nothing_links_nobody(landed) -> None:
    """N/A in the link column of an employee said that he was his own dependent; two of them had one identifier."""
    lines = ("N/A,N/A,Ann,Ash,Self", "N/A,N/A,Bo,Bay,Self", "7,N/A,Cy,Cole,Self", "8,7,Di,Cole,Spouse")
    got = landed("Source Id,PrimaryMemberSource,First Name,Last Name,Relationship\n" + "\n".join(lines) + "\n")
    assert got.column("source_system_identifier") == [None, None, "7", "8"]
    assert got.column("primary_member_source") == [None, None, None, "7"]
    assert (got.column("primary_person"), got.codes()) == ([0, 1, 2, 2], [])


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        *[("gender", cell, "Female") for cell in ("Fem.", "F - Female", "Female (F)")],
        *[("gender", cell, "Unknown") for cell in ("Prefer not to say", "Not Disclosed", "Decline to state")],
        *[("status", cell, "Full-Time") for cell in ("Active - Full Time", "Full-Time Active")],
        *[("status", cell, "COBRA") for cell in ("COBRA Participant", "On COBRA")],
        ("status", "Deceased", "Terminated"),
        *[("smoker_status", cell, "Non-Smoker") for cell in ("Never Used", "Former Smoker")],
        ("is_disabled", "Permanently Disabled", "disabled"),
        ("continuation", "Federal COBRA", "COBRA"),
        ("gender", "T", None),
        ("smoker_status", "Vape", None),
    ],
)
def test_values_in_more_words(field: str, cell: str, value: str | None) -> None:
    """Rule 9 of census files: only words without doubt are read."""
    found, bad = values.look_up(field, pl.Series([cell]))
    assert (found[0], bad[0]) == (value, value is None)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("John Smith Jr.", "John", "Smith Jr."),
        ("John Smith, Jr.", "John", "Smith Jr."),
        ("Smith, Jr., John", "John", "Smith Jr."),
        ("Smith Jr., John Q", "John Q", "Smith Jr."),
        ("Smith, John Jr.", "John", "Smith Jr."),
        ("Smith, John Q, III", "John Q", "Smith III"),
        ("John Q Smith III", "John Q", "Smith III"),
        ("Smith, John", "John", "Smith"),
        ("Mary Ann Lee", "Mary Ann", "Lee"),
        ("Ivy Siii", "Ivy", "Siii"),
        ("De La Cruz,", None, "De La Cruz"),
        ("Smith, Jr.", None, "Smith Jr."),
    ],
)
def test_a_suffix_is_of_the_last_name(landed, cell: str, first: str | None, last: str) -> None:
    """`John Smith, Jr.` was a Jr. of the family John Smith, in silence."""
    got = landed(f'Name,Relationship,Birth Date\n"{cell}",Self,1980-01-02\n')
    assert (got.column("first_name"), got.column("last_name")) == ([first], [last])
