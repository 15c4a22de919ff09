"""The coverages whose insured amount is wanted, with what their offers ask for and the age that reductions go by.

What lives here: `Asked`, handed from step to step. What does not: the steps (`rating.benefits.volume`,
`rating.benefits.age_reduction`).
"""

from functools import cached_property

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Longs, Rows, Shorts
from rating.benefits.features import RAW, Feature
from rating.codes import NONE, AgeBasis, ReductionDate
from rating.dates import AGES, ages, anniversaries, calendar_keys
from rating.money import Ratio
from rating.pricing import Selection

E4 = 10_000

Steps = dict[str, Ratio]
"""What the steps of an insured amount made, by their names, in their order."""


class Asked:
    """Columns of one selection, gathered when asked for: most runs ask for few of the features."""

    def __init__(self, selection: Selection, steps: Steps | None = None) -> None:
        self.selection = selection
        self.steps = steps
        self.n: int = selection.facts.n if selection.rows is None else selection.rows.size

    @cached_property
    def offer(self) -> Rows:
        """Row in Offers of each coverage."""
        return self.selection.offer

    @cached_property
    def bits(self) -> Shorts:
        """What each coverage's offer asks for."""
        return self.selection.facts.terms.features.take(self.offer)

    @cached_property
    def present(self) -> int:
        """What any of the coverages asks for. Where the whole run asks for one thing only, no row is looked at."""
        in_run = self.selection.facts.terms.any_feature
        return in_run if in_run in (0, Feature.ELECTED) else int(np.bitwise_or.reduce(self.bits, initial=0))

    def note(self, step: str, amount: Longs | Ints, parts: int = 1) -> None:
        """Keep what a step made, where somebody wants to explain it: amount / parts."""
        if self.selection.facts.notes is not None:
            self.selection.note(f"volume_{step}_e4", amount * (E4 // parts))
        if self.steps is not None:
            self.steps[step] = Ratio((amount,), (parts,))

    def has(self, feature: Feature) -> bool:
        """Any coverage asks for it."""
        return bool(self.present & int(feature))  # an enum would make another one of each answer

    def where(self, feature: Feature) -> Flags:
        """The coverages that ask for it."""
        return (self.bits & np.int16(feature)) != 0

    def rows(self, kind: Feature) -> Rows | None:
        """Rows of one kind of raw amount; None if all are of that kind."""
        return None if self.present & RAW == kind else np.flatnonzero(self.where(kind))

    def of_offer(self, column: Longs) -> Longs:
        """A column of the offers, one value per coverage."""
        return column.take(self.offer)

    @cached_property
    def rounding(self) -> Bytes:
        """How each amount is rounded (VolumeRounding)."""
        return self.selection.offers.volume_rounding.take(self.offer)

    @cached_property
    def age(self) -> Ints:
        """The age that reductions go by, NONE unknown; the effective rule says on which day it is read.

        PLAN_ANNIVERSARY: the age the table prices by, if that is its own age date, else by the same basis
        on the start of the term or its last anniversary on or before the first covered day.
        BIRTHDAY: completed years on the first covered day. FIRST_OF_MONTH: completed years on the first day
        of that month, so that a birthday counts from the first of the month on or after it.
        """
        if not self.has(Feature.OWN_AGE):
            return self.selection.age
        selection, facts = self.selection, self.selection.facts
        rows = np.flatnonzero(self.where(Feature.OWN_AGE))
        places = rows if selection.rows is None else selection.rows.take(rows)
        rule = selection.offers.reduction_date.take(self.offer.take(rows))
        by_table = rule == ReductionDate.PLAN_ANNIVERSARY
        first_day = facts.first_day.take(places)
        first = first_day.view("M8[D]")
        on = np.where(rule == ReductionDate.BIRTHDAY, first, first.astype("M8[M]").astype("M8[D]"))
        start, latest = facts.term_from(places).view("M8[D]"), np.maximum(facts.rate_day.take(places), first_day)
        on = calendar_keys(np.where(by_table, anniversaries(start, latest.view("M8[D]")), on))
        whose = np.where(by_table, facts.whose_age.take(places), facts.member.take(places))
        born = calendar_keys(facts.birth_date.take(whose).view("M8[D]"))
        years = ages(born, on)
        basis = facts.terms.age_basis.take(self.offer.take(rows))
        for code in (AgeBasis.NEAREST_BIRTHDAY, AgeBasis.YEAR_ONLY):
            others = np.flatnonzero(by_table & (basis == code))
            if others.size:
                years[others] = AGES[code](born.take(others), on.take(others))
        age = selection.age.copy()
        age[rows] = np.where(facts.birth_known.take(whose), years, NONE)
        return age
