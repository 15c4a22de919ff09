"""Census summary sync over HTTP, with the contract's own example."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services import settings
from services.book import Book
from services.summary import sync
from tests.http.served import CONNECT, Api, serving
from tests.made_once import scratch
from tests.services.census_load.builder import (
    CENSUS,
    HOURLY,
    LATER,
    OTHER,
    SALARIED,
    a_file,
    a_world,
    landed,
    person,
)

SYNC = f"{CONNECT}/census-management/group-censuses/{CENSUS}/sync-summary"
COUNTERS = (
    "totalMembers",
    "totalDependents",
    "totalMemberPlusDependent",
    "mbrWithoutDependentCount",
    "memberWithDependentCount",
    "memberWithSpouseCount",
    "memberWithOneChildCount",
    "mbrWithMoreThan1ChldCount",
    "mbrWithMoreThan2ChldCount",
    "memberOptOutCount",
    "fullTimeMemberCount",
    "partTimeMemberCount",
)


@cache
def _template() -> Path:
    """Noor with a spouse and two children, Owen part time and opted out, Lea of no class with a child."""
    world = a_world(scratch())
    world.load(
        landed(
            a_file(
                person("Noor", class_name="Salaried", full_time_equivalent=1.0),
                person("Elias", role="Spouse"),
                person("Mira", role="Child"),
                person("Sami", role="Child"),
                person("Owen", "Park", class_name="Hourly", full_time_equivalent=0.5, is_opt_out_all_plans=True),
                person("Lea", "Reed", full_time_equivalent=1.0),
                person("Ben", "Reed", "Child"),
            )
        )
    )
    # As before a first sync: a load syncs at its end.
    world.run("DELETE FROM book.census_summary")
    world.run("UPDATE book.census_member SET class_summary_id = NULL")
    world.run("UPDATE book.group_census SET total_members = 99, total_dependents = NULL")
    return world.book.path


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    book = Book(shutil.copy(_template(), tmp_path / "groups.duckdb"))
    with serving(book.path) as served:
        yield served


def numbers(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in COUNTERS)


@pytest.mark.rule("CS-1", "CS-3", "CS-4", "CS-5", "CS-7", "CS-8", "CS-13", "CS-16")
def test_the_published_example_comes_out(api: Api) -> None:
    answer = api.post(SYNC)
    told = answer.json()
    assert (answer.status_code, told["isSuccess"], told["errors"]) == (201, True, None)
    census = told["groupCensus"]
    assert set(census) == {"id", *COUNTERS, "grpCensusGrpClassSummaryList"}
    assert (census["id"], numbers(census)) == (CENSUS, (3, 4, 7, 1, 2, 1, 1, 1, 0, 1, 2, 1))
    hourly, salaried = census["grpCensusGrpClassSummaryList"]
    assert set(hourly) == {"id", "groupCensusId", "groupClassId", *COUNTERS}
    assert (hourly["groupCensusId"], hourly["groupClassId"], salaried["groupClassId"]) == (CENSUS, HOURLY, SALARIED)
    assert numbers(hourly) == (1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1)
    assert numbers(salaried) == (1, 3, 4, 0, 1, 1, 0, 1, 0, 0, 1, 0)
    assert api.rows(
        "SELECT first_name, class_summary_id FROM book.census_member"
        " WHERE first_name IN ('Lea', 'Mira', 'Owen') ORDER BY 1"
    ) == [("Lea", None), ("Mira", salaried["id"]), ("Owen", hourly["id"])]


@pytest.mark.rule("CS-2", "CS-5", "CV-24", "CV-25")
def test_a_second_call_gives_the_same_numbers_and_ids(api: Api) -> None:
    first, second = api.post(SYNC), api.post(SYNC, json={"a body": "is not read"})
    assert second.status_code == 200
    assert first.json() == second.json()


@pytest.mark.rule("CS-6")
def test_a_class_without_members_is_left_out(api: Api) -> None:
    api.post(SYNC)
    with api.book.write() as tx:
        tx.connection.execute("DELETE FROM book.census_member WHERE first_name = 'Owen'").fetchall()
    (left,) = api.post(SYNC).json()["groupCensus"]["grpCensusGrpClassSummaryList"]
    assert left["groupClassId"] == SALARIED
    assert api.rows("SELECT group_class_id FROM book.census_summary") == [(SALARIED,)]


@pytest.mark.rule("CS-11")
def test_an_empty_census_gives_zeros(api: Api) -> None:
    told = api.post(SYNC.replace(CENSUS, OTHER)).json()
    assert told == {
        "isSuccess": True,
        "errors": None,
        "groupCensus": {"id": OTHER, **dict.fromkeys(COUNTERS, 0), "grpCensusGrpClassSummaryList": []},
    }


@pytest.mark.rule("CS-9", "CS-12", "CS-10")
def test_no_stated_hours_are_full_time_and_an_orphan_counts_as_a_dependent_alone(api: Api) -> None:
    with api.book.write() as tx:
        tx.connection.execute("UPDATE book.census_member SET full_time_equivalent = NULL").fetchall()
        tx.connection.execute("DELETE FROM book.census_member WHERE first_name = 'Noor'").fetchall()
    census = api.post(SYNC).json()["groupCensus"]
    assert numbers(census) == (2, 4, 6, 1, 1, 0, 1, 0, 0, 1, 2, 0)


@pytest.mark.rule("CS-15")
def test_other_changes_do_not_sync_by_themselves(api: Api) -> None:
    with api.book.write() as tx:
        tx.connection.execute("DELETE FROM book.census_member").fetchall()
    assert api.rows(f"SELECT total_members FROM book.group_census WHERE group_census_id = '{CENSUS}'") == [(99,)]


def test_an_unknown_census_and_one_out_of_scope_are_answered_alike(api: Api) -> None:
    with api.book.write() as tx:
        tx.connection.execute(
            "INSERT INTO book.account BY NAME SELECT '001B' AS account_id, 'B' AS account_number, 'B' AS name,"
            " TIMESTAMP '2026-01-01' AS modified_at"
        ).fetchall()
    refused = {
        "isSuccess": False,
        "errors": [
            {"code": "SF-0001-0005", "message": "Specify a valid input for groupCensusId.", "additionalInfo": {}}
        ],
        "groupCensus": None,
    }
    other = api.token("administrator", account_ids=["001B"])
    for answer in (api.post(SYNC.replace(CENSUS, "0rfNONE")), api.post(SYNC, token=other)):
        assert (answer.status_code, answer.json()) == (400, refused)
    assert api.post(SYNC, token="analyst").status_code == 403


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("response", (3, 4, 7, 1, 2, 1, 1, 1, 0, 1, 2, 1)), ("object", (3, 4, 7, 1, 1, 0, 1, 2, 1, 1, 2, 1))],
)
def test_the_other_published_reading_is_a_setting(api: Api, reading: str, expected: tuple[int, ...]) -> None:
    """Of the objects: dependents and no spouse: Lea; spouse and nobody else: none; a child or more: two; two: one."""
    with api.book.write() as tx:
        settings.set_to(tx, "summary_reading", reading, LATER)
    assert numbers(api.post(SYNC).json()["groupCensus"]) == expected


def test_the_sync_tells_how_many_records_are_new(api: Api) -> None:
    with api.book.write() as tx:
        assert sync(tx, [CENSUS], now=LATER).n_created == 2
        assert sync(tx, [CENSUS], now=LATER).n_created == 0
