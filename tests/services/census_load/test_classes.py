"""Group classes: looked up, inherited, kept, and checked against the contract."""

import pytest

from tests.services.census_load.builder import HOURLY, LATER, NOW, SALARIED, World, a_file, landed, person


@pytest.mark.rule("CM-10")
def test_a_class_is_found_by_name_whatever_its_case_and_blanks(world: World) -> None:
    world.load(landed(a_file(person("Noor", class_name=" salaried "))))

    assert world.members("group_class_id") == [(SALARIED,)]


@pytest.mark.rule("CM-10")
def test_an_unknown_class_refuses_the_primary(world: World) -> None:
    outcome = world.load(landed(a_file(person("Noor", class_name="Pirates"), person("Lea", class_name="Hourly"))))

    assert outcome.issues.select("code", "published_code", "message", "raw_value").rows() == [
        ("unknown_class", "SF-0001-0005", "Specify a valid input for groupClassName.", "Pirates")
    ]
    assert world.members() == [("Lea",)]


@pytest.mark.rule("CV-15", "BC-24", "OB-4")
def test_dependents_have_the_class_of_their_primary_whatever_they_say(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(
                person("Noor", class_name="Salaried"),
                person("Elias", role="Spouse", class_name="Hourly"),
                person("Mira", role="Child", class_name="Pirates"),
            )
        )
    )

    assert outcome.issues.is_empty()
    assert world.members("group_class_id") == [(SALARIED,)] * 3


@pytest.mark.rule("CV-16")
def test_the_class_of_a_known_member_cannot_change_but_may_be_said_again(world: World) -> None:
    world.load(landed(a_file(person("Noor", class_name="Salaried"), person("Lea", class_name="Hourly"))))
    outcome = world.load(
        landed(a_file(person("Noor", class_name="Hourly", city="There"), person("Lea", class_name="Hourly"))), now=LATER
    )

    assert outcome.issues.select("code", "message").rows() == [
        ("class_change", "Group class can't be changed for an existing member.")
    ]
    assert world.members("group_class_id", "city") == [(SALARIED, None), (HOURLY, None)]


def test_a_duplicate_with_another_class_is_a_duplicate_only_whenever_it_is_loaded(world: World) -> None:
    file = landed(a_file(person("Noor", class_name="Hourly"), person("Noor", class_name="Salaried")))
    for moment in (NOW, LATER):
        assert world.load(file, now=moment).issues.select("line_number", "code").rows() == [(3, "duplicate_row")]


def test_a_first_class_is_no_change_and_reaches_dependents_of_the_book(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Mira", role="Child"))))
    outcome = world.load(landed(a_file(person("Noor", class_name="Hourly"))), now=LATER)

    assert outcome.issues.is_empty()
    assert world.members("group_class_id") == [(HOURLY,), (HOURLY,)]


@pytest.mark.rule("CV-17")
def test_a_census_where_only_some_have_a_class_is_told_once(world: World) -> None:
    outcome = world.load(landed(a_file(person("Noor", class_name="Hourly"), person("Lea"), person("Owen"))))
    assert outcome.issues.select("code", "scope", "severity").rows() == [("some_without_class", "file", "warning")]

    outcome = world.load(
        landed(a_file(person("Lea", class_name="Hourly"), person("Owen", class_name="Hourly"))), now=LATER
    )
    assert outcome.issues.is_empty()


@pytest.mark.rule("CV-32")
def test_a_class_outside_the_term_is_kept_with_a_warning_and_admits_to_no_linked_plan(world: World) -> None:
    outcome = world.load(
        landed(a_file(person("Noor", class_name="Seasonal", plans={"Dental": "Smile Basic", "Medical": "Harbor PPO"})))
    )

    assert outcome.issues["code"].to_list() == ["class_not_valid"]
    assert world.plans_of("Noor") == ["P001", "P004"]
    world.run(
        "INSERT INTO book.contract_plan_class (contract_plan_id, group_class_id)"
        " VALUES ('0rgGB000000P004AAA', '0rEGB000000K003AAA')"
    )
    outcome = world.load(
        landed(a_file(person("Lea", class_name="Seasonal", plans={"Dental": "Smile Basic"}))), now=LATER
    )
    assert outcome.issues["code"].to_list() == ["class_not_valid", "class_not_eligible"]
