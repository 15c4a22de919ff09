"""Census records: made and changed one at a time, with or without a contract.

What lives here: the fields of GroupCensus and their rules. What does not: members, counters (`services.summary`), and
the sheet of censuses, which names only those of contracts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schemas.census import GROUP_CENSUS
from schemas.plans import USAGE_TYPES
from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing, no_access, out_of_order, unknown_field
from services.records.own import own, value_of
from services.scope import Scope
from services.shelf.store import utc

STATUSES = ("Active", "Draft", "Inactive")
TYPES = ("Enrollment", "Lead", "Quote", "System")

SOURCE_TYPES = ("External", "User")

FIELDS = (
    own(GROUP_CENSUS, "name")
    | own(GROUP_CENSUS, "status", values=STATUSES)
    | own(GROUP_CENSUS, "type", values=TYPES)
    | own(GROUP_CENSUS, "account_id", refers="account")
    | own(GROUP_CENSUS, "contract_id", refers="contract")
    | own(GROUP_CENSUS, "effective_date")
    | own(GROUP_CENSUS, "expiration_date")
    | own(GROUP_CENSUS, "external_identifier")
    | own(GROUP_CENSUS, "lead_id")
    | own(GROUP_CENSUS, "effective_start")
    | own(GROUP_CENSUS, "effective_end")
    | own(GROUP_CENSUS, "source_system_name")
    | own(GROUP_CENSUS, "source_system_type", values=SOURCE_TYPES)
    | own(GROUP_CENSUS, "usage_type", values=USAGE_TYPES, default="Insurance")
    | own(GROUP_CENSUS, "owner_id", refers="user")
)
_NAMES = {name.lower(): name for name in FIELDS}
_MIRRORS = {"effective_date": "effective_start", "expiration_date": "effective_end"}
"""The days of a census, and the moments that stand in for them."""


def create(tx: Transaction, fields: Mapping[str, Any], *, scope: Scope, now: datetime) -> str:
    """Make a census; Name and AccountId are required, status is Draft and usage Insurance unless stated."""
    if scope.family_id is not None:
        raise Refused(no_access("edit", "GroupCensus"), status=403)
    stated = _read(tx, fields, scope)
    for name, column in (("Name", "name"), ("AccountId", "account_id")):
        if stated.get(column) is None:
            raise Refused(missing(name).about(field=name))
    census_id = ids.spell(ids.CENSUS, tx.mint(ids.CENSUS, 1))
    blank = dict.fromkeys(field.column.name for field in FIELDS.values())
    row = _mirrored(blank | {"status": "Draft", "usage_type": "Insurance"} | stated)
    _check(tx, row)
    tx.run("records.insert_census", row | {"id": census_id, "now": utc(now)})
    return census_id


def update(tx: Transaction, census_id: str, fields: Mapping[str, Any], *, scope: Scope, now: datetime) -> None:
    """Change the fields stated; the account of a census stays."""
    if scope.family_id is not None:
        raise Refused(no_access("edit", "GroupCensus"), status=403)
    stated = _read(tx, fields, scope)
    (before,) = tx.frame("records.census", {"id": census_id}).to_dicts()
    if stated.get("account_id", before["account_id"]) != before["account_id"]:
        raise Refused(InsuranceError("GB-REC-002", "The field AccountId cannot be changed.", {"field": "AccountId"}))
    for column, name in (("name", "Name"), ("status", "Status")):
        if column in stated and stated[column] is None:
            raise Refused(missing(name).about(field=name))
    row = _mirrored(before | stated)
    _check(tx, row)
    tx.run("records.update_census", row | {"id": census_id, "now": utc(now)})


def told_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The moments of a census that states none: the midnights of its days, UTC."""
    return {
        name: None if row[day] is None else f"{row[day].isoformat()}T00:00:00.000Z"
        for day, moment, name in (
            ("effective_date", "effective_start", "EffectiveStartDate"),
            ("expiration_date", "effective_end", "EffectiveEndDate"),
        )
        if row[moment] is None
    }


def _read(tx: Transaction, fields: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Values by column; each of its kind, ids known to the caller."""
    stated: dict[str, Any] = {}
    for said, value in fields.items():
        name = _NAMES.get(said.lower())
        if name is None:
            raise Refused(unknown_field(said))
        stated[FIELDS[name].column.name] = value_of(tx, said, FIELDS[name], value, scope)
    return stated


def _mirrored(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the days that its moments say where it states none."""
    made = {day: row[moment].date() for day, moment in _MIRRORS.items() if row[day] is None and row[moment]}
    return row | made


def _check(tx: Transaction, row: Mapping[str, Any]) -> None:
    first, last = row["effective_date"], row["expiration_date"]
    if first is not None and last is not None and last < first:
        raise Refused(out_of_order("ExpirationDate", "EffectiveDate"))
    begins, ceases = row["effective_start"], row["effective_end"]
    if begins is not None and ceases is not None and ceases < begins:
        raise Refused(out_of_order("EffectiveEndDate", "EffectiveStartDate"))
    if row["contract_id"] is not None:
        found = tx.row("records.contract_of", {"contract_id": row["contract_id"], "account_id": row["account_id"]})
        if found is None:
            raise Refused(invalid("ContractId").about(field="ContractId"))
