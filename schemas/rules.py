"""Rules on rows, written once as Polars expressions and run by Pandera.

What lives here: `Rule`, the turning of rules into a Pandera schema, and the predicates that several sheets
or files share. What does not: the rules themselves (a module per area), and the reading of what Pandera
found (`schemas.issues`).

A rule speaks of typed columns beside the text they were read from. `holds` is true for a good row, false
for a bad one, and null where the row gives it nothing to judge, which passes: a rule that wants a value
says so itself (`required`). A Pandera check sees the whole frame, so a rule may read several columns; the
first of `columns` is the one blamed. Frames are eager: Pandera passes bad rows of a lazy one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """One rule on a row.

    `code` is stable and snake_case. `says` is what is wrong, `hint` the remedy; where the published
    services give a text, `says` is that text and `published_code` their code. An error refuses the
    row, a warning only tells.
    """

    code: str
    columns: tuple[str, ...]
    says: str
    holds: pl.Expr
    hint: str = ""
    severity: str = ERROR
    published_code: str | None = None

    def __post_init__(self) -> None:
        if not self.columns or self.severity not in (ERROR, WARNING):
            raise ValueError(f"The rule {self.code} needs a column to blame and a severity of error or warning.")


def schema_of(rules: Sequence[Rule]) -> pa.DataFrameSchema:
    """The Pandera schema of some rules: one check each, named by its place in `rules`.

    Each check hangs on the column it blames. Its failure cases are cut to one, since Pandera turns every
    one into Python objects: what failed is read from the check's own mask (`schemas.issues`).
    """
    by_column: dict[str, list[pa.Check]] = {}
    for place, rule in enumerate(rules):
        check = pa.Check(_judge, name=str(place), error=rule.code, n_failure_cases=1, holds=rule.holds)
        by_column.setdefault(rule.columns[0], []).append(check)
    columns = {name: pa.Column(None, checks=checks, nullable=True) for name, checks in by_column.items()}
    return pa.DataFrameSchema(columns)


def _judge(data: pa.PolarsData, *, holds: pl.Expr) -> pl.LazyFrame:
    return data.lazyframe.select(holds)


def required(column: str) -> pl.Expr:
    """The text has more than blanks."""
    return pl.col(column).str.strip_chars().fill_null("") != ""


def stated(column: str) -> pl.Expr:
    """The typed value is there."""
    return pl.col(column).is_not_null()


def readable(text: str, typed: str) -> pl.Expr:
    """What was written could be read: a text that is not blank has a typed value."""
    return ~(required(text) & pl.col(typed).is_null())


def one_of(column: str, values: Iterable[Any]) -> pl.Expr:
    """The value is in the list; null passes."""
    return pl.col(column).is_in(list(values))


def at_most_chars(column: str, longest: int) -> pl.Expr:
    """The text is at most so long; longer is refused, never cut (OB-7)."""
    return pl.col(column).str.len_chars() <= longest


def between(column: str, lowest: Any = None, highest: Any = None) -> pl.Expr:
    """The value lies in the range, ends included; null passes."""
    if lowest is None:
        return pl.col(column) <= highest
    return pl.col(column) >= lowest if highest is None else pl.col(column).is_between(lowest, highest)


def not_after(first: str, last: str) -> pl.Expr:
    """The first value is not after the second; a null on either side passes."""
    return pl.col(first) <= pl.col(last)


def at_most_places(column: str, places: int) -> pl.Expr:
    """A number written as text has at most so many decimals; trailing zeros do not count."""
    return pl.col(column).str.extract(r"\.(\d*?)0*\s*$", 1).str.len_chars().fill_null(0) <= places


def first_of(*columns: str, ignoring_case: bool = False) -> pl.Expr:
    """The row is the first with its values in these columns: later copies fail, the first stays.

    A row with a null among them passes. (Pandera's own `unique` blames every copy.)
    """
    values = [pl.col(c).str.to_lowercase() if ignoring_case else pl.col(c) for c in columns]
    blank = pl.any_horizontal([pl.col(c).is_null() for c in columns])
    together = pl.struct(values) if len(values) > 1 else values[0]
    return blank | together.is_first_distinct()
