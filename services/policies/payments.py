"""Payment schedules of policies: what is due for each, and when.

What lives here: `schedule`, which enrollment calls once for all policies it made. What does not: the amounts
(`rating.charges`), and what a cancellation makes of a schedule (`ending`).

What is due adds up to the term amount of the policy, tax and fees included, to the cent. Where the price changes within
the term, or somebody is covered for a part of it, each period is due at what its own days cost (PR-28).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from rating.charges import charges, halves
from services import ids
from services.adjustments import prorations
from services.book import Transaction
from services.core_columns import days, longs

MONTHLY = "Monthly"
"""How often the policies that enrollment makes are paid."""

MONTHS = {"monthly": 1, "quarterly": 3, "semi-annually": 6, "annually": 12, "semi-monthly": 1}
"""Months that one payment pays for, by premium frequency; a policy without one pays monthly."""

_KEY = ("policy_id", "period_start")


def schedule(tx: Transaction, policy_ids: Sequence[str], today: date) -> int:
    """Write what is due for policies that have no schedule yet, and what each costs in the billing period of today; the
    number of payments written.

    Payments are due on the first day they pay for, the first on the effective date. The number of statements does not
    depend on the number of policies; a policy that costs nothing has no payment.
    """
    with tx.lend(policies_asked=pl.DataFrame({"policy_id": list(policy_ids)}, schema={"policy_id": pl.String})):
        spans = tx.frame("policies.to_schedule")
    due = _due(spans)
    n = due.height
    if not n:
        return 0
    made = due.with_columns(payment_id=ids.spell_many(ids.PAYMENT, tx.mint(ids.PAYMENT, n), n))
    with tx.lend(policies_due=made):
        tx.run("policies.add_payments")
        tx.run("policies.set_premium", {"today": today})
    return n


def _due(spans: pl.DataFrame) -> pl.DataFrame:
    """Payments of policies: policy_id, due_date, period_start, period_end, amount_cents."""
    found = charges(
        prorations(spans),
        offer=np.arange(spans.height),
        covered_from=days(spans["span_from"]),
        covered_to=days(spans["span_to"]),
        cents=longs(spans["cents"]),
        is_newborn=spans["is_newborn"].to_numpy(),
        changes=(spans["begins_by_change"].to_numpy(), spans["ends_by_change"].to_numpy()),
    )
    of_policy = spans.select("policy_id", "covered_from", "covered_to", "premium_frequency")[found.row]
    months = of_policy.with_columns(
        pl.Series("month", found.month),
        pl.Series("month_from", found.month_from).cast(pl.Date),
        pl.Series("cents", found.cents),
        every=pl.col("premium_frequency").str.to_lowercase().replace_strict(MONTHS, default=1, return_dtype=pl.Int64),
    )
    periods = (
        months.group_by(
            "policy_id", "covered_from", "covered_to", "premium_frequency", pl.col("month") // pl.col("every")
        )
        .agg(pl.col("month_from").min(), pl.col("cents").sum())
        .with_columns(period_start=pl.max_horizontal("month_from", "covered_from"))
    )
    return _with_ends(_in_halves(periods))


def _in_halves(periods: pl.DataFrame) -> pl.DataFrame:
    """The periods, those paid twice a month cut in two: the second half is due fifteen days after the first."""
    twice = pl.col("premium_frequency").str.to_lowercase().fill_null("") == "semi-monthly"
    whole = periods.select(*_KEY, "covered_to", "cents", is_twice=twice)
    if not whole["is_twice"].any():
        return whole
    cut = whole.filter("is_twice")
    first, second = halves(longs(cut["cents"]))
    last = pl.col("covered_to") - pl.duration(days=1)
    later = pl.min_horizontal(pl.col("period_start") + pl.duration(days=15), last)
    parts = [
        whole.filter(~pl.col("is_twice")),
        cut.with_columns(cents=pl.Series(first)),
        cut.with_columns(cents=pl.Series(second), period_start=later),
    ]
    return pl.concat(parts).group_by(*_KEY, "covered_to", "is_twice").agg(pl.col("cents").sum())


def _with_ends(periods: pl.DataFrame) -> pl.DataFrame:
    """A period ends where the next begins, the last with the cover."""
    after = pl.col("period_start").shift(-1).over("policy_id", order_by="period_start")
    return (
        periods.filter(pl.col("cents") != 0)
        .with_columns(period_end=pl.coalesce(after, pl.col("covered_to")) - pl.duration(days=1))
        .select("policy_id", "period_start", "period_end", due_date="period_start", amount_cents="cents")
        .sort("policy_id", "period_start")
    )
