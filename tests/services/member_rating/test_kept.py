"""Member rating on the book of a server, which keeps plans and rates: the same cents, and new ones at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.book import Book
from services.member_rating.rate import rate_family
from services.member_rating.spelling import REST, spelled
from services.scope import EVERYTHING
from services.shared_book import SharedBook
from tests.services.member_rating.desk import EMPLOYEE, MEDICAL, SPOUSE, a_book

ASKED = [{"memberId": each, "plans": [{"planId": MEDICAL, "planCoverageIds": None}]} for each in (EMPLOYEE, SPOUSE)]
DEARER = "UPDATE ref.rate_cell SET rate = rate * 2"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SharedBook]:
    book = SharedBook(a_book(tmp_path).path, idle_s=30.0)
    yield book
    book.close()


def answer(book: Book, day: str | None = None) -> bytes:
    with book.read() as tx:
        return spelled(rate_family(tx, EMPLOYEE, ASKED, effective_date=day, scope=EVERYTHING), REST)


def alone(shared: SharedBook, day: str | None = None) -> bytes:
    """The answer of a process that keeps nothing."""
    assert shared.close()
    return answer(Book(shared.path), day)


@pytest.mark.parametrize("day", [None, "2026-04-16"])
def test_the_second_answer_is_that_of_a_process_that_keeps_nothing(shared: SharedBook, day: str | None) -> None:
    first = answer(shared)  # on another day perhaps: what is kept hangs on none
    second = answer(shared, day)
    assert second == alone(shared, day)
    assert (second == first) == (day is None)


def test_rates_changed_by_this_process_are_asked_at_once(shared: SharedBook) -> None:
    before = answer(shared), answer(shared)
    with shared.write() as tx:
        tx.connection.execute(DEARER)
    after = answer(shared)
    assert before[0] == before[1] != after
    assert after == alone(shared)


def test_rates_changed_by_another_process_are_asked_at_once(shared: SharedBook) -> None:
    before = answer(shared), answer(shared)
    assert shared.close()
    with Book(shared.path).write() as tx:
        tx.connection.execute(DEARER)
    assert answer(shared) == alone(shared) != before[0]


def test_the_second_family_needs_fewer_statements(shared: SharedBook, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    monkeypatch.setattr("services.book.moves_shelf", lambda name: names.append(name) is not None)
    answer(shared)
    first = len(names)
    names.clear()
    answer(shared)
    assert not {"gather.rate_cells", "gather.offers", "gather.rules", "gather.final_rates"} & set(names)
    assert len(names) <= first // 2
