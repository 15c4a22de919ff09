"""The twelve counters of a census and its classes."""

import shutil
from pathlib import Path

import pytest

from schemas.census import COUNTER_NAMES
from services import summary
from services.refusals import NotFound
from tests.open_book import OpenBook
from tests.services.census_load.builder import (
    CENSUS,
    HOURLY,
    LATER,
    OTHER,
    SALARIED,
    World,
    a_file,
    a_world,
    landed,
    person,
)
from tests.services.selections.desk import counted


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("template")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> World:
    """The published example: Noor with spouse and two children, Owen part time and opted out, Lea with a child."""
    made = World(OpenBook(shutil.copy(template, tmp_path / "groups.duckdb")))
    made.load(
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
    return made


def counters(world: World, table: str, where: str) -> tuple[int, ...]:
    return world.sql(f"SELECT {', '.join(COUNTER_NAMES)} FROM {table} WHERE {where}")[0]


@pytest.mark.rule("CS-1", "CS-3", "CS-4", "CS-8", "CS-15", "CS-16")
def test_the_published_example_comes_out_at_the_end_of_a_load(world: World) -> None:
    assert counters(world, "book.group_census", f"group_census_id = '{CENSUS}'") == (3, 4, 7, 1, 2, 1, 1, 1, 0, 1, 2, 1)
    assert counters(world, "book.census_summary", f"group_class_id = '{HOURLY}'") == (
        1,
        0,
        1,
        1,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        1,
    )
    assert counters(world, "book.census_summary", f"group_class_id = '{SALARIED}'") == (
        1,
        3,
        4,
        0,
        1,
        1,
        0,
        1,
        0,
        0,
        1,
        0,
    )


@pytest.mark.rule("CS-2", "CS-5", "CS-7", "CS-11")
def test_a_second_sync_changes_neither_numbers_nor_ids(world: World) -> None:
    tables = ("book.group_census", "book.census_summary", "book.census_member")
    before = world.state(*tables)
    with world.book.write() as tx:
        outcome = summary.sync(tx, [CENSUS, OTHER], now=LATER)

    assert outcome.classes["name"].to_list() == ["Hourly", "Salaried"]  # CS-7
    assert counters(world, "book.group_census", f"group_census_id = '{OTHER}'") == (0,) * 12  # CS-11
    blank = ", ".join(f"{name} = NULL" for name in COUNTER_NAMES)
    world.run(
        f"UPDATE book.group_census SET modified_at = TIMESTAMP '2026-11-20 12:00:00', {blank} "
        f"WHERE group_census_id = '{OTHER}'"
    )
    assert world.state(*tables) == before


@pytest.mark.rule("CS-6", "CS-13")
def test_a_class_without_members_loses_its_record_and_members_point_at_theirs(world: World) -> None:
    world.run(f"DELETE FROM book.census_member WHERE group_class_id = '{HOURLY}'")
    world.run("UPDATE book.census_member SET class_summary_id = 'wrong'")
    with world.book.write() as tx:
        summary.sync(tx, [CENSUS], now=LATER)

    assert world.sql("SELECT name FROM book.census_summary") == [("Salaried",)]
    ((record,),) = world.sql("SELECT class_summary_id FROM book.census_summary")
    assert world.sql(
        "SELECT DISTINCT group_class_id, class_summary_id FROM book.census_member ORDER BY 1 NULLS LAST"
    ) == [(SALARIED, record), (None, None)]


@pytest.mark.rule("CS-9")
def test_no_stated_hours_count_as_full_time(world: World) -> None:
    world.load(
        landed(
            a_file(person("Ida", full_time_equivalent=None), person("Jo", full_time_equivalent=0.99), census_id=OTHER)
        ),
        now=LATER,
    )

    full, part = counters(world, "book.group_census", f"group_census_id = '{OTHER}'")[-2:]
    assert (full, part) == (1, 1)


@pytest.mark.rule("CS-10")
def test_the_published_identities_hold(world: World) -> None:
    for table in ("book.group_census", "book.census_summary"):
        assert world.sql(
            f"SELECT count(*) FROM {table} WHERE total_members IS NOT NULL AND NOT ("
            "mbr_without_dependent_count + member_with_dependent_count = total_members "
            "AND mbr_with_more_than_2_chld_count <= mbr_with_more_than_1_chld_count "
            "AND member_with_one_child_count + mbr_with_more_than_1_chld_count <= member_with_dependent_count "
            "AND member_with_spouse_count <= member_with_dependent_count "
            "AND full_time_member_count + part_time_member_count = total_members)"
        ) == [(0,)]


@pytest.mark.rule("CS-12")
def test_orphans_count_as_dependents_and_nothing_else(world: World) -> None:
    world.run("DELETE FROM book.census_member WHERE first_name = 'Noor'")
    with world.book.write() as tx:
        summary.sync(tx, [CENSUS], now=LATER)

    assert counters(world, "book.group_census", f"group_census_id = '{CENSUS}'") == (2, 4, 6, 1, 1, 0, 1, 0, 0, 1, 1, 1)


@pytest.mark.rule("CS-14")
def test_the_sync_leaves_the_members_counts_and_plans(world: World) -> None:
    world.run("UPDATE book.census_member SET dependent_count = 9 WHERE first_name = 'Noor'")
    with world.book.write() as tx:
        summary.sync(tx, [CENSUS], now=LATER)

    assert world.sql("SELECT dependent_count FROM book.census_member WHERE first_name = 'Noor'") == [(9,)]


def test_the_other_published_reading_can_be_switched_on(world: World) -> None:
    with world.book.write() as tx:
        summary.sync(tx, [CENSUS], now=LATER, reading=summary.OBJECT_READING)

    # dependents and no spouse: Lea; spouse and no dependents: nobody; one child or more: two; two or more: one
    assert counters(world, "book.group_census", f"group_census_id = '{CENSUS}'") == (3, 4, 7, 1, 1, 0, 1, 2, 1, 1, 2, 1)


def test_an_unknown_census_is_refused(world: World) -> None:
    with pytest.raises(NotFound) as refused, world.book.write() as tx:
        summary.sync(tx, ["0rfNONE"], now=LATER)
    assert (refused.value.code, refused.value.says) == ("SF-0001-0005", "Specify a valid input for groupCensusId.")


def test_a_sync_takes_the_same_statements_for_few_members_as_for_many(world: World) -> None:
    counts: list[int] = []
    for n in (1, 200):
        world.load(landed(a_file(*(person(f"P{n}x{k}", class_name="Salaried") for k in range(n)))), now=LATER)
        with world.book.write() as tx:
            seen = counted(tx)
            summary.sync(tx, [CENSUS], now=LATER)
        counts.append(len(seen))
    assert counts[0] == counts[1]
