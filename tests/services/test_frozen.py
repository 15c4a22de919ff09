"""Kept inputs: what a run read is there again to the byte, once however many runs read it."""

from pathlib import Path

import polars as pl
import pytest

from services import frozen
from services.asked import Censuses
from services.book import Book
from services.gather import gather
from services.inputs import SPOKEN_OF, Inputs, content_hash
from services.rating_run import rate_cohort
from services.refusals import Malformed
from tests.services.rated_once import NOW, RUN, a_book, change, rows

PARTS = "SELECT content_hash, slice FROM out.run_part ORDER BY ALL"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return a_book(tmp_path)


def gathered_now(book: Book) -> Inputs:
    with book.read() as tx:
        return gather(tx, Censuses([row[0] for row in tx.rows("gather.cohort_censuses", {"cohort": "one"})]))


def loaded(book: Book, run_id: str = RUN) -> Inputs:
    with book.read() as tx:
        return frozen.load(tx, run_id)


def test_every_frame_of_a_run_is_read_back_as_it_was(book: Book) -> None:
    before, kept = gathered_now(book).frames(), loaded(book).frames()
    assert list(before) == list(kept)
    assert all(before[name].equals(kept[name]) and before[name].schema == kept[name].schema for name in before)
    assert before["members"].height > 10 and before["cells"].height > 100


def test_a_run_says_the_hash_of_each_subject_and_that_it_can_be_rated_again(book: Book) -> None:
    inputs = gathered_now(book)
    stored = rows(
        book, f"SELECT {', '.join(f'{s}_hash' for s in SPOKEN_OF)}, is_reproducible, inputs_gone FROM out.rating_run"
    )
    assert stored == [(*(inputs.hash_of(subject) for subject in SPOKEN_OF), True, None)]
    named = dict(rows(book, "SELECT part, content_hash FROM out.run_input"))
    assert named == inputs.part_hashes


def test_each_subject_has_a_hash_that_moves_with_its_frames_and_with_no_other(book: Book) -> None:
    inputs = gathered_now(book)
    other = {"members": "census", "cells": "rates", "rules": "rules", "settings": "settings"}
    for frame, subject in other.items():
        frames = inputs.frames()
        moved = Inputs.of(frames | {frame: frames[frame].with_columns(pl.lit(1).alias("more"))})
        differs = [name for name in SPOKEN_OF if moved.hash_of(name) != inputs.hash_of(name)]
        assert differs == [subject]


def test_two_runs_from_the_same_inputs_share_what_is_kept(book: Book) -> None:
    before = rows(book, PARTS)
    second = rate_cohort(book, cohort="one", now=NOW)
    assert rows(book, PARTS) == before
    assert len(rows(book, f"SELECT * FROM out.run_input WHERE rating_run_id = '{second.run_id}'")) == len(before)
    assert loaded(book, second.run_id).part_hashes == loaded(book).part_hashes


def test_only_what_changed_is_kept_anew(book: Book) -> None:
    before = set(rows(book, PARTS))
    change(book, "UPDATE ref.rate_cell SET rate = rate + 1 WHERE rate IS NOT NULL")
    second = rate_cohort(book, cohort="one", now=NOW)
    new = set(rows(book, PARTS)) - before
    assert len(new) == 1
    changed = rows(
        book,
        f"SELECT part FROM out.run_input WHERE rating_run_id = '{second.run_id}' "
        f"AND content_hash NOT IN (SELECT content_hash FROM out.run_input WHERE rating_run_id = '{RUN}')",
    )
    assert changed == [("cells",)]


def test_a_long_frame_is_kept_in_slices_and_comes_back_whole(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "SLICE", 10)
    frame = pl.DataFrame({"n": range(25), "text": [None, "a", "é", "", "b"] * 5})
    content = content_hash([frame])
    part = frozen.pack_frame(content, frame)
    assert part.n_rows == [10, 10, 5]
    with book.write() as tx:
        frozen.write_part(tx, part)
        assert frozen.read_part(tx, content).equals(frame)


def test_a_frame_without_rows_keeps_its_columns(book: Book) -> None:
    frame = pl.DataFrame(schema={"a": pl.Date, "b": pl.List(pl.String)})
    content = content_hash([frame])
    with book.write() as tx:
        frozen.write_part(tx, frozen.pack_frame(content, frame))
        assert frozen.read_part(tx, content).schema == frame.schema


def test_kept_inputs_that_were_tampered_with_are_refused(book: Book) -> None:
    change(
        book,
        "UPDATE out.run_part SET payload = (SELECT payload FROM out.run_part AS p "
        "JOIN out.run_input USING (content_hash) WHERE part = 'rules') "
        "WHERE content_hash = (SELECT content_hash FROM out.run_input WHERE part = 'settings')",
    )
    with pytest.raises(Malformed) as refused:
        loaded(book)
    assert refused.value.code == "inputs_damaged"


def test_what_the_program_learnt_of_since_a_run_is_empty_in_its_inputs(book: Book) -> None:
    change(book, f"DELETE FROM out.run_input WHERE part = 'rules' AND rating_run_id = '{RUN}'")
    now = gathered_now(book)
    kept = loaded(book)
    assert kept.rules.is_empty() and kept.rules.schema == now.rules.schema
    older = now.members.drop("stated_tier").with_columns(pl.lit("x").alias("dropped_since"))
    shaped = frozen.in_shape(older, now.members)
    assert shaped.columns == now.members.columns
    assert shaped["stated_tier"].null_count() == shaped.height


def test_a_part_that_was_given_up_between_reading_and_storing_is_kept_all_the_same(book: Book) -> None:
    inputs = gathered_now(book)
    change(book, "DELETE FROM out.run_input", "DELETE FROM out.run_part")
    with book.write() as tx:
        frozen.keep(tx, RUN, inputs, [])
    assert loaded(book).part_hashes == inputs.part_hashes


def test_storing_that_fails_keeps_nothing(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(book, PARTS), rows(book, "SELECT * FROM out.run_input ORDER BY ALL")
    change(book, "UPDATE ref.rate_cell SET rate = rate + 1 WHERE rate IS NOT NULL")

    def fail(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("services.rating_run.retention.prune", fail)
    with pytest.raises(RuntimeError):
        rate_cohort(book, cohort="one", now=NOW)
    assert (rows(book, PARTS), rows(book, "SELECT * FROM out.run_input ORDER BY ALL")) == before
