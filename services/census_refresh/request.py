"""Asking for the refresh of a census: everything that can be known before it begins.

What lives here: `ask`, with its checks (BC-68), and the acceptance of the request. What does not: the refresh
(`refresh`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services import jobs
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing, out_of_order, unknown_field
from services.member_rating.words import day_of
from services.members.rows import Rows, of_records
from services.scope import Scope

KIND = "CensusRefresh"
STARTED = "The census is being refreshed."

FILTERED = {
    "Contact": "contact",
    "Account": "person_account",
    "GroupCensusMember": "member",
    "InsurancePolicy": "policy",
}
"""Objects whose records a filter may name, by the kind of `services.scope`."""

_OURS = frozenset(
    {
        "id",
        "groupcensusid",
        "memberkey",
        "primarygroupcensusmemberid",
        "primarymembersource",
        "grpcensusgrpclasssummaryid",
    }
)
"""Fields that tell who a member is; a refresh does not take them from a caller."""


@dataclass(frozen=True)
class Filter:
    """Which policies: of some root plans, or of some records; None is any."""

    plan_ids: Sequence[str] | None = None
    object_name: str | None = None
    record_ids: Sequence[str] | None = None


@dataclass(frozen=True)
class RefreshAsk:
    """What a caller states of a refresh."""

    contract_id: str | None
    census_id: str | None
    start_date: str | None = None
    end_date: str | None = None
    policy_date: str | None = None
    filter: Filter = Filter()
    additional_fields: Sequence[Mapping[str, Any]] = ()
    makes_csv: bool = False
    with_plans: bool = False
    retry_of: str | None = None


def ask(
    tx: Transaction,
    asked: RefreshAsk,
    *,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> str:
    """Accept the refresh of a census and return the id of the request.

    Refused for a contract or census that is missing, unknown or of another account, dates that are missing, bad or in
    the wrong order, a filter that names nothing, a field that members don't have, and a retry of what did not fail.
    """
    account_id = _must_belong(tx, asked, scope)
    first, last, day = (
        _day(text, name)
        for text, name in (
            (asked.start_date, "startDate"),
            (asked.end_date, "endDate"),
            (asked.policy_date, "policyEffectiveDate"),
        )
    )
    if first > last:
        raise Refused(out_of_order("endDate", "startDate"))
    _check_filter(tx, asked, scope)
    fields = stated_fields(asked.additional_fields)
    if fields:
        read_fields(tx, fields)
    if asked.retry_of:
        _must_have_failed(tx, asked, scope)
    inputs = {
        "groupCensusId": asked.census_id,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "policyEffectiveDate": day.isoformat(),
        "planIds": list(asked.filter.plan_ids) if asked.filter.plan_ids else None,
        "objectName": asked.filter.object_name,
        "recordIds": list(asked.filter.record_ids) if asked.filter.record_ids else None,
        "fields": fields,
        "makesCsv": asked.makes_csv,
        "withPlans": asked.with_plans,
        "accountIds": None if scope.account_ids is None else list(scope.account_ids),
        "retryOf": asked.retry_of,
        "contractId": asked.contract_id,
    }
    made = jobs.Ask(KIND, "Census refresh", inputs, asked.census_id, account_id, requested_by, http_request_id)
    return jobs.accept(tx, made, now=now)


def _must_belong(tx: Transaction, asked: RefreshAsk, scope: Scope) -> str:
    """Both are known, and of one account; the account."""
    for kind, name, record_id in (
        ("contract", "contractId", asked.contract_id),
        ("census", "groupCensusId", asked.census_id),
    ):
        if not record_id:
            raise Refused(missing(name))
        if not scope.sees(tx, kind, record_id):
            raise Refused(invalid(name))
    found = tx.row("census_refresh.accounts", {"contract_id": asked.contract_id, "census_id": asked.census_id})
    if found is None or found[0] != found[1]:
        raise Refused(invalid("groupCensusId"))
    return str(found[0])


def _day(text: str | None, name: str) -> date:
    if not text:
        raise Refused(missing(name))
    day = day_of(text)
    if day is None:
        raise Refused(bad_date().about(field=name))
    return day


def _check_filter(tx: Transaction, asked: RefreshAsk, scope: Scope) -> None:
    named = asked.filter
    plans = list(dict.fromkeys(named.plan_ids or ()))
    if plans:
        found = tx.rows("census_refresh.roots", {"contract_id": asked.contract_id, "plan_ids": plans})
        if len(found) < len(plans):
            raise Refused(invalid("contractGroupPlanIds"))
    if named.object_name is None:
        if named.record_ids:
            raise Refused(missing("objectName"))
        return
    kind = FILTERED.get(named.object_name)
    if kind is None:
        raise Refused(invalid("objectName"))
    records = list(dict.fromkeys(named.record_ids or ()))
    if not records:
        raise Refused(missing("recordIds"))
    if len(scope.known(tx, kind, records)) < len(records):
        raise Refused(invalid("recordIds"))


def stated_fields(pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Further fields from a list of {key, value}; Refused for a pair without a key, and a field that is ours."""
    fields: dict[str, Any] = {}
    for pair in pairs:
        name = pair.get("key")
        if not isinstance(name, str) or not name.strip():
            raise Refused(missing("key"))
        if name.strip().lower() in _OURS:
            raise Refused(invalid(name))
        fields[name.strip()] = pair.get("value")
    return fields


def read_fields(tx: Transaction, fields: Mapping[str, Any]) -> Rows:
    """The fields as one row of the members core; Refused for a field that members don't have, or a wrong value."""
    rows = of_records(tx, [dict(fields)])
    if rows.faults.height:
        raise Refused(*(_fault(row) for row in rows.faults.to_dicts()))
    return rows


def _fault(row: Mapping[str, Any]) -> InsuranceError:
    if row["code"] == "unknown_field":
        return unknown_field(str(row["column"]))
    return invalid(str(row["column"]))


def _must_have_failed(tx: Transaction, asked: RefreshAsk, scope: Scope) -> None:
    """A retry names an earlier refresh of the same census in which something failed."""
    found = None
    if scope.sees(tx, "request", str(asked.retry_of)):
        found = tx.row("census_refresh.request", {"request_id": asked.retry_of})
    if (
        found is None
        or found[0] != KIND
        or found[1] != asked.census_id
        or found[2] not in (jobs.FAILED, jobs.WITH_ERRORS)
    ):
        raise Refused(invalid("requestId"))
