"""The census: files as they landed, who was accepted, what was wrong, and what was chosen.

What lives here: one asset step for the nine tables of a load, because a load is one transaction: raw rows, members,
issues, selections and summary are stored together or not at all. What does not: reading files (`services.intake`),
validating and storing them (`services.census_load`).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import dagster as dg

from assets.faults import in_plain_words
from assets.partitions import cohort
from assets.tables import counted, markdown, picture, stored, table_asset
from services import catalogue, pictures
from services.book import Book, Transaction
from services.cohort import Mode, load_cohort
from services.cohort_files import read_cohort_folder
from services.places import Places, cohort_source
from services.refusals import Malformed

GROUP = "census"
MOST_CENSUSES = 20
"""Censuses that a line of the log names."""

CENSUS_TABLES: dict[str, tuple[str, ...]] = {
    "raw.census_file": (),
    "raw.census_row": ("raw.census_file",),
    "raw.census_person": ("raw.census_row",),
    "book.group_census": ("raw.census_file", "book.account", "book.contract"),
    "book.census_member": ("raw.census_person", "book.group_census", "book.group_class"),
    "book.census_issue": ("raw.census_person",),
    "book.census_load": ("raw.census_person", "book.census_issue"),
    "book.census_summary": ("book.census_member",),
}
"""Tables that a census load fills, each with the tables it is made from."""

SELECTION_TABLES: dict[str, tuple[str, ...]] = {
    "book.member_plan": ("book.census_member", "book.contract_plan", "book.contract_plan_class"),
}
"""The selections come with the same load; they are a group of their own on the map."""


class CensusConfig(dg.Config):
    """Where the files of the cohort are, and how to load them. Empty: where they were last, or the drop folder.

    `mode` is merge or replace. A `source` goes with a run of one cohort.
    """

    source: str | None = None
    mode: str = "merge"
    strict: bool = False


@dg.multi_asset(
    name="census_load",
    specs=[
        *(table_asset(name, group=GROUP, deps=deps, kinds=["pandera"]) for name, deps in CENSUS_TABLES.items()),
        *(table_asset(name, group="selection", deps=deps) for name, deps in SELECTION_TABLES.items()),
    ],
    partitions_def=cohort,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def census(
    context: dg.AssetExecutionContext,
    config: CensusConfig,
    book: dg.ResourceParam[Book],
    places: dg.ResourceParam[Places],
) -> Iterator[dg.MaterializeResult]:
    """Load every file of the cohort in one pass and one transaction; the same file twice changes nothing."""
    keys = list(context.partition_keys)
    with in_plain_words():
        mode = _mode(config, keys)
        for key in keys:
            _load(context, config, mode, book, places, key)
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, [*CENSUS_TABLES, *SELECTION_TABLES], _said(tx, keys))


def _mode(config: CensusConfig, keys: Sequence[str]) -> Mode:
    """What the configuration of a run asks for; a word that is neither mode is refused, never taken for one."""
    if config.source and len(keys) > 1:
        raise Malformed(
            "source_of_many", "source", f"One source is named for {len(keys)} cohorts.", "Load them one by one."
        )
    for mode in get_args(Mode):
        if config.mode == mode:
            return mode
    raise Malformed("mode_unknown", "mode", f"There is no mode {config.mode}.", "Use merge or replace.")


def _load(
    context: dg.AssetExecutionContext, config: CensusConfig, mode: Mode, book: Book, places: Places, key: str
) -> None:
    """Load one cohort, telling how far it is."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if config.source:
        source = Path(config.source)
    else:
        with book.read() as tx:
            source = cohort_source(tx, places, key)
    requests = read_cohort_folder(source)
    context.log.info(f"{counted(len(requests), 'file')} to read")

    def tell(step: str, done: int, of: int) -> None:
        context.log.debug(f"{step}: {done:,} of {of:,}")

    outcome = load_cohort(
        book, cohort=key, requests=requests, source=source, mode=mode, strict=config.strict, now=now, on_progress=tell
    )
    sums = outcome.per_census.select("n_accepted", "n_refused", "n_skipped").sum().row(0)
    n_accepted, n_refused, n_skipped = sums
    context.log.info(
        f"{counted(n_accepted, 'person')} accepted, {n_refused:,} refused; {counted(n_skipped, 'line')} skipped"
    )
    n_empty = int((outcome.per_census.filter(n_accepted=0)["n_refused"] > 0).sum())
    if n_empty:
        context.log.warning(
            f"{n_empty:,} of {len(requests):,} files brought nobody, every person of them was refused"
            f"{', as strict asks where one row fails' if config.strict else ''}; "
            f'`benefits issues --cohort "{key}"` says why'
        )
    if len(outcome.without_plans):
        context.log.warning(
            f"{counted(len(outcome.without_plans), 'census', 'censuses')} on which nobody has a plan, so nothing of "
            f"them will be rated: {', '.join(outcome.without_plans['census_name'].head(MOST_CENSUSES))}"
        )
    whole = outcome.issues.filter(scope="file", severity="error")["census_file_id"].n_unique()
    if whole:
        context.log.warning(
            f"{whole:,} of {len(requests):,} files refused whole, nothing of them is loaded; "
            f'`benefits issues --cohort "{key}"` says which and why'
        )


def _said(tx: Transaction, keys: list[str]) -> dict[str, dict[str, Any]]:
    """What to show beside the counts of rows: issues by code and a picture of who is on the census."""
    issues = markdown(["code", "severity", "lines"], catalogue.issues_of(tx, keys).rows())
    outcomes = catalogue.outcomes_of(tx, keys)
    people = picture("People by age", pictures.people_by_age(tx, keys, datetime.now(UTC).date()))
    return {
        "raw.census_person": outcomes,
        "book.census_issue": {"issues": issues},
        "book.census_member": {"people by age": people},
        "book.group_census": {"censuses of the cohort": len(catalogue.censuses_of(tx, keys))},
    }
