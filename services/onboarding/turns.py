"""One request of an operation at a time for each partner (ON-19), among threads and processes that share a book.

What lives here: `Turns`. What does not: which operations there are, and the answer to whoever comes too early (the
doors).

A turn is never waited for, so it cannot wait in a circle with the lock of the book. Among threads it is an entry in a
set, among processes a lock on one byte of a side file, which the kernel drops when a process dies.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.faults import disk_refused
from services.onboarding.faults import overlapping

_PLACES = 2**31 - 1


class Turns:
    """The turns of one process at a book."""

    def __init__(self, book: Path) -> None:
        self.path = book.with_name(f"{book.name}.turns")
        self._guard = threading.Lock()
        self._taken: set[int] = set()
        self._handle: int | None = None
        """Stays open: closing any handle of the file would drop every lock that the process has on it."""

    @contextmanager
    def take(self, partner: str, operation: str) -> Iterator[None]:
        """Hold the turn of a partner at an operation; Refused with 429 while another request has it."""
        place = _place(partner, operation)
        with self._guard:
            if place in self._taken or not self._lock(place):
                raise overlapping()
            self._taken.add(place)
        try:
            yield
        finally:
            with self._guard:
                self._taken.discard(place)
                if self._handle is not None:  # closing it has given up every lock
                    fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, place)

    def close(self) -> None:
        """Give up the side file."""
        with self._guard:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def _lock(self, place: int) -> bool:
        if self._handle is None:
            try:
                self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o664)
            except OSError as fault:
                raise disk_refused(self.path, fault) from fault
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        return True


def _place(partner: str, operation: str) -> int:
    """The byte that stands for a partner's turn at an operation."""
    told = hashlib.sha256(f"{partner}\n{operation}".encode()).digest()
    return int.from_bytes(told[:8]) % _PLACES
