"""How families are enrolled: what callers may choose besides who and in which plan.

What lives here: `Manner`, the root plan as enrollment knows it, and the flow by its name. What does not: any rule.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from services import flows
from services.book import Transaction
from services.enrollment import words
from services.insurance_errors import Refused
from services.people.asking import Wish

GROUP_FLOW = "Enroll Member"
"""The default flow of group enrollment: another name of the built-in one (68.0)."""

POLICY_HOLDER, MEMBER = "PolicyHolder", "Member"


@dataclass(frozen=True)
class Manner:
    """`contract_id`: the contract stated by a caller, in place of the one of the census. `effective_date`: cover begins
    on that day for everybody; without, on the primary's PolicyStartDate, else with the contract (EN-19). `persons`:
    accounts, contacts and users to be made; None makes none. `stated`: amounts that must be those of the rating, in the
    columns of `stated.STATED`.
    """

    contract_id: str | None = None
    effective_date: date | None = None
    is_new_hire: bool = False
    checks_duplicates: bool = True
    is_self_service: bool = False
    makes_relations: bool = False
    primary_role: str = POLICY_HOLDER
    dependent_role: str = MEMBER
    persons: Wish | None = None
    flow: flows.Flow | None = None
    stated: pl.DataFrame | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Plan:
    """A plan or a coverage with its contract; whether it can be enrolled in is `judge`'s to say."""

    contract_plan_id: str
    name: str
    product_id: str
    plan_type: str
    group_number: str | None
    is_active: bool
    is_root: bool
    contract_id: str
    contract_number: str
    account_id: str
    start_date: date
    end_date: date
    opens_on: date | None
    closes_on: date | None
    waiting_days: int
    is_window_enforced: bool
    has_prior: bool
    """The contract renews another, or is a new version of one."""


def plan_of(tx: Transaction, plan_id: str) -> Plan | None:
    """The plan of that id; the caller asks for scope."""
    found = tx.row("enrollment.plan", {"plan_id": plan_id})
    return None if found is None else Plan(*found)


def flow_of(name: str | None) -> flows.Flow:
    """The flow of that name; refused with GB-ENR-010 where there is none."""
    if name is None or name.strip().lower() == GROUP_FLOW.lower():
        return flows.steps(None)
    try:
        return flows.steps(name)
    except Refused:
        raise Refused(words.no_flow(name)) from None
