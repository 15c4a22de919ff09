"""Wishes for plans beside what is held: which are granted, and what stays and goes.

What lives here: the rules on a choice within a member and a family (PS-11, MP-5 to MP-8, MP-15, MP-19, MP-20), for any
number of members at once. What does not: where wishes come from, opt-outs and class links themselves (`eligibility`),
and any write. A census file and every service that takes selections walk through here; `Ways` says in what they differ.

Pairs are single numbers: (member, plan) is `m * n_plans + plan`, (member, type) is `m * TYPES + type`.
"""

from dataclasses import dataclass

import polars as pl

from schemas.plans import PRODUCT_TYPES
from services.census_load.eligibility import ALL, links_of
from services.census_load.stored import Stored

FACTS = (
    "elected_amount_cents",
    "evidence_status",
    "approved_amount_cents",
    "approved_from",
    "is_late_entrant",
    "original_effective_date",
)
"""What a file may state of a selection besides its plan."""

TYPES = 64


@dataclass(frozen=True)
class Ways:
    """In what the services that take selections differ."""

    replaces: bool = True
    """A plan held gives way to a stated one of its type, and what was opted out of goes (BC-12)."""
    one_of_a_type: bool = True
    """One root plan of each product type (MP-5)."""
    dependents_follow: bool = True
    """A dependent can only have root plans that its primary has (MP-7)."""


FILE = Ways()
"""The cells of a census file, and the action that saves plans beside members."""


def held_of(stored: Stored, members: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """Stored selections of the members at hand, in numbers; those of plans off the contract are left alone."""
    of_member = members.select("group_census_member_id", "m", "head", "mask", "primary_member_id").join(
        stored.members.select("group_census_member_id", was_under="primary_member_id"),
        on="group_census_member_id",
        how="left",
    )
    return (
        stored.selections.join(of_member, on="group_census_member_id", how="inner")
        .join(plans.select("contract_plan_id", "plan", "root", "type", "is_root"), on="contract_plan_id", how="inner")
        .with_columns(
            key=pl.col("m") * plans.height + pl.col("plan"),
            pair=pl.col("m") * TYPES + pl.col("type"),
            is_done=pl.col("enrollment_status") == "Completed",
            is_refused=refuses(pl.col("mask"), pl.col("type")),
            is_moved=pl.col("primary_member_id").ne_missing(pl.col("was_under")),
        )
        .select(
            "m",
            "head",
            "plan",
            "root",
            "type",
            "is_root",
            "key",
            "pair",
            "is_done",
            "is_refused",
            "is_moved",
            "member_plan_id",
            *FACTS,
        )
    )


def judged(wishes: pl.DataFrame, plans: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """The wishes with `fault`: why the plan is refused whatever else the family holds, null when it is not."""
    if wishes.is_empty() or plans.is_empty():
        nothing = {name: pl.lit(None, pl.Int64) for name in ("root", "type", "key", "pair")}
        return wishes.with_columns(
            **nothing, is_root=False, fault=pl.col("problem"), is_dependent=pl.col("m") != pl.col("head")
        )
    links = links_of(stored, plans)
    plan = pl.col("plan").fill_null(0)
    known = wishes.with_columns(
        root=pl.lit(plans["root"]).gather(plan),
        type=pl.lit(plans["type"]).gather(plan),
        is_root=pl.lit(plans["is_root"]).gather(plan),
    )
    is_refused = refuses(pl.col("mask"), pl.col("type"))
    admits = links.admits(plan, pl.col("class_no")) & links.admits(pl.col("root"), pl.col("class_no"))
    fault = (
        pl.when(pl.col("problem").is_not_null())
        .then("problem")
        .when(is_refused)
        .then(pl.lit("opted_out"))
        .when(~admits)
        .then(pl.lit("class_not_eligible"))
    )
    return known.with_columns(
        fault=fault,
        key=pl.col("m") * plans.height + plan,
        pair=pl.col("m") * TYPES + pl.col("type").fill_null(TYPES - 1),
        is_dependent=pl.col("m") != pl.col("head"),
    )


def refuses(mask: pl.Expr, type_no: pl.Expr) -> pl.Expr:
    """The types in the mask hold the type of the plan; a type outside the closed list is only refused with all."""
    bits = pl.lit(pl.Series([1 << bit for bit in range(len(PRODUCT_TYPES))], dtype=pl.Int64))
    return (mask == ALL) | ((mask & bits.gather(type_no.fill_null(0))) != 0) & type_no.is_not_null()


@dataclass(frozen=True)
class Settled:
    """What members hold afterwards, and the wishes refused."""

    chosen: pl.DataFrame
    """m, plan, key, is_new: what the members chose and get."""
    kept: pl.DataFrame
    """Rows of the held selections that stay."""
    lost: pl.DataFrame
    """Rows of the held selections that go."""
    faults: list[tuple[str, pl.DataFrame]]
    """A code and the wishes refused for it."""


def settle_families(wishes: pl.DataFrame, held: pl.DataFrame, n_plans: int, ways: Ways = FILE) -> Settled:
    """Grant the judged wishes of any number of families: primaries first, then dependents beside what those have."""
    if wishes.is_empty() and held.is_empty():
        return Settled(wishes.select("m", "plan", "key", is_new=pl.lit(True)), held, held, [])
    is_head = pl.col("m") == pl.col("head")
    heads = _settled(wishes.filter(~pl.col("is_dependent")), held.filter(is_head), None, n_plans, ways)
    owned = pl.concat([heads.kept["key"], heads.chosen["key"]]) if ways.dependents_follow else None
    dependents = _settled(wishes.filter("is_dependent"), held.filter(~is_head), owned, n_plans, ways, heads.lost)
    return Settled(
        chosen=pl.concat([heads.chosen, dependents.chosen]),
        kept=pl.concat([heads.kept, dependents.kept]),
        lost=pl.concat([heads.lost, dependents.lost]),
        faults=[*heads.faults, *dependents.faults],
    )


def _settled(
    wishes: pl.DataFrame,
    held: pl.DataFrame,
    owned: pl.Series | None,
    n_plans: int,
    ways: Ways,
    lost_of_heads: pl.DataFrame | None = None,
) -> Settled:
    """What primaries, or dependents, hold after the load.

    For dependents `owned` are the (member, plan) numbers that their primaries hold afterwards (MP-7), and
    `lost_of_heads` the selections that their primaries lost, which take the dependents' along (MP-15).
    """
    faults: list[tuple[str, pl.DataFrame]] = [
        (str(code), part)
        for (code,), part in wishes.filter(pl.col("fault").is_not_null()).group_by("fault", maintain_order=True)
    ]
    good = wishes.filter(pl.col("fault").is_null())
    if owned is not None:
        of_head = (pl.col("head") * n_plans + pl.col("root")).is_in(owned.implode())
        faults.append(("primary_without_plan", good.filter(~of_head & pl.col("is_root"))))
        alone = good.filter(~of_head & ~pl.col("is_root"))
        faults.append(("primary_without_plan", alone.filter(~_under(alone, wishes, n_plans))))
        good = good.filter(of_head)
    good = good.filter(pl.col("key").is_first_distinct())
    roots, seconds = _one_of_a_type(good.filter("is_root"), held, ways)
    faults.append(("second_plan_of_type", seconds))
    coverages, homeless = _coverages(good, roots, wishes, held, n_plans, ways)
    faults.append(("root_not_chosen", homeless))
    chosen = pl.concat([roots, coverages])
    orphaned = _orphaned(held, n_plans, owned, lost_of_heads)
    chosen, kept, lost, enrolled = _against_held(chosen, held, n_plans, orphaned, ways)
    faults.append(("plan_enrolled", enrolled))
    return Settled(chosen, kept, lost, faults)


def _one_of_a_type(roots: pl.DataFrame, held: pl.DataFrame, ways: Ways) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Root plans that may stand, and those of a type that the member wished for before, or has and keeps (MP-5)."""
    if not ways.one_of_a_type:
        return roots, roots.clear()
    may = roots["pair"].is_first_distinct()
    if not ways.replaces:
        taken = held.filter("is_root")
        of_type = roots["pair"].is_in(taken["pair"].implode())
        may &= roots["key"].is_in(taken["key"].implode()) | ~of_type
    return roots.filter(may), roots.filter(~may)


def _under(coverages: pl.DataFrame, wishes: pl.DataFrame, n_plans: int) -> pl.Series:
    """The coverages whose root the same member wished for too: a fault of the root says enough."""
    wished = wishes.filter("is_root")["key"]
    return coverages.select((pl.col("m") * n_plans + pl.col("root")).is_in(wished.implode())).to_series()


def _coverages(
    good: pl.DataFrame, roots: pl.DataFrame, wishes: pl.DataFrame, held: pl.DataFrame, n_plans: int, ways: Ways
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coverages whose root is chosen, or held and not replaced; and those whose root is neither (PS-11, MP-6)."""
    asked = good.filter(~pl.col("is_root"))
    if asked.is_empty():
        return asked, asked
    home = pl.col("m") * n_plans + pl.col("root")
    standing = held.filter(pl.col("is_root") & ~pl.col("is_refused"))
    if ways.replaces:
        standing = standing.filter(~pl.col("pair").is_in(roots["pair"].implode()))
    at_home = asked.select(home.is_in(roots["key"].implode()) | home.is_in(standing["key"].implode())).to_series()
    lost = asked.filter(~at_home)
    return asked.filter(at_home), lost.filter(~_under(lost, wishes, n_plans))


def _orphaned(
    held: pl.DataFrame, n_plans: int, owned: pl.Series | None, lost_of_heads: pl.DataFrame | None
) -> pl.Series:
    """Selections of dependents that go with the primary's (MP-15), or that the primary of another family lacks."""
    if owned is None or lost_of_heads is None:
        return pl.repeat(False, held.height, eager=True, dtype=pl.Boolean)
    gone = lost_of_heads.filter("is_root").select(pl.col("m") * n_plans + pl.col("plan")).to_series()
    of_head = pl.col("head") * n_plans + pl.col("root")
    return held.select(
        of_head.is_in(gone.implode()) | (pl.col("is_moved") & ~of_head.is_in(owned.implode()))
    ).to_series()


def _against_held(
    chosen: pl.DataFrame, held: pl.DataFrame, n_plans: int, orphaned: pl.Series, ways: Ways
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Chosen plans beside the stored ones: what is new, stays and goes, and what an enrollment forbids (MP-20)."""
    if held.is_empty():
        return chosen.select("m", "plan", "key", is_new=pl.lit(True)), held, held, chosen.clear()
    if not ways.replaces:
        beside = chosen.select("m", "plan", "key", is_new=~pl.col("key").is_in(held["key"].implode()))
        return beside, held, held.clear(), chosen.clear()
    homes = chosen.select(pl.col("m") * n_plans + pl.col("root")).to_series()
    wanted = pl.concat([chosen["key"], homes])
    restated = pl.col("pair").is_in(chosen["pair"].implode())
    replaced = restated & ~pl.col("key").is_in(wanted.implode())
    barred = held.filter(replaced & pl.col("is_done"))["pair"]
    is_barred = pl.col("pair").is_in(barred.implode())
    goes = ((replaced & ~is_barred) | pl.col("is_refused") | pl.lit(orphaned)) & ~pl.col("is_done")
    enrolled = chosen.filter(is_barred & ~pl.col("key").is_in(held["key"].implode())).unique(
        "pair", keep="first", maintain_order=True
    )
    left = chosen.filter(~is_barred).with_columns(is_new=~pl.col("key").is_in(held["key"].implode()))
    return left.select("m", "plan", "key", "is_new"), held.filter(~goes), held.filter(goes), enrolled
