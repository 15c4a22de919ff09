"""Members removed from a census: all of them, or those listed, with their dependents and selections.

What lives here: the rules CM-20 to CM-37 and `take_out`, which every door that removes members ends in. What does not:
which members a Std service keeps back, and accounts, contacts and users, which stay (CM-21).
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.members.save import within_limit
from services.scope import Scope

ENROLLED = InsuranceError("GB-CEN-010", "Members with completed enrollments can't be deleted.")
ASKED = pl.Schema({"group_census_member_id": pl.String})


def delete_all(tx: Transaction, census_id: str, *, scope: Scope, now: datetime, force: bool = False) -> list[str]:
    """Empty a census, all or nothing; the ids removed, in their order. Refused for an unknown census, and for a
    completed enrollment unless `force` (CM-24)."""
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    everybody = tx.frame("members.all_of", {"census_id": census_id})
    take_out(tx, census_id, everybody["group_census_member_id"], now=now, force=force)
    return everybody["group_census_member_id"].to_list()


def delete_listed(
    tx: Transaction,
    census_id: str,
    member_ids: Sequence[str],
    *,
    scope: Scope,
    now: datetime,
    force: bool = False,
) -> list[str]:
    """Remove the members listed and, of primaries, every dependent, all or nothing; the ids removed, listed ones first.

    Refused with an error for each id that is no member of the census (CM-35), for an empty list or one
    that is too long, and as `delete_all`.
    """
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    listed = list(dict.fromkeys(member_ids))
    if not listed:
        raise Refused(missing("memberIds"))
    within_limit(tx, len(listed))
    found = families_of(tx, census_id, listed)
    known = set(found.filter("is_listed")["group_census_member_id"].to_list())
    lost = [member_id for member_id in listed if member_id not in known]
    if lost:
        raise Refused(*(invalid("memberIds").about(memberId=member_id) for member_id in lost))
    kin = found.filter(~pl.col("is_listed"))["group_census_member_id"].to_list()
    take_out(tx, census_id, found["group_census_member_id"], now=now, force=force)
    return [*listed, *kin]


def delete_census(tx: Transaction, census_id: str, *, scope: Scope, now: datetime, force: bool = False) -> list[str]:
    """Remove a census with its members, their selections, its class summaries and what was landed for it (OB-2); the
    ids of the members. Refused as `delete_all`. Results of ratings keep their amounts."""
    gone = delete_all(tx, census_id, scope=scope, now=now, force=force)
    for name in _OF_CENSUS:
        tx.run(f"members.{name}", {"census_id": census_id})
    return gone


_OF_CENSUS = (
    "remove_summaries",
    "remove_from_cohorts",
    "remove_landed_rows",
    "remove_landed_persons",
    "remove_issues",
    "remove_images",
    "remove_plan_images",
    "remove_loads",
    "remove_files",
    "remove_census",
)
"""Statements that remove what hangs from a census, in an order in which each still finds its rows."""


def families_of(tx: Transaction, census_id: str, member_ids: Sequence[str]) -> pl.DataFrame:
    """The members of a census with these ids and the dependents of the primaries among them: group_census_member_id,
    primary_member_id, family_id, is_listed."""
    with tx.lend(members_asked=pl.DataFrame({"group_census_member_id": list(member_ids)}, schema=ASKED)):
        return tx.frame("members.family_of", {"census_id": census_id})


def take_out(
    tx: Transaction, census_id: str, member_ids: pl.Series, *, now: datetime, force: bool = False
) -> list[str]:
    """Remove members and their selections, count the dependents of primaries that stay again (CM-31), and raise the
    version; the ids of the selections removed. Whole families are the caller's care.

    Refused where one of them holds a completed enrollment, unless `force`.
    """
    if member_ids.is_empty():
        return []
    gone = pl.DataFrame({"group_census_member_id": member_ids}, schema=ASKED)
    here = {"census_id": census_id}
    with tx.lend(members_gone=gone):
        if not force and tx.row("members.completed_of", here):
            raise Refused(ENROLLED)
        left = tx.frame("members.left_behind", here)
        plans = [str(row[0]) for row in tx.rows("members.plans_of_gone", here)]
        tx.run("members.remove_plans", here)
        tx.run("members.remove", here)
    if left.height:
        with tx.lend(members_recounted=left):
            tx.run("members.recount", {**here, "now": now})
    tx.run("members.move_version", {**here, "now": now})
    return plans
