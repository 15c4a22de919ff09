"""The pages for readers: current with the code, and every query and example in them runs.

What lives here: the data dictionary, the cookbook of queries, the examples of README. What does not: the figures of
the views (`tests/services/test_analytics.py`).
"""

import re
from pathlib import Path

import duckdb
import pytest

from schemas import TABLES
from services.book import Book
from services.dictionary import PAGE, render
from services.publish import publish
from tests.analyst_book import BOLT, DAN, EVE, fill, put

ROOT = Path(__file__).parent.parent
QUERIES = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


QUESTIONS = re.findall(r"^## (\d+\. .+)$", QUERIES, re.MULTILINE)


@pytest.fixture
def published(book: Book, tmp_path: Path) -> Path:
    """A published copy of the small finished book."""
    fill(book)
    return publish(Book(book.path), tmp_path / "published" / "benefits.duckdb")


def test_the_data_dictionary_is_current() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page == render(), "type: python -m services.dictionary"


def test_the_data_dictionary_tells_every_column() -> None:
    page = render()
    for table in TABLES.values():
        section = page.split(f"### {table.name}\n")[1].split("\n### ")[0]
        assert all(f"| `{column}` |" in section for column in table.column_names), table.name
    assert "None |" not in page


def test_the_cookbook_answers_ten_questions() -> None:
    assert len(QUESTIONS) == len(blocks(QUERIES, "sql")) == 10


def test_every_query_of_the_cookbook_finds_rows_and_needs_no_join(published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as copy:
        for question, sql in zip(QUESTIONS, blocks(QUERIES, "sql"), strict=True):
            assert copy.execute(sql).fetchall(), question
            assert "JOIN" not in sql.upper(), question


def test_the_query_of_issues_names_one_place_and_the_words_of_that_place() -> None:
    """Of line 9 of a.csv and line 2 of b.csv the first is told: never line 2 of a.csv, where nothing is wrong."""
    asked = blocks(QUERIES, "sql")[next(n for n, question in enumerate(QUESTIONS) if question.startswith("8."))]
    with duckdb.connect() as copy:
        copy.execute("CREATE SCHEMA analytics")
        copy.execute(
            "CREATE TABLE analytics.issue AS FROM (VALUES "
            "('census', 'error', 'late', 'b.csv', 2, 'day', 'Of b.', 'Mend b.'), "
            "('census', 'error', 'late', 'a.csv', 9, 'day', 'Of a.', NULL), "
            "('census', 'error', 'late', 'a.csv', 30, 'day', 'Of a, later.', 'Mend a.')) "
            "AS issue(source, severity, code, file_name, line_number, column_name, message, hint)"
        )
        assert copy.execute(asked).fetchall() == [("census", "error", "late", 3, "Of a.", None, "a.csv", 9)]


def test_the_query_of_participation_counts_who_chose_a_plan_that_is_not_rated_yet(book: Book) -> None:
    """Of Bolt's employees Dana is rated and Eve is not; both chose dental, so both take part: 2 of 2 is 100 %."""
    fill(book)
    put(
        book,
        "book.member_plan",
        *(
            {
                "member_plan_id": f"0r8{n:015d}",
                "group_census_member_id": member,
                "group_census_id": BOLT,
                "contract_plan_id": "0rg000000000000005",
            }
            for n, member in enumerate((DAN, EVE), 90)
        ),
    )
    asked = blocks(QUERIES, "sql")[next(n for n, question in enumerate(QUESTIONS) if question.startswith("6."))]
    with book.read() as tx:
        assert tx.connection.execute(asked).fetchall() == [
            ("A-1", "Acme Ltd", 1, 0, 100.0),
            ("B-1", "Bolt, Inc.", 2, 0, 100.0),
        ]


@pytest.mark.parametrize("number", ["5.", "6."])
def test_two_employers_of_one_name_are_not_added_together(book: Book, number: str) -> None:
    """Acme and Bolt, both renamed Twin, stay two rows: they are told apart by their account number."""
    fill(book)
    with book.write() as tx:
        tx.connection.execute("UPDATE book.account SET name = 'Twin'").fetchall()
    asked = blocks(QUERIES, "sql")[next(n for n, question in enumerate(QUESTIONS) if question.startswith(number))]
    with book.read() as tx:
        found = tx.connection.execute(asked).fetchall()
    assert sorted((row[0], row[1]) for row in found) == [("A-1", "Twin"), ("B-1", "Twin")]


@pytest.mark.parametrize("page", ["docs/queries.md", "README.md"])
def test_the_python_examples_run(published: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(published.parent.parent)
    examples = blocks((ROOT / page).read_text(encoding="utf-8"), "python")
    assert examples
    for example in examples:
        exec(compile(example, page, "exec"), {})


@pytest.mark.parametrize(
    "page",
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "samples/README.md", "docs/queries.md", "docs/walkthrough.md"],
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


def test_the_queries_of_readme_run(published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as copy:
        for sql in blocks((ROOT / "README.md").read_text(encoding="utf-8"), "sql"):
            assert copy.execute(sql).fetchall(), sql
