"""Rows of an uploaded file and the batches they make: numbered from 1 behind the heading, families kept whole (BC-7).

What lives here: the numbering, the cuts, and the place of each batch among the bytes. What does not: what a batch does
(`services.bulk.process`).
"""

import numpy as np
import polars as pl

from services.intake.landing import Landing


def rows_of(landing: Landing) -> pl.DataFrame:
    """Every line behind the heading: row (from 1), line_number, person, family (the row of its primary), is_skipped.

    Blank lines are counted, as a spreadsheet does.
    """
    heading = int(landing.files["heading_line"][0] or 0)
    lines = landing.rows.filter(pl.col("line_number") > heading).select("line_number").sort("line_number")
    persons = landing.persons.filter(pl.col("person_no") == 0).select(
        pl.col("line_number").cast(pl.Int32),
        pl.col("person").cast(pl.UInt32),
        head=pl.coalesce("same_person", "primary_person", "person").cast(pl.UInt32),
        is_skipped=pl.col("skip_reason").is_not_null(),
    )
    rows = lines.with_columns(pl.col("line_number").cast(pl.Int32)).with_row_index("row", offset=1)
    rows = rows.with_columns(pl.col("row").cast(pl.Int64))
    rows = rows.join(persons, on="line_number", how="left", maintain_order="left")
    heads = rows.select(head="person", family="row").drop_nulls()
    joined = rows.join(heads, on="head", how="left", maintain_order="left")
    return joined.with_columns(family=pl.coalesce("family", "row")).drop("head")


def cut(rows: pl.DataFrame, size: int) -> pl.DataFrame:
    """Batches of at least `size` rows, each stretched to the end of the family it would cut: start_row, end_row.

    Where the rows of a family lie apart, all between them are of its batch.
    """
    n = rows.height
    size = min(size, n)
    last = rows.select(pl.col("row").max().over("family").cum_max().alias("last")).to_series().to_numpy()
    places = np.arange(1, n + 1)
    ends = places[last == places]
    reach = ends[np.searchsorted(ends, np.minimum(places + size - 1, n))].tolist()
    starts: list[int] = []
    at = 1
    while at <= n:  # one step a batch
        starts.append(at)
        at = reach[at - 1] + 1
    begun = pl.Series("start_row", starts, dtype=pl.Int64)
    return pl.DataFrame({"start_row": begun, "end_row": begun.shift(-1, fill_value=n + 1) - 1})


def with_bytes(batches: pl.DataFrame, rows: pl.DataFrame, data: bytes, encoding: str | None) -> pl.DataFrame:
    """The batches with start_byte and end_byte (the first byte behind); null where bytes do not tell lines."""
    if encoding not in ("utf-8", "utf-8-sig") or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return batches.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("start_byte", "end_byte"))
    feeds = np.flatnonzero(np.frombuffer(data, np.uint8) == 10) + 1
    begins = np.concatenate([[0], feeds])
    lines = rows["line_number"].gather(batches["start_row"] - 1).to_numpy()
    starts = pl.Series(begins[lines - 1], dtype=pl.Int64)
    return batches.with_columns(start_byte=starts, end_byte=starts.shift(-1, fill_value=len(data)))
