"""From the book to the inputs of a rating: the one reader of everything that rating needs.

What lives here: reading what is asked, running the gathering statements over its plans in their order, and what of it a
server may keep for the next request (plans, rates and rules of one contract; of people nothing). What does not: what
can be asked (`services.asked`), the statements (`sql/gather.sql`: offers, eligible classes, rates, rules), who counts
and what is priced for them (`services.chosen`, `services.covered`), the core's columns (`services.assemble`) and rules
about money (the core).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import polars as pl

from rating.dates import END_DAY, FIRST_DAY
from rating.methods import CODES, having
from services.asked import Asked, Families, People
from services.book import Transaction
from services.chosen import held_plans, numbered, under_terms
from services.covered import coverages_of, members_of
from services.inputs import Inputs
from services.refusals import Malformed

SOLVED = [CODES[code] for code in having("solve")]
"""Methods whose rates are made from the census."""


def gather(tx: Transaction, asked: Asked) -> Inputs:
    """Read everything that rating needs of what is asked, in some thirty statements however much that is.

    Without a census, or a term that the rating date leaves, every frame is empty and has its columns. Raises
    Malformed for a term beyond the core's calendar.
    """
    asked = asked.looked_up(tx)
    terms = _terms(tx, asked)
    _refuse_far_terms(terms)
    settings = pl.DataFrame(
        {
            "is_renewal": [bool(terms["is_renewal"].any())],
            "rating_date": pl.Series([asked.rating_date], dtype=pl.Date),
        },
    )
    key = _key(asked, terms)
    kept = None if key is None or tx.shelf is None or tx.may_move_shelf else tx.shelf.get(key)
    if kept is not None:
        people = _people(tx, asked.people(tx, terms, needs_census=False), terms, kept.working)
        inputs = Inputs(**people.frames, **kept.frames, terms=terms, settings=settings)
        inputs.__dict__["made"] = kept.made
        return inputs
    with tx.lend(gather_term=terms):
        needs_census = _lay_out_shelf(tx, asked)
        working = {name: tx.frame(f"gather.{name}_rows") for name in _WORKING}
        people = _people(tx, asked.people(tx, terms, needs_census=needs_census), terms, working)
        frames = _shelf_frames(tx, people.holders)
    inputs = Inputs(**people.frames, **frames, terms=terms, settings=settings)
    if key is not None and tx.shelf is not None and not needs_census and not tx.may_move_shelf:
        tx.shelf.put(key, _Shelf(frames, working, inputs.made))
    return inputs


@dataclass(frozen=True)
class _Shelf:
    """What a contract and the shelf say by themselves: nothing of any person."""

    frames: dict[str, pl.DataFrame]
    working: dict[str, pl.DataFrame]
    """What members and coverages are made with."""
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
_WORKING = ("class", "offer", "reach")


def _terms(tx: Transaction, asked: Asked) -> pl.DataFrame:
    """The term to rate of each census: without a rating date the contract's own.

    A renewal leaves out contracts that do not renew by the rating date, any run those not begun by it.
    """
    found = asked.terms(tx)
    if asked.rating_date is None:
        return found.select(
            "group_census_id", "census_version", "account_id", "contract_id", "rating_area", "industry", "group_size",
            "eligible_employees", pl.lit(value=False).alias("is_renewal"), pl.lit(None, pl.Date).alias("rating_date"),
            "effective_date", "rates_on", pl.col("start_date").alias("stated_start"),
            pl.col("end_date").alias("stated_end"), pl.col("start_date").alias("term_from"),
            (pl.col("end_date") + pl.duration(days=1)).alias("term_to"),
        )  # fmt: skip
    with tx.lend(asked_term=found):
        terms = tx.frame("gather.renewed_terms", {"rating_date": asked.rating_date})
    is_out = pl.col("rating_date") < pl.col("term_from")
    return terms.filter(~(is_out | (terms["is_renewal"].any() & ~pl.col("is_renewal"))))


def _key(asked: Asked, terms: pl.DataFrame) -> Hashable | None:
    """What the shelf of a rating hangs on besides the book; None where it is not kept: a contract, and its term."""
    if not isinstance(asked, Families) or terms.height != 1:
        return None
    of_people = (
        "group_census_id",
        "census_version",
        "rating_area",
        "group_size",
        "eligible_employees",
        "effective_date",
    )
    return tuple(value for name, value in terms.row(0, named=True).items() if name not in of_people)


def _lay_out_shelf(tx: Transaction, asked: Asked) -> bool:
    """Lay out plans and rate tables; whether a price hangs on more of the census than the family itself."""
    asked.plans(tx)
    for step in ("class", "account", "tier_price", "tier_cell", "offer", "rate_table", "cell", "link", "open", "reach"):
        tx.run(f"gather.make_{step}")
    return tx.row("gather.needs_census", {"solved": SOLVED}) == (True,)


def _shelf_frames(tx: Transaction, holders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Offers, which may count who holds them, and what prices them."""
    with tx.lend(gather_held=holders):
        tx.run("gather.make_group")
    frames = {name: tx.frame(f"gather.{statement}") for name, statement in _SHELF_FRAMES.items()}
    return frames | {"cells": frames["cells"].sort(pl.all())}


@dataclass(frozen=True)
class _People:
    """Members and coverages, and who holds which root plan (`group_census_member_id`, `root`)."""

    frames: dict[str, pl.DataFrame]
    holders: pl.DataFrame


def _people(tx: Transaction, people: People, terms: pl.DataFrame, working: dict[str, pl.DataFrame]) -> _People:
    """Members and coverages. Where every contract states its area, no place is looked up."""
    everybody = under_terms(people.members, terms)
    held = held_plans(people, everybody, working["offer"])
    counted = numbered(everybody, held)
    areas = _areas(tx, everybody, terms) if terms["rating_area"].null_count() else None
    return _People(
        {
            "members": members_of(counted, working["class"], areas),
            "coverages": coverages_of(held, counted, working["reach"]),
        },
        held.select(pl.lit(everybody["group_census_member_id"]).gather("row").alias("group_census_member_id"), "root"),
    )


def _areas(tx: Transaction, everybody: pl.DataFrame, terms: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rating areas of places by ZIP code, for contracts that state none, and the places of the accounts."""
    ids = {"account_ids": terms["account_id"].unique().to_list()}
    accounts = tx.frame("gather.places_of_accounts", ids)
    asking = terms.filter(pl.col("rating_area").is_null()).select("account_id", "term_from")
    work = asking.join(accounts, on="account_id").select(
        "term_from", state="work_state", postal_code="work_postal_code"
    )
    home = everybody.filter(pl.col("rating_area").is_null()).select("term_from", "state", "postal_code")
    with tx.lend(gather_place=pl.concat([work, home]).unique()):
        return tx.frame("gather.areas"), accounts


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
