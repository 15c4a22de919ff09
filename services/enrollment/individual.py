"""Individual enrollment: one family, one root plan, at once; and the same for a caller's own choice of families.

What lives here: `enroll_member`, its checks and its answer, and what other callers share with it. What does not: the
core (`enroll`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from services.book import Transaction
from services.enrollment import words
from services.enrollment.enroll import enroll
from services.enrollment.manner import Manner, Plan, flow_of, plan_of
from services.insurance_errors import InsuranceError, Refused
from services.people.enrolling import default_wish
from services.scope import Scope


@dataclass(frozen=True)
class Enrolled:
    """What became of one family: a policy, or why there is none."""

    policies: list[dict[str, str]]
    errors: list[InsuranceError]

    @property
    def is_success(self) -> bool:
        """The family has its policy."""
        return not self.errors


def enroll_member(
    tx: Transaction,
    member_id: str,
    plan_id: str | None,
    *,
    flow_name: str | None = None,
    manner: Manner | None = None,
    scope: Scope,
    now: datetime,
) -> Enrolled:
    """Enroll the family of a primary in a root plan.

    Refused, nothing written: an unknown member, no plan, an unknown flow. What else keeps the family from its policy is
    told in `errors`, and leaves the choice Failed where the run had begun. Without a manner, persons are made for the
    family as the book's settings say.
    """
    if not scope.sees(tx, "member", member_id):
        raise Refused(words.MEMBER_NOT_FOUND)
    if not plan_id:
        raise Refused(words.NO_PLAN_GIVEN)
    flow = flow_of(flow_name)
    plan = seen_plan(tx, plan_id, scope)
    if plan is None:
        return Enrolled([], [words.WRONG_PLAN])
    manner = replace(manner or Manner(persons=default_wish(tx)), flow=flow)
    (row,) = enroll(tx, plan, pl.Series([member_id]), manner, scope=scope, now=now).to_dicts()
    error = error_of(row)
    if error is not None:
        return Enrolled([], [error])
    return Enrolled([{"plan": plan.name, "policy": row["policy_id"]}], [])


def seen_plan(tx: Transaction, plan_id: str, scope: Scope) -> Plan | None:
    """The plan of that id, where the caller sees it."""
    return plan_of(tx, plan_id) if scope.sees(tx, "contract_plan", plan_id) else None


def error_of(row: Mapping[str, Any]) -> InsuranceError | None:
    """The fault of a family of an outcome, as a published error."""
    if row["code"] is None:
        return None
    return InsuranceError(row["code"], row["message"], orjson.loads(row["info"]) if row["info"] else {})


def policies_of(outcomes: Sequence[pl.DataFrame]) -> list[str]:
    """Ids of the policies of some outcomes, in order."""
    return [policy for outcome in outcomes for policy in outcome["policy_id"].drop_nulls().to_list()]
