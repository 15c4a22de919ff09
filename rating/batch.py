"""The columns the core rates: who, what they hold, and what is offered to them.

What lives here: frozen bundles of equally long columns and the check that they fit together.
What does not: ids and texts (a row is known by its position), rates (`rating.tables`) and
anything that computes.

A batch is a tree in row positions: coverage -> plan -> member -> primary. Rows of one family
stand together, so that the engine may cut a batch anywhere between families. Spans are
half-open; money is int64 cents; minus one means "none" in every integer column.
"""

from dataclasses import dataclass, fields

import numpy as np

from rating.arrays import COLUMN_DTYPES, Bytes, Days, Ints, Longs, Shorts
from rating.codes import (
    NONE,
    BenefitRounding,
    Continuation,
    Evidence,
    Gender,
    Issue,
    Proration,
    ReductionDate,
    Relationship,
    Strategy,
    Tier,
    Tobacco,
    VolumeRounding,
)
from rating.columns import fill_in, is_constant, otherwise
from rating.dates import END_DAY, FIRST_DAY

UNKNOWN_DAY = np.datetime64("NaT", "D")

LARGEST_AMOUNT = 10**12
"""Benefits are at most ten billion dollars, so that products of them fit in 64 bits. Pay and elected
amounts come from a census and may be anything: above this a benefit that asks for them is out of range."""

BLOCK = 65_536
"""Rows that are checked together."""

LARGEST_ROW = np.iinfo(np.int32).max
"""Rows and counts are 32 bits wide."""

LARGEST_PERCENT = 10**6 + 1
"""A disability benefit is at most all of the pay and age leaves at most all of an amount; a volume is at most a
hundred times."""


@dataclass(frozen=True, slots=True)
class Members:
    """People, (n_members,). Families are contiguous and the primary stands first in its own."""

    primary: Ints  # row of the own primary; a primary names itself
    relationship: Bytes  # Relationship
    birth_date: Days  # NaT unknown
    gender: Bytes  # Gender
    tobacco: Bytes  # Tobacco; NONE is rated as a non-smoker
    area: Ints  # code of the rating area, NONE unknown
    class_slot: Ints  # class of the primary, counted from 0 within its account; NONE
    class_label: Ints  # code of the class name, for rates by class; NONE
    annual_pay_cents: Longs  # NONE unknown
    stated_tier: Bytes  # Tier stated by a file that counts dependents without naming them; NONE
    rank: Longs = otherwise(NONE)  # order by key among people who are otherwise alike; NONE is by row
    hire_date: Days = otherwise(UNKNOWN_DAY)  # of the primary; NaT unknown

    def __post_init__(self) -> None:
        fill_in(self)

    def __len__(self) -> int:
        return self.primary.size


@dataclass(frozen=True, slots=True)
class Plans:
    """Root plans held, (n_plans,), sorted by member; a member holds a root plan once."""

    member: Ints  # row in Members
    offer: Ints  # row in Offers, of the root plan

    def __len__(self) -> int:
        return self.member.size


@dataclass(frozen=True, slots=True)
class Coverages:
    """The smallest things with a price, (n_coverages,), sorted by plan."""

    plan: Ints  # row in Plans
    offer: Ints  # row in Offers, of the coverage priced
    elected_cents: Longs  # amount chosen by the member, NONE if none was stated
    rate_date: Days  # the day rates are read for
    age_date: Days  # the day ages are taken on
    covered_from: Days  # first covered day
    covered_to: Days  # first day no longer covered; not after covered_from = no covered day
    issue: Bytes  # Issue found before rating (not active, opted out, not eligible): no premium; 0 none
    issue_date: Days = otherwise(UNKNOWN_DAY)  # first day the product has been held without a gap; NaT is covered_from
    added_date: Days = otherwise(UNKNOWN_DAY)  # day the person was added to the plan; NaT is with the term
    continuation: Bytes = otherwise(NONE)  # Continuation; NONE is active
    evidence: Bytes = otherwise(NONE)  # Evidence of insurability; NONE is not asked for
    approved_cents: Longs = otherwise(NONE)  # amount approved on evidence; NONE is all that was asked for
    approved_from: Days = otherwise(UNKNOWN_DAY)  # first day the approved amount is in force; NaT is from the start
    is_late: Bytes = otherwise(0)  # 1: a late entrant, whose whole amount needs evidence

    def __post_init__(self) -> None:
        fill_in(self)

    def __len__(self) -> int:
        return self.plan.size


@dataclass(frozen=True, slots=True)
class Offers:
    """Contract plans and coverages of contracts, (n_offers,): what depends on no member."""

    root: Ints  # row of the root plan; a root names itself
    account: Ints  # code of the account
    product: Ints  # code of the product, NONE
    category: Ints  # code of the product type
    n_class_slots: Ints  # classes of the account
    rate_table: Ints  # row in RateTables, NONE if no table is filed
    proration: Bytes  # Proration
    term_from: Days  # first day of the contract term
    term_to: Days  # first day after it
    multiple_e4: Longs  # benefit as a multiple of annual pay, x 10,000
    flat_cents: Longs  # benefit as one sum
    increment_cents: Longs  # benefit elected by the member in steps of this sum
    volume_rounding: Bytes  # VolumeRounding
    maximum_cents: Longs  # plan maximum of the benefit
    guaranteed_cents: Longs  # amount in force without evidence of insurability
    reduction: Ints  # row in Reductions
    benefit_percent_e4: Longs  # disability benefit as part of pay, 60 % = 600,000
    benefit_rounding: Bytes  # BenefitRounding
    maximum_benefit_cents: Longs  # weekly (STD) or monthly (LTD) maximum
    # Proration by event; NONE is as `proration`, which is the method of a start.
    proration_end: Bytes = otherwise(NONE)
    proration_change: Bytes = otherwise(NONE)
    proration_newborn: Bytes = otherwise(NONE)
    wash_day: Bytes = otherwise(15)  # MID_MONTH: the last day of a month that counts as its beginning
    # What rates of the group may vary by.
    industry: Ints = otherwise(NONE)  # code of the industry
    plan_label: Ints = otherwise(NONE)  # code of the plan, for factors by plan
    group_size: Ints = otherwise(NONE)  # employees of the group
    participation_e4: Longs = otherwise(NONE)  # percent of eligible employees enrolled, 80 % = 800,000
    product_category: Ints = otherwise(NONE)  # code of the product's category, which contribution rules may name
    # Benefits.
    minimum_cents: Longs = otherwise(NONE)  # least benefit
    pay_multiple_cap_e4: Longs = otherwise(NONE)  # benefit is at most so many times annual pay, x 10,000
    employee_percent_cap_e4: Longs = otherwise(NONE)  # a dependent's amount in percent of the employee's in the plan
    guaranteed_reduction: Ints = otherwise(NONE)  # row in Reductions: percent of the guaranteed amount left by age
    reduction_date: Bytes = otherwise(ReductionDate.PLAN_ANNIVERSARY)
    covered_pay_cents: Longs = otherwise(NONE)  # cap of monthly covered pay
    # Rates made from the census or from experience.
    required_cents: Longs = otherwise(NONE)  # premium a month that composite rates must collect
    experience_e6: Longs = otherwise(NONE)  # experience rate per unit and rate period
    life_years_e4: Longs = otherwise(NONE)  # life-years of experience
    full_credibility_e4: Longs = otherwise(NONE)  # life-years at which experience counts in full
    # Contributions.
    priority: Ints = otherwise(0)  # order of plans in which a defined contribution is used up, least first, then by row
    strategy: Bytes = otherwise(Strategy.STANDARD)

    def __post_init__(self) -> None:
        fill_in(self)

    def __len__(self) -> int:
        return self.root.size


@dataclass(frozen=True, slots=True)
class Reductions:
    """Age reduction schedules: steps of schedule i are rows start[i] to start[i + 1], by age."""

    start: Ints  # (n_reductions + 1,)
    age: Shorts  # from this age on
    percent_left_e4: Longs  # part of the original amount left, 65 % = 650,000

    def __len__(self) -> int:
        return self.start.size - 1

    @classmethod
    def none(cls) -> "Reductions":
        """No schedules."""
        return cls(np.zeros(1, np.int32), np.empty(0, np.int16), np.empty(0, np.int64))


class BatchError(ValueError):
    """The columns of a batch do not fit together: a defect of the caller, never of the data rated."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one call of `rating.rate` prices."""

    members: Members
    plans: Plans
    coverages: Coverages
    offers: Offers
    reductions: Reductions

    def check(self) -> None:
        """Refuse columns of wrong length or dtype, parents out of range and rows out of order."""
        self.check_structure()
        self.check_coverages(slice(0, len(self.coverages)))

    def check_structure(self) -> None:
        """All but the values of the coverages, which a run looks at chunk by chunk, when it reads them anyway."""
        for bundle in (self.members, self.plans, self.coverages, self.offers):
            _check_columns(bundle)
        self._check_offers()
        self._check_members()
        self._check_selections()

    def _check_members(self) -> None:
        members, n = self.members, len(self.members)
        primary = members.primary
        if not _are_families(primary):
            _hold("members.primary: families must be contiguous and sorted", _is_sorted(primary))
            _check_sorted_range("members.primary", primary, n)
            _hold("members.primary: the primary stands first", bool((primary <= np.arange(n)).all()))
            _hold("members.primary: a primary names itself", bool((primary.take(primary) == primary).all()))
        _check_range("members.relationship", members.relationship, 0, len(Relationship))
        _check_range("members.gender", members.gender, 0, len(Gender))
        _check_range("members.tobacco", members.tobacco, NONE, len(Tobacco))
        _check_range("members.stated_tier", members.stated_tier, NONE, len(Tier))
        _check_range("members.area", members.area, NONE, None)
        _check_range("members.class_slot", members.class_slot, NONE, None)
        _check_range("members.class_label", members.class_label, NONE, None)
        _check_range("members.annual_pay_cents", members.annual_pay_cents, NONE, None)
        _check_days("members.birth_date", members.birth_date, may_be_unknown=True)

    def _check_selections(self) -> None:
        plans, coverages, offers = self.plans, self.coverages, self.offers
        _hold("plans.member must be sorted", _is_sorted(plans.member))
        _check_sorted_range("plans.member", plans.member, len(self.members))
        _check_range("plans.offer", plans.offer, 0, len(offers))
        _hold("coverages.plan must be sorted", _is_sorted(coverages.plan))
        _check_sorted_range("coverages.plan", coverages.plan, len(plans))
        # A class slot points into a block of its account's size: outside it lies another plan's rule.
        if int(self.members.class_slot.max(initial=NONE)) >= int(offers.n_class_slots.min(initial=LARGEST_ROW)):
            slots = self.members.class_slot.take(plans.member)
            _hold(
                "members.class_slot is outside the account's classes",
                bool((slots < offers.n_class_slots.take(plans.offer)).all()),
            )

    def check_coverages(self, rows: slice) -> None:
        """The values of some coverages."""
        coverages = self.coverages
        _check_range("coverages.offer", coverages.offer[rows], 0, len(self.offers))
        _check_range("coverages.elected_cents", coverages.elected_cents[rows], NONE, None)
        _check_range("coverages.issue", coverages.issue[rows], 0, len(Issue))
        _check_range("coverages.continuation", coverages.continuation[rows], NONE, len(Continuation))
        _check_range("coverages.evidence", coverages.evidence[rows], NONE, len(Evidence))
        _check_range("coverages.is_late", coverages.is_late[rows], 0, 2)
        _check_days("coverages.rate_date", coverages.rate_date[rows])
        _check_days("coverages.age_date", coverages.age_date[rows])
        for name in ("covered_from", "covered_to"):
            days: Days = getattr(coverages, name)[rows]
            numbers = days.view(np.int64)  # an unknown day is the smallest
            _hold(f"coverages.{name} must be known", not days.size or numbers.min() > np.iinfo(np.int64).min)

    def _check_offers(self) -> None:
        offers, n = self.offers, len(self.offers)
        _check_range("offers.root", offers.root, 0, n)
        root = offers.root.astype(np.intp)  # as it indexes, once
        _hold("offers.root: a root names itself", bool((root.take(root) == root).all()))
        _check_range("offers.account", offers.account, 0, None)
        _check_range("offers.n_class_slots", offers.n_class_slots, 0, None)
        _hold("offers.account differs from its root's", bool((offers.account.take(root) == offers.account).all()))
        _hold(
            "offers.n_class_slots differs within an account's plan",
            bool((offers.n_class_slots.take(root) == offers.n_class_slots).all()),
        )
        _check_range("offers.rate_table", offers.rate_table, NONE, None)
        _check_range("offers.proration", offers.proration, 0, len(Proration))
        for name in ("proration_end", "proration_change", "proration_newborn"):
            _check_range(f"offers.{name}", getattr(offers, name), NONE, len(Proration))
        _check_range("offers.wash_day", offers.wash_day, 1, 32)
        _check_range("offers.reduction_date", offers.reduction_date, 0, len(ReductionDate))
        _check_range("offers.strategy", offers.strategy, 0, len(Strategy))
        _check_range("offers.guaranteed_reduction", offers.guaranteed_reduction, NONE, len(self.reductions))
        _check_range("offers.volume_rounding", offers.volume_rounding, 0, len(VolumeRounding))
        _check_range("offers.benefit_rounding", offers.benefit_rounding, 0, len(BenefitRounding))
        _check_days("offers.term_from", offers.term_from)
        _check_days("offers.term_to", offers.term_to)
        _hold("offers.term_to must be after term_from", bool((offers.term_from < offers.term_to).all()))
        for name in (
            "multiple_e4",
            "flat_cents",
            "increment_cents",
            "maximum_cents",
            "guaranteed_cents",
            "maximum_benefit_cents",
            "minimum_cents",
            "covered_pay_cents",
            "required_cents",
            "experience_e6",
        ):
            _check_range(f"offers.{name}", getattr(offers, name), NONE, LARGEST_AMOUNT + 1)
        _check_range("offers.multiple_e4", offers.multiple_e4, NONE, LARGEST_PERCENT)
        for name in ("benefit_percent_e4", "pay_multiple_cap_e4", "employee_percent_cap_e4", "participation_e4"):
            _check_range(f"offers.{name}", getattr(offers, name), NONE, LARGEST_PERCENT)
        _check_range("offers.reduction", offers.reduction, NONE, len(self.reductions))
        _check_range("reductions.percent_left_e4", self.reductions.percent_left_e4, 0, LARGEST_PERCENT)


def _check_columns(bundle: Members | Plans | Coverages | Offers) -> None:
    name, length = type(bundle).__name__.lower(), len(bundle)
    for field in fields(bundle):
        column = getattr(bundle, field.name)
        wanted = COLUMN_DTYPES[field.type]
        if column.dtype != wanted:
            raise _broken(f"{name}.{field.name} must be {wanted}, is {column.dtype}")
        if column.shape != (length,):
            raise _broken(f"{name}.{field.name} must have {length:,} rows, has shape {column.shape}")


def _check_range(name: str, column: np.ndarray[tuple[int], np.dtype[np.integer]], low: int, end: int | None) -> None:
    if column.size and is_constant(column):
        column = column[:1]
    if end is not None and low <= 0 and column.size and int(column.view(f"u{column.itemsize}").max()) < end:
        return  # read without a sign a negative number is beyond all others: one look is enough
    block = max(column.size, 1) if end is None else BLOCK  # so that a second look at a value finds it in the cache
    for at in range(0, column.size, block):
        part = column[at : at + block]
        if int(part.min()) < low:
            raise _broken(f"{name} has a value below {low}")
        if end is not None and int(part.max()) >= end:
            raise _broken(f"{name} has a value of {end} or more")


def _check_sorted_range(name: str, column: Ints, end: int) -> None:
    """Rows of a parent, in order: the first and the last say where all lie."""
    _check_range(name, column[:: max(column.size - 1, 1)], 0, end)


def _check_days(name: str, days: Days, *, may_be_unknown: bool = False) -> None:
    """Days the calendar holds; an unknown day is the smallest number."""
    numbers = days.view(np.int64)
    first, end = int(FIRST_DAY.astype(np.int64)), int(END_DAY.astype(np.int64))
    says = f"{name} must be known and lie in {FIRST_DAY} to {END_DAY}"
    if numbers.size and is_constant(numbers):
        numbers = numbers[:1]
    if numbers.size and int(numbers.view(np.uint64).max()) < end:
        return  # as above: none before 1970, none beyond the end
    for at in range(0, numbers.size, BLOCK):
        part = numbers[at : at + BLOCK]
        if may_be_unknown and int(part.min()) < first:
            n_unknown = np.count_nonzero(part == np.iinfo(np.int64).min)
            _hold(says, np.count_nonzero(part < first) == n_unknown and int(part.max()) < end)
        else:
            _hold(says, first <= int(part.min()) and int(part.max()) < end)


def _are_families(primary: Ints) -> bool:
    """Each run of one value begins at the row it names: all that is asked of primaries, told at once."""
    heads = np.flatnonzero(primary[1:] != primary[:-1]) + 1
    return not primary.size or (primary[0] == 0 and bool((primary.take(heads) == heads).all()))


def _is_sorted(column: Ints) -> bool:
    return bool((column[1:] >= column[:-1]).all())


def _hold(says: str, holds: bool) -> None:
    if not holds:
        raise _broken(says)


def _broken(says: str) -> BatchError:
    return BatchError(f"The batch does not hold together: {says}.")
