"""Composite rates solved from the census by tier ratios.

Formula: EE rate = round2(P / sum(n_t x r_t)); rate of a tier = round2(EE rate x r_t). P is the monthly premium that
the offer must collect (`required_cents`); without one, the list bill of those enrolled by the table's `base_table`.
n_t are the families in each tier, r_t the cells of the table (two, three, four or five tiers; 28 TAC 26.30 for
instance states 1.0, 2.0, 2.0, 3.0). The primary carries the rate as in `composite_tier`; the load of continued cover
comes after it. EE rate, tier rates, counts, what is collected and the cents it differs by from P are outputs.

Counted is who is covered when the pool opens, in the tier of that day. A family of which somebody has no list price,
or whose tier has no ratio, is neither in P nor in a count. Without anybody to count, or without P, there is no rate:
NOT_SOLVED.
Unit: USD per family and month; the cells are ratios to the tier EE.
Source: rating methods, section 3.
Example: 42, 14, 9 and 25 families at 1.00, 2.05, 1.85 and 2.95 weigh 161.10; of 92,400.00 the EE rate is 573.56, the
others 1,175.80, 1,061.09 and 1,692.00; they collect 92,400.53, which is 0.53 too many.

>>> tiers(np.array([9_240_000], object), np.array([161_100_000], object), np.array([[1_000_000, 2_050_000, 1_850_000,
...     1_850_000, 2_950_000]]))[1].tolist()
[[57356, 117580, 106109, 106109, 169200]]
"""

import numpy as np

from rating.arrays import Bytes, Flags, Longs, Rows
from rating.codes import NONE, Issue, Tier
from rating.methods import composite_tier
from rating.money import Ratio
from rating.pricing import FACTOR_E4, RATE_E6, Price, Selection
from rating.solved import Counted, Numbers, Totals, half_up

PER_FAMILY = True


def sums(counted: Counted) -> tuple[Longs, ...]:
    """List bill, families of each tier and people left out."""
    selection, listed = counted.selection, counted.listed_cents
    is_missing = np.zeros(counted.has_rate.size, np.bool_) if listed is None else _is_missing(selection, listed)
    family = _families(selection)
    tier = selection.of(selection.facts.tier)
    has_ratio = np.take_along_axis(counted.ratio_e6, tier.astype(np.intp)[:, None], axis=1)[:, 0] >= 0
    is_out = np.isin(family, family[is_missing]) | ~np.isin(family, family[counted.is_primary & has_ratio])
    bill = np.zeros(is_out.size, np.int64) if listed is None else np.where(is_out, 0, np.maximum(listed, 0))
    leads = counted.is_primary & ~is_out
    return bill, *(((tier == each) & leads).astype(np.int64) for each in Tier), is_out.astype(np.int64)


def solve(totals: Totals) -> dict[str, Longs]:
    """EE rate, tier rates, and what they collect."""
    bill, *families, left_out = totals.sums[: len(Tier) + 2]
    required = totals.offers.required_cents.take(totals.offer)
    has_base = totals.tables.base_table.take(totals.table) >= 0
    owed = np.where(required >= 0, required, np.where(has_base, bill, 0)).astype(object)
    counts = np.stack(families, axis=1).astype(np.int64)
    weight = np.zeros(owed.size, object)
    for tier in Tier:
        weight += counts[:, tier].astype(object) * np.maximum(totals.ratio_e6[:, tier], 0).astype(object)
    base, rates = tiers(owed, np.where((required >= 0) | has_base, weight, 0), totals.ratio_e6)
    collected = (np.maximum(rates, 0).astype(object) * counts.astype(object)).sum(axis=1)
    return {
        "base_cents": base,
        "tier_cents": rates,
        "tier_counts": counts,
        "required_cents": owed.astype(np.int64),
        "collected_cents": np.where(base >= 0, collected, NONE).astype(np.int64),
        "n_left_out": left_out.astype(np.int64),
    }


def tiers(owed: Numbers, weight_e6: Numbers, ratio_e6: Longs) -> tuple[Longs, Longs]:
    """The EE rate (n_pools,) and the rate of each tier (n_pools, 5) in cents; NONE where there is none."""
    base = half_up(owed * RATE_E6, weight_e6)
    rates = half_up(np.maximum(base, 0).astype(object)[:, None] * np.maximum(ratio_e6, 0).astype(object), RATE_E6)
    return base, np.where((base[:, None] >= 0) & (ratio_e6 >= 0), rates, NONE)


def price(selection: Selection) -> Price:
    """The primary pays the rate of the family's tier."""
    carried = composite_tier.price(selection)
    solved = selection.facts.terms.solved
    assert solved is not None
    tier = selection.of(selection.facts.tier).astype(np.intp)
    rate = solved.tier_cents[selection.of(selection.facts.pool), tier]
    loads = selection.factors_e4
    return Price(
        Ratio((np.maximum(rate, 0), *loads), (FACTOR_E4 ** len(loads),)),
        issue=_not_solved((rate < 0) & (selection.unit_rate_e6 > 0), carried),
        zero_reason=carried.zero_reason,
    )


def _not_solved(is_missing: Flags, carried: Price) -> Bytes | None:
    """NOT_SOLVED on the primary, where there is no rate of its tier."""
    if carried.zero_reason is not None:
        is_missing &= carried.zero_reason == 0
    if not is_missing.any():
        return carried.issue
    known = np.zeros(is_missing.size, np.int8) if carried.issue is None else carried.issue
    return np.where((known == Issue.NONE) & is_missing, np.int8(Issue.NOT_SOLVED), known)


def _families(selection: Selection) -> Rows:
    """A number for the family and offer of each coverage."""
    return selection.facts.primary.take(selection.member) * np.intp(len(selection.offers)) + selection.offer


def _is_missing(selection: Selection, listed: Longs) -> Flags:
    """A list price is wanted and there is none."""
    offer = selection.offer
    by_list = selection.tables.base_table.take(selection.table) >= 0
    return by_list & (selection.offers.required_cents.take(offer) < 0) & (listed < 0)
