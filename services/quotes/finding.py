"""Which quotes people mean, and which are due for rating.

What lives here: a quote by its number, the list of quotes, and those never rated or stale. What does not: reading one
whole (`reading`) and rating (`rating`).
"""

import polars as pl

from services.book import Transaction
from services.quotes.reading import stale_roots
from services.refusals import NotFound


def find_quote(tx: Transaction, known_as: str) -> str:
    """The id of the quote with that number, or id; NotFound when there is none."""
    found = tx.row("quotes.numbered", {"known_as": known_as})
    if found is None:
        raise NotFound("quote_missing", "quote", f"There is no quote {known_as}.", "`benefits quote list` lists them.")
    return str(found[0])


def listed(tx: Transaction) -> pl.DataFrame:
    """Quotes for people: quote_id, quote_number, name, account, census_rating_type, start_date, total_cents,
    rating_status.
    """
    return tx.frame("quotes.listed")


def due(tx: Transaction) -> list[str]:
    """Ids of quotes with lines that were never rated, or whose prices no longer hold; the oldest first."""
    candidates = [str(found[0]) for found in tx.rows("quotes.with_lines")]
    return [quote_id for quote_id in candidates if stale_roots(tx, quote_id)]
