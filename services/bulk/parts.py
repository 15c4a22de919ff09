"""A stretch of lines of a landed file as a landing of its own, for the rare case that a file is not loaded in one go.

What lives here: the cut, with persons numbered anew. What does not: where to cut: families must be whole.
"""

from dataclasses import replace

import polars as pl

from services.intake.landing import Landing


def part_of(landing: Landing, first_line: int, last_line: int) -> Landing:
    """The lines from one to the other, both included, under a file name and a hash of their own."""
    within = pl.col("line_number").is_between(first_line, last_line)
    persons = landing.persons.filter(within)
    if persons.height == landing.persons.height:
        return landing
    first = int(persons["person"].min() or 0)  # type: ignore[arg-type] - persons are numbered in order of their lines
    n = persons.height
    number = pl.col("person").cast(pl.Int64) - first

    def own(frame: pl.DataFrame) -> pl.DataFrame:
        """What is said of persons of the part."""
        kept = frame.filter(number.is_between(0, n - 1))
        return kept.with_columns(number.cast(frame.schema["person"]).alias("person"))

    links = {name: persons.schema[name] for name in ("primary_person", "same_person")}
    faults = landing.faults.filter(pl.col("person").is_null() & (pl.col("line_number").is_null() | within))
    stretch = f"{first_line}-{last_line}"
    return replace(
        landing,
        files=landing.files.with_columns(
            file_name=pl.format("{} (lines {})", "file_name", pl.lit(stretch)),
            sha256=pl.format("{}:{}", "sha256", pl.lit(stretch)),
        ),
        rows=landing.rows.filter(within),
        persons=persons.with_columns(
            number.cast(persons.schema["person"]).alias("person"),
            *((pl.col(name).cast(pl.Int64) - first).cast(dtype).alias(name) for name, dtype in links.items()),
        ),
        choices=own(landing.choices),
        amounts=own(landing.amounts),
        facts=own(landing.facts),
        faults=pl.concat([own(landing.faults), faults]),
    )
