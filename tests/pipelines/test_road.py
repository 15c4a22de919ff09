"""The road through Dagster: a real run in a real instance, its metadata, and what a fault holds back."""

import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assets import census
from assets.partitions import cohort as cohort_partitions
from pipelines.definitions import defs
from pipelines.in_process import Ran, run_road
from services.book import Book
from services.cohort import load_cohort
from services.cohort_files import read_cohort_folder
from services.places import Places
from tests.pipelines.conftest import Walked, give_home

ROOT = Path(__file__).parent.parent.parent


def ran(places: Places, folder: Path, cohort: str = "four") -> Ran:
    """One run of the whole road."""
    give_home(places)
    return run_road(places, cohort, folder, lambda words: None)


@pytest.fixture
def instance(places: Places) -> Iterator[dg.DagsterInstance]:
    """The instance of those places."""
    give_home(places)
    with dg.DagsterInstance.get() as opened:
        yield opened


def rows(book: Book, query: str) -> list[tuple]:
    """What a query answers."""
    with book.read() as tx:
        return tx.connection.execute(query).fetchall()


def test_a_cohort_goes_from_files_to_a_published_copy(walked: Walked) -> None:
    places, outcome, heard = walked.places, walked.ran, walked.heard
    book = Book(places.book)
    assert outcome.failures == []
    assert any("persons accepted" in words for words in heard)
    assert rows(book, "SELECT count(*) FROM raw.census_person WHERE outcome = 'accepted'") > [(40,)]
    assert rows(book, "SELECT count(*) FROM out.coverage_premium WHERE standard_cents > 0") > [(0,)]
    with duckdb.connect(str(places.published), read_only=True) as published:
        assert published.execute("SELECT count(*) FROM out.rating_run").fetchall() == [(1,)]


def test_the_run_is_recorded_with_counts_totals_issues_and_pictures_and_nothing_personal(
    walked: Walked,
) -> None:
    places, outcome = walked.places, walked.ran
    book = Book(places.book)
    with dg.DagsterInstance.from_config(str(places.runs)) as instance:
        recorded_as_told(instance, outcome, book)


def recorded_as_told(instance: dg.DagsterInstance, outcome: Ran, made_book: Book) -> None:
    """The records of a run hold what the book holds, and nobody's name or address."""
    run = instance.get_run_by_id(outcome.run_id)
    assert run is not None
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert instance.get_dynamic_partitions("cohort") == ["four"]

    def metadata(*path: str) -> dict:
        event = instance.get_latest_materialization_event(dg.AssetKey(list(path)))
        assert event is not None and event.asset_materialization is not None
        return {name: value.value for name, value in event.asset_materialization.metadata.items()}

    (n_members,) = rows(made_book, "SELECT count(*) FROM book.census_member")[0]
    assert metadata("book", "census_member")["dagster/row_count"] == n_members
    sums = rows(
        made_book, "SELECT sum(prorated_cents), sum(employer_cents), sum(employee_cents) FROM out.member_premium"
    )[0]
    shown = metadata("out", "rating_run")
    assert (shown["prorated_cents"], shown["employer_cents"], shown["employee_cents"]) == sums
    dollars = [f"{cents / 100:,.2f}" for cents in sums]  # the last line adds up all groups
    assert shown["groups"].splitlines()[-1].startswith("| All | ")
    assert shown["groups"].splitlines()[-1].endswith(f" | {dollars[1]} | {dollars[2]} |")
    assert metadata("out", "coverage_premium")["premium by age"].startswith(
        "![Premium by age](data:image/png;base64,iVBOR"
    )
    assert metadata("out", "plan_premium")["premium by line"].startswith(
        "![Premium by line](data:image/png;base64,iVBOR"
    )
    assert metadata("out", "rating_issue")["issues"]
    # Nothing personal is in what the run left behind.
    names = {
        name
        for row in rows(made_book, "SELECT first_name, last_name, email FROM book.census_member")
        for name in row
        if name
    }
    said = "\n".join(
        str(record.event_log_entry.to_json())
        for record in instance.get_records_for_run(outcome.run_id, limit=1000).records
    )
    words = set(re.findall(r"[\w@.+-]+", said))
    assert not names & words


def test_running_it_again_changes_no_member_and_keeps_the_earlier_run(
    places: Places, cohort_folder: Path, finished_book: Book
) -> None:
    before = rows(finished_book, "SELECT * FROM book.census_member ORDER BY ALL")
    assert ran(places, cohort_folder).failures == []
    assert rows(finished_book, "SELECT * FROM book.census_member ORDER BY ALL") == before
    assert rows(finished_book, "SELECT count(*) FROM out.rating_run") == [(2,)]
    totals = rows(
        finished_book, "SELECT DISTINCT standard_cents, employer_cents, employee_cents, census_hash FROM out.rating_run"
    )
    assert len(totals) == 1


def test_a_line_without_an_outcome_blocks_the_rating(places: Places, cohort_folder: Path, finished_book: Book) -> None:
    with finished_book.write() as tx:
        tx.connection.execute(
            "INSERT INTO raw.census_file BY NAME "
            "SELECT * REPLACE ('0cf999999999999999' AS census_file_id) FROM raw.census_file LIMIT 1"
        )
        tx.connection.execute("INSERT INTO raw.census_row VALUES ('0cf999999999999999', 2, ['lost'])")
    outcome = ran(places, cohort_folder)
    assert len(outcome.failures) == 1
    assert "rows_accounted_for of book/census_member does not hold" in outcome.failures[0]
    assert "lines without outcome: 1" in outcome.failures[0]
    assert rows(finished_book, "SELECT count(*) FROM out.rating_run") == [(1,)], "the rating must not have run"


def test_a_dependent_without_primary_blocks_the_rating(
    places: Places, cohort_folder: Path, finished_book: Book
) -> None:
    with finished_book.write() as tx:
        tx.connection.execute(
            "INSERT INTO book.census_member BY NAME SELECT * REPLACE ('0r6999999999999999' AS group_census_member_id, "
            "'0r6888888888888888' AS primary_member_id, '0r6888888888888888' AS family_id, 'X' AS member_key, "
            "'lost' AS source_system_identifier) FROM book.census_member WHERE primary_member_id IS NOT NULL LIMIT 1"
        )
    outcome = ran(places, cohort_folder)
    assert [words for words in outcome.failures if "no_orphans" in words and "dependents without primary: 1" in words]
    assert rows(finished_book, "SELECT count(*) FROM out.rating_run") == [(1,)]


def test_several_cohorts_are_one_run_and_one_pass(
    places: Places, cohort_folder: Path, finished_book: Book, instance: dg.DagsterInstance
) -> None:
    load_cohort(finished_book, cohort="again", requests=read_cohort_folder(cohort_folder), now=datetime(2026, 1, 3))
    instance.add_dynamic_partitions("cohort", ["four", "again"])
    done = defs.resolve_job_def("rate_census").execute_in_process(
        instance=instance,
        tags={"dagster/asset_partition_range_start": "four", "dagster/asset_partition_range_end": "again"},
        run_config={"loggers": {"steps": {}}},
    )
    assert done.success
    assert rows(finished_book, "SELECT cohort, n_censuses FROM out.rating_run ORDER BY rated_at DESC LIMIT 1") == [
        ("four, again", 4)
    ]
    assert instance.get_materialized_partitions(dg.AssetKey(["out", "rating_run"])) == {"four", "again"}


def test_a_cohort_without_files_fails_with_the_place_to_put_them(
    places: Places, made_book: Book, instance: dg.DagsterInstance
) -> None:
    made_book.create(datetime(2026, 11, 20))
    instance.add_dynamic_partitions(str(cohort_partitions.name), ["nowhere"])
    done = defs.resolve_job_def("load_census").execute_in_process(
        instance=instance, partition_key="nowhere", run_config={"loggers": {"steps": {}}}, raise_on_error=False
    )
    failure = next(event for event in done.all_events if event.is_step_failure)
    data = failure.step_failure_data.user_failure_data
    assert data is not None and data.description is not None
    assert str(places.inbox / "nowhere") in data.description
    assert data.metadata["where"].value == "nowhere"


@pytest.mark.parametrize(
    ("strict", "people", "more"),
    [
        (False, "Ann,Lee,1066-10-14,Self\n", ""),
        (True, "Ann,Lee,1066-10-14,Self\nBo,Lee,1990-01-01,Self\n", ", as strict asks where one row fails"),
    ],
)
def test_a_file_of_which_nobody_was_accepted_is_told(
    strict: bool,
    people: str,
    more: str,
    places: Places,
    cohort_folder: Path,
    finished_book: Book,
    instance: dg.DagsterInstance,
    tmp_path: Path,
) -> None:
    """The run goes on for the others; without a word it would look as if all were well."""
    folder = tmp_path / "spoilt"
    shutil.copytree(cohort_folder, folder)
    (folder / "censuses" / "C000001__census.csv").write_text("First Name,Last Name,Birth Date,Relationship\n" + people)
    instance.add_dynamic_partitions(str(cohort_partitions.name), ["four"])
    done = defs.resolve_job_def("load_census").execute_in_process(
        instance=instance,
        partition_key="four",
        run_config={
            "ops": {"census_load": {"config": {"source": str(folder), "strict": strict}}},
            "loggers": {"steps": {}},
        },
    )
    told = [entry.user_message for entry in instance.all_logs(done.run_id) if entry.level == logging.WARNING]
    says = f"1 of 4 files brought nobody, every person of them was refused{more}; "
    assert f'{says}`benefits issues --cohort "four"` says why' in told
    del finished_book, places


def test_a_file_of_many_that_cannot_be_read_is_told_and_a_corrected_one_counts_its_people_once(
    places: Places, cohort_folder: Path, finished_book: Book, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    folder = tmp_path / "mended"
    shutil.copytree(cohort_folder, folder)
    broken, mended = (folder / "censuses" / f"C00000{n}__census.csv" for n in (1, 2))
    broken.write_bytes(b"\0\1")
    with mended.open("a", encoding="utf-8") as file:
        file.write("\n")  # other content, the same people
    heard: list[str] = []
    assert run_road(places, "four", folder, heard.append).failures == []
    assert any("1 of 4 files refused whole" in words and '--cohort "four"' in words for words in heard)
    event = instance.get_latest_materialization_event(dg.AssetKey(["raw", "census_person"]))
    assert event is not None and event.asset_materialization is not None
    shown = event.asset_materialization.metadata["accepted"].value
    of_last_load = rows(
        finished_book,
        "SELECT CAST(sum(n_accepted) AS BIGINT) FROM book.census_load "
        "WHERE loaded_at = (SELECT max(loaded_at) FROM book.census_load)",
    )
    assert [(shown,)] == of_last_load


def test_two_runs_and_a_load_at_once_all_succeed(places: Places, cohort_folder: Path, finished_book: Book) -> None:
    command = [sys.executable, "-c", "from pipelines.cli import main; main()"]
    at_once = [
        subprocess.Popen([*command, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in (
            ["run", "--cohort", "first", "--folder", str(cohort_folder)],
            ["run", "--cohort", "second", "--folder", str(cohort_folder)],
            ["load", str(cohort_folder), "--cohort", "other"],
        )
    ]
    for process in at_once:
        said, complained = process.communicate(timeout=300)
        assert process.returncode == 0, complained + said
        assert "Warning" not in complained, "Dagster's remarks about itself are for nobody here"
    assert rows(finished_book, "SELECT count(*) FROM out.rating_run") == [(3,)]
    assert rows(finished_book, "SELECT count(DISTINCT standard_cents) FROM out.rating_run") == [(1,)]


def test_a_defect_leaves_its_kind_and_place_in_the_records_and_nobodys_values(
    places: Places,
    cohort_folder: Path,
    finished_book: Book,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = "Ann Lee, born 1990-01-01"

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(value)

    monkeypatch.setattr(census, "load_cohort", broken)
    outcome = ran(places, cohort_folder)
    (words,) = outcome.failures
    assert "RuntimeError" in words
    said = "\n".join(
        str(record.event_log_entry.to_json())
        for record in instance.get_records_for_run(outcome.run_id, limit=1000).records
    )
    assert "in broken" in said
    assert "Ann Lee" not in said


def test_a_rating_date_that_is_none_is_refused_in_plain_words(
    places: Places, finished_book: Book, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions("cohort", ["four"])
    done = defs.resolve_job_def("rate_census").execute_in_process(
        instance=instance,
        partition_key="four",
        run_config={"ops": {"rating_run": {"config": {"rating_date": "soon"}}}, "loggers": {"steps": {}}},
        raise_on_error=False,
    )
    (failure,) = [event for event in done.all_events if event.is_step_failure]
    data = failure.step_failure_data.user_failure_data
    assert data is not None and data.description == "soon is no date. Write it as 2027-01-01."


def test_censuses_that_a_renewal_leaves_out_are_told(
    places: Places, finished_book: Book, instance: dg.DagsterInstance
) -> None:
    """Three contracts end with 2026; the fourth, made to end in June 2027, does not renew on the first of January."""
    with finished_book.write() as tx:
        tx.connection.execute(
            "UPDATE book.contract SET end_date = DATE '2027-06-30' WHERE contract_number = 'C000001'"
        ).fetchall()
    instance.add_dynamic_partitions("cohort", ["four"])
    done = defs.resolve_job_def("rate_census").execute_in_process(
        instance=instance,
        partition_key="four",
        run_config={"ops": {"rating_run": {"config": {"rating_date": "2027-01-01"}}}, "loggers": {"steps": {}}},
    )
    told = {each.asset_key: each.metadata for each in done.asset_materializations_for_node("rating_run")}
    assert told[dg.AssetKey(["out", "rating_run"])]["censuses left out"].value == 1
    lines = [each.user_message for each in instance.all_logs(done.run_id)]
    assert "Left out, because they do not renew by the rating date: 1 census" in lines


@pytest.mark.parametrize(
    ("config", "says"), [({"mode": "Replace"}, "There is no mode Replace."), ({"mode": ""}, "There is no mode .")]
)
def test_a_mode_that_is_none_is_refused_and_never_taken_for_another(
    config: dict, says: str, places: Places, cohort_folder: Path, finished_book: Book, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions(str(cohort_partitions.name), ["four"])
    done = defs.resolve_job_def("load_census").execute_in_process(
        instance=instance,
        partition_key="four",
        run_config={
            "ops": {"census_load": {"config": {"source": str(cohort_folder), **config}}},
            "loggers": {"steps": {}},
        },
        raise_on_error=False,
    )
    failure = next(event for event in done.all_events if event.is_step_failure)
    data = failure.step_failure_data.user_failure_data
    assert data is not None and (data.description or "").startswith(says)
    assert rows(finished_book, "SELECT count(*) FROM book.census_load") == [(4,)]
