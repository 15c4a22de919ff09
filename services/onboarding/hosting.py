"""What the host does with registrations: review, decide, ask, link records, skip steps.

What lives here: the host's decisions as a table, and its other deeds. What does not: the partners themselves
(`partners`), and the steps that follow from linked records (`steps`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.onboarding import (
    ACTION_REQUIRED,
    ACTIVE,
    APPROVED,
    DONE,
    DRAFT,
    FINAL,
    IN_REVIEW,
    OWNERS,
    REJECTED,
    SKIPPED,
    STEPS,
    SUSPENDED,
    TERMINATED,
)
from services.book import Transaction
from services.onboarding import actions, events, faults, fields, statuses, steps
from services.onboarding.actions import Wanted
from services.onboarding.events import Actor, Event
from services.onboarding.fields import Values
from services.onboarding.reach import Reach, Row
from services.records import records
from services.scope import Scope


@dataclass(frozen=True)
class Decision:
    """A decision of the host: the status it leads to, from which, and whether a reason must be given."""

    became: str
    asks_reason: bool
    says: str
    only_from: tuple[str, ...] | None = None


DECISIONS: dict[str, Decision] = {
    "start-review": Decision(IN_REVIEW, False, "Begin to check a registration"),
    "approve": Decision(APPROVED, False, "Accept a registration; its data count as validated, its broker as verified"),
    "reject": Decision(REJECTED, True, "Refuse a registration"),
    "activate": Decision(ACTIVE, False, "Declare a group onboarded, once every step is done or skipped", (APPROVED,)),
    "suspend": Decision(SUSPENDED, True, "Stop an active group for a time"),
    "resume": Decision(ACTIVE, False, "Let a suspended group go on, once every step is done or skipped", (SUSPENDED,)),
    "terminate": Decision(TERMINATED, True, "End a group that was active"),
}
"""Decisions by the name of their action. A group that waits goes back to review by its last action being resolved."""


def decide(
    tx: Transaction, name: str, registration_id: str, reason: str | None, actor: Actor, reach: Reach, now: datetime
) -> None:
    """Carry out a decision; Refused where the status does not lead there, or ACTIVE asks for steps yet (ON-15)."""
    decision, row = DECISIONS[name], reach.find(tx, registration_id)
    statuses.must_allow(row, decision.became)
    if decision.only_from is not None:
        statuses.must_be(row, decision.only_from)
    said = _checked(row, reason, "reason", must=decision.asks_reason)
    if decision.became == IN_REVIEW and row["status"] == ACTION_REQUIRED:
        raise faults.not_in_status(row["status"])  # what is asked for must be resolved first
    if decision.became == ACTIVE:
        _must_be_complete(tx, row, now)
    if decision.became == APPROVED:
        tx.run("onboarding.verify_brokers", {"registration_id": registration_id, "now": now})
    if decision.became in FINAL:
        actions.drop(tx, row, actor, now)
    statuses.move(tx, row, decision.became, actor, now, reason=said)
    if decision.became not in FINAL:
        steps.sync(tx, registration_id, now)


def ask(tx: Transaction, registration_id: str, wanted: Wanted, actor: Actor, reach: Reach, now: datetime) -> None:
    """Ask for an action of the partner, the employer or the host; the registration waits for it."""
    row = reach.find(tx, registration_id)
    if row["status"] != ACTION_REQUIRED:
        statuses.must_allow(row, ACTION_REQUIRED)
    wrong = [
        faults.invalid(name)
        for name, is_right in (
            ("owner", wanted.owner in OWNERS),
            ("field", wanted.field is None or wanted.field in fields.FIELDS),
            ("step", wanted.step is None or wanted.step in STEPS),
            ("dueDate", wanted.due_date is None or wanted.due_date >= now.date()),
            ("description", fields.is_safe(wanted.description, _contacts(row))),
            ("code", wanted.code not in _open_codes(tx, registration_id)),
        )
        if not is_right
    ]
    if wrong:
        raise faults.unprocessable(*wrong)
    actions.ask(tx, row, wanted, actor, now)
    if row["status"] != ACTION_REQUIRED:
        statuses.move(tx, row, ACTION_REQUIRED, actor, now)
    steps.sync(tx, registration_id, now)


def resolve(
    tx: Transaction, registration_id: str, code: str, note: str | None, actor: Actor, reach: Reach, now: datetime
) -> None:
    """Resolve an open action; Refused with 422 where none of that code is open."""
    row = reach.find(tx, registration_id)
    statuses.must_be_open(row)
    said = _checked(row, note, "note", must=False)
    if code not in _open_codes(tx, registration_id):
        raise faults.unprocessable(faults.invalid("code"))
    actions.resolve(tx, row, [code], actor, now, note=said)
    steps.sync(tx, registration_id, now)


def skip(
    tx: Transaction, registration_id: str, code: str, reason: str | None, actor: Actor, reach: Reach, now: datetime
) -> None:
    """Skip a step, with a reason; one that is done already cannot be."""
    row = reach.find(tx, registration_id)
    statuses.must_be_open(row)
    said = _checked(row, reason, "reason", must=True)
    state = _states(tx, registration_id)
    if code not in state:
        raise faults.unprocessable(faults.invalid("step"))
    if row["status"] == DRAFT or state[code] in (DONE, SKIPPED):
        raise faults.not_in_status(row["status"], step=code, state=state[code])
    tx.run("onboarding.skip_step", {"registration_id": registration_id, "code": code, "reason": said})
    told = Event(registration_id, "ACTION", code, became="SKIP_DECIDED", note=said)
    events.add(tx, [told], actor, now)
    steps.sync(tx, registration_id, now)


def verify_broker(tx: Transaction, registration_id: str, actor: Actor, reach: Reach, now: datetime) -> None:
    """Count the present broker as verified, after a change of broker."""
    row = reach.find(tx, registration_id)
    statuses.must_be_open(row)
    if row["status"] == DRAFT:
        raise faults.not_in_status(DRAFT)
    tx.run("onboarding.verify_brokers", {"registration_id": registration_id, "now": now})
    events.add(tx, [Event(registration_id, "ACTION", "BROKER_VERIFICATION", became="VERIFIED")], actor, now)
    steps.sync(tx, registration_id, now)


def link(
    tx: Transaction, registration_id: str, links: dict[str, str | None], actor: Actor, reach: Reach, scope: Scope,
    now: datetime,
) -> None:  # fmt: skip
    """Link the account, quote or contract of this book (`accountId`, `externalQuoteId`, `contractId`).

    Only what the host has validated moves into its system (ON-4): Refused before the approval; and for ids of no
    record, or of one of another account.
    """
    row = reach.find(tx, registration_id)
    _must_be_validated(row)
    stated = {name: each for name, each in links.items() if each is not None}
    kinds = {"accountId": "account", "externalQuoteId": "quote", "contractId": "contract"}
    wrong = [faults.invalid(name) for name, each in stated.items() if not scope.sees(tx, kinds[name], each)]
    account_id = stated.get("accountId") or row["account_id"]
    of_account = Scope(() if account_id is None else (account_id,))
    wrong += [
        faults.invalid(name)
        for name, each in stated.items()
        if name != "accountId" and scope.sees(tx, kinds[name], each) and not of_account.sees(tx, kinds[name], each)
    ]
    if not stated:
        wrong.append(faults.required("accountId"))
    if wrong:
        raise faults.unprocessable(*wrong)
    _link(tx, row, stated, actor, now)


def create_account(
    tx: Transaction, registration_id: str, actor: Actor, reach: Reach, scope: Scope, now: datetime
) -> str:
    """Make the employer's account from the registration and link it; its id. Refused where one is linked."""
    row = reach.find(tx, registration_id)
    _must_be_validated(row)
    if row["account_id"] is not None:
        raise faults.not_in_status(row["status"], accountId=row["account_id"])
    stated = fields.stored(row)
    address = stated["address"]
    made = {
        "Name": stated["legalName"],
        "AccountNumber": registration_id,
        "BillingStreet": address["street"],
        "BillingCity": address["city"],
        "BillingState": address["state"],
        "BillingPostalCode": address["postalCode"],
    }
    account_id = records.create(tx, "Account", made, scope=scope, now=now)
    _link(tx, row, {"accountId": account_id}, actor, now)
    return account_id


def sync(tx: Transaction, registration_id: str, reach: Reach, now: datetime) -> None:
    """Compare the steps of a registration with the records now."""
    row = reach.find(tx, registration_id)
    statuses.must_be_open(row)
    steps.sync(tx, registration_id, now)


def note(tx: Transaction, registration_id: str, words: str | None, actor: Actor, reach: Reach, now: datetime) -> None:
    """Add a note to the history of a registration (ON-17)."""
    row = reach.find(tx, registration_id)
    said = _checked(row, words, "note", must=True, longest=events.LONGEST_NOTE)
    events.add(tx, [Event(registration_id, "NOTE", note=said)], actor, now)


def _link(tx: Transaction, row: Row, stated: dict[str, str], actor: Actor, now: datetime) -> None:
    registration_id = row["registration_id"]
    statuses.raise_version(row)
    tx.run(
        "onboarding.link",
        {
            "registration_id": registration_id,
            "account_id": stated.get("accountId"),
            "external_quote_id": stated.get("externalQuoteId"),
            "contract_id": stated.get("contractId"),
            "version": row["version"],
            "now": now,
        },
    )
    events.add(tx, [Event(registration_id, "UPDATED", note=", ".join(stated))], actor, now)
    steps.sync(tx, registration_id, now)


def _must_be_validated(row: Row) -> None:
    statuses.must_be_open(row)
    if row["approved_at"] is None:
        raise faults.not_in_status(row["status"])


def _must_be_complete(tx: Transaction, row: Row, now: datetime) -> None:
    steps.sync(tx, row["registration_id"], now)
    left = [code for code, state in _states(tx, row["registration_id"]).items() if state not in (DONE, SKIPPED)]
    if left:
        raise faults.not_in_status(row["status"], openSteps=left)


def _states(tx: Transaction, registration_id: str) -> dict[str, str]:
    return {code: state for code, state, *_ in tx.rows("onboarding.steps", {"registration_id": registration_id})}


def _open_codes(tx: Transaction, registration_id: str) -> set[str]:
    return {each["code"] for each in actions.open_actions(tx, [registration_id])[registration_id]}


def _contacts(row: Row) -> list[Values]:
    found: list[Values] = fields.stored(row).get("contacts", [])
    return found


def _checked(row: Row, words: str | None, field: str, *, must: bool, **more: Any) -> str | None:
    return events.checked(words, field, _contacts(row), must=must, **more)
