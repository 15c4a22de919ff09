"""From accepted persons to the census as it will stand: who is new, changed, kept, missing or removed.

What lives here: merging a person over the stored member, the columns that follow from the family (class,
dependent count, ids), and the difference to what is stored. What does not: deciding who is accepted,
selections, and any write.

A blank cell leaves the stored value as it is (BC-51, CM-6), in both modes. A member whose row changes
nothing is not touched at all (CV-25).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import polars as pl

from schemas.census import CENSUS_MEMBER
from services import ids
from services.census_load import leaving
from services.census_load.people import STATED
from services.census_load.stored import Stored
from services.one_go import collected

COUNTED = ("Child", "Parent", "Parent-in-law")
"""Associations that DependentCount counts; a spouse is not among them (CV-14)."""

_MAPPED_ONLY = (
    "primary_member_category",
    "person_account_id",
    "contact_id",
    "owner_id",
    "latitude",
    "longitude",
    "geocode_accuracy",
)
"""Columns that files state under a mapping only."""

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
_AS_ONE = pl.struct(_COMPARED)
"""All that is compared as one value: told apart in one step instead of one for each column."""
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
    settled: Mapping[str, pl.Expr] | None = None,
) -> Census:
    """The census after the load. `absent` are the stored members that no row is about; those of the censuses in
    `replaceable` (group_census_id; null: mode merge) may be removed. `settled` has the last word on columns of stated
    members, before families are seen to: what each becomes, of the columns of the people and of their stored rows
    (`was_...`)."""
    members = stored.members
    stated = people.filter(accepted)
    removed, blocked = absent.clear(), absent.clear()
    if replaceable is not None and absent.height:
        going = absent.join(replaceable, on="group_census_id", how="semi", maintain_order="left")
        removed, blocked = leaving.split(going, stated, stored)
    missing = absent
    if removed.height:
        missing = absent.join(removed.select("stored"), on="stored", how="anti", maintain_order="left")
    rows = _with_ids(stated, members, mint, settled or {})
    after = pl.concat([rows, _kin(rows, members, removed)], how="diagonal") if members.height else rows
    after = collected(_with_verdict(_with_family_columns(after.lazy()), members))
    return Census(after, removed, missing, blocked)


def _with_ids(stated: pl.DataFrame, members: pl.DataFrame, mint: Mint, settled: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Accepted persons merged over their stored rows, with ids; new ids rise in file order."""
    if members.height:
        was = members.lazy().select("stored", *_WAS)
        rows = stated.lazy().join(was, on="stored", how="left", maintain_order="left")
    else:
        rows = stated.lazy().with_columns(
            pl.lit(None, dtype).alias(f"was_{name}") for name, dtype in members.schema.items() if name in _COLUMNS
        )
    n_new = stated["stored"].null_count()
    is_new = pl.col("stored").is_null()
    new_id = pl.lit(None, pl.String)
    if n_new:
        fresh = ids.spell_many(ids.MEMBER, mint(ids.MEMBER, n_new), n_new)
        ordinal = (stated["stored"].is_null().cum_sum().cast(pl.Int64) - 1).clip(0)
        new_id = pl.lit(fresh.gather(ordinal))
    rows = rows.with_columns(
        group_census_member_id=pl.when(is_new).then(new_id).otherwise("was_group_census_member_id")
    )
    head = pl.lit(None, pl.String)
    if stated["primary_row"].null_count() < stated.height:
        known = collected(rows)
        id_of = known.lazy().select(primary_row="person", head="group_census_member_id")
        rows = known.lazy().join(id_of, on="primary_row", how="left", maintain_order="left")
        head = pl.col("head")
    if members.height:
        heads = members.lazy().select(primary_stored="stored", head_stored="group_census_member_id")
        rows = rows.join(heads, on="primary_stored", how="left", maintain_order="left")
        head = pl.coalesce(head, "head_stored")
    columns = {**_merged(), **settled}.values()
    return collected(rows.with_columns(head=head).select(*columns, "person", "stored", "file_no"))


@cache
def _merged() -> dict[str, pl.Expr]:
    """Each column of a stated member: the file's value, else the stored one, else the column's default."""
    was = {name: pl.col(f"was_{name}") for name in _COLUMNS}
    exprs = {name: was[name] for name in _COLUMNS}
    exprs |= {
        name: pl.coalesce(name, was[name])
        for name in (*STATED, *_MAPPED_ONLY, "ssn_hash", "group_class_id", "primary_member_source")
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
        "name": pl.coalesce("record_name", pl.when(same_name.fill_null(False)).then(was["name"]).otherwise(full)),
        "member_key": pl.when(same_key.fill_null(False)).then(was["member_key"]).otherwise("member_key"),
        "primary_member_id": pl.col("head"),
        "family_id": pl.coalesce("head", "group_census_member_id"),
        "member_type": pl.when("is_primary").then(pl.lit("Primary")).otherwise(pl.lit("Dependent")),
        "census_file_id": pl.col("census_file_id"),
        "line_number": pl.col("line_number"),
    }
    exprs |= {name: exprs[name].fill_null(False) for name in _FLAGS}
    return {name: expr.alias(name) for name, expr in exprs.items()}


def _kin(rows: pl.DataFrame, members: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """Stored members that the files do not state, in families that the load touches."""
    out = pl.concat([rows["stored"].drop_nulls(), removed["stored"]])
    is_out = pl.col("stored").is_in(out.implode())
    left = pl.col("family_id").filter(is_out)
    is_touched = pl.col("family_id").is_in(rows["family_id"].implode()) | pl.col("family_id").is_in(left.implode())
    return members.filter(is_touched & ~is_out)


def _with_family_columns(every: pl.LazyFrame) -> pl.LazyFrame:
    """Class and source identifier of the primary for its dependents (CV-9, CV-15), and its count of them (CV-14)."""
    is_head = pl.col("primary_member_id").is_null()
    heads = every.filter(is_head).select(
        primary_member_id="group_census_member_id", head_class="group_class_id", head_source="source_system_identifier"
    )
    counts = (
        every.filter(pl.col("association").is_in(COUNTED) & ~is_head)
        .group_by("family_id")
        .agg(counted=pl.len().cast(pl.Int32))
    )
    return (
        every.join(heads, on="primary_member_id", how="left", maintain_order="left")
        .join(counts, on="family_id", how="left", maintain_order="left")
        .with_columns(
            group_class_id=pl.when(is_head).then("group_class_id").otherwise("head_class"),
            primary_member_source=pl.when(~is_head).then("head_source"),
            dependent_count=pl.when(is_head).then(pl.col("counted").fill_null(0)),
        )
        .drop("head_class", "head_source", "counted")
    )


def _with_verdict(after: pl.LazyFrame, members: pl.DataFrame) -> pl.LazyFrame:
    """`what` became of each member: added, changed or kept."""
    if members.is_empty():
        return after.with_columns(what=pl.lit("added"))
    before = members.lazy().select("stored", was=_AS_ONE)
    what = (
        pl.when(pl.col("stored").is_null())
        .then(pl.lit("added"))
        .when(_AS_ONE.ne_missing(pl.col("was")))
        .then(pl.lit("changed"))
        .otherwise(pl.lit("kept"))
    )
    joined = after.join(before, on="stored", how="left", maintain_order="left")
    return joined.with_columns(what=what).drop("was")


def to_store(after: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The rows of book.census_member that a load writes; needs `census_load_id` on each."""
    is_new = pl.col("what") == "added"
    changed = after.lazy().filter(pl.col("what") != "kept")
    stamped = changed.with_columns(
        created_load_id=pl.when(is_new).then("census_load_id").otherwise("created_load_id"),
        modified_load_id=pl.col("census_load_id"),
        created_at=pl.when(is_new).then(pl.lit(now, pl.Datetime("us"))).otherwise("created_at"),
        modified_at=pl.lit(now, pl.Datetime("us")),
    )
    return collected(stamped.select(_COLUMNS))
