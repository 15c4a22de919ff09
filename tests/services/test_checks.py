"""The blocking checks: sound on a finished book, and each fault they know is found, by count and kind.

What lives here: one row broken at a time, in a small book loaded and rated by the road. What does not: that a failed
check holds a run back (`tests/pipelines/test_road.py`).
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from services import checks
from services.book import Book
from services.cohort import run_cohort
from services.sample_book import write_book
from tests.open_book import OpenBook

NOW = datetime(2026, 1, 2)
ALL = (
    checks.rows_accounted_for,
    checks.no_orphans,
    checks.shares_add_up,
    checks.premiums_add_up,
    checks.rated_or_explained,
)

A_COVERAGE = """(rating_run_id, group_census_member_id, contract_plan_id) = (
    SELECT (rating_run_id, group_census_member_id, contract_plan_id) FROM out.coverage_premium
    WHERE prorated_cents > 100 AND {} ORDER BY ALL LIMIT 1)"""

BROKEN = [
    ("rows_accounted_for", "lines_without_outcome", "DELETE FROM raw.census_person WHERE line_number = 3"),
    ("rows_accounted_for", "outcomes_without_line", "DELETE FROM raw.census_row WHERE line_number = 3"),
    (
        "rows_accounted_for",
        "persons_with_two_outcomes",
        "INSERT INTO raw.census_person SELECT * FROM raw.census_person WHERE line_number = 3",
    ),
    ("rows_accounted_for", "unknown_outcomes", "UPDATE raw.census_person SET outcome = 'lost' WHERE line_number = 3"),
    (
        "rows_accounted_for",
        "accepted_without_member",
        "UPDATE raw.census_person SET group_census_member_id = NULL WHERE line_number = 3",
    ),
    (
        "rows_accounted_for",
        "members_not_accepted",
        "UPDATE raw.census_person SET outcome = 'skipped', skip_reason = 'blank_row' WHERE line_number = 3",
    ),
    (
        "rows_accounted_for",
        "skipped_without_reason",
        "UPDATE raw.census_person SET outcome = 'skipped', group_census_member_id = NULL WHERE line_number = 3",
    ),
    (
        "rows_accounted_for",
        "refused_without_issue",
        "UPDATE raw.census_person SET outcome = 'refused', group_census_member_id = NULL WHERE line_number = 3",
    ),
    (
        "no_orphans",
        "dependents_without_primary",
        "UPDATE book.census_member SET primary_member_id = 'nobody' WHERE primary_member_id IS NOT NULL",
    ),
    (
        "no_orphans",
        "dependents_of_dependents",
        """UPDATE book.census_member SET primary_member_id = (
            SELECT min(group_census_member_id) FROM book.census_member WHERE primary_member_id IS NOT NULL)
        WHERE primary_member_id IS NOT NULL""",
    ),
    (
        "no_orphans",
        "wrong_families",
        "UPDATE book.census_member SET family_id = 'nobody' WHERE primary_member_id IS NULL",
    ),
    (
        "no_orphans",
        "ids_used_twice",
        "INSERT INTO book.census_member SELECT * FROM book.census_member WHERE primary_member_id IS NULL",
    ),
    ("no_orphans", "missing_censuses", "DELETE FROM book.group_census"),
    ("no_orphans", "selections_without_member", "UPDATE book.member_plan SET group_census_member_id = 'nobody'"),
    ("no_orphans", "selections_without_plan", "UPDATE book.member_plan SET contract_plan_id = 'nothing'"),
    ("shares_add_up", "shares_that_differ", "UPDATE out.member_premium SET employee_cents = employee_cents + 1"),
    (
        "shares_add_up",
        "negative_shares",
        "UPDATE out.plan_premium SET employer_cents = prorated_cents + 1, employee_cents = -1",
    ),
    (
        "premiums_add_up",
        "plans_that_differ",
        "UPDATE out.coverage_premium SET standard_cents = standard_cents + 1 WHERE " + A_COVERAGE.format("true"),
    ),
    ("premiums_add_up", "members_that_differ", "UPDATE out.member_premium SET period_cents = period_cents + 1"),
    ("premiums_add_up", "runs_that_differ", "UPDATE out.rating_run SET prorated_cents = prorated_cents + 1"),
    (
        "rated_or_explained",
        "selections_without_result",
        "DELETE FROM out.coverage_premium WHERE " + A_COVERAGE.format("contract_plan_id IN (FROM chosen)"),
    ),
    (
        "rated_or_explained",
        "unexplained_zeros",
        "UPDATE out.coverage_premium SET standard_cents = 0 WHERE " + A_COVERAGE.format("issue IS NULL"),
    ),
    (
        "rated_or_explained",
        "issues_without_words",
        "UPDATE out.coverage_premium SET issue = 'NO_RATE' WHERE " + A_COVERAGE.format("issue IS NULL"),
    ),
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two groups, loaded and rated once."""
    folder = tmp_path_factory.mktemp("checks")
    write_book(folder / "two", groups=2, seed=5, people_per_group=15)
    run_cohort(Book(folder / "benefits.duckdb"), folder / "two", cohort="two", now=NOW)
    return folder / "benefits.duckdb"


@pytest.fixture
def book(finished: Path, tmp_path: Path) -> Book:
    """A copy to break."""
    return OpenBook(shutil.copy(finished, tmp_path / "benefits.duckdb"))


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
@pytest.mark.parametrize("cohorts", [(), ("two",)])
def test_a_finished_book_is_sound(
    check: Callable[..., checks.Finding], cohorts: tuple[str, ...], finished: Path
) -> None:
    with Book(finished).read() as tx:
        found = check(tx, cohorts)
    assert found.is_sound, found.says()
    assert found.n_checked > 0


@pytest.mark.parametrize(("check", "kind", "harm"), BROKEN, ids=[kind for _, kind, _ in BROKEN])
def test_each_kind_of_fault_is_found(check: str, kind: str, harm: str, book: Book) -> None:
    with book.write() as tx:
        # Coverages that a member chose beside others of the same plan: the plan alone does not account for them.
        tx.connection.execute(
            "CREATE TEMP TABLE chosen AS SELECT contract_plan_id FROM book.member_plan "
            "JOIN book.contract_plan USING (contract_plan_id) WHERE parent_plan_id IS NOT NULL"
        )
        tx.connection.execute(harm).fetchall()
    with book.read() as tx:
        found = getattr(checks, check)(tx, ["two"])
    assert found.faults[kind] > 0, found.faults
    assert kind.replace("_", " ") in found.says()


def test_faults_of_other_cohorts_do_not_hold_a_cohort_back(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("INSERT INTO book.cohort_census VALUES ('other', '0rf999999999999999')").fetchall()
    with book.read() as tx:
        assert checks.no_orphans(tx, ["two"]).is_sound
        assert checks.no_orphans(tx, ["other"]).faults["missing_censuses"] == 1
        assert checks.no_orphans(tx).faults["missing_censuses"] == 1
