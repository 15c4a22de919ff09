"""Records to remove, and what goes with them: coverages with their root, dependents' selections with the primary's.

What lives here: MP-15 to MP-17, MP-20 and MP-23 for any number of members at once, and the window in which members
choose by themselves. What does not: wishes for plans (`judge`), and any write (`store`).
"""

from datetime import date

import polars as pl

from services.census_load.stored import Stored

WISHES = pl.Schema({"at": pl.UInt32, "group_census_member_id": pl.String, "word": pl.String})
"""A wish or a removal: its position in the request, its member, and the id as the caller wrote it."""

FAULTS = pl.Schema({"side": pl.String, "at": pl.UInt32, "code": pl.String, "name": pl.String})
"""What was refused: side (added or deleted), position, code, and the word or product type that its text names."""

_REMOVED = pl.Schema({"m": pl.Int64, "member_plan_id": pl.String, "why": pl.String})


def with_window(plans: pl.DataFrame, day: date | None) -> pl.DataFrame:
    """The plans with `is_in_window`: the day lies in the window of the plan and of its root; null, and no day, are
    open."""
    if day is None:
        return plans.with_columns(is_in_window=pl.lit(True))
    opens = (pl.col("enrollment_start_date") <= day).fill_null(True)
    closes = (pl.col("enrollment_end_date") >= day).fill_null(True)
    own = plans.select(is_open=opens & closes)["is_open"]
    return plans.with_columns(is_in_window=pl.lit(own) & pl.lit(own).gather(pl.col("root")))


def removals(
    drops: pl.DataFrame, stored: Stored, members: pl.DataFrame, plans: pl.DataFrame, window_on: date | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records that go with the removals asked for, and the removals refused."""
    if drops.is_empty():
        return _REMOVED.to_frame(), FAULTS.to_frame()
    records = _records(stored, members, plans, window_on)
    asked = drops.join(members.select("group_census_member_id", "m"), on="group_census_member_id", how="left")
    by_id = asked.join(records, left_on=["m", "word"], right_on=["m", "member_plan_id"], how="left", coalesce=False)
    by_plan = asked.join(
        records.unique(["m", "contract_plan_id"], keep="first", maintain_order=True),
        left_on=["m", "word"],
        right_on=["m", "contract_plan_id"],
        how="left",
        coalesce=False,
    )
    found = (
        pl.concat([by_id.drop("m_right"), by_plan.drop("m_right")])
        .sort("at", pl.col("member_plan_id").is_null(), maintain_order=True)
        .unique("at", keep="first", maintain_order=True)
    )
    own = found.filter(pl.col("member_plan_id").is_not_null())
    roots = own.filter("is_root").select("at", root_m="m", root="contract_plan_id")
    below = records.filter(~pl.col("is_root")).join(
        roots, left_on=["m", "root"], right_on=["root_m", "root"], how="inner"
    )
    of_kin = records.filter(pl.col("m") != pl.col("head")).join(
        roots, left_on=["head", "root"], right_on=["root_m", "root"], how="inner"
    )
    going = pl.concat(
        part.select("m", "member_plan_id", why=pl.lit(why))
        for part, why in ((own, "own"), (below, "coverage"), (of_kin, "primary"))
    ).unique("member_plan_id", keep="first", maintain_order=True)
    alone = own.filter(~pl.col("is_root") & ~pl.col("is_optional")).join(
        records.filter("is_root").select("m", "root"), on=["m", "root"], how="semi"
    )
    alone = alone.join(roots.select(m="root_m", root="root"), on=["m", "root"], how="anti")
    done = [part.filter("is_done").select("at") for part in (own, below, of_kin)]
    shut = own.filter(~pl.col("is_in_window")).select("at")
    codes = {
        "plan_not_held": found.filter(pl.col("member_plan_id").is_null()).select("at"),
        "plan_enrolled": pl.concat(done).unique(),
        "coverage_mandatory": alone.select("at"),
        "window_closed": shut,
    }
    words = drops.select("at", name="word")
    faults = pl.concat(part.select("at", code=pl.lit(code)) for code, part in codes.items()).unique(
        "at", keep="first", maintain_order=True
    )
    told = faults.join(words, on="at").with_columns(side=pl.lit("deleted"))
    return going, told.select(FAULTS.names())


def _records(stored: Stored, members: pl.DataFrame, plans: pl.DataFrame, window_on: date | None) -> pl.DataFrame:
    """Every stored selection of the families, each with its root plan (`near.for_removal`), those of plans off the
    contract too: of these all coverages count as optional.
    """
    known = with_window(plans, window_on)
    return (
        stored.selections.select(
            "member_plan_id", "group_census_member_id", "contract_plan_id", "enrollment_status", root="root_plan_id"
        )
        .join(members.select("group_census_member_id", "m", "head"), on="group_census_member_id", how="inner")
        .join(
            known.select("contract_plan_id", "is_optional", "is_in_window"),
            on="contract_plan_id",
            how="left",
        )
        .select(
            "m",
            "head",
            "member_plan_id",
            "contract_plan_id",
            pl.col("root").fill_null(pl.col("contract_plan_id")),
            (pl.col("root") == pl.col("contract_plan_id")).fill_null(True).alias("is_root"),
            pl.col("is_optional").fill_null(True),
            pl.col("is_in_window").fill_null(True),
            is_done=pl.col("enrollment_status") == "Completed",
        )
        .sort("member_plan_id")
    )
