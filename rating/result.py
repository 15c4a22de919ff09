"""What a rating run answers: columns per coverage, plan and member.

What lives here: the bundle and its allocation. What does not: its computation (`rating.engine`)
and its totals (`rating.rollup`). Amounts are int64 cents; rows stand as in the batch.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rating.arrays import COLUMN_DTYPES, Bytes, Ints, Longs, Shorts
from rating.batch import Batch


@dataclass(frozen=True, slots=True)
class Result:
    """Premiums and shares. At plan and member: sums of the coverages, and whether they are complete."""

    unit_rate_e6: Longs  # filed rate before factors; NONE where no cell is in force
    volume_cents: Longs  # what the rate was applied to; NONE for rates per person or family
    age: Shorts  # NONE unknown
    tier: Bytes  # Tier, where the price depends on it; NONE
    covered_days: Ints
    term_days: Ints
    period_cents: Longs  # premium of one rate period
    standard_cents: Longs  # of the whole contract term
    prorated_cents: Longs  # of the covered part
    employer_cents: Longs
    employee_cents: Longs
    rule: Ints  # row in ContributionRules; NONE
    issue: Bytes  # Issue
    zero_reason: Bytes  # ZeroReason

    plan_period_cents: Longs
    plan_standard_cents: Longs
    plan_prorated_cents: Longs
    plan_employer_cents: Longs
    plan_employee_cents: Longs
    plan_issue: Bytes  # PART_UNRATED if a coverage is unrated, else the worst warning
    plan_n_coverages: Ints
    plan_n_unrated: Ints

    member_period_cents: Longs
    member_standard_cents: Longs
    member_prorated_cents: Longs
    member_employer_cents: Longs
    member_employee_cents: Longs
    member_issue: Bytes
    member_n_coverages: Ints
    member_n_unrated: Ints

    @classmethod
    def empty(cls, batch: Batch) -> "Result":
        """Room for every row; each chunk fills its own stretch."""
        rows = {"plan": len(batch.plans), "member": len(batch.members)}
        columns: dict[str, Any] = {
            field.name: np.empty(rows.get(field.name.split("_")[0], len(batch.coverages)), COLUMN_DTYPES[field.type])
            for field in fields(cls)
        }
        return cls(**columns)


AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
