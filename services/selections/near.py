"""What the book holds near the members of a request: their families, contracts and selections.

What lives here: the reads, each one statement however many members there are. What does not: any decision, any write.
A census is never read whole, so a change of one family costs the same in a census of a hundred and of a hundred
thousand. The plans of a contract are kept between the requests of a server.
"""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import orjson
import polars as pl

from services.book import Transaction
from services.census_load.stored import Stored
from services.kept_shelf import kept
from services.one_go import collected

_NONE = pl.DataFrame(schema={"group_census_id": pl.String})


def read(tx: Transaction, member_ids: pl.Series, contract_id: str | None = None) -> Stored:
    """The families of some members with what they hold, and the plans of their contracts.

    `contract_id` takes the place of the contract of the census (addPlanSelections). Members that do not exist are not
    there.
    """
    asked = member_ids.cast(pl.String).drop_nulls().unique()
    members = _of_families(tx, asked)
    others = asked.filter(~asked.is_in(members["group_census_member_id"].implode()))
    if len(others):  # dependents: their families bear the names of their primaries
        families = tx.frame("selections.families", _within(others), near=len(others))["family_id"]
        more = _of_families(tx, families.filter(~families.is_in(members["family_id"].implode())))
        members = pl.concat([members, more]).sort("group_census_member_id")
    return of(tx, members, contract_id)


def _of_families(tx: Transaction, family_ids: pl.Series) -> pl.DataFrame:
    """The members of whole families, each of which is named after its primary."""
    found = tx.frame("selections.members", _within(family_ids), near=len(family_ids))
    return found.sort("group_census_member_id")


def of(tx: Transaction, members: pl.DataFrame, contract_id: str | None = None) -> Stored:
    """What is known of given members, in the columns of `selections.members`."""
    censuses = {"ids": members["group_census_id"].unique().to_list(), "contract_id": contract_id}
    targets = tx.frame("selections.targets", censuses, near=members.height)
    who, n = members["group_census_member_id"], members.height
    selections = tx.frame("selections.selections", _within(who), near=n)
    offered = kept(tx, key_of("offered", targets), lambda: _offered(tx, targets, n))
    return Stored(
        files=_NONE,
        targets=targets,
        members=members.with_row_index("stored"),
        selections=selections.sort("member_plan_id"),
        class_summaries=_NONE,
        **offered,
    )


def for_removal(tx: Transaction, stored: Stored) -> Stored:
    """The same, as removing asks for it: each selection with the root plan it is under, also under a contract before
    (`root_plan_id`); and a completed choice counts as not begun once every policy that it backed was cancelled, or its
    member left it: it backs none then (MP-20), and may be made again.
    """
    held = stored.selections.select("member_plan_id", "group_census_member_id", "contract_plan_id", "enrollment_status")
    with tx.lend(selections_held=held):
        roots, ended = tx.frame("selections.roots"), tx.frame("selections.ended")["member_plan_id"]
    is_ended = pl.col("member_plan_id").is_in(ended.implode())
    status = pl.when(is_ended).then(pl.lit("To Be Started")).otherwise("enrollment_status")
    known = stored.selections.join(roots, on="contract_plan_id", how="left", maintain_order="left")
    return replace(stored, selections=known.with_columns(enrollment_status=status))


def key_of(what: str, targets: pl.DataFrame) -> Hashable | None:
    """What a server keeps something under that the contract and account of one census say by themselves."""
    return (what, targets["contract_id"][0], targets["account_id"][0]) if targets.height == 1 else None


def _offered(tx: Transaction, targets: pl.DataFrame, n: int) -> dict[str, pl.DataFrame]:
    """The classes of the accounts and the plans of the contracts of some censuses, with their links."""
    with tx.lend(load_targets=targets):
        classes, plans = tx.frame("census.classes", near=n), tx.frame("selections.plans", near=n)
    linked = plans.lazy().select("contract_plan_id", "group_class_id").explode("group_class_id", empty_as_null=True)
    return {
        "classes": classes,
        "plans": plans.drop("group_class_id"),
        "plan_classes": collected(linked.drop_nulls()),
    }


def _within(ids: pl.Series) -> dict[str, Any]:
    """Some ids, with the first and the last of them."""
    return {"ids": orjson.dumps(ids.to_list()).decode(), "first": str(ids.min() or ""), "last": str(ids.max() or "")}
