"""Who of a family makes its tier, for one, four or many plans at once."""

import numpy as np
import pytest

from rating.codes import Relationship, Tier
from rating.tiers import family_tiers

SELF, SPOUSE, PARTNER, CHILD, PARENT = 0, 1, 2, 3, 4


def tiers(families: list[list[int]], stated: list[int] | None = None) -> list[int]:
    """Tier of each family (by relationships, the primary first), read at its primary."""
    relationship = np.array([each for family in families for each in family], np.int8)
    first = np.cumsum([0, *map(len, families)])[:-1]
    primary = np.repeat(first, [len(family) for family in families]).astype(np.int32)
    n = relationship.size
    stated_tier = np.full(n, -1, np.int8)
    stated_tier[first] = stated or -1
    tier = family_tiers(
        primary=primary,
        relationship=relationship,
        stated_tier=stated_tier,
        plan_member=np.arange(n, dtype=np.int32),
        plan_offer=np.zeros(n, np.int32),
        is_held=np.ones(n, np.bool_),
    )
    assert (tier == tier[primary]).all()
    return tier[first].tolist()


@pytest.mark.rule("GR-26")
def test_the_table_of_tiers() -> None:
    families = [
        [SELF],
        [SELF, SPOUSE],
        [SELF, PARTNER],
        [SELF, CHILD],
        [SELF, PARENT],
        [SELF, CHILD, CHILD],
        [SELF, CHILD, PARENT, CHILD],
        [SELF, SPOUSE, CHILD],
        [SELF, CHILD, CHILD, PARTNER],
    ]
    expected = [Tier.EE, Tier.ES, Tier.ES, Tier.E1C, Tier.E1C, Tier.ECN, Tier.ECN, Tier.FAM, Tier.FAM]
    assert tiers(families) == expected
    assert len(Relationship) == 7


def test_a_stated_tier_counts_only_where_no_dependent_is_named() -> None:
    assert tiers([[SELF], [SELF, CHILD], [SELF]], stated=[Tier.FAM, Tier.FAM, -1]) == [Tier.FAM, Tier.E1C, Tier.EE]


def test_a_family_without_plans_has_no_tiers() -> None:
    none = np.empty(0, np.int32)
    one = np.zeros(1, np.int32)
    found = family_tiers(
        primary=one,
        relationship=one.astype(np.int8),
        stated_tier=one.astype(np.int8),
        plan_member=none,
        plan_offer=none,
        is_held=np.empty(0, np.bool_),
    )
    assert found.size == 0
