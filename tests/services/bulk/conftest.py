"""A desk with a fresh book for every test: built once and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attached import AttachedBook
from tests.open_book import dropped
from tests.services.bulk.desk import Desk, with_quote_census
from tests.services.census_load.builder import World, a_world


@pytest.fixture(scope="session")
def bulk_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = a_world(tmp_path_factory.mktemp("bulk"))
    with_quote_census(world)
    return world.book.path


@pytest.fixture
def desk(tmp_path: Path, bulk_template: Path) -> Iterator[Desk]:
    book = AttachedBook(shutil.copy(bulk_template, tmp_path / "groups.duckdb"), idle_s=5.0)
    yield Desk(World(book))
    dropped(book)
