"""A sheet on its way into the book: the rows that are still good, and why the others are not.

What lives here: running rules on the rows of a sheet, and the account of every row: accepted or refused. What does
not: the rules (`schemas.shelf_rules`) and storing (the modules that `load` calls).

Rules run in stages, and a row refused by one stage is not judged by the next: a blank cell is one issue, not two.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from schemas.issues import failures, with_raw_values
from schemas.rules import ERROR, Rule
from schemas.shelf_rules import TEXT_SUFFIX, column_rules
from services.shelf.parse import typed
from services.shelf.sheet import Sheet, SheetColumn
from services.shelf.sheets import ISSUES, ROW


class Judged:
    """The rows of one sheet under judgment."""

    def __init__(self, sheet: Sheet, texts: pl.DataFrame, rules: Sequence[Rule] = ()) -> None:
        """Read the texts and run the rules of the columns, then those of the sheet."""
        self.sheet = sheet
        self.n_rows = texts.height
        self.stated = typed(sheet, texts)
        self.rows = self.stated
        self.issues: list[pl.DataFrame] = []
        self.n_changed = 0
        self.judge([rule for column in sheet.columns for rule in _of(column)])
        self.judge(rules)

    @property
    def n_accepted(self) -> int:
        """Rows no stage has refused."""
        return self.rows.height

    def judge(self, rules: Iterable[Rule], *, among: pl.Expr | None = None) -> None:
        """Run rules on the rows left (`among` them), note what fails, and drop the rows in error."""
        judged = self.rows if among is None else self.rows.filter(among)
        found = failures(judged, tuple(rules))
        if found.is_empty():
            return
        told = with_raw_values(found, judged, suffix=TEXT_SUFFIX).with_columns(
            pl.lit(self.sheet.name).alias("sheet"), judged[ROW].gather(found["row"]).alias(ROW)
        )
        self.note(told)

    def note(self, issues: pl.DataFrame) -> None:
        """Add issues (any of their columns) and drop the rows that an error names."""
        if issues.is_empty():
            return
        blank = [pl.lit(None, kind).alias(name) for name, kind in ISSUES.items() if name not in issues.columns]
        whole = issues.with_columns(blank).with_columns(pl.lit(self.sheet.name).alias("sheet"))
        self.issues.append(whole.select([pl.col(name).cast(kind) for name, kind in ISSUES.items()]))
        self.drop(issues.filter(pl.col("severity") == ERROR)[ROW])

    def drop(self, row_numbers: pl.Series) -> None:
        """Refuse rows whose reason is noted elsewhere."""
        if row_numbers.null_count() == len(row_numbers):
            return
        refused = row_numbers.drop_nulls().unique().to_frame(ROW)
        self.rows = self.rows.join(refused, on=ROW, how="anti", maintain_order="left")

    def all_issues(self) -> pl.DataFrame:
        """Everything noted, by row; the order within a row is that of the stages."""
        return pl.concat([ISSUES.to_frame(), *self.issues]).sort(ROW, maintain_order=True)

    def look_up(self, found: pl.DataFrame, on: Sequence[str] | str) -> None:
        """Add the facts of other records to the rows; nothing found is null, of two found the first counts."""
        single = found.unique(on, keep="first", maintain_order=True)
        self.rows = self.rows.join(single, on=on, how="left", maintain_order="left")


def _of(column: SheetColumn) -> list[Rule]:
    return column_rules(
        column.name,
        column.kind,
        is_required=column.required,
        longest=column.longest,
        values=column.values,
        lowest=column.lowest,
        highest=column.highest,
        places=column.places,
    )
