"""`benefits explain`: text, JSON, the table of a whole run, and plain refusals."""

import json

from services.book import Book
from tests.pipelines.conftest import Typed


def a_coverage(book: Book) -> tuple[str, str, str, int]:
    """Member, run, plan and share of a coverage that costs something."""
    with book.read() as tx:
        return tx.connection.execute(
            """SELECT group_census_member_id, rating_run_id, p.plan_code, employee_cents
            FROM out.coverage_premium AS c JOIN book.contract_plan AS p ON p.contract_plan_id = c.root_plan_id
            WHERE employee_cents > 0 ORDER BY ALL LIMIT 1"""
        ).fetchall()[0]


def test_a_member_is_explained_in_lines_that_end_with_the_share(typed: Typed, finished_book: Book) -> None:
    member, run, plan, cents = a_coverage(finished_book)
    code, said, complained = typed("explain", member, "--plan", plan)
    assert code == 0, complained
    assert f"run {run}" in said
    assert f"{cents // 100:,}.{cents % 100:02d}" in said
    assert "employee pays" in said
    assert "from table" in said


def test_json_is_one_document_with_the_stored_share_last(typed: Typed, finished_book: Book) -> None:
    member, run, plan, _ = a_coverage(finished_book)
    code, said, complained = typed("explain", member, "--plan", plan, "--json")
    assert code == 0, complained
    made = json.loads(said)
    assert (made["rating_run_id"], made["group_census_member_id"]) == (run, member)
    assert made["coverages"]
    for coverage in made["coverages"]:
        assert coverage["steps"][-1]["kind"] == "employee"
        assert coverage["steps"][-1]["cents"] == coverage["employee_cents"]


def test_a_whole_run_is_kept_as_a_table(typed: Typed, finished_book: Book) -> None:
    _, run, _, _ = a_coverage(finished_book)
    code, said, complained = typed("explain", "--run", run, "--table")
    assert code == 0, complained
    with finished_book.read() as tx:
        n_lines, n_coverages = tx.connection.execute(
            "SELECT count(*), count(*) FILTER (kind = 'employee') FROM out.explanation"
        ).fetchall()[0]
    assert f"{n_lines:,} lines of {n_coverages:,} coverages" in said


def test_what_cannot_be_explained_is_refused_in_a_sentence(typed: Typed, finished_book: Book) -> None:
    member, run, _, _ = a_coverage(finished_book)
    for words, complaint in (
        ((), "Nobody is named"),
        (("nobody",), "There is no member nobody"),
        ((member, "--plan", "nothing"), "holds no plan nothing"),
        ((member, "--run", "nothing"), "There is no run nothing"),
        ((member, "--renewal"), "no renewal run"),
        (("--table",), "A table is made of a whole run"),
        ((member, "--run", run, "--table"), "A table is made of a whole run"),
    ):
        code, _, complained = typed("explain", *words)
        assert code == 1
        assert complaint in complained
