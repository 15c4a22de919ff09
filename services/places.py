"""Where things are on this machine: the book, its published copy, the drop folder, the sample.

What lives here: `Places`, and which folder the files of a cohort are in. What does not: reading the environment
(the doors do that once, at their start) and anything done with the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.book import Transaction
from services.cohort_files import shelf_of
from services.refusals import NotFound

SAMPLE = "sample"
"""Name of the cohort that the committed sample book makes."""


@dataclass(frozen=True)
class Places:
    """Absolute paths of everything that is not code. What is made stands beside the book."""

    book: Path
    published: Path
    inbox: Path
    runs: Path
    """Home of the Dagster instance."""
    logs: Path
    sample: Path

    @classmethod
    def given(cls, environment: Mapping[str, str], here: Path) -> "Places":
        """The places that the environment names, with defaults under the folder `here`.

        >>> places = Places.given({"BENEFITS_BOOK": "/srv/data/acme.duckdb"}, Path("/srv/elsewhere"))
        >>> [str(places.published), str(places.inbox)]
        ['/srv/published/acme.duckdb', '/srv/data/inbox']
        """

        def named(variable: str, default: Path) -> Path:
            said = environment.get(variable, "").strip()
            return (here / Path(said).expanduser()) if said else default

        book = named("BENEFITS_BOOK", here / "data" / "benefits.duckdb")
        data = book.parent
        above = data.parent if data.name == "data" else data
        return cls(
            book=book,
            published=named("BENEFITS_PUBLISHED", above / "published" / book.name),
            inbox=named("BENEFITS_INBOX", data / "inbox"),
            runs=named("DAGSTER_HOME", data / "dagster"),
            logs=data / "logs",
            sample=_sample(here),
        )


def _sample(here: Path) -> Path:
    """The sample book: under the folder worked in, else in the checkout that this file is part of."""
    own = here / "samples" / "book"
    return own if own.exists() else Path(__file__).resolve().parent.parent / "samples" / "book"


def cohort_source(tx: Transaction, places: Places, cohort: str) -> Path:
    """Folder or file of a cohort: where it was loaded from last, else the drop folder, else the sample.

    Raises NotFound where none of them is there.
    """
    stored = tx.row("cohort.source", {"cohort": cohort})
    candidates = [Path(stored[0])] if stored and stored[0] else []
    if "/" not in cohort and cohort not in (".", ".."):
        candidates.append(places.inbox / cohort)
    if cohort == SAMPLE:
        candidates.append(places.sample)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise NotFound(
        "cohort_source_missing",
        cohort,
        f"The files of the cohort {cohort} are not to be found.",
        f"Put them into {places.inbox / cohort}, or name their folder: --folder, or the configuration of the run.",
    )


def shelf_source(tx: Transaction, places: Places, cohort: str | None) -> Path:
    """The shelf of a cohort; without a cohort the sample's, where the book is empty or holds the sample already.

    Raises NotFound where there is none: the sample is never put into a book of somebody's own.
    """
    if cohort is not None:
        source = cohort_source(tx, places, cohort)
    else:
        is_sample = tx.row("places.is_sample")
        source = places.sample if is_sample and is_sample[0] else None
    found = shelf_of(source) if source is not None and source.is_dir() else None
    if found is None:
        raise NotFound(
            "shelf_missing",
            cohort or "shelf",
            "It is not said which shelf to load.",
            "Name its folder or workbook in the configuration of the run.",
        )
    return found
