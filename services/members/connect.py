"""The Connect services of census members: added, changed, and taken out by id or all at once.

What lives here: what the two services ask of the core and how they answer (CM-1 to CM-16). What does not: the rules
(`judge`), and HTTP (`services.http.routes.census_members`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services import flows
from services.book import Transaction
from services.insurance_errors import InsuranceError, Refused, invalid, missing
from services.members import faults, rows
from services.members.save import Operation, Reading, save, validate, within_limit
from services.scope import Scope


@dataclass(frozen=True)
class Answer:
    """What a Connect service of members answers."""

    member_ids: list[str]
    errors: list[InsuranceError] = field(default_factory=list)
    n_created: int = 0

    @property
    def is_success(self) -> bool:
        """Nothing that was asked for was refused (CV-24)."""
        return not self.errors


def add(
    tx: Transaction,
    census_id: str,
    members: Sequence[Mapping[str, Any]],
    *,
    duplicate_fields: Sequence[str] = (),
    flow_name: str | None = None,
    scope: Scope,
    now: datetime,
) -> Answer:
    """Add members; one whose key is known is changed (CM-4). Good rows are saved beside refused ones.

    Refused whole for an unknown census, flow or key field, for no members, and for too many.
    """
    return _processed(tx, census_id, members, Operation.ADD, duplicate_fields, flow_name, scope, now)


def change(
    tx: Transaction,
    census_id: str,
    members: Sequence[Mapping[str, Any]],
    *,
    duplicate_fields: Sequence[str] = (),
    flow_name: str | None = None,
    scope: Scope,
    now: datetime,
) -> Answer:
    """Change members by id; what a row leaves out stays, an explicit null clears (CM-5, CM-6). Refused as `add`."""
    return _processed(tx, census_id, members, Operation.UPDATE, duplicate_fields, flow_name, scope, now)


def _processed(
    tx: Transaction, census_id: str, members: Sequence[Mapping[str, Any]], operation: Operation,
    duplicate_fields: Sequence[str], flow_name: str | None, scope: Scope, now: datetime,
) -> Answer:  # fmt: skip
    if not scope.sees(tx, "census", census_id):
        raise Refused(invalid("groupCensusId"))
    if not members:
        raise Refused(missing("members"))
    within_limit(tx, len(members))
    judged = validate(
        tx,
        census_id,
        rows.of_connect(tx, members),
        operation=operation,
        reading=Reading.CONNECT,
        scope=scope,
        now=now,
        key_fields=duplicate_fields,
        flow=flows.steps(flow_name),
    )
    saved = save(tx, judged, now=now)
    return Answer(saved.saved_ids, faults.errors_of(saved.faults), sum(saved.is_new))
