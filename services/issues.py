"""Issues: what was wrong with lines of census files, and which coverages could not be rated.

What lives here: finding them by census and code. What does not: making them (`services.census_load`,
`services.results`) and writing the refused rows out (`services.refused`).
"""

from collections.abc import Sequence

import polars as pl

from services.book import Transaction


def census_issues(tx: Transaction, census_ids: Sequence[str] = (), code: str | None = None) -> pl.DataFrame:
    """Issues of census files, by file and line. No census named: those of every census."""
    return tx.frame("issues.of_censuses", {"census_ids": list(census_ids), "code": code})


def rating_issues(tx: Transaction, census_ids: Sequence[str] = (), code: str | None = None) -> pl.DataFrame:
    """Issues of the runs to read, by the file and line that the member came from."""
    return tx.frame("issues.of_ratings", {"census_ids": list(census_ids), "code": code})


def listed(issues: pl.DataFrame, most: int) -> list[tuple[str, ...]]:
    """The first issues as texts: file and line, about what, code, what is wrong and what to do."""
    about = "column_name" if "column_name" in issues.columns else "plan"
    line = pl.col("line_number").cast(pl.String).fill_null("all")
    where = pl.concat_str(pl.col("file_name").fill_null("?"), pl.lit(" : "), line)
    words = pl.concat_str("message", "hint", separator=" ", ignore_nulls=True)
    return issues.head(most).select(where.alias("where"), about, "code", words.alias("words")).rows()
