"""The facts about the coverages of one chunk, gathered when first asked for.

What lives here: columns of a chunk of whole families, per coverage, per plan or per member. What
does not: prices. A fact nobody asks for costs nothing; one asked for twice is gathered once; one
that depends on the member alone is found once per member and handed to the coverages.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rating.arrays import Bytes, Days, Flags, Floats, Ints, Longs, Rows, Shorts, Whole
from rating.batch import Batch
from rating.codes import NONE, Axis, Issue, Relationship
from rating.columns import is_constant
from rating.dates import AGES, AgeBasis, ages, calendar_keys, day_numbers, whole_months
from rating.edges import Children, counted_from
from rating.money import Ratio
from rating.notes import Notes
from rating.terms import Terms
from rating.tiers import family_tiers


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one chunk: half-open ranges of coverages, of their plans and of their members."""

    coverages: slice
    plans: slice
    members: slice


class Facts:
    """Facts of a chunk. Rows of members and plans count from the chunk's first.

    `offer` and `tier` stand in for the offers and tiers of the batch, one per coverage, where a
    price is asked for other than the one held (`rating.contribution`).
    """

    def __init__(
        self, batch: Batch, terms: Terms, span: Span, *, offer: Rows | None = None, tier: Bytes | None = None
    ) -> None:
        self.batch = batch
        self.terms = terms
        self.span = span
        self.n: int = span.coverages.stop - span.coverages.start
        self.n_plans: int = span.plans.stop - span.plans.start
        self.n_members: int = span.members.stop - span.members.start
        self.offer: Rows = batch.coverages.offer[span.coverages].astype(np.intp) if offer is None else offer
        self.given_tier = tier
        self.age_date: Days = batch.coverages.age_date[span.coverages]  # another one's by `rating.reference`
        self.notes: Notes | None = None  # where steps write down what they found (`rating.notes`)
        self.changes: tuple[Flags, Flags] | None = None  # spans that begin, and that end, at a change (`rating.pieces`)
        self._slots: dict[Axis, Rows] = {}
        self._member_slots: dict[Axis, Rows] = {}

    def note(self, name: str, values: Whole | Floats | int, rows: Rows | None = None) -> None:
        """Write down what a step found, for all coverages of the chunk or for some; nothing unless somebody asks."""
        if self.notes is not None:
            first = self.span.coverages.start
            kept = values if isinstance(values, int) else values.astype(np.int64)
            self.notes.write(name, self.span.coverages if rows is None else rows + first, kept)

    def note_ratio(self, name: str, ratio: Ratio, rows: Rows | slice) -> None:
        """Write down an exact amount that a step is about to round."""
        if self.notes is not None:
            # Not `row`: for stretches of a term it names coverages of the rated batch, and notes are kept per stretch.
            own: Rows = np.arange(self.span.coverages.start, self.span.coverages.stop, dtype=np.intp)
            self.notes.write_ratio(name, own[rows], ratio)

    # ------------------------------------------------------------------------------------------- who and what

    @cached_property
    def plan(self) -> Rows:
        """The coverage's plan."""
        return counted_from(self.span.plans.start, self.batch.coverages.plan[self.span.coverages])

    @cached_property
    def plan_member(self) -> Rows:
        """(n_plans,) the member who holds the plan."""
        return counted_from(self.span.members.start, self.batch.plans.member[self.span.plans])

    @cached_property
    def primary(self) -> Rows:
        """(n_members,) the primary of each member."""
        return counted_from(self.span.members.start, self.batch.members.primary[self.span.members])

    @cached_property
    def member(self) -> Rows:
        """The member covered."""
        plan = self.batch.coverages.plan[self.span.coverages]  # `self.plan` would be kept, and few ask for it
        return self.plan_member.take(counted_from(self.span.plans.start, plan))

    @cached_property
    def of_plans(self) -> Children:
        """The coverages of each plan."""
        return Children(self.batch.coverages.plan[self.span.coverages], self.span.plans.start, self.n_plans)

    @cached_property
    def of_members(self) -> Children:
        """The plans of each member."""
        return Children(self.batch.plans.member[self.span.plans], self.span.members.start, self.n_members)

    @cached_property
    def coverage_edges(self) -> Rows:
        """(n_members + 1,) where the coverages of each member begin and end."""
        return self.of_plans.edges.take(self.of_members.edges)

    @cached_property
    def is_dependent(self) -> Flags:
        """(n_members,) the member hangs from somebody else."""
        return self.primary != np.arange(self.n_members)

    @cached_property
    def family_size(self) -> Rows:
        """(n_members,) people of the family, counted at its primary."""
        return np.bincount(self.primary, minlength=self.n_members)

    @cached_property
    def relationship(self) -> Bytes:
        """(n_members,) how each hangs from the primary."""
        return self.batch.members.relationship[self.span.members]

    @cached_property
    def table(self) -> Rows:
        """The rate table of each coverage."""
        return self.terms.table.take(self.offer)

    @cached_property
    def method(self) -> Bytes:
        """The rating method of each coverage, a row in `rating.methods.CODES`; NONE without a table."""
        return self.terms.method.take(self.offer)

    @cached_property
    def row(self) -> Rows:
        """The coverage's row in the batch that is rated."""
        return np.arange(self.span.coverages.start, self.span.coverages.stop, dtype=np.intp)

    @cached_property
    def pool(self) -> Rows:
        """The pool whose solved rate the coverage pays (`rating.solve`); NONE where its rate is filed."""
        assert self.terms.solved is not None
        assert self.terms.solved.pools is not None
        slot = self.batch.members.class_slot[self.span.members].take(self.member)
        return self.terms.solved.pools.of(self.offer, slot)

    # ------------------------------------------------------------------------------------------------- days

    @cached_property
    def rate_day(self) -> Longs:
        """Day number rates are read for."""
        return day_numbers(self.batch.coverages.rate_date[self.span.coverages])

    @cached_property
    def age_day(self) -> Longs:
        """Day number ages are taken on."""
        return day_numbers(self.age_date)

    def term_from(self, rows: Rows) -> Longs:
        """First day of the contract term of some coverages."""
        return self.terms.term_from.take(self.offer.take(rows))

    @cached_property
    def term_days(self) -> Ints:
        """Days of the contract term."""
        days = self.terms.term_days
        return np.broadcast_to(days[0], (self.n,)) if is_constant(days) and days.size else days.take(self.offer)

    @property
    def off_start(self) -> Rows | None:
        """Coverages whose rates are read for another day than the start of the term; None if there is none."""
        return self._beside_term[1]

    @cached_property
    def first_day(self) -> Longs:
        """First covered day inside the contract term."""
        began = day_numbers(self.batch.coverages.covered_from[self.span.coverages])
        return np.maximum(began, self.terms.term_from.take(self.offer))

    @cached_property
    def in_part(self) -> Rows:
        """Coverages that do not cover the whole of their term."""
        return np.flatnonzero(self.covered_days != self.term_days)

    @property
    def covered_days(self) -> Ints:
        """Covered days inside the contract term (PR-25)."""
        return self._beside_term[0]

    @cached_property
    def _beside_term(self) -> tuple[Ints, Rows | None]:
        """Covered days and `off_start`: found together, so that the days of the term need not be kept."""
        coverages, here = self.batch.coverages, self.span.coverages
        start = self.terms.term_from.take(self.offer)
        is_off: Flags = self.rate_day != start
        length = self.terms.term_days
        is_even = is_constant(length) and length.size > 0  # then the end of the term needs no look
        days = start + length[0] if is_even else self.terms.term_to.take(self.offer)
        np.minimum(day_numbers(coverages.covered_to[here]), days, out=days)
        days -= np.maximum(day_numbers(coverages.covered_from[here]), start, out=start)
        np.maximum(days, 0, out=days)
        return days.astype(np.int32), np.flatnonzero(is_off) if is_off.any() else None

    @property
    def given_issue(self) -> Bytes:
        """Issue found before rating; NONE where the coverage may be priced."""
        return self.batch.coverages.issue[self.span.coverages]

    @cached_property
    def is_covered(self) -> Flags:
        """At least one covered day, and nothing found before rating: the coverage counts in its family."""
        covered: Flags = self.covered_days > 0
        return covered & (self.given_issue == np.int8(Issue.NONE))

    # ------------------------------------------------------------------------------------------------- ages

    @cached_property
    def birth_date(self) -> Longs:
        """(n_members,) day number of birth; the smallest int64 unknown."""
        return day_numbers(self.batch.members.birth_date[self.span.members])

    @cached_property
    def birth_known(self) -> Flags:
        """(n_members,) the birth date is known."""
        return ~np.isnat(self.batch.members.birth_date[self.span.members])

    @cached_property
    def _birth_keys(self) -> Ints:
        return calendar_keys(self.batch.members.birth_date[self.span.members])

    @cached_property
    def member_age(self) -> Ints | None:
        """(n_members,) the age all coverages of a member are priced by; None where they differ."""
        if not self.terms.one_age_rule or not self.n:
            return None
        moved = np.flatnonzero(self.age_day[1:] != self.age_day[:-1])
        if (self.member.take(moved) == self.member.take(moved + 1)).any():
            return None
        on = calendar_keys(self.age_date.take(np.minimum(self.coverage_edges[:-1], self.n - 1)))
        years = AGES[self.terms.a_basis](self._birth_keys, on)
        if not self.birth_known.all():
            years[np.flatnonzero(~self.birth_known)] = NONE
        return years

    @cached_property
    def age(self) -> Ints | Shorts:
        """Age on the coverage's age date by its table's basis; NONE without a birth date."""
        if self.member_age is not None:
            return self.member_age.astype(np.int16).take(self.member)
        whose = self.whose_age
        births, on = self._birth_keys.take(whose), calendar_keys(self.age_date)
        basis = self.terms.age_basis.take(self.offer)
        years = ages(births, on)
        for code in (AgeBasis.NEAREST_BIRTHDAY, AgeBasis.YEAR_ONLY):
            rows = np.flatnonzero(basis == code)
            if rows.size:
                years[rows] = AGES[code](births.take(rows), on.take(rows))
        if not self.birth_known.all():
            years[~self.birth_known.take(whose)] = NONE
        return years

    def write_ages(self, out: Shorts) -> None:
        """Ages of the coverages, straight to where they are kept."""
        if self.member_age is None:
            out[:] = self.age
        else:
            np.take(self.member_age.astype(np.int16), self.member, out=out, mode="clip")

    @cached_property
    def whose_age(self) -> Rows:
        """The member whose age prices the coverage: a spouse's may be the employee's, by the table."""
        if not self.terms.any_employee_age:
            return self.member
        kind = self.relationship.take(self.member)
        by_employee = self.terms.employee_age.take(self.offer)
        by_employee &= (kind == Relationship.SPOUSE) | (kind == Relationship.DOMESTIC_PARTNER)
        return np.where(by_employee, self.primary.take(self.member), self.member)

    # ----------------------------------------------------------------------------------------- what rates ask for

    @cached_property
    def plan_tier(self) -> Bytes:
        """(n_plans,) who of the family holds the same root plan."""
        held = np.bincount(self.plan, minlength=self.n_plans) == 0
        held[self.plan.take(np.flatnonzero(self.is_covered))] = True
        return family_tiers(
            primary=self.primary,
            relationship=self.relationship,
            stated_tier=self.batch.members.stated_tier[self.span.members],
            plan_member=self.plan_member,
            plan_offer=self.batch.plans.offer[self.span.plans],
            is_held=held,
        )

    @cached_property
    def tier(self) -> Bytes:
        """The tier the coverage is priced in."""
        return self.plan_tier.take(self.plan) if self.given_tier is None else self.given_tier

    def by_member(self, axis: Axis) -> bool:
        """The fact of an axis is one of the member, the same for all coverages."""
        of_person = axis == Axis.AGE and self.terms.solved is None  # else of a class, for some
        return axis in _OF_MEMBER or (of_person and self.member_age is not None)

    def member_slots(self, axis: Axis) -> Rows:
        """(n_members,) code + 1 of the fact an axis asks for, 0 unknown; for SALARY annual pay in cents."""
        found = self._member_slots.get(axis)
        if found is None:
            found = self._member_slots[axis] = self._slots_of_members(axis)
        return found

    def _slots_of_members(self, axis: Axis) -> Rows:
        if axis == Axis.AGE:
            assert self.member_age is not None
            return self.member_age.astype(np.intp) + 1
        members, rows = self.batch.members, self.span.members
        if axis == Axis.SALARY:
            return members.annual_pay_cents[rows]
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
        return column

    def slots(self, axis: Axis) -> Rows:
        """The same per coverage; for banded axes with many values the value itself, NONE unknown."""
        found = self._slots.get(axis)
        if found is None:
            found = self._slots_of(axis)
            if self.terms.solved is not None and axis in (Axis.AGE, Axis.FEMALE_PERCENT):
                found = self._of_pool(axis, found)
            self._slots[axis] = found
        return found

    def _of_pool(self, axis: Axis, found: Rows) -> Rows:
        """Averages of the pool stand in for facts of the person, where its rate is one by averages."""
        solved = self.terms.solved
        assert solved is not None
        rows = np.flatnonzero(self.pool >= 0)
        pool = self.pool.take(rows)
        averaged = solved.n_lives.take(pool) >= 0
        rows, pool = rows[averaged], pool[averaged]
        mean = solved.average_age.take(pool) + 1 if axis == Axis.AGE else solved.female_e4.take(pool)
        stood_in = found.astype(np.intp)
        stood_in[rows] = mean
        return stood_in

    def slots_at(self, axis: Axis, rows: Rows) -> Rows:
        """The same for some coverages."""
        if self.by_member(axis):
            return self.member_slots(axis).take(self.member.take(rows))
        return self.slots(axis).take(rows)

    def _slots_of(self, axis: Axis) -> Rows:
        if self.by_member(axis):
            return self.member_slots(axis).take(self.member)
        if axis == Axis.AGE:
            return self.age.astype(np.intp) + 1
        if axis == Axis.TIER:
            return self.tier.astype(np.intp) + 1
        if axis == Axis.DURATION:
            return self._duration()
        if axis == Axis.SERVICE:
            return self._service()
        offers = self.batch.offers
        column = {
            Axis.PLAN: offers.plan_label.astype(np.intp) + 1,
            Axis.INDUSTRY: offers.industry.astype(np.intp) + 1,
            Axis.GROUP_SIZE: offers.group_size.astype(np.intp),
            Axis.PARTICIPATION: offers.participation_e4.astype(np.intp),
            Axis.FEMALE_PERCENT: np.full(len(offers), NONE, np.intp),  # of a class, not of a person (`rating.solve`)
        }[axis]
        return column.take(self.offer)

    def _duration(self) -> Rows:
        """Completed months from the day the product was first held to the day rates are read for."""
        issued = self.batch.coverages.issue_date[self.span.coverages]
        began = np.where(np.isnat(issued), self.first_day, day_numbers(issued))
        return whole_months(began, self.rate_day)

    def _service(self) -> Rows:
        """Completed years of the primary's employment on the age date; NONE without a date of hire."""
        hired = self.batch.members.hire_date[self.span.members]
        if is_constant(hired) and self.n_members and np.isnat(hired[0]):
            return np.full(self.n, NONE, np.intp)
        hired = hired.take(self.primary).take(self.member)
        years = ages(calendar_keys(hired), calendar_keys(self.age_date)).astype(np.intp)
        return np.where(np.isnat(hired), NONE, years)


_OF_MEMBER = frozenset({Axis.GENDER, Axis.TOBACCO, Axis.AREA, Axis.CLASS, Axis.RELATIONSHIP, Axis.SALARY})
