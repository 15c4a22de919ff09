"""Published age curves by name: filed once where nobody has filed the table, never in place of one that is filed."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.book import Book
from services.cohort import run_cohort
from services.explain import keep
from services.shelf.sheets import read_shelf
from tests.open_book import OpenBook
from tests.rating.builders import CURVE
from tests.services.shelf.desk import LATER, NOW, asked, codes, contents, load, sheets, tried, written
from tests.services.shelf.test_rows import ROW

ON_CURVE = {"method": "age_curve", "rate_unit": "USD per person per month at factor 1", "citation": "A letter"}
OWN = {"method": "factor", "rate_unit": "factor", "axes": "age", "citation": "A filing of our own"}

CURVES = "SELECT name FROM ref.rate_table WHERE name ILIKE 'curve:%' ORDER BY name"
NAMED = "SELECT name, factor_tables FROM ref.rate_table WHERE name IN ('One', 'Two', 'Three', 'Four') ORDER BY name"
CELLS = """
    SELECT CAST(c.keys[1] AS INTEGER), c.rate, c.effective_from
    FROM ref.rate_cell AS c JOIN ref.rate_table AS t USING (rate_table_id) WHERE t.name = '{}' ORDER BY 1, 3
"""


def on(**named: str) -> dict[str, list[dict[str, str]]]:
    """The sheet rate_tables with one table for each name, and the factor tables it names."""
    return {"rate_tables": [ON_CURVE | {"rate_table": name, "factor_tables": said} for name, said in named.items()]}


def factors(book: Book, table: str, *ages: int) -> list[str]:
    """The factors of a stored table at some ages, to three places: those of the last band that begins by then."""
    cells = asked(book, CELLS.format(table))
    return [str([rate for bound, rate, _ in cells if bound <= age][-1].quantize(Decimal("0.001"))) for age in ages]


NAMES = on(One="curve:federal", Two="Curve: ut", Three="CURVE:tx", Four="curve:Federal")


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory, bakery: Book) -> Book:
    """The example with four tables on two curves, which no sheet states; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("filed")
    book = OpenBook(shutil.copy(bakery.path, folder / "filed.duckdb"))
    outcome = load(book, sheets(folder / "shelf", NAMES))
    assert (codes(outcome), outcome.n_rows, outcome.n_accepted, outcome.n_changed) == ([], 4, 4, 4)
    return book


# ------------------------------------------------------------------------------------------------ what is filed


@pytest.mark.parametrize(
    ("table", "ages", "published"),
    [
        ("curve:federal", (0, 14), "0.765"),
        ("curve:federal", (15,), "0.833"),
        ("curve:federal", (18,), "0.913"),
        ("curve:federal", (20,), "0.970"),
        ("curve:federal", (21, 24), "1.000"),
        ("curve:federal", (25,), "1.004"),
        ("curve:federal", (44,), "1.397"),
        ("curve:federal", (63,), "2.952"),
        ("curve:federal", (64, 65, 100), "3.000"),
        ("curve:UT", (0, 20), "0.793"),
        ("curve:UT", (21,), "1.000"),
        ("curve:UT", (43,), "1.616"),
        ("curve:UT", (44,), "1.681"),
        ("curve:UT", (45,), "1.748"),
        ("curve:UT", (58,), "2.911"),
        ("curve:UT", (59, 64), "3.000"),
    ],
)
def test_a_curve_is_filed_with_the_published_factors(
    filed: Book, table: str, ages: tuple[int, ...], published: str
) -> None:
    assert factors(filed, table, *ages) == [published] * len(ages)


def test_the_federal_curve_is_filed_as_the_documents_have_it_at_every_age(filed: Book) -> None:
    assert factors(filed, "curve:federal", *CURVE) == list(CURVE.values())


@pytest.mark.rule("GR-21")
def test_a_curve_is_a_factor_table_by_age_with_its_citation(filed: Book) -> None:
    found = asked(filed, "SELECT name, method, axes, citation FROM ref.rate_table WHERE name LIKE 'curve:%' ORDER BY 1")
    cms = "CMS, State Specific Age Curve Variations (2017-05-31), column"
    assert [(name, method, axes) for name, method, axes, _ in found] == [
        ("curve:UT", "factor", ["age"]),
        ("curve:federal", "factor", ["age"]),
    ]
    assert [citation for *_, citation in found] == [
        f"{cms} Utah",
        f"45 CFR 147.102(e); {cms} Default Premium Ratio, for plan years from 2018",
    ]


def test_tables_that_mean_one_curve_share_it_however_they_spell_it(filed: Book) -> None:
    federal = ["curve:federal"]
    assert asked(filed, NAMED) == [("Four", federal), ("One", federal), ("Three", federal), ("Two", ["curve:UT"])]
    assert asked(filed, CURVES) == [("curve:UT",), ("curve:federal",)]


@pytest.mark.rule("GR-22")
def test_a_curve_is_one_version_from_the_first_plan_years_it_is_published_for(filed: Book) -> None:
    for table, n_bands in (("curve:federal", 51), ("curve:UT", 31)):
        cells = asked(filed, CELLS.format(table))
        assert {start for *_, start in cells} == {date(2018, 1, 1)}
        assert len({bound for bound, *_ in cells}) == len(cells) == n_bands


@pytest.mark.rule("GR-22")
def test_loading_the_shelf_again_changes_nothing(filed: Book, tmp_path: Path) -> None:
    book = OpenBook(shutil.copy(filed.path, tmp_path / "own.duckdb"))
    before = contents(book)
    outcome = load(book, sheets(tmp_path / "again", NAMES), now=LATER)
    assert (codes(outcome), outcome.n_accepted, outcome.n_changed) == ([], 4, 0)
    respelled = on(One="CURVE:FEDERAL", Two="curve:UT", Three="curve: Wy", Four=" curve:federal ;")
    outcome = load(book, sheets(tmp_path / "respelled", respelled), now=LATER)
    assert (codes(outcome), outcome.n_accepted, outcome.n_changed) == ([], 4, 0)
    assert contents(book) == before


def test_a_table_that_turns_to_another_curve_files_that_one_beside_the_first(filed: Book, tmp_path: Path) -> None:
    book = OpenBook(shutil.copy(filed.path, tmp_path / "own.duckdb"))
    outcome = load(book, sheets(tmp_path / "turned", on(Two="curve:ma")), now=LATER)
    assert outcome.n_changed == 1
    assert asked(book, CURVES) == [("curve:MA",), ("curve:UT",), ("curve:federal",)]
    assert factors(book, "curve:MA", 26, 27) == ["1.183", "1.220"]


def test_a_curve_stands_in_the_order_stated_among_other_factor_tables(own: Book, tmp_path: Path) -> None:
    load(own, sheets(tmp_path, on(One="tobacco FACTORS;curve:tx;Area factors")))
    assert asked(own, NAMED) == [("One", ["Tobacco factors", "curve:federal", "Area factors"])]


@pytest.mark.parametrize("text", [None, "", "rate_table,method,rate_unit,factor_tables,citation\n"])
def test_without_rows_of_rate_tables_no_curve_is_filed(own: Book, tmp_path: Path, text: str | None) -> None:
    """The sheet is absent, or there is nothing in it, or only its headings."""
    before = contents(own)
    folder = written(tmp_path / "shelf", {"accounts": [{"account_number": "HLB", "account_name": "Bakery"}]})
    if text is not None:
        (folder / "rate_tables.csv").write_text(text, encoding="utf-8")
    outcome = load(own, read_shelf(folder))
    assert "error" not in outcome.issues["severity"]
    assert contents(own)["ref.rate_table"] == before["ref.rate_table"]


# ------------------------------------------------------------------------------------- a table of the user's own


def own_tables(*names: str) -> dict[str, list[dict[str, str]]]:
    """Factor tables of the user's own: one factor for all ages."""
    return {
        "rate_tables": [OWN | {"rate_table": name} for name in names],
        "rate_cells": [
            {"rate_table": name, "effective_from": "2026-01-01", "age": "0", "rate": "1.25"} for name in names
        ],
    }


def test_an_own_table_of_the_name_wins_on_the_same_sheet_and_from_the_book(own: Book, tmp_path: Path) -> None:
    # A state with its own curve, one without, one that does not rate by age, the federal curve, and no state at all.
    names = utah, texas, new_york, federal, ours = "curve:UT", "curve:TX", "curve:NY", "CURVE:federal", "curve:Our own"
    stated = own_tables(*names)
    naming = on(One="Curve:ut", Two="curve:tx", Three="curve:ny", Four="curve:FEDERAL;CURVE:OUR OWN")
    stated["rate_tables"] = [*naming["rate_tables"], *stated["rate_tables"]]
    outcome = load(own, sheets(tmp_path / "same", stated))
    assert (codes(outcome), outcome.n_refused) == ([], 0)
    assert asked(own, NAMED) == [("Four", [federal, ours]), ("One", [utah]), ("Three", [new_york]), ("Two", [texas])]
    turned = on(One="curve:federal", Two="curve:our own", Three="CURVE:UT", Four="curve:ny;Curve:Tx")
    later = load(own, sheets(tmp_path / "later", turned), now=LATER)
    assert (codes(later), later.n_changed) == ([], 4)
    assert asked(own, NAMED) == [("Four", [new_york, texas]), ("One", [federal]), ("Three", [utah]), ("Two", [ours])]
    assert sorted(name for (name,) in asked(own, CURVES)) == sorted(names)
    assert all(asked(own, CELLS.format(name)) == [(0, Decimal("1.25"), date(2026, 1, 1))] for name in names)


def test_a_state_without_a_curve_takes_an_own_table_of_the_federal_name(own: Book, tmp_path: Path) -> None:
    load(own, sheets(tmp_path / "1", own_tables("curve:Federal")))
    load(own, sheets(tmp_path / "2", on(One="curve:TX", Two="curve:UT")))
    assert asked(own, NAMED) == [("One", ["curve:Federal"]), ("Two", ["curve:UT"])]
    assert asked(own, CURVES) == [("curve:Federal",), ("curve:UT",)]


@pytest.mark.parametrize("spoilt", [{"citation": ""}, {"method": "flat", "axes": ""}])
def test_an_own_table_that_cannot_be_used_is_not_replaced_in_silence(
    own: Book, tmp_path: Path, spoilt: dict[str, str]
) -> None:
    """Its row is refused, or it is no table of factors: the row that names it is told so."""
    rows = [OWN | {"rate_table": "curve:UT"} | spoilt, *on(One="curve:ut")["rate_tables"]]
    outcome = load(own, sheets(tmp_path, {"rate_tables": rows}))
    assert codes(outcome)[-1] == ("rate_tables", 3, "factor_table_unknown", "factor_tables")
    assert asked(own, CELLS.format("curve:UT")) == asked(own, NAMED) == []


@pytest.mark.rule("GR-22")
def test_an_own_version_follows_a_filed_curve_but_does_not_change_it(filed: Book, tmp_path: Path) -> None:
    book = OpenBook(shutil.copy(filed.path, tmp_path / "own.duckdb"))
    cell = {"rate_table": "curve:ut", "age": "0", "rate": "1.25"}
    rows = {"rate_cells": [cell | {"effective_from": start} for start in ("2018-01-01", "2018-01-02")]}
    outcome = load(book, sheets(tmp_path / "shelf", rows), now=LATER)
    assert codes(outcome) == [("rate_cells", 2, "rate_version_exists", "effective_from")]
    starts = [start for *_, start in asked(book, CELLS.format("curve:UT"))]
    assert (starts.count(date(2018, 1, 1)), starts.count(date(2018, 1, 2))) == (31, 1)


# ---------------------------------------------------------------------------------------------- what is refused


NO_CURVES = [
    ("curve:Narnia", "curve_missing", "no age curve Narnia"),
    ("curve:US", "curve_missing", "no age curve US"),
    ("curve:Utah", "curve_missing", "no age curve Utah"),
    ("CURVE:", "curve_missing", "no age curve without a name"),
    ("curve:al", "curve_own", "individual market"),
    ("curve:NJ", "curve_own", "small groups"),
    ("curve:ny", "curve_own", "does not rate by age"),
    ("Curve:VT", "curve_own", "does not rate by age"),
    ("curve UT", "factor_table_unknown", "there is not"),
]
"""Names that are no curve, the code of the issue, and words of it."""


def test_a_name_that_is_no_curve_is_an_issue_of_its_row_and_the_next_row_is_taken(own: Book, tmp_path: Path) -> None:
    rows = on(**{f"Table {said}": said for said, *_ in NO_CURVES}, One="curve:federal")
    outcome = load(own, sheets(tmp_path, rows))
    assert codes(outcome) == [
        ("rate_tables", row, code, "factor_tables") for row, (_, code, _) in enumerate(NO_CURVES, start=2)
    ]
    for issue, (said, _, words) in zip(outcome.issues.rows(named=True), NO_CURVES, strict=True):
        assert words in issue["message"]
        assert issue["hint"]
        assert issue["raw_value"] == said
    assert (outcome.n_accepted, outcome.n_refused) == (1, len(NO_CURVES))
    assert asked(own, NAMED) == [("One", ["curve:federal"])]
    assert asked(own, CURVES) == [("curve:federal",)]


def test_every_row_that_names_an_unknown_curve_is_told_once(bakery: Book, tmp_path: Path) -> None:
    rows = on(One="curve:Oz;curve:Narnia", Two="curve:oz", Three="Area factors;curve:Oz", Four="curve:OR")
    outcome = tried(bakery, sheets(tmp_path, rows))
    assert codes(outcome) == [("rate_tables", row, "curve_missing", "factor_tables") for row in (2, 3, 4)]


def test_a_curve_that_only_a_refused_row_names_is_not_filed(own: Book, tmp_path: Path) -> None:
    rows = on(One="curve:UT;curve:Oz", Two="curve:MA;Nothing", Three="curve:MN")["rate_tables"]
    unbased = ON_CURVE | {"rate_table": "Four", "factor_tables": "curve:DC", "base_table": "Nothing"}
    outcome = load(own, sheets(tmp_path, {"rate_tables": [*rows, unbased]}))
    assert outcome.issues["code"].to_list() == ["curve_missing", "factor_table_unknown", "base_table_unknown"]
    assert asked(own, CURVES) == [("curve:MN",)]


def test_two_names_of_one_curve_in_a_row_are_refused_and_of_two_curves_are_not(own: Book, tmp_path: Path) -> None:
    outcome = load(
        own, sheets(tmp_path, on(One="curve:TX;curve:CA", Two="curve:ut;curve:UT", Three="curve:TX;curve:UT"))
    )
    assert codes(outcome) == [("rate_tables", row, "factor_table_repeated", "factor_tables") for row in (2, 3)]
    assert asked(own, NAMED) == [("Three", ["curve:federal", "curve:UT"])]


def test_a_curve_that_no_table_names_is_no_table(bakery: Book, tmp_path: Path) -> None:
    cell = {"rate_table": "curve:UT", "effective_from": "2026-01-01", "age": "0", "rate": "1"}
    rows = {"rate_table_plans": [ROW["rate_table_plans"] | {"rate_table": "curve:UT"}], "rate_cells": [cell]}
    outcome = tried(bakery, sheets(tmp_path, rows))
    unknown = ("rate_table_unknown", "rate_table")
    assert codes(outcome) == [("rate_table_plans", 2, *unknown), ("rate_cells", 2, *unknown)]


# ------------------------------------------------------------------------------------------ priced and explained

TERMS = {"OLD": ("2017-12-31", "2018-12-30"), "NEW": ("2018-01-01", "2018-12-31")}
"""A term that starts the day before the first plan year of the curves, and one that starts on it."""


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """One employee of 44 in each of two contracts, on Utah's curve, rated and explained."""
    folder = tmp_path_factory.mktemp("rated")
    plan = {"plan_code": "MED", "plan_name": "Medical", "product_code": "MED"}
    people = {"Employee ID": "1", "Last Name": "Birch", "Date of Birth": "1973-06-15", "Class": "Staff"}
    written(
        folder / "shelf",
        {
            "accounts": [{"account_number": "A", "account_name": "A"}],
            "classes": [{"account_number": "A", "class_name": "Staff"}],
            "products": [{"product_code": "MED", "product_name": "Medical", "product_type": "Medical"}],
            "contracts": [
                {"contract_number": number, "account_number": "A", "start_date": start, "end_date": end}
                for number, (start, end) in TERMS.items()
            ],
            "plans": [plan | {"contract_number": number} for number in TERMS],
            **on(Base="curve:ut"),
            "rate_table_plans": [{"rate_table": "Base", "product_code": "MED"}],
            "rate_cells": [{"rate_table": "Base", "effective_from": "2017-01-01", "rate": "350.25"}],
        },
    )
    for number in TERMS:
        who = people | {"First Name": number.title(), "Relationship": "Employee", "Medical": "Medical"}
        written(folder, {number: [who]})
    files = [{"file": f"{number}.csv", "contract_number": number, "census_name": number} for number in TERMS]
    written(folder, {"cohort": files})
    book = Book(folder / "benefits.duckdb")
    run = run_cohort(book, folder, cohort="curves", now=NOW).run
    with book.write() as tx:
        keep(tx, run.run_id)
    return book


PRICED = """
    SELECT m.first_name, p.issue, p.period_cents FROM out.coverage_premium AS p
    JOIN book.census_member AS m USING (group_census_member_id) ORDER BY 1
"""


@pytest.mark.rule("GR-22")
def test_a_term_that_starts_before_the_first_plan_year_has_no_factor(rated: Book) -> None:
    # Age 44 on both days: 350.25 x 1.681 = 588.77025.
    assert asked(rated, PRICED) == [("New", None, 588_77), ("Old", "NO_FACTOR", 0)]


def test_a_premium_is_explained_with_the_citation_of_the_curve(rated: Book) -> None:
    told = asked(rated, "SELECT says FROM out.explanation WHERE kind = 'factor'")
    source = "CMS, State Specific Age Curve Variations (2017-05-31), column Utah"
    assert told == [(f'x 1.681 from factor table "curve:UT" (version 2018-01-01; age from 44; {source})',)]
