"""Whether policies stand: the status of each on a day (EN-8).

What lives here: `standing`, for policies by the frame, and `standing_of`, for one. What does not: what cancelling does
to a policy (`ending`).

Only that a policy is cancelled is an event. Between Pending, In Force and Expired it moves with the calendar, so the
stored status holds for the day it was written on and is told anew for the day of every reading.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

IN_FORCE, PENDING, CANCELED, EXPIRED = "In Force", "Pending", "Canceled", "Expired"
ACTIVE = (IN_FORCE, PENDING)
"""Statuses that `IsActive` tells of. What changes policies asks for days, and whether one is cancelled."""


def standing(today: date) -> pl.Expr:
    """The status on a day: from `status`, `effective_date` and `expiration_date` (the last day of cover)."""
    return (
        pl.when(pl.col("status") == CANCELED).then(pl.lit(CANCELED))
        .when(pl.col("effective_date") > today).then(pl.lit(PENDING))
        .when(pl.col("expiration_date") < today).then(pl.lit(EXPIRED))
        .otherwise(pl.lit(IN_FORCE))
        .alias("status")
    )  # fmt: skip


def standing_of(policy: Mapping[str, Any], today: date) -> str:
    """The same of one policy.

    >>> year = {"status": "Pending", "effective_date": date(2026, 1, 1), "expiration_date": date(2026, 12, 31)}
    >>> [standing_of(year, day) for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))]
    ['Pending', 'In Force', 'In Force', 'Expired']
    """
    if policy["status"] == CANCELED:
        return CANCELED
    if policy["effective_date"] > today:
        return PENDING
    return EXPIRED if policy["expiration_date"] < today else IN_FORCE
