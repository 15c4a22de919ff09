"""Ending policies, or participants of them: what is kept, what goes back, and every record that changes.

What lives here: `weigh`, which finds the amounts and writes nothing, `end`, which writes (PR-15 to PR-22), both for any
number of policies in a fixed number of statements, and `end_for_version`, the end of all policies of a contract that a
new version takes the place of. What does not: what a caller states and what is refused (`cancel`, `batch`), and the
arithmetic (`rating.ending`).

A line is what one participant pays in one coverage. Lines are prorated and rounded, everything above them is a sum
(PR-11); so what is kept and what goes back add up to what was charged.
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from rating.arrays import Longs
from rating.ending import Cover, earned, earned_in_pieces, share_kept
from services import ids
from services.adjustments import prorations
from services.book import Transaction
from services.core_columns import days, longs

ENDS = pl.Schema(
    {
        "row": pl.Int64,
        "policy_id": pl.String,
        "participant_id": pl.String,
        "is_whole": pl.Boolean,
        "cancellation_date": pl.Date,
        "fees_cents": pl.Int64,
    }
)
"""What is to end: each policy once, whole or by one participant; the first day that is not covered; fees kept."""

CANCELED = "Canceled"
ENDORSED = "The contract was endorsed."
_LINE = ("participant_id", "policy_coverage_id")
_PREMIUMS = ("term", "term_tax", "term_fee")


@dataclass(frozen=True)
class Manner:
    """How: whether a transaction is stored, whether payments marked paid decide what was paid, and the reason.

    `goes_on`: cover goes on under a new version of the contract, so that nothing is cancelled but what has no day left,
    and renewals stay.
    """

    creates_transaction: bool = False
    uses_paid_flag: bool = False
    reason: str | None = None
    reason_type: str | None = None
    source_change_id: str | None = None
    goes_on: bool = False


def weigh(tx: Transaction, ends: pl.DataFrame, manner: Manner, apart: pl.Series | None = None) -> pl.DataFrame:
    """What ending moves, a row for each policy and for each later version of it (PR-21), but for versions in `apart`,
    which somebody else ends on days of their own.

    Columns: row, policy_id, policy_number, is_whole, is_canceled, is_later, cancellation_date, effective_date,
    expiration_date (the new last day), before_date (the old one), standard_cents, before_cents, after_cents (term
    amounts), fees_cents and amount_cents, negative for a refund. Nothing is written.
    """
    others = pl.DataFrame({"policy_id": apart if apart is not None else []}, schema={"policy_id": pl.String})
    with tx.lend(
        policy_ends=ends.select(pl.col(name).cast(kind) for name, kind in ENDS.items()), policies_apart=others
    ):
        tx.run("policies.make_end", {"goes_on": manner.goes_on})
    with tx.lend(policies_kept=_kept(tx.frame("policies.ending_lines"), tx.frame("policies.ending_pieces"))):
        tx.run("policies.make_kept")
    tx.run("policies.make_balance", {"uses_paid_flag": manner.uses_paid_flag})
    return tx.frame("policies.balance").drop("reference_id")


def end(
    tx: Transaction, ends: pl.DataFrame, manner: Manner, *, now: datetime, apart: pl.Series | None = None
) -> pl.DataFrame:
    """End what is named; the rows of `weigh`, with `transaction_id` (null where none is stored)."""
    moved = weigh(tx, ends, manner, apart)
    moved = moved.with_columns(transaction_id=pl.lit(None, pl.String))
    if manner.creates_transaction and moved.height:
        moved = _book(tx, moved, manner, now)
    for records in ("lines", "participants", "coverages"):
        tx.run(f"policies.write_{records}")
    tx.run("policies.write_policies", {"now": now, "reason": manner.reason, "reason_type": manner.reason_type})
    if manner.uses_paid_flag:
        _settle(tx, moved, now)
    return moved


def end_for_version(tx: Transaction, contract_id: str, first_day: date, made_id: str, *, now: datetime) -> int:
    """End the policies of a contract on the day before a new version of it begins (`made_id`); how many there are.

    Called while the contract still has its own end, which is that of the term the premiums are of. The premium that
    falls away is stored as an adjustment. Payments due from that day on go, unless they are paid; what those that stay
    differ by is due today.
    """
    policies = tx.frame("policies.of_contract", {"contract_id": contract_id, "day": first_day})
    if policies.is_empty():
        return 0
    ends = policies.with_row_index("row").with_columns(
        participant_id=pl.lit(None, pl.String),
        is_whole=pl.lit(value=True),
        cancellation_date=pl.lit(first_day),
        fees_cents=pl.lit(0),
    )
    manner = Manner(creates_transaction=True, reason=ENDORSED, source_change_id=made_id, goes_on=True)
    end(tx, ends, manner, now=now)
    tx.run("policies.drop_payments_after")
    _balance(tx, tx.frame("policies.balance_left"), now)
    return policies.height


def _kept(lines: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """What each line costs up to its new last day, and how that is shared. A line whose price changed within the term
    costs what its stretches do.
    """
    plans, offer = prorations(lines), np.arange(lines.height)
    starts, is_newborn = days(lines["covered_from"]), lines["is_newborn"].to_numpy()
    kept = Cover(plans, offer, starts, days(lines["kept_to"]), is_newborn)
    # Where no day is stated all was paid, whatever it came to (PR-17).
    is_paid_whole = lines["paid_to"].is_null()
    paid = Cover(plans, offer, starts, days(lines["paid_to"].fill_null(lines["covered_from"])), is_newborn)
    after = {f"{name}_cents": earned(kept, longs(lines[_standard(name)])) for name in _PREMIUMS}
    upto_paid = {f"{name}_cents": earned(paid, longs(lines[_standard(name)])) for name in _PREMIUMS}
    if pieces.height:
        after["term_cents"] = _of_pieces(lines, pieces, "kept_to", after["term_cents"])
        upto_paid["term_cents"] = _of_pieces(lines, pieces, "paid_to", upto_paid["term_cents"])
    paid_cents = sum(upto_paid.values(), np.zeros(lines.height, np.int64))
    before = sum((longs(lines[f"{name}_cents"]) for name in _PREMIUMS), np.zeros(lines.height, np.int64))
    employer = share_kept(longs(lines["employer_cents"]), longs(lines["term_cents"]), after["term_cents"])
    return lines.select("policy_id", "participant_id", "policy_coverage_id").with_columns(
        *(pl.Series(name, cents) for name, cents in after.items()),
        pl.Series("employer_cents", employer),
        pl.Series("employee_cents", after["term_cents"] - employer),
        pl.Series("before_cents", before),
        paid_cents=pl.when(is_paid_whole).then(pl.Series(before)).otherwise(pl.Series(paid_cents)),
    )


def _of_pieces(lines: pl.DataFrame, pieces: pl.DataFrame, upto: str, otherwise: Longs) -> Longs:
    """What lines cost up to a day: the stretches that are over, and of the one that the day cuts its part, as a run
    would rate cover that ends there; lines of one price as they are. [cents]
    """
    facts = lines.drop("standard_cents").with_columns(pl.col(upto).fill_null(pl.col("covered_from")))
    rows = pieces.join(facts, on=_LINE, how="inner", maintain_order="left")
    if rows.is_empty():
        return otherwise
    is_first = (rows["piece_from"] == rows["covered_from"]).to_numpy()
    after = pl.col("piece_to") + pl.duration(days=1)
    end = rows.select(pl.max_horizontal("piece_from", pl.min_horizontal(after, upto))).to_series()
    is_over = rows.select(pl.col(upto) > after).to_series().to_numpy()
    cover = Cover(
        prorations(rows),
        np.arange(rows.height),
        days(rows["piece_from"]),
        days(end),
        rows["is_newborn"].to_numpy() & is_first,
        changes=(~is_first, is_over),
    )
    heads = np.flatnonzero(rows.select(pl.struct(_LINE).is_first_distinct()).to_series().to_numpy())
    cents = earned_in_pieces(cover, longs(rows["standard_cents"]), heads)
    sums = rows.select(_LINE)[heads].with_columns(pl.Series("cents", cents))
    found = lines.select(_LINE).join(sums, on=_LINE, how="left", maintain_order="left")["cents"]
    return np.where(found.is_null().to_numpy(), otherwise, longs(found.fill_null(0)))


def _standard(name: str) -> str:
    return f"{name.replace('term', 'standard')}_cents"


def _book(tx: Transaction, moved: pl.DataFrame, manner: Manner, now: datetime) -> pl.DataFrame:
    """Store a transaction for each policy, and its lines."""
    n = moved.height
    first = tx.mint(ids.POLICY_TRANSACTION, n)
    moved = moved.with_columns(transaction_id=ids.spell_many(ids.POLICY_TRANSACTION, first, n))
    kind = pl.when("is_canceled").then(pl.lit(CANCELED)).otherwise(pl.lit("Adjustment"))
    made = moved.select(
        "transaction_id",
        "policy_id",
        "amount_cents",
        "fees_cents",
        type=kind,
        effective_date="cancellation_date",
        reason=pl.lit(manner.reason, pl.String),
        source_change_id=pl.lit(manner.source_change_id, pl.String),
    )
    with tx.lend(policies_transactions=made):
        tx.run("policies.add_transactions", {"now": now})
    lines = tx.frame("policies.moved_lines").join(moved.select("policy_id", "transaction_id"), on="policy_id")
    amount = pl.col("new_cents") - pl.col("old_cents")
    lines = lines.drop("policy_id").with_columns(
        amount_cents=amount,
        employee_cents=amount - pl.col("employer_cents"),
        transaction_line_id=ids.spell_many(
            ids.POLICY_TRANSACTION_LINE, tx.mint(ids.POLICY_TRANSACTION_LINE, lines.height), lines.height
        ),
    )
    with tx.lend(policies_transaction_lines=lines):
        tx.run("policies.add_transaction_lines")
    return moved


def _settle(tx: Transaction, moved: pl.DataFrame, now: datetime) -> None:
    """What was due and is not paid gives way to one payment that holds the balance (PR-18)."""
    tx.run("policies.drop_payments", {"today": now.date()})
    tx.run("policies.invalidate_payments")
    _balance(tx, moved.filter(pl.col("amount_cents") != 0), now)


def _balance(tx: Transaction, due: pl.DataFrame, now: datetime) -> None:
    """One payment for each policy, of the amount that is over; it is due today."""
    made = due.select(
        "policy_id",
        "amount_cents",
        payment_id=ids.spell_many(ids.PAYMENT, tx.mint(ids.PAYMENT, due.height), due.height),
        due_date=pl.lit(now.date()),
        period_start="effective_date",
        period_end=pl.max_horizontal("effective_date", "expiration_date"),
    )
    with tx.lend(policies_due=made):
        tx.run("policies.add_payments")
