"""Asynchronous requests: accepted before they are answered, worked on once, resumed, cancelled, told."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services import audit, job_runs, jobs
from services.book import Book
from services.insurance_errors import InsuranceError, Refused
from services.job_runs import Job, Lost
from services.refusals import BookBusy
from services.scope import EVERYTHING, Scope
from tests.attached import AttachedBook
from tests.conftest import NOW
from tests.open_book import dropped

KIND = "GroupRating"
"""A kind for which the tests bring a step of their own."""


@dataclass
class Desk:
    """A book, a clock that can be moved, and a step that can be told what to do."""

    book: Book
    now: datetime = NOW
    step: Callable[[Job], None] = lambda job: None
    ran: list[str] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def accept(self, kind: str = KIND, **more: Any) -> str:
        with self.book.write() as tx:
            return jobs.accept(tx, jobs.Ask(kind, "A job", {"a": 1}, **more), now=self.now)

    def work(self, **more: Any) -> list[str]:
        return job_runs.run_pending(self.book, self.clock, **more)

    def status(self, request_id: str, scope: Scope = EVERYTHING, **more: Any) -> dict[str, Any]:
        with self.book.read() as tx:
            return jobs.status(tx, request_id, scope=scope, **more)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with self.book.read() as tx:
            return tx.connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jobs") / "jobs.duckdb"
    Book(path).create(NOW)
    return path


@pytest.fixture
def desk(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    book = AttachedBook(shutil.copy(template, tmp_path / "jobs.duckdb"), idle_s=5.0)
    made = Desk(book)

    def step(job: Job) -> None:
        made.ran.append(job.request_id)
        made.step(job)

    steps = dict(job_runs._steps())
    monkeypatch.setattr(job_runs, "_steps", lambda: {**steps, KIND: lambda: step})
    yield made
    dropped(book)


def items(n: int) -> pl.DataFrame:
    return pl.DataFrame({"plan_name": [f"Plan {k}" for k in range(n)]})


def finish(job: Job, *statuses: str, **result: Any) -> None:
    """A step that has as many items as statuses are given."""
    with job.write() as (tx, now):
        made = jobs.add_items(tx, job.request_id, items(len(statuses)))
        ended = made.select("async_item_id", status=pl.Series(statuses), additional_information=pl.lit(None, pl.String))
        jobs.end_items(tx, job.request_id, ended)
        jobs.end(tx, job.request_id, now=now, result=result)


PARTS = ("pendingJobCount", "successfulJobCount", "failedJobCount", "cancelledJobCount", "erroredJobCount")


@pytest.mark.rule("BC-80", "BC-83")
def test_a_request_is_written_down_before_it_is_worked_on_and_tells_its_result_after(desk: Desk) -> None:
    request_id = desk.accept(reference_id="0q0A", account_id="001A")
    before = desk.status(request_id)
    assert (before["status"], before["result"], before["type"], before["createdDate"]) == (
        "Scheduled", None, KIND, "2026-11-20T12:00:00.000Z",
    )  # fmt: skip
    assert before["jobCount"] == sum(before[part] for part in PARTS) == 1
    desk.step = lambda job: finish(job, jobs.COMPLETED, jobs.COMPLETED, quoteId="0q0A")
    assert desk.work() == [request_id]
    after = desk.status(request_id)
    assert (after["status"], after["result"]) == ("Completed", {"quoteId": "0q0A"})
    assert after["jobCount"] == sum(after[part] for part in PARTS) == 2
    assert [item["planName"] for item in after["requestItems"]] == ["Plan 0", "Plan 1"]
    assert desk.work() == []


@pytest.mark.rule("BC-81", "BC-80")
@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ((jobs.COMPLETED, jobs.COMPLETED), "Completed"),
        ((jobs.COMPLETED, jobs.WITH_ERRORS), "Completed With Errors"),
        ((jobs.COMPLETED, jobs.FAILED), "Completed With Errors"),
        ((jobs.FAILED, jobs.FAILED), "Failed"),
    ],
)
def test_the_items_say_how_a_request_ended(desk: Desk, statuses: tuple[str, ...], said: str) -> None:
    request_id = desk.accept()
    desk.step = lambda job: finish(job, *statuses)
    desk.work()
    told = desk.status(request_id)
    assert told["status"] == said
    assert told["jobCount"] == sum(told[part] for part in PARTS) == 2


@pytest.mark.rule("BC-84", "BC-83")
def test_an_unknown_request_and_one_out_of_scope_are_refused_alike(desk: Desk) -> None:
    request_id = desk.accept(account_id="001A")
    assert desk.status(request_id, Scope(account_ids=("001A",)))["requestId"] == request_id
    for asked, scope in (("08P9", EVERYTHING), (request_id, Scope(account_ids=("001B",)))):
        with pytest.raises(Refused, match=r"Specify a valid input for requestId\.") as caught:
            desk.status(asked, scope)
        assert caught.value.errors[0].code == "SF-0001-0005"


def test_a_kind_that_is_none_is_a_defect(desk: Desk) -> None:
    with pytest.raises(ValueError, match="no kind of job"):
        desk.accept("Baking")


def test_a_kind_that_this_program_does_not_work_on_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runs, "_steps", lambda: {"CensusUpload": lambda: desk.step})
    desk.accept("PolicyCancellation")
    assert desk.work() == []


def test_the_status_tells_notes_only_when_asked(desk: Desk) -> None:
    request_id = desk.accept()
    with desk.book.write() as tx:
        jobs.note(tx, request_id, a=1)
        jobs.note(tx, request_id, b="x")
    assert "additionalInformation" not in desk.status(request_id)
    assert desk.status(request_id, with_information=True)["additionalInformation"] == '{"a":1,"b":"x"}'


def test_requests_are_worked_on_in_the_order_of_their_acceptance(desk: Desk) -> None:
    asked = [desk.accept() for _ in range(3)]
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    assert desk.work() == asked


# Leases


def take(desk: Desk, request_id: str, holder: str, until: datetime) -> None:
    with desk.book.write() as tx:
        tx.run("jobs.take", {"request_id": request_id, "holder": holder, "until": until, "now": desk.now})


def test_a_request_that_another_process_holds_is_left_to_it_until_its_lease_ends(desk: Desk) -> None:
    request_id = desk.accept()
    take(desk, request_id, "elsewhere/1/1/x", NOW + timedelta(seconds=60))
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    desk.now = NOW + timedelta(seconds=59, microseconds=999_999)
    assert desk.work() == []
    desk.now = NOW + timedelta(seconds=60)
    assert desk.work() == [request_id]


def test_the_lease_of_a_process_that_is_gone_is_free_at_once(desk: Desk) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    host = job_runs.holder_of_this_process().split("/")[0]
    gone.wait()
    request_id = desk.accept()
    take(desk, request_id, f"{host}/{gone.pid}/1/x", NOW + timedelta(hours=1))
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    assert desk.work() == [request_id]


def test_a_process_number_used_again_is_another_process() -> None:
    mine = job_runs.holder_of_this_process()
    host, pid, started, _ = mine.split("/")
    assert not job_runs.is_gone(mine)
    assert job_runs.is_gone(f"{host}/{pid}/{int(started) - 1}/x")
    assert not job_runs.is_gone(f"another-host/{pid}/1/x")
    assert pid == str(os.getpid())


def test_whoever_lost_the_lease_writes_nothing_more(desk: Desk) -> None:
    request_id = desk.accept()

    def robbed(job: Job) -> None:
        take(desk, request_id, "elsewhere/1/1/x", NOW + timedelta(hours=1))
        with job.write() as (tx, _):
            jobs.note(tx, request_id, written=True)

    desk.step = robbed
    assert desk.work() == [request_id]
    assert desk.status(request_id, with_information=True)["additionalInformation"] is None
    assert desk.status(request_id)["status"] == "In Progress"


def test_every_write_of_a_job_renews_its_lease(desk: Desk) -> None:
    request_id = desk.accept()
    seen: list[Any] = []

    def slow(job: Job) -> None:
        desk.now = NOW + timedelta(seconds=30)
        with job.write() as (tx, _):
            jobs.note(tx, request_id, part=1)
        seen.append(desk.sql("SELECT lease_until FROM book.async_request")[0][0])
        finish(job, jobs.COMPLETED)

    desk.step = slow
    desk.work()
    assert seen == [NOW + timedelta(seconds=30) + job_runs.LEASE]


# What goes wrong


def test_a_refusal_ends_its_request_with_its_errors(desk: Desk) -> None:
    def refused(job: Job) -> None:
        raise Refused(InsuranceError("GB-X-001", "No.", {"a": 1}))

    request_id = desk.accept()
    desk.step = refused
    desk.work()
    told = desk.status(request_id)
    assert (told["status"], told["failedJobCount"], told["pendingJobCount"]) == ("Failed", 1, 0)
    assert told["result"] == {"errors": [{"code": "GB-X-001", "message": "No.", "additionalInfo": {"a": 1}}]}


def test_a_defect_ends_its_request_without_its_words_and_the_next_is_worked_on(desk: Desk) -> None:
    def broken(job: Job) -> None:
        if job.request_id == first:
            raise RuntimeError("Noor Haddad, born 1984-02-11")
        finish(job, jobs.COMPLETED)

    first, second = desk.accept(), desk.accept()
    desk.step = broken
    assert desk.work() == [first, second]
    assert "Noor" not in str(desk.status(first))
    assert [desk.status(one)["status"] for one in (first, second)] == ["Failed", "Completed"]


def test_a_busy_book_leaves_the_request_open_and_costs_no_attempt(desk: Desk) -> None:
    def busy(job: Job) -> None:
        raise BookBusy("book_busy", "", "Busy.")

    request_id = desk.accept()
    desk.step = busy
    with pytest.raises(BookBusy):
        desk.work()
    assert desk.sql("SELECT status, lease_holder, n_attempts FROM book.async_request") == [("In Progress", None, 0)]
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    assert desk.work() == [request_id]


def test_a_request_that_killed_five_processes_is_given_up(desk: Desk) -> None:
    request_id = desk.accept()
    for _ in range(job_runs.MOST_ATTEMPTS):
        take(desk, request_id, "elsewhere/1/1/x", NOW)
    assert desk.work() == []
    assert desk.status(request_id)["result"]["errors"][0]["code"] == "GB-JOB-002"
    assert desk.sql("SELECT action, record_ids FROM book.audit_entry") == [("job given up", [request_id])]


def test_four_attempts_are_not_too_many(desk: Desk) -> None:
    request_id = desk.accept()
    for _ in range(job_runs.MOST_ATTEMPTS - 1):
        take(desk, request_id, "elsewhere/1/1/x", NOW)
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    assert desk.work() == [request_id]


# Cancelling


def cancel(desk: Desk, request_id: str, scope: Scope = EVERYTHING) -> dict[str, Any]:
    with desk.book.write() as tx:
        return jobs.cancel(tx, request_id, scope=scope, now=desk.now)


def test_a_request_that_waits_is_cancelled_and_never_worked_on(desk: Desk) -> None:
    request_id = desk.accept()
    told = cancel(desk, request_id)
    assert (told["status"], told["cancelledJobCount"], told["jobCount"]) == ("Cancelled", 1, 1)
    assert desk.work() == []


def test_what_was_done_stays_done_when_a_job_at_work_is_cancelled(desk: Desk) -> None:
    def half(job: Job) -> None:
        with job.write() as (tx, _):
            made = jobs.add_items(tx, job.request_id, items(3))
            done = made.head(1).select(
                "async_item_id", status=pl.lit(jobs.COMPLETED), additional_information=pl.lit("{}")
            )
            jobs.end_items(tx, job.request_id, done)
        cancel(desk, job.request_id)
        with job.write():
            raise AssertionError("the request is not ours any more")

    request_id = desk.accept()
    desk.step = half
    desk.work()
    told = desk.status(request_id)
    assert (told["status"], told["successfulJobCount"], told["cancelledJobCount"]) == ("Cancelled", 1, 2)
    assert [item["status"] for item in told["requestItems"]] == ["Completed", "Cancelled", "Cancelled"]


def test_an_ended_request_cannot_be_cancelled_nor_one_out_of_scope(desk: Desk) -> None:
    request_id = desk.accept(account_id="001A")
    with pytest.raises(Refused, match=r"Specify a valid input for requestId\."):
        cancel(desk, request_id, Scope(account_ids=("001B",)))
    cancel(desk, request_id)
    with pytest.raises(Refused, match="has ended already") as caught:
        cancel(desk, request_id)
    assert caught.value.status == 409


# Details


@pytest.mark.rule("BC-82")
def test_details_are_read_in_pages_and_deleted_and_keep_to_255_characters(desk: Desk) -> None:
    request_id = desk.accept(account_id="001A")
    with desk.book.write() as tx:
        (item_id,) = jobs.add_items(tx, request_id, items(1))["async_item_id"]
        told = pl.DataFrame({"name": ["Row 1", "Row 2", "Row 3"], "description": ["x" * 300, None, "no"],
                             "status": ["Failed", "Success", "Failed"]})  # fmt: skip
        jobs.add_details(
            tx, request_id, told.with_columns(async_item_id=pl.lit(item_id), reference_record_id=pl.lit("0rfA"))
        )
    with desk.book.read() as tx:
        first, second = (jobs.details(tx, request_id, limit=2, offset=at, scope=EVERYTHING) for at in (0, 2))
        failed = jobs.details(tx, request_id, status="Failed", limit=10, scope=EVERYTHING)
        with pytest.raises(Refused, match="status"):
            jobs.details(tx, request_id, status="Lost", limit=10, scope=EVERYTHING)
    assert [row["Name"] for row in (*first, *second)] == ["Row 1", "Row 2", "Row 3"]
    assert [row["Name"] for row in failed] == ["Row 1", "Row 3"]
    assert len(first[0]["Description"]) == 255
    with desk.book.write() as tx:
        with pytest.raises(Refused):
            jobs.delete_detail(tx, first[0]["Id"], scope=Scope(account_ids=("001B",)))
        with pytest.raises(Refused, match="hasn't ended") as early:
            jobs.delete_detail(tx, first[0]["Id"], scope=EVERYTHING)
        jobs.end(tx, request_id, now=NOW, result={}, status=jobs.WITH_ERRORS)
        counted = jobs.status(tx, request_id, scope=EVERYTHING)
        jobs.delete_detail(tx, first[0]["Id"], scope=EVERYTHING)
        assert jobs.status(tx, request_id, scope=EVERYTHING) == counted
        with pytest.raises(Refused) as caught:
            jobs.detail(tx, first[0]["Id"], scope=EVERYTHING)
    assert (early.value.status, caught.value.status) == (409, 404)


# The trail, and the thread


def test_what_a_job_writes_is_in_the_trail_as_the_act_of_whoever_asked(desk: Desk) -> None:
    request_id = desk.accept(requested_by="0at1", http_request_id="req-1")
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    desk.work()
    entries = desk.sql("SELECT principal, action, request_id, record_ids FROM book.audit_entry")
    assert entries == [("0at1", f"job {KIND}", "req-1", [request_id])]
    with desk.book.read() as tx:
        assert audit.verify(tx).n_entries == 1


def test_a_worker_does_what_it_finds_and_what_it_is_woken_for(desk: Desk) -> None:
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    found = desk.accept()
    worker = job_runs.Worker(desk.book, desk.clock, idle_s=60.0)
    worker.start()
    try:
        assert until(lambda: desk.status(found)["status"] == "Completed")
        woken = desk.accept()
        worker.wake()
        assert until(lambda: desk.status(woken)["status"] == "Completed")
    finally:
        worker.stop()
    assert desk.ran == [found, woken]


def test_a_worker_that_is_stopped_leaves_its_request_to_the_next(desk: Desk) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def long(job: Job) -> None:
        begun.set()
        go_on.wait(5)
        with job.write():
            raise AssertionError("told to stop")

    request_id = desk.accept()
    desk.step = long
    worker = job_runs.Worker(desk.book, desk.clock, idle_s=60.0)
    worker.start()
    assert begun.wait(5)
    threading.Timer(0.2, go_on.set).start()
    worker.stop()
    assert desk.sql("SELECT lease_holder FROM book.async_request") == [(None,)]
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    assert desk.work() == [request_id]


def until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_two_workers_never_work_on_one_request(desk: Desk) -> None:
    desk.step = lambda job: finish(job, jobs.COMPLETED)
    asked = [desk.accept() for _ in range(6)]
    threads = [threading.Thread(target=desk.work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(desk.ran) == asked


def test_lost_is_what_a_job_hears_when_it_is_told_to_stop(desk: Desk) -> None:
    request_id = desk.accept()
    take(desk, request_id, "me", NOW + timedelta(hours=1))
    job = Job(desk.book, desk.clock, "me", request_id, KIND, None, None, {}, is_stopped=lambda: True)
    with pytest.raises(Lost), job.write():
        pass
