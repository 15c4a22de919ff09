"""From the book to the inputs of a rating: the one reader of everything that rating needs.

What lives here: running the gathering statements over what is asked, in their order, and what of it a server may keep
for the next request (plans, rates and rules of one contract; of people nothing). What does not: what can be asked
(`services.asked`), the statements (`sql/gather.sql`: dates of coverage, eligibility), the core's columns
(`services.assemble`) and rules about money (the core).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from rating.dates import END_DAY, FIRST_DAY
from rating.methods import CODES, having
from services.asked import Asked, Families
from services.book import Transaction
from services.inputs import Inputs
from services.refusals import Malformed

SOLVED = [CODES[code] for code in having("solve")]
"""Methods whose rates are made from the census."""


def gather(tx: Transaction, asked: Asked) -> Inputs:
    """Read everything that rating needs of what is asked, in some thirty statements however much that is.

    Without a census, or a term that the rating date leaves, every frame is empty and has its columns. Raises
    Malformed for a term beyond the core's calendar.
    """
    asked.terms(tx)
    tx.run("gather.make_term", {"rating_date": asked.rating_date})
    is_renewal = asked.rating_date is not None and bool(tx.frame("gather.terms")["is_renewal"].any())
    if asked.rating_date is not None:
        tx.run("gather.keep_terms", {"is_renewal": is_renewal})
    terms = tx.frame("gather.terms", near=_near(asked))
    _refuse_far_terms(terms)
    settings = pl.DataFrame(
        {"is_renewal": [is_renewal], "rating_date": pl.Series([asked.rating_date], dtype=pl.Date)},
    )
    key = _key(asked, terms)
    kept = None if key is None or tx.shelf is None or tx.may_move_shelf else tx.shelf.get(key)
    asks_area = terms["rating_area"].null_count() > 0
    if kept is not None:
        with tx.lend(**kept.working):
            people = _people(tx, asked, needs_census=False, asks_area=asks_area)
        inputs = Inputs(**people, **kept.frames, terms=terms, settings=settings)
        inputs.__dict__["made"] = kept.made
        return inputs
    needs_census = _lay_out_shelf(tx, asked)
    people = _people(tx, asked, needs_census=needs_census, asks_area=asks_area)
    inputs = Inputs(**people, **_shelf_frames(tx), terms=terms, settings=settings)
    if key is not None and tx.shelf is not None and not needs_census and not tx.may_move_shelf:
        frames = {name: getattr(inputs, name) for name in _SHELF_FRAMES}
        working = {name: tx.frame(f"gather.{name.removeprefix('gather_')}_rows").to_arrow() for name in _WORKING}
        tx.shelf.put(key, _Shelf(frames, working, inputs.made))
    return inputs


@dataclass(frozen=True)
class _Shelf:
    """What a contract and the shelf say by themselves: nothing of any person."""

    frames: dict[str, pl.DataFrame]
    working: dict[str, pa.Table]
    """The relations that later statements ask for."""
    made: dict[str, Any]
    """What `services.assemble` made of the frames."""


_SHELF_FRAMES = {
    "offers": "offers",
    "tables": "rate_tables",
    "versions": "rate_versions",
    "cells": "rate_cells",
    "rules": "rules",
    "classes": "classes",
    "final_rates": "final_rates",
}
"""Frames of a shelf, with their statements."""
_WORKING = ("gather_class", "gather_offer", "gather_reach")


def _key(asked: Asked, terms: pl.DataFrame) -> Hashable | None:
    """What the shelf of a rating hangs on besides the book; None where it is not kept: a contract, and its term."""
    if not isinstance(asked, Families) or terms.height != 1:
        return None
    term = terms.drop("group_census_id", "census_version", "rating_area", "group_size", "eligible_employees")
    return term.drop("effective_date").row(0)


def _lay_out_shelf(tx: Transaction, asked: Asked) -> bool:
    """Lay out plans and rate tables; whether a price hangs on more of the census than the family itself."""
    if tx.shelf is not None:
        tx.shelf.is_laid_out = True
    asked.plans(tx)
    for step in ("class", "account", "tier_price", "tier_cell", "offer", "rate_table", "cell", "link", "open", "reach"):
        tx.run(f"gather.make_{step}")
    return tx.row("gather.needs_census", {"solved": SOLVED}) == (True,)


def _shelf_frames(tx: Transaction) -> dict[str, pl.DataFrame]:
    """Offers, which may count who holds them, and what prices them."""
    tx.run("gather.make_group")
    frames = {name: tx.frame(f"gather.{statement}") for name, statement in _SHELF_FRAMES.items()}
    return frames | {"cells": frames["cells"].sort(pl.all())}


def _near(asked: Asked) -> int | None:
    return len(asked.member_ids) if isinstance(asked, Families) else None


def _people(tx: Transaction, asked: Asked, *, needs_census: bool, asks_area: bool) -> dict[str, pl.DataFrame]:
    """Members and coverages. Where every contract states its area, no place is looked up."""
    asked.people(tx, needs_census=needs_census)
    near = _near(asked)
    for step in ("area" if asks_area else "no_area", "held", "member"):
        tx.run(f"gather.make_{step}")
    return {"members": tx.frame("gather.members", near=near), "coverages": tx.frame("gather.coverages", near=near)}


def _refuse_far_terms(terms: pl.DataFrame) -> None:
    """A term beyond the core's calendar is a slip of the pen in a contract or a rating date."""
    first, end = FIRST_DAY.item(), END_DAY.item()
    n_far = terms.filter((pl.col("term_from") < pl.lit(first)) | (pl.col("term_to") >= pl.lit(end))).height
    if n_far:
        years = f"the years {first.year} to {end.year - 1}"
        raise Malformed(
            "term_out_of_range",
            "rating_date",
            f"The contract term to rate lies outside {years} for {n_far:,} of the censuses.",
            "Choose a nearer rating date, or correct the start and end of the contracts.",
        )
