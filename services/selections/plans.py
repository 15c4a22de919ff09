"""Plans of members as the Connect services change them: added, swapped and removed, all or nothing.

What lives here: what the three services ask of the judge and how they answer (MP-1 to MP-23), for one member or for the
members of a family together. What does not: the rules (`judge`), what members may choose (`eligible_plans`), and HTTP
(`services.http.routes.member_plans`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from schemas.plans import MEMBER_PLAN
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.scope import Scope
from services.selections import near, words
from services.selections.judge import Verdict, judge
from services.selections.removals import WISHES
from services.selections.store import write

_LONGEST_NAME = MEMBER_PLAN.column("name").longest or 255


@dataclass(frozen=True)
class Ask:
    """What is asked for one member: plans to add, ids to remove.

    A plan has property names of the published input; `attributes`, if stated, is JSON text.
    """

    member_id: str
    added: Sequence[Mapping[str, Any]] = ()
    deleted: Sequence[str] = ()


@dataclass(frozen=True)
class Changed:
    """What a change did."""

    added: list[str]
    """Records asked for, in the order of the request, then mandatory coverages that came along (MP-10)."""
    removed: list[str]
    """Records removed as asked."""
    cascaded: list[dict[str, str]] = field(default_factory=list)
    """memberId and memberPlanId of what went along (MP-15, MP-16)."""

    @property
    def updated(self) -> list[str]:
        """The records of a PATCH: added, removed, and what went along (MP-18)."""
        return [*self.added, *self.removed, *(one["memberPlanId"] for one in self.cascaded)]


class NotChanged(Refused):
    """A change of plans refused whole.

    `failed` are the ids to blame, as the caller wrote them; `asks` says for each error which ask it is about (none:
    all).
    """

    def __init__(self, *errors: InsuranceError, failed: Sequence[str] = (), asks: Sequence[int] = ()) -> None:
        super().__init__(*errors)
        self.failed = list(dict.fromkeys(failed))
        self.asks = list(asks)


def add(
    tx: Transaction, member_id: str, plans: Sequence[Mapping[str, Any]], *, scope: Scope, now: datetime,
    window_on: date | None = None,
) -> Changed:  # fmt: skip
    """Add plans and coverages to one member; all of them, or NotChanged (MP-22)."""
    must_be_known(tx, member_id, scope)
    if not plans:
        raise Refused(missing("groupCensusMemberPlans"))
    asked = [Ask(member_id, added=plans)]
    return change(tx, asked, {"added": "contractGroupPlanId"}, now=now, window_on=window_on)[0]


def patch(
    tx: Transaction, member_id: str, added: Sequence[Mapping[str, Any]], deleted: Sequence[str], *, scope: Scope,
    now: datetime, window_on: date | None = None,
) -> Changed:  # fmt: skip
    """Remove and add plans of one member, removals first; all of it, or NotChanged (MP-13, MP-14)."""
    must_be_known(tx, member_id, scope)
    sides = {"added": "contractGroupPlanId", "deleted": "deletedPlans"}
    return change(tx, [Ask(member_id, added, deleted)], sides, now=now, window_on=window_on)[0]


def delete(
    tx: Transaction, member_id: str, plans: Sequence[str], *, scope: Scope, now: datetime, window_on: date | None = None
) -> Changed:
    """Remove plans of one member with everything under them; all of them, or NotChanged."""
    must_be_known(tx, member_id, scope)
    if not plans:
        raise Refused(missing("plans"))
    return change(tx, [Ask(member_id, deleted=plans)], {"deleted": "plans"}, now=now, window_on=window_on)[0]


def plan_list(tx: Transaction, member_id: str) -> list[dict[str, Any]]:
    """Everything the member holds: id, contractGroupPlanId, name, enrollmentStatus."""
    return tx.frame("selections.plan_list", {"member_id": member_id}).to_dicts()


def must_be_known(tx: Transaction, member_id: str, scope: Scope) -> None:
    """Refused for a member that is unknown or out of scope."""
    if not scope.sees(tx, "member", member_id):
        raise Refused(invalid("memberId"))


def change(
    tx: Transaction, asks: Sequence[Ask], sides: Mapping[str, str], *, now: datetime, window_on: date | None = None
) -> list[Changed]:
    """Carry out what is asked for some members, all or nothing; one outcome for each ask.

    The members are known to exist. `sides` says how the request calls what is added and deleted. NotChanged where
    anything is refused: nothing is written then.
    """
    wishes, drops = _read(asks)
    stored = near.read(tx, pl.Series([ask.member_id for ask in asks], dtype=pl.String))
    if wishes.height + drops.height and not (stored.targets["type"].fill_null("") == "Enrollment").all():
        raise NotChanged(words.NOT_ENROLLMENT)
    if drops.height:
        stored = near.for_removal(tx, stored)
    verdict = judge(stored, wishes.select(WISHES.names()), drops.select(WISHES.names()), window_on=window_on)
    if verdict.faults.height:
        written = pl.concat(
            [wishes.select(WISHES.names()).with_columns(side=pl.lit("added")),
             drops.select(WISHES.names()).with_columns(side=pl.lit("deleted"))]
        )  # fmt: skip
        told = words.told(verdict, written, dict(sides))
        owners = pl.concat(
            frame.select("at", "ask", side=pl.lit(side)) for frame, side in ((wishes, "added"), (drops, "deleted"))
        )
        told = told.join(owners, on=["side", "at"], how="left", maintain_order="left")
        raise NotChanged(*words.errors_of(told), failed=told["word"].to_list(), asks=told["ask"].to_list())
    held = write(tx, verdict, now=now, stated=_stated(wishes, verdict))
    return _outcomes(asks, wishes, verdict, held)


def _read(asks: Sequence[Ask]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Wishes (with `ask` and the name stated) and removals of a request. NotChanged for an entry that is none."""
    entries = [(n, ask.member_id, at, plan) for n, ask in enumerate(asks) for at, plan in enumerate(ask.added)]
    bad = [(n, error) for n, member_id, at, plan in entries if (error := _problem(member_id, at, plan)) is not None]
    if bad:
        failed = [error.info["planId"] for _, error in bad if "planId" in error.info]
        raise NotChanged(*(error for _, error in bad), failed=failed, asks=[n for n, _ in bad])
    whose = {"ask": pl.UInt32, "group_census_member_id": pl.String, "word": pl.String}
    wishes = pl.DataFrame(
        [
            (n, who, plan["contractGroupPlanId"], plan.get("name"), plan.get("attributes"))
            for n, who, _, plan in entries
        ],
        schema={**whose, "name": pl.String, "attributes": pl.String},
        orient="row",
    ).with_row_index("at")
    drops = pl.DataFrame(
        [(n, ask.member_id, word) for n, ask in enumerate(asks) for word in dict.fromkeys(ask.deleted)],
        schema=whose,
        orient="row",
    ).with_row_index("at")
    return wishes, drops


def _problem(member_id: str, at: int, plan: Mapping[str, Any]) -> InsuranceError | None:
    """What is wrong with an entry before any plan is looked up; one that names no plan is told by its place."""
    plan_id = plan.get("contractGroupPlanId")
    if not plan_id or not str(plan_id).strip():
        return missing("contractGroupPlanId").about(index=at)
    if plan.get("groupCensusMemberId") not in (None, member_id):
        return invalid("groupCensusMemberId").about(planId=plan_id)
    if len(plan.get("name") or "") > _LONGEST_NAME:
        return invalid("name").about(planId=plan_id)
    return None


def _stated(wishes: pl.DataFrame, verdict: Verdict) -> pl.DataFrame:
    """m, plan and what the wishes state of the record: its name, its attributes."""
    name = pl.col("name").str.strip_chars()
    stated = wishes.select("at", pl.when(name != "").then(name), "attributes")
    return verdict.granted.join(stated, on="at", how="inner").select("m", "plan", "name", "attributes")


def _outcomes(asks: Sequence[Ask], wishes: pl.DataFrame, verdict: Verdict, held: pl.DataFrame) -> list[Changed]:
    """What came of each ask, in the published order."""
    named = verdict.members.select("m", "group_census_member_id")
    asked = (
        verdict.granted.join(wishes.select("at", "ask"), on="at", how="left")
        .join(held, on=["m", "plan"], how="left")
        .sort("at")
    )
    along = verdict.came_along.join(held, on=["m", "plan"], how="inner").join(named, on="m").sort("member_plan_id")
    gone = verdict.removed.join(named, on="m", how="left", maintain_order="left")
    made = []
    for n, ask in enumerate(asks):
        own = asked.filter(pl.col("ask") == n)["member_plan_id"].to_list()
        mandatory = along.filter(pl.col("group_census_member_id") == ask.member_id)["member_plan_id"].to_list()
        removed = gone.filter((pl.col("why") == "own") & (pl.col("group_census_member_id") == ask.member_id))
        made.append(Changed(list(dict.fromkeys([*own, *mandatory])), removed["member_plan_id"].to_list()))
    cascaded = gone.filter(pl.col("why") != "own").select(
        memberId="group_census_member_id", memberPlanId="member_plan_id"
    )
    if made and cascaded.height:
        made[0] = Changed(made[0].added, made[0].removed, cascaded.to_dicts())
    return made
