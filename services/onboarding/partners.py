"""Partners and relationship managers: made, approved, suspended, assigned by the host.

What lives here: the two and their assignment. What does not: their tokens (`services.access`), and groups
(`register`, `hosting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.onboarding import PARTNER_KINDS
from services import ids
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused
from services.onboarding import faults
from services.onboarding.events import stamp
from services.onboarding.fields import Terms

APPROVED, SUSPENDED = "APPROVED", "SUSPENDED"


@dataclass(frozen=True)
class Partner:
    """A partner as stored."""

    partner_id: str
    name: str
    kind: str
    allow_mid_month: bool
    status: str
    n_groups: int
    manager_ids: list[str]
    created_at: datetime
    modified_at: datetime

    @property
    def terms(self) -> Terms:
        """What it asks of registrations."""
        return Terms(self.kind == "BROKER", self.allow_mid_month)

    @property
    def told(self) -> dict[str, Any]:
        """As answered."""
        return {
            "partnerId": self.partner_id,
            "name": self.name,
            "kind": self.kind,
            "allowMidMonth": self.allow_mid_month,
            "status": self.status,
            "groupCount": self.n_groups,
            "managerIds": self.manager_ids,
            "createdAt": stamp(self.created_at),
            "updatedAt": stamp(self.modified_at),
        }


def create(tx: Transaction, name: str, kind: str, *, allow_mid_month: bool = False, now: datetime) -> str:
    """Make a partner, pending until it is approved; its id. Refused for a blank name or an unknown kind."""
    wrong = [] if name.strip() and len(name) <= 255 else [faults.required("name")]
    wrong += [] if kind in PARTNER_KINDS else [faults.invalid("kind")]
    if wrong:
        raise faults.unprocessable(*wrong)
    partner_id = ids.spell(ids.PARTNER, tx.mint(ids.PARTNER, 1))
    tx.run(
        "onboarding.add_partner",
        {
            "partner_id": partner_id,
            "name": name.strip(),
            "kind": kind,
            "allow_mid_month": allow_mid_month,
            "now": now,
        },
    )
    return partner_id


def listed(tx: Transaction) -> list[Partner]:
    """Every partner."""
    return [Partner(*row) for row in tx.rows("onboarding.partners", {"partner_id": None})]


def partner(tx: Transaction, partner_id: str) -> Partner:
    """One partner; Refused with 404 for an unknown id."""
    row = tx.row("onboarding.partners", {"partner_id": partner_id})
    if row is None:
        raise Refused(InsuranceError("ONB-004", "Partner not found."), status=404)
    return Partner(*row)


def is_approved(tx: Transaction, partner_id: str) -> bool:
    """Whether the partner is there and approved (ON-6)."""
    return tx.row("onboarding.partner_status", {"partner_id": partner_id}) == (APPROVED,)


def change(
    tx: Transaction,
    partner_id: str,
    now: datetime,
    *,
    name: str | None = None,
    allow_mid_month: bool | None = None,
    status: str | None = None,
) -> None:
    """Change what is given of a partner; Refused with 404 for an unknown id, 409 where it has that status already."""
    before = partner(tx, partner_id)
    if status is not None and status == before.status:
        raise faults.not_in_status(status)
    if name is not None and not name.strip():
        raise faults.unprocessable(faults.required("name"))
    params = {"partner_id": partner_id, "name": name, "allow_mid_month": allow_mid_month, "status": status, "now": now}
    tx.run("onboarding.change_partner", params)


def create_manager(tx: Transaction, name: str, now: datetime) -> str:
    """Make a relationship manager; its id."""
    if not name.strip() or len(name) > 255:
        raise faults.unprocessable(faults.required("name"))
    manager_id = ids.spell(ids.MANAGER, tx.mint(ids.MANAGER, 1))
    tx.run("onboarding.add_manager", {"manager_id": manager_id, "name": name.strip(), "now": now})
    return manager_id


def managers(tx: Transaction) -> list[dict[str, Any]]:
    """Every relationship manager with the partners assigned: managerId, name, partnerIds."""
    names = ("managerId", "name", "partnerIds")
    return [dict(zip(names, row, strict=True)) for row in tx.rows("onboarding.managers")]


def assign(tx: Transaction, partner_id: str, manager_ids: Sequence[str], now: datetime) -> None:
    """Let exactly these managers look after the partner; Refused with 422 for an unknown one."""
    partner(tx, partner_id)
    asked = list(dict.fromkeys(manager_ids))
    if tx.rows("onboarding.unknown_managers", {"ids": asked}):
        raise faults.unprocessable(faults.invalid("managerIds"))
    tx.run("onboarding.unassign_managers", {"partner_id": partner_id, "ids": asked})
    tx.run("onboarding.assign_managers", {"partner_id": partner_id, "ids": asked, "now": now})


def of_manager(tx: Transaction, manager_id: str) -> tuple[str, ...]:
    """The approved partners that a relationship manager looks after."""
    return tuple(row[0] for row in tx.rows("onboarding.partners_of_manager", {"manager_id": manager_id}))
