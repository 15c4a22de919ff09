"""A process that works on the open requests of a book, to be killed by its parent: `python worker.py BOOK`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from services import job_runs
from services.bulk import process
from services.shared_book import SharedBook
from tests.conftest import NOW

if __name__ == "__main__":
    book = SharedBook(sys.argv[1])
    assert callable(process.upload)
    print("ready", flush=True)
    sys.stdin.readline()
    job_runs.run_pending(book, lambda: NOW)
    book.close()
    print("done", flush=True)
