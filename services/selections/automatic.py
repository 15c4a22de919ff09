"""Plans that a contract assigns by itself: mandatory coverages, and root plans marked so (BC-65).

What lives here: finding them for any number of members at once. What does not: records and answers (`actions`).
"""

import polars as pl

from services.census_load.eligibility import links_of
from services.census_load.settling import refuses
from services.selections.judge import Verdict

AUTO_ADDED = "AUTO_ADDED"
"""How a plan record that was added is marked (BC-66)."""


def assigned(verdict: Verdict, given: pl.DataFrame, who: pl.Series) -> pl.DataFrame:
    """m, plan of what the contract adds to the plans given (m, plan) to the members `who`, and to what they hold.

    A root plan marked `auto_assign` goes to each member whose class admits it, who did not opt out of it and has no
    plan of its type, and to a dependent if the primary has it. Mandatory coverages follow the root plans given or
    added.
    """
    plans = verdict.plans
    if plans.is_empty():
        return given.clear()
    has = pl.concat([given, verdict.held.select("m", "plan")]).unique()
    heads = who.filter(who.is_in(verdict.members.filter(pl.col("m") == pl.col("head"))["m"].implode()))
    first = _roots(verdict, has, heads)
    every = pl.concat([has, first])
    rest = _roots(verdict, every, who.filter(~who.is_in(heads.implode())), owned=every)
    roots = pl.concat([given, first, rest]).unique(maintain_order=True)
    coverages = plans.filter(~pl.col("is_root") & ~pl.col("is_optional") & pl.col("is_active"))
    under = roots.rename({"plan": "root"}).join(coverages.select("root", "plan"), on="root", how="inner")
    under = under.filter(pl.col("m").is_in(who.implode())) if who.len() else under
    under = _admitted(verdict, under.select("m", "plan"))
    added = pl.concat([first, rest, under]).join(has, on=["m", "plan"], how="anti")
    order = plans.select("plan", "root", "is_root")
    return added.unique().join(order, on="plan").sort("m", "root", ~pl.col("is_root"), "plan").select("m", "plan")


def _roots(verdict: Verdict, has: pl.DataFrame, who: pl.Series, owned: pl.DataFrame | None = None) -> pl.DataFrame:
    """Root plans that the contract assigns to members; with `owned`, only those that their primaries have."""
    automatic = verdict.plans.filter(pl.col("auto_assign") & pl.col("is_root") & pl.col("is_active"))
    members = verdict.members.filter(pl.col("m").is_in(who.implode())).select("m", "head", "mask")
    pairs = members.join(automatic.select("plan", "type"), how="cross")
    if pairs.is_empty():
        return has.clear()
    pairs = pairs.filter(~refuses(pl.col("mask"), pl.col("type")))
    types = has.join(verdict.plans.filter("is_root").select("plan", "type"), on="plan").select("m", "type")
    pairs = pairs.join(types, on=["m", "type"], how="anti").unique(["m", "type"], keep="first", maintain_order=True)
    if owned is not None:
        pairs = pairs.join(owned.select(head="m", plan="plan"), on=["head", "plan"], how="semi")
    return _admitted(verdict, pairs.select("m", "plan"))


def _admitted(verdict: Verdict, pairs: pl.DataFrame) -> pl.DataFrame:
    """Those of the pairs that the member's class admits."""
    if pairs.is_empty():
        return pairs
    links = links_of(verdict.stored, verdict.plans)
    numbered = pairs.with_columns(
        class_no=verdict.members["class_no"].gather(pairs["m"]), root=verdict.plans["root"].gather(pairs["plan"])
    )
    open_to = links.admits(pl.col("plan"), pl.col("class_no")) & links.admits(pl.col("root"), pl.col("class_no"))
    return numbered.filter(open_to).select("m", "plan")
