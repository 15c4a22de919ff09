"""What of a premium is kept when cover ends before it was to end, and what of it had been paid for by then.

What lives here: the premium up to the new last day (PR-16), the part up to the day paid for (PR-17), and the employer's
part of what is kept. What does not: what a day is worth (`rating.proration`), rounding (`rating.money`), and who ends
what (`services.policies`).
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Days, Flags, Longs, Rows, Whole
from rating.money import Ratio, to_cents
from rating.proration import Fraction, Prorations, in_chains, part_of_term

SAFE_SUM = 2.0**60
"""Sums of cents times parts of a term that whole numbers of 64 bits hold twice over; larger ones take Python's."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover of premiums, (n,) each: whose term, its first day, the first day no longer covered."""

    plans: Prorations
    offer: Whole
    covered_from: Days
    covered_to: Days
    is_newborn: Flags | None = None
    changes: tuple[Flags, Flags] | None = None
    """Which begin, and which end, with a change of price."""


def earned(cover: Cover, standard: Longs) -> Longs:
    """What cover costs: the premium of the full term times the part of it that is covered, (n,). [cents]

    Nothing where no day of the term is covered. Example PR-16: 900.00 for 2026, cover that ends with 20 September, is
    900.00 x 263 / 365 = 648.49; the policy had been paid in full, so 251.51 go back.
    """
    part, whole = _charged(cover)
    return to_cents(Ratio((standard, part), (whole,)))


def earned_in_pieces(cover: Cover, standard: Longs, heads: Rows) -> Longs:
    """What covers cost whose price changes within them, (n_heads,): piece by piece exactly, rounded once. [cents]

    The pieces of each stand together, by day, from its head on; they are charged together neither more nor less than
    its days are, as where a run rates them (`rating.stretches`). Example: 41.37 a month to 16 March, then 83.11, cover
    that ends with 19 March: 41.37 x 2 16/31 + 83.11 x 3/31 = 112.135, so 112.14.
    """
    part, whole = _charged(cover, is_signed=True)
    links = np.diff(heads, append=part.size)
    charged = in_chains(part, heads, links)
    largest = float(standard.max(initial=0)) * float(whole.max(initial=1)) * float(links.max(initial=1))
    if largest >= SAFE_SUM:  # a large premium over the long divisor of many years
        standard = standard.astype(object)
    exact, unit = np.add.reduceat(standard * charged, heads), whole.take(heads)
    return ((2 * exact + unit) // (2 * unit)).astype(np.int64)


def _charged(cover: Cover, *, is_signed: bool = False) -> Fraction:
    return part_of_term(
        cover.plans,
        offer=cover.offer,
        covered_from=cover.covered_from,
        covered_to=cover.covered_to,
        is_newborn=cover.is_newborn,
        changes=cover.changes,
        is_signed=is_signed,
    )


def share_kept(employer: Longs, before: Longs, after: Longs) -> Longs:
    """The employer's part of a premium that went from `before` to `after`, (n,): the share that it was. [cents]

    What is over is the employee's, so the two always add up to the premium (PR-9).

    >>> share_kept(np.array([60_000, 0]), np.array([90_000, 0]), np.array([64_849, 0])).tolist()
    [43233, 0]
    """
    return np.minimum(to_cents(Ratio((employer, after), (np.maximum(before, 1),))), after)
