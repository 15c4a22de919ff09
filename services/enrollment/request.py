"""Asking for the enrollment of a census: everything that can be known before it begins.

What lives here: `ask`, with its checks, and what a request keeps of how families are enrolled. What does not: the
enrollment (`group`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services import jobs, settings
from services.book import Transaction
from services.enrollment import words
from services.enrollment.manner import Manner, flow_of
from services.insurance_errors import Refused, invalid
from services.people.asking import Wish, read
from services.people.enrolling import default_wish
from services.people.fields import CONTACTS
from services.scope import Scope

KIND = "GroupEnrollment"
NAME, STD_NAME = "Group Enrollment", "Insurance Enrollment"


@dataclass(frozen=True)
class GroupAsk:
    """What a caller says of the enrollment of a census. `user_details` are by the names of `services.people.users`;
    None makes users of the standard profile for flagged members.
    """

    census_id: str
    name: str = NAME
    flow_name: str | None = None
    contract_id: str | None = None
    is_new_hire: bool = False
    is_prorated: bool = True
    matching_keys: Sequence[str] | None = None
    user_details: Mapping[str, str | None] | None = None


def ask(
    tx: Transaction,
    asked: GroupAsk,
    *,
    scope: Scope,
    now: datetime,
    requested_by: str | None = None,
    http_request_id: str | None = None,
) -> str:
    """Accept the enrollment of a census in what its members chose, and return the id of the request.

    Refused: an unknown census, contract or flow, wrong details of users, and more members or plans than the settings
    allow (EN-22). Nothing that concerns single members is told here.
    """
    if not scope.sees(tx, "census", asked.census_id):
        raise Refused(invalid("censusId"))
    if asked.contract_id is not None and not scope.sees(tx, "contract", asked.contract_id):
        raise Refused(invalid("contractId"))
    flow_of(asked.flow_name)
    read(tx, wish_of(tx, asked))
    _check_limits(tx, asked)
    census = tx.row("enrollment.census", {"census_id": asked.census_id})
    assert census is not None
    name = (asked.name.strip() or NAME)[:255]
    wanted = jobs.Ask(KIND, name, asdict(asked), asked.census_id, census[1], requested_by, http_request_id)
    return jobs.accept(tx, wanted, now=now)


def of_inputs(inputs: Mapping[str, Any]) -> GroupAsk:
    """What was asked for, from the inputs of a request."""
    return GroupAsk(**inputs)


def wish_of(tx: Transaction, asked: GroupAsk) -> Wish:
    """Which persons are made."""
    if asked.user_details is not None:
        return Wish(CONTACTS, member_ids=["-"], matching_keys=asked.matching_keys, user_details=asked.user_details)
    plain = default_wish(tx)
    return Wish(
        plain.kind,
        member_ids=plain.member_ids,
        matching_keys=asked.matching_keys,
        wants_users=plain.wants_users,
        user_details=plain.user_details,
    )


def manner_of(tx: Transaction, asked: GroupAsk, request_id: str | None) -> Manner:
    """How the families are enrolled. Without proration everybody is covered for the whole term (PR-7)."""
    start = None
    if not asked.is_prorated and not asked.is_new_hire:
        found = tx.row("enrollment.contract", {"contract_id": asked.contract_id})
        start = None if found is None else found[2]
    return Manner(
        contract_id=asked.contract_id,
        effective_date=start,
        is_new_hire=asked.is_new_hire,
        persons=wish_of(tx, asked),
        flow=flow_of(asked.flow_name),
        request_id=request_id,
    )


def _check_limits(tx: Transaction, asked: GroupAsk) -> None:
    """EN-22, as settings."""
    most_members = settings.number(tx, "enrollment_most_members")
    most_plans = settings.number(tx, "enrollment_most_plans")
    plans = tx.frame("enrollment.plans_of_census", {"census_id": asked.census_id, "contract_id": asked.contract_id})
    n_members = tx.row("enrollment.count_primaries", {"census_id": asked.census_id})
    assert n_members is not None
    is_over = (most_plans is not None and plans.height > most_plans) or (
        most_members is not None and n_members[0] > most_members
    )
    if is_over:
        raise Refused(words.too_many(most_members, most_plans))
