"""Work on asynchronous requests: who has which, and the one step function that every door calls.

What lives here: the lease of a request, `run_pending` (the server's thread, the command line and a scheduled run all
call it), and `Worker`, that thread. What does not: the records (`services.jobs`) and what a kind of job does: that is a
step function, found by the kind.

A request belongs to whoever holds its lease. Holding is asked in every transaction of the job, and the transaction
renews it: a process that lost its lease, or whose request was cancelled, writes nothing more. A lease is free again
when it ends, or at once when its process is gone; so what a killed server left is taken up by the next one.
"""

import json
import logging
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import resolve_name
from secrets import token_hex
from typing import Any

from services import audit, jobs
from services.book import Book, Transaction
from services.insurance_errors import InsuranceError, Refused, of_refusal
from services.refusals import BookBusy, Refusal, Unavailable

LOG = logging.getLogger("benefits.jobs")

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
"""A request whose process died this often is given up: it would kill the next one too."""

BUILT_IN = {
    "CensusUpload": "services.bulk.process:upload",
    "AccountCreation": "services.people.batch:make_people",
    "GroupRating": "services.quotes.rating:rate_quote",
    "PolicyCancellation": "services.policies.batch:cancel_policies",
    "CensusRefresh": "services.census_refresh.refresh:refresh_census",
    "GroupEnrollment": "services.enrollment.group:enroll_group",
    "ContractCreation": "services.contracts.creation:create_contract",
}
"""Step functions by kind of request."""

GROUP = "benefits.jobs"
"""The entry points that name further ones: name of the kind, step function."""

GIVEN_UP = InsuranceError("GB-JOB-002", f"The job was begun {MOST_ATTEMPTS} times and never ended; it was given up.")
DEFECT = "GB-JOB-003"

Clock = Callable[[], datetime]
Step = Callable[["Job"], None]


class Lost(Exception):
    """The request is no longer this process's: cancelled, taken by another, or the worker was told to stop."""


@dataclass(frozen=True)
class Job:
    """A request at work. Read and write the book through it; compute in between."""

    book: Book
    clock: Clock
    holder: str
    request_id: str
    kind: str
    account_id: str | None
    reference_id: str | None
    inputs: dict[str, Any]
    requested_by: str | None = None
    http_request_id: str | None = None
    is_stopped: Callable[[], bool] = lambda: False

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view of the book."""
        with self.book.read() as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[tuple[Transaction, datetime]]:
        """One transaction, and its moment; raises Lost, and writes nothing, where the request is not ours any more."""
        if self.is_stopped():
            raise Lost
        with self.book.write() as tx:
            if tx.row("jobs.state", {"request_id": self.request_id}) != (jobs.IN_PROGRESS, self.holder):
                raise Lost
            now = self.clock()
            yield tx, now
            self._renew(tx)
            self._audit(tx, now)

    def renew(self) -> None:
        """Keep the lease while computing."""
        with self.book.write() as tx:
            self._renew(tx)

    def _renew(self, tx: Transaction) -> None:
        until = self.clock() + LEASE
        tx.run("jobs.renew", {"request_id": self.request_id, "holder": self.holder, "until": until})

    def _audit(self, tx: Transaction, now: datetime) -> None:
        """What a job writes is the act of whoever asked for it; a book with a trail of its own tells it itself."""
        if self.book.trail is not None:
            return
        found = tx.row("jobs.kind_of_caller", {"token_id": self.requested_by}) if self.requested_by else None
        kind, http_id = str(found[0]) if found else "local", self.http_request_id or self.request_id
        act = audit.Act(self.requested_by or "jobs", kind, f"job {self.kind}", http_id, (self.request_id,), 1)
        audit.append(tx, act, now)


def run_pending(
    book: Book,
    clock: Clock,
    *,
    request_id: str | None = None,
    holder: str | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Work on every open request that nobody holds, or on one of them; the ids of those that were worked on.

    Requests that another process is working on are left to it. What a step raises ends its request as failed, but for
    a busy book or a disk that refuses: then the request stays open and BookBusy or Unavailable is raised.
    """
    mine = holder or holder_of_this_process()
    done: list[str] = []
    while not is_stopped() and (job := _take(book, clock, mine, request_id, is_stopped, done)) is not None:
        done.append(job.request_id)
        _work(job)
    return done


def is_waiting(book: Book, clock: Clock) -> bool:
    """Some request is open that nobody holds; only read, so that idle polling never stands in a writer's way."""
    with book.read() as tx:
        return bool(waiting(tx, clock()))


def waiting(tx: Transaction, now: datetime) -> list[tuple[str, int]]:
    """Ids of the open requests that nobody holds, with how often work on each was begun."""
    return _free(tx, now, None, [])


def step_of(kind: str) -> Step:
    """The step function of a kind of request; KeyError for a kind that this program does not work on."""
    return _steps()[kind]()


@cache
def _steps() -> dict[str, Callable[[], Step]]:
    found: dict[str, Callable[[], Step]] = {
        kind: lambda name=name: resolve_name(name) for kind, name in BUILT_IN.items()
    }
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, entry.load)
    return found


def _free(tx: Transaction, now: datetime, request_id: str | None, besides: list[str]) -> list[tuple[str, int]]:
    """Open requests that nobody holds, with the number of attempts."""
    found = tx.rows("jobs.open", {"kinds": list(_steps()), "request_id": request_id})
    return [
        (str(name), int(attempts or 0))
        for name, holder, until, attempts in found
        if name not in besides and (holder is None or until <= now or is_gone(holder))
    ]


def _take(
    book: Book, clock: Clock, holder: str, request_id: str | None, is_stopped: Callable[[], bool], besides: list[str]
) -> Job | None:
    """The next free request, now ours; None when there is none."""
    with book.read() as tx:
        if not _free(tx, clock(), request_id, besides):
            return None
    with book.write() as tx:
        now = clock()
        for found, n_attempts in _free(tx, now, request_id, besides):
            if n_attempts >= MOST_ATTEMPTS:
                jobs.end(tx, found, now=now, status=jobs.FAILED, result=failure(GIVEN_UP))
                if book.trail is None:
                    audit.append(tx, audit.Act("jobs", "local", "job given up", found, (found,), 1), now)
                continue
            asked = {"request_id": found, "holder": holder, "until": now + LEASE, "now": now}
            (row,) = tx.rows("jobs.take", asked)
            kind, account_id, reference_id, inputs, requested_by, http_request_id = row
            return Job(
                book, clock, holder, found, kind, account_id, reference_id, json.loads(inputs), requested_by,
                http_request_id, is_stopped,
            )  # fmt: skip
    return None


def _work(job: Job) -> None:
    """One request, worked on to its end."""
    LOG.info("job %s %s begins", job.kind, job.request_id)
    with _heartbeat(job), job.book.kept():
        try:
            step_of(job.kind)(job)
        except Lost:
            _give_back(job)
        except (BookBusy, Unavailable):
            _give_back(job)
            raise
        except Refused as refused:
            _fail(job, *refused.errors)
        except Refusal as refusal:
            _fail(job, of_refusal(refusal))
        except Exception as fault:  # noqa: BLE001 - a defect ends its request, never the worker
            frames = "".join(traceback.format_tb(fault.__traceback__))
            LOG.error("defect %s in job %s\n%s", type(fault).__name__, job.request_id, frames)
            says = f"The job could not be done: a defect of the program ({type(fault).__name__})."
            _fail(job, InsuranceError(DEFECT, says))
        except BaseException:
            _give_back(job)
            raise
    LOG.info("job %s %s left", job.kind, job.request_id)


def failure(*errors: InsuranceError) -> dict[str, Any]:
    """The result of a request that failed as a whole."""
    return {"errors": [{"code": e.code, "message": e.message, "additionalInfo": e.info} for e in errors]}


def _fail(job: Job, *errors: InsuranceError) -> None:
    with suppress(Lost), job.write() as (tx, now):
        jobs.end(tx, job.request_id, now=now, status=jobs.FAILED, result=failure(*errors))


def _give_back(job: Job) -> None:
    """Let another process take the request at once; where the book cannot be had, the lease ends by itself."""
    with suppress(Refusal), job.book.write() as tx:
        tx.run("jobs.give_back", {"request_id": job.request_id, "holder": job.holder})


@contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """Renew the lease now and then, as long as the block runs."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(LEASE.total_seconds() / 3):
            try:
                job.renew()
            except Refusal:
                continue  # the book is busy: the lease holds on for a while
            except Exception as fault:  # noqa: BLE001 - a heart that stops would give the request to somebody else
                LOG.error("defect %s while renewing the lease of %s", type(fault).__name__, job.request_id)

    thread = threading.Thread(target=beat, name=f"heartbeat of {job.request_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def holder_of_this_process() -> str:
    """Machine, process, its start and a random part: two holders are never the same."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}/{token_hex(4)}"


def is_gone(holder: str) -> bool:
    """The process of a lease was on this machine and is no more; of another machine nothing is known."""
    host, _, rest = holder.partition("/")
    pid, _, more = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != more.partition("/")[0]


def _started(pid: int) -> str:
    """When a process began, as the system counts it, so that a number used again is told apart; else nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


class Worker:
    """A thread that works on requests as they come in, in a server; `wake` spares it the wait of `idle_s`."""

    def __init__(self, book: Book, clock: Clock, *, idle_s: float = 2.0) -> None:
        self.book = book
        self.clock = clock
        self.idle_s = idle_s
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; what an earlier process left undone comes first."""
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Take up nothing more, and let the transaction at work end; what is left is done after the next start."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        holder = holder_of_this_process()
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                run_pending(self.book, self.clock, holder=holder, is_stopped=self._stopped.is_set)
            except Refusal as refusal:
                LOG.warning("jobs wait: %s", refusal.code)
            except Exception as fault:  # noqa: BLE001 - the thread lives as long as the server
                LOG.error("defect %s while looking for jobs", type(fault).__name__)
            self._woken.wait(self.idle_s)
