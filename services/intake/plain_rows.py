"""Every row of a file as one text, for somebody who looks for words and not for a census.

What lives here: `plain_rows`, over text of any known encoding, every sheet of a workbook, and Parquet. What does not:
headings and the meaning of cells (`sniffing` and what follows it).
"""

import polars as pl

from services.intake import encodings, parquet, workbooks
from services.intake.faults import Unreadable

BETWEEN = "\t"
"""Stands between the cells of a row; lines of text keep the separators that they have."""


def plain_rows(data: bytes) -> pl.Series | None:
    r"""The rows of a file, or None where nobody can look into it (a picture, an archive).

    Text of which some bytes are in no known encoding is read as far as it goes.

    >>> plain_rows(b"Key;Name\nE1;Ann\n").to_list()
    ['Key;Name', 'E1;Ann', '']
    """
    try:
        if data.startswith(workbooks.MARKS):
            return pl.concat([_joined(sheet) for sheet in workbooks.all_sheets(data)])
        if data.startswith(parquet.MARK):
            return _joined(parquet.as_text(data))
        text = encodings.to_utf8(data).body.decode("utf-8")
    except Unreadable as fault:
        if fault.code != "wrong_encoding":
            return None
        text = data.decode("utf-8", errors="replace")
    return pl.Series([text], dtype=pl.String).str.replace_all("\r", "\n", literal=True).str.split("\n").explode()


def _joined(frame: pl.DataFrame) -> pl.Series:
    """The cells of each row, one after the other."""
    if not frame.width:
        return pl.Series(dtype=pl.String)
    return frame.select(pl.concat_str(pl.all(), separator=BETWEEN, ignore_nulls=True)).to_series().alias("row")
