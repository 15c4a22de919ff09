"""Registering, changing and withdrawing a group: what partners do.

What lives here: `register`, `change`, `withdraw`. What does not: the form of a body (`fields`), what is answered
(`reading`), repeated requests (`repeats`), and what the host does (`hosting`).

A draft is completed by changes: one that does not say draft again submits it, and then the whole is asked for.
"""

from datetime import datetime
from typing import Any

from schemas.onboarding import (
    ACTION_REQUIRED,
    BEGUN,
    BROKER_OF_RECORD_LETTER,
    DRAFT,
    FINAL,
    PARTNER_OWNER,
    SUBMITTED,
    WITHDRAWN,
)
from services import ids
from services.book import Transaction
from services.onboarding import actions, brokers, events, faults, fields, partners, statuses, steps
from services.onboarding.actions import Wanted
from services.onboarding.events import Actor, Event
from services.onboarding.fields import Terms, Values
from services.onboarding.reach import Reach, Row

_LETTER = Wanted(
    BROKER_OF_RECORD_LETTER,
    "Send the employer's letter that names you as broker of record.",
    PARTNER_OWNER,
    step="DUPLICATE_CHECK",
)


def register(
    tx: Transaction,
    partner_id: str,
    body: Values,
    actor: Actor,
    *,
    is_draft: bool,
    now: datetime,
    producer: str | None = None,
) -> str:
    """Register a group and answer its id; Refused with every fault at once (422), or for a duplicate (409).

    A caller who sees the groups of one `producer` registers for no other.
    """
    partner = partners.partner(tx, partner_id)
    values, wrong = fields.read(body, partner.terms, is_draft=is_draft)
    if producer is not None and values.get("broker", {}).get("producerCode") != producer:
        wrong.append(faults.invalid("broker.producerCode"))
    if wrong:
        raise faults.unprocessable(*wrong)
    _must_be_new(tx, partner_id, None, values, now)
    registration_id = ids.spell_registration(tx.mint(ids.REGISTRATION, 1))
    stored = fields.columns(values)
    tx.run("onboarding.add", {"registration_id": registration_id, "partner_id": partner_id, "now": now, **stored})
    steps.add(tx, registration_id)
    row: Row = {"registration_id": registration_id, "partner_id": partner_id, "status": DRAFT, "version": 1, **stored}
    row |= {statuses.RAISED: True, statuses.NEW: not is_draft}
    events.add(tx, [Event(registration_id, "STATUS", became=DRAFT)] if is_draft else [], actor, now)
    brokers.state(tx, row, values, actor, now)
    if not is_draft:
        _submit(tx, row, actor, now)
    steps.sync(tx, registration_id, now)
    return registration_id


def change(
    tx: Transaction, registration_id: str, body: Values, actor: Actor, reach: Reach, *, is_draft: bool, now: datetime
) -> bool:
    """Merge a change into a registration; False when it changed nothing (ON-11).

    Refused for an old `ifVersion` (ON-12), for what the status does not allow, and with every fault of the fields that
    are stated - of all fields, where a draft is submitted by it.
    """
    row = reach.find(tx, registration_id)
    patch = dict(body)
    _must_be_latest(row, patch.pop("ifVersion", None))
    statuses.must_be_open(row)
    before = _values_of(tx, row)
    terms = Terms(row["partner_kind"] == "BROKER", row["allow_mid_month"])
    stays_draft = row["status"] == DRAFT and is_draft
    history = brokers.history(tx, registration_id)
    kept = {k: v for k, v in before.items() if k != "broker" or not brokers.is_another(history, patch.get("broker"))}
    values, wrong = fields.read(fields.merged(fields.as_stated(kept), patch), terms, is_draft=stays_draft)
    if row["status"] != DRAFT:
        wrong = [each for each in wrong if _top(each.info["field"]) in patch or _is_count(each, patch)]
    said = {each.info["field"] for each in wrong}
    of_broker = brokers.check(row["status"], history, patch, values, now.date())
    wrong += [each for each in of_broker if each.info["field"] not in said]
    if wrong:
        raise faults.unprocessable(*wrong)
    changed = [name for name in fields.FIELDS if before.get(name) != values.get(name)]
    _must_be_changeable(row, changed)
    is_submitted = row["status"] == DRAFT and not is_draft
    if not changed and not is_submitted:
        return False
    if {"partnerGroupKey", "taxId", "effectiveDate"} & set(changed):
        _must_be_new(tx, row["partner_id"], registration_id, values, now)
    if changed:
        _store(tx, row, values, changed, actor, now)
    if is_submitted:
        _submit(tx, row, actor, now)
    actions.resolve_fields(tx, row, changed, actor, now)
    steps.sync(tx, registration_id, now)
    return True


def withdraw(
    tx: Transaction, registration_id: str, reason: str | None, actor: Actor, reach: Reach, now: datetime
) -> None:
    """Take a registration back that is not active yet; Refused with 409 later, and when it is over."""
    row = reach.find(tx, registration_id)
    statuses.must_allow(row, WITHDRAWN)
    said = events.checked(reason, "reason", fields.stored(row).get("contacts", []), must=False)
    actions.drop(tx, row, actor, now)
    statuses.move(tx, row, WITHDRAWN, actor, now, reason=said)


def _submit(tx: Transaction, row: Row, actor: Actor, now: datetime) -> None:
    """SUBMITTED, and on to the letter of the employer where another partner has the group (ON-9)."""
    statuses.move(tx, row, SUBMITTED, actor, now)
    if brokers.others_with_the_employer(tx, row, now):
        actions.ask(tx, row, _LETTER, events.SYSTEM, now)
        statuses.move(tx, row, ACTION_REQUIRED, events.SYSTEM, now)


def _store(tx: Transaction, row: Row, values: Values, changed: list[str], actor: Actor, now: datetime) -> None:
    stored = fields.columns(values)
    statuses.raise_version(row)
    known = {"registration_id": row["registration_id"], "version": row["version"], "now": now}
    tx.run("onboarding.change", {**known, **stored})
    row.update(stored)
    if changed != ["broker"]:
        note = ", ".join(changed)
        events.add(tx, [Event(row["registration_id"], "UPDATED", note=note)], actor, now)
    brokers.state(tx, row, values, actor, now)


def _values_of(tx: Transaction, row: Row) -> Values:
    """What a registration states now, its broker included."""
    history = brokers.history(tx, row["registration_id"])
    return fields.stored(row) | ({"broker": history[-1].values} if history else {})


def _must_be_latest(row: Row, if_version: Any) -> None:
    if if_version is None:
        return
    if not isinstance(if_version, int) or isinstance(if_version, bool):
        raise faults.unprocessable(faults.invalid("ifVersion"))
    if if_version != row["version"]:
        raise faults.stale(row["version"])


def _must_be_changeable(row: Row, changed: list[str]) -> None:
    """Tax id and key are fixed once submitted, the start once active."""
    is_fixed = row["status"] != DRAFT and {"taxId", "partnerGroupKey"} & set(changed)
    if is_fixed or (row["status"] in BEGUN and "effectiveDate" in changed):
        raise faults.not_in_status(row["status"])


def _must_be_new(tx: Transaction, partner_id: str, registration_id: str | None, values: Values, now: datetime) -> None:
    found = tx.row(
        "onboarding.same_group",
        {
            "partner_id": partner_id,
            "registration_id": registration_id,
            "partner_group_key": values.get("partnerGroupKey"),
            "tax_id": values.get("taxId"),
            "effective_date": values.get("effectiveDate"),
            "final": list(FINAL),
            "today": now.date(),
        },
    )
    if found is not None:
        raise faults.duplicate(str(found[0]))


def _top(field: str) -> str:
    """The field of a registration in which a fault lies."""
    return field.split(".")[0].split("[")[0]


def _is_count(error: Any, patch: Values) -> bool:
    """The two counts are judged together, whichever of them is stated."""
    return error is faults.TOO_MANY_ENROLLED and "eligibleEmployeeCount" in patch
