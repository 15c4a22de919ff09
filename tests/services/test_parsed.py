"""Statements that DuckDB has read once: run on any connection, by any thread, against what is there then."""

from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow as pa
import pytest

from services import parsed as home
from services.parsed import parsed

ASKED = "SELECT n + $more AS n FROM kept WHERE n >= $least ORDER BY n"


@pytest.fixture(autouse=True)
def _own_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements of its own, which nothing else keeps."""
    monkeypatch.setattr(home, "_KEPT", {})
    monkeypatch.setattr(home, "statement", {"kept.asked": ASKED, "kept.several": "SELECT 1; SELECT 2"}.__getitem__)


def test_it_is_bound_anew_on_each_connection() -> None:
    with duckdb.connect() as whole, duckdb.connect() as decimal:
        whole.execute("CREATE TABLE kept AS SELECT unnest([1, 2, 3]) AS n")
        decimal.execute("CREATE TABLE kept AS SELECT unnest([1.25, 2.5]) AS n")
        made = parsed(whole, "kept.asked")
        assert parsed(decimal, "kept.asked") is made
        assert whole.execute(made, {"more": 10, "least": 2}).fetchall() == [(12,), (13,)]
        assert [float(n) for (n,) in decimal.execute(made, {"more": 0, "least": 2}).fetchall()] == [2.5]
        whole.execute("CREATE OR REPLACE TABLE kept AS SELECT 'x' AS other")
        with pytest.raises(duckdb.BinderException):
            whole.execute(made, {"more": 10, "least": 2})


def test_it_reads_the_columns_that_are_lent_now_and_the_database_in_use() -> None:
    with duckdb.connect() as one:
        made = parsed(one, "kept.asked")
        for column in (pa.array([1, 2]), pa.array([1.5, 2.5])):
            one.register("kept", pa.table({"n": column}))
            assert one.execute(made, {"more": 0, "least": 1}).fetchall() == [(n.as_py(),) for n in column]
            one.unregister("kept")
        for name, n in (("left", 7), ("right", 8)):
            one.execute(f"ATTACH ':memory:' AS {name}_hand; USE {name}_hand; CREATE TABLE kept AS SELECT {n} AS n")
        for name, n in (("left", 7), ("right", 8)):
            one.execute(f"USE {name}_hand")
            assert one.execute(made, {"more": 0, "least": 1}).fetchall() == [(n,)]


def test_values_of_one_run_are_not_those_of_the_next() -> None:
    with duckdb.connect() as one:
        one.execute("CREATE TABLE kept AS SELECT range AS n FROM range(5)")
        made = parsed(one, "kept.asked")
        for least in range(5):
            table = one.sql(made, params={"more": 0, "least": least}).to_arrow_table()
            assert table["n"].to_pylist() == list(range(least, 5))


def test_threads_share_it() -> None:
    with duckdb.connect() as one:
        one.execute("CREATE TABLE kept AS SELECT range AS n FROM range(1000)")
        made = parsed(one, "kept.asked")

        def look(least: int) -> bool:
            with one.cursor() as cursor:
                return len(cursor.execute(made, {"more": 0, "least": least}).fetchall()) == 1000 - least

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(look, range(0, 1000, 5)))


def test_a_text_of_several_statements_stays_a_text() -> None:
    with duckdb.connect() as one:
        made = parsed(one, "kept.several")
        assert made == "SELECT 1; SELECT 2"
        assert one.execute(made).fetchall() == [(2,)]
