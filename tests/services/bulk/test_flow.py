"""Flows: the built-in one, and one of a customer's own, for uploads and for members sent one by one."""

from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import polars as pl
import pytest

from services import flows, settings
from services.insurance_errors import Refused
from services.members import connect
from services.refusals import Malformed
from services.scope import EVERYTHING
from tests.services.bulk.desk import EXAMPLE, NAMES_ONLY, Desk, lines
from tests.services.census_load.builder import CENSUS, NOW

NAME = "Acme Census Flow"
_seen: list[tuple[str, flows.Context, pl.DataFrame]] = []


def shouting_is_mended(tx: Any, rows: pl.DataFrame, context: flows.Context) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A step before validation that changes a value."""
    _seen.append(("before", context, rows))
    return rows.with_columns(pl.col("last_name").str.to_titlecase()), flows.ISSUES.to_frame()


def no_nicknames(tx: Any, rows: pl.DataFrame, context: flows.Context) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A step before validation that refuses rows."""
    bad = rows.filter(pl.col("first_name") == "Bob")
    said = bad.select("row", code=pl.lit("ACME-1"), message=pl.lit("Write the full name."), field=pl.lit("FirstName"))
    return rows, said


def only_known_families(tx: Any, rows: pl.DataFrame, context: flows.Context) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A step after validation."""
    _seen.append(("after", context, rows))
    bad = rows.filter(pl.col("last_name") == "Park")
    return rows, bad.select("row", code=pl.lit("ACME-2"), message=pl.lit("Not one of ours."))


def acme_flow() -> Sequence[Any]:
    return [shouting_is_mended, no_nicknames, flows.VALIDATE, only_known_families, flows.SAVE]


def flow_that_never_saves() -> Sequence[Any]:
    return [flows.VALIDATE]


def flow_that_loses_rows() -> Sequence[Any]:
    return [lambda tx, rows, context: (rows.head(0), flows.ISSUES.to_frame()), flows.VALIDATE, flows.SAVE]


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Flows of another distribution, as its entry points name them."""
    named = {NAME: acme_flow, "Endless": flow_that_never_saves, "Lossy": flow_that_loses_rows}
    found = [EntryPoint(name, f"{__name__}:{made.__name__}", flows.GROUP) for name, made in named.items()]
    monkeypatch.setattr(flows, "entry_points", lambda group: found if group == flows.GROUP else [])
    flows._registered.cache_clear()
    _seen.clear()
    yield
    flows._registered.cache_clear()


TEXT = lines(["Noor", "HADDAD", "Self"], ["Bob", "Stone", "Self"], ["Mira", "Stone", "Child"], ["Owen", "Park", "Self"])


@pytest.mark.rule("BC-42", "BC-40")
def test_a_flow_of_ones_own_is_a_setting_of_the_kind_of_census_and_processes_uploads(desk: Desk) -> None:
    with desk.world.book.write() as tx:
        settings.set_to(tx, "bulk_flow_enrollment", NAME, NOW)
    done = desk.upload(TEXT, mapping=NAMES_ONLY)
    assert desk.world.members("first_name", "last_name") == [("Noor", "Haddad")]
    told = {d["rowNumber"]: (d["code"], d["message"]) for d in desk.details(done["requestId"]) if d["code"]}
    assert told == {
        2: ("ACME-1", "Write the full name."),
        3: ("GB-CEN-003", "Dependent has no primary member."),
        4: ("ACME-2", "Not one of ours."),
    }
    assert [row[:3] for row in desk.errors(done)[1:]] == [
        ["Bob", "Stone", "Self"], ["Mira", "Stone", "Child"], ["Owen", "Park", "Self"],
    ]  # fmt: skip


@pytest.mark.rule("BC-42", "BC-40", "CM-16")
def test_the_same_flow_processes_members_sent_one_by_one(desk: Desk) -> None:
    members = [
        {"firstName": "Noor", "lastname": "HADDAD", "associationWithPrimaryMbr": "Self"},
        {"firstName": "Bob", "lastname": "Stone", "associationWithPrimaryMbr": "Self"},
        {"firstName": "Owen", "lastname": "Park", "associationWithPrimaryMbr": "Self"},
    ]
    with desk.world.book.write() as tx:
        answer = connect.add(tx, CENSUS, members, flow_name=NAME.upper(), scope=EVERYTHING, now=NOW)
    assert [error.code for error in answer.errors] == ["ACME-1", "ACME-2"]
    assert desk.world.members("first_name", "last_name") == [("Noor", "Haddad")]


@pytest.mark.rule("BC-42")
def test_a_step_sees_all_rows_at_once_and_what_validation_filled_in(desk: Desk) -> None:
    with desk.world.book.write() as tx:
        settings.set_to(tx, "bulk_flow_enrollment", NAME, NOW)
    request_id = desk.upload(TEXT, mapping=NAMES_ONLY, batch_size=1)["requestId"]
    (before, context, rows), (after, _, judged) = _seen
    assert (before, after) == ("before", "after")
    assert rows["row"].to_list() == [0, 1, 2, 3]
    assert (context.census_id, context.item_id) == (CENSUS, request_id)
    # Bob was refused by then; of the others the key and the relationship are filled in.
    assert judged["first_name"].to_list() == ["Noor", "Mira", "Owen"]
    assert judged["relationship"].to_list() == ["Self", "Child", "Self"]
    assert judged["member_key"].null_count() == 0


@pytest.mark.rule("BC-42")
def test_without_a_setting_an_upload_goes_through_the_built_in_flow(desk: Desk) -> None:
    request_id = desk.ask(EXAMPLE)
    ((inputs,),) = desk.world.sql(f"SELECT inputs FROM book.async_request WHERE async_request_id = '{request_id}'")
    assert '"flowName":"Process Group Census Member Data"' in inputs
    assert flows.names() == [flows.BUILT_IN, NAME, "Endless", "Lossy"]


@pytest.mark.rule("CM-16")
def test_an_unknown_flow_is_refused() -> None:
    with pytest.raises(Refused, match="Specify a valid input for flowName"):
        flows.steps("Nobody's flow")


def test_a_setting_takes_registered_flows_only(desk: Desk) -> None:
    with desk.world.book.write() as tx, pytest.raises(Malformed):
        settings.set_to(tx, "bulk_flow_quote", "Nobody's flow", NOW)


def test_a_flow_that_never_saves_is_no_flow() -> None:
    with pytest.raises(Malformed, match="does not validate, then save"):
        flows.steps("endless")


def test_a_step_that_loses_rows_fails_its_upload(desk: Desk) -> None:
    with desk.world.book.write() as tx:
        settings.set_to(tx, "bulk_flow_enrollment", "Lossy", NOW)
    done = desk.upload(TEXT, mapping=NAMES_ONLY)
    assert (done["status"], desk.names()) == ("Failed", [])
    assert done["result"]["errors"][0]["code"] == "GB-SYS-007"
