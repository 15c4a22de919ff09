"""Who calls the onboarding interface: approved partners and their managers on one side, the host on the other.

What lives here: `PartnerDoor`, with its turns, and `HostDoor`. What does not: tokens (`services.access`), the rules of
onboarding (`services.onboarding`), the envelope (`services.http.envelopes`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from services import access
from services.book import Transaction
from services.http.identity import STAFF, Door, Work
from services.onboarding import faults, partners, steps
from services.onboarding.events import Actor
from services.onboarding.reach import Reach, Row
from services.onboarding.turns import Turns


@dataclass(frozen=True)
class Desk:
    """A unit of work with who acts and what is in reach."""

    work: Work
    reach: Reach
    actor: Actor

    @property
    def tx(self) -> Transaction:
        """The transaction."""
        return self.work.tx

    @property
    def today(self) -> date:
        """The day, UTC."""
        return self.reach.today

    def after(self, registration_id: str) -> Row:
        """A registration as it stands after a change, though the change may have ended the caller's access."""
        return replace(self.reach, producer=None, ends=None).find(self.tx, registration_id)


class PartnerDoor(Door):
    """The door of partners; one request of an operation at a time for each."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.turns: Turns = request.app.state.turns

    @property
    def partner_id(self) -> str:
        """The partner that calls; Refused for a relationship manager, who is nobody's own."""
        if self.caller.partner_id is None:
            raise faults.not_allowed()
        return self.caller.partner_id

    @contextmanager
    def look(self, registration_id: str | None = None) -> Iterator[Desk]:
        """Read one registration, or all in reach, with steps as the records are by now."""
        with self._turn(access.READS):
            today = self.clock().date()
            with self.book.read() as tx:
                reach = self._reach(tx)
                if registration_id is not None:
                    reach.find(tx, registration_id)
                is_behind = not steps.changes(
                    tx, today, registration_id=registration_id, partners=reach.partners
                ).is_empty()
            if is_behind:
                self._catch_up(registration_id)
            with self.read(may=("partner",)) as work:
                yield self._desk(work)

    @contextmanager
    def act(self, role: str = access.WRITES) -> Iterator[Desk]:
        """One transaction of a partner's contract administrator, or of a manager who adds a note."""
        with self._turn(role), self.write(may=("partner",), role=role) as work:
            yield self._desk(work)

    def _catch_up(self, registration_id: str | None) -> None:
        """Store what the records say by now; nobody's deed, so it leaves no entry in the audit trail."""
        with self.book.write() as tx:
            reach, now = self._reach(tx), self.clock()
            found = steps.changes(tx, now.date(), registration_id=registration_id, partners=reach.partners)
            steps.store(tx, found, now)

    @contextmanager
    def _turn(self, role: str) -> Iterator[None]:
        self._must_be(("partner",), role)
        whose = self.caller.manager_id or self.caller.partner_id or self.caller.token_id
        with self.turns.take(whose, self.action):
            yield

    def _desk(self, work: Work) -> Desk:
        role = "MANAGER" if self.caller.manager_id else "PARTNER"
        return Desk(work, self._reach(work.tx), Actor(role, self.caller.token_id))

    def _reach(self, tx: Transaction) -> Reach:
        """What the caller sees; Refused when its partner is not approved (ON-6)."""
        today, caller = self.clock().date(), self.caller
        if caller.manager_id is not None:
            return Reach(today, partners.of_manager(tx, caller.manager_id))
        if caller.partner_id is None or not partners.is_approved(tx, caller.partner_id):
            raise faults.not_allowed()
        return Reach(today, (caller.partner_id,), caller.producer_code, ends=today)


class HostDoor(Door):
    """The door of the host's staff; every partner is in reach."""

    @contextmanager
    def look(self, registration_id: str | None = None) -> Iterator[Desk]:
        """Read one registration, or all, with steps as the records are by now."""
        self._must_be(STAFF, access.HOSTS)
        today = self.clock().date()
        with self.book.read() as tx:
            is_behind = not steps.changes(tx, today, registration_id=registration_id).is_empty()
        if is_behind:
            with self.book.write() as tx:
                found = steps.changes(tx, today, registration_id=registration_id)
                steps.store(tx, found, self.clock())
        with self.read(role=access.HOSTS) as work:
            yield self._desk(work)

    @contextmanager
    def glance(self) -> Iterator[Desk]:
        """Read partners and managers, which follow from nothing else."""
        with self.read(role=access.HOSTS) as work:
            yield self._desk(work)

    @contextmanager
    def act(self) -> Iterator[Desk]:
        """One transaction."""
        with self.write(role=access.HOSTS) as work:
            yield self._desk(work)

    def _desk(self, work: Work) -> Desk:
        return Desk(work, Reach(self.clock().date()), Actor("HOST", self.caller.token_id))


PartnerDep = Annotated[PartnerDoor, Depends(PartnerDoor)]
HostDep = Annotated[HostDoor, Depends(HostDoor)]
