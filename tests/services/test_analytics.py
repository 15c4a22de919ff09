"""The views that analysts read, on a book whose figures are worked out in `tests/analyst_book.py`."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.book import Book
from services.report import list_money
from tests.analyst_book import ANN, BOLT, CID, CURRENT, DAN, filled_book, put

MONEY = "premium_monthly, employer_monthly, employee_monthly, premium_term, employer_term, employee_term"

MEMBER_SUMS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")


@pytest.fixture
def filled(tmp_path: Path) -> Book:
    """The small finished book."""
    return filled_book(tmp_path)


def ask(book: Book, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a query on the book."""
    with book.read() as tx:
        return tx.connection.execute(sql, list(values)).fetchall()


def dollars(*amounts: str) -> tuple[Decimal, ...]:
    """Exact decimals."""
    return tuple(Decimal(amount) for amount in amounts)


def test_a_group_shows_the_sum_of_its_coverages_to_the_cent(filled: Book) -> None:
    # Month: 450.00 + 433.33 + 200.00 + 10.00. Employer: 360.00 + 216.67 (half of 433.33, half up) + 100.00 + 10.00.
    # Term: 5,400.00 + 5,199.96 + 1,209.86 + 120.00, employer 4,320.00 + 2,599.98 + 604.93 + 120.00.
    found = ask(
        filled,
        f"SELECT {MONEY} FROM analytics.premium_by_group WHERE group_name = 'Acme Ltd'",
    )
    assert found == [dollars("1093.33", "686.67", "406.66", "11929.82", "7644.91", "4284.91")]


def test_a_group_counts_families_members_coverages_and_those_without_premium(
    filled: Book,
) -> None:
    found = ask(
        filled,
        """SELECT group_name, n_families, n_members, n_coverages, n_unrated, employer_percent
           FROM analytics.premium_by_group ORDER BY 1""",
    )
    # 7,644.91 of 11,929.82 is 64.08 %.
    assert found == [
        ("Acme Ltd", 1, 3, 5, 1, Decimal("64.08")),
        ("Bolt, Inc.", 1, 1, 1, 0, Decimal("0.00")),
    ]


def test_a_yearly_rate_is_shown_by_the_month(filled: Book) -> None:
    # 120.00 / 12
    found = ask(
        filled,
        "SELECT premium_monthly, employer_monthly FROM analytics.premium_by_coverage WHERE plan_code = 'LIFE'",
    )
    assert found == [dollars("10.00", "10.00")]


def test_the_summary_of_a_run_tells_the_month_that_the_views_tell(filled: Book) -> None:
    # 450.00 + 433.33 + 200.00 + 120.00 / 12 = 1,093.33; the rate periods alone would add up to 1,203.33 (PR-5).
    sums = ", ".join(f"sum({name}) AS {name}" for name in MEMBER_SUMS)
    with filled.write() as tx:
        tx.connection.execute(
            "INSERT INTO out.member_premium BY NAME SELECT rating_run_id, group_census_id, group_census_member_id, "
            f"count(*) AS n_coverages, count(issue) AS n_unrated, count(issue) = 0 AS is_complete, {sums} "
            "FROM out.coverage_premium GROUP BY ALL"
        )
    for period, month in (("ANNUAL", 109333), ("TERM", 109333), ("MONTHLY", 120333)):
        with filled.write() as tx:
            tx.connection.execute("UPDATE ref.rate_table SET rate_period = ? WHERE rate_period <> 'MONTHLY'", [period])
        with filled.read() as tx:
            shown = list_money(tx.frame("results.per_census", {"run_id": CURRENT}), 20)
            viewed = tx.connection.execute(
                "SELECT group_name, CAST(100 * premium_monthly AS BIGINT) FROM analytics.premium_by_group ORDER BY ALL"
            ).fetchall()
        assert sorted((row[0], row[3]) for row in shown.rows) == viewed == [("Acme Ltd", month), ("Bolt, Inc.", 3000)]


def test_a_term_rate_is_shown_by_the_month_of_its_term(filled: Book) -> None:
    put(
        filled,
        "ref.rate_table",
        {
            "rate_table_id": "0rt000000000000009",
            "name": "Term",
            "method": "flat",
            "rate_period": "TERM",
        },
    )
    with filled.write() as tx:
        tx.connection.execute(
            "UPDATE out.coverage_premium SET rate_table_id = '0rt000000000000009' WHERE group_census_id = ?", [BOLT]
        )
    # 360.00 over March 2026 to February 2027, twelve months.
    assert ask(
        filled,
        "SELECT premium_monthly FROM analytics.premium_by_plan WHERE plan_code = 'DEN'",
    ) == [dollars("30.00")]


def test_a_month_is_a_full_month_also_for_a_person_covered_half_a_year(
    filled: Book,
) -> None:
    found = ask(
        filled,
        f"SELECT {MONEY} FROM analytics.premium_by_member WHERE group_census_member_id = ?",
        CID,
    )
    assert found == [dollars("200.00", "100.00", "100.00", "1209.86", "604.93", "604.93")]


def test_every_member_is_on_the_roster_with_money_even_without_a_plan(
    filled: Book,
) -> None:
    found = ask(
        filled,
        "SELECT member_name, n_plans, premium_monthly, rating_run_id FROM analytics.premium_by_member ORDER BY 1",
    )
    assert [row[0] for row in found] == [
        "Ann =Smith",
        "Bob Smith",
        "Cid Smith",
        "Dana O'Neil",
        "Eve Park",
    ]
    assert found[-1] == ("Eve Park", 0, Decimal("0.00"), None)


@pytest.mark.parametrize(
    "view",
    [
        "premium_by_line",
        "premium_by_plan",
        "premium_by_class",
        "premium_by_age_band",
        "premium_by_tier",
        "premium_by_member",
        "premium_by_coverage",
    ],
)
def test_every_premium_view_adds_up_to_the_groups(filled: Book, view: str) -> None:
    sums = ", ".join(f"sum({name.strip()})" for name in MONEY.split(","))
    expected = ask(filled, f"SELECT {sums} FROM analytics.premium_by_group")
    assert ask(filled, f"SELECT {sums} FROM analytics.{view}") == expected


def test_shares_add_up_in_every_row_of_every_view(filled: Book) -> None:
    for view in (
        "premium_by_coverage",
        "premium_by_group",
        "premium_by_member",
        "premium_by_line",
    ):
        wrong = ask(
            filled,
            f"""SELECT * FROM analytics.{view}
                WHERE employer_monthly + employee_monthly <> premium_monthly
                    OR employer_term + employee_term <> premium_term""",
        )
        assert wrong == []


def test_ages_fall_into_bands_and_a_leap_day_birthday_waits_for_march(
    filled: Book,
) -> None:
    found = ask(
        filled,
        "SELECT member_name, age, age_band FROM analytics.premium_by_member WHERE n_plans > 0 ORDER BY 1",
    )
    # On 2026-01-01: born 1980-06-15 is 45, 1982-02-01 is 43, 2010-03-03 is 15. On 2026-03-01: born 1996-02-29 is 30.
    assert found == [
        ("Ann =Smith", 45, "45-49"),
        ("Bob Smith", 43, "40-44"),
        ("Cid Smith", 15, "00-17"),
        ("Dana O'Neil", 30, "30-34"),
    ]


def test_a_tier_is_the_one_rated_or_counted_from_who_holds_the_plan(
    filled: Book,
) -> None:
    found = ask(
        filled,
        "SELECT plan_code, tier, n_families, n_members FROM analytics.premium_by_tier ORDER BY 1",
    )
    # Medical: spouse and one child. Life and LTD: Ann alone. Dental: stored by the run.
    assert found == [
        ("DEN", "EE", 1, 1),
        ("LIFE", "EE", 1, 1),
        ("LTD", "EE", 1, 1),
        ("MED", "FAM", 1, 3),
    ]


def test_only_current_runs_are_shown(filled: Book) -> None:
    with filled.write() as tx:
        tx.connection.execute(
            "DELETE FROM out.current_run WHERE rating_run_id = ? AND group_census_id = '0rf000000000000001'",
            [CURRENT],
        )
    assert ask(filled, "SELECT group_name FROM analytics.premium_by_group") == [("Bolt, Inc.",)]


def test_renewal_stands_beside_current_with_change_and_percent(filled: Book) -> None:
    found = ask(
        filled,
        """SELECT group_name, premium_monthly_current, premium_monthly_renewal, premium_monthly_change,
               premium_monthly_change_percent,
               n_members_current, n_members_renewal
           FROM analytics.renewal_by_group""",
    )
    # 480.00 + 433.33 + 10.00 = 923.33; less 1,093.33 is -170.00; -170.00 / 1,093.33 = -15.55 %.
    assert found == [("Acme Ltd", *dollars("1093.33", "923.33", "-170.00", "-15.55"), 3, 2)]


def test_renewal_by_member_shows_those_who_left(filled: Book) -> None:
    found = ask(
        filled,
        """SELECT member_name, premium_monthly_current, premium_monthly_renewal, premium_monthly_change
           FROM analytics.renewal_by_member ORDER BY 1""",
    )
    assert found == [
        ("Ann =Smith", *dollars("460.00", "490.00", "30.00")),
        ("Bob Smith", *dollars("433.33", "433.33", "0.00")),
        ("Cid Smith", *dollars("200.00", "0.00", "-200.00")),
    ]


def test_issues_of_census_rating_and_shelf_stand_in_one_list(filled: Book) -> None:
    found = ask(
        filled,
        "SELECT source, group_name, file_name, line_number, code FROM analytics.issue ORDER BY source",
    )
    assert found == [
        ("census", "Acme Ltd", "acme.csv", 5, "CV-9"),
        ("rating", "Acme Ltd", "acme.csv", 2, "NO_RATE"),
        ("shelf", None, "rate_cells", 7, "RC-1"),
    ]


def test_the_roster_names_primary_plans_and_line_of_the_file(filled: Book) -> None:
    found = ask(
        filled,
        """SELECT primary_name, plans, file_name, line_number
           FROM analytics.census_roster WHERE group_census_member_id = ?""",
        ANN,
    )
    assert found[0][0] == "Ann =Smith"
    assert found[0][2:] == ("acme.csv", 2)


def test_a_run_is_stale_once_its_census_has_moved(filled: Book) -> None:
    with filled.write() as tx:
        tx.connection.execute("UPDATE book.group_census SET census_version = 2 WHERE name = 'Bolt 2026'")
    assert ask(filled, "SELECT n_current, n_stale FROM analytics.run WHERE kind = 'current'") == [(2, 1)]
    assert ask(
        filled,
        "SELECT is_stale FROM analytics.premium_by_coverage WHERE group_census_member_id = ?",
        DAN,
    ) == [(True,)]


def test_the_last_load_of_each_census_is_marked(filled: Book) -> None:
    assert ask(filled, "SELECT group_name, n_accepted, n_refused, is_last FROM analytics.load") == [
        ("Acme Ltd", 3, 1, True)
    ]


def test_an_empty_book_answers_every_view_with_no_rows(book: Book) -> None:
    views = [row[0] for row in ask(book, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'analytics'")]
    assert len(views) == 17
    assert all(ask(book, f"SELECT * FROM analytics.{view}") == [] for view in views)


def test_every_view_and_every_column_of_a_view_carries_a_comment(book: Book) -> None:
    missing = ask(
        book,
        "SELECT view_name FROM duckdb_views() WHERE schema_name = 'analytics' AND comment IS NULL",
    )
    missing += ask(
        book,
        """SELECT table_name, column_name FROM duckdb_columns()
           WHERE schema_name IN ('analytics', 'book', 'raw', 'ref', 'out') AND comment IS NULL""",
    )
    assert missing == []


@pytest.mark.parametrize(
    ("issue", "is_rated"),
    [
        (None, True),
        ("RULE_WITHOUT_VALUE", True),
        ("REFERENCE_UNRATED", True),
        ("OUTSIDE_TERM", False),
        ("NO_RATE", False),
    ],
)
def test_a_warning_leaves_a_coverage_rated_and_any_other_issue_does_not(
    filled: Book, issue: str | None, is_rated: bool
) -> None:
    with filled.write() as tx:
        tx.connection.execute("UPDATE out.coverage_premium SET issue = ? WHERE group_census_id = ?", [issue, BOLT])
    assert ask(filled, "SELECT is_rated FROM analytics.rated_coverage WHERE group_census_id = ?", BOLT) == [(is_rated,)]


def test_rates_made_from_the_census_are_shown_in_dollars_with_what_they_collect(filled: Book) -> None:
    """Two of 500.10 and one of 1,250.25 collect 2,250.45, that is 0.15 more than the 2,250.30 required."""
    run_id, plan_id = ask(
        filled, "SELECT rating_run_id, root_plan_id FROM out.coverage_premium WHERE group_census_id = ?", BOLT
    )[0]
    row = {
        "contract_plan_id": plan_id,
        "method": "composite_solved",
        "state": "ESTIMATE",
        "ee_cents": 500_10,
        "fam_cents": 1_250_25,
        "n_ee": 2,
        "n_fam": 1,
        "required_cents": 2_250_30,
        "collected_cents": 2_250_45,
        "difference_cents": 15,
    }
    put(filled, "out.composite_rate", row | {"rating_run_id": run_id}, row | {"rating_run_id": "0rr000000000000999"})
    found = ask(
        filled,
        "SELECT kind, group_name, state, ee_rate, fam_rate, es_rate, n_ee, required, collected, difference, n_left_out"
        " FROM analytics.composite_rate",
    )
    assert found == [
        (
            *("current", "Bolt, Inc.", "ESTIMATE", *dollars("500.10", "1250.25"), None, 2),
            *(*dollars("2250.30", "2250.45", "0.15"), None),
        )
    ]
