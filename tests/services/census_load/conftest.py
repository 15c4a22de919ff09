"""The small book of `builder`, fresh for every test: built once and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attached import AttachedBook
from tests.open_book import dropped
from tests.services.census_load.builder import World, a_world


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_world(tmp_path_factory.mktemp("template")).book.path


@pytest.fixture
def world(tmp_path: Path, template: Path) -> Iterator[World]:
    """Open for the length of the test: opening the file costs more than what is asked of it."""
    book = AttachedBook(shutil.copy(template, tmp_path / "groups.duckdb"), idle_s=60.0)
    yield World(book)
    dropped(book)
