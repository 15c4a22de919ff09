"""What a server keeps of the shelf: plans, rates and rules of a contract as they were gathered, until any moves.

What lives here: `KeptShelves` of one open book, the `Hold` of one transaction on them, `kept`, and which statements
write what is kept. What does not: what is kept (`services.gather`, `services.selections.near`), and the book of a
server (`services.shared_book`).

A server holds its file alone, so that nobody else writes while it is open; `SharedBook` forgets everything when the
file was touched while it was closed. Within the process every commit that may have written a kept table gives the
shelf a new mark before it and once more after it. A transaction takes the mark before it begins and uses what is kept
only while the mark is the same after its first statement: no commit lies between, so what is kept is what it sees.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol, TypeVar

from services.queries import statement

MOST_KEPT = 64
"""Contracts of which the plans and rates are kept: a few megabytes at most for each."""

TABLES = (
    "book.contract",
    "book.contract_plan",
    "book.contract_plan_class",
    "book.contract_plan_attribute",
    "book.group_class",
    "book.product",
    "ref.rate_table",
    "ref.rate_table_plan",
    "ref.rate_cell",
    "ref.contribution_rule",
    "ref.final_rate",
)
"""The tables that what is kept was read from."""

_WRITES = re.compile(
    r"\b(?:INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|COPY|ALTER\s+TABLE|DROP\s+TABLE|CREATE\s+(?:OR\s+REPLACE\s+)?TABLE)"
    r"\s+(?:" + "|".join(re.escape(name) for name in TABLES) + r"|\{\w+\})(?![\w.])",
    re.IGNORECASE,
)


@cache
def moves_shelf(name: str) -> bool:
    """Whether a statement writes one of the tables, or one that it does not name itself."""
    return _WRITES.search(statement(name)) is not None


class KeptShelves:
    """The shelves of the contracts rated last, under the mark that they were read at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark = 0
        self._n_moving = 0
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def hold(self, *, is_reader: bool = False) -> "Hold":
        """The hold of a transaction that is about to begin."""
        return Hold(self, self.mark(), is_reader=is_reader)

    def mark(self) -> int | None:
        """The present mark; None while a commit is moving the shelf."""
        with self._lock:
            return None if self._n_moving else self._mark

    def forget(self) -> None:
        """Give the shelf a new mark, and keep nothing of the old one."""
        with self._lock:
            self._mark += 1
            self._kept.clear()

    @contextmanager
    def moving(self) -> Iterator[None]:
        """A commit within the block may move the shelf."""
        with self._lock:
            self._n_moving += 1
        self.forget()
        try:
            yield
        finally:
            self.forget()
            with self._lock:
                self._n_moving -= 1

    def get(self, mark: int, key: Hashable) -> Any:
        """What is kept under a key at a mark; None where nothing is."""
        with self._lock:
            if mark != self._mark or self._n_moving or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, mark: int, key: Hashable, shelf: Any) -> None:
        """Keep something that was read at a mark, unless the shelf moved since; the least used goes."""
        with self._lock:
            if mark != self._mark or self._n_moving:
                return
            self._kept[key] = shelf
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


class Hold:
    """What one transaction may use of what is kept."""

    def __init__(self, shelves: KeptShelves, mark: int | None, *, is_reader: bool) -> None:
        self._shelves = shelves
        self._mark = mark
        self._is_reader = is_reader

    def get(self, key: Hashable) -> Any:
        """What is kept under a key, if the transaction sees the same shelf; asked after its first statement."""
        return None if self._mark is None else self._shelves.get(self._mark, key)

    def put(self, key: Hashable, shelf: Any) -> None:
        """Keep what the transaction read."""
        if self._mark is not None:
            self._shelves.put(self._mark, key, shelf)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """The commit of a transaction that may have moved the shelf; a reader moves nothing."""
        if self._is_reader:
            yield
        else:
            with self._shelves.moving():
                yield


_Made = TypeVar("_Made")


class _Holder(Protocol):
    """What is needed of a transaction; the book itself asks this module, so that it does not import it."""

    shelf: Hold | None
    may_move_shelf: bool


def kept(tx: _Holder, key: Hashable | None, make: Callable[[], _Made]) -> _Made:
    """What is kept under a key, else what `make` reads, kept from now on; asked after the first statement of `tx`.

    Without a key, or where the transaction may have moved the shelf itself, it is read anew and not kept.
    """
    if key is None or tx.shelf is None or tx.may_move_shelf:
        return make()
    found = tx.shelf.get(key)
    if found is None:
        found = make()
        if not tx.may_move_shelf:
            tx.shelf.put(key, found)
    return found
