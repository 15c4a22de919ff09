"""Average enrollee premium: every adult of a group pays one average, every counted child another.

Formula: average of adults = round(sum of own premiums without tobacco / persons of 21 and over); the same for
persons under 21, of whom only the three oldest children of a family count. Premium = the average of one's age group
x the own tobacco factor, rounded once; a further child pays 0.00 with the reason CHILD_CAP. The averages are made of
those covered when the plan year opens, each premium rounded to the cent as the table says, and stay for the year.

The cells are rates by member as in `child_capped`, with its settings (`child_age` parts children and adults, too).
Tobacco is stated by factor tables that vary by it: these are what the average omits, so a rate table that varies by
tobacco itself is refused. The load of continued cover comes after the average like tobacco.
Whoever cannot be priced is in no average; where nobody can be there is no rate: NOT_SOLVED.
Unit: USD per person and rate period.
Source: 45 CFR 147.102(c)(3)(ii), rating methods section 2.
Example: six adults 3,969.80, so 661.63; four counted children 1,373.17, so 343.29. Two adults and four children:
2 x 661.63 + 3 x 343.29 = 2,353.13; with a tobacco factor of 1.2 on one adult 793.96 + 661.63 + 1,029.87 = 2,485.46.

>>> half_up(np.array([396_980, 137_317], object), np.array([6, 4], object)).tolist()
[66163, 34329]
"""

import numpy as np

from rating.arrays import Bytes, Flags, Floats, Longs
from rating.codes import Axis, Issue, Relationship, ZeroReason
from rating.methods import child_capped
from rating.money import Ratio, whole_cents
from rating.pricing import CENTS, FACTOR_E4, RATE_E6, Price, Selection
from rating.solved import Counted, Totals, half_up, is_filed


def sums(counted: Counted) -> tuple[Longs, ...]:
    """Cents and heads of adults, cents and heads of children, and who is left out."""
    selection = counted.selection
    capped = child_capped.price(selection)
    is_priced = counted.has_rate & (True if capped.issue is None else capped.issue == Issue.NONE)
    is_counted = is_priced & (True if capped.zero_reason is None else capped.zero_reason == 0)
    factors, _ = _parted(selection)
    modes = selection.recipes.rounding
    cents = whole_cents(
        Ratio((selection.unit_rate_e6, *factors), (RATE_E6 * FACTOR_E4 ** len(factors) // CENTS,)),
        None if modes is None else modes.take(selection.offer),
    )
    is_child = _is_minor(selection)
    adult, child = is_counted & ~is_child, is_counted & is_child
    whole = cents.astype(np.int64)
    return whole * adult, adult.astype(np.int64), whole * child, child.astype(np.int64), (~is_priced).astype(np.int64)


def solve(totals: Totals) -> dict[str, Longs]:
    """The two averages, and what they collect of what the group owes person by person."""
    adults, n_adults, children, n_children, left_out = totals.sums[:5]
    adult, child = half_up(adults, n_adults), half_up(children, n_children)
    collected = np.maximum(adult, 0) * n_adults + np.maximum(child, 0) * n_children
    return {
        "adult_cents": adult,
        "child_cents": child,
        "n_adults": n_adults.astype(np.int64),
        "n_children": n_children.astype(np.int64),
        "required_cents": (adults + children).astype(np.int64),
        "collected_cents": collected.astype(np.int64),
        "n_left_out": left_out.astype(np.int64),
    }


def price(selection: Selection) -> Price:
    """The average of the own age group, with the own tobacco factor."""
    capped = child_capped.price(selection)
    solved = selection.facts.terms.solved
    assert solved is not None
    pool = selection.of(selection.facts.pool)
    average = np.where(_is_minor(selection), solved.child_cents.take(pool), solved.adult_cents.take(pool))
    _, tobacco = _parted(selection)
    return Price(
        Ratio((np.maximum(average, 0), *tobacco), (FACTOR_E4 ** len(tobacco),)),
        issue=_not_solved(selection, average, capped),
        zero_reason=capped.zero_reason,
    )


def _not_solved(selection: Selection, average: Longs, capped: Price) -> Bytes | None:
    """NOT_SOLVED where there is no average, unless the person lacks something itself, or is free whatever it is."""
    if (average >= 0).all():
        return capped.issue
    known = np.zeros(average.size, np.int8) if capped.issue is None else capped.issue
    is_missing = (known == Issue.NONE) & (average < 0) & is_filed(selection)
    if capped.zero_reason is not None:
        is_missing &= capped.zero_reason == ZeroReason.NONE
    return np.where(is_missing, np.int8(Issue.NOT_SOLVED), known)


def _is_minor(selection: Selection) -> Flags:
    """Under the age that parts children and adults; of unknown age who is filed as a child."""
    age = selection.age
    kind = selection.facts.relationship.take(selection.member)
    limit = selection.tables.child_age.take(selection.table)
    return np.where(age >= 0, age < limit, kind == Relationship.CHILD)


def _parted(selection: Selection) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """The factors that belong in an average, and those of the person (tobacco, and the load of continued cover)."""
    shared: list[Floats] = []
    own: list[Floats] = []
    filed = selection.recipes.factors
    for column, recipe in zip(selection.factors_e4, filed, strict=False):
        is_tobacco = (recipe.uses.take(selection.offer) >> Axis.TOBACCO & 1) == 1
        shared.append(np.where(is_tobacco, FACTOR_E4, column))
        own.append(np.where(is_tobacco, column, FACTOR_E4))
    return tuple(shared), (*own, *selection.factors_e4[len(filed) :])
