"""Rating a cohort: gather, price, store.

What lives here: the one road from stored censuses to a stored run, for one census or a renewal
month of thousands. What does not: the statements (`sql/gather.sql`), the arithmetic (`rating`) and
the rows written (`services.results`).

The book is held only to read and again only to store. If a census moved in between, the cohort is
rated once more while the book is held, so that a stored run always speaks of what is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from rating import Result, rate
from services import frozen, retention
from services.asked import Censuses
from services.assemble import Gathered, assemble
from services.book import Book, Transaction
from services.gather import gather
from services.refusals import Malformed, NotFound
from services.results import RunRequest, store

Progress = Callable[[str, int, int], None]
"""Told the step, how much is done and of how much."""

TOTALS = (
    "n_members",
    "n_coverages",
    "n_unrated",
    "monthly_cents",
    "standard_cents",
    "prorated_cents",
    "employer_cents",
    "employee_cents",
)


@dataclass(frozen=True)
class RunOutcome:
    """What a run made: its id, its kind, the totals in cents, a row per census and the issues by code."""

    run_id: str
    kind: str
    cohort: str
    totals: dict[str, int]
    per_census: pl.DataFrame
    issues: pl.DataFrame
    without_plans: pl.DataFrame
    """account, census of the censuses on which nobody has a plan, so that nothing of them was rated."""
    n_left_out: int
    """Censuses that a renewal left out, because they do not renew by the rating date."""


def rate_cohort(
    book: Book,
    *,
    cohort: str | None = None,
    census_ids: Sequence[str] | None = None,
    rating_date: date | None = None,
    now: datetime,
    on_progress: Progress | None = None,
) -> RunOutcome:
    """Rate every census of a cohort (by default the one loaded last) and store the run.

    `rating_date` is by default each contract's own start. A date on or after the end of a contract
    makes a renewal run. Raises NotFound for an unknown cohort or one without censuses, Malformed for
    a rating date before every contract (GB-RATE-008).
    """
    tell = on_progress or _silent
    with book.read() as tx:
        name, wanted = _wanted(tx, cohort, census_ids)
        tell("gather", 0, 3)
        inputs = gather(tx, Censuses(wanted, rating_date))
    gathered = assemble(inputs)
    if gathered.terms.is_empty():
        raise Malformed(
            "GB-RATE-008",
            "rating_date",
            "Specify an effective date within the contract start and end dates."
            if rating_date
            else f"No census of the cohort {name} has a contract.",
            "Choose a rating date on or after the start of a contract of the cohort."
            if rating_date
            else "Load the census with --contract.",
        )
    tell("rate", 1, 3)
    result = rate(gathered.batch, gathered.rates)
    tell("store", 2, 3)
    request = RunRequest(name, rating_date, now)
    with book.read() as tx:
        parts = frozen.pack(gathered.inputs, frozen.known(tx, gathered.inputs))
    with book.write() as tx:
        gathered, result = _fresh(tx, gathered, result, wanted, rating_date)
        run_id = store(tx, gathered, result, request)
        frozen.keep(tx, run_id, gathered.inputs, parts)
        retention.prune(tx, now)
        per_census = tx.frame("results.per_census", {"run_id": run_id})
        without_plans = tx.frame("results.without_plans", {"run_id": run_id})
        issues = tx.frame("results.issue_counts", {"run_id": run_id})
    tell("store", 3, 3)
    return RunOutcome(
        run_id=run_id,
        kind="renewal" if gathered.is_renewal else "current",
        cohort=name,
        totals={column: int(per_census[column].sum() or 0) for column in TOTALS},
        per_census=per_census,
        issues=issues,
        without_plans=without_plans,
        n_left_out=len(wanted) - gathered.terms.height,
    )


def _wanted(tx: Transaction, cohort: str | None, census_ids: Sequence[str] | None) -> tuple[str, list[str]]:
    """The cohort's name and its censuses."""
    if census_ids is not None:
        return cohort or "censuses", sorted(set(census_ids))
    known = [row[0] for row in tx.rows("gather.all_cohorts")]
    name = cohort or (known[0] if known else None)
    found = [row[0] for row in tx.rows("gather.cohort_censuses", {"cohort": name})] if name else []
    if name is None or not found:
        raise _missing(tx, name, known)
    return name, found


def _missing(tx: Transaction, name: str | None, known: list[str]) -> NotFound:
    """That there is no such cohort, or none at all, and what can be rated: censuses made over HTTP are in none."""
    says = f"There is no cohort {name}." if name is not None else "No cohort has been loaded yet."
    censuses = [str(row[0]) for row in tx.rows("cohort.some_censuses")]
    ways = [f"Known cohorts: {', '.join(known[:10])}."] if known else []
    if not known:
        ways.append("Load a census first: `benefits load FILE --contract NUMBER`.")
        if censuses:
            ways.append(f"Or rate one that the book holds, `benefits rate --census NAME`: {', '.join(censuses)}.")
    return NotFound("cohort_missing", "cohort", says, " ".join(ways))


def _fresh(
    tx: Transaction, gathered: Gathered, result: Result, wanted: list[str], rating_date: date | None
) -> tuple[Gathered, Result]:
    """The results as they stand now: rated once more under the lock if a census moved since."""
    now = dict(tx.rows("gather.versions", {"census_ids": wanted}))
    read = dict(zip(gathered.terms["group_census_id"], gathered.terms["census_version"], strict=True))
    if all(now.get(census) == version for census, version in read.items()):
        return gathered, result
    again = assemble(gather(tx, Censuses(wanted, rating_date)))
    return again, rate(again.batch, again.rates)


def _silent(step: str, done: int, of: int) -> None:
    """Tell nobody."""
