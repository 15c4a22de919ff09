"""The place of a home and the owner of a record: fields that only additional fields and Std headers state."""

from typing import Any

import pytest

from services.scope import Scope
from tests.services.census_load.builder import World, a_file, insert, landed, person
from tests.services.members.door import Door, codes, head
from tests.services.members.std_door import StdDoor, noor

USER = "005000000000000077"
PLACE = {"Latitude": 42.101483000000001, "Longitude": -72.589811, "GeocodeAccuracy": "Street"}
COLUMNS = ("latitude", "longitude", "geocode_accuracy", "owner_id")


@pytest.fixture
def door(world: World) -> Door:
    moment = "2026-01-01T00:00:00"
    insert(
        world,
        "book.portal_user",
        [
            {"portal_user_id": USER, "username": "n", "email": "n@example.org", "profile_id": "00e000000000000001",
             "contact_id": "003000000000000077", "is_active": True, "created_at": moment}
        ],
    )  # fmt: skip
    return Door(world)


def more(**fields: Any) -> dict[str, Any]:
    """A primary with additional fields."""
    return head(additionalFields=[{"key": name, "value": value} for name, value in fields.items()])


@pytest.mark.rule("CV-4")
def test_place_and_owner_are_kept_changed_and_cleared(door: Door) -> None:
    [made] = door.add(more(**PLACE, OwnerId=USER)).member_ids
    assert door.of(made, *COLUMNS) == (42.101483000000001, -72.589811, "Street", USER)
    [same] = door.add(head(city="Springfield")).member_ids
    assert (same, door.of(made, *COLUMNS)[2:]) == (made, ("Street", USER))
    fields = [{"key": "Latitude", "value": None}, {"key": "GeocodeAccuracy", "value": "Zip"}]
    door.change({"id": made, "additionalFields": fields})
    assert door.of(made, *COLUMNS) == (None, -72.589811, "Zip", USER)


@pytest.mark.parametrize(
    ("field", "value", "is_good"),
    [
        ("Latitude", 90, True),
        ("Latitude", 90.000001, False),
        ("Latitude", -90.1, False),
        ("Longitude", -180, True),
        ("Longitude", 180.5, False),
        ("Longitude", "west", False),
        ("GeocodeAccuracy", "ExtendedZip", True),
        ("GeocodeAccuracy", "Roughly", False),
        ("OwnerId", "005999999999999999", False),
        ("OwnerId", "003000000000000077", False),
    ],
)
def test_a_place_off_the_globe_an_unknown_accuracy_and_an_unknown_user_fail_the_row(
    door: Door, field: str, value: Any, is_good: bool
) -> None:
    answer = door.add(more(**{field: value}))
    assert codes(answer) == ([] if is_good else [(0, "SF-0001-0005", field)])


def test_an_owner_out_of_scope_is_an_unknown_one(door: Door) -> None:
    assert door.add(more(OwnerId=USER), scope=Scope(account_ids=("001A",))).member_ids == []
    insert(door.world, "book.account_contact", [{"account_id": "001A", "contact_id": "003000000000000077"}])
    assert len(door.add(more(OwnerId=USER), scope=Scope(account_ids=("001A",))).member_ids) == 1


@pytest.mark.rule("CM-6", "BC-51")
def test_a_census_file_leaves_place_and_owner_as_they_are(door: Door) -> None:
    [made] = door.add(more(**PLACE, OwnerId=USER)).member_ids
    door.world.load(landed(a_file(person("Noor", city="Boston", source_system_identifier="HR-501"))))
    assert door.of(made, "city", *COLUMNS) == ("Boston", 42.101483000000001, -72.589811, "Street", USER)


@pytest.mark.rule("CM-82")
def test_std_services_take_and_tell_them_by_field_name(door: Door) -> None:
    std = StdDoor(door.world)
    [made] = std.add(noor(**PLACE, OwnerId=USER)).member_ids
    assert door.of(str(made), *COLUMNS) == (42.101483000000001, -72.589811, "Street", USER)
    refused = std.add(noor(FirstName="Ada", SourceSystemIdentifier="A1", GeocodeAccuracy="Roughly", Latitude=91))
    (entry,) = refused.errors
    assert "[GeocodeAccuracy]: INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in entry["error"]
    assert "[Latitude]: NUMBER_OUTSIDE_VALID_RANGE" in entry["error"]
