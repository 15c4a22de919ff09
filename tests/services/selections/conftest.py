"""The small book of the census load with one family on it, fresh for every test: built once and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attached import AttachedBook
from tests.open_book import dropped
from tests.services.census_load.builder import World, a_world
from tests.services.selections.desk import a_family


@pytest.fixture(scope="session")
def family_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = a_world(tmp_path_factory.mktemp("family"))
    a_family(world)
    return world.book.path


@pytest.fixture
def world(tmp_path: Path, family_template: Path) -> Iterator[World]:
    """Open for the length of the test: opening the file costs more than what is asked of it."""
    book = AttachedBook(shutil.copy(family_template, tmp_path / "groups.duckdb"), idle_s=60.0)
    yield World(book)
    dropped(book)
