"""Census summary: the twelve counters of a census and of each of its classes.

What lives here: the counting rules, as a table, and `sync`, which recounts any number of censuses at once
and stores the result. What does not: the members' own DependentCount (CV-14), which the sync leaves
alone (CS-14).

Two public pages define four of the counters differently; the response pages' meaning is the default, and
the other reading is one setting away (`summary_reading`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from schemas.census import CENSUS_SUMMARY, COUNTER_NAMES
from schemas.table import Column
from services import ids, settings
from services.book import Transaction
from services.insurance_errors import Refused, invalid
from services.refusals import NotFound
from services.scope import Scope

_PRIMARY = pl.col("has_primary")
_CHILDREN = pl.col("n_children")
_DEPENDENTS = pl.col("n_dependents")
_SPOUSES = pl.col("n_spouses")

RESPONSE_READING: dict[str, pl.Expr] = {
    "total_members": _PRIMARY,
    "total_dependents": _DEPENDENTS,
    "total_member_plus_dependent": _PRIMARY.cast(pl.Int32) + _DEPENDENTS,
    "mbr_without_dependent_count": _PRIMARY & (_DEPENDENTS == 0),
    "member_with_dependent_count": _PRIMARY & (_DEPENDENTS > 0),
    "member_with_spouse_count": _PRIMARY & (_SPOUSES > 0),
    "member_with_one_child_count": _PRIMARY & (_CHILDREN == 1),
    "mbr_with_more_than_1_chld_count": _PRIMARY & (_CHILDREN > 1),
    "mbr_with_more_than_2_chld_count": _PRIMARY & (_CHILDREN > 2),
    "member_opt_out_count": _PRIMARY & pl.col("is_opted_out"),
    "full_time_member_count": _PRIMARY & (pl.col("full_time_equivalent") >= 1),
    "part_time_member_count": _PRIMARY & (pl.col("full_time_equivalent") < 1),
}
"""What one family adds to each counter, by the response pages."""

OBJECT_READING: dict[str, pl.Expr] = {
    **RESPONSE_READING,
    "member_with_dependent_count": _PRIMARY & (_DEPENDENTS > 0) & (_SPOUSES == 0),
    "member_with_spouse_count": _PRIMARY & (_SPOUSES > 0) & (_DEPENDENTS == _SPOUSES),
    "mbr_with_more_than_1_chld_count": _PRIMARY & (_CHILDREN >= 1),
    "mbr_with_more_than_2_chld_count": _PRIMARY & (_CHILDREN >= 2),
}
"""The same, by the object pages (see CONFLICT in the published summary)."""

READINGS = {"response": RESPONSE_READING, "object": OBJECT_READING}
"""The two by the value of the setting `summary_reading`."""


@dataclass(frozen=True)
class SummaryOutcome:
    """What a sync found: the counters by census, and the class records sorted by name, then id (CS-7)."""

    censuses: pl.DataFrame
    classes: pl.DataFrame
    n_created: int = 0
    """Class records that were not there before."""


def sync(
    tx: Transaction, census_ids: Sequence[str], *, now: datetime, reading: dict[str, pl.Expr] | None = None
) -> SummaryOutcome:
    """Recount censuses from their stored members and store the counters (CS-1 to CS-13). NotFound for an unknown id.

    `reading` is what each family adds to a counter; by default that of the setting.
    """
    reading = reading or READINGS[settings.get(tx, "summary_reading")]
    scope = pl.DataFrame({"group_census_id": list(dict.fromkeys(census_ids))}, schema={"group_census_id": pl.String})
    with tx.lend(summary_scope=scope):
        unknown = scope.join(tx.frame("summary.known_censuses"), on="group_census_id", how="anti")
        if unknown.height:
            raise NotFound(
                "SF-0001-0005",
                "groupCensusId",
                "Specify a valid input for groupCensusId.",
                f"There is no census {unknown['group_census_id'][0]}.",
            )
        families = tx.frame("summary.families")
        censuses = _counted(families, ["group_census_id"], reading)
        censuses = scope.join(censuses, on="group_census_id", how="left", maintain_order="left").fill_null(0)
        records = tx.frame("summary.records")
        classes = _with_records(tx, families, records, reading)
        with tx.lend(summary_censuses=censuses, summary_classes=classes):
            tx.run("summary.store_censuses", {"now": now})
            if records.join(classes, on="class_summary_id", how="anti").height:
                tx.run("summary.remove_classes")
            if classes.height:
                tx.run("summary.store_classes")
            if tx.row("summary.unlinked"):
                tx.run("summary.link_members")
        n_created = classes.join(records, on="class_summary_id", how="anti").height
        return SummaryOutcome(censuses, tx.frame("summary.classes_of"), n_created)


@dataclass(frozen=True)
class Synced:
    """The sync of one census as it is answered: `groupCensus` of the published answer, and how many records are new."""

    group_census: dict[str, Any]
    n_created: int


def sync_one(tx: Transaction, census_id: str, *, scope: Scope, now: datetime) -> Synced:
    """Recount one census, for a caller. Refused with SF-0001-0005 for a census that is unknown or out of scope."""
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    outcome = sync(tx, [census_id], now=now)
    classes = outcome.classes.select(
        id="class_summary_id", groupCensusId="group_census_id", groupClassId="group_class_id", **_COUNTERS
    )
    (counters,) = outcome.censuses.select(id="group_census_id", **_COUNTERS).to_dicts()
    return Synced({**counters, "grpCensusGrpClassSummaryList": classes.to_dicts()}, outcome.n_created)


def property_of(column: Column) -> str:
    """The property of a counter: the name of its field with a small first letter."""
    name = column.wire or column.name
    return name[0].lower() + name[1:]


_COUNTERS = {property_of(CENSUS_SUMMARY.column(name)): pl.col(name) for name in COUNTER_NAMES}
"""The twelve counters as they are answered."""


def _counted(families: pl.DataFrame, by: list[str], reading: dict[str, pl.Expr]) -> pl.DataFrame:
    """The counters summed over families."""
    sums = [reading[name].cast(pl.Int32).sum().alias(name) for name in COUNTER_NAMES]
    return families.group_by(by, maintain_order=True).agg(sums)


def _with_records(
    tx: Transaction, families: pl.DataFrame, records: pl.DataFrame, reading: dict[str, pl.Expr]
) -> pl.DataFrame:
    """The counters by class, each with its record: the stored one (CS-5), the one its members name, or a new one."""
    on = ["group_census_id", "group_class_id"]
    classed = families.filter(pl.col("group_class_id").is_not_null())
    named = classed.group_by(on).agg(named=pl.col("class_summary_id").drop_nulls().min())
    counted = (
        _counted(classed, on, reading)
        .join(records, on=on, how="left", maintain_order="left")
        .join(named, on=on, how="left", maintain_order="left")
    )
    # A record that members name is taken up again only where no other class has it.
    free = pl.col("named").is_first_distinct() & ~pl.col("named").is_in(records["class_summary_id"].implode())
    counted = counted.sort(on).with_columns(
        class_summary_id=pl.coalesce("class_summary_id", pl.when(free).then("named"))
    )
    n_new = counted["class_summary_id"].null_count()
    if n_new:
        fresh = ids.spell_many(ids.SUMMARY, tx.mint(ids.SUMMARY, n_new), n_new)
        place = (counted["class_summary_id"].is_null().cum_sum().cast(pl.Int64) - 1).clip(0)
        counted = counted.with_columns(class_summary_id=pl.coalesce("class_summary_id", pl.lit(fresh.gather(place))))
    return counted.drop("named")
