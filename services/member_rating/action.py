"""The action on many members: standard rates, prorated rates and shares of what each holds of one root plan.

What lives here: `rate_members` and its checks (RA-9 to RA-19). What does not: prices (`services.pricing`), the
wording of the answer (`spelling`), one family with wishes (`rate`).
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from services.asked import Families
from services.book import Transaction
from services.insurance_errors import Refused, invalid
from services.member_rating import words
from services.member_rating.picture import STRAYS, Picture, faults_of, filled
from services.members.save import within_limit
from services.pricing import price
from services.scope import Scope


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
    known = asked.filter(pl.col("member_id").is_in(list(scope.known(tx, "member", asked["member_id"]))))
    held = _held(tx, known, contract_id, plan_id)
    with_root = known.join(held.filter("is_root"), on="member_id", how="semi")
    with_strays = known.join(held, on="member_id", how="semi").join(with_root, on="member_id", how="anti")
    faults = [
        faults_of(asked.join(known, on="m", how="anti"), words.UNKNOWN_MEMBER),
        faults_of(known.join(with_root, on="m", how="anti"), words.NOT_SUBSCRIBED),
    ]
    plans = pl.concat([with_root, with_strays]).sort("m").select("m", p=pl.lit(0, pl.Int32), plan_id=pl.lit(plan_id))
    priced = pl.DataFrame()
    if with_root.height:
        priced = price(tx, Families(contract_id, with_root["member_id"].to_list(), None, day)).coverages
        holders = with_root.select(group_census_member_id="member_id", root_plan_id=pl.lit(plan_id))
        priced = priced.join(holders, on=["group_census_member_id", "root_plan_id"], how="semi")
    strays = _strays(with_strays, held)
    nothing_named = pl.DataFrame(schema=STRAYS)
    return filled(asked, plans, nothing_named, priced, pl.concat(faults), strays=strays, stray=words.STRAY)


def _held(tx: Transaction, known: pl.DataFrame, contract_id: str, plan_id: str) -> pl.DataFrame:
    """What the members hold of the root plan: `member_id`, `coverage_id`, `is_root`."""
    ids = {"member_ids": known["member_id"].to_list(), "contract_id": contract_id}
    held = tx.frame("member_rating.held", ids, near=known.height).filter(pl.col("root_plan_id") == plan_id)
    return held.select(
        member_id="group_census_member_id",
        coverage_id="contract_plan_id",
        is_root=pl.col("contract_plan_id") == plan_id,
    )


def _strays(members: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Coverages chosen without their root plan (RA-11)."""
    rows = members.join(held, on="member_id").sort("m", "coverage_id")
    return rows.select(
        "m", "coverage_id", p=pl.lit(0, pl.Int32), order=pl.int_range(pl.len()).over("m").cast(pl.Int32)
    ).select(list(STRAYS))


def ids_of(records: Sequence[Any] | None) -> list[str] | None:
    """The `Id` of each record; whatever else a record says is ignored (RA-9). Refused where one is no text."""
    if records is None:
        return None
    try:
        ids = pl.DataFrame(list(records), schema={"Id": pl.String}, strict=False)["Id"]
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError):
        raise Refused(invalid("groupCensusMembers")) from None
    return ids.fill_null("").to_list()
