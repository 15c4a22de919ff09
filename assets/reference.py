"""The shelf: accounts, products, contracts and plans, and what they cost (`book.*`, `ref.*`).

What lives here: one asset step, because a shelf is loaded in one transaction. It is not partitioned: prices hold
for every cohort. What does not: the reading and validating of sheets (`services.shelf`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.faults import in_plain_words
from assets.partitions import cohort_tag
from assets.tables import counted, markdown, stored, table_asset
from services.book import Book
from services.places import Places, shelf_source
from services.shelf.load import ShelfOutcome, load_shelf
from services.shelf.sheets import read_shelf

GROUP = "reference"

SHELF_TABLES: dict[str, tuple[str, ...]] = {
    "ref.shelf_load": (),
    "ref.shelf_issue": ("ref.shelf_load",),
    "book.account": ("ref.shelf_load",),
    "book.group_class": ("book.account",),
    "book.product": ("ref.shelf_load",),
    "book.contract": ("book.account",),
    "book.contract_plan": ("book.contract", "book.product"),
    "book.contract_plan_class": ("book.contract_plan", "book.group_class"),
    "book.contract_plan_attribute": ("book.contract_plan",),
    "ref.rate_table": ("ref.shelf_load",),
    "ref.rate_table_plan": ("ref.rate_table", "book.contract_plan", "book.product"),
    "ref.rate_cell": ("ref.rate_table",),
    "ref.contribution_rule": ("book.group_class", "book.contract_plan", "book.product"),
    "ref.rating_area": ("ref.shelf_load",),
}
"""Tables that a shelf fills, each with the tables it is made from."""


class ShelfConfig(dg.Config):
    """Where the sheets are: a folder of CSV files or an .xlsx workbook. Empty: the shelf beside the cohort's files."""

    shelf: str | None = None


@dg.multi_asset(
    name="shelf",
    specs=[table_asset(name, group=GROUP, deps=deps, kinds=["pandera"]) for name, deps in SHELF_TABLES.items()],
)
def shelf(
    context: dg.AssetExecutionContext,
    config: ShelfConfig,
    book: dg.ResourceParam[Book],
    places: dg.ResourceParam[Places],
) -> Iterator[dg.MaterializeResult]:
    """Load the sheets of the shelf into the book; what stands there already is left as it is."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with in_plain_words():
        book.create(now)
        with book.read() as tx:
            path = Path(config.shelf) if config.shelf else shelf_source(tx, places, cohort_tag(context))
        sheets = read_shelf(path)
        with book.write() as tx:
            outcome = load_shelf(tx, sheets, now=now)
    context.log.info(
        f"{counted(outcome.n_accepted, 'row')} accepted, {outcome.n_refused:,} refused, {outcome.n_changed:,} changed"
    )
    with in_plain_words(), book.read() as tx:
        yield from stored(tx, SHELF_TABLES, {"ref.shelf_load": _said(outcome), "ref.shelf_issue": _issues(outcome)})


def _said(outcome: ShelfOutcome) -> dict[str, object]:
    return {"accepted": outcome.n_accepted, "refused": outcome.n_refused, "changed": outcome.n_changed}


def _issues(outcome: ShelfOutcome) -> dict[str, object]:
    counted = outcome.issues.group_by("sheet", "code", "severity").len().sort("sheet", "code").rows()
    return {"issues": markdown(["sheet", "code", "severity", "rows"], counted)}
