"""Jobs from a quote to policies whose process is killed: the next one ends them, nothing doubled, nothing half-made.

What lives here: three seeds of each kind (`make soak` runs thirty), and one process that is really killed. What does
not: the dying and the comparing (`tests.crashes`).
"""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import crashes
from tests.open_book import OpenBook
from tests.services.bulk import worker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crashes")


@pytest.mark.rule("EN-23", "CQ-11", "PR-24")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", list(crashes.KINDS))
def test_a_job_that_died_leaves_what_one_leaves_that_did_not(name: str, seed: int, folder: Path) -> None:
    assert crashes.crash(name, seed, folder)


@pytest.mark.rule("EN-23")
def test_an_enrollment_killed_from_outside_is_ended_by_the_next_process(tmp_path: Path, folder: Path) -> None:
    want, _ = crashes.undisturbed("GroupEnrollment", folder)
    book, request_id = crashes.asked("GroupEnrollment", tmp_path)
    child = subprocess.Popen(
        [sys.executable, str(Path(worker.__file__)), str(book.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("go\n")
    child.stdin.flush()
    time.sleep(random.Random(1).uniform(0.0, 0.5))
    child.kill()
    child.wait()
    again = OpenBook(book.path)
    crashes.finish(again, "GroupEnrollment", request_id)
    got = crashes.left(again, "GroupEnrollment", request_id)
    # The killed process has another clock: what is counted and what it costs is the same.
    for table in ("book.insurance_policy", "book.policy_participant", "book.policy_coverage", "book.policy_line"):
        assert len(got[table]) == len(want[table])
    assert got["book.policy_line"] == want["book.policy_line"]
    assert [row[:1] for row in got["details"]] == [row[:1] for row in want["details"]]
