"""Columns that a caller may leave out of a bundle.

What lives here: how a bundle of columns fills in the ones it was not given. What does not: any bundle.

A column left out is one value seen many times (a NumPy view without memory of its own), so that a
fact nobody states costs nothing, and the core can tell at once that it is the same in every row.
"""

from dataclasses import field, fields
from typing import Any

import numpy as np

from rating.arrays import COLUMN_DTYPES


def otherwise(value: object) -> Any:
    """A dataclass field for a column that may be left out: every row then has the value."""
    return field(default=None, metadata={"otherwise": value})


def fill_in(bundle: Any) -> None:
    """Give every column that was left out its value, in as many rows as the bundle has.

    A column that states another value in such a view gets memory of its own: it was not left out.
    """
    for each in fields(bundle):
        if "otherwise" not in each.metadata:
            continue
        column, value = getattr(bundle, each.name), COLUMN_DTYPES[each.type].type(each.metadata["otherwise"])
        if column is None:
            object.__setattr__(bundle, each.name, np.broadcast_to(value, (len(bundle),)))
        elif is_constant(column) and column.size and column[:1].tobytes() != value.tobytes():
            object.__setattr__(bundle, each.name, column.copy())


def is_constant(column: np.ndarray[Any, Any]) -> bool:
    """The column was left out: it has one value in all rows.

    >>> is_constant(np.broadcast_to(np.int8(3), (5,))), is_constant(np.array([3, 3], "i1"))
    (True, False)
    """
    return column.strides == (0,)
