"""What the book holds near the members of a request: their families, contracts and selections.

What lives here: the reads, each one statement however many members there are. What does not: any decision, any write.
A census is never read whole, so a change of one family costs the same in a census of a hundred and of a hundred
thousand.
"""

import polars as pl

from services.book import Transaction
from services.census_load.stored import Stored

_NONE = pl.DataFrame(schema={"group_census_id": pl.String})


def read(tx: Transaction, member_ids: pl.Series, contract_id: str | None = None) -> Stored:
    """The families of some members with what they hold, and the plans of their contracts.

    `contract_id` takes the place of the contract of the census (addPlanSelections). Members that do not exist are not
    there.
    """
    asked = pl.DataFrame({"group_census_member_id": member_ids.cast(pl.String)}).drop_nulls().unique()
    with tx.lend(selections_asked=asked):
        targets = tx.frame("selections.target", {"contract_id": contract_id})
        members = tx.frame("selections.members")
    return of(tx, targets, members)


def of(tx: Transaction, targets: pl.DataFrame, members: pl.DataFrame) -> Stored:
    """What is known of given members (columns of `selections.members`) of given censuses (`selections.target`)."""
    who = members["group_census_member_id"]
    ends = {"first": who.min() or "", "last": who.max() or ""}
    with tx.lend(selections_of=members.select("group_census_member_id"), load_targets=targets):
        return Stored(
            files=_NONE,
            targets=targets,
            members=members.with_row_index("stored"),
            selections=tx.frame("selections.selections", ends),
            classes=tx.frame("census.classes"),
            class_summaries=_NONE,
            plans=tx.frame("census.plans"),
            plan_classes=tx.frame("census.plan_classes"),
        )
