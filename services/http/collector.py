"""The memory collector of a process that serves.

What lives here: `collecting_rarely`. What does not: the application, of which a process may have several (`app`).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Tune the collector for payloads of thousands of rows (what is loaded by now lives as long as the process)."""
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()  # what stays frozen is never freed, and DuckDB's binding ends the process with pages of leaks
