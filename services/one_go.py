"""Chains of steps on columns, run in one go.

What lives here: `collected`, which runs a lazy chain as it stands. What does not: any step.

Each eager step of Polars has a fixed cost of about a tenth of a millisecond, whatever the number of rows: that is most
of what a request of one member costs. A chain that is built first and run once pays it once.
"""

import polars as pl

_AS_WRITTEN = pl.QueryOptFlags.none()
"""The steps are written in the order they shall run; planning them anew costs more than a small chain does."""


def collected(chain: pl.LazyFrame) -> pl.DataFrame:
    """The result of a chain.

    >>> collected(pl.LazyFrame({"n": [1, 2]}).filter(pl.col("n") > 1).select(pl.col("n") * 2))["n"].to_list()
    [4]
    """
    return chain.collect(engine="in-memory", optimizations=_AS_WRITTEN)
