"""The small book of the census load's builder, fresh for every test, and the Connect services on it."""

import shutil
from pathlib import Path

import pytest

from services.book import Book
from tests.services.census_load.builder import World, a_world
from tests.services.members.door import Door


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("members")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> World:
    return World(Book(shutil.copy(template, tmp_path / "groups.duckdb")))


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)
