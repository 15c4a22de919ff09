"""Whole cents as dollars, the nearest number that there is.

What lives here: one conversion, for answers and keys. What does not: the spelling of amounts for people
(`services.explain_numbers`) and for large answers (`services.member_rating.spelling`).
"""

import polars as pl


def dollars(cents: pl.Expr) -> pl.Expr:
    """Cents as a number of dollars that prints with two places at most.

    Polars divides a column by a plain number as it multiplies with the reciprocal: 7.93 becomes 7.930000000000001, and
    only where the column has more than one row. A decimal is divided exactly.

    >>> pl.select(dollars(pl.Series([793, -106762, None]))).to_series().to_list()
    [7.93, -1067.62, None]
    """
    return (cents.cast(pl.Decimal(38, 2)) / 100).cast(pl.Float64)
