"""A mapping set up from getFields: the label of each field is its heading in a file, its name what the column holds."""

import pytest

from services.members.std_fields import EDITABLE, described
from tests.services.bulk.desk import Desk, lines
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
