"""Taking a line off a quote, with everything that hangs under it.

What lives here: `remove_line`. What does not: making and changing lines (`services.records`, `services.shelf.quotes`),
and new prices (`rating`).

A removed root leaves the other roots as they are, and the quote is the sum of those (GR-12). Of a root that lost a line
within, the sums are those of what is left, and stale until it is rated again (GR-17).
"""

from datetime import datetime

from services.book import Transaction
from services.contracts.words import HAS_CONTRACT
from services.insurance_errors import Refused, no_access
from services.quotes import words
from services.quotes.rating import PART_UNRATED
from services.records.reading import must_be_known, object_named
from services.scope import Scope


def remove_line(tx: Transaction, line_id: str, *, scope: Scope, now: datetime) -> str:
    """Remove a line, those under it and their attributes; the id of the quote.

    Refused: an unknown line (404), a caller of one family (403), a quote that has a contract or that is being rated.
    """
    made = object_named("QuoteLineItem")
    must_be_known(tx, made, line_id, scope)
    if scope.family_id is not None:
        raise Refused(no_access("edit", made.name), status=403)
    ((quote_id, root_id),) = tx.rows("quotes.place_of_line", {"line_id": line_id})
    asked = {"quote_id": quote_id}
    if tx.rows("contracts.of_quote", asked | {"request_id": None}):
        raise Refused(HAS_CONTRACT)
    if tx.rows("quotes.running", asked):
        raise Refused(words.IN_PROGRESS)
    tx.run("quotes.make_going", {"line_id": line_id})
    for step in ("remove_attributes", "remove_lines", "drop_going"):
        tx.run(f"quotes.{step}")
    of_root = asked | {"root_ids": [root_id]}
    tx.run("quotes.clear_sums", of_root)
    tx.run("quotes.roll_up", of_root | {"part_unrated": PART_UNRATED})
    tx.run("quotes.total_left", asked | {"now": now})
    return str(quote_id)
