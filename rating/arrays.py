"""Names for the kinds of column that travel through the core.

What lives here: type aliases, and nothing that runs. A column is a one-dimensional NumPy array;
its dtype says how wide a number can be, its name in the bundle says the unit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.int8]
"""Codes of the closed lists in `rating.codes`."""
Shorts = NDArray[np.int16]
Ints = NDArray[np.int32]
"""Row positions, counts and days."""
Longs = NDArray[np.int64]
"""Cents and scaled rates, factors and percents."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]
"""Calendar days, `datetime64[D]`."""
Rows = NDArray[np.intp]
"""Positions as NumPy itself counts them."""
Whole = NDArray[np.integer]
"""Any column of integers."""

COLUMN_DTYPES: dict[object, np.dtype[Any]] = {
    Bytes: np.dtype(np.int8),
    Shorts: np.dtype(np.int16),
    Ints: np.dtype(np.int32),
    Longs: np.dtype(np.int64),
    Days: np.dtype("M8[D]"),
}
"""The dtype that a column of each kind has in a bundle."""
