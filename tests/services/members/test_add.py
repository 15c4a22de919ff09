"""Members added by a request: what is stored, filled in, refused, and told (census members, section 1)."""

from typing import Any

import pytest

from services.insurance_errors import Refused
from tests.services.census_load.builder import CENSUS, HOURLY, LATER, OTHER, SALARIED
from tests.services.members.door import NOOR, Door, child, codes, head

KEY_OF_NOOR = "6b8c5895b5c2d00cad3c931dadceef72"
"""The published vector: md5("Self,Noor,Haddad,0rfGB000000C001AAA,")."""
KEY_OF_MIRA = "8c3225cfe4c4c2e626df79b6ef08ba58"


@pytest.mark.rule("CM-2", "CM-3", "CM-11", "CM-12", "CV-12", "CV-13")
def test_the_published_example_saves_two_and_tells_the_orphan(door: Door) -> None:
    answer = door.add(
        head(
            email="noor.haddad@example.org", birthdate="1984-02-11", groupClassName="Salaried", fullTimeEquivalent=1.0
        ),
        child(birthdate="2014-09-30"),
        child("Tariq", "Nasser", "HR-777-1", "HR-777"),
        duplicate_fields=["Birthdate"],
    )
    assert not answer.is_success
    assert len(answer.member_ids) == 2 and answer.n_created == 2
    [error] = answer.errors
    assert (error.code, error.message) == ("GB-CEN-003", "Dependent has no primary member.")
    assert error.info == {"index": 2, "sourceSystemIdentifier": "HR-777-1"}
    noor, mira = answer.member_ids
    assert door.of(noor, "primary_member_id", "family_id", "group_class_id") == (None, noor, SALARIED)
    assert door.of(mira, "primary_member_id", "family_id", "group_class_id") == (noor, noor, SALARIED)


@pytest.mark.rule("CM-2", "CV-6", "CV-18", "CM-9")
def test_defaults_are_filled_in_key_class_relationship_and_name(door: Door) -> None:
    answer = door.add(head(groupClassName="hourly "), child())
    assert [door.of(i, "member_key", "relationship", "name", "group_class_id") for i in answer.member_ids] == [
        (KEY_OF_NOOR, "Self", "Noor Haddad", HOURLY),
        (KEY_OF_MIRA, "Child", "Mira Haddad", HOURLY),
    ]


@pytest.mark.rule("CM-9")
def test_a_name_that_is_stated_is_kept(door: Door) -> None:
    [noor] = door.add(head(name="Dr. N. Haddad")).member_ids
    assert door.of(noor, "name") == "Dr. N. Haddad"


@pytest.mark.rule("CM-1", "CM-4", "CV-19")
def test_a_known_key_changes_that_member_and_leaves_the_others_alone(door: Door) -> None:
    noor, owen = door.add(head(city="Lisbon"), head("Owen", "Park", "P1")).member_ids
    again = door.add(head(city="Porto"), now=LATER)
    assert again.member_ids == [noor] and again.n_created == 0
    assert door.of(noor, "city", "modified_at") == ("Porto", LATER)
    assert door.of(owen, "modified_at") != LATER
    assert len(door.world.members()) == 2


@pytest.mark.rule("CV-19")
def test_the_same_person_in_another_census_is_another_member(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    [other] = door.add(head(), census=OTHER).member_ids
    assert noor != other
    assert door.of(noor, "member_key") != door.of(other, "member_key")


@pytest.mark.rule("CV-18", "CV-2")
def test_fields_of_the_caller_join_the_default_key_in_any_case(door: Door) -> None:
    door.add(head(birthdate="1984-02-11"), duplicate_fields=["birthdate"])
    answer = door.add(head(birthdate="1990-01-01"), duplicate_fields=["BirthDate"])
    assert answer.n_created == 1
    assert len(door.world.members()) == 2


@pytest.mark.rule("CV-3", "CV-22")
def test_an_unknown_key_field_refuses_the_request(door: Door) -> None:
    with pytest.raises(Refused) as refusal:
        door.add(head(), duplicate_fields=["Shoe"])
    assert refusal.value.errors[0].code == "SF-0001-0013"
    assert door.world.members() == []


@pytest.mark.rule("CV-21")
def test_a_key_given_by_the_caller_is_matched_and_stored_as_given(door: Door) -> None:
    [noor] = door.add(head(memberKey="ACME-1")).member_ids
    assert door.of(noor, "member_key") == "ACME-1"
    again = door.add(head("Nora", memberKey="ACME-1"))
    assert again.member_ids == [noor]
    assert door.of(noor, "first_name", "member_key", "name") == ("Nora", "ACME-1", "Nora Haddad")


@pytest.mark.rule("GB-CEN-002")
@pytest.mark.rule("CM-8")
def test_the_second_of_two_rows_with_one_key_is_refused(door: Door) -> None:
    answer = door.add(head(city="Lisbon"), head(city="Porto"))
    assert [(e.code, e.message, e.info["index"]) for e in answer.errors] == [
        ("GB-CEN-002", "Duplicate of another member in this request.", 1)
    ]
    assert door.of(answer.member_ids[0], "city") == "Lisbon"


@pytest.mark.rule("CV-25")
def test_the_same_request_twice_makes_nothing_new(door: Door) -> None:
    members = [head(groupClassName="Salaried", annualEligibleSalary=50000.5, optOutPlanTypes="Dental"), child()]
    first = door.add(*members)
    version, state = door.version, door.world.state("book.census_member")
    again = door.add(*members, now=LATER)
    assert again.member_ids == first.member_ids
    assert (door.version, door.world.state("book.census_member")) == (version, state)


def test_the_version_of_the_census_rises_by_one_for_a_request_that_changes_it(door: Door) -> None:
    before = door.version
    door.add(head(), child(), head("Owen", "Park", "P1"))
    assert door.version == before + 1


BAD: list[tuple[str, Any, str]] = [
    ("firstName", None, "SF-0001-0004"),
    ("lastname", None, "SF-0001-0004"),
    ("gender", "Robot", "SF-0001-0005"),
    ("associationWithPrimaryMbr", "Cousin", "SF-0001-0005"),
    ("relationshipToPrimaryMember", "Cousin", "SF-0001-0005"),
    ("status", "Active", "SF-0001-0005"),
    ("memberType", "Guest", "SF-0001-0005"),
    ("smokerStatus", "Sometimes", "SF-0001-0005"),
    ("optOutPlanTypes", "Dental;Garden", "SF-0001-0005"),
    ("email", "not-a-mail", "SF-0001-0005"),
    ("groupClassId", "0rEnone", "SF-0001-0005"),
    ("groupClassName", "Pirates", "SF-0001-0005"),
    ("accountId", "001none", "SF-0001-0005"),
    ("contactId", "003none", "SF-0001-0005"),
    ("groupCensusId", OTHER, "SF-0001-0005"),
    ("grpCensusGrpClassSummaryId", "0rsnone", "SF-0001-0005"),
    ("isPortalUser", "yes", "SF-0001-0005"),
    ("annualEligibleSalary", "many", "SF-0001-0005"),
    ("annualEligibleSalary", -1, "SF-0001-0005"),
    ("dependentCount", 1.5, "SF-0001-0005"),
    ("birthdate", "11/02/1984", "SF-0001-0003"),
    ("birthdate", "1984-02-30", "SF-0001-0003"),
    ("joinDate", 20200101, "SF-0001-0003"),
    ("shoeSize", "41", "SF-0001-0013"),
]
"""A property, a value that it does not take, and the code (CV-22)."""


@pytest.mark.rule("SF-0001-0003", "SF-0001-0004", "SF-0001-0005", "SF-0001-0013")
@pytest.mark.rule("CV-24", "CV-22", "CM-12")
def test_a_bad_value_is_an_error_of_its_row_only(door: Door) -> None:
    rows = [{**head(f"N{n}", source=f"S{n}"), field: value} for n, (field, value, _) in enumerate(BAD)]
    answer = door.add(*rows, head("Owen", "Park", "P1"))
    told = [(index, code) for index, code, _ in codes(answer)]
    assert told == [(n, code) for n, (_, _, code) in enumerate(BAD)]
    # An association and a relationship that disagree are told of the relationship.
    assert [field for _, _, field in codes(answer)] == [field for field, _, _ in BAD]
    assert not answer.is_success
    assert door.world.members() == [("Owen",)]


def test_all_faults_of_a_row_are_told_together(door: Door) -> None:
    answer = door.add({"lastname": "Haddad", "birthdate": "x", "gender": "y"})
    assert codes(answer) == [
        (0, "SF-0001-0003", "birthdate"),
        (0, "SF-0001-0004", "firstName"),
        (0, "SF-0001-0005", "gender"),
    ]


@pytest.mark.rule("CM-13")
def test_full_time_equivalents_go_from_0_to_9_9_with_two_decimals(door: Door) -> None:
    good, bad = [0, 0.75, 9.9, 1], [10, 9.91, -0.1, -9.9]
    answer = door.add(*(head(f"N{n}", source=f"S{n}", fullTimeEquivalent=share) for n, share in enumerate(good + bad)))
    assert codes(answer) == [(n, "SF-0001-0005", "fullTimeEquivalent") for n in (4, 5, 6, 7)]
    assert door.world.members("full_time_equivalent") == [(0.0,), (0.75,), (9.9,), (1.0,)]


@pytest.mark.rule("CM-15")
def test_birth_dates_lie_between_1900_and_today(door: Door) -> None:
    days = ["1899-12-31", "1900-01-01", "2026-11-20", "2026-11-21"]  # today is 2026-11-20
    answer = door.add(head(), *(child(f"N{n}", source=f"S{n}", birthdate=day) for n, day in enumerate(days)))
    assert codes(answer) == [(1, "SF-0001-0005", "birthdate"), (4, "SF-0001-0005", "birthdate")]
    assert door.world.members("first_name") == [("Noor",), ("N1",), ("N2",)]


LONGEST = {
    "firstName": 50,
    "lastname": 50,
    "sourceSystemIdentifier": 255,
    "phoneNumber": 40,
    "postalCode": 20,
    "city": 40,
    "state": 80,
    "street": 255,
    "country": 80,
    "memberKey": 50,
    "primaryMemberCategory": 40,
    "name": 255,
}


@pytest.mark.rule("OB-7")
def test_a_text_longer_than_its_column_is_refused_and_never_cut(door: Door) -> None:
    long = [
        {**head(f"N{n}", source=f"S{n}"), name: "x" * (longest + 1)}
        for n, (name, longest) in enumerate(LONGEST.items())
    ]
    assert codes(door.add(*long)) == [(n, "SF-0001-0005", name) for n, name in enumerate(LONGEST)]
    assert door.world.members() == []
    [member] = door.add({**head(), **{name: "x" * longest for name, longest in LONGEST.items()}}).member_ids
    assert door.of(member, "length(first_name)", "length(street)", "length(name)", "length(member_key)") == (
        50,
        255,
        255,
        50,
    )


@pytest.mark.rule("CV-4")
@pytest.mark.parametrize("wrap", [lambda fields: fields, lambda fields: {"values": fields}])
def test_additional_fields_take_fields_without_a_property(door: Door, wrap: Any) -> None:
    fields = [{"key": "IsStudent", "value": True}, {"key": "TerminationDate", "value": "2026-12-31"}]
    [noor] = door.add(head(additionalFields=wrap(fields))).member_ids
    assert door.of(noor, "is_student", "CAST(termination_date AS VARCHAR)") == (True, "2026-12-31")


@pytest.mark.rule("CV-4", "CV-3")
@pytest.mark.parametrize("key", ["FirstName", "ShoeSize", "Id"])
def test_an_additional_field_that_is_none_is_an_error_of_the_row(door: Door, key: str) -> None:
    answer = door.add(head(additionalFields=[{"key": key, "value": "x"}]))
    assert codes(answer) == [(0, "SF-0001-0013", key)]


@pytest.mark.rule("CV-4")
@pytest.mark.parametrize("fields", ["IsStudent", [1], [{"value": True}], {"additionalFieldsMapValue": {}}])
def test_additional_fields_of_another_shape_are_an_error_of_the_row(door: Door, fields: Any) -> None:
    assert codes(door.add(head(additionalFields=fields))) == [(0, "SF-0001-0005", "additionalFields")]


@pytest.mark.rule("CM-14")
def test_the_summary_waits_for_its_sync(door: Door) -> None:
    before = door.world.state("book.census_summary")
    door.add(head(groupClassName="Salaried"))
    assert door.world.state("book.census_summary") == before
    assert door.world.sql(
        f"SELECT coalesce(total_members, 0) FROM book.group_census WHERE group_census_id = '{CENSUS}'"
    ) == [(0,)]


@pytest.mark.rule("CM-16")
def test_an_unknown_flow_refuses_the_request(door: Door) -> None:
    with pytest.raises(Refused) as refusal:
        door.add(head(), flow_name="No Such Flow")
    assert [(e.code, e.message) for e in refusal.value.errors] == [
        ("SF-0001-0005", "Specify a valid input for flowName.")
    ]
    assert door.world.members() == []
    assert door.add(head(), flow_name="Process Group Census Member Data").is_success


def test_a_request_for_an_unknown_census_or_without_members_is_refused(door: Door) -> None:
    for members, census, says in (
        ([head()], "0rfnone", "Specify a valid input for groupCensusId."),
        ([], CENSUS, "Specify an input for members."),
    ):
        with pytest.raises(Refused) as refusal:
            door.add(*members, census=census)
        assert refusal.value.errors[0].message == says


@pytest.mark.rule("GB-CEN-001")
def test_a_request_holds_as_many_members_as_the_setting_says(door: Door) -> None:
    door.set_to("most_members_per_request", "2")
    assert door.add(head(), head("Owen", "Park", "P1")).is_success
    with pytest.raises(Refused) as refusal:
        door.add(head(), head("Owen", "Park", "P1"), head("Lea", "Ruiz", "P2"))
    assert [(e.code, e.message) for e in refusal.value.errors] == [
        ("GB-CEN-001", "A request can hold at most 2 members.")
    ]


def test_the_limit_is_2000_unless_set_otherwise(door: Door) -> None:
    with pytest.raises(Refused) as refusal:
        door.add(*({} for _ in range(2001)))
    assert refusal.value.errors[0].message == "A request can hold at most 2000 members."


@pytest.mark.rule("CV-23")
def test_rule_codes_of_the_system_are_never_sent(door: Door) -> None:
    rows = [
        head(),
        head(),
        child("A", source="1", of=None),
        child("B", source="2", primaryGroupCensusMemberId="0r6none"),
    ]
    answer = door.add(*rows, {"firstName": "x" * 51, "gender": "?"}, head("C", "C", None))
    assert len(answer.errors) >= 5
    assert all(e.code.startswith(("SF-0001-00", "GB-CEN-")) and e.code != "SF-0001-0009" for e in answer.errors)


def test_a_request_leaves_no_trace_of_a_file(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    assert door.of(noor, "census_file_id", "line_number", "created_load_id", "modified_load_id") == (None,) * 4
    assert door.world.sql("SELECT count(*) FROM book.census_load") == [(0,)]


@pytest.mark.rule("CV-11")
def test_whom_the_error_is_about_is_told_by_the_identifier(door: Door) -> None:
    [error] = door.add({"sourceSystemIdentifier": NOOR, "lastname": "Haddad"}).errors
    assert error.info == {"index": 0, "sourceSystemIdentifier": NOOR, "field": "firstName"}


@pytest.mark.rule("CM-15", "CV-22")
@pytest.mark.parametrize("field", ["birthdate", "joinDate", "policyStartDate"])
@pytest.mark.parametrize("day", ["0000-01-01", "0000-12-31", "0000-02-29"])
def test_there_is_no_year_0_and_a_member_with_such_a_date_is_refused(door: Door, field: str, day: str) -> None:
    assert codes(door.add(head(**{field: day}))) == [(0, "SF-0001-0003", field)]
    [noor] = door.add(head()).member_ids
    assert codes(door.change({"id": noor, field: day})) == [(0, "SF-0001-0003", field)]
    # One that was stored could never be read again: DuckDB knows the year 0, Python does not.
    assert not door.change({"id": noor, "city": "Lisbon"}).errors
