"""Issues: what was wrong with lines of census files, and which coverages could not be rated.

What lives here: finding them by census and code. What does not: making them (`services.census_load`,
`services.results`) and writing the refused rows out (`services.refused`).
"""

from collections.abc import Sequence

import polars as pl

from services.book import Transaction

SHOWN = 30
"""Characters of a cell that a listing shows."""


def census_issues(tx: Transaction, census_ids: Sequence[str] = (), code: str | None = None) -> pl.DataFrame:
    """Issues of census files, by file and line. No census named: those of every census."""
    return tx.frame("issues.of_censuses", {"census_ids": list(census_ids), "code": code})


def rating_issues(tx: Transaction, census_ids: Sequence[str] = (), code: str | None = None) -> pl.DataFrame:
    """Issues of the runs to read, by the file and line that the member came from."""
    return tx.frame("issues.of_ratings", {"census_ids": list(census_ids), "code": code})


def known_codes(tx: Transaction) -> list[str]:
    """Codes of the issues that stand, of files and of ratings."""
    codes = pl.concat([census_issues(tx)["code"], rating_issues(tx)["code"]])
    return [str(code) for code in codes.unique().sort()]


def listed(issues: pl.DataFrame, most: int) -> list[tuple[str, ...]]:
    """The first issues as texts: file and line, about what, code, what is wrong and what to do."""
    line = pl.col("line_number").cast(pl.String).fill_null("all")
    if "lines" in issues.columns:
        line = pl.coalesce("lines", line)
    about = pl.col("plan")
    if "column_name" in issues.columns:
        cell = pl.col("raw_value").str.replace_all(r"\s+", " ").str.slice(0, SHOWN)
        about = (
            pl.when(cell.str.len_chars() > 0).then(pl.format("{}: {}", "column_name", cell)).otherwise("column_name")
        )
    where = pl.concat_str(pl.col("file_name").fill_null("?"), pl.lit(" : "), line)
    words = pl.concat_str("message", "hint", separator=" ", ignore_nulls=True)
    return issues.head(most).select(where.alias("where"), about.alias("about"), "code", words.alias("words")).rows()


def gathered(issues: pl.DataFrame) -> pl.DataFrame:
    """Issues of census files for people: errors first in each file, and a warning that many lines of a column share
    told once, with its lines in `lines`."""
    same = ["account", "census", "file_name", "column_name", "code", "message", "hint"]
    is_warning = pl.col("severity") == "warning"
    told = (
        issues.filter(is_warning)
        .group_by(same, maintain_order=True)
        .agg(
            pl.col("line_number").first(),
            pl.col("severity").first(),
            pl.when(pl.len() == 1).then(pl.col("raw_value").first()).alias("raw_value"),
            pl.when(pl.col("line_number").n_unique() > 1)
            .then(pl.format("{} to {}, {} lines", pl.col("line_number").min(), pl.col("line_number").max(), pl.len()))
            .alias("lines"),
        )
    )
    kept = pl.concat([issues.filter(~is_warning), told], how="diagonal_relaxed")
    return kept.sort("account", "census", "file_name", "severity", "line_number", nulls_last=False, maintain_order=True)
