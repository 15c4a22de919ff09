"""What a member may choose: opt-outs and class links, as columns over all members at once.

What lives here: CV-26 to CV-29 (opt-outs, the primary's binding its dependents) and CV-30, CV-31 (class
links of plan and root). What does not: whether a plan is on the contract (`plan_cells`), and what follows
from a choice (`selections`).

Product types are bits: a member's opt-outs are one number, minus one for all.
"""

from dataclasses import dataclass

import polars as pl

from schemas.plans import PRODUCT_TYPES
from services.census_load.classes import valid_classes
from services.census_load.stored import Stored
from services.one_go import collected

ALL = -1
_BITS = {name.lower(): 1 << bit for bit, name in enumerate(PRODUCT_TYPES)}


@dataclass(frozen=True)
class Links:
    """Which plans are linked to classes at all, and the (plan, class) pairs that are, as one number each."""

    has_links: pl.Series
    allowed: pl.Series
    n_classes: int

    def admits(self, plan: pl.Expr, class_no: pl.Expr) -> pl.Expr:
        """The plan row is open to the class number; a member without valid class (-1) gets only unlinked plans."""
        pair = plan * (self.n_classes + 1) + class_no
        return ~pl.lit(self.has_links).gather(plan) | pair.is_in(self.allowed.implode())


def refused_types(members: pl.DataFrame) -> pl.Series:
    """The product types each member refuses for itself, as bits."""
    if members["opt_out_plan_types"].null_count() == members.height:
        return members.select(
            pl.when("is_opt_out_all_plans").then(pl.lit(ALL, pl.Int64)).otherwise(0).alias("mask")
        ).to_series()
    distinct = members.select("opt_out_plan_types").unique().drop_nulls()
    words = distinct.with_columns(word=pl.col("opt_out_plan_types").str.to_lowercase().str.split(";")).explode(
        "word", empty_as_null=True
    )
    bits = words.with_columns(
        bit=pl.col("word").str.strip_chars().replace_strict(_BITS, default=0, return_dtype=pl.Int64)
    )
    masks = bits.unique(["opt_out_plan_types", "bit"]).group_by("opt_out_plan_types").agg(mask=pl.col("bit").sum())
    joined = members.select("opt_out_plan_types", "is_opt_out_all_plans").join(
        masks, on="opt_out_plan_types", how="left", maintain_order="left"
    )
    return joined.select(
        pl.when("is_opt_out_all_plans").then(pl.lit(ALL, pl.Int64)).otherwise(pl.col("mask").fill_null(0)).alias("mask")
    ).to_series()


def with_rights(after: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Members as selections see them: the columns of `with_classes`, and mask, the types refused (CV-28)."""
    members = with_classes(after, stored)
    own = refused_types(members)
    return members.with_columns(mask=own | own.gather(members["head"]))


def with_classes(after: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Members with what class links ask of them.

    m is the row, head the row of the primary, class_no the class (-1 none or not valid), contract_no the contract;
    takes_plans: the census is for enrollment (BC-4), in_period: its contract lies in its dates (BC-5).
    """
    members = after.select(
        "group_census_member_id", "group_census_id", "primary_member_id", "group_class_id", "person", "file_no",
        "is_opt_out_all_plans", "opt_out_plan_types",
    ).with_row_index("m").lazy().with_columns(pl.col("m").cast(pl.Int64))  # fmt: skip
    heads = members.select(primary_member_id="group_census_member_id", head="m")
    valid = valid_classes(stored).lazy().join(class_numbers(stored).lazy(), on="group_class_id")
    of_census = stored.targets.lazy().select(
        "group_census_id",
        contract_no=pl.col("contract_id").rank("dense").fill_null(0).cast(pl.Int64),
        takes_plans=(pl.col("type") == "Enrollment").fill_null(False),
        in_period=pl.col("contract_start").is_not_null()
        & (pl.col("contract_start") >= pl.col("effective_date")).fill_null(True)
        & (pl.col("contract_end") <= pl.col("expiration_date")).fill_null(True),
    )
    return collected(
        members.join(heads, on="primary_member_id", how="left", maintain_order="left")
        .with_columns(head=pl.coalesce("head", "m"))
        .with_columns(pl.col("group_class_id").gather("head"))  # a dependent's is the primary's (CV-31)
        .join(valid, on=["group_census_id", "group_class_id"], how="left", maintain_order="left")
        .join(of_census, on="group_census_id", how="left", maintain_order="left")
        .with_columns(pl.col("class_no").fill_null(-1))
    )


def class_numbers(stored: Stored) -> pl.DataFrame:
    """A number for each class of the accounts at hand."""
    return stored.classes.select("group_class_id").with_row_index("class_no").cast({"class_no": pl.Int64})


def links_of(stored: Stored, plans: pl.DataFrame) -> Links:
    """The class links of all plans at hand."""
    classes = class_numbers(stored)
    n = classes.height
    linked = collected(
        stored.plan_classes.lazy()
        .join(plans.lazy().select("contract_plan_id", "plan"), on="contract_plan_id")
        .join(classes.lazy(), on="group_class_id", how="left", maintain_order="left")
        .select("contract_plan_id", pair=pl.col("plan") * (n + 1) + pl.col("class_no"))
    )
    return Links(plans["contract_plan_id"].is_in(linked["contract_plan_id"].implode()), linked["pair"].drop_nulls(), n)
