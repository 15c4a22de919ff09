"""Benefit attributes by name, as quote lines state them.

What lives here: whether an attribute's value is one that a plan could have: the limits are those of the sheet plans.
An amount that everybody is taken to choose is more than nothing: nothing is what who declines chooses.
What does not: the attributes of plans, which have a column each (`plans`).
"""

import polars as pl

from schemas.plans import BENEFIT_ATTRIBUTES
from schemas.quotes import ASSUMED_AMOUNT
from schemas.shelf_rules import is_schedule
from services.shelf.columns import PLANS
from services.shelf.sheet import SheetColumn

_CENT = 0.01

SPELLED = {name.lower(): name for name in (*BENEFIT_ATTRIBUTES, ASSUMED_AMOUNT)}
"""The names that rating reads, by themselves in small letters: whoever states one in another case means it."""


def _column_of(attribute: str) -> str:
    """The column of the sheet plans that states an attribute.

    >>> _column_of("BenefitMultiple")
    'benefit_multiple'
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in attribute).lstrip("_")


def is_good(name: str, value: str) -> pl.Expr:
    """The columns of names and values: true where the value can be read, and for an attribute that no rating reads."""
    good = pl.lit(value=True)
    for attribute in BENEFIT_ATTRIBUTES:
        column = PLANS.column(_column_of(attribute))
        good = pl.when(pl.col(name) == attribute).then(_fits(column, value)).otherwise(good)
    assumed = _fits(PLANS.column("benefit_flat_amount"), value) & (
        pl.col(value).cast(pl.Float64, strict=False) >= _CENT
    )
    return pl.when(pl.col(name) == ASSUMED_AMOUNT).then(assumed).otherwise(good)


def _fits(column: SheetColumn, value: str) -> pl.Expr:
    text = pl.col(value)
    if column.kind == "choice":
        return text.is_in(list(column.values))
    if column.kind == "text":
        return is_schedule(value)
    number = text.cast(pl.Decimal(24, 6), strict=False)
    lies_within = number.is_between(column.lowest or 0, column.highest or 10**12).fill_null(False)
    return text.str.contains(_digits(column)) & lies_within


def _digits(column: SheetColumn) -> str:
    """What a number of the column looks like: as many decimals as it has, and none for a whole number."""
    if column.kind == "whole":
        return r"^[0-9]{1,12}$"
    return rf"^[0-9]{{1,12}}(\.[0-9]{{1,{column.places or 6}}}0*)?$"
