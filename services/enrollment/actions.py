"""The two actions of enrollment: Process Member Enrollment, and the older Enroll Members.

What lives here: `process` and `enroll_members`, their checks and what they return. What does not: the core (`enroll`),
the answers' envelope (`services.http.routes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from services.asked import Families
from services.book import Transaction
from services.enrollment import stated, words
from services.enrollment.enroll import enroll
from services.enrollment.individual import error_of, policies_of, seen_plan
from services.enrollment.manner import Manner, Plan
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.member_rating.words import effective_date
from services.members.save import within_limit
from services.pricing import price
from services.scope import Scope


@dataclass(frozen=True)
class Processed:
    """The policies made, and why families got none: `memberId` and `contractGroupPlanId` tell of whom."""

    policy_ids: list[str]
    errors: list[InsuranceError]


def process(
    tx: Transaction,
    plan_id: str | None,
    member_ids: Sequence[str] | None,
    pricing: Mapping[str, Any] | None,
    *,
    day: str | None = None,
    checks_duplicates: bool = True,
    makes_relations: bool = False,
    scope: Scope,
    now: datetime,
) -> Processed:
    """Enroll the families of some members in a root plan, with the amounts that the rating action gave.

    Without members those of the pricing are meant. Dependents that are named come with their primaries; one whose
    primary is not named is an error (GB-ENR-005). Amounts stated must be those of a rating of now (GB-ENR-014): what is
    written is the rating's. `day` is the effective date of the flow, where it was rated for another than the default.
    Refused as a whole: no plan, no members, too many, a date outside the contract.
    """
    if not plan_id:
        raise Refused(missing("contractGroupPlanId").about(reason="GB-ENR-002", says=words.NO_PLAN_GIVEN.info["says"]))
    if not member_ids and pricing is not None:
        member_ids = stated.members_of(pricing)
    if not member_ids:
        raise Refused(missing("groupCensusMembers"))
    within_limit(tx, len(member_ids))
    plan = seen_plan(tx, plan_id, scope)
    if plan is None:
        raise Refused(words.WRONG_PLAN)
    from_day = effective_date(day, plan.start_date, plan.end_date)
    amounts = None if pricing is None else stated.read(pricing, plan_id)
    primaries, faults = primaries_of(tx, member_ids, scope)
    if amounts is not None and from_day is None:
        from_day = _rated_for(tx, plan, primaries, amounts)
    manner = Manner(
        effective_date=from_day,
        checks_duplicates=checks_duplicates,
        makes_relations=makes_relations,
        stated=amounts,
    )
    outcome = enroll(tx, plan, primaries, manner, scope=scope, now=now)
    return Processed(policies_of([outcome]), [*faults, *located(outcome, plan_id)])


def _rated_for(tx: Transaction, plan: Plan, primaries: pl.Series, amounts: pl.DataFrame) -> date | None:
    """The day that amounts were rated for, where they are not those of the day that cover begins on by default: the
    output of the rating does not name it (RA-18).
    """
    day = stated.day_of(amounts, plan.start_date, plan.end_date)
    if day is None or primaries.is_empty():
        return None
    with tx.lend(enrollment_asked=pl.DataFrame({"group_census_member_id": primaries}).with_row_index("at")):
        hired = tx.frame("enrollment.families_of_members")["policy_start_date"]
    if all(max(start or plan.start_date, plan.start_date) == day for start in hired.unique().to_list()):
        return None
    prices = price(tx, Families(plan.contract_id, primaries.to_list())).coverages
    own = prices.filter(pl.col("root_plan_id") == plan.contract_plan_id)
    own = own.with_columns(family_id="group_census_member_id")
    return None if stated.unlike(amounts, own).is_empty() else day


def enroll_members(
    tx: Transaction,
    member_ids: Sequence[str] | None,
    *,
    plan_id: str | None = None,
    contract_id: str | None = None,
    product_id: str | None = None,
    request_id: str | None = None,
    is_new_hire: bool = False,
    scope: Scope,
    now: datetime,
) -> Processed:
    """Enroll the families of some members in a root plan, or in every root plan of a contract that they chose.

    Without a new hire everybody is covered for the whole term; a new hire from its PolicyStartDate (PR-7). Refused: no
    members, neither plan nor contract, ids that do not exist, a product that is not the plan's.
    """
    if not member_ids:
        raise Refused(missing("groupCensusMembers"))
    within_limit(tx, len(member_ids))
    if not plan_id and not contract_id:
        raise Refused(missing("contractGroupPlanId").about(reason="GB-ENR-002", says=words.NO_PLAN_GIVEN.info["says"]))
    _must_exist(tx, scope, contract=("contractId", contract_id), request=("insuranceRatingRequestId", request_id))
    primaries, faults = primaries_of(tx, member_ids, scope)
    plans = _plans(tx, primaries, plan_id, contract_id, product_id, scope)
    outcomes: list[pl.DataFrame] = []
    for plan, of_plan in plans:  # root plans, not members
        manner = older_manner(plan, contract_id, is_new_hire=is_new_hire)
        outcomes.append(enroll(tx, plan, of_plan, manner, scope=scope, now=now))
        faults = [*faults, *located(outcomes[-1], plan.contract_plan_id)]
    return Processed(policies_of(outcomes), faults)


def older_manner(
    plan: Plan, contract_id: str | None, *, is_new_hire: bool, is_prorated: bool = False, **more: Any
) -> Manner:
    """The manner of the older services: the whole term, unless proration or a new hire is asked for (PR-7)."""
    is_whole = not (is_new_hire or is_prorated)
    start: date | None = plan.start_date if is_whole else None
    return Manner(contract_id=contract_id, effective_date=start, is_new_hire=is_new_hire, **more)


def primaries_of(tx: Transaction, member_ids: Sequence[str], scope: Scope) -> tuple[pl.Series, list[InsuranceError]]:
    """The primaries among some members, in their order, and what is wrong with the others: unknown, or a dependent
    whose primary is not among them.
    """
    asked = pl.DataFrame({"group_census_member_id": list(member_ids)}, schema={"group_census_member_id": pl.String})
    asked = asked.unique(maintain_order=True).with_row_index("at")
    known = scope.known(tx, "member", asked["group_census_member_id"].to_list())
    seen = asked.filter(pl.col("group_census_member_id").is_in(list(known)))
    with tx.lend(enrollment_asked=seen):
        found = tx.frame("enrollment.families_of_members")
    is_primary = pl.col("group_census_member_id") == pl.col("family_id")
    primaries = found.filter(is_primary)["group_census_member_id"]
    lost = asked.join(seen, on="at", how="anti", maintain_order="left")["group_census_member_id"].to_list()
    alone = found.filter(~is_primary & ~pl.col("family_id").is_in(primaries.implode()))["group_census_member_id"]
    unknown = [words.MEMBER_NOT_FOUND.about(memberId=each) for each in lost]
    return primaries, unknown + [words.NO_PRIMARY.about(memberId=each) for each in alone.to_list()]


def located(outcome: pl.DataFrame, plan_id: str) -> list[InsuranceError]:
    """The faults of an outcome, each with its member and its plan."""
    rows = outcome.filter(pl.col("code").is_not_null()).to_dicts()
    faults = [(row["group_census_member_id"], error_of(row)) for row in rows]
    return [e.about(memberId=member, contractGroupPlanId=plan_id) for member, e in faults if e is not None]


def _must_exist(tx: Transaction, scope: Scope, **named: tuple[str, str | None]) -> None:
    """Refused for an id that is stated and unknown; by kind: the input's name, and the id."""
    for kind, (name, value) in named.items():
        if value and not scope.sees(tx, kind, value):
            raise Refused(invalid(name))


def _plans(
    tx: Transaction, primaries: pl.Series, plan_id: str | None, contract_id: str | None, product_id: str | None,
    scope: Scope,
) -> list[tuple[Plan, pl.Series]]:  # fmt: skip
    """The plan with all primaries; or every root plan of the contract with those who chose it."""
    if plan_id:
        plan = seen_plan(tx, plan_id, scope)
        if plan is None or (contract_id and plan.contract_id != contract_id):
            raise Refused(words.WRONG_PLAN)
        if product_id and plan.product_id != product_id:
            raise Refused(invalid("productId"))
        return [(plan, primaries)]
    assert contract_id is not None
    return chosen_plans(tx, primaries, contract_id, scope, product_id=product_id)


def chosen_plans(
    tx: Transaction, primaries: pl.Series, contract_id: str, scope: Scope, *, product_id: str | None = None
) -> list[tuple[Plan, pl.Series]]:
    """The root plans of a contract that some primaries chose, each with them; of one product, if it is given."""
    with tx.lend(enrollment_asked=pl.DataFrame({"group_census_member_id": primaries})):
        chosen = tx.frame("enrollment.plans_of_members", {"contract_id": contract_id, "product_id": product_id})
    found = {plan_id: seen_plan(tx, plan_id, scope) for plan_id in chosen["contract_plan_id"].unique().sort().to_list()}
    return [
        (plan, chosen.filter(pl.col("contract_plan_id") == plan_id)["group_census_member_id"])
        for plan_id, plan in found.items()
        if plan is not None
    ]
