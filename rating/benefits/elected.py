"""Amounts that members choose, in the increments a plan is sold in.

What lives here: reading what was chosen and holding it to whole increments. What does not: rounding to
thousands and caps (`rating.benefits.volume`), and evidence of insurability (`rating.benefits.evidence`).
"""

import numpy as np

from rating.arrays import Longs, Rows
from rating.benefits.benefit import Reasons, bounded, spread
from rating.codes import Issue, ZeroReason
from rating.pricing import Selection


def elected(selection: Selection, reasons: Reasons, rows: Rows | None, *, in_steps: bool) -> Longs:
    """Amounts the members chose, in whole increments: down to the last one that the choice pays for. [cents]

    An amount is never raised by its increment, and none is refused for lying between two. Example: of
    increments of 10,000, a choice of 154,999 is 150,000. A choice of nothing is AMOUNT_DECLINED.
    """
    chosen = selection.elected_cents if rows is None else selection.elected_cents.take(rows)
    chosen = bounded(chosen, Issue.AMOUNT_REQUIRED, reasons, rows)
    if not chosen.size:
        return chosen
    if int(chosen.min()) == 0:
        reasons.nothing(spread(chosen == 0, rows, reasons.n), ZeroReason.AMOUNT_DECLINED)
    if not in_steps:
        return chosen
    offer = selection.offer if rows is None else selection.offer.take(rows)
    step = np.maximum(selection.offers.increment_cents.take(offer), 1)
    least = int(step.min())
    by = least if least == int(step.max()) else step  # one divisor for all divides much faster
    return chosen // by * by
