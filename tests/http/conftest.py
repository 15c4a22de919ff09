"""The served book of a test."""

from collections.abc import Iterator

import pytest

from services.book import Book
from tests.http.served import Api, serving


@pytest.fixture
def api(book: Book) -> Iterator[Api]:
    """The test's own book, served."""
    with serving(book.path) as served:
        yield served
