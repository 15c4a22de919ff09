"""Flows of a customer's own in a request: steps before and after the validation (CM-16, decisions on flows)."""

from typing import Any

import polars as pl
import pytest

from services import flows
from services.book import Transaction
from services.members import rows
from services.members.faults import errors_of
from services.members.save import Operation, Reading, Saved, save, validate
from services.scope import EVERYTHING
from tests.services.census_load.builder import CENSUS, NOW
from tests.services.members.door import Door, child, head

Table = pl.DataFrame
seen: list[tuple[list[str], str, str]] = []


def in_capitals(tx: Transaction, table: Table, context: flows.Context) -> tuple[Table, Table]:
    """Changes values."""
    return table.with_columns(pl.col("city").str.to_uppercase()), pl.DataFrame()


def no_robots(tx: Transaction, table: Table, context: flows.Context) -> tuple[Table, Table]:
    """Refuses rows, and notes what it was given."""
    seen.append((sorted(table.columns), context.census_id, context.operation))
    bad = table.filter(pl.col("first_name") == "Robot")
    return table, bad.select("row", code=pl.lit("ACME-1"), message=pl.lit("No robots."), field=pl.lit("firstName"))


def through(door: Door, flow: flows.Flow, *members: dict[str, Any]) -> Saved:
    with door.world.book.write() as tx:
        judged = validate(tx, CENSUS, rows.of_connect(tx, members), operation=Operation.ADD, reading=Reading.CONNECT,
                          scope=EVERYTHING, now=NOW, flow=flow)  # fmt: skip
        return save(tx, judged, now=NOW)


@pytest.mark.rule("CM-16")
def test_a_step_before_the_validation_changes_values_and_refuses_rows(door: Door) -> None:
    saved = through(
        door, flows.Flow("Acme", before=(in_capitals, no_robots)), head(city="Porto"), head("Robot", source="R")
    )
    assert door.world.members("first_name", "city") == [("Noor", "PORTO")]
    [error] = errors_of(saved.faults)
    assert (error.code, error.message) == ("ACME-1", "No robots.")
    assert error.info == {"index": 1, "sourceSystemIdentifier": "R", "field": "firstName"}


@pytest.mark.rule("CM-16", "CV-13")
def test_a_step_after_it_sees_what_was_filled_in_and_refuses_families(door: Door) -> None:
    seen.clear()
    saved = through(door, flows.Flow("Acme", after=(no_robots,)), head("Robot"), child(), head("Owen", "Park", "P1"))
    [(columns, census, operation)] = seen
    assert {"row", "member_key", "group_class_id", "relationship", "name"} <= set(columns)
    assert (census, operation) == (CENSUS, "Add")
    assert [error.code for error in errors_of(saved.faults)] == ["ACME-1", "GB-CEN-003"]
    assert door.world.members() == [("Owen",)]
