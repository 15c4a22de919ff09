"""InsCensusServiceStd deleteMembers, deleteMembersWithPlans and deleteAllMembers.

What lives here: whom each service keeps back (census members, sections 6 to 8). What does not: the removing itself
(`remove.take_out`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from services.book import Transaction
from services.insurance_errors import Refused, missing
from services.members import remove
from services.members.save import within_limit
from services.members.std import NO_CENSUS_ID, UNKNOWN_CENSUS
from services.scope import Scope

EMPTIED = "Successfully deleted Group Census Members."


@dataclass(frozen=True)
class StdRemoved:
    """What came of a call."""

    member_ids: list[str] = field(default_factory=list)
    """Members removed, dependents before primaries."""
    skipped_ids: list[str] = field(default_factory=list)
    """Listed and not removed, in the order of the call: kept back, or no member that the caller sees."""
    plan_ids: list[str] | None = None
    """Selections removed; None where the service removes none."""

    def told(self) -> dict[str, Any]:
        """The answer in the published names."""
        plans = {} if self.plan_ids is None else {"deletedMemberPlanIds": self.plan_ids}
        return {"deletedCensusMemberIds": self.member_ids, "skippedCensusMemberIds": self.skipped_ids, **plans}


def delete_members(tx: Transaction, member_ids: Sequence[str] | None, *, scope: Scope, now: datetime) -> StdRemoved:
    """deleteMembers: listed dependents, then listed primaries without dependents left; members with plans are kept
    (CM-60 to CM-63). Refused for an empty list."""
    listed, found = _listed(tx, member_ids, scope)
    going = _free(tx, found.filter(~pl.col("has_plan")))
    for (census_id,), part in going.group_by("group_census_id", maintain_order=True):
        remove.take_out(tx, str(census_id), part["group_census_member_id"], now=now)
    return _removed(listed, going)


def delete_members_with_plans(
    tx: Transaction, member_ids: Sequence[str] | None, *, scope: Scope, now: datetime, force: bool = False
) -> StdRemoved:
    """deleteMembersWithPlans: selections of the listed, then listed dependents, then listed primaries without
    dependents left (CM-65, CM-66). The selections of a primary that is kept are gone too.

    Refused for an empty list, and where one of the listed holds a completed enrollment unless `force`.
    """
    listed, found = _listed(tx, member_ids, scope)
    going = _free(tx, found)
    plans: list[str] = []
    for (census_id,), part in found.group_by("group_census_id", maintain_order=True):
        here = {"census_id": str(census_id)}
        with tx.lend(members_gone=part.select("group_census_member_id")):
            if not force and tx.row("members.completed_of", here):
                raise Refused(remove.ENROLLED)
            ended = [str(row[0]) for row in tx.rows("members.plans_of_gone", here)]
            tx.run("members.remove_plans", here)
        plans += ended
        out = part.filter(pl.col("group_census_member_id").is_in(going["group_census_member_id"].implode()))
        if out.height:
            remove.take_out(tx, str(census_id), out["group_census_member_id"], now=now)
        elif ended:
            tx.run("members.move_version", {**here, "now": now})
    return _removed(listed, going, plans)


def delete_all_members(
    tx: Transaction, census_id: str | None, *, scope: Scope, now: datetime, force: bool = False
) -> list[str]:
    """deleteAllMembers: empty a census with its dependents and plans, all or nothing (CM-70, CM-71); the ids removed.

    Refused without a census, for an unknown one, and for a completed enrollment unless `force`.
    """
    if not (census_id or "").strip():
        raise Refused(NO_CENSUS_ID)
    assert census_id is not None
    if not scope.sees(tx, "census", census_id):
        raise Refused(UNKNOWN_CENSUS)
    return remove.delete_all(tx, census_id, scope=scope, now=now, force=force)


def _listed(tx: Transaction, member_ids: Sequence[str] | None, scope: Scope) -> tuple[list[str], pl.DataFrame]:
    """The ids, each once, and those that are members the caller sees, with whether they hold plans."""
    listed = list(dict.fromkeys(member_ids or ()))
    if not listed:
        raise Refused(missing("censusMemberIds"))
    within_limit(tx, len(listed))
    known = scope.known(tx, "member", listed)
    asked = pl.DataFrame({"group_census_member_id": [one for one in listed if one in known]}, schema=remove.ASKED)
    with tx.lend(reading_asked=asked):
        return listed, tx.frame("member_reading.listed")


def _free(tx: Transaction, candidates: pl.DataFrame) -> pl.DataFrame:
    """Those of the candidates that go: dependents, and primaries whose dependents all go; dependents first."""
    heads = candidates.filter(pl.col("primary_member_id").is_null())
    with tx.lend(reading_asked=heads.select("group_census_member_id")):
        kin = tx.frame("member_reading.dependents_of")
    staying = kin.join(candidates, on="group_census_member_id", how="anti")["primary_member_id"]
    dependents = candidates.filter(pl.col("primary_member_id").is_not_null())
    return pl.concat([dependents, heads.filter(~pl.col("group_census_member_id").is_in(staying.implode()))])


def _removed(listed: Sequence[str], going: pl.DataFrame, plans: list[str] | None = None) -> StdRemoved:
    gone = going["group_census_member_id"].to_list()
    left = pl.Series("id", listed, dtype=pl.String)
    return StdRemoved(gone, left.filter(~left.is_in(gone)).to_list(), plans)
