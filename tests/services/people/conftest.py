"""The office of a test: its book stays open until the test ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.people.office import Office, an_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Nobody is linked yet."""
    made = an_office(tmp_path)
    yield made
    made.drop()
