"""The work of an upload grows with columns and batches, never with rows."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.book import Transaction
from tests.services.bulk.desk import MAPPING, Desk, lines

HEADER = ["Given", "Family", "Born", "Role", "Class", "Medical", "Vision"]


def families(n: int) -> str:
    """Two rows each; every tenth row fails."""
    rows: list[list[str]] = []
    for k in range(n):
        born = "soon" if k % 5 == 0 else "1984-02-11"
        rows.append([f"Noor{k}", "Haddad", born, "Self", "Salaried", "Harbor PPO|Preventive", "ClearSight"])
        rows.append([f"Elias{k}", "Haddad", "1983-06-02", "Spouse", "", "Harbor PPO", ""])
    return lines(*rows, header=HEADER)


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the statements that are run."""
    calls: list[str] = []
    with monkeypatch.context() as patch:
        for method in ("run", "rows", "table"):
            real: Callable[..., Any] = getattr(Transaction, method)

            def counted(self: Transaction, name: str, params: Any = None, real: Callable[..., Any] = real) -> Any:
                calls.append(name)
                return real(self, name, params)

            patch.setattr(Transaction, method, counted)
        yield calls


def test_a_file_of_many_rows_takes_the_statements_of_one_of_few(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    for n in (10, 200):
        with statements(monkeypatch) as calls:
            done = desk.upload(families(n), mapping=MAPPING, batch_size=2000)
        assert done["rowsRead"] == 2 * n
        told.append(calls)
    first, second = told
    # The second upload finds the members of the first, and no more than that differs.
    assert len(second) - len(first) <= 2


def calls_of(act: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def see(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(see)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def test_ten_times_the_rows_take_no_more_calls_of_python(desk: Desk) -> None:
    desk.upload(families(5), batch_size=2000)  # whatever is done once
    texts = [families(n).replace("Haddad", f"Park{n}") for n in (50, 500)]
    few, many = (calls_of(lambda text=text: desk.upload(text, batch_size=2000)) for text in texts)
    # The error file and the threads of the engines leave a little to chance; a call for each row would be 900 more.
    assert abs(many - few) < 300, f"{few} calls for 100 rows, {many} for 1000"
