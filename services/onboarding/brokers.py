"""Brokers of a registration: the present one, those before, and what a change of broker closes (ON-13).

What lives here: stating, correcting and changing a broker, and ending the access of a partner whose employer has named
another broker of record. What does not: the fields of a broker (`fields`), and who sees what (`reach`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from schemas.onboarding import DRAFT, FINAL
from services.book import Transaction
from services.insurance_errors import InsuranceError
from services.onboarding import events, faults
from services.onboarding.events import Actor, Event
from services.onboarding.fields import Values
from services.onboarding.reach import Row

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Assignment:
    """A broker of a registration, from and to days included; one that another came before ends before it begins."""

    number: int
    producer_code: str
    name: str | None
    agency_name: str | None
    effective_from: date | None
    effective_to: date | None
    verified_at: datetime | None

    @property
    def values(self) -> Values:
        """As a body states it."""
        said = {
            "producerCode": self.producer_code,
            "name": self.name,
            "agencyName": self.agency_name,
            "effectiveDate": self.effective_from,
        }
        return {part: value for part, value in said.items() if value is not None}


def history(tx: Transaction, registration_id: str) -> list[Assignment]:
    """Every broker, the first first."""
    return [Assignment(*row) for row in tx.rows("onboarding.brokers", {"registration_id": registration_id})]


def is_another(brokers: Sequence[Assignment], asked: Any) -> bool:
    """Whether a change names another producer than the present one; nothing of the one before is then kept."""
    code = asked.get("producerCode") if isinstance(asked, dict) else None
    return bool(brokers) and isinstance(code, str) and code.strip() not in ("", brokers[-1].producer_code)


def check(
    status: str, brokers: Sequence[Assignment], patch: Values, values: Values, today: date
) -> list[InsuranceError]:
    """What is wrong with a change of broker: no date (ONB-105), one not after the broker before, or none named.

    A broker whose first day is still to come never was one when another comes first: it stands in nobody's way, and
    the one before it is asked.
    """
    asked: Any = patch.get("broker", ...)
    if asked is ... or status == DRAFT or not brokers:
        return []
    is_new = is_another(brokers, asked)
    if is_new and not asked.get("effectiveDate"):
        return [faults.BROKER_DATE]
    if "broker" not in values:
        return [] if asked else [faults.invalid("broker")]
    before = brokers if is_new else brokers[:-1]
    begun = [each.effective_from for each in before if each.effective_from and each.effective_from <= today]
    start = values["broker"].get("effectiveDate")
    is_early = start is not None and bool(begun) and start <= max(begun)
    return [faults.invalid("broker.effectiveDate")] if is_early else []


def state(tx: Transaction, row: Row, values: Values, actor: Actor, now: datetime) -> None:
    """Store the broker that the values of a registration name, keeping the history of those before.

    Of a draft it is simply replaced. Afterwards another producer closes those before on the day before.
    """
    registration_id, broker = row["registration_id"], values.get("broker")
    before = history(tx, registration_id)
    if row["status"] == DRAFT:
        tx.run("onboarding.drop_brokers", {"registration_id": registration_id})
        before = []
    if broker is None or (before and before[-1].values == broker):
        return
    told = {
        "registration_id": registration_id,
        "broker_name": broker["name"],
        "agency_name": broker.get("agencyName"),
        "effective_from": broker.get("effectiveDate") or values.get("effectiveDate"),
    }
    if before and before[-1].producer_code == broker["producerCode"]:
        tx.run("onboarding.correct_broker", {**told, "number": before[-1].number})
        tx.run("onboarding.end_brokers", {"registration_id": registration_id})
        return
    if before:
        was, became = before[-1].producer_code, broker["producerCode"]
        note = f"From {told['effective_from']}"
        events.add(tx, [Event(registration_id, "BROKER", was=was, became=became, note=note)], actor, now)
    tx.run("onboarding.add_broker", {**told, "producer_code": broker["producerCode"], "now": now})
    tx.run("onboarding.end_brokers", {"registration_id": registration_id})


def others_with_the_employer(tx: Transaction, row: Row, now: datetime) -> list[str]:
    """Registrations of the same tax id at other partners that are not over (ON-9)."""
    if row["tax_id"] is None:
        return []
    params = {
        "partner_id": row["partner_id"],
        "tax_id": row["tax_id"],
        "final": list(FINAL),
        "today": now.date(),
    }
    return [each[0] for each in tx.rows("onboarding.at_other_partners", params)]


def take_over(tx: Transaction, row: Row, actor: Actor, now: datetime) -> None:
    """End the access of the partners before, once the employer's letter is there: the day before the new broker's."""
    ids = others_with_the_employer(tx, row, now)
    if not ids:
        return
    mine = history(tx, row["registration_id"])
    starts = (mine[-1].effective_from if mine else None) or row["effective_date"]
    tx.run("onboarding.close_brokers", {"ids": ids, "last_day": starts - _DAY})
    tx.run("onboarding.end_access", {"ids": ids, "last_day": starts - _DAY, "now": now})
    note = f"Another broker of record from {starts}"
    events.add(tx, [Event(each, "BROKER", note=note) for each in ids], actor, now)
