"""Totals of a plan and of a member: sums of already rounded coverages, and whether they are whole.

What lives here: adding integers along the parent index of sorted rows. What does not: rounding;
nothing is rounded after the coverage, so the levels add up to the cent.
"""

import numpy as np

from rating.arrays import Bytes, Ints, Rows
from rating.codes import UNRATED, Issue
from rating.facts import Facts
from rating.result import AMOUNTS, Result


def roll_up(facts: Facts, result: Result) -> None:
    """Fill the plan and member columns of one chunk from its coverage columns."""
    span = facts.span
    plan_edges = edges(facts.plan, facts.n_plans)
    # A member's plans stand together, so the coverages of both levels have the same order.
    member_edges = edges(facts.plan_member, facts.n_members)
    coverage_edges = plan_edges.take(member_edges)
    for amount in AMOUNTS:
        running = np.zeros(facts.n + 1, np.int64)
        np.cumsum(getattr(result, amount)[span.coverages], out=running[1:])
        np.subtract(*_ends(running, plan_edges), out=getattr(result, f"plan_{amount}")[span.plans])
        np.subtract(*_ends(running, coverage_edges), out=getattr(result, f"member_{amount}")[span.members])
    result.plan_n_coverages[span.plans] = np.diff(plan_edges)
    result.member_n_coverages[span.members] = np.diff(coverage_edges)

    issue = result.issue[span.coverages]
    rows = np.flatnonzero(issue)
    for parents, worst, n_unrated in (
        (facts.plan, result.plan_issue[span.plans], result.plan_n_unrated[span.plans]),
        (facts.member, result.member_issue[span.members], result.member_n_unrated[span.members]),
    ):
        worst[:] = Issue.NONE
        n_unrated[:] = 0
        if rows.size:
            _worst(parents.take(rows), issue.take(rows), worst, n_unrated)


def edges(parent: Ints, n_parents: int) -> Rows:
    """Where the rows of each parent begin and end, (n_parents + 1,), for rows sorted by parent."""
    found = np.zeros(n_parents + 1, np.intp)
    np.cumsum(np.bincount(parent, minlength=n_parents), out=found[1:])
    return found


def _ends(running: np.ndarray[tuple[int], np.dtype[np.int64]], at: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Running totals at the end and at the beginning of each parent."""
    totals = running.take(at)
    return totals[1:], totals[:-1]


def _worst(parent: Rows | Ints, issue: Bytes, worst: Bytes, n_unrated: Ints) -> None:
    """PART_UNRATED where a child is unrated, else the worst warning; and how many are unrated."""
    is_unrated = issue >= UNRATED
    n_unrated += np.bincount(parent[is_unrated], minlength=n_unrated.size)
    np.maximum.at(worst, parent, np.where(is_unrated, np.int8(Issue.PART_UNRATED), issue))
