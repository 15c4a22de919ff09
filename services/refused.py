"""Refused rows handed back: their original columns and what was wrong, to be corrected and loaded again.

What lives here: gathering the refused rows of the last load of each census, and writing them as CSV
(BC-10, BC-11). What does not: the rules that refused them.

The rows stand in the columns of their file, in their order, with a last column `Errors`. Where a refused
dependent is found by the row of its employee, that row comes along and says so, as do the other rows of a
refused person who has one for each plan; loading them again changes nothing. A date that could be read only beside the
rows that stay behind is written as yyyy-mm-dd. Social security numbers are masked, as everywhere in the book.
"""

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from services.book import Transaction
from services.intake.dates import read_dates
from services.intake.reading import DATES
from services.refusals import Unavailable

ERRORS = "Errors"
KEPT = "Nothing is wrong on this line; another line needs it."
OTHER_LINE = "Nothing is wrong on this line; the person was refused for another line."

_FORMULA = r"^\s*[=+\-@\t\r]"
_PLAIN_NUMBER = r"^\s*[+-]?[\d\s.,()/-]*$"


def refused_rows(tx: Transaction, census_ids: Sequence[str]) -> list[tuple[str, list[str], pl.DataFrame]]:
    """For each file of the last load of each census: its name, the headings, and the refused rows with `Errors`.

    The frame's columns are numbered where the file repeats a heading; the headings are the file's own.
    """
    return [(str(file["file_name"]), header, frame) for file, header, frame in _refused(tx, census_ids)]


def write_refused(tx: Transaction, census_ids: Sequence[str], folder: Path) -> list[Path]:
    """One CSV file per census file with refused rows, named after the account, the load and its time. Unavailable
    when the folder cannot be written."""
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, header, frame in _refused(tx, census_ids):
            account = re.sub(r"[^\w-]+", "_", str(file["account_name"] or "census")).strip("_")
            path = folder / f"{account}_{file['census_load_id']}_{file['loaded_at']:%Y%m%dT%H%M%SZ}.csv"
            _write(path, header, frame)
            made.append(path)
    except OSError as fault:
        raise Unavailable(
            "disk_refused",
            str(folder),
            f"{folder} cannot be written: {fault.strerror or fault}.",
            "Choose another folder.",
        ) from fault
    return made


def of_loads(tx: Transaction, load_ids: Sequence[str]) -> list[tuple[list[str], pl.DataFrame]]:
    """For each of some loads with refused rows: the headings, and the rows with `Errors`, as `refused_rows`."""
    files = tx.frame("refused.files_of_loads", {"load_ids": list(load_ids)})
    return [(header, frame) for _, header, frame in _of_files(tx, files)]


def joined(parts: Sequence[tuple[list[str], pl.DataFrame]]) -> tuple[list[str], pl.DataFrame] | None:
    """Parts of one file as one; None without any. A part may have more cells in a line than there are headings."""
    if not parts:
        return None
    header = max((header for header, _ in parts), key=len)
    frame = pl.concat([frame for _, frame in parts], how="diagonal")
    return header, frame.select(*(name for name in frame.columns if name != ERRORS), ERRORS)


def _refused(tx: Transaction, census_ids: Sequence[str]) -> list[tuple[dict[str, object], list[str], pl.DataFrame]]:
    """The files of the last load of each census with refused rows."""
    return _of_files(tx, tx.frame("refused.files", {"census_ids": list(census_ids)}))


def _of_files(tx: Transaction, files: pl.DataFrame) -> list[tuple[dict[str, object], list[str], pl.DataFrame]]:
    """The files with refused rows; one step per file, since each has its own columns."""
    with tx.lend(refused_files=files.select("census_file_id")):
        rows = tx.frame("refused.rows", {"kept": KEPT, "other_line": OTHER_LINE})
    parts = {str(key[0]): part for key, part in rows.group_by("census_file_id", maintain_order=True)}
    made = []
    for file in files.rows(named=True):
        if (part := parts.get(file["census_file_id"])) is not None:
            dates = _told_dates(json.loads(file["mapping"] or "{}"), part)
            part = part.filter("is_wanted")
            made.append((file, *in_columns(file["header"] or [], part, dates)))
    return made


def _told_dates(uses: dict[str, str | None], rows: pl.DataFrame) -> dict[int, pl.Series]:
    """By place of the column, the cells of the wanted rows, where some are dates that could be read only beside the
    other rows of the file (day or month first, eight digits): those are written as yyyy-mm-dd."""
    places: dict[str, list[int]] = {}
    for place, use in enumerate(uses.values()):
        if use and (name := use.split(": ")[-1]) in DATES:
            places.setdefault(name, []).append(place)
    wanted = rows["is_wanted"]
    if not places or wanted.all():
        return {}
    told: dict[int, pl.Series] = {}
    for of_field in places.values():
        whole = rows["cells"].list.len() == len(uses)
        cells = [rows["cells"].list.get(place, null_on_oob=True).str.strip_chars() for place in of_field]
        texts = pl.concat([cell.set((cell == "").fill_null(True) | ~whole, None) for cell in cells])
        chosen = pl.concat([wanted] * len(cells))
        beside, alone = _read(texts).filter(chosen), _read(texts.filter(chosen))
        own = texts.filter(chosen)
        hangs = beside.is_not_null() & beside.ne_missing(alone) & own.str.contains(r"[0-9]{4}")
        if hangs.any():
            stood = pl.concat([rows["cells"].list.get(place, null_on_oob=True) for place in of_field]).filter(chosen)
            written = stood.zip_with(~hangs, beside.dt.to_string("%Y-%m-%d"))
            n = int(wanted.sum())
            told |= {place: written.slice(number * n, n) for number, place in enumerate(of_field)}
    return told


def _read(texts: pl.Series) -> pl.Series:
    n = len(texts)
    return read_dates(texts, np.zeros(n, np.int64), np.full(n, 2000, np.int64)).dates


def in_columns(header: list[str], rows: pl.DataFrame, dates: dict[int, pl.Series]) -> tuple[list[str], pl.DataFrame]:
    """The cells spread over the file's columns, and the errors; an `Errors` column of an earlier round gives way.

    `rows` has cells and errors, `dates` the cells of some columns as they are to be written.
    """
    width = max(len(header), int(rows.select(pl.col("cells").list.len().max()).item() or 0))
    named = [*header, *(f"(cell {n + 1})" for n in range(len(header), width))]
    places = [n for n, name in enumerate(named) if (name or "").strip().lower() != ERRORS.lower()]
    kept = [named[n] or "" for n in places]
    cells = {n: pl.lit(dates[n]) if n in dates else pl.col("cells").list.get(n, null_on_oob=True) for n in places}
    frame = rows.select(
        *(cells[n].alias(_unique(kept, place)) for place, n in enumerate(places)),
        pl.col("errors").alias(ERRORS),
    )
    return [*kept, ERRORS], frame


def _unique(names: list[str], place: int) -> str:
    """The heading, with its place where the file repeats or leaves out a heading."""
    name = names[place]
    return name if name and names.count(name) == 1 else f"{name} ({place + 1})".strip()


def as_csv(header: list[str], frame: pl.DataFrame) -> bytes:
    """CSV in UTF-8 with a mark for spreadsheets; a cell that looks like a formula begins with an apostrophe."""
    columns = [f"c{n}" for n in range(len(header))]
    body = frame.rename(dict(zip(frame.columns, columns, strict=True)))
    heading = pl.DataFrame([header], schema=dict.fromkeys(columns, pl.String), orient="row")
    cell = pl.all()
    risky = cell.str.contains(_FORMULA) & ~cell.str.contains(_PLAIN_NUMBER)
    safe = pl.concat([heading, body]).select(pl.when(risky).then(pl.lit("'") + cell).otherwise(cell).name.keep())
    out = io.BytesIO()
    safe.write_csv(out, include_header=False, include_bom=True)
    return out.getvalue()


def _write(path: Path, header: list[str], frame: pl.DataFrame) -> None:
    """The file, swapped in whole."""
    draft = path.with_suffix(".part")
    draft.write_bytes(as_csv(header, frame))
    draft.replace(path)
