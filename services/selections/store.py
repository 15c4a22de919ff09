"""A verdict written down: selections made and removed, and the versions of their censuses raised.

What lives here: the one write of selections by a request. What does not: deciding (`judge`).
"""

from datetime import datetime

import polars as pl

from services import ids
from services.book import Transaction
from services.census_load.settling import FACTS
from services.selections.judge import Verdict

STATED = ("name", "enrollment_status", "attributes", *FACTS)
"""What a request may state of a selection besides its member and plan."""

TO_BE_STARTED = "To Be Started"

_NOW_HELD = pl.Schema({"m": pl.Int64, "plan": pl.Int64, "member_plan_id": pl.String})


def write(tx: Transaction, verdict: Verdict, *, now: datetime, stated: pl.DataFrame | None = None) -> pl.DataFrame:
    """Store what was granted and take away what goes; what the members hold afterwards: m, plan, member_plan_id.

    `stated` holds columns of `STATED` by m and plan; a name left out is the plan's, a status To Be Started (MP-12).
    """
    new = _new_rows(tx, verdict, now, stated)
    if verdict.removed.height:
        with tx.lend(selections_gone=verdict.removed.select("member_plan_id")):
            tx.run("selections.remove")
    if new.height:
        with tx.lend(selections_new=new.drop("m", "plan")):
            tx.run("selections.store")
    moved = pl.concat([verdict.removed["m"], new["m"]]).unique()
    if moved.len():
        censuses = pl.DataFrame({"group_census_id": verdict.members["group_census_id"].gather(moved).unique()})
        with tx.lend(selections_moved=censuses):
            tx.run("selections.raise_versions", {"now": now})
    made = new.select("m", "plan", "member_plan_id")
    return pl.concat([_NOW_HELD.to_frame(), verdict.held.select(_NOW_HELD.names()), made])


def _new_rows(tx: Transaction, verdict: Verdict, now: datetime, stated: pl.DataFrame | None) -> pl.DataFrame:
    """Rows of book.member_plan with m and plan; ids rise with members and, within one, with root plans first."""
    order = verdict.added.with_columns(root=verdict.plans["root"].gather(verdict.added["plan"]))
    new = order.sort("m", "root", pl.col("root") != pl.col("plan"), "plan").drop("root")
    n = new.height
    moment = pl.lit(now, pl.Datetime("us"))
    if stated is not None:
        first = stated.unique(["m", "plan"], keep="first", maintain_order=True)
        new = new.join(first, on=["m", "plan"], how="left", maintain_order="left")
    given = {name: pl.col(name) if name in new.columns else pl.lit(None) for name in STATED}
    return new.select(
        "m",
        "plan",
        member_plan_id=ids.spell_many(ids.MEMBER_PLAN, tx.mint(ids.MEMBER_PLAN, n) if n else 1, n),
        group_census_member_id=verdict.members["group_census_member_id"].gather(new["m"]),
        group_census_id=verdict.members["group_census_id"].gather(new["m"]),
        contract_plan_id=verdict.plans["contract_plan_id"].gather(new["plan"]),
        created_at=moment,
        modified_at=moment,
        **{
            **given,
            "name": pl.coalesce(given["name"].cast(pl.String), pl.lit(verdict.plans["name"]).gather(pl.col("plan"))),
            "enrollment_status": given["enrollment_status"].cast(pl.String).fill_null(TO_BE_STARTED),
        },
    )
