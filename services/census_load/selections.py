"""Selections: what the members of the files chose, beside what they hold.

What lives here: the rules on a choice (BC-11, BC-12, BC-28, PS-11, MP-5 to MP-8, MP-15, MP-19, MP-20) and
the difference to the stored selections, for all members of all censuses at once. What does not: reading
the cells (`plan_cells`), opt-outs and classes (`eligibility`), amounts (`amounts`), and any write.

Only what was chosen becomes a selection; mandatory coverages come with their root when a plan is rated.
Pairs are single numbers: (member, plan) is `m * n_plans + plan`, (member, type) is `m * 64 + type`.
"""

from dataclasses import dataclass

import polars as pl

from schemas.plans import PRODUCT_TYPES
from services.census_load.eligibility import ALL, links_of, with_rights
from services.census_load.ledger import Ledger
from services.census_load.plan_cells import read_cells, type_bit, with_numbers
from services.census_load.stored import Stored
from services.intake.landing import Landing

FACTS = (
    "elected_amount_cents",
    "evidence_status",
    "approved_amount_cents",
    "approved_from",
    "is_late_entrant",
    "original_effective_date",
)
"""What a file may state of a selection besides its plan."""

_TYPES = 64
_AT = ("file_no", "line_number", "person_no", "person", "column_name", "raw_value", "name")


@dataclass(frozen=True)
class Selections:
    """What a load does to selections."""

    members: pl.DataFrame
    """The members at hand, as `eligibility.with_rights` numbers them (m)."""
    plans: pl.DataFrame
    """The plans at hand, as `plan_cells.with_numbers` numbers them (plan)."""
    added: pl.DataFrame
    """m, plan: chosen and not held yet."""
    held: pl.DataFrame
    """Stored selections that stay: m, plan, member_plan_id, and the columns of `FACTS`."""
    removed: pl.DataFrame
    """Stored selections that go: member_plan_id, group_census_id, m (null: of a removed member)."""


def choose(
    landing: Landing,
    people: pl.DataFrame,
    after: pl.DataFrame,
    removed_members: pl.DataFrame,
    stored: Stored,
    ledger: Ledger,
) -> Selections:
    """The selections after the load. Refused choices become issues of scope plan; their persons stay (BC-11)."""
    plans = with_numbers(stored.plans)
    members = with_rights(after, stored)
    held = _held(stored, members, plans)
    gone = stored.selections.join(
        removed_members.select("group_census_member_id"), on="group_census_member_id", how="semi"
    )
    wishes = _wishes(landing, people, members, plans, stored, ledger)
    wishes = _judged(wishes, plans, stored)
    heads = _settled(
        wishes.filter(~pl.col("is_dependent")), held.filter(pl.col("m") == pl.col("head")), None, plans.height
    )
    owned = pl.concat([heads.kept["key"], heads.chosen["key"]])
    dependents = _settled(
        wishes.filter("is_dependent"), held.filter(pl.col("m") != pl.col("head")), owned, plans.height, heads.lost
    )
    for code, faults in [*heads.faults, *dependents.faults]:
        _tell(code, faults, people, plans, ledger)
    lost = pl.concat([heads.lost, dependents.lost]).join(members.select("m", "group_census_id"), on="m", how="left")
    going = [
        lost.select("member_plan_id", "group_census_id", "m"),
        gone.select("member_plan_id", "group_census_id", m=pl.lit(None, pl.Int64)),
    ]
    return Selections(
        members=members,
        plans=plans,
        added=pl.concat([heads.chosen, dependents.chosen]).filter("is_new").select("m", "plan").sort("m", "plan"),
        held=pl.concat([heads.kept, dependents.kept]),
        removed=pl.concat(going),
    )


def _held(stored: Stored, members: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
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
            pair=pl.col("m") * _TYPES + pl.col("type"),
            is_done=pl.col("enrollment_status") == "Completed",
            is_refused=_refuses(pl.col("mask"), pl.col("type")),
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


def _wishes(
    landing: Landing, people: pl.DataFrame, members: pl.DataFrame, plans: pl.DataFrame, stored: Stored, ledger: Ledger
) -> pl.DataFrame:
    """One row per plan or coverage that a cell of an accepted person names, in file order."""
    accepted = members.filter(pl.col("person").is_not_null()).select("person", "m")
    cells = landing.choices.select(
        pl.col("person").cast(pl.UInt32), "line_number", "product_type", "column_name", text="cell"
    ).join(accepted, on="person", how="inner", maintain_order="left")  # fmt: skip
    facts = ("head", "mask", "class_no", "contract_no", "takes_plans", "in_period")
    cells = cells.with_columns(members[name].gather(cells["m"]) for name in facts)
    if not (members["takes_plans"] & members["in_period"]).all():
        cells = _only_enrollment(cells, people, ledger)
    keyed = cells.with_columns(cell_key=_cell_key())
    contracts = stored.targets.select(
        contract_no=pl.col("contract_id").rank("dense").fill_null(0).cast(pl.Int64), contract_id="contract_id"
    )
    distinct = keyed.filter(pl.col("cell_key").is_first_distinct()).select(
        "cell_key", "contract_no", "product_type", "text"
    )
    distinct = distinct.join(contracts.unique("contract_no"), on="contract_no", how="left").with_row_index("cell")
    read = read_cells(distinct, plans).join(distinct.select("cell", "cell_key"), on="cell")
    return keyed.join(read, on="cell_key", how="inner", maintain_order="left_right").select(
        "person", "line_number", "m", "head", "mask", "class_no", "column_name", "text", "word", "plan", "problem"
    )


def _only_enrollment(cells: pl.DataFrame, people: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The cells that can be plans at all; the others are told: once for a census without plans, else each."""
    at = people.select("person", "file_no", "person_no")
    elsewhere = cells.filter(~pl.col("takes_plans")).join(at, on="person", how="left", maintain_order="left")
    ledger.say("plans_ignored", elsewhere.select("file_no").unique(maintain_order=True))
    outside = cells.filter(pl.col("takes_plans") & ~pl.col("in_period"))
    told = outside.join(at, on="person", how="left", maintain_order="left")
    ledger.say(
        "no_contract", told.with_columns(raw_value=pl.col("text").str.slice(0, 200), name=pl.lit("")).select(_AT)
    )
    return cells.filter(pl.col("takes_plans") & pl.col("in_period"))


def _cell_key() -> pl.Expr:
    """One number for a contract, a column's type and a text: texts are numbered once, not compared again and again."""
    text = pl.col("text").cast(pl.Categorical).to_physical().cast(pl.Int64)
    column = type_bit(pl.col("product_type")).fill_null(-1) + 1
    return (pl.col("contract_no") * _TYPES + column) * 2**32 + text


def _judged(wishes: pl.DataFrame, plans: pl.DataFrame, stored: Stored) -> pl.DataFrame:
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
    is_refused = _refuses(pl.col("mask"), pl.col("type"))
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
        pair=pl.col("m") * _TYPES + pl.col("type").fill_null(_TYPES - 1),
        is_dependent=pl.col("m") != pl.col("head"),
    )


def _refuses(mask: pl.Expr, type_no: pl.Expr) -> pl.Expr:
    """The types in the mask hold the type of the plan; a type outside the closed list is only refused with all."""
    bits = pl.lit(pl.Series([1 << bit for bit in range(len(PRODUCT_TYPES))], dtype=pl.Int64))
    return (mask == ALL) | ((mask & bits.gather(type_no.fill_null(0))) != 0) & type_no.is_not_null()


@dataclass(frozen=True)
class _Settled:
    chosen: pl.DataFrame
    """m, plan, key, is_new: what the members chose and get."""
    kept: pl.DataFrame
    lost: pl.DataFrame
    faults: list[tuple[str, pl.DataFrame]]


def _settled(
    wishes: pl.DataFrame,
    held: pl.DataFrame,
    owned: pl.Series | None,
    n_plans: int,
    lost_of_heads: pl.DataFrame | None = None,
) -> _Settled:
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
    roots = good.filter("is_root")
    is_first = roots["pair"].is_first_distinct()
    faults.append(("second_plan_of_type", roots.filter(~is_first)))
    roots = roots.filter(is_first)
    coverages, homeless = _coverages(good, roots, wishes, held, n_plans)
    faults.append(("root_not_chosen", homeless))
    chosen = pl.concat([roots, coverages])
    orphaned = _orphaned(held, n_plans, owned, lost_of_heads)
    chosen, kept, lost, enrolled = _against_held(chosen, held, n_plans, orphaned)
    faults.append(("plan_enrolled", enrolled))
    return _Settled(chosen, kept, lost, faults)


def _under(coverages: pl.DataFrame, wishes: pl.DataFrame, n_plans: int) -> pl.Series:
    """The coverages whose root the same member wished for too: a fault of the root says enough."""
    wished = wishes.filter("is_root")["key"]
    return coverages.select((pl.col("m") * n_plans + pl.col("root")).is_in(wished.implode())).to_series()


def _coverages(
    good: pl.DataFrame, roots: pl.DataFrame, wishes: pl.DataFrame, held: pl.DataFrame, n_plans: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coverages whose root is chosen, or held and not replaced; and those whose root is neither (PS-11, MP-6)."""
    asked = good.filter(~pl.col("is_root"))
    if asked.is_empty():
        return asked, asked
    home = pl.col("m") * n_plans + pl.col("root")
    standing = held.filter(pl.col("is_root") & ~pl.col("is_refused") & ~pl.col("pair").is_in(roots["pair"].implode()))
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
    chosen: pl.DataFrame, held: pl.DataFrame, n_plans: int, orphaned: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Chosen plans beside the stored ones: what is new, stays and goes, and what an enrollment forbids (MP-20)."""
    if held.is_empty():
        return chosen.select("m", "plan", "key", is_new=pl.lit(True)), held, held, chosen.clear()
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


def _tell(code: str, faults: pl.DataFrame, people: pl.DataFrame, plans: pl.DataFrame, ledger: Ledger) -> None:
    """Write the refused choices of one code; the word told is the cell's own, or the type of the plan."""
    if faults.is_empty():
        return
    at = people.select("person", "file_no", "person_no")
    told = faults.join(at, on="person", how="left", maintain_order="left")
    word = pl.col("word")
    if code in ("opted_out", "second_plan_of_type"):
        word = pl.lit(plans["plan_type"]).gather(pl.col("plan"))
    ledger.say(code, told.with_columns(name=word, raw_value=pl.col("text").str.slice(0, 200)).select(_AT))
