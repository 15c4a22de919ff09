"""Rules and what comes of them: the right rows, the right codes, and no value in any message."""

import logging
import time

import numpy as np
import polars as pl
import pytest

from schemas.issues import FAILURES, failures, with_raw_values
from schemas.rules import (
    WARNING,
    Rule,
    at_most_chars,
    at_most_places,
    between,
    first_of,
    not_after,
    one_of,
    readable,
    required,
    schema_of,
    stated,
)


def rows_of(frame: pl.DataFrame, holds: pl.Expr, column: str | None = None) -> list[int]:
    return failures(frame, [Rule("it", (column or frame.columns[0],), "No.", holds)])["row"].to_list()


@pytest.mark.parametrize(
    ("values", "holds", "bad"),
    [
        (["a", None, " ", ""], required("a"), [1, 2, 3]),
        ([1, None], stated("a"), [1]),
        (["x", "y", None], one_of("a", ["x"]), [1]),
        (["abcd", "abc", None], at_most_chars("a", 3), [0]),
        ([0, 1, 100, 101, None], between("a", 1, 100), [0, 3]),
        ([0, 5], between("a", lowest=1), [0]),
        ([0, 5], between("a", highest=1), [1]),
        (["1.25", "1.250", "1.251", "7", None], at_most_places("a", 2), [2]),
        (["x", "y", "x", None, None, "X"], first_of("a"), [2]),
        (["x", "y", "x", None, None, "X"], first_of("a", ignoring_case=True), [2, 5]),
    ],
)
def test_a_predicate_fails_just_the_rows_that_it_should(values: list[object], holds: pl.Expr, bad: list[int]) -> None:
    assert rows_of(pl.DataFrame({"a": values}, strict=False), holds) == bad


def test_rules_over_two_columns_see_both() -> None:
    frame = pl.DataFrame({"first": [1, 2, None], "last": [2, 1, 0], "last_text": ["2", "x", None]})
    assert rows_of(frame, not_after("first", "last")) == [1]
    unread = pl.DataFrame({"n_text": ["2", "x", None, " "], "n": [2, None, None, None]})
    assert rows_of(unread, readable("n_text", "n")) == [1]
    pairs = pl.DataFrame({"a": ["x", "x", "x"], "b": [1, 2, 1]})
    assert rows_of(pairs, first_of("a", "b")) == [2]


def test_a_failure_carries_all_that_is_needed_to_tell_it() -> None:
    rule = Rule("too_small", ("a",), "a is too small.", pl.col("a") > 1, "Make it greater.", WARNING, "GB-1")
    found = failures(pl.DataFrame({"a": [1, 2]}), [rule])
    assert found.schema == FAILURES
    assert found.row(0) == (0, "too_small", "a", "warning", "GB-1", "a is too small.", "Make it greater.")


def test_failures_come_by_row_and_then_in_the_order_of_the_rules() -> None:
    rules = [Rule(code, ("a",), "No.", pl.col("a") > least) for code, least in (("second", 2), ("first", 1))]
    found = failures(pl.DataFrame({"a": [1, 2, 3]}), rules)
    assert found.select("row", "code").rows() == [(0, "second"), (0, "first"), (1, "second")]


def test_two_rules_may_share_a_code_and_a_column() -> None:
    rules = [Rule("same", ("a",), says, pl.col("a") > least) for says, least in (("One.", 1), ("Two.", 5))]
    assert failures(pl.DataFrame({"a": [3]}), rules)["message"].to_list() == ["Two."]


def test_no_rules_or_no_rows_find_nothing() -> None:
    assert failures(pl.DataFrame({"a": [1]}), []).schema == FAILURES
    assert failures(
        pl.DataFrame({"a": []}, schema={"a": pl.Int64}), [Rule("x", ("a",), "No.", pl.col("a") > 1)]
    ).is_empty()


@pytest.mark.parametrize(
    ("column", "holds"),
    [("gone", pl.col("gone") > 1), ("a", pl.col("gone") > 1), ("a", pl.col("a").str.len_chars() > 1)],
)
def test_a_rule_that_cannot_be_run_is_never_passed_over_nor_quotes_a_row(column: str, holds: pl.Expr) -> None:
    with pytest.raises(ValueError, match="could not be run") as caught:
        failures(pl.DataFrame({"a": [4711]}), [Rule("x", (column,), "No.", holds)])
    assert "4711" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_rule_needs_a_column_and_a_known_severity() -> None:
    with pytest.raises(ValueError, match="severity"):
        Rule("x", (), "No.", pl.lit(True))
    with pytest.raises(ValueError, match="severity"):
        Rule("x", ("a",), "No.", pl.lit(True), severity="loud")


def test_the_schema_is_panderas_and_its_checks_carry_the_codes() -> None:
    made = schema_of([Rule("x", ("a",), "No.", pl.col("a") > 1), Rule("y", ("a",), "No.", pl.col("a") > 2)])
    assert [check.error for check in made.columns["a"].checks] == ["x", "y"]


def test_raw_values_are_those_of_the_row_and_cut() -> None:
    frame = pl.DataFrame({"a": [1, 1], "a_text": ["x" * 300, None], "b": [1, 1], "b_text": ["first", "second"]})
    rules = [Rule("a", ("a",), "No.", pl.col("a") > 1), Rule("b", ("b",), "No.", pl.col("b") > 1)]
    told = with_raw_values(failures(frame, rules), frame, suffix="_text")
    assert told["raw_value"].to_list() == ["x" * 200, "first", None, "second"]
    assert told["code"].to_list() == ["a", "b", "a", "b"]
    assert with_raw_values(told.clear().drop("raw_value"), frame).columns[-1] == "raw_value"


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        failures(pl.DataFrame({"a": ["123-45-6789"]}), [Rule("x", ("a",), "No.", pl.col("a") == "")])
    out = capsys.readouterr()
    assert "123-45-6789" not in caplog.text + out.out + out.err


def test_the_masks_equal_a_plain_filter_over_many_rows_and_rules() -> None:
    drawn = np.random.default_rng(7)
    frame = pl.DataFrame({f"c{i}": drawn.integers(0, 100, 20_000) for i in range(8)})
    rules = [
        Rule(f"r{i}", (f"c{i}", f"c{(i + 1) % 8}"), "No.", pl.col(f"c{i}") + pl.col(f"c{(i + 1) % 8}") > 3)
        for i in range(8)
    ]
    found = failures(frame, rules)
    for rule in rules:
        wanted = frame.select(holds=rule.holds)["holds"].not_().arg_true()
        assert found.filter(pl.col("code") == rule.code)["row"].equals(wanted.rename("row"))


def test_many_failures_cost_no_python_object_each() -> None:
    """Every row fails every rule: 200,000 x 5. Pandera's own failure cases would take minutes."""
    frame = pl.DataFrame({"a": np.zeros(200_000, np.int64)})
    began = time.perf_counter()
    assert failures(frame, [Rule(f"r{i}", ("a",), "No.", pl.col("a") > i) for i in range(5)]).height == 1_000_000
    assert time.perf_counter() - began < 10
