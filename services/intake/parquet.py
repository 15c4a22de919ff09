"""Parquet files: the column names are row 1, every value becomes text.

What lives here: opening a Parquet file. What does not: the meaning of its columns.
"""

import io

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from services.intake.faults import Unreadable

MARK = b"PAR1"
"""What the bytes of a Parquet file begin with."""


def as_text(data: bytes) -> pl.DataFrame:
    """The whole file as text columns with the names as first row (line 1); data rows start at line 2."""
    try:
        table = pq.read_table(io.BytesIO(data))
        names = [str(name) for name in table.column_names]
        frame = pl.DataFrame([_text(column).alias(str(position)) for position, column in enumerate(table.columns)])
    except (pa.ArrowException, OSError, ValueError, TypeError, pl.exceptions.PolarsError):
        raise Unreadable("unreadable_parquet") from None
    if not names:
        raise Unreadable("file_empty")
    heading = pl.DataFrame([pl.Series(str(position), [name], pl.String) for position, name in enumerate(names)])
    return pl.concat([heading, frame]) if frame.height else heading


def _text(column: pa.ChunkedArray) -> pl.Series:
    """Values as text; what has no plain text (bytes, nested values) is shown by its JSON or left out."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    series = pl.Series(pl.from_arrow(column))
    if series.dtype == pl.Boolean:
        return series.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
    if series.dtype.is_nested():
        return series.to_frame("v").select(pl.struct("v").struct.json_encode()).to_series()
    if series.dtype == pl.Binary:
        return series.cast(pl.String, strict=False)
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.to_string("%Y-%m-%d %H:%M:%S")
    return series.cast(pl.String, strict=False)
