"""The picture of an answer on rated members: members, their plans, the coverages of those, and what was wrong with
each.

What lives here: `Picture`, filling it with prices, and its totals. What does not: which members and plans are asked for
(`rate`, `action`), how the picture is spelled (`spelling`).
"""

from dataclasses import dataclass
from functools import cached_property

import orjson
import polars as pl

from services.core_columns import is_blank
from services.insurance_errors import InsuranceError
from services.one_go import collected

MONEY = ("standard_cents", "prorated_cents", "employer_cents", "employee_cents")

FAULTS = pl.Schema(
    {
        "m": pl.Int32,
        "p": pl.Int32,
        "c": pl.Int32,
        "is_of_share": pl.Boolean,
        "code": pl.String,
        "message": pl.String,
        "info": pl.String,
    }
)
"""What is wrong, at the level it belongs to: `p` and `c` are null above that level; `info` is JSON, null for none."""

PART_UNRATED = InsuranceError("GB-RATE-010", "One or more coverages couldn't be rated.")
STRAY = InsuranceError("GB-RATE-007", "Coverage doesn't belong to the specified plan.")
OPTED_OUT, NOT_ELIGIBLE = "GB-RATE-009", "GB-RATE-014"
_OF_THE_MEMBER = "GB-RATE-012"


@dataclass(frozen=True)
class Picture:
    """What is answered, in the order of the answer.

    `members`: `m`, `member_id`. `plans`: `m`, `p`, `plan_id`. `coverages`: `m`, `p`, `c`, `coverage_id`, the four
    amounts in cents (null where the coverage has no price) and `contribution_rule_id`. `faults`: as `FAULTS` says.
    """

    members: pl.DataFrame
    plans: pl.DataFrame
    coverages: pl.DataFrame
    faults: pl.DataFrame

    def plan_totals(self) -> pl.DataFrame:
        """`m`, `p` and the amounts of the coverages that have a price; plans without any are left out."""
        return self._totals_of_plans

    def member_totals(self) -> pl.DataFrame:
        """`m` and the same over all plans of a member."""
        return self._totals_of_members

    @cached_property
    def _totals_of_plans(self) -> pl.DataFrame:
        priced = self.coverages.lazy().filter(pl.col("standard_cents").is_not_null())
        return collected(priced.group_by("m", "p", maintain_order=True).agg(pl.col(*MONEY).sum()))

    @cached_property
    def _totals_of_members(self) -> pl.DataFrame:
        return collected(self._totals_of_plans.lazy().group_by("m", maintain_order=True).agg(pl.col(*MONEY).sum()))


def faults_of(rows: pl.DataFrame, error: InsuranceError) -> pl.DataFrame:
    """The same error at each of some places: `rows` has `m`, and `p` and `c` where the level has them."""
    places = [pl.col(name) if name in rows.columns else pl.lit(None).alias(name) for name in ("m", "p", "c")]
    words = {"code": error.code, "message": error.message}
    return rows.select(
        *places,
        is_of_share=pl.lit(value=False),
        **{name: pl.lit(text) for name, text in words.items()},
        info=pl.lit(orjson.dumps(error.info).decode() if error.info else None),
    ).cast(FAULTS)


NO_PRICES = {
    **dict.fromkeys(
        (
            "group_census_member_id", "root_plan_id", "contract_plan_id", "contribution_rule_id", "severity", "issue",
            "published_code", "message", "hint", "tier", "rate_table_id",
        ),
        pl.String,
    ),
    "age": pl.Int16,
    "rate_date": pl.Date,
    **dict.fromkeys(MONEY, pl.Int64),
}  # fmt: skip
"""The columns of prices that a picture reads."""

NO_FAULTS = pl.DataFrame(schema=FAULTS)

STRAYS = {"m": pl.Int32, "p": pl.Int32, "coverage_id": pl.String, "order": pl.Int32}


def filled(
    members: pl.DataFrame,
    plans: pl.DataFrame,
    wanted: pl.DataFrame,
    priced: pl.DataFrame,
    faults: pl.DataFrame,
    *,
    strays: pl.DataFrame | None = None,
    stray: InsuranceError = STRAY,
) -> Picture:
    """The picture with prices in it.

    `wanted`: `m`, `p`, `coverage_id`, `order` of the coverages that the answer names first; the others of a plan
    (mandatory ones) follow by id. `priced`: rows of `services.pricing` of any members and plans; those of the picture
    are taken. `strays` are coverages named that are none of their plan's (as `wanted`): they stand in the answer with
    the error `stray`.
    """
    if priced.is_empty():
        priced = pl.DataFrame(schema=NO_PRICES)
    found = priced.lazy().select(
        "group_census_member_id", "root_plan_id", "contribution_rule_id", "severity", "issue", "published_code",
        "message", "hint", "age", "tier", "rate_date", "rate_table_id", *MONEY, coverage_id="contract_plan_id",
    )  # fmt: skip
    whose = members.lazy().select("m", group_census_member_id="member_id")
    at = plans.lazy().select("m", "p", root_plan_id="plan_id").join(whose, on="m")
    rows = at.join(found, on=["group_census_member_id", "root_plan_id"])
    if wanted.is_empty():
        rows = rows.with_columns(order=pl.lit(None, pl.Int32))
    else:
        rows = rows.join(wanted.lazy(), on=["m", "p", "coverage_id"], how="left")
    rows = collected(rows.sort("m", "p", "order", "coverage_id", nulls_last=True))
    refused = _plans_refused(rows)
    if refused.height:
        rows = rows.join(refused, on=["m", "p"], how="anti")
    if strays is not None and strays.height:
        said = {"severity": "error", "issue": "STRAY", "published_code": stray.code, "message": stray.message}
        odd = strays.with_columns(pl.lit(text).alias(name) for name, text in said.items())
        rows = pl.concat([rows, odd], how="diagonal").sort("m", "p", "order", "coverage_id", nulls_last=True)
    has_price = pl.col("severity").is_null() | (pl.col("severity") != "error")
    coverages = collected(
        rows.lazy().with_columns(
            pl.when(has_price).then(pl.col("contribution_rule_id", *MONEY)),
            c=pl.int_range(pl.len(), dtype=pl.Int32).over("m", "p"),
        )
    )
    told = pl.concat([faults, _of_plans(refused), _of_coverages(coverages)])
    return Picture(members, plans, coverages[["m", "p", "c", "coverage_id", "contribution_rule_id", *MONEY]], told)


def _plans_refused(rows: pl.DataFrame) -> pl.DataFrame:
    """Plans of which nothing may be priced, with why: opted out of, or not open to the member's class (MR-12,
    MR-14).
    """
    is_barred = pl.col("published_code").is_in([OPTED_OUT, NOT_ELIGIBLE])
    if is_blank(rows["published_code"]):
        return rows[:0][["m", "p", "published_code", "message"]]
    return (
        rows.group_by("m", "p", maintain_order=True)
        .agg(is_barred.fill_null(False).all().alias("is_all"), pl.col("published_code", "message").first())
        .filter("is_all")
        .drop("is_all")
    )


def _of_plans(refused: pl.DataFrame) -> pl.DataFrame:
    if refused.is_empty():
        return NO_FAULTS
    return refused.select(
        "m", "p", c=pl.lit(None), is_of_share=pl.lit(value=False), code="published_code", message="message",
        info=pl.lit(None),
    ).cast(FAULTS)  # fmt: skip


def _of_coverages(coverages: pl.DataFrame) -> pl.DataFrame:
    """What is wrong with coverages; what their members lack once more on the member; and plans priced in part."""
    if is_blank(coverages["issue"]):
        return NO_FAULTS
    wrong = coverages.filter(pl.col("issue").is_not_null())
    keys = pl.struct(
        rateTableId="rate_table_id",
        rateDate=pl.col("rate_date").cast(pl.String),
        age="age",
        tier="tier",
        remedy="hint",
        issue="issue",
    ).struct.json_encode()
    own = wrong.select(
        "m", "p", "c",
        is_of_share=pl.col("severity") != "error",
        code="published_code",
        message="message",
        info=keys,
    )  # fmt: skip
    lacking = own.filter(pl.col("code") == _OF_THE_MEMBER).unique(["m", "message"], maintain_order=True, keep="first")
    lacking = lacking.with_columns(p=pl.lit(None, pl.Int32), c=pl.lit(None, pl.Int32))
    partly = own.filter(~pl.col("is_of_share")).unique(["m", "p"], maintain_order=True).select("m", "p")
    return pl.concat([own.cast(FAULTS), lacking.cast(FAULTS), faults_of(partly, PART_UNRATED)])
