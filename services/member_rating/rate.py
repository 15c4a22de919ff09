"""Member rating: the plans and coverages that one family wants, priced before anybody enrolls.

What lives here: `rate_family` and its checks (MR-1 to MR-16). What does not: prices (`services.pricing`), the wording
of the answer (`spelling`), many members at once (`action`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from services.asked import Families, members_of
from services.book import MOST_FEW, Transaction
from services.insurance_errors import Refused
from services.member_rating import words
from services.member_rating.picture import STRAYS, Picture, faults_of, filled
from services.members.save import within_limit
from services.pricing import price
from services.scope import Scope

ASKED = {
    "memberId": pl.String,
    "plans": pl.List(pl.Struct({"planId": pl.String, "planCoverageIds": pl.List(pl.String)})),
}
"""A member of a request."""


@dataclass(frozen=True)
class _Family:
    """Who is rated, under which contract."""

    members: pl.DataFrame
    contract_id: str | None
    start: date | None
    end: date | None


def rate_family(
    tx: Transaction,
    member_id: str,
    members: Sequence[Mapping[str, Any]],
    *,
    effective_date: str | None = None,
    takes_saved: bool = True,
    scope: Scope,
) -> Picture:
    """Price what each member of a family would take; nothing is written.

    `members` are nodes of `memberId` and `plans`, each of those of `planId` and `planCoverageIds`. Without coverages
    a plan is priced with its mandatory ones and those that the member has saved (MR-4); mandatory ones are always
    priced (MR-5). Without `takes_saved` those are all. For the plans named, the nodes say who of the family would
    have them; other plans count as saved.

    Without a date cover begins with the contract, or later where the member's cover does. Refused for an unknown
    member, one who is not a primary, a request without a plan or beyond the limit, and a date outside the contract.
    """
    family = _family(tx, member_id, scope)
    if not any(node.get("plans") for node in members):
        raise Refused(words.NOTHING_ASKED)
    within_limit(tx, len(members))
    day = _day(family, effective_date)
    nodes = _nodes(members)
    kin = family.members["group_census_member_id"].to_list()
    faults = [_wrong_members(nodes, kin)]
    good = nodes.join(faults[0].select("m"), on="m", how="anti")
    plans = _plans(good)
    known = _known_plans(tx, family.contract_id, good)
    wrong = _wrong_plans(plans, known)
    faults.append(wrong)
    fine = plans.join(wrong.select("m", "p"), on=["m", "p"], how="anti")
    wanted, strays = _coverages(fine, known)
    wishes = _wishes(fine, wanted, takes_saved=takes_saved)
    if fine.is_empty() or family.contract_id is None:
        priced = pl.DataFrame()
    else:
        asked = Families(family.contract_id, kin, wishes, day, members=family.members)
        priced = price(tx, asked).coverages
    shown = plans.select("m", "p", "plan_id")
    return filled(nodes.select("m", "member_id"), shown, wanted, priced, pl.concat(faults), strays=strays)


def _family(tx: Transaction, member_id: str, scope: Scope) -> _Family:
    """The family of the member in the path, who must be a primary (MR-1)."""
    members = members_of(tx, [member_id], near=MOST_FEW)
    if members.is_empty():
        raise Refused(words.NO_PRIMARY if scope.sees(tx, "member", member_id) else words.MEMBER_NOT_FOUND)
    census_id = members["group_census_id"].item(0)
    if not scope.sees_family(tx, member_id, census_id):
        raise Refused(words.MEMBER_NOT_FOUND)
    found = tx.row("member_rating.contract_of", {"census_id": census_id})
    return _Family(members, *(found or (None, None, None)))


def _day(family: _Family, text: str | None) -> date | None:
    if family.start is None or family.end is None:
        return None
    return words.effective_date(text, family.start, family.end)


def _nodes(members: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The members of the request by position: `m`, `member_id`, `plans`."""
    rows = pl.DataFrame(list(members), schema=ASKED, strict=False)
    return rows.with_row_index("m").select(pl.col("m").cast(pl.Int32), "plans", member_id="memberId")


def _wrong_members(nodes: pl.DataFrame, kin: list[str]) -> pl.DataFrame:
    """Members of another family (MR-1), and the second node of one (MR-2)."""
    is_kin = nodes["member_id"].is_in(kin)
    is_first = nodes["member_id"].is_first_distinct()
    return pl.concat(
        [
            faults_of(nodes.filter(~is_kin), words.NOT_OF_FAMILY),
            faults_of(nodes.filter(is_kin & ~is_first), words.MEMBER_TWICE),
        ]
    )


def _plans(nodes: pl.DataFrame) -> pl.DataFrame:
    """The plans of the members by position: `m`, `p`, `member_id`, `plan_id`, `coverage_ids`."""
    rows = nodes.select("m", "member_id", pl.col("plans").fill_null([])).explode(
        "plans", empty_as_null=False, keep_nulls=False
    )
    rows = rows.with_columns(p=pl.int_range(pl.len()).over("m").cast(pl.Int32)).unnest("plans")
    return rows.rename({"planId": "plan_id", "planCoverageIds": "coverage_ids"})


def _known_plans(tx: Transaction, contract_id: str | None, nodes: pl.DataFrame) -> pl.DataFrame:
    """Plans and coverages of the contract: `contract_plan_id`, `root_plan_id`, `is_active` (of the root)."""
    return tx.frame("member_rating.plans", {"contract_id": contract_id}, near=nodes.height)


def _wrong_plans(plans: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Plans that are no active root of the contract (MR-3), and the second node of one."""
    roots = known.filter((pl.col("contract_plan_id") == pl.col("root_plan_id")) & pl.col("is_active"))
    is_known = plans["plan_id"].is_in(roots["contract_plan_id"].implode())
    is_first = plans.select(pl.struct("m", "plan_id").is_first_distinct()).to_series()
    return pl.concat(
        [
            faults_of(plans.filter(~is_known), words.NO_PLAN),
            faults_of(plans.filter(is_known & ~is_first), words.PLAN_TWICE),
        ]
    )


def _coverages(plans: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The coverages named that are children of their plan, and those that are not: `m`, `p`, `coverage_id`, `order`."""
    named = (
        plans.select("m", "p", "plan_id", pl.col("coverage_ids").fill_null([]).list.unique(maintain_order=True))
        .explode("coverage_ids", empty_as_null=False, keep_nulls=False)
        .with_columns(order=pl.int_range(pl.len()).over("m", "p").cast(pl.Int32))
        .rename({"coverage_ids": "coverage_id"})
    )
    children = known.filter(pl.col("contract_plan_id") != pl.col("root_plan_id")).select(
        coverage_id="contract_plan_id", plan_id="root_plan_id"
    )
    fine = named.join(children, on=["coverage_id", "plan_id"], how="semi")
    return fine.select(list(STRAYS)), named.join(children, on=["coverage_id", "plan_id"], how="anti").select(
        list(STRAYS)
    )


def _wishes(plans: pl.DataFrame, wanted: pl.DataFrame, *, takes_saved: bool) -> pl.DataFrame:
    """Who would have what: each good plan, its coverages named, or those saved where none is named (MR-4)."""
    is_silent = pl.col("coverage_ids").fill_null([]).list.len() == 0
    own = plans.select(
        "m", "p", group_census_member_id="member_id", contract_plan_id="plan_id", takes_saved=is_silent & takes_saved
    )
    named = wanted.join(own, on=["m", "p"]).select(
        "group_census_member_id", contract_plan_id="coverage_id", takes_saved=pl.lit(value=False)
    )
    return pl.concat([own.drop("m", "p"), named])
