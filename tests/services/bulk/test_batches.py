"""Batches: ranges of rows that keep families whole."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk import batches
from tests.services.bulk.desk import EXAMPLE, NAMES_ONLY, Desk, lines


def rows(*families: int) -> pl.DataFrame:
    """Rows with the row of the primary of each."""
    return pl.DataFrame({"row": range(1, len(families) + 1), "family": families}, schema_overrides={"row": pl.Int64})


@pytest.mark.rule("BC-7")
def test_a_batch_of_25_ends_at_row_27_where_a_family_would_be_cut() -> None:
    alone = list(range(1, 25))
    family = [25, 25, 25]
    assert batches.cut(rows(*alone, *family, 28, 29), 25).rows() == [(1, 27), (28, 29)]


@pytest.mark.rule("BC-7")
def test_a_batch_that_ends_with_a_family_is_not_stretched() -> None:
    assert batches.cut(rows(1, 1, 3, 3, 5), 2).rows() == [(1, 2), (3, 4), (5, 5)]


@pytest.mark.rule("BC-7")
def test_a_batch_larger_than_the_file_is_the_file() -> None:
    assert batches.cut(rows(1, 1, 3), 10**30).rows() == [(1, 3)]


@given(
    families=st.lists(st.integers(1, 6), min_size=1, max_size=30),
    size=st.integers(1, 10),
)
def test_batches_cover_every_row_once_and_hold_each_family_whole(families: list[int], size: int) -> None:
    heads = [head for head, n in zip(accumulated(families), families, strict=True) for _ in range(n)]
    made = batches.cut(rows(*heads), size).rows()
    covered = [row for first, last in made for row in range(first, last + 1)]
    assert covered == list(range(1, len(heads) + 1))
    batch_of = {row: number for number, (first, last) in enumerate(made) for row in range(first, last + 1)}
    assert all(batch_of[row] == batch_of[head] for row, head in enumerate(heads, start=1))
    assert all(last - first + 1 >= size for first, last in made[:-1])


def accumulated(sizes: list[int]) -> list[int]:
    """The first row of each family."""
    return [1 + sum(sizes[:n]) for n in range(len(sizes))]


@pytest.mark.rule("BC-7")
def test_the_rows_of_a_family_that_lie_apart_are_in_one_batch(desk: Desk) -> None:
    header = ["Given", "Family", "Role", "Own", "Of"]
    text = lines(
        ["Noor", "Haddad", "Self", "HR-1", ""],
        ["Owen", "Park", "Self", "HR-2", ""],
        ["Mira", "Haddad", "Child", "HR-3", "HR-1"],
        ["Lea", "Ruiz", "Self", "HR-4", ""],
        header=header,
    )
    mapping = {**NAMES_ONLY, "Own": "SourceSystemIdentifier", "Of": "PrimaryMemberSource"}
    done = desk.upload(text, mapping=mapping, batch_size=1)
    assert ranges(desk, done["requestId"]) == [(1, 3), (4, 4)]


def ranges(desk: Desk, request_id: str) -> list[tuple[int, int]]:
    return [(item["startRowNumber"], item["endRowNumber"]) for item in desk.items(request_id)]


@pytest.mark.rule("BC-7", "BC-50")
def test_an_item_says_which_rows_and_bytes_it_covers(desk: Desk) -> None:
    request_id = desk.upload(batch_size=2)["requestId"]
    first, second = desk.items(request_id)
    told: dict[str, Any] = first["employeeBulkRequestInfo"]
    assert (told["groupCensusId"], told["contentDocumentName"], told["batchSize"]) == (
        "0rfGB000000C001AAA", "census.csv", 2,
    )  # fmt: skip
    assert json.loads(json.dumps(told["csvColumnMapping"]))["Given"] == "FirstName"
    assert first["csvHeader"] == "Given,Family,Born,Role,Class,Medical,Vision"
    assert (first["startRowNumber"], first["endRowNumber"]) == (1, 2)
    assert (second["startRowNumber"], second["endRowNumber"]) == (3, 3)
    raw = EXAMPLE.encode()
    assert raw[second["startByteOffset"] : second["endByteOffset"]].startswith(b"Owen,Park")
    assert raw[first["startByteOffset"] : first["endByteOffset"]].splitlines()[0].startswith(b"Noor,Haddad")
    assert second["endByteOffset"] == len(raw)


@pytest.mark.rule("BC-7")
@pytest.mark.parametrize(("end", "told"), [("\r\n", True), ("\n", True), ("\r", False)])
def test_bytes_are_told_where_every_line_ends_with_a_line_feed(desk: Desk, end: str, told: bool) -> None:
    items = desk.items(desk.upload(EXAMPLE.replace("\n", end), batch_size=2)["requestId"])
    assert [item["startByteOffset"] is not None for item in items] == [told, told]
