"""Reading sheets: headings, encodings, row numbers, and everything that is not a sheet."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from rating.codes import Axis, Relationship, Tier
from rating.methods import CODES
from schemas.rate_rules import CHILD_CAPPED
from services.book import Book
from services.intake.workbook_size import MAX_UNPACKED
from services.refusals import Malformed, NotFound
from services.shelf.columns import SHEETS
from services.shelf.sheets import ROW, Sheets, read_shelf
from tests.rating.builders import World
from tests.services.shelf.desk import codes, tried

HEAD = "account_number,account_name,city\n"


def read(folder: Path, text: str | bytes, name: str = "accounts.csv") -> Sheets:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_shelf(folder)


def names(stated: Sheets) -> list[tuple[int, str, str | None]]:
    return stated.frames["accounts"].select(ROW, "account_number", "city").rows()


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "A,Acme,Zürich\n",
        ("\ufeff" + HEAD + "A,Acme,Zürich\n").encode(),
        (HEAD + "A,Acme,Zürich\n").encode("utf-16"),
        (HEAD + "A,Acme,Zürich\n").encode("cp1252"),
        (HEAD + "A,Acme,Zürich\n").replace(",", ";"),
        (HEAD + "A,Acme,Zürich\n").replace(",", "\t"),
        " Account Number ,ACCOUNT_NAME,City\r\n  A , Acme , Zürich \r\n",
        'city,account_name,account-number\n"Zürich","Acme","A"\n',
    ],
    ids=["utf-8", "mark", "utf-16", "windows-1252", "semicolons", "tabs", "spaced", "quoted"],
)
def test_a_csv_sheet_is_read_however_it_was_saved(tmp_path: Path, text: str | bytes) -> None:
    stated = read(tmp_path, text)
    assert names(stated) == [(2, "A", "Zürich")]
    assert stated.issues.is_empty()


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    text = "\n" + HEAD + "A,Acme,\n\n,,\n" + '"B","Two\nlines",\n' + "C,Short\n"
    assert names(read(tmp_path, text)) == [(3, "A", None), (6, "B", None), (7, "C", None)]


def test_a_workbook_counts_rows_alike(tmp_path: Path) -> None:
    path = tmp_path / "shelf.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("Accounts ")
        for at, row in ((1, ["Account Number", "account_name", "City"]), (2, ["A", "Acme"]), (5, [12, "Twelve", True])):
            page.write_row(at, 0, row)
        book.add_worksheet("Read me").write(0, 0, "Anything")
        book.add_worksheet("Notes").write(0, 0, "Anything")
    stated = read_shelf(path)
    assert names(stated) == [(3, "A", None), (6, "12", "true")]
    assert stated.issues.select("sheet", "code").rows() == [("Notes", "sheet_unknown")]


def test_numbers_and_dates_of_a_workbook_are_read(bakery: Book, tmp_path: Path) -> None:
    path = tmp_path / "shelf.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "m/d/yyyy"})
        page = book.add_worksheet("rate_cells")
        page.write_row(0, 0, ["rate_table", "effective_from", "age", "rate"])
        for row, (age, rate) in enumerate(((0, 0.1 + 0.2), (30, 41.0)), 1):
            page.write(row, 0, "PPO drugs")
            page.write_datetime(row, 1, date(2027, 1, 1), day)
            page.write_number(row, 2, age)
            page.write_number(row, 3, rate)
    outcome = tried(bakery, read_shelf(path))
    assert (codes(outcome), outcome.n_changed) == ([], 2)


def test_a_formula_that_failed_is_no_blank_cell(bakery: Book, tmp_path: Path) -> None:
    path = tmp_path / "shelf.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("rate_cells")
        page.write_row(0, 0, ["rate_table", "effective_from", "age", "rate"])
        page.write_row(1, 0, ["PPO drugs", "2027-01-01", 0])
        page.write_formula(1, 3, "=1/0", None, "#DIV/0!")
    (issue,) = tried(bakery, read_shelf(path)).issues.to_dicts()
    assert (issue["row_number"], issue["column_name"], issue["raw_value"]) == (2, "rate", "#DIV/0!")


def test_a_missing_column_is_one_issue_and_its_rows_are_refused(bakery: Book, tmp_path: Path) -> None:
    outcome = tried(bakery, read(tmp_path, "account_number,city\nA,Bath\nB,Bath\n"))
    assert codes(outcome) == [("accounts", None, "column_missing", "account_name")]
    assert (outcome.n_rows, outcome.n_accepted, outcome.n_refused) == (2, 0, 2)


def test_a_column_that_is_there_twice_is_refused(bakery: Book, tmp_path: Path) -> None:
    outcome = tried(bakery, read(tmp_path, "account_number,account_name,Account Name\nA,Acme,Other\n"))
    assert codes(outcome) == [("accounts", None, "column_repeated", "account_name")]
    assert outcome.n_refused == 1


def test_an_unknown_column_and_an_unknown_sheet_are_warnings(bakery: Book, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("a,b\n1,2\n")
    outcome = tried(bakery, read(tmp_path, "account_number,account_name,colour\nA,Acme,red\n"))
    assert codes(outcome) == [("accounts", None, "column_unknown", "colour"), ("prices", None, "sheet_unknown", None)]
    assert outcome.issues["severity"].to_list() == ["warning", "warning"]
    assert outcome.n_accepted == 1


def test_a_row_that_has_slipped_to_the_right_is_refused(bakery: Book, tmp_path: Path) -> None:
    outcome = tried(bakery, read(tmp_path, HEAD + "A,Acme, Inc.,Bath\nB,Best,Bath,,\n"))
    assert codes(outcome) == [("accounts", 2, "cell_without_heading", None)]
    assert (outcome.n_rows, outcome.n_accepted, outcome.n_refused) == (2, 1, 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\x01\x02garbage\x00", "sheet_unreadable"),
        (b"account_number,account_name\nA,Ac\x00me\n", "sheet_unreadable"),
        (b'account_number,account_name\nA,"never closed\nB,Best\n', "sheet_unreadable"),
        (",".join(f"c{i}" for i in range(5000)).encode() + b"\n", "sheet_unreadable"),
        (b"", "sheet_empty"),
        (b"\n,,\n", "sheet_empty"),
        (b"\xef\xbb\xbf", "sheet_empty"),
    ],
    ids=["binary", "nul", "quote", "5000 columns", "empty", "blank", "mark alone"],
)
def test_a_sheet_that_cannot_be_read_is_an_issue_and_the_others_are_loaded(
    bakery: Book, tmp_path: Path, data: bytes, code: str
) -> None:
    (tmp_path / "products.csv").write_text("product_code,product_name,product_type\nNEW,New,Vision\n")
    outcome = tried(bakery, read(tmp_path, data))
    assert [(c[0], c[2]) for c in codes(outcome)] == [("accounts", code)]
    assert outcome.n_accepted == 1
    assert "never closed\nB" not in str(outcome.issues.rows())


def test_a_heading_alone_states_nothing(bakery: Book, tmp_path: Path) -> None:
    outcome = tried(bakery, read(tmp_path, HEAD))
    assert (codes(outcome), outcome.n_rows) == ([], 0)


def test_a_cell_of_a_megabyte_is_refused_and_told_short(bakery: Book, tmp_path: Path) -> None:
    outcome = tried(bakery, read(tmp_path, HEAD + "A," + "x" * 1_000_000 + ",\n"))
    assert codes(outcome) == [("accounts", 2, "text_too_long", "account_name")]
    assert len(outcome.issues["raw_value"][0]) == 200


def test_what_is_not_there_is_one_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no folder or workbook") as caught:
        read_shelf(tmp_path / "nowhere")
    assert caught.value.code == "shelf_missing"
    assert "benefits template" in caught.value.remedy


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(MAX_UNPACKED + 1))
    (tmp_path / "shelf.xlsx").write_bytes(packed.getvalue())
    with pytest.raises(Malformed, match="unpacks to 100000001 bytes") as caught:
        read_shelf(tmp_path / "shelf.xlsx")
    assert (caught.value.code, "Save it again" in caught.value.remedy) == ("shelf_unreadable", True)


@pytest.mark.parametrize("data", [b"", b"garbage", b"PK\x03\x04 but not really"])
def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "shelf.xlsx"
    path.write_bytes(data)
    with pytest.raises(Malformed, match="not a workbook") as caught:
        read_shelf(path)
    assert caught.value.code == "shelf_unreadable"


def test_a_folder_or_workbook_without_sheets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with xlsxwriter.Workbook(str(tmp_path / "notes.xlsx")) as book:
        book.add_worksheet("Notes")
    for name in ("empty", "notes.xlsx"):
        with pytest.raises(Malformed, match="holds no sheet") as caught:
            read_shelf(tmp_path / name)
        assert caught.value.code == "shelf_no_sheets"


def test_two_files_for_one_sheet_are_told(tmp_path: Path) -> None:
    (tmp_path / "Rate Cells.csv").write_text("rate_table,effective_from,rate\n")
    (tmp_path / "rate_cells.csv").write_text("rate_table,effective_from,rate\n")
    assert read_shelf(tmp_path).issues["code"].to_list() == ["sheet_repeated"]


def test_other_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    for name in ("README.md", "cohort.csv", "census_example.csv", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    assert read(tmp_path, HEAD).issues.is_empty()


def test_the_hash_tells_one_set_of_sheets_from_another(tmp_path: Path) -> None:
    first = read(tmp_path, HEAD).sha256
    assert read(tmp_path, HEAD).sha256 == first
    assert read(tmp_path, HEAD + "A,Acme,\n").sha256 != first


def test_sheets_come_in_the_order_of_loading(example_folder: Path) -> None:
    assert list(read_shelf(example_folder).frames) == list(SHEETS)


def test_the_columns_about_children_name_every_method_that_reads_them() -> None:
    # A family with four children: whichever of the three settings changes a cent is read by the method.
    settings = {"child_age": 10, "child_count": 1, "child_lines": 0}
    readers = {
        name: {code for code in CODES if cents_by(code) != cents_by(code, **{name: settings[name]})}
        for name in settings
    }
    for column in SHEETS["rate_tables"].columns:
        if column.name in settings:
            named, _, _ = column.says.partition(":")
            assert set(named.split(", ")) == readers[column.name] == set(CHILD_CAPPED)


def cents_by(method: str, **settings: int) -> list[int]:
    """What everybody pays by a method whose rate is 10.00, and 7.00 from age 21 on."""
    made = World()
    cells, factors = [({}, "10")], (made.table("factor", [({Axis.AGE: 0}, "1"), ({Axis.AGE: 21}, "0.7")]),)
    if method == "composite_solved":
        cells, factors = [({Axis.TIER: tier}, "1") for tier in Tier], ()
    table = made.table(method, cells, factors=factors, **settings)
    plan = made.offer(table, flat_cents=100_000, required_cents=100_000)
    employee = made.member(birth_date="1985-01-01", annual_pay_cents=5_000_000)
    made.hold(employee, plan)
    made.hold(made.member(employee, relationship=Relationship.SPOUSE), plan)
    for born in ("2008-01-01", "2012-01-01", "2014-01-01", "2017-01-01"):
        made.hold(made.member(employee, relationship=Relationship.CHILD, birth_date=born), plan)
    return made.rate().period_cents.tolist()
