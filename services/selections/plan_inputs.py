"""The plan lists of a member in a request: which lists count, and what each entry names (Member Plan Input).

What lives here: reading the lists (MW-2), plans named by their products, and attributes. What does not: whether the
member may have a plan (`plans`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.plans import MEMBER_PLAN
from services.book import Transaction
from services.insurance_errors import InsuranceError, invalid, missing, unknown_field

POSTED, ADDED, UPSERTED, DELETED = LISTS = ("groupCensusMemberPlans", "addedPlans", "upsertedPlans", "deletedPlans")
"""Properties of a member that are lists of plans."""

_TEXTS = ("contractGroupPlanId", "productCode", "rootProductCode", "id", "name", "groupCensusMemberId")
_LONGEST = MEMBER_PLAN.column("name").longest or 255

Products = Mapping[tuple[str, str], str]
"""Contract plan by the codes of its product and of its root plan's, in lower case."""


@dataclass(frozen=True)
class Restated:
    """A record named by id whose name or attributes are stated anew."""

    member_plan_id: str
    name: str | None
    attributes: str | None


@dataclass
class PlanLists:
    """The lists of one member."""

    added: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    restated: list[Restated] = field(default_factory=list)
    errors: list[InsuranceError] = field(default_factory=list)


def products_of(tx: Transaction, census_id: str) -> Products:
    """The plans of a census's contract by product."""
    return {
        (code.strip().lower(), root.strip().lower()): plan_id
        for plan_id, code, root in reversed(tx.rows("selections.products", {"census_id": census_id}))
    }


def read_lists(member: Mapping[str, Any], *, is_patch: bool, products: Products) -> PlanLists:
    """The plan lists of a member. A new member may call its list by either name, not both; a known one uses the lists
    of changes."""
    made = PlanLists()
    stated = {name: _listed(member[name], name, made) for name in LISTS if member.get(name) is not None}
    if POSTED in stated and (is_patch or ADDED in stated):
        made.errors.append(invalid(POSTED))
    if not is_patch:
        made.errors += [invalid(name) for name in (UPSERTED, DELETED) if stated.get(name)]
    for name in (POSTED, ADDED, UPSERTED):
        for at, entry in enumerate(stated.get(name, ())):
            _take(entry, name, at, made, products)
    for plan_id in stated.get(DELETED, ()):
        if isinstance(plan_id, str) and plan_id.strip():
            made.deleted.append(plan_id)
        else:
            made.errors.append(invalid(DELETED))
    return made


def _listed(value: Any, name: str, made: PlanLists) -> Sequence[Any]:
    """A list in either wrapping (CV-1)."""
    if isinstance(value, dict) and set(value) == {"values"}:
        value = value["values"]
    if isinstance(value, list):
        return value
    made.errors.append(invalid(name))
    return ()


def _take(entry: Any, name: str, at: int, made: PlanLists, products: Products) -> None:
    """One entry: a plan to add, or in the list of upserts a record by its id. One that names no plan is told by its
    place."""
    if not isinstance(entry, dict):
        made.errors.append(invalid(name))
        return
    wrong = [key for key in _TEXTS if not isinstance(entry.get(key), str | None)]
    unknown = [key for key in entry if key not in (*_TEXTS, "attributes")]
    if not wrong and len(entry.get("name") or "") > _LONGEST:
        wrong.append("name")
    try:
        attributes = _attributes(entry.get("attributes"))
    except ValueError:
        attributes = None
        wrong.append("attributes")
    made.errors += [invalid(key) for key in wrong] + [unknown_field(key) for key in unknown]
    if wrong or unknown:
        return
    if name == UPSERTED and entry.get("id"):
        said = (entry.get("name") or "").strip() or None
        made.restated.append(Restated(entry["id"], said, attributes))
        return
    plan_id = _plan_of(entry, products)
    if isinstance(plan_id, InsuranceError):
        made.errors.append(plan_id if plan_id.info else plan_id.about(index=at))
        return
    kept = {key: entry[key] for key in ("name", "groupCensusMemberId") if entry.get(key)}
    made.added.append({"contractGroupPlanId": plan_id, **kept, "attributes": attributes})


def _plan_of(entry: Mapping[str, Any], products: Products) -> str | InsuranceError:
    """The contract plan that an entry names by exactly one of its two identifications (MW-2)."""
    said = (entry.get(key) or "" for key in ("contractGroupPlanId", "productCode", "rootProductCode"))
    plan_id, code, root = (text if text.strip() else None for text in said)
    if not plan_id and not code and not root:
        return missing("contractGroupPlanId")
    if plan_id:
        return invalid("contractGroupPlanId").about(planId=plan_id) if code or root else plan_id
    if not code or not root:
        return missing("rootProductCode" if code else "productCode")
    found = products.get((code.strip().lower(), root.strip().lower()))
    return found or invalid("productCode").about(productCode=code)


def _attributes(stated: Any) -> str | None:
    """Attributes as JSON text, None where there are none; ValueError where they are no list of codes and values."""
    if isinstance(stated, dict) and set(stated) == {"values"}:
        stated = stated["values"]
    if stated is None:
        return None
    if not isinstance(stated, list):
        raise ValueError("attributes")
    values: dict[str, Any] = {}
    for one in stated:
        if not isinstance(one, dict) or set(one) != {"attributeCode", "attributeValue"}:
            raise ValueError("attributes")
        code, value = one["attributeCode"], one["attributeValue"]
        if not isinstance(code, str) or not 0 < len(code) <= _LONGEST or isinstance(value, dict | list):
            raise ValueError("attributes")
        values[code] = value
    return json.dumps(values, separators=(",", ":"), sort_keys=True) if values else None
