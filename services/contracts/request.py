"""A contract of a quote asked for: what can be known before it is made, and the acceptance of the job.

What lives here: `Wanted`, the checks that come first (CQ-1 to CQ-5, CQ-9, CQ-12), and `ask`. What does not: the making
(`making`) and the job (`creation`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from services import jobs
from services.book import Transaction
from services.contracts import plans, words
from services.contracts.additional import MOST_MONTHS, Added, added, must_open_first, plans_must_open_first
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid
from services.member_rating.words import day_of, within_reason
from services.quotes.reading import stale_roots
from services.records.terms import months_of
from services.scope import Scope

KIND = "ContractCreation"
APPROVED = ("Approved", "Accepted")


@dataclass(frozen=True)
class Wanted:
    """What a caller says: texts as they came. `prior_contract_id` is the contract that is renewed or endorsed."""

    quote_id: str | None
    start: str | None = None
    end: str | None = None
    term: int | None = None
    enrollment_start: str | None = None
    enrollment_end: str | None = None
    items: Sequence[Mapping[str, Any]] = ()
    prior_contract_id: str | None = None
    account_id: str | None = None
    """Used where the quote names no account."""


@dataclass(frozen=True)
class Checked:
    """What is made: everything read and found good."""

    quote: dict[str, Any]
    start: date
    end: date
    term: int | None
    """As stated, where the dates say something else; null is that of the dates."""
    enrollment_start: date | None
    enrollment_end: date | None
    added: Added
    prior_contract_id: str | None
    warnings: tuple[str, ...] = ()


def ask(
    tx: Transaction,
    wanted: Wanted,
    *,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> str:
    """Accept the making of a contract, and return the id of the request. Refused for whatever `check` finds."""
    checked = check(tx, wanted, scope=scope)
    inputs = asdict(wanted) | {"items": [dict(item) for item in wanted.items]}
    name = f"Contract of quote {checked.quote['quote_number']}"
    asked = jobs.Ask(
        KIND, name, inputs, checked.quote["quote_id"], checked.quote["account_id"], requested_by, http_request_id
    )
    return jobs.accept(tx, asked, now=now)


def check(tx: Transaction, wanted: Wanted, *, scope: Scope, request_id: str | None = None) -> Checked:
    """Read and judge what is wanted; Refused with every fault there is of the quote, the dates and the fields.

    A job names its own request, which does not stand in its own way (CQ-12).
    """
    _required(wanted)
    if not scope.sees(tx, "quote", str(wanted.quote_id)):
        raise Refused(words.QUOTE_NOT_FOUND)
    (quote,) = tx.frame("contracts.head", {"quote_id": wanted.quote_id, "account_id": wanted.account_id}).to_dicts()
    if tx.rows("contracts.of_quote", {"quote_id": wanted.quote_id, "request_id": request_id}):
        raise Refused(words.HAS_CONTRACT)
    dated = _dated(wanted)
    faults = [*_of_quote(tx, quote), *_of_dates(dated)]
    if faults:
        raise Refused(*faults)
    extra = added(tx, wanted.items, plans.lines(tx, quote["quote_id"]), quote, scope=scope)
    must_open_first(extra, dated["enrollment_start"], dated["enrollment_end"])
    of_plans = {"effective_start_date": dated["start"], "effective_end_date": dated["end"]}
    of_plans |= {"enrollment_start_date": dated["enrollment_start"], "enrollment_end_date": dated["enrollment_end"]}
    plans_must_open_first(extra, {None: of_plans})
    start, end = dated["start"], dated["end"]
    assert start is not None
    assert end is not None
    months = months_of(start, end)
    term = wanted.term if wanted.term != months else None
    warnings: list[str] = []
    if term is not None:
        warnings.append(f"The contractTerm {term} was kept, though the dates say {months or 'no whole months'}.")
    if None not in (quote["start_date"], quote["end_date"]):
        priced = months_of(quote["start_date"], quote["end_date"])
        if priced != months:  # a unit price is the premium of the line (CQ-8), which is of the term quoted
            lasts = [f"{n or 'no whole'} month{'' if n == 1 else 's'}" for n in (priced, months)]
            warnings.append(f"Unit prices are those of the quote, for {lasts[0]}; the contract lasts {lasts[1]}.")
    return Checked(
        quote, start, end, term, dated["enrollment_start"], dated["enrollment_end"], extra, wanted.prior_contract_id,
        tuple(warnings),
    )  # fmt: skip


def with_dates(wanted: Wanted, start: date | None, end: date | None) -> Wanted:
    """The same with dates for those left out."""
    return replace(
        wanted,
        start=wanted.start if wanted.start is not None or start is None else start.isoformat(),
        end=wanted.end if wanted.end is not None or end is None else end.isoformat(),
    )


def _required(wanted: Wanted) -> None:
    stated = {"quoteId": wanted.quote_id, "contractStartDate": wanted.start, "contractEndDate": wanted.end}
    absent = [words.not_stated(name) for name, value in stated.items() if not value]
    if absent:
        raise Refused(*absent)
    if wanted.term is not None and not 1 <= wanted.term <= MOST_MONTHS:
        raise Refused(invalid("contractTerm"))


def _dated(wanted: Wanted) -> dict[str, date | None]:
    """The dates read; Refused for each that is none."""
    texts = {
        "start": ("contractStartDate", wanted.start),
        "end": ("contractEndDate", wanted.end),
        "enrollment_start": ("enrollmentStartDate", wanted.enrollment_start),
        "enrollment_end": ("enrollmentEndDate", wanted.enrollment_end),
    }
    read = {name: None if text is None else day_of(text) for name, (_, text) in texts.items()}
    bad = [bad_date().about(field=said) for name, (said, text) in texts.items() if text is not None and not read[name]]
    bad += [fault for name, (said, _) in texts.items() if (day := read[name]) and (fault := within_reason(said, day))]
    if bad:
        raise Refused(*bad)
    return read


def _of_dates(dated: Mapping[str, date | None]) -> list[InsuranceError]:
    """CQ-4. The enrollment window may lie before the contract."""
    faults = []
    start, end, opens, closes = (dated[name] for name in ("start", "end", "enrollment_start", "enrollment_end"))
    if start is not None and end is not None and end <= start:
        faults.append(words.ends_first("contractEndDate", "contractStartDate"))
    if opens is not None and closes is not None and closes < opens:
        faults.append(words.WINDOW_ENDS_FIRST)
    return faults


def _of_quote(tx: Transaction, quote: Mapping[str, Any]) -> list[InsuranceError]:
    """CQ-1 to CQ-3."""
    faults = []
    if quote["account_id"] is None:
        faults.append(words.NO_ACCOUNT)
    if quote["status"] not in APPROVED:
        faults.append(words.NOT_APPROVED)
    roots = tx.rows("contracts.roots", {"quote_id": quote["quote_id"]})
    stale = stale_roots(tx, quote["quote_id"])
    unrated = [line for line, is_rated in roots if not is_rated or line in stale]
    if unrated:
        faults.append(words.NOT_RATED.about(quoteLineItemIds=unrated))
    elif not roots:
        faults.append(words.NOT_RATED)
    return faults
