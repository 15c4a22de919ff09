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
