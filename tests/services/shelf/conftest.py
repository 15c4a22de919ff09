"""A book with the example employer on its shelf, shared by tests that roll back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.book import Book
from services.shelf.sheets import read_shelf
from services.shelf.template import write_template
from tests.made_once import empty_book
from tests.open_book import OpenBook
from tests.services.shelf.desk import load


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example set as CSV sheets."""
    folder = tmp_path_factory.mktemp("example") / "shelf"
    write_template(folder, example=True)
    return folder


@pytest.fixture(scope="session")
def bakery(tmp_path_factory: pytest.TempPathFactory, example_folder: Path) -> Iterator[Book]:
    """A book that holds the example; tests leave it as it is."""
    book = OpenBook(empty_book(tmp_path_factory.mktemp("bakery") / "bakery.duckdb").path, stays_open=True)
    load(book, read_shelf(example_folder))
    yield book
    book.close()


@pytest.fixture
def own(tmp_path: Path, bakery: Book) -> Book:
    """A book that holds the example and may be changed: a copy, since making one takes longer."""
    return OpenBook(shutil.copy(bakery.path, tmp_path / "own.duckdb"))
