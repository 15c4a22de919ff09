"""Merge, replace, strict, dry run, and loading the same file twice."""

from datetime import date

import pytest

from services.refusals import NotFound
from tests.services.census_load.builder import LATER, OTHER, World, a_file, landed, person

BAD = {"birth_date": date(1850, 1, 1)}
FAMILY = (
    person("Noor", class_name="Hourly", plans={"Vision": "ClearSight"}),
    person("Elias", role="Spouse", plans={"Vision": "ClearSight"}),
)
OWEN = person("Owen", "Park", class_name="Hourly", plans={"Dental": "Smile Basic"})
EVERYTHING = (
    "book.census_member",
    "book.member_plan",
    "book.census_summary",
    "book.group_census",
    "book.census_issue",
    "book.census_load",
    "book.member_before",
    "book.member_plan_before",
    "raw.census_file",
    "raw.census_row",
    "raw.census_person",
    "book.id_counter",
)


@pytest.mark.rule("CV-25", "BC-8")
def test_loading_the_same_file_twice_changes_nothing(world: World) -> None:
    landing = landed(a_file(*FAMILY, OWEN, person("Bad", **BAD), person("", skip="blank_row")))
    world.load(landing)
    before = world.state()
    outcome = world.load(landing, now=LATER)

    assert world.state() == before
    assert outcome.per_census.select(
        "n_unchanged", "n_created", "n_changed", "n_refused", "n_skipped", "census_version"
    ).rows() == [(3, 0, 0, 1, 1, 1)]
    assert world.sql("SELECT census_version FROM book.census_load ORDER BY 1") == [(1,), (1,)]
    assert world.sql("SELECT count(*) FROM raw.census_file") == [(1,)]


@pytest.mark.rule("CM-1", "BC-13")
def test_merge_leaves_missing_members_and_lists_them(world: World) -> None:
    world.load(landed(a_file(*FAMILY, OWEN)))
    outcome = world.load(landed(a_file(OWEN)), now=LATER)

    assert world.members() == [("Noor",), ("Elias",), ("Owen",)]
    assert outcome.per_census["n_missing"].to_list() == [2]
    assert outcome.changes.select("what", "group_census_member_id").rows() == [
        ("missing", "0r6000000000000001"),
        ("missing", "0r6000000000000002"),
    ]


def test_replace_removes_missing_members_with_their_selections_and_keeps_their_image(world: World) -> None:
    world.load(landed(a_file(*FAMILY, OWEN)))
    outcome = world.load(landed(a_file(OWEN)), mode="replace", now=LATER)

    assert world.members() == [("Owen",)]
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(1,)]
    assert world.sql("SELECT first_name FROM book.member_before ORDER BY 1") == [("Elias",), ("Noor",)]
    assert world.sql("SELECT count(*) FROM book.member_plan_before") == [(2,)]
    assert outcome.per_census.select("n_removed", "n_missing", "n_selections_removed", "census_version").rows() == [
        (2, 0, 2, 2)
    ]
    assert outcome.changes["what"].to_list() == ["removed", "removed"]


def test_replace_of_one_census_leaves_others_alone(world: World) -> None:
    world.load(landed(a_file(*FAMILY), a_file(person("Lea"), census_id=OTHER)))
    world.load(landed(a_file(OWEN)), mode="replace", now=LATER)

    assert world.members() == [("Lea",), ("Owen",)]


def test_replace_keeps_members_whose_row_is_refused(world: World) -> None:
    world.load(landed(a_file(*FAMILY, OWEN)))
    world.load(landed(a_file(*FAMILY, {**OWEN, **BAD})), mode="replace", now=LATER)

    assert world.members() == [("Noor",), ("Elias",), ("Owen",)]


def test_replace_removes_nothing_when_the_file_was_not_read_or_nobody_accepted(world: World) -> None:
    world.load(landed(a_file(*FAMILY), a_file(person("Lea"), census_id=OTHER)))
    lost = a_file(fault_code="file_empty", fault_says="The file is empty.", fault_remedy="Export the census again.")
    outcome = world.load(landed(lost, a_file(person("New", **BAD), census_id=OTHER)), mode="replace", now=LATER)

    assert world.members() == [("Noor",), ("Elias",), ("Lea",)]
    assert outcome.issues.filter(severity="warning")["code"].to_list() == ["nothing_to_replace", "nothing_to_replace"]


def test_replace_removes_nobody_while_a_refused_row_names_nobody(world: World) -> None:
    """A row whose name cannot be read may be about anybody who seems to be missing."""
    world.load(landed(a_file(*FAMILY, OWEN)))
    fault = {
        "person": 2, "file_no": 0, "line_number": 4, "person_no": 0, "column_name": "First", "raw_value": "x",
        "code": "cell_too_long", "severity": "error", "message": "Too long.", "hint": "",
    }  # fmt: skip
    file = a_file(*FAMILY, {**OWEN, "first_name": None})
    outcome = world.load(landed(file, faults=[fault]), mode="replace", now=LATER)

    assert world.members() == [("Noor",), ("Elias",), ("Owen",)]
    assert outcome.per_census.select("n_missing", "n_removed").rows() == [(1, 0)]
    assert outcome.issues.filter(severity="warning").select("code", "line_number").rows() == [
        ("replace_held_back", None)
    ]
    once_more = world.load(landed(a_file(*FAMILY)), mode="replace", now=LATER)
    assert once_more.per_census["n_removed"].to_list() == [1]


def test_a_new_name_under_a_known_source_id_is_told_until_the_old_one_is_gone(world: World) -> None:
    noor = person("Noor", source_system_identifier="HR-1", class_name="Hourly")
    renamed = landed(a_file({**noor, "last_name": "Park"}, OWEN))
    world.load(landed(a_file(noor, OWEN)))
    for _ in range(2):
        outcome = world.load(renamed, now=LATER)
        assert outcome.issues.select("line_number", "code", "severity", "raw_value").rows() == [
            (2, "source_id_taken", "warning", "HR-1")
        ]
        assert outcome.per_census["n_missing"].to_list() == [1]
    assert world.members("first_name", "last_name") == [("Noor", "Haddad"), ("Owen", "Park"), ("Noor", "Park")]

    outcome = world.load(renamed, mode="replace", now=LATER)
    assert outcome.issues.is_empty()
    assert world.members("first_name", "last_name") == [("Owen", "Park"), ("Noor", "Park")]


@pytest.mark.rule("CM-24")
def test_a_completed_enrollment_keeps_its_member_and_the_employee_of_it(world: World) -> None:
    world.load(landed(a_file(*FAMILY, OWEN)))
    world.run(
        "UPDATE book.member_plan SET enrollment_status = 'Completed' "
        "WHERE group_census_member_id = '0r6000000000000002'"
    )
    outcome = world.load(landed(a_file(person("Lea", class_name="Hourly"))), mode="replace", now=LATER)

    assert world.members() == [("Noor",), ("Elias",), ("Lea",)]
    assert outcome.issues.select("code", "published_code", "raw_value").rows() == [
        ("completed_enrollment", "GB-CEN-010", "0r6000000000000002")
    ]


def test_replace_keeps_a_missing_primary_that_a_row_of_the_file_names(world: World) -> None:
    world.load(landed(a_file(person("Noor", source_system_identifier="HR-1"), person("Owen", "Park"))))
    world.load(
        landed(a_file(person("Mira", role="Child", primary_member_source="HR-1", no_link=True))),
        mode="replace",
        now=LATER,
    )

    assert world.members() == [("Noor",), ("Mira",)]


def test_strict_refuses_the_whole_file_and_lets_other_censuses_go_on(world: World) -> None:
    outcome = world.load(
        landed(a_file(*FAMILY, person("Bad", **BAD)), a_file(person("Lea"), census_id=OTHER)), strict=True
    )

    assert world.members() == [("Lea",)]
    assert outcome.per_census.select("n_accepted", "n_refused", "census_version").rows() == [(0, 3, 0), (1, 0, 1)]
    assert outcome.issues["code"].to_list() == ["file_refused_strict", "file_refused_strict", "birth_date_too_early"]
    assert world.sql("SELECT count(*) FROM raw.census_row") == [(4,)]
    assert world.sql("SELECT count(*) FROM book.member_plan") == [(0,)]


def test_strict_counts_a_refused_plan_as_a_refused_row(world: World) -> None:
    people = (person("Noor", plans={"Vision": "No Such Plan"}), person("Owen", "Park"))
    outcome = world.load(
        landed(a_file(*people), a_file(person("Lea", plans={"Vision": "ClearSight"}), census_id=OTHER)), strict=True
    )

    assert world.members() == [("Lea",)]
    assert outcome.issues["code"].to_list() == ["plan_not_on_contract", "file_refused_strict", "file_refused_strict"]
    assert world.plans_of("Lea") == ["P003"]


def test_strict_keeps_the_warnings_and_amounts_of_the_other_censuses(world: World) -> None:
    lea = person("Lea", plans={"Vision": "ClearSight"}, amounts={"Vision": 100, "Dental": 100})
    outcome = world.load(
        landed(a_file(person("Noor", plans={"Vision": "No Such Plan"})), a_file(lea, census_id=OTHER)), strict=True
    )

    assert outcome.issues.filter(group_census_id=OTHER)["code"].to_list() == ["amount_without_plan"]
    assert world.sql("SELECT elected_amount_cents FROM book.member_plan") == [(100,)]


def test_strict_takes_a_file_without_fault(world: World) -> None:
    world.load(landed(a_file(*FAMILY, person("", skip="total_row"))), strict=True)

    assert len(world.members()) == 2


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_dry_run_tells_the_same_and_writes_nothing(world: World, mode: str) -> None:
    world.load(landed(a_file(*FAMILY, OWEN)))
    before = world.state(*EVERYTHING)
    second = landed(a_file({**OWEN, "city": "There"}, person("Lea", class_name="Hourly"), person("Bad", **BAD)))
    dry = world.load(second, mode=mode, now=LATER, dry_run=True)
    assert world.state(*EVERYTHING) == before

    wet = world.load(second, mode=mode, now=LATER)
    counts = [
        "n_created",
        "n_changed",
        "n_unchanged",
        "n_missing",
        "n_removed",
        "n_refused",
        "n_selections_added",
        "n_selections_removed",
    ]
    assert dry.per_census.select(counts).rows() == wet.per_census.select(counts).rows()
    assert dry.issues.drop("census_file_id").equals(wet.issues.drop("census_file_id"))
    assert sorted(dry.changes["what"]) == sorted(wet.changes["what"])
    assert dry.changes.filter(what="added")["group_census_member_id"].to_list() == [None]


def test_a_dry_run_makes_no_key_for_social_security_numbers(world: World) -> None:
    world.load(landed(a_file(person("Noor", ssn="123-45-6789"))), dry_run=True)
    assert not world.book.path.with_name(world.book.path.name + ".key").exists()

    world.load(landed(a_file(person("Noor", ssn="123-45-6789"))))
    dry = world.load(landed(a_file(person("Noor", ssn="123-45-6789"))), dry_run=True)
    assert dry.per_census["n_unchanged"].to_list() == [1]


def test_an_unknown_census_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.load(landed(a_file(person("Noor"), census_id="0rfNONE")))


def test_a_file_that_could_not_be_read_is_logged_with_its_reason(world: World) -> None:
    lost = a_file(
        sha=None, fault_code="file_empty", fault_says="The file is empty.", fault_remedy="Export the census again."
    )
    lost["sha256"] = None
    outcome = world.load(landed(lost, a_file(person("Lea"), census_id=OTHER)))

    assert outcome.issues.select("scope", "code", "published_code", "message").rows() == [
        ("file", "file_empty", "GB-BLK-003", "The file is empty.")
    ]
    assert outcome.per_census.select("n_rows", "n_persons").rows() == [(0, 0), (1, 1)]
    assert world.members() == [("Lea",)]


def test_a_second_file_of_another_content_keeps_the_rows_of_the_first(world: World) -> None:
    world.load(landed(a_file(*FAMILY)))
    world.load(landed(a_file(OWEN)), now=LATER)

    assert world.sql("SELECT count(*) FROM raw.census_file") == [(2,)]
    assert world.sql("SELECT count(*) FROM raw.census_row") == [(3,)]


def test_the_same_bytes_twice_in_one_load_are_two_files(world: World) -> None:
    twin = a_file(OWEN, sha="same")
    for now in (LATER, LATER):
        outcome = world.load(landed(twin, {**twin, "file_name": "copy.csv"}), now=now)
        assert outcome.issues["code"].to_list() == ["duplicate_row"]
    assert world.sql("SELECT count(*) FROM raw.census_file") == [(2,)]
    assert world.members() == [("Owen",)]


def test_nothing_at_all_is_a_load_of_nothing(world: World) -> None:
    outcome = world.load(landed())

    assert outcome.per_census.is_empty() and outcome.issues.is_empty() and outcome.changes.is_empty()


def test_a_load_that_fails_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.state(*EVERYTHING)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("services.summary.sync", broken)
    with pytest.raises(RuntimeError):
        world.load(landed(a_file(*FAMILY)))
    assert world.state(*EVERYTHING) == before
