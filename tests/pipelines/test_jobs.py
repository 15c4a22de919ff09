"""`benefits jobs` and the Dagster run of a request: the same work as in a server."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from pipelines import resources as resources_of_ticks
from pipelines.requests import open_requests, work_on_requests
from services.book import Book
from services.places import Places
from tests.pipelines.conftest import Typed
from tests.services.bulk.desk import Desk
from tests.services.census_load.builder import World, a_world


@pytest.fixture(scope="session")
def group_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("jobs")).book.path


@pytest.fixture
def desk(places: Places, group_template: Path) -> Desk:
    places.book.parent.mkdir(parents=True)
    shutil.copyfile(group_template, places.book)
    return Desk(World(Book(places.book, lock_timeout_s=30.0)))


def test_requests_are_listed_and_worked_on(typed: Typed, desk: Desk) -> None:
    assert typed("jobs", "list")[1].strip() == "No request is open."
    assert typed("jobs", "run")[1].strip() == "Nothing is waiting."
    request_id = desk.ask()
    _, said, _ = typed("jobs", "list")
    assert request_id in said
    assert "Scheduled" in said
    code, said, complained = typed("jobs", "run")
    assert (code, complained) == (0, "")
    assert f"{request_id} First: census.csv: Completed; 3 rows read, 0 failed" in said.replace("\n", " ")
    assert desk.names() == ["Noor", "Elias", "Owen"]
    assert typed("jobs", "list")[1].strip() == "No request is open."
    assert request_id in typed("jobs", "list", "--all")[1]
    assert "has ended" in typed("jobs", "run", request_id)[1]


def test_a_request_is_cancelled_once(typed: Typed, desk: Desk) -> None:
    request_id = desk.ask()
    code, said, _ = typed("jobs", "cancel", request_id)
    assert (code, "Cancelled" in said) == (0, True)
    code, _, complained = typed("jobs", "cancel", request_id)
    assert (code, "has ended already" in complained) == (1, True)
    assert desk.world.sql("SELECT action, record_ids FROM book.audit_entry") == [("jobs cancel", [request_id])]
    for command in ("run", "cancel"):
        code, _, complained = typed("jobs", command, "08P9")
        assert (code, "There is no request 08P9." in complained) == (1, True)


@pytest.mark.rule("BC-43")
def test_a_sensor_hands_each_waiting_request_to_a_run_and_the_run_works_on_it(desk: Desk) -> None:
    request_id = desk.ask()
    resources = {"book": desk.world.book}
    with dg.build_sensor_context(resources=resources) as context:
        (asked,) = open_requests(context)  # type: ignore[misc]
    assert asked.run_key == f"{request_id}@0"
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):  # a second run of the same request finds nothing to do
            run = work_on_requests.execute_in_process(
                run_config=asked.run_config, resources=resources, instance=instance, raise_on_error=True
            )
            assert run.success
    assert desk.status(request_id)["status"] == "Completed"
    assert desk.names() == ["Noor", "Elias", "Owen"]
    with dg.build_sensor_context(resources=resources) as context:
        (skipped,) = open_requests(context)  # type: ignore[misc]
    assert skipped.skip_message == "No request is waiting."


def test_the_sensor_skips_in_words_while_the_book_is_in_use(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources_of_ticks, "TICK_TIMEOUT_S", 0.05)
    book = Book(desk.world.book.path)
    with book.write(), dg.build_sensor_context(resources={"book": book}) as context:
        (skipped,) = open_requests(context)  # type: ignore[misc]
    assert "has been in use for" in skipped.skip_message


def test_the_sensor_waits_where_there_is_no_book(tmp_path: Path) -> None:
    with dg.build_sensor_context(resources={"book": Book(tmp_path / "none.duckdb")}) as context:
        (skipped,) = open_requests(context)  # type: ignore[misc]
    assert "There is no book" in skipped.skip_message
