"""Which members a request is about: a whole census, or a list of members.

What lives here: the choice with its errors (AC-1 to AC-4). What does not: what is done with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.members.save import within_limit
from services.scope import Scope

FAULTS = pl.Schema(
    {"row": pl.UInt32, "code": pl.String, "message": pl.String, "member_id": pl.String, "is_failure": pl.Boolean}
)
"""What there is to say of single members: `row` is the position in the request, or in the census; `is_failure` where
no record could be made for the member (AC-13)."""


@dataclass(frozen=True)
class Chosen:
    """Members with all their columns, `row` and the group account of their census, and the faults of listed ids."""

    members: pl.DataFrame
    faults: pl.DataFrame


def choose(
    tx: Transaction,
    census_id: str | None,
    member_ids: Sequence[str] | None,
    *,
    scope: Scope,
    list_name: str = "groupCensusMemberIdList",
    only_primaries: bool = False,
) -> Chosen:
    """The members of a census, or the listed ones; with both, the listed ones of that census (AC-3).

    Refused without either (AC-1), for an unknown census, and for a list that is too long. A listed id that is no
    member, or one of another census, is a fault of its own (AC-4); an id listed twice counts once.
    """
    if census_id is None and not member_ids:
        raise Refused(missing("groupCensusId"))
    if census_id is not None and not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    if member_ids is None:
        members = tx.frame("people.members_of_census", {"census_id": census_id, "only_primaries": only_primaries})
        return Chosen(members.with_row_index("row"), FAULTS.to_frame())
    within_limit(tx, len(member_ids))
    asked = pl.DataFrame({"member_id": list(dict.fromkeys(member_ids))}, schema={"member_id": pl.String})
    asked = asked.with_row_index("row")
    known = scope.known(tx, "member", asked["member_id"].to_list())
    seen = asked.filter(pl.col("member_id").is_in(list(known)))
    with tx.lend(people_asked=seen):
        members = tx.frame("people.members_listed", {"census_id": census_id})
    members = members.with_columns(pl.col("row").cast(pl.UInt32))
    wrong = asked.join(members.select("row"), on="row", how="anti", maintain_order="left")
    if only_primaries:
        members = members.filter(pl.col("primary_member_id").is_null())
    return Chosen(members, faults_of(wrong, invalid(list_name)))


def between(tx: Transaction, census_id: str, first_id: str, last_id: str, *, only_primaries: bool) -> Chosen:
    """The members of a census in a range of ids, both ends included; for batches of a whole census."""
    bounds = {"census_id": census_id, "first_id": first_id, "last_id": last_id, "only_primaries": only_primaries}
    return Chosen(tx.frame("people.members_between", bounds).with_row_index("row"), FAULTS.to_frame())


def faults_of(rows: pl.DataFrame, error: InsuranceError, *, is_failure: bool = True) -> pl.DataFrame:
    """The same fault for each row (row, member_id)."""
    return rows.select(
        pl.col("row").cast(pl.UInt32),
        code=pl.lit(error.code),
        message=pl.lit(error.message),
        member_id="member_id",
        is_failure=pl.lit(is_failure),
    )
