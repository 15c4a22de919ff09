"""`write_book`: a whole made-up book of business, from a number of groups and a seed.

What lives here: the entry point of the generator: it writes the sheets of the shelf, one census file per group and the
`cohort.csv` that names them. What does not: the drawing of it (`services.sampling`), and any reading or rating.

The same numbers give the same bytes. Groups are drawn in batches, each from a seed of its own, so memory does not grow
with the book: a million people need no more than a batch of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from services.sampling.census_files import census_frame, cut
from services.sampling.choices import make_choices
from services.sampling.dirt import soil
from services.sampling.groups import group_sizes, make_groups
from services.sampling.people import make_people
from services.sampling.shelf import CENSUS_NAME, make_shelf

MOST_GROUPS = 10_000
_BATCH = 500


@dataclass(frozen=True)
class Summary:
    """What was written."""

    folder: Path
    groups: int
    people: int
    employees: int
    dirty_rows: int
    rate_tables: int
    rate_cells: int
    plans: int
    contributions: int
    n_bytes: int


def write_book(
    folder: Path,
    *,
    groups: int,
    seed: int,
    people_per_group: float = 100.0,
    dirty: float = 0.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Write a book of `groups` employer groups into `folder`.

    `people_per_group` is the average; groups differ widely and the total is exact. `dirty` is the share of rows spoilt
    on purpose. `on_progress` is called with the groups written so far and the groups asked for.
    """
    _check(groups, people_per_group, dirty)
    folder.joinpath("shelf").mkdir(parents=True, exist_ok=True)
    folder.joinpath("censuses").mkdir(exist_ok=True)
    made = make_groups(groups, seed)
    sizes = group_sizes(groups, round(groups * people_per_group), seed)
    shelf = make_shelf(made)
    n_bytes = write_shelf(folder / "shelf", shelf)
    n_bytes += write_cohort(folder / "cohort.csv", made)
    employees = dirty_rows = 0
    for at in range(0, groups, _BATCH):
        batch, counts = made.slice(at, _BATCH), sizes[at : at + _BATCH]
        frame, n_employees, n_dirty = make_census(batch, counts, [seed, 3, at], dirty)
        employees, dirty_rows = employees + n_employees, dirty_rows + n_dirty
        for number, text in zip(batch["contract_number"], cut(frame, counts), strict=True):
            n_bytes += folder.joinpath(census_path(number)).write_bytes(text)
        if on_progress is not None:
            on_progress(at + batch.height, groups)
    return Summary(
        folder=folder,
        groups=groups,
        people=int(sizes.sum()),
        employees=employees,
        dirty_rows=dirty_rows,
        rate_tables=shelf["rate_tables"].height,
        rate_cells=shelf["rate_cells"].height,
        plans=shelf["plans"].height,
        contributions=shelf["contributions"].height,
        n_bytes=n_bytes,
    )


def _check(groups: int, people_per_group: float, dirty: float) -> None:
    if not 1 <= groups <= MOST_GROUPS:
        raise ValueError(f"groups must be between 1 and {MOST_GROUPS}, not {groups}")
    if not 2 <= people_per_group <= 10_000:
        raise ValueError(f"people_per_group must be between 2 and 10000, not {people_per_group}")
    if not 0 <= dirty <= 1:
        raise ValueError(f"dirty is a share between 0 and 1, not {dirty}")


def make_census(
    groups: pl.DataFrame, sizes: np.ndarray, seed: list[int], dirty: float = 0.0
) -> tuple[pl.DataFrame, int, int]:
    """The census rows of some groups, with the number of employees and of spoilt rows."""
    rng = np.random.default_rng(seed)
    people = make_people(groups, sizes, rng)
    choices = make_choices(groups, people, rng)
    frame = census_frame(groups, people, choices, rng)
    spoilt, n_dirty = soil(frame, dirty, rng)
    return spoilt, int((people.relation == 0).sum()), n_dirty


def census_path(contract_number: str) -> str:
    """Where the census of a contract lies, relative to the book's folder."""
    return f"censuses/{contract_number}__census.csv"


def write_shelf(folder: Path, shelf: dict[str, pl.DataFrame]) -> int:
    """One CSV file per sheet; the number of bytes written."""
    n_bytes = 0
    for name, frame in shelf.items():
        path = folder / f"{name}.csv"
        frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S")
        n_bytes += path.stat().st_size
    return n_bytes


def write_cohort(path: Path, groups: pl.DataFrame) -> int:
    """`cohort.csv`: which file is the census of which contract."""
    none = pl.lit(None, pl.String)
    rows = groups.select(
        file="censuses/" + pl.col("contract_number") + "__census.csv",
        contract_number="contract_number",
        census_name=pl.lit(CENSUS_NAME),
        mapping=none,
        sheet=none,
    )
    rows.write_csv(path)
    return path.stat().st_size
