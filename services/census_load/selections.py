"""Selections: what the members of the files chose, beside what they hold.

What lives here: the difference to the stored selections, for all members of all censuses at once, and what is said of
refused choices (BC-11, BC-12, BC-28). What does not: reading the cells (`plan_cells`), opt-outs and classes
(`eligibility`), the rules on a choice (`settling`), amounts (`amounts`), and any write.

Only what was chosen becomes a selection; mandatory coverages come with their root when a plan is rated.
"""

from dataclasses import dataclass

import polars as pl

from services.census_load.eligibility import with_rights
from services.census_load.ledger import Ledger
from services.census_load.plan_cells import read_cells, type_bit, with_numbers
from services.census_load.settling import TYPES, held_of, judged, settle_families
from services.census_load.stored import Stored
from services.intake.landing import Landing

_WISH = (
    "person", "line_number", "m", "head", "mask", "class_no", "column_name", "text", "word", "plan", "problem",
)  # fmt: skip
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
    held = held_of(stored, members, plans)
    gone = stored.selections.join(
        removed_members.select("group_census_member_id"), on="group_census_member_id", how="semi"
    )
    wishes = _wishes(landing, people, members, plans, stored, ledger)
    wishes = judged(wishes, plans, stored)
    settled = settle_families(wishes, held, plans.height)
    for code, faults in settled.faults:
        _tell(code, faults, people, plans, ledger)
    lost = settled.lost.join(members.select("m", "group_census_id"), on="m", how="left")
    going = [
        lost.select("member_plan_id", "group_census_id", "m"),
        gone.select("member_plan_id", "group_census_id", m=pl.lit(None, pl.Int64)),
    ]
    return Selections(
        members=members,
        plans=plans,
        added=settled.chosen.filter("is_new").select("m", "plan").sort("m", "plan"),
        held=settled.kept,
        removed=pl.concat(going),
    )


def _wishes(
    landing: Landing, people: pl.DataFrame, members: pl.DataFrame, plans: pl.DataFrame, stored: Stored, ledger: Ledger
) -> pl.DataFrame:
    """One row per plan or coverage that a cell of an accepted person names, in file order."""
    accepted = members.filter(pl.col("person").is_not_null()).select("person", "m")
    cells = landing.choices.select(
        pl.col("person").cast(pl.UInt32), "line_number", "product_type", "column_name", text="cell"
    ).join(accepted, on="person", how="inner", maintain_order="left")  # fmt: skip
    if cells.is_empty():
        words = dict.fromkeys(("word", "problem"), pl.lit(None, pl.String))
        numbers = dict.fromkeys(("head", "mask", "class_no", "plan"), pl.lit(None, pl.Int64))
        return cells.with_columns(**numbers, **words).select(_WISH)
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
    return keyed.join(read, on="cell_key", how="inner", maintain_order="left_right").select(_WISH)


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
    return (pl.col("contract_no") * TYPES + column) * 2**32 + text


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
