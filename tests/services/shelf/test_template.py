"""Templates: blank and example sets, in both forms, with every column explained."""

from pathlib import Path

import fastexcel
import pytest

from schemas.plans import CONTRACT, PRODUCT_TYPES
from services.book import Book
from services.refusals import Conflict, Unavailable
from services.shelf.columns import SHEETS
from services.shelf.sheets import read_shelf
from services.shelf.template import CENSUS_EXAMPLE, write_template
from tests.services.shelf.desk import codes, tried

FORMS = ("shelf", "shelf.xlsx")


@pytest.mark.parametrize("form", FORMS)
def test_a_blank_set_has_every_sheet_and_loads_without_an_issue(tmp_path: Path, bakery: Book, form: str) -> None:
    made = write_template(tmp_path / form, example=False)
    assert all(path.exists() for path in made)
    stated = read_shelf(tmp_path / form)
    assert list(stated.frames) == list(SHEETS)
    outcome = tried(bakery, stated)
    assert (codes(outcome), outcome.n_rows) == ([], 0)
    assert not (tmp_path / CENSUS_EXAMPLE).exists()


@pytest.mark.parametrize("form", FORMS)
def test_the_example_has_a_row_on_every_sheet_and_a_census(tmp_path: Path, form: str) -> None:
    made = write_template(tmp_path / form, example=True)
    stated = read_shelf(tmp_path / form)
    assert all(frame.height for frame in stated.frames.values())
    assert stated.issues.is_empty()
    census = next(path for path in made if path.name == CENSUS_EXAMPLE)
    assert census.read_text(encoding="utf-8").startswith("Employee ID,First Name")


def test_both_forms_hold_the_same_cells(tmp_path: Path) -> None:
    write_template(tmp_path / "shelf", example=True)
    write_template(tmp_path / "x" / "shelf.xlsx", example=True)
    folder, book = read_shelf(tmp_path / "shelf"), read_shelf(tmp_path / "x" / "shelf.xlsx")
    for name in SHEETS:
        assert folder.frames[name].equals(book.frames[name]), name


def test_every_column_and_every_value_list_is_explained(tmp_path: Path) -> None:
    write_template(tmp_path / "shelf", example=False)
    write_template(tmp_path / "shelf.xlsx", example=False)
    page = (
        fastexcel.read_excel(tmp_path / "shelf.xlsx")
        .load_sheet("Read me", header_row=None, dtypes="string")
        .to_polars()
    )
    book = "\n".join(cell for column in page for cell in column if cell)
    for said in ((tmp_path / "shelf" / "README.md").read_text(encoding="utf-8"), book):
        for sheet in SHEETS.values():
            assert sheet.name in said
            assert sheet.says in said
            for column in sheet.columns:
                assert column.says in said, (sheet.name, column.name)
                assert ", ".join(column.values) in said


def test_the_workbook_opens_with_its_documentation(tmp_path: Path) -> None:
    write_template(tmp_path / "shelf.xlsx", example=True)
    assert fastexcel.read_excel(tmp_path / "shelf.xlsx").sheet_names == ["Read me", *SHEETS]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_overwritten(tmp_path: Path, form: str) -> None:
    write_template(tmp_path / form, example=False)
    with pytest.raises(Conflict) as caught:
        write_template(tmp_path / form, example=True)
    assert caught.value.code == "template_exists"
    assert not (tmp_path / CENSUS_EXAMPLE).exists()


def test_a_place_that_cannot_be_written_is_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be written"):
        write_template(tmp_path / "file" / "shelf", example=False)


def test_limits_and_lists_are_those_of_the_tables() -> None:
    assert SHEETS["products"].column("product_type").values == PRODUCT_TYPES
    assert SHEETS["contracts"].column("contract_number").longest == CONTRACT.column("contract_number").longest
    with pytest.raises(KeyError, match="no column"):
        SHEETS["accounts"].column("colour")


def test_every_column_of_a_key_is_a_column_of_its_sheet() -> None:
    for sheet in SHEETS.values():
        assert {c.name for c in sheet.columns} >= set(sheet.key)
        assert len({c.name for c in sheet.columns}) == len(sheet.columns)
