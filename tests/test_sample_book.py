"""The committed sample book through the whole road: nothing lost, nothing unexplained, every cent proved.

The expected issues stand in `samples/expected_issues.csv`, written from what was seeded; the expected
money comes from the Decimal oracle, which shares no code with the product.
"""

from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from services.book import Book
from services.cohort import RoadOutcome, run_cohort
from services.rating_run import rate_cohort
from services.upkeep import backup
from tests.oracle_book import read_book

SAMPLES = Path(__file__).parent.parent / "samples"
NOW = datetime(2026, 11, 20, 12, 0)
MONEY = ("standard_cents", "prorated_cents", "employer_cents", "employee_cents")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, RoadOutcome]:
    """The sample, loaded and rated once for this module."""
    book = Book(tmp_path_factory.mktemp("sample") / "benefits.duckdb")
    return book, run_cohort(book, SAMPLES / "book", cohort="sample", now=NOW)


@pytest.fixture(scope="module")
def connection(road: tuple[Book, RoadOutcome]) -> duckdb.DuckDBPyConnection:
    """The finished book, open to read."""
    return duckdb.connect(str(road[0].path), read_only=True)


def test_the_shelf_of_the_sample_has_no_issue(road: tuple[Book, RoadOutcome]) -> None:
    shelf = road[1].shelf
    assert shelf is not None
    assert shelf.issues.rows() == []
    assert shelf.n_accepted == shelf.n_rows > 0


@pytest.mark.rule("BC-6", "BC-10")
def test_the_issues_of_the_sample_are_the_seeded_ones_no_more_and_no_fewer(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = connection.sql(
        """SELECT f.file_name AS file, i.line_number, i.person_no, i.column_name, i.code, i.severity
        FROM book.census_issue AS i JOIN raw.census_file AS f USING (census_file_id)"""
    ).pl()
    expected = pl.read_csv(SAMPLES / "expected_issues.csv", infer_schema=False)
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in expected.columns]
    said = sorted(found.select(expected.columns).select(texts).rows())
    seeded = sorted(expected.select(pl.all().fill_null("")).rows())
    assert said == seeded


def test_every_line_and_person_ends_once_as_accepted_refused_or_skipped(connection: duckdb.DuckDBPyConnection) -> None:
    lost = connection.execute(
        """SELECT count(*) FROM raw.census_row AS r
        ANTI JOIN raw.census_person AS p ON p.census_file_id = r.census_file_id AND p.line_number = r.line_number"""
    ).fetchall()
    twice = connection.execute(
        """SELECT count(*) FROM (
            SELECT 1 FROM raw.census_person GROUP BY census_file_id, line_number, person_no HAVING count(*) > 1)"""
    ).fetchall()
    ends = connection.execute("SELECT DISTINCT outcome FROM raw.census_person ORDER BY outcome").fetchall()
    assert lost == twice == [(0,)]
    assert ends == [("accepted",), ("refused",), ("skipped",)]


def test_every_refused_person_has_an_error_and_no_accepted_one_has(connection: duckdb.DuckDBPyConnection) -> None:
    contradictions = connection.execute(
        """SELECT p.outcome, count(*) FROM raw.census_person AS p
        LEFT JOIN (
            SELECT DISTINCT census_file_id, line_number, person_no FROM book.census_issue
            WHERE severity = 'error' AND scope <> 'plan') AS e
            ON e.census_file_id = p.census_file_id AND e.line_number = p.line_number AND e.person_no = p.person_no
        WHERE (p.outcome = 'refused') <> (e.line_number IS NOT NULL) GROUP BY ALL"""
    ).fetchall()
    assert contradictions == []


def _compare(connection: duckdb.DuckDBPyConnection, kind: str) -> int:
    """The number of coverages, each of which agrees with the oracle in every amount, issue and zero reason."""
    priced = read_book(connection, kind)
    stored = connection.execute(
        """SELECT c.group_census_member_id, c.contract_plan_id, c.standard_cents, c.prorated_cents, c.employer_cents,
            c.employee_cents, c.issue, c.zero_reason
        FROM out.coverage_premium AS c JOIN out.current_run AS r USING (rating_run_id, group_census_id)
        WHERE r.kind = $kind""",
        {"kind": kind},
    ).fetchall()
    assert len(stored) == len(priced)
    different = [
        (row, expected)
        for row in stored
        for expected in [priced[row[0], row[1]]]
        if row[2:6] != tuple(getattr(expected, name) for name in MONEY)
        or (row[6] or "NONE", row[7] or "NONE") != (expected.issue, expected.zero_reason)
    ]
    assert different == []
    return len(stored)


@pytest.mark.rule(
    "CB-9", "CB-10", "CB-11", "CB-12", "CB-13", "CB-15", "CB-16", "CB-17", "CB-18", "CB-19", "PR-1", "PR-5", "PR-11"
)
def test_the_oracle_agrees_to_the_cent_on_every_sample_row(connection: duckdb.DuckDBPyConnection) -> None:
    assert _compare(connection, "current") > 2000


def test_the_oracle_agrees_to_the_cent_on_the_renewal(road: tuple[Book, RoadOutcome], tmp_path: Path) -> None:
    book = _copy(road[0], tmp_path)
    run = rate_cohort(book, cohort="sample", rating_date=date(2027, 1, 1), now=NOW)
    assert run.kind == "renewal"
    with duckdb.connect(str(book.path), read_only=True) as renewed:
        assert _compare(renewed, "renewal") > 1000


METHODS = {
    *("aca_composite", "age_banded", "age_curve", "child_capped", "composite_solved", "composite_tier", "covered_pay"),
    *("experience_blend", "flat", "flat_per_employee", "monthly_benefit", "percent_of_pay", "supplemental_life"),
    *("volume", "weekly_benefit", "worksite"),
}
"""The methods of the sample's tables; a method that the sample uses prices at least twenty of its rows."""


def test_the_sample_uses_at_least_ten_methods_and_each_prices_at_least_twenty_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    counts = dict(
        connection.execute(
            """SELECT t.method, count(*) FROM out.coverage_premium AS c JOIN ref.rate_table AS t USING (rate_table_id)
            WHERE c.standard_cents > 0 GROUP BY ALL"""
        ).fetchall()
    )
    assert set(counts) == METHODS
    assert len(METHODS) >= 10
    assert {method: n for method, n in counts.items() if n < 20} == {}


def test_loading_the_sample_again_changes_no_member_and_no_selection(
    road: tuple[Book, RoadOutcome], tmp_path: Path
) -> None:
    book = Book(tmp_path / "again.duckdb")
    for ending in ("", ".key"):  # without the key of its hashes a copy would take every number for a new one
        (tmp_path / f"again.duckdb{ending}").write_bytes(Path(f"{road[0].path}{ending}").read_bytes())
    before = _content(book.path)
    run_cohort(book, SAMPLES / "book", cohort="sample", now=datetime(2026, 11, 21, 9, 30))
    assert _content(book.path) == before


def _copy(book: Book, folder: Path) -> Book:
    """A copy to work on, with the key of the hashed numbers."""
    return Book(backup(book, folder / "copy.duckdb"))


def _content(path: Path) -> dict[str, tuple[object, ...]]:
    """A fingerprint of each table of record, timestamps of change included."""
    tables = (
        "book.census_member",
        "book.member_plan",
        "book.census_issue",
        "book.census_summary",
        "book.group_census",
        "book.account",
        "book.contract_plan",
        "ref.rate_cell",
        "ref.rate_table",
        "ref.contribution_rule",
        "raw.census_row",
        "raw.census_person",
    )
    with duckdb.connect(str(path), read_only=True) as opened:
        return {
            table: opened.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t").fetchall()[0]
            for table in tables
        }
