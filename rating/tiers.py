"""The tier of a family in one plan: who of it holds that plan (GR-26).

What lives here: counting spouses and children per family and root plan. What does not: the
price of a tier (a rate cell), or folding five tiers into four, three or two (the caller
widens a table filed with fewer).

    dependents holding the plan          tier
    none                                 EE
    spouse or domestic partner only      ES
    one other dependent                  E1C
    two or more other dependents         ECN
    spouse and at least one other        FAM
"""

import numpy as np

from rating.arrays import Bytes, Flags, Ints, Rows
from rating.codes import Relationship, Tier

_BY_COUNTS = np.array(
    [[Tier.EE, Tier.E1C, Tier.ECN], [Tier.ES, Tier.FAM, Tier.FAM]],
    np.int8,
)
"""Tier by spouses (none, any) and other dependents (none, one, more)."""


def family_tiers(
    *,
    primary: Rows | Ints,
    relationship: Bytes,
    stated_tier: Bytes,
    plan_member: Rows | Ints,
    plan_offer: Ints,
    is_held: Flags,
) -> Bytes:
    """Tier of the family per plan row.

    A plan row that is not `is_held` (none of its coverages has a covered day and may be priced) does not count.
    A tier stated on the primary stands in for a family without any dependent in the batch.
    """
    if not plan_member.size:
        return np.empty(0, np.int8)
    family = primary.take(plan_member)
    key = family.astype(np.int64) * (int(plan_offer.max()) + 1) + plan_offer
    _, group = np.unique(key, return_inverse=True)
    n_groups = int(group.max()) + 1

    is_dependent = (plan_member != family) & is_held
    kinds = relationship.take(plan_member)
    is_spouse = (kinds == Relationship.SPOUSE) | (kinds == Relationship.DOMESTIC_PARTNER)
    partners = np.bincount(group[is_dependent & is_spouse], minlength=n_groups)
    others = np.bincount(group[is_dependent & ~is_spouse], minlength=n_groups)

    tier = _BY_COUNTS[np.minimum(partners, 1), np.minimum(others, 2)][group]
    stated = stated_tier.take(family)
    is_alone = np.bincount(primary, minlength=primary.size).take(family) == 1
    return np.where(is_alone & (stated >= 0), stated, tier)
