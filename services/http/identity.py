"""Who calls: the bearer token of a request, and the units of work a handler may open with it.

What lives here: authentication, and `Door`, which opens the book for a handler after asking whether the caller may.
What does not: tokens themselves (`services.access`), which records are in scope (`services.scope`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from services import access, audit
from services.access import Caller
from services.book import Transaction
from services.insurance_errors import Refused, no_access
from services.scope import Scope
from services.shared_book import SharedBook

STAFF = ("user", "service")


class Unauthenticated(Exception):
    """No token, or one that is unknown, ended or revoked."""


@dataclass
class Work:
    """A unit of work of a handler: the transaction, who it is for, and what it touched."""

    tx: Transaction
    caller: Caller
    now: datetime
    request_id: str
    says_plainly: bool = False
    """Refusals that a handler words itself leave out the sentence about an admin of another system (CV-23)."""
    ids: list[str] = field(default_factory=list)
    n_records: int | None = None

    @property
    def scope(self) -> Scope:
        """What the caller sees."""
        return self.caller.scope

    def touched(self, record_ids: list[str], n_records: int | None = None) -> None:
        """Name the records made, changed or removed, for the audit trail."""
        self.ids.extend(record_ids)
        if n_records is not None:
            self.n_records = (self.n_records or 0) + n_records


class Door:
    """Opens the book for one request."""

    def __init__(self, request: Request) -> None:
        self.book: SharedBook = request.app.state.book
        self.limit_s: float = request.app.state.limits.work_s
        self.caller: Caller = request.state.caller
        self.request_id: str = request.state.request_id
        self.clock = request.app.state.clock
        self.says_plainly: bool = request.app.state.says_plainly
        route = request.scope.get("route")
        self.action = f"{request.method} {getattr(route, 'path', request.url.path)}"
        self.operation = "read" if request.method == "GET" else "edit"

    @contextmanager
    def read(self, may: tuple[str, ...] = STAFF, role: str = access.READS) -> Iterator[Work]:
        """A consistent view of the book. Refused with 403 for a caller of another kind or without the role."""
        self._must_be(may, role)
        with self.book.read() as tx, self._limited(tx):
            yield Work(tx, self.caller, self.clock(), self.request_id, self.says_plainly)

    @contextmanager
    def write(self, may: tuple[str, ...] = STAFF, role: str = access.WRITES) -> Iterator[Work]:
        """One transaction, with its entry in the audit trail; rolled back when the block raises."""
        self._must_be(may, role)
        with self.book.write() as tx, self._limited(tx):
            work = Work(tx, self.caller, self.clock(), self.request_id, self.says_plainly)
            yield work
            act = audit.Act(self.caller.token_id, self.caller.kind, self.action, self.request_id)
            audit.append(tx, act.touching(work.ids, work.n_records), work.now)

    def _must_be(self, may: tuple[str, ...], role: str) -> None:
        if self.caller.kind not in may or role not in self.caller.roles:
            raise Refused(no_access(self.operation, "record"), status=403)

    @contextmanager
    def _limited(self, tx: Transaction) -> Iterator[None]:
        """A statement that runs past the time limit is interrupted; the transaction is rolled back."""
        timer = threading.Timer(self.limit_s, tx.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def authenticate(request: Request) -> Caller:
    """The caller of a request; Unauthenticated without a valid token."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated
    state = request.app.state
    with state.book.read() as tx:
        caller = access.caller_of(tx, secret.strip(), state.clock())
    if caller is None:
        raise Unauthenticated
    return caller


DoorDep = Annotated[Door, Depends(Door)]
"""The door of a request, as a parameter of a handler."""
