"""The steps of set-up: each follows from the records of the book, for any number of registrations at once.

What lives here: what each step follows from, comparing with what is stored, and storing the difference with its events
(ON-14). What does not: the records; the status, which no step moves.

A step is BLOCKED while an open action names it, SKIPPED where the host says so with a reason, DONE when its record is
there.
"""

from datetime import date, datetime

import polars as pl

from schemas.onboarding import (
    BLOCKED,
    DONE,
    DRAFT,
    FINAL,
    IN_PROGRESS,
    NOT_STARTED,
    PRODUCT_LINES,
    SKIPPED,
    STEPS,
    SUBMITTED,
)
from services.book import Transaction
from services.onboarding import events
from services.onboarding.events import SYSTEM

_STATUS = pl.col("status")
_IS_IN_REVIEW = ~_STATUS.is_in([DRAFT, SUBMITTED])
_IS_APPROVED = pl.col("is_approved")


def _all_of(n: str, of: str) -> pl.Expr:
    return (pl.col(of) > 0) & (pl.col(n) == pl.col(of))


_FOLLOWS: dict[str, tuple[pl.Expr, pl.Expr]] = {
    "REGISTRATION_RECEIVED": (_STATUS != DRAFT, pl.lit(True)),
    "DATA_VALIDATION": (_IS_APPROVED, _STATUS != DRAFT),
    "DUPLICATE_CHECK": (_IS_APPROVED, _IS_IN_REVIEW),
    "BROKER_VERIFICATION": (pl.col("is_broker_verified"), _IS_IN_REVIEW),
    "ACCOUNT_SETUP": (pl.col("has_account"), _IS_APPROVED),
    "PLAN_CONFIGURATION": (_all_of("n_planned", "n_lines"), pl.col("n_planned") > 0),
    "RATE_LOAD": (_all_of("n_priced", "n_leaves"), pl.col("n_priced") > 0),
    "CENSUS_LOAD": (pl.col("n_members") > 0, pl.col("n_censuses") > 0),
    "CONTRACT_ISSUE": (pl.col("is_contract_active"), pl.col("has_contract")),
    "ENROLLMENT_OPEN": (pl.col("has_opened"), pl.col("n_plans") > 0),
    "ACTIVATION": (pl.col("n_policies") > 0, pl.col("is_contract_active")),
}
"""Each step: done when, begun when."""

_NO_RECORDS: dict[str, pl.Expr] = {
    **dict.fromkeys(
        (
            "n_lines",
            "n_planned",
            "n_leaves",
            "n_priced",
            "n_censuses",
            "n_members",
            "n_dependents",
            "n_states",
            "n_classes",
            "n_plans",
            "n_policies",
            "n_enrolled",
            "n_payments",
        ),
        pl.lit(0, pl.Int64),
    ),
    **dict.fromkeys(("has_contract", "is_contract_active", "has_opened", "is_open"), pl.lit(value=False)),
    **dict.fromkeys(("received_on", "contract_end", "opens_on", "closes_on"), pl.lit(None, pl.Date)),
    "funding_type": pl.lit(None, pl.String),
    "last_error_at": pl.lit(None, pl.Datetime("us")),
}
"""What is said of a registration of which there are no records."""

_NOBODY_TO_VERIFY = (pl.col("n_brokers") == 0) & (_STATUS != DRAFT)


def _state(code: str) -> pl.Expr:
    done, begun = _FOLLOWS[code]
    is_skipped = pl.col("is_skipped")
    if code == "BROKER_VERIFICATION":
        is_skipped = is_skipped | _NOBODY_TO_VERIFY
    return (
        pl.when(is_skipped)
        .then(pl.lit(SKIPPED))
        .when(pl.col("blocked").list.contains(code))
        .then(pl.lit(BLOCKED))
        .when(done)
        .then(pl.lit(DONE))
        .when(begun)
        .then(pl.lit(IN_PROGRESS))
        .otherwise(pl.lit(NOT_STARTED))
    )


_DERIVED = pl.coalesce([pl.when(pl.col("code") == code).then(_state(code)) for code in STEPS])


def add(tx: Transaction, registration_id: str) -> None:
    """Give a registration its steps, none begun."""
    params = {"registration_id": registration_id, "codes": list(STEPS), "owners": list(STEPS.values())}
    tx.run("onboarding.add_steps", params)


def facts(
    tx: Transaction,
    today: date,
    *,
    registration_id: str | None = None,
    partners: list[str] | None = None,
    only_open: bool = True,
) -> pl.DataFrame:
    """What the records say of registrations, a row for each; `only_open` leaves out those in a final status.

    Without a linked account no record of this book is a registration's own, and none is looked for.
    """
    asked = {"registration_id": registration_id, "partners": partners, "today": today}
    asked |= {"only_open": only_open, "final": list(FINAL)}
    near = None if registration_id is None else 1
    own = tx.frame("onboarding.facts", asked, near=near)
    if not own["has_account"].any():
        return own.with_columns(**_NO_RECORDS)
    names = {"product_lines": list(PRODUCT_LINES), "product_types": list(PRODUCT_LINES.values())}
    linked = tx.frame("onboarding.linked_facts", {**asked, **names}, near=near)
    known = own.join(linked, on="registration_id", how="left", maintain_order="left")
    return known.with_columns(pl.coalesce(name, empty).alias(name) for name, empty in _NO_RECORDS.items())


def changes(
    tx: Transaction, today: date, *, registration_id: str | None = None, partners: list[str] | None = None
) -> pl.DataFrame:
    """Steps whose stored state is not what the records say: registration_id, position, code, was, became."""
    params = {"registration_id": registration_id, "partners": partners, "final": list(FINAL)}
    stored = tx.frame("onboarding.stored_steps", params, near=None if registration_id is None else 1)
    found = facts(tx, today, registration_id=registration_id, partners=partners)
    derived = stored.join(found, on="registration_id").with_columns(became=_DERIVED)
    columns = ["registration_id", "position", "code", "was", "became"]
    return derived.filter(pl.col("was") != pl.col("became")).select(columns).sort("registration_id", "position")


def store(tx: Transaction, changed: pl.DataFrame, now: datetime) -> None:
    """Store changed steps, an event for each."""
    if changed.is_empty():
        return
    with tx.lend(step_changes=changed):
        tx.run("onboarding.set_steps", {"now": now})
        tx.run("onboarding.touch_changed", {"now": now})
    told = changed.with_columns(
        type=pl.lit("STEP"),
        subject=pl.col("code"),
        actor=pl.lit(SYSTEM.role),
        note=pl.lit(None, pl.String),
        token_id=pl.lit(None, pl.String),
    )
    events.add_frame(tx, told, now)


def sync(tx: Transaction, registration_id: str, now: datetime) -> None:
    """Bring the steps of one registration up to date, and note that they were compared."""
    store(tx, changes(tx, now.date(), registration_id=registration_id), now)
    tx.run("onboarding.synced", {"registration_id": registration_id, "now": now})
