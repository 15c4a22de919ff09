"""Wishes of members for plans, and records to remove, judged together: for any number of members and no write.

What lives here: finding the plans that wishes name, and mandatory coverages (MP-10). What does not: what goes with a
removal (`removals`), opt-outs and classes (`services.census_load.eligibility`), the rules on a choice (`settling`),
reading (`near`) and writing (`store`).

Removals come before wishes (MP-14), so a swap inside a category works.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from services.census_load.eligibility import links_of, with_rights
from services.census_load.plan_cells import with_numbers
from services.census_load.settling import FILE, Settled, Ways, held_of, judged, settle_families
from services.census_load.stored import Stored
from services.selections.removals import FAULTS, WISHES, removals, with_window

CONNECT = Ways(replaces=False)
"""The Connect services: nothing is replaced silently, a second plan of a type is refused."""
STD = Ways(replaces=False, one_of_a_type=False, dependents_follow=False)
"""addPlanSelections: what its page documents, and no more (PS-1 to PS-6, PS-13, WP-14)."""
SAVED = FILE
"""The action that saves plans brings members in line with what is stated (BC-12, BC-63)."""


@dataclass(frozen=True)
class Verdict:
    """What comes of a request on selections."""

    stored: Stored
    members: pl.DataFrame
    """The families at hand, as `eligibility.with_rights` numbers them (m)."""
    plans: pl.DataFrame
    """The plans of their contracts, as `plan_cells.with_numbers` numbers them (plan)."""
    granted: pl.DataFrame
    """at, m, plan: wishes that the member has afterwards, whether new or held before."""
    added: pl.DataFrame
    """m, plan: selections to store."""
    came_along: pl.DataFrame
    """m, plan: mandatory coverages of the root plans granted, new or held."""
    held: pl.DataFrame
    """m, plan, member_plan_id: stored selections that stay."""
    removed: pl.DataFrame
    """m, member_plan_id, why: own (asked for), coverage (of its root), primary (with the primary's), replaced."""
    faults: pl.DataFrame
    """side (added, deleted), at, code, name: what was refused; name is the word or product type for its text."""


def judge(
    stored: Stored,
    wishes: pl.DataFrame,
    drops: pl.DataFrame | None = None,
    *,
    ways: Ways = CONNECT,
    brings_mandatory: bool = True,
    window_on: date | None = None,
) -> Verdict:
    """Judge wishes and removals (both in the columns of `WISHES`) of members that are in `stored`.

    `window_on`: plans whose enrollment window does not hold that day are refused (members that choose by themselves).
    """
    plans = with_numbers(stored.plans)
    nowhere = {"person": pl.lit(None, pl.UInt32), "file_no": pl.lit(None, pl.Int32)}
    members = with_rights(stored.members.with_columns(**nowhere), stored)
    held = held_of(stored, members, plans)
    removed, refused = removals(WISHES.to_frame() if drops is None else drops, stored, members, plans, window_on)
    stands = held.filter(~pl.col("member_plan_id").is_in(removed["member_plan_id"].implode()))
    asked = _placed(wishes, stored, members, plans, window_on)
    settled = settle_families(judged(asked, plans, stored), stands, plans.height, ways)
    granted = asked.filter(pl.col("plan").is_not_null()).join(
        settled.chosen.select("m", "plan"), on=["m", "plan"], how="inner", maintain_order="left"
    )
    mandatory = _mandatory(settled, stored, members, plans)
    new = settled.chosen.filter("is_new").select("m", "plan")
    if brings_mandatory:
        new = pl.concat([new, mandatory.filter("is_new").select("m", "plan")]).unique(["m", "plan"])
    replaced = settled.lost.select("m", "member_plan_id", why=pl.lit("replaced"))
    return Verdict(
        stored=stored,
        members=members,
        plans=plans,
        granted=granted.select("at", "m", "plan"),
        added=new.join(settled.kept.select("m", "plan"), on=["m", "plan"], how="anti").sort("m", "plan"),
        came_along=mandatory.select("m", "plan"),
        held=settled.kept.select("m", "plan", "member_plan_id"),
        removed=pl.concat([removed, replaced]),
        faults=pl.concat([refused, _told(settled, plans)]).sort("side", "at", descending=[True, False]),
    )


def _placed(
    wishes: pl.DataFrame, stored: Stored, members: pl.DataFrame, plans: pl.DataFrame, window_on: date | None
) -> pl.DataFrame:
    """The wishes with their member's numbers and the plan of the contract they name; `problem` where they name none."""
    contracts = stored.targets.select(
        contract_no=pl.col("contract_id").rank("dense").fill_null(0).cast(pl.Int64), contract_id="contract_id"
    ).unique("contract_no")
    known = with_window(plans, window_on).join(contracts, on="contract_id", how="inner")
    known = known.select("contract_no", "plan", "is_active", "is_in_window", word="contract_plan_id")
    mine = members.select("group_census_member_id", "m", "head", "mask", "class_no", "contract_no")
    placed = (
        wishes.with_columns(pl.col("word").str.strip_chars())
        .join(mine, on="group_census_member_id", how="inner", maintain_order="left")
        .join(known, on=["contract_no", "word"], how="left", maintain_order="left")
    )
    problem = (
        pl.when(pl.col("plan").is_null())
        .then(pl.lit("plan_not_on_contract"))
        .when(~pl.col("is_active"))
        .then(pl.lit("plan_inactive"))
        .when(~pl.col("is_in_window"))
        .then(pl.lit("window_closed"))
    )
    return placed.with_columns(problem=problem)


def _mandatory(settled: Settled, stored: Stored, members: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """m, plan, is_new: active mandatory coverages, open to the member's class, of the root plans chosen (MP-10).

    A root plan that was held before brings nothing new; what it brought then is listed.
    """
    none = pl.DataFrame(schema={"m": pl.Int64, "plan": pl.Int64, "is_new": pl.Boolean})
    if plans.is_empty() or settled.chosen.is_empty():
        return none
    coverages = plans.filter(~pl.col("is_root") & ~pl.col("is_optional") & pl.col("is_active"))
    found = settled.chosen.select("m", "is_new", root="plan").join(
        coverages.select("root", "plan"), on="root", how="inner", maintain_order="left_right"
    )
    if found.is_empty():
        return none
    links = links_of(stored, plans)
    found = found.with_columns(class_no=members["class_no"].gather(found["m"]))
    found = found.filter(links.admits(pl.col("plan"), pl.col("class_no")))
    has = settled.kept.select("m", "plan", is_held=pl.lit(True))
    found = found.join(has, on=["m", "plan"], how="left", maintain_order="left")
    is_held = pl.col("is_held").fill_null(False)
    return found.filter(pl.col("is_new") | is_held).select("m", "plan", is_new=~is_held)


def _told(settled: Settled, plans: pl.DataFrame) -> pl.DataFrame:
    """Refused wishes, with the word that their text names."""
    parts = [FAULTS.to_frame()]
    for code, faults in settled.faults:
        if faults.is_empty():
            continue
        of_type = code in ("opted_out", "second_plan_of_type")
        name = pl.lit(plans["plan_type"]).gather(pl.col("plan")) if of_type else pl.col("word")
        parts.append(faults.select(side=pl.lit("added"), at="at", code=pl.lit(code), name=name))
    return pl.concat(parts)
