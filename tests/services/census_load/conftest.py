"""The small book of `builder`, fresh for every test: built once and copied."""

import shutil
from pathlib import Path

import pytest

from services.book import Book
from tests.services.census_load.builder import World, a_world


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("template")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> World:
    return World(Book(shutil.copy(template, tmp_path / "groups.duckdb")))
