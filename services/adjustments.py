"""Billing, and retroactive changes as a ledger of differences (PR-29 to PR-34).

What lives here: booking the charges of the current run up to a day, and booking what a later run makes
of periods that were billed. What does not: the amounts (`rating.charges`), the statements
(`sql/adjustments.sql`), and runs (`services.rating_run`).

Nothing that was booked is edited: a change books the difference, and all rows of a period add up to
what is owed for it. A change that reaches back beyond its look-back limit takes effect at the limit,
by the days it moves; what the run says in full is kept beside it, so that the same change books nothing
a second time. A coverage that cannot be priced for want of a fact or a rate keeps what was billed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from rating.charges import charges
from rating.codes import NONE, Proration
from rating.dates import day_numbers, months_between
from rating.money import Ratio, to_cents
from rating.proration import Prorations
from services import ids, settings
from services.assemble_shelf import WASH_DAY
from services.book import Transaction
from services.core_columns import coded, days, longs, named_by
from services.refusals import Malformed, NotFound

KEYS = ("group_census_id", "group_census_member_id", "root_plan_id", "contract_plan_id")


@dataclass(frozen=True)
class LookBack:
    """How many days before a booking charges and credits may reach back (PR-30)."""

    added_days: int
    credit_days: int


@dataclass(frozen=True)
class Billed:
    """What was booked: nothing where every period begun by the day had been billed."""

    billing_id: str | None
    n_censuses: int
    n_charges: int
    cents: int


@dataclass(frozen=True)
class Adjusted:
    """What was booked, the days before which nothing was, and what was left out."""

    billing_id: str | None
    n_entries: int
    added_cents: int
    credited_cents: int
    """Not above 0: a credit is negative (PR-19)."""
    added_from: date
    credited_from: date
    n_limited: int
    """Changes that reach back further and take effect at the limit, in whole or in part."""
    n_held: int
    """Amounts that stay as they were billed, because the coverage cannot be priced now."""


def bill(tx: Transaction, through: date, now: datetime, census_ids: Sequence[str] | None = None) -> Billed:
    """Book the charges of every period that begins by a day and was not billed yet, from the current runs.

    Without censuses all are billed that have a run of the current term. Raises NotFound where there is none.
    """
    _prepare(tx, census_ids)
    billing_id = ids.spell(ids.BILLING, tx.mint(ids.BILLING, 1))
    tx.run("adjustments.book_bill", {"billing_id": billing_id, "through": through, "now": now})
    tx.run("adjustments.book_bill_charges", {"billing_id": billing_id})
    n_charges, cents, _, _ = _booked(tx, billing_id)
    n_censuses = _one(tx, "adjustments.n_billed", {"billing_id": billing_id})
    return Billed(billing_id if n_censuses else None, n_censuses, n_charges, cents)


def adjust(
    tx: Transaction,
    as_of: date,
    now: datetime,
    look_back: LookBack | None = None,
    census_ids: Sequence[str] | None = None,
) -> Adjusted:
    """Book what the current runs make of the periods that were billed, within the look-back limits.

    Periods not billed yet are left to `bill`. Without limits those of the book's settings hold. Doing it
    again books nothing. Raises Malformed for a limit that is negative or reaches back beyond the calendar, NotFound
    where no census has a run of the current term.
    """
    look_back = look_back or limits_of(tx)
    if min(look_back.added_days, look_back.credit_days) < 0:
        raise Malformed(
            "look_back_negative",
            "look_back",
            "A look-back limit counts days backwards and cannot be negative.",
            "State 0 or more days.",
        )
    try:
        added_from = as_of - timedelta(days=look_back.added_days)
        credited_from = as_of - timedelta(days=look_back.credit_days)
    except OverflowError:
        raise Malformed(
            "look_back_too_far",
            "look_back",
            "A look-back limit reaches back beyond the first day of the calendar.",
            "State fewer days.",
        ) from None
    _prepare(tx, census_ids)
    limits = {"as_of": as_of, "added_days": look_back.added_days, "credit_days": look_back.credit_days}
    for step in ("balance", "cover"):
        tx.run(f"adjustments.make_{step}")
    with tx.lend(begun_rows=_with_parts(tx.frame("adjustments.begun"))):
        tx.run("adjustments.keep_begun")
    tx.run("adjustments.make_measured", limits)
    with tx.lend(part_rows=_with_parts(tx.frame("adjustments.parts"))):
        tx.run("adjustments.make_change")
    billing_id = ids.spell(ids.BILLING, tx.mint(ids.BILLING, 1))
    stamp = {"billing_id": billing_id, "now": now}
    tx.run("adjustments.book_adjust", limits | stamp)
    tx.run("adjustments.book_adjust_charges", stamp)
    n_entries, _, added, credited = _booked(tx, billing_id)
    n_limited, n_held = tx.rows("adjustments.cut_short")[0]
    return Adjusted(
        billing_id=billing_id if n_entries else None,
        n_entries=n_entries,
        added_cents=added,
        credited_cents=credited,
        added_from=added_from,
        credited_from=credited_from,
        n_limited=int(n_limited),
        n_held=int(n_held),
    )


def limits_of(tx: Transaction) -> LookBack:
    """The look-back limits that the book is set to."""
    added, credit = (settings.number(tx, f"look_back_{kind}_days") for kind in ("added", "credit"))
    assert added is not None
    assert credit is not None
    return LookBack(added, credit)


def _prepare(tx: Transaction, census_ids: Sequence[str] | None) -> None:
    """The censuses due, their periods, and the charges of their current runs by period, as temporary tables."""
    tx.run("adjustments.make_due", {"census_ids": None if census_ids is None else list(census_ids)})
    if not _one(tx, "adjustments.n_due"):
        raise NotFound(
            "run_missing",
            "run",
            "No census has been rated for its current term, so there is nothing to bill.",
            "Rate first: `benefits rate`.",
        )
    tx.run("adjustments.make_period")
    with tx.lend(charge_rows=_charges(tx.frame("adjustments.spans"))):
        tx.run("adjustments.make_charge")


def _charges(spans: pl.DataFrame) -> pl.DataFrame:
    """The charges of every span, by period."""
    found = charges(
        prorations(spans),
        offer=np.arange(spans.height),
        covered_from=days(spans["span_from"]),
        covered_to=days(spans["span_to"]),
        cents=longs(spans["cents"]),
        is_newborn=spans["is_newborn"].to_numpy(),
        changes=(spans["begins_by_change"].to_numpy(), spans["ends_by_change"].to_numpy()),
    )
    return (
        spans.select(KEYS)[found.row]
        .with_columns(pl.Series("period_from", found.month_from), pl.Series("cents", found.cents))
        .cast({"period_from": pl.Date})
    )


def _with_parts(shares: pl.DataFrame) -> pl.DataFrame:
    """With `part_cents`: the part of the cents that `n_days` are of `of_days`, above 0, half up."""
    cents, n_days, of_days = (longs(shares[name]) for name in ("cents", "n_days", "of_days"))
    return shares.with_columns(pl.Series("part_cents", to_cents(Ratio((cents, n_days), (of_days,)))))


def prorations(spans: pl.DataFrame) -> Prorations:
    """Each span's term, and how parts of it are charged, as the core reads it."""
    codes = named_by(Proration)
    term_from, term_to = days(spans["term_start"]), days(spans["term_to"])
    months, month_parts = months_between(term_from, term_to)
    return Prorations(
        proration=coded(spans["proration_method"], codes, Proration.DAILY_TERM),
        proration_end=coded(spans["proration_end"], codes, NONE),
        proration_change=coded(spans["proration_change"], codes, NONE),
        proration_newborn=coded(spans["proration_newborn"], codes, NONE),
        wash_day=spans["wash_day"].fill_null(WASH_DAY).cast(pl.Int8).to_numpy(),
        term_from=day_numbers(term_from),
        term_to=day_numbers(term_to),
        months=months,
        month_parts=month_parts,
    )


def _booked(tx: Transaction, billing_id: str) -> tuple[int, int, int, int]:
    """Entries of a booking, their sum, and the sums of what was added and what was credited."""
    n_entries, added, credited = map(int, tx.rows("adjustments.booked", {"billing_id": billing_id})[0])
    return n_entries, added + credited, added, credited


def _one(tx: Transaction, name: str, params: dict[str, str] | None = None) -> int:
    return int(tx.rows(name, params)[0][0])
