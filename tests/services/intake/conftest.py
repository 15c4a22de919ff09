"""Small builders of census files in a temporary folder, and their landings."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from services.intake import CensusFile, Landing, land

EFFECTIVE = date(2026, 1, 1)


class Landed:
    """A landing with the questions that tests ask of it."""

    def __init__(self, landing: Landing) -> None:
        self.landing = landing
        self.files, self.rows, self.persons = landing.files, landing.rows, landing.persons
        self.choices, self.amounts, self.faults = landing.choices, landing.amounts, landing.faults

    def column(self, name: str) -> list[object]:
        """A column of all persons that are not skipped."""
        return self.persons.filter(pl.col("skip_reason").is_null())[name].to_list()

    def codes(self) -> list[tuple[int | None, str]]:
        """Line and code of every fault."""
        return list(self.faults.select("line_number", "code").rows())

    @property
    def fault(self) -> str | None:
        return self.files[0, "fault_code"]


Lander = Callable[..., Landed]


@pytest.fixture
def landed(tmp_path: Path) -> Lander:
    """Lands one file given as text or bytes."""

    def lander(
        content: str | bytes,
        *,
        name: str = "census.csv",
        mapping: Mapping[str, str] | None = None,
        sheet: str | None = None,
        complete: bool = False,
    ) -> Landed:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        asked = CensusFile(path, "census", name, mapping, sheet, EFFECTIVE, complete)
        return Landed(land([asked]))

    return lander


@pytest.fixture
def landed_together(tmp_path: Path) -> Lander:
    """Lands several files, given as (census, text or bytes)."""

    def lander(*contents: tuple[str, str | bytes]) -> Landed:
        asked = []
        for number, (census, content) in enumerate(contents):
            path = tmp_path / f"file{number}.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            asked.append(CensusFile(path, census, path.name, None, None, EFFECTIVE))
        return Landed(land(asked))

    return lander
