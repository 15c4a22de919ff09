"""The sums behind the pictures of a run, on a book whose figures are worked out in `tests/analyst_book.py`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from services import pictures
from services.book import Book
from tests.analyst_book import ANN, CID, CURRENT, filled_book

Bars = tuple[list[str], dict[str, list[float]]]


@pytest.fixture
def filled(tmp_path: Path) -> Book:
    """The small finished book; here Ann is born late in a year, and nobody knows when Cid is."""
    book = filled_book(tmp_path)
    with book.write() as tx:
        for sql, values in (
            ("UPDATE book.census_member SET birth_date = '1986-12-01' WHERE group_census_member_id = ?", [ANN]),
            ("UPDATE book.census_member SET birth_date = NULL WHERE group_census_member_id = ?", [CID]),
            ("UPDATE out.coverage_premium SET rate_date = '2026-01-01'", []),
        ):
            tx.connection.execute(sql, values)
    return book


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Bars]:
    """What would be drawn: labels, and values by colour."""
    seen: list[Bars] = []

    def note(labels: Sequence[str], parts: dict[str, list[float]], title: str, says: str) -> bytes:
        seen.append((list(labels), parts))
        return b""

    monkeypatch.setattr(pictures, "_stacked", note)
    return seen


def test_premium_stands_at_completed_years_and_what_has_no_age_at_its_own_bar(filled: Book, drawn: list[Bars]) -> None:
    # Ann, born on 1 December 1986, is 39 on 1 January 2026, though 2026 - 1986 = 40. Hers: 5,400.00 of medical and
    # 120.00 of life. Cid's 1,209.86 has no age. All bars: Acme's 11,929.82 and Bolt's 360.00.
    with filled.read() as tx:
        pictures.premium_by_age(tx, [CURRENT])
    ((ages, parts),) = drawn
    at = {age: {line: round(values[n], 2) for line, values in parts.items()} for n, age in enumerate(ages)}
    assert (at["30 to 39"]["Medical"], at["30 to 39"]["Life"]) == (5400.00, 120.00)
    assert ages[-1] == "age unknown"
    assert (at[ages[-1]]["Medical"], at[ages[-1]]["Life"]) == (1209.86, 0.00)
    assert round(sum(sum(values) for values in parts.values()), 2) == 12289.82


def test_people_stand_at_completed_years_and_nobody_is_left_out(filled: Book, drawn: list[Bars]) -> None:
    # On 30 November 2026 Ann is 39 for one more day; on 1 December she is 40.
    with filled.read() as tx:
        for day in (date(2026, 11, 30), date(2026, 12, 1)):
            pictures.people_by_age(tx, ["acme"], day)
    for (ages, parts), of_ann in zip(drawn, ("30 to 39", "40 to 49"), strict=True):
        assert parts["Primary"][ages.index(of_ann)] >= 1
        assert ages[-1] == "age unknown"
        assert sum(sum(values) for values in parts.values()) == 3
