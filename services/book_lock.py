"""Who may have the book open: a lock on one side file, and the turnstile on a second, where those who wait stand.

What lives here: taking, holding and looking at both; the kernel drops them when a process dies. What does not: the
opening of the book (`services.book`, `services.shared_book`).
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.faults import disk_refused
from services.refusals import BookBusy

LOOK_S = 0.01
"""How often whoever waits tries again."""


@contextmanager
def locked(path: Path, timeout_s: float, *, exclusive: bool) -> Iterator[None]:
    """Hold the lock of the book at a path; polled to a deadline. Raises BookBusy past it.

    Whoever waits stands in the turnstile, one process at a time: so no one is overtaken for ever, and a server that
    keeps the book open between requests sees that somebody waits.
    """
    deadline = time.monotonic() + timeout_s
    entrance = turnstile(path)
    try:
        _wait(entrance, fcntl.LOCK_EX, deadline, busy(path, timeout_s))
        handle = _side_file(path, ".lock")
        try:
            _wait(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH, deadline, busy(path, timeout_s))
        except BaseException:
            os.close(handle)
            raise
    finally:
        os.close(entrance)
    try:
        yield
    finally:
        os.close(handle)


def busy(path: Path, timeout_s: float) -> BookBusy:
    """The refusal of whoever waited past the deadline."""
    return BookBusy(
        "book_busy",
        str(path),
        f"The book {path} has been in use for {timeout_s:.0f} seconds.",
        "Wait for the other run to end, then try again.",
    )


def turnstile(path: Path) -> int:
    """The open turnstile of the book at a path, which the caller closes."""
    return _side_file(path, ".turn")


def is_taken(turnstile: int) -> bool:
    """Another process stands in the turnstile."""
    try:
        fcntl.flock(turnstile, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    with suppress(OSError):
        fcntl.flock(turnstile, fcntl.LOCK_UN)
    return False


def _side_file(path: Path, suffix: str) -> int:
    side = path.with_name(path.name + suffix)
    try:
        return os.open(side, os.O_RDWR | os.O_CREAT, 0o664)
    except OSError as fault:
        raise disk_refused(side, fault) from fault


def _wait(handle: int, kind: int, deadline: float, refusal: BookBusy) -> None:
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise refusal from None
            time.sleep(LOOK_S)
