"""The two published spellings of an answer on rated members, as JSON text.

What lives here: the REST spelling (maps under `data`, nulls left out, totals of each member and of the family) and
that of the action (lists of key and value, nulls written). What does not: what is answered (`picture`).

Text is made by columns, a level at a time from the coverages up, so that two thousand members cost what a hundred do a
few times over; amounts are written from whole cents and never pass through a float.

Source: rating half, conventions 8 and 9.
"""

from dataclasses import dataclass
from functools import cache

import orjson
import polars as pl

from services.member_rating.picture import MONEY, Picture
from services.one_go import collected


@dataclass(frozen=True)
class Spelling:
    """How maps, ids and nulls are written."""

    is_rest: bool

    @property
    def plan_key(self) -> str:
        """The property that holds a plan's id."""
        return "id" if self.is_rest else "planId"

    def rates(self, amount: str) -> pl.Expr:
        """A map of the three rate keys; empty where there is no price. A member coverage has the quantity 1 and no
        tax.
        """
        text = pl.col(amount)
        if self.is_rest:
            parts = ('{"data":{"NetUnitPrice":', text, ',"NetTotalPrice":', text, ',"StandardQLITaxAmount":0.00}}')
            return joined(*parts).fill_null('{"data":{}}')
        parts = (
            '[{"key":"NetUnitPrice","value":', text, '},{"key":"NetTotalPrice","value":', text,
            '},{"key":"StandardQLITaxAmount","value":0.00}]',
        )  # fmt: skip
        return joined(*parts).fill_null("[]")

    def shares(self, errors: pl.Expr | str, *, rule: str | None = None) -> pl.Expr:
        """The split: employer's and employee's part, and the rule that made it."""
        amounts = joined(
            '"employerPremiumAmount":', pl.col("employer"), ',"employeePremiumAmount":', pl.col("employee"), ","
        ).fill_null("" if self.is_rest else '"employerPremiumAmount":null,"employeePremiumAmount":null,')
        none = "" if self.is_rest else '"groupClassContributionId":null,'
        named = none if rule is None else joined('"groupClassContributionId":"', pl.col(rule), '",').fill_null(none)
        return joined("{", amounts, named, '"errors":[', errors, "]}")


REST = Spelling(is_rest=True)
ACTION = Spelling(is_rest=False)


def spelled(picture: Picture, spelling: Spelling) -> bytes:
    """`pricingResults`: a JSON list with an entry for each member, in the order of the picture."""
    has_faults = not picture.faults.is_empty()
    coverages = _with_errors(picture, picture.coverages.lazy().with_columns(AMOUNTS), "c", "share")
    under = coverages.select("m", "p", text=_coverage_text(spelling, has_faults))
    under = under.group_by("m", "p", maintain_order=True).agg(pl.col("text").str.join(",").alias("under"))
    totals = picture.plan_totals().lazy().with_columns(AMOUNTS)
    plans = picture.plans.lazy().join(totals, on=["m", "p"], how="left").join(under, on=["m", "p"], how="left")
    under = _with_errors(picture, plans, "p").select("m", text=_plan_text(spelling, has_faults))
    under = under.group_by("m", maintain_order=True).agg(pl.col("text").str.join(",").alias("under"))
    members = picture.members.lazy().join(under, on="m", how="left")
    if spelling.is_rest:
        members = members.join(picture.member_totals().lazy().with_columns(AMOUNTS), on="m", how="left")
    members = _with_errors(picture, members, "m").sort("m")
    text = members.select(text=_member_text(spelling, has_faults).str.join(","))
    return f"[{collected(text)['text'].item()}]".encode()


@cache
def _coverage_text(spelling: Spelling, has_faults: bool) -> pl.Expr:
    return joined(
        '{"coverageId":', quoted("coverage_id"), ',"errors":[', _errors("c", has_faults), '],"rates":',
        spelling.rates("standard"), ',"proratedRates":', spelling.rates("prorated"),
        ',"contributions":', spelling.shares(_errors("share", has_faults), rule="contribution_rule_id"), "}",
    )  # fmt: skip


@cache
def _plan_text(spelling: Spelling, has_faults: bool) -> pl.Expr:
    return joined(
        f'{{"{spelling.plan_key}":', quoted("plan_id"), ',"errors":[', _errors("p", has_faults), '],"rates":',
        spelling.rates("standard"), ',"proratedRates":', spelling.rates("prorated"),
        ',"contributions":', spelling.shares(""), ',"coverages":[', _listed("under"), "]}",
    )  # fmt: skip


@cache
def _member_text(spelling: Spelling, has_faults: bool) -> pl.Expr:
    totals = (',"totals":', _totals(spelling)) if spelling.is_rest else ()
    return joined(
        '{"memberId":', quoted("member_id"), ',"errors":[', _errors("m", has_faults), '],"plans":[', _listed("under"),
        "]", *totals, "}",
    )  # fmt: skip


def family_totals(picture: Picture) -> bytes:
    """The totals of all members of a REST answer; empty, and not zero, where nothing has a price."""
    sums = picture.member_totals().lazy().select(pl.when(pl.len() > 0).then(pl.col(*MONEY).sum()))
    sums = sums.with_columns(AMOUNTS)
    return str(collected(sums.select(_totals(REST).alias("text")))["text"].item()).encode()


def dollars(cents: str) -> pl.Expr:
    """Whole cents, never negative, as a JSON number with two places."""
    column = pl.col(cents)
    return (column // 100).cast(pl.String) + "." + (column % 100).cast(pl.String).str.zfill(2)


AMOUNTS = [dollars(cents).alias(cents.removesuffix("_cents")) for cents in MONEY]
"""The texts of amounts: `standard`, `prorated`, `employer`, `employee`."""


def quoted(name: str) -> pl.Expr:
    """A text, perhaps a caller's own, as a JSON string."""
    return pl.struct(x=pl.col(name)).struct.json_encode().str.strip_prefix('{"x":').str.strip_suffix("}")


def joined(*parts: pl.Expr | str) -> pl.Expr:
    """Texts one after the other."""
    texts = [part for part in parts if not isinstance(part, str) or part]
    return pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in texts])


@cache
def _totals(spelling: Spelling) -> pl.Expr:
    return joined(
        '{"rates":', spelling.rates("standard"), ',"proratedRates":', spelling.rates("prorated"),
        ',"contributions":', spelling.shares(""), "}",
    )  # fmt: skip


def _listed(name: str) -> pl.Expr:
    return pl.col(name).fill_null("")


def _errors(level: str, has_faults: bool) -> pl.Expr | str:
    return _listed(f"errors_of_{level}") if has_faults else ""


_LEVELS: dict[str, tuple[pl.Expr, list[str]]] = {
    "m": (pl.col("p").is_null(), ["m"]),
    "p": (pl.col("p").is_not_null() & pl.col("c").is_null(), ["m", "p"]),
    "c": (pl.col("c").is_not_null() & ~pl.col("is_of_share"), ["m", "p", "c"]),
    "share": (pl.col("c").is_not_null() & pl.col("is_of_share"), ["m", "p", "c"]),
}
"""Where errors stand: which of the faults do, and the place of each."""


def _with_errors(picture: Picture, rows: pl.LazyFrame, *levels: str) -> pl.LazyFrame:
    """Rows beside their errors of some levels: `errors_of_...`, JSON objects one after the other."""
    faults = picture.faults
    if faults.is_empty():
        return rows
    words = {text: orjson.dumps(text).decode() for text in faults["message"].unique().to_list()}
    text = joined(
        '{"code":"', pl.col("code"), '","message":', pl.col("message").replace_strict(words, return_dtype=pl.String),
        ',"additionalInfo":', pl.col("info").fill_null("{}"), "}",
    )  # fmt: skip
    for level in levels:
        here, places = _LEVELS[level]
        name = f"errors_of_{level}"
        told = faults.lazy().filter(here).select(*places, text.alias(name))
        told = told.group_by(places, maintain_order=True).agg(pl.col(name).str.join(","))
        rows = rows.join(told, on=places, how="left")
    return rows
