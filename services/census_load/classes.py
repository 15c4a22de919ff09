"""Group classes of the primaries: found by name, checked against the stored one and the contract's term.

What lives here: CM-10 (class by name), CV-16 (no change), CV-17 (some without), CV-32 (valid for the
term). What does not: handing the class to dependents (CV-15, `upsert`), and which plans a class may have.
"""

import polars as pl

from services.census_load.ledger import Ledger
from services.census_load.stored import Stored
from services.one_go import collected


def with_classes(people: pl.DataFrame, stored: Stored, ledger: Ledger) -> pl.DataFrame:
    """The people with `group_class_id`, the class a primary's row names; a dependent's cell is not read (CV-15)."""
    if people["class_name"].null_count() == people.height:
        return people.with_columns(group_class_id=pl.lit(None, pl.String))
    named = people.select(
        "person", "group_census_id", class_name=pl.when(pl.col("is_primary") & ~pl.col("is_skipped")).then("class_name")
    ).join(
        stored.targets.select("group_census_id", "account_id"), on="group_census_id", how="left", maintain_order="left"
    )
    keyed = named.with_columns(key=pl.col("class_name").str.strip_chars().str.to_lowercase())
    # A file may name a class by its id as well.
    known = pl.concat(
        stored.classes.select("account_id", "group_class_id", key=pl.col(name).str.strip_chars().str.to_lowercase())
        for name in ("name", "group_class_id")
    )
    found = keyed.join(
        known.unique(["account_id", "key"], keep="first", maintain_order=True),
        on=["account_id", "key"],
        how="left",
        maintain_order="left",
    )
    made = people.with_columns(found["group_class_id"])
    wanted = found["class_name"].is_not_null() & (found["key"] != "")
    at_fault = ["file_no", "line_number", "person_no", "person", pl.col("class_name").alias("raw_value")]
    ledger.say("unknown_class", made.filter(wanted & pl.col("group_class_id").is_null()).select(at_fault))
    before = stored.members.select("stored", was="group_class_id")
    changed = (
        made.filter(pl.col("group_class_id").is_not_null())
        .join(before, on="stored", how="inner")
        .filter(pl.col("was") != pl.col("group_class_id"))
    )
    ledger.say("class_change", changed.sort("person").select(at_fault))
    return made


def valid_classes(stored: Stored) -> pl.DataFrame:
    """The classes that are valid for each census (CV-32): of its account, and for the whole term of its contract."""
    terms = stored.targets.lazy().select("group_census_id", "account_id", "contract_start", "contract_end")
    pairs = terms.join(stored.classes.lazy(), on="account_id")
    starts = pl.col("effective_start_date") <= pl.col("contract_start")
    ends = pl.col("effective_end_date") >= pl.col("contract_end")
    # A null on either side is open; without a contract any class of the account is valid.
    valid = pairs.filter(starts.fill_null(True) & ends.fill_null(True))
    return collected(valid.select("group_census_id", "group_class_id"))


def warn(people: pl.DataFrame, stored: Stored, ledger: Ledger) -> None:
    """Warnings that refuse nobody: a class outside its dates, and a census where only some have a class (CV-17)."""
    live = people.filter(pl.col("is_primary") & ~pl.col("is_skipped") & ~ledger.refused)
    classed = live.filter(pl.col("group_class_id").is_not_null())
    if classed.is_empty():
        return
    outside = classed.join(
        valid_classes(stored), on=["group_census_id", "group_class_id"], how="anti", maintain_order="left"
    )
    ledger.say(
        "class_not_valid", outside.select("file_no", "line_number", "person_no", "person", raw_value="class_name")
    )
    stored_class = stored.members.select("stored", was="group_class_id")
    final = live.join(stored_class, on="stored", how="left", maintain_order="left").select(
        "file_no", has=pl.coalesce("group_class_id", "was").is_not_null()
    )
    mixed = final.group_by("file_no", maintain_order=True).agg(some=pl.col("has").any(), every=pl.col("has").all())
    ledger.say("some_without_class", mixed.filter(pl.col("some") & ~pl.col("every")).select("file_no"))
