"""What is said of refused selections: published codes and texts.

What lives here: the codes of member plans, and faults of a verdict turned into published errors. What does not: finding
faults (`judge`), and the texts of a Std service (`std`).
"""

import polars as pl

from services.census_load.kinds import KINDS
from services.insurance_errors import InsuranceError
from services.selections.judge import Verdict

NOT_ENROLLMENT = InsuranceError("GB-MPL-001", "Plans can be configured only for an enrollment census.")

_OWN: dict[str, tuple[str, str]] = {
    "plan_not_held": ("SF-0001-0005", "Specify a valid input for {side}."),
    "coverage_mandatory": ("GB-MPL-006", "Coverage {} is mandatory."),
    "window_closed": ("GB-MPL-008", "Plan {} can't be chosen today: its enrollment period is over, or has not begun."),
}
"""Codes of requests; the others are those of a census file (`services.census_load.kinds`)."""


def said_of(code: str) -> tuple[str, str]:
    """Published code and text of a fault; `{}` stands for the name, `{side}` for the caller's property."""
    if code in _OWN:
        return _OWN[code]
    kind = KINDS[code]
    return kind.published_code or code, kind.says


def told(verdict: Verdict, added: pl.DataFrame, sides: dict[str, str]) -> pl.DataFrame:
    """Every fault with `published`, `message`, `word` (the id as written) and `property`, in the order of the request.

    `added` and the removals are the wishes of the request (`at`, `word`); `sides` says how the request calls each side.
    """
    words = added.select("side", "at", "word")
    codes = verdict.faults["code"].unique().to_list()
    texts = pl.DataFrame(
        [(code, *said_of(code)) for code in codes],
        schema={"code": pl.String, "published": pl.String, "text": pl.String},
        orient="row",
    )
    joined = verdict.faults.join(texts, on="code", how="left", maintain_order="left").join(
        words, on=["side", "at"], how="left", maintain_order="left"
    )
    side = pl.col("side").replace(sides)
    message = pl.col("text").str.replace("{}", pl.col("name").fill_null(""), literal=True)
    return joined.with_columns(message=message.str.replace("{side}", side, literal=True), property=side)


def errors_of(faults: pl.DataFrame) -> list[InsuranceError]:
    """The faults of `told` as published errors, each with the id it is about."""
    return [
        InsuranceError(one["published"], one["message"], {"planId": one["word"]})
        for one in faults.select("published", "message", "word").to_dicts()
    ]
