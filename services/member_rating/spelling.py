"""The two published spellings of an answer on rated members, as JSON text.

What lives here: the REST spelling (maps under `data`, nulls left out, totals of each member and of the family) and
that of the action (lists of key and value, nulls written). What does not: what is answered (`picture`).

Text is made by columns, a level at a time from the coverages up, so that two thousand members cost what a hundred do a
few times over; amounts are written from whole cents and never pass through a float.

Source: rating half, conventions 8 and 9.
"""

from dataclasses import dataclass

import orjson
import polars as pl

from services.member_rating.picture import MONEY, Picture


@dataclass(frozen=True)
class Spelling:
    """How maps, ids and nulls are written."""

    is_rest: bool

    @property
    def plan_key(self) -> str:
        """The property that holds a plan's id."""
        return "id" if self.is_rest else "planId"

    def rates(self, cents: str) -> pl.Expr:
        """A map of the three rate keys; empty where there is no price. A member coverage has the quantity 1 and no
        tax.
        """
        amount = dollars(cents)
        if self.is_rest:
            parts = ('{"data":{"NetUnitPrice":', amount, ',"NetTotalPrice":', amount, ',"StandardQLITaxAmount":0.00}}')
            return pl.when(pl.col(cents).is_null()).then(pl.lit('{"data":{}}')).otherwise(joined(*parts))
        parts = (
            '[{"key":"NetUnitPrice","value":', amount, '},{"key":"NetTotalPrice","value":', amount,
            '},{"key":"StandardQLITaxAmount","value":0.00}]',
        )  # fmt: skip
        return pl.when(pl.col(cents).is_null()).then(pl.lit("[]")).otherwise(joined(*parts))

    def shares(self, rule: pl.Expr | None, errors: pl.Expr) -> pl.Expr:
        """The split: employer's and employee's part, and the rule that made it."""
        amounts = pl.when(pl.col("employer_cents").is_null()).then(
            pl.lit("" if self.is_rest else '"employerPremiumAmount":null,"employeePremiumAmount":null,')
        ).otherwise(
            joined(
                '"employerPremiumAmount":', dollars("employer_cents"),
                ',"employeePremiumAmount":', dollars("employee_cents"), ",",
            )
        )  # fmt: skip
        none = pl.lit("" if self.is_rest else '"groupClassContributionId":null,')
        named = none if rule is None else (
            pl.when(rule.is_null()).then(none).otherwise(joined('"groupClassContributionId":"', rule, '",'))
        )  # fmt: skip
        return joined("{", amounts, named, '"errors":[', errors, "]}")


REST = Spelling(is_rest=True)
ACTION = Spelling(is_rest=False)


def spelled(picture: Picture, spelling: Spelling) -> bytes:
    """`pricingResults`: a JSON list with an entry for each member, in the order of the picture."""
    coverages = picture.coverages.join(_errors(picture, is_of_share=False), on=["m", "p", "c"], how="left")
    coverages = coverages.join(
        _errors(picture, is_of_share=True).rename({"errors": "share_errors"}), on=["m", "p", "c"], how="left"
    )
    texts = coverages.select(
        "m", "p",
        text=joined(
            '{"coverageId":', quoted("coverage_id"), ',"errors":[', _listed("errors"),
            '],"rates":', spelling.rates("standard_cents"), ',"proratedRates":', spelling.rates("prorated_cents"),
            ',"contributions":', spelling.shares(pl.col("contribution_rule_id"), _listed("share_errors")), "}",
        ),
    )  # fmt: skip
    under = texts.group_by("m", "p").agg(pl.col("text").str.join(",").alias("under"))
    plans = (
        picture.plans.join(picture.plan_totals(), on=["m", "p"], how="left")
        .join(under, on=["m", "p"], how="left")
        .join(_errors(picture, level="p"), on=["m", "p"], how="left")
    )
    texts = plans.select(
        "m",
        text=joined(
            f'{{"{spelling.plan_key}":', quoted("plan_id"), ',"errors":[', _listed("errors"),
            '],"rates":', spelling.rates("standard_cents"), ',"proratedRates":', spelling.rates("prorated_cents"),
            ',"contributions":', spelling.shares(None, pl.lit("")),
            ',"coverages":[', _listed("under"), "]}",
        ),
    )  # fmt: skip
    under = texts.group_by("m", maintain_order=True).agg(pl.col("text").str.join(",").alias("under"))
    members = (
        picture.members.join(under, on="m", how="left")
        .join(_errors(picture, level="m"), on="m", how="left")
        .join(picture.member_totals(), on="m", how="left")
        .sort("m")
    )
    totals = joined(',"totals":', _totals(spelling)) if spelling.is_rest else pl.lit("")
    text = members.select(
        joined(
            '{"memberId":', quoted("member_id"), ',"errors":[', _listed("errors"), '],"plans":[', _listed("under"), "]",
            totals, "}",
        ).alias("text")
    )["text"]  # fmt: skip
    return f"[{text.str.join(',').item()}]".encode()


def family_totals(picture: Picture) -> bytes:
    """The totals of all members of a REST answer."""
    sums = picture.member_totals().select(pl.col(*MONEY).sum())
    return str(sums.select(_totals(REST).alias("text"))["text"].item()).encode()


def dollars(cents: str) -> pl.Expr:
    """Whole cents, never negative, as a JSON number with two places."""
    column = pl.col(cents)
    return (column // 100).cast(pl.String) + "." + (column % 100).cast(pl.String).str.zfill(2)


def quoted(name: str) -> pl.Expr:
    """A text, perhaps a caller's own, as a JSON string."""
    return pl.struct(x=pl.col(name)).struct.json_encode().str.strip_prefix('{"x":').str.strip_suffix("}")


def joined(*parts: "pl.Expr | str") -> pl.Expr:
    """Texts one after the other."""
    return pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in parts])


def _totals(spelling: Spelling) -> pl.Expr:
    return joined(
        '{"rates":', spelling.rates("standard_cents"), ',"proratedRates":', spelling.rates("prorated_cents"),
        ',"contributions":', spelling.shares(None, pl.lit("")), "}",
    )  # fmt: skip


def _listed(name: str) -> pl.Expr:
    return pl.col(name).fill_null("")


def _errors(picture: Picture, *, level: str = "c", is_of_share: bool = False) -> pl.DataFrame:
    """The errors of each place of a level as JSON objects one after the other: `errors`."""
    here = {
        "m": pl.col("p").is_null(),
        "p": pl.col("p").is_not_null() & pl.col("c").is_null(),
        "c": pl.col("c").is_not_null() & (pl.col("is_of_share") == is_of_share),
    }[level]
    places = {"m": ["m"], "p": ["m", "p"], "c": ["m", "p", "c"]}[level]
    rows = picture.faults.filter(here)
    words = {text: orjson.dumps(text).decode() for text in rows["message"].unique().to_list()}
    text = joined(
        '{"code":"', pl.col("code"), '","message":', pl.col("message").replace_strict(words, return_dtype=pl.String),
        ',"additionalInfo":', pl.col("info").fill_null("{}"), "}",
    )  # fmt: skip
    return rows.select(*places, errors=text).group_by(places, maintain_order=True).agg(pl.col("errors").str.join(","))
