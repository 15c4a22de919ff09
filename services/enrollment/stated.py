"""Amounts that a caller states for families about to be enrolled: the output of the rating action, unchanged (RA-18).

What lives here: reading them, and comparing them with a fresh rating. What does not: the rating, whose amounts are what
is written.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from services.insurance_errors import Refused, bad_payload
from services.member_rating.picture import MONEY

STATED = {"group_census_member_id": pl.String, "contract_plan_id": pl.String, **dict.fromkeys(MONEY, pl.Int64)}
"""Columns of stated amounts; cents are null where none is stated."""

_PAIRS = pl.List(pl.Struct({"key": pl.String, "value": pl.Float64}))
_COVERAGE = pl.Struct(
    {
        "coverageId": pl.String,
        "rates": _PAIRS,
        "proratedRates": _PAIRS,
        "contributions": pl.Struct({"employerPremiumAmount": pl.Float64, "employeePremiumAmount": pl.Float64}),
    }
)
_MEMBER = {
    "memberId": pl.String,
    "plans": pl.List(pl.Struct({"planId": pl.String, "coverages": pl.List(_COVERAGE)})),
}
_KEY = "NetUnitPrice"
_UNLIKE = -1
"""Cents of an amount that is no whole number of cents: it equals none."""


def read(output: Mapping[str, Any], plan_id: str) -> pl.DataFrame:
    """The coverages of a root plan in an output of the rating action, in the columns of `STATED`; a member of whom the
    output states none is a row without coverage.

    The output is `pricingResults` beside `errors`, bare or under `memberRatingOutputRep`. Refused where it has
    another shape.
    """
    members = _of_output(output, _MEMBER)
    plans = members.explode("plans", empty_as_null=False, keep_nulls=False).unnest("plans")
    rows = plans.filter(pl.col("planId") == plan_id).explode("coverages", empty_as_null=False, keep_nulls=False)
    shares = pl.col("contributions").struct
    stated = rows.unnest("coverages").select(
        group_census_member_id="memberId",
        contract_plan_id="coverageId",
        standard_cents=_cents(_of_pairs("rates")),
        prorated_cents=_cents(_of_pairs("proratedRates")),
        employer_cents=_cents(shares.field("employerPremiumAmount")),
        employee_cents=_cents(shares.field("employeePremiumAmount")),
    )
    bare = members.select(group_census_member_id="memberId").join(stated, on="group_census_member_id", how="anti")
    return pl.concat([stated, bare], how="diagonal")


def members_of(output: Mapping[str, Any]) -> list[str]:
    """The members that an output of the rating action is about. Refused where it has another shape."""
    ids = _of_output(output, {"memberId": pl.String})["memberId"]
    return ids.drop_nulls().unique(maintain_order=True).to_list()


def _of_output(output: Mapping[str, Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """The members of an output of the rating action, in these columns."""
    inner = output.get("memberRatingOutputRep", output)
    results = inner.get("pricingResults") if isinstance(inner, Mapping) else None
    if not isinstance(results, list):
        raise Refused(bad_payload(where="pricingResult", problem="It has no list of pricingResults."))
    try:
        return pl.DataFrame(results, schema=schema, strict=False)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError):
        raise Refused(bad_payload(where="pricingResult", problem="It isn't the output of the rating action.")) from None


def day_of(stated: pl.DataFrame, start: date, end: date) -> date | None:
    """The one day from which all that is stated was prorated by days, if there is one; the rating has to confirm it.

    The greatest premium of each member tells: 260 of 365 days of a premium are left from one day on only.
    """
    n_days = (end - start).days + 1
    told = stated.filter((pl.col("standard_cents") > 0) & (pl.col("prorated_cents") > 0))
    most = told.sort("standard_cents", descending=True).unique("group_census_member_id", keep="first")
    left = (2 * pl.col("prorated_cents") * n_days + pl.col("standard_cents")) // (2 * pl.col("standard_cents"))
    days = most.select(left.unique().alias("n"))["n"].to_list()
    return end - timedelta(days=int(days[0]) - 1) if len(days) == 1 and 1 <= days[0] <= n_days else None


def unlike(stated: pl.DataFrame, priced: pl.DataFrame) -> pl.DataFrame:
    """Families with a coverage whose stated amounts are not those of the rating: `family_id`.

    Members that nothing is stated of are left as they are rated; a coverage stated and not rated, or rated and not
    stated of a member of whom others are, is unlike.
    """
    of_members = stated.select("group_census_member_id").unique()
    ours = priced.join(of_members, on="group_census_member_id", how="semi").select("family_id", *STATED)
    both = ours.join(
        stated, on=["group_census_member_id", "contract_plan_id"], how="full", suffix="_stated", coalesce=True
    )
    is_same = pl.all_horizontal((pl.col(name) == pl.col(f"{name}_stated")).fill_null(value=False) for name in MONEY)
    families = priced.select("group_census_member_id", of="family_id").unique()
    odd = both.filter(~is_same).join(families, on="group_census_member_id", how="left")
    return odd.select(pl.coalesce("family_id", "of").alias("family_id")).unique().drop_nulls()


def _of_pairs(name: str) -> pl.Expr:
    """The value of the one key of a list of pairs; null where there is none."""
    return (
        pl.col(name)
        .list.eval(pl.element().struct.field("value").filter(pl.element().struct.field("key") == _KEY))
        .list.first()
    )


def _cents(dollars: pl.Expr) -> pl.Expr:
    """Whole cents of a decimal number; an amount with a part of a cent equals nothing."""
    cents = (dollars * 100).round(0)
    is_whole = (dollars * 100 - cents).abs() < 1e-4
    small = dollars.abs() < 1e13
    return pl.when(is_whole & small).then(cents).otherwise(_UNLIKE).cast(pl.Int64)
