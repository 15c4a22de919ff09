"""A small made-up book and places of its own for the tests of doors."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path

import dagster as dg
import pytest

from pipelines.cli.app import answer
from pipelines.in_process import Ran, make_home, run_road
from services.book import Book
from services.cohort import run_cohort
from services.places import Places
from services.sample_book import write_book
from tests.made_once import empty_book, made_once

VARIABLES = ("BENEFITS_BOOK", "BENEFITS_PUBLISHED", "BENEFITS_INBOX", "DAGSTER_HOME", "BENEFITS_DEBUG")


@pytest.fixture(scope="session")
def cohort_folder() -> Path:
    """Four groups of about twelve people, with their shelf."""
    made = made_once("four-groups", lambda folder: write_book(folder / "four", groups=4, seed=5, people_per_group=12))
    return made / "four"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """Everything under a folder of its own: book, runs, published copy, drop folder."""
    yield _places_under(tmp_path, monkeypatch)


def _places_under(folder: Path, patch: pytest.MonkeyPatch) -> Places:
    for name in VARIABLES:
        patch.delenv(name, raising=False)
    patch.setenv("BENEFITS_BOOK", str(folder / "data" / "benefits.duckdb"))
    patch.chdir(folder)
    return Places.given(os.environ, folder)


def give_home(places: Places) -> None:
    """The instance of those places, its tables made; a copy, since making them takes two seconds."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DAGSTER_HOME", str(folder))
            make_home(folder)
            with dg.DagsterInstance.get() as instance:
                instance.get_runs_count()
                instance.all_instigator_state()

    if not places.runs.exists():
        shutil.copytree(made_once("dagster-home", make), places.runs)
    make_home(places.runs)


@dataclass(frozen=True)
class Walked:
    """The whole road walked once by `benefits run`: where, what became of it, the words of its steps, what was said."""

    places: Places
    ran: Ran
    heard: list[str]
    answered: tuple[int, str, str]


@pytest.fixture(scope="session")
def walked(cohort_folder: Path) -> Walked:
    """That walk, in a new instance and a new book, to be looked at only."""

    def make(folder: Path) -> None:
        heard: list[str] = []
        runs: list[Ran] = []

        def listening(places: Places, cohort: str, source: Path, on_step: Callable[[str], None]) -> Ran:
            def hear(words: str) -> None:
                heard.append(words)
                on_step(words)

            runs.append(run_road(places, cohort, source, hear))
            return runs[-1]

        said, complained = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(complained):
            _places_under(folder, patch)
            patch.setattr("pipelines.in_process.run_road", listening)
            code = answer(["run", "--cohort", "four", "--folder", str(cohort_folder)])
        (ran,) = runs
        told = {"ran": asdict(ran), "heard": heard, "answered": (code, said.getvalue(), complained.getvalue())}
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")

    folder = made_once("walked", make)
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    places = Places.given({"BENEFITS_BOOK": str(folder / "data" / "benefits.duckdb")}, folder)
    code, said, complained = told["answered"]
    return Walked(places, Ran(**told["ran"]), told["heard"], (code, said, complained))


@pytest.fixture(scope="session")
def finished(cohort_folder: Path) -> Path:
    """A book with that cohort loaded and rated once, made without Dagster."""

    def make(folder: Path) -> None:
        book = empty_book(folder / "benefits.duckdb")
        run_cohort(book, cohort_folder, cohort="four", now=datetime(2026, 1, 2))

    return made_once("four-groups-rated", make) / "benefits.duckdb"


@pytest.fixture
def finished_book(finished: Path, places: Places) -> Book:
    """A copy of the finished book, in its place."""
    places.book.parent.mkdir(parents=True)
    shutil.copyfile(finished, places.book)
    return Book(places.book, lock_timeout_s=30.0)


@pytest.fixture
def made_book(places: Places) -> Book:
    """The book of those places."""
    return Book(places.book, lock_timeout_s=30.0)


Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(places: Places, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command: its exit code, what it said and what it complained of."""

    def type_it(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = answer([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return type_it
