"""Members taken out of a census, all of them or those listed (census members, sections 2 and 3)."""

import pytest

from services.insurance_errors import Refused
from services.members import remove
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, NOW, OTHER, a_file, landed, person
from tests.services.members.door import Door, child, head

ENROLLED = ("GB-CEN-010", "Members with completed enrollments can't be deleted.")


def errors(refusal: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(e.code, e.message) for e in refusal.value.errors]


@pytest.mark.rule("CM-20", "CM-21")
def test_a_census_is_emptied_and_everything_else_stays(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    door.choose(noor, "P001")
    door.add(head("Owen", "Park", "P1"), census=OTHER)
    others = ("book.account", "book.group_class", "book.contract_plan", "book.contact", "book.portal_user")
    before = door.world.state(*others)
    assert door.empty() == [noor, mira]
    assert door.world.members() == [("Owen",)]
    assert door.world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]
    assert door.world.state(*others) == before
    assert len(door.world.sql("SELECT 1 FROM book.group_census")) == 2


@pytest.mark.rule("CM-23")
def test_an_empty_census_gives_no_ids_and_keeps_its_version(door: Door) -> None:
    version = door.version
    assert door.empty() == []
    assert door.version == version


@pytest.mark.rule("GB-CEN-010")
@pytest.mark.rule("CM-22", "CM-24")
def test_a_completed_enrollment_keeps_the_whole_census_unless_forced(door: Door) -> None:
    noor, mira, owen = door.add(head(), child(), head("Owen", "Park", "P1")).member_ids
    door.choose(owen, "P001", "Completed")
    with pytest.raises(Refused) as refusal:
        door.empty()
    assert errors(refusal) == [ENROLLED]
    assert len(door.world.members()) == 3
    assert door.empty(force=True) == [noor, mira, owen]


def test_the_census_must_be_known_to_the_caller(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    nobody = Scope(("001B",))
    for call in (
        lambda: door.empty(census="0rfnone"),
        lambda: door.delete(noor, census="0rfnone"),
        lambda: door.empty(scope=nobody),
        lambda: door.delete(noor, scope=nobody),
    ):
        with pytest.raises(Refused) as refusal:
            call()
        assert errors(refusal) == [("SF-0001-0005", "Specify a valid input for groupCensusId.")]
    assert door.world.members() == [("Noor",)]


@pytest.mark.rule("CM-30", "CM-34", "CM-33")
def test_a_primary_takes_all_its_dependents_along_listed_ones_first(door: Door) -> None:
    noor, mira, lina, owen = door.add(head(), child(), child("Lina", source="L"), head("Owen", "Park", "P1")).member_ids
    assert door.delete(owen, noor) == [owen, noor, mira, lina]
    assert door.world.members() == []


@pytest.mark.rule("CM-31", "CV-14")
def test_a_dependent_leaves_its_primary_with_one_less(door: Door) -> None:
    noor, mira, _ = door.add(head(), child(), child("Lina", source="L")).member_ids
    assert door.delete(mira) == [mira]
    assert door.world.members("first_name", "dependent_count") == [("Noor", 1), ("Lina", None)]
    assert door.of(noor, "dependent_count") == 1


@pytest.mark.rule("CM-32")
def test_the_plans_of_whoever_goes_go_too(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    for member in (noor, mira):
        door.choose(member, "P001")
    door.delete(mira)
    assert door.world.sql("SELECT group_census_member_id FROM book.member_plan") == [(noor,)]
    door.delete(noor)
    assert door.world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


@pytest.mark.rule("CM-24")
def test_a_listed_member_or_its_dependent_with_a_completed_enrollment_stays(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    door.choose(mira, "P001", "Completed")
    with pytest.raises(Refused) as refusal:
        door.delete(noor)
    assert errors(refusal) == [ENROLLED]
    assert door.delete(noor, force=True) == [noor, mira]


@pytest.mark.rule("CM-35")
def test_one_bad_id_and_nobody_goes_each_bad_id_told_once(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    [owen] = door.add(head("Owen", "Park", "P1"), census=OTHER).member_ids
    with pytest.raises(Refused) as refusal:
        door.delete(noor, "0r6none", owen, "0r6none")
    assert [(e.code, e.message, e.info) for e in refusal.value.errors] == [
        ("SF-0001-0005", "Specify a valid input for memberIds.", {"memberId": bad}) for bad in ("0r6none", owen)
    ]
    assert len(door.world.members()) == 2


@pytest.mark.rule("CM-36")
def test_a_repeated_id_counts_once_and_a_dependent_beside_its_primary_is_no_error(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    assert door.delete(mira, noor, mira) == [mira, noor]


@pytest.mark.rule("CM-37")
def test_an_empty_list_is_refused(door: Door) -> None:
    with pytest.raises(Refused) as refusal:
        door.delete()
    assert errors(refusal) == [("SF-0001-0004", "Specify an input for memberIds.")]


def test_each_deletion_raises_the_version_by_one(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    version = door.version
    door.delete(mira)
    assert door.version == version + 1
    door.delete(noor)
    assert door.version == version + 2


@pytest.mark.rule("OB-2")
def test_a_deleted_census_takes_its_members_plans_summaries_and_landed_lines_along(door: Door) -> None:
    door.world.load(
        landed(a_file(person("Noor", class_name="Salaried", plans={"Medical": "P001"}), person("Owen", "Park")))
    )
    door.add(head("Lea", "Ruiz", "P2"), census=OTHER)
    with door.world.book.write() as tx:
        gone = remove.delete_census(tx, CENSUS, scope=EVERYTHING, now=NOW)
    assert len(gone) == 2
    tables = ("book.group_census", "book.census_member", "book.member_plan", "book.census_summary", "book.census_load",
              "book.census_issue", "raw.census_file")  # fmt: skip
    for table in tables:
        assert door.world.sql(f"SELECT count(*) FROM {table} WHERE group_census_id = '{CENSUS}'") == [(0,)], table
    assert door.world.sql("SELECT count(*) FROM raw.census_row") == [(0,)]
    assert door.world.members() == [("Lea",)]
