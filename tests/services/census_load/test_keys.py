"""Member keys, duplicates in the files, and finding the same person again."""

import hashlib
from datetime import date

import pytest

from services.refusals import Malformed
from tests.services.census_load.builder import CENSUS, LATER, OTHER, World, a_file, landed, person


@pytest.mark.rule("CV-18")
def test_the_published_keys_come_out(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Elias", role="Spouse"), person("Mira", role="Child"))))

    assert world.members("first_name", "member_key") == [  # conventions, section 3, layout A
        ("Noor", "6b8c5895b5c2d00cad3c931dadceef72"),
        ("Elias", "1b1ac9c0d54997f151c247d45a232455"),
        ("Mira", "8c3225cfe4c4c2e626df79b6ef08ba58"),
    ]


@pytest.mark.rule("CV-18")
def test_an_added_email_stands_before_the_census_id(world: World) -> None:
    world.load(landed(a_file(person("Noor", email="noor.haddad@example.org"))), duplicate_fields=["Email", "FIRSTNAME"])

    assert world.members("member_key") == [
        ("625f0704fcfd34eab00834e97fd93bb3",)
    ]  # the 68.0 default of the same section


@pytest.mark.rule("CV-2", "CV-3")
def test_field_names_are_matched_without_case_and_unknown_ones_refused(world: World) -> None:
    people = landed(a_file(person("Noor", birth_date=date(1984, 2, 11)), person("Noor", birth_date=date(1990, 1, 1))))

    world.load(people, duplicate_fields=["birthDATE"])
    assert len(world.members()) == 2
    with pytest.raises(Malformed) as refused:
        world.load(people, duplicate_fields=["Shoesize"])
    assert refused.value.code == "SF-0001-0013"


@pytest.mark.rule("BC-6")
def test_the_first_of_two_rows_is_kept_and_the_later_refused_by_line(world: World) -> None:
    outcome = world.load(
        landed(a_file(person("Noor", city="Here"), person("Owen", "Park"), person("Noor", city="There")))
    )

    assert world.members("first_name", "city") == [("Noor", "Here"), ("Owen", None)]
    issue = outcome.issues.row(0, named=True)
    assert (issue["code"], issue["published_code"], issue["line_number"]) == ("duplicate_row", "GB-BLK-002", 4)
    assert issue["message"] == "Row 4 duplicates row 2."


@pytest.mark.rule("BC-6")
def test_duplicates_are_found_over_the_files_of_one_census_and_not_between_censuses(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(person("Noor"), name="a.csv"),
            a_file(person("Noor"), name="b.csv", census_id=OTHER),
            a_file(person("Noor"), name="c.csv"),
        )
    )

    assert outcome.issues.select("file_name", "message").rows() == [("c.csv", "Row 2 duplicates row 2 of a.csv.")]
    assert len(world.members()) == 2


def test_case_and_role_make_another_person(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("noor"), person("Noor", role="Child"))))

    assert len(world.members()) == 3


@pytest.mark.rule("CV-19", "CM-4", "BC-8")
def test_a_known_person_is_updated_and_keeps_the_id(world: World) -> None:
    world.load(landed(a_file(person("Noor", city="Here", state="OH"))))
    before = world.members("group_census_member_id", "created_at")
    outcome = world.load(landed(a_file(person("Noor", city="There"))), now=LATER)

    assert world.members("group_census_member_id", "created_at") == before
    assert world.members("city", "state", "modified_at", "line_number") == [("There", "OH", LATER, 2)]
    assert outcome.per_census.select("n_created", "n_changed", "n_unchanged").rows() == [(0, 1, 0)]


@pytest.mark.rule("BC-51")
def test_a_blank_cell_leaves_the_stored_value(world: World) -> None:
    world.load(landed(a_file(person("Noor", city="Here", is_disabled=True, is_opt_out_all_plans=True))))
    world.load(landed(a_file(person("Noor", state="OH"))), now=LATER)

    assert world.members("city", "state", "is_disabled", "is_opt_out_all_plans") == [("Here", "OH", True, True)]


@pytest.mark.rule("CV-21")
def test_a_given_key_is_used_and_stored_as_it_is(world: World) -> None:
    world.load(landed(a_file(person("Noor", member_key="HR-1"))))
    world.load(landed(a_file(person("Nora", member_key="HR-1"))), now=LATER)

    assert world.members("first_name", "name", "member_key") == [("Nora", "Nora Haddad", "HR-1")]


@pytest.mark.rule("CV-20", "CM-5")
def test_a_person_named_by_id_may_change_the_name_and_gets_a_new_key(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Lea"))))
    (noor,), (lea,) = world.members("group_census_member_id")
    world.load(landed(a_file(person("Nora", group_census_member_id=noor))), now=LATER)
    assert ("Nora", "Nora Haddad") in world.members("first_name", "name")

    outcome = world.load(landed(a_file(person("Nora", group_census_member_id=lea))), now=LATER)
    assert "key_taken" in outcome.issues["code"].to_list()
    assert sorted(world.members()) == [("Lea",), ("Nora",)]


@pytest.mark.rule("CM-5")
def test_an_id_of_no_member_of_the_census_is_refused(world: World) -> None:
    world.load(landed(a_file(person("Noor"), census_id=OTHER)))
    (other,) = world.members("group_census_member_id")[0]
    outcome = world.load(landed(a_file(person("Noor", group_census_member_id=other))), now=LATER)

    assert outcome.issues.select("code", "published_code").rows() == [("unknown_member_id", "SF-0001-0005")]
    assert world.sql(f"SELECT count(*) FROM book.census_member WHERE group_census_id = '{CENSUS}'") == [(0,)]


def test_two_rows_for_one_stored_member_are_duplicates(world: World) -> None:
    world.load(landed(a_file(person("Noor"))))
    (noor,) = world.members("group_census_member_id")[0]
    outcome = world.load(
        landed(a_file(person("Nora", group_census_member_id=noor), person("Noor", city="There"))), now=LATER
    )

    assert outcome.issues["code"].to_list() == ["duplicate_row"]
    assert world.members() == [("Nora",)]


def test_a_primary_cannot_become_a_dependent(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Lea"))))
    lea = world.members("group_census_member_id")[1][0]
    outcome = world.load(
        landed(a_file(person("Noor"), person("Lea", role="Child", group_census_member_id=lea))), now=LATER
    )

    assert "role_change" in outcome.issues["code"].to_list()
    assert world.members("association") == [("Self",), ("Self",)]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.rule("CV-20", "CV-18", "BC-51")
@pytest.mark.parametrize("again", [("Birthdate",), ()])
def test_a_person_named_by_id_gets_a_new_key_when_another_field_of_it_changes(
    world: World, again: tuple[str, ...]
) -> None:
    """The stored key was made with the birth date, whatever the later load asks for."""
    world.load(landed(a_file(person("Noor", birth_date=date(1984, 2, 11)))), duplicate_fields=["Birthdate"])
    (noor, key) = world.members("group_census_member_id", "member_key")[0]
    assert key == md5("Self,Noor,Haddad,0rfGB000000C001AAA,1984-02-11,")
    named = {"group_census_member_id": noor}

    blank = landed(a_file(person("Noor", city="There", birth_date=None, **named)))
    assert world.load(blank, now=LATER, duplicate_fields=again).issues.is_empty()
    assert world.members("city", "member_key") == [("There", key)]

    other = landed(a_file(person("Noor", birth_date=date(1985, 2, 11), **named)))
    assert world.load(other, now=LATER, duplicate_fields=again).issues.is_empty()
    assert world.members("member_key") == [(md5("Self,Noor,Haddad,0rfGB000000C001AAA,1985-02-11,"),)]

    # So the same person without the id is found, and no second one is made (CV-19).
    found = landed(a_file(person("Noor", birth_date=date(1985, 2, 11))))
    assert world.load(found, now=LATER, duplicate_fields=["Birthdate"]).per_census["n_created"].to_list() == [0]


@pytest.mark.rule("CV-21")
def test_a_key_of_the_caller_s_own_outlives_a_change_by_id(world: World) -> None:
    world.load(landed(a_file(person("Noor", member_key="HR-1"))))
    (noor,) = world.members("group_census_member_id")[0]
    world.load(landed(a_file(person("Nora", group_census_member_id=noor))), now=LATER)
    assert world.members("first_name", "member_key") == [("Nora", "HR-1")]
