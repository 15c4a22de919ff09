"""Refused rows handed back in their own columns, corrected, and loaded again through the real intake."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from services.intake.landing import CensusFile, Landing, land
from services.issues import census_issues
from services.refused import KEPT, OTHER_LINE, refused_rows, write_refused
from services.undo import undo_last_load
from tests.open_book import OpenBook
from tests.services.census_load.builder import CENSUS, LATER, World, a_world

HEADING = "First Name,Last Name,Relationship,Birth Date,Email,Vision"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("template")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> World:
    return World(OpenBook(shutil.copy(template, tmp_path / "groups.duckdb")))


def read(path: Path) -> Landing:
    return land([CensusFile(path, CENSUS, path.name, None, None, date(2026, 1, 1))])


def a_csv(folder: Path, *lines: str, heading: str = HEADING) -> Path:
    path = folder / "census.csv"
    path.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    return path


def written(world: World, folder: Path) -> list[list[str]]:
    with world.book.read() as tx:
        (path,) = write_refused(tx, [CENSUS], folder)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.rule("BC-10", "BC-11", "BC-3")
def test_refused_rows_are_corrected_and_loaded_again(world: World, tmp_path: Path) -> None:
    lines = [
        "Noor,Haddad,Self,1984-02-11,,ClearSight",
        "Elias,Haddad,Spouse,1850-06-02,,ClearSight",
        "Owen,Park,Self,1990-01-20,,",
        "Lea,Reed,Self,1991-01-20,,ClearSite",
        '"Ann ""A."", Jr.",Cole,Self,1992-01-20,nowhere,',
    ]
    world.load(read(a_csv(tmp_path, *lines)))
    rows = written(world, tmp_path / "refused")

    assert rows[0] == [*HEADING.split(","), "Errors"]
    assert [(row[0], row[-1] == KEPT) for row in rows[1:]] == [
        ("Noor", True),
        ("Elias", False),
        ("Lea", False),
        ('Ann "A.", Jr.', False),
    ]
    assert rows[2][-1].startswith("Birth Date: Specify a valid input for birthdate.")
    assert "ClearSite" in rows[3][-1] and rows[4][-1].startswith("Email: ")

    rows[2][3], rows[3][5], rows[4][4] = "1983-06-02", "ClearSight", "ann@example.org"
    with (tmp_path / "corrected.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    outcome = world.load(read(tmp_path / "corrected.csv"), now=LATER)

    assert outcome.issues.is_empty()
    assert [row[0] for row in world.members()] == ["Noor", "Owen", "Lea", "Elias", 'Ann "A.", Jr.']
    assert world.plans_of("Elias") == ["P003"] and world.plans_of("Lea") == ["P003"]
    with world.book.read() as tx:
        assert refused_rows(tx, [CENSUS]) == []


def test_cells_that_look_like_formulas_are_made_harmless_and_numbers_are_not(world: World, tmp_path: Path) -> None:
    world.load(
        read(
            a_csv(
                tmp_path,
                "=cmd|' /C calc'!A1,Haddad,Self,1850-01-01,,",
                "Noor,Haddad,Self,1850-01-01,,+1 (555) 01",
                "@x,-y,Self,1850-01-01,-12.5,",
            )
        )
    )
    rows = written(world, tmp_path / "refused")

    assert rows[1][0] == "'=cmd|' /C calc'!A1"
    assert rows[2][5] == "+1 (555) 01"
    assert rows[3][:2] == ["'@x", "'-y"] and rows[3][4] == "-12.5"


def test_repeated_and_missing_cells_keep_their_places(world: World, tmp_path: Path) -> None:
    world.load(
        read(
            a_csv(
                tmp_path,
                "Noor,Haddad,Self,1850-01-01,a,b,c",
                "Lea,Reed,Self",
                heading="First Name,Last Name,Relationship,Birth Date,Note,Note",
            )
        )
    )
    with world.book.read() as tx:
        ((name, header, frame),) = refused_rows(tx, [CENSUS])

    assert name == "census.csv"
    assert header == ["First Name", "Last Name", "Relationship", "Birth Date", "Note", "Note", "(cell 7)", "Errors"]
    assert frame.columns == [
        "First Name",
        "Last Name",
        "Relationship",
        "Birth Date",
        "Note (5)",
        "Note (6)",
        "(cell 7)",
        "Errors",
    ]
    assert frame.row(0)[:7] == ("Noor", "Haddad", "Self", "1850-01-01", "a", "b", "c")
    assert frame.row(1)[3:7] == (None, None, None, None)


def test_only_the_last_standing_load_counts(world: World, tmp_path: Path) -> None:
    world.load(read(a_csv(tmp_path, "Noor,Haddad,Self,1850-01-01,,", "Lea,Reed,Self,1990-01-01,,")))
    world.load(read(a_csv(tmp_path, "Owen,Park,Self,1850-01-01,,", "Ida,Park,Self,1990-01-01,,")), now=LATER)
    with world.book.read() as tx:
        assert [frame["First Name"].to_list() for _, _, frame in refused_rows(tx, [CENSUS])] == [["Owen"]]
    with world.book.write() as tx:
        undo_last_load(tx, CENSUS, now=LATER)
    with world.book.read() as tx:
        assert [frame["First Name"].to_list() for _, _, frame in refused_rows(tx, [CENSUS])] == [["Noor"]]


def test_every_enrollment_row_of_a_refused_person_comes_along_and_completes_it(world: World, tmp_path: Path) -> None:
    heading = "First Name,Last Name,Relationship,Birth Date,Group Class,Plan Type,Plan Name"
    lines = [
        "Noor,Haddad,Self,1984-02-11,Boss,Medical,Harbor PPO",
        "Noor,Haddad,Self,1984-02-11,Boss,Vision,ClearSight",
        "Elias,Haddad,Spouse,1983-06-02,,Vision,ClearSight",
        "Owen,Park,Self,1990-01-20,,Vision,ClearSight",
        "Owen,Park,Self,1990-01-20,,Dental,Nope",
    ]
    world.load(read(a_csv(tmp_path, *lines, heading=heading)))
    rows = written(world, tmp_path / "refused")

    assert [(row[0], row[5], row[-1] == OTHER_LINE) for row in rows[1:]] == [
        ("Noor", "Medical", False),
        ("Noor", "Vision", True),
        ("Elias", "Vision", False),
        ("Owen", "Vision", False),
        ("Owen", "Dental", False),
    ]
    assert rows[4][-1] == KEPT and "Nope" in rows[5][-1]
    corrected = [[cell.replace("Boss", "Hourly").replace("Nope", "Smile Basic") for cell in row] for row in rows]
    with (tmp_path / "corrected.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(corrected)
    outcome = world.load(read(tmp_path / "corrected.csv"), now=LATER)

    assert outcome.issues.filter(severity="error").is_empty()
    assert [world.plans_of(name) for name in ("Noor", "Elias", "Owen")] == [
        ["P001", "P003"],
        ["P003"],
        ["P003", "P004"],
    ]


@pytest.mark.parametrize(
    ("first", "second", "proof"), [("05/04/1984", "02/06/1850", "25/12/1990"), ("04051984", "06021850", "12251990")]
)
def test_dates_that_other_rows_explained_come_back_as_they_were_read(
    world: World, tmp_path: Path, first: str, second: str, proof: str
) -> None:
    """Day or month first, and the order of eight digits, are told by the column; the refused rows are a part of it."""
    lines = [f"Noor,Haddad,Self,{first},,", f"Elias,Haddad,Spouse,{second},,", f"Owen,Park,Self,{proof},,"]
    world.load(read(a_csv(tmp_path, *lines)))
    before = world.members("first_name", "birth_date", "modified_at")
    rows = written(world, tmp_path / "refused")
    assert [row[3] for row in rows[1:]] == [before[0][1].isoformat(), "1850-06-02"]

    rows[2][3] = "1983-06-02"
    with (tmp_path / "corrected.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    world.load(read(tmp_path / "corrected.csv"), now=LATER)
    assert world.members("first_name", "birth_date", "modified_at")[:2] == before
    assert world.members("birth_date")[2] == (date(1983, 6, 2),)


def test_a_masked_number_that_comes_back_leaves_the_hash_of_the_whole_one(world: World, tmp_path: Path) -> None:
    heading = "First Name,Last Name,Relationship,Birth Date,SSN"
    lines = ["Noor,Haddad,Self,1984-02-11,123-45-6789", "Elias,Haddad,Spouse,1850-06-02,987-65-4321"]
    world.load(read(a_csv(tmp_path, *lines, heading=heading)))
    before = world.members("first_name", "ssn_hash", "modified_at")
    rows = written(world, tmp_path / "refused")
    rows[2][3] = "1983-06-02"
    with (tmp_path / "corrected.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    world.load(read(tmp_path / "corrected.csv"), now=LATER)

    assert world.members("first_name") == [("Noor",), ("Elias",)]
    assert world.members("first_name", "ssn_hash", "modified_at")[:1] == before
    assert world.members("ssn_hash")[1] == (None,)


def test_issues_are_those_of_the_last_load(world: World, tmp_path: Path) -> None:
    """What a mended file no longer says is not wrong any more; an undo brings it back."""
    world.load(read(a_csv(tmp_path, "Noor,Haddad,Self,1850-01-01,,")))
    with world.book.read() as tx:
        assert census_issues(tx)["code"].to_list() == ["birth_date_too_early"]
    world.load(read(a_csv(tmp_path, "Noor,Haddad,Self,1984-01-01,,")), now=LATER)
    with world.book.read() as tx:
        assert census_issues(tx).is_empty()
    with world.book.write() as tx:
        undo_last_load(tx, CENSUS, now=LATER)
    with world.book.read() as tx:
        assert census_issues(tx)["code"].to_list() == ["birth_date_too_early"]


def test_nothing_refused_writes_nothing(world: World, tmp_path: Path) -> None:
    world.load(read(a_csv(tmp_path, "Noor,Haddad,Self,1984-02-11,,")))
    with world.book.read() as tx:
        assert write_refused(tx, [CENSUS], tmp_path / "refused") == []


def test_social_security_numbers_stay_masked(world: World, tmp_path: Path) -> None:
    world.load(
        read(
            a_csv(
                tmp_path,
                "Noor,Haddad,Self,1850-01-01,123-45-6789",
                heading="First Name,Last Name,Relationship,Birth Date,SSN",
            )
        )
    )
    rows = written(world, tmp_path / "refused")

    assert rows[1][4] == "***-**-6789"
