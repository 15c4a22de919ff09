"""Files with one heading are read together: their records, their skipped rows, their people as text.

What lives here: the grouping of opened files and the reading of one group, for delimited text and for sheets.
What does not: the opening of a file (sniffing.py) and the typing of text (reading.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from services.intake import delimited, numbers, skips
from services.intake.faults import Unreadable
from services.intake.headings import BLANKS, UNSEEN, meaning_of, normal
from services.intake.mapping import Plan, plan_for
from services.intake.people import Bunch, people_of
from services.intake.sniffing import Opened

_MOST_BYTES = 1_000_000_000
"""Bytes of text that are scanned at once; positions in a buffer have 31 bits."""
_HIDDEN = frozenset({"ssn", "holder_ssn"})
ERRORS = "errors"
MADE_HARMLESS = r"^'([=+\-@])"
"""Refused rows come back with a column `Errors`; in them a cell that looks like a formula begins with an apostrophe."""
_TEXT_FORMULA = r'^="([^"]*)"$'
"""How exports make a spreadsheet keep leading zeros: ="02139" is the text 02139."""


@dataclass(slots=True)
class Batch:
    """What was read of files with one heading."""

    opened: list[Opened]
    plan: Plan
    rows: pl.DataFrame
    people: pl.DataFrame
    elections: pl.DataFrame


def batches(files: Iterable[Opened]) -> Iterator[Batch]:
    """The readable files, grouped and read; files that turn out unreadable get their fault."""
    groups: dict[tuple[object, ...], list[Opened]] = {}
    for opened in files:
        if opened.fault is None:
            asked = opened.asked
            mapping = tuple((asked.mapping or {}).items())
            key = (opened.separator, opened.header, mapping, asked.mapping_is_complete, opened.sheet is not None)
            groups.setdefault(key, []).append(opened)
    for group in groups.values():
        asked = group[0].asked
        try:
            plan = plan_for(group[0].header, asked.mapping, asked.mapping_is_complete)
        except Unreadable as fault:
            for opened in group:
                opened.fault = fault
            continue
        for part in _parts(group):
            batch = _of_text(part, plan) if part[0].sheet is None else _of_sheets(part, plan)
            if batch is not None:
                yield batch


def _parts(group: list[Opened]) -> Iterator[list[Opened]]:
    """Files in parts of at most `_MOST_BYTES`; a single larger file is a part of its own."""
    part: list[Opened] = []
    size = 0
    for opened in group:
        if part and size + len(opened.body) > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(opened)
        size += len(opened.body)
    yield part


def _hidden(plan: Plan) -> list[int]:
    """Columns of social security numbers, also those that are not read: a mapping left them out, or another is read."""
    uses = {use.position: use.field for use in plan.uses}
    meanings = ((position, meaning_of(name)) for position, name in enumerate(plan.header))
    fields = ((position, uses.get(position, meaning.field if meaning else None)) for position, meaning in meanings)
    return [position for position, field in fields if field in _HIDDEN]


def _of_text(group: list[Opened], plan: Plan) -> Batch | None:
    """Delimited text: one scan over all files of the group."""
    separator = group[0].separator
    assert separator is not None
    records = delimited.scan([opened.body for opened in group], separator)
    for position, line in records.unclosed.items():
        group[position].fault = Unreadable("quote_never_closed", line=line)
    file_nos = np.array([opened.file_no for opened in group], np.int32)
    headings = np.array([opened.heading_line for opened in group], np.int32)
    has_text_formulas = any(b'="' in opened.body for opened in group)
    for opened in group:
        opened.body = b""
    width = len(plan.header)
    at = pl.DataFrame(
        {
            "file_no": file_nos[records.part],
            "line_number": records.line,
            "n_cells": records.n_cells.astype(np.int32),
            "extra": records.filled_beyond(width),
            "heading_line": headings[records.part],
            "cells": records.cells(_hidden(plan)),
        }
    )
    columns = [records.column(position) for position in range(width)]
    return _read(group, plan, at, columns, has_text_formulas=has_text_formulas)


def _of_sheets(group: list[Opened], plan: Plan) -> Batch | None:
    """Sheets: all rows have all cells."""
    frames = []
    width = len(plan.header)
    for opened in group:
        sheet = opened.sheet
        assert sheet is not None
        # Parquet keeps its names apart, so its first row is line 1 and its heading line 0.
        first = 0 if opened.file_format == "parquet" else 1
        names = [str(position) for position in range(sheet.width)]
        frames.append(
            sheet.rename(dict(zip(sheet.columns, names, strict=True)))
            .with_columns(pl.col(names).fill_null(""))
            .with_columns(
                pl.lit(opened.file_no, pl.Int32).alias("file_no"),
                pl.int_range(first, pl.len() + first, dtype=pl.Int32).alias("line_number"),
                pl.lit(opened.heading_line if first else 0, pl.Int32).alias("heading_line"),
            )
        )
        opened.sheet = None
    every = pl.concat(frames, how="vertical")
    columns = [every[str(position)] for position in range(width)]
    hidden = set(_hidden(plan))
    shown = [
        numbers.masked(column).alias(column.name) if position in hidden else column
        for position, column in enumerate(columns)
    ]
    at = every.select(
        "file_no",
        "line_number",
        pl.lit(width, pl.Int32).alias("n_cells"),
        pl.lit(0, pl.Int64).alias("extra"),
        "heading_line",
        pl.concat_list(shown).alias("cells"),
    )
    return _read(group, plan, at, columns)


_MARKED_AS_TEXT = r"^'([$(.]*[0-9])"
"""The apostrophe by which a spreadsheet takes figures for text, which some exports write into the cell."""


def _visible(columns: list[pl.Series]) -> list[pl.Series]:
    """Cells as a person sees them: without unseen characters, with plain blanks, figures without their apostrophe."""
    frame = pl.DataFrame([column.alias(str(position)) for position, column in enumerate(columns)])
    text = pl.all().str
    odd = frame.select((text.len_bytes() != text.len_chars()).any())
    marked = frame.select(text.starts_with("'").any())
    return (
        frame.with_columns(
            *(
                pl.col(name).str.replace_all(UNSEEN, "").str.replace_all(BLANKS, " ")
                for name in odd.columns
                if odd[0, name]
            ),
        )
        .with_columns(
            *(pl.col(name).str.replace(_MARKED_AS_TEXT, "$1") for name in marked.columns if marked[0, name]),
        )
        .get_columns()
    )


def _trimmed(columns: list[pl.Series]) -> list[pl.Series]:
    """Cells without blanks around them; blank cells are null. One call, so that columns are worked side by side."""
    frame = pl.DataFrame([column.alias(str(position)) for position, column in enumerate(columns)])
    text = pl.all().str.strip_chars()
    return frame.select(text).select(pl.when(pl.all() != "").then(pl.all())).get_columns()


def _read(
    group: list[Opened], plan: Plan, at: pl.DataFrame, columns: list[pl.Series], *, has_text_formulas: bool = False
) -> Batch | None:
    """Rows, people and elections of records whose cells are `columns`; the heading rows go."""
    is_row = at["line_number"] != at["heading_line"]
    if len(group) == 1 and at.height and not is_row[0]:
        # The one heading is the first row: the rest is taken as it lies, without a copy.
        at, columns = at.slice(1), [column.slice(1) for column in columns]
    elif not is_row.all():
        at, columns = at.filter(is_row), [column.filter(is_row) for column in columns]
    columns = _trimmed(_visible(columns))
    if any(normal(name) == ERRORS for name in plan.header):
        columns = [column.str.replace(MADE_HARMLESS, "$1") for column in columns]
    if has_text_formulas:
        columns = _trimmed([column.str.replace(_TEXT_FORMULA, "$1") for column in columns])
    bunch = people_of(plan, at.select("file_no", "line_number", "n_cells"), columns.__getitem__)
    own = bunch.people.head(at.height)
    cells = pl.select(
        pl.coalesce(columns).alias("first_cell"),
        (pl.sum_horizontal(c.is_not_null().cast(pl.UInt16) for c in columns) + at["extra"]).alias("n_filled"),
    ).with_columns((at["line_number"] < at["heading_line"]).alias("is_title"))
    reason = skips.skip_reasons(own, cells)
    needed = max((position for position, name in enumerate(plan.header) if name), default=-1) + 1
    ragged = ((at["n_cells"] < needed) | (at["extra"] > 0)) & reason.is_null()
    marks = at.select("file_no", "line_number").with_columns(reason, ragged.alias("is_ragged"))
    if plan.block_names:
        people = bunch.people.join(marks, on=["file_no", "line_number"], how="left", maintain_order="left")
    else:
        people = bunch.people.hstack(marks.select("skip_reason", "is_ragged"))
    if not plan.block_names:
        return _checked(group, plan, at, people, bunch)
    # Nobody hides in the blocks of a row that is skipped or whose cells may stand in the wrong columns.
    people = people.filter((pl.col("person_no") == 0) | (pl.col("skip_reason").is_null() & ~pl.col("is_ragged")))
    return _checked(group, plan, at, people, bunch)


def _checked(group: list[Opened], plan: Plan, at: pl.DataFrame, people: pl.DataFrame, bunch: Bunch) -> Batch:
    """The batch, with a fault for files in which two filled columns hold one field."""
    for opened in group:
        if opened.fault is None and opened.file_no in bunch.doubled:
            columns_named, field = bunch.doubled[opened.file_no]
            opened.fault = Unreadable("duplicate_field_columns", columns=columns_named, field=field)
    return Batch(group, plan, at.select("file_no", "line_number", "cells"), people, bunch.elections)
