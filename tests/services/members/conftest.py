"""The small book of the census load's builder, fresh for every test, and the Connect services on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attached import AttachedBook
from tests.open_book import dropped
from tests.services.census_load.builder import World, a_world
from tests.services.members.door import Door


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("members")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> Iterator[World]:
    """Open for the length of the test: opening the file costs more than what is asked of it."""
    book = AttachedBook(shutil.copy(template, tmp_path / "groups.duckdb"), idle_s=60.0)
    yield World(book)
    dropped(book)


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)
