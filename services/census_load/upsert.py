"""From accepted persons to the census as it will stand: who is new, changed, kept, missing or removed.

What lives here: merging a person over the stored member, the columns that follow from the family (class,
dependent count, ids), and the difference to what is stored. What does not: deciding who is accepted,
selections, and any write.

A blank cell leaves the stored value as it is (BC-51, CM-6), in both modes. A member whose row changes
nothing is not touched at all (CV-25).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import polars as pl

from schemas.census import CENSUS_MEMBER
from services import ids
from services.census_load import leaving
from services.census_load.people import STATED
from services.census_load.stored import Stored

COUNTED = ("Child", "Parent", "Parent-in-law")
"""Associations that DependentCount counts; a spouse is not among them (CV-14)."""

_COLUMNS = [c.name for c in CENSUS_MEMBER.columns]
_STAMPS = frozenset(
    {
        "census_file_id",
        "line_number",
        "created_load_id",
        "modified_load_id",
        "created_at",
        "modified_at",
        "class_summary_id",
    }
)
_COMPARED = [name for name in _COLUMNS if name not in _STAMPS]
_BEFORE = [pl.col(name).alias(f"was_{name}") for name in _COMPARED]
_DIFFERS = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"was_{name}")) for name in _COMPARED)
_WAS = [pl.col(name).alias(f"was_{name}") for name in _COLUMNS]
_FLAGS = ("is_opt_out_all_plans", "is_disabled", "is_student", "is_portal_user")

Mint = Callable[[str, int], int]


@dataclass(frozen=True)
class Census:
    """The censuses after the load, as far as it touches them."""

    after: pl.DataFrame
    """Members of every touched family: columns of book.census_member, `person` (null: not in the files),
    `stored` (null: new), `file_no`, and `what`: added, changed or kept."""
    removed: pl.DataFrame
    """Stored members that go, with `stored`."""
    missing: pl.DataFrame
    """Stored members that the files do not state and that stay."""
    blocked: pl.DataFrame
    """Stored members that would go, but for a completed enrollment."""


def merge(
    people: pl.DataFrame,
    stored: Stored,
    *,
    accepted: pl.Series,
    absent: pl.DataFrame,
    replaceable: pl.DataFrame | None,
    mint: Mint,
    settle: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> Census:
    """The census after the load. `absent` are the stored members that no row is about; those of the censuses in
    `replaceable` (group_census_id; null: mode merge) may be removed. `settle` has the last word on the merged rows of
    stated members, before families are seen to."""
    members = stored.members
    stated = people.filter(accepted)
    removed, blocked = absent.clear(), absent.clear()
    if replaceable is not None and absent.height:
        going = absent.join(replaceable, on="group_census_id", how="semi", maintain_order="left")
        removed, blocked = leaving.split(going, stated, stored)
    missing = absent.join(removed.select("stored"), on="stored", how="anti", maintain_order="left")
    rows = _with_ids(stated, members, mint)
    if settle is not None:
        rows = settle(rows)
    after = pl.concat([rows, _kin(rows, members, removed)], how="diagonal") if members.height else rows
    after = _with_family_columns(after)
    return Census(_with_verdict(after, members), removed, missing, blocked)


def _with_ids(stated: pl.DataFrame, members: pl.DataFrame, mint: Mint) -> pl.DataFrame:
    """Accepted persons merged over their stored rows, with ids; new ids rise in file order."""
    was = members.select("stored", *_WAS)
    if members.height:
        rows = stated.join(was, on="stored", how="left", maintain_order="left")
    else:
        rows = stated.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in was.drop("stored").schema.items())
    n_new = rows["stored"].null_count()
    new_id = pl.lit(None, pl.String)
    if n_new:
        fresh = ids.spell_many(ids.MEMBER, mint(ids.MEMBER, n_new), n_new)
        ordinal = (rows["stored"].is_null().cum_sum().cast(pl.Int64) - 1).clip(0)
        new_id = pl.lit(fresh.gather(ordinal))
    is_new = pl.col("stored").is_null()
    rows = rows.with_columns(
        group_census_member_id=pl.when(is_new).then(new_id).otherwise("was_group_census_member_id")
    )
    id_of = stated.select("person").with_columns(rows["group_census_member_id"])
    joined = rows.join(
        id_of.rename({"person": "primary_row", "group_census_member_id": "head"}),
        on="primary_row",
        how="left",
        maintain_order="left",
    )
    if members.height:
        heads = members.select(primary_stored="stored", head_stored="group_census_member_id")
        joined = joined.join(heads, on="primary_stored", how="left", maintain_order="left")
        joined = joined.with_columns(head=pl.coalesce("head", "head_stored"))
    return joined.select(*_merged(), "person", "stored", "file_no")


@cache
def _merged() -> list[pl.Expr]:
    """Each column of a stated member: the file's value, else the stored one, else the column's default."""
    was = {name: pl.col(f"was_{name}") for name in _COLUMNS}
    exprs = {name: was[name] for name in _COLUMNS}
    exprs |= {
        name: pl.coalesce(name, was[name]) for name in (*STATED, "ssn_hash", "group_class_id", "primary_member_source")
    }
    same_name = (pl.col("first_name") == was["first_name"]) & (pl.col("last_name") == was["last_name"])
    same_key = same_name & (pl.col("association") == was["association"]) & ~pl.col("is_key_given")
    full = pl.concat_str("first_name", "last_name", separator=" ")
    kept_refusals = was["opt_out_plan_types"].str.split(";").list.set_difference("chosen_types").list.join(";")
    exprs |= {
        # A row that now names plans takes back what it refused before, unless it refuses it again.
        "is_opt_out_all_plans": pl.coalesce(
            "is_opt_out_all_plans", was["is_opt_out_all_plans"] & (pl.col("chosen_types").list.len() == 0)
        ),
        "opt_out_plan_types": pl.coalesce("opt_out_plan_types", pl.when(kept_refusals != "").then(kept_refusals)),
        "group_census_member_id": pl.col("group_census_member_id"),
        "group_census_id": pl.col("group_census_id"),
        "name": pl.when(same_name.fill_null(False)).then(was["name"]).otherwise(full),
        "member_key": pl.when(same_key.fill_null(False)).then(was["member_key"]).otherwise("member_key"),
        "primary_member_id": pl.col("head"),
        "family_id": pl.coalesce("head", "group_census_member_id"),
        "member_type": pl.when("is_primary").then(pl.lit("Primary")).otherwise(pl.lit("Dependent")),
        "census_file_id": pl.col("census_file_id"),
        "line_number": pl.col("line_number"),
    }
    exprs |= {name: exprs[name].fill_null(False) for name in _FLAGS}
    return [expr.alias(name) for name, expr in exprs.items()]


def _kin(rows: pl.DataFrame, members: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """Stored members that the files do not state, in families that the load touches."""
    left = members.join(rows.select("stored").drop_nulls(), on="stored", how="semi")["family_id"]
    touched = pl.concat([rows["family_id"], left, removed["family_id"]]).unique()
    out = pl.concat([rows["stored"].drop_nulls(), removed["stored"]])
    return members.filter(pl.col("family_id").is_in(touched.implode()) & ~pl.col("stored").is_in(out.implode()))


def _with_family_columns(after: pl.DataFrame) -> pl.DataFrame:
    """Class and source identifier of the primary for its dependents (CV-9, CV-15), and its count of them (CV-14)."""
    heads = after.filter(pl.col("primary_member_id").is_null()).select(
        primary_member_id="group_census_member_id", head_class="group_class_id", head_source="source_system_identifier"
    )
    counts = (
        after.filter(pl.col("association").is_in(COUNTED) & pl.col("primary_member_id").is_not_null())
        .group_by("family_id")
        .agg(counted=pl.len().cast(pl.Int32))
    )
    joined = after.join(heads, on="primary_member_id", how="left", maintain_order="left").join(
        counts, on="family_id", how="left", maintain_order="left"
    )
    is_head = pl.col("primary_member_id").is_null()
    return joined.with_columns(
        group_class_id=pl.when(is_head).then("group_class_id").otherwise("head_class"),
        primary_member_source=pl.when(~is_head).then(pl.coalesce("head_source", "primary_member_source")),
        dependent_count=pl.when(is_head).then(pl.col("counted").fill_null(0)),
    ).drop("head_class", "head_source", "counted")


def _with_verdict(after: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """`what` became of each member: added, changed or kept."""
    if members.is_empty():
        return after.with_columns(what=pl.lit("added"))
    joined = after.join(members.select("stored", *_BEFORE), on="stored", how="left", maintain_order="left")
    differs = _DIFFERS
    what = (
        pl.when(pl.col("stored").is_null())
        .then(pl.lit("added"))
        .when(differs)
        .then(pl.lit("changed"))
        .otherwise(pl.lit("kept"))
    )
    return joined.with_columns(what=what).select(*after.columns, "what")


def to_store(after: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The rows of book.census_member that a load writes; needs `census_load_id` on each."""
    changed = after.filter(pl.col("what") != "kept")
    is_new = pl.col("what") == "added"
    return changed.with_columns(
        created_load_id=pl.when(is_new).then("census_load_id").otherwise("created_load_id"),
        modified_load_id=pl.col("census_load_id"),
        created_at=pl.when(is_new).then(pl.lit(now, pl.Datetime("us"))).otherwise("created_at"),
        modified_at=pl.lit(now, pl.Datetime("us")),
    ).select(_COLUMNS)
