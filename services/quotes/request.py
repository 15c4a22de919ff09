"""Asking for the rating of a group quote: everything that can be known before it begins.

What lives here: `ask`, with the checks that come first (GR-1 to GR-7, GR-19), and the acceptance of the request. What
does not: the rating (`rating`).
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from schemas.quotes import CENSUS_RATING_TYPES, NEW_GROUP_BUSINESS
from services import jobs, settings
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing
from services.member_rating.words import day_of, within_reason
from services.quotes import words
from services.scope import Scope

MEMBER_BASED, SUMMARY_BASED = CENSUS_RATING_TYPES
DEFAULT_BATCH, MOST_IN_BATCH = 5, 2_000


def ask(
    tx: Transaction,
    quote_id: str,
    *,
    batch_size: int | None = None,
    line_ids: Sequence[str] | None = None,
    rating_date: str | None = None,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> str:
    """Accept the rating of a quote, or of some of its root lines, and return the id of the request.

    Rates are those of the rating date, by default of the day the quote starts. `batch_size` (1 to 2,000) labels how
    many records belong together; no amount depends on it. Refused, with every reason there is: see `words`.
    """
    if not scope.sees(tx, "quote", quote_id):
        raise Refused(words.QUOTE_NOT_FOUND)
    if batch_size is not None and not 1 <= batch_size <= MOST_IN_BATCH:
        raise Refused(invalid("batchSize"))
    (quote,) = tx.frame("quotes.head", {"quote_id": quote_id}, near=1).to_dicts()
    day = _rating_date(rating_date, quote)
    roots = _roots(tx, quote_id, line_ids)
    faults = [fault for fault in (*_faults_of(quote), _too_many(tx, quote, len(roots))) if fault is not None]
    if roots and tx.rows("quotes.bare", {"quote_id": quote_id, "root_ids": roots}):
        faults.append(words.NO_COVERAGE)
    elif roots and quote["census_rating_type"] and not _has_procedure(tx, quote, roots, day):
        faults.append(words.NO_PROCEDURE)
    if faults:
        raise Refused(*faults)
    if _overlaps(tx, quote_id, roots):
        raise Refused(words.IN_PROGRESS)
    inputs = {"rootLineIds": roots, "ratingDate": day.isoformat(), "batchSize": batch_size or DEFAULT_BATCH}
    asked = jobs.Ask(
        "GroupRating", "Group rating", inputs, quote_id, quote["census_account_id"], requested_by, http_request_id
    )
    request_id = jobs.accept(tx, asked, now=now)
    tx.run("quotes.is_requested", {"quote_id": quote_id, "request_id": request_id})
    return request_id


def _rating_date(text: str | None, quote: dict[str, Any]) -> date:
    if text is not None:
        day = day_of(text)
        if day is None:
            raise Refused(bad_date().about(field="ratingDate"))
        if fault := within_reason("ratingDate", day):
            raise Refused(fault)
        return day
    for name in ("start_date", "end_date"):
        if quote[name] is None:
            raise Refused(missing("StartDate" if name == "start_date" else "EndDate"))
    return quote["start_date"]


def _roots(tx: Transaction, quote_id: str, line_ids: Sequence[str] | None) -> list[str]:
    """The root lines to rate: those named (GR-6), or all of the quote (GR-3)."""
    if line_ids is not None and not line_ids:
        raise Refused(words.NO_LINE_NAMED)
    lines = tx.frame("quotes.lines", {"quote_id": quote_id})
    roots = lines.filter(lines["level"] == "ROOT")["quote_line_id"].to_list()
    if not roots:
        raise Refused(words.NO_PRODUCT)
    if line_ids is None:
        return roots
    asked = list(dict.fromkeys(line_ids))
    odd = [each for each in asked if each not in set(roots)]
    if odd:
        raise Refused(*(words.NOT_A_ROOT.about(quoteLineItemId=each) for each in odd))
    return asked


def _faults_of(quote: dict[str, Any]) -> list[InsuranceError | None]:
    """What is wrong with the quote and its census (GR-1, GR-2, GR-4)."""
    kind = quote["census_rating_type"]
    faults = [
        words.WRONG_TYPE if quote["insurance_quote_type"] != NEW_GROUP_BUSINESS else None,
        words.NO_RATING_TYPE if kind is None else None,
    ]
    if quote["group_census_id"] is None:
        return [*faults, words.NO_CENSUS]
    if quote["account_id"] is None or quote["census_account_id"] not in (
        quote["own_account_id"],
        quote["quote_account_id"],
    ):
        faults.append(words.OTHER_ACCOUNT)
    first, last = quote["effective_date"] or date.min, quote["expiration_date"] or date.max
    start, end = quote["start_date"], quote["end_date"]
    if start is None or end is None or not first <= start <= end <= last:
        faults.append(words.OUTSIDE_CENSUS)
    if kind == MEMBER_BASED and not quote["n_members"]:
        faults.append(words.NO_MEMBERS)
    if kind == SUMMARY_BASED and not quote["n_members"] and not quote["total_members"]:
        faults.append(words.NO_SUMMARY)
    return faults


def _too_many(tx: Transaction, quote: dict[str, Any], n_roots: int) -> InsuranceError | None:
    """GR-7."""
    kind = "summary" if quote["census_rating_type"] == SUMMARY_BASED else "member"
    most_plans = settings.number(tx, "quote_most_plans")
    most_members = settings.number(tx, f"quote_most_members_{kind}_based")
    is_over = (most_plans is not None and n_roots > most_plans) or (
        most_members is not None and max(quote["n_members"] or 0, quote["total_members"] or 0) > most_members
    )
    return words.too_many(most_plans, most_members) if is_over else None


def _has_procedure(tx: Transaction, quote: dict[str, Any], roots: list[str], day: date) -> bool:
    """Some coverage line has a table in force that fits the census rating type."""
    asked = {
        "quote_id": quote["quote_id"],
        "root_ids": roots,
        "rating_type": quote["census_rating_type"],
        "rating_date": day,
    }
    return any(fits for _, _, fits in tx.rows("quotes.procedures", asked))


def _overlaps(tx: Transaction, quote_id: str, roots: list[str]) -> bool:
    """A request that has not ended rates one of these roots (GR-19)."""
    running = tx.rows("quotes.running", {"quote_id": quote_id})
    return any(set(roots) & set(json.loads(inputs)["rootLineIds"]) for _, inputs in running)
