"""Numbers in the words of an explanation: dollars, decimals, exact fractions, as expressions over whole columns.

What lives here: the spelling of whole numbers that stand for cents, parts of a percent or factors of an exact
amount. What does not: which numbers are told (`services.explain_words`), and any premium: nothing here decides a cent.
"""

import polars as pl

SAFE = 1e30
"""Products beyond this are not spelled digit by digit; they would leave 128 bits."""

PLACES = 8


def dollars(cents: pl.Expr) -> pl.Expr:
    """Cents as dollars with two places and commas.

    >>> pl.select(dollars(pl.Series([123456, -5, 700]))).to_series().to_list()
    ['1,234.56', '-0.05', '7.00']
    """
    whole, rest = cents.abs() // 100, cents.abs() % 100
    text = _padded(rest, 2)
    return pl.concat_str(
        pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit("")), with_commas(whole), pl.lit("."), text
    )


def with_commas(whole: pl.Expr) -> pl.Expr:
    """A whole number, not negative, with commas: three digits at a time, counted from the end.

    >>> pl.select(with_commas(pl.Series([0, 999, 1000, 1234567]))).to_series().to_list()
    ['0', '999', '1,000', '1,234,567']
    """
    counted = whole.cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1},")
    return counted.str.reverse().str.strip_chars_start(",")


def decimal(number: pl.Expr, places: int) -> pl.Expr:
    """A whole number of 10**-places as a decimal without idle zeros.

    >>> pl.select(decimal(pl.Series([12000, 800000]), 4)).to_series().to_list()
    ['1.2', '80']
    """
    unit = 10**places
    text = pl.concat_str((number // unit).cast(pl.String), pl.lit("."), _padded(number % unit, places))
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def fraction(times: list[pl.Expr], by: list[pl.Expr], tens: pl.Expr | None = None) -> pl.Expr:
    """The exact amount in dollars of a product of whole numbers over another, in cents, to eight places.

    Digits are cut, not rounded, and three dots say that more follow: what lies under a half cent never looks like
    one. Null where the numbers are too long to be spelled.

    >>> frame = pl.DataFrame({"premium": [89753, 10000], "percent": [500000, 333333]})
    >>> frame.select(fraction([pl.col("premium"), pl.col("percent")], [pl.lit(1_000_000)])).to_series().to_list()
    ['448.765', '33.3333']
    >>> frame.select(fraction([pl.col("premium")], [pl.lit(3)])).to_series().to_list()
    ['299.17666666...', '33.33333333...']
    """
    more = pl.lit(0) if tens is None else tens
    long = [each.cast(pl.Int128) for each in times]
    divisors = [each.cast(pl.Int128) for each in by] + [pl.lit(10, dtype=pl.Int128).pow(more.cast(pl.UInt32))]
    near = [_product([each.cast(pl.Float64) for each in some]) for some in (long, divisors)]
    is_safe = (near[0] < SAFE) & (near[1] < SAFE)
    one = pl.lit(1, dtype=pl.Int128)
    number = _product([pl.when(is_safe).then(each).otherwise(one) for each in long]) * 10 ** (PLACES - 2)
    divisor = _product([pl.when(is_safe).then(each).otherwise(one) for each in divisors])
    cut, rest = number // divisor, number % divisor
    whole = (cut // 10**PLACES).cast(pl.Int64)
    text = pl.concat_str(with_commas(whole), pl.lit("."), _padded(cut % 10**PLACES, PLACES))
    exact = text.str.strip_chars_end("0").str.strip_chars_end(".")
    return pl.when(is_safe).then(pl.when(rest == 0).then(exact).otherwise(pl.concat_str(text, pl.lit("..."))))


def toward(exact: pl.Expr, cents: pl.Expr) -> pl.Expr:
    """An exact amount and the cents it became: `448.765 -> 448.77`; the cents alone where nothing was rounded.

    >>> pl.select(toward(pl.Series(["448.765", "4.2"]), pl.Series([44877, 420]))).to_series().to_list()
    ['448.765 -> 448.77', '4.20']
    """
    shown = dollars(cents)
    is_exact = exact == shown.str.strip_chars_end("0").str.strip_chars_end(".")
    return pl.when(is_exact | exact.is_null()).then(shown).otherwise(pl.concat_str(exact, pl.lit(" -> "), shown))


def _product(columns: list[pl.Expr]) -> pl.Expr:
    made = columns[0]
    for each in columns[1:]:
        made = made * each
    return made


def _padded(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)
