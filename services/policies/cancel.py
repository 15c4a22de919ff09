"""Cancelling one policy, weighing what that would move, and ending a member in all policies of the family.

What lives here: what a caller states, what is refused, and the answer (PR-13, PR-14, PR-19, PR-20, PR-23). What does
not: the amounts and the records (`ending`), and many policies in one request (`batch`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from services.book import Transaction
from services.dollars import dollars
from services.insurance_errors import InsuranceError, Refused, bad_date, invalid, missing
from services.member_rating.words import day_of, within_reason
from services.policies import words
from services.policies.ending import ENDS, Manner, end, weigh
from services.policies.standing import CANCELED, EXPIRED, IN_FORCE, PENDING
from services.scope import Scope

_MOST_CENTS, _MOST_DIGITS = 10**13, 20
PLAINLY = Manner()
"""No transaction, nothing about payments, no reason."""


@dataclass(frozen=True)
class Cancellation:
    """What a caller states of a cancellation: the first day that is not covered, how, and fees by name, in dollars."""

    effective_date: str | None
    manner: Manner = PLAINLY
    additional_fees: Mapping[str, Any] | None = None


def cancel(
    tx: Transaction, policy_id: str | None, asked: Cancellation, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """Cancel a policy, later versions and renewals included (PR-21); what came of it.

    Refused for a missing or unknown policy, a missing or bad date, a date after today or after the policy's last day,
    a policy that is cancelled already, and fees that are no amounts. One that has run out can still be cancelled from a
    day on which it stood: that somebody left is often heard of late.
    """
    return _answer(end(tx, _one(tx, policy_id, asked, scope, now), asked.manner, now=now), now.date())


def prepare(
    tx: Transaction, policy_id: str | None, asked: Cancellation, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """What cancelling would move; nothing is written. Refused as `cancel`."""
    ends = _one(tx, policy_id, asked, scope, now)
    moved = weigh(tx, ends, asked.manner).with_columns(transaction_id=pl.lit(None, pl.String))
    return _answer(moved, now.date())


def end_member(
    tx: Transaction, member_id: str | None, asked: Cancellation, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """End a member: of a primary all active policies, of a dependent its part in those of the family.

    `policies`, later versions and renewals among them (PR-21), and `message`: that no active policies exist, where
    there are none (PR-23). Policies that ended before the day are left as they are. Fees fall to the first policy.
    """
    if not member_id:
        raise Refused(missing("memberId"))
    if not scope.sees(tx, "member", member_id):
        raise Refused(invalid("memberId"))
    day, fees = day_asked(asked.effective_date, now), fees_of(asked.additional_fees)
    found = tx.frame("policies.active_of_family", {"member_id": member_id})
    found = found.filter(pl.col("expiration_date") >= day).with_row_index("row")
    if found.is_empty():
        return {"policies": [], "message": words.NONE_ACTIVE}
    is_primary = (tx.row("policies.family_of", {"member_id": member_id}) or (None,))[0] == member_id
    ends = found.select(
        pl.col("row").cast(pl.Int64),
        "policy_id",
        pl.when(is_primary).then(None).otherwise("participant_id").alias("participant_id"),
        is_whole=pl.lit(is_primary),
        cancellation_date=pl.lit(day),
        fees_cents=pl.when(pl.col("row") == 0).then(fees).otherwise(0),
    )
    moved = end(tx, ends, asked.manner, now=now)
    return {"policies": told(moved, now.date()), "message": None}


def told(moved: pl.DataFrame, today: date) -> list[dict[str, Any]]:
    """Policies that ended, in published words; amounts in dollars, a refund negative (PR-19)."""
    rests = (
        pl.when(pl.col("effective_date") > today).then(pl.lit(PENDING))
        .when(pl.col("before_date") < today).then(pl.lit(EXPIRED))
        .otherwise(pl.lit(IN_FORCE))
    )  # fmt: skip
    return moved.select(
        policyId="policy_id",
        policyNumber="policy_number",
        status=pl.when("is_whole").then(pl.lit(CANCELED)).otherwise(rests),
        cancellationDate=pl.col("cancellation_date").dt.to_string("%Y-%m-%d"),
        expirationDate=pl.when("is_whole").then("expiration_date").otherwise("before_date").dt.to_string("%Y-%m-%d"),
        standardPremium=dollars(pl.col("standard_cents")),
        previousTermPremium=dollars(pl.col("before_cents")),
        termPremium=dollars(pl.col("after_cents")),
        additionalFees=dollars(pl.col("fees_cents")),
        refundAmount=dollars(pl.col("amount_cents")),
        transactionId="transaction_id",
    ).to_dicts()


def day_asked(text: str | None, now: datetime) -> date:
    """The day stated. Refused where it is missing, no date or of no term that anybody sells, or after today (PR-14)."""
    if not text:
        raise Refused(missing("effectiveDate"))
    day = day_of(text)
    if day is None:
        raise Refused(bad_date().about(field="effectiveDate"))
    if (fault := within_reason("effectiveDate", day)) is not None:
        raise Refused(fault)
    if day > now.date():
        raise Refused(words.AFTER_TODAY.about(field="effectiveDate"))
    return day


def fees_of(stated: Mapping[str, Any] | None) -> int:
    """The sum of the fees in cents (PR-20). Refused for one that is no amount of whole cents, or negative.

    >>> fees_of({"Administration": 20, "Late": "10.00"})
    3000
    """
    return sum(_cents(value) for value in (stated or {}).values())


def _cents(value: Any) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        dollars = Decimal(str(value))
        # The size first: an exponent beyond all sense leaves the range of decimals when it is multiplied.
        if not dollars.is_finite() or abs(dollars.adjusted()) > _MOST_DIGITS:
            raise InvalidOperation
        cents = dollars * 100
        if not 0 <= cents <= _MOST_CENTS or cents != int(cents):
            raise InvalidOperation
    except InvalidOperation:
        raise Refused(invalid("additionalFees")) from None
    return int(cents)


def fault_of(state: Mapping[str, Any] | None, day: date) -> InsuranceError | None:
    """Why a policy cannot be cancelled on a day; None for one that can. None as a state: there is no such policy."""
    if state is None:
        return invalid("policyId")
    if state["status"] == CANCELED:
        return words.NOT_ACTIVE
    return words.AFTER_END if day > state["expiration_date"] else None


def states_of(tx: Transaction, policy_ids: Sequence[str], scope: Scope) -> pl.DataFrame:
    """policy_id, policy_number, status (as stored), effective_date, expiration_date of the policies that are known."""
    known = scope.known(tx, "policy", policy_ids)
    with tx.lend(policies_asked=pl.DataFrame({"policy_id": sorted(known)}, schema={"policy_id": pl.String})):
        return tx.frame("policies.states")


def _one(tx: Transaction, policy_id: str | None, asked: Cancellation, scope: Scope, now: datetime) -> pl.DataFrame:
    if not policy_id:
        raise Refused(missing("policyId"))
    states = states_of(tx, [policy_id], scope).to_dicts()
    if not states:
        raise Refused(invalid("policyId"))
    day, fees = day_asked(asked.effective_date, now), fees_of(asked.additional_fees)
    fault = fault_of(states[0], day)
    if fault is not None:
        raise Refused(fault.about(policyId=policy_id))
    row = (0, policy_id, None, True, day, fees)
    return pl.DataFrame([row], schema=ENDS, orient="row")


def _answer(moved: pl.DataFrame, today: date) -> dict[str, Any]:
    """The policy, and its later versions."""
    (policy,) = told(moved.filter(~pl.col("is_later")), today)
    return {**policy, "laterPolicies": told(moved.filter("is_later"), today)}
