"""Attribute values of contract plans as records (ContractGroupPlanAttribute).

What lives here: making and changing one value. What does not: reading them (`records`), and what a benefit attribute
may be, which the sheet of plans says: such a value goes through it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from schemas.plans import BENEFIT_ATTRIBUTES, CONTRACT_PLAN_ATTRIBUTE
from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing, unknown_field
from services.records.own import FIXED, own, value_of
from services.scope import Scope
from services.shelf.benefits import SPELLED
from services.shelf.store import utc

FIELDS = (
    own(CONTRACT_PLAN_ATTRIBUTE, "contract_plan_id", refers="contract_plan")
    | own(CONTRACT_PLAN_ATTRIBUTE, "attribute_definition_id")
    | own(CONTRACT_PLAN_ATTRIBUTE, "attribute_name")
    | own(CONTRACT_PLAN_ATTRIBUTE, "attribute_picklist_value_id")
    | own(CONTRACT_PLAN_ATTRIBUTE, "value")
    | own(CONTRACT_PLAN_ATTRIBUTE, "external_id")
)
_REQUIRED = ("ContractGroupPlanId", "AttributeDefinitionId", "AttributeName")
_FIXED = ("ContractGroupPlanId", "AttributeName")

State = Callable[[str, str, Any], None]
"""States a benefit of a plan on its sheet: plan, field, value."""


def create(tx: Transaction, fields: Mapping[str, Any], state: State, *, scope: Scope, now: datetime) -> str:
    """Make a value; its id. Refused for an attribute that the plan has already."""
    row: dict[str, Any] = dict.fromkeys(_names()) | _read(tx, fields, scope)
    for name in _REQUIRED:
        if row[FIELDS[name].column.name] is None:
            raise Refused(missing(name).about(field=name))
    row["attribute_name"] = _spelled(str(row["attribute_name"]))
    key = {"plan": row["contract_plan_id"], "name": row["attribute_name"]}
    if tx.row("records.attribute_named", key) is not None:
        raise Refused(InsuranceError("GB-REC-001", "There is a ContractGroupPlanAttribute of this name already."))
    if _is_benefit(row):
        state(row["contract_plan_id"], row["attribute_name"], row["value"])
    found = tx.row("records.attribute_named", key)
    if found is None:
        made = ids.spell(ids.PLAN_ATTRIBUTE, tx.mint(ids.PLAN_ATTRIBUTE, 1))
        tx.run("records.insert_attribute", row | {"id": made, "now": utc(now)})
        return made
    _store(tx, str(found[0]), row | {"value": found[1]}, now)
    return str(found[0])


def update(
    tx: Transaction, record_id: str, fields: Mapping[str, Any], state: State, *, scope: Scope, now: datetime
) -> None:
    """Change what is stated; the plan and the name stay."""
    stated = _read(tx, fields, scope)
    (before,) = tx.frame("records.attribute", {"id": record_id}).to_dicts()
    if _spelled(str(stated.get("attribute_name"))) == _spelled(before["attribute_name"]):
        stated["attribute_name"] = before["attribute_name"]
    for name in _FIXED:
        column = FIELDS[name].column.name
        if stated.get(column, before[column]) != before[column]:
            raise Refused(InsuranceError(FIXED, f"The field {name} cannot be changed.", {"field": name}))
    if "attribute_definition_id" in stated and stated["attribute_definition_id"] is None:
        raise Refused(missing("AttributeDefinitionId").about(field="AttributeDefinitionId"))
    row = before | stated
    if "value" in stated and row["attribute_name"] in BENEFIT_ATTRIBUTES:
        if row["value"] is None:
            raise Refused(missing("Value").about(field="Value"))
        state(row["contract_plan_id"], row["attribute_name"], row["value"])
        found = tx.row("records.attribute_named", {"plan": row["contract_plan_id"], "name": row["attribute_name"]})
        row["value"] = row["value"] if found is None else found[1]
    _store(tx, record_id, row, now)


def _spelled(name: str) -> str:
    """The name as rating reads it, where it is one that rating reads."""
    return SPELLED.get(name.lower(), name)


def _is_benefit(row: Mapping[str, Any]) -> bool:
    return row["attribute_name"] in BENEFIT_ATTRIBUTES and row["value"] is not None


def _names() -> list[str]:
    return [field.column.name for field in FIELDS.values()]


def _read(tx: Transaction, fields: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    names = {name.lower(): name for name in FIELDS}
    stated: dict[str, Any] = {}
    for said, value in fields.items():
        name = names.get(said.lower())
        if name is None:
            raise Refused(unknown_field(said))
        plain = _text(said, value) if name == "Value" else value
        stated[FIELDS[name].column.name] = value_of(tx, said, FIELDS[name], plain, scope)
    return stated


def _text(name: str, value: Any) -> str | None:
    """A value of any plain kind as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return None if value is None else str(value)
    raise Refused(invalid(name).about(field=name))


def _store(tx: Transaction, record_id: str, row: Mapping[str, Any], now: datetime) -> None:
    tx.run("records.update_attribute", {name: row[name] for name in _names()[1:]} | {"id": record_id, "now": utc(now)})
