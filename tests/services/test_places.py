"""Which folder the files of a cohort are in: the one it was loaded from last, then the drop folder, then the sample."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from services.book import Book
from services.places import SAMPLE, Places, cohort_source
from services.refusals import NotFound


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A drop folder that holds the cohorts `may` and `june`."""
    made = Places.given({}, tmp_path)
    for cohort in ("may", "june"):
        (made.inbox / cohort).mkdir(parents=True)
    return made


def loaded(book: Book, sources: dict[str, Path | None], now: datetime) -> None:
    """Cohorts that were loaded from these places."""
    with book.write() as tx:
        for cohort, source in sources.items():
            tx.run("cohort.register", {"cohort": cohort, "source": str(source) if source else None, "now": now})


def test_each_cohort_has_the_folder_it_was_loaded_from(
    book: Book, places: Places, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "own").mkdir()
    loaded(book, {"april": tmp_path / "own", "may": tmp_path / "gone", "june": None}, now)
    with book.read() as tx:
        assert cohort_source(tx, places, "april") == tmp_path / "own"
        assert cohort_source(tx, places, "may") == places.inbox / "may"  # its own folder is not there any more
        assert cohort_source(tx, places, "june") == places.inbox / "june"


def test_only_the_cohort_sample_is_the_sample_and_a_cohort_of_nowhere_is_refused(book: Book, places: Places) -> None:
    with book.read() as tx:
        assert cohort_source(tx, places, SAMPLE) == places.sample
        for cohort in ("july", "..", "../inbox/may"):
            with pytest.raises(NotFound, match="not to be found"):
                cohort_source(tx, places, cohort)
        with pytest.raises(NotFound):
            cohort_source(tx, replace(places, sample=places.inbox / "none"), SAMPLE)
