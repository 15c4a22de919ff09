"""Jobs whose process dies at a statement drawn by a seed, and the book that is left when the next process is done.

What lives here: the four kinds of jobs on the way from a quote to policies, each on a book in which it has everything
to do, dying processes, and what a book says in the end, which is the same whether or not a process died. What does not:
which seeds are tried (`tests.test_crash_of_jobs`, `tests.soak`).
"""

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import duckdb

from services import audit, jobs
from services.book import Book, Transaction
from services.job_runs import run_pending
from tests import quoted_group as group
from tests.made_once import made_once
from tests.open_book import OpenBook

GONE = f"{socket.gethostname()}/{2**22 + 1}/0/dead"
"""The holder of a lease whose process is no more: no process has so high a number."""

FAMILIES = 3
_STAMPS = "attempts|holder|lease|started_at"
"""Columns that tell how often and when a request was worked on, which a crash may change."""


@dataclass(frozen=True)
class Kind:
    """A kind of job: how far the book is, how the job is asked for, when, and which tables it writes."""

    steps: tuple[Callable[[Book], Any], ...]
    ask: Callable[[Transaction], str]
    now: datetime
    tables: tuple[str, ...]


def _cancel_some(tx: Transaction) -> str:
    query = "SELECT policy_id FROM book.insurance_policy ORDER BY policy_id"
    policies = [str(key) for (key,) in tx.connection.execute(query).fetchall()]
    return group.ask_cancellation(tx, policies[:7], date(2026, 9, 21), batch_size=2)


_ROAD = (group.rated, group.contracted, group.all_choose, group.enrolled)
_POLICIES = (
    "book.insurance_policy", "book.policy_participant", "book.policy_coverage", "book.policy_line",
    "book.policy_payment", "book.policy_transaction", "book.policy_transaction_line",
)  # fmt: skip
_CONTRACTS = ("book.contract", "book.contract_plan", "book.contract_plan_class", "book.contract_plan_attribute")

KINDS = {
    "GroupRating": Kind((), group.ask_rating, group.NOW, ("book.quote", "book.quote_line")),
    "ContractCreation": Kind(
        (group.rated, group.approve), group.ask_contract, group.NOW, (*_CONTRACTS, "book.notification")
    ),
    "GroupEnrollment": Kind(
        _ROAD[:3], group.ask_enrollment, group.NOW, (*_POLICIES, "book.member_plan", "book.notification")
    ),
    "PolicyCancellation": Kind(_ROAD, _cancel_some, group.AUTUMN, _POLICIES),
}


def asked(name: str, path: Path) -> tuple[OpenBook, str]:
    """A book with a job of that kind scheduled, and the id of its request."""
    book = copied(KINDS[name].steps, path)
    with book.write() as tx:
        return book, KINDS[name].ask(tx)


def copied(steps: tuple[Callable[[Book], Any], ...], path: Path) -> OpenBook:
    """A book after some steps of the road, each of which is taken once for a whole run of the tests."""

    def make(folder: Path) -> None:
        if steps:
            steps[-1](copied(steps[:-1], folder))
        else:
            group.a_book(folder, FAMILIES)

    path.mkdir(parents=True, exist_ok=True)
    name = "-".join(("group", *(step.__name__ for step in steps)))
    return OpenBook(shutil.copy(made_once(name, make) / "group.duckdb", path))


def finish(book: Book, name: str, request_id: str) -> None:
    """A living process takes the request up and ends it."""
    run_pending(book, lambda: KINDS[name].now, request_id=request_id)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The names of the statements that run."""
    names: list[str] = []
    real = Transaction._parsed

    def counts(self: Transaction, name: str) -> duckdb.Statement | str:
        names.append(name)
        return real(self, name)

    with mock.patch.object(Transaction, "_parsed", counts):
        yield names


def die(book: OpenBook, name: str, request_id: str, at: int) -> None:
    """A process takes the request up and dies before its statement of that number; nothing it does later counts, and
    the next finds what is in the file.
    """
    n = 0
    real = Transaction._parsed

    def dies(self: Transaction, statement: str) -> duckdb.Statement | str:
        nonlocal n
        n += 1
        if n >= at:
            raise KeyboardInterrupt
        return real(self, statement)

    with mock.patch.object(Transaction, "_parsed", dies):
        try:
            run_pending(book, lambda: KINDS[name].now, request_id=request_id, holder=GONE)
        except KeyboardInterrupt:
            book.close()
            return
    raise AssertionError(f"The job ended with {n} statements, before it could die.")


def left(book: Book, name: str, request_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that the job wrote, and what it told of it."""
    lasting = f"COLUMNS(lambda c: NOT regexp_matches(c, '{_STAMPS}'))"
    items = f"(SELECT async_item_id FROM book.async_item WHERE async_request_id = '{request_id}')"
    own = f"WHERE async_request_id = '{request_id}'"
    found = {
        table: group.found(book, f"SELECT * FROM {table} ORDER BY ALL") for table in KINDS[name].tables
    } | {
        "request": group.found(book, f"SELECT {lasting} FROM book.async_request {own}"),
        "items": group.found(book, f"SELECT * FROM book.async_item {own} ORDER BY ALL"),
        "details": group.found(book, f"SELECT * FROM book.async_detail {own} ORDER BY ALL"),
        "orphans": group.found(
            book, f"SELECT async_detail_id FROM book.async_detail {own} AND async_item_id NOT IN {items}"
        ),
    }  # fmt: skip
    with book.read() as tx:
        audit.verify(tx)
    assert found["request"][0]
    assert found["orphans"] == []
    return found


@cache
def undisturbed(name: str, folder: Path) -> tuple[dict[str, list[tuple[Any, ...]]], int]:
    """What the job leaves when nobody dies, and how many statements it takes."""
    book, request_id = asked(name, folder / "undisturbed" / name)
    with counting() as names:
        finish(book, name, request_id)
    book.close()  # what is looked at is what is in the file
    (status,) = group.found(book, f"SELECT status FROM book.async_request WHERE async_request_id = '{request_id}'")
    assert status == (jobs.COMPLETED,), status
    told = left(book, name, request_id)
    assert all(told[table] for table in KINDS[name].tables if "transaction" not in table)
    book.drop()
    return told, len(names)


def crash(name: str, seed: int, folder: Path) -> list[int]:
    """One to three processes die over a job, the next ends it; the statements they died at. Raises AssertionError where
    the book then differs from that of a job in which nobody died.
    """
    want, n = undisturbed(name, folder)
    random = Random(f"{name} {seed}")
    book, request_id = asked(name, folder / f"{seed}" / name)
    deaths: list[int] = []
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randint(1, n)
        try:
            die(book, name, request_id, at)
        except AssertionError:
            break  # so little was left of the work that it ended first
        deaths.append(at)
    finish(book, name, request_id)
    book.close()
    got = left(book, name, request_id)
    for table, rows in want.items():
        assert got[table] == rows, f"{name}, seed {seed}, died at {deaths}: {table} differs"
    book.drop()
    return deaths
