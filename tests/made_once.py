"""What is costly to make and only looked at or copied: made once for a whole run of the tests, by whoever asks first.

What lives here: the folder that all workers of a run share, the making under a lock, and the empty book. What does not:
the books of an area, which are made beside its tests.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

from services.book import Book
from tests.open_book import OpenBook, close_all

NOW = datetime(2026, 11, 20, 12, 0)
"""The clock of the tests: services take the time as a parameter."""

SHARED = "TESTS_SHARED_FOLDER"
"""Names the shared folder to the workers, which inherit the variables of the process that starts them."""


@contextmanager
def shared_folder() -> Iterator[None]:
    """A folder for the run of the tests that begins here; gone at its end."""
    os.environ[SHARED] = mkdtemp()
    try:
        yield
    finally:
        shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)


def scratch() -> Path:
    """A new folder of nobody else's, gone when the run of the tests ends."""
    return Path(mkdtemp(dir=os.environ[SHARED]))


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, filled by the first who asks. Whoever wants to change what is in it takes a copy."""
    folder = Path(os.environ[SHARED]) / name
    done = folder / ".done"
    if done.exists():
        return folder
    with folder.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be making it
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left half made by a test that failed
            folder.mkdir()
            make(folder)
            close_all()  # whole files, for all who copy them
            done.touch()
    return folder


def empty_book(path: Path) -> OpenBook:
    """A book with nothing in it at a path; a copy, since making one takes half a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return OpenBook(shutil.copy(empty_file(), path))


def empty_file() -> Path:
    """The file of the book with nothing in it, to be copied."""
    return made_once("empty", lambda folder: Book(folder / "benefits.duckdb").create(NOW)) / "benefits.duckdb"
