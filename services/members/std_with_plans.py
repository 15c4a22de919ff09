"""InsCensusServiceStd updateMembersWithPlans: members saved by key, then their plans.

What lives here: the order of the two, and what is told of both (WP-1 to WP-14). What does not: saving members (`save`),
plans and the end of new members without one (`services.selections.std`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from services.book import Transaction
from services.members import rows
from services.members.save import Operation, Reading, Saved, save, validate
from services.members.std import KEY, StdSaved, called
from services.members.std_words import entries
from services.scope import Scope
from services.selections import std as selections
from services.selections.facts import cells_of, texts_of


def update_members_with_plans(
    tx: Transaction,
    census_id: str | None,
    contract_id: str | None,
    census: Mapping[str, Any] | None,
    *,
    only_with_valid: bool = False,
    duplicate_keys: Sequence[str] | None = None,
    scope: Scope,
    now: datetime,
) -> StdSaved:
    """Members found by the key they carry, else by `duplicate_keys`, changed or made; then their valid plans.

    A contract that is missing or wrong saves members and no plan (WP-7). `only_with_valid` takes out new members that
    end without a plan (WP-8). Refused whole as addMembers.
    """
    known, headers, members = called(tx, census_id, census, scope)
    judged = validate(
        tx,
        known,
        rows.of_std(tx, headers, members, also=selections.PLAN_FIELDS),
        operation=Operation.UPSERT_BY_KEY,
        reading=Reading.STD,
        scope=scope,
        now=now,
        key_fields=duplicate_keys or KEY,
        replaces_key_fields=True,
        class_on=_term(tx, known, contract_id, scope),
        creates_classes=True,
    )
    saved = save(tx, judged, now=now)
    chosen = selections.add_many(
        tx,
        known,
        contract_id,
        _wishes(tx, headers, members, saved),
        only_with_valid=only_with_valid,
        scope=scope,
        now=now,
    )
    gone = frozenset(chosen.deleted_member_ids)
    # A contract that is none is no fault of a member: only those taken out for it are told (WP-7, WP-11).
    told = [one for one in chosen.errors if one["Id"] in gone] if chosen.warnings else chosen.errors
    return StdSaved(
        member_ids=[one for one in saved.saved_ids if one not in gone],
        errors=[*entries(tx, members, saved.faults), *told],
        n_primaries=_primaries(judged.people, saved, gone),
        deleted_member_ids=chosen.deleted_member_ids,
        member_plan_ids=chosen.member_plan_ids,
        warnings=chosen.warnings,
    )


def _term(
    tx: Transaction, census_id: str, contract_id: str | None, scope: Scope
) -> tuple[date | None, date | None] | None:
    """First and last day of a contract of the census's account (WP-6); None for any other (WP-7)."""
    if not contract_id or not scope.sees(tx, "contract", contract_id):
        return None
    census = tx.row("member_reading.contract_of", {"census_id": census_id})
    term = tx.row("member_reading.term_of", {"contract_id": contract_id})
    if census is None or term is None or term[0] != census[1]:
        return None
    return term[1], term[2]


def _wishes(
    tx: Transaction, headers: Sequence[Mapping[str, Any]], members: Sequence[Mapping[str, Any]], saved: Saved
) -> pl.DataFrame:
    """The saved members with their plan cells, in the columns of `selections.ROWS` (WP-12)."""
    named = [str(header.get("name") or "").strip().lower() for header in headers]
    columns = [name for name in selections.PLAN_FIELDS if name in named]
    cells = cells_of(tx, members)
    every = pl.DataFrame(
        {
            "row": pl.int_range(len(members), dtype=pl.UInt32, eager=True),
            "group_census_member_id": pl.Series(saved.member_ids, dtype=pl.String),
            "is_new": saved.is_new,
            "cell": texts_of(cells, len(members), *columns),
            "bad": pl.Series([None], dtype=pl.String).new_from_index(0, len(members)),
        },
        schema=selections.ROWS,
    )
    return every.filter(pl.col("group_census_member_id").is_not_null())


def _primaries(people: pl.DataFrame, saved: Saved, gone: frozenset[str]) -> int:
    """Primaries of the call that were saved and are still there (WP-11)."""
    member_id = pl.Series(saved.member_ids, dtype=pl.String)
    return int((people["is_primary"] & member_id.is_not_null() & ~member_id.is_in(list(gone))).sum())
