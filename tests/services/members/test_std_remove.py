"""Std deleteMembers, deleteMembersWithPlans and deleteAllMembers (census members, sections 6 to 8)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from services.members.std_remove import delete_members, delete_members_with_plans
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, NOW, OTHER, World
from tests.services.members.door import Door
from tests.services.members.std_door import StdDoor, elias, mira, noor, owen, watched


@pytest.fixture
def std(world: World) -> StdDoor:
    return StdDoor(world)


def messages(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [error.message for error in refusal.value.errors]


@pytest.mark.rule("CM-60", "CM-61", "CM-62")
def test_a_primary_goes_when_all_its_dependents_are_listed_dependents_first(std: StdDoor) -> None:
    noor_id, mira_id, owen_id = std.add(noor(), mira(), owen()).member_ids
    done = std.delete(noor_id, owen_id, mira_id, mira_id)
    assert done.told() == {
        "deletedCensusMemberIds": [mira_id, noor_id, owen_id],
        "skippedCensusMemberIds": [],
    }
    assert std.stored() == []


@pytest.mark.rule("CM-61", "CM-62", "CM-31")
def test_a_primary_with_a_dependent_left_is_kept_and_told(std: StdDoor) -> None:
    noor_id, mira_id, elias_id = std.add(noor(), mira(), elias()).member_ids
    done = std.delete(noor_id, mira_id)
    assert (done.member_ids, done.skipped_ids) == ([mira_id], [noor_id])
    assert std.stored("first_name", "dependent_count") == [("Noor", 0), ("Elias", None)]
    assert std.delete(elias_id, noor_id).member_ids == [elias_id, noor_id]


@pytest.mark.rule("CM-63")
def test_members_with_plans_are_kept_and_the_primary_of_one(std: StdDoor, door: Door) -> None:
    noor_id, mira_id, owen_id = std.add(noor(), mira(), owen()).member_ids
    door.choose(mira_id, "P001")
    door.choose(owen_id, "P001")
    done = std.delete(owen_id, noor_id, mira_id)
    assert (done.member_ids, done.skipped_ids) == ([], [owen_id, noor_id, mira_id])
    assert len(std.stored()) == 3


def test_ids_that_are_no_members_or_out_of_scope_are_skipped_alike(std: StdDoor) -> None:
    [owen_id] = std.add(owen()).member_ids
    assert std.delete("0r6none", owen_id, scope=Scope(("001B",))).skipped_ids == ["0r6none", owen_id]
    assert std.delete("0r6none", owen_id).told() == {
        "deletedCensusMemberIds": [owen_id],
        "skippedCensusMemberIds": ["0r6none"],
    }


def test_an_empty_list_is_refused(std: StdDoor) -> None:
    for call in (std.delete, std.delete_with_plans):
        with pytest.raises(Refused) as refusal:
            call()
        assert messages(refusal) == ["Specify an input for censusMemberIds."]


def test_members_of_two_censuses_may_be_listed_together(std: StdDoor) -> None:
    [owen_id] = std.add(owen()).member_ids
    [noor_id] = std.add(noor(), census_id=OTHER).member_ids
    assert std.delete(noor_id, owen_id).member_ids == [owen_id, noor_id]
    assert std.stored() == []


@pytest.mark.rule("CM-65", "CM-67")
def test_with_plans_the_selections_of_the_listed_go_then_the_members(std: StdDoor, door: Door) -> None:
    noor_id, mira_id, owen_id = std.add(noor(), mira(), owen()).member_ids
    ended = [door.choose(noor_id, "P001"), door.choose(mira_id, "P001")]
    kept = door.choose(owen_id, "P003")
    version = door.version
    done = std.delete_with_plans(noor_id, mira_id)
    assert done.told() == {
        "deletedCensusMemberIds": [mira_id, noor_id],
        "skippedCensusMemberIds": [],
        "deletedMemberPlanIds": ended,
    }
    assert std.world.sql("SELECT member_plan_id FROM book.member_plan") == [(kept,)]
    assert std.stored() == [("Owen",)]
    assert door.version == version + 1


@pytest.mark.rule("CM-66", "CM-65")
def test_with_plans_a_primary_whose_dependents_remain_stays_without_its_own_selections(
    std: StdDoor, door: Door
) -> None:
    noor_id, mira_id = std.add(noor(), mira()).member_ids
    own, hers = door.choose(noor_id, "P001"), door.choose(mira_id, "P001")
    version = door.version
    done = std.delete_with_plans(noor_id)
    assert (done.member_ids, done.skipped_ids, done.plan_ids) == ([], [noor_id], [own])
    assert std.stored() == [("Noor",), ("Mira",)]
    assert std.world.sql("SELECT member_plan_id FROM book.member_plan") == [(hers,)]
    assert door.version == version + 1


@pytest.mark.rule("CM-24", "MP-20")
def test_with_plans_a_completed_enrollment_refuses_everything_unless_forced(std: StdDoor, door: Door) -> None:
    noor_id, owen_id = std.add(noor(), owen()).member_ids
    door.choose(owen_id, "P001", "Completed")
    with pytest.raises(Refused) as refusal:
        std.delete_with_plans(noor_id, owen_id)
    assert messages(refusal) == ["Members with completed enrollments can't be deleted."]
    assert len(std.stored()) == 2
    assert std.delete_with_plans(noor_id, owen_id, force=True).member_ids == [noor_id, owen_id]


@pytest.mark.rule("CM-70")
def test_a_census_is_emptied_of_primaries_dependents_and_plans(std: StdDoor, door: Door) -> None:
    noor_id, mira_id = std.add(noor(), mira()).member_ids
    door.choose(mira_id, "P001")
    std.add(owen(), census_id=OTHER)
    assert std.empty() == [noor_id, mira_id]
    assert std.stored() == [("Owen",)]
    assert std.world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]
    assert std.empty() == []


@pytest.mark.rule("CM-71")
def test_a_failure_leaves_every_member_and_plan(std: StdDoor, door: Door) -> None:
    noor_id, owen_id = std.add(noor(), owen()).member_ids
    door.choose(noor_id, "P001")
    door.choose(owen_id, "P001", "Completed")
    before = std.world.state()
    with pytest.raises(Refused):
        std.empty()
    assert std.world.state() == before
    assert std.empty(force=True) == [noor_id, owen_id]


@pytest.mark.parametrize(
    ("census_id", "says"),
    [
        (None, "Specify a censusId."),
        ("", "Specify a censusId."),
        ("0rfnone", "Census ID is not valid."),
    ],
)
def test_a_missing_or_unknown_census_is_refused(std: StdDoor, census_id: str | None, says: str) -> None:
    with pytest.raises(Refused) as refusal:
        std.empty(census_id)
    assert messages(refusal) == [says]


def test_a_census_out_of_scope_is_answered_as_an_unknown_one(std: StdDoor) -> None:
    with pytest.raises(Refused) as refusal:
        std.empty(CENSUS, scope=Scope(("001B",)))
    assert messages(refusal) == ["Census ID is not valid."]


@pytest.mark.parametrize("service", [delete_members, delete_members_with_plans])
def test_the_number_of_statements_does_not_depend_on_the_number_of_members(std: StdDoor, service: Any) -> None:
    counts: list[int] = []
    for n in (2, 200):
        rows = [owen(FirstName=f"F{k}", SourceSystemIdentifier=f"S{k}") for k in range(n)]
        ids = std.add(*rows).member_ids
        with std.world.book.write() as tx:
            seen = watched(tx)
            done = service(tx, ids, scope=EVERYTHING, now=NOW)
        assert done.member_ids == ids
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.rule("GB-CEN-001")
def test_a_call_names_2000_members_and_not_one_more(std: StdDoor, door: Door) -> None:
    many = [f"0r6none{n}" for n in range(2001)]
    assert len(std.delete(*many[:2000]).skipped_ids) == 2000
    for call in (std.delete, door.delete):
        with pytest.raises(Refused, match=r"A request can hold at most 2000 members\."):
            call(*many)
