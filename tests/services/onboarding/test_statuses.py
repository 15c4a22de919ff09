"""Registrations move only along the table: against a model in plain Python, and by what the source allows at all."""

import copy
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.onboarding import DONE, FINAL, MOVES, SKIPPED, STATUSES
from services.book import Book, Transaction, build, committed
from services.insurance_errors import Refused
from services.onboarding import events, hosting, partners, register, statuses, steps
from services.onboarding.actions import Wanted
from services.onboarding.events import Actor
from services.onboarding.reach import Reach
from services.queries import statements
from tests.conftest import NOW
from tests.http.partners import BODY

HOST, PARTNER = Actor("HOST"), Actor("PARTNER")
REACH = Reach(NOW.date())

ALLOWED = """
DRAFT: SUBMITTED WITHDRAWN
SUBMITTED: IN_REVIEW ACTION_REQUIRED APPROVED REJECTED WITHDRAWN
IN_REVIEW: ACTION_REQUIRED APPROVED REJECTED WITHDRAWN
ACTION_REQUIRED: IN_REVIEW WITHDRAWN REJECTED
APPROVED: ACTIVE ACTION_REQUIRED WITHDRAWN
ACTIVE: SUSPENDED TERMINATED
SUSPENDED: ACTIVE TERMINATED
REJECTED:
WITHDRAWN:
TERMINATED:
"""
"""The moves of the contract's page, written down once more."""

MODEL = {line.split(":")[0]: set(line.split(":")[1].split()) for line in ALLOWED.strip().splitlines()}


def test_the_table_of_moves_is_that_of_the_contract() -> None:
    assert {status: set(after) for status, after in MOVES.items()} == MODEL
    assert set(FINAL) == {"REJECTED", "WITHDRAWN", "TERMINATED"}


class Registrations(RuleBasedStateMachine):
    """One registration after the other, asked for anything in any status."""

    connection: duckdb.DuckDBPyConnection
    partner: str
    number = 0

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.asked: set[str] = set()
        self.is_complete = False
        self.path: list[str] = []
        self.begin(is_draft=False)

    def begin(self, *, is_draft: bool) -> None:
        Registrations.number += 1
        body = copy.deepcopy(BODY) | {"partnerGroupKey": f"G{self.number}", "taxId": f"{self.number:09d}"}
        body = {"legalName": "Draft"} if is_draft else body
        with committed(self.connection) as tx:
            self.group = register.register(tx, self.partner, body, PARTNER, is_draft=is_draft, now=self.now)
        self.status = "DRAFT" if is_draft else "SUBMITTED"
        self.path, self.asked, self.is_complete, self.version = [self.status], set(), False, 1

    def attempt(self, became: str | None, do: Callable[[Transaction], Any], *, is_right: bool) -> None:
        """Do something: it succeeds exactly when the model says so, and a refusal changes nothing."""
        self.now += timedelta(seconds=1)
        refused = None
        try:
            with committed(self.connection) as tx:
                do(tx)
        except Refused as fault:
            refused = fault.status
        assert (refused is None) is is_right, (self.status, became)
        if refused is not None:
            assert refused in (409, 422)
            return
        if became is not None and became != self.status:
            assert became in MODEL[self.status]
            self.status = became
            self.path.append(became)

    def decide(self, name: str, became: str, *, is_right: bool = True) -> None:
        def do(tx: Transaction) -> None:
            hosting.decide(tx, name, self.group, "For a reason.", HOST, REACH, self.now)

        self.attempt(became, do, is_right=is_right and became in MODEL[self.status])

    @rule(is_draft=st.booleans())
    def another(self, is_draft: bool) -> None:
        self.begin(is_draft=is_draft)

    @rule()
    def submit(self) -> None:
        body = copy.deepcopy(BODY) | {"partnerGroupKey": f"D{self.number}", "taxId": f"9{self.number:08d}"}
        if self.status != "DRAFT":
            return

        def do(tx: Transaction) -> None:
            register.change(tx, self.group, body, PARTNER, REACH, is_draft=False, now=self.now)

        self.attempt("SUBMITTED", do, is_right=True)

    @rule()
    def review(self) -> None:
        self.decide("start-review", "IN_REVIEW", is_right=self.status != "ACTION_REQUIRED")

    @rule()
    def approve(self) -> None:
        self.decide("approve", "APPROVED")

    @rule()
    def reject(self) -> None:
        self.decide("reject", "REJECTED")

    @rule()
    def suspend(self) -> None:
        self.decide("suspend", "SUSPENDED")

    @rule()
    def terminate(self) -> None:
        self.decide("terminate", "TERMINATED")

    @rule()
    def activate(self) -> None:
        self.decide("activate", "ACTIVE", is_right=self.status == "APPROVED" and self.is_complete)

    @rule()
    def resume(self) -> None:
        self.decide("resume", "ACTIVE", is_right=self.status == "SUSPENDED" and self.is_complete)

    @rule()
    def complete(self) -> None:
        """Skip whatever is left, where that is allowed."""
        if self.status not in ("APPROVED", "ACTIVE", "SUSPENDED"):
            return
        with committed(self.connection) as tx:
            for code, state, *_ in tx.rows("onboarding.steps", {"registration_id": self.group}):
                if state not in (DONE, SKIPPED):
                    hosting.skip(tx, self.group, code, "Not needed.", HOST, REACH, self.now)
        self.is_complete = True

    @rule()
    def withdraw(self) -> None:
        def do(tx: Transaction) -> None:
            register.withdraw(tx, self.group, None, PARTNER, REACH, self.now)

        self.attempt("WITHDRAWN", do, is_right="WITHDRAWN" in MODEL[self.status])

    @rule(code=st.sampled_from(["A", "B"]))
    def ask(self, code: str) -> None:
        may = self.status == "ACTION_REQUIRED" or "ACTION_REQUIRED" in MODEL[self.status]

        def do(tx: Transaction) -> None:
            hosting.ask(tx, self.group, Wanted(code, "Something.", "PARTNER"), HOST, REACH, self.now)

        is_right = may and code not in self.asked
        self.attempt("ACTION_REQUIRED", do, is_right=is_right)
        if is_right:
            self.asked.add(code)

    @rule(code=st.sampled_from(["A", "B"]))
    def resolve(self, code: str) -> None:
        def do(tx: Transaction) -> None:
            hosting.resolve(tx, self.group, code, None, HOST, REACH, self.now)

        is_right = code in self.asked and self.status not in FINAL
        left = self.asked - {code}
        self.attempt(None if left else "IN_REVIEW", do, is_right=is_right)
        if is_right:
            self.asked = left

    @invariant()
    def the_book_agrees(self) -> None:
        with committed(self.connection) as tx:
            row = REACH.find(tx, self.group)
            told = events.history(tx, self.group)
        assert row["status"] == self.status
        assert row["version"] >= self.version
        self.version = row["version"]
        assert [each["seq"] for each in told] == list(range(1, len(told) + 1))
        assert [each["to"] for each in told if each["type"] == "STATUS"] == self.path


@pytest.fixture(scope="module", autouse=True)
def book_in_memory() -> Any:
    """The tables of a book, in memory: no unit of work here outlives a test."""
    with duckdb.connect() as connection:
        with committed(connection) as tx:
            build(connection, NOW)
            Registrations.partner = partners.create(tx, "P", "BROKER", now=NOW)
        Registrations.connection = connection
        yield connection


TestRegistrations = pytest.mark.rule("ON-14", "ON-15")(Registrations.TestCase)
Registrations.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("was", STATUSES)
def test_any_other_move_is_impossible(was: str) -> None:
    """The one function that sets a status knows the table, whoever calls it."""
    with committed(Registrations.connection) as tx:
        for became in set(STATUSES) - MODEL[was]:
            row = {"registration_id": "REG-0", "status": was, "version": 1}
            with pytest.raises(statuses.ImpossibleMove):
                statuses.move(tx, row, became, HOST, NOW)


def test_a_status_that_changed_under_way_is_not_overwritten() -> None:
    row = {"registration_id": "REG-0", "status": "SUBMITTED", "version": 1}
    with committed(Registrations.connection) as tx, pytest.raises(statuses.ImpossibleMove):
        statuses.move(tx, row, "APPROVED", HOST, NOW)


@pytest.mark.rule("ON-14")
def test_one_statement_sets_a_status_and_none_touches_an_event() -> None:
    setting = [
        name
        for name, text in statements().items()
        if re.search(r"UPDATE book\.group_registration SET\s[^;]*?\bstatus = ", text)
    ]
    assert setting == ["onboarding.move"]
    assert [
        n for n, text in statements().items() if re.search(r"(UPDATE|DELETE FROM) book\.onboarding_event", text)
    ] == []
    callers = [
        path.name
        for path in Path(statuses.__file__).parent.parent.rglob("*.py")
        if '"onboarding.move"' in path.read_text(encoding="utf-8")
    ]
    assert callers == ["statuses.py"]


@pytest.mark.rule("ON-14")
def test_steps_of_many_registrations_are_stored_with_as_many_statements_as_of_one(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten registrations fall behind at once; each gets its own events, numbered on from its last."""
    with book.write() as tx:
        partner = partners.create(tx, "P", "BROKER", now=NOW)
        groups = []
        for n in range(10):
            body = copy.deepcopy(BODY) | {"partnerGroupKey": f"G{n}", "taxId": f"{n:09d}"}
            groups.append(register.register(tx, partner, body, PARTNER, is_draft=False, now=NOW))
        ran: list[str] = []
        for verb in ("run", "rows", "frame"):
            plain = getattr(Transaction, verb)

            def counted(self: Transaction, name: str, *args: Any, plain: Any = plain, **more: Any) -> Any:
                ran.append(name)
                return plain(self, name, *args, **more)

            monkeypatch.setattr(Transaction, verb, counted)

        def catch_up(query: str) -> list[str]:
            tx.connection.execute(query).fetchall()
            ran.clear()
            later = datetime(2026, 11, 21)
            steps.store(tx, steps.changes(tx, later.date(), partners=[partner]), later)
            return list(ran)

        of_one = catch_up(
            f"UPDATE book.group_registration SET approved_at = now() WHERE registration_id = '{groups[0]}'"
        )
        of_nine = catch_up("UPDATE book.group_registration SET approved_at = now()")
        assert of_one == of_nine
        for group in groups:
            told = events.history(tx, group)
            assert [each["seq"] for each in told] == list(range(1, len(told) + 1))
            done = [each["subject"] for each in told if each["to"] == "DONE"]
            assert done == ["REGISTRATION_RECEIVED", "DATA_VALIDATION", "DUPLICATE_CHECK"]
