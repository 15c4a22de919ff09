"""A small made-up book and places of its own for the tests of doors."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.cli.app import answer
from pipelines.in_process import Ran, run_road
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


@pytest.fixture(scope="module")
def walked(cohort_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Places, Ran, list[str]]:
    """The whole road walked once, to be looked at: where, what became of the run, and the words of its steps."""
    heard: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        places = _places_under(tmp_path_factory.mktemp("walked"), patch)
        return places, run_road(places, "four", cohort_folder, heard.append), heard


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
