"""The storing of a request: accepted rows merged into the census, the selections they end, and the writes.

What lives here: what a request states laid over what is stored, and the writes in their order. What does not: who is
accepted (`judge`), and the merge itself (`services.census_load.upsert`), which files share.
"""

from datetime import datetime
from functools import cache

import orjson
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

_OPT_OUTS = ("is_opt_out_all_plans", "opt_out_plan_types", "primary_member_id")
"""Columns of which a change can end selections."""


def merged(tx: Transaction, people: pl.DataFrame, stored: Stored, asked: Asked) -> Census:
    """The census after the request, as far as it touches it. `people` are the accepted rows."""

    def mint(prefix: str, n: int) -> int:
        return tx.mint(prefix, n) if n else 1

    return merge(
        people,
        stored,
        accepted=pl.Series([True]).new_from_index(0, people.height),
        absent=stored.members.clear(),
        replaceable=None,
        mint=mint,
        settled=_as_stated(landed.rows_cleared(asked.rows, PLAIN)),
    )


def _as_stated(cleared: list[pl.Series]) -> dict[str, pl.Expr]:
    """Columns of merged rows with exactly what the request says: people hold them as they shall stand (CM-6)."""
    if not cleared:
        return _stated()
    plain = {name: pl.coalesce(name, f"was_{name}") for name in PLAIN}
    for flag in cleared:
        name = flag.name.removeprefix("clears_")
        plain[name] = pl.when(pl.lit(flag).gather(pl.col("person"))).then(None).otherwise(plain[name])
    plain["name"] = _name(plain["name"])
    return _stated() | {name: expr.alias(name) for name, expr in plain.items()}


@cache
def _stated() -> dict[str, pl.Expr]:
    """What a row states, or keeps, of each column, where it clears none of `PLAIN`."""
    exprs = {name: pl.col(name) for name in STATED} | {name: pl.col(f"was_{name}") for name in _KEPT}
    exprs |= {name: pl.coalesce(name, f"was_{name}") for name in PLAIN}
    exprs |= {name: exprs[name].fill_null(False) for name in _FLAGS}
    exprs["name"] = _name(exprs["name"])
    return {name: expr.alias(name) for name, expr in exprs.items()}


def _name(name: pl.Expr) -> pl.Expr:
    """The name stated or stored; first and last name where there is none, or where it was made of the two (CM-9)."""
    full = pl.concat_str("first_name", "last_name", separator=" ")
    was_full = pl.concat_str("was_first_name", "was_last_name", separator=" ")
    is_made = pl.col("name").is_null() & (pl.col("was_name") == was_full).fill_null(False)
    return pl.when(is_made).then(full).otherwise(pl.coalesce(name, full))


def selections_lost(tx: Transaction, after: pl.DataFrame, stored: Stored) -> pl.Series:
    """Ids of selections that end with the request: of a category opted out of (MP-19), or of a family left behind.

    An enrolled plan never ends this way (MP-20). Nothing is read unless an opt-out or a family changed.
    """
    was = stored.members.lazy().select("stored", *(pl.col(name).alias(f"was_{name}") for name in _OPT_OUTS))
    now = after.lazy().select("stored", "family_id", *_OPT_OUTS)
    known = now.join(was, on="stored", how="inner", maintain_order="left")
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
    known = after["stored"].filter(after["what"] == "changed")
    if len(known):
        places = stored.members["place"].gather(known).to_list()
        tx.run("members.take_out", {"places": orjson.dumps(places).decode()})
    with tx.lend(load_members=written):
        tx.run("census.store_members")
    if len(gone):
        with tx.lend(members_ended=pl.DataFrame({"member_plan_id": gone})):
            tx.run("members.end_selections")
    tx.run("members.move_version", {"census_id": census_id, "now": now})
    return written.height
