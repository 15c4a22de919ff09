"""Contracts of quotes made while the caller waits: issued, renewed, endorsed.

What lives here: the three calls, with the dates that each derives. What does not: the checks (`request`), the making
(`making`), and the call that starts a job (`request.ask`).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.book import Transaction
from services.contracts import words
from services.contracts.making import Made, make, shorten
from services.contracts.request import Wanted, check, with_dates
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing, out_of_order
from services.member_rating.words import day_of
from services.policies.ending import end_for_version
from services.records.terms import with_end
from services.scope import Scope

DETAIL_LEVELS = ("PLAN_LEVEL", "COVERAGE_LEVEL", "CHARGE_LEVEL")
_RENEWED_MONTHS = 12


@dataclass(frozen=True)
class Issued:
    """A contract made at once, and what to say of it."""

    made: Made
    message: str
    warnings: tuple[str, ...] = ()


def issue(tx: Transaction, wanted: Wanted, *, detail_level: str | None = None, scope: Scope, now: datetime) -> Issued:
    """Make the contract of a quote. Dates left out are the quote's; a term stated says the end.

    `detail_level` says how finely the host books what is due: nothing of the contract hangs on it.
    """
    if detail_level is not None and detail_level not in DETAIL_LEVELS:
        raise Refused(invalid("transactionDetailLevel"))
    quote = _quote(tx, wanted, scope)
    start = wanted.start or (quote["start_date"].isoformat() if quote["start_date"] else None)
    end = wanted.end or _end(start, wanted.term) or (quote["end_date"].isoformat() if quote["end_date"] else None)
    return _made(tx, replace(wanted, start=start, end=end), words.CREATED, scope=scope, now=now)


def renew(tx: Transaction, wanted: Wanted, *, renewal_date: str | None, scope: Scope, now: datetime) -> Issued:
    """Make the contract of the next term from a renewal quote; by default for twelve months.

    What the contract before says of enrollment, agents and plans of the same products is carried over. Refused for a
    renewal that begins before the term ends, or a contract that has a later one already.
    """
    start = _day("renewalDate", renewal_date)
    _quote(tx, wanted, scope)
    prior = _prior(tx, wanted, scope)
    if prior["next_id"]:
        raise Refused(_followed(prior))
    if start <= prior["end_date"]:
        says = f"The running term ends on {prior['end_date']}; the renewal begins after it."
        raise Refused(out_of_order("renewalDate", "contractEndDate").about(field="renewalDate", says=says))
    end = wanted.end or _end(start.isoformat(), wanted.term or _RENEWED_MONTHS)
    dated = replace(wanted, start=start.isoformat(), end=end)
    return _made(tx, dated, words.RENEWED, scope=scope, now=now)


def endorse(
    tx: Transaction,
    wanted: Wanted,
    *,
    effective_date: str | None,
    keeps_end: bool = True,
    scope: Scope,
    now: datetime,
) -> Issued:
    """Make a new version of a running contract from an endorsement quote; the running one ends the day before, and its
    policies with it (EN-2: a policy expires with its contract).

    The new version ends when the running one would have, or, unless `keeps_end`, when the quote does. Refused for a
    day that is not within the running term, or is its first. A contract that follows already, as after a renewal,
    stays as it is and follows the new version, which ends before it begins.
    """
    start = _day("effectiveDate", effective_date)
    quote = _quote(tx, wanted, scope)
    prior = _prior(tx, wanted, scope)
    follows = prior["next_from"]
    if follows is not None and start >= follows:
        raise Refused(_followed(prior))
    if not prior["start_date"] < start <= prior["end_date"]:
        says = (
            f"The running term is {prior['start_date']} to {prior['end_date']}; name a day within it, after its first."
        )
        raise Refused(invalid("effectiveDate").about(field="effectiveDate", says=says))
    dated = with_dates(
        replace(wanted, start=start.isoformat()), None, prior["end_date"] if keeps_end else quote["end_date"]
    )
    checked = check(tx, dated, scope=scope)
    if follows is not None and checked.end >= follows:
        # A caller states no end, only whose it is.
        name, ends = "updateExistingContractDates", f"this version would end on {checked.end} as its quote"
        says = f"The contract {prior['next_id']} begins on {follows}, and {ends}; let it end as the running one."
        raise Refused(invalid(name).about(field=name, says=says))
    made = make(tx, checked, now=now)
    n_ended = end_for_version(tx, prior["contract_id"], start, made.contract_id, now=now)
    shorten(tx, checked, made.contract_id, now=now)
    told = [words.ended(n_ended, start - timedelta(days=1))] if n_ended else []
    if follows:
        told.append(f"The contract {prior['next_id']}, which follows from {follows}, was not changed.")
    return Issued(made, words.ENDORSED, (*checked.warnings, *told))


def _made(tx: Transaction, wanted: Wanted, message: str, *, scope: Scope, now: datetime) -> Issued:
    checked = check(tx, wanted, scope=scope)
    return Issued(make(tx, checked, now=now), message, checked.warnings)


def _quote(tx: Transaction, wanted: Wanted, scope: Scope) -> dict[str, Any]:
    if not wanted.quote_id:
        raise Refused(words.not_stated("quoteId"))
    if not scope.sees(tx, "quote", wanted.quote_id):
        raise Refused(words.QUOTE_NOT_FOUND)
    (quote,) = tx.frame("contracts.head", {"quote_id": wanted.quote_id, "account_id": None}).to_dicts()
    return quote


def _prior(tx: Transaction, wanted: Wanted, scope: Scope) -> dict[str, Any]:
    """The contract before, of the same account."""
    fault = invalid("targetContractId")
    if not wanted.prior_contract_id:
        raise Refused(missing("targetContractId"))
    if not scope.sees(tx, "contract", wanted.prior_contract_id):
        raise Refused(fault)
    (prior,) = tx.frame("contracts.prior", {"contract_id": wanted.prior_contract_id}).to_dicts()
    (quote,) = tx.frame("contracts.head", {"quote_id": wanted.quote_id, "account_id": None}).to_dicts()
    if quote["account_id"] is not None and quote["account_id"] != prior["account_id"]:
        raise Refused(fault)
    return prior


def _followed(prior: dict[str, Any]) -> InsuranceError:
    """What is said of a contract that another one follows already; it is of the same account."""
    says = f"The contract {prior['next_id']} follows it from {prior['next_from']}; name that one instead."
    return invalid("targetContractId").about(field="targetContractId", says=says)


def _day(name: str, text: str | None) -> date:
    if not text:
        raise Refused(words.not_stated(name))
    day = day_of(text)
    if day is None:
        raise Refused(bad_date().about(field=name))
    return day


def _end(start: str | None, months: int | None) -> str | None:
    """The last day of a term of months; None where either is missing, or not what it should be: that is told later."""
    day = day_of(start) if start else None
    if day is None or months is None or not 1 <= months <= 1200:
        return None
    return str(with_end({"StartDate": day.isoformat(), "ContractTerm": months}, None)["EndDate"])
