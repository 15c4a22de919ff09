"""What a rating run answers: columns per coverage, plan and member.

What lives here: the bundle and its allocation. What does not: its computation (`rating.engine`)
and its totals (`rating.rollup`). Amounts are int64 cents; rows stand as in the batch.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from rating.arrays import COLUMN_DTYPES, Bytes, Days, Ints, Longs, Rows, Shorts
from rating.batch import Batch
from rating.codes import NONE
from rating.columns import is_constant
from rating.solved import Solved


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of coverages whose price changes within the term, by coverage and day."""

    coverage: Rows  # row in Coverages
    piece_from: Days
    piece_to: Days  # first day no longer in the piece
    period_cents: Longs
    standard_cents: Longs
    prorated_cents: Longs
    employer_cents: Longs
    employee_cents: Longs
    age: Shorts
    tier: Bytes
    volume_cents: Longs
    issue: Bytes

    def __len__(self) -> int:
        return self.coverage.size

    @classmethod
    def together(cls, parts: list["Pieces"]) -> "Pieces":
        """Pieces of several runs of families as one bundle; empty where nothing was cut."""
        columns: dict[str, Any] = {}
        for each in fields(cls):
            dtype = np.dtype(np.intp) if each.name == "coverage" else COLUMN_DTYPES[each.type]
            columns[each.name] = np.concatenate([np.empty(0, dtype), *(getattr(part, each.name) for part in parts)])
        return cls(**columns)


@dataclass(frozen=True, slots=True)
class Result:
    """Premiums and shares. At plan and member: sums of the coverages, and whether they are complete."""

    unit_rate_e6: Longs  # filed rate before factors; NONE where no cell is in force
    volume_cents: Longs  # what the rate was applied to; NONE for rates per person or family
    pending_cents: Longs  # amount of insurance that waits for evidence of insurability; NONE where it cannot
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

    pieces: Pieces  # of coverages whose price changes within the term
    solved: Solved | None = None  # rates made from the census; None where all rates are filed

    @classmethod
    def empty(cls, batch: Batch, *, any_evidence: bool = True) -> "Result":
        """Room for every row; each chunk fills its own stretch."""
        rows = {"plan": len(batch.plans), "member": len(batch.members)}
        columns: dict[str, Any] = {
            field.name: np.empty(rows.get(field.name.split("_")[0], len(batch.coverages)), COLUMN_DTYPES[field.type])
            for field in fields(cls)
            if field.type in COLUMN_DTYPES and (any_evidence or field.name != "pending_cents")
        }
        if not any_evidence:
            columns["pending_cents"] = np.broadcast_to(np.int64(NONE), (len(batch.coverages),))
        return cls(**columns, pieces=Pieces.together([]))

    @classmethod
    def room(cls, batch: Batch, out: "Result | None", *, any_evidence: bool) -> "Result":
        """The room of an earlier result where it has the same lengths, else a new one; values are left as they were."""
        if out is None or any_evidence == is_constant(out.pending_cents):
            return cls.empty(batch, any_evidence=any_evidence)
        lengths = (len(batch.coverages), len(batch.plans), len(batch.members))
        if lengths != (out.rule.size, out.plan_issue.size, out.member_issue.size):
            return cls.empty(batch, any_evidence=any_evidence)
        return replace(out, pieces=Pieces.together([]), solved=None)


AMOUNTS = ("period_cents", "standard_cents", "prorated_cents", "employer_cents", "employee_cents")
