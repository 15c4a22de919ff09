"""Totals of a plan and of a member: sums of already rounded coverages, and whether they are whole.

What lives here: adding integers along the parent index of sorted rows. What does not: rounding;
nothing is rounded after the coverage, so the levels add up to the cent.
"""

import numpy as np

from rating.arrays import Bytes, Ints
from rating.codes import NONE, UNRATED, Issue
from rating.facts import Facts, Span
from rating.result import AMOUNTS, Result

SUMMED = tuple(name for name in AMOUNTS if name != "employee_cents")
"""What the employee pays is the rest of the premium at every level."""


def roll_up(facts: Facts, result: Result, *, in_pieces: bool = False) -> None:
    """Fill the plan and member columns of one chunk from its coverage columns.

    Where every premium of the term is the same number of times that of a period, so are the totals; not so where terms
    were put together `in_pieces`.
    """
    span, times = facts.span, NONE if in_pieces else facts.terms.period_is
    for amount in SUMMED:
        if amount == "standard_cents" and times != NONE:
            _multiply(result, span, times)
            continue
        totals = getattr(result, f"plan_{amount}")[span.plans]
        facts.of_plans.add_up(getattr(result, amount)[span.coverages], totals)
        facts.of_members.add_up(totals, getattr(result, f"member_{amount}")[span.members])
    for level, rows in (("plan", span.plans), ("member", span.members)):
        total = {name: getattr(result, f"{level}_{name}")[rows] for name in AMOUNTS}
        np.subtract(total["prorated_cents"], total["employer_cents"], out=total["employee_cents"])
    counts = result.plan_n_coverages[span.plans]
    facts.of_plans.count(counts)
    facts.of_members.add_up(counts, result.member_n_coverages[span.members])

    issue = result.issue[span.coverages]
    for name in ("plan_issue", "plan_n_unrated"):
        getattr(result, name)[span.plans] = 0
    for name in ("member_issue", "member_n_unrated"):
        getattr(result, name)[span.members] = 0
    rows = np.flatnonzero(issue != np.int8(Issue.NONE))
    if rows.size:
        issue, plan = issue.take(rows), facts.batch.coverages.plan[span.coverages].take(rows)
        _worst(plan, issue, result.plan_issue, result.plan_n_unrated)
        _worst(facts.batch.plans.member.take(plan), issue, result.member_issue, result.member_n_unrated)


def _multiply(result: Result, span: Span, times: int) -> None:
    """Totals of the term from those of one period."""
    for level, rows in (("plan", span.plans), ("member", span.members)):
        period, standard = getattr(result, f"{level}_period_cents"), getattr(result, f"{level}_standard_cents")
        np.multiply(period[rows], times, out=standard[rows])


def _worst(parent: Ints, issue: Bytes, worst: Bytes, n_unrated: Ints) -> None:
    """PART_UNRATED where a child is unrated, else the worst warning; and how many are unrated. Parents ascend."""
    heads = np.flatnonzero(np.append(True, parent[1:] != parent[:-1]))
    is_unrated = issue >= UNRATED
    n_unrated[parent.take(heads)] = np.add.reduceat(is_unrated, heads, dtype=np.int32)
    told = np.where(is_unrated, np.int8(Issue.PART_UNRATED), issue)
    worst[parent.take(heads)] = np.maximum.reduceat(told, heads)
