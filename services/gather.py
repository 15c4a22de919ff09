"""From the book to the inputs of a rating: the one reader of everything that rating needs.

What lives here: running the gathering statements over a set of censuses, in their order. What does
not: the statements (`sql/gather.sql`: dates of coverage, eligibility), the core's columns
(`services.assemble`) and rules about money (the core).
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from rating.dates import END_DAY, FIRST_DAY
from services.book import Transaction
from services.inputs import Inputs
from services.refusals import Malformed


def gather(tx: Transaction, census_ids: Sequence[str], rating_date: date | None) -> Inputs:
    """Read everything that rating the censuses needs, in a dozen statements whatever their number.

    A rating date on or after the end of any contract makes the run a renewal: it then covers the
    contracts that renew by that date, each for the whole term the date falls in. Without a census
    every frame is empty and has its columns.
    """
    tx.run("gather.make_term", {"census_ids": list(census_ids), "rating_date": rating_date})
    is_renewal = bool(tx.frame("gather.terms")["is_renewal"].any())
    tx.run("gather.keep_terms", {"is_renewal": is_renewal})
    _refuse_far_terms(tx.frame("gather.terms"))
    for step in ("class", "account", "area", "offer", "link", "open", "held", "fact", "member", "rate_table", "group"):
        tx.run(f"gather.make_{step}")
    return Inputs(
        members=tx.frame("gather.members"),
        coverages=tx.frame("gather.coverages"),
        offers=tx.frame("gather.offers"),
        terms=tx.frame("gather.terms"),
        tables=tx.frame("gather.rate_tables"),
        versions=tx.frame("gather.rate_versions"),
        cells=tx.frame("gather.rate_cells").sort(pl.all()),
        rules=tx.frame("gather.rules"),
        classes=tx.frame("gather.classes"),
        final_rates=tx.frame("gather.final_rates"),
        settings=pl.DataFrame(
            {"is_renewal": [is_renewal], "rating_date": pl.Series([rating_date], dtype=pl.Date)},
        ),
    )


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
