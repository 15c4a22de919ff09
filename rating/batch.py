"""The columns the core rates: who, what they hold, and what is offered to them.

What lives here: frozen bundles of equally long columns and the check that they fit together.
What does not: ids and texts (a row is known by its position), rates (`rating.tables`) and
anything that computes.

A batch is a tree in row positions: coverage -> plan -> member -> primary. Rows of one family
stand together, so that the engine may cut a batch anywhere between families. Spans are
half-open; money is int64 cents; minus one means "none" in every integer column.
"""

from dataclasses import dataclass

import numpy as np

from rating.arrays import Bytes, Days, Ints, Longs, Shorts
from rating.checks import (
    are_families,
    broken,
    check_bounds,
    check_columns,
    check_days,
    check_range,
    check_sorted_range,
    hold,
    is_sorted,
)
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
from rating.columns import fill_in, otherwise

UNKNOWN_DAY = np.datetime64("NaT", "D")

LARGEST_AMOUNT = 10**12
"""Benefits are at most ten billion dollars, so that products of them fit in 64 bits. Pay and elected
amounts come from a census and may be anything: above this a benefit that asks for them is out of range."""

BEYOND_ALL_AGES = 1_000
"""Ages of a reduction schedule are below it."""

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

    def check(self) -> None:
        """Refuse schedules that do not hold together."""
        for name, kind in (("start", np.int32), ("age", np.int16), ("percent_left_e4", np.int64)):
            column = getattr(self, name)
            if column.dtype != kind or column.ndim != 1:
                raise broken(f"reductions.{name} must be a column of {np.dtype(kind)}, is {column.dtype}")
        n, start = self.age.size, self.start
        hold(f"reductions.percent_left_e4 must have {n:,} rows, as the ages", self.percent_left_e4.size == n)
        leads = start.size > 0 and start[0] == 0 and start[-1] == n and is_sorted(start)
        hold(f"reductions.start must lead from 0 to {n:,} in ascending order", leads)
        check_range("reductions.age", self.age, 0, BEYOND_ALL_AGES)
        check_range("reductions.percent_left_e4", self.percent_left_e4, 0, LARGEST_PERCENT)
        begins = np.zeros(n + 1, np.bool_)
        begins[start] = True
        ascends = begins[1:-1] | (self.age[1:] > self.age[:-1])
        hold("the ages of a reduction schedule must ascend", bool(ascends.all()))

    @classmethod
    def none(cls) -> "Reductions":
        """No schedules."""
        return cls(np.zeros(1, np.int32), np.empty(0, np.int16), np.empty(0, np.int64))


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
            check_columns(bundle)
        self.reductions.check()
        self._check_offers()
        self._check_members()
        self._check_selections()

    def _check_members(self) -> None:
        members, n = self.members, len(self.members)
        primary = members.primary
        if not are_families(primary):
            hold("members.primary: families must be contiguous and sorted", is_sorted(primary))
            check_sorted_range("members.primary", primary, n)
            hold("members.primary: the primary stands first", bool((primary <= np.arange(n)).all()))
            hold("members.primary: a primary names itself", bool((primary.take(primary) == primary).all()))
        check_range("members.relationship", members.relationship, 0, len(Relationship))
        check_range("members.gender", members.gender, 0, len(Gender))
        check_range("members.tobacco", members.tobacco, NONE, len(Tobacco))
        check_range("members.stated_tier", members.stated_tier, NONE, len(Tier))
        check_range("members.area", members.area, NONE, None)
        check_range("members.class_slot", members.class_slot, NONE, None)
        check_range("members.class_label", members.class_label, NONE, None)
        check_range("members.annual_pay_cents", members.annual_pay_cents, NONE, None)
        check_days("members.birth_date", members.birth_date, may_be_unknown=True)
        check_bounds("members.hire_date", members.hire_date, may_be_unknown=True)

    def _check_selections(self) -> None:
        plans, coverages, offers = self.plans, self.coverages, self.offers
        hold("plans.member must be sorted", is_sorted(plans.member))
        check_sorted_range("plans.member", plans.member, len(self.members))
        check_range("plans.offer", plans.offer, 0, len(offers))
        hold("coverages.plan must be sorted", is_sorted(coverages.plan))
        check_sorted_range("coverages.plan", coverages.plan, len(plans))
        # A class slot points into a block of its account's size: outside it lies another plan's rule.
        if int(self.members.class_slot.max(initial=NONE)) >= int(offers.n_class_slots.min(initial=LARGEST_ROW)):
            slots = self.members.class_slot.take(plans.member)
            hold(
                "members.class_slot is outside the account's classes",
                bool((slots < offers.n_class_slots.take(plans.offer)).all()),
            )

    def check_coverages(self, rows: slice) -> None:
        """The values of some coverages."""
        coverages = self.coverages
        check_range("coverages.offer", coverages.offer[rows], 0, len(self.offers))
        check_range("coverages.elected_cents", coverages.elected_cents[rows], NONE, None)
        check_range("coverages.issue", coverages.issue[rows], 0, len(Issue))
        check_range("coverages.continuation", coverages.continuation[rows], NONE, len(Continuation))
        check_range("coverages.evidence", coverages.evidence[rows], NONE, len(Evidence))
        check_range("coverages.approved_cents", coverages.approved_cents[rows], NONE, None)
        check_range("coverages.is_late", coverages.is_late[rows], 0, 2)
        check_days("coverages.rate_date", coverages.rate_date[rows])
        check_days("coverages.age_date", coverages.age_date[rows])
        for name in ("covered_from", "covered_to"):
            check_bounds(f"coverages.{name}", getattr(coverages, name)[rows])
        for name in ("issue_date", "added_date", "approved_from"):
            check_bounds(f"coverages.{name}", getattr(coverages, name)[rows], may_be_unknown=True)

    def _check_offers(self) -> None:
        offers, n = self.offers, len(self.offers)
        check_range("offers.root", offers.root, 0, n)
        root = offers.root.astype(np.intp)  # as it indexes, once
        hold("offers.root: a root names itself", bool((root.take(root) == root).all()))
        check_range("offers.account", offers.account, 0, None)
        check_range("offers.n_class_slots", offers.n_class_slots, 0, None)
        hold("offers.account differs from its root's", bool((offers.account.take(root) == offers.account).all()))
        hold(
            "offers.n_class_slots differs within an account's plan",
            bool((offers.n_class_slots.take(root) == offers.n_class_slots).all()),
        )
        check_range("offers.rate_table", offers.rate_table, NONE, None)
        check_range("offers.proration", offers.proration, 0, len(Proration))
        for name in ("proration_end", "proration_change", "proration_newborn"):
            check_range(f"offers.{name}", getattr(offers, name), NONE, len(Proration))
        check_range("offers.wash_day", offers.wash_day, 1, 32)
        check_range("offers.reduction_date", offers.reduction_date, 0, len(ReductionDate))
        check_range("offers.strategy", offers.strategy, 0, len(Strategy))
        check_range("offers.guaranteed_reduction", offers.guaranteed_reduction, NONE, len(self.reductions))
        check_range("offers.volume_rounding", offers.volume_rounding, 0, len(VolumeRounding))
        check_range("offers.benefit_rounding", offers.benefit_rounding, 0, len(BenefitRounding))
        check_days("offers.term_from", offers.term_from)
        check_days("offers.term_to", offers.term_to)
        hold("offers.term_to must be after term_from", bool((offers.term_from < offers.term_to).all()))
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
            check_range(f"offers.{name}", getattr(offers, name), NONE, LARGEST_AMOUNT + 1)
        check_range("offers.multiple_e4", offers.multiple_e4, NONE, LARGEST_PERCENT)
        for name in ("benefit_percent_e4", "pay_multiple_cap_e4", "employee_percent_cap_e4", "participation_e4"):
            check_range(f"offers.{name}", getattr(offers, name), NONE, LARGEST_PERCENT)
        check_range("offers.reduction", offers.reduction, NONE, len(self.reductions))
        for name in ("life_years_e4", "full_credibility_e4"):
            check_range(f"offers.{name}", getattr(offers, name), NONE, LARGEST_AMOUNT + 1)
        for name in ("product", "category", "industry", "plan_label", "group_size", "product_category"):
            check_range(f"offers.{name}", getattr(offers, name), NONE, None)
