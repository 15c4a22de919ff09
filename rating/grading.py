"""The value of a graded rule: by the tier of the family, the pay or the service of the employee.

What lives here: reading a rule's steps for each coverage. What does not: what the value means (`rating.shares`).
"""

import numpy as np

from rating.arrays import Longs, Rows
from rating.codes import NONE, Grade
from rating.contribution import ContributionRules, RuleSteps
from rating.dates import calendar_keys
from rating.facts import Facts
from rating.forms import pays_an_amount


def values(facts: Facts, rules: ContributionRules, rows: Rows, rule: Rows) -> Longs:
    """Percent x 10,000 or cents that each rule states for the coverage beside it; NONE where it states none.

    TIER     the step of the family's tier in the plan, exactly
    SALARY   the highest step not above the annual pay of the family's primary
    SERVICE  the highest step not above the primary's completed years of service on the first covered day

    A fact that is unknown, or below the first step, has no value.
    """
    amounts, percents = rules.amount_cents.take(rule), rules.percent_e4.take(rule)
    found = np.where(pays_an_amount(rules.kind.take(rule)), amounts, percents)
    grade = rules.grade.take(rule)
    for code, fact_of in ((Grade.TIER, _tier), (Grade.SALARY, _pay), (Grade.SERVICE, _service)):
        at = np.flatnonzero(grade == code)
        if at.size:
            fact = fact_of(facts, rows.take(at))
            found[at] = _read(rules.steps, rule.take(at), fact, is_exact=code == Grade.TIER)
    return found


def _tier(facts: Facts, rows: Rows) -> Longs:
    return facts.plan_tier.take(facts.plan.take(rows)).astype(np.int64)


def _primary(facts: Facts, rows: Rows) -> Rows:
    """Row of the primary in the batch."""
    return facts.primary.take(facts.member.take(rows)) + facts.span.members.start


def _pay(facts: Facts, rows: Rows) -> Longs:
    return facts.batch.members.annual_pay_cents.take(_primary(facts, rows))


def _service(facts: Facts, rows: Rows) -> Longs:
    """Completed years; below 0, which no step reaches, before the hire date or without one."""
    hired = facts.batch.members.hire_date.take(_primary(facts, rows))
    since = calendar_keys(facts.first_day.take(rows).view("M8[D]")).astype(np.int64) - calendar_keys(hired)
    return np.where(np.isnat(hired), NONE, since // 10_000)


def _read(steps: RuleSteps, rule: Rows, fact: Longs, *, is_exact: bool) -> Longs:
    """The value of the last step of each rule whose lower bound is at most the fact; NONE where there is none.

    Example: steps 0: 50 %, 5: 60 % of a rule by service give 60 % at five completed years and 50 % at four.
    """
    value = np.full(rule.size, NONE, np.int64)
    if not steps.lower.size:
        return value
    first, last = steps.start.take(rule).astype(np.int64), steps.start.take(rule + 1).astype(np.int64)
    low, high = first.copy(), last
    for _ in range(int((last - first).max(initial=0)).bit_length()):  # halves the longest rule's steps to nothing
        middle = (low + high) // 2
        is_reached = (low < high) & (steps.lower.take(np.minimum(middle, steps.lower.size - 1)) <= fact)
        high = np.where(is_reached | (low == high), high, middle)
        low = np.where(is_reached, middle + 1, low)
    at = np.flatnonzero((low > first) & (fact >= 0))
    step = low.take(at) - 1
    value[at] = steps.value.take(step)
    if is_exact:
        value[at[steps.lower.take(step) != fact.take(at)]] = NONE
    return value
