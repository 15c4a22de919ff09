"""Which registrations a caller of the onboarding interface sees.

What lives here: `Reach`, and finding one registration within it. What does not: authentication and roles
(`services.http`).

A registration out of reach is answered as one that does not exist (ON-7): another partner's, another producer's, or
one whose broker of record has changed, from the day on which the access ends (ON-13).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.book import Transaction
from services.onboarding.faults import not_found
from services.queries import statement

Row = dict[str, Any]


@dataclass(frozen=True)
class Reach:
    """Partners (None is all), perhaps one producer, and the day asked on (`ends` None: access never ends)."""

    today: date
    partner_ids: tuple[str, ...] | None = None
    producer: str | None = None
    ends: date | None = None

    @property
    def partners(self) -> list[str] | None:
        """The partners as a parameter of a statement."""
        return None if self.partner_ids is None else list(self.partner_ids)

    @property
    def params(self) -> dict[str, Any]:
        """The reach as parameters of a statement."""
        return {"partners": self.partners, "producer": self.producer, "on": self.ends, "today": self.today}

    def find(self, tx: Transaction, registration_id: str) -> Row:
        """The columns of a registration with its partner's kind and terms; Refused with 404 out of reach."""
        params = {"registration_id": registration_id, "partners": self.partners, "on": self.ends}
        found = tx.connection.execute(statement("onboarding.registration"), params)
        names = [each[0] for each in found.description or ()]
        rows = found.fetchall()
        if not rows or not self._is_of_producer(tx, registration_id):
            raise not_found()
        return dict(zip(names, rows[0], strict=True))

    def _is_of_producer(self, tx: Transaction, registration_id: str) -> bool:
        """Asked apart, since hardly a caller is one producer, and asking for both at once takes thrice as long."""
        params = {"registration_id": registration_id, "producer": self.producer, "today": self.today}
        return self.producer is None or tx.row("onboarding.of_producer", params) is not None
