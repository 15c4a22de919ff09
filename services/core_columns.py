"""Columns of frames as columns of the core: whole numbers, days, and codes for names.

What lives here: the conversions that every bundle of the core is made with. What does not: which column
goes where (`services.assemble`, `services.rate_columns`), and any rule.

A fact that is unknown is null in a frame and NONE, or no day, in the core. A column that nobody states
is left out altogether: the core then knows at once that all its rows are the same (`rating.columns`).

A run asks some three hundred of these for columns of few rows, most of them blank, where a step of Polars costs more
than the rows do: what is known beforehand of a column without values, or without nulls, takes no step.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rating.codes import NONE, Gender, Relationship, Tobacco
from schemas.plans import PRODUCT_TYPES

RELATIONSHIPS = {
    "Self": Relationship.SELF,
    "Spouse": Relationship.SPOUSE,
    "Domestic Partner": Relationship.DOMESTIC_PARTNER,
    "Child": Relationship.CHILD,
    "Parent": Relationship.PARENT,
    "Parent-in-law": Relationship.PARENT_IN_LAW,
    "Other": Relationship.OTHER,
}
GENDERS = {"Male": Gender.MALE, "Female": Gender.FEMALE, "Other": Gender.OTHER, "Unknown": Gender.UNKNOWN}
SMOKERS = {"Smoker": Tobacco.SMOKER, "Non-Smoker": Tobacco.NON_SMOKER}
CATEGORIES = {kind: code for code, kind in enumerate(PRODUCT_TYPES)}
ANY = "*"


def named_by(codes: type[IntEnum]) -> dict[str, int]:
    """The codes of a closed list by their names, as the book stores them."""
    return {code.name: int(code) for code in codes}


def ints(column: pl.Series) -> NDArray[np.int32]:
    """Whole numbers of 32 bits; null is NONE."""
    return _filled(column.cast(pl.Int32))


def longs(column: pl.Series) -> NDArray[np.int64]:
    """Whole numbers of 64 bits; null is NONE."""
    return _filled(column.cast(pl.Int64))


def _filled(column: pl.Series, filling: int = NONE) -> NDArray[Any]:
    if not column.null_count():
        return column.to_numpy()
    return column.to_arrow().fill_null(filling).to_numpy(zero_copy_only=False)


def is_blank(column: pl.Series) -> bool:
    """Whether no row of a column says anything."""
    return column.null_count() == len(column)


def days(column: pl.Series) -> NDArray[np.datetime64]:
    """Days; null is no day (NaT)."""
    return column.cast(pl.Date).to_numpy().astype("datetime64[D]")


def scaled(column: pl.Series, factor: int) -> NDArray[np.int64]:
    """Decimal text as a whole number of `factor`-ths; null is NONE. Exact: no float is involved."""
    if is_blank(column):
        return np.full(len(column), NONE, np.int64)
    exact = column.cast(pl.String).str.strip_chars().cast(pl.Decimal(24, 6))
    return _filled((exact * factor).cast(pl.Int64))


def coded(column: pl.Series, codes: Mapping[str, int], otherwise: int) -> NDArray[np.int8]:
    """Names as their codes, `otherwise` for null and for names that have none."""
    if is_blank(column):
        return np.full(len(column), int(otherwise), np.int8)
    listed, values = _list_of(tuple((name, int(code)) for name, code in codes.items()), int(otherwise))
    places = column.cast(pl.String).cast(listed, strict=False).to_arrow().indices
    return values.take(places.fill_null(len(codes)).to_numpy(zero_copy_only=False))


@cache
def _list_of(codes: tuple[tuple[str, int], ...], otherwise: int) -> tuple[pl.Enum, NDArray[np.int8]]:
    """A closed list of names, and the code at each place of it; the one for all other names comes last."""
    return pl.Enum([name for name, _ in codes]), np.array([*(code for _, code in codes), otherwise], np.int8)


def named(column: pl.Series) -> pl.Series:
    """Keys that name a value: neither blank nor the wildcard."""
    if is_blank(column):
        return column.alias("key")
    return pl.select(pl.when(column.is_in(["", ANY])).then(None).otherwise(column).alias("key"))["key"]


def codes_of(*columns: pl.Series) -> pl.DataFrame:
    """One code per distinct text of several columns, in order of the texts."""
    texts = pl.concat([named(column.cast(pl.String)).alias("text") for column in columns]).drop_nulls().unique().sort()
    return pl.DataFrame({"text": texts, "code": pl.int_range(len(texts), eager=True, dtype=pl.Int32)})


def looked_up_or_new(column: pl.Series, codes: pl.DataFrame) -> NDArray[np.int32]:
    """Codes of texts, and further ones after those listed for texts that have none; NONE where a text is null."""
    if is_blank(column) or column.n_unique() > 1:
        return looked_up(column, _with_more(codes, column))
    found = None if column[0] in ("", ANY) else codes["text"].index_of(column[0])
    code = NONE if column[0] in ("", ANY) else codes.height if found is None else int(codes["code"][found])
    return np.full(len(column), code, np.int32)


def _with_more(codes: pl.DataFrame, column: pl.Series) -> pl.DataFrame:
    """The codes, and further ones after them for the texts of a column that have none."""
    more = codes_of(column).select("text").join(codes, on="text", how="anti", maintain_order="left")
    return pl.concat(
        [codes, more.select("text", code=pl.int_range(codes.height, codes.height + pl.len(), dtype=pl.Int32))]
    )


def looked_up(column: pl.Series, codes: pl.DataFrame) -> NDArray[np.int32]:
    """Codes of texts, NONE where a text is null."""
    if is_blank(column):
        return np.full(len(column), NONE, np.int32)
    wanted = pl.DataFrame({"text": column.cast(pl.String)})
    return ints(wanted.join(codes, on="text", how="left", maintain_order="left")["code"])


def if_stated(column: pl.Series, make: Callable[[pl.Series], NDArray[Any]]) -> Any:
    """The core's column; None, its default in every row, where the frame's column says nothing."""
    return None if is_blank(column) else make(column)


def codes_for(codes: type[IntEnum], otherwise: int = NONE) -> Callable[[pl.Series], NDArray[np.int8]]:
    """A maker of codes of a closed list, for `if_stated`."""
    return lambda column: coded(column, named_by(codes), otherwise)
