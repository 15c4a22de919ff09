"""Member rating: the plans and coverages that one family wants, priced before anybody enrolls.

What lives here: `rate_family` and its checks (MR-1 to MR-16). What does not: prices (`services.pricing`), the wording
of the answer (`spelling`), many members at once (`action`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from services.asked import Families, members_of, terms_of
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused
from services.kept_shelf import kept
from services.member_rating import words
from services.member_rating.picture import NO_FAULTS, STRAYS, Picture, faults_of, filled
from services.members.save import within_limit
from services.one_go import collected
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
    terms: pl.DataFrame | None
    """None where they are on several censuses."""
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
    kin = family.members["group_census_member_id"].to_list()
    nodes = _nodes(members, kin)
    known = known_plans(tx, family.contract_id)
    strangers = _wrong_members(nodes)
    plans = _plans(_but(nodes, strangers, "m"), known)
    wrong = _wrong_plans(plans)
    fine = _but(plans, wrong, "m", "p")
    wanted, strays = _coverages(fine, known)
    if fine.is_empty() or family.contract_id is None:
        priced = pl.DataFrame()
    else:
        wishes = _wishes(fine, wanted, takes_saved=takes_saved)
        asked = Families(family.contract_id, kin, wishes, day, members=family.members, stated=family.terms)
        priced = price(tx, asked).coverages
    faults = pl.concat([strangers, wrong])
    return filled(nodes[["m", "member_id"]], plans[["m", "p", "plan_id"]], wanted, priced, faults, strays=strays)


def _family(tx: Transaction, member_id: str, scope: Scope) -> _Family:
    """The family of the member in the path, who must be a primary (MR-1)."""
    members = members_of(tx, member_id)
    if members.is_empty():
        raise Refused(words.NO_PRIMARY if scope.sees(tx, "member", member_id) else words.MEMBER_NOT_FOUND)
    census_id = members["group_census_id"].item(0)
    if not scope.sees_family(tx, member_id, census_id):
        raise Refused(words.MEMBER_NOT_FOUND)
    terms = terms_of(tx, census_id)
    found = terms.select("contract_id", "start_date", "end_date").rows() or [(None, None, None)]
    return _Family(members, terms if members["group_census_id"].n_unique() == 1 else None, *found[0])


def _day(family: _Family, text: str | None) -> date | None:
    if family.start is None or family.end is None:
        return None
    return words.effective_date(text, family.start, family.end)


def _nodes(members: Sequence[Mapping[str, Any]], kin: list[str]) -> pl.DataFrame:
    """The members of the request by position: `m`, `member_id`, `plans`, `is_kin`, `is_first` (node of a member)."""
    rows = pl.DataFrame(list(members), schema=ASKED, strict=False)
    return collected(
        rows.lazy()
        .with_row_index("m")
        .select(
            pl.col("m").cast(pl.Int32),
            "plans",
            member_id="memberId",
            is_kin=pl.col("memberId").is_in(kin),
            is_first=pl.col("memberId").is_first_distinct(),
        )
    )


def _wrong_members(nodes: pl.DataFrame) -> pl.DataFrame:
    """Members of another family (MR-1), and the second node of one (MR-2)."""
    return _two_faults(nodes, "is_kin", words.NOT_OF_FAMILY, words.MEMBER_TWICE)


def _two_faults(rows: pl.DataFrame, is_right: str, wrong: InsuranceError, twice: InsuranceError) -> pl.DataFrame:
    """An error at each row that is not right, another at those that are and not the first."""
    right, first = rows[is_right], rows["is_first"]
    if right.null_count() == 0 and right.all() and first.all():
        return NO_FAULTS
    return pl.concat([faults_of(rows.filter(~right), wrong), faults_of(rows.filter(right & ~first), twice)])


def _but(rows: pl.DataFrame, faults: pl.DataFrame, *places: str) -> pl.DataFrame:
    """The rows without those that have a fault."""
    return rows if faults.is_empty() else rows.join(faults.select(places), on=places, how="anti")


@dataclass(frozen=True)
class Known:
    """What a contract offers: the active root plans, and the coverages of root plans (`coverage_id`, `plan_id`)."""

    roots: pl.Series
    children: pl.DataFrame


def known_plans(tx: Transaction, contract_id: str | None) -> Known:
    """Plans and coverages of the contract; none without one."""

    def read() -> Known:
        found = tx.frame("member_rating.plans", {"contract_id": contract_id})
        is_root = pl.col("contract_plan_id") == pl.col("root_plan_id")
        children = found.filter(~is_root).select(coverage_id="contract_plan_id", plan_id="root_plan_id")
        return Known(found.filter(is_root & pl.col("is_active"))["contract_plan_id"], children)

    return kept(tx, ("member_rating.plans", contract_id), read)


def _plans(nodes: pl.DataFrame, known: Known) -> pl.DataFrame:
    """The plans of the members by position: `m`, `p`, `member_id`, `plan_id`, `coverage_ids` (null: none named),
    `is_root` (an active one of the contract), `is_first` (node of a plan), `is_silent` (names no coverage).
    """
    coverages = pl.col("planCoverageIds")
    return collected(
        nodes.lazy()
        .select("m", "member_id", pl.col("plans").fill_null([]))
        .explode("plans", empty_as_null=False, keep_nulls=False)
        .with_columns(p=pl.int_range(pl.len(), dtype=pl.Int32).over("m"))
        .unnest("plans")
        .select(
            "m",
            "member_id",
            "p",
            plan_id="planId",
            coverage_ids="planCoverageIds",
            is_root=pl.col("planId").is_in(known.roots.implode()),
            is_first=pl.struct("m", "planId").is_first_distinct(),
            is_silent=coverages.is_null() | (coverages.list.len() == 0),
        )
    )


def _wrong_plans(plans: pl.DataFrame) -> pl.DataFrame:
    """Plans that are no active root of the contract (MR-3), and the second node of one."""
    return _two_faults(plans, "is_root", words.NO_PLAN, words.PLAN_TWICE)


def _coverages(plans: pl.DataFrame, known: Known) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The coverages named that are children of their plan, and those that are not: `m`, `p`, `coverage_id`, `order`."""
    if plans["is_silent"].all():
        none = pl.DataFrame(schema=STRAYS)
        return none, none
    named = collected(
        plans.lazy()
        .select("m", "p", "plan_id", pl.col("coverage_ids").fill_null([]).list.unique(maintain_order=True))
        .explode("coverage_ids", empty_as_null=False, keep_nulls=False)
        .with_columns(order=pl.int_range(pl.len(), dtype=pl.Int32).over("m", "p"))
        .rename({"coverage_ids": "coverage_id"})
        .join(
            known.children.lazy().with_columns(is_child=True),
            on=["coverage_id", "plan_id"],
            how="left",
            maintain_order="left",
        )
    )
    is_child = named["is_child"].is_not_null()
    return named.filter(is_child)[list(STRAYS)], named.filter(~is_child)[list(STRAYS)]


def _wishes(plans: pl.DataFrame, wanted: pl.DataFrame, *, takes_saved: bool) -> pl.DataFrame:
    """Who would have what: each good plan, its coverages named, or those saved where none is named (MR-4)."""
    own = plans.lazy().select(
        group_census_member_id="member_id", contract_plan_id="plan_id", takes_saved=pl.col("is_silent") & takes_saved
    )
    if wanted.is_empty():
        return collected(own)
    named = (
        wanted.lazy()
        .join(plans.lazy().select("m", "p", "member_id"), on=["m", "p"])
        .select(group_census_member_id="member_id", contract_plan_id="coverage_id", takes_saved=pl.lit(value=False))
    )
    return collected(pl.concat([own, named]))
