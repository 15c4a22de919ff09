"""What the book holds near the members of a request: their families, contracts and selections.

What lives here: the reads, each one statement however many members there are. What does not: any decision, any write.
A census is never read whole, so a change of one family costs the same in a census of a hundred and of a hundred
thousand.
"""

import polars as pl

from services.book import Transaction
from services.census_load.stored import Stored
from services.one_go import collected

_NONE = pl.DataFrame(schema={"group_census_id": pl.String})


def read(tx: Transaction, member_ids: pl.Series, contract_id: str | None = None) -> Stored:
    """The families of some members with what they hold, and the plans of their contracts.

    `contract_id` takes the place of the contract of the census (addPlanSelections). Members that do not exist are not
    there.
    """
    asked = member_ids.cast(pl.String).drop_nulls().unique().alias("group_census_member_id").to_frame()
    members = _of_families(tx, asked.rename({"group_census_member_id": "family_id"}))
    others = asked.filter(~pl.col("group_census_member_id").is_in(members["group_census_member_id"].implode()))
    if others.height:  # dependents: their families bear the names of their primaries
        with tx.lend(selections_asked=others):
            families = tx.frame("selections.families", _ends(others["group_census_member_id"]), near=others.height)
        more = _of_families(tx, families.join(members, on="family_id", how="anti"))
        members = pl.concat([members, more]).sort("group_census_member_id")
    return of(tx, members, contract_id)


def _of_families(tx: Transaction, families: pl.DataFrame) -> pl.DataFrame:
    """The members of whole families, each of which is named after its primary."""
    with tx.lend(selections_families=families):
        found = tx.frame("selections.members", _ends(families["family_id"]), near=families.height)
    return found.sort("group_census_member_id")


def of(tx: Transaction, members: pl.DataFrame, contract_id: str | None = None) -> Stored:
    """What is known of given members, in the columns of `selections.members`."""
    with tx.lend(selections_censuses=members.select("group_census_id").unique()):
        targets = tx.frame("selections.targets", {"contract_id": contract_id}, near=members.height)
    who = members.select("group_census_member_id")
    n = who.height
    with tx.lend(selections_of=who, load_targets=targets):
        selections = tx.frame("selections.selections", _ends(who["group_census_member_id"]), near=n)
        classes = tx.frame("census.classes", near=n)
        plans = tx.frame("selections.plans", near=n)
    linked = plans.lazy().select("contract_plan_id", "group_class_id").explode("group_class_id", empty_as_null=True)
    return Stored(
        files=_NONE,
        targets=targets,
        members=members.with_row_index("stored"),
        selections=selections.sort("member_plan_id"),
        classes=classes,
        class_summaries=_NONE,
        plans=plans.drop("group_class_id"),
        plan_classes=collected(linked.drop_nulls()),
    )


def _ends(ids: pl.Series) -> dict[str, str]:
    """The first and last of some ids."""
    return {"first": str(ids.min() or ""), "last": str(ids.max() or "")}
