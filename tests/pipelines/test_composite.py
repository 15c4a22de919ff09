"""`benefits composite`: the estimates of a run on a terminal, fixed and refused in a sentence."""

from services.book import Book
from tests.pipelines.conftest import Typed


def test_a_book_whose_rates_are_all_filed_says_so(typed: Typed, finished_book: Book) -> None:
    code, said, complained = typed("composite", "list", "--run", "0rr000000000000001")
    assert code == 0, complained
    assert "No rate of this run is made from the census" in said
    code, _, complained = typed("composite", "list", "--run", "nothing")
    assert code == 1
    assert "There is no run nothing" in complained
    del finished_book


def test_estimates_are_shown_and_become_final(typed: Typed, finished_book: Book) -> None:
    with finished_book.write() as tx:
        tx.connection.execute("UPDATE ref.rate_table SET method = 'average_age' WHERE method = 'flat'").fetchall()
        tx.connection.execute(
            "UPDATE ref.rate_table SET method = 'aca_composite' WHERE method = 'child_capped'"
        ).fetchall()
        tx.connection.execute("UPDATE book.contract_plan SET name = name || ' of the whole county'").fetchall()
    code, said, complained = typed("rate", "--no-publish")
    assert code == 0, complained
    code, said, complained = typed("composite", "list")
    assert code == 0, complained
    assert "estimate" in said
    assert "…" not in said
    prices, made_from = said.split("What they are made from")
    assert all("Contract" in table and "C000001" in table for table in (prices, made_from))  # two groups, one plan name
    assert "benefits composite finalize" in said.replace(".venv/bin/", "")
    with finished_book.read() as tx:
        rows = tx.connection.execute(
            "SELECT rating_run_id, count(*), max(n_left_out) FROM out.composite_rate GROUP BY ALL"
        ).fetchall()
    assert len(rows) == 1
    run, n, left_out = rows[0]
    if left_out:
        with finished_book.write() as tx:
            tx.connection.execute("UPDATE out.composite_rate SET n_left_out = 0").fetchall()
    with finished_book.write() as tx:  # a plan that nobody could be averaged for is none of the concern here
        tx.connection.execute(
            "DELETE FROM out.composite_rate WHERE coalesce(adult_cents, child_cents, n_lives, 0) = 0"
        ).fetchall()
        n = tx.connection.execute("SELECT count(*) FROM out.composite_rate").fetchall()[0][0]
    code, said, complained = typed("composite", "finalize", run)
    assert code == 0, complained
    assert f"Fixed: {n:,} rates" in said
    code, said, complained = typed("composite", "finalize", run)
    assert code == 1
    assert "fixed already" in complained
