"""`benefits quote`, and the asset that rates quotes: the same function as a server's."""

import dagster as dg
import pytest

from assets.quotes import QUOTE_TABLES, group_rating
from services.book import Book
from services.places import Places
from tests.pipelines.conftest import Typed
from tests.random_book import write
from tests.services.quotes.desk import premiums, quote


@pytest.fixture
def book(places: Places) -> Book:
    """The worked example of group rating, where the command line looks for it."""
    from tests.made_once import empty_book

    places.book.parent.mkdir(parents=True)
    made = empty_book(places.book)
    with made.write() as tx:
        write(tx.connection, quote())
    return made


def test_a_quote_is_listed_rated_and_shown(typed: Typed, book: Book) -> None:
    assert "Q-1" in typed("quote", "list")[1]
    code, said, complained = typed("quote", "rate", "Q-1", "--date", "2026-01-01")
    assert (code, complained) == (0, "")
    assert "1,617.95" in said
    assert "Rating: Completed" in said
    code, said, _ = typed("quote", "show", "q-1")
    assert code == 0
    for words in ("Medical Platinum", "417.95", "L2", "60.00", "Total"):
        assert words in said
    with book.read() as tx:
        assert tx.connection.execute("SELECT DISTINCT action FROM book.audit_entry").fetchall() == [("quote rate",)]


def test_one_plan_is_rated_by_its_key_and_what_fails_is_told(typed: Typed, book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.quote_line SET instance_key = 'plat' WHERE quote_line_id = 'R1'").fetchall()
        tx.connection.execute("UPDATE book.census_member SET birth_date = NULL").fetchall()
    code, said, _ = typed("quote", "rate", "Q-1", "--plan", "PLAT")
    assert code == 0
    assert "2 of 3 coverages have no new price." in said
    assert "Birth date is required" in " ".join(said.split())
    code, _, complained = typed("quote", "rate", "Q-1", "--plan", "none")
    flat = " ".join(complained.split())
    assert (code, "no root line none. Its root lines: plat" in flat) == (1, True)
    assert "`benefits quote show Q-1` shows them." in flat


def test_a_rating_that_fails_as_a_whole_ends_with_a_reason_and_no_traceback(
    typed: Typed, book: Book, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("born 1990-01-01")

    monkeypatch.setattr("services.quotes.rating._rated", broken)
    code, said, complained = typed("quote", "rate", "Q-1", "--date", "2026-01-01")
    assert (code, said) == (1, "")
    flat = " ".join(complained.split())
    assert "failed: The job could not be done: a defect of the program (RuntimeError)." in flat
    assert "Traceback" not in complained
    assert "born" not in complained
    (log,) = places.logs.glob("*.log")
    assert log.name in complained.replace("\n", "")
    assert "in broken" in log.read_text()


def test_a_refused_rating_says_which_input_is_wrong(typed: Typed, book: Book) -> None:
    code, _, complained = typed("quote", "rate", "Q-1", "--date", "soon")
    told = "ratingDate: Specify a date in yyyy-MM-dd format."
    assert (code, told in " ".join(complained.split())) == (1, True)


@pytest.mark.rule("GR-8")
def test_a_line_that_costs_nothing_says_why(typed: Typed, book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.census_member SET is_opt_out_all_plans = true").fetchall()
    code, said, _ = typed("quote", "rate", "Q-1")
    flat = " ".join(said.replace("│", " ").split())
    assert (code, "Nobody is priced here" in flat) == (0, True)


def test_an_unknown_quote_and_an_empty_book_say_what_to_do(typed: Typed, book: Book) -> None:
    code, _, complained = typed("quote", "show", "Q-9")
    assert (code, "There is no quote Q-9." in complained) == (1, True)
    with book.write() as tx:
        tx.connection.execute("DELETE FROM book.quote").fetchall()
    assert "benefits template" in typed("quote", "list")[1]


@pytest.mark.rule("GR-8")
def test_the_asset_rates_what_is_due_and_nothing_twice(book: Book) -> None:
    def rated(**config: object) -> object:
        ops = {"ops": {"group_rating": {"config": config}}}
        done = dg.materialize([group_rating], resources={"book": book}, run_config=ops)
        assert {each.asset_key.to_user_string().replace("/", ".") for each in done.get_asset_materialization_events()
                if each.asset_key} == set(QUOTE_TABLES)  # fmt: skip
        shown = done.asset_materializations_for_node("group_rating")
        return next(each.metadata["rated"].value for each in shown if "rated" in each.metadata)

    assert rated() == 1
    assert premiums(book)["R1"] == 1_617_95
    assert rated() == 0
    assert rated(quotes=["Q-1"], rating_date="2026-01-01") == 1


def test_the_asset_tells_of_a_quote_that_cannot_be_rated_and_fails_only_where_it_is_named(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.quote SET group_census_id = NULL").fetchall()
    instance = dg.DagsterInstance.ephemeral()
    done = dg.materialize([group_rating], resources={"book": book}, instance=instance)
    assert done.success
    (shown,) = [
        each.metadata for each in done.asset_materializations_for_node("group_rating") if "rated" in each.metadata
    ]
    assert shown["rated"].value == 0
    told = [each.user_message for each in instance.all_logs(done.run_id)]
    assert "1 quote without a total; why stands in the table of the run" in told
    named = {"ops": {"group_rating": {"config": {"quotes": ["Q-1"]}}}}
    done = dg.materialize([group_rating], resources={"book": book}, run_config=named, raise_on_error=False)
    assert not done.success


def test_a_rating_that_fails_as_a_whole_fails_the_asset_only_where_the_quote_is_named(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("born 1990-01-01")

    monkeypatch.setattr("services.quotes.rating._rated", broken)
    done = dg.materialize([group_rating], resources={"book": book})
    (shown,) = [
        each.metadata for each in done.asset_materializations_for_node("group_rating") if "rated" in each.metadata
    ]
    assert shown["rated"].value == 0
    assert "a defect of the program (RuntimeError)" in str(shown["quotes"].value)
    named = {"ops": {"group_rating": {"config": {"quotes": ["Q-1"]}}}}
    done = dg.materialize([group_rating], resources={"book": book}, run_config=named, raise_on_error=False)
    assert not done.success
    said = str(done.failure_data_for_node("group_rating").user_failure_data.description)
    assert "failed: The job could not be done: a defect of the program (RuntimeError)." in said
    assert "born" not in said
