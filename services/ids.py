"""Ids: three letters that tell the kind, and a number that only rises.

What lives here: the prefixes and the spelling. What does not: the counter, which the transaction keeps
(`services.book.Transaction.mint`), so that ids rise within the write that made them (decisions, 3).
"""

import polars as pl

CENSUS_FILE = "0cf"
CENSUS = "0rf"
MEMBER = "0r6"
MEMBER_PLAN = "0r8"
GROUP_CLASS = "0rE"
CONTRACT_PLAN = "0rg"
CONTRACT = "800"
ACCOUNT = "001"
PRODUCT = "01t"
RATE_TABLE = "0rt"
RULE = "0rF"
SUMMARY = "0rs"
CENSUS_LOAD = "0cl"
SHELF_LOAD = "0sl"
RUN = "0rr"
BILLING = "0rb"
ASYNC_REQUEST = "08P"
ASYNC_ITEM = "18c"
ASYNC_DETAIL = "18d"
CONTACT = "003"
PORTAL_USER = "005"
PROFILE = "00e"
DOCUMENT = "069"
DOCUMENT_VERSION = "068"
BEARER = "0at"
CONFIGURATION_RULE = "0rc"
QUOTE = "0Q0"
QUOTE_LINE = "0QL"
QUOTE_LINE_ATTRIBUTE = "0QA"
POLICY = "0YT"
PARTICIPANT = "0YP"
PARTICIPANT_RELATION = "0YR"
POLICY_COVERAGE = "0YC"
PAYMENT = "0YS"
POLICY_TRANSACTION = "0YX"
POLICY_TRANSACTION_LINE = "0YL"
PARTNER = "0pa"
MANAGER = "0pm"
REGISTRATION = "REG-"
PLAN_CLASS = "0rj"
PLAN_ATTRIBUTE = "0ra"
PLAN_CLASS_ATTRIBUTE = "0rk"
NOTIFICATION = "0nt"
RATING_REQUEST = "0rq"


def spell(prefix: str, number: int) -> str:
    """One id of 18 characters.

    >>> spell("0r6", 42)
    '0r6000000000000042'
    """
    return f"{prefix}{number:015d}"


def spell_registration(number: int) -> str:
    """The id of a group registration, as partners know it.

    >>> spell_registration(41)
    'REG-000041'
    """
    return f"{REGISTRATION}{number:06d}"


def spell_many(prefix: str, first: int, n: int) -> pl.Series:
    """`n` ids from number `first` on, as a text column."""
    numbers = pl.int_range(first, first + n, dtype=pl.Int64)
    return pl.select(pl.lit(prefix) + numbers.cast(pl.String).str.zfill(15)).to_series()
