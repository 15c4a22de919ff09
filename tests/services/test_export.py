"""Exports: safe for spreadsheets, whole or absent, of the book or a part of it."""

import csv
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import fastexcel
import polars as pl
import pytest

import services.export
from services.book import Book
from services.export import FORMATS, KINDS, ExportOutcome, export
from services.refusals import Malformed, NotFound, Unavailable
from tests.analyst_book import ACME, ANN, BOLT, filled_book, put


@pytest.fixture
def filled(tmp_path: Path) -> Book:
    """The small finished book."""
    return filled_book(tmp_path)


def run(book: Book, what: str, path: Path, **more: object) -> ExportOutcome:
    """Export in a unit of work of its own."""
    with book.read() as tx:
        return export(tx, what, path, **more)  # pyright: ignore[reportArgumentType]


def records(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file as a program sees them."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_kind_can_be_written_in_every_format(filled: Book, tmp_path: Path, fmt: str) -> None:
    with filled.read() as tx:
        for what in KINDS:
            outcome = export(tx, what, tmp_path / f"{what}.{fmt}")
            assert rows_in(outcome.path) == outcome.n_rows > 0


def rows_in(path: Path) -> int:
    """Rows of a file, by its ending."""
    if path.suffix == ".csv":
        return len(records(path))
    if path.suffix == ".parquet":
        return pl.read_parquet(path).height
    return fastexcel.read_excel(path).load_sheet(0).height


def test_a_cell_like_a_formula_is_disarmed_in_csv_and_a_negative_number_is_not(filled: Book, tmp_path: Path) -> None:
    with filled.write() as tx:
        tx.connection.execute(
            "UPDATE book.census_member SET name = '=Smith, Ann', city = '@here', street = '+1 Main', state = '-x'"
        )
    row = next(
        r for r in records(run(filled, "members", tmp_path / "m.csv").path) if r["group_census_member_id"] == ANN
    )
    assert (row["member_name"], row["city"], row["street"], row["state"]) == (
        "'=Smith, Ann",
        "'@here",
        "'+1 Main",
        "'-x",
    )
    renewal = records(run(filled, "renewal_groups", tmp_path / "r.csv").path)
    assert renewal[0]["premium_monthly_change"] == "-170.00"
    refused = records(run(filled, "refused", tmp_path / "x.csv").path)
    assert refused[0]["line"].startswith("'=cmd|")
    assert refused[0]["errors"] == "DOB: Born too long ago."


def test_a_workbook_holds_no_formula_but_the_text_itself(filled: Book, tmp_path: Path) -> None:
    path = run(filled, "premiums", tmp_path / "p.xlsx").path
    with ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet
    assert "<cols>" in sheet
    assert "#,##0.00" in styles
    read = fastexcel.read_excel(path).load_sheet(0).to_polars()
    assert read["member_name"].to_list()[0] == "Ann =Smith"
    assert read["premium_monthly"].to_list()[:2] == [460.0, 433.33]


def test_parquet_keeps_exact_types(filled: Book, tmp_path: Path) -> None:
    read = pl.read_parquet(run(filled, "groups", tmp_path / "g.parquet").path)
    assert read.schema["premium_monthly"] == pl.Decimal(18, 2)
    assert read["premium_term"].to_list() == [Decimal("11929.82"), Decimal("360.00")]


def test_one_cohort_or_some_censuses_can_be_exported(filled: Book, tmp_path: Path) -> None:
    assert run(filled, "premiums", tmp_path / "a.csv").n_rows == 5
    assert run(filled, "premiums", tmp_path / "b.csv", cohort="acme").n_rows == 3
    assert run(filled, "premiums", tmp_path / "c.csv", census_ids=[BOLT]).n_rows == 2
    assert run(filled, "premiums", tmp_path / "d.csv", census_ids=[ACME, BOLT]).n_rows == 5
    with pytest.raises(NotFound) as refused:
        run(filled, "premiums", tmp_path / "e.csv", cohort="nobody")
    assert refused.value.code == "cohort_missing"
    with pytest.raises(NotFound):
        run(filled, "premiums", tmp_path / "f.csv", census_ids=["0rf000000000000099"])
    assert not (tmp_path / "e.csv").exists()


def test_rates_and_contributions_of_a_cohort_are_those_its_contracts_use(filled: Book, tmp_path: Path) -> None:
    """Acme's C-1: Medical by its product's table, solved from a base with a factor, and Life by the plan's own table.

    Bolt's C-2 has Dental alone. A rule of Acme's class that names a plan of C-2 is no rule of C-1.
    """
    put(
        filled,
        "ref.rate_table",
        {"rate_table_id": "0rt4", "name": "Area 2026", "method": "factor", "axes": ["area"]},
        {"rate_table_id": "0rt5", "name": "Nobody's", "method": "volume"},
        {"rate_table_id": "0rt6", "name": "Life of the product", "method": "volume"},
        {"rate_table_id": "0rt7", "name": "Base 2026", "method": "age_banded", "factor_tables": ["Area 2026"]},
    )
    with filled.write() as tx:
        solved = "UPDATE ref.rate_table SET base_table = 'Base 2026' WHERE name = 'Medical 2026'"
        tx.connection.execute(solved).fetchall()
        tx.connection.execute("DELETE FROM ref.rate_table_plan").fetchall()
    put(
        filled,
        "ref.rate_table_plan",
        {"rate_table_id": "0rt000000000000001", "product_id": "01t000000000000001"},
        {"rate_table_id": "0rt000000000000002", "contract_plan_id": "0rg000000000000003"},
        {"rate_table_id": "0rt6", "product_id": "01t000000000000002"},
        {"rate_table_id": "0rt000000000000003", "product_id": "01t000000000000004"},
    )
    of_c1 = {"Medical 2026", "Base 2026", "Area 2026", "Life 2026"}
    found = records(run(filled, "rates", tmp_path / "r.csv", cohort="acme").path)
    assert {row["rate_table"] for row in found} == of_c1
    found = records(run(filled, "rates", tmp_path / "s.csv", census_ids=[BOLT]).path)
    assert {row["rate_table"] for row in found} == {"Dental 2026"}
    found = records(run(filled, "rates", tmp_path / "t.csv").path)
    assert {row["rate_table"] for row in found} == of_c1 | {"Dental 2026", "Nobody's", "Life of the product"}

    # C-1 keeps tier prices of Medical: they price it, the filed table no longer. One child costs otherwise than more.
    kept = (
        '{"ratePeriod": "ANNUAL", "axes": ["class"], "settings": {"factorTables": ["Area 2026"]}, "tiers": ['
        '{"tier": "Employee Only", "rate": 573.56, "keys": ["staff"]}, '
        '{"tier": "Employee & One Child", "rate": 801, "keys": ["staff"]}, '
        '{"tier": "Employee & Children", "rate": 900.5, "keys": ["staff"]}]}'
    )
    with filled.write() as tx:
        rated_by = "UPDATE book.contract_plan SET enrollment_rating_type = 'CompositeRate', pricing_structure = ?"
        tx.connection.execute(f"{rated_by} WHERE plan_code IN ('MED', 'MED-BASE')", [kept]).fetchall()
    found = records(run(filled, "rates", tmp_path / "u.csv", cohort="acme").path)
    of_medical = {"Tier prices of C-1 MED", "Tier prices of C-1 MED-BASE"}
    assert {row["rate_table"] for row in found} == of_medical | {"Area 2026", "Life 2026"}
    assert [
        (row["method"], row["rate_period"], row["axes"], row["effective_from"], row["keys"], float(row["rate"]))
        for row in found
        if row["rate_table"] == "Tier prices of C-1 MED"
    ] == [
        ("composite_tier", "ANNUAL", "tier;class", "2026-01-01", "E1C;staff", 801),
        ("composite_tier", "ANNUAL", "tier;class", "2026-01-01", "ECN;staff", 900.5),
        ("composite_tier", "ANNUAL", "tier;class", "2026-01-01", "EE;staff", 573.56),
    ]
    found = records(run(filled, "rates", tmp_path / "v.csv").path)
    assert {row["rate_table"] for row in found} >= of_c1 | of_medical

    put(
        filled,
        "ref.contribution_rule",
        {"contribution_rule_id": "0rF3", "group_class_id": "0rE000000000000001", "name": "Of C-1",
         "contract_plan_id": "0rg000000000000001"},
        {"contribution_rule_id": "0rF4", "group_class_id": "0rE000000000000001", "name": "Of another contract",
         "contract_plan_id": "0rg000000000000005"},
    )  # fmt: skip
    found = records(run(filled, "contributions", tmp_path / "c.csv", cohort="acme").path)
    assert [row["rule_name"] for row in found] == ["Dependent 50", "Employee 80", "Of C-1"]
    assert run(filled, "contributions", tmp_path / "d.csv", census_ids=[BOLT]).n_rows == 0
    assert run(filled, "contributions", tmp_path / "e.csv").n_rows == 4

    # A census that only its contract names is rated under that contract all the same.
    before = {
        what: records(run(filled, what, tmp_path / "f.csv", cohort="acme").path) for what in ("rates", "contributions")
    }
    with filled.write() as tx:
        named = "(SELECT min(g.group_census_id) FROM book.group_census AS g WHERE g.contract_id = k.contract_id)"
        tx.connection.execute(f"UPDATE book.contract AS k SET enrollment_census_id = {named}").fetchall()
        tx.connection.execute("UPDATE book.group_census SET contract_id = NULL").fetchall()
    for what, told in before.items():
        assert records(run(filled, what, tmp_path / "h.csv", cohort="acme").path) == told


def test_an_unknown_kind_or_format_is_refused_with_what_is_known(filled: Book, tmp_path: Path) -> None:
    with pytest.raises(Malformed) as refused:
        run(filled, "wages", tmp_path / "w.csv")
    assert "premiums" in refused.value.remedy
    with pytest.raises(Malformed) as refused:
        run(filled, "premiums", tmp_path / "w.docx")
    assert ".parquet" in refused.value.remedy


def test_a_workbook_too_big_is_refused_with_another_way(
    filled: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.export, "MOST_CELLS", 10)
    with pytest.raises(Malformed) as refused:
        run(filled, "premiums", tmp_path / "p.xlsx")
    assert refused.value.code == "export_too_big"
    assert list(tmp_path.glob("*.xlsx")) == []


def test_a_failed_export_leaves_the_earlier_file(filled: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(filled, "groups", tmp_path / "g.csv")
    before = (tmp_path / "g.csv").read_bytes()

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("services.publish._settle", full)
    with pytest.raises(Unavailable):
        run(filled, "groups", tmp_path / "g.csv", cohort="acme")
    assert (tmp_path / "g.csv").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["g.csv"]


def test_an_empty_book_exports_headings_only(book: Book, tmp_path: Path) -> None:
    assert run(book, "premiums", tmp_path / "p.csv").n_rows == 0
    assert (tmp_path / "p.csv").read_text().startswith("account_number,group_name")
    assert run(book, "premiums", tmp_path / "p.xlsx").n_rows == 0
