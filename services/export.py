"""Exports: a file for people and programs that do not speak SQL.

What lives here: the kinds that can be exported, the three formats (CSV, Excel, Parquet) and their safe writing. What
does not: what an export holds (`services/sql/export.sql`, mostly the views of `analytics`).

CSV and Parquet are written by DuckDB as the rows come, whatever their number. A cell that a spreadsheet would run as
a formula is disarmed. The file appears whole under its name, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl
import polars.selectors as cs
import xlsxwriter

from services.book import Transaction
from services.publish import replacing
from services.queries import statement
from services.refusals import Malformed, NotFound

Format = Literal["csv", "xlsx", "parquet"]
FORMATS: tuple[str, ...] = get_args(Format)

KINDS: dict[str, str] = {
    "members": "the census, one row per member",
    "premiums": "the census with money, one row per member",
    "coverages": "one row per coverage with the figures behind its price",
    "groups": "premium by group",
    "plans": "premium by plan",
    "lines": "premium by line of business",
    "tiers": "premium by family tier",
    "classes": "premium by class",
    "ages": "premium by age band",
    "issues": "what was wrong in censuses, rating and shelf",
    "refused": "refused persons with the reasons and the line as it stood",
    "renewal": "current and renewal premium of each member",
    "renewal_groups": "current and renewal premium of each group",
    "rates": "the rate tables and their cells, and tier prices that contracts keep",
    "contributions": "the contribution rules",
    "loads": "the loads of census files",
    "runs": "the rating runs",
}
"""What can be exported, in words."""

MOST_CELLS = 3_000_000
"""An Excel file is built in memory, some 400 bytes a cell; beyond this CSV or Parquet serve better."""

MOST_WIDTH = 60
"""Greatest width of an Excel column, in characters."""


@dataclass(frozen=True)
class ExportOutcome:
    """A file written: where, and how many rows."""

    path: Path
    n_rows: int


def export(
    tx: Transaction,
    what: str,
    path: Path,
    fmt: str | None = None,
    *,
    cohort: str | None = None,
    census_ids: Sequence[str] | None = None,
) -> ExportOutcome:
    """Write one kind of rows to `path`, of the whole book, one cohort or some censuses.

    Without `fmt` the ending of the path decides. Raises Malformed for an unknown kind or format, NotFound for a cohort
    or census the book does not hold, Unavailable when the disk refuses.
    """
    path = Path(path)
    if what not in KINDS:
        raise Malformed(
            "export_unknown",
            what,
            f"There is nothing named {what} to export.",
            f"Known: {', '.join(KINDS)}.",
        )
    fmt = _format(path, fmt)
    asked = _census_ids(tx, cohort, census_ids)
    params = {"census_ids": asked}
    with replacing(path) as part:
        if fmt == "xlsx":
            frame = tx.frame(f"export.{what}", params)
            _write_workbook(frame, part, what)
            n_rows = frame.height
        else:
            sql = statement(f"export.to_{fmt}").replace("{rows}", statement(f"export.{what}"))
            n_rows = int(tx.connection.execute(sql, params | {"path": str(part)}).fetchall()[0][0])
    return ExportOutcome(path, n_rows)


def _format(path: Path, fmt: str | None) -> str:
    chosen = (fmt or path.suffix.removeprefix(".")).lower()
    if chosen not in FORMATS:
        raise Malformed(
            "export_format",
            str(path),
            f"{chosen or 'A file without ending'} is no format of an export.",
            f"End the file name in one of: {', '.join('.' + f for f in FORMATS)}.",
        )
    return chosen


def _census_ids(tx: Transaction, cohort: str | None, census_ids: Sequence[str] | None) -> list[str] | None:
    """The censuses asked for; None is the whole book."""
    if cohort is not None:
        found = [row[0] for row in tx.rows("export.censuses_of_cohort", {"cohort": cohort})]
        if not found:
            raise NotFound(
                "cohort_missing",
                cohort,
                f"There is no cohort named {cohort}.",
                "Load it first.",
            )
        return found
    if census_ids is None:
        return None
    known = {row[0] for row in tx.rows("export.known_censuses", {"census_ids": list(census_ids)})}
    missing = [census_id for census_id in census_ids if census_id not in known]
    if missing:
        raise NotFound(
            "census_missing",
            missing[0],
            f"There is no census {missing[0]}.",
            "Check the id.",
        )
    return list(census_ids)


def _write_workbook(frame: pl.DataFrame, part: Path, what: str) -> None:
    """One sheet with a bold frozen heading row, a filter, money as money and columns wide enough to read."""
    if frame.height * frame.width > MOST_CELLS:
        raise Malformed(
            "export_too_big",
            what,
            f"{frame.height:,} rows of {frame.width} columns are too many for an Excel file.",
            "Export to .csv or .parquet, or only one cohort.",
        )
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(part), options) as workbook:
        frame.with_columns(cs.list().cast(pl.List(pl.String)).list.join("; ")).write_excel(
            workbook,
            worksheet=what,
            column_formats={
                cs.decimal(): "#,##0.00",
                cs.date(): "yyyy-mm-dd",
                cs.datetime(): "yyyy-mm-dd hh:mm:ss",
                cs.integer(): "0",
            },
            column_widths=_widths(frame),
            header_format={"bold": True},
            freeze_panes=(1, 0),
            autofilter=True,
        )


def _widths(frame: pl.DataFrame) -> dict[Any, int]:
    """Width of each column in pixels, from its longest cell."""
    longest = frame.select(pl.all().cast(pl.String, strict=False).str.len_chars().max()).row(0) if frame.height else ()
    return {
        name: 7 * min(MOST_WIDTH, max(len(name) + 4, (longest[at] or 0) + 2 if longest else 0)) + 5
        for at, name in enumerate(frame.columns)
    }
