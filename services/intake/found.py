"""The faults found on the way, gathered as columns.

What lives here: the collector that every reader writes to, and the finished faults frame.
What does not: the texts of faults (faults.py).
"""

from dataclasses import dataclass, field

import polars as pl

from services.intake.faults import FAULTS, PLAN_FAULTS

SHOWN = 200
"""Characters of a cell that a fault shows."""

_SCHEMA = {
    "person": pl.UInt32,
    "file_no": pl.Int32,
    "line_number": pl.Int32,
    "person_no": pl.Int16,
    "column_name": pl.String,
    "raw_value": pl.String,
    "code": pl.String,
    "severity": pl.String,
    "message": pl.String,
    "hint": pl.String,
}


@dataclass(slots=True)
class Found:
    """Faults of people, by field."""

    people: pl.DataFrame
    """person, file_no, line_number and person_no, in order."""
    frames: list[pl.DataFrame] = field(default_factory=list)

    def add(self, code: str, where: pl.Series, name: str | None, raw: pl.Series | None = None, **facts: object) -> None:
        """One fault for every person of `where` (True), about the field `name` and the cell `raw`."""
        where = where.fill_null(False)
        if not where.any():
            return
        fault = FAULTS[code]
        frame = self.people.filter(where).with_columns(
            pl.lit(name, pl.String).alias("field"),
            pl.lit(None, pl.String).alias("raw_value"),
            pl.lit(code).alias("code"),
            pl.lit(fault.severity).alias("severity"),
            pl.lit(fault.says.format_map(_Facts(facts))).alias("message"),
            pl.lit(fault.remedy).alias("hint"),
        )
        if raw is not None:
            frame = frame.with_columns(raw.filter(where).str.slice(0, SHOWN).alias("raw_value"))
        self.frames.append(frame)

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Faults with person, place, field, raw_value and code that were found elsewhere (plan cells)."""
        if not frame.height:
            return
        texts = pl.DataFrame(
            [(f.code, f.severity, f.says, f.remedy) for f in FAULTS.values()],
            schema=["code", "severity", "message", "hint"],
            orient="row",
        )
        self.frames.append(frame.join(texts, on="code", how="left"))

    def of_files(self, code: str, files: list[int], name: str | None, **facts: object) -> None:
        """A fault of some files as a whole, or of a column of them: no person, no line."""
        if files:
            fault = FAULTS[code]
            frame = pl.DataFrame({"file_no": files}, schema={"file_no": pl.Int32})
            self.frames.append(
                frame.with_columns(
                    pl.lit(name, pl.String).alias("field"),
                    pl.lit(code).alias("code"),
                    pl.lit(fault.severity).alias("severity"),
                    pl.lit(fault.says.format_map(_Facts(facts))).alias("message"),
                    pl.lit(fault.remedy).alias("hint"),
                )
            )

    def in_error(self) -> pl.Series:
        """People with an error so far that refuses their row."""
        refuses = (pl.col("severity") == "error") & ~pl.col("code").is_in(PLAN_FAULTS)
        frames = [f.filter(refuses)["person"] for f in self.frames if "person" in f.columns]
        return pl.concat(frames).unique() if frames else pl.Series("person", [], dtype=pl.UInt32)

    def finished(self, columns: pl.DataFrame) -> pl.DataFrame:
        """All faults with the heading of their column. `columns`: file_no, person_no, field, header."""
        if not self.frames:
            return pl.DataFrame(schema=_SCHEMA)
        every = pl.concat(self.frames, how="diagonal")
        for missing in set(_SCHEMA) - set(every.columns) - {"column_name"}:
            every = every.with_columns(pl.lit(None, _SCHEMA[missing]).alias(missing))
        if "header" not in every.columns:
            every = every.with_columns(pl.lit(None, pl.String).alias("header"))
        named = every.with_columns(pl.col("person_no").fill_null(0).alias("place")).join(
            columns.rename({"person_no": "place", "header": "heading"}),
            on=["file_no", "place", "field"],
            how="left",
            maintain_order="left",
        )
        return (
            named.with_columns(pl.coalesce("header", "heading", "field").alias("column_name"))
            .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
            .sort("file_no", "line_number", "person_no", "code", nulls_last=False, maintain_order=True)
        )


class _Facts(dict):  # type: ignore[type-arg]
    """Facts of a sentence; a placeholder without a fact is shown as dots."""

    def __missing__(self, key: str) -> str:
        return "..."
