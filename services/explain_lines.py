"""What a line of an explanation is, and how lines become rows.

What lives here: `Line` and its parts, and `rows_of`, which numbers the lines of each coverage. What does not: which
lines there are (`services.explain_words`, `services.explain_shares`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from rating.codes import UNRATED, Issue
from services.explain_facts import IDS
from services.explain_numbers import fraction

MOST = 20
"""More factors than an exact amount may have (`rating.money.Ratio`)."""

NOTHING = pl.lit(None, dtype=pl.Int64)
UNRATED_NAMES = tuple(issue.name for issue in Issue if issue >= UNRATED)

COMPUTED_ZEROS = ("FILED_ZERO", "BELOW_HALF_CENT", "NOT_CHARGED")
"""Reasons of a premium that came out as zero on the way; with the others there is nothing to compute."""

is_rated = pl.col("issue").is_null() | ~pl.col("issue").is_in(UNRATED_NAMES)
is_charged = is_rated & (pl.col("zero_reason").is_null() | pl.col("zero_reason").is_in(COMPUTED_ZEROS))
is_whole = pl.col("n_pieces") == 0


@dataclass(frozen=True)
class Line:
    """One line, over all coverages for which `when` holds: its kind, its words, and the number it brings.

    `value_e6` is a rate, factor, percent or count in millionths, `cents` the money after the line.
    """

    kind: str
    when: pl.Expr
    says: pl.Expr
    value_e6: pl.Expr = NOTHING
    cents: pl.Expr = NOTHING


def said(*parts: pl.Expr | str) -> pl.Expr:
    """Words put together; parts of which something is unknown are left out."""
    return pl.concat_str([pl.lit(each) if isinstance(each, str) else each for each in parts], ignore_nulls=True)


def given(*parts: pl.Expr | str) -> pl.Expr:
    """Words that make sense only together: nothing where one of them is unknown."""
    return pl.concat_str([pl.lit(each) if isinstance(each, str) else each for each in parts])


def column(name: str) -> pl.Expr:
    """A column as words."""
    return pl.col(name).cast(pl.String)


def words(name: str, meaning: Mapping[str, str]) -> pl.Expr:
    """A code in words; a code that has none as it is."""
    return pl.col(name).replace(dict(meaning))


def product(frame: pl.DataFrame, what: str) -> pl.Expr:
    """The exact dollars of an amount that the core noted as factors (`Notes.write_ratio`); null where it did not."""
    times, by = (
        [pl.col(f"{what}_{side}_{n}").fill_null(1) for n in range(1, MOST) if f"{what}_{side}_{n}" in frame.columns]
        for side in ("times", "by")
    )
    exact = fraction(times, by, pl.col(f"{what}_tens").fill_null(0))
    return pl.when(pl.col(f"{what}_times_1").is_not_null()).then(exact)


def rows_of(frame: pl.DataFrame, lines: Sequence[Line | pl.DataFrame]) -> pl.DataFrame:
    """The lines in their order, numbered from 1 within each coverage.

    Among the lines stand frames of rows made otherwise (`row`, `kind`, `says`, `value_e6`, `cents`).
    """
    told = frame.select(each.when.any().alias(str(at)) for at, each in enumerate(lines) if isinstance(each, Line))
    is_told = told.row(0, named=True)  # most kinds of line are of few coverages: no words are made for nobody
    parts = [
        (_rows(frame, each) if isinstance(each, Line) else each).with_columns(at=pl.lit(at))
        for at, each in enumerate(lines)
        if not isinstance(each, Line) or is_told[str(at)]
    ]
    made = pl.concat(parts)
    made = made.sort("row", "at", maintain_order=True)
    made = made.with_columns(step=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("row"))
    ids = frame.select("row", *IDS)
    return made.join(ids, on="row", how="left", maintain_order="left").select(
        "row", *IDS, "step", "kind", "says", "value_e6", "cents"
    )


def _rows(frame: pl.DataFrame, line: Line) -> pl.DataFrame:
    """The rows of one kind of line; planned whole, so that it reads few columns and finds a number once."""
    made = (
        frame.lazy()
        .filter(line.when)
        .select(
            "row",
            kind=pl.lit(line.kind),
            says=line.says,
            value_e6=line.value_e6.cast(pl.Int64),
            cents=line.cents.cast(pl.Int64),
        )
    )
    return made.collect()
