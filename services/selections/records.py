"""Records of members and plans as the actions pass them on: members that may not be stored yet, beside those that are.

What lives here: making one picture of stored families and passed records, for the judge to look at. What does not: what
the actions do with it (`actions`), and validating members (`services.members`).

A member without an id is known by its MemberRefId (BC-52). Its primary is the one it names, else the one above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from services.book import Transaction
from services.census_load.stored import Stored
from services.insurance_errors import InsuranceError, invalid, missing
from services.members import rows as member_rows
from services.members.save import within_limit
from services.scope import Scope
from services.selections import near
from services.selections.facts import cells_of, facts_of, texts_of

REF = "MemberRefId"
NEW = "new:"
"""Begins the working id of a member that is not stored."""

_STATED = ("is_opt_out_all_plans", "opt_out_plan_types", "birth_date", "policy_start_date")
"""What a record may say anew of a stored member."""


@dataclass(frozen=True)
class Picture:
    """Families with the records passed, and the plans asked for."""

    stored: Stored
    """Families as the judge takes them; members that are not stored have working ids."""
    member_ids: pl.Series
    """Working id of each member record; null for one that is no member."""
    wishes: pl.DataFrame
    """at, group_census_member_id, word, ref: each plan record; the member is null where none is meant. The columns of
    `services.selections.facts.facts_of` stand beside."""
    member_faults: dict[int, InsuranceError]
    """By position of the member record."""


def picture(
    tx: Transaction,
    members: Sequence[Mapping[str, Any]],
    plans: Sequence[Mapping[str, Any]],
    *,
    census_id: str | None,
    also_near: Sequence[str] = (),
    scope: Scope,
) -> Picture:
    """Read what is near the records. `census_id` is the census of records that name none; `also_near` further
    members."""
    within_limit(tx, len(members))
    stated = member_rows.of_records(tx, members, also=(REF,))
    wishes = _wishes(tx, plans)
    given = stated.column("given_id")
    heads = stated.column("primary_group_census_member_id")
    named = pl.concat([given, heads, wishes["member_id"], pl.Series(also_near, dtype=pl.String)])
    censuses = stated.column("given_census_id").fill_null(census_id or "")
    open_to = scope.known(tx, "census", [one for one in censuses.unique() if one])
    known = scope.known(tx, "member", [*named.drop_nulls(), *_named_by_source(tx, stated, censuses, open_to)])
    stored = near.read(tx, pl.Series(sorted(known), dtype=pl.String))
    working, faults = _working(stated, given, censuses, known, open_to)
    stored = _with_records(tx, stored, stated, working, censuses)
    refs = _refs(stated, working)
    member = pl.when(pl.col("member_id").is_in(list(known))).then("member_id")
    joined = wishes.join(refs, on="ref", how="left", maintain_order="left").with_columns(
        group_census_member_id=pl.coalesce(member, "by_ref")
    )
    return Picture(stored, working, joined.drop("member_id", "by_ref"), faults)


def _wishes(tx: Transaction, plans: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """at, word, member_id, ref and the facts of each plan record."""
    cells, n = cells_of(tx, plans), len(plans)
    named = frozenset(cells["name"].unique().to_list())
    frame = pl.DataFrame(
        {
            "word": texts_of(cells, n, "contractgroupplanid"),
            "member_id": texts_of(cells, n, "groupcensusmemberid"),
            "ref": texts_of(cells, n, REF.lower()),
        }
    )
    return frame.with_row_index("at").hstack(facts_of(cells, n, named))


def _working(
    stated: member_rows.Rows, given: pl.Series, censuses: pl.Series, known: frozenset[str], open_to: frozenset[str]
) -> tuple[pl.Series, dict[int, InsuranceError]]:
    """The id that each record goes by, and what is wrong with those that are no member."""
    frame = pl.DataFrame({"given": given, "census": censuses}).with_row_index("row")
    is_known = pl.col("given").is_in(list(known))
    is_new = pl.col("given").is_null() & pl.col("census").is_in(list(open_to))
    new_id = pl.concat_str(pl.lit(NEW), pl.col("row").cast(pl.String))
    unread = stated.faults["row"].unique()
    judged = frame.with_columns(
        id=pl.when(is_known).then("given").when(is_new).then(new_id), is_unread=pl.col("row").is_in(unread.implode())
    )
    faults: dict[int, InsuranceError] = {}
    for row, id_given, census, _, is_unread in judged.filter(pl.col("id").is_null() | pl.col("is_unread")).rows():
        if is_unread:
            column = stated.faults.filter(pl.col("row") == row)["column"][0]
            faults[row] = invalid(stated.spelling.of(column) or "groupCensusMembers")
        elif id_given is not None:
            faults[row] = invalid("Id")
        else:
            faults[row] = invalid("GroupCensusId") if census else missing("GroupCensusId")
    working = judged.select(pl.when(~pl.col("is_unread")).then("id"))["id"]
    return working, faults


def _refs(stated: member_rows.Rows, working: pl.Series) -> pl.DataFrame:
    """The member that each MemberRefId means."""
    refs = pl.DataFrame({"ref": stated.column(REF), "by_ref": working}).drop_nulls("ref")
    return refs.unique("ref", keep="first", maintain_order=True)


def _with_records(
    tx: Transaction, stored: Stored, stated: member_rows.Rows, working: pl.Series, censuses: pl.Series
) -> Stored:
    """The stored families with what the records say anew, and with the members that are not stored."""
    names = (*_STATED, "association", "relationship", "source_system_identifier", "primary_member_source")
    said = pl.DataFrame({"group_census_member_id": working, "group_census_id": censuses}).with_columns(
        *(stated.column(name) for name in names),
        group_class_id=stated.column("given_class_id"),
        primary_named=stated.column("primary_group_census_member_id"),
    )
    said = said.with_row_index("row").filter(pl.col("group_census_member_id").is_not_null())
    is_new = pl.col("group_census_member_id").str.starts_with(NEW)
    anew = said.filter(~is_new).select("group_census_member_id", *(pl.col(n).alias(f"said_{n}") for n in _STATED))
    members = stored.members.drop("stored").join(
        anew.unique("group_census_member_id", keep="last"),
        on="group_census_member_id",
        how="left",
        maintain_order="left",
    )
    members = members.with_columns(pl.coalesce(f"said_{n}", n).alias(n) for n in _STATED).drop(
        f"said_{n}" for n in _STATED
    )
    new = _linked(said, members).filter(is_new)
    if new.is_empty():
        return replace(stored, members=members.with_row_index("stored"))
    every = pl.concat([members, new.select(members.columns)])
    return near.of(tx, every)


def _linked(said: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The records with `primary_member_id` and `family_id`: the primary named by id, by source, else the one above."""
    role = pl.coalesce("association", "relationship")
    has_link = pl.col("primary_named").is_not_null() | pl.col("primary_member_source").is_not_null()
    is_head = (role.str.to_lowercase() == "self").fill_null(~has_link)
    said = said.with_columns(is_head=is_head, association=role)
    above = pl.when("is_head").then("group_census_member_id").forward_fill()
    sources = said.filter("is_head").select(
        "group_census_id", primary_member_source="source_system_identifier", by_source="group_census_member_id"
    )
    stored = members.filter(pl.col("primary_member_id").is_null()).select(
        "group_census_id", primary_member_source="source_system_identifier", by_source="group_census_member_id"
    )
    lookup = pl.concat([sources, stored]).drop_nulls()
    lookup = lookup.unique(["group_census_id", "primary_member_source"], keep="first", maintain_order=True)
    joined = said.with_columns(above=above).join(
        lookup, on=["group_census_id", "primary_member_source"], how="left", maintain_order="left"
    )
    everybody = pl.concat([said["group_census_member_id"], members["group_census_member_id"]])
    named = pl.when(pl.col("primary_named").is_in(everybody.implode())).then("primary_named")
    head = pl.coalesce(named, "by_source", "above")
    return joined.with_columns(
        primary_member_id=pl.when(~pl.col("is_head")).then(head),
        family_id=pl.when("is_head").then("group_census_member_id").otherwise(head),
        is_opt_out_all_plans=pl.col("is_opt_out_all_plans").fill_null(False),
    )


def _named_by_source(
    tx: Transaction, stated: member_rows.Rows, censuses: pl.Series, open_to: frozenset[str]
) -> list[str]:
    """Stored primaries that records name by source identifier; records of a call are of one census."""
    census_id = next((one for one in censuses if one in open_to), None)
    sources = stated.column("primary_member_source").drop_nulls().unique()
    if census_id is None or sources.is_empty():
        return []
    with tx.lend(selections_sources=pl.DataFrame({"source_system_identifier": sources})):
        return [str(row[0]) for row in tx.rows("selections.primaries_by_source", {"census_id": census_id})]
