"""Validating and saving members of one census: the core that every door of members goes through.

What lives here: `validate`, `save` and what came of it. What does not: the rules (`judge`), the writing (`storing`),
how records are read (`rows`) and how answers are wrapped (`connect`, and the other services).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from services import flows, settings
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused
from services.members import classes, keys, storing
from services.members.asked import Asked, Operation, Reading, Term
from services.members.judge import Judged, judge
from services.members.rows import Rows
from services.one_go import collected
from services.scope import Scope

__all__ = ["Asked", "Judged", "Operation", "Reading", "Saved", "Term", "save", "validate", "within_limit"]


@dataclass(frozen=True)
class Saved:
    """What a save did, by the rows of the request."""

    member_ids: list[str | None]
    """Id of the member of each row; None for a refused one."""
    is_new: list[bool]
    """Whether the row made its member."""
    faults: pl.DataFrame
    """What was wrong, in the columns of `services.members.faults.FAULTS`."""
    primaries_updated: int
    """Saved rows that are primaries: their DependentCount was counted again (CM-47)."""
    deleted_plan_ids: list[str]
    """Selections that an opt-out, or a move to another family, took away."""
    n_changed: int
    """Members made or changed, kin included."""

    @property
    def saved_ids(self) -> list[str]:
        """The ids of the saved rows, in the order of the request (CM-11)."""
        return [member_id for member_id in self.member_ids if member_id is not None]


def within_limit(tx: Transaction, n_members: int) -> None:
    """Refused where a request holds more members than the setting allows (GB-CEN-001)."""
    most = settings.number(tx, "most_members_per_request")
    if most is not None and n_members > most:
        raise Refused(InsuranceError("GB-CEN-001", f"A request can hold at most {most} members."))


def validate(
    tx: Transaction,
    census_id: str,
    rows: Rows,
    *,
    operation: Operation,
    reading: Reading,
    scope: Scope,
    now: datetime,
    key_fields: Sequence[str] = (),
    replaces_key_fields: bool = False,
    class_on: Term = None,
    creates_classes: bool = False,
    flow: flows.Flow | None = None,
) -> Judged:
    """Judge rows and write nothing. The caller has asked whether the census is in scope; persons that rows name are
    asked for here.

    `key_fields` are published names that join the member key, or stand alone with `replaces_key_fields`. `class_on`
    is the day or the term that a stated class must be valid for; `creates_classes`: a class name of which there is none
    is made with the save (CM-43). Refused for an unknown census or key field.
    """
    columns = keys.columns(key_fields, replaces=replaces_key_fields)
    asked = Asked(census_id, rows, operation, reading, columns, now, scope, class_on, creates_classes)
    return judge(tx, asked, flow)


def save(tx: Transaction, judged: Judged, *, now: datetime) -> Saved:
    """Store the accepted rows of a judgement made in the same transaction; the version rises if anything changed."""
    people = judged.people.filter(judged.accepted) if judged.refused.any() else judged.people
    people, stored = classes.store_new(tx, people, judged.stored, now)
    census = storing.merged(tx, people, stored, judged.asked)
    gone = storing.selections_lost(tx, census.after, stored)
    n_changed = storing.write(tx, judged.asked.census_id, census.after, stored, gone, now)
    became = census.after.lazy().select("person", "group_census_member_id", is_new=pl.col("what") == "added")
    became = became.filter(pl.col("person").is_not_null())
    by_row = judged.people.lazy().select("person").join(became, on="person", how="left", maintain_order="left")
    by_row = collected(by_row.with_columns(pl.col("is_new").fill_null(False)))
    return Saved(
        member_ids=by_row["group_census_member_id"].to_list(),
        is_new=by_row["is_new"].to_list(),
        faults=judged.faults,
        primaries_updated=int(people["is_primary"].sum()),
        deleted_plan_ids=gone.to_list(),
        n_changed=n_changed,
    )
