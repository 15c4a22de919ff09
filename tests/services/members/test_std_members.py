"""Std addMembers and updateMembers (census members, sections 4 and 5)."""

import sys
from datetime import date
from typing import Any

import pytest

from services import settings
from services.insurance_errors import Refused
from services.members.std import add_members
from services.scope import EVERYTHING, Scope
from tests.services.census_load.builder import CENSUS, HOURLY, NOW, OTHER, SALARIED, SEASONAL, World
from tests.services.members.std_door import StdDoor, elias, errors, headers, mira, noor, owen, watched

ORPHAN = "Dependent has no primary member."
NO_CLASS = "The group class is not valid."


@pytest.fixture
def std(world: World) -> StdDoor:
    return StdDoor(world)


def refusal(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return " ".join(error.message for error in caught.value.errors)


@pytest.mark.rule("CM-45", "CM-47")
def test_the_published_example_saves_the_good_row_and_tells_the_other_as_it_was_stated(std: StdDoor) -> None:
    lea = {"FirstName": "Lea", "Lastname": "Ruiz", "Email": "not-a-mail", "SourceSystemIdentifier": "P2"}
    done = std.add(owen(Email="owen.park@example.org"), lea)
    [(owen_id, key)] = std.world.sql("SELECT group_census_member_id, member_key FROM book.census_member")
    assert done.told() == {
        "result": "success",
        "errorCode": "INVOKE-200",
        "error": "OK",
        "censusMemberIds": [owen_id],
        "relatedFieldsUpdateSuccessCount": 1,
        "relatedFieldsUpdateErrorCount": 0,
        "relatedFieldsUpdateErrors": [],
        "errors": [{**lea, "error": "[Email]: INVALID_EMAIL_ADDRESS - Email: invalid email address: not-a-mail"}],
    }
    assert len(key) == 32


@pytest.mark.parametrize(
    ("census_id", "census", "says"),
    [
        (None, {"headers": headers("FirstName"), "members": [noor()]}, "Specify a censusId."),
        (" ", {"headers": headers("FirstName"), "members": [noor()]}, "Specify a censusId."),
        (CENSUS, None, "The census input is missing."),
        (CENSUS, {"members": [noor()]}, "The header node is missing in the census input."),
        (CENSUS, {"headers": None, "members": [noor()]}, "The header node is missing in the census input."),
        (CENSUS, {"headers": headers("FirstName")}, "The members node is missing in the census input."),
        (CENSUS, {"headers": headers("FirstName"), "members": []}, "The members node is missing in the census input."),
        ("0rfnone", {"headers": headers("FirstName"), "members": [noor()]}, "Census ID is not valid."),
    ],
)
def test_what_is_missing_refuses_the_call(std: StdDoor, census_id: Any, census: Any, says: str) -> None:
    with std.world.book.write() as tx:
        assert refusal(lambda: add_members(tx, census_id, census, scope=EVERYTHING, now=NOW)) == says
    assert std.stored() == []


def test_a_census_out_of_scope_is_answered_as_an_unknown_one(std: StdDoor) -> None:
    assert refusal(lambda: std.add(noor(), scope=Scope(("001B",)))) == "Census ID is not valid."
    assert refusal(lambda: std.update(noor(), scope=Scope(("001B",)))) == "Census ID is not valid."


def test_a_call_holds_no_more_members_than_the_setting_allows(std: StdDoor) -> None:
    with std.world.book.write() as tx:
        settings.set_to(tx, "most_members_per_request", "1", NOW)
    assert std.add(noor()).errors == []
    assert refusal(lambda: std.add(noor(), owen())) == "A request can hold at most 1 members."


@pytest.mark.rule("CM-54", "CM-55", "CM-56", "OB-1")
@pytest.mark.parametrize(
    ("of_whom", "whose"),
    [(None, "Noor"), ("HR-501", "Noor"), ("P1", "Owen"), ("P2", "Noor")],
    ids=["nobody", "her own", "another", "as the row in error would be called"],
)
def test_a_dependent_whose_primary_is_refused_beside_it_has_the_one_it_names_or_keeps_its_own(
    std: StdDoor, of_whom: str | None, whose: str
) -> None:
    """By id all are saved in one pass: of the primaries the own rows are in error, and Mira's is not."""
    std.add(noor(), owen(), mira())
    ids = dict(std.world.sql("SELECT first_name, group_census_member_id FROM book.census_member"))
    wrong = {"FullTimeEquivalent": 10}
    link = {} if of_whom is None else {"PrimaryMemberSource": of_whom}
    renamed = {"SourceSystemIdentifier": "P2"} if of_whom == "P2" else {}
    done = std.update(
        {"Id": ids["Noor"], **wrong}, {"Id": ids["Owen"], **wrong, **renamed},
        {"Id": ids["Mira"], "Lastname": "Ray", **link},
        by_id=True,
    )  # fmt: skip
    assert done.member_ids == [ids["Mira"]]
    found = std.world.sql(
        "SELECT last_name, primary_member_id, family_id FROM book.census_member WHERE first_name = 'Mira'"
    )
    assert found == [("Ray", ids[whose], ids[whose])]


@pytest.mark.rule("CM-56", "CV-9")
def test_a_primary_named_by_its_id_is_taken_though_its_own_row_is_refused(std: StdDoor) -> None:
    std.add(noor(), owen(), mira())
    ids = dict(std.world.sql("SELECT first_name, group_census_member_id FROM book.census_member"))
    moved = {"Id": ids["Mira"], "PrimaryGroupCensusMemberId": ids["Owen"]}
    assert std.update({"Id": ids["Owen"], "FullTimeEquivalent": 10}, moved, by_id=True).member_ids == [ids["Mira"]]
    found = std.world.sql(
        "SELECT primary_member_id, primary_member_source FROM book.census_member WHERE first_name = 'Mira'"
    )
    assert found == [(ids["Owen"], "P1")]


@pytest.mark.rule("OB-1", "CV-19")
def test_a_primary_found_by_the_std_key_never_becomes_a_dependent(std: StdDoor) -> None:
    """That key is made of names and mail (conventions, 3), so it finds a primary whatever the row says it is."""
    std.add(noor(Email="n@example.org"), owen(), mira())
    done = std.add(
        {**noor(Email="n@example.org"), "RelationshipToPrimaryMember": "Spouse", "PrimaryMemberSource": "P1"}
    )
    says = "[AssociationWithPrimaryMbr]: INVALID_FIELD_FOR_INSERT_UPDATE - Association With Primary Mbr: "
    assert errors(done) == [("Noor", f"{says}field cannot be changed")]
    roles = std.world.sql("SELECT first_name, association FROM book.census_member ORDER BY group_census_member_id")
    assert roles == [("Noor", "Self"), ("Owen", "Self"), ("Mira", "Child")]


@pytest.mark.rule("CM-40")
def test_a_field_counts_only_where_the_headers_name_it_key_and_id_always(std: StdDoor) -> None:
    done = std.add(
        noor(MemberKey="K1", City="Porto", Nonsense=7), named=["firstname", "Lastname", "SourceSystemIdentifier"]
    )
    assert done.errors == []
    assert std.stored("first_name", "city", "member_key") == [("Noor", None, "K1")]
    again = std.update({"Id": done.member_ids[0], "Lastname": "Saliba"}, named=["Lastname"], by_id=True)
    assert again.member_ids == done.member_ids
    assert std.stored("last_name") == [("Saliba",)]


@pytest.mark.rule("CM-40")
def test_a_header_that_is_no_field_refuses_the_rows_that_state_it(std: StdDoor) -> None:
    done = std.add(noor(Shoe="44"), owen(), named=["FirstName", "Lastname", "SourceSystemIdentifier", "Shoe"])
    assert errors(done) == [("Noor", "[Shoe]: INVALID_FIELD_FOR_INSERT_UPDATE - Shoe: no such field: 44")]
    assert std.stored() == [("Owen",)]


@pytest.mark.rule("CM-41", "CV-7", "CV-8", "CV-12")
def test_an_empty_relationship_or_self_is_a_primary_whatever_the_order_of_rows(std: StdDoor) -> None:
    done = std.add(mira(), owen(RelationshipToPrimaryMember="Self"), elias(), noor())
    assert done.errors == []
    _, _, _, noor_id = done.member_ids
    found = {row[0]: row[1:] for row in std.stored("first_name", "primary_member_id", "association", "dependent_count")}
    assert found == {
        "Noor": (None, "Self", 1),
        "Elias": (noor_id, "Spouse", None),
        "Mira": (noor_id, "Child", None),
        "Owen": (None, "Self", 0),
    }


@pytest.mark.rule("CM-42", "CV-25")
def test_the_key_of_name_and_mail_decides_between_insert_and_update(std: StdDoor) -> None:
    first = std.add(noor(Email="noor.haddad@example.org"))
    [(key,)] = std.stored("member_key")
    assert key == "4b22d9020db8103fa321ec1d8ca6d23b"  # the published vector of the Std default
    again = std.add(noor(Email="noor.haddad@example.org", City="Porto"))
    assert again.member_ids == first.member_ids
    other = std.add(noor(Email="n.haddad@example.org"))
    assert other.member_ids != first.member_ids
    assert std.stored("city") == [("Porto",), (None,)]


@pytest.mark.rule("CM-42", "CV-18")
def test_the_caller_s_own_fields_take_the_place_of_the_default_key(std: StdDoor) -> None:
    first = std.add(noor(Birthdate="1984-02-11"), duplicate_key=["lastname", "Birthdate"])
    again = std.add({**noor(Birthdate="1984-02-11"), "FirstName": "Nour"}, duplicate_key=["lastname", "Birthdate"])
    assert again.member_ids == first.member_ids
    assert std.stored() == [("Nour",)]
    assert "Shoe" in refusal(lambda: std.add(noor(), duplicate_key=["Shoe"]))


@pytest.mark.rule("CM-43", "WP-5")
def test_a_class_by_name_is_found_and_made_where_there_is_none(std: StdDoor) -> None:
    for call in (std.add, std.update, std.load):
        name = {"AccountId": "001A", "GroupClass.Name": "Salaried"}
        new = {"AccountId": "001A", "GroupClass.Name": f"Pilots {call.__name__}"}
        done = call(noor(MemberKey=f"N{call.__name__}", **name), owen(MemberKey=f"O{call.__name__}", **new))
        assert done.errors == []
        [(made,)] = std.world.sql(f"SELECT group_class_id FROM book.group_class WHERE name = 'Pilots {call.__name__}'")
        classes = [
            std.world.sql(f"SELECT group_class_id FROM book.census_member WHERE group_census_member_id = '{one}'")[0][0]
            for one in done.member_ids
        ]
        assert classes == [SALARIED, made]
    assert {row[0] for row in std.stored("person_account_id")} == {None}  # it was the account of the class


@pytest.mark.rule("CM-43", "CV-15")
def test_a_class_to_be_made_needs_the_account_and_dependents_take_the_primary_s(std: StdDoor) -> None:
    done = std.add(noor(**{"GroupClass.Name": "Pilots"}), owen(**{"GroupClass.Name": "hourly"}))
    assert errors(done) == [("Noor", "[AccountId]: REQUIRED_FIELD_MISSING - Account ID: required field missing")]
    assert std.stored("first_name", "group_class_id") == [("Owen", HOURLY)]
    std.add(noor(GroupClassId=SALARIED), elias(GroupClassId=HOURLY))
    assert std.stored("group_class_id")[1:] == [(SALARIED,), (SALARIED,)]


@pytest.mark.rule("CM-44", "CV-32")
@pytest.mark.parametrize(
    ("day", "is_valid"),
    [
        (None, True),
        ("2026-04-30", False),
        ("2026-05-01", True),  # first day of the class
        ("2026-09-30", True),  # last day of it
        ("2026-10-01", False),
    ],
)
def test_the_period_of_a_class_counts_where_a_day_is_asked_about(std: StdDoor, day: str | None, is_valid: bool) -> None:
    done = std.add(noor(GroupClassId=SEASONAL), quote_effective_date=day)
    assert errors(done) == ([] if is_valid else [("Noor", NO_CLASS)])


@pytest.mark.rule("CM-44")
def test_a_class_of_another_account_is_not_valid_with_or_without_a_day(std: StdDoor) -> None:
    std.world.run(
        "INSERT INTO book.group_class (group_class_id, account_id, name, modified_at)"
        " VALUES ('0rEB', '001B', 'B', now())"
    )
    for day in (None, "2026-05-01"):
        assert errors(std.add(noor(GroupClassId="0rEB"), quote_effective_date=day)) == [("Noor", NO_CLASS)]
    assert refusal(lambda: std.add(noor(), quote_effective_date="1 May")) == "Specify a date in yyyy-MM-dd format."
    assert refusal(lambda: std.add(noor(), quote_effective_date="2026-02-30")) == "Specify a date in yyyy-MM-dd format."


@pytest.mark.rule("CM-46", "CV-13")
def test_a_spouse_that_names_no_primary_is_an_orphan_and_the_rest_is_saved(std: StdDoor) -> None:
    done = std.add(noor(), elias(PrimaryMemberSource=None), mira())
    assert errors(done) == [("Elias", ORPHAN)]
    assert done.told()["result"] == "success"
    assert std.stored() == [("Noor",), ("Mira",)]


@pytest.mark.rule("CM-47", "CV-14")
def test_only_saved_primaries_are_counted(std: StdDoor) -> None:
    done = std.add(noor(), mira(), owen(Email="bad"), elias(SourceSystemIdentifier="x", FirstName="Ada"))
    assert (done.n_primaries, len(done.member_ids)) == (1, 3)
    assert std.stored("first_name", "dependent_count")[0] == ("Noor", 1)


@pytest.mark.rule("CM-48")
def test_opt_outs_are_plain_fields(std: StdDoor) -> None:
    std.add(noor(IsOptOutAllPlans=True, OptOutPlanTypes="Vision;Dental"))
    assert std.stored("is_opt_out_all_plans", "opt_out_plan_types") == [(True, "Vision;Dental")]
    assert std.world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


@pytest.mark.rule("CV-10")
def test_a_primary_that_names_a_primary_is_refused(std: StdDoor) -> None:
    says = "The PrimaryMemberSource must be null for primary members."
    assert errors(std.add(noor(PrimaryMemberSource="P1"), owen())) == [("Noor", says)]
    assert errors(std.update(noor(MemberKey="K1", PrimaryMemberSource="P1"), owen(MemberKey="K2"))) == [("Noor", says)]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        (
            "FullTimeEquivalent",
            10,
            "NUMBER_OUTSIDE_VALID_RANGE - Full Time Equivalent: value outside of valid range on numeric field: 10",
        ),
        (
            "Gender",
            "Blue",
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST - Gender: bad value for restricted picklist field: Blue",
        ),
        (
            "Birthdate",
            "13/10/1985",
            "INVALID_TYPE_ON_FIELD_IN_RECORD - Birthdate: value not of required type: 13/10/1985",
        ),
        ("Birthdate", "1899-12-31", "FIELD_CUSTOM_VALIDATION_EXCEPTION - Birthdate: date is before 1900: 1899-12-31"),
        ("City", "x" * 41, f"STRING_TOO_LONG - City: data value too large: {'x' * 41}"),
        (
            "PrimaryGroupCensusMemberId",
            "0r6none",
            "INVALID_CROSS_REFERENCE_KEY - Primary Group Census Member ID: invalid cross reference id: 0r6none",
        ),
        (
            "GroupCensusId",
            OTHER,
            f"INVALID_FIELD_FOR_INSERT_UPDATE - Group Census ID: field cannot be changed: {OTHER}",
        ),
        ("Lastname", "", "REQUIRED_FIELD_MISSING - Last Name: required field missing"),
    ],
)
def test_a_field_error_names_field_status_label_text_and_value(std: StdDoor, field: str, value: Any, says: str) -> None:
    done = std.add(mira(**{field: value}) if field.startswith("PrimaryGroup") else noor(**{field: value}))
    assert [error["error"] for error in done.errors] == [f"[{field}]: {says}"]


def test_all_faults_of_a_row_are_told_in_one_text(std: StdDoor) -> None:
    [error] = std.add(noor(Email="bad", Gender="Blue")).errors
    assert error["error"].count("; [") == 1
    assert "[Email]" in error["error"] and "[Gender]" in error["error"]


@pytest.mark.rule("CV-8", "CV-9")
def test_an_identifier_that_two_stored_primaries_have_names_neither_in_the_words_of_this_service(std: StdDoor) -> None:
    (first,) = std.add(noor()).member_ids
    std.add(noor(FirstName="Nora"))
    [error] = std.add(mira()).errors
    assert error["error"] == (
        "Several primaries have the SourceSystemIdentifier this dependent names."
        " Give PrimaryGroupCensusMemberId instead."
    )
    assert std.add(mira(PrimaryMemberSource=None, PrimaryGroupCensusMemberId=first)).errors == []


@pytest.mark.rule("CV-11")
def test_a_list_of_both_kinds_needs_an_identifier_for_each(std: StdDoor) -> None:
    done = std.add(noor(), mira(SourceSystemIdentifier=None), owen(SourceSystemIdentifier=None))
    says = "Give each member a unique SourceSystemIdentifier."
    assert errors(done) == [("Mira", says), ("Owen", says)]


@pytest.mark.rule("CM-50")
def test_by_key_a_member_is_matched_by_the_key_it_carries_and_names_can_be_corrected(std: StdDoor) -> None:
    first = std.add(noor(MemberKey="K1", Email="noor@example.org"))
    done = std.update({"MemberKey": "K1", "FirstName": "Nour", "Email": "nour@example.org"})
    assert done.member_ids == first.member_ids
    assert done.deleted_member_ids == []
    assert done.told()["deletedCensusMemberIds"] == []
    assert std.stored("first_name", "last_name", "email", "member_key") == [
        ("Nour", "Haddad", "nour@example.org", "K1")
    ]


@pytest.mark.rule("CM-50")
def test_by_key_a_member_without_one_is_refused(std: StdDoor) -> None:
    done = std.update(noor(), owen(MemberKey="K2"))
    assert errors(done) == [("Noor", "[MemberKey]: REQUIRED_FIELD_MISSING - Member Key: required field missing")]
    assert std.stored() == [("Owen",)]


@pytest.mark.rule("CM-51")
def test_a_key_that_matches_nothing_makes_a_member_of_that_key(std: StdDoor) -> None:
    done = std.update(noor(MemberKey="K9"))
    assert len(done.member_ids) == 1
    assert std.stored("first_name", "member_key") == [("Noor", "K9")]


@pytest.mark.rule("CM-52", "CV-32")
def test_by_key_the_rules_of_adding_hold(std: StdDoor) -> None:
    done = std.update(
        noor(MemberKey="K1", GroupClassId=SEASONAL),
        owen(MemberKey="K2", City="Porto", Shoe=1),
        elias(MemberKey="K3", PrimaryMemberSource=None),
        named=["FirstName", "Lastname", "SourceSystemIdentifier", "GroupClassId", "RelationshipToPrimaryMember"],
        quote_effective_date="2026-12-01",
    )
    assert errors(done) == [("Noor", NO_CLASS), ("Elias", ORPHAN)]
    assert std.stored("first_name", "city") == [("Owen", None)]


@pytest.mark.rule("CM-53")
def test_by_key_the_primary_of_a_dependent_is_in_the_list_or_named_by_id(std: StdDoor) -> None:
    noor_id, *_ = std.add(noor(MemberKey="K1"), mira(MemberKey="K2"), elias(MemberKey="K3")).member_ids
    other = owen(MemberKey="K4")
    assert errors(std.update(mira(MemberKey="K2"), other)) == [("Mira", ORPHAN)]
    by_id = mira(MemberKey="K2", PrimaryGroupCensusMemberId=noor_id, PrimaryMemberSource=None)
    assert std.update(by_id, other).errors == []
    assert std.update(mira(MemberKey="K2"), noor(MemberKey="K1"), other).errors == []
    assert std.update(mira(MemberKey="K2"), elias(MemberKey="K3")).errors == []  # no primary among them


@pytest.mark.rule("CM-54")
def test_by_id_a_member_without_one_is_told_and_the_others_are_saved(std: StdDoor) -> None:
    [owen_id] = std.add(owen()).member_ids
    done = std.update({"Id": owen_id, "Lastname": "Parks"}, {"Lastname": "NoId"}, by_id=True)
    assert done.member_ids == [owen_id]
    assert done.errors == [{"Lastname": "NoId", "error": "Specify Id of the census member."}]
    assert "deletedCensusMemberIds" not in done.told()
    assert std.stored("last_name") == [("Parks",)]


def test_by_id_an_id_of_another_census_is_unknown(std: StdDoor) -> None:
    [owen_id] = std.add(owen(), census_id=OTHER).member_ids
    done = std.update({"Id": owen_id, "FirstName": "Otto"}, by_id=True)
    assert errors(done) == [("Otto", f"[Id]: INVALID_CROSS_REFERENCE_KEY - ID: invalid cross reference id: {owen_id}")]
    assert std.stored() == [("Owen",)]


@pytest.mark.rule("CM-55")
def test_by_id_nobody_looks_for_orphans(std: StdDoor) -> None:
    noor_id, mira_id = std.add(noor(), mira()).member_ids
    done = std.update({"Id": mira_id, "PrimaryMemberSource": "nobody", "City": "Porto"}, by_id=True)
    assert done.errors == []
    assert std.stored("primary_member_id", "city")[1] == (noor_id, "Porto")


@pytest.mark.rule("CM-56", "CV-9")
def test_by_id_a_new_source_moves_the_dependent_and_an_id_goes_before_it(std: StdDoor) -> None:
    noor_id, mira_id, owen_id = std.add(noor(), mira(), owen()).member_ids
    assert std.update({"Id": mira_id, "PrimaryMemberSource": "P1"}, by_id=True).errors == []
    columns = "primary_member_id", "primary_member_source", "family_id"
    assert std.stored(*columns)[1] == (owen_id, "P1", owen_id)
    both = {"Id": mira_id, "PrimaryMemberSource": "P1", "PrimaryGroupCensusMemberId": noor_id}
    assert std.update(both, by_id=True).errors == []
    assert std.stored(*columns)[1] == (noor_id, "HR-501", noor_id)


@pytest.mark.rule("CM-57", "OB-3")
def test_by_id_a_source_on_a_primary_is_no_error_and_is_not_kept(std: StdDoor) -> None:
    noor_id, _ = std.add(noor(), owen()).member_ids
    done = std.update({"Id": noor_id, "PrimaryMemberSource": "P1", "City": "Porto"}, by_id=True)
    assert done.errors == []
    assert std.stored("city", "primary_member_source", "primary_member_id")[0] == ("Porto", None, None)


@pytest.mark.rule("CM-58", "CV-14")
@pytest.mark.parametrize("by_id", [False, True])
def test_dependents_of_the_primaries_in_the_list_are_counted_again(std: StdDoor, by_id: bool) -> None:
    noor_id, *_ = std.add(noor(MemberKey="K1"), mira(), elias()).member_ids
    std.world.run("UPDATE book.census_member SET dependent_count = 9 WHERE first_name = 'Noor'")
    done = std.update({"Id": noor_id, "MemberKey": "K1", "City": "Porto"}, by_id=by_id)
    assert done.n_primaries == 1
    assert std.stored("dependent_count")[0] == (1,)


def test_values_of_every_kind_are_stored_as_they_are_meant(std: StdDoor) -> None:
    std.add(
        noor(
            Birthdate="1984-02-11",
            FullTimeEquivalent=0.75,
            AnnualEligibleSalary=50000.5,
            IsPortalUser="true",
            JoinDate="2020-01-02",
        )
    )
    assert std.stored("birth_date", "full_time_equivalent", "annual_salary_cents", "is_portal_user", "join_date") == [
        (date(1984, 2, 11), 0.75, 5_000_050, True, date(2020, 1, 2))
    ]


def test_the_number_of_statements_does_not_depend_on_the_number_of_members(std: StdDoor) -> None:
    counts: list[int] = []
    for n in (1, 2, 200):  # the first id of a kind begins its counter, which is a statement of its own
        rows = [noor(FirstName=f"F{n}-{i}", SourceSystemIdentifier=f"{n}-{i}") for i in range(n)]
        bad = [owen(FirstName=f"B{n}-{i}", SourceSystemIdentifier=f"b{n}-{i}", Email="bad") for i in range(n)]
        with std.world.book.write() as tx:
            seen = watched(tx)
            census = {"headers": headers(*owen(), "Email"), "members": [*rows, *bad]}
            done = add_members(tx, CENSUS, census, scope=EVERYTHING, now=NOW)
        assert (len(done.member_ids), len(done.errors)) == (n, n)
        counts.append(len(seen))
    assert counts[1] == counts[2]


def test_no_python_is_called_for_each_member(std: StdDoor) -> None:
    counts: list[int] = []
    for n in (30, 30, 300):  # the first call warms up
        rows = [noor(FirstName=f"F{n}-{i}", SourceSystemIdentifier=f"{n}-{i}") for i in range(n)]
        bad = [owen(FirstName=f"B{n}-{i}", SourceSystemIdentifier=f"b{n}-{i}", Email="bad") for i in range(n)]
        census = {"headers": headers(*owen(), "Email"), "members": [*rows, *bad]}
        with std.world.book.write() as tx:
            calls = 0

            def count(_frame: Any, event: str, _arg: Any) -> None:
                nonlocal calls
                calls += event == "call"

            sys.setprofile(count)
            try:
                done = add_members(tx, CENSUS, census, scope=EVERYTHING, now=NOW)
                done.told()
            finally:
                sys.setprofile(None)
        assert len(done.errors) == n
        counts.append(calls)
    # At 10 times the rows a constant more: far less than one call a row.
    assert counts[2] - counts[1] < 100
