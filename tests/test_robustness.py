"""What happens when the machine fails in the middle: a killed load, a full disk, a read-only folder.

Each test breaks a real process at work on a real book, then shows that nothing was half-written and
that a second try, after mending, works.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from services.book import Book
from services.cohort import run_cohort
from services.refusals import Refusal

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "samples" / "book"
NOW = datetime(2026, 11, 20, 12, 0)

_CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from services.book import Book
from services.cohort import run_cohort
book = Book(Path(sys.argv[1]))
print("begun", flush=True)
run_cohort(book, Path(sys.argv[2]), cohort="sample", now=datetime(2026, 11, 20, 12, 0))
print("done", flush=True)
"""


@pytest.fixture
def book(book: Book) -> Book:
    """A book that each unit of work opens and closes, since opening and locking are what is broken here."""
    return Book(book.path)


def _counts(path: Path) -> dict[str, int]:
    with duckdb.connect(str(path)) as opened:
        return {
            table: opened.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
            for table in (
                "book.census_member",
                "book.member_plan",
                "book.census_load",
                "raw.census_row",
                "raw.census_person",
                "out.coverage_premium",
                "out.rating_run",
            )
        }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], float]:
    """The counts of an undisturbed run, and how many seconds it took."""
    path = tmp_path_factory.mktemp("whole") / "benefits.duckdb"
    begun = time.monotonic()
    run_cohort(Book(path), SAMPLE, cohort="sample", now=NOW)
    return _counts(path), time.monotonic() - begun


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_run_leaves_all_of_a_step_or_nothing_and_a_second_try_completes_it(
    seed: int, tmp_path: Path, whole: tuple[dict[str, int], float]
) -> None:
    expected, seconds = whole
    path = tmp_path / "benefits.duckdb"
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(path), str(SAMPLE)], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.1, 0.9) * seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()

    if path.exists() and _has_book(path):
        left = _counts(path)
        loaded = left["book.census_load"] > 0
        for table in ("book.census_member", "book.member_plan", "raw.census_row", "raw.census_person"):
            assert left[table] == (expected[table] if loaded else 0), table
        rated = left["out.rating_run"] > 0
        assert left["out.coverage_premium"] == (expected["out.coverage_premium"] if rated else 0)
    run_cohort(Book(path), SAMPLE, cohort="sample", now=NOW)
    after = _counts(path)
    for table in ("book.census_member", "book.member_plan", "raw.census_row", "raw.census_person"):
        assert after[table] == expected[table], table


def _has_book(path: Path) -> bool:
    with duckdb.connect(str(path)) as opened:
        return bool(opened.execute("SELECT 1 FROM information_schema.tables WHERE table_schema = 'out'").fetchall())


def test_a_full_disk_is_one_plain_sentence_and_leaves_the_book_as_it_was(book: Book) -> None:
    path = book.path
    before = _counts(path)
    # Nothing may be written beyond the first 100 kB of any file: less than the first load needs.
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from services.refusals import Refusal\n"
        + _CHILD.replace("run_cohort(book", "try:\n    run_cohort(book").replace(
            'print("done", flush=True)',
            'except Refusal as refusal:\n    print(refusal.code, "|", refusal)\n    sys.exit(3)',
        )
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(SAMPLE)], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.splitlines()[-1][:14]) == (3, "disk_refused |"), done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert _counts(path) == before
    run_cohort(book, SAMPLE, cohort="sample", now=NOW)
    assert _counts(path)["book.census_member"] > 700
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_folder_that_cannot_be_made_is_one_plain_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    with pytest.raises(Refusal) as refused:
        Book(in_the_way / "benefits.duckdb").create(NOW)
    assert refused.value.code == "disk_refused"
    assert "BENEFITS_BOOK" in refused.value.remedy


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all, but long enough to look like one" * 400, os.urandom(20_000)]
)
def test_a_file_that_is_no_book_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "benefits.duckdb"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused, Book(path).write():
        pass
    assert refused.value.code == "book_unreadable"
    assert path.read_bytes() == content


def test_a_book_of_another_version_is_refused_with_the_remedy(book: Book) -> None:
    with book.write() as tx:
        tx.connection.execute("UPDATE book.version SET schema_version = 0").fetchall()
    with pytest.raises(Refusal) as refused, book.read():
        pass
    assert (refused.value.code, refused.value.remedy) == (
        "book_version",
        "Type `benefits migrate` to bring it forward.",
    )
    with duckdb.connect(str(book.path)) as opened:
        opened.execute("UPDATE book.version SET schema_version = 99").fetchall()
    with pytest.raises(Refusal, match="newer version of the program"), book.read():
        pass


def test_an_error_inside_a_write_leaves_nothing_behind(book: Book) -> None:
    def half() -> None:
        with book.write() as tx:
            tx.mint("0r6", 5)
            raise RuntimeError("stopped half way")

    with pytest.raises(RuntimeError):
        half()
    with book.write() as tx:
        assert tx.mint("0r6", 1) == 1


def test_a_book_kept_past_the_deadline_says_so(book: Book) -> None:
    impatient = Book(book.path, lock_timeout_s=0.2)
    with book.write(), pytest.raises(Refusal) as refused, impatient.read():
        pass
    assert refused.value.code == "book_busy"


def test_readers_share_the_book(book: Book) -> None:
    other = Book(book.path, lock_timeout_s=0.2)
    with book.read() as one, other.read() as two:
        assert one.rows("book.version") == two.rows("book.version")
