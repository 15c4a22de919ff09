"""Limits of what an employer pays, beyond a cap per coverage: floors, and caps per family and plan.

What lives here: holding shares to them, in place. What does not: the shares (`rating.shares`), the order in which
limits apply, and the way a cap for several is divided (`rating.pools`).
"""

import numpy as np

from rating import pools
from rating.arrays import Bytes, Floats, Rows, Whole
from rating.claims import Claims
from rating.codes import NONE, Issue
from rating.contribution import ContributionRules
from rating.facts import Facts


def raise_to_floors(
    facts: Facts,
    rules: ContributionRules,
    rule: Rows,
    prorated: Floats,
    fraction: tuple[Whole, Whole],
    employer: Floats,
    issue: Bytes | None,
) -> None:
    """Shares below the rule's floor come up to it, at most to the premium; a rule without a value has no floor."""
    floor = np.append(rules.floor_cents, NONE).take(rule)
    is_low = floor >= 0
    if issue is not None:
        is_low &= issue == Issue.NONE
    rows = np.flatnonzero(is_low)
    floors = Claims.of(facts, rules, rows, rule, prorated, fraction).of_part(floor.take(rows))
    employer[rows] = np.maximum(employer.take(rows), np.minimum(floors, prorated.take(rows)))


def hold_to_family_caps(
    facts: Facts,
    rules: ContributionRules,
    rule: Rows,
    prorated: Floats,
    fraction: tuple[Whole, Whole],
    employer: Floats,
) -> None:
    """Shares of families that hold a plan under a rule with a family cap."""
    cap = np.append(rules.family_cap_cents, NONE).take(rule)
    if not (cap >= 0).any():
        return
    rows = np.flatnonzero(prorated)
    claims = Claims.of(facts, rules, rows, rule, prorated, fraction)
    employer[rows] = pools.within_family_cap(claims, employer.take(rows).astype(np.int64), cap.take(rows))
