"""Census records: made and changed one at a time, with or without a contract.

What lives here: the fields of GroupCensus and their rules. What does not: members, counters (`services.summary`), and
the sheet of censuses, which names only those of contracts.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing, no_access, unknown_field
from services.scope import Scope
from services.shelf.store import utc

STATUSES = ("Active", "Draft", "Inactive")
TYPES = ("Enrollment", "Lead", "Quote", "System")

_TEXTS = {"name": ("name", 255), "externalidentifier": ("external_identifier", 50)}
_CHOICES = {"status": ("status", STATUSES), "type": ("type", TYPES), "usagetype": ("", ("Insurance",))}
_DATES = {"effectivedate": "effective_date", "expirationdate": "expiration_date"}
_IDS = {"accountid": ("account_id", "account"), "contractid": ("contract_id", "contract")}


def create(tx: Transaction, fields: Mapping[str, Any], *, scope: Scope, now: datetime) -> str:
    """Make a census; Name and AccountId are required, status is Draft and usage Insurance unless stated."""
    if scope.family_id is not None:
        raise Refused(no_access("edit", "GroupCensus"), status=403)
    stated = _read(tx, fields, scope)
    for name, column in (("Name", "name"), ("AccountId", "account_id")):
        if stated.get(column) is None:
            raise Refused(missing(name))
    census_id = ids.spell(ids.CENSUS, tx.mint(ids.CENSUS, 1))
    blank = dict.fromkeys(("type", "contract_id", "effective_date", "expiration_date", "external_identifier"))
    row = blank | {"status": "Draft"} | stated
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
            raise Refused(missing(name))
    row = before | stated
    _check(tx, row)
    tx.run("records.update_census", row | {"id": census_id, "now": utc(now)})


def _read(tx: Transaction, fields: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Values by column; each of its kind, ids known to the caller."""
    stated: dict[str, Any] = {}
    for name, value in fields.items():
        plain = name.lower()
        if plain in _TEXTS:
            column, longest = _TEXTS[plain]
            if value is not None and (not isinstance(value, str) or len(value) > longest):
                raise Refused(invalid(name).about(field=name))
            stated[column] = (value or "").strip() or None
        elif plain in _CHOICES:
            column, values = _CHOICES[plain]
            if value is not None and value not in values:
                raise Refused(invalid(name).about(field=name))
            if column:
                stated[column] = value
        elif plain in _DATES:
            stated[_DATES[plain]] = _day(name, value)
        elif plain in _IDS:
            column, kind = _IDS[plain]
            if value is not None and (not isinstance(value, str) or not scope.sees(tx, kind, value)):
                raise Refused(invalid(name).about(field=name))
            stated[column] = value
        else:
            raise Refused(unknown_field(name))
    return stated


def _day(name: str, value: Any) -> date | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise Refused(bad_date().about(field=name)) from None


def _check(tx: Transaction, row: Mapping[str, Any]) -> None:
    first, last = row["effective_date"], row["expiration_date"]
    if first is not None and last is not None and last < first:
        raise Refused(InsuranceError("SF-0001-0002", "The ExpirationDate must be after the EffectiveDate."))
    if row["contract_id"] is not None:
        found = tx.row("records.contract_of", {"contract_id": row["contract_id"], "account_id": row["account_id"]})
        if found is None:
            raise Refused(invalid("ContractId").about(field="ContractId"))
