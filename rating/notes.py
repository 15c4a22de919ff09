"""What the steps of a rating found on their way, for whoever explains a cent.

What lives here: `Notes`. What does not: words (`services.explain_words`) and any arithmetic: a step writes down
what it computed anyway, and writes nothing when nobody asks.
"""

import numpy as np

from rating.arrays import Longs, Rows
from rating.codes import NONE
from rating.money import Ratio

TEN = 10


class Notes:
    """Columns of whole numbers over all coverages of a batch, by name; NONE where a step did not come by.

    Names end in what the number counts: `_cents`, `_e4`, `_e6`, `_day`, `_row`.
    """

    def __init__(self, n_coverages: int) -> None:
        self.n = n_coverages
        self.columns: dict[str, Longs] = {}

    def write(self, name: str, rows: Rows | slice, values: Longs | int) -> None:
        """Keep what a step found for some coverages; chunks write to rows of their own."""
        column = self.columns.get(name)
        if column is None:
            column = self.columns.setdefault(name, np.full(self.n, NONE, np.int64))
        column[rows] = values

    def get(self, name: str) -> Longs:
        """The column of that name, NONE in all rows where no step wrote it."""
        found = self.columns.get(name)
        return np.full(self.n, NONE, np.int64) if found is None else found

    def write_ratio(self, name: str, rows: Rows | slice, ratio: Ratio) -> None:
        """Keep an exact amount in cents as its factors: columns `name`_times_1 and so on, `name`_by_1 and so on.

        The amount is the product of the former over that of the latter and of 10 to the power `name`_tens. Plain
        divisors are nearly always powers of ten, which may pass 64 bits; what is left of them is the first `_by`.
        """
        plain, tens = 1, 0
        for each in ratio.divisors:
            plain *= each if isinstance(each, int) else 1
        while plain % TEN == 0:
            plain, tens = plain // TEN, tens + 1
        columns = [each for each in ratio.divisors if not isinstance(each, int)]
        self._write_all(f"{name}_times", rows, [each.astype(np.int64) for each in ratio.numerators])
        self._write_all(f"{name}_by", rows, [plain, *(each.astype(np.int64) for each in columns)])
        self.write(f"{name}_tens", rows, tens)

    def _write_all(self, name: str, rows: Rows | slice, columns: list[Longs | int] | list[Longs]) -> None:
        """Numbered columns; those that an earlier and longer product left in the rows are cleared."""
        for number, column in enumerate(columns, 1):
            self.write(f"{name}_{number}", rows, column)
        number = len(columns) + 1
        while f"{name}_{number}" in self.columns:
            self.write(f"{name}_{number}", rows, NONE)
            number += 1

    def take_over(self, rows: Rows, other: "Notes", at: Rows) -> None:
        """The notes of other rows in place of the own: a coverage of several pieces tells of the first."""
        for name in sorted({*self.columns, *other.columns}):
            self.write(name, rows, other.get(name).take(at))
