"""Rate by the average age of the employees: one rate per life, from a table by average age.

Formula: average age = round half up(sum of ages / employees), percent female = women / employees, both of the pool:
the employees of a class where the table varies by class, else all who hold the coverage when the plan year opens.
Premium of an employee = unit rate(average age, percent female, industry, area, ...) x factors. Where the offer
states an amount of insurance (life) the average is weighted by it, sum(age x amount) / sum(amount), and the rate is
per $1,000. Sums and counts are combined, averages never: a class of 1 and one of 99 make one pool of 100.
Dependents are covered by the employee's rate: 0.00 with the reason FAMILY_CARRIED; where the employee does not hold the
coverage nobody carries it, so a dependent who holds it has no rate: NO_RATE.

Ages are read as the table says. An employee without birth date is in no average of ages; gender unknown or other
counts among the employees and not among the women. An average of nobody is no age: NOT_SOLVED.
Unit: USD per employee, or per $1,000 of the employee's amount, and rate period.
Source: rating methods, section 4.
Example: employees of 44, 28, 57 and 33 are 40.5 on average, so 41; two women of four are 50 %.

>>> half_up(np.array([44 + 28 + 57 + 33], object), np.array([4], object)).tolist()
[41]
"""

import numpy as np

from rating.arrays import Bytes, Flags, Longs
from rating.carriers import without_primary
from rating.codes import NONE, Axis, Gender, Issue, ZeroReason
from rating.methods import volume
from rating.money import Ratio
from rating.pricing import Price, Selection, zeros_where
from rating.solved import Counted, Totals, half_up

BY_CLASS = True
"""A table that varies by class is rated class by class."""

WHOLE_E4 = 1_000_000
DOLLARS = 1_000
A_LIFE = 100_000
"""Cents of the amount that makes a rate per $1,000 the rate of one life."""


def sums(counted: Counted) -> tuple[Longs, ...]:
    """Employees, women, and ages by weight; who has no age is left out of the ages alone."""
    selection = counted.selection
    weight = np.ones(counted.has_rate.size, np.int64)
    by_amount = _is_by_amount(selection)
    if by_amount.any():
        shown = volume.price(selection).volume_cents
        assert shown is not None
        weight = np.where(by_amount, np.maximum(shown, 0), 1)
    return class_sums(counted, weight)


def class_sums(counted: Counted, weight: Longs) -> tuple[Longs, ...]:
    """Employees, women, weighted ages, their weight, and employees without an age."""
    selection, lives = counted.selection, counted.is_primary
    gender = selection.facts.batch.members.gender[selection.facts.span.members].take(selection.member)
    age = selection.age.astype(np.int64)
    aged = lives & (age >= 0)
    return (
        lives.astype(np.int64),
        (lives & (gender == Gender.FEMALE)).astype(np.int64),
        np.where(aged, age * weight, 0),
        np.where(aged, weight, 0),
        (lives & (age < 0)).astype(np.int64),
    )


def solve(totals: Totals) -> dict[str, Longs]:
    """Average age and percent female of each pool."""
    lives, women, ages, weight, ageless = totals.sums[:5]
    return {
        "n_lives": lives.astype(np.int64),
        "female_e4": half_up(women * WHOLE_E4, lives),
        "average_age": half_up(ages, weight),
        "n_left_out": ageless.astype(np.int64),
    }


def price(selection: Selection) -> Price:
    """Each employee pays the rate of the pool's average; the engine has read it (`Facts.slots`)."""
    is_dependent = selection.facts.is_dependent.take(selection.member)
    zero_reason, issue = None, unsolved(selection)
    if is_dependent.any():
        zero_reason = zeros_where(is_dependent, ZeroReason.FAMILY_CARRIED)
        others = np.int8(Issue.NONE) if issue is None else issue
        others = np.where(is_dependent, np.int8(Issue.NONE), others)  # carried by the employee, whatever the rate
        issue = np.where(without_primary(selection), np.int8(Issue.NO_RATE), others)
    by_amount = _is_by_amount(selection)
    if not by_amount.any():
        return Price(issue=issue, zero_reason=zero_reason)
    own = volume.price(selection)
    return Price(
        issue=_issues(by_amount & ~is_dependent, own, issue),
        zero_reason=_where(by_amount & ~is_dependent, own.zero_reason, zero_reason),
        volume_cents=None if own.volume_cents is None else np.where(by_amount, own.volume_cents, NONE),
        pending_cents=None if own.pending_cents is None else np.where(by_amount, own.pending_cents, NONE),
        volume=_per_life(own.volume, by_amount),
        per_unit=DOLLARS,
    )


def unsolved(selection: Selection) -> Bytes | None:
    """NOT_SOLVED where the table, or one of its factor tables, varies by an average that nobody makes."""
    solved, offer = selection.facts.terms.solved, selection.offer
    assert solved is not None
    pool, uses = selection.of(selection.facts.pool), selection.recipes.rate.uses.take(offer)
    for factor in selection.recipes.factors:
        uses = uses | factor.uses.take(offer)
    is_missing = (uses >> Axis.AGE & 1 == 1) & (solved.average_age.take(pool) < 0)
    is_missing |= (uses >> Axis.FEMALE_PERCENT & 1 == 1) & (solved.female_e4.take(pool) < 0)
    return np.where(is_missing, np.int8(Issue.NOT_SOLVED), np.int8(Issue.NONE)) if is_missing.any() else None


def _is_by_amount(selection: Selection) -> Flags:
    """The offer states an amount of insurance, so its rate is per $1,000 of it."""
    offers, offer = selection.offers, selection.offer
    stated = (offers.multiple_e4 >= 0) | (offers.flat_cents >= 0) | (offers.increment_cents >= 0)
    return stated.take(offer)


def _per_life(amount: Ratio | None, by_amount: Flags) -> Ratio | None:
    """The amount, and one life where the offer states none."""
    if amount is None or by_amount.all():
        return amount
    scale = A_LIFE
    for each in amount.divisors:
        scale *= each if isinstance(each, int) else 1
    first, *others = amount.numerators
    return Ratio(
        (np.where(by_amount, first, scale), *(np.where(by_amount, column, 1) for column in others)),
        tuple(each if isinstance(each, int) else np.where(by_amount, each, 1) for each in amount.divisors),
    )


def _issues(here: Flags, own: Price, issue: Bytes | None) -> Bytes | None:
    """What the amount lacks goes before an average that nobody makes; where nothing is insured, none is needed."""
    if issue is not None and own.zero_reason is not None:
        issue = np.where(here & (issue == Issue.NOT_SOLVED) & (own.zero_reason != 0), np.int8(Issue.NONE), issue)
    if issue is not None and own.issue is not None:
        issue = np.where(here & (issue == Issue.NOT_SOLVED) & (own.issue != 0), own.issue, issue)
    return _where(here, own.issue, issue)


def _where(here: Flags, own: Bytes | None, otherwise: Bytes | None) -> Bytes | None:
    """A column of reasons taken from the amount where there is one; what was said before goes first."""
    if own is None:
        return otherwise
    before = np.zeros(here.size, np.int8) if otherwise is None else otherwise
    return np.where(here & (before == 0), own, before)
