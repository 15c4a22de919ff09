"""The bytes of the file taken in last, handed on in memory to whoever of the same process reads them next.

What lives here: one file, known by its SHA-256. What does not: which file somebody may read: that the book says, and
says the hash with it (`services.documents`).

A file that is uploaded is read twice at once, by the preflight and by the job. From the book that means unpacking
megabytes each time. The hash makes what is handed on true whatever became of the transaction that took the file in: it
is the bytes that the book tells the hash of, or it is not used.
"""

import threading

_LOCK = threading.Lock()
_held: dict[str, bytes] = {}


def hold(sha256: str, data: bytes) -> None:
    """Keep a file for those who read it next, in place of the one before."""
    with _LOCK:
        _held.clear()
        _held[sha256] = data


def held(sha256: str) -> bytes | None:
    """The bytes of that hash, if they are still at hand."""
    return _held.get(sha256)


def let_go(sha256: str | None = None) -> None:
    """Forget the file of that hash, or whichever is held."""
    with _LOCK:
        if sha256 is None or sha256 in _held:
            _held.clear()
