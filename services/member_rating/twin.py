"""The older twin of member rating, getRatedGroupProducts: one root plan for one family, priced as a whole.

What lives here: its checks, in their documented order, and its answer. What does not: prices, which are those of
member rating (`rate.rate_family`).

Source: member rating, section "The managed-package twin".
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from services import flows
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.member_rating import words
from services.member_rating.picture import PART_UNRATED, Picture
from services.member_rating.rate import rate_family
from services.scope import Scope

NO_FLOW = "The flow {name} doesn't exist or isn't active."


def rated_group_products(
    tx: Transaction, *, flow_name: str | None, census_id: str | None, contract_id: str | None, root_plan_id: str | None,
    member_plans: Sequence[Mapping[str, Any]] | None, is_prorated: bool = False, with_members: bool = False,
    scope: Scope,
) -> dict[str, Any]:  # fmt: skip
    """The amounts of a family in a root plan, as an answer in its published shape, in dollars.

    `member_plans` are nodes of `censusMemberId` and `planIds` (optional coverages; none listed: none taken). Without
    `is_prorated` everybody is covered for the whole term, with it from the day the member's cover starts.
    `with_members` adds the amounts of each member. Refused at the first thing that is wrong; what concerns a member
    names it.
    """
    _check_flow(flow_name)
    nodes = _nodes(tx, member_plans, scope)
    start = _check_plan(tx, contract_id, root_plan_id, scope)
    primary = _primary(tx, nodes, census_id, scope)
    assert root_plan_id is not None
    members = [
        {
            "memberId": str(node["censusMemberId"]),
            "plans": [{"planId": root_plan_id, "planCoverageIds": node.get("planIds")}],
        }
        for node in nodes
    ]
    day = None if is_prorated else start
    picture = rate_family(tx, primary, members, effective_date=day, takes_saved=False, scope=scope)
    _check_prices(picture)
    return _answer(tx, picture, root_plan_id, with_members=with_members)


def _check_flow(name: str | None) -> None:
    if not name:
        raise Refused(missing("flowName"))
    try:
        flows.steps(name)
    except Refused:
        raise Refused(InsuranceError("GB-ENR-010", NO_FLOW.format(name=name))) from None


def _nodes(tx: Transaction, given: Sequence[Mapping[str, Any]] | None, scope: Scope) -> list[dict[str, Any]]:
    """The nodes, each of a member that the caller sees, each member once."""
    if not given:
        raise Refused(missing("memberPlans"))
    nodes = [dict(node) for node in given]
    ids = [str(node.get("censusMemberId") or "") for node in nodes]
    known = scope.known(tx, "member", ids)
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise Refused(invalid("censusMemberId").about(censusMemberId=unknown[0]))
    if len(set(ids)) < len(ids):
        twice = next(each for at, each in enumerate(ids) if each in ids[:at])
        raise Refused(words.MEMBER_TWICE.about(censusMemberId=twice))
    return nodes


def _check_plan(tx: Transaction, contract_id: str | None, root_plan_id: str | None, scope: Scope) -> str:
    """The first day of the contract, of which the root plan must be."""
    for name, value in (("contractId", contract_id), ("rootPlanId", root_plan_id)):
        if not value:
            raise Refused(missing(name))
    if not scope.sees(tx, "contract", str(contract_id)):
        raise Refused(invalid("contractId"))
    found = tx.row("member_rating.root", {"plan_id": root_plan_id})
    if found is None or found[0] != contract_id:
        raise Refused(words.NO_PLAN.about(planIds=[root_plan_id]))
    return found[1].isoformat()


def _primary(tx: Transaction, nodes: list[dict[str, Any]], census_id: str | None, scope: Scope) -> str:
    """The one primary of the nodes, on the census named."""
    if not census_id:
        raise Refused(missing("censusId"))
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("censusId"))
    ids = [str(node["censusMemberId"]) for node in nodes]
    found = tx.rows("member_rating.primaries", {"member_ids": ids, "census_id": census_id})
    here = dict(found)
    primaries = [each for each in ids if here.get(each) == each]
    if len(primaries) != 1:
        raise Refused(words.NO_PRIMARY)
    strangers = [each for each in ids if here.get(each) != primaries[0]]
    if strangers:
        raise Refused(words.NOT_OF_FAMILY.about(censusMemberId=strangers[0]))
    return primaries[0]


def _check_prices(picture: Picture) -> None:
    """Refused where a coverage has no price, with the reason."""
    wrong = picture.faults.filter(~pl.col("is_of_share") & (pl.col("code") != PART_UNRATED.code))
    if wrong.height:
        named = wrong.head(1).join(picture.members, on="m", how="left")
        named = named.join(picture.coverages.select("m", "p", "c", "coverage_id"), on=["m", "p", "c"], how="left")
        first = named.row(0, named=True)
        plans = None if first["coverage_id"] is None else [first["coverage_id"]]
        raise Refused(
            InsuranceError(first["code"], first["message"]).about(planIds=plans, censusMemberId=first["member_id"])
        )


def _answer(tx: Transaction, picture: Picture, root_plan_id: str, *, with_members: bool) -> dict[str, Any]:
    totals = picture.member_totals()
    whole = totals.select(pl.col("standard_cents", "prorated_cents", "employer_cents", "employee_cents").sum()).row(
        0, named=True
    )
    answer: dict[str, Any] = {"rootPlanId": root_plan_id, **_amounts(whole)}
    if with_members:
        kinds = _kinds(tx, picture)
        rows = picture.members.join(totals, on="m").sort("m").to_dicts()
        answer["members"] = [
            {"censusMemberId": row["member_id"], **_amounts(row), "contributionType": kinds.get(row["m"])}
            for row in rows
        ]
    return answer


def _kinds(tx: Transaction, picture: Picture) -> dict[int, str | None]:
    """How the employer pays for each member: amount or percentage; neither where the coverages differ."""
    rules = picture.coverages.select("m", "contribution_rule_id").drop_nulls()
    types = dict(tx.rows("member_rating.rule_types", {"rule_ids": rules["contribution_rule_id"].unique().to_list()}))
    named = rules.with_columns(
        kind=pl.col("contribution_rule_id").replace_strict(types, default=None, return_dtype=pl.String)
    )
    kinds = named.group_by("m").agg(pl.col("kind").unique())
    return {row[0]: row[1][0] if len(row[1]) == 1 else None for row in kinds.rows()}


def _amounts(cents: Mapping[str, int]) -> dict[str, float]:
    return {
        "standardPremium": cents["standard_cents"] / 100,
        "termPremium": cents["prorated_cents"] / 100,
        "employerContribution": cents["employer_cents"] / 100,
        "employeeContribution": cents["employee_cents"] / 100,
    }
