"""Values that a caller adds to the records of a new contract (CQ-9).

What lives here: the fields that can be added to each entity, and the reading of what is asked into columns. What does
not: the fields that no caller sets (they are simply not listed), and writing (`making`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from rating.codes import Proration
from schemas import plans
from services.book import Transaction
from services.contracts import words
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.member_rating.words import day_of
from services.records.objects import OBJECTS
from services.records.own import Own, OwnField, can_be_rated, own, tier_prices, value_of
from services.scope import Scope
from services.shelf import columns
from services.shelf.sheet import Sheet

CONTRACT, INSURANCE, PLAN = "Contract", "InsuranceContract", "ContractGroupPlan"
_K, _P = plans.CONTRACT, plans.CONTRACT_PLAN
_PRORATIONS = tuple(each.name for each in Proration)
MOST_MONTHS = 1200
"""The longest term of a contract."""


def _range(sheet: Sheet, name: str) -> dict[str, Any]:
    """The least and the greatest number that the sheet takes: a contract made of a quote knows no other."""
    column = sheet.column(name)
    assert column.lowest is not None
    assert column.highest is not None
    return {"lowest": column.lowest, "highest": column.highest}


FIELDS: Mapping[str, Own] = {
    CONTRACT: {
        "ContractNumber": OwnField(_K.column("contract_number")),
        "ContractTerm": OwnField(_K.column("contract_term"), lowest=1, highest=MOST_MONTHS),
        "IndustryCode": OwnField(_K.column("industry_code")),
        "GroupSize": OwnField(_K.column("group_size"), **_range(columns.CONTRACTS, "group_size")),
        "EligibleEmployees": OwnField(
            _K.column("eligible_employees"), **_range(columns.CONTRACTS, "eligible_employees")
        ),
    }
    | own(_K, "status", values=("Draft", "In Approval Process", "Activated"))
    | own(_K, "pricebook_id"),
    INSURANCE: own(_K, "enrollment_census_id", refers="census", is_of_account=True)
    | own(_K, "enrollment_start_date")
    | own(_K, "enrollment_end_date")
    | own(_K, "enrollment_waiting_period", **_range(columns.CONTRACTS, "enrollment_waiting_period"))
    | own(_K, "brokerage_agency_id", refers="account")
    | own(_K, "producer_id")
    | own(_K, "business_license_id")
    | own(_K, "underwriter_id", refers="user")
    | own(_K, "rating_area")
    | own(_K, "contribution_strategy", values=plans.STRATEGIES)
    | own(_K, "is_self_service_window_enforced"),
    PLAN: own(_P, "name")
    | own(_P, "status", values=("Active", "Inactive"))
    | own(_P, "is_optional")
    | own(_P, "unit_price_cents")
    | own(_P, "pricing_structure", fits=can_be_rated)
    | own(_P, "enrollment_rating_type", values=plans.RATING_TYPES)
    | own(_P, "effective_start_date")
    | own(_P, "effective_end_date")
    | own(_P, "enrollment_start_date")
    | own(_P, "enrollment_end_date")
    | own(_P, "enrollment_waiting_period", **_range(columns.PLANS, "enrollment_waiting_period"))
    | own(_P, "eligibility_criteria")
    | own(_P, "group_number")
    | own(_P, "product_number", **_range(columns.PLANS, "product_number"))
    | own(_P, "product_category_id")
    | own(_P, "original_plan_id", refers="contract_plan", is_of_account=True)
    | own(_P, "usage_type", values=plans.USAGE_TYPES)
    | own(_P, "proration_method", values=_PRORATIONS)
    | own(_P, "wash_day", **_range(columns.PLANS, "wash_day"))
    | own(_P, "rate_basis_date", values=("EFFECTIVE_DATE", "CONTRACT_START"))
    | own(_P, "auto_assign")
    | {"Description": OwnField(_P.column("description"))},
}
"""Fields by entity and published name."""

_PLAN_DATES = (
    ("effective_start_date", "effective_end_date", "EffectiveEndDate"),
    ("enrollment_start_date", "enrollment_end_date", "EnrollmentEndDate"),
)
_NEVER_NULL = ("name", "status", "is_optional", "proration_method", "rate_basis_date", "auto_assign", "contract_number")


@dataclass(frozen=True)
class Added:
    """What a caller adds: columns of the contract, and columns of plans by the first quote line they are made of.

    A plan value without a line (None) is for every plan.
    """

    contract: dict[str, Any] = field(default_factory=dict)
    plans: list[tuple[frozenset[str] | None, str, Any]] = field(default_factory=list)


def added(
    tx: Transaction,
    items: Sequence[Mapping[str, Any]] | None,
    lines: pl.DataFrame,
    account: Mapping[str, Any],
    *,
    scope: Scope,
) -> Added:
    """Read the items of a request; Refused for every fault there is.

    `account`: account_id and account_number of the contract to be, and contract_id of one that is. `lines`:
    quote_line_id, instance_key, path (codes of products from the root down, joined by slashes), product_ids.
    """
    read, faults = Added(), []
    for item in items or ():
        try:
            _read(tx, item, lines, account, scope, read)
        except Refused as refused:
            faults += refused.errors
    if faults:
        raise Refused(*faults)
    return read


def must_open_first(read: Added, opens: date | None, closes: date | None) -> None:
    """Refused for a window of enrollment that ends before it begins, with what is added in place of what is stated."""
    opens = read.contract.get("enrollment_start_date", opens)
    closes = read.contract.get("enrollment_end_date", closes)
    if opens is not None and closes is not None and closes < opens:
        raise Refused(words.WINDOW_ENDS_FIRST)


def plans_must_open_first(read: Added, plans: Mapping[str | None, Mapping[str, Any]]) -> None:
    """Refused for dates of a plan out of order, with what is added in place of what the plan has by itself.

    `plans`: dates by the line that a plan is made of; under None those of every plan that is not named.
    """
    named = {line for lines, _, _ in read.plans for line in lines or ()}
    for line in (*sorted(named), *(each for each in plans if each not in named)):
        dates = dict(plans.get(line, plans.get(None, {})))
        dates |= {column: value for lines, column, value in read.plans if lines is None or line in lines}
        for first, last, published in _PLAN_DATES:
            if dates.get(first) is not None and dates.get(last) is not None and dates[last] < dates[first]:
                raise Refused(words.not_a_field(published, PLAN).about(says="It ends before it begins."))


def _read(
    tx: Transaction,
    item: Mapping[str, Any],
    lines: pl.DataFrame,
    account: Mapping[str, Any],
    scope: Scope,
    read: Added,
) -> None:
    entity = item.get("entity")
    if entity is None:
        raise Refused(missing("entity"))
    known = next((name for name in FIELDS if name.lower() == str(entity).strip().lower()), None)
    if known is None:
        raise Refused(invalid("entity").about(entity=str(entity)))
    named = _lines_of(item, lines)  # a key that is on no line is wrong, whatever the entity
    where = named if known == PLAN else None
    for pair in item.get("fields") or ():
        column, value = _value(tx, known, str(pair.get("key") or ""), pair.get("value"), account, scope)
        if known == PLAN:
            read.plans.append((where, column, value))
        else:
            read.contract[column] = value


def _lines_of(item: Mapping[str, Any], lines: pl.DataFrame) -> frozenset[str] | None:
    """The lines that an instance key or a path of products names; None for all."""
    key, path = item.get("instanceKey"), item.get("productPath")
    if key:
        found = lines.filter(pl.col("instance_key") == key)
    elif path and path.lower() != "root":
        said = path.strip().strip("/").lower()
        found = lines.filter(
            (pl.col("path").str.to_lowercase() == said)
            | (pl.col("product_ids").str.to_lowercase() == said)
            | (pl.col("path").str.to_lowercase().str.split("/").list.last() == said)
        )
    else:
        return None
    if found.is_empty():
        raise Refused(words.no_such_line(str(key or path)))
    return frozenset(found["quote_line_id"])


def _value(
    tx: Transaction, entity: str, name: str, value: Any, account: Mapping[str, Any], scope: Scope
) -> tuple[str, Any]:
    """The column of a field and its value; GB-CON-007 for whatever does not fit."""
    known = {each.lower(): each for each in FIELDS[entity]}
    published = known.get(name.strip().lower())
    fault = words.not_a_field(name, entity)
    if published is None or isinstance(value, dict | list):
        raise Refused(fault)
    about = FIELDS[entity][published]
    if entity == PLAN and published in OBJECTS["contractgroupplan"].moments and isinstance(value, str):
        value = day.isoformat() if (day := day_of(value.strip())) else value  # of a moment its date counts
    try:
        read = value_of(tx, name, about, value, scope)
    except Refused as refused:
        raise Refused(_told(fault, refused.errors[0])) from None
    column = about.column.name
    if about.is_of_account and read is not None:
        found = tx.row(f"records.account_of_{about.refers}", {"id": read})
        if found is None or found[0] != account["account_number"]:
            raise Refused(fault)
    if (read is None and column in _NEVER_NULL) or (
        column == "pricing_structure" and read is not None and tier_prices(read) is None
    ):
        raise Refused(fault)
    stated = {"account_number": account["account_number"], "contract_number": read}
    if column == "contract_number":
        own_number = tx.row("records.contract_of_account", stated)
        if own_number is not None and own_number[0] != account.get("contract_id"):
            raise Refused(fault)
    return column, read


def _told(fault: InsuranceError, why: InsuranceError) -> InsuranceError:
    return fault.about(reason=why.code, says=why.message)
