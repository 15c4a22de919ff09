"""Reading one record of an object, in published names, and as a row of its sheet.

What lives here: every field told, from the table, from the sheet, or from what null means. What does not: making and
changing records (`records`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused
from services.queries import statement
from services.quotes.reading import state_of
from services.records import censuses, numbers, policies, terms
from services.records.objects import OBJECTS, PERSON_ACCOUNT, RecordObject
from services.records.own import told_of
from services.scope import Scope

UNKNOWN_RECORD = InsuranceError("NOT_FOUND", "The requested resource does not exist.")
"""What the platform says of an id that is no record of the object; also of one out of scope."""

Fields = Mapping[str, Any]


def object_named(name: str) -> RecordObject:
    """The object of that name, in any case; Refused with 404 for one that is not served."""
    found = OBJECTS.get(name.lower())
    if found is None:
        raise Refused(UNKNOWN_RECORD, status=404)
    return found


def must_be_known(tx: Transaction, made: RecordObject, record_id: str, scope: Scope) -> None:
    """Refused with 404 for an id that is no record of the object, for this caller."""
    if made.kind is None or not scope.sees(tx, made.kind, record_id):
        raise Refused(UNKNOWN_RECORD, status=404)


def read(tx: Transaction, name: str, record_id: str, *, scope: Scope, now: datetime) -> dict[str, Any]:
    """A record in published names, its id as `Id`; Refused with 404 for an unknown one."""
    made = object_named(name)
    if made.name == "Account" and scope.sees(tx, "person_account", record_id):
        made = PERSON_ACCOUNT
    must_be_known(tx, made, record_id, scope)
    # Names of our own declarations, never a caller's.
    sql = statement("records.record").replace("{table}", made.table.name).replace("{key}", made.key)
    found = tx.connection.sql(sql, params={"id": record_id})
    (values,) = found.fetchall()
    row: dict[str, Any] = dict(zip(found.columns, values, strict=True))
    told: dict[str, Any] = {"attributes": {"type": made.name}}
    for column in made.table.columns:
        if column.wire is not None:
            told[column.wire] = _published(column.name, row[column.name])
    told |= told_of(row, made.own) | _of_sheet(tx, made, record_id, told)
    if made.name == "Account":
        told["IsPersonAccount"] = made is PERSON_ACCOUNT
    told |= policies.told_of(tx, made.name, row, now.date())
    if made.name == "GroupCensus":
        told |= censuses.told_of(row)
    if made.table is OBJECTS["contract"].table:
        told |= numbers.told_of(row) | {"ContractId": record_id}
        told[terms.NAME] = row["contract_term"] or terms.months_of(row["start_date"], row["end_date"])
    for each in made.moments:
        told[each] = None if told[each] is None else f"{told[each]}T00:00:00.000Z"
    if made.name == "ContractGroupPlan":
        told["AccountId"] = (tx.row("records.account_of_contract_plan", {"id": record_id}) or (None, None))[1]
        told["Attributes"] = dict(tx.rows("records.attributes", {"id": record_id}))
        told["GroupClassIds"] = [each[0] for each in tx.rows("records.classes_of_plan", {"id": record_id})]
    if made.name == "Quote":
        told |= state_of(tx, record_id)
    if made.name == "RateTable":
        told |= {"Id": record_id, "Name": row["name"], "Method": row["method"], "RatePeriod": row["rate_period"]}
        told |= {"Axes": row["axes"], "FactorTables": row["factor_tables"], "Citation": row["citation"]}
        told["Versions"] = [day.isoformat() for (day,) in tx.rows("records.versions", {"id": record_id})]
    return told


def _of_sheet(tx: Transaction, made: RecordObject, record_id: str, told: Fields) -> dict[str, Any]:
    """Fields of the sheet that the table has under another name, or in rows of its own."""
    if made.sheet is None or made.name == "InsuranceContract":
        return {}
    (row,) = tx.frame(f"records.row_of_{made.sheet.name}", {"id": record_id}).to_dicts()
    left = {name: column for name, column in made.fields.items() if name not in told and column in row}
    return {name: _published(column, row[column]) for name, column in left.items()}


def _published(column: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if column.endswith("_cents") and value is not None:
        return value / 100
    return value


def row_of(tx: Transaction, made: RecordObject, record_id: str) -> dict[str, str | None]:
    """A record of the book as a row of its sheet."""
    assert made.sheet is not None
    (row,) = tx.frame(f"records.row_of_{made.sheet.name}", {"id": record_id}).to_dicts()
    if made.name == "ContractGroupPlan":
        benefits = dict(tx.rows("records.attributes", {"id": record_id}))
        row |= {_benefit_column(name): value for name, value in benefits.items() if _benefit_column(name)}
    return {name: _cell(value) for name, value in row.items() if name}


def _benefit_column(name: str) -> str:
    """The column of the sheet of plans that states a benefit attribute; empty for another attribute.

    >>> _benefit_column("BenefitMultiple")
    'benefit_multiple'
    """
    column = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    return column if column in {c.name for c in OBJECTS["contractgroupplan"].sheet.columns} else ""  # type: ignore[union-attr]


def _cell(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)
