"""Which quotation marks of a text open and close a cell: CSV's rule for a whole buffer at once.

What lives here: the pairing of opening and closing quotes. A quote opens a cell only as its first character; inside,
a doubled quote is one quote of the text; any other quote closes it. Quotes elsewhere are plain characters. This is
what Python's own csv reader does, found here without walking through the text.
What does not: separators and records (delimited.py).
"""

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


def pair(
    buffer: npt.NDArray[np.uint8], quotes: Positions, separator: int, limits: Positions
) -> tuple[Positions, Positions]:
    """Opening quotes that count and their closing quotes (-1 where a part of the buffer ends first).

    `limits` are the starts of the parts (files) of the buffer, closed by its length: no pair crosses one.
    """
    first = np.flatnonzero(np.diff(quotes, prepend=-2) != 1)
    run_start = quotes[first]
    run_length = np.diff(np.append(first, len(quotes)))
    run_end = run_start + run_length - 1
    before = buffer[np.maximum(run_start - 1, 0)]
    may_open = (run_start == 0) | (before == separator) | (before == 10)
    part = np.searchsorted(limits, run_start, side="right")
    # A run that opens with an even number of quotes also closes itself ("" or """" ...); otherwise the next odd run
    # does.
    odd = np.flatnonzero(run_length % 2 == 1)
    after = np.searchsorted(odd, np.arange(len(first)), side="right")
    closer = np.where(after < len(odd), odd[np.minimum(after, max(len(odd) - 1, 0))] if len(odd) else -1, -1)
    closer = np.where(run_length % 2 == 0, np.arange(len(first)), closer)
    closer = np.where((closer >= 0) & (part[closer] == part), closer, -1)
    opens = _reached(np.flatnonzero(may_open), closer, part)
    close_at = np.where(closer[opens] >= 0, run_end[closer[opens]], -1)
    return run_start[opens], close_at


def _reached(candidates: Positions, closer: Positions, part: Positions) -> Positions:
    """The candidates that truly open a cell: the first of each part, then the first after each closing, and so on."""
    if not len(candidates):
        return candidates
    n = len(candidates)
    after = np.searchsorted(candidates, closer[candidates], side="right")
    after = np.where(closer[candidates] >= 0, after, n)
    own = part[candidates]
    inside = np.append(own, -1)
    # An unclosed opening swallows the rest of its part: the chain of that part ends there.
    step = np.append(np.where(inside[after] == own, after, n), n)
    reached = np.zeros(n + 1, bool)
    reached[np.flatnonzero(np.diff(own, prepend=-1) != 0)] = True
    while True:
        grown = reached.copy()
        grown[step[np.flatnonzero(reached)]] = True
        if grown[:n].sum() == reached[:n].sum():
            return candidates[reached[:n]]
        reached = grown
        step = step[step]
