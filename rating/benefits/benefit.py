"""The benefit a premium is charged on: an exact amount, and why it is missing or lawfully zero.

What lives here: `Benefit`, `Reasons`, and the bounds of amounts that a census states. What does not: the
rules of insured amounts (`rating.benefits.volume`) and of disability benefits (`rating.benefits.disability`).

Each benefit is exact: integers over an integer. Nothing is rounded but where a rounding is named.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Flags, Floats, Longs, Rows, Whole
from rating.batch import LARGEST_AMOUNT
from rating.codes import NONE, Issue, ZeroReason
from rating.money import Ratio, to_cents

NO_CAP = np.iinfo(np.int64).max


class Reasons:
    """Why some rows have no amount: issues and lawful zeros. The reason told first stays; none told costs nothing."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.issue: Bytes | None = None
        self.zero: Bytes | None = None

    def refuse(self, where: Flags, issue: Issue | Bytes) -> None:
        """These rows cannot be priced."""
        if where.any():
            self.issue = np.zeros(self.n, np.int8) if self.issue is None else self.issue
            where = where & (self.issue == Issue.NONE)
            self.issue[where] = issue if isinstance(issue, Issue) else issue[where]

    def nothing(self, where: Flags, reason: ZeroReason) -> None:
        """These rows are lawfully zero, unless they cannot be priced at all."""
        if self.issue is not None:
            where = where & (self.issue == Issue.NONE)
        if where.any():
            self.zero = np.zeros(self.n, np.int8) if self.zero is None else self.zero
            self.zero[where & (self.zero == ZeroReason.NONE)] = reason

    def without_amount(self, amount: Whole | Floats) -> None:
        """NO_AMOUNT where nothing is left to insure and no other reason was told."""
        if amount.size and int(amount.min()) == 0:
            self.nothing(amount == 0, ZeroReason.NO_AMOUNT)

    @property
    def is_declined(self) -> Flags | None:
        """Rows of members who chose nothing; None if nobody did."""
        return None if self.zero is None else self.zero == ZeroReason.AMOUNT_DECLINED


@dataclass(frozen=True, slots=True)
class Benefit:
    """Exact amounts in cents, (n,), with an Issue where one is missing and a ZeroReason where it is lawfully zero.

    The two columns are None where no row has one; `pending_cents` waits for evidence of insurability,
    None where no offer asks for any.
    """

    amount: Ratio
    issue: Bytes | None = None
    zero_reason: Bytes | None = None
    pending_cents: Longs | None = None

    @property
    def shown_cents(self) -> Longs:
        """The amount to the nearest cent, for people; no premium is computed from it. NONE if missing."""
        cents = nearest_cent(self.amount)
        return cents if self.issue is None else np.where(self.issue == Issue.NONE, cents, NONE)


def nearest_cent(amount: Ratio) -> Longs:
    """An amount to the nearest cent; one in whole cents as it is."""
    numerators, divisors = amount.numerators, amount.divisors
    if len(numerators) == 1 and isinstance(divisors[0], int) and divisors[0] == 1:
        return numerators[0].astype(np.int64, copy=False)
    return to_cents(amount)


def bounded(cents: Longs, missing: Issue, reasons: Reasons, rows: Rows | None = None) -> Longs:
    """Stated amounts between nothing and the largest one that arithmetic bears; the issue where one is not.

    `rows` says where the amounts stand among those of `reasons`; None is all of them.
    """
    if not cents.size:
        return cents
    low, high = int(cents.min()), int(cents.max())
    if low < 0:
        reasons.refuse(spread(cents < 0, rows, reasons.n), missing)
        cents = np.maximum(cents, 0)
    if high > LARGEST_AMOUNT:
        reasons.refuse(spread(cents > LARGEST_AMOUNT, rows, reasons.n), Issue.AMOUNT_OUT_OF_RANGE)
        cents = np.minimum(cents, LARGEST_AMOUNT)
    return cents


def spread(part: Flags, rows: Rows | None, n: int) -> Flags:
    """Flags of some rows as flags of all."""
    if rows is None:
        return part
    whole = np.zeros(n, np.bool_)
    whole[rows] = part
    return whole


def cap(cents: Longs) -> Longs:
    """A cap, or one beyond reach where there is none."""
    return np.where(cents < 0, NO_CAP, cents)
