"""Bad files: each gives one plain fault, never an exception; each bad row gives its code and is kept."""

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import CensusFile, land
from services.intake.faults import FAULTS, FILE

HEAD = "First Name,Last Name,Relationship,DOB"
GOOD = f"{HEAD}\nAnn,Bell,EE,1980-05-01\n"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n  \n", "file_empty"),
        (HEAD.encode(), "heading_only"),
        (f"{HEAD}\n\n,,,\n".encode(), "heading_only"),
        (f"{HEAD}\nTotal,0,,\n".encode(), "heading_only"),
        (b"hello world\nthis is not a census\n", "heading_not_found"),
        (b"1,2,3\n4,5,6\n", "heading_not_found"),
        (bytes(range(256)) * 40, "binary_file"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00\x01\x02" * 100, "binary_file"),
        (GOOD.encode()[:30] + b"\x00" + GOOD.encode()[30:], "binary_file"),
        (
            GOOD.encode()
            + "Zoë,Müller,EE,1980-05-01\nJosé,Núñez,EE,1980-05-01\n".encode()
            + b"Andr\xe9,X,EE,1980-05-01\n",
            "wrong_encoding",
        ),
        (b"\xef\xbb\xbf" + GOOD.encode() + b"\xff\xfe", "wrong_encoding"),
        (b"\xff\xfe" + GOOD.encode("utf-16-le") + b"\x00", "wrong_encoding"),
        (
            ",".join(["First Name", "Last Name"] + [f"c{n}" for n in range(4998)]).encode() + b"\nA,B\n",
            "too_many_columns",
        ),
        (b"PK\x03\x04 this is no workbook", "unreadable_workbook"),
        (b"\xd0\xcf\x11\xe0 nor is this", "unreadable_workbook"),
        (b"PAR1 rubbish PAR1", "unreadable_parquet"),
    ],
)
def test_a_bad_file_gives_one_fault_and_no_rows(landed, content: bytes, code: str) -> None:
    got = landed(content)
    assert got.fault == code
    assert got.files[0, "fault_says"]
    assert got.files[0, "fault_remedy"]
    assert got.persons.is_empty()
    assert got.rows.is_empty()
    assert got.faults.is_empty()


def test_an_encoding_that_is_a_guess_is_told_once_for_the_file(landed) -> None:
    names = "Иван,Петров,EE,1980-05-01\nМария,Сидорова,EE,1981-05-01\nДарья,Кузнецова,EE,1982-05-01\n"
    got = landed((HEAD + "\n" + names * 20).encode("cp1251"))
    assert got.fault is None
    assert got.files[0, "encoding"] not in {"utf-8", "windows-1252"}
    assert (None, "encoding_guessed") in got.codes()
    assert landed((HEAD + "\nZoë,Müller,EE,1980-05-01\n").encode("cp1252")).codes() == []


def test_cells_made_harmless_in_refused_rows_come_back_as_they_were(landed) -> None:
    line = "'=Ann,'t Hooft,EE,1980-05-01,'-5 Main"
    got = landed(f"{HEAD},Street,Errors\n{line},x\n")
    assert got.codes() == [(2, "formula_cell")]
    assert got.faults[0, "raw_value"] == "=Ann"
    assert (got.column("last_name"), got.column("street")) == (["'t Hooft"], ["-5 Main"])
    assert landed(f"{HEAD},Street\n{line}\n").column("street") == ["'-5 Main"]


def test_an_unclosed_quote_names_its_line_and_spoils_only_its_file(landed_together) -> None:
    bad = f'{HEAD}\nAnn,Bell,EE,1980-05-01\n"Bo,Bell,SP,1981-05-01\nCy,Bell,CH,2010-05-01\n'
    got = landed_together(("a", GOOD), ("b", bad), ("c", GOOD))
    assert got.files["fault_code"].to_list() == [None, "quote_never_closed", None]
    assert "line 3" in got.files[1, "fault_says"]
    assert got.rows["file_no"].to_list() == [0, 2]


def test_a_missing_file_and_a_folder_are_faults(tmp_path: Path) -> None:
    asked = [
        CensusFile(p, "c", p.name, None, None, date(2026, 1, 1)) for p in (tmp_path / "no.csv", tmp_path, Path("a\0b"))
    ]
    assert land(asked).files["fault_code"].to_list() == ["file_missing", "file_unreadable", "file_unreadable"]


def test_a_cell_of_a_megabyte_is_one_row_fault(landed) -> None:
    got = landed(GOOD + "B" * 1_000_000 + ",Bell,SP,1981-05-01\nCy,Bell,CH,2010-05-01\n")
    assert got.fault is None
    assert got.codes() == [(3, "cell_too_long")]
    assert len(got.faults[0, "raw_value"]) == 200
    assert got.column("primary_person") == [0, 0, 0]


def test_ragged_rows_are_kept_and_refused(landed) -> None:
    got = landed(f"{HEAD}\nAnn,Bell,EE,1980-05-01\nBo,Bell,SP\nCy,Bell,Jr,CH,2010-05-01\nDi,Bell,CH,2012-05-01,,\n")
    assert got.codes() == [(3, "ragged_row"), (4, "ragged_row")]
    assert "3 cells" in got.faults[0, "message"]
    assert "heading has 4" in got.faults[0, "message"]
    assert got.rows["cells"].to_list()[1:3] == [["Bo", "Bell", "SP"], ["Cy", "Bell", "Jr", "CH", "2010-05-01"]]
    assert got.column("first_name") == ["Ann", None, None, "Di"]
    assert got.column("first_name_text") == ["Ann", "Bo", "Cy", "Di"]


def test_short_rows_below_a_heading_that_ends_in_blanks_are_whole(landed) -> None:
    assert landed(f"{HEAD},,\nAnn,Bell,EE,1980-05-01\n").codes() == []


def test_old_workbooks_with_a_password_or_cut_short_are_faults(landed) -> None:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("Empty")
    book.close()
    assert landed(out.getvalue()).fault in {"file_empty", "heading_not_found"}
    assert landed(out.getvalue()[:-200]).fault == "unreadable_workbook"


def test_every_fault_says_what_and_how_to_mend_it() -> None:
    for code, fault in FAULTS.items():
        assert code == code.lower().replace(" ", "_")
        assert fault.says.endswith((".", "fields"))
        assert fault.remedy
        assert fault.severity in {FILE, "error", "warning"}


def test_unknown_rows_are_never_lost_in_a_large_mixed_file(landed) -> None:
    rng = np.random.default_rng(5)
    lines = [
        f"P{n},Q{n},{rng.choice(['EE', 'SP', 'CH', 'Pal', ''])},{rng.choice(['1980-05-01', 'x', ''])}"
        for n in range(2000)
    ]
    lines[7], lines[500], lines[1000] = "", "Total,,,", "a,b"
    got = landed(HEAD + "\n" + "\n".join(lines) + "\n")
    assert got.rows["line_number"].to_list() == list(range(2, 2002))
    assert got.persons["line_number"].to_list() == list(range(2, 2002))


def accounted(content: bytes, folder: Path) -> None:
    """Every data line of a readable file is in rows once and in persons at least once; nothing raises."""
    path = folder / "fuzz.csv"
    path.write_bytes(content)
    landing = land([CensusFile(path, "c", "fuzz", None, None, date(2026, 1, 1))])
    file = landing.files.row(0, named=True)
    if file["fault_code"] is not None:
        assert file["fault_code"] in FAULTS
        assert landing.rows.is_empty()
        assert landing.persons.is_empty()
        return
    assert landing.rows["line_number"].is_unique().all()
    assert set(landing.rows["line_number"]) == set(landing.persons["line_number"])
    assert landing.persons.filter(pl.col("person_no") == 0).height == landing.rows.height
    assert set(landing.faults["code"]) <= set(FAULTS)
    assert landing.persons["person"].to_list() == list(range(landing.persons.height))
    landing.persons.write_ipc(io.BytesIO())
    landing.rows.write_ipc(io.BytesIO())


slow = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@slow
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(tmp_path: Path, content: bytes) -> None:
    accounted(content, tmp_path)
    accounted(GOOD.encode() + content, tmp_path)
    accounted(b"PAR1" + content, tmp_path)


HEADINGS = st.sampled_from(
    [
        "First Name",
        "Last Name",
        "Name",
        "Relationship",
        "DOB",
        "Hire Date",
        "Zip",
        "SSN",
        "Employee SSN",
        "Salary",
        "Salary Mode",
        "FTE",
        "Age",
        "Tier",
        "Status",
        "Medical",
        "Dental",
        "Plan Name",
        "Plan Type",
        "Elected Amount",
        "Life Amount",
        "Waive Life",
        "OptOutPlanTypes",
        "Dep1 DOB",
        "Dep1 First Name",
        "Dep1 Relationship",
        "Spouse Name",
        "Spouse DOB",
        "Employee ID",
        "ID",
        "PrimaryMemberSource",
        "SourceSystemIdentifier",
        "Sequence Number",
        "Gender",
        "Tobacco",
        "Disabled",
        "Student",
        "Number of Children",
        "Has Spouse",
        "# Dependents",
        "Subscriber First Name",
        "Covered Member First Name",
        "Class",
        "Errors",
        "Country",
        "Opt Out",
        "PrimaryGroupCensusMemberId",
        "Term Date",
        "Email",
        "Monthly Income",
        "Hourly Rate",
        "AssociationWithPrimaryMbr",
    ]
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "EE",
            "SP",
            "CH",
            "Self",
            "",
            "1",
            "01",
            "0",
            "Waive",
            "PPO",
            "Medical",
            "Medical;Dental",
            "1980-05-01",
            "03/04/1985",
            "25/12/80",
            "12251980",
            "03041985",
            "29560",
            "9999-12-31",
            "$52,000.50",
            "-1",
            "(5)",
            "1e9",
            "=cmd",
            "Yes",
            "N",
            "x",
            "Total",
            "EE = Employee",
            "Bell, Ann",
            "123456789",
            "12345678.0",
            "2108",
            "٣٤٥٦٧٨٩",
            "½",
            "nan",
            "inf",
            "-inf",
            "\ufeff",
            "First Name",
            "Last Name",
            "MM/DD/YYYY",
            "\xa0",
            "99999999999999999999",
            "1/1/1",
            "00/00/0000",
            "0000-00-00",
            "31-Feb-2000",
            "5-May-05",
        ]
    ),
    st.text(max_size=12),
    st.from_regex(r"[0-9]{1,12}([./-][0-9]{1,4}){0,3}", fullmatch=True),
)


@slow
@given(
    st.lists(HEADINGS, min_size=2, max_size=12, unique=True),
    st.lists(st.lists(CELLS, max_size=13), max_size=12),
    st.sampled_from(",;\t|"),
)
def test_random_censuses_lose_no_line(
    tmp_path: Path, headings: list[str], rows: list[list[str]], separator: str
) -> None:
    lines = [separator.join(headings)] + [separator.join(row) for row in rows]
    accounted("\n".join(lines).encode("utf-8", errors="replace"), tmp_path)
    quoted = [separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [headings, *rows]]
    accounted("\n".join(quoted).encode("utf-8", errors="replace"), tmp_path)


NAMES = "First Name,Last Name,City\nJosé,Muñoz,Köln\nAnn,Peña,Zürich\nBo,O'Brien,León\n"


@pytest.mark.parametrize(
    ("encoding", "told", "codes"),
    [
        ("cp1252", "windows-1252", []),
        ("latin-1", "windows-1252", []),
        ("mac-roman", "mac-roman", ["encoding_guessed"]),
        ("cp850", "cp850", ["encoding_guessed"]),
        ("cp437", "cp850", ["encoding_guessed"]),
    ],
)
def test_old_encodings_of_one_byte_a_letter(landed, encoding: str, told: str, codes: list[str]) -> None:
    """A Mac's é is the Ž of Windows: `JosŽ` was read in silence."""
    got = landed(NAMES.encode(encoding))
    assert got.files["encoding"].to_list() == [told]
    assert [code for _, code in got.codes()] == codes
    assert got.column("first_name") + got.column("last_name") == ["José", "Ann", "Bo", "Muñoz", "Peña", "O'Brien"]
    assert got.column("city") == ["Köln", "Zürich", "León"]


@pytest.mark.parametrize("name", ["Šimek", "Žižek", "McDonald–Ramírez", "Smith – Jones", "D’Ángelo"])
def test_names_that_windows_writes_so_are_not_doubted(landed, name: str) -> None:
    got = landed(f"First Name,Last Name\nAnn,{name}\n".encode("cp1252"))
    assert (got.column("last_name"), got.codes()) == ([name], [])


def test_a_line_break_inside_a_cell_is_a_blank(landed) -> None:
    got = landed('First Name,Last Name,City\n"Ann\nMarie","Ash\r\n","New \n York"\n')
    assert [got.column(name) for name in ("first_name", "last_name", "city")] == [["Ann Marie"], ["Ash"], ["New York"]]
    assert got.rows["cells"][0][0] == "Ann\nMarie"  # as it landed


def _zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "First Name,Last Name\nAnn,Ash\n")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "fault", "says"),
    [
        (_zipped("census.csv"), "archive", "The file is an archive of census.csv."),
        (_zipped(*"abcdef"), "archive", "The file is an archive of a, b, c, d, e and more."),
        (gzip.compress(b"First Name,Last Name\nAnn,Ash\n", mtime=0), "archive", "The file is an archive."),
        (b'{"first_name": "Ann"}\n{"first_name": "Bo"}\n', "not_a_table", "The file holds JSON, not a table."),
        (b'[{"first_name": "Ann"}]', "not_a_table", "The file holds JSON, not a table."),
        (b"<html><table><tr><td>Ann</table>", "not_a_table", "The file holds a web page or XML, not a table."),
        (b"%PDF-1.4\n%x\n", "not_a_table", "The file holds a PDF document, not a table."),
        (b"one\ntwo\n", "heading_not_found", "None of the first 15 rows looks like a heading row."),
    ],
)
def test_what_is_no_table_says_what_it_is(landed, data: bytes, fault: str, says: str) -> None:
    got = landed(data)
    assert (got.fault, got.files["fault_says"][0]) == (fault, says)


@pytest.mark.parametrize(("at", "byte"), [(6, 99), (46, 255)])
def test_an_archive_of_an_odd_version_or_name_ends_nothing(landed, at: int, byte: int) -> None:
    """Version 9.9, and a name in UTF-8 that is none: both left the intake as exceptions."""
    data = bytearray(_zipped("census\u00e9.csv"))
    data[data.index(b"PK\x01\x02") + at] = byte
    assert landed(bytes(data)).fault == "unreadable_workbook"
