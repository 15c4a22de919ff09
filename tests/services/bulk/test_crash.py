"""A process killed in the middle of an upload: the next one ends it, nothing is doubled, nothing half made."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services import audit, job_runs, jobs
from services.book import Book
from services.bulk import process
from services.scope import EVERYTHING
from tests.services.bulk import worker
from tests.services.bulk.desk import NAMES_ONLY, Desk, lines
from tests.services.census_load.builder import CENSUS, NOW, World

FAMILIES = 700
TEXT = lines(
    *(
        row
        for n in range(FAMILIES)
        for row in (["Noor", f"Family{n}", "Self"], ["Elias", f"Family{n}", "Spouse"], ["", f"Family{n}", "Child"])
    )
)


def check(book: Book, request_id: str) -> None:
    """Everything is there once: two members of each family, one detail for each row, every item ended."""
    with book.read() as tx:
        told = jobs.status(tx, request_id, scope=EVERYTHING)
        run = tx.connection.execute
        members = run("SELECT count(*), count(DISTINCT member_key) FROM book.census_member").fetchall()
        details = run(
            "SELECT count(*), count(DISTINCT name), count(DISTINCT async_detail_id) FROM book.async_detail"
        ).fetchall()
        loads = run("SELECT sum(n_rows), sum(n_created), sum(n_refused) FROM book.census_load").fetchall()
        lines_kept = run("SELECT count(*), count(DISTINCT line_number) FROM raw.census_row").fetchall()
        counters = run(
            f"SELECT total_members, total_dependents FROM book.group_census WHERE group_census_id = '{CENSUS}'"
        ).fetchall()
        documents = run("SELECT count(*) FROM book.content_document").fetchall()
        audit.verify(tx)
    n = FAMILIES
    assert (told["status"], told["pendingJobCount"], told["rowsCreated"]) == ("Completed With Errors", 0, 2 * n)
    assert members == [(2 * n, 2 * n)]
    assert details == [(3 * n, 3 * n, 3 * n)]
    assert loads == [(3 * n, 2 * n, n)]
    assert lines_kept == [(3 * n, 3 * n)]
    assert counters == [(n, n)]
    assert documents == [(2,)]  # the upload and its error file


@pytest.mark.rule("BC-43", "BC-9")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_upload_is_ended_by_the_next_process(desk: Desk, seed: int) -> None:
    request_id = desk.ask(TEXT, mapping=NAMES_ONLY, batch_size=50)
    desk.world.book.close()  # type: ignore[attr-defined]
    path = desk.world.book.path
    child = subprocess.Popen(
        [sys.executable, str(Path(worker.__file__)), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("go\n")
    child.stdin.flush()
    time.sleep(random.Random(seed).uniform(0.0, 0.9))
    child.kill()
    child.wait()
    book = Book(path)
    job_runs.run_pending(book, lambda: NOW)
    check(book, request_id)


@pytest.mark.rule("BC-43")
@pytest.mark.parametrize("n_writes", [0, 1])
def test_an_upload_begins_again_behind_each_of_its_transactions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, n_writes: int
) -> None:
    """The same without a process: it stops dead after some of its writes, and another one takes up what is left.

    There are two: its batches are written down, and then they are loaded and the request ended, both or neither.
    """
    request_id = desk.ask(TEXT, mapping=NAMES_ONLY, batch_size=50)
    real, count = job_runs.Job.write, 0

    def dying(self: job_runs.Job):
        nonlocal count
        count += 1
        if count > n_writes:
            raise KeyboardInterrupt
        return real(self)

    monkeypatch.setattr(job_runs.Job, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        desk.work()
    monkeypatch.undo()
    desk.work()
    check(desk.world.book, request_id)


@pytest.mark.rule("BC-43", "BC-9")
def test_batches_that_were_done_one_by_one_are_not_done_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = desk.ask(lines(*[[f"P{n}", "Stone", "Self"] for n in range(8)]), mapping=NAMES_ONLY, batch_size=2)
    real, loaded = process.load_censuses, []

    def once(tx, landing, **more):
        n = landing.persons.height
        if n > 2:
            raise RuntimeError("too much at once")
        if len(loaded) == 2:
            raise KeyboardInterrupt
        loaded.append(n)
        return real(tx, landing, **more)

    monkeypatch.setattr(process, "load_censuses", once)
    with pytest.raises(KeyboardInterrupt):
        desk.work()
    monkeypatch.undo()
    assert desk.names() == ["P0", "P1", "P2", "P3"]
    desk.work()
    told = desk.status(request_id)
    assert desk.names() == [f"P{n}" for n in range(8)]
    assert (told["status"], told["rowsRead"], told["rowsCreated"], told["jobCount"]) == ("Completed", 8, 8, 4)
    assert World(desk.world.book).sql("SELECT count(*) FROM book.async_detail") == [(8,)]


@pytest.mark.rule("BC-43", "BC-9")
def test_an_upload_whose_batches_are_all_done_is_only_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = desk.ask(lines(*[[f"P{n}", "Stone", "Self"] for n in range(4)]), mapping=NAMES_ONLY, batch_size=2)
    real = process.load_censuses

    def by_twos(tx, landing, **more):
        if landing.persons.height > 2:
            raise RuntimeError("too much at once")
        return real(tx, landing, **more)

    def dying(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "load_censuses", by_twos)
    monkeypatch.setattr(process.report, "finish", dying)
    with pytest.raises(KeyboardInterrupt):
        desk.work()
    monkeypatch.undo()
    assert desk.status(request_id)["status"] == "In Progress"
    monkeypatch.setattr(process, "load_censuses", dying)
    desk.work()
    told = desk.status(request_id)
    assert (told["status"], told["rowsRead"], told["rowsCreated"], told["jobCount"]) == ("Completed", 4, 4, 2)
    assert desk.names() == [f"P{n}" for n in range(4)]


@pytest.mark.rule("BC-9")
def test_what_breaks_the_end_of_a_request_costs_no_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = desk.ask(lines(["Noor", "Stone", "Self"]), mapping=NAMES_ONLY)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no end")

    monkeypatch.setattr(process.report, "finish", broken)
    desk.work()
    told = desk.status(request_id)
    assert (told["status"], told["result"]["errors"][0]["code"]) == ("Failed", "GB-JOB-003")
    assert desk.names() == ["Noor"]
    assert World(desk.world.book).sql("SELECT count(*) FROM book.async_detail") == [(1,)]
