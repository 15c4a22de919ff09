"""The storing of a request: accepted rows merged into the census, the selections they end, and the writes.

What lives here: what a request states laid over what is stored, and the writes in their order. What does not: who is
accepted (`judge`), and the merge itself (`services.census_load.upsert`), which files share.
"""

from datetime import datetime

import polars as pl

from services import settings
from services.book import Transaction
from services.census_load import selections
from services.census_load.ledger import Ledger
from services.census_load.people import STATED
from services.census_load.stored import Stored
from services.census_load.upsert import Census, merge, to_store
from services.intake import shapes
from services.members import landed, near
from services.members.asked import Asked
from services.members.fields import PLAIN
from services.one_go import collected

_FLAGS = ("is_opt_out_all_plans", "is_disabled", "is_student", "is_portal_user")
_KEPT = ("census_file_id", "line_number")
"""A request leaves the file and line that last stated the member."""

_SAID = [pl.col(name).alias(f"said_{name}") for name in (*STATED, *PLAIN)]
_WAS = [pl.col(name).alias(f"was_{name}") for name in ("first_name", "last_name", *PLAIN, *_KEPT)]
_STATED = {**{name: pl.col(f"said_{name}") for name in STATED}, **{name: pl.col(f"was_{name}") for name in _KEPT}}
"""What a row states, or keeps, of each column."""

_OPT_OUTS = ("is_opt_out_all_plans", "opt_out_plan_types", "primary_member_id")
"""Columns of which a change can end selections."""


def merged(tx: Transaction, people: pl.DataFrame, stored: Stored, asked: Asked) -> Census:
    """The census after the request, as far as it touches it. `people` are the accepted rows."""
    cleared = {name: flag for name, flag in _cleared(asked).items() if name in PLAIN}

    def settle(rows: pl.DataFrame) -> pl.DataFrame:
        return _as_stated(rows, people, stored.members, cleared)

    def mint(prefix: str, n: int) -> int:
        return tx.mint(prefix, n) if n else 1

    return merge(
        people,
        stored,
        accepted=pl.repeat(True, people.height, eager=True),
        absent=stored.members.clear(),
        replaceable=None,
        mint=mint,
        settle=settle,
    )


def _cleared(asked: Asked) -> dict[str, pl.Series]:
    """For each plain column that rows clear, which rows do."""
    return {flag.name.removeprefix("clears_"): flag for flag in landed.rows_cleared(asked.rows, PLAIN)}


def _as_stated(
    rows: pl.DataFrame, people: pl.DataFrame, members: pl.DataFrame, cleared: dict[str, pl.Series]
) -> pl.DataFrame:
    """Merged rows with exactly what the request says: people hold the stated columns as they shall stand (CM-6)."""
    said = people.lazy().select("person", *_SAID)
    was = members.lazy().select("stored", *_WAS)
    joined = (
        rows.lazy()
        .join(said, on="person", how="left", maintain_order="left")
        .join(was, on="stored", how="left", maintain_order="left")
    )
    exprs = dict(_STATED)
    for name in PLAIN:
        exprs[name] = pl.coalesce(f"said_{name}", f"was_{name}")
        if name in cleared:
            exprs[name] = pl.when(pl.lit(cleared[name]).gather(pl.col("person"))).then(None).otherwise(exprs[name])
    exprs["name"] = _name(exprs["name"])
    exprs |= {name: exprs[name].fill_null(False) for name in _FLAGS}
    return collected(joined.with_columns(expr.alias(name) for name, expr in exprs.items()).select(rows.columns))


def _name(name: pl.Expr) -> pl.Expr:
    """The name stated or stored; first and last name where there is none, or where it was made of the two (CM-9)."""
    full = pl.concat_str("said_first_name", "said_last_name", separator=" ")
    was_full = pl.concat_str("was_first_name", "was_last_name", separator=" ")
    is_made = pl.col("said_name").is_null() & (pl.col("was_name") == was_full).fill_null(False)
    return pl.when(is_made).then(full).otherwise(pl.coalesce(name, full))


def selections_lost(tx: Transaction, after: pl.DataFrame, stored: Stored) -> pl.Series:
    """Ids of selections that end with the request: of a category opted out of (MP-19), or of a family left behind.

    An enrolled plan never ends this way (MP-20). Nothing is read unless an opt-out or a family changed.
    """
    was = stored.members.lazy().select("stored", *(pl.col(name).alias(f"was_{name}") for name in _OPT_OUTS))
    known = after.lazy().join(was, on="stored", how="inner", maintain_order="left")
    is_moved = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"was_{name}")) for name in _OPT_OUTS)
    moved = collected(known.filter(is_moved).select("family_id"))
    if moved.is_empty():
        return pl.Series("member_plan_id", [], pl.String)
    families = after.filter(pl.col("family_id").is_in(moved["family_id"].implode()))
    near_them = near.with_selections(tx, stored, families["group_census_member_id"])
    if near_them.selections.is_empty():
        return near_them.selections["member_plan_id"]
    if not settings.is_on(tx, "opt_out_removes_selections"):
        families = families.with_columns(is_opt_out_all_plans=False, opt_out_plan_types=pl.lit(None, pl.String))
    nothing = shapes.nothing([])
    chosen = selections.choose(nothing, nothing.persons, families, stored.members.clear(), near_them, Ledger.of(0))
    return chosen.removed["member_plan_id"].sort()


def write(tx: Transaction, census_id: str, after: pl.DataFrame, stored: Stored, gone: pl.Series, now: datetime) -> int:
    """Store changed and new members, remove ended selections, raise the version; how many members were written."""
    if stored.class_summaries.height:
        records = stored.class_summaries.select("group_class_id", "class_summary_id")
        after = after.drop("class_summary_id").join(records, on="group_class_id", how="left", maintain_order="left")
    written = to_store(after.with_columns(census_load_id=pl.lit(None, pl.String)), now)
    if written.is_empty() and not len(gone):
        return 0
    known = after.filter(pl.col("what") == "changed").select("group_census_member_id")
    if known.height:
        with tx.lend(load_outgoing=known):
            tx.run("census.remove_members")
    with tx.lend(load_members=written):
        tx.run("census.store_members")
    if len(gone):
        with tx.lend(members_ended=pl.DataFrame({"member_plan_id": gone})):
            tx.run("members.end_selections")
    tx.run("members.move_version", {"census_id": census_id, "now": now})
    return written.height
