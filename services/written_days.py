"""Days as requests write them, yyyy-MM-dd: one text, or a column of texts.

What lives here: `day` and `days`. What does not: timestamps (`services.member_rating.words`), the days of files
(`services.intake`) and what is told of a text that is no day (its callers).
"""

import re
from datetime import date

import polars as pl

_WRITTEN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def day(text: str) -> date | None:
    """The day; None for any other text, also for other spellings that Python reads as one.

    >>> [day(text) for text in ("2026-02-28", "2026-02-30", "2026-W30-1", "0000-01-01")]
    [datetime.date(2026, 2, 28), None, None, None]
    """
    try:
        return date.fromisoformat(text) if re.fullmatch(_WRITTEN, text) else None
    except ValueError:
        return None


def days(texts: pl.Expr) -> pl.Expr:
    """The same of a column. There is no year 0: a book would take one, and no reader could read its record again.

    >>> pl.select(days(pl.Series(["2026-02-28", "2026-02-30", "2026-2-3", "0000-01-01", None]))).to_series().to_list()
    [datetime.date(2026, 2, 28), None, None, None, None]
    """
    written = pl.when(texts.str.contains(f"^{_WRITTEN}$") & ~texts.str.starts_with("0000")).then(texts)
    return written.str.to_date("%Y-%m-%d", strict=False)
