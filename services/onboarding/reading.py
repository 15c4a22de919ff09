"""What is told of a registration: registration, summary in bands, integration (ON-2), and the host's fuller view.

What lives here: the answers and the bands. What does not: facts from the records (`steps.facts`) and the list of many
(`portfolio`). Nothing here holds a member's data, a contact, or more of a tax id than its last four digits.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from schemas.onboarding import ACTIVE, BLOCKED, CATEGORIES, DONE, PRODUCT_LINES, SKIPPED, TERMINATED
from services.book import Transaction
from services.onboarding import actions, brokers, fields, steps
from services.onboarding.events import stamp
from services.onboarding.reach import Row

Told = dict[str, Any]

SIZES = ((9, "1-9"), (50, "10-50"), (100, "51-100"), (500, "101-500"))
LARGEST = "501+"
LEAST_FOR_PARTICIPATION = 10
"""Eligible employees below which the share of enrolled ones is hidden."""
SMALL = 50
"""Eligible employees up to which a group is small unless it says otherwise."""
FUNDING = {"Fully Insured": "FULLY_INSURED", "Level Funded": "LEVEL_FUNDED", "Self Funded": "SELF_FUNDED"}


def masked(tax_id: str | None) -> str | None:
    """A tax id with its last four digits alone.

    >>> masked("123456789")
    '**-***6789'
    """
    return None if tax_id is None else f"**-***{tax_id[-4:]}"


def size_band(n: int | None) -> str | None:
    """The band of a number of employees.

    >>> [size_band(n) for n in (1, 9, 10, 50, 51, 100, 101, 500, 501)]
    ['1-9', '1-9', '10-50', '10-50', '51-100', '51-100', '101-500', '101-500', '501+']
    """
    return None if n is None else next((band for most, band in SIZES if n <= most), LARGEST)


def participation_band(enrolled: int | None, eligible: int | None) -> str:
    """The band of the share of eligible employees who are enrolled; hidden in groups of fewer than ten.

    >>> [participation_band(n, 100) for n in (49, 50, 74, 75, None)], participation_band(9, 9)
    (['UNDER_50', '50_74', '50_74', '75_PLUS', 'UNKNOWN'], 'UNKNOWN')
    """
    if enrolled is None or eligible is None or eligible < LEAST_FOR_PARTICIPATION:
        return "UNKNOWN"
    if enrolled * 100 < eligible * 50:
        return "UNDER_50"
    return "50_74" if enrolled * 100 < eligible * 75 else "75_PLUS"


def whole(tx: Transaction, row: Row, today: date) -> Told:
    """Registration, summary and integration together."""
    facts = _facts(tx, row, today)
    return {
        **_head(row),
        "taxId": masked(row["tax_id"]),
        "registration": registration(row),
        "summary": _summary(tx, row, facts, CATEGORIES, today),
        "integration": _integration(tx, row, facts, today),
    }


def status(row: Row) -> Told:
    """Registration status only."""
    return {**_head(row), "registration": registration(row)}


def summary(tx: Transaction, row: Row, asked: Sequence[str] | None, today: date) -> Told:
    """The summary in the categories asked for, all of them by default; unknown ones are named, not refused (ON-5)."""
    wanted = CATEGORIES if not asked else tuple(each for each in CATEGORIES if each in asked)
    unknown = [each for each in dict.fromkeys(asked or ()) if each not in CATEGORIES]
    told = _summary(tx, row, _facts(tx, row, today), wanted, today)
    return {**_head(row), "summary": told, "unknownCategories": unknown}


def integration(tx: Transaction, row: Row, today: date) -> Told:
    """Integration status only."""
    return {**_head(row), "integration": _integration(tx, row, _facts(tx, row, today), today)}


def for_host(tx: Transaction, row: Row, today: date) -> Told:
    """The whole, and what the host reviews: the data as registered, the tax id masked, and the brokers so far."""
    data = fields.as_stated(fields.stored(row)) | {"taxId": masked(row["tax_id"])}
    history = brokers.history(tx, row["registration_id"])
    told = [
        {
            "producerCode": each.producer_code,
            "name": each.name,
            "agencyName": each.agency_name,
            "from": _day(each.effective_from),
            "to": _day(each.effective_to),
            "isVerified": each.verified_at is not None,
        }
        for each in history
    ]
    answer = whole(tx, row, today)
    return {**answer, "partnerId": row["partner_id"], "accountId": row["account_id"], "data": data, "brokers": told}


def registration(row: Row) -> Told:
    """The block `registration`."""
    return {
        "status": row["status"],
        "isOnboarded": row["status"] == ACTIVE,
        "statusReason": row["status_reason"],
        "submittedAt": stamp(row["submitted_at"]),
        "updatedAt": stamp(row["updated_at"]),
    }


def pending(action: dict[str, Any]) -> Told:
    """A pending action; `field` only where it is about one."""
    told = {
        "code": action["code"],
        "description": action["description"],
        "owner": action["owner"],
        "dueDate": _day(action["due_date"]),
    }
    return told if action["field"] is None else {**told, "field": action["field"]}


def _head(row: Row) -> Told:
    return {
        "groupRegistrationId": row["registration_id"],
        "partnerGroupKey": row["partner_group_key"],
        "version": row["version"],
    }


def _facts(tx: Transaction, row: Row, today: date) -> Told:
    found = steps.facts(tx, today, registration_id=row["registration_id"], only_open=False)
    return found.row(0, named=True)


def _summary(tx: Transaction, row: Row, facts: Told, wanted: Sequence[str], today: date) -> Told:
    made: dict[str, Callable[[], Told]] = {
        "group": lambda: _group(row, facts),
        "coverage": lambda: _coverage(tx, row, facts, today),
        "eligibility": lambda: _eligibility(row, facts),
        "enrollment": lambda: _enrollment(row, facts),
    }
    return {category: made[category]() for category in wanted}


def _group(row: Row, facts: Told) -> Told:
    n, stated = row["eligible_count"], row["market_segment"]
    segment = stated or (None if n is None else "SMALL" if n <= SMALL else "LARGE")
    return {
        "sizeBand": size_band(n),
        "marketSegment": segment,
        "situsState": row["situs_state"],
        "multiState": facts["n_states"] > 1 if facts["n_members"] else None,
    }


def _coverage(tx: Transaction, row: Row, facts: Told, today: date) -> Told:
    found: dict[str, str] = {}
    if row["account_id"] is not None:  # without a linked account no record of this book is the registration's own
        params = {"registration_id": row["registration_id"], "today": today}
        found = dict(tx.rows("onboarding.line_states", params))  # pyright: ignore[reportArgumentType]
    if row["status"] == TERMINATED:
        found = {kind: "ENDED" if state in ("SOLD", "IN_FORCE") else state for kind, state in found.items()}
    lines = (row["product_lines"] or "").split(";") if row["product_lines"] else []
    end = facts["contract_end"]
    return {
        "productLines": [{"line": line, "status": found.get(PRODUCT_LINES[line], "NOT_STARTED")} for line in lines],
        "planCount": facts["n_plans"],
        "effectiveDate": _day(row["effective_date"]),
        "renewalDate": _day(None if end is None else end + timedelta(days=1)),
        "fundingType": FUNDING.get(facts["funding_type"] or ""),
    }


def _eligibility(row: Row, facts: Told) -> Told:
    stated = json.loads(row["classes"]) if row["classes"] else []
    n = facts["n_dependents"]
    return {
        "classCount": facts["n_classes"] or len(stated),
        "waitingPeriodDays": row["waiting_period_days"],
        "openEnrollment": {
            "start": _day(facts["opens_on"]),
            "end": _day(facts["closes_on"]),
            "isOpen": facts["is_open"],
        },
        "dependentsCovered": n > 0 if facts["n_members"] else None,
    }


def _enrollment(row: Row, facts: Told) -> Told:
    enrolled = facts["n_enrolled"] if facts["n_policies"] else row["enrolled_count"]
    return {
        "participationBand": participation_band(enrolled, row["eligible_count"]),
        "lastCensusReceivedOn": _day(facts["received_on"]),
    }


def _integration(tx: Transaction, row: Row, facts: Told, today: date) -> Told:
    registration_id = row["registration_id"]
    found = tx.rows("onboarding.steps", {"registration_id": registration_id})
    state = {code: state for code, state, *_ in found}
    waiting = actions.open_actions(tx, [registration_id])[registration_id]
    return {
        "percentComplete": percent(list(state.values())),
        "lastSyncedAt": stamp(row["synced_at"]),
        "lastErrorAt": stamp(facts["last_error_at"]),
        "flags": _flags(row, facts, state, waiting, today),
        "pendingActions": [pending(each) for each in waiting],
        "steps": [
            {
                "code": code,
                "state": step_state,
                "owner": owner,
                "startedAt": stamp(started_at),
                "completedAt": stamp(completed_at),
            }
            for code, step_state, owner, started_at, completed_at in found
        ],
    }


def percent(states: Sequence[str]) -> int:
    """Steps done of those that are not skipped, in percent, rounded down.

    >>> percent(["DONE"] + ["NOT_STARTED"] * 10), percent(["DONE", "SKIPPED"])
    (9, 100)
    """
    return 100 * states.count(DONE) // max(1, len(states) - states.count(SKIPPED))


def _flags(row: Row, facts: Told, state: dict[str, str], waiting: list[dict[str, Any]], today: date) -> dict[str, bool]:
    last_error: datetime | None = facts["last_error_at"]
    is_overdue = any(each["due_date"] < today for each in waiting)
    has_failed = last_error is not None and last_error > row["synced_at"]
    return {
        "dataValidated": state["DATA_VALIDATION"] == DONE,
        "accountCreated": state["ACCOUNT_SETUP"] == DONE,
        "brokerLinked": state["BROKER_VERIFICATION"] == DONE,
        "plansConfigured": state["PLAN_CONFIGURATION"] == DONE,
        "ratesLoaded": state["RATE_LOAD"] == DONE,
        "censusReceived": state["CENSUS_LOAD"] == DONE,
        "contractCreated": facts["has_contract"],
        "enrollmentOpen": facts["is_open"],
        "billingReady": facts["n_payments"] > 0,
        "healthy": not (BLOCKED in state.values() or is_overdue or has_failed),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
