"""The ledger of a load: what was wrong, and who is refused for it.

What lives here: collecting issues while the load goes on, and the mask of refused persons. What does not: their words
and codes (kinds.py), and the finding of faults.
"""

from dataclasses import dataclass, field

import polars as pl

from services.census_load.kinds import ERROR, KINDS, ROW

ISSUES = pl.Schema(
    {
        "file_no": pl.Int32,
        "line_number": pl.Int32,
        "person_no": pl.Int16,
        "person": pl.UInt32,
        "scope": pl.String,
        "severity": pl.String,
        "code": pl.String,
        "published_code": pl.String,
        "field": pl.String,
        "column_name": pl.String,
        "raw_value": pl.String,
        "message": pl.String,
        "hint": pl.String,
    }
)
"""Columns of the issues of a load, before ids of files and censuses are put in. `field` is the field blamed where
the heading that holds it, `column_name`, is not known yet."""

_NONE = ISSUES.to_frame()


@dataclass
class Ledger:
    """Issues so far and the persons they refuse. `refused` holds one Boolean for every landed person."""

    refused: pl.Series
    frames: list[pl.DataFrame] = field(default_factory=list)

    @classmethod
    def of(cls, n_persons: int) -> "Ledger":
        """An empty ledger: nobody is refused."""
        return cls(pl.Series("refused", [False]).new_from_index(0, n_persons))

    def add(self, issues: pl.DataFrame) -> None:
        """Take up issues; those of scope row and severity error refuse their person."""
        if issues.is_empty():
            return
        self.frames.append(pl.concat([_NONE, issues], how="diagonal"))
        if {"person", "scope", "severity"} <= set(issues.columns):
            self.refuse(issues.filter((pl.col("scope") == ROW) & (pl.col("severity") == ERROR))["person"].drop_nulls())

    def refuse(self, persons: pl.Series) -> None:
        """Mark persons as refused, where the issue that says why is already written."""
        if len(persons):
            self.refused = self.refused.scatter(persons, True)

    def say(self, code: str, who: pl.DataFrame) -> None:
        """Write one issue of a kind for each row of `who`.

        `who` holds what is known: person or file_no and line_number, and optionally column_name, raw_value
        and `name`, the word put in place of `{}`; a `message` column is taken as it stands.
        """
        if who.is_empty():
            return
        kind = KINDS[code]
        word = pl.col("name").fill_null("") if "name" in who.columns else pl.lit("")
        made = who.with_columns(
            scope=pl.lit(kind.scope),
            severity=pl.lit(kind.severity),
            code=pl.lit(code),
            published_code=pl.lit(kind.published_code, pl.String),
            message=pl.col("message") if "message" in who.columns else _filled(kind.says, word),
            hint=_filled(kind.hint, word),
        )
        if "column_name" not in who.columns:
            made = made.with_columns(field=pl.lit(kind.column, pl.String))
        self.add(made.select([name for name in ISSUES.names() if name in made.columns]))

    def issues(self) -> pl.DataFrame:
        """All issues so far."""
        return pl.concat(self.frames) if self.frames else _NONE


def _filled(words: str, name: pl.Expr) -> pl.Expr:
    """The words with the name in place of `{}`, if they have one."""
    before, mark, after = words.partition("{}")
    return pl.concat_str(pl.lit(before), name, pl.lit(after)) if mark else pl.lit(words)
