"""A quote as it stands: its head, its tree of lines, and whether its prices still hold.

What lives here: `quote`, the whole of one, and `state_of`, what its record says of its rating. What does not: rating
(`rating`), and single records of lines (`services.records`).
"""

from datetime import date, datetime
from typing import Any

import polars as pl

from services.book import Transaction
from services.insurance_errors import Refused
from services.quotes import words
from services.scope import Scope

_HEAD = {
    "quote_id": "quoteId",
    "quote_number": "quoteNumber",
    "name": "name",
    "account_id": "accountId",
    "quote_account_id": "quoteAccountId",
    "group_census_id": "groupCensusId",
    "insurance_quote_type": "insuranceQuoteType",
    "census_rating_type": "censusRatingType",
    "start_date": "startDate",
    "end_date": "endDate",
    "status": "status",
    "rating_area": "ratingArea",
    "industry_code": "industryCode",
    "total_cents": "totalPrice",
    "rated_at": "ratedAt",
    "rating_date": "ratingDate",
}
_LINE = {
    "quote_line_id": "id",
    "instance_key": "instanceKey",
    "level": "level",
    "name": "name",
    "product_id": "product2Id",
    "product_code": "productCode",
    "group_class_id": "groupClassId",
    "class_name": "groupClassName",
    "is_optional": "isOptional",
    "quantity": "quantity",
    "unit_price_cents": "unitPrice",
    "net_unit_price_cents": "netUnitPrice",
    "net_total_price_cents": "netTotalPrice",
    "tax_cents": "standardQLITaxAmount",
    "rating_error": "ratingError",
    "rating_note": "ratingNote",
    "rated_at": "ratedAt",
}
_ATTRIBUTE = {
    "quote_line_attribute_id": "id",
    "attribute_name": "attributeName",
    "value": "value",
    "attribute_definition_id": "attributeDefinitionId",
    "attribute_picklist_value_id": "attributePicklistValueId",
}


def quote(tx: Transaction, quote_id: str, *, scope: Scope) -> dict[str, Any]:
    """The whole quote in published names: head, rating, and `lines`, each root with what hangs under it.

    Refused (GB-GRP-001) for an unknown id. Amounts are dollars; null until rated.
    """
    if not scope.sees(tx, "quote", quote_id):
        raise Refused(words.QUOTE_NOT_FOUND)
    asked = {"quote_id": quote_id}
    (head,) = tx.frame("quotes.whole", asked).to_dicts()
    told = _told(head, _HEAD) | state_of(tx, quote_id)
    stale = stale_roots(tx, quote_id)
    nodes: dict[str, dict[str, Any]] = {}
    roots: list[dict[str, Any]] = []
    for row in tx.frame("quotes.tree", asked).to_dicts():  # lines, not members: a plan has some ten
        node = _told(row, _LINE) | {"attributes": [], "lines": []}
        nodes[row["quote_line_id"]] = node
        if row["parent_line_id"] is None:
            node["isStale"] = told["isStale"] and row["quote_line_id"] in stale  # never rated: no price to be stale
            roots.append(node)
        else:
            nodes[row["parent_line_id"]]["lines"].append(node)
    for row in tx.frame("quotes.tree_attributes", asked).to_dicts():
        nodes[row["quote_line_id"]]["attributes"].append(_told(row, _ATTRIBUTE))
    return told | {"lines": roots}


def state_of(tx: Transaction, quote_id: str) -> dict[str, Any]:
    """What is known of the rating of a quote: the status of the latest request (GR-16), and `isStale` (GR-17).

    A quote is stale when what the prices of a root were made from is no more as it was, or a root came after.
    """
    found = tx.row("quotes.state", {"quote_id": quote_id})
    assert found is not None
    rated_at, request_id, status = found
    is_stale = rated_at is not None and bool(stale_roots(tx, quote_id))
    return {"ratingStatus": status, "ratingRequestId": request_id, "isStale": is_stale}


def stale_roots(tx: Transaction, quote_id: str) -> frozenset[str]:
    """Root lines whose prices, if they have any, were made from something else than what there is now."""
    rated = tx.frame("quotes.rated_versions", {"quote_id": quote_id})
    now = fingerprints(tx, quote_id)
    differs = rated.join(now, on="root_line_id").filter(pl.col("rated_version").ne_missing(pl.col("fingerprint")))
    return frozenset(differs["root_line_id"])


def fingerprints(tx: Transaction, quote_id: str) -> pl.DataFrame:
    """All that the prices of each root come from, as one text: root_line_id, fingerprint."""
    return tx.frame("quotes.fingerprints", {"quote_id": quote_id})


def _told(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {name: _published(column, row[column]) for column, name in names.items()}


def _published(column: str, value: Any) -> Any:
    """Cents as dollars, days and moments as text."""
    if value is None:
        return None
    if column.endswith("_cents"):
        return value / 100
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    return value.isoformat() if isinstance(value, date) else value
