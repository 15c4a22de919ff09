"""What the book holds near the rows of a request: the census, and the families of whoever the rows name.

What lives here: the reads, each one statement however many rows there are. What does not: any decision, any write.
A census is never read whole: a change of one member costs the same in a census of a hundred and of a hundred thousand.
"""

from dataclasses import replace
from typing import Any

import orjson
import polars as pl

from schemas.census import CENSUS_MEMBER, CENSUS_SUMMARY
from schemas.plans import CONTRACT_PLAN_CLASS, GROUP_CLASS
from services.book import Transaction
from services.census_load.stored import Stored
from services.insurance_errors import Refused, invalid

_NOBODY = CENSUS_MEMBER.empty().with_columns(place=pl.lit(None, pl.Int64)).with_row_index("stored")
_UNCHOSEN = CONTRACT_PLAN_CLASS.empty().select("contract_plan_id", "group_class_id")
_CLASSLESS = (
    GROUP_CLASS.empty().select("group_class_id", "account_id", "name", "effective_start_date", "effective_end_date"),
    CENSUS_SUMMARY.empty().select("class_summary_id", "group_census_id", "group_class_id"),
)
_UNREAD = pl.DataFrame(schema={"group_census_member_id": pl.String})


Named = dict[str, pl.Series]
"""Whom rows name, by kind of word: id, key, or the source identifier of a primary (source)."""


def names(**words: pl.Series) -> Named:
    """Words by kind, each once; nulls name nobody, and what names nobody is left out."""
    return {
        kind: series.cast(pl.String).drop_nulls().unique()
        for kind, series in words.items()
        if series.null_count() < len(series)
    }


def read(tx: Transaction, census_id: str, *, with_classes: bool = True) -> Stored:
    """The census, its classes and their records where asked for, and nobody yet. Refused where there is no census."""
    target = tx.frame("members.target", {"census_id": census_id}, near=1)
    if target.is_empty():
        raise Refused(invalid("groupCensusId"))
    files = pl.DataFrame(
        {"file_no": [0], "group_census_id": [census_id], "census_file_id": [None]},
        schema={"file_no": pl.Int32, "group_census_id": pl.String, "census_file_id": pl.String},
    )
    classes, summaries = _CLASSLESS
    if with_classes:
        with tx.lend(load_targets=target):
            classes, summaries = tx.frame("census.classes"), tx.frame("census.class_summaries")
    return Stored(files, target, _NOBODY, _UNREAD, classes, summaries, pl.DataFrame(), _UNCHOSEN)


def with_families(tx: Transaction, stored: Stored, named: Named) -> Stored:
    """The same with the whole families of whoever is named, beside those already there."""
    if not named:
        return stored
    census = {"census_id": _census(stored)}
    if set(named) == {"id"}:
        found = _families_of(tx, named["id"], census)
    else:
        words = pl.concat(pl.DataFrame({"kind": kind, "word": each}) for kind, each in named.items())
        with tx.lend(members_named=words):
            found = tx.frame("members.near", census, near=words.height)
    before = stored.members.drop("stored")
    if before.height:
        found = pl.concat([before, found]).unique("group_census_member_id", keep="first").sort("group_census_member_id")
    return replace(stored, members=found.with_row_index("stored"))


def _families_of(tx: Transaction, ids: pl.Series, census: dict[str, str]) -> pl.DataFrame:
    """Families by ids of members: those of primaries in one reading of the census, of dependents in a second one."""
    found = tx.frame("members.near_heads", census | _within(ids), near=len(ids))
    if found.height < len(ids) or not set(ids.to_list()) <= set(found["group_census_member_id"].to_list()):
        others = ids.filter(~ids.is_in(found["group_census_member_id"].implode()))
        more = tx.frame("members.near_ids", census | _within(others), near=len(others))
        found = pl.concat([found, more]).unique("group_census_member_id", keep="first")
    return found.sort("group_census_member_id")


def _within(ids: pl.Series) -> dict[str, Any]:
    """Some ids, with the first and the last of them: a range lets a scan pass over what is far away."""
    return {"ids": orjson.dumps(ids.to_list()).decode(), "first": str(ids.min() or ""), "last": str(ids.max() or "")}


def with_selections(tx: Transaction, stored: Stored, member_ids: pl.Series) -> Stored:
    """The same with the selections of some members, and the plans of the contract."""
    asked = pl.DataFrame({"group_census_member_id": member_ids})
    with tx.lend(members_asked=asked, load_targets=stored.targets):
        return replace(
            stored,
            classes=tx.frame("census.classes"),
            selections=tx.frame("members.selections_of", {"census_id": _census(stored)}),
            plans=tx.frame("census.plans"),
            plan_classes=tx.frame("census.plan_classes"),
        )


def _census(stored: Stored) -> str:
    return str(stored.targets["group_census_id"][0])
