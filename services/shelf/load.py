"""The shelf goes into the book: every sheet in turn, then the account of the load.

What lives here: the order of the sheets, and the record of a load with its issues. What does not: what a sheet's
rows must be and how they are stored (`group`, `plans`, `configuration_rules`, `rates`, `rate_versions`,
`contributions`, `quotes`).

Sheets are loaded in an order in which a row names only what was loaded before it, so a name is found whether it
stands in the sheets or in the book. A load of what the book holds already changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from services import ids
from services.book import Transaction
from services.shelf import configuration_rules, contributions, group, plans, quotes, rate_versions, rates
from services.shelf.judged import Judged
from services.shelf.sheets import Sheets
from services.shelf.store import utc

_Loader = Callable[[Transaction, pl.DataFrame, datetime], Judged]


@dataclass(frozen=True)
class ShelfOutcome:
    """What became of the rows: accepted + refused = rows. `n_changed` of them made or changed a record."""

    load_id: str
    n_rows: int
    n_accepted: int
    n_refused: int
    n_changed: int
    issues: pl.DataFrame


def load_shelf(tx: Transaction, sheets: Sheets, *, now: datetime, replace_rates: bool = False) -> ShelfOutcome:
    """Load the sheets; rows in error are refused one by one and told in the issues.

    A rate table version stated with other figures than the stored ones is refused unless `replace_rates`.
    """
    judged = [
        load(tx, sheets.frames[name], now) for name, load in loaders(replace_rates).items() if name in sheets.frames
    ]
    if {"products", "plans"} & sheets.frames.keys():
        tx.run("shelf.follow_roots", {"now": utc(now)})
    issues = pl.concat([sheets.issues, *[sheet.all_issues() for sheet in judged]])
    n_accepted = sum(sheet.n_accepted for sheet in judged)
    outcome = ShelfOutcome(
        load_id=ids.spell(ids.SHELF_LOAD, tx.mint(ids.SHELF_LOAD, 1)),
        n_rows=sheets.n_rows,
        n_accepted=n_accepted,
        n_refused=sheets.n_rows - n_accepted,
        n_changed=sum(sheet.n_changed for sheet in judged),
        issues=issues,
    )
    _record(tx, sheets, outcome, now)
    return outcome


def loaders(replace_rates: bool) -> Mapping[str, _Loader]:
    """What loads each sheet, in the order of loading."""
    return {
        "accounts": group.load_accounts,
        "classes": group.load_classes,
        "products": group.load_products,
        "contracts": group.load_contracts,
        "plans": plans.load_plans,
        "plan_classes": plans.load_plan_classes,
        "configuration_rules": configuration_rules.load_configuration_rules,
        "rate_tables": rates.load_rate_tables,
        "rate_table_plans": rates.load_rate_table_plans,
        "rate_cells": partial(rate_versions.load_rate_cells, replace_rates=replace_rates),
        "contributions": contributions.load_contributions,
        "rating_areas": group.load_rating_areas,
        "censuses": group.load_censuses,
        "quotes": quotes.load_quotes,
        "quote_lines": quotes.load_quote_lines,
        "quote_line_attributes": quotes.load_quote_line_attributes,
    }


def _record(tx: Transaction, sheets: Sheets, outcome: ShelfOutcome, now: datetime) -> None:
    tx.run(
        "shelf.insert_load",
        {
            "shelf_load_id": outcome.load_id,
            "source_name": sheets.source_name,
            "sha256": sheets.sha256,
            "n_rows": outcome.n_rows,
            "n_accepted": outcome.n_accepted,
            "n_refused": outcome.n_refused,
            "n_changed": outcome.n_changed,
            "now": utc(now),
        },
    )
    if not outcome.issues.is_empty():
        with tx.lend(incoming=outcome.issues):
            tx.run("shelf.insert_issues", {"shelf_load_id": outcome.load_id})
