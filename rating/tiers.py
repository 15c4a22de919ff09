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

from rating.arrays import Bytes, Flags, Ints
from rating.codes import Relationship, Tier

_BY_COUNTS = np.array(
    [[Tier.EE, Tier.E1C, Tier.ECN], [Tier.ES, Tier.FAM, Tier.FAM]],
    np.int8,
)
"""Tier by spouses (none, any) and other dependents (none, one, more)."""


def family_tiers(
    *,
    primary: Ints,
    relationship: Bytes,
    stated_tier: Bytes,
    plan_member: Ints,
    plan_offer: Ints,
    is_held: Flags,
) -> tuple[Bytes, Flags]:
    """Tier of the family per plan row, and whether the primary holds that plan too.

    A plan row that is not `is_held` (all of its coverages lie outside the term) does not count.
    A tier stated on the primary stands in for a family without any dependent in the batch.
    """
    if not plan_member.size:
        return np.empty(0, np.int8), np.empty(0, np.bool_)
    family = primary.take(plan_member)
    key = family.astype(np.int64) * (int(plan_offer.max()) + 1) + plan_offer
    _, group = np.unique(key, return_inverse=True)
    n_groups = int(group.max()) + 1

    is_primary = plan_member == family
    kinds = relationship.take(plan_member)
    is_spouse = (kinds == Relationship.SPOUSE) | (kinds == Relationship.DOMESTIC_PARTNER)
    is_partner = is_spouse & ~is_primary & is_held
    is_other = ~is_primary & ~is_spouse & is_held
    partners = np.bincount(group[is_partner], minlength=n_groups)
    others = np.bincount(group[is_other], minlength=n_groups)
    with_primary = np.bincount(group[is_primary & is_held], minlength=n_groups) > 0

    tier = _BY_COUNTS[np.minimum(partners, 1), np.minimum(others, 2)][group]
    stated = stated_tier.take(family)
    is_alone = np.bincount(primary, minlength=primary.size).take(family) == 1
    return np.where(is_alone & (stated >= 0), stated, tier), with_primary[group]
