"""Rows spoilt on purpose, for tests of what happens to bad ones.

What lives here: the kinds of harm, each one cell of a row. What does not: the committed sample's hand-placed faults
(`samples/make_samples.py`).
"""

import numpy as np
import polars as pl

HARMS: tuple[tuple[str, str], ...] = (
    ("Relationship", "Cousin once removed"),
    ("Date of Birth", "2150-06-01"),
    ("Date of Birth", "1850-03-09"),
    ("Date of Birth", "31 of May"),
    ("First Name", ""),
    ("Class", "Interns"),
    ("Medical", "Nowhere PPO 999"),
    ("Annual Salary", "-52000"),
    ("Email", "not an address"),
    ("Tobacco User", "perhaps"),
)
"""Heading and the cell that is put there."""


def soil(frame: pl.DataFrame, share: float, rng: np.random.Generator) -> tuple[pl.DataFrame, int]:
    """The frame with `share` of its rows spoilt, one cell each, and how many rows that were."""
    count = round(frame.height * share)
    if count == 0:
        return frame, 0
    kind = np.full(frame.height, -1)
    rows = rng.choice(frame.height, count, replace=False)
    kind[rows] = rng.integers(0, len(HARMS), count)
    marked = frame.with_columns(pl.Series("harm", kind))
    for number, (heading, cell) in enumerate(HARMS):
        harmed = pl.when(pl.col("harm") == number).then(pl.lit(cell)).otherwise(pl.col(heading).cast(pl.String))
        marked = marked.with_columns(harmed.alias(heading))
    return marked.drop("harm"), count
