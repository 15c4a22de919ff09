"""Undo: a census as it was before its last load."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from services.refusals import Conflict, NotFound
from services.undo import UndoOutcome, undo_last_load
from tests.open_book import OpenBook
from tests.services.census_load.builder import CENSUS, LATER, NOW, OTHER, World, a_file, a_world, landed, person

TABLES = (
    "book.census_member",
    "book.member_plan",
    "book.census_summary",
    "book.census_issue",
    "raw.census_file",
    "raw.census_row",
    "raw.census_person",
    "book.member_before",
    "book.member_plan_before",
)
FIRST = landed(
    a_file(
        person(
            "Noor",
            class_name="Salaried",
            city="Here",
            plans={"Medical": "Harbor PPO|Maternity", "Supplemental Life": "Extra Life"},
            amounts={"Supplemental Life": 100},
        ),
        person("Elias", role="Spouse", plans={"Medical": "Harbor PPO"}),
        person("Owen", "Park", class_name="Hourly"),
    )
)
SECOND = landed(
    a_file(
        person("Noor", city="There", plans={"Medical": "Harbor HMO"}, amounts={"Supplemental Life": 200}),
        person("Mira", role="Child"),
        person("Lea", class_name="Hourly", plans={"Vision": "ClearSight"}),
        person("Bad", full_time_equivalent=99.0),
    )
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("template")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> World:
    return World(OpenBook(shutil.copy(template, tmp_path / "groups.duckdb")))


def undo(world: World, census_id: str = CENSUS) -> UndoOutcome:
    with world.book.write() as tx:
        return undo_last_load(tx, census_id, now=LATER)


def version(world: World) -> int:
    return world.sql(f"SELECT census_version FROM book.group_census WHERE group_census_id = '{CENSUS}'")[0][0]


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_members_selections_issues_and_counters_are_as_before(world: World, mode: str) -> None:
    world.load(FIRST)
    before = world.state(*TABLES)
    counters = world.sql("SELECT * EXCLUDE (census_version, modified_at) FROM book.group_census ORDER BY 1")
    world.load(SECOND, mode=mode, now=LATER)
    assert world.state(*TABLES) != before
    outcome = undo(world)

    assert world.state(*TABLES) == before
    assert world.sql("SELECT * EXCLUDE (census_version, modified_at) FROM book.group_census ORDER BY 1") == counters
    assert outcome.n_members_removed == 2 and outcome.load_ids == ["0cl000000000000002"]
    assert world.sql("SELECT census_load_id, undone_at IS NOT NULL FROM book.census_load ORDER BY 1") == [
        ("0cl000000000000001", False),
        ("0cl000000000000002", True),
    ]
    assert version(world) == 3  # it only ever rises


def test_the_first_load_can_be_undone_and_the_census_is_empty(world: World) -> None:
    empty = world.state(*TABLES)
    world.load(FIRST)
    undo(world)

    assert world.state(*TABLES) == empty
    with pytest.raises(Conflict) as refused:
        undo(world)
    assert refused.value.code == "nothing_to_undo"


def test_a_second_undo_goes_one_load_further_back(world: World) -> None:
    empty = world.state(*TABLES)
    world.load(FIRST)
    world.load(SECOND, now=LATER)
    undo(world)
    world.load(SECOND, now=LATER + timedelta(days=1))
    undo(world)
    undo(world)

    assert world.state(*TABLES) == empty


def test_a_census_that_moved_since_is_not_undone(world: World) -> None:
    world.load(FIRST)
    world.run(f"UPDATE book.group_census SET census_version = census_version + 1 WHERE group_census_id = '{CENSUS}'")
    with pytest.raises(Conflict) as refused:
        undo(world)
    assert refused.value.code == "census_moved" and "has changed since" in refused.value.says

    world.load(SECOND, now=LATER)
    undo(world)
    with pytest.raises(Conflict):
        undo(world)
    assert len(world.members()) == 3


def test_a_load_that_changed_nothing_is_passed_over(world: World) -> None:
    world.load(FIRST)
    world.load(FIRST, now=LATER)
    outcome = undo(world)

    assert outcome.load_ids == ["0cl000000000000001", "0cl000000000000002"]
    assert world.members() == [] and world.sql("SELECT count(*) FROM raw.census_row") == [(0,)]


def test_all_files_of_a_load_are_undone_together_and_other_censuses_stay(world: World) -> None:
    world.load(
        landed(
            a_file(person("Noor"), name="a.csv"),
            a_file(person("Lea"), name="b.csv"),
            a_file(person("Owen"), census_id=OTHER, name="c.csv"),
        ),
    )
    outcome = undo(world)

    assert len(outcome.load_ids) == 2
    assert world.members() == [("Owen",)]


def test_an_undone_file_may_be_loaded_again(world: World) -> None:
    world.load(FIRST)
    undo(world)
    world.load(FIRST, now=LATER)

    assert len(world.members()) == 3 and version(world) == 3


def test_a_file_that_an_earlier_load_stands_on_keeps_its_rows(world: World) -> None:
    landing = landed(a_file(person("Noor"), person("Lea", class_name="Pirates")))
    world.load(landing)
    world.run("UPDATE book.group_class SET name = 'Pirates' WHERE name = 'Hourly'")
    world.load(landing, now=LATER)
    undo(world)

    assert world.members() == [("Noor",)]
    assert world.sql("SELECT count(*), count(group_census_member_id) FROM raw.census_person") == [(2, 1)]


def test_an_unknown_census_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        undo(world, "0rfNONE")
    assert NOW < LATER
