"""Families in a request: who is primary, who hangs from whom, classes and counts (conventions, section 2)."""

from typing import Any

import pytest

from services.members import rows
from services.members.save import Operation, Reading, Saved, save, validate
from services.scope import EVERYTHING
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, OTHER, SALARIED
from tests.services.members.door import MIRA, NOOR, Door, child, codes, head

ORPHAN = "Dependent has no primary member."


@pytest.mark.rule("CV-5", "CV-7")
def test_without_association_and_link_a_member_is_a_primary_but_with_a_link_it_must_say_what_it_is(door: Door) -> None:
    answer = door.add(
        {"firstName": "Noor", "lastname": "Haddad", "sourceSystemIdentifier": NOOR},
        {"firstName": "Mira", "lastname": "Haddad", "sourceSystemIdentifier": MIRA, "primaryMemberSource": NOOR},
    )
    assert codes(answer) == [(1, "SF-0001-0004", "associationWithPrimaryMbr")]
    assert door.of(answer.member_ids[0], "association", "primary_member_id", "member_type") == ("Self", None, "Primary")


@pytest.mark.rule("CV-6")
def test_one_of_association_and_relationship_is_copied_to_the_other(door: Door) -> None:
    answer = door.add(
        head(),
        child(role=None, relationshipToPrimaryMember="Child"),
        child("Elias", source="E", role=None, relationshipToPrimaryMember="Domestic Partner"),
        child("Ines", source="I", role="Parent", relationshipToPrimaryMember="Other"),
    )
    assert [door.of(i, "association", "relationship") for i in answer.member_ids] == [
        ("Self", "Self"),
        ("Child", "Child"),
        ("Spouse", "Domestic Partner"),
        ("Parent", "Other"),
    ]


@pytest.mark.rule("CV-6")
def test_only_one_of_the_two_saying_self_is_an_error(door: Door) -> None:
    answer = door.add(head(relationshipToPrimaryMember="Child"), head("Owen", "Park", "P1"))
    assert codes(answer) == [(0, "SF-0001-0005", "relationshipToPrimaryMember")]


@pytest.mark.rule("CV-8", "CV-12")
def test_a_dependent_is_linked_by_record_id_by_identifier_in_the_request_or_in_the_census(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    answer = door.add(
        child("Mira", source="1", of="P1"),
        child("Sami", source="2", of=None, primaryGroupCensusMemberId=noor),
        child("Lina", source="3", of=NOOR),
        head("Owen", "Park", "P1"),
    )
    mira, sami, lina, owen = answer.member_ids
    assert [door.of(i, "primary_member_id") for i in (mira, sami, lina)] == [owen, noor, noor]


@pytest.mark.rule("CV-8", "GB-CEN-005")
def test_an_identifier_that_two_stored_primaries_have_names_neither(door: Door) -> None:
    [noor] = door.add(head()).member_ids
    [mira] = door.add(child()).member_ids
    [owen] = door.add(head("Owen", "Park")).member_ids
    answer = door.add(child("Lina", source="L"), child("Sami", source="S", primaryGroupCensusMemberId=owen))
    assert [(e.code, e.message, e.info["index"], e.info["field"]) for e in answer.errors] == [
        (
            "GB-CEN-005",
            "Several primaries have the sourceSystemIdentifier this dependent names. Give its primary's id instead.",
            0,
            "primaryMemberSource",
        )
    ]
    [sami] = answer.member_ids
    assert door.of(sami, "primary_member_id") == owen
    # Who hangs from one of the two already stays there (CV-25), also from the younger.
    assert door.add(child(), child("Sami", source="S")).member_ids == [mira, sami]
    assert [door.of(i, "primary_member_id") for i in (mira, sami)] == [noor, owen]


@pytest.mark.rule("CV-8", "CV-9")
def test_the_record_id_goes_before_the_identifier_which_is_overwritten(door: Door) -> None:
    noor, _ = door.add(head(), head("Owen", "Park", "P1")).member_ids
    [mira] = door.add(child(of="P1", primaryGroupCensusMemberId=noor)).member_ids
    assert door.of(mira, "primary_member_id", "primary_member_source") == (noor, NOOR)


@pytest.mark.rule("CV-9")
def test_the_identifier_of_a_primary_that_has_none_is_none(door: Door) -> None:
    """Kept, it would name whoever is given it next."""
    row = {"firstName": "Noor", "lastname": "Haddad", "associationWithPrimaryMbr": "Self"}
    [noor] = door.add(row).member_ids
    [mira] = door.add(child(of="P9", primaryGroupCensusMemberId=noor)).member_ids
    assert door.of(mira, "primary_member_id", "primary_member_source") == (noor, None)
    door.add(head("Owen", "Park", "P9"))
    assert door.of(mira, "primary_member_id", "primary_member_source") == (noor, None)


@pytest.mark.rule("OB-1", "CV-21")
@pytest.mark.parametrize("of_whom", ["Noor", "Owen"])
def test_a_key_that_is_given_makes_no_dependent_of_a_primary_and_no_primary_of_a_dependent(
    door: Door, of_whom: str
) -> None:
    """Else a primary could hang from itself, and no reading of families would show it again."""
    noor, owen, mira = door.add(head(memberKey="K1"), head("Owen", "Park", "P1"), child(memberKey="K2")).member_ids
    primary = {"Noor": noor, "Owen": owen}[of_whom]
    answer = door.add(
        child("Noor", of=None, source="1", memberKey="K1", primaryGroupCensusMemberId=primary),
        head("Mira", source="2", memberKey="K2"),
    )
    assert (answer.member_ids, codes(answer)) == (
        [],
        [(0, "SF-0001-0005", "associationWithPrimaryMbr"), (1, "SF-0001-0005", "associationWithPrimaryMbr")],
    )
    assert door.of(noor, "association", "primary_member_id") == ("Self", None)
    assert door.of(mira, "association", "primary_member_id") == ("Child", noor)


@pytest.mark.rule("OB-1", "CV-8")
def test_a_primary_is_one_of_the_same_census_and_no_dependent(door: Door) -> None:
    _, mira = door.add(head(), child()).member_ids
    [owen] = door.add(head("Owen", "Park", "P1"), census=OTHER).member_ids
    answer = door.add(
        child("A", source="1", of=None, primaryGroupCensusMemberId=mira),
        child("B", source="2", of=None, primaryGroupCensusMemberId=owen),
        child("C", source="3", of="P1"),
        child("D", source="4", of=MIRA),
    )
    assert codes(answer) == [
        (0, "SF-0001-0005", "primaryGroupCensusMemberId"),
        (1, "SF-0001-0005", "primaryGroupCensusMemberId"),
        (2, "GB-CEN-003", None),
        (3, "GB-CEN-003", None),
    ]


@pytest.mark.rule("GB-CEN-004")
@pytest.mark.rule("CV-10", "OB-3")
def test_a_primary_with_a_source_of_its_primary_is_refused(door: Door) -> None:
    says = "The PrimaryMemberSource must be null for primary members."
    for link in ("HR-1", NOOR):
        [error] = door.add(head(primaryMemberSource=link)).errors
        assert (error.code, error.message, error.info["field"]) == ("GB-CEN-004", says, "primaryMemberSource")
    assert door.world.members() == []


@pytest.mark.rule("GB-CEN-005")
@pytest.mark.rule("CV-11")
def test_a_list_of_primaries_and_dependents_names_everybody_by_an_identifier_of_its_own(door: Door) -> None:
    answer = door.add(head(), child(source=None), child("Lina", source="X"), child("Sami", source="X"))
    assert [(e.code, e.message, e.info["index"]) for e in answer.errors] == [
        ("GB-CEN-005", "Give each member a unique sourceSystemIdentifier.", n) for n in (1, 2, 3)
    ]
    assert door.world.members() == [("Noor",)]


@pytest.mark.rule("CV-11")
def test_a_list_of_primaries_only_needs_no_identifiers(door: Door) -> None:
    assert door.add(head(source=None), head("Owen", "Park", None)).is_success


@pytest.mark.rule("CV-11", "CM-8")
def test_a_row_that_repeats_another_is_a_duplicate_and_no_second_identifier(door: Door) -> None:
    answer = door.add(head(), child(), child())
    assert codes(answer) == [(2, "GB-CEN-002", None)]


@pytest.mark.rule("CV-13")
def test_the_dependents_of_a_refused_primary_are_orphans(door: Door) -> None:
    answer = door.add(head(email="x"), child(), head("Owen", "Park", "P1"), child("Lina", "Park", "P2", "P1"))
    assert [(e.code, e.info["index"]) for e in answer.errors] == [("SF-0001-0005", 0), ("GB-CEN-003", 1)]
    assert answer.errors[1].message == ORPHAN
    assert door.world.members() == [("Owen",), ("Lina",)]


@pytest.mark.rule("CV-14")
def test_children_and_parents_are_counted_a_spouse_and_others_are_not(door: Door) -> None:
    roles = ["Spouse", "Child", "Child", "Parent", "Parent-in-law", "Other"]
    noor, *_ = door.add(head(), *(child(f"D{n}", source=f"D{n}", role=role) for n, role in enumerate(roles))).member_ids
    assert door.of(noor, "dependent_count") == 4
    door.add(child("D9", source="D9"))
    assert door.of(noor, "dependent_count") == 5


@pytest.mark.rule("CV-14")
def test_a_stated_count_is_overwritten(door: Door) -> None:
    noor, mira = door.add(head(dependentCount=7), child(dependentCount=3)).member_ids
    assert (door.of(noor, "dependent_count"), door.of(mira, "dependent_count")) == (1, None)


@pytest.mark.rule("CV-15", "OB-4")
def test_the_class_of_the_primary_is_put_in_place_of_the_dependents_own(door: Door) -> None:
    answer = door.add(
        head(groupClassName="Salaried"),
        child(groupClassName="Hourly"),
        child("Lina", source="L", groupClassId=HOURLY),
        child("Sami", source="S", groupClassName="Pirates"),
    )
    assert answer.is_success
    assert {door.of(i, "group_class_id") for i in answer.member_ids} == {SALARIED}


@pytest.mark.rule("CM-10")
def test_the_id_of_a_class_goes_before_its_name(door: Door) -> None:
    [noor] = door.add(head(groupClassId=HOURLY, groupClassName="Salaried")).member_ids
    assert door.of(noor, "group_class_id") == HOURLY
    answer = door.add(head("Owen", "Park", "P1", groupClassId="0rEnone", groupClassName="Salaried"))
    assert codes(answer) == [(0, "SF-0001-0005", "groupClassId")]


@pytest.mark.rule("CV-17")
def test_a_census_where_only_some_have_a_class_is_no_error(door: Door) -> None:
    assert door.add(head(groupClassName="Salaried"), head("Owen", "Park", "P1")).is_success


@pytest.mark.rule("CV-5")
def test_a_family_has_one_spouse(door: Door) -> None:
    answer = door.add(head(), child("Elias", source="1", role="Spouse"), child("Karim", source="2", role="Spouse"))
    assert [(e.code, e.info["index"]) for e in answer.errors] == [("GB-CEN-006", 2)]


def test_a_known_dependent_becomes_no_second_spouse_and_moves_to_none(door: Door) -> None:
    noor, mira, elias, owen, lea = door.add(
        head(),
        child(),
        child("Elias", source="E", role="Spouse"),
        head("Owen", "Park", "P1"),
        child("Lea", "Park", "P2", "P1", role="Spouse"),
    ).member_ids
    for row in ({"id": mira, "associationWithPrimaryMbr": "Spouse"}, {"id": lea, "primaryGroupCensusMemberId": noor}):
        assert codes(door.change(row)) == [(0, "GB-CEN-006", "associationWithPrimaryMbr")]
    assert door.change({"id": elias, "city": "Porto"}, {"id": elias + "x"}).member_ids == [elias]
    assert door.of(lea, "primary_member_id") == owen


def std(door: Door, *members: dict[str, Any], operation: Operation = Operation.ADD, **more: Any) -> Saved:
    """The core in the reading of the Std services, with records under the object's field names."""
    with door.world.book.write() as tx:
        judged = validate(
            tx,
            CENSUS,
            rows.of_records(tx, members),
            operation=operation,
            reading=Reading.STD,
            scope=EVERYTHING,
            now=NOW,
            **more,
        )
        return save(tx, judged, now=NOW)


def told(saved: Saved) -> list[tuple[Any, ...]]:
    return saved.faults.select("row", "code", "field").rows()


@pytest.mark.rule("CV-7", "CV-10")
def test_in_std_an_empty_relationship_is_a_primary_link_or_not(door: Door) -> None:
    saved = std(
        door,
        {"FirstName": "Noor", "Lastname": "Haddad", "SourceSystemIdentifier": "1"},
        {"FirstName": "Mira", "Lastname": "Haddad", "SourceSystemIdentifier": "2", "PrimaryMemberSource": "1"},
        {"FirstName": "Lina", "Lastname": "Haddad", "SourceSystemIdentifier": "3", "PrimaryMemberSource": "1",
         "RelationshipToPrimaryMember": "Child"},
    )  # fmt: skip
    assert told(saved) == [(1, "source_on_primary", "PrimaryMemberSource")]
    assert door.world.members("first_name", "association") == [("Noor", "Self"), ("Lina", "Child")]


def test_in_std_a_class_that_is_none_is_made_for_the_account_of_the_row(door: Door) -> None:
    member = {"FirstName": "Noor", "Lastname": "Haddad", "GroupClass.Name": "Pirates", "AccountId": "001A"}
    saved = std(door, member, {**member, "FirstName": "Owen"}, {**member, "FirstName": "A", "AccountId": None},
                {**member, "FirstName": "B", "AccountId": "001B"}, creates_classes=True)  # fmt: skip
    assert told(saved) == [(2, "group_account_missing", "AccountId"), (3, "class_invalid", "GroupClassId")]
    made = door.world.sql("SELECT group_class_id, account_id FROM book.group_class WHERE name = 'Pirates'")
    assert len(made) == 1 and made[0][1] == "001A"
    assert door.world.members("group_class_id", "person_account_id") == [(made[0][0], None)] * 2


def test_a_validation_alone_makes_no_class(door: Door) -> None:
    with door.world.book.write() as tx:
        member = {"FirstName": "Noor", "Lastname": "Haddad", "GroupClass.Name": "Pirates", "AccountId": "001A"}
        judged = validate(tx, CENSUS, rows.of_records(tx, [member]), operation=Operation.ADD, reading=Reading.STD,
                          scope=EVERYTHING, now=NOW, creates_classes=True)  # fmt: skip
        assert judged.faults.is_empty()
    assert door.world.sql("SELECT count(*) FROM book.group_class") == [(3,)]
    assert door.world.members() == []


def test_by_id_in_std_nobody_looks_for_orphans(door: Door) -> None:
    noor, mira = door.add(head(), child()).member_ids
    saved = std(door, {"Id": mira, "PrimaryMemberSource": "nobody", "City": "Porto"}, operation=Operation.UPDATE)
    assert told(saved) == []
    assert door.of(mira, "city", "primary_member_id", "primary_member_source") == ("Porto", noor, NOOR)


def test_by_key_a_list_with_primaries_must_hold_the_primary_of_each_dependent(door: Door) -> None:
    door.add(head(memberKey="K1"), child(memberKey="K2"))
    member = {"MemberKey": "K2", "City": "Porto"}
    other = {"MemberKey": "K3", "FirstName": "Owen", "Lastname": "Park", "SourceSystemIdentifier": "P1"}
    assert told(std(door, member, other, operation=Operation.UPSERT_BY_KEY)) == [(0, "orphan_dependent", None)]
    assert told(std(door, member, operation=Operation.UPSERT_BY_KEY)) == []
    assert door.world.sql("SELECT city FROM book.census_member WHERE member_key = 'K2'") == [("Porto",)]


def test_by_key_names_can_be_corrected_and_the_key_stays(door: Door) -> None:
    [noor] = door.add(head(memberKey="K1")).member_ids
    saved = std(door, {"MemberKey": "K1", "Lastname": "Saliba"}, operation=Operation.UPSERT_BY_KEY)
    assert saved.member_ids == [noor] and saved.is_new == [False]
    assert door.of(noor, "first_name", "last_name", "member_key") == ("Noor", "Saliba", "K1")


@pytest.mark.rule("CV-18")
def test_the_fields_of_a_std_key_stand_alone_in_canonical_order(door: Door) -> None:
    saved = std(
        door,
        {"FirstName": "Noor", "Lastname": "Haddad", "Email": "noor.haddad@example.org"},
        key_fields=["FirstName", "Lastname", "Email", "GroupCensusId"],
        replaces_key_fields=True,
    )
    [member_id] = saved.member_ids
    assert member_id is not None
    assert door.of(member_id, "member_key") == "4b22d9020db8103fa321ec1d8ca6d23b"


def test_flags_and_numbers_may_be_written_as_text_in_records(door: Door) -> None:
    saved = std(door, {"FirstName": "Noor", "Lastname": "Haddad", "FullTimeEquivalent": "0.5", "IsPortalUser": "true",
                       "AnnualEligibleSalary": "1000.255"})  # fmt: skip
    [noor] = saved.saved_ids
    assert door.of(noor, "full_time_equivalent", "is_portal_user", "annual_salary_cents") == (0.5, True, 100026)
