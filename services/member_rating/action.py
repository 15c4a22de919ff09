"""The action on many members: standard rates, prorated rates and shares of what each holds of one root plan.

What lives here: `rate_members` and its checks (RA-9 to RA-19). What does not: prices (`services.pricing`), the
wording of the answer (`spelling`), one family with wishes (`rate`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from services.asked import Families, held_by, members_beside
from services.book import Transaction
from services.insurance_errors import Refused, invalid
from services.member_rating import words
from services.member_rating.picture import STRAYS, Picture, faults_of, filled
from services.member_rating.rate import known_plans
from services.members.save import within_limit
from services.pricing import price
from services.scope import EVERYTHING, Scope


def rate_members(
    tx: Transaction,
    member_ids: Sequence[str] | None,
    plan_id: str | None,
    *,
    effective_date: str | None = None,
    scope: Scope,
) -> Picture:
    """Price what members hold of a root plan; nothing is written. Members are answered in the order given, each once
    (RA-16).

    What is priced are the stored choices of a member, with the mandatory coverages (RA-10). Without a date cover
    begins with the contract, or later where the member's cover does. Refused without members or plan, beyond the
    limit on members, for a plan that is no active root, and for a date outside the contract; what is wrong with one
    member stands beside it.
    """
    if not member_ids:
        raise Refused(words.NO_MEMBERS)
    if not plan_id:
        raise Refused(words.NO_ROOT_ASKED)
    within_limit(tx, len(member_ids))
    found = tx.row("member_rating.root", {"plan_id": plan_id}) if scope.sees(tx, "contract_plan", plan_id) else None
    if found is None:
        raise Refused(words.NO_ROOT)
    contract_id, start, end = found
    day = words.effective_date(effective_date, start, end)
    asked = pl.DataFrame({"member_id": pl.Series(list(member_ids), dtype=pl.String)}).unique(maintain_order=True)
    asked = asked.with_row_index("m").with_columns(pl.col("m").cast(pl.Int32))
    everybody = members_beside(tx, asked["member_id"].to_list())
    seen = everybody["group_census_member_id"]
    if scope != EVERYTHING:
        seen = pl.Series(list(scope.known(tx, "member", asked["member_id"])), dtype=pl.String)
    known = asked.filter(pl.col("member_id").is_in(seen.implode()))
    choices = held_by(tx, everybody, near=asked.height)
    held = _held(choices, plan_id, known_plans(tx, contract_id).children)
    with_root = known.join(held.filter("is_root"), on="member_id", how="semi")
    with_strays = known.join(held, on="member_id", how="semi").join(with_root, on="member_id", how="anti")
    faults = [
        faults_of(asked.join(known, on="m", how="anti"), words.UNKNOWN_MEMBER),
        faults_of(known.join(with_root, on="m", how="anti"), words.NOT_SUBSCRIBED),
    ]
    plans = pl.concat([with_root, with_strays]).sort("m").select("m", p=pl.lit(0, pl.Int32), plan_id=pl.lit(plan_id))
    priced = pl.DataFrame()
    if with_root.height:
        named = Families(contract_id, with_root["member_id"].to_list(), None, day, held=choices)
        priced = price(tx, replace(named, members=_families(everybody, with_root["member_id"]))).coverages
        holders = with_root.select(group_census_member_id="member_id", root_plan_id=pl.lit(plan_id))
        priced = priced.join(holders, on=["group_census_member_id", "root_plan_id"], how="semi")
    strays = _strays(with_strays, held)
    nothing_named = pl.DataFrame(schema=STRAYS)
    return filled(asked, plans, nothing_named, priced, pl.concat(faults), strays=strays, stray=words.STRAY)


def _held(choices: pl.DataFrame, plan_id: str, children: pl.DataFrame) -> pl.DataFrame:
    """What is held of the root plan: `member_id`, `coverage_id`, `is_root`."""
    parts = [plan_id, *children.filter(pl.col("plan_id") == plan_id)["coverage_id"]]
    return choices.filter(pl.col("contract_plan_id").is_in(parts)).select(
        member_id="group_census_member_id",
        coverage_id="contract_plan_id",
        is_root=pl.col("contract_plan_id") == plan_id,
    )


def _families(everybody: pl.DataFrame, member_ids: pl.Series) -> pl.DataFrame:
    """The families of some of the members."""
    heads = everybody.filter(pl.col("group_census_member_id").is_in(member_ids.implode()))["family_id"]
    return everybody.filter(pl.col("family_id").is_in(heads.unique().implode()))


def _strays(members: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Coverages chosen without their root plan (RA-11)."""
    rows = members.join(held, on="member_id").sort("m", "coverage_id")
    return rows.select(
        "m", "coverage_id", p=pl.lit(0, pl.Int32), order=pl.int_range(pl.len()).over("m").cast(pl.Int32)
    ).select(list(STRAYS))


def ids_of(records: Sequence[Any] | None) -> list[str] | None:
    """The `Id` of each record, or its `id`; whatever else it says is ignored (RA-9). Refused where one is no text.

    >>> ids_of([{"Id": "0r6A", "Name": "Noor"}, {"id": "0r6B"}, {}])
    ['0r6A', '0r6B', '']
    """
    if records is None:
        return None
    try:
        told = pl.DataFrame(list(records), schema={"Id": pl.String, "id": pl.String}, strict=False)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError):
        raise Refused(invalid("groupCensusMembers")) from None
    return told.select(pl.coalesce("Id", "id", pl.lit("")).alias("Id"))["Id"].to_list()
