"""Vectorised means vectorised: ten times the people cost about the same number of Python calls.

The road is walked for the same groups and files with few people and with ten times as many, and
every Python and C call is counted. A loop over rows anywhere on the way would show as a call per row.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from services.book import Book
from services.cohort import load_cohort
from services.cohort_files import read_cohort_folder, shelf_of
from services.rating_run import rate_cohort
from services.sample_book import write_book
from services.shelf.load import load_shelf
from services.shelf.sheets import read_shelf

NOW = datetime(2026, 11, 20, 12, 0)


def _calls(work: Callable[[], object]) -> int:
    """Python and C function calls made by `work` in this thread."""
    made = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal made
        if event in ("call", "c_call"):
            made += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def _road(folder: Path, people_per_group: float) -> tuple[int, int, int]:
    """Calls of loading and of rating three groups, and the number of people."""
    summary = write_book(folder / "files", groups=3, seed=7, people_per_group=people_per_group)
    book = Book(folder / "benefits.duckdb")
    book.create(NOW)
    shelf = shelf_of(folder / "files")
    assert shelf is not None
    sheets = read_shelf(shelf)
    with book.write() as tx:
        load_shelf(tx, sheets, now=NOW)
    requests = read_cohort_folder(folder / "files")
    loading = _calls(lambda: load_cohort(book, cohort="x", requests=requests, now=NOW))
    rating = _calls(lambda: rate_cohort(book, cohort="x", now=NOW))
    return loading, rating, summary.people


@pytest.mark.rule("GR-25")
@pytest.mark.parametrize("n", [200])
def test_ten_times_the_people_cost_no_call_per_person(n: int, tmp_path: Path) -> None:
    _road(tmp_path / "warm", n / 10)  # imports and caches
    small_load, small_rate, small_people = _road(tmp_path / "small", n)
    large_load, large_rate, large_people = _road(tmp_path / "large", 10 * n)
    more_people = large_people - small_people
    assert more_people > 8 * small_people
    # What only the larger book has (a column that few people state) costs some hundred calls, once.
    assert large_load - small_load < more_people / 5
    assert large_rate - small_rate < more_people / 5
