"""Imputed income of one person in words: age, what of the cover counts by Table I, payments, and what is added to pay.

What lives here: the lines of the years that `benefits imputed-income` keeps of a run. What does not: the law
(`rating.imputed_income`), which cover counts (`services.imputed_cover`). Every amount is the stored one.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from rating.imputed_income import table_i
from services.book import Transaction

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

Step = tuple[str, str, int | None]
"""Kind, words and the cents after them."""


@dataclass(frozen=True)
class ImputedYear:
    """A tax year of a person; the last of its steps is what is stored as taxable, no cents where that is unknown."""

    tax_year: int
    steps: list[Step]


def imputed_years(tx: Transaction, run_id: str, member_id: str) -> list[ImputedYear]:
    """The years kept of a run for a person insured for more than is free of tax."""
    ids = {"run_id": run_id, "member_id": member_id}
    years = tx.frame("explain.imputed_years", ids)
    if years.is_empty():
        return []
    months = tx.frame("explain.imputed_months", ids)
    return [
        ImputedYear(each["tax_year"], _steps(each, months.filter(tax_year=each["tax_year"]).to_dicts()))
        for each in years.to_dicts()
    ]


def _steps(year: dict[str, Any], months: list[dict[str, Any]]) -> list[Step]:
    """From the age to what is added to pay."""
    taxable, cost, issue = year["taxable_cents"], year["cost_cents"], year["issue"]
    steps: list[Step] = []
    if year["age"] is not None:
        per_thousand = int(table_i(np.array([year["age"]], np.int32))[0])
        aged = f"age {year['age']} on {year['tax_year']}-12-31"
        steps.append(("age", f"{aged}: {_dollars(per_thousand)} for $1,000 and a month by Table I", None))
        steps += _months(year, months, per_thousand)
    if issue is not None:
        steps.append(("issue", issue, None))
    if taxable is None:
        return [*steps, ("taxable", "what is added to taxable pay is unknown", None)]
    steps.append(("cost", f"cost of the year, rounded once: {_dollars(cost)}", cost))
    paid = year["after_tax_cents"]
    if year["is_pre_tax"]:
        steps.append(("payments", "payments are made before tax and count as the employer's", None))
    less = f" = {_dollars(cost)} - {_dollars(paid)} paid after tax" if paid else ""
    less += ", not below nothing" if paid > cost else ""
    return [*steps, ("taxable", f"added to taxable pay{less} = {_dollars(taxable)}", taxable)]


def _months(year: dict[str, Any], months: Sequence[dict[str, Any]], per_thousand: int) -> list[Step]:
    """A line for every run of whole months with the same cover, and for every part of a month."""
    why = "all of it, being over $2,000" if year["is_dependent"] else "what is over $50,000"
    steps: list[Step] = []

    def alike(each: dict[str, Any]) -> tuple[Any, ...]:
        of = monthrange(year["tax_year"], each["month"])[1]
        return each["cover_cents"], each["cost_mills"], None if each["days"] == of else (each["days"], of)

    for (cover, mills, part), run in groupby(months, key=alike):
        rows = list(run)
        first, last = MONTHS[rows[0]["month"] - 1], MONTHS[rows[-1]["month"] - 1]
        when = first if len(rows) == 1 else f"{first} to {last}"
        if cover is None or mills is None:
            steps.append(("month", f"{when}: the cover is unknown", None))
            continue
        counting = f", of which {mills // per_thousand * 100:,} count ({why}, to the nearest $100)"
        days = counting if part is None else f" for {part[0]} of {part[1]} days"
        steps.append(("month", f"{when}: {_dollars(cover)} of cover{days}: {mills / 1000:,.3f}", None))
    return steps


def _dollars(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"
