"""The facts about the coverages of one chunk, gathered when first asked for.

What lives here: columns of a chunk of whole families, brought down to its coverages. What does
not: prices. A fact nobody asks for costs nothing; one asked for twice is gathered once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Longs, Rows
from rating.batch import Batch
from rating.codes import NONE, Axis, Issue
from rating.dates import AGES, AgeBasis, ages, calendar_keys, day_numbers
from rating.terms import Terms
from rating.tiers import family_tiers


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one chunk: half-open ranges of coverages, of their plans and of their members."""

    coverages: slice
    plans: slice
    members: slice


class Facts:
    """Facts per coverage of a chunk. Rows of members and plans count from the chunk's first."""

    def __init__(self, batch: Batch, terms: Terms, span: Span) -> None:
        self.batch = batch
        self.terms = terms
        self.span = span
        self.n: int = span.coverages.stop - span.coverages.start
        self.n_plans: int = span.plans.stop - span.plans.start
        self.n_members: int = span.members.stop - span.members.start
        self.offer: Ints = batch.coverages.offer[span.coverages]
        self._slots: dict[Axis, Rows] = {}

    @cached_property
    def plan(self) -> Ints:
        """The coverage's plan."""
        return self.batch.coverages.plan[self.span.coverages] - np.int32(self.span.plans.start)

    @cached_property
    def plan_member(self) -> Ints:
        """(n_plans,) the member who holds the plan."""
        return self.batch.plans.member[self.span.plans] - np.int32(self.span.members.start)

    @cached_property
    def primary(self) -> Ints:
        """(n_members,) the primary of each member."""
        return self.batch.members.primary[self.span.members] - np.int32(self.span.members.start)

    @cached_property
    def member(self) -> Rows:
        """The member covered."""
        return self.plan_member.take(self.plan).astype(np.intp)

    @cached_property
    def is_dependent(self) -> Flags:
        """(n_members,) the member hangs from somebody else."""
        return self.primary != np.arange(self.n_members)

    @cached_property
    def family_size(self) -> Ints:
        """(n_members,) people of the family, counted at its primary."""
        return np.bincount(self.primary, minlength=self.n_members).astype(np.int32)

    @cached_property
    def table(self) -> Rows:
        """The rate table of each coverage."""
        return self.terms.table.take(self.offer)

    @cached_property
    def rate_day(self) -> Longs:
        """Day number rates are read for."""
        return day_numbers(self.batch.coverages.rate_date[self.span.coverages])

    @cached_property
    def term_days(self) -> Longs:
        """Days of the contract term."""
        return self.terms.term_days.take(self.offer)

    @cached_property
    def covered_days(self) -> Longs:
        """Covered days inside the contract term (PR-25)."""
        end = np.minimum(
            day_numbers(self.batch.coverages.covered_to[self.span.coverages]), self.terms.term_to.take(self.offer)
        )
        end -= np.maximum(
            day_numbers(self.batch.coverages.covered_from[self.span.coverages]), self.terms.term_from.take(self.offer)
        )
        return np.maximum(end, 0, out=end)

    @property
    def given_issue(self) -> Bytes:
        """Issue found before rating; NONE where the coverage may be priced."""
        return self.batch.coverages.issue[self.span.coverages]

    @cached_property
    def is_covered(self) -> Flags:
        """At least one covered day, and nothing found before rating: the coverage counts in its family."""
        covered: Flags = self.covered_days > 0
        given = self.given_issue
        return covered & (given == Issue.NONE) if given.any() else covered

    @cached_property
    def birth_known(self) -> Flags:
        """(n_members,) the birth date is known."""
        return ~np.isnat(self.batch.members.birth_date[self.span.members])

    @cached_property
    def age(self) -> Ints:
        """Age on the coverage's age date by its table's basis; NONE without a birth date."""
        births = calendar_keys(self.batch.members.birth_date[self.span.members]).take(self.member)
        on = calendar_keys(self.batch.coverages.age_date[self.span.coverages])
        years = ages(births, on)
        if not self.terms.last_birthday_only:
            basis = self.terms.age_basis.take(self.offer)
            for code in (AgeBasis.NEAREST_BIRTHDAY, AgeBasis.YEAR_ONLY):
                rows = np.flatnonzero(basis == code)
                years[rows] = AGES[code](births.take(rows), on.take(rows))
        if not self.birth_known.all():
            years[~self.birth_known.take(self.member)] = NONE
        return years

    @cached_property
    def plan_tier(self) -> Bytes:
        """(n_plans,) who of the family holds the same root plan."""
        held = np.bincount(self.plan, minlength=self.n_plans) == 0
        held[self.plan.take(np.flatnonzero(self.is_covered))] = True
        return family_tiers(
            primary=self.primary,
            relationship=self.batch.members.relationship[self.span.members],
            stated_tier=self.batch.members.stated_tier[self.span.members],
            plan_member=self.plan_member,
            plan_offer=self.batch.plans.offer[self.span.plans],
            is_held=held,
        )

    def slots(self, axis: Axis) -> Rows:
        """Code + 1 of the fact an axis asks for, 0 unknown; for SALARY annual pay in cents."""
        found = self._slots.get(axis)
        if found is None:
            found = self._slots[axis] = self._slots_of(axis)
        return found

    def _slots_of(self, axis: Axis) -> Rows:
        if axis == Axis.AGE:
            return self.age.astype(np.intp) + 1
        if axis == Axis.TIER:
            return (self.plan_tier.astype(np.intp) + 1).take(self.plan)
        members, rows = self.batch.members, self.span.members
        if axis == Axis.SALARY:
            return members.annual_pay_cents[rows].take(self.member)
        column = {
            Axis.GENDER: members.gender,
            Axis.TOBACCO: members.tobacco,
            Axis.AREA: members.area,
            Axis.CLASS: members.class_label,
            Axis.RELATIONSHIP: members.relationship,
        }[axis][rows].astype(np.intp)
        if axis == Axis.TOBACCO:
            np.maximum(column, 0, out=column)  # a person who states none is rated as a non-smoker
        column += 1
        return column.take(self.member)
