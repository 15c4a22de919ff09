"""Money, shares, social security numbers and postal codes out of text, exactly.

What lives here: one reader per kind, each giving values, which cells cannot be read, and which had zeros restored.
What does not: limits of sense (a negative salary is read as stated and refused by the rules of the schema).
"""

import polars as pl

_MONEY = r"^\$?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.([0-9]*))?$"
_COMMA_MONEY = r"^\$?\s*[0-9]{1,3}(\.[0-9]{3})*,[0-9]{1,2}$|^[0-9]+,[0-9]{1,2}$"
_STAND_INS = [*(digit * 9 for digit in "0123456789"), "123456789", "987654321", "078051120"]
"""What people type where they do not know a social security number; the last was printed on specimen cards."""
_UNKNOWN = ["pending", "tbd", "unknown", "applied for", "not available", "not provided", "to follow", "none yet"]
"""Words that people write in place of one."""
_MODE = (
    r"(?i)[\s/]*(per\s+)?(annum|annually|annual|year|yr|a|monthly|month|mo|m|hourly|hour|hr|h|weekly|week|wk|bi-?weekly"
    r"|semi-?monthly)\.?$"
)


def money_e4(text: pl.Series, by_the_hour: pl.Series | bool = False) -> tuple[pl.Series, pl.Series]:
    """Dollars times 10,000 (exact to the hundredth of a cent), and which cells are no money.

    Three digits behind a point may be thousands or thousandths; of pay by the hour they are thousandths, and three
    behind a comma are what may be either.
    """
    bare = text.str.replace_all(r"(?i)\s|usd|\$", "")
    negative = bare.str.contains(r"^\(.*\)$|^-|-$")
    bare = bare.str.replace_all(r"^\(|\)$|^[-+]|-$", "")
    comma = bare.str.contains(_COMMA_MONEY)
    us = pl.select(
        pl.when(comma)
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(
            bare.str.contains(r"^[0-9]{1,3}(\.[0-9]{3}){2,}$")
            | (bare.str.contains(r"^[1-9][0-9]{0,2}\.[0-9]{3}$") & ~pl.lit(by_the_hour))
            | (bare.str.contains(r"^[1-9][0-9]{0,2},[0-9]{3}$") & pl.lit(by_the_hour))
        )
        .then(pl.lit("thousands or thousandths"))
        .otherwise(bare)
    ).to_series()
    parts = us.str.extract_groups(_MONEY).struct.unnest()
    whole, part = parts.to_series(0), parts.to_series(1)
    dollars = whole.fill_null("0").str.replace_all(",", "", literal=True)
    tenths = part.fill_null("").str.pad_end(5, "0").str.slice(0, 5).cast(pl.Int64, strict=False)
    fraction = (tenths + 5) // 10
    good = (whole.is_not_null() | (part.fill_null("") != "")) & (dollars.str.len_bytes() <= 11)
    value = dollars.str.slice(0, 11).cast(pl.Int64, strict=False) * 10_000 + fraction
    signed = pl.select(pl.when(negative).then(-value).otherwise(value)).to_series()
    good = (good & text.is_not_null()).fill_null(False)
    return signed.set(~good, None), text.is_not_null() & ~good


def split_mode(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A cell such as `4,500 monthly` or `25.50/hr`: the amount and the mode (null when none is stated)."""
    mode = text.str.extract(_MODE, 2)
    amount = pl.select(pl.when(mode.is_not_null()).then(text.str.replace(_MODE, "")).otherwise(text)).to_series()
    return amount, mode


def cents(e4: pl.Series) -> pl.Series:
    """Cents of ten-thousandths of dollars, half away from zero."""
    return pl.select(e4.sign() * ((e4.abs() + 50) // 100)).to_series()


def cents_of(e4: pl.Series, times_e2: pl.Series) -> pl.Series:
    """Cents of ten-thousandths of dollars times a number in hundredths, half away from zero, in wide integers."""
    exact = pl.lit(e4).cast(pl.Int128) * pl.lit(times_e2).cast(pl.Int128)
    whole = ((exact.abs() + pl.lit(5_000, pl.Int128)) // pl.lit(10_000, pl.Int128)).cast(pl.Int64, strict=False)
    return pl.select(pl.lit(e4).sign() * whole).to_series()


def share(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A number such as 0.75, 0,75 or 75%, and which cells are none."""
    percent = text.str.ends_with("%")
    # A comma before other than three digits, or behind nothing but a zero, is a decimal comma.
    plain = text.str.strip_chars("% ").str.replace(r"^(0?),([0-9]+)$|^([0-9]+),([0-9]{1,2})$", "$1$3.$2$4")
    value = plain.cast(pl.Float64, strict=False)
    value = pl.select(pl.when(percent).then(value / 100).otherwise(value)).to_series()
    value = value.set(~value.is_finite().fill_null(False), None)
    return value, text.is_not_null() & value.is_null()


def degrees(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A latitude or longitude in decimal degrees, and which cells are none."""
    value = text.cast(pl.Float64, strict=False)
    value = value.set(~value.is_finite().fill_null(False), None)
    return value, text.is_not_null() & value.is_null()


def whole(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A small whole number, and which cells are none."""
    value = text.str.replace(r"\.0+$", "").cast(pl.Int32, strict=False)
    return value, text.is_not_null() & value.is_null()


def unfloated(text: pl.Series) -> pl.Series:
    """Keys that a spreadsheet wrote as numbers: `1001.0` is 1001."""
    return text.str.replace(r"^([0-9]+)\.0+$", "$1")


def social_security(text: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
    """Nine digits, or the last four; which cells are neither; which had leading zeros restored; which hold a number
    that stands in for an unknown one, and is nobody's."""
    bare = unfloated(text).str.replace_all(r"[\s-]", "")
    masked = bare.str.contains(r"(?i)^[x*#]{3,5}[0-9]{4}$")
    digits = pl.select(pl.when(masked).then(bare.str.tail(4)).otherwise(bare)).to_series()
    # Of a number in three parts only the first can lose zeros; a digit that lacks in another is lost.
    is_parted = text.str.contains(r"[0-9][\s-]+[0-9]") & ~text.str.contains(r"^[0-9]{1,3}[\s-]+[0-9]{2}[\s-]+[0-9]{4}$")
    restored = digits.str.contains(r"^[0-9]{7,8}$") & ~is_parted
    good = digits.str.contains(r"^([0-9]{4}|[0-9]{9})$") | restored
    value = pl.select(
        pl.when(good & (digits.str.len_bytes() > 4)).then(digits.str.zfill(9)).when(good).then(digits)
    ).to_series()
    hidden = bare.str.contains(r"(?i)^[x*#]+$").fill_null(False)
    is_word = text.str.to_lowercase().is_in(_UNKNOWN).fill_null(False)
    stands_in = value.is_in(_STAND_INS).fill_null(False) | is_word
    bad = text.is_not_null() & ~good.fill_null(False) & ~hidden & ~is_word
    return value.set(stands_in, None), bad, restored.fill_null(False) & ~stands_in, stands_in


def postal_code(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A postal code; United States codes get lost zeros back. Second: which had them restored."""
    if not text.str.contains(r"^[0-9]{0,4}$|\.0+$|^[0-9-]{6,9}$").any():
        return text, pl.Series([False]).new_from_index(0, len(text))
    bare = unfloated(text)
    short = bare.str.contains(r"^[0-9]{3,4}$").fill_null(False)
    short_plus = bare.str.contains(r"^([0-9]{3,4}-[0-9]{4}|[0-9]{7,8})$").fill_null(False)
    nine = pl.select(
        pl.when(short)
        .then(bare.str.zfill(5))
        .when(short_plus)
        .then(bare.str.replace("-", "").str.zfill(9))
        .otherwise(bare)
    ).to_series()
    with_dash = nine.str.replace(r"^([0-9]{5})([0-9]{4})$", "$1-$2")
    return with_dash, short | short_plus


def masked(text: pl.Series) -> pl.Series:
    """A social security number as it may be shown: its last four digits, when it has more. Blank stays blank."""
    bare = text.str.replace(r"\.0+$", "").str.replace_all(r"[\s-]", "")
    tail = pl.when(bare.str.contains(r"[0-9]{7}$")).then("***-**-" + bare.str.tail(4)).otherwise(pl.lit("***-**-****"))
    return pl.select(pl.when(bare == "").then(pl.lit("")).when(bare.is_not_null()).then(tail)).to_series()
