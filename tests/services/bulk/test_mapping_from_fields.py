"""A mapping set up from getFields: the label of each field is its heading in a file, its name what the column holds."""

import pytest

from services.members.std_fields import EDITABLE, described
from tests.services.bulk.desk import NAMES_ONLY, Desk, lines
from tests.services.census_load.builder import CENSUS


@pytest.mark.rule("BC-39", "BC-35")
def test_a_file_headed_by_the_labels_of_a_field_set_is_mapped_by_its_names(desk: Desk) -> None:
    told = described(EDITABLE, None, with_plans=False)
    mapping = {header["label"]: header["name"] for header in told["headers"]}
    assert len(mapping) == len(told["headers"])  # no two fields have one heading
    stated = {"First Name": "Noor", "Last Name": "Haddad", "Email": "noor@example.org", "Birthdate": "1984-02-11"}
    text = lines([*(stated.get(label, "") for label in mapping), "Self"], header=[*mapping, "Role"])
    done = desk.upload(text, mapping={**mapping, "Role": "AssociationWithPrimaryMbr"})
    assert (done["status"], done["rowsCreated"]) == ("Completed", 1)
    kept = f"""SELECT first_name, last_name, email, CAST(birth_date AS VARCHAR) FROM book.census_member
        WHERE group_census_id = '{CENSUS}'"""
    assert desk.world.sql(kept) == [tuple(stated.values())]


_HEADER = ["Given", "Family", "Role", "Label", "Account", "Contact", "Type", "Category"]
_MAPPED_ONLY = {
    **NAMES_ONLY, "Label": "Name", "Account": "AccountId", "Contact": "ContactId", "Type": "MemberType",
    "Category": "PrimaryMemberCategory",
}  # fmt: skip
_SAID = ["Noor", "Haddad", "Self", "N. Haddad", "001GB000000A101AAA", "003GB000000N101AAA", "Primary", "Retiree"]


def _with_person(desk: Desk) -> None:
    desk.world.run(
        "INSERT INTO book.person_account BY NAME SELECT '001GB000000A101AAA' AS person_account_id,"
        " '003GB000000N101AAA' AS contact_id, 'Noor Haddad' AS name, 'Haddad' AS last_name,"
        " 'Person Account' AS record_type_name, TIMESTAMP '2026-01-01' AS created_at,"
        " TIMESTAMP '2026-01-01' AS modified_at"
    )
    desk.world.run(
        "INSERT INTO book.contact BY NAME SELECT '003GB000000N101AAA' AS contact_id, 'Noor Haddad' AS name,"
        " 'Haddad' AS last_name, TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS modified_at"
    )


@pytest.mark.rule("BC-35", "CM-9")
def test_name_account_contact_type_and_category_are_stored_where_a_mapping_names_them(desk: Desk) -> None:
    _with_person(desk)
    text = lines(_SAID, header=_HEADER)
    assert desk.upload(text, mapping=_MAPPED_ONLY)["result"]["warnings"] == []
    assert desk.world.sql(
        "SELECT name, person_account_id, contact_id, member_type, primary_member_category FROM book.census_member"
    ) == [tuple(_SAID[3:])]
    again = desk.upload(text, mapping=_MAPPED_ONLY)
    assert (again["rowsCreated"], again["rowsUpdated"], again["rowsFailed"]) == (0, 0, 0)


@pytest.mark.rule("BC-51", "CV-22")
@pytest.mark.parametrize(
    ("place", "field"), [(4, "AccountId"), (5, "ContactId"), (6, "MemberType")]
)  # the columns of _HEADER
def test_an_account_contact_or_type_that_is_none_refuses_its_row_alone(desk: Desk, place: int, field: str) -> None:
    _with_person(desk)
    wrong = [*_SAID[:place], "001GB000000A999AAA", *_SAID[place + 1 :]]
    text = lines(wrong, ["Owen", "Park", "Self", "", "", "", "", ""], header=_HEADER)
    done = desk.upload(text, mapping=_MAPPED_ONLY)
    failed, fine = desk.details(done["requestId"])
    assert (failed["code"], failed["field"]) == ("SF-0001-0005", field)
    assert (fine["status"], desk.names()) == ("Success", ["Owen"])
    assert desk.world.sql("SELECT name, member_type FROM book.census_member") == [("Owen Park", "Primary")]


_OWNER = "005000000000000077"
_PLACED = {**NAMES_ONLY, "Lat": "Latitude", "Long": "Longitude", "How": "GeocodeAccuracy", "Broker": "OwnerId"}
_PLACE = ["42.101483", "-72.589811", "Street", _OWNER]
_KEPT = "SELECT latitude, longitude, geocode_accuracy, owner_id FROM book.census_member ORDER BY first_name"


def _with_user(desk: Desk) -> None:
    desk.world.run(
        f"INSERT INTO book.portal_user BY NAME SELECT '{_OWNER}' AS portal_user_id, 'n' AS username,"
        " 'n@example.org' AS email, '00e000000000000001' AS profile_id, '003000000000000077' AS contact_id,"
        " true AS is_active, TIMESTAMP '2026-01-01' AS created_at"
    )


@pytest.mark.rule("BC-35", "BC-51")
def test_owner_and_place_are_stored_where_a_mapping_names_them_and_kept_where_none_does(desk: Desk) -> None:
    _with_user(desk)
    said = ["Noor", "Haddad", "Self"]
    assert desk.upload(lines([*said, *_PLACE], header=[*_PLACED]), mapping=_PLACED)["result"]["warnings"] == []
    kept = [(42.101483, -72.589811, "Street", _OWNER)]
    assert desk.world.sql(_KEPT) == kept
    blank = desk.upload(lines([*said, "", "", "", ""], header=[*_PLACED]), mapping=_PLACED)
    unmapped = desk.upload(lines([*said, "1", "2", "Zip", "x"], header=[*_PLACED]), mapping=NAMES_ONLY)
    assert [done["rowsUpdated"] for done in (blank, unmapped)] == [0, 0]
    assert desk.world.sql(_KEPT) == kept
    moved = desk.upload(lines([*said, "-90", "180", "Zip", ""], header=[*_PLACED]), mapping=_PLACED)
    assert (moved["rowsUpdated"], desk.world.sql(_KEPT)) == (1, [(-90.0, 180.0, "Zip", _OWNER)])


@pytest.mark.rule("BC-51", "CV-22")
@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (3, "90.1", "Latitude"),
        (3, "north", "Latitude"),
        (4, "-180.5", "Longitude"),
        (5, "Roughly", "GeocodeAccuracy"),
        (6, "005000000000000999", "OwnerId"),
    ],
)
def test_a_place_or_an_owner_that_is_none_refuses_its_row_alone(desk: Desk, place: int, value: str, field: str) -> None:
    _with_user(desk)
    said = ["Noor", "Haddad", "Self", *_PLACE]
    wrong = [*said[:place], value, *said[place + 1 :]]
    done = desk.upload(lines(wrong, ["Owen", "Park", "Self", *_PLACE], header=[*_PLACED]), mapping=_PLACED)
    failed, fine = desk.details(done["requestId"])
    assert (failed["code"], failed["field"]) == ("SF-0001-0005", field)
    assert (fine["status"], desk.names()) == ("Success", ["Owen"])
