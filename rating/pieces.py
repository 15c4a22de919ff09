"""Terms cut in pieces: families whose price changes within the term are rated once per stretch of days.

What lives here: the folding of stretches back into one coverage. What does not: the days
on which a price changes (`rating.changes`), the families by stretches and the proration of a stretch
(`rating.stretches`), and any price: a stretch goes the same road as a whole term.

A coverage shows the price of its first stretch, the sum of what is charged for all, and the worst issue
of any; one that is free on all its days shows why it is on the first. One that no change touches keeps its
row as it was rated uncut. The employer's share is that of
the sum, so that a cap or a sum per term is applied once for the term.
"""

import numpy as np

from rating.arrays import Flags, Longs, Rows
from rating.batch import Batch
from rating.changes import Cuts
from rating.codes import UNRATED, Issue, ZeroReason
from rating.columns import is_constant
from rating.dates import day_numbers
from rating.drift import settled
from rating.money import Ratio, to_cents
from rating.notes import Notes
from rating.result import AMOUNTS, Pieces, Result
from rating.stretches import Stretches, families_of


def blocks(cuts: list[Cuts], batch: Batch, size: int) -> list[Cuts]:
    """The cuts of all chunks, in runs of families that make about `size` members by stretches each."""
    primary = np.concatenate([each.primary for each in cuts])
    n_days = np.concatenate([each.n_days for each in cuts])
    days = np.concatenate([each.days for each in cuts])
    _, family_size = families_of(batch, primary)
    run = np.cumsum(family_size * (n_days + 1)) // max(size, 1)
    heads = np.flatnonzero(np.diff(run, prepend=-1))
    ends, day_ends = np.append(heads[1:], primary.size), np.concatenate([[0], np.cumsum(n_days)])
    return [
        Cuts(primary[a:b], n_days[a:b], days[day_ends[a] : day_ends[b]])
        for a, b in zip(heads.tolist(), ends.tolist(), strict=True)
    ]


class Fold:
    """Stretches back into coverages: first their premiums, then, when the shares are known, the pieces."""

    def __init__(self, stretches: Stretches, found: Result, result: Result) -> None:
        self.stretches, self.found, self.result = stretches, found, result
        covered = np.flatnonzero(stretches.facts.covered_days > 0)
        begin = stretches.facts.first_day.take(covered)
        self.piece = covered[np.lexsort((begin, stretches.coverage.take(covered)))]
        of = stretches.coverage.take(self.piece)
        self.heads = np.flatnonzero(np.diff(of, prepend=-1))
        self.coverage = of.take(self.heads)
        self.counts = np.diff(self.heads, append=of.size)
        self.changed = self._differing("period_cents", "standard_cents", "tier", "volume_cents", "issue")
        self.shown = self.changed | self._differing("zero_reason", where_free=True)

    def write_premiums(self, notes: Notes | None = None) -> None:
        """Write what was found per stretch over what the uncut road said of the coverages that change."""
        joined = self.stretches.is_joined.take(self.piece.take(self.heads))
        self._write(np.flatnonzero(self.shown | joined))
        if notes is not None and self.stretches.facts.notes is not None:
            first = self.piece.take(self.heads[self.shown])
            notes.take_over(self.coverage[self.shown], self.stretches.facts.notes, first)

    def _differing(self, *names: str, where_free: bool = False) -> Flags:
        """Coverages of which a piece differs from the whole as it was rated uncut; of those without a price if told."""
        differs = np.zeros(self.piece.size, np.bool_)
        of = np.repeat(self.coverage, self.counts)
        for name in names:
            differs |= getattr(self.found, name).take(self.piece) != getattr(self.result, name).take(of)
        if where_free:
            differs &= self.result.period_cents.take(of) == 0
        return np.logical_or.reduceat(differs, self.heads) if differs.size else differs

    def _write(self, at: Rows) -> None:
        if not at.size:
            return
        found, result, rows = self.found, self.result, self.coverage.take(at)
        first = self.piece.take(self.heads.take(at))
        for name in ("unit_rate_e6", "volume_cents", "age", "tier", "period_cents", "standard_cents"):
            getattr(result, name)[rows] = getattr(found, name).take(first)
        if not is_constant(result.pending_cents):
            result.pending_cents[rows] = found.pending_cents.take(first)
        issue = np.maximum.reduceat(found.issue.take(self.piece), self.heads).take(at)
        charged = np.add.reduceat(found.prorated_cents.take(self.piece), self.heads)
        result.prorated_cents[rows] = charged.take(at)
        is_unrated = issue >= UNRATED
        for name in AMOUNTS:  # one stretch without a price leaves the whole coverage without one
            getattr(result, name)[rows[is_unrated]] = 0
        reason = found.zero_reason.take(first)
        is_charged = (result.prorated_cents.take(rows) != 0) | is_unrated
        # What the pieces by themselves warn of is nothing: the share is that of the term, with its own warnings.
        result.issue[rows] = np.where(is_unrated, issue, np.int8(Issue.NONE))
        result.zero_reason[rows] = np.where(is_charged, np.int8(ZeroReason.NONE), reason)

    def pieces(self, is_special: Flags) -> Pieces:
        """Runs of stretches with one price, of the coverages that change, each with its part of the share.

        `is_special` says which rules (the last for none) pay otherwise than by one percentage of the premium.
        """
        piece, found = self.piece[np.repeat(self.changed, self.counts)], self.found
        if not piece.size:
            return Pieces.together([])
        facts, of = self.stretches.facts, self.stretches.coverage.take(piece)
        is_new = np.diff(of, prepend=-1) != 0
        for name in ("period_cents", "tier", "volume_cents", "issue"):
            is_new |= np.diff(getattr(found, name).take(piece), prepend=0) != 0
        heads = np.flatnonzero(is_new)
        first, last = piece.take(heads), piece.take(np.append(heads[1:], piece.size) - 1)
        end = np.minimum(
            day_numbers(self.stretches.batch.coverages.covered_to), facts.terms.term_to.take(facts.offer)
        ).take(last)
        prorated = np.add.reduceat(found.prorated_cents.take(piece), heads)
        own = np.add.reduceat(found.employer_cents.take(piece), heads)
        by_own = is_special.take(self.result.rule.take(of.take(heads)))
        employer = self._parts_of_shares(of.take(heads), prorated, np.where(by_own, own, prorated))
        return Pieces(
            coverage=of.take(heads),
            piece_from=facts.first_day.take(first).view("M8[D]"),
            piece_to=end.view("M8[D]"),
            period_cents=found.period_cents.take(first),
            standard_cents=found.standard_cents.take(first),
            age=found.age.take(first),
            tier=found.tier.take(first),
            volume_cents=found.volume_cents.take(first),
            issue=found.issue.take(first),
            prorated_cents=prorated,
            employer_cents=employer,
            employee_cents=prorated - employer,
        )

    def _parts_of_shares(self, coverage: Rows, prorated: Longs, weight: Longs) -> Longs:
        """The employer's share of each coverage over its pieces, in proportion to what each would have by itself.

        That is its premium where the rule pays one percentage of it, or where the pieces by themselves would have less
        than the share. The last has the rest, as far as its premium reaches. A coverage that one piece leaves without a
        premium has no share at all.
        """
        heads = np.flatnonzero(np.diff(coverage, prepend=-1))
        counts = np.diff(heads, append=coverage.size)
        share = self.result.employer_cents.take(coverage)
        is_enough = np.repeat(np.add.reduceat(weight, heads), counts) >= share
        weight = np.where(is_enough, weight, prorated)
        whole = np.repeat(np.add.reduceat(weight, heads), counts)
        part = to_cents(Ratio((share, weight), (np.maximum(whole, 1),)))
        return settled(part, share.take(heads), heads, prorated)
