"""What one person must satisfy: each rule from both sides."""

from datetime import date
from typing import Any

import pytest

from tests.services.census_load.builder import World, a_file, landed, person


def codes(world: World, **more: Any) -> list[str]:
    """The codes that one primary with these fields is refused or warned for."""
    outcome = world.load(landed(a_file(person("Noor", **more))))
    return outcome.issues["code"].to_list()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"birth_date": date(2026, 11, 21)}, "birth_date_in_future"),
        ({"birth_date": date(1899, 12, 31)}, "birth_date_too_early"),
        ({"annual_salary_cents": -1}, "negative_pay"),
        ({"full_time_equivalent": 10.0}, "fte_out_of_range"),
        ({"full_time_equivalent": -0.1}, "fte_out_of_range"),
        ({"email": "bad.address"}, "bad_email"),
        ({"email": "two@@example.org"}, "bad_email"),
        ({"gender": "F"}, "unknown_gender"),
        ({"smoker_status": "Y"}, "unknown_smoker_status"),
        ({"stated_tier": "EE9"}, "unknown_tier"),
        ({"opt_out_plan_types": "Dental;Pet"}, "unknown_opt_out_type"),
        ({"join_date": date(2026, 2, 1), "termination_date": date(2026, 1, 31)}, "dates_out_of_order"),
        ({"policy_start_date": date(2026, 2, 1), "policy_end_date": date(2026, 1, 1)}, "dates_out_of_order"),
        ({"birth_date": date(2000, 1, 1), "join_date": date(1999, 12, 31)}, "dates_out_of_order"),
        ({"city": "x" * 41}, "text_too_long"),
        ({"source_system_identifier": "x" * 256}, "text_too_long"),
        ({"relationship": "Child"}, "association_contradicts"),
        ({"relationship": "Cousin"}, "unknown_relationship"),
        ({"primary_member_source": "HR-9"}, "source_on_primary"),
        ({"primary_group_census_member_id": "0r6X"}, "source_on_primary"),
    ],
)
@pytest.mark.rule("CM-15", "CM-13", "CV-6", "CV-10", "OB-7", "CV-22")
def test_a_person_that_breaks_a_rule_is_refused_with_its_code(world: World, fields: dict[str, Any], code: str) -> None:
    found = codes(world, **fields)

    assert code in found
    assert world.members() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"birth_date": date(2000, 2, 29)},
        {"birth_date": date(1900, 1, 1)},
        {"annual_salary_cents": 0},
        {"full_time_equivalent": 9.9},
        {"full_time_equivalent": 0.0},
        {"email": "noor.haddad@example.org"},
        {"gender": "Unknown", "smoker_status": "Non-Smoker", "stated_tier": "FAM"},
        {"opt_out_plan_types": "Dental;Vision"},
        {"join_date": date(2026, 2, 1), "termination_date": date(2026, 2, 1)},
        {"city": "x" * 40},
        {"relationship": "Self"},
        {"source_system_identifier": "HR-9", "primary_member_source": "HR-9"},
    ],
)
@pytest.mark.rule("CM-15", "CM-13", "CV-6", "CV-10", "OB-7")
def test_a_person_at_the_edge_of_a_rule_is_accepted(world: World, fields: dict[str, Any]) -> None:
    assert codes(world, **fields) == []
    assert world.members() == [("Noor",)]


@pytest.mark.rule("CV-22")
def test_an_issue_carries_the_published_code_and_the_heading_of_the_file(world: World) -> None:
    outcome = world.load(landed(a_file(person("Noor", birth_date=date(1850, 3, 1)))))

    issue = outcome.issues.row(0, named=True)
    assert issue["published_code"] == "SF-0001-0005"
    assert issue["message"] == "Specify a valid input for birthdate."
    assert (issue["column_name"], issue["raw_value"], issue["line_number"]) == ("Born", "1850-03-01", 2)
    assert (issue["scope"], issue["severity"]) == ("row", "error")


def test_missing_names_are_each_told(world: World) -> None:
    outcome = world.load(landed(a_file({"first_name": None, "last_name": " ", "association": "Self"})))

    assert sorted(outcome.issues["code"]) == ["first_name_missing", "last_name_missing"]
    assert set(outcome.issues["published_code"]) == {"SF-0001-0004"}


@pytest.mark.rule("CM-13")
def test_two_decimals_of_the_full_time_equivalent_are_kept(world: World) -> None:
    world.load(landed(a_file(person("Noor", full_time_equivalent=0.756))))

    assert world.members("full_time_equivalent") == [(0.76,)]


@pytest.mark.rule("CM-9")
def test_the_name_is_made_of_first_and_last_name(world: World) -> None:
    world.load(landed(a_file(person("Noor", "Haddad"))))

    assert world.members("name") == [("Noor Haddad",)]


@pytest.mark.rule("CV-6")
def test_association_and_relationship_are_copied_to_each_other(world: World) -> None:
    world.load(
        landed(
            a_file(
                person("Noor"),
                person("Elias", role=None, relationship="Domestic Partner"),
                person("Mira", role="Child"),
            )
        )
    )

    assert world.members("association", "relationship") == [
        ("Self", "Self"),
        ("Spouse", "Domestic Partner"),
        ("Child", "Child"),
    ]


@pytest.mark.rule("CV-7")
def test_a_person_without_association_and_link_is_a_primary(world: World) -> None:
    world.load(landed(a_file(person("Noor", role=None, no_link=True))))

    assert world.members("association", "member_type") == [("Self", "Primary")]


@pytest.mark.rule("CV-7")
def test_a_person_with_a_link_and_without_association_is_refused(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(
                person("Noor", source_system_identifier="HR-1"), person("Mira", role=None, primary_member_source="HR-1")
            )
        )
    )

    assert outcome.issues["code"].to_list() == ["association_missing"]
    assert world.members() == [("Noor",)]


def test_a_very_young_employee_is_accepted_with_a_warning(world: World) -> None:
    outcome = world.load(
        landed(a_file(person("Noor", birth_date=date(2020, 1, 1)), person("Lea", birth_date=date(2012, 1, 1))))
    )

    assert outcome.issues.select("code", "severity", "line_number").rows() == [("primary_very_young", "warning", 2)]
    assert len(world.members()) == 2


def test_a_row_the_intake_faulted_collects_no_follow_ups(world: World) -> None:
    """A ragged row has no name and no employee because it was not read; a cell that is too long is not missing."""
    fault = {"file_no": 0, "person_no": 0, "raw_value": "x", "message": "m", "hint": "h", "severity": "error"}
    outcome = world.load(
        landed(
            a_file(
                person("Noor"),
                {"first_name": None, "last_name": None, "association": None, "primary_member_source": "HR-9"},
                person("Elias", last=None, role="Spouse", email="nowhere"),
            ),
            faults=[
                {**fault, "person": 1, "line_number": 3, "code": "ragged_row", "column_name": None},
                {**fault, "person": 2, "line_number": 4, "code": "cell_too_long", "column_name": "Last"},
            ],
        )
    )

    assert outcome.issues.select("line_number", "code", "column_name").rows() == [
        (3, "ragged_row", None),
        (4, "cell_too_long", "Last"),
        (4, "bad_email", "email"),
    ]


def test_a_plan_of_an_unknown_type_is_refused_without_its_person(world: World) -> None:
    fault = {
        "person": 0, "file_no": 0, "line_number": 2, "person_no": 0, "column_name": "Plan Type", "raw_value": "Pets",
        "code": "unknown_plan_type", "severity": "error", "message": "m", "hint": "h",
    }  # fmt: skip
    outcome = world.load(landed(a_file(person("Noor")), faults=[fault]))

    assert outcome.issues.select("scope", "published_code").rows() == [("plan", "SF-0001-0005")]
    assert world.members() == [("Noor",)]


def test_faults_of_the_intake_refuse_or_warn(world: World) -> None:
    fault = {"file_no": 0, "column_name": "Born", "raw_value": "01/02/03", "message": "m", "hint": "h", "person_no": 0}
    outcome = world.load(
        landed(
            a_file(person("Noor"), person("Lea"), person("Owen")),
            faults=[
                {**fault, "person": 0, "line_number": 2, "code": "ambiguous_date", "severity": "error"},
                {**fault, "person": 1, "line_number": 3, "code": "zeros_restored", "severity": "warning"},
                {**fault, "person": None, "line_number": 4, "code": "ragged_row", "severity": "error"},
                {
                    **fault,
                    "person": None,
                    "line_number": None,
                    "person_no": None,
                    "code": "century_assumed",
                    "severity": "warning",
                },
            ],
        )
    )

    assert world.members() == [("Lea",)]
    told = outcome.issues.select("code", "scope", "published_code").rows()
    assert told == [
        ("century_assumed", "file", None),
        ("ambiguous_date", "row", "SF-0001-0003"),
        ("zeros_restored", "row", None),
        ("ragged_row", "row", None),
    ]
    assert world.sql("SELECT line_number, outcome FROM raw.census_person ORDER BY 1") == [
        (2, "refused"),
        (3, "accepted"),
        (4, "refused"),
    ]


def test_the_social_security_number_is_kept_as_a_keyed_hash_only(world: World) -> None:
    world.load(landed(a_file(person("Noor", ssn="123-45-6789"), person("Lea", ssn="123456789"), person("Owen"))))

    hashes = [row[0] for row in world.members("ssn_hash")]
    assert hashes[0] == hashes[1] and hashes[2] is None and len(hashes[0]) == 64
    key = world.book.path.with_name(world.book.path.name + ".key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert b"123456789" not in world.book.path.read_bytes() and b"123-45-6789" not in world.book.path.read_bytes()


def test_the_same_number_under_another_key_has_another_hash(world: World) -> None:
    world.load(landed(a_file(person("Noor", ssn="123-45-6789"))), ssn_key="one")
    first = world.members("ssn_hash")
    world.load(landed(a_file(person("Noor", ssn="123-45-6789"))), ssn_key="two")

    assert world.members("ssn_hash") != first
