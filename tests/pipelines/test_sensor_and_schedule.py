"""The drop folder and the nightly schedule: what becomes a run, and what is left alone."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets import faults
from assets.faults import MOST_WAITS, WAIT_S
from assets.premiums import premiums
from pipelines import resources
from pipelines.definitions import defs
from pipelines.schedules import nightly_rating
from pipelines.sensors import drop_folder
from services.book import Book
from services.catalogue import open_censuses
from services.inbox import look
from services.places import Places
from tests.pipelines.conftest import give_home


@pytest.fixture
def inbox(places: Places) -> Path:
    places.inbox.mkdir(parents=True)
    return places.inbox


def tick(places: Places, cursor: str | None) -> tuple[dg.SensorResult, str | None]:
    """One look of the sensor, and the cursor for the next."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = drop_folder(dg.build_sensor_context(instance=instance, cursor=cursor), places=places)
        assert isinstance(result, dg.SensorResult)
        return result, result.cursor


def test_a_file_becomes_a_partition_and_a_run_once_its_size_is_stable(places: Places, inbox: Path) -> None:
    (inbox / "C-1__may.csv").write_text("first,last\n")
    first, cursor = tick(places, None)
    assert first.skip_reason, "seen once: it may still be written"
    second, cursor = tick(places, cursor)
    (request,) = second.run_requests or []
    assert request.partition_key == "C-1__may.csv"
    assert request.job_name == "load_and_rate"
    assert request.run_config == {"ops": {"census_load": {"config": {"source": str(inbox / "C-1__may.csv")}}}}
    (added,) = second.dynamic_partitions_requests or []
    assert list(added.partition_keys) == ["C-1__may.csv"]
    third, _ = tick(places, cursor)
    assert third.skip_reason, "handed out once"


def test_a_half_written_file_is_left_until_it_stops_growing(inbox: Path) -> None:
    path = inbox / "C-1__may.csv"
    path.write_text("a")
    found = look(inbox, None)
    path.write_text("ab")
    found = look(inbox, found.memory)
    assert found.ready == []
    path.write_text("abc")
    found = look(inbox, found.memory)
    assert found.ready == []
    found = look(inbox, found.memory)
    assert [drop.cohort for drop in found.ready] == ["C-1__may.csv"]


def test_a_corrected_file_of_the_same_name_runs_again_under_another_run_key(places: Places, inbox: Path) -> None:
    path = inbox / "C-1__may.csv"
    path.write_text("a")
    keys = []
    cursor = None
    for content in ("a", "a", "corrected", "corrected"):
        if path.read_text() != content:
            path.write_text(content)
        result, cursor = tick(places, cursor)
        keys += [request.run_key for request in result.run_requests or []]
    assert len(set(keys)) == 2


def test_a_folder_with_a_shelf_runs_the_whole_road(places: Places, inbox: Path, cohort_folder: Path) -> None:
    (inbox / "may").symlink_to(cohort_folder, target_is_directory=True)
    _, cursor = tick(places, None)
    result, _ = tick(places, cursor)
    (request,) = result.run_requests or []
    assert request.job_name == "whole_road"
    assert request.run_config["ops"]["shelf"] == {"config": {"shelf": str(inbox / "may" / "shelf")}}


def test_files_that_name_no_contract_and_unfinished_ones_are_no_drops(inbox: Path) -> None:
    for name in ("notes.txt", ".C-1__hidden.csv", "C-1__may.csv.part", "~C-1__lock.xlsx"):
        (inbox / name).write_text("x")
    (inbox / "folder").mkdir()
    assert look(inbox, look(inbox, None).memory).ready == []


def test_what_is_no_drop_is_named_with_what_would_make_it_one(places: Places, inbox: Path) -> None:
    """A file that nobody takes up and nobody speaks of would be waited for."""
    (inbox / ".hidden").write_text("a")
    nothing, _ = tick(places, None)
    (inbox / "census.csv").write_text("a")
    (inbox / "may").mkdir()
    left, _ = tick(places, None)
    assert isinstance(nothing.skip_reason, dg.SkipReason)
    assert isinstance(left.skip_reason, dg.SkipReason)
    assert nothing.skip_reason.skip_message == f"Nothing new and whole in {inbox}."
    assert left.skip_reason.skip_message == (
        f"Nothing new and whole in {inbox}. Left alone: census.csv, may. "
        "Name a file <contract number>__NAME; put a cohort.csv into a folder."
    )


def test_a_missing_drop_folder_and_a_strange_memory_do_no_harm(tmp_path: Path) -> None:
    assert look(tmp_path / "none", "not json").ready == []
    assert look(tmp_path / "none", "[1]").ready == []


def night(places: Places, instance: dg.DagsterInstance, day: datetime) -> list[dg.RunRequest | dg.SkipReason]:
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=day)
    return list(nightly_rating(context, book=Book(places.book)))  # pyright: ignore[reportArgumentType]


def test_the_nightly_schedule_rates_open_cohorts_and_leaves_ended_ones(places: Places, finished: Path) -> None:
    give_home(places)
    with dg.DagsterInstance.get() as instance:
        (skipped,) = night(places, instance, datetime(2026, 6, 1, 2, tzinfo=UTC))
        assert isinstance(skipped, dg.SkipReason)
        places.book.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(finished, places.book)
        (request,) = night(places, instance, datetime(2026, 6, 1, 2, tzinfo=UTC))
        assert isinstance(request, dg.RunRequest)
        assert request.partition_key == "four"
        assert instance.get_dynamic_partitions("cohort") == ["four"]
        (ended,) = night(places, instance, datetime(2036, 6, 1, 2, tzinfo=UTC))
        assert isinstance(ended, dg.SkipReason)


def test_a_census_that_only_its_contract_names_is_rated_at_night_as_by_day(places: Places, finished_book: Book) -> None:
    give_home(places)
    with finished_book.write() as tx:
        tx.connection.execute(
            "UPDATE book.contract AS k SET enrollment_census_id = g.group_census_id "
            "FROM book.group_census AS g WHERE g.contract_id = k.contract_id"
        ).fetchall()
        tx.connection.execute("UPDATE book.group_census SET contract_id = NULL").fetchall()
    with dg.DagsterInstance.get() as instance:
        (request,) = night(places, instance, datetime(2026, 6, 1, 2, tzinfo=UTC))
        assert isinstance(request, dg.RunRequest)
        (ended,) = night(places, instance, datetime(2036, 6, 1, 2, tzinfo=UTC))
        assert isinstance(ended, dg.SkipReason)
    with finished_book.read() as tx:
        assert open_censuses(tx, ["four"], date(2026, 6, 1)) == [r[0] for r in tx.rows("catalogue.all_censuses")]


def test_an_open_census_is_rated_once_a_night_in_the_cohort_that_loaded_it_last(
    places: Places, finished_book: Book
) -> None:
    """Of four censuses the first is dropped again as a cohort of its own, twice: four and the later drop are asked for,
    and rate three and one. The earlier drop has nothing left to rate.
    """
    give_home(places)
    with finished_book.write() as tx:
        census, *others = [row[0] for row in tx.rows("catalogue.all_censuses")]
        assert len(others) == 3
        for n, drop in enumerate(("C-1__may.csv", "C-1__june.csv"), 5):
            tx.connection.execute(
                "INSERT INTO book.cohort BY NAME "
                "SELECT ? AS cohort, make_timestamp(2026, ?, 1, 0, 0, 0) AS registered_at",
                [drop, n],
            )
            tx.connection.execute("INSERT INTO book.cohort_census VALUES (?, ?)", [drop, census])
            tx.connection.execute(
                "INSERT INTO book.census_load BY NAME SELECT * REPLACE ('0clnew' || ? AS census_load_id, ? AS cohort, "
                "make_timestamp(2026, ?, 1, 0, 0, 0) AS loaded_at) FROM book.census_load "
                "WHERE cohort = 'four' AND group_census_id = ?",
                [n, drop, n, census],
            )
    with dg.DagsterInstance.get() as instance:
        asked = night(places, instance, datetime(2026, 6, 1, 2, tzinfo=UTC))
        assert [each.partition_key for each in asked if isinstance(each, dg.RunRequest)] == ["C-1__june.csv", "four"]
        rated = []
        for each in asked:
            assert isinstance(each, dg.RunRequest)
            assert each.partition_key is not None
            done = dg.materialize(
                [premiums],
                resources={"book": finished_book},
                partition_key=each.partition_key,
                run_config=each.run_config,
                tags=dict(each.tags),
                instance=instance,
            )
            assert done.success
            with finished_book.read() as tx:
                found = tx.connection.execute(
                    "SELECT group_census_id FROM out.run_census WHERE rating_run_id = "
                    "(SELECT max(rating_run_id) FROM out.rating_run) ORDER BY ALL"
                ).fetchall()
            rated.append([row[0] for row in found])
        assert rated == [[census], others]
        (again,) = night(places, instance, datetime(2026, 6, 1, 3, tzinfo=UTC))
        assert isinstance(again, dg.SkipReason), "asked for at two o'clock: not again at three"
        assert len(night(places, instance, datetime(2026, 6, 2, 2, tzinfo=UTC))) == 2


def test_a_night_while_the_book_is_in_use_is_skipped_in_words_and_tried_again_later(
    places: Places, finished_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "TICK_TIMEOUT_S", 0.05)
    give_home(places)
    with dg.DagsterInstance.get() as instance:
        with finished_book.write():
            (skipped,) = night(places, instance, datetime(2026, 6, 1, 2, tzinfo=UTC))
        assert isinstance(skipped, dg.SkipReason)
        assert "has been in use for" in str(skipped.skip_message)
        assert "tries again" in str(skipped.skip_message)
        (request,) = night(places, instance, datetime(2026, 6, 1, 3, tzinfo=UTC))
        assert isinstance(request, dg.RunRequest)


@contextmanager
def opened_elsewhere(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process has the book open, as a shell of DuckDB would."""
    holding = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holding, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.kill()


@dataclass
class Waits:
    """The clock of steps that wait for another try: no time goes by."""

    on_wait: Callable[[], object]
    waited: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.on_wait()
        self.waited.append(seconds)


def rated_tonight(waits: Waits, tags: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dg.ExecuteInProcessResult:
    """A run of the cohort for which the night asks."""
    monkeypatch.setattr(faults, "time", waits)
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("cohort", ["four"])
        job = defs.resolve_job_def("rate_census")
        return job.execute_in_process(instance=instance, partition_key="four", tags=tags, raise_on_error=False)


def test_a_run_of_the_night_that_finds_the_book_open_elsewhere_tries_again_once_it_is_closed(
    places: Places, finished_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_home(places)
    with opened_elsewhere(places.book) as holder:

        def close() -> None:
            holder.kill()
            holder.wait()

        waits = Waits(close)
        done = rated_tonight(waits, {"dagster/schedule_name": "nightly_rating"}, monkeypatch)
    assert done.success
    assert waits.waited == [WAIT_S]
    with finished_book.read() as tx:
        assert tx.connection.execute("SELECT count(*) FROM out.rating_run").fetchall() == [(2,)]


def test_a_run_of_the_night_that_waits_in_vain_fails_in_words_that_name_the_other_program(
    places: Places, finished_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_home(places)
    with opened_elsewhere(places.book) as holder:
        waits = Waits(lambda: None)
        done = rated_tonight(waits, {"dagster/schedule_name": "nightly_rating"}, monkeypatch)
        (failed,) = [event.step_failure_data.user_failure_data for event in done.all_events if event.is_step_failure]
        assert waits.waited == [WAIT_S] * MOST_WAITS
        assert failed is not None
        assert failed.metadata["code"].value == "book_busy"
        said = failed.description or ""
        assert f"process {holder.pid}. Close it there" in said
        assert "then try again." in said


def test_a_run_of_the_night_that_waits_ends_at_once_when_it_is_cancelled(
    places: Places, finished_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster cancels by a signal, which ends a wait within a step and would not end one between two tries."""
    give_home(places)
    with opened_elsewhere(places.book):
        waits = Waits(lambda: signal.raise_signal(signal.SIGINT))
        done = rated_tonight(waits, {"dagster/schedule_name": "nightly_rating"}, monkeypatch)
    assert waits.waited == []
    ended = [event.step_failure_data.error for event in done.all_events if event.is_step_failure]
    assert [error and error.cls_name for error in ended] == ["DagsterExecutionInterruptedError"]


def test_a_run_that_somebody_started_finds_the_book_open_elsewhere_and_says_so_at_once(
    places: Places, finished_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_home(places)
    with opened_elsewhere(places.book):
        waits = Waits(lambda: None)
        assert not rated_tonight(waits, {}, monkeypatch).success
        assert waits.waited == []
