"""What a request costs: as many statements for a thousand members as for ten, and no Python call for each member."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from services.book import Transaction
from services.members import connect, remove
from services.scope import EVERYTHING
from tests.services.census_load.builder import CENSUS, NOW
from tests.services.members.door import Door, child, head


def families(n: int) -> list[dict[str, Any]]:
    """n families of three, each with its class."""
    made: list[dict[str, Any]] = []
    for k in range(n):
        source = f"S{k}"
        made.append(head(f"P{k}", source=source, groupClassName="Salaried", birthdate="1980-01-01"))
        made += [child(f"{role}{k}", source=f"{source}-{role}", of=source, role=role) for role in ("Child", "Spouse")]
    return made


class Counted(Transaction):
    """A transaction that counts its statements."""

    def __init__(self, inner: Transaction) -> None:
        super().__init__(inner.connection)
        self.n = 0

    def run(self, name: str, params: Any = None) -> None:
        self.n += 1
        super().run(name, params)

    def rows(self, name: str, params: Any = None) -> list[tuple[Any, ...]]:
        self.n += 1
        return super().rows(name, params)

    def table(self, name: str, params: Any = None) -> Any:
        self.n += 1
        return super().table(name, params)


def cost(door: Door, act: Callable[[Transaction], Any]) -> tuple[int, int, Any]:
    """Statements, Python calls, and the answer."""
    calls = 0

    def seen(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    with door.world.book.write() as tx:
        counted = Counted(tx)
        sys.setprofile(seen)
        try:
            answer = act(counted)
        finally:
            sys.setprofile(None)
        return counted.n, calls, answer


def cycle(door: Door, n: int) -> list[tuple[int, int]]:
    """Statements and Python calls of adding, adding again, changing and deleting n families."""
    made = families(n)
    again: dict[str, Any] = {"scope": EVERYTHING, "now": NOW}
    s1, c1, added = cost(door, lambda tx: connect.add(tx, CENSUS, made, **again))
    assert added.is_success and len(added.member_ids) == 3 * n
    s2, c2, _ = cost(door, lambda tx: connect.add(tx, CENSUS, [{**m, "city": "Porto"} for m in made], **again))
    rows = [{"id": i, "isOptOutAllPlans": True, "street": "x"} for i in added.member_ids]
    s3, c3, changed = cost(door, lambda tx: connect.change(tx, CENSUS, rows, **again))
    assert changed.is_success
    s4, c4, gone = cost(door, lambda tx: remove.delete_listed(tx, CENSUS, added.member_ids, **again))
    assert len(gone) == 3 * n
    return [(s1, c1), (s2, c2), (s3, c3), (s4, c4)]


@pytest.mark.rule("CM-2")
def test_statements_do_not_depend_on_the_number_of_members(door: Door) -> None:
    cycle(door, 1)  # the first id of a kind begins its counter, which is a statement of its own
    few, many = cycle(door, 3), cycle(door, 300)
    assert [statements for statements, _ in few] == [statements for statements, _ in many]


def test_python_calls_do_not_depend_on_the_number_of_members(door: Door) -> None:
    cycle(door, 3)  # what is cached is there afterwards
    few, many = cycle(door, 3), cycle(door, 300)
    # 297 more families: a call for each would show. The answer itself is one dictionary or id for each row.
    assert all(more - less < 297 for (_, less), (_, more) in zip(few, many, strict=True)), (few, many)


def test_a_change_of_one_member_reads_its_family_only(door: Door) -> None:
    added = door.add(*families(50)).member_ids
    read: list[int] = []

    class Watched(Counted):
        def rows(self, name: str, params: Any = None) -> Any:
            found = super().rows(name, params)
            if name.startswith("members.near"):
                read.append(len(found))
            return found

    with door.world.book.write() as tx:
        connect.change(Watched(tx), CENSUS, [{"id": added[3], "city": "Porto"}], scope=EVERYTHING, now=NOW)
    assert max(read) == 3
