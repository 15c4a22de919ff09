"""Partners that call a served book, and a host that answers them.

What lives here: `Partners`, short ways to call both sides, and a body that can be registered. What does not: any
expectation.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.onboarding import partners
from tests.conftest import NOW
from tests.http.served import Api, serving

ONBOARDING = "/onboarding/v1"
GROUPS = f"{ONBOARDING}/groups"
HOST = f"{ONBOARDING}/host"

BODY: dict[str, Any] = {
    "partnerGroupKey": "BRK-7781",
    "legalName": "Larkspur Millworks LLC",
    "taxId": "12-3456789",
    "situsState": "OH",
    "effectiveDate": "2027-03-01",
    "eligibleEmployeeCount": 34,
    "productLines": ["MEDICAL", "DENTAL", "LIFE"],
    "waitingPeriodDays": 30,
    "address": {"street": "40 Canal St", "city": "Dayton", "state": "OH", "postalCode": "45402"},
    "broker": {"producerCode": "P-559", "name": "I. Okafor", "agencyName": "Canal Benefits"},
    "contacts": [{"role": "BENEFITS_ADMIN", "name": "R. Vance", "email": "rv@example.test"}],
    "attestation": True,
}
"""The example of the contract's page."""


class Partners:
    """Callers by name: admin and analyst of the first partner, other of a second, manager of none yet, host."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.moment = NOW
        self.n = 0
        with api.book.write() as tx:
            self.first, self.second = (
                partners.create(tx, name, "BROKER", now=NOW) for name in ("Canal Benefits", "Second Desk")
            )
            self.plain = partners.create(tx, "Administrators Inc", "BENEFIT_ADMINISTRATOR", now=NOW)
            for each in (self.first, self.second, self.plain):
                partners.change(tx, each, NOW, status=partners.APPROVED)
            self.manager_id = partners.create_manager(tx, "Desk West", NOW)
        self.tokens = {
            "admin": api.token("contract_admin", partner_id=self.first),
            "analyst": api.token("partner_analyst", partner_id=self.first),
            "other": api.token("contract_admin", partner_id=self.second),
            "plain": api.token("contract_admin", partner_id=self.plain),
            "manager": api.token("relationship_manager", manager_id=self.manager_id),
            "host": api.token("host"),
        }

    def later(self, **more: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**more)

    def call(self, method: str, path: str, who: str | None = "admin", **more: Any) -> httpx.Response:
        """One call; `who` is one of the tokens, or a secret."""
        return self.api.call(method, path, token=self.tokens.get(who or "", who), **more)

    def body(self, **more: Any) -> dict[str, Any]:
        """A body like the example's, of a group of its own; a field given as `...` is left out."""
        self.n += 1
        made = copy.deepcopy(BODY) | {"partnerGroupKey": f"G-{self.n}", "taxId": f"31-{self.n:07d}"} | more
        return {name: value for name, value in made.items() if value is not ...}

    def register(self, who: str = "admin", *, draft: bool = False, **more: Any) -> dict[str, Any]:
        """A group registered; the answer."""
        answer = self.call("POST", f"{GROUPS}?draft={draft}".lower(), who, json=self.body(**more))
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def a_group(self, who: str = "admin", **more: Any) -> str:
        """The id of a group just registered."""
        return str(self.register(who, **more)["groupRegistrationId"])

    def change(self, group: str, who: str = "admin", **fields: Any) -> httpx.Response:
        """A change of a group."""
        return self.call("PATCH", f"{GROUPS}/{group}", who, json=fields)

    def read(self, group: str, part: str = "", who: str = "admin") -> dict[str, Any]:
        """A group, or a part of what is told of it."""
        answer = self.call("GET", f"{GROUPS}/{group}{part and '/' + part}", who)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def state(self, group: str, who: str = "admin") -> str:
        """Its status."""
        return str(self.read(group, "status", who)["registration"]["status"])

    def steps(self, group: str, who: str = "admin") -> dict[str, str]:
        """Its steps with their states."""
        told = self.read(group, "integration", who)["integration"]["steps"]
        return {each["code"]: each["state"] for each in told}

    def events(self, group: str, who: str = "admin") -> list[dict[str, Any]]:
        """Its history."""
        found: list[dict[str, Any]] = self.read(group, "events", who)["events"]
        return found

    def host(self, group: str, action: str, **body: Any) -> httpx.Response:
        """An action of the host."""
        return self.call("POST", f"{HOST}/groups/{group}/actions/{action}", "host", json=body)

    def done(self, group: str, action: str, **body: Any) -> dict[str, Any]:
        """An action of the host that must succeed."""
        answer = self.host(group, action, **body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def skip_all(self, group: str) -> None:
        """Every step that is not done is skipped; written straight into the book, since this is no test of skipping."""
        with self.api.book.write() as tx:
            query = """UPDATE book.onboarding_step SET skip_reason = 'Not needed here.'
                WHERE registration_id = $id AND state NOT IN ('DONE', 'SKIPPED')"""
            tx.connection.execute(query, {"id": group}).fetchall()

    def an_active_group(self, **more: Any) -> str:
        """A group that went the whole way."""
        group = self.a_group(**more)
        self.done(group, "approve")
        self.skip_all(group)
        self.done(group, "activate")
        return group


@contextmanager
def served_partners(path: Path | str) -> Iterator[Partners]:
    """The partners of a served book; their clock moves only by `later`."""
    made: list[Partners] = []

    def clock() -> datetime:
        return made[0].moment if made else NOW

    with serving(path, clock=clock) as api:
        made.append(Partners(api))
        yield made[0]


def codes(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """Code and field of each error."""
    return [(each["code"], each.get("field")) for each in answer.json()["errors"]]
