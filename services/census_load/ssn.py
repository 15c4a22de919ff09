"""The key under which social security numbers are hashed.

What lives here: finding or making the key beside the book. What does not: the hash (it is taken in the
database), and the numbers themselves, which live in memory only and are never stored.

The key is a file `<book>.key`, readable by its owner only, made on first use. Without it the hashes in the
book say nothing; with another key they no longer match, so it is backed up with the book.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from services.book import Transaction


def key_beside(tx: Transaction, *, may_create: bool) -> str:
    """The key of the book that the transaction is on.

    A book that has none yet holds no hash to compare with, so any key serves where none `may_create`.
    """
    found = tx.row("census.book_path")
    path = Path(f"{found[0]}.key") if found and found[0] else None
    if path is None or not (may_create or path.exists()):
        return secrets.token_hex(32)
    return key_at(path)


def key_at(path: Path) -> str:
    """The key kept at a path; made there, whole or not at all, when there is none."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    return path.read_text().strip()
