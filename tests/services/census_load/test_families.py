"""Links, orphans, families of a refused primary, spouses, and the columns that follow from the family."""

from datetime import date

import pytest

from tests.services.census_load.builder import LATER, OTHER, World, a_file, landed, person

BAD = {"birth_date": date(1850, 1, 1)}
VISION = {"Vision": "ClearSight"}


def families(world: World) -> dict[str, str | None]:
    """First name of each member to the first name of its primary."""
    found = world.sql(
        "SELECT m.first_name, p.first_name FROM book.census_member AS m LEFT JOIN book.census_member AS p "
        "ON p.group_census_member_id = m.primary_member_id"
    )
    return dict(found)


@pytest.mark.rule("CV-8", "BC-22", "CV-12")
def test_dependents_hang_from_the_primary_above_them(world: World) -> None:
    world.load(
        landed(
            a_file(
                person("Noor"),
                person("Elias", role="Spouse"),
                person("Mira", role="Child"),
                person("Owen", "Park"),
                person("Pia", "Park", "Child"),
            )
        )
    )

    assert families(world) == {"Noor": None, "Elias": "Noor", "Mira": "Noor", "Owen": None, "Pia": "Owen"}
    assert world.sql(
        "SELECT count(*) FROM book.census_member WHERE family_id = coalesce(primary_member_id, group_census_member_id)"
    ) == [(5,)]


@pytest.mark.rule("CV-8", "BC-22")
def test_a_source_link_beats_position_and_finds_primaries_of_the_book_and_of_other_files(world: World) -> None:
    world.load(landed(a_file(person("Noor", source_system_identifier="HR-1"))))
    world.load(
        landed(
            a_file(
                person("Owen", "Park", source_system_identifier="HR-2"),
                person("Mira", role="Child", primary_member_source="HR-1"),
                name="a.csv",
            ),
            a_file(person("Pia", "Park", "Child", primary_member_source="HR-2", no_link=True), name="b.csv"),
        ),
        now=LATER,
    )

    assert families(world) == {"Noor": None, "Owen": None, "Mira": "Noor", "Pia": "Owen"}


@pytest.mark.rule("CV-9")
def test_the_id_of_a_stored_primary_wins_and_overwrites_the_source(world: World) -> None:
    world.load(
        landed(
            a_file(
                person("Noor", source_system_identifier="HR-1"), person("Owen", "Park", source_system_identifier="HR-2")
            )
        )
    )
    noor = world.members("group_census_member_id")[0][0]
    world.load(
        landed(a_file(person("Mira", role="Child", primary_group_census_member_id=noor, primary_member_source="HR-2"))),
        now=LATER,
    )

    assert families(world)["Mira"] == "Noor"
    assert world.sql("SELECT primary_member_source FROM book.census_member WHERE first_name = 'Mira'") == [("HR-1",)]


@pytest.mark.rule("CV-8", "OB-1")
def test_a_primary_id_must_be_a_primary_of_the_same_census(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Elias", role="Spouse")), a_file(person("Owen"), census_id=OTHER)))
    ids = dict(world.members("first_name", "group_census_member_id"))
    outcome = world.load(
        landed(
            a_file(
                person("Mira", role="Child", primary_group_census_member_id=ids["Elias"]),
                person("Sami", role="Child", primary_group_census_member_id=ids["Owen"]),
                person("Lea", role="Child", primary_group_census_member_id=ids["Noor"]),
            )
        ),
        now=LATER,
    )

    assert outcome.issues.select("code", "line_number").rows() == [("unknown_primary", 2), ("unknown_primary", 3)]
    assert families(world)["Lea"] == "Noor"


@pytest.mark.rule("CV-13", "BC-22")
def test_a_dependent_without_primary_is_an_orphan(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(
                person("Mira", role="Child"),
                person("Noor"),
                person("Sami", role="Child", primary_member_source="HR-404"),
            )
        )
    )

    assert outcome.issues.select("code", "published_code", "message", "line_number").rows() == [
        ("orphan_dependent", "GB-CEN-003", "Dependent has no primary member.", 2),
        ("orphan_dependent", "GB-CEN-003", "Dependent has no primary member.", 4),
    ]
    assert world.members() == [("Noor",)]


@pytest.mark.rule("CV-13", "BC-9")
def test_a_refused_primary_refuses_its_family_and_a_refused_dependent_only_itself(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(
                person("Noor", **BAD), person("Elias", role="Spouse"), person("Mira", role="Child", **BAD),
                person("Owen", "Park"), person("Pia", "Park", "Child", **BAD), person("Ben", "Park", "Child"),
            )
        )
    )  # fmt: skip

    assert families(world) == {"Owen": None, "Ben": "Owen"}
    by_line = outcome.issues.group_by("line_number", maintain_order=True).agg("code").rows()
    assert by_line == [
        (2, ["birth_date_too_early"]),
        (3, ["primary_refused"]),
        (4, ["birth_date_too_early", "primary_refused"]),
        (6, ["birth_date_too_early"]),
    ]


def test_a_second_spouse_is_refused_and_a_partner_counts_as_one(world: World) -> None:
    outcome = world.load(
        landed(
            a_file(
                person("Noor"),
                person("Elias", role="Spouse"),
                person("Sam", role=None, relationship="Domestic Partner"),
            )
        )
    )

    assert outcome.issues.select("code", "line_number").rows() == [("second_spouse", 4)]
    assert world.members() == [("Noor",), ("Elias",)]


def test_a_refused_spouse_leaves_room_for_the_next(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Elias", role="Spouse", **BAD), person("Sam", role="Spouse"))))

    assert world.members() == [("Noor",), ("Sam",)]


def test_a_stored_spouse_comes_before_a_new_one(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Elias", role="Spouse"))))
    outcome = world.load(
        landed(a_file(person("Noor"), person("Sam", role="Spouse"), person("Elias", role="Spouse"))), now=LATER
    )
    assert outcome.issues.select("code", "line_number").rows() == [("second_spouse", 3)]

    outcome = world.load(landed(a_file(person("Noor"), person("Sam", role="Spouse"))), now=LATER)
    assert outcome.issues["code"].to_list() == ["second_spouse"]
    assert world.members() == [("Noor",), ("Elias",)]


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_stored_spouse_whose_row_is_refused_still_takes_the_place(world: World, mode: str) -> None:
    world.load(landed(a_file(person("Noor"), person("Elias", role="Spouse"))))
    outcome = world.load(
        landed(a_file(person("Noor"), person("Elias", role="Spouse", **BAD), person("Sam", role="Spouse"))),
        mode=mode,
        now=LATER,
    )

    assert outcome.issues.select("line_number", "code").rows() == [(3, "birth_date_too_early"), (4, "second_spouse")]
    assert world.members() == [("Noor",), ("Elias",)]


def test_a_spouse_that_replace_must_keep_takes_the_place_of_another(world: World) -> None:
    world.load(landed(a_file(person("Noor", plans=VISION), person("Elias", role="Spouse", plans=VISION))))
    world.run("UPDATE book.member_plan SET enrollment_status = 'Completed'")
    outcome = world.load(landed(a_file(person("Noor"), person("Sam", role="Spouse"))), mode="replace", now=LATER)

    assert outcome.issues["code"].to_list() == ["completed_enrollment", "second_spouse"]
    assert world.members() == [("Noor",), ("Elias",)]


def test_replace_makes_room_for_another_spouse(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Elias", role="Spouse"))))
    outcome = world.load(landed(a_file(person("Noor"), person("Sam", role="Spouse"))), mode="replace", now=LATER)

    assert outcome.issues.is_empty()
    assert world.members() == [("Noor",), ("Sam",)]


@pytest.mark.rule("CV-14")
def test_dependent_count_leaves_out_spouses_and_others(world: World) -> None:
    roles = ["Spouse", "Child", "Parent", "Parent-in-law", "Other"]
    world.load(landed(a_file(person("Noor"), *(person(f"D{n}", role=role) for n, role in enumerate(roles)))))

    assert world.members("dependent_count") == [(3,), (None,), (None,), (None,), (None,), (None,)]


@pytest.mark.rule("CV-14", "BC-13")
def test_dependent_count_follows_later_loads_of_the_family_and_leaves_others_alone(world: World) -> None:
    world.load(
        landed(
            a_file(
                person("Noor", source_system_identifier="HR-1"), person("Mira", role="Child"), person("Owen", "Park")
            )
        )
    )
    world.run("UPDATE book.census_member SET dependent_count = 7 WHERE first_name = 'Owen'")
    world.load(landed(a_file(person("Sami", role="Child", primary_member_source="HR-1", no_link=True))), now=LATER)

    assert world.sql(
        "SELECT first_name, dependent_count, modified_at = TIMESTAMP '2026-11-21 12:00:00' "
        "FROM book.census_member WHERE dependent_count IS NOT NULL ORDER BY 1"
    ) == [
        ("Noor", 2, True),
        ("Owen", 7, False),
    ]


def test_a_dependent_that_moves_is_counted_with_the_new_primary(world: World) -> None:
    first = [person("Noor", source_system_identifier="HR-1"), person("Owen", "Park", source_system_identifier="HR-2")]
    world.load(landed(a_file(*first, person("Mira", role="Child", primary_member_source="HR-1"))))
    world.load(landed(a_file(person("Mira", role="Child", primary_member_source="HR-2", no_link=True))), now=LATER)

    assert families(world)["Mira"] == "Owen"
    assert world.members("first_name", "dependent_count")[:2] == [("Noor", 0), ("Owen", 1)]


def test_a_known_dependent_without_a_link_keeps_its_primary(world: World) -> None:
    world.load(landed(a_file(person("Noor"), person("Mira", role="Child"))))
    outcome = world.load(landed(a_file(person("Mira", role="Child", city="There"))), now=LATER)

    assert outcome.issues.is_empty()
    assert families(world)["Mira"] == "Noor"


@pytest.mark.rule("CV-8", "CV-13")
def test_a_source_that_two_stored_primaries_share_is_not_taken_for_the_older_s(world: World) -> None:
    """A household has one key and may have two employees; whose the dependent is, the key does not say."""
    both = [person("Noor", source_system_identifier="HR-1"), person("Owen", "Park", source_system_identifier="HR-1")]
    kid = person("Pia", "Park", "Child", primary_member_source="HR-1", no_link=True)
    world.load(landed(a_file(*both)))
    outcome = world.load(landed(a_file(kid)), now=LATER)

    told = outcome.issues.select("code", "published_code", "severity", "line_number").rows()
    assert told == [("primary_not_unique", "GB-CEN-005", "error", 2)]
    assert "Pia" not in families(world)

    # A known dependent of one of them stays with it, here with the younger one.
    owen = world.sql("SELECT group_census_member_id FROM book.census_member WHERE first_name = 'Owen'")[0][0]
    world.load(landed(a_file(person("Pia", "Park", "Child", primary_group_census_member_id=owen))), now=LATER)
    assert world.load(landed(a_file({**kid, "city": "There"})), now=LATER).issues.is_empty()
    assert families(world)["Pia"] == "Owen"
